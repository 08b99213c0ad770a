//! JPEG, compression 7 (TIFF technical note 2): each strip or tile a stream of its own, whose
//! tables may stand apart in the directory. Colour is left as coded; the picture's photometric
//! interpretation says what it is.

use jpeg_decoder::{ColorTransform, Decoder, PixelFormat};

use super::super::FORMAT;
use super::super::layout::Layout;
use super::super::sample::Kind;
use super::{Shape, broken};
use crate::error::{Error, Result};

const START: [u8; 2] = [0xff, 0xd8];
const END: [u8; 2] = [0xff, 0xd9];

/// Pixels that a byte of entropy-coded data can stand for at the most: a block of 64 takes a bit.
const PIXELS_PER_BYTE: usize = 1024;

/// A JPEG decoder of one picture.
#[derive(Debug, Clone)]
pub(in super::super) struct Jpeg {
    /// The tables with the stream's start, and without its end.
    tables: Vec<u8>,
}

impl Jpeg {
    pub(super) fn new(tables: Option<Vec<u8>>, layout: &Layout) -> Result<Self> {
        if layout.kind != Kind::Unsigned(8) {
            let bits = layout.kind.bits();
            return Err(Error::unsupported(FORMAT, format!("JPEG compression of {bits} bits")));
        }
        let mut tables = tables.unwrap_or_default();
        if tables.ends_with(&END) {
            tables.truncate(tables.len() - 2);
        }
        if !tables.starts_with(&START) {
            tables = START.to_vec();
        }
        Ok(Self { tables })
    }

    pub(super) fn unpack(&self, packed: &[u8], shape: Shape, out: &mut Vec<u8>) -> Result<()> {
        let scan = packed.strip_prefix(&START).unwrap_or(packed);
        decode(&[&self.tables, scan].concat(), shape, out)
    }
}

/// Decodes a whole stream, which may be taller than what is wanted of it.
pub(super) fn decode(stream: &[u8], shape: Shape, out: &mut Vec<u8>) -> Result<()> {
    let mut decoder = Decoder::new(stream);
    decoder.read_info().map_err(failed)?;
    let info = decoder.info().ok_or_else(|| broken("a JPEG stream without a frame"))?;
    let (width, rows) = (usize::from(info.width), usize::from(info.height));
    let samples = match info.pixel_format {
        PixelFormat::L8 => 1,
        PixelFormat::RGB24 => 3,
        PixelFormat::CMYK32 => 4,
        PixelFormat::L16 => return Err(Error::unsupported(FORMAT, "JPEG of 16 bits")),
    };
    if width != shape.width || samples != shape.samples {
        return Err(broken(format!("a JPEG stream of {width}x{rows}, {samples} components")));
    }
    if width * rows > PIXELS_PER_BYTE.saturating_mul(stream.len()) {
        return Err(broken("a JPEG stream that is too short for its size"));
    }
    // its `None` panics; these two leave colour alone, but for inks that come inverted
    let is_ink = samples == 4;
    decoder.set_color_transform(if is_ink { ColorTransform::CMYK } else { ColorTransform::RGB });
    *out = decoder.decode().map_err(failed)?;
    out.truncate(shape.bytes);
    if is_ink {
        out.iter_mut().for_each(|code| *code = !*code);
    }
    Ok(())
}

fn failed(cause: jpeg_decoder::Error) -> Error {
    match cause {
        jpeg_decoder::Error::Unsupported(feature) => {
            Error::unsupported(FORMAT, format!("JPEG: {feature:?}"))
        }
        cause => broken(format!("JPEG: {cause}")),
    }
}
