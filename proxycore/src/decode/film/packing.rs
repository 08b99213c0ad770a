//! How codes lie in words.
//!
//! [`Packing::code`] finds one code and is the plain truth; [`Packing::codes`] unpacks a row, and a
//! test holds it to that. A row starts at a whole byte. Where SMPTE ST 268-1 leaves doubt, this is
//! what OpenImageIO and ffmpeg agree on:
//!
//! - bytes are bytes, in either byte order of the file;
//! - packed codes run from the low bits of a 32-bit word up, and on into the next word;
//! - three 10-bit codes fill a word from its high bits down, but from its low bits up in an element
//!   of a single component.

/// What holds codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Cells {
    /// Each code has 1, 2, 4 or 8 bytes of its own, and lies `shift` bits from the low end.
    Own {
        /// Bytes of a cell.
        bytes: usize,
        /// Bits below the code.
        shift: u32,
    },
    /// Three 10-bit codes in a 32-bit word.
    Thirds {
        /// Bits below the codes.
        shift: u32,
        /// Whether the first code is in the low bits.
        low_first: bool,
    },
    /// Codes without gaps in 32-bit words.
    Packed,
}

/// How the codes of a row lie in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) struct Packing {
    /// What holds them.
    pub(in crate::decode) cells: Cells,
    /// Bits of a code: 1 to 64.
    pub(in crate::decode) bits: u32,
    /// Whether words start with their most significant byte.
    pub(in crate::decode) big_endian: bool,
}

impl Packing {
    /// Bytes that `codes` codes take, without what fills a row up.
    pub(in crate::decode) fn bytes(&self, codes: u64) -> u64 {
        match self.cells {
            Cells::Own { bytes, .. } => codes.saturating_mul(bytes as u64),
            Cells::Thirds { .. } => codes.div_ceil(3).saturating_mul(4),
            Cells::Packed => codes.saturating_mul(self.bits.into()).div_ceil(32).saturating_mul(4),
        }
    }

    /// After how many codes a whole cell ends with the last of them.
    pub(in crate::decode) fn group(&self) -> u64 {
        match self.cells {
            Cells::Own { .. } => 1,
            Cells::Thirds { .. } => 3,
            Cells::Packed => 1 << (5 - self.bits.trailing_zeros().min(5)),
        }
    }

    /// How many codes so many bytes hold.
    pub(in crate::decode) fn held(&self, bytes: u64) -> u64 {
        match self.cells {
            Cells::Own { bytes: each, .. } => bytes / each as u64,
            Cells::Thirds { .. } => bytes / 4 * 3,
            Cells::Packed => (bytes / 4).saturating_mul(32) / u64::from(self.bits),
        }
    }

    /// The code at `index` of a row; `None` behind its end.
    pub(in crate::decode) fn code(&self, row: &[u8], index: usize) -> Option<u64> {
        let bits = self.bits as usize;
        let code = match self.cells {
            Cells::Own { bytes, shift } => {
                let start = index.checked_mul(bytes)?;
                self.number(row.get(start..start.checked_add(bytes)?)?) >> shift
            }
            Cells::Thirds { shift, low_first } => {
                let place = if low_first { index % 3 } else { 2 - index % 3 };
                self.word(row, index / 3)? >> (shift as usize + 10 * place)
            }
            Cells::Packed => {
                let (word, bit) = (index.checked_mul(bits)? / 32, index * bits % 32);
                let low = self.word(row, word)?;
                let high = if bit + bits > 32 { self.word(row, word + 1)? } else { 0 };
                (low | high << 32) >> bit
            }
        };
        Some(code & (u64::MAX >> (64 - bits)))
    }

    /// Unpacks the first codes of a row, of up to 16 bits each.
    pub(in crate::decode) fn codes(&self, row: &[u8], out: &mut [u16]) {
        match self.cells {
            Cells::Own { bytes: 1, .. } => {
                out.iter_mut().zip(row).for_each(|(out, &byte)| *out = byte.into());
            }
            Cells::Own { shift, .. } if self.big_endian => {
                self.words16(row, out, |pair| u16::from_be_bytes(pair) >> shift);
            }
            Cells::Own { shift, .. } => {
                self.words16(row, out, |pair| u16::from_le_bytes(pair) >> shift);
            }
            Cells::Thirds { shift, low_first } => self.thirds(row, out, shift, low_first),
            Cells::Packed => self.packed(row, out),
        }
    }

    /// Unpacks a row of three codes a pixel and one pixel a word, into a plane each; `false` where
    /// codes lie otherwise.
    ///
    /// The byte order is chosen outside of the loop, which the compiler then makes SIMD of.
    pub(in crate::decode) fn pixels(&self, row: &[u8], planes: [&mut [u16]; 3]) -> bool {
        let Cells::Thirds { shift, low_first: false } = self.cells else {
            return false;
        };
        match (self.big_endian, shift) {
            (true, 2) => split(row, planes, |word| u32::from_be_bytes(word) >> 2),
            (true, _) => split(row, planes, u32::from_be_bytes),
            (false, 2) => split(row, planes, |word| u32::from_le_bytes(word) >> 2),
            (false, _) => split(row, planes, u32::from_le_bytes),
        }
        true
    }

