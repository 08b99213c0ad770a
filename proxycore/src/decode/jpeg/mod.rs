//! JPEG, ITU-T T.81 and T.871: sequential and progressive, Huffman coded, 8 bits a sample.
//!
//! The decoder is our own (docs/decisions/0031): its samples are those of libjpeg-turbo, which
//! OpenImageIO reads with, to the bit; a file that ends too early is an error or a partial picture,
//! never a whole one; and a frame of one scan is read in bands.
//!
//! Limitations: 12 bits, arithmetic coding, lossless and hierarchical frames, a height that is said
//! behind the picture, and two components are typed [`Unsupported`](crate::ErrorKind::Unsupported)
//! errors. A progressive file whose last scans were left out is shown without the smoothing that
//! libjpeg-turbo gives it.

mod bits;
mod bytes;
mod color;
mod header;
mod huffman;
mod idct;
mod reader;
mod rows;
mod scan;
mod upsample;

use std::sync::Arc;

use self::bytes::Bytes;
use self::color::Colors;
use self::reader::Reader;
use self::rows::Rows;
use super::exif::Exif;
use super::orientation::upright;
use super::{DecodeOptions, Decoder};
use crate::error::Result;
use crate::image::{
    Attribute, ChannelInfo, FileInfo, Image, ImageSpec, Native, PartInfo, SampleType, Tally,
};
use crate::input::Input;

const FORMAT: &str = "JPEG";

const EARLY_END: &str = "the file ends too early";

/// Reads JPEG.
#[derive(Debug, Clone, Copy, Default)]
pub struct JpegDecoder;

impl Decoder for JpegDecoder {
    fn format(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["jpg", "jpeg", "jpe", "jfif"]
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(&[0xff, 0xd8, 0xff])
    }

    fn open(&self, input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>> {
        options.selection.check_single()?;
        let reader = Reader::open(Bytes::new(input)?, &options.limits)?;
        let profile = reader.extras.profile();
        let colors = Colors::of(&reader.frame, &reader.extras, profile.as_deref());
        let exif = reader.extras.exif.as_deref().map(Exif::read).unwrap_or_default();
        let spec = ImageSpec { icc_profile: profile, ..describe(&reader, colors, &exif) };
        let tally = Arc::new(Tally::default());
        let rows = Rows::new(reader, colors, options.partial, tally.clone());
        let image = Image::with_tally(spec, tally, rows);
        Ok(upright(image, exif.orientation, &options.limits))
    }
}

fn describe(reader: &Reader, colors: Colors, exif: &Exif) -> ImageSpec {
    let (frame, extras) = (&reader.frame, &reader.extras);
    let mut part = PartInfo::new(frame.width as u32, frame.height as u32);
    part.compression = if frame.progressive { "progressive DCT" } else { "DCT" }.into();
    part.pixel_aspect = pixel_aspect(extras.density);
    part.channels = channels(colors.channels());
    part.attributes.insert("oiio:BitsPerSample".into(), Attribute::Int(8));
    part.attributes.insert("jpeg:ColorSpace".into(), Attribute::Text(colors.model.name().into()));
    if let Some(comment) = &extras.comment {
        part.attributes.insert("ImageDescription".into(), Attribute::Text(comment.clone()));
    }
    part.attributes.extend(exif.attributes.clone());
    let file = FileInfo { format: FORMAT, parts: vec![part] };
    let mut spec = ImageSpec::new(Arc::new(file), 0);
    if extras.has_broken_profile() {
        spec.warnings.push("its ICC profile is damaged and was left out".into());
    }
    spec
}

fn channels(names: &[&str]) -> Vec<ChannelInfo> {
    let channel = |name: &&str| ChannelInfo {
        name: (*name).into(),
        sample_type: SampleType::Uint8,
        sampling: [1, 1],
    };
    names.iter().map(channel).collect()
}

/// Follows OpenImageIO, Nuke and Photoshop: columns of a length divided by rows of it, which is the
/// inverse of what the words mean.
fn pixel_aspect(density: Option<[u16; 2]>) -> f32 {
    match density {
        Some([x, y]) if x > 0 && y > 0 => f32::from(x) / f32::from(y),
        _ => 1.0,
    }
}
