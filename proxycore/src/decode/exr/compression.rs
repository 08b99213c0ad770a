//! Compressions by name, and those that no decoder here unpacks.
//!
//! HTJ2K came with OpenEXR 3.4 and ZSTD with 3.5. The crate reads headers of the first and takes
//! the others for headers without a compression, so the number is read from the header's bytes.

use std::io::Read;

use exr::prelude::Compression;

use super::FORMAT;
use super::tracked::Tracked;
use crate::error::{Error, ErrorKind, Result};
use crate::input::Input;

/// Numbers in files, and the names that OpenEXR gives them.
const UNREAD: &[(u8, &str)] = &[(10, "HTJ2K256"), (11, "HTJ2K32"), (12, "LJ2K"), (13, "ZSTD")];

/// The name that OpenEXR gives a compression.
pub(super) fn name(compression: Compression) -> &'static str {
    match compression {
        Compression::Uncompressed => "none",
        Compression::RLE => "RLE",
        Compression::ZIP1 => "ZIPS",
        Compression::ZIP16 => "ZIP",
        Compression::PIZ => "PIZ",
        Compression::PXR24 => "PXR24",
        Compression::B44 => "B44",
        Compression::B44A => "B44A",
        Compression::DWAA(_) => "DWAA",
        Compression::DWAB(_) => "DWAB",
        Compression::HTJ2K256 => "HTJ2K256",
        Compression::HTJ2K32 => "HTJ2K32",
    }
}

/// Refuses what is not unpacked.
pub(super) fn check(compression: Compression) -> Result<()> {
    let number = match compression {
        Compression::HTJ2K256 => 10,
        Compression::HTJ2K32 => 11,
        _ => return Ok(()),
    };
    Err(unsupported(number))
}

/// What the crate says of a header whose compression it does not know, for it drops attributes that
/// it cannot read.
const DROPPED: &str = "compression attribute";

/// Names the compression where the crate does not know it.
pub(super) fn named(error: Error, input: &mut Tracked<&mut dyn Input>) -> Error {
    match error.kind() {
        ErrorKind::Corrupt { what, .. } if what.contains(DROPPED) => {
            number(input).map_or(error, unsupported)
        }
        _ => error,
    }
}

fn unsupported(number: u8) -> Error {
    let name = UNREAD.iter().find(|(known, _)| *known == number).map(|(_, name)| *name);
    let feature =
        name.map_or(format!("compression {number}"), |name| format!("{name} compression"));
    Error::unsupported(FORMAT, feature)
}

/// The attribute as it stands in a header: its name, its type, its size, and then the number.
const ATTRIBUTE: &[u8] = b"compression\0compression\0\x01\0\0\0";

/// How much of a file is searched for the attribute.
const SEARCHED: u64 = 1 << 20;

/// The first number of an attribute that the crate does not know.
fn number(input: &mut Tracked<&mut dyn Input>) -> Option<u8> {
    let mut head = Vec::new();
    input.go_to(0).ok()?;
    input.take(SEARCHED).read_to_end(&mut head).ok()?;
    let at = |window: &[u8]| window.starts_with(ATTRIBUTE).then(|| window[ATTRIBUTE.len()]);
    head.windows(ATTRIBUTE.len() + 1).filter_map(at).find(|&number| number > 11)
}
