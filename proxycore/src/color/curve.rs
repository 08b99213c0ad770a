//! Transfer functions of sources: from code values to linear light.
//!
//! Codes are parts of white, 0..=1 for integers. The exact curves are powers; a row goes through a
//! table of them, which is exact to within a millionth over 0..=1, and through the power outside.
#![cfg_attr(
    not(feature = "ocio"),
    allow(dead_code, reason = "displays of configs have the others")
)]

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
    /// The inverse of the camera curve of ITU-R BT.709.
    Bt709,
    /// The inverse of the camera curve of SMPTE ST 240.
    St240,
    /// SMPTE ST 428-1: gamma 2.6 of codes whose white is 48 of 52.37 cd/m².
    Dcdm,
    /// Logarithmic over so many decades (ITU-T H.273 transfers 9 and 10).
    Log(f64),
    /// The inverse of the hybrid log-gamma of ITU-R BT.2100, up to 1.0; its display's OOTF is apart.
    Hlg,
    /// SMPTE ST 2084, with the 203 cd/m² of ITU-R BT.2408 as 1.0.
    Pq,
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
            Self::Bt709 => {
                code.signum() * camera(code.abs(), 4.5, 0.018_053_968_510_807, 0.099_296_826_809_44)
            }
            Self::St240 => {
                code.signum()
                    * camera(code.abs(), 4.0, 0.022_821_585_529_445, 0.111_572_195_921_731)
            }
            Self::Dcdm => code.signum() * code.abs().powf(2.6) * (52.37 / 48.0),
            Self::Log(decades) => 10f64.powf(decades * (code - 1.0)),
            Self::Hlg => code.signum() * hlg(code.abs()),
            Self::Pq => code.signum() * pq(code.abs()),
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

/// A straight line of a slope up to the light `knee`, then a power of 1/0.45; numbers as ITU-T H.273
/// has them, with which the two meet.
fn camera(code: f64, slope: f64, knee: f64, offset: f64) -> f64 {
    if code < slope * knee {
        code / slope
    } else {
        ((code + offset) / (1.0 + offset)).powf(1.0 / 0.45)
    }
}

/// ITU-R BT.2100-2 table 4.
fn pq(code: f64) -> f64 {
    const M1: f64 = 2610.0 / 16384.0;
    const M2: f64 = 2523.0 / 4096.0 * 128.0;
    const C1: f64 = 3424.0 / 4096.0;
    const C2: f64 = 2413.0 / 4096.0 * 32.0;
    const C3: f64 = 2392.0 / 4096.0 * 32.0;
    let root = code.powf(1.0 / M2);
    let light = ((root - C1).max(0.0) / (C2 - C3 * root).max(f64::MIN_POSITIVE)).powf(1.0 / M1);
    (10_000.0 * light).min(10_000.0 * BRIGHTEST) / 203.0
}

/// ITU-R BT.2100-2 table 5.
fn hlg(code: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 1.0 - 4.0 * A;
    const C: f64 = 0.559_910_73;
    if code <= 0.5 { code * code / 3.0 } else { (((code - C) / A).exp() + B) / 12.0 }
}

/// The light of a pixel on the nominal display of HLG, by ITU-R BT.2100-2's OOTF of gamma 1.2: from
/// scene light up to 1.0, in units of the 203 cd/m² of diffuse white.
pub(super) fn hlg_display(scene: [f64; 3]) -> [f64; 3] {
    let luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
    let gain = 1000.0 / 203.0 * luminance.max(0.0).powf(0.2);
    scene.map(|part| gain * part)
}

/// The most light of codes beyond PQ's white, as a part of that.
const BRIGHTEST: f64 = 100.0;

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
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// The curve outside of 0..=1; codes are clipped to it where there is none.
    curve: Option<Curve>,
    light: Vec<f32>,
}

impl Table {
    fn new(curve: Curve) -> Self {
        Self { curve: Some(curve), ..Self::of(|code| curve.exact(code)) }
    }

    /// Tabulates a curve of 0..=1.
    pub(super) fn of(curve: impl Fn(f64) -> f64) -> Self {
        let light = |step| curve(step as f64 / STEPS as f64) as f32;
        // one more, so that code 1.0 has a neighbour above
        let last = std::iter::once(curve(1.0) as f32);
        Self { curve: None, light: (0..=STEPS).map(light).chain(last).collect() }
    }

    /// Turns finite codes to light, in place.
    pub(super) fn apply(&self, codes: &mut [f32]) {
        for code in codes {
            *code = self.light(*code);
        }
    }

    fn light(&self, code: f32) -> f32 {
        if let Some(curve) = self.curve
            && !(0.0..=1.0).contains(&code)
        {
            return curve.exact(code.into()) as f32;
        }
        let code = code.clamp(0.0, 1.0);
        let place = code * STEPS as f32;
        let step = place as usize;
        let (below, above) = (self.light[step], self.light[step + 1]);
        below + (above - below) * (place - step as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURVES: [Curve; 10] = [
        Curve::Srgb,
        Curve::Gamma(2.4),
        Curve::Gamma(1.8),
        Curve::Cineon,
        Curve::Bt709,
        Curve::St240,
        Curve::Dcdm,
        Curve::Log(2.0),
        Curve::Hlg,
        Curve::Pq,
    ];

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
        // ITU-R BT.709-6: 18 % grey is code 0.4088; SMPTE ST 2084: 100 cd/m² is code 0.508078
        near(Curve::Bt709, 0.408_848, 0.18);
        near(Curve::Pq, 0.508_078, 100.0 / 203.0);
        // ITU-R BT.2408: 75 % of HLG is 203 cd/m² on its nominal display
        let white = hlg_display([Curve::Hlg.exact(0.75); 3]);
        assert!(white.iter().all(|part| (part - 1.0).abs() < 2e-3), "{white:?}");
        near(Curve::Dcdm, (48.0_f64 / 52.37).powf(1.0 / 2.6), 1.0);
        near(Curve::Log(2.0), 0.5, 0.1);
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
