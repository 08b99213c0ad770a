//! What a space's name says: `srgb_rec709_display` is the sRGB curve on Rec.709's primaries.
//!
//! Names are Color Interop IDs, read word by word, so that every curve goes with every set of
//! primaries. Two kinds of words are this crate's own: a gamma of any size (`g196` is 1.96), and
//! primaries without a name (`xy(...)`, eight numbers). Whether a space is of the scene or of a
//! display makes no difference to colorimetric transforms.

use std::borrow::Cow;

use super::curve::Curve;
use super::matrix::Matrix;
use super::primaries::{self, Chromaticities, KNOWN};
use crate::space::{ColorSpace, Gamut};

/// The curves by the first word of an ID; gammas come beside.
const CURVES: &[(&str, Curve)] = &[
    ("lin", Curve::Linear),
    ("srgb", Curve::Srgb),
    // not among the forum's names, which have no film
    ("cineon", Curve::Cineon),
    ("itu709", Curve::Bt709),
    ("st240", Curve::St240),
    ("dcdm", Curve::Dcdm),
    ("log100", Curve::Log(2.0)),
    ("log316", Curve::Log(2.5)),
    ("pq", Curve::Pq),
];

/// Gammas that are sensible.
const GAMMAS: std::ops::RangeInclusive<f64> = 0.2..=6.0;

/// CIE XYZ with a D65 white; it has axes instead of primaries.
const XYZ: &str = "ciexyzd65";

/// What is referred to, by the last word of an ID.
const STATES: &[&str] = &["scene", "display"];

/// How a space encodes colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Encoding {
    pub(super) curve: Curve,
    primaries: Axes,
}

/// What R, G and B are.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Axes {
    Xyz,
    Of(Chromaticities),
}

impl Encoding {
    /// Light or codes of a curve on primaries.
    pub(super) fn new(curve: Curve, primaries: Chromaticities) -> Self {
        Self { curve, primaries: Axes::Of(primaries) }
    }

    /// The same, of primaries by the word that IDs have for them.
    pub(super) fn on(curve: Curve, word: &str) -> Option<Self> {
        Some(Self { curve, primaries: axes_of(word)? })
    }

    /// Reads an ID; `None` for one that the built-in transforms do not know.
    pub(super) fn of(space: &ColorSpace) -> Option<Self> {
        let mut words = space.id().split('_');
        let (curve, primaries, state) = (words.next()?, words.next()?, words.next()?);
        let whole = words.next().is_none() && STATES.contains(&state);
        let (curve, primaries) = (curve_of(curve)?, axes_of(primaries)?);
        whole.then_some(Self { curve, primaries })
    }

    /// The ID of it, with `scene` or `display` as its last word.
    pub(super) fn space(self, state: &str) -> ColorSpace {
        let (curve, primaries) = (word_of(self.curve), self.primaries.word());
        ColorSpace::new(format!("{curve}_{primaries}_{state}"))
    }

    /// The primaries; `None` of CIE XYZ.
    #[cfg(feature = "ocio")]
    pub(super) fn primaries(self) -> Option<Chromaticities> {
        match self.primaries {
            Axes::Xyz => None,
            Axes::Of(primaries) => Some(primaries),
        }
    }

    /// The scene-linear space with the same primaries.
    #[cfg(feature = "ocio")]
    pub(super) fn linear_space(self) -> ColorSpace {
        Self { curve: Curve::Linear, ..self }.space("scene")
    }

    /// The matrix to linear light of a display's gamut; `None` where it would do nothing.
    pub(super) fn to(self, gamut: Gamut) -> Option<Matrix> {
        match self.primaries {
            Axes::Xyz => primaries::xyz_to(gamut),
            Axes::Of(own) if own == primaries::of(gamut) && !gamut.is_hdr() => None,
            Axes::Of(own) => own.to(gamut),
        }
    }
}

impl Axes {
    fn word(self) -> Cow<'static, str> {
        match self {
            Self::Xyz => XYZ.into(),
            Self::Of(primaries) => match primaries.known_name() {
                Some(name) => name.into(),
                None => primaries.word().into(),
            },
        }
    }
}

fn axes_of(word: &str) -> Option<Axes> {
    let known = KNOWN.iter().find(|(name, _)| *name == word).map(|(_, known)| *known);
    match known.or_else(|| Chromaticities::from_word(word)) {
        None if word == XYZ => Some(Axes::Xyz),
        found => found.map(Axes::Of),
    }
}

