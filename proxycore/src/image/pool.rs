//! Memory for bands, used again: to ask the system for it anew costs more than to fill it.

use std::sync::{Mutex, PoisonError};

use super::Band;

/// Buffers that are free, for one image and its bands.
#[derive(Debug, Default)]
pub struct Pool {
    free: Mutex<Vec<Vec<f32>>>,
}

impl Pool {
    /// Gives an empty buffer, one that had room for a band before if there is one.
    pub(crate) fn take(&self) -> Vec<f32> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.unwrap_or_default()
    }

    /// Makes a band that is the same as another one.
    pub(crate) fn copy(&self, band: &Band) -> Band {
        let mut samples = self.take();
        samples.clear();
        samples.extend_from_slice(&band.samples);
        Band { samples, ..*band }
    }

    /// Takes back the buffer of a band that nobody needs any more.
    pub(crate) fn give(&self, band: Band) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(band.samples);
    }
}
