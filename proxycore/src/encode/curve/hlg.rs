//! Hybrid log-gamma, ITU-R BT.2100-2 table 5: what its nominal display of 1000 cd/m² shows, as the
//! signal that makes it show that.
//!
//! A display bends the light of the scene by its luminance (the OOTF, a gamma of 1.2 at 1000 cd/m²),
//! so the way back needs all three channels of a pixel. Below 0.027 cd/m² it goes on as a straight line,
//! since the power's slope has no end at black; from just where OpenColorIO's does, so that its
//! display's codes come out again.

use super::{clip, polynomial};
use crate::encode::ycbcr::BT2020_LUMA;
use crate::simd::vectorized;

const A: f64 = 0.178_832_77;
const B: f64 = 1.0 - 4.0 * A;
const GAMMA: f64 = 1.2;
/// The luminance below which the OOTF is a straight line: OpenColorIO has 0.0001 there, of light whose
/// 1.0 is 3^1.2 times as far down.
const LEAST: f64 = 2.675_805_205_867_437e-5;

/// `c` of table 5.
fn c() -> f64 {
    0.5 - A * (4.0 * A).ln()
}

/// The signals for a pixel of light, 0..=1, where 1 is 1000 cd/m².
pub(super) fn exact_rgb(light: [f64; 3]) -> [f64; 3] {
    let luma = BT2020_LUMA.map(f64::from);
    let luminance: f64 = light.iter().zip(luma).map(|(light, weight)| weight * light).sum();
    let gain = luminance.max(LEAST).powf((1.0 - GAMMA) / GAMMA);
    light.map(|light| signal((gain * light).min(1.0)))
}

/// The OETF: the signal for light of the scene.
fn signal(scene: f64) -> f64 {
    if scene <= 1.0 / 12.0 { (3.0 * scene).sqrt() } else { A * (12.0 * scene - B).ln() + c() }
}

/// The light of a grey's signal.
pub(super) fn light(signal: f64) -> f64 {
    let scene =
        if signal <= 0.5 { signal * signal / 3.0 } else { (((signal - c()) / A).exp() + B) / 12.0 };
    // where the OOTF begins to be a power
    let least = LEAST.powf(1.0 / GAMMA);
    if scene < least { scene * LEAST / least } else { scene.powf(GAMMA) }
}

/// Writes the signals for a row of pixels: all R, then all G, then all B.
pub(super) fn signals(light: &[f32], out: &mut [f32]) {
    debug_assert!(light.len().is_multiple_of(3), "a row has three channels");
    let ([red, green, blue], [r, g, b]) = (thirds(light), thirds_mut(out));
    convert(red, green, blue, r, g, b);
}

fn thirds(row: &[f32]) -> [&[f32]; 3] {
    let (red, rest) = row.split_at(row.len() / 3);
    let (green, blue) = rest.split_at(red.len());
    [red, green, blue]
}

fn thirds_mut(row: &mut [f32]) -> [&mut [f32]; 3] {
    let (red, rest) = row.split_at_mut(row.len() / 3);
    let (green, blue) = rest.split_at_mut(red.len());
    [red, green, blue]
}

vectorized! {
    fn convert(
        red: &[f32],
        green: &[f32],
        blue: &[f32],
        r: &mut [f32],
        g: &mut [f32],
        b: &mut [f32],
    ) {
        let light = red.iter().zip(green).zip(blue);
        let signals = r.iter_mut().zip(g).zip(b);
        for (((red, green), blue), ((r, g), b)) in light.zip(signals) {
            let [red, green, blue] = [clip(*red), clip(*green), clip(*blue)];
            let [to_red, to_green, to_blue] = BT2020_LUMA;
            let gain = gain(to_red * red + to_green * green + to_blue * blue);
            *r = oetf(clip(gain * red));
            *g = oetf(clip(gain * green));
            *b = oetf(clip(gain * blue));
        }
    }
}

/// What a pixel of that luminance is multiplied by, y^(-1/6): two polynomials, one over the other, in
/// the fourth root, minimax from where that begins to 1, within a hundred-thousandth.
#[inline(always)]
fn gain(luminance: f32) -> f32 {
    const OVER: [f32; 4] = [43.398_273, 746.855_2, 1_328.040_5, 124.666_79];
    const UNDER: [f32; 4] = [1.0, 148.114_41, 1_158.135_1, 935.690_2];
    let luminance = if luminance > LEAST as f32 { luminance } else { LEAST as f32 };
    let root = luminance.sqrt().sqrt();
    polynomial(OVER, root) / polynomial(UNDER, root)
}

/// The lower part is a square root, and the upper one is smooth in it: minimax on 0.5..=1.7321, error
/// 0.001 of a code of 10 bits.
#[inline(always)]
fn oetf(scene: f32) -> f32 {
    const OVER: [f32; 4] = [0.794_623_7, 2.048_300_3, 1.514_299_9, 0.277_526_9];
    const UNDER: [f32; 4] = [1.0, 2.093_105_3, 1.170_854_8, 0.139_567_6];
    let root = (3.0 * scene).sqrt();
    let logarithm = polynomial(OVER, root - 1.0) / polynomial(UNDER, root - 1.0);
    if root <= 0.5 { root } else { logarithm }
}
