//! Which colour space a picture is in: rules in order of belief, the first that hits wins.

use std::fmt;

use serde::Serialize;

use super::primaries::{Chromaticities, KNOWN};
use crate::image::{Attribute, ImageSpec};
use crate::space::{Certainty, ColorSpace};

/// A colour space, the rule that gave it, and how sure it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detected {
    /// The space.
    pub space: ColorSpace,
    /// The rule that gave it.
    pub rule: Rule,
    /// How sure it is.
    pub certainty: Certainty,
    /// What the file says that was not followed.
    pub warnings: Vec<String>,
}

impl Detected {
    /// What the caller says overrides every other rule.
    #[must_use]
    pub fn stated(space: ColorSpace) -> Self {
        Self::new(space, Rule::Override, Certainty::Stated)
    }

    fn new(space: ColorSpace, rule: Rule, certainty: Certainty) -> Self {
        Self { space, rule, certainty, warnings: Vec::new() }
    }
}

/// What a colour space was found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// The caller said so.
    Override,
    /// The picture is made of numbers that are no colour.
    NoColor,
    /// The attribute `acesImageContainerFlag` is 1 (SMPTE ST 2065-4).
    AcesContainer,
    /// The attribute `colorInteropID` names it.
    ColorInteropId,
    /// The attribute `colorspace` or `oiio:ColorSpace` names it.
    ColorspaceAttribute,
    /// The attribute `chromaticities`.
    Chromaticities,
    /// Floats with nothing else said are taken to be linear Rec.709.
    FloatDefault,
}

impl Rule {
    /// The rule's name for machines, such as `color_interop_id`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::NoColor => "no_color",
            Self::AcesContainer => "aces_container",
            Self::ColorInteropId => "color_interop_id",
            Self::ColorspaceAttribute => "colorspace_attribute",
            Self::Chromaticities => "chromaticities",
            Self::FloatDefault => "float_default",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The rules after the caller's own word, most believed first.
const RULES: &[fn(&ImageSpec) -> Option<Detected>] =
    &[no_color, aces_container, color_interop_id, colorspace_attribute, chromaticities];

/// Finds the colour space of a picture; without any sign it is a guess, and says so.
#[must_use]
pub fn detect(spec: &ImageSpec) -> Detected {
    RULES.iter().find_map(|rule| rule(spec)).unwrap_or_else(|| guess(spec))
}

/// Floats with nothing else said are linear Rec.709; primaries that are no standard's are not
/// followed, and not passed over in silence either.
fn guess(spec: &ImageSpec) -> Detected {
    let found = Detected::new(ColorSpace::LIN_REC709_SCENE, Rule::FloatDefault, Certainty::Guessed);
    let odd = stated_chromaticities(spec).map(|odd| {
        format!("the chromaticities are those of no known space, and are not followed: {odd}")
    });
    Detected { warnings: odd.into_iter().collect(), ..found }
}

/// Whatever the file says of its colours, these are none.
fn no_color(spec: &ImageSpec) -> Option<Detected> {
    let found = || Detected::new(ColorSpace::DATA, Rule::NoColor, Certainty::Derived);
    spec.is_data.then(found)
}

fn aces_container(spec: &ImageSpec) -> Option<Detected> {
    let flag = spec.attribute("acesImageContainerFlag")? == &Attribute::Int(1);
    let found = || Detected::new(ColorSpace::LIN_AP0_SCENE, Rule::AcesContainer, Certainty::Stated);
    flag.then(found)
}

fn color_interop_id(spec: &ImageSpec) -> Option<Detected> {
    let id = text(spec, "colorInteropID")?;
    let space = known_id(id)?;
    Some(Detected::new(space, Rule::ColorInteropId, Certainty::Stated))
}

fn colorspace_attribute(spec: &ImageSpec) -> Option<Detected> {
    let name = text(spec, "colorspace").or_else(|| text(spec, "oiio:ColorSpace"))?;
    let space = known_id(name).or_else(|| known_alias(name))?;
    Some(Detected::new(space, Rule::ColorspaceAttribute, Certainty::Stated))
}

fn chromaticities(spec: &ImageSpec) -> Option<Detected> {
    let space = stated_chromaticities(spec)?.known_space()?;
    Some(Detected::new(space, Rule::Chromaticities, Certainty::Derived))
}

fn stated_chromaticities(spec: &ImageSpec) -> Option<Chromaticities> {
    let Attribute::Floats(values) = spec.attribute("chromaticities")? else { return None };
    Chromaticities::from_slice(values)
}

fn text<'a>(spec: &'a ImageSpec, name: &str) -> Option<&'a str> {
    match spec.attribute(name)? {
        Attribute::Text(text) => Some(text),
        _ => None,
    }
}

