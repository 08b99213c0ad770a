//! What every sink of rows promises, and the join that others run.

use std::sync::Mutex;
use std::thread;

use proxycore::metadata::{MemoryMetadata, MetadataSink, ProxyRecord, RenditionRecord};

const THREADS: usize = 8;
const ROUNDS: usize = 8;

type Rows = Vec<(ProxyRecord, Vec<RenditionRecord>)>;

/// A sink under test, and a way to read what counts in it, by `proxy_id`.
struct Subject<'a> {
    sink: &'a dyn MetadataSink,
    rows: &'a dyn Fn() -> Rows,
    /// Whether the sink can tell a new row from a replacement.
    tells: bool,
}

/// What a [`MetadataSink`] has to do, whatever it is made of; it must be empty.
fn conforms(subject: &Subject<'_>) {
    keeps_a_row_and_its_renditions(subject);
    replaces_a_row_and_its_renditions(subject);
    keeps_what_does_not_apply(subject);
    takes_many_rows_at_once(subject);
    takes_one_row_from_many_at_once(subject);
}

#[test]
fn memory_conforms() {
    let sink = MemoryMetadata::default();
    conforms(&Subject { sink: &sink, rows: &|| sink.rows(), tells: true });
}

fn keeps_a_row_and_its_renditions(subject: &Subject<'_>) {
    let (row, renditions) = (record("a", 1), renditions("a", &["thumb", "proxy"]));
    let written = subject.sink.write(&row, &renditions).unwrap();
    assert!(written.inserted);
    assert_eq!((subject.rows)(), [(row, renditions)]);
}

fn replaces_a_row_and_its_renditions(subject: &Subject<'_>) {
    let (row, renditions) = (record("a", 2), renditions("a", &["preview"]));
    for _ in 0..2 {
        let written = subject.sink.write(&row, &renditions).unwrap();
        assert_eq!(written.inserted, !subject.tells);
    }
    assert_eq!((subject.rows)(), [(row, renditions)]);
}

fn keeps_what_does_not_apply(subject: &Subject<'_>) {
    let row = ProxyRecord { proxy_id: "b".to_owned(), ..ProxyRecord::default() };
    subject.sink.write(&row, &[]).unwrap();
    assert_eq!((subject.rows)()[1], (row, Vec::new()));
}

fn takes_many_rows_at_once(subject: &Subject<'_>) {
    let sink = subject.sink;
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let id = format!("many-{thread}-{round}");
                    let written = sink.write(&record(&id, 1), &renditions(&id, &["thumb"]));
                    assert!(written.unwrap().inserted);
                }
            });
        }
    });
    let rows = (subject.rows)();
    let many = rows.iter().filter(|(row, _)| row.proxy_id.starts_with("many-"));
    assert_eq!(many.filter(|(_, renditions)| renditions.len() == 1).count(), THREADS * ROUNDS);
}

fn takes_one_row_from_many_at_once(subject: &Subject<'_>) {
    let sink = subject.sink;
    let inserted = Mutex::new(0);
    thread::scope(|scope| {
        for size in 0..THREADS {
            let inserted = &inserted;
            scope.spawn(move || {
                let row = record("one", i64::try_from(size).unwrap());
                let written = sink.write(&row, &renditions("one", &["thumb", "proxy"])).unwrap();
                *inserted.lock().unwrap() += usize::from(written.inserted);
            });
        }
    });
    let rows = (subject.rows)();
    let one: Vec<_> = rows.iter().filter(|(row, _)| row.proxy_id == "one").collect();
    assert_eq!((one.len(), one[0].1.len()), (1, 2));
    let expected = if subject.tells { 1 } else { THREADS };
    assert_eq!(*inserted.lock().unwrap(), expected);
}

