//! The Huffman code of PIZ and DWA: canonical, of up to 58 bits, over 16-bit numbers and one more symbol, which
//! repeats the number before it.
//!
//! Codes of up to [`PRIMARY`] bits are found in a table. Longer ones are smaller than all shorter
//! ones, seen from their top, and those of one length follow each other: so a code's length is found
//! by holding it against the first code of each length.

use super::bits::Bits;
use super::damaged;
use crate::error::Result;

/// Numbers, and the symbol for repetition.
const SYMBOLS: usize = (1 << 16) + 1;
/// Bits that the table is entered by: its entries are as large as the first-level cache, and hold
/// nearly all codes of noisy pictures.
const PRIMARY: u32 = 14;
/// Codes of that length that a filled window has.
const IN_WINDOW: usize = 56 / PRIMARY as usize;
/// The mark of the entry of the symbol for repetition.
const REPEAT: u32 = 1 << 31;
/// Bits of the longest code.
const LONGEST: usize = 58;
/// Bytes of the header: five numbers of 32 bits.
const HEADER: usize = 20;

/// The code of a block.
struct Code {
    /// By the next bits: a symbol and the length of its code below it; 0 for a longer code. That of
    /// the symbol for repetition is marked by [`REPEAT`].
    table: Vec<u32>,
    /// Of each length: the first code, how many there are, and the symbols of all in their order.
    first: [u64; LONGEST + 1],
    count: [u32; LONGEST + 1],
    start: [u32; LONGEST + 1],
    symbols: Vec<u32>,
    repeat: u32,
}

/// Numbers as they come out of a block, as many as somebody wants.
pub(super) struct Numbers<'a> {
    code: Code,
    bits: Bits<'a>,
    /// How many bits of code the block says that there are.
    length: usize,
    /// How many numbers are still to come.
    left: usize,
    before: Option<u16>,
    /// How often it is still to be repeated.
    again: usize,
}

impl<'a> Numbers<'a> {
    /// Opens a block of `count` numbers.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for a code that there cannot be.
    pub(super) fn open(packed: &'a [u8], count: usize) -> Result<Self> {
        let early = || damaged("a Huffman code ends early");
        let (header, packed) = packed.split_at_checked(HEADER).ok_or_else(early)?;
        let number = |index: usize| {
            let bytes = &header[4 * index..4 * index + 4];
            u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize
        };
        let (least, most, length) = (number(0), number(1), number(3));
        if least > most || most >= SYMBOLS {
            return Err(damaged("a Huffman code has symbols that there are not"));
        }
        let mut table = Bits::new(packed);
        let lengths = lengths(&mut table, least, most)?;
        let packed = packed.get(table.taken().div_ceil(8)..).unwrap_or_default();
        if length > 8 * packed.len() {
            return Err(early());
        }
        Ok(Self {
            code: Code::new(&lengths, least, most as u32)?,
            bits: Bits::new(packed),
            length,
            left: count,
            before: None,
            again: 0,
        })
    }

    /// Fills `numbers`, of which there are no more than are left. Who has read the last one has come
    /// to the block's end.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for what is no such code.
    pub(super) fn read(&mut self, numbers: &mut [u16]) -> Result<()> {
        debug_assert!(numbers.len() <= self.left, "{} of {}", numbers.len(), self.left);
        let mut at = 0;
        while at < numbers.len() {
            if self.again > 0 {
                let end = numbers.len().min(at + self.again);
                numbers[at..end].fill(self.before.unwrap_or(0));
                self.again -= end - at;
                at = end;
                continue;
            }
            at += self.code.run(&mut self.bits, &mut numbers[at..]);
            self.before = numbers[..at].last().copied().or(self.before);
            if at < numbers.len()
                && let Some(number) = self.odd(self.left - at)?
            {
                (numbers[at], self.before) = (number, Some(number));
                at += 1;
            }
        }
        self.left -= numbers.len();
        let taken = self.bits.taken();
        if taken > self.length || (self.left == 0 && (taken != self.length || self.again > 0)) {
            return Err(damaged("a Huffman code has too few numbers or too many"));
        }
        Ok(())
    }

    /// Takes a number with a long code, or how often the one before it is repeated.
    fn odd(&mut self, left: usize) -> Result<Option<u16>> {
        self.bits.fill();
        let symbol = self.code.symbol(&mut self.bits)?;
        if self.bits.taken() > self.length {
            return Err(damaged("a Huffman code ends early"));
        }
        if symbol != self.code.repeat {
            return Ok(Some(symbol as u16));
        }
        self.again = self.bits.read(8) as usize;
        if self.before.is_none() || self.again > left {
            return Err(damaged("a Huffman code repeats more than there is"));
        }
        Ok(None)
    }
}

