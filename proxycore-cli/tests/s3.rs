//! The command line on a real S3 server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[allow(dead_code, reason = "the library's tests use the rest")]
#[path = "../../proxycore/tests/services/s3.rs"]
mod s3;
#[allow(dead_code, reason = "the library's tests use the rest")]
#[path = "../../proxycore/tests/services/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use exr::prelude::write_rgb_file;
use proxycore::storage::{ObjectAttributes, Storage};
use tempfile::TempDir;

use s3::{ACCESS_KEY, S3, SECRET_KEY};

/// A server with four frames in it, and one file that is none.
fn renders() -> S3 {
    let s3 = S3::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frame.exr");
    for frame in 1..=4_u8 {
        let light = |x: usize, y: usize| (x as f32 / 96.0, y as f32 / 64.0, f32::from(frame) / 4.0);
        write_rgb_file(&file, 96, 64, light).unwrap();
        let key = format!("shots/010/beauty.{frame:04}.exr");
        s3.storage().put(&key, &fs::read(&file).unwrap(), &ObjectAttributes::default()).unwrap();
    }
    s3.storage().put("shots/010/notes.txt", b"text", &ObjectAttributes::default()).unwrap();
    s3
}

fn command(s3: &S3, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxycore"));
    command
        .current_dir(folder)
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_ENDPOINT_URL", s3.endpoint());
    command
}

