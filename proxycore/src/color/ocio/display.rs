//! What the codes at the end of a view are, where no transform of the config says it.
//!
//! A display space that a config connects to XYZ says it by its own transform ([`path`](super::path)).
//! For any other the names are read: of the view, of its colour space, then of the display. What is
//! found so is an assumption, and told.

use ocio::{ColorSpaceDirection, Config, Transform};

use crate::color::curve::{self, Curve};
use crate::color::encoding::Encoding;
use crate::color::matrix;
use crate::color::primaries::{
    self, ADOBE_RGB, Chromaticities, P3D60, P3D65, P3DCI, REC709, REC2020,
};
use crate::space::{ColorSpace, Gamut};

/// What codes of a display are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DisplayCodes {
    curve: Curve,
    primaries: Primaries,
}

/// What R, G and B are on a display.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Primaries {
    /// Those of digital cinema's distribution master.
    Xyz,
    Of(Chromaticities),
}

/// The sRGB display.
const SRGB: DisplayCodes = DisplayCodes { curve: Curve::Srgb, primaries: Primaries::Of(REC709) };

/// Digital cinema's distribution master, X'Y'Z'.
const DCDM: DisplayCodes = DisplayCodes { curve: Curve::Dcdm, primaries: Primaries::Xyz };

/// cd/m² of diffuse white in high dynamic range, and of white on a display of the standard one.
const DIFFUSE_WHITE: f64 = 203.0;
const STANDARD_WHITE: f64 = 100.0;

impl DisplayCodes {
    /// The codes of a display's space, by Color Interop ID.
    pub(super) fn of_space(space: &ColorSpace) -> Option<Self> {
        if *space == ColorSpace::HLG_REC2020_DISPLAY {
            return Some(Self { curve: Curve::Hlg, primaries: Primaries::Of(REC2020) });
        }
        let encoding = Encoding::of(space)?;
        let primaries = match encoding.primaries() {
            Some(primaries) => Primaries::Of(primaries),
            None => Primaries::Xyz,
        };
        Some(Self { curve: encoding.curve, primaries })
    }

    /// Whether its codes say light above diffuse white.
    fn is_hdr(self) -> bool {
        matches!(self.curve, Curve::Pq | Curve::Hlg)
    }

    /// Its name: a Color Interop ID.
    pub(super) fn name(self) -> String {
        match self {
            Self { curve: Curve::Hlg, .. } => ColorSpace::HLG_REC2020_DISPLAY.to_string(),
            Self { curve, primaries: Primaries::Of(primaries) } => {
                Encoding::new(curve, primaries).space("display").to_string()
            }
            Self { curve, primaries: Primaries::Xyz } => {
                let on_xyz = Encoding::on(curve, "ciexyzd65");
                on_xyz.map(|one| one.space("display").to_string()).unwrap_or_default()
            }
        }
    }

    /// The way from its codes to light of a gamut.
    pub(super) fn scale(self, gamut: Gamut) -> Scale {
        let matrix = match self.primaries {
            Primaries::Xyz => primaries::xyz_to(gamut),
            Primaries::Of(own) => own.to(gamut),
        };
        // stills show high dynamic range up to the white of a standard display
        let is_clipped = self.is_hdr() && !gamut.is_hdr();
        let gain = if is_clipped { DIFFUSE_WHITE / STANDARD_WHITE } else { 1.0 };
        let matrix = matrix.unwrap_or(matrix::diagonal([gamut.white(); 3]));
        let rows = matrix.map(|row| row.map(|value| (gain * value) as f32));
        let is_own = self.primaries == Primaries::Of(primaries::of(gamut)) && !gamut.is_hdr();
        let is_plain = is_own && !self.is_hdr();
        Scale::Codes(self.curve, if is_plain { None } else { Some(rows) })
    }
}

/// What the numbers at the end of a transform are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// Light.
    Linear,
    /// Codes of a display, with the matrix from its primaries to another gamut.
    Codes(Curve, Option<[[f32; 3]; 3]>),
}

impl Scale {
    /// The curve of codes.
    pub(super) fn curve(self) -> Option<Curve> {
        match self {
            Self::Linear => None,
            Self::Codes(curve, _) => Some(curve),
        }
    }

