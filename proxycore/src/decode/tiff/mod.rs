//! TIFF and `BigTIFF`: our own directory, strips and tiles, over codecs of other crates.
//!
//! Reading: integers of 1 to 32 bits, signed ones too, and floats of 16, 24, 32 and 64 bits; strips
//! and tiles, contiguous or in planes; grey, R, G, B, palettes, CMYK, `YCbCr`, CIE and ICC L*a*b*,
//! `LogL` and `LogLuv`; no compression, CCITT fax, LZW, Deflate, `PackBits`, JPEG of both kinds,
//! `ThunderScan`, `SGILog` and Zstandard; differences of samples and of floats.
//!
//! Signed integers are parts of the largest positive code, below zero where they are negative.
//! White-is-zero is turned for unsigned integers only. Extra samples are not shown, nor applied.
//!
//! Limitations, each a typed [`Unsupported`](crate::ErrorKind::Unsupported): channels of different
//! types, 64-bit integers, complex numbers and volumes; JBIG, JPEG 2000, JPEG XL, LERC, LZMA,
//! `PixarLog`, `SGILog` of 24 bits, WebP and other rare compressions; JPEG of other than 8 bits;
//! `YCbCr` of other than 8 bits, and sampled chroma in planes or as differences; inks other than
//! CMYK; ITU L*a*b*, colour filter arrays and linear raw pictures. An old JPEG, and a compressed
//! picture in one strip, is unpacked whole, and strips or tiles side by side are held together. The origin of a page within a larger one is not heeded.

mod attributes;
mod bytes;
mod chunk;
mod codec;
mod directory;
mod layout;
mod pages;
mod picture;
mod predictor;
mod rows;
mod sample;
mod tag;

use std::sync::Arc;

use self::bytes::File;
use self::codec::Codec;
use self::layout::Layout;
use self::pages::{Page, Pages};
use self::picture::Picture;
use self::rows::{Plan, Rows};
use super::orientation::upright;
use super::{DecodeOptions, Decoder, Limits, Orientation};
use crate::error::{Error, Result};
use crate::image::{FileInfo, Image, ImageSpec, Native, Tally};
use crate::input::Input;

const FORMAT: &str = "TIFF";

/// Reads TIFF and `BigTIFF`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TiffDecoder;

impl Decoder for TiffDecoder {
    fn format(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["tif", "tiff", "tf8", "btf", "tx", "env", "sm", "vsm"]
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        // Canon's raw files start as TIFF does; `CR` follows the header
        let is_raw = head.starts_with(b"II\x2a\0\x10\0\0\0CR\x02");
        let magics = [b"II\x2a\0", b"MM\0\x2a", b"II\x2b\0", b"MM\0\x2b"];
        !is_raw && magics.iter().any(|magic| head.starts_with(*magic))
    }

    fn open(&self, input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>> {
        let (mut file, first) = File::open(input)?;
        let pages = Pages::read(&mut file, first, options)?;
        if let Some(raw) = pages.camera_raw(&mut file).filter(|_| options.selection.part.is_none())
        {
            return Err(Error::unsupported(FORMAT, raw));
        }
        let (part, reason) = pages.choose(options)?;
        let page = &pages.pages[part];
        let layout = Layout::read(&mut file, &page.directory, options)?;
        let codec = Codec::read(&mut file, &page.directory, &layout)?;
        let mut spec = spec(&mut file, &pages, part, options)?;
        spec.reason = reason;
        let picture = picture(&mut file, page, &layout, &spec, options)?;
        layout.check_row(picture.channels().len(), &options.limits)?;
        spec.channels = attributes::shown(spec.part(), &picture.channels());
        let (flipped, rest) = orientation(&mut file, page);
        let tally = Arc::<Tally>::default();
        let (partial, most) = (options.partial, options.limits.block_bytes);
        let shared = Arc::clone(&tally);
        let plan = Plan { layout, codec, picture, flipped, partial, most, tally: shared };
        let image = Image::with_tally(spec, tally, Rows::new(file, plan));
        Ok(upright(image, rest, &options.limits))
    }
}

fn spec(file: &mut File, pages: &Pages, part: usize, options: &DecodeOptions) -> Result<ImageSpec> {
    let channels = options.limits.channels;
    let describe = |page| attributes::describe(file, page, channels);
    let parts = pages.pages.iter().map(describe).collect::<Result<Vec<_>>>()?;
    let mut spec = ImageSpec::new(Arc::new(FileInfo { format: FORMAT, parts }), part);
    spec.warnings.extend(pages.warning.clone());
    match attributes::profile(file, &pages.pages[part]) {
        Ok(profile) => spec.icc_profile = profile.map(Into::into),
        Err(error) => spec.warnings.push(error.to_string()),
    }
    Ok(spec)
}

fn picture(
    file: &mut File,
    page: &Page,
    layout: &Layout,
    spec: &ImageSpec,
    options: &DecodeOptions,
) -> Result<Picture> {
    let selection = &options.selection;
    selection.check_flat()?;
    let picture = Picture::read(file, &page.directory, layout)?;
    let picture = picture.with_profile(spec.icc_profile.as_deref());
    let Some(layer) = &selection.layer else { return Ok(picture) };
    let names: Vec<_> = spec.part().channels.iter().map(|info| info.name.clone()).collect();
    picture.only(layer, &names)
}

/// Whether rows are read from the lowest on, and what is left to turn.
fn orientation(file: &mut File, page: &Page) -> (bool, Orientation) {
    let number = page.directory.uint(file, tag::ORIENTATION).ok().flatten().unwrap_or(1);
    match Orientation::from_exif(number.try_into().unwrap_or(1)) {
        Orientation::BottomLeft => (true, Orientation::TopLeft),
        Orientation::BottomRight => (true, Orientation::TopRight),
        other => (false, other),
    }
}
