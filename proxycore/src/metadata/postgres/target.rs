//! Which database, and how it is spoken to.

use std::env;
use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::sql::Dialect;
use super::tls;
use crate::error::{Error, Result};

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
const CONNECT: Duration = Duration::from_secs(10);
/// How long sent bytes may stay unconfirmed before the connection counts as broken.
const SILENCE: Duration = Duration::from_secs(30);
/// `NAMEDATALEN` less one: the server cuts longer names.
const LONGEST_NAME: usize = 63;

/// A schema of a database; only its place is ever shown.
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
    /// The schema's name as it is.
    pub(super) schema: String,
    pub(super) dialect: Dialect,
    /// For errors: the URL without user, password and options.
    pub(super) place: String,
}

impl Target {
    pub(super) fn parse(url: &str, schema: &str) -> Result<Self> {
        let mut config = config(url)?;
        if config.get_password().is_none() {
            env::var("PGPASSWORD").ok().map(|password| config.password(password));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_application_name().is_none() {
            config.application_name("proxycore");
        }
        config.tcp_user_timeout(SILENCE);
        let tls = tls::connector(config.get_ssl_mode())?;
        let (place, dialect) = (place(&config), dialect(schema)?);
        Ok(Self { config, tls, schema: schema.to_owned(), dialect, place })
    }
}

impl Debug for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.place, self.schema)
    }
}

/// What went wrong is not passed on: it may quote what was taken for an option's name and is a part
/// of a password.
fn config(url: &str) -> Result<Config> {
    let what = "no URL of the form postgres://user@host:5432/database; write the characters \
                `@:/?#%` of a password as `%40` and so on";
    let invalid = || Error::invalid("PostgreSQL", what);
    if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
        return Err(invalid());
    }
    let config: Config = modes(url).parse().map_err(|_| invalid())?;
    // the end of a password that has an `@` would be shown as a part of the host
    let is_odd = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
    if config.get_hosts().iter().any(is_odd) {
        return Err(invalid());
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(Error::invalid("PostgreSQL", "the URL names no host"));
    }
    Ok(config)
}

/// Writes the modes of libpq that we have under another name.
fn modes(url: &str) -> String {
    let Some((place, options)) = url.split_once('?') else {
        return url.to_owned();
    };
    let options = options.split('&').map(|option| match option {
        "sslmode=verify-full" | "sslmode=verify-ca" => "sslmode=require",
        "sslmode=allow" => "sslmode=prefer",
        _ => option,
    });
    format!("{place}?{}", options.collect::<Vec<_>>().join("&"))
}

/// PostgreSQL's types, and the schema as a quoted name.
pub(super) fn dialect(schema: &str) -> Result<Dialect> {
    if schema.is_empty() || schema.len() > LONGEST_NAME || schema.contains('\0') {
        let what = format!("the name has to be 1 to {LONGEST_NAME} bytes long");
        return Err(Error::invalid("schema", what));
    }
    let schema = if is_plain(schema) {
        format!("{schema}.")
    } else {
        format!("\"{}\".", schema.replace('"', "\"\""))
    };
    Ok(Dialect { schema, types: ["text", "bigint", "double precision"] })
}

/// Whether a name needs no quotes; words of the language end in no digit.
fn is_plain(name: &str) -> bool {
    let letters = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    name.bytes().all(letters)
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.ends_with(|last: char| last.is_ascii_digit())
}

fn place(config: &Config) -> String {
    let host = |host: &Host| match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(folder) => folder.display().to_string(),
    };
    let hosts: Vec<_> = config.get_hosts().iter().map(host).collect();
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    format!("postgres://{}/{database}", hosts.join(","))
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::SslMode;

    use super::*;

    #[test]
    fn nothing_shows_the_password() {
        let target = Target::parse("postgres://me:hush@db:1/films?sslmode=disable", "s").unwrap();
        assert_eq!(format!("{target:?}"), "postgres://db/films (s)");
        let broken = [
            "postgres://me:hush@db:hush/films",
            "postgres://me:a@hush@db/films",
            "postgres://db/films?password=a&hush=1",
            "postgres://me:hush@/films",
            "mysql://me:hush@db/films",
            "host=db password=hush",
        ];
        for url in broken {
            let error = Target::parse(url, "s").unwrap_err();
            assert_eq!(error.kind().name(), "invalid");
            assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        }
    }

    #[test]
    fn modes_have_the_names_of_libpq() {
        let mode = |mode| config(&format!("postgres://db/x?sslmode={mode}")).unwrap();
        for (name, expected) in [
            ("disable", SslMode::Disable),
            ("allow", SslMode::Prefer),
            ("prefer", SslMode::Prefer),
            ("require", SslMode::Require),
            ("verify-ca", SslMode::Require),
            ("verify-full", SslMode::Require),
        ] {
            assert_eq!(mode(name).get_ssl_mode(), expected);
        }
        assert_eq!(config("postgres://db/x").unwrap().get_ssl_mode(), SslMode::Prefer);
    }

    #[test]
    fn names_are_quoted_where_they_have_to_be() {
        let quoted = |name| dialect(name).map(|dialect| dialect.schema);
        assert_eq!(quoted("exr_metadata_2").unwrap(), "exr_metadata_2.");
        assert_eq!(quoted("user").unwrap(), "\"user\".");
        assert_eq!(quoted("a\"; DROP 2").unwrap(), "\"a\"\"; DROP 2\".");
        for name in ["", "a\0b", &"x".repeat(64)] {
            assert!(quoted(name).is_err());
        }
    }
}
