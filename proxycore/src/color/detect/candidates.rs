//! What a file may be where its answer is doubted: the usual spaces of such files.

use super::{Detected, is_integer, named};
use crate::color::ColorConfig;
use crate::image::{Attribute, ImageSpec, SampleType};
use crate::space::ColorSpace;

/// Spaces by the kind of samples, the likeliest first, by Color Interop ID or by the name that
/// OpenColorIO's configs have.
const LIGHT: &[&str] = &[
    "lin_rec709_scene",
    "lin_ap1_scene",
    "lin_ap0_scene",
    "srgb_rec709_display",
    "lin_rec2020_scene",
    "lin_p3d65_scene",
];
const FILM_AND_CAMERAS: &[&str] = &[
    "cineon_rec709_scene",
    "ARRI LogC3 (EI800)",
    "ARRI LogC4",
    "S-Log3 S-Gamut3.Cine",
    "g24_rec709_display",
    "srgb_rec709_display",
];
const EIGHT_BITS: &[&str] = &[
    "srgb_rec709_display",
    "g24_rec709_display",
    "srgb_p3d65_display",
    "g22_adobergb_display",
    "lin_rec709_scene",
    "cineon_rec709_scene",
];

/// The space that was detected, then every other one that such a file plausibly is in and that the
/// config knows.
#[must_use]
pub fn detect_candidates(
    spec: &ImageSpec,
    found: &Detected,
    config: &dyn ColorConfig,
) -> Vec<ColorSpace> {
    let mut candidates = vec![found.space.clone()];
    for name in usual(spec) {
        candidates.extend(named::known(name, config));
    }
    let all = candidates.clone();
    let mut at = 0..;
    candidates.retain(|space| !all[..at.next().unwrap_or(0)].contains(space));
    candidates
}

fn usual(spec: &ImageSpec) -> &'static [&'static str] {
    match spec.attribute("oiio:BitsPerSample") {
        _ if !is_integer(spec) => LIGHT,
        Some(Attribute::Int(10..=16)) => FILM_AND_CAMERAS,
        Some(Attribute::Int(_)) => EIGHT_BITS,
        _ if spec.part().channels.iter().any(|each| each.sample_type == SampleType::Uint16) => {
            FILM_AND_CAMERAS
        }
        _ => EIGHT_BITS,
    }
}
