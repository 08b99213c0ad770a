//! A strip or tile: read in order, unpacked once, by whichever thread needs it first.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::FORMAT;
use super::codec::{Codec, Shape};
use super::layout::Layout;
use super::picture;
use crate::error::{Error, ErrorKind, Result};

/// What a strip or tile was unpacked to, and what kept the rest from it.
struct Unpacked {
    rows: Vec<u8>,
    fault: Option<Error>,
}

/// A strip or tile.
pub(super) struct Chunk {
    pub(super) shape: Shape,
    /// What it is called in errors, such as `strip 3 of 10`.
    name: String,
    packed: Mutex<Vec<u8>>,
    unpacked: OnceLock<Unpacked>,
}

impl Chunk {
    pub(super) fn new(name: String, shape: Shape, packed: Vec<u8>) -> Self {
        Self { shape, name, packed: Mutex::new(packed), unpacked: OnceLock::new() }
    }

    /// Its rows of packed samples as far as they lie in the picture, as many as there are whole ones;
    /// all of them unless `partial`.
    pub(super) fn rows(&self, layout: &Layout, codec: &Codec, partial: bool) -> Result<&[u8]> {
        let made = self.unpacked.get_or_init(|| self.unpack(layout, codec));
        match &made.fault {
            None => Ok(&made.rows),
            Some(error) if partial && matches!(error.kind(), ErrorKind::Corrupt { .. }) => {
                Ok(&made.rows)
            }
            Some(error) => Err(Error::new(error.kind().clone())),
        }
    }

    fn unpack(&self, layout: &Layout, codec: &Codec) -> Unpacked {
        let mut packed = self.packed.lock().unwrap_or_else(PoisonError::into_inner);
        let packed = std::mem::take(&mut *packed);
        let mut rows = Vec::new();
        let result = codec.unpack(turned(packed, layout), self.shape, &mut rows);
        let fault = (rows.len() < self.shape.bytes).then(|| self.fault(result.err(), rows.len()));
        if layout.sampling != [1, 1] {
            let Shape { width, rows: height, .. } = self.shape;
            rows = picture::repeat(&rows, width, height, layout.sampling);
        }
        rows.truncate(rows.len() - rows.len() % self.shape.row_bytes);
        for row in rows.chunks_exact_mut(self.shape.row_bytes) {
            layout.predictor.undo(row, layout.kind.bits(), self.shape.samples, layout.order);
        }
        Unpacked { rows: self.shown(rows), fault }
    }

    /// Lets go of the columns to the right of the picture.
    fn shown(&self, mut rows: Vec<u8>) -> Vec<u8> {
        let Shape { row_bytes, shown_bytes, .. } = self.shape;
        if shown_bytes < row_bytes {
            let count = rows.len() / row_bytes;
            for row in 1..count {
                rows.copy_within(row * row_bytes..row * row_bytes + shown_bytes, row * shown_bytes);
            }
            rows.truncate(count * shown_bytes);
            rows.shrink_to_fit();
        }
        rows
    }

    fn fault(&self, cause: Option<Error>, found: usize) -> Error {
        let name = &self.name;
        let short = || format!("{name}: {found} bytes of {}", self.shape.bytes);
        match cause.map(|cause| cause.kind().clone()) {
            None => Error::corrupt(FORMAT, short()),
            Some(ErrorKind::Corrupt { what, .. }) => {
                Error::corrupt(FORMAT, format!("{name}: {what}"))
            }
            Some(kind) => Error::new(kind),
        }
    }
}

/// Puts the highest bit first. JPEG's bytes are never turned.
fn turned(mut packed: Vec<u8>, layout: &Layout) -> Vec<u8> {
    if layout.reversed && !layout.is_jpeg() {
        packed.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
    }
    packed
}
