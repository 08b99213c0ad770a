//! The display's transfer function: display-linear light to a signal, both 0..=1.
//!
//! The exact curves are powers, which cost some 20 ns a sample. The fast ones evaluate a
//! polynomial in a root of the light (square roots are cheap and exact, and straighten the curve),
//! or one over another, in a loop without branches that the compiler turns into vector code on any
//! machine. They differ from the exact ones by less than 0.003 of an 8-bit code, those of high dynamic
//! range by less than 0.01 of a 10-bit one.
//!
//! Pixels only ever go this way: decoding them belongs to the stage that reads codes. The one value
//! that goes back is a code that a picture is to have.

mod hlg;
mod pq;

use crate::error::{Error, Result};
use crate::simd::vectorized;
use crate::space::{ColorSpace, Gamut};

/// A transfer function from display-linear light to a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Curve {
    /// The sRGB curve, IEC 61966-2-1; Display P3 has it too.
    Srgb,
    /// The inverse of ITU-R BT.1886 with its black at 0: a pure power of 1/2.4.
    Gamma24,
    /// The perceptual quantiser, SMPTE ST 2084: light 1 is 10 000 cd/m².
    Pq,
    /// Hybrid log-gamma, ITU-R BT.2100: light 1 is the 1000 cd/m² of its nominal display, whose OOTF
    /// is undone.
    Hlg,
}

impl Curve {
    /// The curve of a display's colour space.
    ///
    /// # Errors
    /// [`ErrorKind::Color`](crate::ErrorKind::Color) for a space without one here.
    pub fn of(space: &ColorSpace) -> Result<Self> {
        match space {
            space if *space == ColorSpace::SRGB_REC709_DISPLAY => Ok(Self::Srgb),
            space if *space == ColorSpace::SRGB_P3D65_DISPLAY => Ok(Self::Srgb),
            space if *space == ColorSpace::G24_REC709_DISPLAY => Ok(Self::Gamma24),
            space if *space == ColorSpace::PQ_REC2020_DISPLAY => Ok(Self::Pq),
            space if *space == ColorSpace::HLG_REC2020_DISPLAY => Ok(Self::Hlg),
            other => Err(Error::new(crate::ErrorKind::Color {
                what: format!("no display curve for `{other}`"),
            })),
        }
    }

    /// The signal for a grey of `light`, as the standards define it.
    ///
    /// Light outside 0..=1 is clipped; NaN is black.
    #[must_use]
    pub fn exact(self, light: f64) -> f64 {
        let light = if light > 0.0 { light.min(1.0) } else { 0.0 };
        match self {
            Self::Srgb if light <= 0.003_130_8 => 12.92 * light,
            Self::Srgb => 1.055 * light.powf(1.0 / 2.4) - 0.055,
            Self::Gamma24 => light.powf(1.0 / 2.4),
            Self::Pq => pq::exact(light),
            Self::Hlg => hlg::exact_rgb([light; 3])[0],
        }
    }

    /// The signals for a pixel of `light`, as the standards define them. Those of HLG depend on all of
    /// it, those of other curves each on its own.
    ///
    /// Clips as [`exact`](Self::exact) does.
    #[must_use]
    pub fn exact_rgb(self, light: [f64; 3]) -> [f64; 3] {
        match self {
            Self::Hlg => {
                hlg::exact_rgb(light.map(|light| if light > 0.0 { light.min(1.0) } else { 0.0 }))
            }
            each => light.map(|light| each.exact(light)),
        }
    }

    /// The light that is shown for a grey's `signal`, 0..=1: the standards' own decoding.
    #[must_use]
    pub fn light(self, signal: f64) -> f64 {
        let signal = signal.clamp(0.0, 1.0);
        match self {
            Self::Srgb if signal <= 0.040_45 => signal / 12.92,
            Self::Srgb => ((signal + 0.055) / 1.055).powf(2.4),
            Self::Gamma24 => signal.powf(2.4),
            Self::Pq => pq::light(signal),
            Self::Hlg => hlg::light(signal),
        }
    }

    /// The signal that looks as `part` of white's code does on a video display: what slates and letters
    /// are drawn in. White is diffuse white.
    pub(crate) fn drawn(self, part: f64) -> f64 {
        match self.white() {
            Some(white) => self.exact(white * Self::Gamma24.light(part)),
            None => part,
        }
    }

