//! The loops of a resampler: rows that are weighed and added up, and samples along rows.
//!
//! Sums are added up in one order, whatever the bands, the threads and the machine.
//!
//! Along rows, the weights differ from sample to sample and are the same for every row. So rows are
//! turned into columns, of which a vector holds a sample of each row, and back: both while the sums
//! are in registers.

use super::weights::Weights;
use crate::simd::{across, vectorized};

/// Lines that are resampled side by side, as they have the same weights.
pub(super) const LANES: usize = 8;

/// Planes of a line, which have the same weights too.
pub(super) const PLANES: usize = 3;

/// A sample of each plane of each of them.
pub(super) type Column = [[f32; LANES]; PLANES];

/// Samples that are summed up at a time: what the registers hold.
const BLOCK: usize = 4 * LANES;

/// A source row and what it weighs.
pub(super) type Weighed<'a> = (&'a [f32], f32);

/// A line in the making.
pub(super) struct Line<'a> {
    /// What was summed up before.
    pub(super) begun: Option<&'a [f32]>,
    /// What is added now.
    pub(super) rows: Vec<Weighed<'a>>,
}

impl Line<'_> {
    /// The sums of the samples from `at` on.
    #[inline(always)]
    fn sums<const N: usize>(&self, at: usize) -> [f32; N] {
        let mut sums = self.begun.map_or([0.0; N], |row| *samples(row, at));
        for (row, weight) in &self.rows {
            for (sum, sample) in sums.iter_mut().zip(samples::<N>(row, at)) {
                *sum += weight * sample;
            }
        }
        sums
    }
}

#[inline(always)]
fn samples<const N: usize>(row: &[f32], at: usize) -> &[f32; N] {
    row[at..].first_chunk().expect("lines are of one length")
}

vectorized! {
    /// Adds weighed rows to `sums`, of the same length.
    pub(super) fn add_rows(rows: &[Weighed<'_>], sums: &mut [f32]) {
        let (blocks, rest) = sums.as_chunks_mut::<BLOCK>();
        let done = blocks.len() * BLOCK;
        for (at, sums) in blocks.iter_mut().enumerate() {
            let mut block = *sums;
            for (row, weight) in rows {
                for (sum, sample) in block.iter_mut().zip(samples::<BLOCK>(row, at * BLOCK)) {
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

    /// Sums lines up, a plane after the other, and turns them into columns. Lanes without a line are 0.
    pub(super) fn sum_down(lines: &[Line<'_>], turned: &mut [Column]) {
        let width = turned.len();
        let mut sums = [[0.0; BLOCK]; LANES];
        for plane in 0..PLANES {
            let (blocks, rest) = turned.as_chunks_mut::<BLOCK>();
            let (start, done) = (plane * width, plane * width + blocks.len() * BLOCK);
            for (at, columns) in blocks.iter_mut().enumerate() {
                for (sums, line) in sums.iter_mut().zip(lines) {
                    *sums = line.sums(start + at * BLOCK);
                }
                for (part, columns) in columns.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                    for (column, samples) in columns.iter_mut().zip(across(&sums, part * LANES)) {
                        column[plane] = samples;
                    }
                }
            }
            for (at, column) in rest.iter_mut().enumerate() {
                for (sample, line) in column[plane].iter_mut().zip(lines) {
                    [*sample] = line.sums(done + at);
                }
            }
        }
    }

    /// Resamples lines that were turned to columns, and turns them back.
    pub(super) fn sum_across(weights: &Weights, turned: &[Column], lines: &mut [&mut [f32]]) {
        let width = weights.len();
        let mut made = [[[0.0; LANES]; LANES]; PLANES];
        for start in (0..width).step_by(LANES) {
            for (lane, at) in (start..width).take(LANES).enumerate() {
                let sums = sum(weights.of(at), turned);
                for (made, sums) in made.iter_mut().zip(sums) {
                    made[lane] = sums;
                }
            }
            for (plane, made) in made.iter().enumerate() {
                for (line, made) in lines.iter_mut().zip(across(made, 0)) {
                    let rest = &mut line[plane * width..][..width][start..];
                    match rest.first_chunk_mut() {
                        Some(samples) => *samples = made,
                        None => rest.copy_from_slice(&made[..rest.len()]),
                    }
                }
            }
        }
    }
}

/// The weighed sum of the columns from `first` on.
#[inline(always)]
fn sum((first, weights): (usize, &[f32]), columns: &[Column]) -> Column {
    let mut sums = Column::default();
    for (weight, column) in weights.iter().zip(&columns[first..]) {
        for (sums, samples) in sums.iter_mut().zip(column) {
            for (sum, sample) in sums.iter_mut().zip(samples) {
                *sum += weight * sample;
            }
        }
    }
    sums
}
