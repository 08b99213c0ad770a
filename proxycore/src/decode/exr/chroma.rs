//! Rows of R, G, B from luminance and chroma, as OpenEXR's `ImfRgbaYca` makes them.
//!
//! Chroma is RY = (R - Y) / Y and BY = (B - Y) / Y, with a sample at every second pixel of every
//! second row, or at each. What lies between is interpolated by 14 samples of a windowed sinc, first
//! across, then down; beyond the picture its last samples go on. Interpolation makes pixels more
//! colourful than their neighbours where luminance is dark; those are toned down.

use std::array;

/// The half of the filter's weights between two samples, from the farthest on.
const TAPS: [f32; 7] = [0.002128, -0.007540, 0.019597, -0.043159, 0.087929, -0.186077, 0.627123];

/// Rows of luminance and of chroma, which is interpolated across already.
#[derive(Debug)]
pub(super) struct Planes {
    first: usize,
    rows: usize,
    width: usize,
    /// Every how many rows there is chroma: 1 or 2.
    step: usize,
    luma: Vec<f32>,
    /// RY and BY of the rows that have them.
    chroma: [Vec<f32>; 2],
}

impl Planes {
    /// Takes rows of RY, Y and BY each, `width` samples, the first of them row `first`.
    pub(super) fn new(first: usize, width: usize, step: usize, samples: &[f32]) -> Self {
        let mut planes = Self {
            first,
            rows: samples.len() / (3 * width),
            width,
            step,
            luma: Vec::with_capacity(samples.len() / 3),
            chroma: [const { Vec::new() }; 2],
        };
        for (row, samples) in samples.chunks_exact(3 * width).enumerate() {
            let (red, rest) = samples.split_at(width);
            let (luma, blue) = rest.split_at(width);
            planes.luma.extend_from_slice(luma);
            if (first + row).is_multiple_of(step) {
                interpolate_across(red, step, &mut planes.chroma[0]);
                interpolate_across(blue, step, &mut planes.chroma[1]);
            }
        }
        planes
    }

    fn luma(&self, row: usize) -> &[f32] {
        &self.luma[(row - self.first) * self.width..][..self.width]
    }

    fn chroma(&self, row: usize) -> [&[f32]; 2] {
        let index = row / self.step - self.first.div_ceil(self.step);
        array::from_fn(|plane| &self.chroma[plane][index * self.width..][..self.width])
    }
}

/// Appends a row of chroma with every second sample made up.
fn interpolate_across(row: &[f32], step: usize, out: &mut Vec<f32>) {
    if step == 1 {
        out.extend_from_slice(row);
        return;
    }
    let sample = |at: isize| row[2 * at.clamp(0, row.len() as isize / 2 - 1) as usize];
    let padded: Vec<f32> = (-6..row.len() as isize / 2 + 7).map(sample).collect();
    for window in padded.windows(14) {
        let pairs = window[..7].iter().zip(window[7..].iter().rev());
        let between = TAPS.iter().zip(pairs).map(|(tap, (a, b))| tap * (a + b)).sum();
        out.extend([window[6], between]);
    }
}

/// What is needed to make some rows of R, G, B.
#[derive(Debug)]
pub(super) struct Reconstruction<'a> {
    /// Planes that follow one another.
    pub(super) planes: Vec<&'a Planes>,
    /// Rows of the whole.
    pub(super) height: usize,
    /// The share of red, green and blue in luminance.
    pub(super) weights: [f32; 3],
}

/// How far above and below a row of R, G, B the rows lie that it is made of.
pub(super) const REACH: usize = 14;

