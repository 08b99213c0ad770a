//! Sinks for rows by one word: `sqlite:FILE`, `postgres://...`, `parquet:DIR`, `jsonl:FILE`.

use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::MetadataSink;
use crate::error::{Error, Result};

const ADDRESSES: &str =
    "write sqlite:FILE, postgres://user@host/database, parquet:DIR or jsonl:FILE";

type Sink = Arc<dyn MetadataSink>;

/// Where rows go. Its `Debug` shows no password.
///
/// # Examples
/// ```
/// use proxycore::metadata::Address;
///
/// assert_eq!("sqlite:rows.db".parse::<Address>()?, Address::Sqlite("rows.db".into()));
/// # Ok::<(), proxycore::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A URL of PostgreSQL, which may have a password in it.
    Postgres(String),
    /// A folder of Parquet files.
    Parquet(PathBuf),
    /// A file of JSON Lines.
    Jsonl(PathBuf),
}

impl Address {
    /// Opens it, or makes it.
    ///
    /// # Errors
    /// One that is not there or cannot be written, or that this build lacks the feature for.
    pub fn open(&self) -> Result<Sink> {
        match self {
            Self::Sqlite(file) => sqlite(file),
            Self::Postgres(url) => postgres(url),
            Self::Parquet(folder) => parquet(folder),
            Self::Jsonl(file) => jsonl(file),
        }
    }
}

impl FromStr for Address {
    type Err = Error;

    /// What is refused is not quoted: it may be a URL with a password and a slip in it.
    fn from_str(text: &str) -> Result<Self> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text.split_once(':') {
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(file.into())),
            Some(("parquet", folder)) if !folder.is_empty() => Ok(Self::Parquet(folder.into())),
            Some(("jsonl", file)) if !file.is_empty() => Ok(Self::Jsonl(file.into())),
            _ => Err(Error::invalid("metadata", ADDRESSES)),
        }
    }
}

impl Debug for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "sqlite:{}", file.display()),
            Self::Postgres(_) => f.write_str("postgres://"),
            Self::Parquet(folder) => write!(f, "parquet:{}", folder.display()),
            Self::Jsonl(file) => write!(f, "jsonl:{}", file.display()),
        }
    }
}

/// Defines how a sink is opened, with its feature and without.
macro_rules! open {
    ($name:ident, $feature:literal, |$at:ident: &$kind:ty| $open:expr) => {
        #[cfg(feature = $feature)]
        fn $name($at: &$kind) -> Result<Sink> {
            Ok(Arc::new($open))
        }

        #[cfg(not(feature = $feature))]
        fn $name(_: &$kind) -> Result<Sink> {
            Err(Error::missing_feature(concat!($feature, " rows"), $feature))
        }
    };
}

open!(sqlite, "sqlite", |file: &std::path::Path| super::SqliteMetadata::open(file)?);
open!(postgres, "postgres", |url: &str| super::PostgresMetadata::connect(
    url,
    super::PostgresMetadata::SCHEMA
)?);
open!(parquet, "parquet", |folder: &std::path::Path| super::ParquetMetadata::open(folder)?);
open!(jsonl, "jsonl", |file: &std::path::Path| super::JsonlMetadata::open(file)?);

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Address> {
        text.parse()
    }

    #[test]
    fn addresses_are_told_by_their_scheme() {
        assert_eq!(parsed("sqlite:a:b.db").unwrap(), Address::Sqlite("a:b.db".into()));
        assert_eq!(parsed("jsonl:r.jsonl").unwrap(), Address::Jsonl("r.jsonl".into()));
        assert_eq!(parsed("parquet:rows").unwrap(), Address::Parquet("rows".into()));
        let url = "postgresql://me:hush@host/films";
        let database = parsed(url).unwrap();
        assert!(!format!("{database:?}").contains("hush"));
        assert_eq!(database, Address::Postgres(url.to_owned()));
        for text in ["", "sqlite:", "rows.db", "postgres:x", "jsonl:", "parquet:", "csv:rows"] {
            assert_eq!(parsed(text).unwrap_err().kind().name(), "invalid", "{text}");
        }
    }

    #[test]
    fn a_slip_in_a_url_is_not_quoted() {
        let error = parsed("postgers://me:hush@host/films").unwrap_err();
        assert!(!format!("{error:?}").contains("hush"));
    }
}
