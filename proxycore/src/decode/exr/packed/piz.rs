//! PIZ: numbers of 16 bits, channel after channel, renumbered to those that there are, through a
//! wavelet and a Huffman code.
//!
//! The code is read up to the last wanted channel: what comes behind it costs nothing.

use std::cell::RefCell;
use std::slice::ChunksExact;

use half::f16;

use super::huffman::Numbers;
use super::wavelet::{self, Field};
use super::{Layout, damaged};
use crate::error::Result;

/// Bytes of a bit for each number.
const BITMAP: usize = 1 << 13;

/// Numbers that a thread keeps room for, between two blocks: new memory costs more than to fill it.
const KEPT: usize = 2 << 20;

thread_local! {
    static NUMBERS: RefCell<Vec<u16>> = const { RefCell::new(Vec::new()) };
}

/// Unpacks a block.
pub(super) fn unpack(packed: &[u8], layout: &Layout) -> Result<Vec<u8>> {
    let mut out = vec![0; layout.bytes()];
    channels(packed, layout, |index, rows, table| {
        let start = layout.start(index);
        for (row, line) in rows.zip(out.chunks_exact_mut(layout.line())) {
            table.write(row, &mut line[start..]);
        }
    })?;
    Ok(out)
}

/// Unpacks a block of halves, and adds the channels at `wanted` to `out`, line by line.
pub(super) fn halves(
    packed: &[u8],
    layout: &Layout,
    wanted: &[usize],
    out: &mut Vec<f16>,
) -> Result<()> {
    let columns = layout.columns;
    let (start, line) = (out.len(), wanted.len() * columns);
    out.resize(start + layout.lines * line, f16::ZERO);
    let out = &mut out[start..];
    channels(packed, layout, |index, rows, table| {
        for (row, line) in rows.zip(out.chunks_exact_mut(line)) {
            let planes = line.chunks_exact_mut(columns).zip(wanted);
            for (plane, _) in planes.filter(|(_, wanted)| **wanted == index) {
                table.halves(row, plane);
            }
        }
    })
}

/// Hands the rows of each wanted channel to `each`, with its index and the table that says what their
/// numbers stand for.
fn channels(
    packed: &[u8],
    layout: &Layout,
    mut each: impl FnMut(usize, ChunksExact<'_, u16>, &Table),
) -> Result<()> {
    let (table, packed) = Table::read(packed)?;
    let pixels = layout.columns * layout.lines;
    let last = layout.channels.iter().rposition(|channel| channel.wanted);
    let Some(last) = last else { return Ok(()) };
    let upto = |channels: usize| {
        layout.channels[..channels].iter().map(|channel| pixels * channel.size / 2).sum::<usize>()
    };
    NUMBERS.with_borrow_mut(|numbers| {
        numbers.resize(upto(last + 1), 0);
        Numbers::open(packed, layout.bytes() / 2)?.read(numbers)?;
        for (index, channel) in layout.channels.iter().enumerate().filter(|(_, one)| one.wanted) {
            let step = channel.size / 2;
            let numbers = &mut numbers[upto(index)..upto(index + 1)];
            let field = Field { columns: layout.columns, rows: layout.lines, step };
            for first in 0..step {
                wavelet::decode(&mut numbers[first..], &field, table.largest);
            }
            each(index, numbers.chunks_exact(layout.columns * step), &table);
        }
        numbers.truncate(KEPT);
        numbers.shrink_to(KEPT);
        Ok(())
    })
}

/// The numbers of a block, in their order; what the others stand for.
struct Table {
    numbers: Vec<u16>,
    /// The largest number that stands for one.
    largest: u16,
}

impl Table {
    /// Reads the bitmap of the numbers that there are, and gives what comes after it and the length
    /// of that.
    fn read(packed: &[u8]) -> Result<(Self, &[u8])> {
        let early = || damaged("a PIZ block ends early");
        let (ends, packed) = packed.split_first_chunk::<4>().ok_or_else(early)?;
        let least = usize::from(u16::from_le_bytes([ends[0], ends[1]]));
        let most = usize::from(u16::from_le_bytes([ends[2], ends[3]]));
        if least >= BITMAP || most >= BITMAP {
            return Err(damaged("a PIZ block has numbers that there are not"));
        }
        let count = (most + 1).saturating_sub(least);
        let (bitmap, packed) = packed.split_at_checked(count).ok_or_else(early)?;
        let (_, packed) = packed.split_first_chunk::<4>().ok_or_else(early)?;
        Ok((Self::new(bitmap, least), packed))
    }

    /// Zero is always among them.
    fn new(bitmap: &[u8], least: usize) -> Self {
        let mut numbers = Vec::with_capacity(1 << 16);
        numbers.push(0);
        for (index, bits) in bitmap.iter().enumerate() {
            let base = 8 * (least + index);
            let there = (0..8).filter(|bit| bits >> bit & 1 == 1).map(|bit| (base + bit) as u16);
            numbers.extend(there.filter(|number| *number > 0));
        }
        let largest = (numbers.len() - 1) as u16;
        // what stands for none is none in other readers, too
        numbers.resize(1 << 16, 0);
        Self { numbers, largest }
    }

    /// Writes a row of samples as bytes.
    fn write(&self, row: &[u16], out: &mut [u8]) {
        for (bytes, number) in out.as_chunks_mut().0.iter_mut().zip(row) {
            *bytes = self.numbers[usize::from(*number)].to_le_bytes();
        }
    }

    /// The halves of a row.
    fn halves(&self, row: &[u16], out: &mut [f16]) {
        for (half, number) in out.iter_mut().zip(row) {
            *half = f16::from_bits(self.numbers[usize::from(*number)]);
        }
    }
}
