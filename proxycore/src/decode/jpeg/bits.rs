//! The bits of a scan, between two markers.

use super::bytes::Bytes;
use super::huffman::Huffman;
use super::{EARLY_END, FORMAT};
use crate::error::{Error, Result};

/// Bits are read up to a marker; beyond it there are zeros, and using one is an error.
#[derive(Default)]
pub(super) struct Bits {
    /// The next bits, from the highest on.
    window: u64,
    count: u32,
    /// How many of them, the last ones, are not of the file.
    beyond: u32,
    /// The marker that ended the data, if it has been met.
    marker: Option<u8>,
    ended: bool,
}

impl Bits {
    fn refill(&mut self, bytes: &mut Bytes) -> Result<()> {
        while self.count <= 56 {
            let byte = self.data_byte(bytes)?;
            if byte.is_none() {
                self.beyond += 8;
            }
            self.window |= u64::from(byte.unwrap_or(0)) << (56 - self.count);
            self.count += 8;
        }
        Ok(())
    }

    /// Reads a byte of data: FF 00 is a byte FF, and FF with anything else a marker, T.81 B.1.1.5.
    #[inline]
    fn data_byte(&mut self, bytes: &mut Bytes) -> Result<Option<u8>> {
        if self.marker.is_some() || self.ended {
            return Ok(None);
        }
        let byte = bytes.next()?;
        if byte == Some(0xff) {
            let mut code = bytes.next()?;
            while code == Some(0xff) {
                code = bytes.next()?;
            }
            match code {
                Some(0) => return Ok(Some(0xff)),
                Some(code) => self.marker = Some(code),
                None => self.ended = true,
            }
            return Ok(None);
        }
        self.ended = byte.is_none();
        Ok(byte)
    }

    #[inline]
    fn drop(&mut self, count: u32) {
        self.window <<= count;
        self.count -= count;
    }

    /// Reads up to 16 bits as a number.
    #[inline]
    pub(super) fn number(&mut self, bytes: &mut Bytes, count: u32) -> Result<i32> {
        if self.count < 16 {
            self.refill(bytes)?;
        }
        if count == 0 {
            return Ok(0);
        }
        let number = (self.window >> (64 - count)) as i32;
        self.drop(count);
        Ok(number)
    }

    /// Reads a number that is stored in as many bits as its size takes, T.81 F.2.2.1.
    #[inline]
    pub(super) fn signed(&mut self, bytes: &mut Bytes, count: u32) -> Result<i32> {
        let number = self.number(bytes, count)?;
        let negative = count > 0 && number < 1 << (count - 1);
        Ok(if negative { number - (1 << count) + 1 } else { number })
    }

    /// Reads a value by its code.
    #[inline]
    pub(super) fn value(&mut self, bytes: &mut Bytes, table: &Huffman) -> Result<u8> {
        if self.count < 16 {
            self.refill(bytes)?;
        }
        let Some((value, length)) = table.find((self.window >> 48) as u16) else {
            return Err(Error::corrupt(FORMAT, "a code that its Huffman table does not have"));
        };
        self.drop(length);
        Ok(value)
    }

    /// Checks that no bit was used that is not there.
    #[inline]
    pub(super) fn check(&self) -> Result<()> {
        if self.count >= self.beyond {
            return Ok(());
        }
        let what = if self.ended { EARLY_END } else { "the data of a scan ends too early" };
        Err(Error::corrupt(FORMAT, what))
    }

    /// Leaves the data: gives the marker behind it, and how many bytes before it were not used.
    pub(super) fn finish(&mut self, bytes: &mut Bytes) -> Result<(u8, usize)> {
        let unused = (self.count.saturating_sub(self.beyond) / 8) as usize;
        let ended = std::mem::take(self);
        match ended.marker {
            Some(marker) => Ok((marker, unused)),
            None if ended.ended => Err(Error::corrupt(FORMAT, EARLY_END)),
            None => bytes.marker().map(|(marker, stray)| (marker, unused + stray)),
        }
    }
}
