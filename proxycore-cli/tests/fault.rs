//! What a disk that fills up and a kill at any moment leave behind, and that the next run makes it
//! whole.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use exr::prelude::write_rgb_file;
use serde_json::Value;
use tempfile::TempDir;

const FRAMES: usize = 3;
const KILLS: usize = 30;

/// A shell line that lets no file grow beyond as many blocks of 512 bytes as its first argument
/// says, and runs the rest; to a program this looks like a disk that fills up amid a write.
const FULL: &str = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";

/// What every run is asked for.
const MAKE: [&str; 10] = [
    "make",
    "in/beauty.0001.exr",
    "in/beauty.0002.exr",
    "in/beauty.0003.exr",
    "--out",
    "out",
    "--db",
    "sqlite:p.db",
    "--events",
    "jsonl:e.jsonl",
];

/// Noise is stored as files that are longer than the database's, a plain grey as shorter ones.
#[derive(Clone, Copy)]
enum Light {
    Noise,
    Grey,
}

fn frames(light: Light) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    for frame in 1..=FRAMES {
        let light = |x: usize, y: usize| {
            let seed = (frame << 32 | x << 16 | y) as u64;
            let mut noise = fastrand::Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            match light {
                Light::Noise => (noise.f32(), noise.f32(), noise.f32()),
                Light::Grey => (0.18, 0.18, 0.18),
            }
        };
        let file = folder.path().join(format!("in/beauty.{frame:04}.exr"));
        write_rgb_file(file, 384, 256, light).unwrap();
    }
    folder
}

fn program(folder: &Path, mut command: Command) -> Output {
    command.args(MAKE).current_dir(folder).output().unwrap()
}

/// Runs with room for everything.
fn make(folder: &Path) {
    let ended = program(folder, Command::new(env!("CARGO_BIN_EXE_proxycore")));
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

fn make_on_full_disk(folder: &Path, blocks: usize) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", FULL, "sh", &blocks.to_string(), env!("CARGO_BIN_EXE_proxycore")]);
    program(folder, shell)
}

/// The renditions that a reader finds, by their names.
fn renditions(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let found = fs::read_dir(folder.join("out")).into_iter().flatten().map(Result::unwrap);
    let files = found.filter(|entry| entry.file_type().unwrap().is_file());
    let named = files.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    let seen = named.filter(|(name, _)| !name.starts_with('.'));
    seen.map(|(name, path)| (name, fs::read(path).unwrap())).collect()
}

/// The sources that the file of events tells of; each line is whole.
fn told(folder: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(folder.join("e.jsonl")).unwrap();
    let asset = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["asset_id"].as_str().unwrap().to_owned()
    };
    text.lines().map(asset).collect()
}

/// Rows of sources and of renditions.
fn rows(folder: &Path) -> [usize; 2] {
    let database = rusqlite::Connection::open(folder.join("p.db")).unwrap();
    ["proxy_outputs", "proxy_renditions"].map(|table| {
        let count = format!("SELECT count(*) FROM {table}");
        database.query_row(&count, [], |row| row.get::<_, u32>(0)).unwrap() as usize
    })
}

fn temporaries(folder: &Path) -> Vec<String> {
    let found = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = found.partition(|path| path.is_dir());
    let names = files.iter().map(|path| path.display().to_string());
    let here = names.filter(|name| name.ends_with(".tmp"));
    here.chain(folders.iter().flat_map(|folder| temporaries(folder))).collect()
}

/// Runs again with room, and counts all that is there then.
fn is_made_whole(folder: &Path, whole: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in renditions(folder) {
        assert!(whole[&name] == bytes, "half of {name} could be read");
    }
    make(folder);
    assert!(renditions(folder) == *whole);
    assert_eq!(rows(folder), [FRAMES, 2 * FRAMES]);
    assert_eq!(told(folder).len(), FRAMES);
    assert_eq!(temporaries(folder), Vec::<String>::new());
}

/// What a disk that is full too early, amid the objects, or at the rows makes the program say.
const SAID: [&str; 3] = ["SQLite: cannot open", "cannot write `", "SQLite: cannot write"];

#[test]
fn a_full_disk_is_told_and_the_next_run_makes_it_whole() {
    let mut told = BTreeSet::new();
    for light in [Light::Noise, Light::Grey] {
        let folder = frames(light);
        make(folder.path());
        let whole = renditions(folder.path());
        assert_eq!(whole.len(), 2 * FRAMES);
        for blocks in [0, 8, 40, 56, 64, 100, 150, 250] {
            let folder = frames(light);
            let ended = make_on_full_disk(folder.path(), blocks);
            let errors = String::from_utf8(ended.stderr).unwrap();
            match ended.status.code() {
                Some(1) => assert!(errors.lines().all(|line| line.starts_with("proxycore: "))),
                code => assert_eq!((code, &*errors), (Some(0), ""), "{blocks}"),
            }
            told.extend(SAID.into_iter().filter(|said| errors.contains(said)));
            is_made_whole(folder.path(), &whole);
        }
    }
    assert_eq!(told.len(), SAID.len(), "{told:?}");
}

#[test]
fn a_file_of_events_that_cannot_grow_is_told() {
    let folder = frames(Light::Noise);
    make(folder.path());
    let (whole, events) = (renditions(folder.path()), folder.path().join("e.jsonl"));
    let line = fs::read_to_string(&events).unwrap().lines().next().unwrap().to_owned() + "\n";
    // all else is far shorter
    fs::write(&events, line.repeat((512 << 10) / line.len())).unwrap();
    let before = fs::read(&events).unwrap();
    let ended = make_on_full_disk(folder.path(), 1024);
    let errors = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{errors}");
    assert!(errors.contains("JSON Lines: cannot append to"), "{errors}");
    assert!(fs::read(&events).unwrap().starts_with(&before));
    is_made_whole(folder.path(), &whole);
}

#[test]
fn what_is_killed_at_any_moment_is_made_whole_by_the_next_run() {
    let folder = frames(Light::Noise);
    make(folder.path());
    let whole = renditions(folder.path());
    for _ in 0..KILLS {
        let folder = frames(Light::Noise);
        let mut command = Command::new(env!("CARGO_BIN_EXE_proxycore"));
        let command = command.args(MAKE).current_dir(folder.path()).stdout(Stdio::null());
        let mut killed = command.spawn().unwrap();
        thread::sleep(Duration::from_millis(fastrand::u64(0..250)));
        killed.kill().unwrap();
        killed.wait().unwrap();
        is_made_whole(folder.path(), &whole);
    }
}
