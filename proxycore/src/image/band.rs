//! Bands: a few full-width rows, and the streams they come in.
//!
//! Rows are stored line-interleaved, as OpenEXR does: a row of R, a row of G, a row of B, then the
//! next row. So one buffer is at once a picture of three times the width (for a vertical filter)
//! and a picture of three times the height (for a horizontal one).

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use half::f16;
use rayon::prelude::*;
use serde::Serialize;

use super::half::widen_halves;
use crate::error::Result;
use crate::simd::vectorized;

/// Work that makes one band, on any thread.
pub type Job<B> = Box<dyn FnOnce() -> Result<B> + Send>;

/// A picture's rows from the top, as jobs.
///
/// The consumer calls `next` from one thread at a time until it answers `None`, and runs the jobs
/// on as many threads as it likes. `next` does what must happen in order (reading); a job does what
/// costs time (unpacking, converting). Bands cover the whole width, follow one another without gap
/// or overlap, and end at the picture's height. After an error neither is called again.
pub trait Stream<B>: Send {
    /// Gives the next band's job, or `None` below the last row.
    ///
    /// # Errors
    /// Whatever reading meets.
    fn next(&mut self) -> Result<Option<Job<B>>>;

    /// Rows that it holds at a time: those of its largest band, or all where the picture must be
    /// gathered before there is a first one; more than there are mean the same. An estimate of
    /// memory is made from it.
    fn rows_at_once(&self) -> u32 {
        BAND_ROWS
    }
}

impl<B, S: Stream<B> + ?Sized> Stream<B> for Box<S> {
    fn next(&mut self) -> Result<Option<Job<B>>> {
        (**self).next()
    }

    fn rows_at_once(&self) -> u32 {
        (**self).rows_at_once()
    }
}

/// The type of a stored sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SampleType {
    /// 8-bit unsigned integer.
    Uint8,
    /// 16-bit unsigned integer.
    Uint16,
    /// 32-bit unsigned integer.
    Uint32,
    /// 16-bit float, IEEE 754 binary16.
    Half,
    /// 32-bit float.
    Float,
}

/// Samples as the file stores them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Samples {
    /// Integer codes of up to 8 bits.
    U8(Vec<u8>),
    /// Integer codes of up to 16 bits.
    U16(Vec<u16>),
    /// 16-bit floats.
    Half(Vec<f16>),
    /// 32-bit floats; integers of more than 16 bits too, as parts of their largest code.
    Float(Vec<f32>),
}

impl Samples {
    fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
            Self::Half(samples) => samples.len(),
            Self::Float(samples) => samples.len(),
        }
    }

    /// Bytes of one.
    pub(crate) fn sample_bytes(&self) -> usize {
        match self {
            Self::U8(_) => 1,
            Self::U16(_) | Self::Half(_) => 2,
            Self::Float(_) => 4,
        }
    }

    /// Appends samples of the same type.
    ///
    /// # Panics
    /// Where they are of another one.
    pub(crate) fn append(&mut self, more: Self) {
        match (self, more) {
            (Self::U8(samples), Self::U8(more)) => samples.extend(more),
            (Self::U16(samples), Self::U16(more)) => samples.extend(more),
            (Self::Half(samples), Self::Half(more)) => samples.extend(more),
            (Self::Float(samples), Self::Float(more)) => samples.extend(more),
            _ => panic!("the bands of a picture are of one type"),
        }
    }

    /// The largest code of integers, 1 of floats.
    pub(crate) fn white(&self) -> u16 {
        match self {
            Self::U8(_) => u8::MAX.into(),
            Self::U16(_) => u16::MAX,
            Self::Half(_) | Self::Float(_) => 1,
        }
    }
}

