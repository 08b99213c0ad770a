//! The embedded sinks of rows, each held to what every one promises.

use proxycore::metadata::MemoryMetadata;

use crate::metadata_conformance::{Subject, conforms};

#[test]
fn memory_conforms() {
    let sink = MemoryMetadata::default();
    conforms(&Subject { sink: &sink, rows: &|| sink.rows(), tells: true });
}

/// A sink fails with an error of its own kind, that says the path and may be tried again.
#[cfg(any(feature = "jsonl", feature = "parquet", feature = "sqlite"))]
fn fails_at<T: std::fmt::Debug>(outcome: proxycore::Result<T>, path: &str) {
    let error = outcome.unwrap_err();
    assert_eq!((error.kind().name(), error.is_retryable()), ("sink", true));
    tells_of(&error, path);
}

/// It is not taken, however often it is sent.
#[cfg(feature = "sqlite")]
fn is_refused_at<T: std::fmt::Debug>(outcome: proxycore::Result<T>, path: &str) {
    let error = outcome.unwrap_err();
    assert_eq!((error.kind().name(), error.is_retryable()), ("refused", false));
    tells_of(&error, path);
}

fn tells_of(error: &proxycore::Error, path: &str) {
    assert!(error.to_string().contains(path), "{error}");
    assert!(std::error::Error::source(error).is_some());
}

#[cfg(feature = "jsonl")]
mod jsonl {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use proxycore::metadata::{JsonlMetadata, MetadataSink, ProxyRecord, RenditionRecord};
    use serde::Deserialize;

    use super::fails_at;
    use crate::metadata_conformance::{Rows, Subject, conforms, record};

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
    fn sink_conforms() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/rows.jsonl");
        let sink = JsonlMetadata::open(&path).unwrap();
        conforms(&Subject { sink: &sink, rows: &|| rows(&path), tells: false });
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
    use std::sync::Arc;
    use std::thread;

    use proxycore::ErrorKind;
    use proxycore::metadata::{MetadataSink, ProxyRecord, Row, SqliteMetadata};
    use rusqlite::Connection;
    use serde::de::DeserializeOwned;
    use serde_json::{Map, Value};

    use super::{fails_at, is_refused_at};
    use crate::metadata_conformance::{
        JOIN, JOINED, ROUNDS, Rows, Subject, THREADS, conforms, makes, record, renditions,
    };

