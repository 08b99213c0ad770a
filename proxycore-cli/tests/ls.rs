//! `proxycore ls` from outside: what it says of folders, patterns and files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with empty files; the names may have folders.
fn folder(names: &[String]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"12").unwrap();
    }
    folder
}

fn frames(head: &str, numbers: impl IntoIterator<Item = u32>, tail: &str) -> Vec<String> {
    numbers.into_iter().map(|number| format!("{head}{number:04}{tail}")).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// A shot as studios have them, with something of everything.
fn shot() -> TempDir {
    folder(
        &[
            frames("a/beauty.", (1001..=1010).filter(|n| ![1005, 1008, 1009].contains(n)), ".exr"),
            frames("a/matte_left.", 1..=3, ".exr"),
            frames("a/matte_right.", 1..=2, ".dpx"),
            frames("a/.proxies/beauty.", 1..=4, ".jpg"),
            frames("a/sub/plate_", (1..=16).step_by(5), ".tif"),
            names(&["a/ref.jpg", "a/notes.txt", "a/.hidden.exr", "empty/notes.txt"]),
        ]
        .concat(),
    )
}

fn ls(folder: &TempDir, args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_proxycore"));
    program.arg("ls").args(args).current_dir(folder.path()).output().unwrap()
}

#[track_caller]
fn listed(folder: &TempDir, args: &[&str]) -> String {
    let Output { status, stdout, stderr } = ls(folder, args);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// Runs what must fail with one line on stderr, and gives the line.
#[track_caller]
fn refused(folder: &TempDir, args: &[&str]) -> String {
    let output = ls(folder, args);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), line.lines().count()), (Some(1), 1), "{line}");
    line.trim_end().to_owned()
}

#[test]
fn a_folder_is_listed_as_a_person_would() {
    let shot = shot();
    let expected = "\
a/
  beauty.%04d.exr       1001-1010  7 frames  14 B  OpenEXR  missing 1005, 1008-1009
  matte_left.%04d.exr   1-3        3 frames   6 B  OpenEXR
  matte_right.%04d.dpx  1-2        2 frames   4 B  DPX
  ref.jpg                                     2 B  JPEG

a/sub/
  plate_%04d.tif        1-16x5     4 frames   8 B  TIFF
";
    assert_eq!(listed(&shot, &["a"]), expected);
    assert_eq!(listed(&shot, &[]), expected);
    let one = listed(&shot, &["a/sub/", "--include", "*_00*"]);
    assert_eq!(one, "plate_%04d.tif  1-16x5  4 frames  8 B  TIFF\n");
    let left = listed(&shot, &["a", "--exclude", "sub/**", "--exclude", "*.exr"]);
    assert_eq!(left.lines().count(), 2, "{left}");
}

