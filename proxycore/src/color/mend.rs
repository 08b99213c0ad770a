//! Samples that are no numbers: NaN becomes 0, infinities become the largest finite half.

use crate::image::Tally;
use crate::simd::vectorized;

/// The largest finite half, IEEE 754 binary16.
const LARGEST: f32 = 65504.0;

/// Bits that are all set in NaN and infinities, and only there.
const EXPONENT: u32 = 0x7f80_0000;

/// Samples looked at together: the common case, all finite, runs without a branch.
const CHUNK: usize = 1024;

/// Replaces what is not finite, and counts it.
pub(super) fn mend(samples: &mut [f32], tally: &Tally) {
    for chunk in samples.chunks_mut(CHUNK) {
        if has_odd(chunk) {
            mend_each(chunk, tally);
        }
    }
}

vectorized! {
    fn has_odd(samples: &[f32]) -> bool {
        let mut odd = 0;
        for sample in samples {
            odd |= u32::from(sample.to_bits() & EXPONENT == EXPONENT);
        }
        odd != 0
    }
}

fn mend_each(samples: &mut [f32], tally: &Tally) {
    let (mut nan, mut infinite) = (0, 0);
    for sample in samples {
        if sample.is_nan() {
            *sample = 0.0;
            nan += 1;
        } else if sample.is_infinite() {
            *sample = LARGEST.copysign(*sample);
            infinite += 1;
        }
    }
    tally.add(nan, infinite);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mends_and_counts() {
        let tally = Tally::default();
        let mut samples = vec![0.25; 1000];
        samples[3] = f32::NAN;
        samples[300] = f32::INFINITY;
        samples[999] = f32::NEG_INFINITY;
        samples[500] = f32::MAX;
        mend(&mut samples, &tally);
        assert_eq!((tally.nan(), tally.infinite()), (1, 2));
        assert_eq!((samples[3], samples[300], samples[999]), (0.0, LARGEST, -LARGEST));
        assert_eq!((samples[0], samples[500]), (0.25, f32::MAX));
    }
}