/// Rows as decoded, over the whole width of the display window.
#[derive(Debug, Clone, PartialEq)]
pub struct NativeBand {
    /// The first row, from the top of the display window.
    pub y: u32,
    /// Pixels in a row.
    pub width: u32,
    /// Planes in a row: 3 for R, G, B, 1 for grey, or 4 for what paper reflects through cyan, magenta,
    /// yellow and black, white where there is no ink.
    pub planes: u32,
    /// Rows of planes of `width` samples.
    pub samples: Samples,
    /// The integer code that is 1.0 as light: 1023 of 10 bits, 940 of a narrow range. Floats are light
    /// already.
    pub white: u16,
    /// The integer code that is 0.0 as light: 0, or 64 of a narrow range of 10 bits.
    pub black: u16,
}

impl NativeBand {
    /// Makes a band whose integers use all bits of their type.
    #[must_use]
    pub fn new(y: u32, width: u32, planes: u32, samples: Samples) -> Self {
        Self { y, width, planes, white: samples.white(), black: 0, samples }
    }

    /// Sets the integer code that is 1.0 as light.
    #[must_use]
    pub fn with_white(mut self, white: u16) -> Self {
        self.white = white;
        self
    }

    /// Sets the integer codes that are 0.0 and 1.0 as light.
    #[must_use]
    pub(crate) fn with_range(mut self, [black, white]: [u16; 2]) -> Self {
        (self.black, self.white) = (black, white);
        self
    }

    /// How many rows it holds.
    #[must_use]
    pub fn rows(&self) -> u32 {
        rows_of(self.samples.len(), self.width, self.planes)
    }

    /// Widens the samples to floats, integers to parts of white, and grey to R, G, B.
    #[must_use]
    pub fn to_light(&self) -> Band {
        self.to_light_in(Vec::new())
    }

    /// The same, in memory that was used before.
    pub(crate) fn to_light_in(&self, mut samples: Vec<f32>) -> Band {
        if self.planes == 4 {
            return self.papers_to_light(samples);
        }
        let width = self.width as usize;
        let row = width * self.planes as usize;
        samples.resize(3 * width * self.rows() as usize, 0.0);
        for (at, out) in samples.chunks_exact_mut(3 * width).enumerate() {
            self.parts_of(at * row..(at + 1) * row, &mut out[..row]);
            if self.planes == 1 {
                out.copy_within(..width, width);
                out.copy_within(..width, 2 * width);
            }
        }
        Band { y: self.y, width: self.width, samples }
    }

    /// All samples as floats, integers as parts of white, in their order.
    pub(crate) fn to_parts(&self) -> Vec<f32> {
        let mut parts = vec![0.0; self.samples.len()];
        self.parts_of(0..parts.len(), &mut parts);
        parts
    }

    fn parts_of(&self, span: Range<usize>, out: &mut [f32]) {
        let range = [self.black, self.white];
        match &self.samples {
            Samples::U8(codes) => widen(out, &codes[span], range),
            Samples::U16(codes) => widen(out, &codes[span], range),
            Samples::Half(samples) => widen_halves(out, &samples[span]),
            Samples::Float(samples) => out.copy_from_slice(&samples[span]),
        }
    }

    /// Each ink takes its part of the light, without regard to real inks.
    fn papers_to_light(&self, mut samples: Vec<f32>) -> Band {
        let width = self.width as usize;
        samples.clear();
        for row in self.to_parts().chunks_exact(4 * width) {
            let (colors, black) = row.split_at(3 * width);
            let inks = colors.chunks_exact(width).flat_map(|plane| plane.iter().zip(black));
            samples.extend(inks.map(|(color, black)| color * black));
        }
        Band { y: self.y, width: self.width, samples }
    }
}

vectorized! {
    fn widen[T: Copy + Into<f32>](out: &mut [f32], codes: &[T], range: [u16; 2]) {
        let [black, white] = range.map(f32::from);
        for (out, &code) in out.iter_mut().zip(codes) {
            *out = (code.into() - black) / (white - black);
        }
    }
}

/// Rows of R, G, B light as 32-bit floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// The first row, from the top of the picture.
    pub y: u32,
    /// Pixels in a row.
    pub width: u32,
    /// Rows, each `width` R, `width` G, `width` B.
    pub samples: Vec<f32>,
}

impl Band {
    /// Makes `rows` black rows from row `y` on.
    #[must_use]
    pub fn black(y: u32, rows: u32, width: u32) -> Self {
        Self { y, width, samples: vec![0.0; 3 * width as usize * rows as usize] }
    }

