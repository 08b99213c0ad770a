//! Text: a line of letters, as how much of each pixel they cover.
//!
//! Letters are outlines, set at any height without hinting: labels, captions and slates want to be
//! read, not set. There is no shaping: each character is one glyph, from left to right. Colours are
//! the caller's: coverage is mixed in code values, where half covered looks half covered.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use ab_glyph::{Font, FontArc, FontRef, FontVec, GlyphId, ScaleFont, point};

use crate::error::{Error, Result};
use crate::file::{failure, read_regular};
use crate::identity;

/// Hack, a fixed-width face with Latin, Greek and Cyrillic.
static BUILT_IN: LazyLock<FontArc> = LazyLock::new(|| {
    let font = FontRef::try_from_slice(epaint_default_fonts::HACK_REGULAR);
    FontArc::from(font.expect("the crate has a font"))
});

/// The most bytes of a font's file: collections of Chinese, Japanese and Korean have 100 MB.
const LARGEST: u64 = 256 << 20;

/// What is drawn where no font has a letter.
const UNKNOWN: char = '?';

/// What text in pictures is set in: the built-in font, and those of the caller for letters that it
/// lacks.
///
/// The built-in font is Hack, of fixed width, with Latin, Greek and Cyrillic letters. There is no shaping:
/// scripts that join or reorder letters are not set right.
#[derive(Clone, Default)]
pub struct Typeface {
    added: Vec<Added>,
}

/// A font of the caller's.
#[derive(Clone)]
struct Added {
    font: FontArc,
    digest: Arc<str>,
}

impl Typeface {
    /// The built-in font alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a TrueType or OpenType font, or the first one of a collection, for the letters that those
    /// before it lack.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for bytes that are no font.
    pub fn with_font(mut self, bytes: Vec<u8>) -> Result<Self> {
        let digest = identity::sha256(&bytes);
        let font = FontVec::try_from_vec(bytes)
            .map_err(|_| Error::invalid("font", "is neither TrueType nor OpenType"))?;
        self.added.push(Added { font: FontArc::from(font), digest: digest.into() });
        Ok(self)
    }

    /// The built-in font, and those in these files.
    ///
    /// # Errors
    /// As [`with_font`](Self::with_font), and those of reading the files.
    pub fn open(files: impl IntoIterator<Item = impl AsRef<Path>>) -> Result<Self> {
        files.into_iter().try_fold(Self::new(), |typeface, file| {
            let file = file.as_ref();
            let bytes = read_regular(file, LARGEST).map_err(failure("read", file))?;
            typeface.with_font(bytes).map_err(|error| error.at(file.display().to_string()))
        })
    }

    /// Adds the fonts of another typeface after its own.
    #[must_use]
    pub fn with_fonts_of(mut self, other: &Self) -> Self {
        self.added.extend(other.added.iter().cloned());
        self
    }

    /// The first letter of `text` that no font has.
    pub(crate) fn lacks(&self, text: &str) -> Option<char> {
        text.chars().find(|letter| self.found(*letter).is_none())
    }

    /// What of it changes bytes; nothing for the built-in font alone.
    pub(crate) fn recipe(&self) -> String {
        self.added.iter().map(|added| format!(" font={}", added.digest)).collect()
    }

    fn found(&self, letter: char) -> Option<(&FontArc, GlyphId)> {
        let fonts = [&*BUILT_IN].into_iter().chain(self.added.iter().map(|added| &added.font));
        let glyphs = fonts.map(|font| (font, font.glyph_id(letter)));
        glyphs.into_iter().find(|(_, glyph)| glyph.0 != 0).filter(|_| !letter.is_control())
    }

    /// The glyphs of a text at a height, each with its first column, and the columns of all.
    fn set(&self, text: &str, height: u32) -> (Vec<(&FontArc, GlyphId, u32)>, u32) {
        let mut width = 0;
        let mut glyphs = Vec::new();
        for letter in text.chars() {
            let Some((font, glyph)) = self.found(letter).or_else(|| self.found(UNKNOWN)) else {
                continue;
            };
            glyphs.push((font, glyph, width));
            // whole pixels: numbers that change do not shift what follows
            width += font.as_scaled(height as f32).h_advance(glyph).round() as u32;
        }
        (glyphs, width)
    }
}

