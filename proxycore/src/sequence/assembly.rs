//! How a sequence becomes a movie: what a person may say of it.

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::Arc;

use super::FrameSet;
use crate::error::{Error, Result};
use crate::image::Rational;
use crate::overlay::{BurnIn, Typeface};

/// How a sequence becomes a movie and its stills.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Assembly {
    pub(super) fps: Option<Rational>,
    pub(super) range: Option<FrameSet>,
    pub(super) step: Option<NonZeroUsize>,
    pub(super) missing: Missing,
    pub(super) poster: Option<Poster>,
    pub(super) segments: bool,
    pub(super) burn: BurnIn,
    pub(super) typeface: Typeface,
    pub(super) progress: Option<Arc<dyn Progress>>,
}

impl Assembly {
    /// Takes all frames from the first to the last, at the rate that the files name or at 24 a
    /// second; a missing frame is an error.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the frames per second, whatever the files say.
    #[must_use]
    pub fn with_fps(mut self, fps: Rational) -> Self {
        self.fps = Some(fps);
        self
    }

    /// Takes these frames, and misses those of them that are not there.
    #[must_use]
    pub fn with_range(mut self, range: FrameSet) -> Self {
        self.range = Some(range);
        self
    }

    /// Takes every `step`th frame, the first one on.
    #[must_use]
    pub fn with_step(mut self, step: NonZeroUsize) -> Self {
        self.step = Some(step);
        self
    }

    /// Sets what is shown where a frame is missing, or damaged.
    #[must_use]
    pub fn with_missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// Sets the frame that the stills show. It is remembered beside them, and holds for later runs
    /// that say nothing of it.
    #[must_use]
    pub fn with_poster(mut self, poster: Poster) -> Self {
        self.poster = Some(poster);
        self
    }

    /// Keeps the movie's groups as objects beside it, and takes from them what has not changed since:
    /// of a long sequence a changed frame costs its group. Groups are a quarter of a second then.
    #[must_use]
    pub fn with_segments(mut self, segments: bool) -> Self {
        self.segments = segments;
        self
    }

    /// Writes numbers, names and the like into the frames of the movie; the stills stay without.
    #[must_use]
    pub fn with_burn_in(mut self, burn: BurnIn) -> Self {
        self.burn = burn;
        self
    }

    /// Sets what burn-ins, slates and contact sheets are lettered in.
    #[must_use]
    pub fn with_typeface(mut self, typeface: Typeface) -> Self {
        self.typeface = typeface;
        self
    }

    /// Tells `progress` of each frame.
    #[must_use]
    pub fn with_progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = Some(progress);
        self
    }

    /// What of it changes bytes, beside the frames that are taken.
    pub(super) fn recipe(&self) -> String {
        let fps = self.fps.map(|fps| format!(" fps={}/{}", fps.num, fps.den)).unwrap_or_default();
        let poster = self.poster.unwrap_or_default().name();
        let segments = if self.segments { " segments" } else { "" };
        let burn = match self.burn.is_empty() {
            true => String::new(),
            false => format!(" burn={}", self.burn.recipe()),
        };
        let (missing, fonts) = (self.missing.name(), self.typeface.recipe());
        format!("sequence missing={missing}{fps} poster={poster}{segments}{burn}{fonts}")
    }
}

/// Is told how far a movie is.
pub trait Progress: Debug + Send + Sync {
    /// Another frame of the movie is encoded. Called once for each, from any thread; it is waited
    /// for.
    fn frame(&self);
}

/// What is shown where a frame is missing or damaged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Missing {
    /// Nothing: it is an error that names them.
    #[default]
    Error,
    /// The frame before it; at the start, the first that is there.
    Hold,
    /// The frame nearest to it; of two, the earlier one.
    Nearest,
    /// Black.
    Black,
    /// A slate with its number.
    Slate,
}

impl Missing {
    /// All of them, as a person names them.
    pub const ALL: [Self; 5] = [Self::Error, Self::Hold, Self::Nearest, Self::Black, Self::Slate];

    /// Its name: `error`, `hold`, `nearest`, `black`, `slate`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Hold => "hold",
            Self::Nearest => "nearest",
            Self::Black => "black",
            Self::Slate => "slate",
        }
    }
}

impl FromStr for Missing {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|one| one.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Error::invalid("missing", format!("`{text}` is none of {known}"))
        })
    }
}

/// The frame that the stills of a sequence show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Poster {
    /// The middle one, or the next to it that is neither black nor in a fade.
    #[default]
    Auto,
    /// The middle one, whatever it shows.
    Middle,
    /// The one of this number.
    Frame(i64),
}

impl Poster {
    pub(super) fn name(self) -> String {
        match self {
            Self::Auto => "auto".to_owned(),
            Self::Middle => "middle".to_owned(),
            Self::Frame(number) => number.to_string(),
        }
    }
}

impl FromStr for Poster {
    type Err = Error;

    /// Reads `auto`, `middle` or a frame's number.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "middle" => Ok(Self::Middle),
            number => number.parse().map(Self::Frame).map_err(|_| {
                Error::invalid("poster", format!("`{text}` is no frame, nor `auto` or `middle`"))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::BurnItem;

    #[test]
    fn names_are_read_as_they_are_written() {
        for one in Missing::ALL {
            assert_eq!(one.name().parse::<Missing>().unwrap(), one);
        }
        let error = "skip".parse::<Missing>().unwrap_err().to_string();
        assert!(error.contains("`skip` is none of error, hold"), "{error}");
        for one in [Poster::Auto, Poster::Middle, Poster::Frame(-3)] {
            assert_eq!(one.name().parse::<Poster>().unwrap(), one);
        }
        assert!("first".parse::<Poster>().is_err());
    }

    #[test]
    fn what_changes_bytes_changes_the_recipe() {
        let plain = Assembly::new();
        let others = [
            plain.clone().with_fps(Rational { num: 25, den: 1 }),
            plain.clone().with_missing(Missing::Hold),
            plain.clone().with_poster(Poster::Middle),
            plain.clone().with_segments(true),
            plain.clone().with_burn_in(BurnIn::new([BurnItem::Frame])),
            plain.clone().with_burn_in(BurnIn::default().with_text("a")),
        ];
        assert!(others.iter().all(|other| other.recipe() != plain.recipe()));
    }
}
