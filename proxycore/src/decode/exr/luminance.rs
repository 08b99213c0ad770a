//! How much light each primary gives: what luminance is made of.

use exr::meta::attribute::Chromaticities;
use exr::prelude::Vec2;

use super::FORMAT;
use crate::error::{Error, Result};

/// Less than this share of green, and green cannot be told from luminance: it would be divided by.
const LEAST_GREEN: f64 = 1e-4;

/// Rec.709, the primaries of a file that names none (ITU-R BT.709, section 1).
const REC709: Chromaticities = Chromaticities {
    red: Vec2(0.64, 0.33),
    green: Vec2(0.30, 0.60),
    blue: Vec2(0.15, 0.06),
    white: Vec2(0.3127, 0.3290),
};

/// The share of red, green and blue in luminance, of sum 1.
///
/// It is the middle row of the matrix from R, G, B to X, Y, Z (SMPTE RP 177, section 3.3).
pub(super) fn weights(chromaticities: Option<Chromaticities>) -> Result<[f32; 3]> {
    let Chromaticities { red, green, blue, white } = chromaticities.unwrap_or(REC709);
    let [red, green, blue, white] = [red, green, blue, white].map(point);
    let all = determinant(red, green, blue) * white[1];
    let shares = [
        determinant(white, green, blue) * red[1],
        determinant(red, white, blue) * green[1],
        determinant(red, green, white) * blue[1],
    ];
    let weights = shares.map(|share| share / all);
    if weights.iter().all(|weight| weight.is_finite()) && weights[1].abs() >= LEAST_GREEN {
        return Ok(weights.map(|weight| weight as f32));
    }
    Err(Error::corrupt(FORMAT, "luminance-chroma needs chromaticities that span a triangle"))
}

fn point(at: Vec2<f32>) -> [f64; 3] {
    let (x, y) = (f64::from(at.0), f64::from(at.1));
    [x, y, 1.0 - x - y]
}

fn determinant(a: [f64; 3], b: [f64; 3], c: [f64; 3]) -> f64 {
    a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1])
        + c[0] * (a[1] * b[2] - a[2] * b[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primaries_weigh_what_the_standards_say() {
        let near = |got: [f32; 3], want: [f32; 3]| {
            got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-4)
        };
        assert!(near(weights(None).unwrap(), [0.2126, 0.7152, 0.0722]));
        let xyz = Chromaticities {
            red: Vec2(1.0, 0.0),
            green: Vec2(0.0, 1.0),
            blue: Vec2(0.0, 0.0),
            white: Vec2(1.0 / 3.0, 1.0 / 3.0),
        };
        assert!(near(weights(Some(xyz)).unwrap(), [0.0, 1.0, 0.0]));
    }

    #[test]
    fn primaries_on_a_line_weigh_nothing() {
        let line = Chromaticities { blue: REC709.red, ..REC709 };
        assert!(weights(Some(line)).is_err());
        let dark = Chromaticities { white: Vec2(0.3, 0.0), ..REC709 };
        assert!(weights(Some(dark)).is_err());
    }
}