    /// Joins bands that follow one another; `None` for none.
    #[must_use]
    pub fn join(bands: Vec<Self>) -> Option<Self> {
        bands.into_iter().reduce(|mut joined, band| {
            joined.samples.extend_from_slice(&band.samples);
            joined
        })
    }

    /// How many rows it holds.
    #[must_use]
    pub fn rows(&self) -> u32 {
        rows_of(self.samples.len(), self.width, 3)
    }

    /// Its rows, each as [R, G, B].
    #[must_use]
    pub fn planes(&self) -> impl ExactSizeIterator<Item = [&[f32]; 3]> {
        let width = self.width as usize;
        self.samples.chunks_exact(3 * width).map(move |row| {
            let (red, rest) = row.split_at(width);
            let (green, blue) = rest.split_at(width);
            [red, green, blue]
        })
    }

    /// Its rows, each as [R, G, B], to be changed.
    pub fn planes_mut(&mut self) -> impl ExactSizeIterator<Item = [&mut [f32]; 3]> {
        let width = self.width as usize;
        self.samples.chunks_exact_mut(3 * width).map(move |row| {
            let (red, rest) = row.split_at_mut(width);
            let (green, blue) = rest.split_at_mut(width);
            [red, green, blue]
        })
    }
}

fn rows_of(samples: usize, width: u32, planes: u32) -> u32 {
    let row = width as usize * planes as usize;
    samples.checked_div(row).map_or(0, |rows| u32::try_from(rows).unwrap_or(u32::MAX))
}

/// A whole picture in memory, for whoever wants to look at it: interleaved R, G, B floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Pixels {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `height` rows of `width` pixels of R, G, B.
    pub samples: Vec<f32>,
}

impl Pixels {
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self { width, height, samples: vec![0.0; 3 * width as usize * height as usize] }
    }

    pub(super) fn place(&mut self, band: &Band) {
        let row = 3 * self.width as usize;
        let rows = self.samples[band.y as usize * row..].chunks_exact_mut(row);
        for (out, [red, green, blue]) in rows.zip(band.planes()) {
            for (x, pixel) in out.chunks_exact_mut(3).enumerate() {
                pixel.copy_from_slice(&[red[x], green[x], blue[x]]);
            }
        }
    }

    /// The pixel at column `x` of row `y`.
    ///
    /// # Panics
    /// Where the picture has no such pixel.
    #[must_use]
    pub fn at(&self, x: u32, y: u32) -> [f32; 3] {
        assert!(x < self.width && y < self.height, "no pixel at {x}, {y}");
        let start = 3 * (y as usize * self.width as usize + x as usize);
        [self.samples[start], self.samples[start + 1], self.samples[start + 2]]
    }
}

/// Counts of what had to be mended in the samples.
#[derive(Debug, Default)]
pub struct Tally {
    nan: AtomicU64,
    infinite: AtomicU64,
    missing: AtomicU64,
    deep_samples: AtomicU64,
    most_deep_samples: AtomicU64,
    notes: Mutex<Vec<String>>,
}

impl Tally {
    /// Adds what a person should know, and what only reading the pixels tells.
    pub fn note(&self, note: impl Into<String>) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note.into());
    }

    /// What was noted.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds to the counts.
    pub fn add(&self, nan: u64, infinite: u64) {
        self.nan.fetch_add(nan, Ordering::Relaxed);
        self.infinite.fetch_add(infinite, Ordering::Relaxed);
    }

    /// Adds to the pixels that are missing.
    pub fn add_missing(&self, pixels: u64) {
        self.missing.fetch_add(pixels, Ordering::Relaxed);
    }

    /// Pixels that the file should hold and does not, which are hatched in a partial picture.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.missing.load(Ordering::Relaxed)
    }

    /// Adds to the samples of deep pixels, of which one has `most`.
    pub fn add_deep(&self, samples: u64, most: u64) {
        self.deep_samples.fetch_add(samples, Ordering::Relaxed);
        self.most_deep_samples.fetch_max(most, Ordering::Relaxed);
    }

    /// Samples of all deep pixels that were read.
    #[must_use]
    pub fn deep_samples(&self) -> u64 {
        self.deep_samples.load(Ordering::Relaxed)
    }

    /// The most samples that one of them has.
    #[must_use]
    pub fn most_deep_samples(&self) -> u64 {
        self.most_deep_samples.load(Ordering::Relaxed)
    }

    /// Samples that were NaN, and became 0.
    #[must_use]
    pub fn nan(&self) -> u64 {
        self.nan.load(Ordering::Relaxed)
    }

    /// Samples that were infinite, and became the largest finite half, 65504.
    #[must_use]
    pub fn infinite(&self) -> u64 {
        self.infinite.load(Ordering::Relaxed)
    }
}