/// The same fonts in the same order.
impl PartialEq for Typeface {
    fn eq(&self, other: &Self) -> bool {
        self.recipe() == other.recipe()
    }
}

impl Eq for Typeface {}

impl fmt::Debug for Typeface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typeface(Hack{})", self.recipe())
    }
}

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    width: u32,
    height: u32,
    /// Row after row, 255 where a letter covers the pixel.
    coverage: Vec<u8>,
}

impl Line {
    /// The most letters that are set; what follows is left out.
    const LONGEST: usize = 256;
    /// The rows of a line, the fewest and the most.
    const ROWS: (u32, u32) = (8, 2048);

    fn rows(height: u32) -> u32 {
        height.clamp(Self::ROWS.0, Self::ROWS.1)
    }

    /// Sets `text` at a height in pixels, from the top of the highest letters to the foot of the lowest.
    pub(crate) fn new(text: &str, height: u32, typeface: &Typeface) -> Self {
        let height = Self::rows(height);
        let text: String = text.chars().take(Self::LONGEST).collect();
        let (glyphs, width) = typeface.set(&text, height);
        let mut line = Self { width, height, coverage: vec![0; (width * height) as usize] };
        let ascent = BUILT_IN.as_scaled(height as f32).ascent();
        for (font, glyph, left) in glyphs {
            line.draw(font, glyph, (left as f32, ascent));
        }
        line
    }

    /// Sets `text` within so many columns: what is too long loses its beginning, where names are most
    /// alike.
    pub(crate) fn within(text: &str, height: u32, columns: u32, typeface: &Typeface) -> Self {
        let height = Self::rows(height);
        let fits = |text: &str| typeface.set(text, height).1 <= columns;
        if fits(text) {
            return Self::new(text, height, typeface);
        }
        let letters: Vec<char> = text.chars().collect();
        let tail = |from: usize| {
            ["...".chars().collect(), letters[from..].to_vec()].concat().iter().collect::<String>()
        };
        let from = letters.len().saturating_sub(Self::LONGEST);
        let shortened = (from + 1..=letters.len()).map(tail).find(|text| fits(text));
        Self::new(&shortened.unwrap_or_default(), height, typeface)
    }

    /// Sets `text` so that it takes no more than so many columns: what is too long is lower.
    pub(crate) fn fitted(text: &str, height: u32, columns: u32, typeface: &Typeface) -> Self {
        let height = Self::rows(height);
        let text: String = text.chars().take(Self::LONGEST).collect();
        let width = typeface.set(&text, height).1.max(1);
        Self::new(&text, height * columns.min(width) / width, typeface)
    }

    /// Columns.
    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub(crate) fn height(&self) -> u32 {
        self.height
    }

    /// How much of a pixel is covered, 0..=1; nothing outside the line.
    pub(crate) fn at(&self, x: u32, y: u32) -> f32 {
        if x >= self.width || y >= self.height {
            return 0.0;
        }
        f32::from(self.coverage[(y * self.width + x) as usize]) / 255.0
    }

    /// Mixes `ink` into the R'G'B' pixels of a row, from its first column on, where its row `y` covers
    /// them.
    pub(crate) fn mix(&self, y: u32, pixels: &mut [[u8; 3]], ink: [u8; 3]) {
        for (x, pixel) in (0..self.width).zip(pixels) {
            let cover = self.at(x, y);
            for (code, ink) in pixel.iter_mut().zip(ink) {
                let under = f32::from(*code);
                *code = (under + cover * (f32::from(ink) - under)).round() as u8;
            }
        }
    }

