//! Primaries and whites, and the matrices they define (SMPTE RP 177).

use std::fmt;

use serde::Serialize;

use super::matrix::{self, Matrix};
use crate::space::{ColorSpace, Gamut};

/// CIE 1931 x, y of red, green, blue and white.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Chromaticities {
    /// The red primary.
    pub red: [f64; 2],
    /// The green primary.
    pub green: [f64; 2],
    /// The blue primary.
    pub blue: [f64; 2],
    /// The white point.
    pub white: [f64; 2],
}

/// CIE standard illuminant D65, as the display standards round it.
const D65: [f64; 2] = [0.3127, 0.3290];

/// The white of ACES, near D60 (SMPTE ST 2065-1).
const ACES_WHITE: [f64; 2] = [0.32168, 0.33767];

/// The same as X, Y, Z.
pub(super) const D65_XYZ: [f64; 3] = [D65[0] / D65[1], 1.0, (1.0 - D65[0] - D65[1]) / D65[1]];

/// CIE standard illuminants C and D50, and the white of digital cinema (SMPTE RP 431-2).
const C: [f64; 2] = [0.310, 0.316];
const D50: [f64; 2] = [0.3457, 0.3585];
const DCI_WHITE: [f64; 2] = [0.314, 0.351];

/// How far a file's numbers may lie from a standard's.
const TOLERANCE: f64 = 0.001;

const fn primaries(
    red: [f64; 2],
    green: [f64; 2],
    blue: [f64; 2],
    white: [f64; 2],
) -> Chromaticities {
    Chromaticities { red, green, blue, white }
}

/// ITU-R BT.709.
pub(super) const REC709: Chromaticities = primaries([0.64, 0.33], [0.30, 0.60], [0.15, 0.06], D65);

/// SMPTE RP 431-2's primaries, Display P3's white.
pub(super) const P3D65: Chromaticities =
    primaries([0.680, 0.320], [0.265, 0.690], [0.150, 0.060], D65);

/// ITU-R BT.2020.
pub(super) const REC2020: Chromaticities =
    primaries([0.708, 0.292], [0.170, 0.797], [0.131, 0.046], D65);

/// SMPTE RP 431-2 with the white of digital cinema.
pub(super) const P3DCI: Chromaticities =
    primaries([0.680, 0.320], [0.265, 0.690], [0.150, 0.060], DCI_WHITE);

/// SMPTE RP 431-2's primaries with the white of ACES.
pub(super) const P3D60: Chromaticities =
    primaries([0.680, 0.320], [0.265, 0.690], [0.150, 0.060], ACES_WHITE);

/// Adobe RGB (1998).
pub(super) const ADOBE_RGB: Chromaticities =
    primaries([0.64, 0.33], [0.21, 0.71], [0.15, 0.06], D65);

/// ROMM RGB (ISO 22028-2), which is `ProPhoto` RGB's.
pub(super) const ROMM: Chromaticities =
    primaries([0.7347, 0.2653], [0.1596, 0.8404], [0.0366, 0.0001], D50);

