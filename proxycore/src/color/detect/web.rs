//! What PNG's chunks say, and embedded ICC profiles.

use super::{Detected, Rule, floats};
use crate::color::primaries::Chromaticities;
use crate::color::profile;
use crate::image::ImageSpec;
use crate::space::{Certainty, ColorSpace};

/// Primaries and transfer by the code points of ITU-T H.273, and the space that they mean.
const CODE_POINTS: &[([u8; 2], &str)] = &[
    ([1, 13], "srgb_rec709_display"),
    ([1, 1], "g24_rec709_display"),
    ([1, 4], "g22_rec709_display"),
    ([1, 6], "g24_rec709_display"),
    ([1, 8], "lin_rec709_scene"),
    ([9, 1], "g24_rec2020_display"),
    ([9, 8], "lin_rec2020_scene"),
    ([9, 13], "srgb_rec2020_display"),
    ([9, 14], "g24_rec2020_display"),
    ([9, 15], "g24_rec2020_display"),
    ([9, 16], "pq_rec2020_display"),
    ([9, 18], "hlg_rec2020_display"),
    ([12, 8], "lin_p3d65_scene"),
    ([12, 13], "srgb_p3d65_display"),
    ([12, 16], "pq_p3d65_display"),
];

pub(super) fn cicp(spec: &ImageSpec) -> Option<Detected> {
    let &[primaries, transfer, ..] = floats(spec, "CICP")? else { return None };
    let of = |points: [u8; 2]| points.map(f64::from) == [primaries, transfer];
    let (_, id) = CODE_POINTS.iter().find(|(points, _)| of(*points))?;
    Some(Detected::new(ColorSpace::new(*id), Rule::Cicp, Certainty::Stated))
}

pub(super) fn icc_profile(spec: &ImageSpec) -> Option<Detected> {
    let space = profile::space(spec.icc_profile.as_deref()?)?;
    Some(Detected::new(space, Rule::IccProfile, Certainty::Stated))
}

pub(super) fn srgb_chunk(spec: &ImageSpec) -> Option<Detected> {
    spec.attribute("png:sRGB")?;
    Some(Detected::new(ColorSpace::SRGB_REC709_DISPLAY, Rule::SrgbChunk, Certainty::Stated))
}

/// The curves of a file's gamma, and how far it may lie from them: writers round.
const GAMMAS: &[(f64, &str)] =
    &[(1.0, "lin"), (1.8, "g18"), (2.2, "g22"), (2.4, "g24"), (2.6, "g26")];
const GAMMA_TOLERANCE: f64 = 0.02;

pub(super) fn gamma(spec: &ImageSpec) -> Option<Detected> {
    let crate::image::Attribute::Float(stored) = spec.attribute("png:gamma")? else { return None };
    let gamma = stored.recip();
    let near = |known: f64| (gamma - known).abs() < GAMMA_TOLERANCE;
    let (_, curve) = GAMMAS.iter().find(|(known, _)| near(*known))?;
    let stated = floats(spec, "chromaticities").and_then(Chromaticities::from_slice);
    let primaries = stated.map_or(Some("rec709"), |stated| stated.known_name())?;
    let space = ColorSpace::new(format!("{curve}_{primaries}_display"));
    Some(Detected::new(space, Rule::Gamma, Certainty::Derived))
}