    /// The light of a pixel that has gone through the curve; it may lie outside 0..=1.
    pub(super) fn light(self, pixel: [f32; 4]) -> [f32; 4] {
        let Self::Codes(curve, matrix) = self else { return pixel };
        let [mut red, mut green, mut blue, alpha] = pixel;
        if curve == Curve::Hlg {
            let scene = [red, green, blue].map(f64::from);
            [red, green, blue] = curve::hlg_display(scene).map(|light| light as f32);
        }
        let Some(rows) = matrix else { return [red, green, blue, alpha] };
        let [red, green, blue] = rows.map(|row| row[0] * red + row[1] * green + row[2] * blue);
        [red, green, blue, alpha]
    }
}

/// What a display's codes were taken for, and by what.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assumed {
    pub(super) codes: DisplayCodes,
    by: &'static str,
}

impl Assumed {
    /// What a person is told of it.
    pub(super) fn told(&self, display: &str, view: &str) -> String {
        format!(
            "the codes of view `{view}` on display `{display}` are taken for {}, {}; \
             where that is wrong, name the display space",
            self.codes.name(),
            self.by
        )
    }
}

/// Finds what the codes of a view are, which ends in a space: by that space's interop ID or built-in
/// transform, then by names. In brackets a name says more of a picture's limits than of a display, so
/// that they are read last.
pub(super) fn assume(config: &Config, display: &str, view: &str, space: &str) -> Assumed {
    let of_view = by_space(config, space, "by the colour space of the view");
    // what shows numbers as they are is of no space, and its display may be of one
    let of_display = || by_space(config, display, "by the colour space of the display");
    if let Some(found) = of_view.or_else(of_display) {
        return found;
    }
    let (plain, bracketed) =
        ([view, space, display].map(outside), [view, space, display].map(inside));
    let by = ["by the view's name", "by the name of its colour space", "by the display's name"];
    let all = plain.iter().chain(&bracketed).zip(by.iter().chain(&by));
    let texts: Vec<_> = all.clone().map(|(text, _)| text.as_str()).collect();
    if texts.iter().any(|text| place(text, "=xyz").is_some())
        && texts.iter().any(|text| place(text, "=dci").is_some())
    {
        return Assumed { codes: DCDM, by: "by the names of the view and the display" };
    }
    for (at, (_, by)) in all.enumerate() {
        if let Some(codes) = read(&texts[at..]) {
            return Assumed { codes, by };
        }
    }
    Assumed { codes: SRGB, by: "since nothing says what they are" }
}

/// What the interop ID of a space says, or its built-in transform.
fn by_space(config: &Config, space: &str, by: &'static str) -> Option<Assumed> {
    let id = ColorSpace::new(config.get_color_space(space)?.interop_id());
    let by_style = || read(&[&style(config, space)?]);
    Some(Assumed { codes: DisplayCodes::of_space(&id).or_else(by_style)?, by })
}

/// The display that a built-in transform at the end of a space leads to.
fn style(config: &Config, space: &str) -> Option<String> {
    let transform = config.get_color_space(space)?.transform(ColorSpaceDirection::FromReference)?;
    let mut last = transform;
    while let Transform::Group(group) = last {
        last = group.transforms.last()?;
    }
    match last {
        Transform::Builtin(builtin) => {
            Some(builtin.style.strip_prefix("DISPLAY - CIE-XYZ-D65_to_")?.to_owned())
        }
        _ => None,
    }
}

/// A name without what stands in brackets.
fn outside(name: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    plain
}