/// Primaries by the name that Color Interop IDs have for them; of cameras, by the word that
/// OpenColorIO's studio config has in its IDs.
pub(super) const KNOWN: &[(&str, Chromaticities)] = &[
    ("rec709", REC709),
    // SMPTE ST 2065-1
    ("ap0", primaries([0.7347, 0.2653], [0.0, 1.0], [0.0001, -0.0770], ACES_WHITE)),
    // Academy S-2014-004
    ("ap1", primaries([0.713, 0.293], [0.165, 0.830], [0.128, 0.044], ACES_WHITE)),
    ("rec2020", REC2020),
    ("p3d65", P3D65),
    ("adobergb", ADOBE_RGB),
    ("p3dci", P3DCI),
    ("p3d60", P3D60),
    ("prophoto", ROMM),
    // SMPTE RP 145
    ("smptec", primaries([0.630, 0.340], [0.310, 0.595], [0.155, 0.070], D65)),
    // ITU-R BT.470-6, systems B and G
    ("ebu", primaries([0.64, 0.33], [0.29, 0.60], [0.15, 0.06], D65)),
    // EBU Tech 3213, as ITU-T H.273 has it
    ("p22", primaries([0.630, 0.340], [0.295, 0.605], [0.155, 0.077], D65)),
    // ITU-R BT.470-6, system M
    ("bt470m", primaries([0.67, 0.33], [0.21, 0.71], [0.14, 0.08], C)),
    // ITU-T H.273, colour filters with illuminant C
    ("film", primaries([0.681, 0.319], [0.243, 0.692], [0.145, 0.049], C)),
    ("awg3", primaries([0.6840, 0.3130], [0.2210, 0.8480], [0.0861, -0.1020], D65)),
    ("awg4", primaries([0.7347, 0.2653], [0.1424, 0.8576], [0.0991, -0.0308], D65)),
    ("rwg", primaries([0.780308, 0.304253], [0.121595, 1.493994], [0.095612, -0.084589], D65)),
    ("sgamut3", primaries([0.730, 0.280], [0.140, 0.855], [0.100, -0.050], D65)),
    ("sgamut3cine", primaries([0.766, 0.275], [0.225, 0.800], [0.089, -0.087], D65)),
    (
        "sgamut3venice",
        primaries([0.740464, 0.279364], [0.089241, 0.893810], [0.110488, -0.052579], D65),
    ),
    (
        "sgamut3cinevenice",
        primaries([0.775902, 0.274502], [0.188683, 0.828685], [0.101337, -0.089188], D65),
    ),
    ("dwg", primaries([0.8000, 0.3130], [0.1682, 0.9877], [0.0790, -0.1155], D65)),
    (
        "bmdwg5",
        primaries([0.7177215, 0.3171181], [0.228041, 0.861569], [0.1005841, -0.0820452], D65),
    ),
    ("cgamut", primaries([0.740, 0.270], [0.170, 1.140], [0.080, -0.100], D65)),
    ("vgamut", primaries([0.730, 0.280], [0.165, 0.840], [0.100, -0.030], D65)),
    ("dgamut", primaries([0.71, 0.31], [0.21, 0.88], [0.09, -0.08], D65)),
    ("egamut", primaries([0.8000, 0.3177], [0.1800, 0.9000], [0.0650, -0.0805], D65)),
];

/// How primaries without a name start in an ID.
const WORD: &str = "xy(";

/// CIE XYZ, as OpenEXR files tag it: the axes themselves, and equal energy as the white.
const XYZ: Chromaticities = primaries([1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0 / 3.0, 1.0 / 3.0]);

impl fmt::Display for Chromaticities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { red, green, blue, white } = self;
        write!(f, "red {} {}, green {} {}, ", red[0], red[1], green[0], green[1])?;
        write!(f, "blue {} {}, white {} {}", blue[0], blue[1], white[0], white[1])
    }
}

impl Chromaticities {
    /// Reads red, green, blue, white as eight numbers x, y, as an OpenEXR header lists them.
    #[must_use]
    pub fn from_slice(values: &[f64]) -> Option<Self> {
        match *values {
            [rx, ry, gx, gy, bx, by, wx, wy] if values.iter().all(|value| value.is_finite()) => {
                Some(primaries([rx, ry], [gx, gy], [bx, by], [wx, wy]))
            }
            _ => None,
        }
    }

    /// The linear space with these primaries and white, each within 0.001.
    #[must_use]
    pub fn known_space(&self) -> Option<ColorSpace> {
        if self.is_near(&XYZ) {
            return Some(ColorSpace::LIN_CIEXYZD65_SCENE);
        }
        Some(ColorSpace::new(format!("lin_{}_scene", self.known_name()?)))
    }

    /// The linear space with these primaries and white: of known ones where they are that near, else
    /// of these numbers. `None` where they are no set of primaries: a white outside of their triangle,
    /// say.
    #[must_use]
    pub fn space(&self) -> Option<ColorSpace> {
        let own = || self.is_sane().then(|| format!("lin_{}_scene", self.word()));
        self.known_space().or_else(|| own().map(ColorSpace::new))
    }

