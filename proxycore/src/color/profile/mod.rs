//! ICC profiles of sources (ICC.1:2022): which space one describes, and how its codes become light.
//!
//! A profile of known primaries and a known curve is the space of that name. Any other one of a
//! matrix and three curves, and one of grey, is followed by its own numbers. Profiles of tables (of
//! scanners and presses, CMYK among them) are followed through `moxcms`, behind the feature `icc`.
//!
//! As littleCMS has it by default: the intent is the perceptual one, the white of a profile's media
//! becomes the display's, and the light of its darkest colour becomes black.
#![cfg_attr(
    not(feature = "icc"),
    allow(unused_imports, unused_variables, reason = "tables take a crate")
)]

mod planes;
#[cfg(feature = "icc")]
mod tables;
mod tags;

use std::fmt;
use std::sync::Arc;

pub(super) use self::planes::Interleave;
#[cfg(feature = "icc")]
use self::tables::Tables;
use self::tags::{Tags, ToneCurve};
use super::curve::{Curve, Table};
use super::detect::code_points;
use super::encoding::{self, Encoding};
use super::matrix::{self, Matrix};
use super::primaries::{self, Chromaticities, KNOWN};
use crate::identity;
use crate::image::{Band, NativeBand};
use crate::space::ColorSpace;

/// The white of the profile connection space, section 7.2.16.
const D50: [f64; 3] = [0.9642, 1.0, 0.8249];

/// How far a colorant may lie from that of known primaries: profiles round, and adapt by rounded
/// matrices.
const COLORANT_TOLERANCE: f64 = 0.0015;

/// How far a curve may lie from a known one, in codes of 8 bits.
const CURVE_TOLERANCE: f64 = 0.3;

/// The curves that profiles of displays have.
const CURVES: &[Curve] = &[
    Curve::Srgb,
    Curve::Gamma(2.2),
    Curve::Gamma(1.8),
    Curve::Gamma(2.4),
    Curve::Gamma(2.6),
    Curve::Linear,
];

/// Letters of a profile's description in the name of its space.
const NAMED: usize = 40;

/// An ICC profile that can be followed.
#[derive(Clone)]
pub(super) struct Profile {
    space: ColorSpace,
    /// How its codes become light, where no known space says it.
    own: Option<Arc<Light>>,
}

/// From a profile's codes to linear light.
#[derive(Debug)]
pub(super) struct Light {
    codes: Codes,
    /// From that light to CIE XYZ with a D65 white.
    to_xyz: Matrix,
}

/// What a profile's codes are.
#[derive(Debug)]
enum Codes {
    /// R, G, B, each by a curve.
    Curves(Box<[Table; 3]>),
    /// Grey, by a curve.
    Grey(Table),
    /// R, G, B or inks, by tables.
    #[cfg(feature = "icc")]
    Tables(Tables),
}

impl Profile {
    /// Reads a profile of a picture of so many channels; `None` for one that cannot be followed.
    pub(super) fn read(bytes: &[u8], channels: usize) -> Option<Self> {
        let tags = Tags(bytes);
        let points = tags.code_points().and_then(code_points::space);
        match &tags.signature(16)? {
            b"RGB " => {
                points.map(Self::known).or_else(|| Self::tables(tags)).or_else(|| matrix(tags))
            }
            b"GRAY" if channels == 1 => grey(tags),
            b"CMYK" if channels == 4 => Self::tables(tags),
            _ => None,
        }
    }

    /// Its space: a known one, or one of its own.
    pub(super) fn space(&self) -> ColorSpace {
        self.space.clone()
    }

    /// How its codes become light, where no known space says it.
    pub(super) fn own(&self) -> Option<Arc<Light>> {
        self.own.clone()
    }

    fn known(space: ColorSpace) -> Self {
        Self { space, own: None }
    }

    fn new(tags: Tags<'_>, codes: Codes, to_xyz: Matrix) -> Self {
        let description = tags.description().unwrap_or_default();
        let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let named: String = description.chars().take(NAMED).map(letter).collect();
        let hash = identity::sha256(tags.0);
        let space = ColorSpace::new(format!("icc:{}:{}", named.trim_matches('-'), &hash[..8]));
        Self { space, own: Some(Arc::new(Light { codes, to_xyz })) }
    }