#[test]
fn machines_read_a_line_for_each() {
    let shot = shot();
    let lines = listed(&shot, &["a", "--json"]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let root = fs::canonicalize(shot.path()).unwrap();
    assert_eq!(
        lines[0],
        json!({
            "key": "a/beauty.%04d.exr",
            "uri": format!("file://{}/a/beauty.%2504d.exr", root.display()),
            "pattern": "a/beauty.%04d.exr",
            "first": 1001,
            "last": 1010,
            "frames": "1001-1004,1006-1007,1010",
            "count": 7,
            "missing": "1005,1008-1009",
            "padding": 4,
            "size_bytes": 14,
            "format": "OpenEXR",
        })
    );
    let single = lines.iter().find(|line| line["key"] == "a/ref.jpg").unwrap();
    assert_eq!((&single["pattern"], &single["count"]), (&Value::Null, &json!(1)));
    let whole = lines.iter().find(|line| line["count"] == 3).unwrap();
    assert_eq!((&whole["frames"], &whole["missing"]), (&json!("1-3"), &Value::Null));
    assert_eq!(lines.len(), 5);
    let failed = ls(&shot, &["--json", "nowhere", "a/ref.jpg"]);
    let told = String::from_utf8(failed.stdout).unwrap();
    assert!(told.contains(r#""kind":"not_found""#) && told.contains("ref.jpg"), "{told}");
}

#[test]
fn patterns_name_sequences_in_all_notations() {
    let shot = shot();
    let whole = "beauty.%04d.exr  1001-1010  7 frames  14 B  OpenEXR  missing 1005, 1008-1009\n";
    for pattern in
        ["beauty.%04d.exr", "beauty.%d.exr", "beauty.####.exr", "beauty.@@@@.exr", "beauty.$F4.exr"]
    {
        let line = listed(&shot, &[&format!("a/{pattern}")]);
        assert_eq!(line.replace("%d", "%04d"), whole, "{pattern}");
    }
    // what was not asked for is not missing
    let some = listed(&shot, &["a/beauty.1001-1004x3#.exr"]);
    assert_eq!(some, "beauty.%04d.exr  1001-1004  2 frames  4 B  OpenEXR\n");
    let some = listed(&shot, &["a/beauty.1002-1012x3#.exr"]);
    assert_eq!(some, "beauty.%04d.exr  1002  1 frame  2 B  OpenEXR  missing 1005-1011x3\n");
    let absolute = shot.path().join("a/sub/plate_%04d.tif");
    assert!(listed(&shot, &[absolute.to_str().unwrap()]).starts_with("plate_%04d.tif  1-16x5"));
}

#[test]
fn a_file_that_is_called_like_a_pattern_is_itself() {
    let odd = folder(&names(&["a.####.exr", "a.0001.exr", "a.0002.exr"]));
    assert_eq!(listed(&odd, &["a.####.exr"]), "a.####.exr  2 B  OpenEXR\n");
    assert!(listed(&odd, &["a.%04d.exr"]).contains("1-2"));
}

#[test]
fn what_is_not_there_is_said_with_what_is_near() {
    let shot = shot();
    for (place, said) in [
        ("nowhere", "nowhere: no such file or object"),
        ("empty", "empty: source: is a folder without a frame that is taken"),
        (
            "a/beauty.%03d.dpx",
            "a/beauty.%03d.dpx: source: no frame matches; the folder has beauty.%04d.exr 1001-1010 \
             and 2 other sequences",
        ),
        ("empty/a.####.exr", "empty/a.%04d.exr: no such file or object"),
        (
            "a/beauty.1-5#.exr",
            "a/beauty.%04d.exr: frames: none of 1-5 is there; there is 1001-1004,1006-1007,1010",
        ),
        (
            "a/beauty.1-999999999#.exr",
            "a/beauty.1-999999999#.exr: too many frames: 999999999 where the limit is 1000000",
        ),
        ("a/*.exr", "a/*.exr: no such file or object"),
    ] {
        assert_eq!(refused(&shot, &[place]), format!("proxycore: {said}"));
    }
    let both = ls(&shot, &["nowhere", "a/ref.jpg"]);
    assert_eq!(both.status.code(), Some(1));
    assert_eq!(String::from_utf8(both.stdout).unwrap(), "ref.jpg  2 B  JPEG\n");
}

#[cfg(unix)]
#[test]
fn names_do_not_steer_the_terminal() {
    let odd = folder(&names(&["\u{1b}[2J\n/a\u{9b}.1.exr", "\u{1b}[2J\n/a\u{9b}.2.exr", "b.exr"]));
    let told = listed(&odd, &[]);
    assert!(told.contains(r"\u{1b}[2J\n/") && told.contains(r"a\u{9b}.%d.exr"), "{told}");
    assert!(!told.contains(['\u{1b}', '\u{9b}']), "{told}");
    assert_eq!(
        refused(&odd, &["no\n\u{1b}.exr"]),
        r"proxycore: no\n\u{1b}.exr: no such file or object"
    );
}

#[test]
fn help_has_examples() {
    let help = listed(&folder(&[]), &["--help"]);
    assert!(help.contains("proxycore ls renders/shot_010"), "{help}");
}