fn done(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn keys(s3: &S3, prefix: &str) -> BTreeSet<String> {
    s3.storage().list(prefix).unwrap().map(|found| found.unwrap().0).collect()
}

#[test]
fn a_prefix_is_planned_made_and_then_up_to_date() {
    let (s3, folder) = (renders(), TempDir::new().unwrap());
    let make = || {
        let mut command = command(&s3, folder.path());
        command.args(["make", "s3://renders/shots/", "--each", "--exclude", "*.0004.exr"]);
        command
    };
    let plan = done(make().arg("--dry-run"));
    assert!(plan.contains("s3://renders/shots/010/.proxies/beauty.0001_thumb.jpg"), "{plan}");
    assert_eq!(keys(&s3, "shots/010/").len(), 5);

    let told = done(make().arg("--json"));
    assert_eq!(told.lines().count(), 3);
    assert!(told.contains(r#""uri":"s3://renders/shots/010/.proxies/beauty.0003_proxy.mp4""#));
    let made = keys(&s3, "shots/010/.proxies/");
    assert_eq!(made.len(), 6);
    assert!(made.contains("shots/010/.proxies/beauty.0002_thumb.jpg"));
    let tags = s3.tags("shots/010/.proxies/beauty.0002_thumb.jpg");
    assert!(tags.starts_with("generator=proxycore media_type=thumbnail version="), "{tags}");

    let again = done(&mut make());
    assert_eq!(again.matches("up to date").count(), 3);
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "a file on the disk");
}

#[test]
fn a_prefix_is_listed_and_each_sequence_in_it_becomes_a_movie() {
    let (s3, folder) = (renders(), TempDir::new().unwrap());
    let place = "s3://renders/shots/";
    let listed = done(command(&s3, folder.path()).args(["ls", place]));
    assert!(listed.contains("beauty.%04d.exr"), "{listed}");
    let told = done(command(&s3, folder.path()).args(["make", place, "--json"]));
    let [line] = told.lines().collect::<Vec<_>>()[..] else { panic!("{told}") };
    assert!(line.contains(r#""frame_range":"1-4""#), "{line}");
    let expected = ["beauty_proxy.mp4", "beauty_thumb.jpg"];
    let expected = expected.map(|name| format!("shots/010/.proxies/{name}"));
    assert_eq!(keys(&s3, "shots/010/.proxies/"), expected.into());
    let pattern = "s3://renders/shots/010/beauty.####.exr";
    let again = done(command(&s3, folder.path()).args(["make", pattern]));
    assert!(again.contains("up to date") && again.contains("1-4  24 fps"), "{again}");
}

#[test]
fn outputs_go_behind_a_prefix_and_info_reads_from_there() {
    let (s3, folder) = (renders(), TempDir::new().unwrap());
    let source = "s3://renders/shots/010/beauty.0001.exr";
    done(command(&s3, folder.path()).args(["make", source, "--out", "s3://renders/web/a/"]));
    let expected = ["web/a/beauty.0001_proxy.mp4", "web/a/beauty.0001_thumb.jpg"];
    assert_eq!(keys(&s3, "web/"), expected.map(str::to_owned).into());
    let info = done(command(&s3, folder.path()).args(["info", source]));
    assert!(info.contains("96x64"), "{info}");
    let missing = command(&s3, folder.path())
        .args(["make", "s3://renders/no.exr", "s3://nowhere/"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(1));
    let errors = String::from_utf8(missing.stderr).unwrap();
    assert_eq!(errors.lines().count(), 2, "{errors}");
    assert!(!errors.contains(SECRET_KEY), "{errors}");
}

/// Objects, rows and events of a run.
fn counted(s3: &S3, prefix: &str, folder: &Path) -> (usize, usize, usize) {
    let database = rusqlite::Connection::open(folder.join("proxies.db")).unwrap();
    let rows =
        database.query_row("SELECT count(*) FROM proxy_outputs", [], |row| row.get::<_, u32>(0));
    let events = fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let sources: BTreeSet<_> =
        events.lines().map(|line| line.split('"').nth(7).unwrap().to_owned()).collect();
    (keys(s3, prefix).len(), rows.unwrap() as usize, sources.len())
}

#[test]
fn what_is_killed_at_any_moment_is_made_whole_by_the_next_run() {
    let s3 = renders();
    for round in 0..30 {
        let folder = TempDir::new().unwrap();
        let prefix = format!("out/{round}/");
        let make = || {
            let mut command = command(&s3, folder.path());
            command
                .args(["make", "s3://renders/shots/", "--each", "--jobs", "2", "--out"])
                .arg(format!("s3://renders/{prefix}"))
                .args(["--db", "sqlite:proxies.db", "--events", "jsonl:events.jsonl"])
                .stdout(Stdio::null());
            command
        };
        let mut killed = make().spawn().unwrap();
        thread::sleep(Duration::from_millis(fastrand::u64(0..500)));
        killed.kill().unwrap();
        killed.wait().unwrap();
        done(&mut make());
        assert_eq!(counted(&s3, &prefix, folder.path()), (8, 4, 4), "round {round}");
        let left: BTreeSet<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{left:?}");
    }
    assert_eq!(s3.uploads(), 0);
}

#[cfg(unix)]
#[test]
fn a_signal_lets_what_was_begun_be_finished() {
    let (s3, folder) = (renders(), TempDir::new().unwrap());
    let many: Vec<_> = (0..40).map(|at| format!("s3://renders/many/{at}.exr")).collect();
    let frame = fs::read({
        let file = folder.path().join("big.exr");
        write_rgb_file(&file, 1024, 512, |x, y| (x as f32, y as f32, 0.5_f32)).unwrap();
        file
    });
    let frame = frame.unwrap();
    for at in 0..40 {
        let key = format!("many/{at}.exr");
        s3.storage().put(&key, &frame, &ObjectAttributes::default()).unwrap();
    }
    let child = command(&s3, folder.path())
        .args(["make", "--jobs", "1", "--json"])
        .args(&many)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(600));
    server::run(Command::new("kill").args(["-TERM", &child.id().to_string()]));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let (told, errors) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(143), "{errors}");
    let left = 40 - told.lines().count();
    assert!(left > 0, "it was over before the signal");
    assert!(errors.contains(&format!("interrupted; {left} sources were not begun")), "{errors}");
    assert_eq!(keys(&s3, "many/.proxies/").len(), 2 * told.lines().count());
}