    fn words16(&self, row: &[u8], out: &mut [u16], code: impl Fn([u8; 2]) -> u16) {
        let mask = u16::MAX >> (16 - self.bits);
        for (out, &pair) in out.iter_mut().zip(row.as_chunks().0) {
            *out = code(pair) & mask;
        }
    }

    fn thirds(&self, row: &[u8], out: &mut [u16], shift: u32, low_first: bool) {
        let places = if low_first { [0, 10, 20] } else { [20, 10, 0] };
        for (out, &bytes) in out.chunks_mut(3).zip(row.as_chunks().0) {
            let word = self.order(bytes) >> shift;
            for (out, place) in out.iter_mut().zip(places) {
                *out = (word >> place & 0x3ff) as u16;
            }
        }
    }

    fn packed(&self, row: &[u8], out: &mut [u16]) {
        let mask = (1_u64 << self.bits) - 1;
        let mut words = row.as_chunks().0.iter();
        let (mut held, mut bits) = (0_u64, 0);
        for out in out {
            if bits < self.bits {
                let Some(&bytes) = words.next() else {
                    return;
                };
                held |= u64::from(self.order(bytes)) << bits;
                bits += 32;
            }
            *out = (held & mask) as u16;
            held >>= self.bits;
            bits -= self.bits;
        }
    }

    fn word(&self, row: &[u8], index: usize) -> Option<u64> {
        let start = index.checked_mul(4)?;
        Some(self.order(*row.get(start..)?.first_chunk()?).into())
    }

    fn order(&self, bytes: [u8; 4]) -> u32 {
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if self.big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }
}

#[inline]
fn split(row: &[u8], [red, green, blue]: [&mut [u16]; 3], word: impl Fn([u8; 4]) -> u32) {
    let planes = red.iter_mut().zip(green).zip(blue);
    for (((red, green), blue), &bytes) in planes.zip(row.as_chunks().0) {
        let word = word(bytes);
        *red = (word >> 20 & 0x3ff) as u16;
        *green = (word >> 10 & 0x3ff) as u16;
        *blue = (word & 0x3ff) as u16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<Packing> {
        let mut cells = vec![(Cells::Packed, 1), (Cells::Packed, 10), (Cells::Packed, 12)];
        cells.push((Cells::Own { bytes: 1, shift: 0 }, 8));
        cells.extend(
            [(16, 0), (12, 4), (12, 0), (10, 6)]
                .map(|(bits, shift)| (Cells::Own { bytes: 2, shift }, bits)),
        );
        for (shift, low_first) in [(0, false), (0, true), (2, false), (2, true)] {
            cells.push((Cells::Thirds { shift, low_first }, 10));
        }
        let orders =
            |(cells, bits)| [true, false].map(|big_endian| Packing { cells, bits, big_endian });
        cells.into_iter().flat_map(orders).collect()
    }

    #[test]
    fn rows_unpack_as_code_by_code() {
        let row: Vec<u8> =
            (0..400_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for packing in every() {
            for count in [0, 1, 2, 3, 4, 31, 32, 33, 100, 200] {
                let mut codes = vec![0; count];
                packing.codes(&row, &mut codes);
                let plain = (0..count).map(|at| packing.code(&row, at).unwrap() as u16);
                assert_eq!(codes, plain.collect::<Vec<_>>(), "{packing:?} {count}");
            }
            let mut planes = [vec![0; 67], vec![0; 67], vec![0; 67]];
            let [red, green, blue] = &mut planes;
            if packing.pixels(&row, [red, green, blue]) {
                for (at, plane) in planes.iter().enumerate() {
                    let plain = (0..67).map(|x| packing.code(&row, 3 * x + at).unwrap() as u16);
                    assert_eq!(plane, &plain.collect::<Vec<_>>(), "{packing:?}");
                }
            }
        }
    }

    #[test]
    fn cells_end_with_whole_groups() {
        for packing in every() {
            let group = packing.group();
            let bytes = packing.bytes(group);
            assert_eq!(packing.bytes(7 * group), 7 * bytes, "{packing:?}");
            assert_eq!(packing.held(bytes), group, "{packing:?}");
            assert!((1..group).all(|codes| packing.held(packing.bytes(codes)) >= codes));
        }
    }

    #[test]
    fn nothing_is_found_behind_the_end() {
        for packing in every() {
            let row = vec![0xff; packing.bytes(5) as usize];
            assert_eq!(packing.code(&row, 4), Some((1 << packing.bits) - 1));
            assert_eq!(packing.code(&row, 200), None);
            assert_eq!(packing.code(&row, usize::MAX), None);
        }
    }
}
