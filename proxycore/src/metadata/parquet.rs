//! Rows as Parquet files that any number of workers write side by side, for DuckDB, Spark, Polars
//! and their like.
//!
//! A folder has `proxy_outputs/` and `proxy_renditions/` below it. Each sink writes files of its
//! own, whose names tell their order in time and nothing else; of a row's renditions, the file has
//! the same name. With each write the sink's newest files are replaced by ones with the new row, so
//! what was written can be read, and stays whatever becomes of the process; after [`ROWS`] rows it
//! starts the next. A file is only ever seen whole.
//!
//! Of rows with the same `proxy_id` in several files, the one in the last by name counts; a row is
//! there once it is in `proxy_outputs`, for its renditions are written before it. Nothing joins the
//! files of workers that kept few rows each: that is for whoever reads them often.

use std::hash::{BuildHasher, RandomState};
use std::path::{self, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::Compression;
use ::parquet::file::properties::WriterProperties;
use jiff::Timestamp;

use super::{MetadataSink, ProxyRecord, RenditionRecord, Row, Written, record_batch, schema};
use crate::error::{Error, Result};
use crate::file::replace::{self, Replacer};

/// Rows in a file: each costs the writing of those before it again.
const ROWS: usize = 256;

/// The sink's name in errors.
const SINK: &str = "Parquet";

/// Keeps rows in Parquet files below a folder. New rows and replacements are not told apart: each
/// is reported as inserted.
#[derive(Debug)]
pub struct ParquetMetadata {
    folder: PathBuf,
    newest: Mutex<Newest>,
    replacer: Replacer,
}

/// What the newest files hold.
#[derive(Debug, Clone)]
struct Newest {
    name: String,
    rows: Vec<Arc<Kept>>,
}

/// A row and those of its renditions.
#[derive(Debug)]
struct Kept {
    record: ProxyRecord,
    renditions: Vec<RenditionRecord>,
}

impl ParquetMetadata {
    /// Makes the folder and those in and above it, where they are missing. A file is made with the
    /// first row.
    ///
    /// # Errors
    /// [`ErrorKind::Sink`](crate::ErrorKind::Sink) where they cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        let unknown = |error| failure(format!("cannot find `{}`", folder.display()), error);
        // so that it stays the same where the program changes its current folder
        let sink = Self {
            folder: path::absolute(&folder).map_err(unknown)?,
            newest: Mutex::new(Newest::start()),
            replacer: Replacer::default(),
        };
        for table in [ProxyRecord::TABLE, RenditionRecord::TABLE] {
            let folder = sink.folder.join(table.name);
            let failed = |error| failure(format!("cannot make `{}`", folder.display()), error);
            replace::create(&folder).map_err(failed)?;
        }
        Ok(sink)
    }

    /// Replaces a table's newest file by one of these rows.
    fn replace<'a, R: Row + 'a>(
        &self,
        name: &str,
        rows: impl Iterator<Item = &'a R>,
    ) -> Result<()> {
        let path = self.folder.join(R::TABLE.name).join(name);
        let failed = |error| failure(format!("cannot write `{}`", path.display()), error);
        self.replacer.replace(&path, &file(rows)?).map(drop).map_err(failed)
    }
}

impl MetadataSink for ParquetMetadata {
    fn write(&self, record: &ProxyRecord, renditions: &[RenditionRecord]) -> Result<Written> {
        let kept = Kept { record: record.clone(), renditions: renditions.to_vec() };
        // it is replaced as a whole, so a panic leaves the rows of the files that stand
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let next = newest.with(kept);
        self.replace(&next.name, next.rows.iter().flat_map(|kept| &kept.renditions))?;
        self.replace(&next.name, next.rows.iter().map(|kept| &kept.record))?;
        *newest = next;
        Ok(Written { inserted: true })
    }
}

impl Newest {
    /// No rows, in a file whose name is later than those before it and nobody else's.
    fn start() -> Self {
        let now = Timestamp::now().strftime("%Y%m%dT%H%M%S.%6fZ");
        // what keys hash maps comes from the system's source of randomness
        let random = RandomState::new().hash_one(std::process::id());
        Self { name: format!("{now}-{random:016x}.parquet"), rows: Vec::new() }
    }

    /// The same and one row more, or in place of the one with the same id.
    fn with(&self, kept: Kept) -> Self {
        let at = self.rows.iter().position(|old| old.record.proxy_id == kept.record.proxy_id);
        let mut next =
            if at.is_none() && self.rows.len() >= ROWS { Self::start() } else { self.clone() };
        match at.and_then(|at| next.rows.get_mut(at)) {
            Some(old) => *old = Arc::new(kept),
            None => next.rows.push(Arc::new(kept)),
        }
        next
    }
}

/// A file of one row group.
fn file<'a, R: Row + 'a>(rows: impl Iterator<Item = &'a R>) -> Result<Vec<u8>> {
    let batch = record_batch(rows)?;
    let failed = |error| failure(format!("cannot write rows of `{}`", R::TABLE.name), error);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut bytes = Vec::new();
    let writer = ArrowWriter::try_new(&mut bytes, schema::<R>(), Some(properties));
    let mut writer = writer.map_err(failed)?;
    writer.write(&batch).map_err(failed)?;
    writer.close().map_err(failed)?;
    Ok(bytes)
}

fn failure(what: String, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::sink(SINK, what).with_source(error)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn record(id: usize) -> ProxyRecord {
        ProxyRecord { proxy_id: id.to_string(), ..ProxyRecord::default() }
    }

    #[test]
    fn many_rows_are_few_files() {
        let folder = tempfile::tempdir().unwrap();
        let sink = ParquetMetadata::open(folder.path()).unwrap();
        for id in 0..=ROWS {
            sink.write(&record(id), &[RenditionRecord::default()]).unwrap();
        }
        let names = |table: &str| {
            let entries = fs::read_dir(folder.path().join(table)).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(names("proxy_outputs").len(), 2);
        assert_eq!(names("proxy_outputs"), names("proxy_renditions"));
    }

    #[test]
    fn a_row_that_could_not_be_written_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let sink = ParquetMetadata::open(folder.path()).unwrap();
        sink.write(&record(1), &[]).unwrap();
        let (outputs, away) = (folder.path().join("proxy_outputs"), folder.path().join("away"));
        fs::rename(&outputs, &away).unwrap();
        fs::write(&outputs, "in the way").unwrap();
        let error = sink.write(&record(2), &[]).unwrap_err();
        assert!(error.is_retryable() && error.to_string().contains("proxy_outputs"), "{error}");
        let newest = sink.newest.lock().unwrap();
        assert_eq!(newest.rows.len(), 1);
    }

    #[test]
    fn names_follow_time() {
        let names = [(); 3].map(|()| Newest::start().name);
        let alike = |name: &String| name.len() == names[0].len() && name[..8] == names[0][..8];
        assert!(names.iter().all(alike), "{names:?}");
        assert!(names[0] != names[1] && names[1] != names[2]);
    }
}
