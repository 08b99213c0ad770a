//! A PostgreSQL server: Debian's package, in a folder and on a port of its own.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use proxycore::Error;
use proxycore::metadata::{MetadataSink, PostgresMetadata, ProxyRecord, RenditionRecord, Row};
use proxycore::retry::Retry;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::metadata_conformance::{
    JOIN, JOINED, Rows, Subject, THREADS, conforms, makes, record, renditions,
};
use crate::server::{Server, free_port, run};

const USER: &str = "studio";
pub const PASSWORD: &str = "hu/sh@:1";
pub const ESCAPED: &str = "hu%2Fsh%40%3A1";
const SCHEMA: &str = PostgresMetadata::SCHEMA;
const URL: &str = "PROXYCORE_TEST_POSTGRES";

/// The inspector's table.
const FILES: &str = "CREATE TABLE exr_metadata_2.files (file_id text, file_path text, \
    file_path_normalized text, header_hash text, size_bytes bigint, mtime text, \
    multipart_count integer, is_deep boolean, metadata_embedding real[], frame_number integer, \
    inspection_timestamp text, inspection_count integer, last_inspected text)";

/// A server with a database of its user's name, that asks for a password over TCP and has a
/// certificate that it signed itself.
pub struct Postgres {
    pub port: u16,
    server: Option<Server>,
    folder: TempDir,
}

impl Postgres {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("password"), PASSWORD).unwrap();
        let subject = ["-subj", "/CN=localhost", "-addext", "basicConstraints=critical,CA:FALSE"];
        run(Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"])
            .args(subject)
            .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
            .arg("-keyout")
            .arg(path.join("key.pem"))
            .arg("-out")
            .arg(path.join("certificate.pem")));
        if let Some((user, group)) = owner() {
            for entry in [".", "password", "key.pem", "certificate.pem"] {
                chown(path.join(entry), Some(user), Some(group)).unwrap();
            }
        }
        let mut made = Self { port: free_port(), server: None, folder };
        run(made
            .program("initdb")
            .args(["-U", USER, "-E", "UTF8", "--locale=C.UTF-8"])
            .args(["--auth-local=trust", "--auth-host=scram-sha-256"])
            .arg(format!("--pwfile={}", made.path("password").display()))
            .arg("-D")
            .arg(made.path("data")));
        made.up();
        made.psql_in("postgres", &format!("CREATE DATABASE {USER}"));
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One of its programs, run as a user whom it accepts.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(bin().join(name));
        command.current_dir(self.folder.path());
        if let Some((user, group)) = owner() {
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts the server again.
    pub fn up(&mut self) {
        let (log, folder) = (self.path("log"), self.folder.path().display());
        let mut command = self.program("postgres");
        command
            .arg("-D")
            .arg(self.path("data"))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-c", &format!("unix_socket_directories={folder}"), "-c", "ssl=on"])
            .args(["-c", &format!("ssl_cert_file={folder}/certificate.pem")])
            .args(["-c", &format!("ssl_key_file={folder}/key.pem")])
            // the machine does not fall here, and a busy disk would keep a crashed server starting up
            .args(["-c", "fsync=off"]);
        let mut server = Server::start("postgres", &mut command, &log);
        let ready = || {
            let mut command = self.program("pg_isready");
            let said =
                command.arg("-h").arg(self.folder.path()).args(["-p", &self.port.to_string()]);
            said.output().unwrap().status.success()
        };
        server.wait_until(&log, ready);
        self.server = Some(server);
    }

    pub fn is_up(&self) -> bool {
        self.server.is_some()
    }

    /// Stops it: `fast` sends the clients away, `immediate` is a crash.
    pub fn down(&mut self, mode: &str) {
        let mut command = self.program("pg_ctl");
        _ = command.arg("-D").arg(self.path("data")).args(["stop", "-m", mode, "-w"]).output();
        self.server = None;
    }

    fn psql_in(&self, database: &str, sql: &str) -> String {
        run(self
            .program("psql")
            .args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", USER, "-d", database, "-c", sql])
            .arg("-h")
            .arg(self.folder.path())
            .args(["-p", &self.port.to_string()]))
    }

    pub fn psql(&self, sql: &str) -> String {
        self.psql_in(USER, sql)
    }

    pub fn url(&self, options: &str) -> String {
        format!("postgres://{USER}:{ESCAPED}@127.0.0.1:{}/{USER}{options}", self.port)
    }

    fn socket(&self) -> String {
        let (folder, port) = (self.folder.path().display(), self.port);
        format!("postgresql://{USER}@/{USER}?host={folder}&port={port}")
    }

    fn connect(&self) -> PostgresMetadata {
        PostgresMetadata::connect(&self.url(""), SCHEMA).unwrap()
    }

    fn rows(&self, schema: &str) -> Rows {
        let rows: Vec<ProxyRecord> = self.select(schema, "true", "proxy_id");
        let with_renditions = |row: ProxyRecord| {
            let of = format!("proxy_id = '{}'", row.proxy_id);
            let renditions = self.select(schema, &of, "name");
            (row, renditions.into_iter().rev().collect())
        };
        rows.into_iter().map(with_renditions).collect()
    }

    fn select<R: Row + DeserializeOwned>(&self, schema: &str, of: &str, order: &str) -> Vec<R> {
        let table = R::TABLE.name;
        let json = self.psql(&format!(
            "SELECT row_to_json(t) FROM {schema}.{table} t WHERE {of} ORDER BY {order} COLLATE \"C\""
        ));
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn count(&self, table: &str) -> usize {
        self.psql(&format!("SELECT count(*) FROM {SCHEMA}.{table}")).trim().parse().unwrap()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.down("immediate");
    }
}

/// Where all its programs are: Debian puts few of them on the PATH.
fn bin() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let has_all = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "pg_isready", "postgres", "psql"]
            .iter()
            .all(|name| folder.join(name).exists())
    };
    let mut places = debian.chain(env::split_paths(&path)).filter(has_all);
    places.next().expect("no PostgreSQL here: apt-get install postgresql")
}

