//! Bands in, resampled bands out.

use std::collections::VecDeque;

use rayon::prelude::*;

use super::sums::{Column, LANES, Line, Weighed, add_rows, sum_across, sum_down};
use super::weights::Weights;
use super::{Filter, Placement};
use crate::error::{Error, Result};
use crate::image::{Band, Extent};

/// Takes a picture's bands from the top and gives its placement's rows from the top.
#[derive(Debug)]
pub struct Resampler {
    source: Extent,
    placement: Placement,
    /// What source rows weigh in each row of the picture.
    down: Weights,
    /// What samples of a row weigh in each column of it; none where columns stay as they are.
    across: Option<Weights>,
    /// Source rows that came so far.
    received: u32,
    /// Rows of the picture that were given so far.
    done: u32,
    /// The sums of the rows after those that the filter reached already.
    open: VecDeque<Vec<f32>>,
    /// Memory of sums that are complete.
    closed: Vec<Vec<f32>>,
    /// Memory of rows that were given, and taken back.
    spare: Vec<f32>,
}

impl Resampler {
    /// Starts a picture of size `source`.
    #[must_use]
    pub fn new(source: Extent, placement: Placement, filter: Filter) -> Self {
        let (region, made, squares) = (placement.source, placement.picture, placement.squares_of);
        let down = (region.y, region.height);
        let down =
            Weights::new(filter, source.height, down, made.height, squares.map(|full| full.height));
        let across = (region.x, region.width);
        let across =
            Weights::new(filter, source.width, across, made.width, squares.map(|full| full.width));
        let across = (!across.is_identity(source.width)).then_some(across);
        let (open, closed, spare) = (VecDeque::new(), Vec::new(), Vec::new());
        Self { source, placement, down, across, received: 0, done: 0, open, closed, spare }
    }

    /// Takes the source's next rows, and gives the canvas's next rows where some are complete. The
    /// last source row completes the canvas.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for rows out of turn.
    pub fn push(&mut self, bands: &[&Band]) -> Result<Option<Band>> {
        let first = self.received;
        for band in bands {
            if band.y != self.received || band.width != self.source.width {
                return Err(Error::invalid("band", "rows out of turn"));
            }
            self.received += band.rows();
        }
        let row = 3 * self.source.width as usize;
        let rows = bands.iter().flat_map(|band| band.samples.chunks_exact(row)).collect();
        let rows = Rows { first: first as usize, rows };
        let complete = self.complete();
        let made = (complete > self.done).then(|| self.close(complete, &rows));
        self.open(&rows);
        Ok(made)
    }

    /// How many rows of the picture the source rows complete.
    fn complete(&self) -> u32 {
        let height = self.placement.picture.height;
        if self.received >= self.source.height {
            return height;
        }
        let is_open = |row: &u32| {
            let (first, weights) = self.down.of(*row as usize);
            first + weights.len() > self.received as usize
        };
        (self.done..height).find(is_open).unwrap_or(height)
    }

    /// Makes the canvas's next rows, up to row `until` of the picture.
    fn close(&mut self, until: u32, rows: &Rows<'_>) -> Band {
        let width = 3 * self.placement.picture.width as usize;
        let count = until - self.done;
        let mut picture = std::mem::take(&mut self.spare);
        picture.resize(width * count as usize, 0.0);
        let groups = picture.par_chunks_mut(LANES * width).enumerate();
        groups.for_each_init(Vec::new, |turned, (at, out)| {
            let lines: Vec<_> =
                (LANES * at..).take(out.len() / width).map(|at| self.line(at, rows)).collect();
            self.make(&lines, out.chunks_exact_mut(width).collect(), turned);
        });
        let closed = self.open.drain(..self.open.len().min(count as usize));
        self.closed.extend(closed);
        let band = self.placed(picture, count);
        self.done = until;
        band
    }

    /// What there is for the row `at` places after those that are done.
    fn line<'a>(&'a self, at: usize, rows: &Rows<'a>) -> Line<'a> {
        let begun = self.open.get(at).map(Vec::as_slice);
        Line { begun, rows: rows.weighed(&self.down, self.done as usize + at) }
    }

