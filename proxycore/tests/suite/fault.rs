//! What a killed process and a full disk leave behind, tried on children of this test binary.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use proxycore::storage::{LocalStorage, ObjectAttributes, Storage};

use crate::conformance::{body, is_whole, read, thumbnail};
use crate::storage::{files, temporaries};

const FOLDER: &str = "PROXYCORE_TEST_FOLDER";
const KEY: &str = "shot/.proxies/a_thumb.jpg";
const KILLS: u64 = 12;

/// A shell line that lets no file grow beyond 32 KiB and runs the rest; to a program this looks
/// like a disk that fills up in the middle of a write.
const FULL: &str = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";

#[cfg(unix)]
#[test]
fn a_killed_writer_leaves_whole_objects_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    sinks::write(folder.path(), 0);
    for round in 0..KILLS {
        kill_amid(folder.path(), Duration::from_millis(round * 7 % 40));
        let store = LocalStorage::new(folder.path()).unwrap();
        let writer = is_whole(&read(&store, KEY));
        let attributes = store.head(KEY).unwrap().attributes;
        assert!(attributes == thumbnail(&writer) || attributes == ObjectAttributes::default());
        store.put(KEY, &body(0), &thumbnail("0")).unwrap();
        assert_eq!(temporaries(folder.path()), Vec::<String>::new());
    }
    sinks::are_whole(folder.path());
    // the next writer clears away what is left of a transaction that was not begun
    sinks::write(folder.path(), 0);
    assert_eq!(files(folder.path()).len(), 2 + sinks::FILES);
}

#[test]
#[ignore = "runs as the child of a_killed_writer_leaves_whole_objects_and_nothing_else"]
fn writes_until_killed() {
    let Some(folder) = given() else { return };
    let store = LocalStorage::new(&folder).unwrap();
    for round in (0..10).cycle() {
        store.put(KEY, &body(round), &thumbnail(&round.to_string())).unwrap();
        sinks::write(&folder, round);
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStorage::new(folder.path()).unwrap();
    store.put(KEY, b"old", &ObjectAttributes::default()).unwrap();
    let mut shell = Command::new("sh");
    let shell = shell.args(["-c", FULL]).arg(env::current_exe().unwrap());
    let ended = child(shell, "fault::writes_to_a_full_disk", folder.path()).output().unwrap();
    succeeded(&ended);
    assert_eq!(read(&store, KEY), b"old");
    assert_eq!(temporaries(folder.path()), Vec::<String>::new());
}

#[test]
#[ignore = "runs as the child of a_full_disk_leaves_what_was_there"]
fn writes_to_a_full_disk() {
    let Some(folder) = given() else { return };
    let store = LocalStorage::new(&folder).unwrap();
    let error = store.put(KEY, &body(1), &thumbnail("1")).unwrap_err();
    assert!(error.is_retryable());
    assert!(error.to_string().contains("cannot write"), "{error}");
    sinks::fill(&folder);
}

/// Starts a writer and kills it some time after its first object.
fn kill_amid(folder: &Path, after: Duration) {
    let store = LocalStorage::new(folder).unwrap();
    let state = || store.head(KEY).ok().and_then(|meta| meta.etag);
    let before = state();
    let mut command = Command::new(env::current_exe().unwrap());
    let command = child(&mut command, "fault::writes_until_killed", folder);
    let mut running = command.stdout(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while state() == before && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(after);
    running.kill().unwrap();
    running.wait().unwrap();
}

fn child<'a>(command: &'a mut Command, test: &str, folder: &Path) -> &'a mut Command {
    command.args(["--exact", test, "--ignored", "--nocapture"]).env(FOLDER, folder)
}

/// The folder to work in, in a child.
fn given() -> Option<PathBuf> {
    env::var_os(FOLDER).map(PathBuf::from)
}

fn succeeded(ended: &Output) {
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && said.contains("1 passed"), "{said}");
}

#[cfg(all(feature = "jsonl", feature = "sqlite"))]
mod sinks {
    use std::fs;

    use proxycore::event::{EventSink, JsonlEvents};
    use proxycore::metadata::{MetadataSink, SqliteMetadata};
    use rusqlite::Connection;

    use super::*;
    use crate::event_conformance::event;
    use crate::metadata_conformance::{record, renditions};

    /// The database and the events.
    pub const FILES: usize = 2;

    pub fn write(folder: &Path, round: usize) {
        let rows = SqliteMetadata::open(folder.join("p.db")).unwrap();
        let id = round.to_string();
        rows.write(&record(&id, 1), &renditions(&id, &["thumb", "proxy"])).unwrap();
        JsonlEvents::open(folder.join("e.jsonl")).unwrap().publish(&event(&id)).unwrap();
    }

    pub fn are_whole(folder: &Path) {
        let connection = Connection::open(folder.join("p.db")).unwrap();
        let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let rows = count("SELECT count(*) FROM proxy_outputs");
        assert_eq!(count("SELECT count(*) FROM proxy_renditions"), rows * 2);
        assert!(lines(&folder.join("e.jsonl")).len() >= usize::try_from(rows).unwrap() - 1);
    }

    /// Publishes until the disk is full; what was delivered is there, and no part of a line.
    pub fn fill(folder: &Path) {
        let path = folder.join("e.jsonl");
        let events = JsonlEvents::open(&path).unwrap();
        let delivered = (0..1000).take_while(|_| events.publish(&event("a")).is_ok()).count();
        assert!((1..1000).contains(&delivered));
        assert_eq!(lines(&path).len(), delivered);
    }

    /// The lines that a reader finds in a file of JSON Lines.
    fn lines(path: &Path) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[cfg(not(all(feature = "jsonl", feature = "sqlite")))]
mod sinks {
    use super::Path;

    pub const FILES: usize = 0;

    pub fn write(_folder: &Path, _round: usize) {}
    pub fn are_whole(_folder: &Path) {}
    pub fn fill(_folder: &Path) {}
}
