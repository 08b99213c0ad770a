//! The two loops of a resampler: rows that are weighed and added up, and samples along a row.
//!
//! Sums are added up in one order, whatever the bands, the threads and the machine.

use super::weights::{LANES, Weights};
use crate::simd::vectorized;

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

    /// Resamples the three planes of a row, each of `width` samples, to `made`. Behind the last plane
    /// lie zeros that padded weights may reach.
    pub(super) fn sum_across(weights: &Weights, width: usize, row: &[f32], made: &mut [f32]) {
        let (red, rest) = made.split_at_mut(weights.len());
        let (green, blue) = rest.split_at_mut(weights.len());
        let made = red.iter_mut().zip(green).zip(blue);
        for (at, ((red, green), blue)) in made.enumerate() {
            let (first, weights) = weights.of(at);
            *red = dot(weights, &row[first..]);
            *green = dot(weights, &row[width + first..]);
            *blue = dot(weights, &row[2 * width + first..]);
        }
    }
}

/// The sum of weighed samples; of the weights there are whole vectors.
#[inline(always)]
fn dot(weights: &[f32], samples: &[f32]) -> f32 {
    let weights = weights.as_chunks::<LANES>().0;
    let mut lanes = [0.0; LANES];
    for (weights, samples) in weights.iter().zip(samples.as_chunks::<LANES>().0) {
        for at in 0..LANES {
            lanes[at] += weights[at] * samples[at];
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}
