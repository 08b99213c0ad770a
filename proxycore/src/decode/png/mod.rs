//! PNG (W3C third edition), through the `png` crate: every depth and colour type, in bands, or
//! whole where it is interlaced.
//!
//! Samples are what is stored: fewer than 8 bits stay codes with a white of their own, a palette
//! becomes its colours, and neither alpha nor `tRNS` is applied. Of an APNG the first frame is
//! shown. What the file says of its colours goes to the attributes, under OpenImageIO's names.
//!
//! Limitations: texts behind the picture are not told, and a text of more than 64 KiB is left out.

mod chunks;
mod describe;
mod hidden;
mod rows;

use std::io::{BufReader, ErrorKind};
use std::sync::Arc;

use png::{Decoder as PngReader, DecodingError};

use self::hidden::Hidden;
use self::rows::Rows;
use super::orientation::upright;
use super::{DecodeOptions, Decoder, Limits, unreadable};
use crate::error::{Error, Result};
use crate::image::{Image, Native, Tally};
use crate::input::Input;

const FORMAT: &str = "PNG";

/// Bytes that all chunks beside the pixels may unpack to. A profile of a camera has half a
/// megabyte.
const METADATA: usize = 16 << 20;

/// How many times its size deflate can unpack to, at the most.
const DEFLATE: u64 = 1032;

/// Reads PNG and the first frame of APNG.
#[derive(Debug, Clone, Copy, Default)]
pub struct PngDecoder;

impl Decoder for PngDecoder {
    fn format(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["png", "apng"]
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(b"\x89PNG\r\n\x1a\n")
    }

    fn open(&self, mut input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>> {
        options.selection.check_single()?;
        let survey = chunks::survey(&mut *input)?;
        let hides = !survey.odd_cicp.is_empty();
        if hides {
            input = Box::new(Hidden::new(input, survey.odd_cicp.clone()));
        }
        let mut reader = PngReader::new(BufReader::new(input));
        let (length, interlaced) = {
            let info = reader.read_header_info().map_err(damaged)?;
            check_size(info, &survey, &options.limits)?;
            (info.raw_row_length(), info.interlaced)
        };
        reader.set_limits(png::Limits { bytes: METADATA + 2 * length });
        let reader = reader.read_info().map_err(damaged)?;
        let (mut spec, orientation) = describe::describe(reader.info());
        if survey.profile && spec.icc_profile.is_none() {
            spec.warnings.push("its ICC profile is damaged or too long, and was left out".into());
        }
        if hides {
            spec.warnings
                .push("its cICP is damaged or not that of R'G'B', and was left out".into());
        }
        let tally = Arc::new(Tally::default());
        let rows = Rows::new(reader, options.partial, tally.clone(), interlaced);
        Ok(upright(Image::with_tally(spec, tally, rows), orientation, &options.limits))
    }
}

/// Checks the size against the limits, and against what so long a file can unpack to.
fn check_size(info: &png::Info<'_>, survey: &chunks::Survey, limits: &Limits) -> Result<()> {
    let pixels = u64::from(info.width) * u64::from(info.height);
    Error::check_limit("pixels", limits.pixels, pixels)?;
    let bytes = info.raw_row_length() as u64 * u64::from(info.height);
    // all passes are needed for the first row
    if info.interlaced {
        Error::check_limit("bytes", limits.block_bytes, bytes)?;
    }
    if bytes > survey.length.saturating_mul(DEFLATE) {
        let (width, height) = (info.width, info.height);
        let what = format!("{width}x{height} pixels in {} bytes", survey.length);
        return Err(Error::corrupt(FORMAT, what));
    }
    Ok(())
}

/// Says that the file is broken, in the crate's words.
fn damaged(cause: DecodingError) -> Error {
    match cause {
        DecodingError::IoError(io) if io.kind() == ErrorKind::UnexpectedEof => {
            Error::corrupt(FORMAT, "the file ends too early")
        }
        // what the crate says of the file, and no storage
        DecodingError::IoError(io)
            if io.kind() == ErrorKind::InvalidData && io.get_ref().is_none() =>
        {
            Error::corrupt(FORMAT, "a chunk is damaged")
        }
        DecodingError::IoError(io) => unreadable(io),
        DecodingError::LimitsExceeded => {
            let limit = METADATA as u64;
            let what = "bytes of profiles and texts";
            Error::new(crate::ErrorKind::Limit { what, limit, actual: limit + 1 })
        }
        other => Error::corrupt(FORMAT, other.to_string()),
    }
}
