//! Frame rates, which film headers hold as floats.

use crate::image::Rational;

/// The fraction that a rate is meant to be: whole, whole times 1000/1001, or in thousandths.
pub(in crate::decode) fn rational(rate: f32) -> Option<Rational> {
    // writers round to hundredths, and no two of the rates in use are as near
    const NEAR: f32 = 0.005;
    if !(0.001..=1000.0).contains(&rate) {
        return None;
    }
    let whole = rate.round();
    let dropped = (rate * 1.001).round();
    let fraction = if (rate - whole).abs() < NEAR {
        Rational { num: whole as u32, den: 1 }
    } else if (rate - dropped / 1.001).abs() < NEAR {
        Rational { num: dropped as u32 * 1000, den: 1001 }
    } else {
        Rational { num: (rate * 1000.0).round() as u32, den: 1000 }
    };
    (fraction.num > 0).then_some(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_in_use_are_exact() {
        let cases = [
            (24.0, 24, 1),
            (23.976, 24_000, 1001),
            (23.98, 24_000, 1001),
            (29.97003, 30_000, 1001),
            (59.94, 60_000, 1001),
            (12.5, 12_500, 1000),
        ];
        for (rate, num, den) in cases {
            assert_eq!(rational(rate), Some(Rational { num, den }), "{rate}");
        }
        for rate in [0.0, -24.0, 1e9, 4e6, f32::INFINITY, f32::NAN] {
            assert_eq!(rational(rate), None, "{rate}");
        }
    }
}
