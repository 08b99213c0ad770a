//! TGA, BMP, WebP and PNM (PBM, PGM, PPM, PAM), through the `image` crate.
//!
//! They are what a studio meets now and then, so each is a line of a table and is made whole.
//!
//! Limitations: nothing of a damaged file is shown, since the crate does not say which rows it has
//! read; PNM codes are scaled to 8 or 16 bits, to the nearest; PFM is not read; of an animated WebP
//! the first frame is shown. TGA has no mark at its start, so it is the last that is tried, and only
//! a header that makes sense throughout is one.

use std::io::{BufReader, ErrorKind, SeekFrom};
use std::sync::Arc;

use image::codecs::{pnm, tga, webp};
use image::{ColorType, ImageDecoder, ImageError, ImageResult};

use super::exif::Exif;
use super::orientation::upright;
use super::whole::{Interleaved, Whole};
use super::{DecodeOptions, Decoder, bmp, unreadable};
use crate::error::{Error, Result};
use crate::image::{
    Attribute, ChannelInfo, FileInfo, Image, ImageSpec, Native, PartInfo, SampleType, Samples,
};
use crate::input::Input;

type Source = BufReader<Box<dyn Input>>;
type Pixels = Box<dyn ImageDecoder + Send>;

/// Reads one of the formats of the `image` crate.
#[derive(Debug, Clone, Copy)]
pub struct RasterDecoder {
    format: &'static str,
    extensions: &'static [&'static str],
    recognizes: fn(&[u8]) -> bool,
    open: fn(Source) -> ImageResult<Pixels>,
    /// Pixels that a byte of the file can hold, at the most; 0 where that has no bound.
    density: u64,
}

pub(super) const BMP: RasterDecoder = RasterDecoder {
    format: "BMP",
    extensions: &["bmp", "dib"],
    recognizes: |head| head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]),
    open: bmp::open,
    density: 0,
};

pub(super) const WEBP: RasterDecoder = RasterDecoder {
    format: "WebP",
    extensions: &["webp"],
    recognizes: |head| head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"),
    open: |source| Ok(Box::new(webp::WebPDecoder::new(source)?)),
    density: 0,
};

pub(super) const PNM: RasterDecoder = RasterDecoder {
    format: "PNM",
    extensions: &["pnm", "pbm", "pgm", "ppm", "pam"],
    recognizes: |head| matches!(head, [b'P', b'1'..=b'7', space, ..] if space.is_ascii_whitespace() || *space == b'#'),
    open: |source| Ok(Box::new(pnm::PnmDecoder::new(source)?)),
    density: 8,
};

pub(super) const TGA: RasterDecoder = RasterDecoder {
    format: "TGA",
    extensions: &["tga", "tpic"],
    recognizes: looks_like_tga,
    open: |source| Ok(Box::new(tga::TgaDecoder::new(source)?)),
    density: 128,
};

/// Whether all fields of a TGA header make sense together, Truevision TGA 2.0 C.1 to C.5.
fn looks_like_tga(head: &[u8]) -> bool {
    let [_, mapped, kind, map @ ..] = head else { return false };
    let Some((map, [x0, x1, y0, y1, w0, w1, h0, h1, bits, shape, ..])) = map.split_at_checked(5)
    else {
        return false;
    };
    let [x, y, width, height] =
        [[*x0, *x1], [*y0, *y1], [*w0, *w1], [*h0, *h1]].map(u16::from_le_bytes);
    let entry = [15, 16, 24, 32].contains(&map[4]);
    let has_map = match mapped {
        0 => map[..4] == [0; 4] && (map[4] == 0 || entry),
        1 => entry,
        _ => false,
    };
    let fits = match (mapped, kind) {
        (1, 1 | 9) => entry && [8, 16].contains(bits),
        // a map that nobody looks at may be there, for those who make palettes of it
        (_, 2 | 10) => [15, 16, 24, 32].contains(bits) && has_map,
        (_, 3 | 11) => [8, 16].contains(bits) && has_map,
        _ => false,
    };
    fits && width > 0
        && height > 0
        && x <= width
        && y <= height
        && shape & 0xc0 == 0
        && shape & 15 <= 8
}

