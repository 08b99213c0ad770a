//! Sequences: frames of one shot that differ in the number of their names, and the movie that they
//! become.
//!
//! ```text
//!  listing ─► Sequence ─► timeline ─► codes ─► closed groups ─► reel ─► objects, row, event
//! ```
//!
//! A [`Pattern`] is what a sequence is called, `shot.%04d.exr`, a [`FrameSet`] the numbers of its
//! frames, and a [`Sequence`] the frames that a store has. [`Sequences`] finds all of them in a list
//! of objects, by their names alone. An [`Assembly`] says how one becomes a movie, and
//! [`Pipeline::run_sequence`](crate::Pipeline::run_sequence) makes it.

mod assembly;
mod burn;
mod find;
mod frames;
mod lanes;
mod montage;
mod notes;
mod numeral;
mod order;
mod pattern;
mod poster;
mod reel;
mod run;
mod segment;
mod segments;
mod shot;
mod streamed;
mod tiles;
mod timeline;
mod webvtt;

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};
use crate::storage::{ObjectMeta, Storage};

pub use assembly::{Assembly, Missing, Poster, Progress};
pub use find::{Found, Sequences};
pub use frames::FrameSet;
pub use pattern::Pattern;
pub use segments::LENGTH as SEGMENT_LENGTH;

/// The frames of one pattern that a store has.
///
/// # Examples
/// ```
/// use proxycore::MemoryStorage;
/// use proxycore::sequence::{Pattern, Sequence};
/// use proxycore::storage::Storage;
///
/// let store = MemoryStorage::new("renders");
/// for frame in [1001, 1002, 1004] {
///     store.put(&format!("a/shot.{frame}.exr"), b"...", &Default::default())?;
/// }
/// let (pattern, wanted) = Pattern::parse("a/shot.####.exr")?.expect("has a token");
/// let shot = Sequence::find(&store, &pattern, wanted.as_ref())?;
/// assert_eq!((&*shot.key(), shot.size()), ("a/shot.%04d.exr", 9));
/// assert_eq!(shot.frames().to_string(), "1001-1002,1004");
/// assert_eq!(shot.frames().gaps().to_string(), "1003");
/// # Ok::<(), proxycore::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    pattern: Pattern,
    /// Never none.
    frames: BTreeMap<i64, Frame>,
}

/// An object that is a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// Its key as the store has it; below zero that may be another than the pattern makes.
    pub key: String,
    /// What the list said of it.
    pub meta: ObjectMeta,
}

impl Sequence {
    /// Finds the frames of a pattern, in its folder and not below that; of `wanted` alone, where
    /// something is.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is no frame of the pattern, that of
    /// [`within`](Self::within), and what the store meets.
    pub fn find(
        storage: &dyn Storage,
        pattern: &Pattern,
        wanted: Option<&FrameSet>,
    ) -> Result<Self> {
        let mut frames = BTreeMap::new();
        for object in storage.list_folder(pattern.folder())? {
            let (key, meta) = object?;
            if let Some(number) = pattern.frame_of(&key) {
                find::put(&mut frames, number, Frame { key, meta }, || pattern.key(number));
            }
        }
        if frames.is_empty() {
            return Err(Error::new(ErrorKind::NotFound).at(pattern.to_string()));
        }
        let found = Self { pattern: pattern.clone(), frames };
        match wanted {
            Some(wanted) => found.within(wanted),
            None => Ok(found),
        }
    }

    /// Keeps the frames that are wanted.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] that says which frames there are, where none of them is wanted.
    pub fn within(mut self, wanted: &FrameSet) -> Result<Self> {
        let there = self.frames();
        self.frames.retain(|&number, _| wanted.contains(number));
        if self.frames.is_empty() {
            let what = format!("none of {wanted} is there; there is {there}");
            return Err(Error::invalid("frames", what).at(self.key()));
        }
        Ok(self)
    }

    /// The sequence's own key, `a/shot.%04d.exr`.
    #[must_use]
    pub fn key(&self) -> String {
        self.pattern.to_string()
    }

    /// What its frames are called.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The numbers of the frames that exist; one at the least.
    #[must_use]
    pub fn frames(&self) -> FrameSet {
        self.frames.keys().copied().collect()
    }

    /// The frame of a number, where it exists.
    #[must_use]
    pub fn frame(&self, number: i64) -> Option<&Frame> {
        self.frames.get(&number)
    }

    /// The frames that exist, by their numbers.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, &Frame)> + ExactSizeIterator {
        self.frames.iter().map(|(&number, frame)| (number, frame))
    }

    /// Bytes of all frames together.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frames.values().fold(0, |sum, frame| sum.saturating_add(frame.meta.size))
    }
}