    #[cfg(feature = "icc")]
    fn tables(tags: Tags<'_>) -> Option<Self> {
        let tables = Tables::read(tags)?;
        let to_xyz = Tables::light().to_xyz_under(primaries::D65_XYZ)?;
        Some(Self::new(tags, Codes::Tables(tables), to_xyz))
    }

    #[cfg(not(feature = "icc"))]
    fn tables(_: Tags<'_>) -> Option<Self> {
        None
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Profile").field(&self.space).finish()
    }
}

/// Its name says all of it: the hash of its bytes is in it.
impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.space == other.space
    }
}

impl Light {
    /// Makes linear light of codes, in place.
    pub(super) fn apply(&self, mut row: [&mut [f32]; 3]) {
        match &self.codes {
            Codes::Curves(tables) => {
                tables.iter().zip(&mut row).for_each(|(table, plane)| table.apply(plane));
            }
            Codes::Grey(table) => row.iter_mut().for_each(|plane| table.apply(plane)),
            #[cfg(feature = "icc")]
            Codes::Tables(tables) => tables.apply(row),
        }
    }

    /// Makes linear light of inks; `None` where its codes are none.
    pub(super) fn of_inks(&self, inks: &NativeBand) -> Option<Band> {
        match &self.codes {
            #[cfg(feature = "icc")]
            Codes::Tables(tables) => tables.of_inks(inks),
            _ => None,
        }
    }

    /// Whether it is made of inks, and [`apply`](Self::apply) does nothing.
    pub(super) fn is_of_inks(&self) -> bool {
        match &self.codes {
            #[cfg(feature = "icc")]
            Codes::Tables(tables) => tables.is_of_inks(),
            _ => false,
        }
    }

    /// The matrix to CIE XYZ with a D65 white.
    pub(super) fn to_xyz(&self) -> &Matrix {
        &self.to_xyz
    }
}

/// What an ICC profile calls itself, in its first language (ICC.1:2022, section 9.2.41), if it does.
#[must_use]
pub fn icc_description(profile: &[u8]) -> Option<String> {
    Tags(profile).description()
}

/// A profile of a matrix and three curves, section 8.3.2.
fn matrix(tags: Tags<'_>) -> Option<Profile> {
    let names: [&[u8; 4]; 3] = [b"rXYZ", b"gXYZ", b"bXYZ"];
    let columns = [tags.xyz(names[0])?, tags.xyz(names[1])?, tags.xyz(names[2])?];
    let colorants = matrix::transpose(&columns);
    let curve = |name| ToneCurve::read(tags.find(name)?);
    let curves = [curve(b"rTRC")?, curve(b"gTRC")?, curve(b"bTRC")?];
    let darkest = matrix::apply(&colorants, [0, 1, 2].map(|at| curves[at].light(0.0)))[1];
    let curves = curves.map(|curve| curve.with_black(black(darkest)));
    if let (Some(primaries), Some(curve)) = (known_primaries(&colorants), known_curve(&curves)) {
        return Some(Profile::known(Encoding::new(curve, primaries).space("display")));
    }
    matrix::invert(&colorants)?;
    let tables = curves.map(|curve| Table::of(|code| curve.light(code)));
    let to_xyz = matrix::multiply(&primaries::adapt(D50, primaries::D65_XYZ)?, &colorants);
    Some(Profile::new(tags, Codes::Curves(Box::new(tables)), to_xyz))
}

/// A profile of grey, section 8.3.4: its curve leads to Y, or to L* of CIELAB.
fn grey(tags: Tags<'_>) -> Option<Profile> {
    let curve = ToneCurve::read(tags.find(b"kTRC")?)?;
    let is_lab = match &tags.signature(20)? {
        b"XYZ " => false,
        b"Lab " => true,
        _ => return None,
    };
    let curve = if is_lab { curve } else { curve.clone().with_black(black(curve.light(0.0))) };
    if let Some(known) = known_curve(std::slice::from_ref(&curve)).filter(|_| !is_lab) {
        return Some(Profile::known(Encoding::new(known, primaries::REC709).space("display")));
    }
    let light = |code| if is_lab { lightness(curve.light(code)) } else { curve.light(code) };
    let to_xyz = primaries::REC709.to_xyz()?;
    Some(Profile::new(tags, Codes::Grey(Table::of(light)), to_xyz))
}

