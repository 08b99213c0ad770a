//! What the headers of film scans say: SMPTE ST 268-1 table 5A, and that Cineon is always log.

use super::{Detected, Rule, text};
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