pub fn record(id: &str, size: i64) -> ProxyRecord {
    ProxyRecord {
        proxy_id: id.to_owned(),
        file_id: "9e042a18b3ad6b9e".to_owned(),
        s3_key: "plates/été 01/it's \"A001\".dpx".to_owned(),
        s3_bucket: "renders".to_owned(),
        asset_id: "3c6e1c31ae45e0f1".to_owned(),
        thumbnail_s3_key: format!(".proxies/{id}_thumb.jpg"),
        proxy_s3_key: format!(".proxies/{id}_proxy.mp4"),
        thumbnail_size_bytes: size,
        proxy_size_bytes: 1 << 40,
        source_size_bytes: i64::MAX,
        source_colorspace: "lin_ap1_scene".to_owned(),
        thumb_colorspace: "sRGB".to_owned(),
        proxy_colorspace: "Rec.709".to_owned(),
        thumb_resolution: "256x256".to_owned(),
        proxy_resolution: "1920x1012".to_owned(),
        processing_time_seconds: 0.25,
        generated_timestamp: "2026-04-01T00:00:00+00:00".to_owned(),
        generator_version: "0.1.0".to_owned(),
    }
}

/// Renditions of those names, which stay in this order where they are sorted from the last on.
pub fn renditions(id: &str, names: &[&str]) -> Vec<RenditionRecord> {
    let rendition = |name: &&str| RenditionRecord {
        proxy_id: id.to_owned(),
        file_id: "9e042a18b3ad6b9e".to_owned(),
        name: (*name).to_owned(),
        s3_key: format!(".proxies/{id}_{name}"),
        uri: format!("s3://renders/.proxies/{id}_{name}"),
        media_type: "thumbnail".to_owned(),
        content_type: "image/jpeg".to_owned(),
        width: 256,
        height: 256,
        size_bytes: 3,
        colorspace: "srgb_rec709_display".to_owned(),
        sha256: "e3b0c442".to_owned(),
        recipe: "abc123".to_owned(),
        de2000_mean: Some(0.25),
        color_tags: None,
        ..RenditionRecord::default()
    };
    names.iter().map(rendition).collect()
}

