//! The transforms that need no configuration: a curve, a matrix to the display's primaries, clipped
//! at display white.

use std::sync::Arc;

use super::curve::Table;
use super::encoding::{self, Encoding};
use super::matrix::{self, Matrix};
#[cfg(feature = "ocio")]
use super::ocio::studio as registry;
use super::primaries;
use super::profile::Light;
use super::{ColorConfig, Detected, Inks, Processor};
use crate::error::{Error, ErrorKind, Result};
use crate::image::{Band, NativeBand};
use crate::simd::vectorized;
use crate::space::{ColorSpace, Gamut};

/// Colorimetric transforms: light 1.0 is display white, and what lies outside the display's cube is
/// clipped, channel by channel; a display of high dynamic range has it at diffuse white, and is clipped
/// at its peak. Film is printing density made linear, its white at display white.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuiltIn;

impl ColorConfig for BuiltIn {
    fn processor_for(&self, source: &Detected, gamut: Gamut) -> Result<Arc<dyn Processor>> {
        // what is no colour is shown as it is: its numbers are the display's codes
        let shown = if source.space == ColorSpace::DATA {
            ColorSpace::SRGB_REC709_DISPLAY
        } else {
            source.space.clone()
        };
        if let Some(light) = source.profile() {
            return Ok(Arc::new(Profiled::new(light, gamut)?));
        }
        let Some(encoding) = Encoding::of(&shown) else {
            let found = registry::processor(&shown, gamut);
            return found.unwrap_or_else(|| Err(unknown(&source.space)));
        };
        let primaries: Arc<dyn Processor> = match encoding.to(gamut) {
            Some(matrix) => Arc::new(Primaries::new(&matrix)),
            None => Arc::new(Clip),
        };
        Ok(match encoding.curve.table() {
            Some(table) => Arc::new(Curved { table, primaries }),
            None => primaries,
        })
    }

    fn resolve(&self, name: &str) -> Option<ColorSpace> {
        let space = ColorSpace::new(name);
        if space == ColorSpace::DATA || Encoding::of(&space).is_some() {
            return Some(space);
        }
        registry::resolve(name)
    }

    fn recipe(&self) -> String {
        "builtin 3".into()
    }
}

/// Without OpenColorIO there are no other spaces.
#[cfg(not(feature = "ocio"))]
mod registry {
    use super::{Arc, ColorSpace, Gamut, Processor, Result};

    pub(super) fn resolve(_: &str) -> Option<ColorSpace> {
        None
    }

    pub(super) fn processor(_: &ColorSpace, _: Gamut) -> Option<Result<Arc<dyn Processor>>> {
        None
    }
}

fn unknown(space: &ColorSpace) -> Error {
    let (known, more) = (encoding::names(), if cfg!(feature = "ocio") { MORE } else { "" });
    let what =
        format!("the built-in transforms do not know `{space}`; they know {known}{more} and data");
    Error::new(ErrorKind::Color { what })
}

/// What comes with OpenColorIO.
const MORE: &str = ", the spaces of OpenColorIO's studio config";

/// Codes to light, then what becomes of light.
#[derive(Debug)]
struct Curved {
    table: Table,
    primaries: Arc<dyn Processor>,
}

impl Processor for Curved {
    fn apply(&self, mut row: [&mut [f32]; 3]) {
        for plane in &mut row {
            self.table.apply(plane);
        }
        self.primaries.apply(row);
    }
}

/// Codes to light by an ICC profile, then what becomes of light.
#[derive(Debug)]
struct Profiled {
    light: Arc<Light>,
    primaries: Primaries,
}

impl Profiled {
    fn new(light: Arc<Light>, gamut: Gamut) -> Result<Self> {
        let to_gamut = primaries::xyz_to(gamut).map(|xyz| matrix::multiply(&xyz, light.to_xyz()));
        let what = "the ICC profile has no colours".to_owned();
        let matrix = to_gamut.ok_or_else(|| Error::new(ErrorKind::Color { what }))?;
        Ok(Self { light, primaries: Primaries::new(&matrix) })
    }
}

impl Processor for Profiled {
    fn apply(&self, mut row: [&mut [f32]; 3]) {
        self.light.apply(row.each_mut().map(|plane| &mut **plane));
        self.primaries.apply(row);
    }

    fn inks(&self) -> Option<&dyn Inks> {
        self.light.is_of_inks().then_some(&*self.light as _)
    }
}

impl Inks for Light {
    fn merge(&self, inks: &NativeBand) -> Option<Band> {
        self.of_inks(inks)
    }
}

/// Clips to the display.
#[derive(Debug)]
struct Clip;

impl Processor for Clip {
    fn apply(&self, row: [&mut [f32]; 3]) {
        row.into_iter().for_each(clip);
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
        change(&self.matrix, red, green, blue);
    }
}