    /// The way back from [`drawn`](Self::drawn); what is brighter than diffuse white is more than 1.
    pub(crate) fn part(self, signal: f64) -> f64 {
        match self.white() {
            Some(white) => (self.light(signal) / white).powf(1.0 / 2.4),
            None => signal,
        }
    }

    /// Where diffuse white lies, if it is not the peak.
    fn white(self) -> Option<f64> {
        match self {
            Self::Srgb | Self::Gamma24 => None,
            Self::Pq => Some(Gamut::Rec2100Pq.white()),
            Self::Hlg => Some(Gamut::Rec2100Hlg.white()),
        }
    }

    /// Writes the signals for a row of `light` into `signals`: all its R, then all its G, then all
    /// its B.
    ///
    /// Clips as [`exact`](Self::exact) does.
    pub fn apply(self, light: &[f32], signals: &mut [f32]) {
        match self {
            Self::Srgb => srgb_signals(light, signals),
            Self::Gamma24 => gamma24_signals(light, signals),
            Self::Pq => pq::signals(light, signals),
            Self::Hlg => hlg::signals(light, signals),
        }
    }
}

vectorized! {
    fn srgb_signals(light: &[f32], signals: &mut [f32]) {
        for (signal, light) in signals.iter_mut().zip(light) {
            *signal = srgb(clip(*light));
        }
    }

    fn gamma24_signals(light: &[f32], signals: &mut [f32]) {
        for (signal, light) in signals.iter_mut().zip(light) {
            *signal = gamma24(clip(*light));
        }
    }
}

/// Clips to 0..=1, NaN to 0; these comparisons are one vector instruction each, `clamp` is not.
#[inline(always)]
fn clip(light: f32) -> f32 {
    let light = if light > 0.0 { light } else { 0.0 };
    if light < 1.0 { light } else { 1.0 }
}

/// 1.055 x^(5/12) - 0.055 is smooth in the fourth root above the linear toe: minimax on
/// 0.0031308..=1, error 0.0017 of a code.
#[inline(always)]
fn srgb(light: f32) -> f32 {
    const POLYNOMIAL: [f32; 6] =
        [-0.061_340_22, 0.162_026_28, 1.255_404_4, -0.577_482_7, 0.289_532_97, -0.068_147_3];
    let power = polynomial(POLYNOMIAL, light.sqrt().sqrt());
    if light <= 0.003_130_8 { 12.92 * light } else { power }
}

/// x^(5/12) is u^(10/3) in the eighth root u, with three derivatives at 0: minimax on 0..=1 among
/// polynomials that start with u^2, error 0.0018 of a code.
#[inline(always)]
fn gamma24(light: f32) -> f32 {
    const POLYNOMIAL: [f32; 6] =
        [-0.009_596_362, 0.463_586_97, 0.986_492_2, -0.764_415_6, 0.430_334_28, -0.106_408_4];
    let fourth = light.sqrt().sqrt();
    fourth * polynomial(POLYNOMIAL, fourth.sqrt())
}

