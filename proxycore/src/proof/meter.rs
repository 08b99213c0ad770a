//! Measuring decoded light against the light that was encoded.

use rayon::prelude::*;

use super::{Proof, Reference, Tags, fault};
use crate::color::{Lab, delta_e_2000, lab_in};
use crate::error::Result;
use crate::image::{Band, Extent};

/// Collects the distances of all pixels of the picture.
pub(super) struct Meter<'a> {
    light: &'a Reference,
    /// Where the picture starts in the decoded file.
    start: [usize; 2],
    distances: Vec<f32>,
    sums: Lab,
}

impl<'a> Meter<'a> {
    /// Starts on a file of `size`, which may have black around the canvas.
    ///
    /// # Errors
    /// A fault of the size where the canvas does not fit.
    pub(super) fn new(light: &'a Reference, size: Extent) -> Result<Self> {
        let Extent { width, height } = light.canvas;
        let margins = size.width.checked_sub(width).zip(size.height.checked_sub(height));
        let Some((right, below)) = margins else {
            let what = format!("{}x{} was made of {width}x{height}", size.width, size.height);
            return Err(fault("size", what));
        };
        // the movie's encoder starts it at a multiple of two
        let start = |margin: u32, bar: u32| (margin / 4 * 2 + bar) as usize;
        let start = [start(right, light.x), start(below, light.y)];
        Ok(Self { light, start, distances: Vec::new(), sums: [0.0; 3] })
    }

    /// Measures the next rows of the file.
    pub(super) fn push(&mut self, band: &Band) {
        let rows: Vec<_> = band.planes().collect();
        let rows: Vec<_> = rows
            .par_iter()
            .enumerate()
            .filter_map(|(at, row)| self.row(band.y as usize + at, *row))
            .collect();
        for (distances, sums) in rows {
            self.distances.extend(distances);
            self.sums.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
        }
    }

    fn row(&self, y: usize, decoded: [&[f32]; 3]) -> Option<(Vec<f32>, Lab)> {
        let y = y.checked_sub(self.start[1])?;
        if y >= self.light.picture.height as usize {
            return None;
        }
        let wanted = self.light.row(y)?;
        let decoded = decoded.map(|channel| channel.get(self.start[0]..).unwrap_or_default());
        let mut sums = [0.0; 3];
        let distances = (0..wanted[0].len().min(decoded[0].len())).map(|x| {
            let lab = |row: [&[f32]; 3]| lab_in(self.light.gamut, row.map(|channel| channel[x]));
            let [want, have] = [wanted, decoded].map(lab);
            (0..3).for_each(|axis| sums[axis] += have[axis] - want[axis]);
            delta_e_2000(want, have) as f32
        });
        Some((distances.collect(), sums))
    }

    /// The largest mean signed difference.
    pub(super) fn bias(&self) -> f64 {
        let count = self.distances.len().max(1) as f64;
        self.sums.iter().map(|sum| (sum / count).abs()).fold(0.0, f64::max)
    }

    /// The numbers, once every row has come.
    ///
    /// # Errors
    /// A fault of the size where pixels are missing.
    pub(super) fn finish(mut self, tags: Tags) -> Result<Proof> {
        let Extent { width, height } = self.light.picture;
        let count = width as usize * height as usize;
        if self.distances.len() != count || count == 0 {
            let what = format!("{} of {count} pixels were decoded", self.distances.len());
            return Err(fault("size", what));
        }
        let bias = self.bias();
        let mean = self.distances.iter().map(|one| f64::from(*one)).sum::<f64>() / count as f64;
        let max = self.distances.iter().copied().fold(0.0, f32::max).into();
        Ok(Proof { mean, p99: percentile(&mut self.distances, 0.99), max, bias, tags })
    }
}

/// The value that a part of all stay within, between two of them where it falls there.
fn percentile(all: &mut [f32], part: f64) -> f64 {
    let place = part * (all.len() - 1) as f64;
    let (_, below, rest) = all.select_nth_unstable_by(place as usize, f32::total_cmp);
    let below = f64::from(*below);
    let above = rest.iter().copied().min_by(f32::total_cmp).map_or(below, f64::from);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_values() {
        let mut all: Vec<f32> = (0u8..=100).rev().map(f32::from).collect();
        assert!((percentile(&mut all, 0.99) - 99.0).abs() < 1e-6);
        let mut two = [3.0, 1.0];
        assert!((percentile(&mut two, 0.5) - 2.0).abs() < 1e-6);
        assert!((percentile(&mut [7.0], 0.99) - 7.0).abs() < 1e-6);
    }
}