/// Reads the lengths of the codes: 6 bits each, of which the largest stand for runs without a code.
fn lengths(bits: &mut Bits<'_>, least: usize, most: usize) -> Result<Vec<u8>> {
    let count = most - least + 1;
    let mut lengths = Vec::with_capacity(count);
    while lengths.len() < count {
        let run = match bits.read(6) {
            63 => bits.read(8) as usize + 6,
            length @ 59..=62 => length as usize - 57,
            length => {
                lengths.push(length as u8);
                continue;
            }
        };
        if lengths.len() + run > count || bits.is_over() {
            return Err(damaged("a Huffman code has a table that is too long"));
        }
        lengths.resize(lengths.len() + run, 0);
    }
    if bits.is_over() { Err(damaged("a Huffman code ends early")) } else { Ok(lengths) }
}

impl Code {
    /// Gives out the codes: those of the longest length from 0 on, and each shorter length from
    /// where the one before it ended.
    fn new(lengths: &[u8], least: usize, repeat: u32) -> Result<Self> {
        let mut count = [0_u32; LONGEST + 1];
        lengths.iter().for_each(|&length| count[usize::from(length)] += 1);
        count[0] = 0;
        let (mut first, mut next) = ([0; LONGEST + 1], 0_u64);
        for length in (1..=LONGEST).rev() {
            first[length] = next;
            let end = next + u64::from(count[length]);
            if end > 1 << length {
                return Err(damaged("a Huffman code has more codes than there can be"));
            }
            next = end / 2;
        }
        let mut start = [0_u32; LONGEST + 1];
        for length in 1..=LONGEST {
            start[length] = start[length - 1] + count[length - 1];
        }
        let mut symbols = vec![0; lengths.len()];
        let mut end = start;
        for (index, &length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
            let place = &mut end[usize::from(length)];
            symbols[*place as usize] = (least + index) as u32;
            *place += 1;
        }
        let mut code = Self { table: Vec::new(), first, count, start, symbols, repeat };
        code.table = code.table();
        Ok(code)
    }

    fn table(&self) -> Vec<u32> {
        let mut table = vec![0; 1 << PRIMARY];
        for length in 1..=PRIMARY {
            let (at, spread) = (length as usize, 1_usize << (PRIMARY - length));
            let begin = self.start[at] as usize;
            let symbols = &self.symbols[begin..begin + self.count[at] as usize];
            let from = self.first[at] as usize * spread;
            for (entries, symbol) in table[from..].chunks_exact_mut(spread).zip(symbols) {
                let mark = if *symbol == self.repeat { REPEAT } else { 0 };
                entries.fill(mark | symbol << 8 | length);
            }
        }
        table
    }

    /// Takes a symbol. The window is filled.
    fn symbol(&self, bits: &mut Bits<'_>) -> Result<u32> {
        match self.entry(bits) {
            0 => self.long(bits).ok_or_else(|| damaged("a Huffman code has one that there is not")),
            entry => {
                bits.skip(entry & 0xff);
                Ok((entry & !REPEAT) >> 8)
            }
        }
    }

    /// Takes a code that is longer than the table's. The window is filled.
    fn long(&self, bits: &mut Bits<'_>) -> Option<u32> {
        for length in PRIMARY + 1..=LONGEST as u32 {
            let at = length as usize;
            let index = (bits.window() >> (64 - length)).wrapping_sub(self.first[at]);
            if index < u64::from(self.count[at]) {
                bits.skip(PRIMARY);
                bits.fill();
                bits.skip(length - PRIMARY);
                return Some(self.symbols[self.start[at] as usize + index as usize]);
            }
        }
        None
    }

    /// Reads numbers up to a repetition, or what is no code, and says how many.
    fn run(&self, bits: &mut Bits<'_>, numbers: &mut [u16]) -> usize {
        let mut at = 0;
        while at < numbers.len() {
            bits.fill();
            for number in numbers[at..].iter_mut().take(IN_WINDOW) {
                let entry = self.entry(bits);
                if entry == 0 || entry & REPEAT != 0 {
                    break;
                }
                *number = (entry >> 8) as u16;
                bits.skip(entry & 0xff);
                at += 1;
            }
            if at < numbers.len() && self.entry(bits) == 0 {
                bits.fill();
                let before = bits.clone();
                match self.long(bits) {
                    Some(symbol) if symbol != self.repeat => numbers[at] = symbol as u16,
                    _ => {
                        *bits = before;
                        return at;
                    }
                }
                at += 1;
            } else if at < numbers.len() && self.entry(bits) & REPEAT != 0 {
                return at;
            }
        }
        at
    }

    #[inline]
    fn entry(&self, bits: &Bits<'_>) -> u32 {
        self.table[(bits.window() >> (64 - PRIMARY)) as usize]
    }
}
