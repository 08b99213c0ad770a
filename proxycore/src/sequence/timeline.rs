//! Which frame a movie shows when.

use super::{Assembly, FrameSet, Missing, Sequence};
use crate::error::{Error, ErrorKind, Result};

/// The frames of a movie, in the order of time, and those of them that are there.
#[derive(Debug)]
pub(super) struct Timeline {
    numbers: Vec<i64>,
    /// In order too.
    present: Vec<i64>,
    missing: Missing,
}

impl Timeline {
    /// # Errors
    /// [`ErrorKind::Invalid`] where none of the frames is there, whatever is to be shown for them,
    /// for a movie has its size and rate from one; or where one is missing and nothing is to be shown
    /// for it. [`ErrorKind::Limit`] for more frames than a movie has.
    pub(super) fn new(sequence: &Sequence, assembly: &Assembly) -> Result<Self> {
        let nothing = || Error::new(ErrorKind::NotFound).at(sequence.key());
        let wanted = match &assembly.range {
            Some(range) => range.clone(),
            None => span(&sequence.frames()).ok_or_else(nothing)??,
        };
        let step = assembly.step.map_or(1, usize::from);
        let numbers: Vec<i64> = wanted.iter().step_by(step).collect();
        let is_there = |number: &i64| sequence.frame(*number).is_some();
        let present: Vec<i64> = numbers.iter().copied().filter(is_there).collect();
        if present.is_empty() {
            let wanted: FrameSet = numbers.into_iter().collect();
            let there = sequence.frames();
            let what = format!("frames {wanted} are not there; there is {there}");
            return Err(Error::invalid("range", what).at(sequence.key()));
        }
        let timeline = Self { numbers, present, missing: assembly.missing };
        timeline.check().map_err(|error| error.at(sequence.key()))?;
        Ok(timeline)
    }

    fn check(&self) -> Result<()> {
        let missing = self.missing();
        if self.missing != Missing::Error || missing.is_empty() {
            return Ok(());
        }
        let step =
            common_step(&self.present).map(|step| format!(", `step` {step} leaves them out"));
        let what = format!(
            "frames {missing} are not there; `hold`, `nearest`, `black` or `slate` shows something \
             in their place{}",
            step.unwrap_or_default()
        );
        Err(Error::invalid("missing", what))
    }

    /// The numbers of all frames of the movie.
    pub(super) fn numbers(&self) -> &[i64] {
        &self.numbers
    }

    /// Those that are there.
    pub(super) fn present(&self) -> &[i64] {
        &self.present
    }

    /// The key of the first one.
    pub(super) fn key_of_first<'a>(&self, sequence: &'a Sequence) -> &'a str {
        let first = self.present.first().and_then(|first| sequence.frame(*first));
        first.map_or("", |frame| &frame.key)
    }

    /// All frames of the movie.
    pub(super) fn frames(&self) -> FrameSet {
        self.numbers.iter().copied().collect()
    }

    /// Those that are not there.
    pub(super) fn missing(&self) -> FrameSet {
        let is_missing = |number: &i64| self.present.binary_search(number).is_err();
        self.numbers.iter().copied().filter(is_missing).collect()
    }

    /// The frames that may be shown for `number`, the best first; where all of them fail, the policy
    /// has a picture of its own, or none.
    pub(super) fn candidates(&self, number: i64) -> Box<dyn Iterator<Item = i64> + '_> {
        let (before, after) =
            self.present.split_at(self.present.partition_point(|at| *at <= number));
        match self.missing {
            Missing::Hold => Box::new(before.iter().rev().chain(after).copied()),
            Missing::Nearest => Box::new(nearest(number, before, after)),
            Missing::Error | Missing::Black | Missing::Slate => {
                Box::new(before.last().copied().filter(|at| *at == number).into_iter())
            }
        }
    }

    /// What is done about a frame that is missing.
    pub(super) fn policy(&self) -> Missing {
        self.missing
    }

    /// Whether a frame with such an error is as good as missing, and something is shown for it: it
    /// is damaged, as one that is still being written is, or was removed.
    pub(super) fn passes_over(&self, error: &Error) -> bool {
        use ErrorKind::{Changed, Corrupt, NotFound, UnknownFormat};
        let is_damage =
            matches!(error.kind(), Changed | Corrupt { .. } | NotFound | UnknownFormat { .. });
        self.missing != Missing::Error && is_damage
    }
}

/// All from the first to the last.
fn span(frames: &FrameSet) -> Option<Result<FrameSet>> {
    Some(FrameSet::range(frames.first()?, frames.last()?))
}

/// By their distance; of two that are as far, the earlier one first.
fn nearest<'a>(
    number: i64,
    before: &'a [i64],
    after: &'a [i64],
) -> impl Iterator<Item = i64> + use<'a> {
    let (mut before, mut after) = (before.iter().rev().peekable(), after.iter().peekable());
    let next = move || match (before.peek(), after.peek()) {
        (Some(early), Some(late)) if early.abs_diff(number) > late.abs_diff(number) => after.next(),
        (Some(_), _) => before.next(),
        (None, _) => after.next(),
    };
    std::iter::from_fn(next).copied()
}

/// The step that all frames are apart, where it is more than one.
fn common_step(present: &[i64]) -> Option<i64> {
    let mut steps = present.windows(2).map(|pair| pair[1] - pair[0]);
    let first = steps.next()?;
    (first > 1 && steps.all(|step| step == first)).then_some(first)
}
