//! ZIP and ZIPS: deflate over differences of bytes, the even ones of the block before the odd ones.

use std::cell::RefCell;

use half::f16;

use super::Layout;
use super::inflate::inflate;
use crate::error::Result;
use crate::simd::{running_sums, vectorized};

/// Inflated bytes that a thread keeps room for, between two blocks: new memory costs more than to
/// fill it.
const KEPT: usize = 4 << 20;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Unpacks a block.
pub(super) fn unpack(packed: &[u8], layout: &Layout) -> Result<Vec<u8>> {
    unpacked(packed, layout, |bytes| interleave(bytes, layout))
}

/// Unpacks a block of halves, and adds the channels at `channels` to `out`, line by line.
pub(super) fn halves(
    packed: &[u8],
    layout: &Layout,
    channels: &[usize],
    out: &mut Vec<f16>,
) -> Result<()> {
    unpacked(packed, layout, |bytes| {
        let (even, odd) = bytes.split_at(bytes.len() / 2);
        for line in 0..layout.lines {
            for channel in channels {
                let start = (line * layout.line() + layout.start(*channel)) / 2;
                let samples = start..start + layout.columns;
                let pairs = even[samples.clone()].iter().zip(&odd[samples]);
                out.extend(pairs.map(|(even, odd)| f16::from_le_bytes([*even, *odd])));
            }
        }
    })
}

/// What `read` makes of a block's bytes, the even ones before the odd ones.
fn unpacked<T>(packed: &[u8], layout: &Layout, read: impl FnOnce(&[u8]) -> T) -> Result<T> {
    BYTES.with_borrow_mut(|bytes| {
        bytes.resize(layout.bytes(), 0);
        inflate(packed, bytes)?;
        sum(bytes);
        let made = read(bytes);
        bytes.truncate(KEPT);
        bytes.shrink_to(KEPT);
        Ok(made)
    })
}

/// Unpacks numbers of 16 bits that are packed as a block is.
pub(super) fn samples(packed: &[u8], size: usize) -> Result<Vec<u16>> {
    let mut bytes = inflated(packed, size)?;
    sum(&mut bytes);
    let (even, odd) = bytes.split_at(bytes.len().div_ceil(2));
    Ok(even.iter().zip(odd).map(|(even, odd)| u16::from_le_bytes([*even, *odd])).collect())
}

/// Inflates what has to be of a size.
pub(super) fn inflated(packed: &[u8], size: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    inflate(packed, &mut bytes)?;
    Ok(bytes)
}

vectorized! {
    /// Makes bytes of their differences to the byte before. Those are 128 more than they are, which on
    /// every second byte comes to 128.
    fn sum(bytes: &mut [u8]) {
        let (blocks, rest) = bytes.as_chunks_mut::<16>();
        let mut before = 0_u8;
        for block in blocks {
            // what is summed up within a block waits for nothing
            let within = running_sums(*block);
            for (byte, sum) in block.iter_mut().zip(within) {
                *byte = sum.wrapping_add(before);
            }
            before = before.wrapping_add(within[15]);
            for [_, odd] in block.as_chunks_mut().0 {
                *odd ^= 0x80;
            }
        }
        for (index, byte) in rest.iter_mut().enumerate() {
            before = before.wrapping_add(*byte);
            *byte = if index % 2 == 1 { before ^ 0x80 } else { before };
        }
    }
}

/// Puts the halves together, where they are wanted. Samples have an even number of bytes.
fn interleave(bytes: &[u8], layout: &Layout) -> Vec<u8> {
    let mut out = vec![0; bytes.len()];
    let (even, odd) = bytes.split_at(bytes.len().div_ceil(2));
    let (wanted, line) = (layout.wanted_bytes(), layout.line());
    for start in (0..layout.lines).map(|index| index * line) {
        for range in &wanted {
            let range = start + range.start..start + range.end;
            let half = range.start / 2..range.end / 2;
            let pairs = even[half.clone()].iter().zip(&odd[half]);
            for (out, (even, odd)) in out[range].as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
                *out = [*even, *odd];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_one_byte_after_the_other() {
        let mut random = fastrand::Rng::with_seed(3);
        for length in (0..40).chain([1000, 1007]) {
            let differences: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
            let mut plain = differences.clone();
            for index in 1..length {
                plain[index] = plain[index - 1].wrapping_add(differences[index]).wrapping_sub(128);
            }
            let mut fast = differences;
            sum(&mut fast);
            assert_eq!(fast, plain, "{length}");
        }
    }
}