/// What stands in a name's brackets.
fn inside(name: &str) -> String {
    let pieces = name.split('(').skip(1).filter_map(|piece| piece.split(')').next());
    pieces.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Words that say a curve. sRGB says its primaries, too.
const CURVES: &[(&[&str], Curve)] = &[
    (&["srgb"], Curve::Srgb),
    (&["1886"], Curve::Gamma(2.4)),
    (&["st2084", "st 2084", "st-2084", "smpte2084", "smpte 2084"], Curve::Pq),
    (&["=pq"], Curve::Pq),
    (&["=hlg"], Curve::Hlg),
    (&["dcdm", "dci_xyz", "dci xyz"], Curve::Dcdm),
    (&["gamma 2.2", "gamma2.2", "g2.2", "=g22", "2.2 gamma"], Curve::Gamma(2.2)),
    (&["gamma 2.4", "gamma2.4", "g2.4", "=g24", "2.4 gamma"], Curve::Gamma(2.4)),
    (&["gamma 2.6", "gamma2.6", "g2.6", "=g26", "2.6 gamma"], Curve::Gamma(2.6)),
];

/// Words that say primaries, and the curve that displays of these usually have; the longer word first.
const PRIMARIES: &[(&[&str], Chromaticities, Curve)] = &[
    (&["dcip3", "dci-p3", "dci p3", "p3dci", "p3-dci", "p3 dci", "=dci"], P3DCI, Curve::Gamma(2.6)),
    (&["displayp3", "display p3", "display-p3", "p3 display"], P3D65, Curve::Srgb),
    (&["p3d65", "p3-d65", "p3 d65"], P3D65, Curve::Gamma(2.6)),
    (&["p3d60", "p3-d60", "p3 d60"], P3D60, Curve::Gamma(2.6)),
    (&["=p3"], P3D65, Curve::Srgb),
    (&["adobergb", "adobe rgb", "adobe-rgb"], ADOBE_RGB, Curve::Gamma(2.2)),
    (&["rec2020", "rec.2020", "rec 2020", "bt2020", "bt.2020"], REC2020, Curve::Gamma(2.4)),
    (&["rec2100", "rec.2100", "rec 2100", "bt2100", "bt.2100"], REC2020, Curve::Pq),
    (&["rec709", "rec.709", "rec 709", "bt709", "bt.709"], REC709, Curve::Gamma(2.4)),
];

/// Where a word stands in a text; a word that starts with `=` stands alone.
fn place(text: &str, word: &str) -> Option<usize> {
    let Some(alone) = word.strip_prefix('=') else { return text.find(word) };
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let stands_alone = |at: &usize| {
        !is_letter(text[..*at].chars().last())
            && !is_letter(text[at + alone.len()..].chars().next())
    };
    text.match_indices(alone).map(|(at, _)| at).find(stands_alone)
}

/// The value of the word that stands first in a text.
fn first<T: Copy>(
    text: &str,
    words: impl Iterator<Item = (&'static [&'static str], T)>,
) -> Option<T> {
    let places = words.flat_map(|(words, value)| words.iter().map(move |word| (*word, value)));
    let found = places.filter_map(|(word, value)| Some((place(text, word)?, value)));
    found.min_by_key(|(at, _)| *at).map(|(_, value)| value)
}

fn primaries_of(text: &str) -> Option<(Chromaticities, Curve)> {
    let known = |(words, ..): &&(&[&str], Chromaticities, Curve)| {
        words.iter().any(|word| place(text, word).is_some())
    };
    PRIMARIES.iter().find(known).map(|(_, primaries, curve)| (*primaries, *curve))
}

