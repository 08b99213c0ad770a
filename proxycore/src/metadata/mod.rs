//! What is kept of each source in a table: one [`ProxyRecord`] and its [`RenditionRecord`]s.
//!
//! The tables' columns are written down once, in the records, and every [`MetadataSink`] derives
//! its own from [`Row::TABLE`]: SQLite and PostgreSQL their SQL, Parquet and whoever has a table of
//! their own an Arrow schema, JSON Lines its keys. There are no nulls in `proxy_outputs`: what does
//! not apply, such as the proxy of a source that only a thumbnail was asked for, is an empty string
//! or 0, which keeps every column's type as the contract has it. In `proxy_renditions` the numbers
//! of a proof are null where nobody asked for one: a distance of 0 would say that the file is
//! perfect. Null as well is what a single frame has not: the frames and the rate of a sequence.

mod address;
#[cfg(feature = "arrow")]
mod arrow;
#[cfg(feature = "jsonl")]
mod jsonl;
mod memory;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "postgres")]
mod postgres;
mod record;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::fmt::Debug;

use crate::error::Result;

pub use address::Address;
#[cfg(feature = "arrow")]
pub use arrow::{record_batch, schema};
#[cfg(feature = "jsonl")]
pub use jsonl::JsonlMetadata;
pub use memory::MemoryMetadata;
#[cfg(feature = "parquet")]
pub use parquet::ParquetMetadata;
#[cfg(feature = "postgres")]
pub use postgres::PostgresMetadata;
pub use record::{Cell, Column, ColumnType, Field, ProxyRecord, RenditionRecord, Row, Table};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteMetadata;

/// A place that keeps rows.
///
/// The pipeline calls it once per source, from any thread, after the objects stand and before the
/// event goes out. Once a call returns the rows are kept and can be read; after an error, which is
/// [`ErrorKind::Sink`](crate::ErrorKind::Sink) and
/// [retryable](crate::Error::is_retryable), none of them is. Doing a call again changes nothing.
pub trait MetadataSink: Debug + Send + Sync {
    /// Keeps a row and those of its renditions, all or none. Rows with the same `proxy_id` are
    /// replaced, renditions included.
    ///
    /// # Errors
    /// As the trait says.
    fn write(&self, record: &ProxyRecord, renditions: &[RenditionRecord]) -> Result<Written>;
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Whether the row is new, rather than a replacement of one with the same `proxy_id`.
    pub inserted: bool,
}