    /// The inspector's table.
    const FILES: &str = "CREATE TABLE exr_metadata_2.files (file_id TEXT, file_path TEXT, \
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
    fn sink_conforms() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/p.db");
        let sink = SqliteMetadata::open(&path).unwrap();
        conforms(&Subject { sink: &sink, rows: &|| rows(&path), tells: true });
    }

    #[test]
    fn renditions_that_contradict_each_other_leave_no_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        let sink = SqliteMetadata::open(&path).unwrap();
        let (row, kept) = (record("a", 1), renditions("a", &["thumb"]));
        sink.write(&row, &kept).unwrap();
        is_refused_at(sink.write(&record("a", 2), &renditions("a", &["proxy", "proxy"])), "p.db");
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
    }

    /// Another SQLite in the process, as Python's, would end a log beside the file, or our locks, by
    /// closing the file.
    #[test]
    fn between_two_writes_nothing_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        let sink = SqliteMetadata::open(&path).unwrap();
        sink.write(&record("a", 1), &renditions("a", &["thumb"])).unwrap();
        let mode: String = Connection::open(&path)
            .unwrap()
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "delete", "what every new connection finds");
        let mut exclusive = Connection::open(&path).unwrap();
        exclusive.busy_timeout(std::time::Duration::ZERO).unwrap();
        exclusive
            .transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)
            .unwrap()
            .rollback()
            .unwrap();
        // one that is made away is made anew
        std::fs::remove_file(&path).unwrap();
        sink.write(&record("b", 1), &renditions("b", &["thumb"])).unwrap();
        assert_eq!(rows(&path).len(), 1);
    }

    #[test]
    fn tables_of_another_shape_are_refused_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        let sql =
            "CREATE TABLE proxy_outputs (proxy_id TEXT PRIMARY KEY, file_id, s3_key, asset_id)";
        Connection::open(&path).unwrap().execute(sql, []).unwrap();
        let sink = SqliteMetadata::open(&path).unwrap();
        let error = sink.write(&record("a", 1), &[]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error:?}");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("has no column named") && !cause.contains("INSERT"), "{cause}");
        std::fs::write(folder.path().join("text.db"), "no database, but a text").unwrap();
        let error = SqliteMetadata::open(folder.path().join("text.db")).unwrap_err();
        assert!(!error.is_retryable(), "{error:?}");
    }

    /// As the version before sequences made it.
    #[test]
    fn a_file_without_the_columns_of_sequences_gets_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        let sink = SqliteMetadata::open(&path).unwrap();
        sink.write(&record("old", 1), &renditions("old", &["thumb"])).unwrap();
        drop(sink);
        let connection = Connection::open(&path).unwrap();
        for column in ["frame_range", "fps", "missing"] {
            let sql = format!("ALTER TABLE proxy_renditions DROP COLUMN {column}");
            connection.execute(&sql, []).unwrap();
        }
        let new = |thread: usize| {
            let mut made = renditions(&thread.to_string(), &["proxy"]);
            made[0].missing = Some("1007".to_owned());
            (record(&thread.to_string(), 1), made)
        };
        thread::scope(|scope| {
            for (row, made) in (0..THREADS).map(new) {
                let path = &path;
                scope
                    .spawn(move || SqliteMetadata::open(path).unwrap().write(&row, &made).unwrap());
            }
        });
        let mut bare = renditions("old", &["thumb"]);
        (bare[0].frame_range, bare[0].fps) = (None, None);
        let mut expected: Rows = (0..THREADS).map(new).collect();
        expected.push((record("old", 1), bare));
        assert_eq!(rows(&path), expected);
    }

    #[cfg(all(feature = "jpeg", feature = "_h264"))]
    #[test]
    fn the_join_that_others_run_runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        let inspected = makes(Arc::new(SqliteMetadata::open(&path).unwrap()));
        let connection = Connection::open_in_memory().unwrap();
        let attach = "ATTACH ?1 AS exr_metadata_2";
        connection.execute(attach, [path.to_str().unwrap()]).unwrap();
        connection.execute_batch(FILES).unwrap();
        connection.execute(&inspected, []).unwrap();
        let mut statement = connection.prepare(JOIN).unwrap();
        let found = statement.query_map([], |row| <(String, i32, String, String)>::try_from(row));
        let found: Vec<_> = found.unwrap().map(Result::unwrap).collect();
        let expected = JOINED.map(|(path, parts, thumbnail, proxy)| {
            (path.to_owned(), parts, thumbnail.to_owned(), proxy.to_owned())
        });
        assert_eq!(found, expected);
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
        is_refused_at(SqliteMetadata::open(&path), "p.db");
        fails_at(SqliteMetadata::open(path.join("below.db")), "p.db/below.db");
        fails_at(SqliteMetadata::open(folder.path()), folder.path().to_str().unwrap());
    }
}