/// The server refuses to run as root: then it runs as the user that Debian's package made for it.
fn owner() -> Option<(u32, u32)> {
    let id = |option, name: &[&str]| -> u32 {
        run(Command::new("id").arg(option).args(name)).trim().parse().unwrap()
    };
    (id("-u", &[]) == 0).then(|| (id("-u", &["postgres"]), id("-g", &["postgres"])))
}

/// A sink's error that may pass, and shows no secret.
fn is_sinks(error: &Error) -> String {
    assert_eq!((error.kind().name(), error.is_retryable()), ("sink", true));
    said(error)
}

/// The error of who has no right, that shows no secret.
fn is_denied(error: &Error) -> String {
    assert_eq!((error.kind().name(), error.is_retryable()), ("denied", false));
    said(error)
}

fn said(error: &Error) -> String {
    let mut said = format!("{error:?} {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        said = format!("{said}: {cause}");
        source = cause.source();
    }
    assert!(!said.contains(PASSWORD) && !said.contains(ESCAPED), "{said}");
    said
}

#[test]
fn sink_conforms_over_tls_and_sockets() {
    let server = Postgres::start();
    for (url, schema) in [
        (server.url(""), SCHEMA),
        (server.url("?sslmode=disable"), "plain"),
        (server.socket(), "\"of a socket\""),
    ] {
        let sink = PostgresMetadata::connect(&url, schema.trim_matches('"')).unwrap();
        assert!(!format!("{sink:?}").contains("hu"));
        conforms(&Subject { sink: &sink, rows: &|| server.rows(schema), tells: true });
        let encrypted = server.psql(
            "SELECT bool_or(ssl) FROM pg_stat_ssl NATURAL JOIN pg_stat_activity \
             WHERE application_name = 'proxycore'",
        );
        assert_eq!(encrypted.trim(), if schema == SCHEMA { "t" } else { "f" });
    }
}

