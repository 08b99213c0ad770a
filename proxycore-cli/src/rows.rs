//! Where rows go: `sqlite:FILE` and `postgres://...`, `jsonl:FILE` and `parquet:DIR`.

use std::str::FromStr;
use std::sync::Arc;

use proxycore::metadata::{Address, MetadataSink};
use proxycore::{Error, Result};

/// What `--db` takes in this build.
pub const DATABASE_FORMS: &str = match (cfg!(feature = "sqlite"), cfg!(feature = "postgres")) {
    (true, false) => "sqlite:FILE",
    (false, true) => "postgres://...",
    _ => "sqlite:FILE|postgres://...",
};

/// Whether this build has a client of any database.
pub const HAS_DATABASE: bool = cfg!(any(feature = "postgres", feature = "sqlite"));

/// What `--rows` takes in this build.
pub const FILE_FORMS: &str =
    if cfg!(feature = "parquet") { "jsonl:FILE|parquet:DIR" } else { "jsonl:FILE" };

const DATABASES: &str = "write sqlite:FILE or postgres://user@host/database";

type Sink = Arc<dyn MetadataSink>;

/// A database, as `--db` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    Known(Address),
    /// None. What was said is not kept: it may be a URL with a slip in it.
    Unknown,
}

impl Database {
    /// Opens it, or makes it.
    ///
    /// # Errors
    /// One that is not there or cannot be written, or that this build has not the client of.
    pub fn open(&self) -> Result<Sink> {
        match self {
            Self::Known(address) => address.open(),
            Self::Unknown => Err(Error::invalid("--db", DATABASES)),
        }
    }
}

impl FromStr for Database {
    type Err = &'static str;

    /// What is refused here is quoted on the terminal, so a slip in what has an `@`, and with it
    /// perhaps a password, is only refused when it is opened.
    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value.parse() {
            Ok(address @ (Address::Sqlite(_) | Address::Postgres(_))) => Ok(Self::Known(address)),
            _ if value.contains('@') => Ok(Self::Unknown),
            _ => Err(DATABASES),
        }
    }
}

/// Files of rows, as `--rows` has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFiles(Address);

impl RowFiles {
    /// Opens them, or makes them.
    ///
    /// # Errors
    /// A place that cannot be written.
    pub fn open(&self) -> Result<Sink> {
        self.0.open()
    }
}

impl FromStr for RowFiles {
    type Err = &'static str;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value.parse() {
            Ok(address @ (Address::Jsonl(_) | Address::Parquet(_))) => Ok(Self(address)),
            _ => Err("write jsonl:FILE or parquet:DIR"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_and_files_are_told_apart() {
        let database = Database::Known(Address::Sqlite("a.db".into()));
        assert_eq!("sqlite:a.db".parse(), Ok(database));
        assert_eq!("jsonl:r.jsonl".parse(), Ok(RowFiles(Address::Jsonl("r.jsonl".into()))));
        assert!("jsonl:r.jsonl".parse::<Database>().is_err());
        assert!("sqlite:a.db".parse::<RowFiles>().is_err());
    }

    #[test]
    fn a_slip_in_a_url_is_not_quoted() {
        let slip: Database = "postgers://me:hush@host/films".parse().unwrap();
        let error = slip.open().unwrap_err();
        assert!(error.to_string().starts_with("--db: write sqlite:FILE"), "{error}");
        assert!(!format!("{slip:?} {error:?}").contains("hush"));
    }
}