/// A sink fails with an error of its own kind, that says the path and may be tried again.
#[cfg(any(feature = "jsonl", feature = "sqlite"))]
fn fails_at<T: std::fmt::Debug>(outcome: proxycore::Result<T>, path: &str) {
    let error = outcome.unwrap_err();
    assert_eq!((error.kind().name(), error.is_retryable()), ("sink", true));
    assert!(error.to_string().contains(path), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[cfg(feature = "jsonl")]
mod jsonl {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use proxycore::metadata::JsonlMetadata;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Line {
        #[serde(flatten)]
        record: ProxyRecord,
        renditions: Vec<RenditionRecord>,
    }

    /// The last line of each `proxy_id`.
    fn rows(path: &Path) -> Rows {
        let text = fs::read_to_string(path).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Line>(line).unwrap());
        let latest: BTreeMap<_, _> = lines
            .map(|line| (line.record.proxy_id.clone(), (line.record, line.renditions)))
            .collect();
        latest.into_values().collect()
    }

    #[test]
    fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/rows.jsonl");
        let sink = JsonlMetadata::open(&path).unwrap();
        super::conforms(&Subject { sink: &sink, rows: &|| rows(&path), tells: false });
    }

    #[test]
    fn a_place_that_cannot_be_written_is_a_clear_error() {
        fails_at(JsonlMetadata::open("/dev/null/rows.jsonl"), "/dev/null/rows.jsonl");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_clear_error() {
        let sink = JsonlMetadata::open("/dev/full").unwrap();
        fails_at(sink.write(&record("a", 1), &[]), "/dev/full");
    }
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::path::Path;

    use proxycore::metadata::{Row, SqliteMetadata};
    use rusqlite::Connection;
    use serde::de::DeserializeOwned;
    use serde_json::{Map, Value};

    use super::*;

    const JOIN: &str = "SELECT e.file_path, e.multipart_count, p.thumbnail_s3_key, p.proxy_s3_key \
                        FROM exr_metadata_2.files e JOIN exr_metadata_2.proxy_outputs p \
                        ON e.file_id = p.file_id WHERE e.is_deep = true ORDER BY e.size_bytes DESC";

    const FILES: &str = "CREATE TABLE files (file_id TEXT, file_path TEXT, \
        file_path_normalized TEXT, header_hash TEXT, size_bytes INTEGER, mtime TEXT, \
        multipart_count INTEGER, is_deep BOOLEAN, metadata_embedding BLOB, frame_number INTEGER, \
        inspection_timestamp TEXT, inspection_count INTEGER, last_inspected TEXT);";

    fn rows(path: &Path) -> Rows {
        let connection = Connection::open(path).unwrap();
        let rows = select::<ProxyRecord>(&connection, "1 ORDER BY proxy_id");
        let with_renditions = |row: ProxyRecord| {
            let of = format!("proxy_id = '{}' ORDER BY name DESC", row.proxy_id);
            let renditions = select(&connection, &of);
            (row, renditions)
        };
        rows.into_iter().map(with_renditions).collect()
    }

    fn select<R: Row + DeserializeOwned>(connection: &Connection, clause: &str) -> Vec<R> {
        let names: Vec<_> = R::TABLE.columns.iter().map(|column| column.name).collect();
        let pairs: Vec<_> = names.iter().map(|name| format!("'{name}', {name}")).collect();
        let sql = format!(
            "SELECT json_object({}) FROM {} WHERE {clause}",
            pairs.join(", "),
            R::TABLE.name
        );
        let mut statement = connection.prepare(&sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let parse = |json: String| serde_json::from_str::<Map<String, Value>>(&json).unwrap();
        rows.map(|json| serde_json::from_value(parse(json.unwrap()).into()).unwrap()).collect()
    }

    #[test]
    fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/p.db");
        let sink = SqliteMetadata::open(&path).unwrap();
        super::conforms(&Subject { sink: &sink, rows: &|| rows(&path), tells: true });
    }

    #[test]
    fn renditions_that_contradict_each_other_leave_no_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        let sink = SqliteMetadata::open(&path).unwrap();
        let (row, kept) = (record("a", 1), renditions("a", &["thumb"]));
        sink.write(&row, &kept).unwrap();
        fails_at(sink.write(&record("a", 2), &renditions("a", &["proxy", "proxy"])), "p.db");
        assert_eq!(rows(&path), [(row, kept)]);
    }

    #[test]
    fn many_open_and_write_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let path = &path;
                scope.spawn(move || {
                    let sink = SqliteMetadata::open(path).unwrap();
                    for round in 0..ROUNDS {
                        let id = format!("{thread}-{round}");
                        sink.write(&record(&id, 1), &renditions(&id, &["thumb"])).unwrap();
                    }
                });
            }
        });
        assert_eq!(rows(&path).len(), THREADS * ROUNDS);
        let connection = Connection::open(&path).unwrap();
        let mode: String =
            connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn the_join_that_others_run_runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        let sink = SqliteMetadata::open(&path).unwrap();
        for id in ["a", "b", "c"] {
            let row = ProxyRecord { file_id: format!("file-{id}"), ..record(id, 1) };
            sink.write(&row, &[]).unwrap();
        }
        inspect(&path);
        let connection = Connection::open_in_memory().unwrap();
        let attach = "ATTACH ?1 AS exr_metadata_2";
        connection.execute(attach, [path.to_str().unwrap()]).unwrap();
        let mut statement = connection.prepare(JOIN).unwrap();
        let found = statement.query_map([], |row| <(String, i32, String, String)>::try_from(row));
        let found: Vec<_> = found.unwrap().map(Result::unwrap).collect();
        let expected = |path: &str, parts, id| {
            let keys = (format!(".proxies/{id}_thumb.jpg"), format!(".proxies/{id}_proxy.mp4"));
            (path.to_owned(), parts, keys.0, keys.1)
        };
        assert_eq!(found, [expected("c.exr", 2, "c"), expected("a.exr", 1, "a")]);
    }

    /// Does what the inspector does: two deep files and a flat one, in its own table.
    fn inspect(path: &Path) {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch(FILES).unwrap();
        let insert = "INSERT INTO files (file_id, file_path, size_bytes, multipart_count, is_deep) \
                      VALUES ('file-a', 'a.exr', 10, 1, true), ('file-b', 'b.exr', 30, 1, false), \
                      ('file-c', 'c.exr', 20, 2, true)";
        connection.execute(insert, []).unwrap();
    }

    #[test]
    fn what_is_no_database_is_a_clear_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        std::fs::write(
            &path,
            "a text that is long enough not to be taken for an empty file ".repeat(40),
        )
        .unwrap();
        fails_at(SqliteMetadata::open(&path), "p.db");
        fails_at(SqliteMetadata::open(path.join("below.db")), "p.db/below.db");
        fails_at(SqliteMetadata::open(folder.path()), folder.path().to_str().unwrap());
    }
}
