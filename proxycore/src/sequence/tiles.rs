//! The pictures of montages that are made along with a movie, so that no frame is decoded once for
//! the movie and again for a contact sheet and a sprite.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::encode::Codes;
use crate::image::Extent;
use crate::rendition::{Rendition, Role};

/// What a montage shows.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) rendition: Rendition,
    /// The size of a tile.
    pub(super) canvas: Extent,
    pub(super) numbers: BTreeSet<i64>,
}

/// The tiles that are wanted, and those that are made.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    wanted: Vec<Wanted>,
    /// By the montage's place among the wanted, and the frame's number.
    made: Mutex<BTreeMap<(usize, i64), Arc<Codes>>>,
}

impl Tiles {
    pub(super) fn new(wanted: Vec<Wanted>) -> Self {
        Self { wanted, made: Mutex::default() }
    }

    pub(super) fn renditions(&self) -> impl Iterator<Item = &Rendition> {
        self.wanted.iter().map(|each| &each.rendition)
    }

    /// What is wanted of a frame and not made yet, with the montage's place.
    pub(super) fn wanted(&self, number: i64) -> Vec<(usize, &Wanted)> {
        let made = self.made();
        let all = self.wanted.iter().enumerate();
        all.filter(|(at, each)| {
            each.numbers.contains(&number) && !made.contains_key(&(*at, number))
        })
        .collect()
    }

    /// Keeps a tile.
    pub(super) fn keep(&self, at: usize, number: i64, codes: Codes) {
        self.made().insert((at, number), Arc::new(codes));
    }

    /// The tile of a frame in the montage of that role, where it is made.
    pub(super) fn find(&self, role: Role, number: i64) -> Option<Arc<Codes>> {
        let at = self.wanted.iter().position(|each| each.rendition.role() == role)?;
        self.made().get(&(at, number)).cloned()
    }

    fn made(&self) -> MutexGuard<'_, BTreeMap<(usize, i64), Arc<Codes>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
