//! Lettering: a line of text, as how much of each pixel its letters cover.
//!
//! One fixed-width face of sixteen rows, and whole multiples of it: labels, notes and slates want to
//! be read, not set. It knows printable ASCII; whatever else stands in a text becomes `?`, for names
//! come from files. Colours are the caller's: coverage is mixed in code values, where half covered
//! looks half covered.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// Rows of a line at its smallest.
pub const ROWS: u32 = RasterHeight::Size16.val() as u32;
/// Columns of a letter at its smallest.
pub const COLUMNS: u32 = get_raster_width(FontWeight::Regular, RasterHeight::Size16) as u32;

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    width: u32,
    scale: u32,
    /// Row after row at scale 1, 255 where a letter covers the pixel.
    coverage: Vec<u8>,
}

impl Line {
    /// The most letters that are set; what follows is left out.
    pub const LONGEST: usize = 256;

    /// Sets `text`, with `scale` pixels for each of the face's, on each side.
    #[must_use]
    pub fn new(text: &str, scale: u32) -> Self {
        let text: Vec<char> = text.chars().take(Self::LONGEST).map(printable).collect();
        let mut coverage = Vec::new();
        for row in 0..ROWS as usize {
            coverage.extend(text.iter().flat_map(|letter| glyph_row(*letter, row)));
        }
        Self { width: text.len() as u32 * COLUMNS, scale: scale.max(1), coverage }
    }

    /// Whether the face has all letters of `text`.
    #[must_use]
    pub fn has(text: &str) -> bool {
        text.chars().all(|letter| printable(letter) == letter)
    }

    /// Pixels from its first column to its last.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width.saturating_mul(self.scale)
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> u32 {
        ROWS.saturating_mul(self.scale)
    }

    /// How much of a pixel is covered, 0..=1; nothing outside the line.
    #[must_use]
    pub fn at(&self, x: u32, y: u32) -> f32 {
        let (x, y) = (x / self.scale, y / self.scale);
        if x >= self.width || y >= ROWS {
            return 0.0;
        }
        f32::from(self.coverage[(y * self.width + x) as usize]) / 255.0
    }
}

/// A text of so many letters at the most: what is too long loses its beginning, where names are most
/// alike.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    let letters = text.chars().count();
    if letters <= most {
        return text.to_owned();
    }
    let tail = text.chars().skip(letters - most.saturating_sub(3));
    "...".chars().chain(tail).take(most).collect()
}

/// A letter that the face has.
fn printable(letter: char) -> char {
    if matches!(letter, ' '..='~') { letter } else { '?' }
}

fn glyph_row(letter: char, row: usize) -> impl Iterator<Item = u8> {
    let glyph = get_raster(letter, FontWeight::Regular, RasterHeight::Size16);
    (0..COLUMNS as usize).map(move |x| glyph.and_then(|glyph| glyph.pixel(x, row)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_printable_letter_has_a_shape_of_its_own() {
        let shapes: HashSet<Vec<u8>> =
            (' '..='~').map(|letter| Line::new(&letter.to_string(), 1).coverage).collect();
        assert_eq!(shapes.len(), 95);
        assert!(Line::new(" ", 1).coverage.iter().all(|covered| *covered == 0));
        assert_eq!(Line::new("é\n", 1), Line::new("??", 1));
        assert!(Line::has("take 7~") && !Line::has("Zürich") && Line::has(""));
    }

    #[test]
    fn what_is_too_long_loses_its_beginning() {
        assert_eq!(shortened("beauty.1042.exr", 11), "...1042.exr");
        assert_eq!((shortened("beauty", 2), shortened("beauty", 0)), ("..".into(), String::new()));
        assert_eq!((shortened("é", 1), shortened("beauty", 6)), ("é".into(), "beauty".into()));
    }

    #[test]
    fn letters_stand_side_by_side_and_grow_by_whole_pixels() {
        let line = Line::new("Il", 3);
        assert_eq!((line.width(), line.height()), (2 * COLUMNS * 3, ROWS * 3));
        let small = Line::new("l", 1);
        for (x, y) in [(0, 0), (4, 8), (5, 12), (7, 15)] {
            let wide = line.at((COLUMNS + x) * 3 + 2, y * 3 + 1);
            assert!((wide - small.at(x, y)).abs() < f32::EPSILON);
        }
        assert!(line.at(line.width(), 0).abs() < f32::EPSILON);
        let upright = (0..COLUMNS).any(|x| small.at(x, ROWS / 2) > 0.5);
        assert!(upright, "an l has a stem");
    }

    #[test]
    fn a_text_without_end_is_cut() {
        assert_eq!(Line::new(&"x".repeat(100_000), 1).width(), 256 * COLUMNS);
    }
}