    /// Adds a glyph, as far as it lies within the line.
    fn draw(&mut self, font: &FontArc, glyph: GlyphId, (left, baseline): (f32, f32)) {
        let placed = glyph.with_scale_and_position(self.height as f32, point(left, baseline));
        let Some(outline) = font.outline_glyph(placed) else { return };
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, cover| {
            let [x, y] = [corner.x as i64 + i64::from(x), corner.y as i64 + i64::from(y)];
            if (0..i64::from(self.width)).contains(&x) && (0..i64::from(self.height)).contains(&y) {
                let pixel = &mut self.coverage[y as usize * self.width as usize + x as usize];
                *pixel = pixel.saturating_add((cover * 255.0).round() as u8);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn line(text: &str, height: u32) -> Line {
        Line::new(text, height, &Typeface::new())
    }

    #[test]
    fn every_letter_of_latin_greek_and_cyrillic_has_a_shape() {
        let upper = ('A'..='Z').chain('0'..='9');
        let shapes: HashSet<_> = upper.map(|one| line(&one.to_string(), 32).coverage).collect();
        assert_eq!(shapes.len(), 36);
        assert!(line(" ", 32).coverage.iter().all(|covered| *covered == 0));
        let names = "Zürich_Ångström_žluťoučký_Ωμέγα_Щука_Їжак.1042.exr";
        assert_eq!(Typeface::new().lacks(names), None);
        assert_eq!(Typeface::new().lacks("sh010 漢字"), Some('漢'));
        assert_eq!(Typeface::new().lacks("a\nb"), Some('\n'));
        assert_eq!(line("漢\n", 20), line("??", 20));
    }

    #[test]
    fn what_is_too_long_loses_its_beginning() {
        let typeface = Typeface::new();
        let within = |text, columns| Line::within(text, 16, columns, &typeface);
        assert_eq!(within("beauty.1042.exr", 11 * 8), line("...1042.exr", 16));
        assert_eq!(within("beauty.1042.exr", 15 * 8), line("beauty.1042.exr", 16));
        assert_eq!((within("beauty", 16).width(), within("beauty", 0).width()), (0, 0));
        assert_eq!(within(&"x".repeat(100_000), 80).width(), 80);
    }

    #[test]
    fn lines_are_as_high_as_asked_and_no_wider() {
        let typeface = Typeface::new();
        for height in [8, 17, 31, 200] {
            let line = line("1042", height);
            assert_eq!((line.height(), line.width() % 4), (height, 0));
            let covered = |x| (0..height).any(|y| line.at(x, y) > 0.5);
            assert!((0..line.width()).any(covered), "{height}");
        }
        let fitted = Line::fitted("a long name of a shot", 100, 300, &typeface);
        assert!(fitted.width() <= 310 && fitted.height() < 30, "{}", fitted.width());
        assert_eq!(Line::fitted("1", 100, 300, &typeface).height(), 100);
        assert_eq!(line(&"x".repeat(100_000), 16).width(), 256 * 8);
    }

    #[test]
    fn fonts_are_read_or_refused() {
        let hack = epaint_default_fonts::HACK_REGULAR.to_vec();
        let other = Typeface::new().with_font(hack.clone()).unwrap();
        assert_ne!(other, Typeface::new());
        assert_eq!(other, Typeface::new().with_font(hack.clone()).unwrap());
        for bytes in [Vec::new(), vec![0; 1000], hack[..200].to_vec(), b"OTTO".to_vec()] {
            let error = Typeface::new().with_font(bytes).unwrap_err();
            assert!(error.to_string().contains("TrueType"), "{error}");
        }
    }

    #[test]
    fn letters_that_the_built_in_font_lacks_come_from_others() {
        let emoji = epaint_default_fonts::NOTO_EMOJI_REGULAR.to_vec();
        let typeface = Typeface::new().with_font(emoji).unwrap();
        assert_eq!(Typeface::new().lacks("🎬"), Some('🎬'));
        assert_eq!(typeface.lacks("take 7 🎬"), None);
        let [known, unknown] = [&typeface, &Typeface::new()].map(|each| Line::new("🎬", 32, each));
        assert_ne!(known, unknown);
        assert!(known.width() > line("W", 32).width(), "an emoji is wider");
    }
}
