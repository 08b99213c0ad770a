//! Encoders from a shell.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/charts.rs"]
mod charts;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with a frame of the demo's.
fn frame() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::copy(charts::drawn().join("acescg.1001.exr"), folder.path().join("a.exr")).unwrap();
    folder
}

fn run(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxycore"));
    command.env_remove("OCIO").envs(variables.iter().copied());
    command.args(args).current_dir(folder).output().unwrap()
}

fn told(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

#[test]
fn what_is_not_there_is_told_and_nothing_is_written() {
    let folder = frame();
    let nowhere = [("PROXYCORE_FFMPEG", "/nowhere/ffmpeg")];
    let args = ["make", "a.exr", "--encoder", "ffmpeg:prores422hq"];
    let (code, errors) = told(&run(folder.path(), &args, &nowhere));
    assert_eq!((code, errors.lines().count()), (1, 1), "{errors}");
    assert!(errors.contains("is not installed") && errors.contains("PROXYCORE_FFMPEG"), "{errors}");
    assert!(!folder.path().join(".proxies").exists());
}

#[test]
fn options_that_an_encoder_has_not_are_refused() {
    let folder = frame();
    for args in [
        &["--encoder", "ffmpeg:dnxhr-hq", "--quality", "20"][..],
        &["--encoder", "ffmpeg:dnxhr-hq", "--gop", "20"],
        &["--bit-depth", "10"],
        &["--video-color", "pq"],
        &["--video-color", "hlg", "--encoder", "ffmpeg:x264"],
    ] {
        let (code, errors) = told(&run(folder.path(), &[&["make", "a.exr"], args].concat(), &[]));
        assert_eq!((code, errors.lines().count()), (1, 1), "{args:?}: {errors}");
    }
    for args in [
        ["--encoder", "x265"],
        ["--encoder", "ffmpeg"],
        ["--encoder", "ffmpeg:prores"],
        ["--quality", "52"],
        ["--gop", "1"],
    ] {
        let (code, _) = told(&run(folder.path(), &[&["make", "a.exr"][..], &args].concat(), &[]));
        assert_eq!(code, 2, "{args:?}");
    }
}

#[cfg(feature = "av1")]
#[test]
fn movies_of_high_dynamic_range_are_told_by_their_space() {
    let folder = TempDir::new().unwrap();
    let light = |x: usize, y: usize| (x as f32 / 16.0, y as f32 / 64.0, 1.0);
    exr::prelude::write_rgb_file(folder.path().join("a.exr"), 64, 48, light).unwrap();
    for (color, space, shown) in [
        ("pq", "pq_rec2020_display", "Rec.2100 PQ"),
        ("hlg", "hlg_rec2020_display", "Rec.2100 HLG"),
    ] {
        let args = ["make", "a.exr", "--encoder", "av1", "--video-color", color, "--json"];
        let args = [&args[..], &["--rows", "jsonl:rows.jsonl"]].concat();
        let output = run(folder.path(), &args, &[]);
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        // the still beside it is what it always is
        assert_eq!(result["renditions"][0]["colorspace"], "srgb_rec709_display");
        assert_eq!(result["renditions"][1]["colorspace"], space);
        let rows = fs::read_to_string(folder.path().join("rows.jsonl")).unwrap();
        assert!(rows.contains(&format!(r#""proxy_colorspace":"{shown}""#)), "{rows}");
    }
}

#[test]
fn quality_and_groups_make_another_movie() {
    let folder = frame();
    let size = |args: &[&str]| {
        let all = [&["make", "a.exr", "--renditions", "proxy", "--json"], args].concat();
        let output = run(folder.path(), &all, &[]);
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["skipped"], false, "{args:?}");
        result["proxy_size_bytes"].as_u64().unwrap()
    };
    let usual = size(&[]);
    assert!(size(&["--quality", "40"]) < usual / 2);
    assert_eq!(size(&["--gop", "2"]), usual, "one frame");
}
