//! OpenEXR, through the `exr` crate's block layer.
//!
//! The crate parses the header and unpacks blocks. Which blocks are read, in which order, and what
//! becomes of their samples is ours: rows leave in increasing y whatever the file's order, only the
//! wanted channels are copied out, and a band is a few blocks, so memory grows with the width.
//!
//! Limitations: HTJ2K and ZSTD are typed
//! [`Unsupported`](crate::ErrorKind::Unsupported) errors, as are subsampled channels that are no
//! luminance-chroma picture, and levels beside the diagonal of a rip map.

mod attributes;
mod beauty;
mod blocks;
mod choice;
mod chroma;
mod compression;
mod deep;
#[cfg(test)]
mod eighth_tests;
mod falsecolor;
mod guard;
mod header;
mod kind;
mod levels;
mod lines;
mod luma_chroma;
mod luminance;
mod names;
mod packed;
mod partial;
mod raw;
mod scope;
mod subsampled;
mod table;
mod tracked;
mod unpack;

use std::sync::Arc;

use self::blocks::{Blocks, Reading};
use self::choice::Shown;
use self::header::FileHeader;
use self::luma_chroma::LumaChroma;
use super::unread::Unread;
use super::{DecodeOptions, Decoder, unreadable};
use crate::error::{Error, Result};
use crate::image::{Image, Native, Tally};
use crate::input::Input;

const FORMAT: &str = "OpenEXR";

/// The first bytes of a file.
const MAGIC: [u8; 4] = [0x76, 0x2f, 0x31, 0x01];

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
        head.starts_with(&MAGIC)
    }

    fn open(&self, mut input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>> {
        let header = FileHeader::read(&mut *input, &options.limits)?;
        let choice = choice::choose(&header.info, &options.selection)?;
        let level = options.selection.level.unwrap_or(0);
        if let Some(error) = header.unread_compression(&choice) {
            let spec = header.spec(&choice, 0, header.picture(&choice, 0), false);
            return Ok(Image::new(spec, Unread::new(&error)));
        }
        header.check_readable(&choice, level)?;
        let tally = Arc::<Tally>::default();
        let eighth = header.eighth(&choice).filter(|_| options.eighth && level == 0);
        let picture = eighth.unwrap_or_else(|| header.picture(&choice, level));
        let spec = header.spec(&choice, level, picture, eighth.is_some());
        let reading = Reading {
            level,
            is_eighth: eighth.is_some(),
            picture,
            partial: options.partial,
            tally: Arc::clone(&tally),
        };
        if choice.shown == Shown::LumaChroma {
            let stream = LumaChroma::new(input, header, &choice, reading)?;
            return Ok(Image::with_tally(spec, tally, stream));
        }
        let mut blocks = Blocks::new(input, header, &choice, reading)?;
        if eighth.is_some() && !blocks.is_served_by_means() {
            return self
                .open(blocks.into_input(), &DecodeOptions { eighth: false, ..options.clone() });
        }
        Ok(Image::with_tally(spec, tally, blocks))
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
