//! A file as numbers: byte order, and reads that are held against the file's length first.

use std::io::{Read, SeekFrom};

use super::FORMAT;
use crate::decode::unreadable;
use crate::error::{Error, Result};
use crate::input::Input;

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The least: `II`.
    Little,
    /// The most: `MM`.
    Big,
}

impl Order {
    /// Reads an unsigned number of up to eight bytes.
    pub(super) fn uint(self, bytes: &[u8]) -> u64 {
        let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self {
            Self::Little => bytes.iter().rev().fold(0, push),
            Self::Big => bytes.iter().fold(0, push),
        }
    }

    /// Writes the lowest `out.len()` bytes of a number, of which there are up to eight.
    pub(super) fn put(self, number: u64, out: &mut [u8]) {
        let low = 8 - out.len();
        match self {
            Self::Little => out.copy_from_slice(&number.to_le_bytes()[..out.len()]),
            Self::Big => out.copy_from_slice(&number.to_be_bytes()[low..]),
        }
    }
}

/// Some bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

/// A file of known length and byte order.
pub(super) struct File {
    input: Box<dyn Input>,
    pub(super) bytes: u64,
    pub(super) order: Order,
    /// Whether it is a `BigTIFF`, whose offsets have eight bytes.
    pub(super) big: bool,
}

impl File {
    /// Reads the header, and gives where the first directory lies (TIFF 6.0, section 2; the `BigTIFF`
    /// design for version 43).
    pub(super) fn open(mut input: Box<dyn Input>) -> Result<(Self, u64)> {
        let bytes = input.seek(SeekFrom::End(0)).map_err(unreadable)?;
        let mut file = Self { input, bytes, order: Order::Little, big: false };
        let head = file.read(Span { offset: 0, bytes: 8 })?;
        if head[0] == b'M' {
            file.order = Order::Big;
        }
        file.big = file.order.uint(&head[2..4]) == 43;
        if !file.big {
            let first = file.order.uint(&head[4..]);
            return Ok((file, first));
        }
        if file.order.uint(&head[4..6]) != 8 {
            return Err(Error::corrupt(FORMAT, "a BigTIFF whose offsets have not eight bytes"));
        }
        let first = file.number(8, 8)?;
        Ok((file, first))
    }

    /// Reads bytes that the file must hold.
    pub(super) fn read(&mut self, span: Span) -> Result<Vec<u8>> {
        if span.offset.checked_add(span.bytes).is_none_or(|end| end > self.bytes) {
            return Err(Error::corrupt(
                FORMAT,
                format!("{} bytes at {} lie outside the file", span.bytes, span.offset),
            ));
        }
        let mut bytes = Vec::with_capacity(span.bytes as usize);
        self.input
            .seek(SeekFrom::Start(span.offset))
            .and_then(|_| self.input.by_ref().take(span.bytes).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if (bytes.len() as u64) < span.bytes {
            return Err(Error::corrupt(FORMAT, "the file ends too early"));
        }
        Ok(bytes)
    }

    /// Reads an unsigned number of `bytes` bytes.
    pub(super) fn number(&mut self, offset: u64, bytes: u64) -> Result<u64> {
        Ok(self.order.uint(&self.read(Span { offset, bytes })?))
    }

    /// What of a span lies within the file.
    pub(super) fn clip(&self, span: Span) -> Span {
        let offset = span.offset.min(self.bytes);
        Span { offset, bytes: span.bytes.min(self.bytes - offset) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_written_in_both_orders() {
        assert_eq!(Order::Little.uint(&[1, 2, 3]), 0x03_0201);
        assert_eq!(Order::Big.uint(&[1, 2, 3]), 0x01_0203);
        for order in [Order::Little, Order::Big] {
            let mut bytes = [0; 3];
            order.put(0x0a_0b0c, &mut bytes);
            assert_eq!(order.uint(&bytes), 0x0a_0b0c);
        }
    }
}