    /// Makes rows that are resampled side by side.
    fn make(&self, lines: &[Line<'_>], mut out: Vec<&mut [f32]>, turned: &mut Vec<Column>) {
        let Some(weights) = &self.across else {
            for (out, line) in out.into_iter().zip(lines) {
                match line.begun {
                    Some(begun) => out.copy_from_slice(begun),
                    None => out.fill(0.0),
                }
                add_rows(&line.rows, out);
            }
            return;
        };
        turned.resize(self.source.width as usize, Column::default());
        sum_down(lines, turned);
        sum_across(weights, turned, &mut out);
    }

    /// Takes back the memory of rows that it gave, for the next ones.
    pub fn reuse(&mut self, band: Band) {
        self.spare = band.samples;
    }

    /// Adds what came to the sums of rows that it does not complete.
    fn open(&mut self, rows: &Rows<'_>) {
        let begun = |row: &usize| self.down.of(*row).0 < self.received as usize;
        let (done, height) = (self.done as usize, self.down.len());
        let count = (done..height).take_while(begun).count();
        let length = 3 * self.source.width as usize;
        self.open.resize_with(count, || {
            let mut sums = self.closed.pop().unwrap_or_default();
            sums.clear();
            sums.resize(length, 0.0);
            sums
        });
        let sums = self.open.make_contiguous().par_iter_mut().enumerate();
        sums.for_each(|(at, sums)| add_rows(&rows.weighed(&self.down, done + at), sums));
    }

    /// Puts the picture's rows onto the canvas, with the bars that border them.
    fn placed(&mut self, picture: Vec<f32>, rows: u32) -> Band {
        let Placement { canvas, picture: size, x, y, .. } = self.placement;
        if size == canvas {
            return Band { y: self.done, width: canvas.width, samples: picture };
        }
        let (first, last) = (self.done == 0, self.done + rows == size.height);
        let above = if first { y } else { 0 };
        let below = if last { canvas.height - y - size.height } else { 0 };
        let top = if first { 0 } else { y + self.done };
        let mut band = Band::black(top, above + rows + below, canvas.width);
        let wide = canvas.width as usize;
        let lines = band.samples.chunks_exact_mut(wide).skip(3 * above as usize);
        for (out, line) in lines.zip(picture.chunks_exact(size.width as usize)) {
            out[x as usize..][..line.len()].copy_from_slice(line);
        }
        self.spare = picture;
        band
    }
}

/// Source rows that came together.
struct Rows<'a> {
    /// The first one's number.
    first: usize,
    rows: Vec<&'a [f32]>,
}

impl<'a> Rows<'a> {
    /// Those of them that weigh in row `at` of the picture.
    fn weighed(&self, weights: &Weights, at: usize) -> Vec<Weighed<'a>> {
        let (first, weights) = weights.of(at);
        let skipped = self.first.saturating_sub(first).min(weights.len());
        let rows = self.rows.iter().skip(first.saturating_sub(self.first));
        rows.zip(&weights[skipped..]).map(|(row, weight)| (*row, *weight)).collect()
    }
}

#[cfg(test)]
mod tests {
    use fast_image_resize as fir;
    use fir::images::{TypedImage, TypedImageRef};
    use fir::pixels::F32;

    use super::*;
    use crate::resize::Fit;
    use crate::resize::fit::tests::spec;

    /// How far sums in 32-bit floats may lie from those in 64 bits.
    const ROUNDING: f32 = 2e-6;

    const FILTERS: [Filter; 5] =
        [Filter::Box, Filter::Triangle, Filter::Mitchell, Filter::CatmullRom, Filter::Lanczos3];

    /// A picture with detail in both directions.
    fn picture(width: u32, height: u32) -> Band {
        let mut band = Band::black(0, height, width);
        for (y, planes) in band.planes_mut().enumerate() {
            for (plane, row) in planes.into_iter().enumerate() {
                for (x, sample) in row.iter_mut().enumerate() {
                    *sample = ((x * 7 + y * 13 + plane * 5) % 64) as f32 / 63.0;
                }
            }
        }
        band
    }

    /// Pushes `source` in bands of `rows` rows.
    fn resized(source: &Band, fit: Fit, filter: Filter, rows: usize) -> Band {
        let extent = Extent::new(source.width, source.rows());
        let placement = fit.place(&spec(extent.width, extent.height, 1.0)).unwrap();
        let mut resampler = Resampler::new(extent, placement, filter);
        let mut made: Vec<Band> = Vec::new();
        for (index, samples) in source.samples.chunks(3 * source.width as usize * rows).enumerate()
        {
            let y = (index * rows) as u32;
            let band = Band { y, width: source.width, samples: samples.to_vec() };
            made.extend(resampler.push(&[&band]).unwrap());
        }
        let next = made.iter().fold(0, |next, band| {
            assert_eq!(band.y, next, "bands follow one another");
            next + band.rows()
        });
        assert_eq!(next, placement.canvas.height);
        Band::join(made).unwrap()
    }

