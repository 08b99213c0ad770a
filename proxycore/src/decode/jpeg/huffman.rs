//! Huffman tables, ITU-T T.81 annex C and F.2.2.3.

use super::FORMAT;
use crate::error::{Error, Result};

/// Codes of up to this many bits are looked up at once.
pub(super) const SHORT: u32 = 9;

pub(super) struct Huffman {
    /// By the next [`SHORT`] bits: the value and the length of the code, 0 where it is longer.
    short: Vec<(u8, u8)>,
    /// By length: the largest code, -1 where there is none.
    largest: [i32; 17],
    /// By length: the place of a code's value, less the code.
    offset: [i32; 17],
    values: Vec<u8>,
}

impl Huffman {
    /// Makes the table of as many codes of each length as `counts` says.
    pub(super) fn new(counts: &[u8], values: &[u8]) -> Result<Self> {
        let mut table = Self {
            short: vec![(0, 0); 1 << SHORT],
            largest: [-1; 17],
            offset: [0; 17],
            values: values.to_vec(),
        };
        let (mut code, mut place) = (0_i32, 0_usize);
        for (length, &count) in (1..).zip(counts) {
            table.offset[length] = place as i32 - code;
            for &value in &values[place..place + usize::from(count)] {
                table.enter(code, length as u32, value);
                code += 1;
            }
            if code > 1 << length {
                return Err(Error::corrupt(FORMAT, "a Huffman table of too many codes"));
            }
            if count > 0 {
                table.largest[length] = code - 1;
            }
            place += usize::from(count);
            code <<= 1;
        }
        Ok(table)
    }

    fn enter(&mut self, code: i32, length: u32, value: u8) {
        if let Some(spare) = SHORT.checked_sub(length) {
            let first = (code as usize) << spare;
            if let Some(entries) = self.short.get_mut(first..first + (1 << spare)) {
                entries.fill((value, length as u8));
            }
        }
    }

    /// Finds the code that 16 bits start with: its value and its length.
    #[inline]
    pub(super) fn find(&self, bits: u16) -> Option<(u8, u32)> {
        let (value, length) = self.short[usize::from(bits) >> (16 - SHORT)];
        if length > 0 {
            return Some((value, length.into()));
        }
        self.find_long(bits)
    }

    fn find_long(&self, bits: u16) -> Option<(u8, u32)> {
        (SHORT + 1..=16).find_map(|length| {
            let code = i32::from(bits) >> (16 - length);
            let place = code + self.offset[length as usize];
            let value = self.values.get(usize::try_from(place).ok()?)?;
            (code <= self.largest[length as usize]).then_some((*value, length))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_by_their_first_bits() {
        let mut counts = [0; 16];
        (counts[1], counts[2], counts[9]) = (1, 1, 2);
        let table = Huffman::new(&counts, &[7, 8, 9, 10]).unwrap();
        assert_eq!(table.find(0b0011_1111_1111_1111), Some((7, 2)));
        assert_eq!(table.find(0b0100_0000_0000_0000), Some((8, 3)));
        assert_eq!(table.find(0b0110_0000_0000_0000), Some((9, 10)));
        assert_eq!(table.find(0b0110_0000_0100_0000), Some((10, 10)));
        assert_eq!(table.find(0b0110_0000_1000_0000), None);
    }

    #[test]
    fn too_many_codes_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Huffman::new(&counts, &[1, 2, 3]).is_err());
    }
}
