//! How sequences become movies, as it is said on the command line.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use indicatif::ProgressBar;
use proxycore::image::Rational;
use proxycore::overlay::{BurnIn, BurnItem, Typeface};
use proxycore::sequence::{Assembly, FrameSet, Missing, Poster, Progress};

use crate::each::Each;
use crate::report::in_one_line;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Sequences")]
pub struct SequenceArgs {
    /// Make each frame by itself, also where frames are a sequence: --range and --step pick frames of
    /// each one, and nothing else that is said of movies of sequences goes with it
    #[arg(long, conflicts_with_all = [
        "fps", "missing", "burn_in", "burn_in_text", "slate", "font", "segments", "poster",
    ])]
    pub each: bool,
    /// Play FPS frames a second: 25, 23.976, 24000/1001 [default: what the files say, else 24]
    #[arg(long, value_name = "FPS")]
    pub fps: Option<Rational>,
    /// Take these frames only: 1001-1100, 1-10x2,15
    #[arg(long, value_name = "FRAMES", allow_hyphen_values = true)]
    pub range: Option<FrameSet>,
    /// Take every Nth frame
    #[arg(long, value_name = "N")]
    pub step: Option<NonZeroUsize>,
    /// Where a frame is missing or damaged: fail (error), show the frame before it (hold), the
    /// nearest one (nearest), black, or a slate with its number (slate)
    #[arg(long, value_name = "HOW", default_value = "error")]
    pub missing: Missing,
    /// Write into the frames of movies: frame, timecode, name, space, by commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub burn_in: Vec<BurnItem>,
    /// Write LINE into them, too
    #[arg(long, value_name = "LINE")]
    pub burn_in_text: Option<String>,
    /// Begin movies with a slate: name, frames, rate, start, size and colour space, and LINE
    #[arg(long)]
    pub slate: bool,
    /// Letter burn-ins, slates and contact sheets in FONT (TrueType or OpenType) where the built-in one,
    /// with Latin, Greek and Cyrillic, lacks a letter; may be given again
    #[arg(long, value_name = "FONT", value_parser = font)]
    pub font: Vec<Typeface>,
    /// Keep the movie's groups of pictures beside it: when frames change or come, only theirs are
    /// encoded again
    #[arg(long)]
    pub segments: bool,
    /// Show FRAME in the stills, and remember it; `middle`, or `auto` to go by what frames show
    /// [default: what was chosen before, else auto]
    #[arg(long, value_name = "FRAME", allow_hyphen_values = true)]
    pub poster: Option<Poster>,
}

impl SequenceArgs {
    /// Which frames are made each by itself, where that is asked for.
    pub fn each(&self) -> Option<Each<'_>> {
        self.each.then(|| Each::new(self.range.as_ref(), self.step))
    }

    /// The options that were given, all of which say something of sequences alone.
    pub fn given(&self) -> Vec<&'static str> {
        let all = [
            ("--fps", self.fps.is_some()),
            ("--range", self.range.is_some()),
            ("--step", self.step.is_some()),
            ("--missing", self.missing != Missing::Error),
            ("--burn-in", !self.burn_in.is_empty()),
            ("--burn-in-text", self.burn_in_text.is_some()),
            ("--slate", self.slate),
            ("--font", !self.font.is_empty()),
            ("--segments", self.segments),
            ("--poster", self.poster.is_some()),
        ];
        all.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }

    /// The same, for the pipeline.
    pub fn assembly(&self) -> Assembly {
        let mut burn = BurnIn::new(self.burn_in.iter().copied());
        if let Some(text) = &self.burn_in_text {
            burn = burn.with_text(text);
        }
        if self.slate {
            burn = burn.with_slate();
        }
        let typeface = self.font.iter().fold(Typeface::new(), Typeface::with_fonts_of);
        let assembly = Assembly::new().with_missing(self.missing).with_burn_in(burn);
        let mut assembly = assembly.with_typeface(typeface);
        if let Some(fps) = self.fps {
            assembly = assembly.with_fps(fps);
        }
        if let Some(range) = &self.range {
            assembly = assembly.with_range(range.clone());
        }
        if let Some(step) = self.step {
            assembly = assembly.with_step(step);
        }
        if let Some(poster) = self.poster {
            assembly = assembly.with_poster(poster);
        }
        assembly
    }
}

fn font(path: &str) -> Result<Typeface, String> {
    Typeface::open([path]).map_err(|error| in_one_line(&error))
}

/// Moves the bar with each frame of a sequence.
#[derive(Debug)]
pub struct Frames {
    bar: ProgressBar,
    left: AtomicU64,
}

impl Frames {
    /// Makes one for so many frames.
    pub fn new(bar: ProgressBar, count: u64) -> Arc<Self> {
        Arc::new(Self { bar, left: AtomicU64::new(count) })
    }

    /// Frames that the bar has not moved by.
    pub fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }
}

impl Progress for Frames {
    fn frame(&self) {
        let less = |left: u64| left.checked_sub(1);
        // a movie may have more frames than there are files
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            self.bar.inc(1);
        }
    }
}