    /// Whether light can be made of them: the white lies inside of the triangle, is one that an eye
    /// could take for white, and no number is beyond those of cameras.
    pub(super) fn is_sane(&self) -> bool {
        let points = [self.red, self.green, self.blue];
        let near = points.as_flattened().iter().all(|value| (-1.0..=2.0).contains(value));
        let [x, y] = self.white;
        let white = (0.2..=0.5).contains(&x) && (0.2..=0.5).contains(&y);
        near && white && self.shares().is_some_and(|all| all.iter().all(|share| *share > 1e-3))
    }

    /// How much of the white each primary is, as X + Y + Z; the three are 1 together.
    fn shares(&self) -> Option<[f64; 3]> {
        let whole = |[x, y]: [f64; 2]| [x, y, 1.0 - x - y];
        let columns = [whole(self.red), whole(self.green), whole(self.blue)];
        let inverse = matrix::invert(&matrix::transpose(&columns))?;
        Some(matrix::apply(&inverse, whole(self.white)))
    }

    /// The word of an ID for primaries without a name.
    pub(super) fn word(&self) -> String {
        let points = [self.red, self.green, self.blue, self.white];
        let numbers: Vec<_> = points.as_flattened().iter().map(f64::to_string).collect();
        format!("{WORD}{})", numbers.join(","))
    }

    /// Reads the word of an ID for primaries without a name.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        let numbers = word.strip_prefix(WORD)?.strip_suffix(')')?;
        let numbers: Option<Vec<f64>> = numbers.split(',').map(|one| one.parse().ok()).collect();
        Self::from_slice(&numbers?).filter(Self::is_sane)
    }

    /// The name of these primaries and white, each within 0.001.
    pub(super) fn known_name(&self) -> Option<&'static str> {
        KNOWN.iter().find(|(_, known)| self.is_near(known)).map(|(name, _)| *name)
    }

    fn is_near(&self, other: &Self) -> bool {
        let points = |all: &Self| [all.red, all.green, all.blue, all.white];
        points(self)
            .as_flattened()
            .iter()
            .zip(points(other).as_flattened())
            .all(|(mine, theirs)| (mine - theirs).abs() <= TOLERANCE)
    }

    /// The matrix from linear R, G, B to CIE XYZ; `None` where the primaries span no triangle.
    pub(super) fn to_xyz(self) -> Option<Matrix> {
        let columns = [xyz(self.red)?, xyz(self.green)?, xyz(self.blue)?];
        let unscaled = matrix::transpose(&columns);
        let scale = matrix::apply(&matrix::invert(&unscaled)?, xyz(self.white)?);
        Some(matrix::multiply(&unscaled, &matrix::diagonal(scale)))
    }

    /// The matrix from linear R, G, B to CIE XYZ that is adapted to another white.
    pub(super) fn to_xyz_under(self, white: [f64; 3]) -> Option<Matrix> {
        let sum: f64 = white.iter().sum();
        let to = [white[0] / sum, white[1] / sum];
        Some(matrix::multiply(&bradford(self.white, to)?, &self.to_xyz()?))
    }

    /// The matrix from linear R, G, B to linear light of a display's gamut, white to diffuse white.
    pub(super) fn to(self, gamut: Gamut) -> Option<Matrix> {
        let adapted = matrix::multiply(&bradford(self.white, of(gamut).white)?, &self.to_xyz()?);
        Some(matrix::multiply(&xyz_to(gamut)?, &adapted))
    }
}

/// The primaries of a name.
pub(super) fn named(name: &str) -> Option<Chromaticities> {
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, known)| *known)
}

/// The primaries of a display's gamut.
pub(super) fn of(gamut: Gamut) -> Chromaticities {
    match gamut {
        Gamut::Rec709 => REC709,
        Gamut::P3 => P3D65,
        Gamut::Rec2100Pq | Gamut::Rec2100Hlg => REC2020,
    }
}

