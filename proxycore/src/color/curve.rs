//! Transfer functions of sources: from code values to linear light.
//!
//! Codes are parts of white, 0..=1 for integers. The exact curves are powers; a row goes through a
//! table of them, which is exact to within a millionth over 0..=1, and through the power outside.

use std::sync::LazyLock;

/// A transfer function from a code value to linear light.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Curve {
    /// Light as it is.
    Linear,
    /// IEC 61966-2-1.
    Srgb,
    /// A pure power. Of ITU-R BT.1886 with its black at 0: 2.4.
    Gamma(f64),
    /// Kodak's Cineon: printing density, black at code 95 and white at 685 of 1023.
    Cineon,
}

impl Curve {
    /// The light of a code value; curves go on below 0 as their mirror image, but Cineon's, which
    /// has codes below black.
    pub(super) fn exact(self, code: f64) -> f64 {
        match self {
            Self::Linear => code,
            Self::Srgb => code.signum() * srgb(code.abs()),
            Self::Gamma(gamma) => code.signum() * code.abs().powf(gamma),
            Self::Cineon => cineon(code),
        }
    }

    /// The table that is as good as the curve; `None` for the curve that does nothing.
    pub(super) fn table(self) -> Option<Table> {
        (self != Self::Linear).then(|| Table::new(self))
    }
}

fn srgb(code: f64) -> f64 {
    if code <= 0.04045 { code / 12.92 } else { ((code + 0.055) / 1.055).powf(2.4) }
}

/// Kodak, "Conversion of 10-bit log film data to 8-bit linear or video data": a code is 0.002 of
/// printing density, and the negative's gamma is 0.6. Black is taken off, so that code 95 is 0.
fn cineon(code: f64) -> f64 {
    static BLACK: LazyLock<f64> = LazyLock::new(|| film(95.0));
    (film(1023.0 * code) - *BLACK) / (1.0 - *BLACK)
}

fn film(code: f64) -> f64 {
    10f64.powf((code - 685.0) * 0.002 / 0.6)
}

/// Steps of a table: an interpolated value then errs by less than 3e-7, Cineon's at its top 1e-6.
const STEPS: usize = 1 << 14;

/// A curve over 0..=1, looked up and interpolated.
#[derive(Debug)]
pub(super) struct Table {
    curve: Curve,
    light: Vec<f32>,
}

impl Table {
    fn new(curve: Curve) -> Self {
        let light = |step| curve.exact(step as f64 / STEPS as f64) as f32;
        // one more, so that code 1.0 has a neighbour above
        Self { curve, light: (0..=STEPS + 1).map(light).collect() }
    }

    /// Turns finite codes to light, in place.
    pub(super) fn apply(&self, codes: &mut [f32]) {
        for code in codes {
            *code = self.light(*code);
        }
    }

    fn light(&self, code: f32) -> f32 {
        if !(0.0..=1.0).contains(&code) {
            return self.curve.exact(code.into()) as f32;
        }
        let place = code * STEPS as f32;
        let step = place as usize;
        let (below, above) = (self.light[step], self.light[step + 1]);
        below + (above - below) * (place - step as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURVES: [Curve; 4] = [Curve::Srgb, Curve::Gamma(2.4), Curve::Gamma(1.8), Curve::Cineon];

    #[test]
    fn curves_meet_the_numbers_of_their_standards() {
        let near = |curve: Curve, code: f64, light: f64| {
            assert!((curve.exact(code) - light).abs() < 1e-4, "{curve:?} of {code}");
        };
        near(Curve::Srgb, 0.04045, 0.003_130_8);
        near(Curve::Srgb, 117.65 / 255.0, 0.18);
        near(Curve::Gamma(2.4), 0.5, 0.189_465);
        near(Curve::Cineon, 95.0 / 1023.0, 0.0);
        near(Curve::Cineon, 685.0 / 1023.0, 1.0);
        // Kodak's grey card: code 445, by the formula with black 0.010798
        near(Curve::Cineon, 445.0 / 1023.0, 0.149_303);
        near(Curve::Cineon, 470.0 / 1023.0, 0.183_194);
        for curve in CURVES {
            let (dark, bright) = (curve.exact(0.1), curve.exact(0.9));
            assert!(dark < bright);
        }
    }

    #[test]
    fn tables_are_as_good_as_their_curves() {
        for curve in CURVES {
            let table = curve.table().unwrap();
            let codes = (0..=200_000).map(|step| step as f32 / 200_000.0);
            let scale = curve.exact(1.0).max(1.0);
            for code in codes.chain([-0.5, -0.01, 1.0001, 1.5]) {
                let error = (f64::from(table.light(code)) - curve.exact(code.into())).abs();
                assert!(error < 1e-6 * scale, "{curve:?} of {code}: {error:e}");
            }
        }
        assert!(Curve::Linear.table().is_none());
    }
}
