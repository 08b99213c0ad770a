//! Baseline JPEG files of R'G'B' from coefficients: ITU-T T.81 (ISO/IEC 10918-1) annex B.
//!
//! One frame of 8 bits, three components of equal size, one interleaved scan, quantisation by 1,
//! and Huffman tables made for the picture, which take a fifth off the bytes of such large
//! coefficients. No restart markers, no JFIF: that is YCbCr by definition.

use super::huffman::Table;
use super::near::Coefficients;
use super::zigzag::Order;

/// The components' names, which alone tell many readers that they are not YCbCr.
const COMPONENTS: [u8; 3] = *b"RGB";
/// The Adobe marker (Adobe Technical Note 5116 section 18): version 100, no flags, and no colour
/// transform.
pub(super) const ADOBE: &[u8; 12] = b"Adobe\0\x64\0\0\0\0\0";
/// How a profile's only segment begins, ICC.1:2022 section B.4.
pub(super) const PROFILE: &[u8; 14] = b"ICC_PROFILE\0\x01\x01";

/// Writes a file of `size` (width, height) with blocks of R, G, B, R, G, B, ... row by row.
pub(super) fn write(size: [u16; 2], profile: &[u8], blocks: &[Coefficients]) -> Vec<u8> {
    let tables = tables(blocks);
    let mut bytes = vec![0xff, 0xd8];
    segment(&mut bytes, 0xee, ADOBE);
    segment(&mut bytes, 0xe2, &[PROFILE, profile].concat());
    segment(&mut bytes, 0xdb, &[&[0][..], &[1; 64]].concat());
    segment(&mut bytes, 0xc0, &frame(size, COMPONENTS.map(|name| (name, 0))));
    for (class, table) in [0x00, 0x10].into_iter().zip(&tables) {
        segment(&mut bytes, 0xc4, &[&[class][..], &table.stored()].concat());
    }
    segment(&mut bytes, 0xda, &scan());
    let mut scan = Scan { tables: &tables, bits: Bits::new(bytes) };
    visit(blocks, &mut scan);
    let mut bytes = scan.bits.finish();
    bytes.extend([0xff, 0xd9]);
    bytes
}

pub(super) fn segment(bytes: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    bytes.extend([0xff, marker]);
    bytes.extend((payload.len() as u16 + 2).to_be_bytes());
    bytes.extend(payload);
}

/// The frame header, section B.2.2: each component in full resolution, by its name and the place of
/// its quantisation table.
pub(super) fn frame([width, height]: [u16; 2], components: [(u8, u8); 3]) -> Vec<u8> {
    let mut frame = vec![8];
    frame.extend(height.to_be_bytes());
    frame.extend(width.to_be_bytes());
    frame.push(3);
    frame.extend(components.iter().flat_map(|(name, table)| [*name, 0x11, *table]));
    frame
}

/// The scan header, section B.2.3: all coefficients at once, by Huffman tables 0.
fn scan() -> Vec<u8> {
    let mut scan = vec![3];
    scan.extend(COMPONENTS.iter().flat_map(|name| [*name, 0]));
    scan.extend([0, 63, 0]);
    scan
}

/// Which of the two tables a symbol is coded by.
#[derive(Debug, Clone, Copy)]
pub(super) enum Class {
    Dc = 0,
    Ac = 1,
}

/// What symbols of a scan are given to.
pub(super) trait Symbols {
    /// Takes the next one with its extra bits, and how many those are.
    fn take(&mut self, class: Class, symbol: u8, extra: u32, length: u32);
}

/// How often each symbol of the DC and of the AC table occurs.
pub(super) type Frequencies = [[u32; 256]; 2];

impl Symbols for Frequencies {
    #[inline(always)]
    fn take(&mut self, class: Class, symbol: u8, _: u32, _: u32) {
        self[class as usize][usize::from(symbol)] += 1;
    }
}

/// Symbols as bits of a file.
struct Scan<'a> {
    tables: &'a [Table; 2],
    bits: Bits,
}

impl Symbols for Scan<'_> {
    #[inline(always)]
    fn take(&mut self, class: Class, symbol: u8, extra: u32, length: u32) {
        let (code, code_length) = self.tables[class as usize].code(symbol);
        self.bits.push(u32::from(code) << length | extra, u32::from(code_length) + length);
    }
}

/// The DC and the AC table for these blocks.
fn tables(blocks: &[Coefficients]) -> [Table; 2] {
    let mut frequencies = [[0; 256]; 2];
    visit(blocks, &mut frequencies);
    frequencies.map(|frequencies| Table::new(&frequencies))
}

