//! OpenEXR, through the `exr` crate's block layer.
//!
//! The crate parses the header and unpacks blocks. Which blocks are read, in which order, and what
//! becomes of their samples is ours: rows leave in increasing y whatever the file's order, only the
//! wanted channels are copied out, and a band is a few blocks, so memory grows with the width.
//!
//! Limitations: deep parts, HTJ2K and ZSTD are typed
//! [`Unsupported`](crate::ErrorKind::Unsupported) errors, as are subsampled channels that are no
//! luminance-chroma picture; of a mip or rip map only the full level
//! is read.

mod attributes;
mod blocks;
mod choice;
mod chroma;
mod guard;
mod header;
mod luma_chroma;
mod luminance;
mod subsampled;
mod tracked;
mod unpack;

use self::blocks::Blocks;
use self::header::FileHeader;
use self::luma_chroma::LumaChroma;
use super::{DecodeOptions, Decoder};
use crate::error::{Error, Result};
use crate::image::{Image, Native};
use crate::input::Input;

const FORMAT: &str = "OpenEXR";

/// Reads OpenEXR: scan lines and tiles in every compression that the `exr` crate unpacks.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExrDecoder;

impl Decoder for ExrDecoder {
    fn format(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["exr", "sxr", "mxr"]
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(&[0x76, 0x2f, 0x31, 0x01])
    }

    fn open(&self, mut input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>> {
        let header = FileHeader::read(&mut *input, &options.limits)?;
        let choice = choice::beauty(&header.info)?;
        header.check_readable(&choice)?;
        let spec = header.spec(&choice);
        if choice.is_luma_chroma(spec.part()) {
            return Ok(Image::new(spec, LumaChroma::new(input, header, &choice)?));
        }
        let display = spec.part().display_window;
        Ok(Image::new(spec, Blocks::new(input, header, &choice, display)?))
    }
}

/// What the crate says where the file ends before what it announces.
const MISSING_BYTES: &str = "reference to missing bytes";

/// Says that the file is broken, and keeps what the crate said of it.
fn corrupt(what: impl Into<String>, cause: exr::error::Error) -> Error {
    use std::io::ErrorKind::{InvalidInput, UnexpectedEof};
    let what = what.into();
    let broken = |why: &str| Error::corrupt(FORMAT, format!("{what}: {why}"));
    match cause {
        exr::error::Error::NotSupported(feature) => Error::unsupported(FORMAT, feature),
        exr::error::Error::Invalid(why) if why == MISSING_BYTES => {
            broken("the file ends too early")
        }
        exr::error::Error::Invalid(why) => broken(&why),
        exr::error::Error::Io(io) if io.kind() == UnexpectedEof => {
            broken("the file ends too early")
        }
        exr::error::Error::Io(io) if io.kind() == InvalidInput => broken("points outside the file"),
        exr::error::Error::Io(io) => unreadable(io),
        exr::error::Error::Aborted => broken("decoding was aborted"),
    }
}

fn unreadable(cause: std::io::Error) -> Error {
    Error::storage("cannot read").with_source(cause)
}
