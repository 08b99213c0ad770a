//! What is whole of a damaged part, counted chunk by chunk.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::image::Tally;

/// The chunks that were read, and those that were not or turned out to be damaged.
#[derive(Debug)]
pub(super) struct Losses {
    /// Whether chunks may be missing: damage is an error where they may not.
    allowed: bool,
    tally: Arc<Tally>,
    read: AtomicU64,
    damaged: AtomicU64,
    first: Mutex<Option<ErrorKind>>,
}

impl Losses {
    pub(super) fn new(allowed: bool, tally: Arc<Tally>) -> Self {
        let none = || AtomicU64::new(0);
        Self { allowed, tally, read: none(), damaged: none(), first: Mutex::default() }
    }

    /// Whether pixels may be missing.
    pub(super) fn are_allowed(&self) -> bool {
        self.allowed
    }

    /// Counts a chunk that was read, or gives `None` for one that cannot be.
    pub(super) fn read<T>(&self, chunk: Result<T>) -> Result<Option<T>> {
        let chunk = self.sift(chunk)?;
        self.read.fetch_add(u64::from(chunk.is_some()), Ordering::Relaxed);
        Ok(chunk)
    }

    /// Counts a chunk that was read, and cannot be unpacked.
    pub(super) fn unpacked<T>(&self, chunk: Result<T>) -> Result<Option<T>> {
        let chunk = self.sift(chunk)?;
        self.damaged.fetch_add(u64::from(chunk.is_none()), Ordering::Relaxed);
        Ok(chunk)
    }

    /// Gives `None` for what is damaged, where that is no error.
    fn sift<T>(&self, chunk: Result<T>) -> Result<Option<T>> {
        let error = match chunk {
            Ok(chunk) => return Ok(Some(chunk)),
            Err(error) => error,
        };
        if !self.allowed || !matches!(error.kind(), ErrorKind::Corrupt { .. }) {
            return Err(error);
        }
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| error.kind().clone());
        Ok(None)
    }

    /// Counts pixels that are hatched.
    pub(super) fn missing(&self, pixels: usize) {
        self.tally.add_missing(pixels as u64);
    }

    /// Answers with the first error where nothing at all is whole, as far as it was unpacked.
    pub(super) fn check(&self) -> Result<()> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let nothing = count(&self.read) == count(&self.damaged);
        match first {
            Some(kind) if nothing => Err(Error::new(kind)),
            _ => Ok(()),
        }
    }
}
