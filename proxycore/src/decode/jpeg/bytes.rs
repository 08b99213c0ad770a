//! The bytes of a file, one after the other.

use std::io::{ErrorKind, Read, SeekFrom};

use super::{EARLY_END, FORMAT};
use crate::decode::unreadable;
use crate::error::{Error, Result};
use crate::input::Input;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

pub(super) struct Bytes {
    input: Box<dyn Input>,
    chunk: Vec<u8>,
    at: usize,
    /// Bytes that the file has.
    pub(super) length: u64,
}

impl Bytes {
    pub(super) fn new(mut input: Box<dyn Input>) -> Result<Self> {
        let length = input.seek(SeekFrom::End(0)).map_err(unreadable)?;
        input.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        Ok(Self { input, chunk: Vec::new(), at: 0, length })
    }

    /// Gives the next byte, or `None` at the end.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<u8>> {
        if self.at == self.chunk.len() {
            self.refill()?;
        }
        let byte = self.chunk.get(self.at).copied();
        self.at += usize::from(byte.is_some());
        Ok(byte)
    }

    fn refill(&mut self) -> Result<()> {
        self.chunk.resize(CHUNK, 0);
        self.at = 0;
        let count = loop {
            match self.input.read(&mut self.chunk) {
                Ok(count) => break count,
                Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
                Err(cause) => return Err(unreadable(cause)),
            }
        };
        self.chunk.truncate(count);
        Ok(())
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        self.next()?.ok_or_else(|| Error::corrupt(FORMAT, EARLY_END))
    }

    fn word(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    /// Reads what a marker's segment holds after its length, ITU-T T.81 B.1.1.4.
    pub(super) fn segment(&mut self) -> Result<Vec<u8>> {
        let length = self.word()?;
        let Some(length) = length.checked_sub(2) else {
            return Err(Error::corrupt(FORMAT, format!("a segment of {length} bytes")));
        };
        (0..length).map(|_| self.byte()).collect()
    }

    /// Finds the next marker; gives it, and how many bytes before it are none of a marker.
    pub(super) fn marker(&mut self) -> Result<(u8, usize)> {
        let mut stray = 0;
        loop {
            if self.byte()? != 0xff {
                stray += 1;
                continue;
            }
            let mut code = self.byte()?;
            while code == 0xff {
                code = self.byte()?;
            }
            if code != 0 {
                return Ok((code, stray));
            }
            stray += 2;
        }
    }
}
