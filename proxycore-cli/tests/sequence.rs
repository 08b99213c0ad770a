//! Movies of sequences from a shell.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with a sequence of eight frames of the demo's, and one beside it.
fn shot() -> TempDir {
    let folder = TempDir::new().unwrap();
    let demo = TempDir::new().unwrap();
    let made = run(demo.path(), &["demo", "d"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let frame = demo.path().join("d/acescg.1001.exr");
    for number in 1001..=1008 {
        fs::copy(&frame, folder.path().join(format!("a.{number}.exr"))).unwrap();
    }
    fs::copy(&frame, folder.path().join("still.exr")).unwrap();
    folder
}

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxycore"));
    command.env_remove("OCIO").args(args).current_dir(folder).output().unwrap()
}

fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// The files of outputs that stand.
fn outputs(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder.join(".proxies")).into_iter().flatten();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[test]
fn a_pattern_makes_one_movie_and_a_folder_one_of_each_sequence() {
    let folder = shot();
    let folder = folder.path();
    let (code, plan, _) = told(&run(folder, &["make", "a.%04d.exr", "--dry-run"]));
    assert_eq!((code, outputs(folder).len()), (0, 0));
    assert!(plan.contains(".proxies/a_proxy.mp4"), "{plan}");

    let (code, made, errors) = told(&run(folder, &["make", "a.####.exr", "--json"]));
    assert_eq!((code, &*errors), (0, ""));
    let result: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert_eq!(result["source_key"], "a.%04d.exr");
    assert_eq!((&result["frame_range"], &result["fps"]), (&"1001-1008".into(), &"24".into()));
    assert_eq!(result["poster"], 1005);
    assert_eq!(outputs(folder), ["a_proxy.mp4", "a_thumb.jpg"]);

    let (code, made, _) = told(&run(folder, &["make", "."]));
    assert_eq!(code, 0);
    assert!(made.contains("up to date") && made.contains("still.exr"), "{made}");
    assert_eq!(outputs(folder).len(), 4);

    let (code, made, _) = told(&run(folder, &["make", ".", "--each", "--json", "--out", "o"]));
    assert_eq!((code, made.lines().count()), (0, 9));
}

#[test]
fn what_is_missing_is_told_with_what_can_be_done() {
    let folder = shot();
    let folder = folder.path();
    fs::remove_file(folder.join("a.1003.exr")).unwrap();
    fs::remove_file(folder.join("a.1006.exr")).unwrap();
    let (code, made, errors) = told(&run(folder, &["make", "a.%04d.exr"]));
    assert_eq!((code, &*made), (1, ""));
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains("frames 1003,1006 are not there; `hold`"), "{errors}");
    for missing in ["hold", "nearest", "black", "slate"] {
        let (code, made, errors) =
            told(&run(folder, &["make", "a.%04d.exr", "--missing", missing, "--fps", "23.976"]));
        assert_eq!((code, &*errors), (0, ""));
        assert!(made.contains("1001-1008, 1003,1006 missing  24000/1001 fps"), "{made}");
    }
    let (code, made, _) = told(&run(folder, &["make", "a.1001-1002#.exr", "--json"]));
    assert!(code == 0 && made.contains(r#""frame_range":"1001-1002""#), "{made}");
}

#[test]
fn what_is_no_sequence_is_told() {
    let folder = shot();
    let folder = folder.path();
    for args in [
        &["make", "b.%04d.exr"][..],
        &["make", "a.1-99999999#.exr"],
        &["make", "a.%04d.exr", "--range", "1-3", "--missing", "hold"],
        &["make", "a.%04d.exr", "--poster", "7"],
        &["make", "a.%04d.exr", "--prove"],
    ] {
        let (code, made, errors) = told(&run(folder, args));
        assert_eq!((code, &*made, errors.lines().count()), (1, "", 1), "{args:?}: {errors}");
    }
    for args in [["--fps", "0"], ["--missing", "skip"], ["--range", "a-b"], ["--step", "0"]] {
        let (code, ..) = told(&run(folder, &[&["make", "a.%04d.exr"][..], &args].concat()));
        assert_eq!(code, 2, "{args:?}");
    }
    assert!(outputs(folder).is_empty());
}
