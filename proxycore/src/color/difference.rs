//! How different two colours look: CIE dE2000.
//!
//! ISO/CIE 11664-6; written after Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula:
//! implementation notes" (2005), whose test data the tests hold to.

use super::matrix;
use super::primaries::REC709;

/// CIE 1976 L*, a*, b* under D65.
pub(super) type Lab = [f64; 3];

/// The Lab of linear light with Rec.709 primaries.
pub(super) fn lab(light: [f64; 3]) -> Lab {
    let Some(to_xyz) = REC709.to_xyz() else { return [0.0; 3] };
    let white = matrix::apply(&to_xyz, [1.0; 3]);
    let xyz = matrix::apply(&to_xyz, light);
    let [x, y, z] = std::array::from_fn(|at| cube_root(xyz[at] / white[at]));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIE 15, section 8.2.1: a cube root with a straight toe.
fn cube_root(share: f64) -> f64 {
    const EDGE: f64 = 6.0 / 29.0;
    if share > EDGE.powi(3) { share.cbrt() } else { share / (3.0 * EDGE * EDGE) + 4.0 / 29.0 }
}

/// dE2000 of two colours, with all weights 1.
pub(super) fn de2000(one: Lab, other: Lab) -> f64 {
    let [l1, a1, b1] = one;
    let [l2, a2, b2] = other;
    let seventh = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + 25f64.powi(7))).sqrt();
    let stretch = 1.5 - 0.5 * seventh(f64::midpoint(a1.hypot(b1), a2.hypot(b2)));
    let (a1, a2) = (stretch * a1, stretch * a2);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let grey = c1 * c2 == 0.0;
    let hue = |a: f64, b: f64| if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees() };
    let (h1, h2) = (hue(a1, b1).rem_euclid(360.0), hue(a2, b2).rem_euclid(360.0));
    // the shorter way round
    let turn = if grey { 0.0 } else { (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0 };
    let mean_h = if grey { h1 + h2 } else { h1 + turn / 2.0 };
    let (mean_l, mean_c) = (f64::midpoint(l1, l2), f64::midpoint(c1, c2));
    let cosine = |times: f64, less: f64| (times * mean_h - less).to_radians().cos();
    let t = 1.0 - 0.17 * cosine(1.0, 30.0) + 0.24 * cosine(2.0, 0.0) + 0.32 * cosine(3.0, -6.0)
        - 0.20 * cosine(4.0, 63.0);
    let around = (mean_h.rem_euclid(360.0) - 275.0) / 25.0;
    let rotation = -(60.0 * (-around * around).exp()).to_radians().sin() * 2.0 * seventh(mean_c);
    let light = (mean_l - 50.0).powi(2);
    let dl = (l2 - l1) / (1.0 + 0.015 * light / (20.0 + light).sqrt());
    let dc = (c2 - c1) / (1.0 + 0.045 * mean_c);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin() / (1.0 + 0.015 * mean_c * t);
    (dl * dl + dc * dc + dh * dh + rotation * dc * dh).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs of the paper's table 1: hues across 0 and 180 degrees, greys, and large differences.
    #[test]
    fn the_papers_pairs_are_as_far_apart_as_it_says() {
        let cases = [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0000),
            ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
            ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0009], 7.1792),
            ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0011], 7.2195),
            ([50.0, -0.0010, 2.4900], [50.0, 0.0009, -2.4900], 4.8045),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            ([50.0, 2.5, 0.0], [56.0, -27.0, -3.0], 31.9030),
            ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
            ([22.7233, 20.0904, -46.6940], [23.0331, 14.9730, -42.5619], 2.0373),
            ([90.8027, -2.0831, 1.4410], [91.1528, -1.6435, 0.0447], 1.4441),
            ([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514], 0.9082),
        ];
        for (one, other, want) in cases {
            assert!((de2000(one, other) - want).abs() < 1e-4, "{one:?} {other:?}");
            assert!((de2000(other, one) - want).abs() < 1e-4, "{other:?} {one:?}");
        }
    }

    #[test]
    fn white_and_grey_have_no_chroma() {
        let [l, a, b] = lab([1.0; 3]);
        assert!((l - 100.0).abs() < 1e-9 && a.abs() < 1e-9 && b.abs() < 1e-9);
        assert!((lab([0.184_187; 3])[0] - 50.0).abs() < 1e-3);
    }
}
