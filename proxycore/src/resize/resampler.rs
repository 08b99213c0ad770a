//! Bands in, resampled bands out.

use bytemuck::cast_slice;
use fast_image_resize as fir;
use fir::images::{TypedImage, TypedImageRef};
use fir::pixels::F32;

use super::{Filter, Placement};
use crate::error::{Error, Result};
use crate::image::{Band, Extent};

/// Rows of the source that are gathered before a pass: each pass makes its filter weights anew.
const PASS_ROWS: u32 = 256;

/// Takes a picture's bands from the top and gives its placement's rows from the top.
#[derive(Debug)]
pub struct Resampler {
    source: Extent,
    placement: Placement,
    filter: Filter,
    engine: fir::Resizer,
    /// Source rows that the filter still reaches, and the first one's number.
    window: Vec<f32>,
    window_top: u32,
    /// What the vertical pass makes, kept for the next: new memory costs more than the pass.
    tall: Vec<f32>,
    /// Rows of the picture that were given so far.
    done: u32,
}

impl Resampler {
    /// Starts a picture of size `source`.
    #[must_use]
    pub fn new(source: Extent, placement: Placement, filter: Filter) -> Self {
        let engine = fir::Resizer::new();
        Self {
            source,
            placement,
            filter,
            engine,
            window: Vec::new(),
            window_top: 0,
            tall: Vec::new(),
            done: 0,
        }
    }

    /// Takes the source's next rows, and gives the canvas's next rows where some are complete. The
    /// last source row completes the canvas.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for rows out of turn.
    pub fn push(&mut self, band: &Band) -> Result<Option<Band>> {
        let received = self.window_top + self.window_rows();
        if band.y != received || band.width != self.source.width {
            return Err(Error::invalid("band", "rows out of turn"));
        }
        self.window.extend_from_slice(&band.samples);
        let received = received + band.rows();
        let is_last = received >= self.source.height;
        if !is_last && self.window_rows() < PASS_ROWS {
            return Ok(None);
        }
        let until = if is_last { self.placement.picture.height } else { self.complete(received) };
        let made = match until - self.done {
            0 => None,
            rows => Some(self.resample(rows)?),
        };
        self.done = until;
        self.forget();
        Ok(made)
    }

    fn window_rows(&self) -> u32 {
        (self.window.len() / (3 * self.source.width as usize)) as u32
    }

    /// Source rows to one row of the picture.
    fn step(&self) -> f64 {
        self.placement.source.height / f64::from(self.placement.picture.height)
    }

    /// How many source rows the filter reaches to each side of a row's centre.
    fn reach(&self) -> f64 {
        self.filter.support() * self.step().max(1.0)
    }

    fn centre(&self, row: u32) -> f64 {
        self.placement.source.y + (f64::from(row) + 0.5) * self.step()
    }

    /// How many rows of the picture `received` source rows complete.
    fn complete(&self, received: u32) -> u32 {
        let top = f64::from(received) - 1.0 - self.reach() - self.placement.source.y;
        let rows = (top / self.step() + 0.5).floor();
        (rows.max(0.0) as u32).clamp(self.done, self.placement.picture.height)
    }

    /// Makes the canvas's next rows, of which `rows` show the picture.
    fn resample(&mut self, rows: u32) -> Result<Band> {
        let mut tall = std::mem::take(&mut self.tall);
        self.vertical(rows, &mut tall)?;
        let picture = self.horizontal(rows, &mut tall)?;
        self.tall = tall;
        Ok(self.placed(picture, rows))
    }

    /// Filters down the columns: the window is a picture of three times the width.
    fn vertical(&mut self, rows: u32, tall: &mut Vec<f32>) -> Result<()> {
        let width = 3 * self.source.width;
        let top = self.placement.source.y + f64::from(self.done) * self.step();
        let top = top - f64::from(self.window_top);
        let height = (f64::from(rows) * self.step()).min(f64::from(self.window_rows()) - top);
        let options = self.options(0.0, top, f64::from(width), height);
        let window = image(width, self.window_rows(), &self.window)?;
        run(&mut self.engine, &window, Extent::new(width, rows), tall, &options)
    }

