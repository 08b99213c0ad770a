//! Rows as JSON Lines: a log to load elsewhere.
//!
//! One call is one line, the columns of the row with `renditions` nested after them, so that all of
//! it is there or none. Nothing is ever rewritten: of lines with the same `proxy_id` the last
//! counts, and each is reported as inserted.

use std::path::PathBuf;

use serde::Serialize;

use super::{MetadataSink, ProxyRecord, RenditionRecord, Written};
use crate::error::Result;
use crate::lines::Lines;

/// Appends rows to a file that other threads and processes may append to as well.
#[derive(Debug)]
pub struct JsonlMetadata {
    lines: Lines,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    record: &'a ProxyRecord,
    renditions: &'a [RenditionRecord],
}

impl JsonlMetadata {
    /// Opens the file, or makes it and the folders above it.
    ///
    /// # Errors
    /// [`ErrorKind::Sink`](crate::ErrorKind::Sink) where it cannot be written.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self { lines: Lines::open(path)? })
    }
}

impl MetadataSink for JsonlMetadata {
    fn write(&self, record: &ProxyRecord, renditions: &[RenditionRecord]) -> Result<Written> {
        self.lines.append(&Line { record, renditions })?;
        Ok(Written { inserted: true })
    }
}
