//! DPX, SMPTE ST 268-1:2014 and its forerunners SMPTE 268M-1994 (`V1.0`) and 268M-2003 (`V2.0`).
//!
//! The header has 2,048 bytes of fields at fixed places, any of which may be undefined; up to eight
//! image elements follow, each a plain raster. Codes stay codes. Luma and colour differences become
//! R, G, B as floats, since nothing behind the decoder knows them.
//!
//! The picture is what is stored: the original size and the offset into it, which a cropped scan
//! may tell, are attributes. Alpha and the transfer are told, not applied. The reference codes of
//! video (64 and 940, say) are black and white; those of film are told.
//!
//! Limitations: composite video, run-length encoded floats and 4:2:2, and depths that the standard
//! does not have are typed [`Unsupported`](crate::ErrorKind::Unsupported) errors.

mod attributes;
mod choice;
mod colour;
mod element;
mod header;
mod industry;
mod layout;

use std::sync::Arc;

use self::choice::Choice;
use self::header::Header;
use super::film::{Rows, upright_of};
use super::{DecodeOptions, Decoder};
use crate::error::Result;
use crate::image::{Image, ImageSpec, Native};
use crate::input::Input;

const FORMAT: &str = "DPX";

/// Reads DPX of both byte orders, every packing, and run-length encoding.
#[derive(Debug, Clone, Copy, Default)]
pub struct DpxDecoder;

impl Decoder for DpxDecoder {
    fn format(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["dpx"]
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(b"SDPX") || head.starts_with(b"XPDS")
    }

    fn open(&self, mut input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>> {
        let header = Header::read(&mut *input, &options.limits)?;
        let choice = Choice::new(&header, &options.selection)?;
        let spec = spec(&header, &choice);
        let picture = choice.picture(&header, &options.limits)?;
        let orientation = upright_of(header.orientation());
        Rows::image(spec, input, picture, orientation, header.end, options)
    }
}

fn spec(header: &Header, choice: &Choice) -> ImageSpec {
    ImageSpec {
        channels: choice.channels.clone(),
        frames_per_second: industry::frames_per_second(&header.fields),
        timecode: industry::timecode(&header.fields),
        reason: choice.reason,
        warnings: choice.warnings.clone(),
        ..ImageSpec::new(Arc::new(attributes::file_info(header)), choice.part)
    }
}
