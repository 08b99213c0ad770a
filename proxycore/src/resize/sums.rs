//! The loops of a resampler: rows that are weighed and added up, and samples along rows.
//!
//! Sums are added up in one order, whatever the bands, the threads and the machine.

use super::weights::Weights;
use crate::simd::vectorized;

/// Lines that are resampled side by side, as they have the same weights.
pub(super) const LANES: usize = 8;

/// A sample of each of them.
pub(super) type Column = [f32; LANES];

/// Samples that are summed up at a time: what the registers hold.
const BLOCK: usize = 4 * LANES;

/// A source row and what it weighs.
pub(super) type Weighed<'a> = (&'a [f32], f32);

vectorized! {
    /// Adds weighed rows to `sums`, of the same length.
    pub(super) fn add_rows(rows: &[Weighed<'_>], sums: &mut [f32]) {
        let (blocks, rest) = sums.as_chunks_mut::<BLOCK>();
        let done = blocks.len() * BLOCK;
        for (at, sums) in blocks.iter_mut().enumerate() {
            let mut block = *sums;
            for (row, weight) in rows {
                let row: &[f32; BLOCK] = (&row[at * BLOCK..][..BLOCK]).try_into().expect("a block");
                for (sum, sample) in block.iter_mut().zip(row) {
                    *sum += weight * sample;
                }
            }
            *sums = block;
        }
        for (row, weight) in rows {
            for (sum, sample) in rest.iter_mut().zip(&row[done..]) {
                *sum += weight * sample;
            }
        }
    }

    /// Turns lines into columns: what stands one below the other comes to stand side by side. Lanes
    /// without a line keep what they hold.
    pub(super) fn turn(lines: &[&[f32]], turned: &mut [Column]) {
        let (blocks, rest) = turned.as_chunks_mut::<LANES>();
        let done = blocks.len() * LANES;
        for (at, block) in blocks.iter_mut().enumerate() {
            for (lane, line) in lines.iter().take(LANES).enumerate() {
                let samples = &line[at * LANES..][..LANES];
                for (column, sample) in block.iter_mut().zip(samples) {
                    column[lane] = *sample;
                }
            }
        }
        for (lane, line) in lines.iter().take(LANES).enumerate() {
            for (column, sample) in rest.iter_mut().zip(&line[done..]) {
                column[lane] = *sample;
            }
        }
    }

    /// Resamples lines that were turned to columns.
    pub(super) fn sum_across(weights: &Weights, turned: &[Column], made: &mut [Column]) {
        for (at, made) in made.iter_mut().enumerate() {
            let (first, weights) = weights.of(at);
            let mut sums = [0.0; LANES];
            for (weight, column) in weights.iter().zip(&turned[first..]) {
                for (sum, sample) in sums.iter_mut().zip(column) {
                    *sum += weight * sample;
                }
            }
            *made = sums;
        }
    }

    /// Turns columns back into lines of their length.
    pub(super) fn turn_back(columns: &[Column], lines: &mut [&mut [f32]]) {
        let (blocks, rest) = columns.as_chunks::<LANES>();
        let done = blocks.len() * LANES;
        for (at, block) in blocks.iter().enumerate() {
            for (lane, line) in lines.iter_mut().take(LANES).enumerate() {
                let samples = &mut line[at * LANES..][..LANES];
                for (column, sample) in block.iter().zip(samples) {
                    *sample = column[lane];
                }
            }
        }
        for (lane, line) in lines.iter_mut().take(LANES).enumerate() {
            for (column, sample) in rest.iter().zip(&mut line[done..]) {
                *sample = column[lane];
            }
        }
    }
}
