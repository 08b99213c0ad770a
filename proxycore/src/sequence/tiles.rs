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

type Made = BTreeMap<(Role, i64), Arc<Codes>>;

/// The tiles that are wanted, and those that are made.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    wanted: Vec<Wanted>,
    /// By the montage and the frame's number.
    made: Mutex<Made>,
}

impl Tiles {
    pub(super) fn new(wanted: Vec<Wanted>) -> Self {
        Self { wanted, made: Mutex::default() }
    }

    pub(super) fn renditions(&self) -> impl Iterator<Item = &Rendition> {
        self.wanted.iter().map(|each| &each.rendition)
    }

    /// What is wanted of a frame and not made yet.
    pub(super) fn wanted(&self, number: i64) -> Vec<&Wanted> {
        let made = self.made();
        let is_made = |each: &Wanted| made.contains_key(&(each.rendition.role(), number));
        let wanted = self.wanted.iter().filter(|each| each.numbers.contains(&number));
        wanted.filter(|each| !is_made(each)).collect()
    }

    /// Keeps the tile of a frame in the montage of that role.
    pub(super) fn keep(&self, role: Role, number: i64, codes: Codes) {
        self.made().insert((role, number), Arc::new(codes));
    }

    /// The tile of a frame in the montage of that role, where it is made.
    pub(super) fn find(&self, role: Role, number: i64) -> Option<Arc<Codes>> {
        self.made().get(&(role, number)).cloned()
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
