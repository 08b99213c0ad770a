//! Which colour space a picture is in: rules in order of belief, the first that hits wins.

mod candidates;
pub(super) mod code_points;
mod doubts;
mod film;
mod named;
mod usual;
mod web;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

pub use self::candidates::detect_candidates;
#[cfg(feature = "ocio")]
pub(super) use self::named::{aliases_of, known as known_name};
use super::profile::{Light, Profile};
use super::{BuiltIn, ColorConfig};
use crate::image::{Attribute, ImageSpec, SampleType};
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
    /// The ICC profile that the space is of, where no known space says what its codes are.
    #[serde(skip)]
    profile: Option<Profile>,
}

impl Detected {
    /// What the caller says overrides every other rule.
    #[must_use]
    pub fn stated(space: ColorSpace) -> Self {
        Self::new(space, Rule::Override, Certainty::Stated)
    }

    /// What the caller says, by any name that a config has for it.
    #[must_use]
    pub fn named(space: &ColorSpace, config: &dyn ColorConfig) -> Self {
        let known = named::known(space.id(), config);
        Self::stated(known.unwrap_or_else(|| space.clone()))
    }

    fn new(space: ColorSpace, rule: Rule, certainty: Certainty) -> Self {
        Self { space, rule, certainty, warnings: Vec::new(), profile: None }
    }

    fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// How an ICC profile makes light of its codes, where the space is one that it alone knows.
    pub(super) fn profile(&self) -> Option<Arc<Light>> {
        self.profile.as_ref()?.own()
    }

    fn with_warning(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
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
    /// A person has assigned it to the file.
    Assigned,
    /// The attribute `acesImageContainerFlag` is 1 (SMPTE ST 2065-4).
    AcesContainer,
    /// The attribute `colorInteropID` names it.
    ColorInteropId,
    /// A file rule of the OpenColorIO config, other than its default one.
    FileRule,
    /// The attribute `colorspace` or `oiio:ColorSpace` names it.
    ColorspaceAttribute,
    /// The attribute `chromaticities` of light in floats.
    Chromaticities,
    /// The transfer field of a DPX header, or that it is Cineon.
    FilmTransfer,
    /// Code points of ITU-T H.273 (PNG's `cICP`).
    Cicp,
    /// The embedded ICC profile.
    IccProfile,
    /// PNG's `sRGB`.
    SrgbChunk,
    /// PNG's `gAMA` and `cHRM`.
    Gamma,
    /// Exif's colour space.
    Exif,
    /// Floats with nothing else said are in the space of the config's own Default file rule.
    DefaultRule,
    /// Floats with nothing else said are in the config's role `scene_linear`.
    SceneLinear,
    /// Integers with nothing else said are taken to be sRGB.
    IntegerDefault,
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
            Self::Assigned => "assigned",
            Self::AcesContainer => "aces_container",
            Self::ColorInteropId => "color_interop_id",
            Self::FileRule => "file_rule",
            Self::ColorspaceAttribute => "colorspace_attribute",
            Self::Chromaticities => "chromaticities",
            Self::FilmTransfer => "film_transfer",
            Self::Cicp => "cicp",
            Self::IccProfile => "icc_profile",
            Self::SrgbChunk => "srgb_chunk",
            Self::Gamma => "gamma",
            Self::Exif => "exif",
            Self::DefaultRule => "default_rule",
            Self::SceneLinear => "scene_linear",
            Self::IntegerDefault => "integer_default",
            Self::FloatDefault => "float_default",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a space may be found by.
#[derive(Debug, Clone, Copy)]
struct Signs<'a> {
    spec: &'a ImageSpec,
    /// Where the source is: its absolute path, or its whole URL.
    name: &'a str,
    config: &'a dyn ColorConfig,
    /// The space that a person has given to it.
    assigned: Option<&'a ColorSpace>,
}

/// The rules after the caller's own word, most believed first.
const RULES: &[fn(Signs<'_>) -> Option<Detected>] = &[
    |signs| usual::no_color(signs.spec),
    named::assigned,
    |signs| named::aces_container(signs.spec),
    named::color_interop_id,
    named::file_rule,
    named::colorspace_attribute,
    |signs| usual::chromaticities(signs.spec),
    |signs| film::cineon(signs.spec),
    |signs| film::dpx(signs.spec),
    |signs| web::cicp(signs.spec),
    |signs| web::icc_profile(signs.spec),
    |signs| web::srgb_chunk(signs.spec),
    |signs| web::gamma(signs.spec),
    |signs| web::exif(signs.spec),
];

/// Finds the colour space of a picture by the built-in names; without any sign it is a guess, and
/// says so.
#[must_use]
pub fn detect(spec: &ImageSpec) -> Detected {
    detect_with(spec, "", &BuiltIn)
}

/// Finds the colour space of the picture of the source `name`, by the names and the file rules of a
/// config too. File rules look for patterns in all of a name, so that it has to be the absolute path or
/// the whole URL.
#[must_use]
pub fn detect_with(spec: &ImageSpec, name: &str, config: &dyn ColorConfig) -> Detected {
    detect_assigned(spec, name, config, None)
}

/// The same, where a person has assigned a space to the source
/// ([`assignment`](crate::assignment)).
#[must_use]
pub fn detect_assigned(
    spec: &ImageSpec,
    name: &str,
    config: &dyn ColorConfig,
    assigned: Option<&ColorSpace>,
) -> Detected {
    let signs = Signs { spec, name, config, assigned };
    let mut found =
        RULES.iter().find_map(|rule| rule(signs)).unwrap_or_else(|| usual::guess(signs));
    let doubts = doubts::doubts(&found, signs);
    found.warnings.extend(doubts);
    found
}

fn text<'a>(spec: &'a ImageSpec, name: &str) -> Option<&'a str> {
    match spec.attribute(name)? {
        Attribute::Text(text) => Some(text),
        _ => None,
    }
}

