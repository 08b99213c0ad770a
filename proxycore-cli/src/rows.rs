//! Where rows go: `sqlite:FILE` and `postgres://...`, `jsonl:FILE` and `parquet:DIR`.

use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

#[cfg(feature = "postgres")]
use proxycore::metadata::PostgresMetadata;
use proxycore::metadata::{JsonlMetadata, MetadataSink, ParquetMetadata, SqliteMetadata};
use proxycore::{Error, Result};

const DATABASES: &str = "write sqlite:FILE or postgres://user@host/database";

type Sink = Arc<dyn MetadataSink>;

/// A database, as `--db` has it.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    Sqlite(PathBuf),
    /// A URL, which may have a password in it.
    Postgres(String),
    /// Neither. What was said is not kept: it may be a URL with a slip in it.
    Unknown,
}

impl Database {
    /// Opens it, or makes it.
    ///
    /// # Errors
    /// One that is not there or cannot be written, or that this build has not the client of.
    pub fn open(&self) -> Result<Sink> {
        match self {
            Self::Sqlite(file) => Ok(Arc::new(SqliteMetadata::open(file)?)),
            Self::Postgres(url) => postgres(url),
            Self::Unknown => Err(Error::invalid("--db", DATABASES)),
        }
    }
}

impl FromStr for Database {
    type Err = &'static str;

    /// What is refused here is quoted on the terminal, so a slip in what has an `@`, and with it
    /// perhaps a password, is only refused when it is opened.
    fn from_str(value: &str) -> Result<Self, Self::Err> {
        if value.starts_with("postgres://") || value.starts_with("postgresql://") {
            return Ok(Self::Postgres(value.to_owned()));
        }
        match value.strip_prefix("sqlite:") {
            Some(file) if !file.is_empty() => Ok(Self::Sqlite(file.into())),
            _ if value.contains('@') => Ok(Self::Unknown),
            _ => Err(DATABASES),
        }
    }
}

impl Debug for Database {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "sqlite:{}", file.display()),
            Self::Postgres(_) => f.write_str("postgres://"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

#[cfg(feature = "postgres")]
fn postgres(url: &str) -> Result<Sink> {
    Ok(Arc::new(PostgresMetadata::connect(url, PostgresMetadata::SCHEMA)?))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_url: &str) -> Result<Sink> {
    Err(Error::invalid("--db", "this build has no PostgreSQL; build it with `--features postgres`"))
}

/// Files of rows, as `--rows` has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFiles {
    Jsonl(PathBuf),
    Parquet(PathBuf),
}

impl RowFiles {
    /// Opens them, or makes them.
    ///
    /// # Errors
    /// A place that cannot be written.
    pub fn open(&self) -> Result<Sink> {
        Ok(match self {
            Self::Jsonl(file) => Arc::new(JsonlMetadata::open(file)?),
            Self::Parquet(folder) => Arc::new(ParquetMetadata::open(folder)?),
        })
    }
}

impl FromStr for RowFiles {
    type Err = &'static str;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value.split_once(':') {
            Some(("jsonl", file)) if !file.is_empty() => Ok(Self::Jsonl(file.into())),
            Some(("parquet", folder)) if !folder.is_empty() => Ok(Self::Parquet(folder.into())),
            _ => Err("write jsonl:FILE or parquet:DIR"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_told_by_their_scheme() {
        assert_eq!("sqlite:a:b.db".parse(), Ok(Database::Sqlite("a:b.db".into())));
        let url = "postgres://me:hush@host/films";
        let database: Database = url.parse().unwrap();
        assert!(!format!("{database:?}").contains("hush"));
        assert_eq!(database, Database::Postgres(url.to_owned()));
        for value in ["", "sqlite:", "rows.db", "postgres:x"] {
            assert!(value.parse::<Database>().is_err());
        }
    }

    #[test]
    fn a_slip_in_a_url_is_not_quoted() {
        let slip: Database = "postgers://me:hush@host/films".parse().unwrap();
        let error = slip.open().unwrap_err();
        assert!(error.to_string().starts_with("--db: write sqlite:FILE"), "{error}");
        assert!(!format!("{slip:?} {error:?}").contains("hush"));
    }

    #[test]
    fn row_files_are_told_by_their_scheme() {
        assert_eq!("jsonl:r.jsonl".parse(), Ok(RowFiles::Jsonl("r.jsonl".into())));
        assert_eq!("parquet:rows".parse(), Ok(RowFiles::Parquet("rows".into())));
        for value in ["", "rows", "jsonl:", "parquet:", "csv:rows"] {
            assert!(value.parse::<RowFiles>().is_err());
        }
    }
}
