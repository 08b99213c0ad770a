//! What is whole of a damaged part, counted chunk by chunk.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::image::Tally;

/// The chunks that were unpacked, and those that were not.
#[derive(Debug)]
pub(super) struct Losses {
    /// Where missing pixels are counted; `None` where damage is an error.
    tally: Option<Arc<Tally>>,
    whole: AtomicU64,
    first: Mutex<Option<ErrorKind>>,
}

impl Losses {
    pub(super) fn new(tally: Option<Arc<Tally>>) -> Self {
        Self { tally, whole: AtomicU64::new(0), first: Mutex::default() }
    }

    /// Counts a chunk that is whole; gives `None` for one that is damaged where that is no error.
    pub(super) fn sift<T>(&self, chunk: Result<T>) -> Result<Option<T>> {
        let error = match chunk {
            Ok(chunk) => return Ok(Some(chunk)),
            Err(error) => error,
        };
        if self.tally.is_none() || !matches!(error.kind(), ErrorKind::Corrupt { .. }) {
            return Err(error);
        }
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| error.kind().clone());
        Ok(None)
    }

    /// Counts a chunk that was unpacked.
    pub(super) fn unpacked(&self) {
        self.whole.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts pixels that are hatched.
    pub(super) fn missing(&self, pixels: usize) {
        if let Some(tally) = &self.tally {
            tally.add_missing(pixels as u64);
        }
    }

    /// Answers with the first error where nothing at all was whole.
    pub(super) fn check(&self) -> Result<()> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match first {
            Some(kind) if self.whole.load(Ordering::Relaxed) == 0 => Err(Error::new(kind)),
            _ => Ok(()),
        }
    }
}
