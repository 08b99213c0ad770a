//! Which chunks stand before the pixels.
//!
//! The crate drops a profile that it cannot unpack without a word, so we look whether there is one;
//! and it gives the file up for a `cICP` of anything but R'G'B', which is hidden from it.

use std::io::{Read, SeekFrom};

use crate::decode::unreadable;
use crate::error::Result;
use crate::input::Input;

/// Chunks that are looked at.
const CHUNKS: usize = 4096;

pub(super) struct Survey {
    /// Bytes that the file has.
    pub(super) length: u64,
    /// Whether there is an ICC profile.
    pub(super) profile: bool,
    /// Where the name of a `cICP` stands that says nothing of such a picture.
    pub(super) odd_cicp: Vec<u64>,
}

/// Walks over the chunks up to the pixels, and goes back to the start.
pub(super) fn survey(input: &mut dyn Input) -> Result<Survey> {
    walk(input).map_err(unreadable)
}

fn walk(input: &mut dyn Input) -> std::io::Result<Survey> {
    let mut survey =
        Survey { length: input.seek(SeekFrom::End(0))?, profile: false, odd_cicp: Vec::new() };
    let mut at = 8;
    for _ in 0..CHUNKS {
        input.seek(SeekFrom::Start(at))?;
        let mut head = Vec::with_capacity(8);
        (&mut *input).take(8).read_to_end(&mut head)?;
        let [l0, l1, l2, l3, name @ ..] = &head[..] else { break };
        if name.len() < 4 || name == b"IDAT" {
            break;
        }
        survey.profile |= name == b"iCCP";
        let length = u64::from(u32::from_be_bytes([*l0, *l1, *l2, *l3]));
        if name == b"cICP" && is_odd(input, length)? {
            survey.odd_cicp.push(at + 4);
        }
        at += 12 + length;
    }
    input.seek(SeekFrom::Start(0))?;
    Ok(survey)
}

/// Whether code points are not those of R'G'B' in a range that is known, PNG section 11.3.2.6.
fn is_odd(input: &mut dyn Input, length: u64) -> std::io::Result<bool> {
    let mut points = Vec::with_capacity(4);
    input.take(length.min(5)).read_to_end(&mut points)?;
    Ok(!matches!(points[..], [_, _, 0, 0 | 1]))
}
