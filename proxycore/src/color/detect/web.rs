//! What PNG's chunks and Exif say, and embedded ICC profiles.

use super::code_points;
use super::{Detected, Rule, floats};
use crate::color::curve::Curve;
use crate::color::encoding::{Encoding, gamma_curve};
use crate::color::primaries::{self, Chromaticities};
use crate::color::profile::Profile;
use crate::image::{Attribute, ImageSpec};
use crate::space::{Certainty, ColorSpace};

pub(super) fn cicp(spec: &ImageSpec) -> Option<Detected> {
    let &[first, second, ..] = floats(spec, "CICP")? else { return None };
    let space = code_points::space([first as u8, second as u8])?;
    Some(Detected::new(space, Rule::Cicp, Certainty::Stated))
}

/// A profile of a known space is that space; any other one is followed as it is.
pub(super) fn icc_profile(spec: &ImageSpec) -> Option<Detected> {
    let profile = Profile::read(spec.icc_profile.as_deref()?, planes(spec))?;
    let found = Detected::new(profile.space(), Rule::IccProfile, Certainty::Stated);
    Some(found.with_profile(profile))
}

/// Planes of what is shown, without alpha.
fn planes(spec: &ImageSpec) -> usize {
    match spec.channels.len() {
        0..=2 => 1,
        4 if spec.channels.last().is_some_and(|name| name == "K") => 4,
        _ => 3,
    }
}

pub(super) fn srgb_chunk(spec: &ImageSpec) -> Option<Detected> {
    spec.attribute("png:sRGB")?;
    Some(Detected::new(ColorSpace::SRGB_REC709_DISPLAY, Rule::SrgbChunk, Certainty::Stated))
}

/// Gammas that are meant where a file's lies that near: writers round.
const GAMMAS: &[f64] = &[1.0, 1.8, 2.2, 2.4, 2.6];
const GAMMA_TOLERANCE: f64 = 0.003;

/// PNG's `gAMA` with `cHRM`, or one of them: without a gamma the curve is sRGB's, without
/// chromaticities the primaries are Rec.709's.
pub(super) fn gamma(spec: &ImageSpec) -> Option<Detected> {
    if spec.file.format != "PNG" {
        return None;
    }
    let stored = match spec.attribute("png:gamma") {
        Some(Attribute::Float(stored)) => Some(*stored),
        _ => None,
    };
    let stated = floats(spec, "chromaticities").and_then(Chromaticities::from_slice);
    if stored.is_none() && stated.is_none() {
        return None;
    }
    let curve = stored.map_or(Some(Curve::Srgb), |stored| known_gamma(stored.recip()))?;
    let primaries = match stated {
        Some(stated) => known_primaries(stated)?,
        None => primaries::REC709,
    };
    let space = Encoding::new(curve, primaries).space("display");
    Some(Detected::new(space, Rule::Gamma, Certainty::Derived))
}

/// The curve of a gamma; `None` for one that is not sensible.
pub(super) fn known_gamma(gamma: f64) -> Option<Curve> {
    let near = |known: &&f64| (gamma - **known).abs() < GAMMA_TOLERANCE;
    gamma_curve(GAMMAS.iter().find(near).copied().unwrap_or(gamma))
}

/// The known primaries that a file's are near to, else its own; `None` for what are none.
fn known_primaries(stated: Chromaticities) -> Option<Chromaticities> {
    let known = stated.known_name().and_then(primaries::named);
    known.or_else(|| stated.is_sane().then_some(stated))
}

/// Exif's colour space: 1 is sRGB; uncalibrated with the interoperability `R03` (DCF 2.0 section 3.2),
/// and 2 as some cameras write it, are Adobe RGB.
pub(super) fn exif(spec: &ImageSpec) -> Option<Detected> {
    let Attribute::Int(number) = spec.attribute("Exif:ColorSpace")? else { return None };
    if !super::is_integer(spec) {
        return None;
    }
    let is_r03 = super::text(spec, "Exif:InteroperabilityIndex") == Some("R03");
    let space = match number {
        1 => ColorSpace::SRGB_REC709_DISPLAY,
        2 => ColorSpace::new("g22_adobergb_display"),
        0xffff if is_r03 => ColorSpace::new("g22_adobergb_display"),
        _ => return None,
    };
    Some(Detected::new(space, Rule::Exif, Certainty::Stated))
}