/// The matrix from CIE XYZ, D65 white, to linear light of a display's gamut; what has a Y of 1 is
/// diffuse white.
pub(super) fn xyz_to(gamut: Gamut) -> Option<Matrix> {
    let to_peak = matrix::invert(&of(gamut).to_xyz()?)?;
    Some(to_peak.map(|row| row.map(|value| gamut.white() * value)))
}

/// X, Y, Z of a chromaticity at Y = 1, or with Y as given where y is 0 (XYZ's own axes).
fn xyz([x, y]: [f64; 2]) -> Option<[f64; 3]> {
    let found = if y == 0.0 { [x, 0.0, 1.0 - x] } else { [x / y, 1.0, (1.0 - x - y) / y] };
    found.iter().all(|value| value.is_finite()).then_some(found)
}

/// The chromatic adaptation from one white to another, by Bradford's cone responses, as the ACES
/// and OpenColorIO transforms do it.
fn bradford(from: [f64; 2], to: [f64; 2]) -> Option<Matrix> {
    adapt(xyz(from)?, xyz(to)?)
}

/// The same, between whites as X, Y, Z.
pub(super) fn adapt(from: [f64; 3], to: [f64; 3]) -> Option<Matrix> {
    const CONES: Matrix =
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];
    let (from, to) = (matrix::apply(&CONES, from), matrix::apply(&CONES, to));
    let gain = matrix::diagonal([to[0] / from[0], to[1] / from[1], to[2] / from[2]]);
    Some(matrix::multiply(&matrix::invert(&CONES)?, &matrix::multiply(&gain, &CONES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: Matrix, want: Matrix, tolerance: f64) {
        for (got, want) in got.as_flattened().iter().zip(want.as_flattened()) {
            assert!((got - want).abs() <= tolerance, "{got} is not {want}");
        }
    }

    fn chromaticities(wanted: &str) -> Chromaticities {
        KNOWN.iter().find(|(name, _)| *name == wanted).unwrap().1
    }

    #[test]
    fn rec709_to_xyz_is_the_published_matrix() {
        // IEC 61966-2-1, more digits from Lindbloom's derivation of the same chromaticities
        let want = [
            [0.4123908, 0.3575843, 0.1804808],
            [0.2126390, 0.7151687, 0.0721923],
            [0.0193308, 0.1191948, 0.9505322],
        ];
        close(REC709.to_xyz().unwrap(), want, 1e-6);
    }

    #[test]
    fn acescg_to_rec709_is_the_matrix_of_opencolorio() {
        // lin_ap1_scene to lin_rec709_scene of OpenColorIO 2.5's built-in studio config
        let want = [
            [1.705051, -0.621792, -0.083259],
            [-0.130256, 1.140805, -0.010548],
            [-0.024003, -0.128969, 1.152972],
        ];
        close(chromaticities("ap1").to(Gamut::Rec709).unwrap(), want, 2e-5);
    }

    #[test]
    fn acescg_to_p3_is_the_matrix_of_opencolorio() {
        // lin_ap1_scene to lin_p3d65_scene of OpenColorIO 2.5's built-in studio config
        let want = [
            [1.379_214, -0.308_864, -0.070_350],
            [-0.069_335, 1.082_297, -0.012_962],
            [-0.002_159, -0.045_459, 1.047_618],
        ];
        close(chromaticities("ap1").to(Gamut::P3).unwrap(), want, 2e-5);
    }

    #[test]
    fn white_stays_white() {
        for (name, chromaticities) in KNOWN {
            let white = matrix::apply(&chromaticities.to(Gamut::Rec709).unwrap(), [1.0; 3]);
            assert!(white.iter().all(|value| (value - 1.0).abs() < 1e-9), "{name}: {white:?}");
        }
    }

    #[test]
    fn white_lies_below_the_peak_of_a_brighter_display() {
        for (gamut, peak) in [(Gamut::Rec2100Pq, 10_000.0), (Gamut::Rec2100Hlg, 1000.0)] {
            for (name, chromaticities) in KNOWN {
                let white = matrix::apply(&chromaticities.to(gamut).unwrap(), [1.0; 3]);
                let near = white.iter().all(|value| (value * peak - 203.0).abs() < 1e-6);
                assert!(near, "{name}: {white:?}");
            }
        }
    }

    #[test]
    fn rec709_to_rec2020_is_the_published_matrix() {
        // ITU-R BT.2087-0 section 2, M2
        let want = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]];
        let found = REC709.to(Gamut::Rec2100Hlg).unwrap();
        close(found.map(|row| row.map(|value| value / 0.203)), want, 1e-4);
    }

    #[test]
    fn spaces_are_known_by_their_primaries() {
        for (name, chromaticities) in KNOWN {
            assert_eq!(chromaticities.known_name(), Some(*name));
        }
        assert_eq!(chromaticities("ap1").known_space(), Some(ColorSpace::LIN_AP1_SCENE));
        assert_eq!(XYZ.known_space(), Some(ColorSpace::LIN_CIEXYZD65_SCENE));
        let odd = Chromaticities { white: [0.35, 0.35], ..REC709 };
        assert_eq!(odd.known_space(), None);
        assert_eq!(
            odd.space().unwrap().id(),
            "lin_xy(0.64,0.33,0.3,0.6,0.15,0.06,0.35,0.35)_scene"
        );
        assert_eq!(Chromaticities::from_word(&odd.word()), Some(odd));
        assert_eq!(chromaticities("awg3").space().unwrap().id(), "lin_awg3_scene");
    }

    #[test]
    fn what_are_no_primaries_is_no_space() {
        let flat = primaries([0.1, 0.1], [0.2, 0.2], [0.3, 0.3], D65);
        let swapped = Chromaticities { white: REC709.red, red: REC709.white, ..REC709 };
        let outside = Chromaticities { white: [0.49, 0.49], ..REC709 };
        let zeros = primaries([0.0; 2], [0.0; 2], [0.0; 2], [0.0; 2]);
        let huge = Chromaticities { green: [0.3, 1e9], ..REC709 };
        for odd in [flat, swapped, outside, zeros, huge] {
            assert_eq!(odd.space(), None, "{odd}");
            assert_eq!(Chromaticities::from_word(&odd.word()), None, "{odd}");
        }
        for (name, known) in KNOWN {
            assert!(known.is_sane(), "{name}");
        }
    }

    /// The matrices of OpenColorIO 2.5's studio config, from its linear camera spaces to linear
    /// Rec.709; it adapts whites by CAT02 on the way.
    #[test]
    fn cameras_are_those_of_opencolorio() {
        let cases = [
            ("awg3", [[1.617_596, -0.534_236, -0.083_360], [-0.071_010, 1.337_436, -0.266_425]]),
            ("rwg", [[1.981_976, -0.900_432, -0.081_544], [-0.178_143, 1.500_468, -0.322_325]]),
            ("dwg", [[1.898_731, -0.788_663, -0.110_068], [-0.169_464, 1.492_263, -0.322_799]]),
            ("bmdwg5", [[1.568_505, -0.519_556, -0.048_949], [-0.086_766, 1.347_785, -0.261_019]]),
            ("vgamut", [[1.806_576, -0.695_697, -0.110_879], [-0.170_090, 1.305_955, -0.135_865]]),
            ("sgamut3", [[1.877_816, -0.791_276, -0.086_540], [-0.177_480, 1.353_784, -0.176_304]]),
        ];
        for (name, [red, green]) in cases {
            let [mine_red, mine_green, _] = chromaticities(name).to(Gamut::Rec709).unwrap();
            for (mine, theirs) in mine_red.iter().chain(&mine_green).zip(red.iter().chain(&green)) {
                assert!((mine - theirs).abs() < 5e-3, "{name}: {mine} is not {theirs}");
            }
        }
    }

    #[test]
    fn primaries_on_a_line_have_no_matrix() {
        let flat = primaries([0.1, 0.1], [0.2, 0.2], [0.3, 0.3], D65);
        assert_eq!(flat.to(Gamut::Rec709), None);
    }
}