/// Horner's rule; not `mul_add`, which is a library call where the machine's baseline has no FMA.
#[inline(always)]
fn polynomial<const N: usize>(coefficients: [f32; N], x: f32) -> f32 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a rounding to 8 bits cannot see: one code in fifty goes the other way only where the
    /// exact value lies this close to the middle of two.
    const TOLERANCE: f64 = 0.004;

    const CURVES: [Curve; 4] = [Curve::Srgb, Curve::Gamma24, Curve::Pq, Curve::Hlg];

    fn error_in_codes(curve: Curve, light: f32) -> f64 {
        let mut signal = [f32::NAN; 3];
        curve.apply(&[light; 3], &mut signal);
        (f64::from(signal[0]) - curve.exact(f64::from(light))).abs() * 255.0
    }

    #[test]
    fn fast_equals_exact_over_every_float_scale() {
        for curve in CURVES {
            // every 4999th float from 0 over the subnormals to 1
            for bits in (0..=1f32.to_bits()).step_by(4999) {
                let light = f32::from_bits(bits);
                let error = error_in_codes(curve, light);
                assert!(error < TOLERANCE, "{curve:?} at {light:e}: {error} codes");
            }
        }
    }

    #[test]
    fn what_is_no_light_is_clipped() {
        let odd = [f32::NAN, -0.0, -1.0, f32::NEG_INFINITY, f32::MIN_POSITIVE / 2.0];
        for curve in CURVES {
            for light in odd.into_iter().chain([1.0, 1.0001, 65504.0, f32::INFINITY]) {
                assert!(error_in_codes(curve, light) < TOLERANCE, "{curve:?} at {light}");
            }
            assert_eq!(curve.exact(f64::NAN).to_bits(), curve.exact(0.0).to_bits());
            assert_eq!(curve.exact(2.0), curve.exact(1.0));
        }
    }

    #[test]
    fn exact_hits_the_standards() {
        // IEC 61966-2-1: 18% grey is code 118, the toe meets the power at 0.04045
        assert!((Curve::Srgb.exact(0.18) * 255.0 - 117.65).abs() < 0.01);
        assert!((Curve::Srgb.exact(0.003_130_8) - 0.04045).abs() < 1e-5);
        // ITU-R BT.1886: L = V^2.4
        assert!((Curve::Gamma24.exact(0.5f64.powf(2.4)) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn high_dynamic_range_hits_the_standards() {
        // ITU-R BT.2408-7 table 1 and BT.2100-2 table 4: cd/m² and the signal of PQ
        for (nits, signal) in [
            (10_000.0, 1.0),
            (4000.0, 0.902_57),
            (1000.0, 0.751_83),
            (203.0, 0.580_69),
            (100.0, 0.508_08),
            (0.0, 0.0),
        ] {
            assert!((Curve::Pq.exact(nits / 1e4) - signal).abs() < 1e-5, "{nits}");
            assert!((Curve::Pq.light(signal) * 1e4 - nits).abs() < 1e-3 * nits + 1e-6, "{nits}");
        }
        // the OETF at its knee, reference white and the peak (BT.2100-2 table 5, BT.2408-7 table 1)
        for (scene, signal) in [(1.0_f64 / 12.0, 0.5), (0.265, 0.75), (1.0, 1.0)] {
            let shown = scene.powf(1.2);
            assert!((Curve::Hlg.exact(shown) - signal).abs() < 2e-4, "{scene}");
            assert!((Curve::Hlg.light(signal) - shown).abs() < 1e-3, "{scene}");
        }
        assert!((Curve::Hlg.exact(0.203) - 0.75).abs() < 1e-3);
    }

    #[test]
    fn signals_of_hlg_depend_on_the_whole_pixel() {
        let mut random = 1u32;
        let mut next = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) as f32 / (1 << 24) as f32
        };
        for _ in 0..20_000 {
            // from 1000 cd/m² down to a thousandth of one
            let scale = 10f32.powf(-6.0 * next());
            let light = [next(), next(), next()].map(|part| part * scale);
            let mut signals = [f32::NAN; 3];
            Curve::Hlg.apply(&light, &mut signals);
            let exact = Curve::Hlg.exact_rgb(light.map(f64::from));
            for (signal, exact) in signals.iter().zip(exact) {
                assert!((f64::from(*signal) - exact).abs() * 876.0 < 0.01, "{light:?}");
            }
        }
    }

    #[test]
    fn what_is_drawn_looks_the_same_on_every_display() {
        for part in [0.0, 0.2, 0.5, 0.92, 1.0] {
            assert_eq!(Curve::Srgb.drawn(part).to_bits(), part.to_bits());
            for curve in [Curve::Pq, Curve::Hlg] {
                assert!((curve.part(curve.drawn(part)) - part).abs() < 1e-3, "{curve:?} {part}");
            }
        }
        assert!((Curve::Pq.drawn(1.0) - 0.580_69).abs() < 1e-5);
        assert!((Curve::Hlg.drawn(1.0) - 0.75).abs() < 1e-3);
    }

    #[test]
    fn only_displays_have_a_curve() {
        assert_eq!(Curve::of(&ColorSpace::SRGB_REC709_DISPLAY).unwrap(), Curve::Srgb);
        assert_eq!(Curve::of(&ColorSpace::new("g24_rec709_display")).unwrap(), Curve::Gamma24);
        assert_eq!(Curve::of(&ColorSpace::SRGB_P3D65_DISPLAY).unwrap(), Curve::Srgb);
        assert_eq!(Curve::of(&ColorSpace::new("pq_rec2020_display")).unwrap(), Curve::Pq);
        assert_eq!(Curve::of(&ColorSpace::HLG_REC2020_DISPLAY).unwrap(), Curve::Hlg);
        assert!(Curve::of(&ColorSpace::LIN_REC709_DISPLAY).is_err());
    }
}
