//! Letters of five by seven dots, as on a display board: a frame's number must be read at a glance.

use super::canvas::{Canvas, Light};

/// Dots across a letter; one more stays empty to its right.
const COLUMNS: i32 = 5;
const ROWS: i32 = 7;

/// Each row's five low bits are its dots, the highest on the left.
#[rustfmt::skip]
const GLYPHS: [(char, [u8; 7]); 44] = [
    ('0', [0b01110, 0b10001, 0b10001, 0b10101, 0b10001, 0b10001, 0b01110]),
    ('1', [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]),
    ('2', [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111]),
    ('3', [0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110]),
    ('4', [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010]),
    ('5', [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110]),
    ('6', [0b01110, 0b10000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110]),
    ('7', [0b11111, 0b00001, 0b00010, 0b00100, 0b00100, 0b01000, 0b01000]),
    ('8', [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110]),
    ('9', [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00001, 0b01110]),
    ('A', [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001]),
    ('B', [0b11110, 0b10001, 0b10001, 0b11110, 0b10001, 0b10001, 0b11110]),
    ('C', [0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110]),
    ('D', [0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110]),
    ('E', [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111]),
    ('F', [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000]),
    ('G', [0b01110, 0b10001, 0b10000, 0b10111, 0b10001, 0b10001, 0b01110]),
    ('H', [0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001]),
    ('I', [0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]),
    ('J', [0b00111, 0b00010, 0b00010, 0b00010, 0b00010, 0b10010, 0b01100]),
    ('K', [0b10001, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010, 0b10001]),
    ('L', [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111]),
    ('M', [0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001]),
    ('N', [0b10001, 0b11001, 0b11001, 0b10101, 0b10011, 0b10011, 0b10001]),
    ('O', [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]),
    ('P', [0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000]),
    ('Q', [0b01110, 0b10001, 0b10001, 0b10001, 0b10101, 0b10010, 0b01101]),
    ('R', [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001]),
    ('S', [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110]),
    ('T', [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100]),
    ('U', [0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]),
    ('V', [0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01010, 0b00100]),
    ('W', [0b10001, 0b10001, 0b10001, 0b10101, 0b10101, 0b11011, 0b10001]),
    ('X', [0b10001, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001, 0b10001]),
    ('Y', [0b10001, 0b10001, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100]),
    ('Z', [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b11111]),
    (' ', [0; 7]),
    ('.', [0, 0, 0, 0, 0, 0b01100, 0b01100]),
    ('-', [0, 0, 0, 0b11111, 0, 0, 0]),
    ('+', [0, 0b00100, 0b00100, 0b11111, 0b00100, 0b00100, 0]),
    ('/', [0b00001, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b10000]),
    (':', [0, 0b01100, 0b01100, 0, 0b01100, 0b01100, 0]),
    ('%', [0b11000, 0b11001, 0b00010, 0b00100, 0b01000, 0b10011, 0b00011]),
    ('#', [0b01010, 0b01010, 0b11111, 0b01010, 0b11111, 0b01010, 0b01010]),
];

/// How letters are set.
#[derive(Debug, Clone, Copy)]
pub struct Type {
    /// Pixels from one dot to the next.
    pub pitch: f32,
    /// A dot's light.
    pub lit: Light,
    /// The light of the dots that are off, where they show.
    pub unlit: Option<Light>,
}

impl Type {
    /// How many pixels wide `text` comes out.
    pub fn width(&self, text: &str) -> f32 {
        (text.chars().count() as f32 * (COLUMNS + 1) as f32 - 1.0) * self.pitch
    }

    /// Sets `text` with its upper left corner at `(x, y)`; an unknown letter leaves a gap.
    pub fn set(&self, canvas: &mut Canvas, (x, y): (f32, f32), text: &str) {
        for (at, letter) in text.chars().enumerate() {
            let left = x + at as f32 * (COLUMNS + 1) as f32 * self.pitch;
            for (row, dots) in (0..ROWS).zip(glyph(letter)) {
                for column in 0..COLUMNS {
                    let lit = dots >> (COLUMNS - 1 - column) & 1 == 1;
                    let Some(light) = (if lit { Some(self.lit) } else { self.unlit }) else {
                        continue;
                    };
                    let center = |from: f32, at: i32| from + (at as f32 + 0.5) * self.pitch;
                    canvas.disc((center(left, column), center(y, row)), self.radius(), light);
                }
            }
        }
    }

    /// Small dots touch, so that small letters stay readable; large ones show as dots.
    fn radius(&self) -> f32 {
        self.pitch * if self.pitch < 4.0 { 0.56 } else { 0.43 }
    }
}

fn glyph(letter: char) -> [u8; 7] {
    GLYPHS.iter().find(|(known, _)| *known == letter).map_or([0; 7], |(_, rows)| *rows)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::demo::canvas::Area;

    #[test]
    fn every_letter_is_its_own() {
        let shapes: HashSet<_> = GLYPHS.iter().map(|(_, rows)| rows).collect();
        assert_eq!(shapes.len(), GLYPHS.len());
        assert!(GLYPHS.iter().all(|(_, rows)| rows.iter().all(|row| *row < 32)));
    }

    #[test]
    fn sets_dots_where_the_glyph_has_them() {
        let mut canvas = Canvas::new(Area::new(0, 0, 60, 70));
        let face = Type { pitch: 10.0, lit: Light::grey(1.0), unlit: None };
        face.set(&mut canvas, (0.0, 0.0), "L");
        assert_eq!(canvas.at(5, 5), Light::grey(1.0));
        assert_eq!(canvas.at(45, 5), Light::grey(0.0));
        assert_eq!(canvas.at(45, 65), Light::grey(1.0));
        assert!((face.width("L") - 50.0).abs() < f32::EPSILON);
    }
}
