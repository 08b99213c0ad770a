//! A caption in a picture: a strip of grey along its bottom edge, with a line of text.
//!
//! It is drawn in light, before the rounding to codes, so that every encoder has it and a proof sees
//! it as a part of the picture. Both its colours are codes of the display: the grey is 50 %, and on one of
//! high dynamic range what looks the same.

use super::text::{Line, Typeface};
use crate::encode::Curve;
use crate::error::Result;
use crate::image::{Band, Extent};
use crate::space::ColorSpace;

/// The strip's code, and the letters', as parts of display white.
const GREY: f64 = 0.5;
const LETTERS: f64 = 0.0;
/// The line is this part of the picture's height, and no lower than this.
const PART: u32 = 34;
const LOWEST: u32 = 16;
/// The strip is higher than the line by this part of it, above and below.
const PADDING: u32 = 8;
/// The strip is never more than this part of a small picture.
const SMALLEST_PART: u32 = 4;

/// A strip with its place in a picture.
#[derive(Debug)]
pub(crate) struct Caption {
    line: Line,
    curve: Curve,
    /// The strip's first row, and the first column and row of its letters.
    top: u32,
    left: i64,
    baseline: i64,
}

impl Caption {
    /// Sets `text` for a picture of `size`, whose codes are of the display `space`.
    ///
    /// # Errors
    /// As [`Curve::of`].
    pub(crate) fn new(text: &str, size: Extent, space: &ColorSpace) -> Result<Self> {
        let height = (size.height / PART).max(LOWEST);
        let line = Line::fitted(text, height, size.width, &Typeface::new());
        let rows = (height + 2 * (height / PADDING)).min(size.height / SMALLEST_PART);
        let top = size.height - rows;
        let left = (i64::from(size.width) - i64::from(line.width())) / 2;
        let baseline = i64::from(top) + (i64::from(rows) - i64::from(line.height())) / 2;
        Ok(Self { line, curve: Curve::of(space)?, top, left: left.max(0), baseline })
    }

    /// The same rows, with what of the strip lies in them.
    pub(crate) fn over(&self, band: &Band) -> Band {
        let mut noted = band.clone();
        for (y, planes) in (band.y..).zip(noted.planes_mut()) {
            if y >= self.top {
                for plane in planes {
                    self.draw(y, plane);
                }
            }
        }
        noted
    }

    fn draw(&self, y: u32, plane: &mut [f32]) {
        let row = u32::try_from(i64::from(y) - self.baseline).unwrap_or(u32::MAX);
        for (x, light) in (0..).zip(plane) {
            let column = u32::try_from(x - self.left).unwrap_or(u32::MAX);
            let covered = f64::from(self.line.at(column, row));
            let code = self.curve.drawn(GREY + covered * (LETTERS - GREY));
            *light = self.curve.light(code) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(width: u32, height: u32) -> Band {
        let size = Extent::new(width, height);
        let caption =
            Caption::new("not colour managed", size, &ColorSpace::SRGB_REC709_DISPLAY).unwrap();
        let samples = vec![1.0; (3 * width * height) as usize];
        caption.over(&Band { y: 0, width, samples })
    }

    #[test]
    fn the_strip_is_of_code_one_half_and_the_rest_is_untouched() {
        let band = noted(256, 256);
        let rows: Vec<[&[f32]; 3]> = band.planes().collect();
        assert!(rows[..236].iter().flatten().all(|row| row.iter().all(|light| *light == 1.0)));
        for row in &rows[236..] {
            assert!((Curve::Srgb.exact(row[0][0].into()) - 0.5).abs() < 1e-6);
            assert_eq!(row[0], row[2]);
        }
        let dark = |row: &[&[f32]; 3]| row[1].iter().filter(|light| **light < 0.02).count();
        assert!(rows[236..].iter().map(dark).sum::<usize>() > 200, "letters");
    }

    #[test]
    fn small_pictures_keep_most_of_themselves() {
        for (width, height) in [(1, 1), (3, 5), (40, 30), (16, 4000)] {
            let band = noted(width, height);
            let kept = band.planes().filter(|row| row[0].iter().all(|light| *light == 1.0));
            assert!(kept.count() as u32 >= height * 3 / 4, "{width}x{height}");
        }
    }
}