/// The light that becomes black: that of the darkest colour, but none that is brighter than half as
/// light as white.
fn black(darkest: f64) -> f64 {
    darkest.clamp(0.0, lightness(0.5))
}

/// The light of L* as a part of 100 (CIE 15, 8.2.1).
fn lightness(part: f64) -> f64 {
    let step = (100.0 * part + 16.0) / 116.0;
    if step > 6.0 / 29.0 { step.powi(3) } else { (step - 4.0 / 29.0) * 108.0 / 841.0 }
}

fn known_primaries(colorants: &Matrix) -> Option<Chromaticities> {
    let near = |known: &Matrix| {
        let pairs = known.as_flattened().iter().zip(colorants.as_flattened());
        pairs.into_iter().all(|(known, mine)| (known - mine).abs() < COLORANT_TOLERANCE)
    };
    let adapted = |known: &Chromaticities| known.to_xyz_under(D50);
    let known = KNOWN.iter().map(|(_, known)| *known);
    known.into_iter().find(|known| adapted(known).is_some_and(|one| near(&one)))
}

/// The curve that all of these are as good as.
fn known_curve(curves: &[ToneCurve]) -> Option<Curve> {
    let near = |known: Curve| {
        let apart = |code: f64, curve: &ToneCurve| {
            (shown(curve.light(code)) - shown(known.exact(code))).abs()
        };
        (0..=255).all(|code| {
            let code = f64::from(code) / 255.0;
            curves.iter().all(|curve| 255.0 * apart(code, curve) < CURVE_TOLERANCE)
        })
    };
    let gamma = curves.first()?.gamma().and_then(encoding::gamma_curve);
    CURVES.iter().copied().chain(gamma).find(|known| near(*known))
}

