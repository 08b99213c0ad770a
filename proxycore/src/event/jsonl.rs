//! Events as JSON Lines: a topic that is a file.

use std::path::PathBuf;

use super::{EventSink, ProxyEvent};
use crate::error::Result;
use crate::lines::Lines;

/// Appends events to a file that other threads and processes may append to as well. An event is
/// delivered when it is on the disk.
#[derive(Debug)]
pub struct JsonlEvents {
    lines: Lines,
}

impl JsonlEvents {
    /// Opens the file, or makes it and the folders above it.
    ///
    /// # Errors
    /// [`ErrorKind::Sink`](crate::ErrorKind::Sink) where it cannot be written.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self { lines: Lines::open(path)? })
    }
}

impl EventSink for JsonlEvents {
    fn publish(&self, event: &ProxyEvent) -> Result<()> {
        self.lines.append(event)
    }
}
