//! Compressions by name, and those that no decoder here unpacks.
//!
//! HTJ2K came with OpenEXR 3.4 and ZSTD with 3.5.

use super::FORMAT;
use crate::error::Error;

/// The names that OpenEXR gives compressions, by their numbers in files.
const NAMES: &[&str] = &[
    "none", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB", "HTJ2K256",
    "HTJ2K32", "LJ2K", "ZSTD",
];

/// The first number that is not unpacked.
const UNREAD: u8 = 10;

/// The name of a compression, or its number.
pub(super) fn name(number: u8) -> String {
    NAMES.get(usize::from(number)).map_or_else(|| number.to_string(), ToString::to_string)
}

/// The error of a compression that is not unpacked.
pub(super) fn unread(number: u8) -> Option<Error> {
    let feature = match NAMES.get(usize::from(number)) {
        Some(_) if number < UNREAD => return None,
        Some(name) => format!("{name} compression"),
        None => format!("compression {number}"),
    };
    Some(Error::unsupported(FORMAT, feature))
}