#[cfg(feature = "parquet")]
mod parquet {
    use std::collections::BTreeMap;
    use std::env;
    use std::fs::{self, File};
    use std::io::{BufRead, BufReader, Write};
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};

    use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type};
    use arrow_array::{Array, RecordBatch};
    use arrow_schema::DataType;
    use proxycore::metadata::{
        MetadataSink, ParquetMetadata, ProxyRecord, RenditionRecord, Row, schema,
    };
    use serde::de::DeserializeOwned;
    use serde_json::{Map, Value, json};

    use super::fails_at;
    use crate::metadata_conformance::{Rows, Subject, conforms, record, renditions};

    const FOLDER: &str = "PROXYCORE_TEST_ROWS";

    /// What counts of all files: of each `proxy_id` the row in the last file, and the renditions in
    /// the file of the same name.
    fn rows(folder: &Path) -> Rows {
        let mut rows = BTreeMap::new();
        for name in files(folder) {
            let renditions: Vec<RenditionRecord> = read(folder, &name);
            for row in read::<ProxyRecord>(folder, &name) {
                let mut of_row = renditions.clone();
                of_row.retain(|one| one.proxy_id == row.proxy_id);
                rows.insert(row.proxy_id.clone(), (row, of_row));
            }
        }
        rows.into_values().collect()
    }

    fn files(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder.join(ProxyRecord::TABLE.name)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    }

    fn read<R: Row + DeserializeOwned>(folder: &Path, name: &str) -> Vec<R> {
        let file = File::open(folder.join(R::TABLE.name).join(name)).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(builder.schema().fields(), schema::<R>().fields());
        let batches = builder.build().unwrap().map(Result::unwrap);
        batches
            .flat_map(|batch| (0..batch.num_rows()).map(|at| row(&batch, at)).collect::<Vec<_>>())
            .collect()
    }

    fn row<R: DeserializeOwned>(batch: &RecordBatch, at: usize) -> R {
        let fields = batch.schema();
        let cells = fields.fields().iter().zip(batch.columns());
        let cells: Map<_, _> =
            cells.map(|(field, column)| (field.name().clone(), cell(column, at))).collect();
        serde_json::from_value(cells.into()).unwrap()
    }

    fn cell(column: &dyn Array, at: usize) -> Value {
        match column.data_type() {
            _ if column.is_null(at) => Value::Null,
            DataType::Utf8 => json!(column.as_string::<i32>().value(at)),
            DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(at)),
            DataType::Float64 => json!(column.as_primitive::<Float64Type>().value(at)),
            other => panic!("a column of {other}"),
        }
    }

    #[test]
    fn sink_conforms() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/rows");
        let sink = ParquetMetadata::open(&path).unwrap();
        conforms(&Subject { sink: &sink, rows: &|| rows(&path), tells: false });
        assert_eq!(files(&path).len(), 1);
    }

    #[test]
    fn the_later_worker_counts() {
        let folder = tempfile::tempdir().unwrap();
        for size in 1..=3 {
            let sink = ParquetMetadata::open(folder.path()).unwrap();
            sink.write(&record("a", size), &renditions("a", &["thumb"])).unwrap();
            sink.write(&record(&size.to_string(), size), &[]).unwrap();
        }
        let rows = rows(folder.path());
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[3], (record("a", 3), renditions("a", &["thumb"])));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_a_clear_error() {
        fails_at(ParquetMetadata::open("/dev/null/rows"), "/dev/null/rows");
    }

    /// Two processes write at once until they are killed: each row that one had reported is there.
    #[cfg(unix)]
    #[test]
    fn killed_workers_lose_nothing_that_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        for round in 1..=5 {
            let mut workers = [worker(folder.path()), worker(folder.path())];
            let kept = workers.each_mut().map(|worker| kept(worker, round * 7));
            let rows = rows(folder.path());
            let renditions = |id: &String| {
                let row = rows.iter().find(|(row, _)| &row.proxy_id == id);
                row.map(|(_, renditions)| renditions.len())
            };
            assert!(kept.iter().flatten().all(|id| renditions(id) == Some(2)));
        }
        ParquetMetadata::open(folder.path()).unwrap().write(&record("a", 1), &[]).unwrap();
        let tables = [ProxyRecord::TABLE, RenditionRecord::TABLE];
        let entries = tables.map(|table| fs::read_dir(folder.path().join(table.name)).unwrap());
        let mut names = entries.into_iter().flatten().map(|entry| entry.unwrap().file_name());
        assert!(names.all(|name| name.to_str().unwrap().ends_with(".parquet")));
    }

    fn worker(folder: &Path) -> Child {
        let test = "metadata::parquet::writes_until_killed";
        let mut command = Command::new(env::current_exe().unwrap());
        let command = command.args(["--exact", test, "--ignored", "--nocapture"]);
        command.env(FOLDER, folder).stdout(Stdio::piped()).spawn().unwrap()
    }

    /// The rows that a worker reported until it was killed, after about so many.
    fn kept(worker: &mut Child, count: usize) -> Vec<String> {
        let lines = BufReader::new(worker.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut ids = lines.filter_map(|line| line.strip_prefix("kept ").map(str::to_owned));
        let mut kept: Vec<_> = ids.by_ref().take(count).collect();
        assert_eq!(kept.len(), count);
        worker.kill().unwrap();
        kept.extend(ids);
        worker.wait().unwrap();
        kept
    }

    #[test]
    #[ignore = "runs as the child of killed_workers_lose_nothing_that_was_kept"]
    fn writes_until_killed() {
        let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else { return };
        let sink = ParquetMetadata::open(folder).unwrap();
        for at in 0.. {
            let id = format!("{}-{at}", std::process::id());
            sink.write(&record(&id, at), &renditions(&id, &["thumb", "proxy"])).unwrap();
            // the test's own capture would keep a line back
            writeln!(std::io::stdout(), "kept {id}").unwrap();
        }
    }
}
