//! The transforms that need no configuration: a matrix to Rec.709, clipped at display white.

use std::sync::Arc;

use super::matrix::Matrix;
use super::primaries::{self, KNOWN};
use super::{ColorConfig, Detected, Processor};
use crate::error::{Error, ErrorKind, Result};
use crate::space::ColorSpace;

/// Colorimetric transforms of linear spaces: exposure 1.0 is display white, and what lies outside
/// the display's cube is clipped, channel by channel.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuiltIn;

impl ColorConfig for BuiltIn {
    fn processor(&self, source: &Detected) -> Result<Arc<dyn Processor>> {
        if [ColorSpace::LIN_REC709_SCENE, ColorSpace::DATA].contains(&source.space) {
            return Ok(Arc::new(Clip));
        }
        let matrix = to_rec709(source).ok_or_else(|| unknown(&source.space))?;
        Ok(Arc::new(Primaries::new(&matrix)))
    }

    fn recipe(&self) -> String {
        "builtin 1".into()
    }
}

fn to_rec709(source: &Detected) -> Option<Matrix> {
    if source.space == ColorSpace::LIN_CIEXYZD65_SCENE {
        return primaries::xyz_to_rec709();
    }
    let known = KNOWN.iter().find(|(space, _)| *space == source.space);
    known?.1.to_rec709()
}

fn unknown(space: &ColorSpace) -> Error {
    let known: Vec<_> = KNOWN.iter().map(|(space, _)| space.id()).collect();
    let what = format!(
        "the built-in transforms do not know `{space}`; they know {}, {} and data",
        known.join(", "),
        ColorSpace::LIN_CIEXYZD65_SCENE,
    );
    Error::new(ErrorKind::Color { what })
}

/// Clips to the display.
#[derive(Debug)]
struct Clip;

impl Processor for Clip {
    fn apply(&self, row: [&mut [f32]; 3]) {
        for plane in row {
            for sample in plane {
                *sample = sample.clamp(0.0, 1.0);
            }
        }
    }
}

/// A change of primaries, then the clip.
#[derive(Debug)]
struct Primaries {
    matrix: [[f32; 3]; 3],
}

impl Primaries {
    fn new(matrix: &Matrix) -> Self {
        Self { matrix: matrix.map(|row| row.map(|value| value as f32)) }
    }
}

impl Processor for Primaries {
    fn apply(&self, [red, green, blue]: [&mut [f32]; 3]) {
        let [to_red, to_green, to_blue] = self.matrix;
        for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
            let pixel = [*red, *green, *blue];
            let sum = |row: [f32; 3]| row[0] * pixel[0] + row[1] * pixel[1] + row[2] * pixel[2];
            let (r, g, b) = (sum(to_red), sum(to_green), sum(to_blue));
            *red = r.clamp(0.0, 1.0);
            *green = g.clamp(0.0, 1.0);
            *blue = b.clamp(0.0, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(space: ColorSpace, pixel: [f32; 3]) -> [f32; 3] {
        let [mut red, mut green, mut blue] = pixel.map(|value| [value]);
        let processor = BuiltIn.processor(&Detected::stated(space)).unwrap();
        processor.apply([&mut red, &mut green, &mut blue]);
        [red[0], green[0], blue[0]]
    }

    #[test]
    fn rec709_is_clipped_and_nothing_else() {
        assert_eq!(applied(ColorSpace::LIN_REC709_SCENE, [-0.5, 0.18, 7.0]), [0.0, 0.18, 1.0]);
    }

    #[test]
    fn a_saturated_red_of_acescg_leaves_the_display() {
        let [red, green, blue] = applied(ColorSpace::LIN_AP1_SCENE, [0.5, 0.0, 0.0]);
        assert!((red - 0.8525).abs() < 1e-3, "{red}");
        assert_eq!((green, blue), (0.0, 0.0));
    }

    #[test]
    fn d65_in_xyz_is_white() {
        let white = applied(ColorSpace::LIN_CIEXYZD65_SCENE, [0.950_456, 1.0, 1.089_058]);
        assert!(white.iter().all(|value| (value - 1.0).abs() < 1e-4), "{white:?}");
    }

    #[test]
    fn an_unknown_space_is_an_error_that_names_the_known_ones() {
        let error =
            BuiltIn.processor(&Detected::stated(ColorSpace::new("arri_logc4"))).unwrap_err();
        assert!(error.to_string().contains("`arri_logc4`; they know lin_rec709_scene"), "{error}");
    }
}
