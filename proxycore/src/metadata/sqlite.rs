//! Rows in a SQLite file: the database that needs no server.
//!
//! Tables and indices are made where they are missing. A write is one transaction, synced before it
//! returns, so a process killed at any moment leaves all rows of a source or none; those who wait for
//! each other do so for up to half a minute. The file must not be on a network file system that
//! several machines write to: SQLite's locks do not reach that far.
//!
//! Nor do they reach another SQLite in the same process, as Python has one: when that closes the file, the
//! locks of ours are gone, and of a log beside the file (WAL) it knows nothing. So the file is open
//! while it is written to, and no longer, and a new one has no such log: to read it between two writes is
//! safe. To write to it through another SQLite in the same process, while ours may write, is not.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ErrorCode, ToSql, Transaction, TransactionBehavior, params_from_iter};

use super::sql::Dialect;
use super::{Cell, MetadataSink, ProxyRecord, RenditionRecord, Row, Table, Written};
use crate::error::{Error, Result};

const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps rows in a SQLite file, in the tables `proxy_outputs` and `proxy_renditions`.
///
/// To join with the inspector's tables, attach the file under the name of their schema:
/// `ATTACH 'proxies.db' AS exr_metadata_2`.
#[derive(Debug)]
pub struct SqliteMetadata {
    path: PathBuf,
    /// One writes at a time.
    turn: Mutex<()>,
}

impl SqliteMetadata {
    /// Opens the file, or makes it, the folders above it and what is missing in it. Any number of
    /// threads and processes of one machine may do so at once.
    ///
    /// # Errors
    /// [`ErrorKind::Sink`](crate::ErrorKind::Sink) where it cannot be written,
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) where it is no database, or has tables of another
    /// shape.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| failure("open", &path, error))?;
        }
        connect(&path).map_err(|error| refusal("open", &path, error))?;
        Ok(Self { path, turn: Mutex::default() })
    }
}

impl MetadataSink for SqliteMetadata {
    fn write(&self, record: &ProxyRecord, renditions: &[RenditionRecord]) -> Result<Written> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        connect(&self.path)
            .and_then(|mut connection| upsert(&mut connection, record, renditions))
            .map_err(|error| refusal("write to", &self.path, error))
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Int64(number) => number.to_sql(),
            Self::Float64(number) => number.to_sql(),
            Self::Null => rusqlite::types::Null.to_sql(),
        }
    }
}

fn upsert(
    connection: &mut Connection,
    record: &ProxyRecord,
    renditions: &[RenditionRecord],
) -> rusqlite::Result<Written> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute("DELETE FROM proxy_renditions WHERE proxy_id = ?1", [&record.proxy_id])?;
    let replaced =
        transaction.execute("DELETE FROM proxy_outputs WHERE proxy_id = ?1", [&record.proxy_id])?;
    insert(&transaction, record)?;
    renditions.iter().try_for_each(|rendition| insert(&transaction, rendition))?;
    transaction.commit()?;
    Ok(Written { inserted: replaced == 0 })
}

fn insert<R: Row>(transaction: &Transaction<'_>, row: &R) -> rusqlite::Result<()> {
    transaction.execute(&dialect().insertion(&R::TABLE), params_from_iter(row.cells())).map(drop)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(&schema())?;
    add_columns(&transaction, &RenditionRecord::TABLE)?;
    transaction.commit()?;
    Ok(connection)
}

/// Adds the columns that a file of an older version lacks.
fn add_columns(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table.name], |row| row.get::<_, String>(0))?;
    let present = names.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut additions = dialect().additions(table, &present).into_iter();
    additions.try_for_each(|sql| connection.execute(&sql, []).map(drop))
}

fn schema() -> String {
    [ProxyRecord::TABLE, RenditionRecord::TABLE].map(|table| dialect().creation(&table)).concat()
}

/// The file as it is opened; who attaches it gives it a schema.
fn dialect() -> Dialect {
    Dialect { schema: String::new(), types: ["TEXT", "INTEGER", "REAL"] }
}

/// An error that may pass, unless it is of the tables' shape, or the file is no database.
fn refusal(tried: &str, path: &Path, error: rusqlite::Error) -> Error {
    use ErrorCode::{
        ConstraintViolation, DatabaseCorrupt, NotADatabase, TooBig, TypeMismatch, Unknown,
    };
    let what = format!("cannot {tried} `{}`", path.display());
    match (error.sqlite_error_code(), &error) {
        // it tells all of the SQL, too
        (Some(Unknown), rusqlite::Error::SqlInputError { msg, .. }) => {
            Error::refused("SQLite", what).with_source(msg.clone())
        }
        (
            Some(
                ConstraintViolation | DatabaseCorrupt | NotADatabase | TooBig | TypeMismatch
                | Unknown,
            ),
            _,
        ) => Error::refused("SQLite", what).with_source(error),
        _ => Error::sink("SQLite", what).with_source(error),
    }
}

fn failure(
    tried: &str,
    path: &Path,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::sink("SQLite", format!("cannot {tried} `{}`", path.display())).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::super::sql::statements;
    use super::*;

    #[test]
    fn a_file_of_an_older_version_gets_its_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.db");
        let connection = Connection::open(&path).unwrap();
        let old = RenditionRecord::TABLE.columns.iter().filter(|column| !column.nullable);
        let names: Vec<_> = old.map(|column| column.name).collect();
        let sql = format!(
            "CREATE TABLE proxy_renditions ({}, PRIMARY KEY (proxy_id, name));
             INSERT INTO proxy_renditions VALUES ({})",
            names.join(", "),
            vec!["'x'"; names.len()].join(", ")
        );
        connection.execute_batch(&sql).unwrap();
        for _ in 0..2 {
            let sink = SqliteMetadata::open(&path).unwrap();
            let proved = RenditionRecord {
                name: "thumb".into(),
                de2000_mean: Some(0.25),
                color_tags: Some("tags".into()),
                ..RenditionRecord::default()
            };
            sink.write(&ProxyRecord::default(), &[proved]).unwrap();
        }
        let read = |id: &str| {
            let sql = "SELECT de2000_mean, de2000_max, color_tags FROM proxy_renditions
                       WHERE proxy_id = ?1";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            connection.query_row(sql, [id], row).unwrap()
        };
        let none: (Option<f64>, Option<f64>, Option<String>) = (None, None, None);
        assert_eq!(read("x"), none);
        assert_eq!(read(""), (Some(0.25), None, Some("tags".to_owned())));
    }

    #[test]
    fn the_schema_is_the_documented_one() {
        let documented = include_str!("../../../docs/schema-sqlite.sql");
        assert_eq!(statements(documented), schema());
    }

    #[test]
    fn the_schema_is_sql_with_every_column() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&schema()).unwrap();
        connection.execute_batch(&schema()).unwrap();
        for table in [ProxyRecord::TABLE, RenditionRecord::TABLE] {
            let sql = format!("SELECT name FROM pragma_table_info('{}')", table.name);
            let mut statement = connection.prepare(&sql).unwrap();
            let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
            let names: Vec<_> = names.map(Result::unwrap).collect();
            let expected: Vec<_> = table.columns.iter().map(|column| column.name).collect();
            assert_eq!(names, expected);
        }
    }
}