/// The end of a block, and sixteen zeros.
pub(super) const END: u8 = 0x00;
pub(super) const ZEROS: u8 = 0xf0;

/// Gives every symbol of the scan.
fn visit(blocks: &[Coefficients], to: &mut impl Symbols) {
    let mut before = [0; 3];
    for (at, block) in blocks.iter().enumerate() {
        symbols(block, Order::ROWS, &mut before[at % 3], to);
    }
}

/// Gives the symbols of a block: section F.1.2.
#[inline(always)]
pub(super) fn symbols(
    block: &Coefficients,
    order: &Order,
    before: &mut i16,
    to: &mut impl Symbols,
) {
    let (extra, length) = magnitude(block[0] - *before);
    *before = block[0];
    to.take(Class::Dc, length as u8, extra, length);
    let mut rest = order.nonzero(block) & !1;
    let mut last = 0;
    while rest != 0 {
        let at = rest.trailing_zeros();
        rest &= rest - 1;
        let mut run = at - last - 1;
        while run > 15 {
            to.take(Class::Ac, ZEROS, 0, 0);
            run -= 16;
        }
        let (extra, length) = magnitude(order.of(block, at as usize));
        to.take(Class::Ac, (run << 4 | length) as u8, extra, length);
        last = at;
    }
    if last < 63 {
        to.take(Class::Ac, END, 0, 0);
    }
}

/// The extra bits of a value and their number, tables F.1 and F.2: a negative one as ones'
/// complement.
#[inline(always)]
fn magnitude(value: i16) -> (u32, u32) {
    let value = i32::from(value);
    let length = 32 - value.unsigned_abs().leading_zeros();
    let extra = value + (value >> 31);
    (extra as u32 & ((1 << length) - 1), length)
}

/// Entropy-coded data, section F.1.2.3: the highest bit first, a zero byte after every 0xff.
pub(super) struct Bits {
    bytes: Vec<u8>,
    held: u64,
    /// How many bits are held, fewer than 32.
    count: u32,
}

impl Bits {
    /// Starts behind `bytes`.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, held: 0, count: 0 }
    }

    /// Appends the lowest `length` bits, at most 32; those above are 0.
    #[inline(always)]
    pub(super) fn push(&mut self, bits: u32, length: u32) {
        self.held = self.held << length | u64::from(bits);
        self.count += length;
        if self.count >= 32 {
            self.count -= 32;
            self.write(&((self.held >> self.count) as u32).to_be_bytes());
        }
    }

    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) {
        if !bytes.contains(&0xff) {
            self.bytes.extend_from_slice(bytes);
            return;
        }
        for byte in bytes {
            self.bytes.push(*byte);
            if *byte == 0xff {
                self.bytes.push(0);
            }
        }
    }

    /// Fills the last byte with ones.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let fill = self.count.next_multiple_of(8) - self.count;
        self.push((1 << fill) - 1, fill);
        let held = (self.held << (32 - self.count)) as u32;
        self.write(&held.to_be_bytes()[..self.count as usize / 8]);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::super::zigzag::ZIGZAG;
    use super::*;

    #[test]
    fn values_have_the_bits_of_table_f_1() {
        assert_eq!(magnitude(0), (0, 0));
        assert_eq!((magnitude(1), magnitude(-1)), ((1, 1), (0, 1)));
        assert_eq!((magnitude(5), magnitude(-5)), ((0b101, 3), (0b010, 3)));
        assert_eq!((magnitude(2047), magnitude(-2047)), ((2047, 11), (0, 11)));
    }

    impl Symbols for Vec<(u8, u8)> {
        fn take(&mut self, class: Class, symbol: u8, _: u32, _: u32) {
            self.push((class as u8, symbol));
        }
    }

    #[test]
    fn symbols_are_runs_and_sizes() {
        let mut block = [0; 64];
        (block[0], block[1], block[usize::from(ZIGZAG[40])]) = (-3, 2, 1);
        let mut symbols = Vec::new();
        visit(&[block; 4], &mut symbols);
        let ac = [(1, 0x02), (1, 0xf0), (1, 0xf0), (1, 0x61), (1, 0x00)];
        assert_eq!(symbols[..6], [&[(0, 2)], &ac[..]].concat());
        assert_eq!(symbols[18..], [&[(0, 0)], &ac[..]].concat(), "the second R differs by 0");
    }

    #[test]
    fn a_byte_of_ones_is_followed_by_zero() {
        let mut bits = Bits::new(vec![]);
        bits.push(0xff, 8);
        bits.push(0x7_ffff, 27);
        bits.push(1, 2);
        assert_eq!(bits.finish(), [0xff, 0, 0, 0xff, 0, 0xff, 0, 0b1110_1111]);
    }
}
