//! What the headers of film scans say: SMPTE ST 268-1 table 5A, and that Cineon is always log.

use super::web::known_gamma;
use super::{Detected, Rule, text};
use crate::color::encoding::Encoding;
use crate::color::primaries;
use crate::image::{Attribute, ImageSpec};
use crate::space::{Certainty, ColorSpace};

pub(super) fn cineon(spec: &ImageSpec) -> Option<Detected> {
    let found = || Detected::new(ColorSpace::CINEON, Rule::FilmTransfer, Certainty::Derived);
    (spec.file.format == "Cineon").then(found)
}

pub(super) fn dpx(spec: &ImageSpec) -> Option<Detected> {
    if spec.file.format != "DPX" {
        return None;
    }
    let transfer = text(spec, "dpx:Transfer").unwrap_or_default();
    if let Some(found) = ffmpeg(spec, transfer).or_else(|| stated_gamma(spec, transfer)) {
        return Some(found);
    }
    let known = TRANSFERS.iter().find(|(names, _)| names.contains(&transfer));
    match known {
        Some((_, space)) => {
            let found = Detected::new(space.clone(), Rule::FilmTransfer, Certainty::Derived);
            Some(doubted(found, spec))
        }
        // user-defined, undefined and what is no transfer: what most writers mean by it
        None => USUALLY_LOG
            .contains(&bits(spec)?)
            .then(|| Detected::new(ColorSpace::CINEON, Rule::FilmTransfer, Certainty::Guessed)),
    }
}

/// What ffmpeg writes: transfer 2 (linear), whatever it was given, and its library's name as the creator.
/// Most of what it is given is made for a display.
fn ffmpeg(spec: &ImageSpec, transfer: &str) -> Option<Detected> {
    let creator = text(spec, "Software")?;
    let is_its = FFMPEG.iter().any(|name| creator.starts_with(name)) && transfer == "Linear";
    let found =
        || Detected::new(ColorSpace::SRGB_REC709_DISPLAY, Rule::FilmTransfer, Certainty::Guessed);
    is_its.then(|| {
        found()
            .with_warning("the header says linear, as every DPX file of ffmpeg does: not followed")
    })
}

const FFMPEG: &[&str] = &["Lavc", "Lavf", "FFmpeg", "ffmpeg"];

/// A gamma that the television header states, where the transfer is left to the user.
fn stated_gamma(spec: &ImageSpec, transfer: &str) -> Option<Detected> {
    let Attribute::Float(gamma) = spec.attribute("dpx:Gamma")? else { return None };
    // 1.0 is what writers of log leave there
    let is_stated = transfer == "User defined" && GAMMAS.contains(gamma);
    let curve = is_stated.then(|| known_gamma(*gamma))??;
    let space = Encoding::new(curve, primaries::REC709).space("display");
    Some(Detected::new(space, Rule::FilmTransfer, Certainty::Derived))
}

/// Gammas that a display or a camera may have.
const GAMMAS: std::ops::RangeInclusive<f64> = 1.05..=4.0;

/// Bits of samples that are log where nothing is said.
const USUALLY_LOG: &[i64] = &[10, 12];

/// Transfer characteristics, by OpenImageIO's names, and the space that they mean.
const TRANSFERS: &[(&[&str], ColorSpace)] = &[
    (&["Printing density", "Logarithmic", "ADX"], ColorSpace::CINEON),
    (&["Linear"], ColorSpace::LIN_REC709_SCENE),
    (
        &[
            "Unspecified video",
            "SMPTE 274M",
            "ITU-R 709-4",
            "ITU-R 601-5 system B or G",
            "ITU-R 601-5 system M",
            "NTSC composite video",
            "PAL composite video",
        ],
        ColorSpace::G24_REC709_DISPLAY,
    ),
];

/// Light in a few bits bands; who writes so has mostly log in mind.
fn doubted(found: Detected, spec: &ImageSpec) -> Detected {
    match bits(spec) {
        Some(bits @ ..=12) if found.space == ColorSpace::LIN_REC709_SCENE => found.with_warning(
            format!("the header says linear, and the samples have {bits} bits, as log has"),
        ),
        _ => found,
    }
}

fn bits(spec: &ImageSpec) -> Option<i64> {
    match spec.attribute("oiio:BitsPerSample")? {
        Attribute::Int(bits) => Some(*bits),
        _ => None,
    }
}
