//! The bytes before the pixels.

use std::io::{Read, SeekFrom};

use crate::decode::unreadable;
use crate::error::Result;
use crate::input::Input;

/// Bytes of the generic and the industry header together.
pub(in crate::decode) const HEADER: u32 = 2048;

/// The header's bytes, as far as there are any, and the file's size.
pub(in crate::decode) fn read_head(input: &mut dyn Input) -> Result<(Vec<u8>, u64)> {
    let mut read = || {
        let end = input.seek(SeekFrom::End(0))?;
        input.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        input.take(HEADER.into()).read_to_end(&mut bytes)?;
        Ok((bytes, end))
    };
    read().map_err(unreadable)
}
