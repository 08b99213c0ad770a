//! The inverse cosine transform, to the bit as the reference library computes it.
//!
//! It is the algorithm of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) in fixed point: 13 bits
//! of fraction, and 2 bits more than whole numbers between the passes. Where and how it rounds is
//! part of what a JPEG looks like to everybody, so it is the same here: another transform of equal
//! accuracy differs by one code in a few percent of all samples.

use std::num::Wrapping;

/// Samples of a block's side.
pub(super) const SIDE: usize = 8;

const FRACTION: usize = 13;
const BETWEEN: usize = 2;

/// A number of the transform; numbers of damaged files may wrap.
type Number = Wrapping<i32>;

const fn fixed(number: f64) -> Number {
    Wrapping((number * (1 << FRACTION) as f64 + 0.5) as i32)
}

/// Transforms a block of coefficients, row by row, into 8 rows of samples that lie `stride` apart.
pub(super) fn transform(
    coefficients: &[i16],
    quantizers: &[u16; 64],
    out: &mut [u8],
    stride: usize,
) {
    let mut work = [Wrapping(0_i32); 64];
    let numbers = coefficients.iter().zip(quantizers);
    for (work, (&coefficient, &quantizer)) in work.iter_mut().zip(numbers) {
        *work = Wrapping(i32::from(coefficient)) * Wrapping(i32::from(quantizer));
    }
    for x in 0..SIDE {
        let column = std::array::from_fn(|y| work[y * SIDE + x]);
        for (y, number) in line(column).into_iter().enumerate() {
            work[y * SIDE + x] = rounded(number, FRACTION - BETWEEN);
        }
    }
    for (row, out) in work.chunks_exact(SIDE).zip(out.chunks_mut(stride)) {
        let numbers = line(std::array::from_fn(|x| row[x]));
        for (out, number) in out.iter_mut().zip(numbers) {
            let sample = rounded(number, FRACTION + BETWEEN + 3) + Wrapping(128);
            *out = sample.0.clamp(0, 255) as u8;
        }
    }
}

#[inline]
fn rounded(number: Number, bits: usize) -> Number {
    (number + Wrapping(1 << (bits - 1))) >> bits
}

/// Transforms one row or column; the result has 13 bits of fraction.
#[inline]
fn line(c: [Number; SIDE]) -> [Number; SIDE] {
    let turn = (c[2] + c[6]) * const { fixed(0.541_196_100) };
    let low = turn - c[6] * const { fixed(1.847_759_065) };
    let high = turn + c[2] * const { fixed(0.765_366_865) };
    let (sum, difference) = ((c[0] + c[4]) << FRACTION, (c[0] - c[4]) << FRACTION);
    let even = [sum + high, difference + low, difference - low, sum - high];
    let odd = odd_part(c[1], c[3], c[5], c[7]);
    std::array::from_fn(|at| if at < 4 { even[at] + odd[at] } else { even[7 - at] - odd[7 - at] })
}

#[inline]
fn odd_part(c1: Number, c3: Number, c5: Number, c7: Number) -> [Number; 4] {
    let both = (c7 + c3 + c5 + c1) * const { fixed(1.175_875_602) };
    let ends = (c7 + c1) * const { fixed(0.899_976_223) };
    let middles = (c5 + c3) * const { fixed(2.562_915_447) };
    let left = both - (c7 + c3) * const { fixed(1.961_570_560) };
    let right = both - (c5 + c1) * const { fixed(0.390_180_644) };
    [
        c1 * const { fixed(1.501_321_110) } - ends + right,
        c3 * const { fixed(3.072_711_026) } - middles + left,
        c5 * const { fixed(2.053_119_869) } - middles + right,
        c7 * const { fixed(0.298_631_336) } - ends + left,
    ]
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    /// The transform as T.81 A.3.3 defines it.
    fn exact(coefficients: &[i16; 64]) -> [f64; 64] {
        let scale = |at: usize| if at == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let wave = |x: usize, u: usize| ((2 * x + 1) as f64 * u as f64 * PI / 16.0).cos();
        std::array::from_fn(|at| {
            let (x, y) = (at % 8, at / 8);
            let terms = coefficients.iter().enumerate().map(|(place, &coefficient)| {
                let (u, v) = (place % 8, place / 8);
                scale(u) * scale(v) * f64::from(coefficient) * wave(x, u) * wave(y, v)
            });
            terms.sum::<f64>() / 4.0 + 128.0
        })
    }

    #[test]
    fn it_is_within_a_code_of_the_definition() {
        let mut state = 1_u32;
        for _ in 0..200 {
            let coefficients: [i16; 64] = std::array::from_fn(|at| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((state >> 16) as i16 % (400 / (at as i16 + 1)).max(2)) / 2
            });
            let mut out = [0; 64];
            transform(&coefficients, &[1; 64], &mut out, 8);
            for (sample, exact) in out.iter().zip(exact(&coefficients)) {
                assert!((f64::from(*sample) - exact.clamp(0.0, 255.0)).abs() <= 0.6);
            }
        }
    }

    #[test]
    fn numbers_of_damaged_files_wrap() {
        transform(&[i16::MIN; 64], &[u16::MAX; 64], &mut [0; 64], 8);
    }
}