fn floats<'a>(spec: &'a ImageSpec, name: &str) -> Option<&'a [f64]> {
    match spec.attribute(name)? {
        Attribute::Floats(values) => Some(values),
        _ => None,
    }
}

/// Whether the picture's samples are codes rather than light. OpenEXR's integers are ids.
fn is_integer(spec: &ImageSpec) -> bool {
    let codes = [SampleType::Uint8, SampleType::Uint16];
    let integers = |kind: SampleType| {
        codes.contains(&kind) || (kind == SampleType::Uint32 && spec.file.format != "OpenEXR")
    };
    spec.part().channels.iter().any(|channel| integers(channel.sample_type))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::profile::tests::srgb_on;
    use crate::image::{ChannelInfo, FileInfo, PartInfo};

    fn picture(attributes: &[(&str, Attribute)]) -> ImageSpec {
        of_format("OpenEXR", SampleType::Half, attributes)
    }

    fn of_format(
        format: &'static str,
        sample_type: SampleType,
        attributes: &[(&str, Attribute)],
    ) -> ImageSpec {
        let mut part = PartInfo::new(1, 1);
        part.channels = vec![ChannelInfo { name: "Y".into(), sample_type, sampling: [1, 1] }];
        part.attributes
            .extend(attributes.iter().map(|(name, value)| ((*name).into(), value.clone())));
        let file = FileInfo { format, parts: vec![part] };
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
            (
                ("chromaticities", own),
                "lin_xy(0.7,0.3,0.2,0.7,0.1,0.1,0.34,0.35)_scene",
                "chromaticities",
                Derived,
            ),
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
    fn what_speaks_against_the_answer_is_told() {
        let said = |attributes: &[(&str, Attribute)]| detect(&picture(attributes)).warnings;
        let rec709 = ("colorInteropID", named("lin_rec709_scene"));
        let both = said(&[rec709.clone(), ("chromaticities", ap1())]);
        assert_eq!(both.len(), 1);
        assert!(both[0].contains("red 0.713 0.293") && both[0].contains("`lin_rec709_scene`"));
        let other = said(&[rec709.clone(), ("colorspace", named("ACEScg"))]);
        assert_eq!(
            other,
            ["colorspace is `ACEScg`, and `lin_rec709_scene` of color_interop_id is followed"]
        );
        let unknown = said(&[("colorspace", named("our own"))]);
        assert_eq!(unknown, ["colorspace is `our own`, which is the name of no known space"]);
        let same = said(&[rec709, ("oiio:ColorSpace", named("lin_srgb"))]);
        assert!(same.is_empty(), "{same:?}");
    }

    #[test]
    fn a_name_of_many_namespaces_is_the_name_of_nothing() {
        for name in ["", ":", "foo:", &":".repeat(60_000), &"a:".repeat(128)] {
            let found = detect(&picture(&[("colorInteropID", named(name))]));
            assert_eq!((found.rule, found.warnings.len()), (Rule::FloatDefault, 1), "{name:.9}");
        }
        let longest = format!("{}:lin_ap1_scene", "a".repeat(242));
        let spec = |name: &str| picture(&[("colorInteropID", named(name))]);
        assert_eq!(detect(&spec(&longest)).space, ColorSpace::LIN_AP1_SCENE);
        assert_eq!(detect(&spec(&format!("a{longest}"))).rule, Rule::FloatDefault);
    }

    #[test]
    fn long_texts_of_a_file_are_shortened() {
        let long = "é".repeat(3000);
        let found = detect(&picture(&[("colorInteropID", named(&long))]));
        let quoted = format!("colorInteropID is `{}...`, ", "é".repeat(60));
        assert!(found.warnings[0].starts_with(&quoted), "{}", found.warnings[0]);
        let whole = detect(&picture(&[("colorspace", named(&long[..120]))]));
        assert!(whole.warnings[0].contains(&format!("`{}`", "é".repeat(60))));
    }

    #[test]
    fn names_of_aces_1_are_known() {
        for (name, space) in [
            ("ACES - ACEScg", "lin_ap1_scene"),
            ("Output - sRGB", "srgb_rec709_display"),
            ("Utility - Raw", "data"),
            #[cfg(feature = "ocio")]
            ("Utility - Linear - sRGB", "lin_rec709_scene"),
            #[cfg(feature = "ocio")]
            ("ACES - ACEScct", "ocio:acescct_ap1_scene"),
        ] {
            assert_eq!(found(&[("colorspace", named(name))]).0, space);
        }
    }

    #[test]
    fn a_persons_word_on_what_is_no_colour_is_told_to_be_in_vain() {
        let mut spec = picture(&[]);
        spec.is_data = true;
        let space = ColorSpace::new("lin_ap1_scene");
        let found = detect_assigned(&spec, "", &BuiltIn, Some(&space));
        assert_eq!((found.rule, found.warnings.len()), (Rule::NoColor, 1));
        assert!(found.warnings[0].ends_with("and not as `lin_ap1_scene`"), "{}", found.warnings[0]);
        assert!(detect(&spec).warnings.is_empty());
    }

    #[test]
    fn a_profile_of_another_space_than_is_followed_is_told() {
        let p3 = ("CICP", Attribute::Floats(vec![12.0, 13.0, 0.0, 1.0]));
        let mut spec = of_format("PNG", SampleType::Uint8, &[p3]);
        let mut told = |profile: &[u8]| {
            spec.icc_profile = Some(Arc::from(profile));
            detect(&spec).warnings
        };
        assert!(told(&srgb_on("p3d65")).is_empty());
        let other = "the ICC profile `one` is that of `srgb_rec709_display`, \
                     and `srgb_p3d65_display` of cicp is followed";
        assert_eq!(told(&srgb_on("rec709")), [other]);
        assert_eq!(told(b"not a profile").len(), 1);
    }

    #[test]
    fn what_is_no_colour_is_data_whatever_the_file_says() {
        let mut spec = picture(&[("chromaticities", ap1())]);
        spec.is_data = true;
        let found = detect(&spec);
        assert_eq!((found.space, found.rule.name()), (ColorSpace::DATA, "no_color"));
    }

    #[test]
    fn chromaticities_that_are_none_are_told() {
        let own = Attribute::Floats(vec![0.7, 0.3, 0.2, 0.7, 0.1, 0.1, 0.9, 0.1]);
        let found = detect(&picture(&[("chromaticities", own)]));
        assert_eq!((found.rule, found.warnings.len()), (Rule::FloatDefault, 1));
        assert_eq!(
            found.warnings[0],
            "the chromaticities are no primaries, and are not followed: \
             red 0.7 0.3, green 0.2 0.7, blue 0.1 0.1, white 0.9 0.1"
        );
        assert!(detect(&picture(&[("chromaticities", ap1())])).warnings.is_empty());
        let odd = Attribute::Floats(vec![0.7, 0.3, 0.2, 0.7, 0.1, 0.1, 0.34, 0.35]);
        let named = ("colorInteropID", named("lin_rec709_scene"));
        let both = detect(&picture(&[("chromaticities", odd), named])).warnings;
        assert!(both.len() == 1 && both[0].contains("white 0.34 0.35"), "{both:?}");
    }

    #[test]
    fn film_is_log_where_it_says_so_and_where_it_says_nothing() {
        use Certainty::{Derived, Guessed};
        let cases = [
            ("Printing density", 10, "cineon_rec709_scene", Derived),
            ("Logarithmic", 16, "cineon_rec709_scene", Derived),
            ("User defined", 10, "cineon_rec709_scene", Guessed),
            ("Undefined", 12, "cineon_rec709_scene", Guessed),
            ("Undefined", 8, "srgb_rec709_display", Guessed),
            ("ITU-R 709-4", 10, "g24_rec709_display", Derived),
            ("Linear", 16, "lin_rec709_scene", Derived),
        ];
        for (transfer, bits, space, certainty) in cases {
            let said =
                [("dpx:Transfer", named(transfer)), ("oiio:BitsPerSample", Attribute::Int(bits))];
            let found = detect(&of_format("DPX", SampleType::Uint16, &said));
            assert_eq!((found.space.id(), found.certainty), (space, certainty), "{transfer}");
            assert!(found.warnings.is_empty());
        }
        let doubtful =
            [("dpx:Transfer", named("Linear")), ("oiio:BitsPerSample", Attribute::Int(10))];
        let found = detect(&of_format("DPX", SampleType::Uint16, &doubtful));
        assert_eq!((found.space.id(), found.warnings.len()), ("lin_rec709_scene", 1));
        assert_eq!(detect(&of_format("Cineon", SampleType::Uint16, &[])).space, ColorSpace::CINEON);
    }

    #[test]
    fn chunks_of_png_are_believed_in_their_order() {
        let all = [
            ("png:gamma", Attribute::Float(1.0 / 1.8)),
            ("png:sRGB", Attribute::Int(0)),
            ("CICP", Attribute::Floats(vec![12.0, 13.0, 0.0, 1.0])),
        ];
        let found = |said: &[(&str, Attribute)]| {
            let found = detect(&of_format("PNG", SampleType::Uint8, said));
            (found.space.id().to_owned(), found.rule)
        };
        assert_eq!(found(&all), ("srgb_p3d65_display".into(), Rule::Cicp));
        assert_eq!(found(&all[..2]), ("srgb_rec709_display".into(), Rule::SrgbChunk));
        assert_eq!(found(&all[..1]), ("g18_rec709_display".into(), Rule::Gamma));
        assert_eq!(found(&[]), ("srgb_rec709_display".into(), Rule::IntegerDefault));
        let primaries = ("chromaticities", ap1());
        assert_eq!(
            found(std::slice::from_ref(&primaries)),
            ("srgb_ap1_display".into(), Rule::Gamma)
        );
        let odd = ("png:gamma", Attribute::Float(0.51));
        assert_eq!(found(&[primaries, odd]), ("g196078_ap1_display".into(), Rule::Gamma));
    }

    #[test]
    fn a_profile_of_no_known_space_is_told() {
        let mut spec = of_format("JPEG", SampleType::Uint8, &[]);
        spec.icc_profile = Some(Arc::from(&b"not a profile"[..]));
        let found = detect(&spec);
        assert_eq!((found.rule, found.warnings.len()), (Rule::IntegerDefault, 1));
    }
}
