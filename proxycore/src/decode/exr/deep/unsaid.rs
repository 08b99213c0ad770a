//! Headers whose writer never came to say how many samples a pixel has at the most.
//!
//! `maxSamplesPerPixel` is -1 until the file is closed, and stays so where the writer did not live
//! to ("The OpenEXR file layout", deep data header attributes). The crate takes such a header for a
//! damaged one, although nobody needs the number: so it is read again with 0 in its place.

use std::io::{Cursor, Read};

use exr::meta::MetaData;

use crate::decode::exr::guard;
use crate::decode::exr::tracked::Tracked;
use crate::input::Input;

/// The attribute as it stands in a header: its name, its type, its size, and the number.
const UNSAID: &[u8] = b"maxSamplesPerPixel\0int\0\x04\0\0\0\xff\xff\xff\xff";

/// How much of a file is searched for the attribute.
const SEARCHED: u64 = 1 << 20;

/// Reads a header that has the attribute, and tells where it ends.
pub(in crate::decode::exr) fn read_unsaid(
    input: &mut Tracked<&mut dyn Input>,
) -> Option<(MetaData, u64)> {
    let mut head = Vec::new();
    input.go_to(0).ok()?;
    input.take(SEARCHED).read_to_end(&mut head).ok()?;
    let mut found = false;
    let mut at = 0;
    while let Some(next) = head[at..].windows(UNSAID.len()).position(|window| window == UNSAID) {
        at += next + UNSAID.len();
        head[at - 4..at].fill(0);
        found = true;
    }
    if !found {
        return None;
    }
    let mut head = Cursor::new(head);
    let meta = guard::survive(|| MetaData::read_from_buffered(&mut head, false)).ok()?;
    Some((meta, head.position()))
}