vectorized! {
    fn clip(plane: &mut [f32]) {
        for sample in plane {
            *sample = sample.clamp(0.0, 1.0);
        }
    }

    /// Multiplies pixels by a matrix, and clips them.
    fn change(matrix: &[[f32; 3]; 3], red: &mut [f32], green: &mut [f32], blue: &mut [f32]) {
        let [to_red, to_green, to_blue] = *matrix;
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
        applied_for(Gamut::Rec709, space, pixel)
    }

    fn applied_for(gamut: Gamut, space: ColorSpace, pixel: [f32; 3]) -> [f32; 3] {
        let [mut red, mut green, mut blue] = pixel.map(|value| [value]);
        let processor = BuiltIn.processor_for(&Detected::stated(space), gamut).unwrap();
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
    fn a_wider_display_is_clipped_at_its_own_edge() {
        // the edge of P3 lies outside of Rec.709
        let edge = |space| applied_for(Gamut::P3, space, [0.5, 0.0, 0.0]);
        assert_eq!(edge(ColorSpace::SRGB_P3D65_DISPLAY)[1..], [0.0, 0.0]);
        assert!((edge(ColorSpace::SRGB_P3D65_DISPLAY)[0] - 0.214_041).abs() < 1e-5);
        let [red, green, blue] =
            applied_for(Gamut::P3, ColorSpace::LIN_REC709_SCENE, [1.0, 0.0, 0.0]);
        let want = [0.822_462, 0.033_194, 0.017_083];
        assert!([red, green, blue].iter().zip(want).all(|(one, two)| (one - two).abs() < 1e-5));
        // what lies outside of both
        let [red, green, blue] = applied_for(Gamut::P3, ColorSpace::LIN_AP1_SCENE, [0.5, 0.0, 0.0]);
        assert!(
            (red - 0.689_607).abs() < 1e-4 && green == 0.0 && blue == 0.0,
            "{red} {green} {blue}"
        );
        let film = applied_for(Gamut::P3, ColorSpace::new("arri_logc4"), [0.278_4; 3]);
        assert!(film.iter().all(|grey| (grey - 0.18).abs() < 0.003), "{film:?}");
        let data = applied_for(Gamut::P3, ColorSpace::DATA, [0.5; 3]);
        assert!(data.iter().all(|grey| (grey - 0.214_041).abs() < 1e-5), "{data:?}");
    }

    #[test]
    fn light_above_white_is_kept_up_to_the_peak() {
        for (gamut, peak) in [(Gamut::Rec2100Pq, 10_000.0), (Gamut::Rec2100Hlg, 1000.0)] {
            let nits = |space: &str, pixel: [f32; 3]| {
                applied_for(gamut, ColorSpace::new(space), pixel).map(|light| light * peak)
            };
            for space in ["lin_rec709_scene", "lin_ap1_scene", "lin_rec2020_scene"] {
                let [dark, white, bright] =
                    [0.01, 1.0, 4.0].map(|light| nits(space, [light; 3])[1]);
                assert!((dark - 2.03).abs() < 1e-4 && (white - 203.0).abs() < 1e-2, "{space}");
                assert!((bright - 812.0).abs() < 0.1, "{space}: {bright}");
                let beyond = nits(space, [100.0, -1.0, 100.0]);
                assert!(beyond.iter().all(|light| (0.0..=peak).contains(light)), "{beyond:?}");
            }
            // codes of an ordinary display, and those of its own kind: 58 % and 75 %
            let white = nits("srgb_rec709_display", [1.0; 3])[0];
            assert!((white - 203.0).abs() < 1e-2, "{white}");
            for (space, code) in [("pq_rec2020_display", 0.580_69), ("hlg_rec2020_display", 0.75)] {
                let white = nits(space, [code; 3])[2];
                assert!((white - 203.0).abs() < 1.0, "{space}: {white}");
            }
        }
    }

    #[test]
    fn d65_in_xyz_is_white() {
        let white = applied(ColorSpace::LIN_CIEXYZD65_SCENE, [0.950_456, 1.0, 1.089_058]);
        assert!(white.iter().all(|value| (value - 1.0).abs() < 1e-4), "{white:?}");
    }

    #[test]
    fn codes_become_light_before_they_become_other_primaries() {
        let [red, green, blue] = applied(ColorSpace::SRGB_REC709_DISPLAY, [0.0, 0.5, 1.0]);
        assert_eq!((red, blue), (0.0, 1.0));
        assert!((green - 0.214_041).abs() < 1e-5, "{green}");
        let white = applied(ColorSpace::new("srgb_p3d65_display"), [1.0; 3]);
        assert!(white.iter().all(|value| (value - 1.0).abs() < 1e-6), "{white:?}");
        let film = applied(ColorSpace::CINEON, [95.0, 470.0, 685.0].map(|code| code / 1023.0));
        assert!(film[0] < 1e-6 && film[2] > 0.999_99, "{film:?}");
        assert!((film[1] - 0.183_194).abs() < 1e-4, "{film:?}");
    }

    #[test]
    fn what_is_no_colour_leaves_as_it_came() {
        let [_, half, _] = applied(ColorSpace::DATA, [0.0, 0.5, 1.0]);
        assert!((half - 0.214_041).abs() < 1e-5, "code 128 of sRGB: {half}");
    }

    #[test]
    fn an_unknown_space_is_an_error_that_names_the_known_ones() {
        let error =
            BuiltIn.processor(&Detected::stated(ColorSpace::new("arri_logc5"))).unwrap_err();
        assert!(error.to_string().contains("`arri_logc5`; they know <lin|srgb|"), "{error}");
    }
}