#[test]
fn the_join_that_others_run_runs() {
    let server = Postgres::start();
    let inspected = makes(Arc::new(server.connect()));
    server.psql(FILES);
    server.psql(&inspected);
    let expected = JOINED
        .map(|(path, parts, thumbnail, proxy)| format!("{path}|{parts}|{thumbnail}|{proxy}\n"));
    assert_eq!(server.psql(JOIN), expected.concat());
}

#[test]
fn many_make_the_tables_at_once() {
    let server = Postgres::start();
    let test = "postgres::makes_the_tables";
    let child = || {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", test, "--ignored", "--nocapture"]).env(URL, server.url(""));
        command
    };
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert!(run(&mut child()).contains("1 passed")));
        }
        scope.spawn(|| open_at_once(&server.url("")));
    });
    assert_eq!((server.count("proxy_outputs"), server.count("proxy_renditions")), (1, 2));
}

#[test]
#[ignore = "runs as the child of many_make_the_tables_at_once"]
fn makes_the_tables() {
    env::var(URL).into_iter().for_each(|url| open_at_once(&url));
}

fn open_at_once(url: &str) {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(move || {
                let sink = PostgresMetadata::connect(url, SCHEMA).unwrap();
                sink.write(&record("a", 1), &renditions("a", &["thumb", "proxy"])).unwrap();
            });
        }
    });
}

#[test]
fn a_restart_between_two_writes_is_not_noticed() {
    let mut server = Postgres::start();
    let sink = server.connect();
    for (at, mode) in (0..).zip(["fast", "immediate"]) {
        sink.write(&record("a", at), &renditions("a", &["thumb"])).unwrap();
        server.down(mode);
        server.up();
    }
    assert!(!sink.write(&record("a", 9), &renditions("a", &["proxy"])).unwrap().inserted);
    assert_eq!(server.rows(SCHEMA), [(record("a", 9), renditions("a", &["proxy"]))]);
}

#[test]
fn restarts_amid_writes_lose_nothing() {
    const ROWS: usize = 400;
    const ALL: usize = ROWS + 1;
    let mut server = Postgres::start();
    let sink = server.connect();
    thread::scope(|scope| {
        for worker in 0..2 {
            let sink = &sink;
            scope.spawn(move || {
                for at in 0..ROWS / 2 {
                    let id = format!("{worker}-{at}");
                    let renditions = renditions(&id, &["thumb", "proxy"]);
                    sink.write(&record(&id, 1), &renditions).unwrap();
                    thread::sleep(Duration::from_millis(10));
                }
            });
        }
        for mode in ["fast", "immediate"] {
            thread::sleep(Duration::from_millis(300));
            server.down(mode);
            thread::sleep(Duration::from_millis(300));
            server.up();
        }
        kill_backend(&server);
    });
    kill_backend(&server);
    sink.write(&record("last", 1), &renditions("last", &["thumb", "proxy"])).unwrap();
    assert_eq!((server.count("proxy_outputs"), server.count("proxy_renditions")), (ALL, 2 * ALL));
}

/// Kills the process that serves the sink, which makes the server start all over.
fn kill_backend(server: &Postgres) {
    let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'proxycore' LIMIT 1";
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let found = server.psql(sql);
        if let Ok(pid) = found.trim().parse::<u32>() {
            run(Command::new("kill").args(["-9", &pid.to_string()]));
            return;
        }
        assert!(Instant::now() < deadline, "the sink did not come back");
    }
}