impl Reconstruction<'_> {
    /// Makes `rows` rows of R, G, B planes each, from row `first` on.
    pub(super) fn rows(&self, first: usize, rows: usize) -> Vec<f32> {
        let row = 3 * self.planes[0].width;
        let mut light = vec![0.0; (rows + 2) * row];
        for (at, out) in light.chunks_exact_mut(row).enumerate() {
            self.light(first as isize + at as isize - 1, out);
        }
        let mut calm = light[row..(rows + 1) * row].to_vec();
        for (out, around) in calm.chunks_exact_mut(row).zip(light.windows(3 * row).step_by(row)) {
            self.tone_down(&around[..row], &around[2 * row..], out);
        }
        calm
    }

    /// Makes a row of R, G, B, from one above the picture to one below.
    fn light(&self, row: isize, out: &mut [f32]) {
        let step = self.planes[0].step;
        let luma = self.planes_of(row).luma(self.within(row));
        let (red, rest) = out.split_at_mut(luma.len());
        let (green, blue) = rest.split_at_mut(luma.len());
        self.chroma(row, step, [&mut *red, &mut *blue]);
        for (((red, green), blue), luma) in red.iter_mut().zip(green).zip(blue).zip(luma) {
            [*red, *green, *blue] = self.mix(*red, *luma, *blue);
        }
    }

    fn mix(&self, ry: f32, luma: f32, by: f32) -> [f32; 3] {
        if ry == 0.0 && by == 0.0 {
            return [luma; 3];
        }
        let (red, blue) = ((ry + 1.0) * luma, (by + 1.0) * luma);
        [red, (luma - red * self.weights[0] - blue * self.weights[2]) / self.weights[1], blue]
    }

    /// Makes a row of RY and one of BY.
    fn chroma(&self, row: isize, step: usize, mut out: [&mut [f32]; 2]) {
        let stored = |row: isize| self.planes_of(row).chroma(self.within(row));
        if row.rem_euclid(step as isize) == 0 {
            for (out, stored) in out.iter_mut().zip(stored(row)) {
                out.copy_from_slice(stored);
            }
            return;
        }
        if step == 1 {
            return;
        }
        for (away, tap) in [13, 11, 9, 7, 5, 3, 1].into_iter().zip(TAPS) {
            let pairs = stored(row - away).into_iter().zip(stored(row + away));
            for (out, (above, below)) in out.iter_mut().zip(pairs) {
                for ((out, above), below) in out.iter_mut().zip(above).zip(below) {
                    *out += tap * (above + below);
                }
            }
        }
    }

    /// The row itself, or the nearest of its kind.
    fn within(&self, row: isize) -> usize {
        let last = self.height - self.planes[0].step.min(self.height);
        if row < self.height as isize { row.max(0) as usize } else { last }
    }

    fn planes_of(&self, row: isize) -> &Planes {
        let row = self.within(row);
        let found = self.planes.iter().find(|planes| row < planes.first + planes.rows);
        found.unwrap_or(&self.planes[self.planes.len() - 1])
    }

    /// Takes colour from the pixels of a row that have more than those around them.
    fn tone_down(&self, above: &[f32], below: &[f32], row: &mut [f32]) {
        let width = row.len() / 3;
        let around = |x: usize| {
            let at = |row: &[f32], x: usize| saturation(pixel(row, width, x));
            let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
            (at(above, left) + at(above, right) + at(below, left) + at(below, right)) / 4.0
        };
        for x in 0..width {
            let colour = pixel(row, width, x);
            let own = saturation(colour);
            if own <= 0.0 {
                continue;
            }
            let most = (1.0 - (1.0 - around(x).min(1.0)) * 0.25).min(1.0);
            if own > most {
                let calm = self.desaturate(colour, most / own);
                (row[x], row[width + x], row[2 * width + x]) = (calm[0], calm[1], calm[2]);
            }
        }
    }

    fn desaturate(&self, colour: [f32; 3], factor: f32) -> [f32; 3] {
        let most = colour[0].max(colour[1]).max(colour[2]);
        let calm = colour.map(|value| (most - (most - value) * factor).max(0.0));
        let (before, after) = (self.luminance(colour), self.luminance(calm));
        if after > 0.0 { calm.map(|value| value * (before / after)) } else { calm }
    }

    fn luminance(&self, colour: [f32; 3]) -> f32 {
        colour.iter().zip(self.weights).map(|(value, weight)| value * weight).sum()
    }
}

fn pixel(row: &[f32], width: usize, x: usize) -> [f32; 3] {
    [row[x], row[width + x], row[2 * width + x]]
}

fn saturation(colour: [f32; 3]) -> f32 {
    let most = colour[0].max(colour[1]).max(colour[2]);
    let least = colour[0].min(colour[1]).min(colour[2]);
    if most > 0.0 { 1.0 - least / most } else { 0.0 }
}
