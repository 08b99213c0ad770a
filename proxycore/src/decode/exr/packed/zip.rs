//! ZIP and ZIPS: deflate over differences of bytes, the even ones of the block before the odd ones.

use std::cell::RefCell;

use super::Layout;
use super::inflate::inflate;
use crate::error::Result;

/// Inflated bytes that a thread keeps room for, between two blocks: new memory costs more than to
/// fill it.
const KEPT: usize = 4 << 20;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Unpacks a block.
pub(super) fn unpack(packed: &[u8], layout: &Layout) -> Result<Vec<u8>> {
    BYTES.with_borrow_mut(|bytes| {
        bytes.resize(layout.bytes(), 0);
        inflate(packed, bytes)?;
        sum(bytes);
        let unpacked = interleave(bytes, layout);
        bytes.truncate(KEPT);
        bytes.shrink_to(KEPT);
        Ok(unpacked)
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

/// Every second byte of a word, in lanes of 16 bits.
const LANES: u64 = 0x00ff_00ff_00ff_00ff;
/// One in each lane: a number times this has the sums of its lanes so far in its lanes.
const ONES: u64 = 0x0001_0001_0001_0001;
/// 128 on the odd bytes: the differences are 128 more than they are, which comes to that.
const ODD: u64 = 0x8000_8000_8000_8000;

/// Makes bytes of their differences to the byte before, eight at a time.
///
/// The sums of a word are a product: of its pairs of bytes with one in each lane. A lane has room
/// for them: 9 bytes are at the most 2295.
fn sum(bytes: &mut [u8]) {
    let (words, rest) = bytes.as_chunks_mut::<8>();
    let mut before = 0;
    for word in words {
        let bytes = u64::from_le_bytes(*word);
        let (even, odd) = (bytes & LANES, (bytes >> 8) & LANES);
        let sums = (even + odd).wrapping_mul(ONES) + before * ONES;
        let out = (sums.wrapping_sub(odd) & LANES) | ((sums & LANES) << 8);
        *word = (out ^ ODD).to_le_bytes();
        before = (sums >> 48) & 0xff;
    }
    let mut before = before as u8;
    for (index, byte) in rest.iter_mut().enumerate() {
        before = before.wrapping_add(*byte);
        *byte = if index % 2 == 1 { before ^ 0x80 } else { before };
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