/// Rows of a band, unless a format's blocks ask for more: enough work to be worth a thread's while,
/// and few enough for the cache.
pub(crate) const BAND_ROWS: u32 = 16;

/// Jobs for each thread in a batch: enough that one slow job does not leave a core idle, and few
/// enough that their rows stay in the cache until they are resampled.
const JOBS_PER_THREAD: usize = 4;

/// How many jobs a batch has.
pub(crate) fn jobs_at_once() -> usize {
    JOBS_PER_THREAD * rayon::current_num_threads()
}

/// Runs the next few jobs of `stream` on all cores; `None` once there are no more.
pub(crate) fn next_batch<B: Send>(stream: &mut dyn Stream<B>) -> Result<Option<Vec<B>>> {
    let mut jobs = Vec::new();
    while jobs.len() < jobs_at_once() {
        match stream.next()? {
            Some(job) => jobs.push(job),
            None => break,
        }
    }
    if jobs.is_empty() {
        return Ok(None);
    }
    jobs.into_par_iter().map(|job| job()).collect::<Result<_>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_becomes_three_equal_planes() {
        let samples = Samples::Half([0.5, -1.0, 2.0, 65504.0].map(f16::from_f32).to_vec());
        let light = NativeBand::new(7, 2, 1, samples).to_light();
        assert_eq!((light.y, light.rows()), (7, 2));
        for (row, want) in light.planes().zip([[0.5, -1.0], [2.0, 65504.0]]) {
            assert_eq!(row, [&want[..]; 3]);
        }
    }

    #[test]
    fn integers_become_parts_of_white() {
        let light = |samples| NativeBand::new(0, 2, 1, samples).to_light().samples[..2].to_vec();
        assert_eq!(light(Samples::U8(vec![0, 255])), [0.0, 1.0]);
        assert_eq!(light(Samples::U16(vec![13107, 65535])), [0.2, 1.0]);
        let ten_bits = NativeBand::new(0, 1, 1, Samples::U16(vec![1023])).with_white(1023);
        assert_eq!(ten_bits.to_light().samples, [1.0; 3]);
        let narrow = NativeBand::new(0, 3, 1, Samples::U16(vec![64, 940, 502]));
        assert_eq!(narrow.with_range([64, 940]).to_light().samples[..3], [0.0, 1.0, 0.5]);
    }

    #[test]
    fn inks_take_their_part_of_the_light() {
        let papers = vec![255, 51, 0, 255, 255, 255, 255, 102];
        let light = NativeBand::new(0, 2, 4, Samples::U8(papers)).to_light();
        let expected = [1.0, 0.08, 0.0, 0.4, 1.0, 0.4];
        assert_eq!((light.rows(), light.samples.len()), (1, expected.len()));
        for (sample, expected) in light.samples.iter().zip(expected) {
            assert!((sample - expected).abs() < 1e-6, "{sample} is not {expected}");
        }
    }

    #[test]
    fn pixels_are_interleaved() {
        let mut pixels = Pixels::new(2, 2);
        pixels.place(&Band { y: 1, width: 2, samples: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] });
        assert_eq!(pixels.at(1, 1), [2.0, 4.0, 6.0]);
        assert_eq!(pixels.at(1, 0), [0.0; 3]);
    }
}