/// The space of a Color Interop ID; the leftmost namespace of an unknown one is dropped, and it is
/// looked up again.
fn known_id(id: &str) -> Option<ColorSpace> {
    let others = [ColorSpace::LIN_CIEXYZD65_SCENE, ColorSpace::DATA];
    let known = KNOWN.iter().map(|(space, _)| space).chain(&others).find(|space| space.id() == id);
    known.cloned().or_else(|| known_id(id.split_once(':')?.1))
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
    ("raw", ColorSpace::DATA),
];

fn known_alias(name: &str) -> Option<ColorSpace> {
    let name = name.to_lowercase();
    ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, space)| space.clone())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::image::{FileInfo, PartInfo};

    fn picture(attributes: &[(&str, Attribute)]) -> ImageSpec {
        let mut part = PartInfo::new(1, 1);
        part.attributes
            .extend(attributes.iter().map(|(name, value)| ((*name).into(), value.clone())));
        let file = FileInfo { format: "OpenEXR", parts: vec![part] };
        ImageSpec::new(Arc::new(file), 0)
    }

    fn found(attributes: &[(&str, Attribute)]) -> (String, &'static str, Certainty) {
        let found = detect(&picture(attributes));
        (found.space.id().to_owned(), found.rule.name(), found.certainty)
    }

    fn named(name: &str) -> Attribute {
        Attribute::Text(name.into())
    }

    fn ap1() -> Attribute {
        Attribute::Floats(vec![0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767])
    }

    #[test]
    fn each_rule_answers_with_its_name_and_its_certainty() {
        use Certainty::{Derived, Guessed, Stated};
        let own = Attribute::Floats(vec![0.7, 0.3, 0.2, 0.7, 0.1, 0.1, 0.34, 0.35]);
        let cases = [
            (
                ("acesImageContainerFlag", Attribute::Int(1)),
                "lin_ap0_scene",
                "aces_container",
                Stated,
            ),
            (
                ("colorInteropID", named("lin_p3d65_scene")),
                "lin_p3d65_scene",
                "color_interop_id",
                Stated,
            ),
            (
                ("colorInteropID", named("studio:lin_ap1_scene")),
                "lin_ap1_scene",
                "color_interop_id",
                Stated,
            ),
            (("colorInteropID", named("data")), "data", "color_interop_id", Stated),
            (("colorspace", named("ACEScg")), "lin_ap1_scene", "colorspace_attribute", Stated),
            (
                ("oiio:ColorSpace", named("lin_rec709")),
                "lin_rec709_scene",
                "colorspace_attribute",
                Stated,
            ),
            (("chromaticities", ap1()), "lin_ap1_scene", "chromaticities", Derived),
            (("chromaticities", own), "lin_rec709_scene", "float_default", Guessed),
            (("owner", named("nobody")), "lin_rec709_scene", "float_default", Guessed),
        ];
        for (attribute, space, rule, certainty) in cases {
            assert_eq!(found(&[attribute]), (space.to_owned(), rule, certainty));
        }
    }

    #[test]
    fn what_is_said_by_name_is_believed_before_what_follows() {
        let said = ("colorInteropID", named("lin_rec709_scene"));
        assert_eq!(found(&[("chromaticities", ap1()), said]).1, "color_interop_id");
        let unknown = ("colorInteropID", named("studio:our_own"));
        assert_eq!(found(&[("chromaticities", ap1()), unknown]).1, "chromaticities");
    }

    #[test]
    fn what_is_no_colour_is_data_whatever_the_file_says() {
        let mut spec = picture(&[("chromaticities", ap1())]);
        spec.is_data = true;
        let found = detect(&spec);
        assert_eq!((found.space, found.rule.name()), (ColorSpace::DATA, "no_color"));
    }

    #[test]
    fn odd_chromaticities_are_told() {
        let own = Attribute::Floats(vec![0.7, 0.3, 0.2, 0.7, 0.1, 0.1, 0.34, 0.35]);
        let found = detect(&picture(&[("chromaticities", own)]));
        assert_eq!(found.warnings.len(), 1);
        assert!(
            found.warnings[0]
                .ends_with("red 0.7 0.3, green 0.2 0.7, blue 0.1 0.1, white 0.34 0.35")
        );
        assert!(detect(&picture(&[("chromaticities", ap1())])).warnings.is_empty());
    }
}