#[test]
fn a_server_that_stays_away_is_an_error_that_may_pass() {
    let mut server = Postgres::start();
    let sink = server.connect().with_retry(Retry::default().with_calls(2));
    server.down("fast");
    let said = is_sinks(&sink.write(&record("a", 1), &[]).unwrap_err());
    assert!(said.contains("cannot connect to postgres://127.0.0.1/studio"), "{said}");
    is_sinks(&PostgresMetadata::connect(&server.url(""), SCHEMA).unwrap_err());
    server.up();
    assert!(sink.write(&record("a", 1), &[]).unwrap().inserted);
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    thread::spawn(move || {
        let clients: Vec<_> = silent.incoming().map_while(Result::ok).collect();
        drop(clients);
    });
    let started = Instant::now();
    let url = format!("postgres://u@127.0.0.1:{port}/x?connect_timeout=1");
    is_sinks(&PostgresMetadata::connect(&url, SCHEMA).unwrap_err());
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_certificate_counts_where_it_is_asked_for() {
    let server = Postgres::start();
    let said =
        is_sinks(&PostgresMetadata::connect(&server.url("?sslmode=require"), SCHEMA).unwrap_err());
    assert!(said.contains("certificate"), "{said}");
    // what the machine trusts is read once a process
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "postgres::makes_the_tables", "--ignored", "--nocapture"]);
    child.env("SSL_CERT_FILE", server.path("certificate.pem"));
    assert!(run(child.env(URL, server.url("?sslmode=verify-full"))).contains("1 passed"));
    assert_eq!(server.count("proxy_outputs"), 1);
}

#[test]
fn a_wrong_password_is_told_at_once() {
    let server = Postgres::start();
    let url = server.url("").replace(ESCAPED, "hu%2Fsh");
    let started = Instant::now();
    let said = is_denied(&PostgresMetadata::connect(&url, SCHEMA).unwrap_err());
    assert!(said.contains("authentication failed") && !said.contains("hu/sh"), "{said}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_worker_needs_no_right_to_make_tables() {
    let server = Postgres::start();
    drop(server.connect());
    server.psql(&format!(
        "CREATE ROLE worker LOGIN PASSWORD 'w'; GRANT USAGE ON SCHEMA {SCHEMA} TO worker; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.proxy_outputs TO worker"
    ));
    let url = format!("postgres://worker:w@127.0.0.1:{}/{USER}", server.port);
    let sink = PostgresMetadata::connect(&url, SCHEMA).unwrap();
    let said = is_denied(&sink.write(&record("a", 1), &renditions("a", &["thumb"])).unwrap_err());
    assert!(said.contains("permission denied for table proxy_renditions"), "{said}");
    assert_eq!(server.count("proxy_outputs"), 0);
    server.psql(&format!(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.proxy_renditions TO worker"
    ));
    assert!(sink.write(&record("a", 1), &renditions("a", &["thumb"])).unwrap().inserted);
    is_denied(&PostgresMetadata::connect(&url, "another").unwrap_err());
}

#[test]
fn a_table_of_an_older_version_gets_its_columns() {
    let server = Postgres::start();
    drop(server.connect());
    server.psql(&format!(
        "ALTER TABLE {SCHEMA}.proxy_renditions DROP color_tags, DROP de2000_mean, \
         DROP frame_range, DROP fps, DROP missing"
    ));
    let proved = RenditionRecord {
        color_tags: Some("1/1/1".to_owned()),
        missing: Some("1007".to_owned()),
        ..renditions("a", &["x"]).remove(0)
    };
    for _ in 0..2 {
        server.connect().write(&record("a", 1), std::slice::from_ref(&proved)).unwrap();
    }
    assert_eq!(server.rows(SCHEMA), [(record("a", 1), vec![proved])]);
}

#[test]
fn a_character_that_text_cannot_have_is_replaced() {
    let server = Postgres::start();
    let odd = |space: &str| ProxyRecord { source_colorspace: space.to_owned(), ..record("a", 1) };
    server.connect().write(&odd("log\0c"), &[]).unwrap();
    assert_eq!(server.rows(SCHEMA), [(odd("log\u{fffd}c"), Vec::new())]);
}