impl Decoder for RasterDecoder {
    fn format(&self) -> &'static str {
        self.format
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        (self.recognizes)(head)
    }

    fn open(&self, mut input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>> {
        options.selection.check_single()?;
        let damaged = |cause| damaged(self.format, cause);
        let length = length(&mut *input).map_err(ImageError::IoError).map_err(damaged)?;
        let mut pixels = (self.open)(BufReader::new(input)).map_err(damaged)?;
        let (width, height) = pixels.dimensions();
        let count = u64::from(width) * u64::from(height);
        Error::check_limit("pixels", options.limits.pixels, count)?;
        Error::check_limit("bytes", options.limits.block_bytes, pixels.total_bytes())?;
        if count == 0 || (self.density > 0 && count > length.saturating_mul(self.density)) {
            let what = format!("{width}x{height} pixels in {length} bytes");
            return Err(Error::corrupt(self.format, what));
        }
        let exif = pixels.exif_metadata().ok().flatten();
        let exif = exif.as_deref().map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif));
        let exif = exif.map(Exif::read).unwrap_or_default();
        let mut spec = self.describe(&*pixels, &exif);
        spec.icc_profile = pixels.icc_profile().ok().flatten().map(Arc::from);
        let format = self.format;
        let whole = Whole::new(move || make(pixels).map_err(|cause| self::damaged(format, cause)));
        Ok(upright(Image::new(spec, whole), exif.orientation, &options.limits))
    }
}

impl RasterDecoder {
    fn describe(&self, pixels: &dyn ImageDecoder, exif: &Exif) -> ImageSpec {
        let (width, height) = pixels.dimensions();
        let color = pixels.color_type();
        let wide = color.bytes_per_pixel() / color.channel_count() == 2;
        let names: &[&str] = match color.channel_count() {
            1 => &["Y"],
            2 => &["Y", "A"],
            3 => &["R", "G", "B"],
            _ => &["R", "G", "B", "A"],
        };
        let sample_type = if wide { SampleType::Uint16 } else { SampleType::Uint8 };
        let channel =
            |name: &&str| ChannelInfo { name: (*name).into(), sample_type, sampling: [1, 1] };
        let mut part = PartInfo::new(width, height);
        part.channels = names.iter().map(channel).collect();
        part.attributes.extend(exif.attributes.clone());
        let bits = Attribute::Int(if wide { 16 } else { 8 });
        part.attributes.insert("oiio:BitsPerSample".into(), bits);
        ImageSpec::new(Arc::new(FileInfo { format: self.format, parts: vec![part] }), 0)
    }
}

fn length(input: &mut dyn Input) -> std::io::Result<u64> {
    let length = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(0))?;
    Ok(length)
}

fn make(pixels: Pixels) -> ImageResult<Interleaved> {
    let ((width, height), color) = (pixels.dimensions(), pixels.color_type());
    let mut bytes = vec![0; usize::try_from(pixels.total_bytes()).unwrap_or(usize::MAX)];
    pixels.read_image(&mut bytes)?;
    let samples = match color {
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => {
            let codes = bytes.chunks_exact(2).map(|code| u16::from_ne_bytes([code[0], code[1]]));
            Samples::U16(codes.collect())
        }
        _ => Samples::U8(bytes),
    };
    Ok(Interleaved::new(width, height, color.channel_count().into(), samples))
}

/// Says that the file is broken, or what the crate does not read of it, in its words.
fn damaged(format: &'static str, cause: ImageError) -> Error {
    match cause {
        ImageError::IoError(io) if io.kind() == ErrorKind::UnexpectedEof => {
            Error::corrupt(format, "the file ends too early")
        }
        ImageError::IoError(io) if io.kind() == ErrorKind::InvalidData => {
            Error::corrupt(format, io.to_string())
        }
        ImageError::IoError(io) => unreadable(io),
        ImageError::Unsupported(what) => Error::unsupported(format, what.to_string()),
        other => Error::corrupt(format, other.to_string()),
    }
}
