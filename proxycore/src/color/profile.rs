//! ICC profiles, as far as they name a space: matrix profiles whose primaries and curve are known.
//!
//! ICC.1:2022. A profile that is not one of a known space (a scanner's, a printer's, one of tables)
//! is not followed.

use super::curve::Curve;
use super::matrix::{self, Matrix};
use super::primaries::{self, KNOWN};
use crate::space::ColorSpace;

/// The white of the profile connection space, section 7.2.16.
const D50: [f64; 3] = [0.9642, 1.0, 0.8249];

/// How far a colorant may lie from that of known primaries: profiles round, and adapt by rounded
/// matrices.
const COLORANT_TOLERANCE: f64 = 0.003;

/// How far a curve may lie from a known one, in light.
const CURVE_TOLERANCE: f64 = 0.004;

/// The curves that profiles of displays have, by the first word of the space's ID.
const CURVES: &[(&str, Curve)] = &[
    ("srgb", Curve::Srgb),
    ("g22", Curve::Gamma(2.2)),
    ("g18", Curve::Gamma(1.8)),
    ("g24", Curve::Gamma(2.4)),
    ("lin", Curve::Linear),
];

/// The space that an ICC profile describes, if it is a known one.
pub(super) fn space(profile: &[u8]) -> Option<ColorSpace> {
    if profile.get(16..20)? != b"RGB " {
        return None;
    }
    let name = primaries(profile)?;
    let curve = curve(profile)?;
    Some(ColorSpace::new(format!("{curve}_{name}_display")))
}

/// What an ICC profile calls itself, in its first language (ICC.1:2022, section 9.2.41), if it does.
#[must_use]
pub fn icc_description(profile: &[u8]) -> Option<String> {
    let tag = tag(profile, b"desc")?;
    let text = match tag.get(..4)? {
        b"desc" => {
            let length = number(tag, 8)? as usize;
            String::from_utf8_lossy(tag.get(12..12usize.checked_add(length)?)?).into_owned()
        }
        b"mluc" => {
            let (length, at) = (number(tag, 20)? as usize, number(tag, 24)? as usize);
            let text = tag.get(at..at.checked_add(length)?)?;
            let units = text.as_chunks().0.iter().map(|&unit| u16::from_be_bytes(unit));
            String::from_utf16_lossy(&units.collect::<Vec<_>>())
        }
        _ => return None,
    };
    let text = text.trim_end_matches('\0');
    (!text.is_empty()).then(|| text.to_owned())
}

fn primaries(profile: &[u8]) -> Option<&'static str> {
    let colorants = matrix::transpose(&[
        colorant(profile, b"rXYZ")?,
        colorant(profile, b"gXYZ")?,
        colorant(profile, b"bXYZ")?,
    ]);
    let near = |known: &Matrix| {
        let pairs = known.as_flattened().iter().zip(colorants.as_flattened());
        pairs.into_iter().all(|(known, mine)| (known - mine).abs() < COLORANT_TOLERANCE)
    };
    let adapted = |known: &primaries::Chromaticities| known.to_xyz_under(D50);
    KNOWN.iter().find(|(_, known)| adapted(known).is_some_and(|one| near(&one))).map(|one| one.0)
}

fn colorant(profile: &[u8], name: &[u8; 4]) -> Option<[f64; 3]> {
    let values = tag(profile, name)?;
    Some([fixed(values, 8)?, fixed(values, 12)?, fixed(values, 16)?])
}

fn curve(profile: &[u8]) -> Option<&'static str> {
    let curves = [tag(profile, b"rTRC")?, tag(profile, b"gTRC")?, tag(profile, b"bTRC")?];
    let near = |known: Curve| {
        curves.iter().all(|curve| {
            (1..16).all(|step| {
                let code = f64::from(step) / 16.0;
                let found = light(curve, code);
                found.is_some_and(|light| (light - known.exact(code)).abs() < CURVE_TOLERANCE)
            })
        })
    };
    CURVES.iter().find(|(_, known)| near(*known)).map(|(name, _)| *name)
}

/// The light of a code by a curve, sections 10.6 and 10.18.
fn light(curve: &[u8], code: f64) -> Option<f64> {
    match curve.get(..4)? {
        b"curv" => sampled(curve, code),
        b"para" => parametric(curve, code),
        _ => None,
    }
}

fn sampled(curve: &[u8], code: f64) -> Option<f64> {
    let count = number(curve, 8)? as usize;
    let entry = |at: usize| -> Option<f64> {
        let start = 12usize.checked_add(at.checked_mul(2)?)?;
        let bytes = curve.get(start..start.checked_add(2)?)?;
        Some(f64::from(u16::from_be_bytes(bytes.try_into().ok()?)))
    };
    match count {
        0 => Some(code),
        1 => Some(code.powf(entry(0)? / 256.0)),
        _ => {
            let place = code * (count - 1) as f64;
            let (below, above) = (entry(place as usize)?, entry(place.ceil() as usize)?);
            Some((below + (above - below) * place.fract()) / 65535.0)
        }
    }
}

fn parametric(curve: &[u8], code: f64) -> Option<f64> {
    let kind = u16::from_be_bytes(curve.get(8..10)?.try_into().ok()?);
    let p = |at: usize| fixed(curve, 12 + 4 * at);
    let gamma = p(0)?;
    Some(match kind {
        0 => code.powf(gamma),
        1 | 2 => {
            let (a, b) = (p(1)?, p(2)?);
            let c = if kind == 2 { p(3)? } else { 0.0 };
            if code >= -b / a { (a * code + b).powf(gamma) + c } else { c }
        }
        3 | 4 => {
            let (a, b, c, d) = (p(1)?, p(2)?, p(3)?, p(4)?);
            let (e, f) = if kind == 4 { (p(5)?, p(6)?) } else { (0.0, 0.0) };
            if code >= d { (a * code + b).powf(gamma) + e } else { c * code + f }
        }
        _ => return None,
    })
}

/// The bytes of a tag, section 7.3.
fn tag<'a>(profile: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let entries = profile.get(132..)?.chunks_exact(12).take(number(profile, 128)? as usize);
    let entry = entries.into_iter().find(|entry| entry.starts_with(name))?;
    let (at, length) = (number(entry, 4)? as usize, number(entry, 8)? as usize);
    profile.get(at..at.checked_add(length)?)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// An s15Fixed16Number, section 4.6.
fn fixed(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from(number(bytes, at)? as i32) / 65536.0)
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
        assert_eq!(space(&profile("rec709", &gamma(3.0))), None);
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
