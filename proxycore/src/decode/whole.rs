//! Pictures that their decoder can only make whole: made once, on demand, and given in bands.

use std::ops::Range;
use std::sync::Arc;

use super::BAND_ROWS;
use crate::error::Result;
use crate::image::{Job, NativeBand, Samples, Stream};

/// Pixels as most decoders give them: sample by sample of a pixel, pixel by pixel of a row.
#[derive(Debug)]
pub(super) struct Interleaved {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples of a pixel.
    pub(super) channels: usize,
    /// Which of them are shown: three as R, G, B, or one as grey.
    pub(super) shown: Vec<usize>,
    /// `height` rows of `width` pixels of `channels` samples.
    pub(super) samples: Samples,
    /// The integer code that is 1.0 as light.
    pub(super) white: u16,
}

impl Interleaved {
    /// Makes a picture of which R, G, B are shown, or grey where there are fewer, and which uses
    /// all bits of its samples.
    pub(super) fn new(width: u32, height: u32, channels: usize, samples: Samples) -> Self {
        Self {
            width: width as usize,
            height: height as usize,
            channels,
            shown: if channels < 3 { vec![0] } else { vec![0, 1, 2] },
            white: samples.white(),
            samples,
        }
    }

    fn band(&self, rows: Range<usize>) -> NativeBand {
        let samples = match &self.samples {
            Samples::U8(from) => Samples::U8(self.planes(from, &rows)),
            Samples::U16(from) => Samples::U16(self.planes(from, &rows)),
            Samples::Half(from) => Samples::Half(self.planes(from, &rows)),
            Samples::Float(from) => Samples::Float(self.planes(from, &rows)),
        };
        let (y, width) = (rows.start as u32, self.width as u32);
        NativeBand::new(y, width, self.shown.len() as u32, samples).with_white(self.white)
    }

    fn planes<T: Copy>(&self, from: &[T], rows: &Range<usize>) -> Vec<T> {
        let row = self.width * self.channels;
        let mut out = Vec::with_capacity(rows.len() * self.shown.len() * self.width);
        for pixels in from[rows.start * row..rows.end * row].chunks_exact(row) {
            for &plane in &self.shown {
                out.extend(pixels.chunks_exact(self.channels).map(|pixel| pixel[plane]));
            }
        }
        out
    }
}

/// The bands of a picture that is made when the first one is asked for.
pub(super) struct Whole<F> {
    make: Option<F>,
    made: Option<Arc<Interleaved>>,
    y: usize,
}

impl<F: FnOnce() -> Result<Interleaved>> Whole<F> {
    pub(super) fn new(make: F) -> Self {
        Self { make: Some(make), made: None, y: 0 }
    }
}

impl<F: FnOnce() -> Result<Interleaved> + Send> Stream<NativeBand> for Whole<F> {
    fn rows_at_once(&self) -> u32 {
        u32::MAX
    }

    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        if let Some(make) = self.make.take() {
            self.made = Some(Arc::new(make()?));
        }
        let Some(picture) = self.made.clone().filter(|made| self.y < made.height) else {
            return Ok(None);
        };
        let rows = self.y..picture.height.min(self.y + BAND_ROWS);
        self.y = rows.end;
        Ok(Some(Box::new(move || Ok(picture.band(rows)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Image, ImageSpec, Native};

    #[test]
    fn pixels_become_planes_of_what_is_shown() {
        let make = || {
            let codes = (0..2 * 20 * 4).map(|at| at as u8).collect();
            Ok(Interleaved::new(2, 20, 4, Samples::U8(codes)))
        };
        let image: Image<Native> = Image::new(ImageSpec::plain(2, 20), Whole::new(make));
        let pixels = image.into_pixels().unwrap();
        assert_eq!(pixels.at(0, 0), [0.0, 1.0 / 255.0, 2.0 / 255.0]);
        assert_eq!(pixels.at(1, 19), [156.0, 157.0, 158.0].map(|code: f32| code / 255.0));
    }
}