/// The curve of a word; a gamma has its point behind the first digit.
fn curve_of(word: &str) -> Option<Curve> {
    if let Some((_, curve)) = CURVES.iter().find(|(name, _)| *name == word) {
        return Some(*curve);
    }
    let digits = word.strip_prefix('g').filter(|digits| digits.len() >= 2)?;
    let all = digits.len() <= MOST_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    let gamma: f64 = all.then(|| format!("{}.{}", &digits[..1], &digits[1..]))?.parse().ok()?;
    GAMMAS.contains(&gamma).then_some(Curve::Gamma(gamma))
}

/// Digits of a gamma: ICC and PNG say it by six at the most.
const MOST_DIGITS: usize = 8;

fn word_of(curve: Curve) -> String {
    let known =
        CURVES.iter().find(|(_, known)| *known == curve).map(|(name, _)| (*name).to_owned());
    known.unwrap_or_else(|| match curve {
        Curve::Gamma(gamma) => gamma_word(gamma),
        _ => unreachable!("every other curve has a word"),
    })
}

/// `g24` of 2.4; five digits behind the point are told, and one at the least.
fn gamma_word(gamma: f64) -> String {
    let text = format!("{gamma:.5}");
    let (whole, parts) = text.split_once('.').unwrap_or((&text, ""));
    let parts = parts.trim_end_matches('0');
    format!("g{whole}{}", if parts.is_empty() { "0" } else { parts })
}

/// The curve of a gamma, rounded as its name has it; `None` for one that is not sensible.
pub(super) fn gamma_curve(gamma: f64) -> Option<Curve> {
    if (gamma - 1.0).abs() < 1e-3 {
        return Some(Curve::Linear);
    }
    GAMMAS.contains(&gamma).then(|| curve_of(&gamma_word(gamma)))?
}

/// What the built-in transforms know, for an error that says what to choose from.
pub(super) fn names() -> String {
    let words = |all: Vec<&str>| all.join("|");
    let curves = words(CURVES.iter().map(|(name, _)| *name).chain(["g22"]).collect());
    let primaries = words(KNOWN.iter().map(|(name, _)| *name).chain([XYZ]).collect());
    format!("<{curves}>_<{primaries}>_<{}>", words(STATES.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(id: &str) -> Option<Encoding> {
        Encoding::of(&ColorSpace::new(id))
    }

    #[test]
    fn ids_are_read_word_by_word() {
        assert_eq!(encoding("srgb_p3d65_display").unwrap().curve, Curve::Srgb);
        assert_eq!(encoding("g22_adobergb_scene").unwrap().curve, Curve::Gamma(2.2));
        assert_eq!(encoding("g196_rec709_scene").unwrap().curve, Curve::Gamma(1.96));
        for (id, own) in [("lin_rec709_scene", Gamut::Rec709), ("srgb_p3d65_display", Gamut::P3)] {
            for gamut in [Gamut::Rec709, Gamut::P3] {
                assert_eq!(encoding(id).unwrap().to(gamut).is_none(), gamut == own, "{id}");
            }
        }
        assert!(encoding("lin_ciexyzd65_scene").unwrap().to(Gamut::Rec709).is_some());
        for unknown in [
            "",
            "lin",
            "lin_rec709",
            "lin_rec709_scene_2",
            "log_rec709_scene",
            "data",
            "g2_rec709_scene",
            "g01_rec709_scene",
            "g99_rec709_scene",
            "g2.2_rec709_scene",
            "lin_xy()_scene",
            "lin_xy(1,2)_scene",
        ] {
            assert_eq!(encoding(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        let odd = Chromaticities::from_slice(&[0.65, 0.32, 0.29, 0.61, 0.15, 0.06, 0.31, 0.33]);
        let odd = odd.unwrap();
        let awg = KNOWN.iter().find(|(name, _)| *name == "awg3").unwrap().1;
        for (curve, primaries, id) in [
            (Curve::Gamma(2.4), primaries::REC709, "g24_rec709_scene"),
            (Curve::Gamma(2.0), primaries::REC709, "g20_rec709_scene"),
            (Curve::Gamma(2.19922), awg, "g219922_awg3_scene"),
            (Curve::Linear, odd, "lin_xy(0.65,0.32,0.29,0.61,0.15,0.06,0.31,0.33)_scene"),
        ] {
            let one = Encoding::new(curve, primaries);
            assert_eq!(one.space("scene").id(), id);
            assert_eq!(encoding(id), Some(one));
        }
        assert_eq!(gamma_curve(2.199_218_75), Some(Curve::Gamma(2.19922)));
        assert_eq!(gamma_curve(1.0), Some(Curve::Linear));
        assert_eq!(gamma_curve(60.0), None);
    }
}
