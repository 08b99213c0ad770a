//! CIELAB under D65, and the distance dE2000 in it.
//!
//! CIE 15:2004 section 8.2.1; G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 color-difference
//! formula", Color Research and Application 30 (2005), whose numbers its equations have here.

use crate::space::Gamut;

/// A colour in CIELAB: L* of 0..=100, a* and b*.
pub type Lab = [f64; 3];

/// Linear Rec.709 to CIE XYZ (ITU-R BT.709-6 item 1, white D65), row by row.
const TO_XYZ: [[f64; 3]; 3] = [
    [0.412_390_8, 0.357_584_3, 0.180_480_8],
    [0.212_639_0, 0.715_168_7, 0.072_192_3],
    [0.019_330_8, 0.119_194_8, 0.950_532_2],
];
/// Linear P3 with a D65 white to CIE XYZ (SMPTE EG 432-1, section 7), row by row.
const P3_TO_XYZ: [[f64; 3]; 3] = [
    [0.486_570_9, 0.265_667_7, 0.198_217_3],
    [0.228_974_6, 0.691_738_5, 0.079_286_9],
    [0.0, 0.045_113_4, 1.043_944_4],
];
/// Linear Rec.2020 to CIE XYZ (ITU-R BT.2020-2 table 3, white D65), row by row.
const REC2020_TO_XYZ: [[f64; 3]; 3] = [
    [0.636_958_0, 0.144_616_9, 0.168_881_0],
    [0.262_700_2, 0.677_998_1, 0.059_301_7],
    [0.0, 0.028_072_7, 1.060_985_1],
];
/// The XYZ of white.
const WHITE: [f64; 3] = [0.950_455_9, 1.0, 1.089_057_8];

/// The colour of linear Rec.709 light, 0..=1, which is clipped to that.
#[must_use]
pub fn lab(light: [f32; 3]) -> Lab {
    lab_in(Gamut::Rec709, light)
}

/// The colour of linear light of a gamut, 0..=1, which is clipped to that. What is brighter than the
/// gamut's diffuse white has an L* above 100.
#[must_use]
pub fn lab_in(gamut: Gamut, light: [f32; 3]) -> Lab {
    let to_xyz = match gamut {
        Gamut::Rec709 => TO_XYZ,
        Gamut::P3 => P3_TO_XYZ,
        Gamut::Rec2100Pq | Gamut::Rec2100Hlg => REC2020_TO_XYZ,
    };
    let rgb = light.map(|light| f64::from(light).clamp(0.0, 1.0) / gamut.white());
    let f = |axis: usize| {
        let row = to_xyz[axis];
        root((row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]) / WHITE[axis])
    };
    let [x, y, z] = [f(0), f(1), f(2)];
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The cube root, with a straight line near black.
fn root(t: f64) -> f64 {
    const KNEE: f64 = 6.0 / 29.0;
    if t > KNEE * KNEE * KNEE { t.cbrt() } else { t / (3.0 * KNEE * KNEE) + 4.0 / 29.0 }
}

/// The distance of two colours; 1 is about what an eye sees.
#[must_use]
pub fn delta_e_2000(one: Lab, other: Lab) -> f64 {
    let chroma = |[_, a, b]: Lab| a.hypot(b);
    // equations 2 to 7
    let boost = 1.5 - 0.5 * saturation((chroma(one) + chroma(other)) / 2.0);
    let polar = |[l, a, b]: Lab| {
        let a = a * boost;
        (l, a.hypot(b), b.atan2(a).to_degrees().rem_euclid(360.0))
    };
    let ((l1, c1, h1), (l2, c2, h2)) = (polar(one), polar(other));
    let grey = c1 * c2 == 0.0;
    // equations 8 to 14
    let turn = if grey { 0.0 } else { (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0 };
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = (f64::midpoint(l1, l2), f64::midpoint(c1, c2));
    let h = if grey { h1 + h2 } else { (h1 + turn / 2.0).rem_euclid(360.0) };
    weigh([l2 - l1, c2 - c1, dh], [l, c, h])
}

/// Equations 15 to 22: differences of lightness, chroma and hue, and the means of the two.
fn weigh([dl, dc, dh]: [f64; 3], [l, c, h]: [f64; 3]) -> f64 {
    let cosine = |factor: f64, shift: f64| (factor * h + shift).to_radians().cos();
    let t = 1.0 - 0.17 * cosine(1.0, -30.0) + 0.24 * cosine(2.0, 0.0) + 0.32 * cosine(3.0, 6.0)
        - 0.2 * cosine(4.0, -63.0);
    let middle = (l - 50.0).powi(2);
    let lightness = dl / (1.0 + 0.015 * middle / (20.0 + middle).sqrt());
    let chroma = dc / (1.0 + 0.045 * c);
    let hue = dh / (1.0 + 0.015 * c * t);
    let rotation = (60.0 * (-((h - 275.0) / 25.0).powi(2)).exp()).to_radians().sin();
    let cross = -2.0 * saturation(c) * rotation * chroma * hue;
    (lightness * lightness + chroma * chroma + hue * hue + cross).max(0.0).sqrt()
}

fn saturation(chroma: f64) -> f64 {
    let seventh = chroma.powi(7);
    (seventh / (seventh + 25f64.powi(7))).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of table 1 of the paper: pairs that go around each corner of the formula.
    const PAIRS: [(Lab, Lab, f64); 12] = [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 3.1571, -77.2803], [50.0, 0.0, -82.7485], 2.8615),
        ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0009], 7.1792),
        ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0011], 7.2195),
        ([50.0, -0.001, 2.49], [50.0, 0.0011, -2.49], 4.7461),
        ([50.0, 2.5, 0.0], [50.0, 0.0, -2.5], 4.3065),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373),
        ([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082),
    ];

    #[test]
    fn the_papers_pairs_come_out() {
        for (one, other, distance) in PAIRS {
            for found in [delta_e_2000(one, other), delta_e_2000(other, one)] {
                assert!((found - distance).abs() < 1e-4, "{one:?} {other:?}: {found}");
            }
        }
    }

    #[test]
    fn white_is_100_and_greys_have_no_colour() {
        for light in [0.0, 0.001, 0.18, 1.0] {
            let [_, a, b] = lab([light; 3]);
            assert!(a.abs() < 1e-4 && b.abs() < 1e-4, "{a} {b}");
        }
        assert!((lab([2.0; 3])[0] - 100.0).abs() < 1e-4);
        for light in [0.001, 0.18, 1.0] {
            let (one, other) = (lab([light; 3]), lab_in(Gamut::P3, [light; 3]));
            assert!(one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-4));
        }
        // of BT.709's red, and the same colour on P3's primaries
        let wide = lab_in(Gamut::P3, [0.822_462, 0.033_194, 0.017_083]);
        let near = [53.24, 80.09, 67.2];
        assert!(wide.iter().zip(near).all(|(one, other)| (one - other).abs() < 0.02), "{wide:?}");
        for gamut in [Gamut::Rec2100Pq, Gamut::Rec2100Hlg] {
            let wide = [0.627_404, 0.069_097, 0.016_391].map(|part| part * gamut.white() as f32);
            let wide = lab_in(gamut, wide);
            assert!(wide.iter().zip(near).all(|(one, two)| (one - two).abs() < 0.02), "{wide:?}");
        }
        let red = lab([1.0, 0.0, 0.0]);
        let near = [53.24, 80.09, 67.2];
        assert!(red.iter().zip(near).all(|(one, other)| (one - other).abs() < 0.02), "{red:?}");
    }
}
