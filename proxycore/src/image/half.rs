//! Halves to floats, many at a time.

use half::f16;

use crate::simd::{self, vectorized};

/// Widens halves to floats of the same value; what is no number stays none. There are as many of both.
pub(super) fn widen_halves(out: &mut [f32], halves: &[f16]) {
    if !simd::widen_halves(out, halves) {
        plain(out, halves);
    }
}

vectorized! {
    fn plain(out: &mut [f32], halves: &[f16]) {
        for (out, half) in out.iter_mut().zip(halves) {
            *out = widened(half.to_bits());
        }
    }
}

/// One half (IEEE 754 binary16) as a float, by sums and choices alone, of which vectors are made.
#[inline(always)]
fn widened(half: u16) -> f32 {
    /// What the exponents' zeros differ by, 127 - 15, where a float has its exponent.
    const BIAS: u32 = 112 << 23;
    /// The largest exponent of a half there: infinities and what is no number.
    const LARGEST: u32 = 0x1f << 23;
    /// The smallest normal half.
    const SMALLEST: u32 = BIAS + (1 << 23);
    let bits = u32::from(half & 0x7fff) << 13;
    let exponent = bits & LARGEST;
    // the fraction of a subnormal half is its distance from zero, in steps of the smallest normal's
    let subnormal = (f32::from_bits(bits + SMALLEST) - f32::from_bits(SMALLEST)).to_bits();
    let normal = if exponent == LARGEST { bits + 2 * BIAS } else { bits + BIAS };
    let magnitude = if exponent == 0 { subnormal } else { normal };
    f32::from_bits(magnitude | u32::from(half & 0x8000) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_keeps_its_value() {
        let halves: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
        for widen in [widen_halves, plain] {
            for count in [halves.len(), 1021] {
                let mut floats = vec![0.0; count];
                widen(&mut floats, &halves[..count]);
                for (half, float) in halves.iter().zip(&floats) {
                    let want = half.to_f32();
                    let same = want.to_bits() == float.to_bits() || want.is_nan() && float.is_nan();
                    assert!(same, "{half:?}: {float}");
                }
            }
        }
    }
}
