//! Bytes that Python gives piece by piece: of a file object, or of a storage in Python.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use proxycore::input::Input;
use pyo3::pybacked::PyBackedBytes;

/// Bytes that are asked for at a time, as a call into Python costs more than a copy.
const PIECE: u64 = 1 << 20;

/// Gives the bytes of a range, or fewer at the end.
pub type Fetch = Box<dyn FnMut(Range<u64>) -> io::Result<PyBackedBytes> + Send>;

/// An input that holds one piece at a time.
pub struct Pieces {
    fetch: Fetch,
    size: u64,
    position: u64,
    start: u64,
    piece: Option<PyBackedBytes>,
}

impl Pieces {
    /// Reads `size` bytes by `fetch`.
    pub fn new(size: u64, fetch: Fetch) -> Self {
        Self { fetch, size, position: 0, start: 0, piece: None }
    }

    /// What is held from the position on.
    fn held(&self) -> &[u8] {
        let piece = self.piece.as_deref().unwrap_or_default();
        let offset = self.position.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        offset.and_then(|at| piece.get(at..)).unwrap_or_default()
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.held().is_empty() && self.position < self.size {
            let end = self.position.saturating_add(PIECE).min(self.size);
            self.piece = Some((self.fetch)(self.position..end)?);
            self.start = self.position;
        }
        let mut held = self.held();
        let count = held.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Pieces {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl Input for Pieces {}
