//! What follows from primaries, and what is usual where a file says nothing.

use super::{Detected, Rule, Signs, floats, is_integer};
use crate::color::primaries::Chromaticities;
use crate::image::ImageSpec;
use crate::space::{Certainty, ColorSpace};

/// Whatever the file says of its colours, these are none.
pub(super) fn no_color(spec: &ImageSpec) -> Option<Detected> {
    let found = || Detected::new(ColorSpace::DATA, Rule::NoColor, Certainty::Derived);
    spec.is_data.then(found)
}

pub(super) fn chromaticities(spec: &ImageSpec) -> Option<Detected> {
    if is_integer(spec) {
        return None;
    }
    let space = stated(spec)?.space()?;
    Some(Detected::new(space, Rule::Chromaticities, Certainty::Derived))
}

/// Integers are sRGB; floats are what a config says of files that say nothing, else linear Rec.709.
pub(super) fn guess(signs: Signs<'_>) -> Detected {
    let (space, rule) = if is_integer(signs.spec) {
        (ColorSpace::SRGB_REC709_DISPLAY, Rule::IntegerDefault)
    } else {
        let usual = || (ColorSpace::LIN_REC709_SCENE, Rule::FloatDefault);
        signs.config.untagged().unwrap_or_else(usual)
    };
    Detected::new(space, rule, Certainty::Guessed)
}

pub(super) fn stated(spec: &ImageSpec) -> Option<Chromaticities> {
    Chromaticities::from_slice(floats(spec, "chromaticities")?)
}
