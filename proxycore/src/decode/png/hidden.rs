//! A file of which some chunks are hidden, by a name that nobody knows.
//!
//! A chunk that is unknown and may be passed over is passed over, and so is one whose checksum is
//! wrong.

use std::io::{Read, Result, Seek, SeekFrom};
use std::ops::Range;

use crate::input::Input;

/// In place of the first letter of a name; small, so that the chunk is not critical.
const LETTER: u8 = b'x';

pub(super) struct Hidden {
    input: Box<dyn Input>,
    /// Where the names stand.
    names: Vec<u64>,
    at: u64,
}

impl Hidden {
    /// Hides the chunks whose names stand there; the input is at its start.
    pub(super) fn new(input: Box<dyn Input>, names: Vec<u64>) -> Self {
        Self { input, names, at: 0 }
    }
}

impl Read for Hidden {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        let count = self.input.read(bytes)?;
        let places = self.names.iter().filter_map(|name| name.checked_sub(self.at));
        for place in places.filter(|place| *place < count as u64) {
            bytes[place as usize] = LETTER;
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Hidden {
    fn seek(&mut self, place: SeekFrom) -> Result<u64> {
        self.at = self.input.seek(place)?;
        Ok(self.at)
    }
}

impl Input for Hidden {
    fn is_remote(&self) -> bool {
        self.input.is_remote()
    }

    fn will_read(&mut self, ranges: &[Range<u64>]) {
        self.input.will_read(ranges);
    }
}
