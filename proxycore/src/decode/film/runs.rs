//! Run-length encoded rows (SMPTE ST 268-1, clause 9.2).
//!
//! A run starts with a flag, packed like any code: its low bit says whether one pixel follows that
//! all of the run repeats, or as many pixels as the run has; the other bits say how many those are.
//! Runs end at a row's end, and the next row starts at a whole 32-bit word. No reader at hand reads
//! these, so only the standard's words stand behind it.

use super::Packing;
use crate::error::{Error, Result};

/// A flag.
struct Run {
    repeats: bool,
    pixels: usize,
}

impl Run {
    fn read(flag: u64, left: usize) -> Option<Self> {
        let pixels = usize::try_from(flag >> 1).ok()?;
        (1..=left).contains(&pixels).then_some(Self { repeats: flag & 1 == 1, pixels })
    }

    /// Codes that follow the flag.
    fn codes(&self, step: usize) -> usize {
        if self.repeats { step } else { step * self.pixels }
    }
}

fn contradicts(format: &'static str) -> Error {
    Error::corrupt(format, "a run has no pixels, or goes beyond its row")
}

/// How many bytes a row takes that starts at the first of `bytes`; `None` where they end before it.
pub(super) fn row_bytes(
    format: &'static str,
    packing: &Packing,
    bytes: &[u8],
    step: usize,
    width: usize,
) -> Result<Option<usize>> {
    let (mut at, mut left) = (0, width);
    while left > 0 {
        let Some(flag) = packing.code(bytes, at) else {
            return Ok(None);
        };
        let run = Run::read(flag, left).ok_or_else(|| contradicts(format))?;
        at += 1 + run.codes(step);
        left -= run.pixels;
    }
    let row = packing.bytes(at as u64) as usize;
    Ok((row <= bytes.len()).then(|| row.next_multiple_of(4)))
}

/// The codes of a row.
pub(super) fn expand(
    format: &'static str,
    packing: &Packing,
    bytes: &[u8],
    step: usize,
    width: usize,
) -> Result<Vec<u64>> {
    let short = || Error::corrupt(format, "a row of runs ends too early");
    let mut codes = Vec::with_capacity(width * step);
    let (mut at, mut left) = (0, width);
    while left > 0 {
        let flag = packing.code(bytes, at).ok_or_else(short)?;
        let run = Run::read(flag, left).ok_or_else(|| contradicts(format))?;
        let start = codes.len();
        for index in at + 1..=at + run.codes(step) {
            codes.push(packing.code(bytes, index).ok_or_else(short)?);
        }
        if run.repeats {
            for _ in 1..run.pixels {
                codes.extend_from_within(start..start + step);
            }
        }
        at += 1 + run.codes(step);
        left -= run.pixels;
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::film::Cells;

    const BYTES: Packing =
        Packing { cells: Cells::Own { bytes: 1, shift: 0 }, bits: 8, big_endian: true };

    #[test]
    fn runs_become_pixels() {
        // three times 7 8, then 1 2 and 3 4, then a byte that fills the word
        let row = [0b111, 7, 8, 0b100, 1, 2, 3, 4, 9];
        assert_eq!(row_bytes("x", &BYTES, &row, 2, 5).unwrap(), Some(8));
        assert_eq!(expand("x", &BYTES, &row, 2, 5).unwrap(), [7, 8, 7, 8, 7, 8, 1, 2, 3, 4]);
        assert_eq!(row_bytes("x", &BYTES, &row[..7], 2, 5).unwrap(), None);
        assert!(expand("x", &BYTES, &row[..7], 2, 5).is_err());
    }

    #[test]
    fn runs_that_contradict_the_row_are_damage() {
        for row in [[0b110, 1, 2, 3], [0b111, 1, 2, 3], [0, 1, 2, 3]] {
            assert!(row_bytes("x", &BYTES, &row, 1, 2).is_err());
            assert!(expand("x", &BYTES, &row, 1, 2).is_err());
        }
    }
}
