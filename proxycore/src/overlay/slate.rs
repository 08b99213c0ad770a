//! A picture that comes from no file: black or a slate with its number for a frame that is not there, and
//! the slate that a movie begins with.

use std::sync::Arc;

use super::text::{Line, Typeface};
use crate::encode::Curve;
use crate::error::Result;
use crate::image::{BAND_ROWS, Band, DisplayGamuts, Extent, Image, ImageSpec, Job, Lights, Stream};
use crate::space::{ColorSpace, Gamut};

/// The slate's code and that of its letters, as parts of display white.
const GREY: f64 = 0.2;
const LETTERS: f64 = 0.8;
/// The number is this part of the picture's height, where its width leaves it so much.
const PART: u32 = 3;
/// The word below it is this part of the height.
const WORD: u32 = 12;
/// The first line of a movie's slate is this part of its height, and so are those below it.
const TITLE: u32 = 9;
const LINES: u32 = 16;

/// A picture that comes from no file.
#[derive(Debug)]
pub(crate) struct Slate {
    size: Extent,
    background: f32,
    letters: f32,
    lines: Vec<Placed>,
}

/// A line, and where its first column and row are.
#[derive(Debug)]
struct Placed {
    line: Line,
    left: u32,
    top: u32,
}

impl Slate {
    /// A black picture.
    pub(crate) fn black(size: Extent) -> Self {
        Self { size, background: 0.0, letters: 0.0, lines: Vec::new() }
    }

    /// A slate that says that the frame `number` is missing, for the display `space`.
    ///
    /// # Errors
    /// As [`Curve::of`].
    pub(crate) fn missing(
        number: i64,
        size: Extent,
        space: &ColorSpace,
        typeface: &Typeface,
    ) -> Result<Self> {
        let number = number.to_string();
        let line = |text: &str, part| line(text, size, part, typeface);
        Self::of_lines(vec![line(&number, PART), line("missing", WORD)], size, space)
    }

    /// A slate that says `title`, and `lines` below it, for the display `space`.
    ///
    /// # Errors
    /// As [`Curve::of`].
    pub(crate) fn saying(
        title: &str,
        lines: &[String],
        size: Extent,
        space: &ColorSpace,
        typeface: &Typeface,
    ) -> Result<Self> {
        let title = line(title, size, TITLE, typeface);
        let lines = lines.iter().map(|text| line(text, size, LINES, typeface));
        let lines = [title].into_iter().chain(lines);
        Self::of_lines(lines.collect(), size, space)
    }

    /// Lines below each other in the middle.
    fn of_lines(lines: Vec<Line>, size: Extent, space: &ColorSpace) -> Result<Self> {
        let curve = Curve::of(space)?;
        let height: u32 = lines.iter().map(Line::height).sum();
        let mut top = size.height.saturating_sub(height) / 2;
        let place = |line: Line| {
            let left = size.width.saturating_sub(line.width()) / 2;
            let placed = Placed { top, left, line };
            top += placed.line.height();
            placed
        };
        Ok(Self {
            size,
            background: curve.light(curve.drawn(GREY)) as f32,
            letters: curve.light(curve.drawn(LETTERS)) as f32,
            lines: lines.into_iter().map(place).collect(),
        })
    }

    pub(crate) fn size(&self) -> Extent {
        self.size
    }

    /// The picture, whose light is taken to be of that gamut.
    pub(crate) fn into_image(self, gamut: Gamut) -> Image<DisplayGamuts> {
        let spec = ImageSpec::plain(self.size.width, self.size.height);
        Image::new(spec, Rows { slate: Arc::new(self), gamut, next: 0 })
    }

    fn band(&self, y: u32, rows: u32) -> Band {
        let mut band = Band::black(y, rows, self.size.width);
        for (y, planes) in (y..).zip(band.planes_mut()) {
            for plane in planes {
                plane.fill(self.background);
                self.lines.iter().for_each(|placed| self.draw(placed, y, plane));
            }
        }
        band
    }

    fn draw(&self, placed: &Placed, y: u32, row: &mut [f32]) {
        let Some(line_row) = y.checked_sub(placed.top).filter(|row| *row < placed.line.height())
        else {
            return;
        };
        let columns = row.iter_mut().skip(placed.left as usize);
        for (x, light) in (0..placed.line.width()).zip(columns) {
            *light += placed.line.at(x, line_row) * (self.letters - self.background);
        }
    }
}

/// A line that is so large a part of the picture, as far as its width allows.
fn line(text: &str, size: Extent, part: u32, typeface: &Typeface) -> Line {
    Line::fitted(text, size.height / part, size.width / 10 * 9, typeface)
}

struct Rows {
    slate: Arc<Slate>,
    gamut: Gamut,
    next: u32,
}

impl Stream<Lights> for Rows {
    fn next(&mut self) -> Result<Option<Job<Lights>>> {
        let (slate, gamut, y) = (Arc::clone(&self.slate), self.gamut, self.next);
        let rows = BAND_ROWS.min(slate.size.height - y);
        self.next += rows;
        let lights = move || Ok(Lights::new(vec![(gamut, slate.band(y, rows))]));
        Ok((rows > 0).then(|| Box::new(lights) as Job<Lights>))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(slate: Slate) -> Vec<f32> {
        let Extent { width, height } = slate.size;
        let pixels = slate.into_image(Gamut::default()).into_pixels().unwrap();
        let at = |index: u32| pixels.at(index % width, index / width);
        (0..width * height).flat_map(at).collect()
    }

    #[test]
    fn black_is_black() {
        assert!(pixels(Slate::black(Extent::new(70, 50))).iter().all(|light| *light == 0.0));
    }

    #[test]
    fn slates_differ_by_their_numbers_and_keep_in_range() {
        let slate = |number, width, height| {
            let size = Extent::new(width, height);
            pixels(
                Slate::missing(number, size, &ColorSpace::G24_REC709_DISPLAY, &Typeface::new())
                    .unwrap(),
            )
        };
        assert_ne!(slate(1007, 480, 270), slate(1008, 480, 270));
        let whole = slate(1007, 480, 270);
        let bright = whole.iter().filter(|light| **light > 0.5).count();
        assert!(bright > whole.len() / 500, "{bright}");
        let lines = [String::new(), "é".repeat(1000)];
        for (width, height) in [(1, 1), (16, 16), (2000, 16), (16, 2000)] {
            let all = slate(-123_456, width, height);
            let size = Extent::new(width, height);
            let said =
                Slate::saying("", &lines, size, &ColorSpace::SRGB_REC709_DISPLAY, &Typeface::new())
                    .unwrap();
            let all = all.into_iter().chain(pixels(said));
            let all: Vec<_> = all.collect();
            assert!(all.iter().all(|light| (0.0..=1.0).contains(light)));
        }
    }
}