    /// Filters along the rows: the band is a picture of three times the height.
    fn horizontal(&mut self, rows: u32, tall: &mut Vec<f32>) -> Result<Vec<f32>> {
        let source = self.placement.source;
        let width = self.placement.picture.width;
        if source.width == f64::from(width) && width == self.source.width {
            return Ok(std::mem::take(tall));
        }
        let height = 3 * rows;
        let options = self.options(source.x, 0.0, source.width, f64::from(height));
        let tall = image(self.source.width, height, tall)?;
        let mut picture = Vec::new();
        run(&mut self.engine, &tall, Extent::new(width, height), &mut picture, &options)?;
        Ok(picture)
    }

    fn options(&self, x: f64, y: f64, width: f64, height: f64) -> fir::ResizeOptions {
        let kind = match self.filter {
            Filter::Box => fir::FilterType::Box,
            Filter::Triangle => fir::FilterType::Bilinear,
            Filter::Mitchell => fir::FilterType::Mitchell,
            Filter::CatmullRom => fir::FilterType::CatmullRom,
            Filter::Lanczos3 => fir::FilterType::Lanczos3,
        };
        fir::ResizeOptions::new()
            .resize_alg(fir::ResizeAlg::Convolution(kind))
            .crop(x, y, width, height)
            .use_alpha(false)
    }

    /// Puts the picture's rows onto the canvas, with the bars that border them.
    fn placed(&self, picture: Vec<f32>, rows: u32) -> Band {
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
        band
    }

    /// Drops the source rows that no later row reaches.
    fn forget(&mut self) {
        let needed = (self.centre(self.done) - self.reach()).floor() - 1.0;
        let needed =
            (needed.max(0.0) as u32).clamp(self.window_top, self.window_top + self.window_rows());
        let samples = 3 * self.source.width as usize * (needed - self.window_top) as usize;
        self.window.drain(..samples);
        self.window_top = needed;
    }
}

fn image(width: u32, height: u32, samples: &[f32]) -> Result<TypedImageRef<'_, F32>> {
    TypedImageRef::from_buffer(width, height, cast_slice(samples)).map_err(failed)
}

/// Resizes `source` to `size`, into `made`.
fn run(
    engine: &mut fir::Resizer,
    source: &TypedImageRef<'_, F32>,
    size: Extent,
    made: &mut Vec<f32>,
    options: &fir::ResizeOptions,
) -> Result<()> {
    made.resize(size.width as usize * size.height as usize, 0.0);
    let bytes = bytemuck::cast_slice_mut(made);
    let mut image =
        TypedImage::<F32>::from_buffer(size.width, size.height, bytes).map_err(failed)?;
    engine.resize_typed(source, &mut image, options).map_err(failed)
}

fn failed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::invalid("resize", "the resampler refused").with_source(cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resize::Fit;
    use crate::resize::fit::tests::spec;

    /// How far bands may lie from the whole: the sums are the same, in 32-bit floats.
    const ROUNDING: f32 = 2e-6;

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
            made.extend(resampler.push(&band).unwrap());
        }
        let next = made.iter().fold(0, |next, band| {
            assert_eq!(band.y, next, "bands follow one another");
            next + band.rows()
        });
        assert_eq!(next, placement.canvas.height);
        Band::join(made).unwrap()
    }

    /// The whole picture at once, by the same library.
    fn whole(source: &Band, to: Extent) -> Vec<f32> {
        let rows = source.rows();
        let mut engine = fir::Resizer::new();
        let options = fir::ResizeOptions::new().use_alpha(false);
        let tall = image(3 * source.width, rows, &source.samples).unwrap();
        let mut resize = |from: &TypedImageRef<'_, F32>, width, height| {
            let mut made = Vec::new();
            run(&mut engine, from, Extent::new(width, height), &mut made, &options).unwrap();
            made
        };
        let tall = resize(&tall, 3 * source.width, to.height);
        let tall = image(source.width, 3 * to.height, &tall).unwrap();
        resize(&tall, to.width, 3 * to.height)
    }

    #[test]
    fn bands_give_what_the_whole_gives() {
        let source = picture(301, 1117);
        for (width, height) in [(100, 371), (301, 1117), (30, 111), (3, 11)] {
            let want = whole(&source, Extent::new(width, height));
            for rows in [1, 37, 256, 2000] {
                let got = resized(&source, Fit::inside(width, height), Filter::Lanczos3, rows);
                assert_eq!((got.width, got.rows()), (width, height));
                let worst = got.samples.iter().zip(&want).map(|(a, b)| (a - b).abs());
                assert!(worst.fold(0.0, f32::max) < ROUNDING, "{width}x{height} by {rows}");
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
        assert!(resampler.push(&Band { y: 1, ..source }).is_err());
    }
}
