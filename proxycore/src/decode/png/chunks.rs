//! Which chunks stand before the pixels.
//!
//! The crate drops a profile that it cannot unpack without a word, so we look whether there is one.

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
}

/// Walks over the chunks up to the pixels, and goes back to the start.
pub(super) fn survey(input: &mut dyn Input) -> Result<Survey> {
    walk(input).map_err(unreadable)
}

fn walk(input: &mut dyn Input) -> std::io::Result<Survey> {
    let mut survey = Survey { length: input.seek(SeekFrom::End(0))?, profile: false };
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
        at += 12 + u64::from(u32::from_be_bytes([*l0, *l1, *l2, *l3]));
    }
    input.seek(SeekFrom::Start(0))?;
    Ok(survey)
}
