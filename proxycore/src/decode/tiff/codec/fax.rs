//! CCITT fax: compressions 2 (run lengths alone), 3 (ITU-T T.4, one- and two-dimensional) and 4
//! (T.6). The code tables are the `fax` crate's; the rows are ours, because the crate stops at the
//! first odd row, and does not know rows without ends.

use std::convert::Infallible;

use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, ByteReader};

use super::super::bytes::File;
use super::super::directory::Directory;
use super::super::layout::Layout;
use super::super::{FORMAT, tag};
use super::{Shape, broken};
use crate::error::{Error, Result};

/// How the rows are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    /// Run lengths; each row starts a unit of so many bits.
    Aligned(usize),
    /// T.4: an end before each row, and after it a bit for the dimension where there may be two.
    Ended { two_dimensional: bool },
    /// T.6: each row by the one above it.
    Relative,
}

/// A fax decoder of one picture.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Fax(Rows);

impl Fax {
    pub(super) fn read(file: &mut File, page: &Directory, layout: &Layout) -> Result<Self> {
        if layout.kind.bits() != 1 || layout.samples != 1 {
            return Err(Error::unsupported(FORMAT, "fax compression of more than one bit"));
        }
        let options = page.uint_or(file, tag::T4_OPTIONS, 0)?;
        Ok(Self(match layout.compression {
            2 => Rows::Aligned(8),
            3 => Rows::Ended { two_dimensional: options & 1 == 1 },
            4 => Rows::Relative,
            _ => Rows::Aligned(16),
        }))
    }

    pub(super) fn unpack(self, packed: &[u8], shape: Shape, out: &mut Vec<u8>) -> Result<()> {
        let Some(mut bits) = Bits::new(packed) else { return Ok(()) };
        let mut above = Vec::new();
        for _ in 0..shape.rows {
            let row = match self.row(&mut bits, &above, shape.width as u32) {
                Coded::Row(row) => row,
                Coded::End => break,
                Coded::Broken => return Err(broken("damaged fax code")),
            };
            paint(&row, shape, out);
            above = row;
        }
        // some writers leave out the white rows at the end
        out.resize(shape.bytes, 0);
        Ok(())
    }

    fn row(self, bits: &mut Bits<'_>, above: &[u32], width: u32) -> Coded {
        match self.0 {
            Rows::Aligned(unit) => {
                bits.align(unit);
                plain_row(bits, width)
            }
            Rows::Ended { two_dimensional } => match bits.skip_ends(two_dimensional) {
                Some(true) => plain_row(bits, width),
                Some(false) => relative_row(bits, above, width),
                None => Coded::End,
            },
            Rows::Relative => relative_row(bits, above, width),
        }
    }
}

/// A row: the columns where its colour changes, from white on.
enum Coded {
    Row(Vec<u32>),
    /// The picture ends before it.
    End,
    Broken,
}

/// Bits that are told apart from those beyond the input, which are zero.
struct Bits<'a> {
    reader: ByteReader<Padded<'a>>,
    bits: usize,
    read: usize,
}

type Padded<'a> = std::iter::Map<
    std::iter::Chain<std::iter::Copied<std::slice::Iter<'a, u8>>, std::array::IntoIter<u8, 4>>,
    fn(u8) -> std::result::Result<u8, Infallible>,
>;

impl<'a> Bits<'a> {
    fn new(packed: &'a [u8]) -> Option<Self> {
        let padded: Padded<'a> = packed.iter().copied().chain([0; 4]).map(Ok);
        Some(Self { reader: ByteReader::new(padded).ok()?, bits: 8 * packed.len(), read: 0 })
    }

    fn is_spent(&self) -> bool {
        self.read > self.bits
    }

    fn align(&mut self, unit: usize) {
        while !self.read.is_multiple_of(unit) && self.consume(1).is_ok() {}
    }

    /// Skips the ends of rows, and answers whether the next row is coded by itself; `None` after
    /// the end of the picture.
    fn skip_ends(&mut self, two_dimensional: bool) -> Option<bool> {
        let (mut ends, mut plain) = (0, true);
        // no code starts with so many zeros
        while self.peek(9) == Some(0) {
            while self.peek(1) == Some(0) {
                self.consume(1).ok()?;
            }
            self.consume(1).ok()?;
            if two_dimensional {
                plain = self.peek(1)? == 1;
                self.consume(1).ok()?;
            }
            ends += 1;
        }
        (ends < 2 && self.read < self.bits).then_some(plain)
    }
}

impl BitReader for Bits<'_> {
    type Error = ();

    fn peek(&self, bits: u8) -> Option<u16> {
        if self.is_spent() { None } else { self.reader.peek(bits) }
    }

    fn consume(&mut self, bits: u8) -> std::result::Result<(), ()> {
        self.read += usize::from(bits);
        if self.is_spent() {
            return Err(());
        }
        self.reader.consume(bits).map_err(|_| ())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (self.read.next_multiple_of(8) - self.read) as u8
    }
}

