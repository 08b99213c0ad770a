//! What a Color Interop ID says: `srgb_rec709_display` is the sRGB curve on Rec.709's primaries.
//!
//! IDs are read word by word, so that every curve goes with every set of primaries. Whether a space
//! is of the scene or of a display makes no difference to colorimetric transforms.

use super::curve::Curve;
use super::matrix::Matrix;
use super::primaries::{self, KNOWN};
use crate::space::{ColorSpace, Gamut};

/// The curves by the first word of an ID.
const CURVES: &[(&str, Curve)] = &[
    ("lin", Curve::Linear),
    ("srgb", Curve::Srgb),
    ("g18", Curve::Gamma(1.8)),
    ("g22", Curve::Gamma(2.2)),
    ("g24", Curve::Gamma(2.4)),
    ("g26", Curve::Gamma(2.6)),
    // not among the forum's names, which have no film
    ("cineon", Curve::Cineon),
];

/// CIE XYZ with a D65 white; it has axes instead of primaries.
const XYZ: &str = "ciexyzd65";

/// What is referred to, by the last word of an ID.
const STATES: &[&str] = &["scene", "display"];

/// How a space encodes colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Encoding {
    pub(super) curve: Curve,
    primaries: &'static str,
}

impl Encoding {
    /// Reads an ID; `None` for one that the built-in transforms do not know.
    pub(super) fn of(space: &ColorSpace) -> Option<Self> {
        let mut words = space.id().split('_');
        let (curve, primaries, state) = (words.next()?, words.next()?, words.next()?);
        let (_, curve) = CURVES.iter().find(|(name, _)| *name == curve)?;
        let names = KNOWN.iter().map(|(name, _)| *name).chain([XYZ]);
        let primaries = names.into_iter().find(|name| *name == primaries)?;
        let whole = words.next().is_none() && STATES.contains(&state);
        whole.then_some(Self { curve: *curve, primaries })
    }

    /// The scene-linear space with the same primaries.
    #[cfg(feature = "ocio")]
    pub(super) fn linear_space(self) -> ColorSpace {
        ColorSpace::new(format!("lin_{}_scene", self.primaries))
    }

    /// The matrix to linear light of a display's gamut; `None` where it would do nothing.
    pub(super) fn to(self, gamut: Gamut) -> Option<Matrix> {
        if self.primaries == XYZ {
            return primaries::xyz_to(gamut);
        }
        let (_, known) = KNOWN.iter().find(|(name, _)| *name == self.primaries)?;
        let is_own = *known == primaries::of(gamut) && !gamut.is_hdr();
        if is_own { None } else { known.to(gamut) }
    }
}

/// What the built-in transforms know, for an error that says what to choose from.
pub(super) fn names() -> String {
    let words = |all: Vec<&str>| all.join("|");
    let curves = words(CURVES.iter().map(|(name, _)| *name).collect());
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
        for (id, own) in [("lin_rec709_scene", Gamut::Rec709), ("srgb_p3d65_display", Gamut::P3)] {
            for gamut in [Gamut::Rec709, Gamut::P3] {
                assert_eq!(encoding(id).unwrap().to(gamut).is_none(), gamut == own, "{id}");
            }
        }
        assert!(encoding("lin_ciexyzd65_scene").unwrap().to(Gamut::Rec709).is_some());
        for unknown in ["", "lin", "lin_rec709", "lin_rec709_scene_2", "log_rec709_scene", "data"] {
            assert_eq!(encoding(unknown), None, "{unknown}");
        }
    }
}