/// The code of a display that shows light.
fn shown(light: f64) -> f64 {
    if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn be(value: f64) -> [u8; 4] {
        ((value * 65536.0).round() as i32).to_be_bytes()
    }

    /// A profile of three colorants and one curve.
    fn profile(name: &str, curve: &[u8]) -> Vec<u8> {
        let known = KNOWN.iter().find(|(known, _)| *known == name).unwrap().1;
        let columns = matrix::transpose(&known.to_xyz_under(D50).unwrap());
        let colorant =
            |column: [f64; 3]| [&b"XYZ \0\0\0\0"[..], column.map(be).as_flattened()].concat();
        let text = [&b"desc\0\0\0\0\0\0\0\x04"[..], b"one\0"].concat();
        let mut tags: Vec<(&[u8; 4], Vec<u8>)> = vec![(b"desc", text)];
        tags.extend([b"rXYZ", b"gXYZ", b"bXYZ"].into_iter().zip(columns.map(colorant)));
        tags.extend([b"rTRC", b"gTRC", b"bTRC"].map(|name| (name, curve.to_vec())));
        let mut bytes = vec![0; 128];
        bytes[16..20].copy_from_slice(b"RGB ");
        bytes.extend((tags.len() as u32).to_be_bytes());
        let mut at = bytes.len() + 12 * tags.len();
        for (name, data) in &tags {
            bytes.extend(*name);
            bytes.extend([at as u32, data.len() as u32].map(u32::to_be_bytes).as_flattened());
            at += data.len();
        }
        bytes.extend(tags.into_iter().flat_map(|(_, data)| data));
        bytes
    }

    /// A profile of the sRGB curve on known primaries.
    pub(in crate::color) fn srgb_on(primaries: &str) -> Vec<u8> {
        profile(primaries, &srgb())
    }

    fn gamma(value: f64) -> Vec<u8> {
        [&b"curv\0\0\0\0\0\0\0\x01"[..], &((value * 256.0) as u16).to_be_bytes()].concat()
    }

    fn srgb() -> Vec<u8> {
        let numbers = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045];
        [&b"para\0\0\0\0\0\x03\0\0"[..], numbers.map(be).as_flattened()].concat()
    }

    #[test]
    fn profiles_of_known_spaces_are_known() {
        let cases = [
            ("rec709", srgb(), "srgb_rec709_display"),
            ("p3d65", srgb(), "srgb_p3d65_display"),
            ("adobergb", gamma(2.199_218_75), "g22_adobergb_display"),
            ("rec2020", gamma(2.4), "g24_rec2020_display"),
            ("rec709", b"curv\0\0\0\0\0\0\0\0".to_vec(), "lin_rec709_display"),
        ];
        for (name, curve, want) in cases {
            let found = space(&profile(name, &curve));
            assert_eq!(found, Some(ColorSpace::new(want)));
        }
    }

    fn space(bytes: &[u8]) -> Option<ColorSpace> {
        Profile::read(bytes, 3).map(|profile| profile.space())
    }

    #[test]
    fn other_profiles_are_followed_by_their_own_numbers() {
        let curve = [0, 9000, 65535u16].map(u16::to_be_bytes);
        let curve = [&b"curv\0\0\0\0\0\0\0\x03"[..], curve.as_flattened()].concat();
        let bytes = profile("rec709", &curve);
        let found = Profile::read(&bytes, 3).unwrap();
        assert!(found.space().id().starts_with("icc:one:"), "{}", found.space());
        let light = found.own().unwrap();
        let [mut red, mut green, mut blue] = [[0.5], [0.25], [1.0]];
        light.apply([&mut red, &mut green, &mut blue]);
        let near = |found: f32, want: f64| assert!((f64::from(found) - want).abs() < 1e-4);
        near(red[0], 9000.0 / 65535.0);
        near(green[0], 4500.0 / 65535.0);
        near(blue[0], 1.0);
        // its colorants come back to D65
        let rec709 = primaries::REC709.to_xyz().unwrap();
        for (mine, want) in light.to_xyz().as_flattened().iter().zip(rec709.as_flattened()) {
            assert!((mine - want).abs() < 1e-3, "{mine} is not {want}");
        }
        assert_eq!(Profile::read(&bytes, 3), Some(found));
    }

    #[test]
    fn grey_is_followed_in_both_connection_spaces() {
        let grey = |connection: &[u8; 4]| {
            let curve = gamma(1.0);
            let mut bytes = vec![0; 128];
            bytes[16..24].copy_from_slice(&[&b"GRAY"[..], connection].concat());
            bytes.extend([0, 0, 0, 1]);
            bytes.extend(
                [&b"kTRC"[..], &144u32.to_be_bytes(), &(curve.len() as u32).to_be_bytes()].concat(),
            );
            bytes.extend(curve);
            bytes
        };
        assert_eq!(Profile::read(&grey(b"XYZ "), 1).unwrap().space().id(), "lin_rec709_display");
        assert_eq!(Profile::read(&grey(b"XYZ "), 3), None);
        let lab = Profile::read(&grey(b"Lab "), 1).unwrap().own().unwrap();
        let [mut red, mut green, mut blue] = [[0.5]; 3];
        lab.apply([&mut red, &mut green, &mut blue]);
        // L* of 50
        assert!((red[0] - 0.184_187).abs() < 1e-5 && red == green && green == blue, "{red:?}");
    }

    #[test]
    fn a_gamma_of_any_size_has_a_name() {
        let found = space(&profile("rec709", &gamma(3.0))).unwrap();
        assert_eq!(found.id(), "g30_rec709_display");
    }

    #[test]
    fn both_kinds_of_description_are_read() {
        let tagged = |text: &[u8]| {
            let place = [144, text.len() as u32].map(u32::to_be_bytes);
            [&[0; 128][..], &[0, 0, 0, 1], b"desc", place.as_flattened(), text].concat()
        };
        let ascii = tagged(b"desc\0\0\0\0\0\0\0\x05sRGB\0");
        assert_eq!(icc_description(&ascii).unwrap(), "sRGB");
        let wide = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS\0\0\0\x04\0\0\0\x1c\0P\x003";
        assert_eq!(icc_description(&tagged(wide)).unwrap(), "P3");
        for length in 0..ascii.len() {
            assert_eq!(icc_description(&ascii[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn a_cut_profile_is_no_space() {
        let whole = profile("rec709", &srgb());
        for length in 0..whole.len() {
            assert_eq!(space(&whole[..length]), None, "{length} bytes");
        }
    }
}