/// A run: codes of multiples of 64 until one below.
fn run(bits: &mut Bits<'_>, is_black: bool) -> Option<u32> {
    let mut sum = 0_u32;
    loop {
        let code = if is_black { black::decode(bits) } else { white::decode(bits) }?;
        sum = sum.saturating_add(code.into());
        if code < 64 {
            return Some(sum);
        }
    }
}

fn plain_row(bits: &mut Bits<'_>, width: u32) -> Coded {
    let (mut row, mut at, mut is_black) = (Vec::new(), 0_u32, false);
    while at < width {
        let Some(run) = run(bits, is_black) else { return Coded::Broken };
        at = at.saturating_add(run).min(width);
        row.push(at);
        is_black = !is_black;
    }
    Coded::Row(row)
}

/// T.6, section 2.2: each change by one of the row above (b1, b2), or by two runs.
fn relative_row(bits: &mut Bits<'_>, above: &[u32], width: u32) -> Coded {
    let (mut row, mut at, mut is_black) = (Vec::new(), None, false);
    let mut from = 0;
    while at.is_none_or(|at| at < width) {
        from = first_change(above, from, at, is_black);
        let change = |index: usize| above.get(index).copied().unwrap_or(width);
        match mode::decode(bits) {
            Some(Mode::Pass) => at = Some(change(from + 1)),
            Some(Mode::Vertical(by)) => {
                let Some(next) = change(from).checked_add_signed(by.into()) else {
                    return Coded::Broken;
                };
                if at.is_some_and(|at| next < at) || next > width {
                    return Coded::Broken;
                }
                row.push(next);
                at = Some(next);
                is_black = !is_black;
            }
            Some(Mode::Horizontal) => {
                for colour in [is_black, !is_black] {
                    let Some(run) = run(bits, colour) else { return Coded::Broken };
                    let next = at.unwrap_or(0).saturating_add(run).min(width);
                    row.push(next);
                    at = Some(next);
                }
            }
            Some(Mode::EOF) if at.is_none() => return Coded::End,
            _ => return Coded::Broken,
        }
    }
    Coded::Row(row)
}

/// b1: the first change above that is right of `at` and away from the current colour; even ones
/// are to black. `from` is the last one found, a little before which it may lie.
fn first_change(above: &[u32], from: usize, at: Option<u32>, is_black: bool) -> usize {
    let right =
        |index: usize| above.get(index).is_none_or(|change| at.is_none_or(|at| *change > at));
    let mut index = from.min(above.len());
    while index > 0 && right(index - 1) {
        index -= 1;
    }
    while !right(index) {
        index += 1;
    }
    index + usize::from((index % 2 == 1) != is_black)
}

/// Adds a row whose black bits are 1.
fn paint(changes: &[u32], shape: Shape, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + shape.row_bytes, 0);
    for run in changes.chunks(2) {
        let (first, end) = (run[0] as usize, run.get(1).map_or(shape.width, |&end| end as usize));
        for x in first..end {
            out[start + x / 8] |= 0x80 >> (x % 8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits from text, padded to bytes.
    fn bits(text: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            text.bytes().filter(|b| b"01".contains(b)).map(|b| b - b'0').collect();
        let byte =
            |bits: &[u8]| bits.iter().fold(0, |byte, bit| byte << 1 | bit) << (8 - bits.len());
        digits.chunks(8).map(byte).collect()
    }

    fn unpack(rows: Rows, packed: &[u8], height: usize) -> Result<Vec<u8>> {
        let shape = Shape::plain(8, height, 1);
        let mut out = Vec::new();
        Fax(rows).unpack(packed, shape, &mut out).map(|()| out)
    }

    // T.4, tables 2: white 2 is 0111, white 3 is 1000, white 0 is 00110101; black 3 is 10, 8 000101
    const ROW: &str = "0111 10 1000";
    const BLACK: &str = "00110101 000101";
    const END: &str = "000000000001";

    #[test]
    fn rows_by_themselves_unpack() {
        let two = [bits(ROW), bits(BLACK)].concat();
        assert_eq!(unpack(Rows::Aligned(8), &two, 2).unwrap(), [0x38, 0xff]);
        let ended = bits(&[END, ROW, END, BLACK, END, END].concat());
        let rows = Rows::Ended { two_dimensional: false };
        assert_eq!(unpack(rows, &ended, 3).unwrap(), [0x38, 0xff, 0]);
        unpack(Rows::Aligned(8), &two, 3).unwrap_err();
    }

    #[test]
    fn rows_by_the_one_above_unpack() {
        // the same changes; one to the right; passed over; by runs
        let rows = ["001 0111 10 1", "1 011 1", "0001 1", "001 00110101 000101"];
        let want = [0x38, 0x3c, 0, 0xff];
        assert_eq!(unpack(Rows::Relative, &bits(&rows.concat()), 4).unwrap(), want);
        let mixed = [END, "1", ROW, END, "0", rows[1]].concat();
        let ended = Rows::Ended { two_dimensional: true };
        assert_eq!(unpack(ended, &bits(&mixed), 2).unwrap(), [0x38, 0x3c]);
    }
}