    /// The whole picture at once, by another library, whose sums are of 64 bits.
    fn whole(source: &Band, to: Extent, filter: Filter) -> Vec<f32> {
        let kind = match filter {
            Filter::Box => fir::FilterType::Box,
            Filter::Triangle => fir::FilterType::Bilinear,
            Filter::Mitchell => fir::FilterType::Mitchell,
            Filter::CatmullRom => fir::FilterType::CatmullRom,
            Filter::Lanczos3 => fir::FilterType::Lanczos3,
        };
        let options = fir::ResizeOptions::new()
            .resize_alg(fir::ResizeAlg::Convolution(kind))
            .use_alpha(false);
        let resize = |samples: &[f32], from: Extent, to: Extent| {
            let image = TypedImageRef::<F32>::from_buffer(
                from.width,
                from.height,
                bytemuck::cast_slice(samples),
            );
            let mut made = TypedImage::<F32>::new(to.width, to.height);
            fir::Resizer::new().resize_typed(&image.unwrap(), &mut made, &options).unwrap();
            made.pixels().iter().map(|pixel| pixel.0).collect::<Vec<f32>>()
        };
        let (width, rows) = (source.width, source.rows());
        let from = Extent::new(3 * width, rows);
        let tall = resize(&source.samples, from, Extent::new(3 * width, to.height));
        resize(&tall, Extent::new(width, 3 * to.height), Extent::new(to.width, 3 * to.height))
    }

    #[test]
    fn bands_give_what_the_whole_gives() {
        let source = picture(301, 1117);
        for (width, height) in [(100, 371), (301, 1117), (30, 111), (3, 11)] {
            for filter in FILTERS {
                let want = whole(&source, Extent::new(width, height), filter);
                let whole = resized(&source, Fit::inside(width, height), filter, 2000);
                assert_eq!((whole.width, whole.rows()), (width, height));
                let worst = whole.samples.iter().zip(&want).map(|(a, b)| (a - b).abs());
                let worst = worst.fold(0.0, f32::max);
                assert!(worst < ROUNDING, "{filter:?} {width}x{height}: {worst}");
                for rows in [1, 37, 256] {
                    let bands = resized(&source, Fit::inside(width, height), filter, rows);
                    assert_eq!(bands, whole, "{filter:?} {width}x{height} by {rows}");
                }
            }
        }
    }

    #[test]
    fn a_box_is_the_mean() {
        let source = picture(8, 8);
        let small = resized(&source, Fit::inside(2, 2), Filter::Box, 3);
        let mean: f32 = source.planes().take(4).map(|[red, ..]| red[..4].iter().sum::<f32>()).sum();
        assert!((small.samples[0] - mean / 16.0).abs() < ROUNDING);
    }

    #[test]
    fn bars_are_black_and_the_picture_is_centred() {
        let mut source = picture(64, 32);
        source.samples.fill(1.0);
        for rows in [1, 32] {
            let boxed = resized(&source, Fit::letterbox(16, 16), Filter::Lanczos3, rows);
            for (y, [red, _, blue]) in boxed.planes().enumerate() {
                let want = if (4..12).contains(&y) { 1.0 } else { 0.0 };
                assert!(red.iter().chain(blue).all(|value| (value - want).abs() < 1e-5), "row {y}");
            }
        }
    }

    #[test]
    fn a_crop_shows_the_middle() {
        let mut source = picture(64, 32);
        for planes in source.planes_mut() {
            for row in planes {
                row.fill(0.0);
                row[16..48].fill(1.0);
            }
        }
        let cut = resized(&source, Fit::crop(16, 16), Filter::Box, 5);
        assert!(cut.samples.iter().all(|value| (value - 1.0).abs() < 1e-5));
    }

    #[test]
    fn rows_out_of_turn_are_refused() {
        let source = picture(8, 8);
        let placement = Fit::full().place(&spec(8, 8, 1.0)).unwrap();
        let mut resampler = Resampler::new(Extent::new(8, 8), placement, Filter::Box);
        assert!(resampler.push(&[&Band { y: 1, ..source }]).is_err());
    }
}
