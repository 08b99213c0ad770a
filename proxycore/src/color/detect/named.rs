//! What the file says by name.

use std::iter;

use super::{Detected, Rule, Signs, text};
use crate::color::encoding::Encoding;
use crate::color::{BuiltIn, ColorConfig};
use crate::image::{Attribute, ImageSpec};
use crate::space::{Certainty, ColorSpace};

pub(super) fn aces_container(spec: &ImageSpec) -> Option<Detected> {
    let flag = spec.attribute("acesImageContainerFlag")? == &Attribute::Int(1);
    let found = || Detected::new(ColorSpace::LIN_AP0_SCENE, Rule::AcesContainer, Certainty::Stated);
    flag.then(found)
}

/// A name that nobody knows is kept: no processor will be had for it, and that is told.
pub(super) fn assigned(signs: Signs<'_>) -> Option<Detected> {
    let space = signs.assigned?;
    let space = known(space.id(), signs.config).unwrap_or_else(|| space.clone());
    Some(Detected::new(space, Rule::Assigned, Certainty::Stated))
}

pub(super) fn color_interop_id(signs: Signs<'_>) -> Option<Detected> {
    let id = text(signs.spec, "colorInteropID")?;
    let space = known_id(id, signs.config)?;
    Some(Detected::new(space, Rule::ColorInteropId, Certainty::Stated))
}

pub(super) fn file_rule(signs: Signs<'_>) -> Option<Detected> {
    let space = signs.config.file_rule(signs.name)?;
    Some(Detected::new(space, Rule::FileRule, Certainty::Stated))
}

pub(super) fn colorspace_attribute(signs: Signs<'_>) -> Option<Detected> {
    let name = text(signs.spec, "colorspace").or_else(|| text(signs.spec, "oiio:ColorSpace"))?;
    let space = known(name, signs.config)?;
    Some(Detected::new(space, Rule::ColorspaceAttribute, Certainty::Stated))
}

/// The space of an ID, or of any other name. Names of the configs built into OpenColorIO, among
/// them those of ACES 1, are understood with another config too.
pub(in crate::color) fn known(name: &str, config: &dyn ColorConfig) -> Option<ColorSpace> {
    let built_in = || config.resolve(BuiltIn.resolve(name)?.id());
    known_id(name, config).or_else(|| known_alias(name)).or_else(built_in)
}

/// The bytes that a name may have; none that a config has comes near.
const LONGEST: usize = 256;

/// The space of a Color Interop ID or of a config's name; the leftmost namespace of an unknown one
/// is dropped, and it is looked up again.
fn known_id(id: &str, config: &dyn ColorConfig) -> Option<ColorSpace> {
    let whole = Some(id).filter(|id| id.len() <= LONGEST);
    let mut ids = iter::successors(whole, |id| Some(id.split_once(':')?.1));
    ids.find_map(|id| config.resolve(id).or_else(|| of_ours(id)))
}

fn of_ours(id: &str) -> Option<ColorSpace> {
    Some(ColorSpace::new(id)).filter(|space| Encoding::of(space).is_some())
}

/// Names that OpenColorIO configs and OpenImageIO give to the same spaces, in lower case.
const ALIASES: &[(&str, ColorSpace)] = &[
    ("acescg", ColorSpace::LIN_AP1_SCENE),
    ("lin_ap1", ColorSpace::LIN_AP1_SCENE),
    ("aces - acescg", ColorSpace::LIN_AP1_SCENE),
    ("aces2065-1", ColorSpace::LIN_AP0_SCENE),
    ("aces2065_1", ColorSpace::LIN_AP0_SCENE),
    ("lin_ap0", ColorSpace::LIN_AP0_SCENE),
    ("linear", ColorSpace::LIN_REC709_SCENE),
    ("lin_rec709", ColorSpace::LIN_REC709_SCENE),
    ("lin_srgb", ColorSpace::LIN_REC709_SCENE),
    ("linear rec.709 (srgb)", ColorSpace::LIN_REC709_SCENE),
    ("lin_rec2020", ColorSpace::LIN_REC2020_SCENE),
    ("linear rec.2020", ColorSpace::LIN_REC2020_SCENE),
    ("lin_p3d65", ColorSpace::LIN_P3D65_SCENE),
    ("linear p3-d65", ColorSpace::LIN_P3D65_SCENE),
    ("srgb", ColorSpace::SRGB_REC709_DISPLAY),
    ("srgb - display", ColorSpace::SRGB_REC709_DISPLAY),
    ("srgb - texture", ColorSpace::SRGB_REC709_SCENE),
    ("rec709", ColorSpace::G24_REC709_DISPLAY),
    ("rec.1886 rec.709 - display", ColorSpace::G24_REC709_DISPLAY),
    ("display p3 - display", ColorSpace::SRGB_P3D65_DISPLAY),
    ("kodaklog", ColorSpace::CINEON),
    ("cineon", ColorSpace::CINEON),
    ("raw", ColorSpace::DATA),
    ("utility - raw", ColorSpace::DATA),
];

/// What files are called that ACES 1 has made for a display. In a config these names undo its tone
/// map, which no file of a display's codes has asked for: they are read, and not looked for.
const OUTPUTS: &[(&str, ColorSpace)] = &[
    ("output - srgb", ColorSpace::SRGB_REC709_DISPLAY),
    ("output - rec.709", ColorSpace::G24_REC709_DISPLAY),
];

fn known_alias(name: &str) -> Option<ColorSpace> {
    let mut all = ALIASES.iter().chain(OUTPUTS);
    all.find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|(_, space)| space.clone())
}

/// The names that configs give to a space.
#[cfg(feature = "ocio")]
pub(in crate::color) fn aliases_of(space: &ColorSpace) -> impl Iterator<Item = &'static str> {
    ALIASES.iter().filter(move |(_, known)| known == space).map(|(alias, _)| *alias)
}
