//! What a run has seen of its source: what the stamp of each object tells.

use crate::color::{ColorTransform, Detected, Precision};
use crate::image::{ImageSpec, Rational, Tally};
use crate::space::Certainty;

/// What a run has seen.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) space: Detected,
    /// What was done to its colours.
    pub(crate) transform: ColorTransform,
    pub(crate) precision: Precision,
    /// Pixels that are missing and shown hatched.
    pub(crate) missing: u64,
    /// What a person should know.
    pub(crate) warnings: Vec<String>,
    /// How long it took.
    pub(crate) seconds: f64,
    /// What is to be told of a sequence.
    pub(crate) sequence: Option<SequenceFacts>,
}

/// What the stamps tell of a sequence.
#[derive(Debug, Clone, Default)]
pub(crate) struct SequenceFacts {
    /// The frames of the movie, as fileseq writes them.
    pub(crate) frames: String,
    /// Those of them that are not there; empty where all are.
    pub(crate) missing: String,
    /// Frames per second, a whole number or a fraction.
    pub(crate) fps: String,
    /// The number of the frame that the stills show.
    pub(crate) poster: String,
    /// The poster that a person chose; empty where none did.
    pub(crate) chosen: String,
    /// How many pictures the movie has before its frames, how many frames, and how many a second. No
    /// stamp tells it.
    pub(crate) timing: Option<(usize, usize, Rational)>,
}

impl Seen {
    /// Sums up one picture, once it has been consumed.
    pub(crate) fn of(
        spec: &ImageSpec,
        space: Detected,
        transform: ColorTransform,
        precision: Precision,
        tally: &Tally,
        seconds: f64,
    ) -> Self {
        let mut warnings: Vec<_> = hatched(spec, tally).into_iter().collect();
        warnings.extend(told(spec, &space));
        warnings.extend(mended(tally));
        let missing = tally.missing();
        Self { space, transform, precision, missing, warnings, seconds, sequence: None }
    }
}

fn hatched(spec: &ImageSpec, tally: &Tally) -> Option<String> {
    let missing = tally.missing();
    let all = u64::from(spec.width) * u64::from(spec.height);
    let percent = 100.0 * missing as f64 / all as f64;
    (missing > 0)
        .then(|| format!("{missing} pixels ({percent:.1}%) are missing, and shown hatched"))
}

/// What the file and its colours say of themselves.
pub(crate) fn told(spec: &ImageSpec, space: &Detected) -> Vec<String> {
    let guess = (space.certainty == Certainty::Guessed)
        .then(|| format!("the colour space is a guess: {}", space.space));
    spec.warnings.iter().cloned().chain(guess).chain(space.warnings.iter().cloned()).collect()
}

/// What was mended in the pixels.
fn mended(tally: &Tally) -> Vec<String> {
    let (nan, infinite) = (tally.nan(), tally.infinite());
    let nan = (nan > 0).then(|| format!("{nan} NaN samples are shown as 0"));
    let infinite =
        (infinite > 0).then(|| format!("{infinite} infinite samples are shown as 65504"));
    tally.notes().into_iter().chain(nan).chain(infinite).collect()
}