/// The display that the first text is of; what it leaves open the others say.
fn read(texts: &[&str]) -> Option<DisplayCodes> {
    let text = texts.first()?.to_lowercase();
    let curve = first(&text, CURVES.iter().map(|(words, curve)| (*words, *curve)));
    let own = primaries_of(&text);
    let later = || texts[1..].iter().find_map(|text| primaries_of(text)).map(|(first, _)| first);
    let (curve, primaries) = match (curve, own) {
        (Some(Curve::Dcdm), _) => return Some(DCDM),
        (Some(curve), Some((primaries, _))) | (None, Some((primaries, curve))) => {
            (curve, primaries)
        }
        (Some(Curve::Srgb), None) => (Curve::Srgb, REC709),
        (Some(curve @ (Curve::Pq | Curve::Hlg)), None) => (curve, later().unwrap_or(REC2020)),
        (Some(curve), None) => (curve, later().unwrap_or(REC709)),
        (None, None) => return None,
    };
    Some(DisplayCodes { curve, primaries: Primaries::Of(primaries) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(display: &str, view: &str, space: &str) -> String {
        let config = Config::create_raw();
        let Assumed { codes, .. } = assume(&config, display, view, space);
        codes.name()
    }

    /// Names that configs have.
    #[test]
    fn displays_are_known_by_names() {
        for (display, view, space, want) in [
            ("ACES", "Rec.709", "Output - Rec.709", "g24_rec709_display"),
            ("ACES", "sRGB", "Output - sRGB", "srgb_rec709_display"),
            ("ACES", "P3-DCI", "Output - P3-DCI", "g26_p3dci_display"),
            (
                "ACES",
                "DCDM P3 gamut clip",
                "Output - DCDM (P3 gamut clip)",
                "dcdm_ciexyzd65_display",
            ),
            ("ACES", "Rec.2020", "Output - Rec.2020", "g24_rec2020_display"),
            ("ACES", "P3-D60 ST2084 1000 nits", "x", "pq_p3d60_display"),
            ("ACES", "Rec.2020 ST2084 1000 nits", "x", "pq_rec2020_display"),
            ("ACES", "Rec.709 D60 sim.", "Output - Rec.709 (D60 sim.)", "g24_rec709_display"),
            ("default", "rec1886", "Gamma2.4", "g24_rec709_display"),
            ("default", "rec709", "rec709", "g24_rec709_display"),
            ("default", "None", "raw", "srgb_rec709_display"),
            ("sRGB / REC.709 Reference", "Film", "vd8", "srgb_rec709_display"),
            (
                "sRGB / REC.709 Reference",
                "Rec 1886 D65 View",
                "Rec 1886 Curve",
                "g24_rec709_display",
            ),
            ("DCI-P3 Reference", "Apple iMac P3 (2015)", "iMac P3 2015", "srgb_p3d65_display"),
            ("DCIP3", "Film", "p3dci8", "g26_p3dci_display"),
            ("DCIP3", "Log", "lg10", "g26_p3dci_display"),
            ("sRGB", "Filmic", "Filmic sRGB", "srgb_rec709_display"),
            ("AdobeRGB", "Film", "film", "g22_adobergb_display"),
            ("Display P3", "Toned", "toned", "srgb_p3d65_display"),
            ("BT.1886", "Toned", "toned", "g24_rec709_display"),
            ("Rec.2100-HLG", "Toned", "toned", "hlg_rec2020_display"),
            ("sRGB", "ACES 1.0 SDR-video (Rec.709 lim)", "tone", "srgb_rec709_display"),
            ("default", "ACES 1.0 - SDR Video (Rec.709)", "tone", "g24_rec709_display"),
            ("Monitor", "Gamma 2.2 Rec.709", "x", "g22_rec709_display"),
            ("XYZ", "DCI", "dci_xyz", "dcdm_ciexyzd65_display"),
            ("XYZ", "Standard", "XYZ", "srgb_rec709_display"),
        ] {
            assert_eq!(named(display, view, space), want, "{display} / {view} / {space}");
        }
    }

    #[test]
    fn built_in_displays_are_known_by_their_style() {
        for (style, want) in [
            ("sRGB", "srgb_rec709_display"),
            ("REC.1886-REC.709", "g24_rec709_display"),
            ("REC.1886-REC.2020", "g24_rec2020_display"),
            ("G2.2-REC.709", "g22_rec709_display"),
            ("G2.6-P3-DCI-BFD", "g26_p3dci_display"),
            ("G2.6-P3-D60-BFD", "g26_p3d60_display"),
            ("G2.6-P3-D65", "g26_p3d65_display"),
            ("DisplayP3", "srgb_p3d65_display"),
            ("REC.2100-PQ", "pq_rec2020_display"),
            ("ST2084-P3-D65", "pq_p3d65_display"),
            ("REC.2100-HLG-1000nit", "hlg_rec2020_display"),
            ("DCDM-D65", "dcdm_ciexyzd65_display"),
        ] {
            assert_eq!(read(&[style]).unwrap().name(), want);
        }
    }

    #[test]
    fn codes_are_the_light_that_a_display_shows() {
        let light = |space: &str, gamut, code: f32| {
            let codes = DisplayCodes::of_space(&ColorSpace::new(space)).unwrap();
            let scale = codes.scale(gamut);
            let light = scale.curve().unwrap().exact(code.into()) as f32;
            scale.light([light, light, light, 1.0])[0]
        };
        let near = |found: f32, want: f32| assert!((found - want).abs() < 2e-4, "{found} {want}");
        near(light("srgb_rec709_display", Gamut::Rec709, 0.5), 0.214_041);
        near(light("g26_p3dci_display", Gamut::Rec709, 0.5), 0.164_938);
        // 100 cd/m² is white of stills, and 0.01 of PQ's peak
        near(light("pq_rec2020_display", Gamut::Rec709, 0.508_078), 1.0);
        near(light("pq_p3d65_display", Gamut::Rec2100Pq, 0.508_078), 0.01);
        near(light("hlg_rec2020_display", Gamut::Rec2100Hlg, 1.0), 1.0);
        near(light("g24_rec709_display", Gamut::Rec2100Pq, 1.0), 0.0203);
    }
}
