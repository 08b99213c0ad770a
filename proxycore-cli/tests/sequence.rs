//! Movies of sequences from a shell.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/charts.rs"]
mod charts;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use exr::prelude::write_rgb_file;
use tempfile::TempDir;

/// A folder with a sequence of eight frames of the demo's, and one beside it.
fn shot() -> TempDir {
    let folder = TempDir::new().unwrap();
    let frame = charts::drawn().join("acescg.1001.exr");
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
fn a_slate_comes_before_the_first_frame() {
    let folder = shot();
    let folder = folder.path();
    let size = || fs::metadata(folder.join("o/a_proxy.mp4")).unwrap().len();
    let base = ["make", "a.%04d.exr", "--renditions", "proxy", "--out", "o"];
    let mut sizes = Vec::new();
    for more in [&[][..], &["--slate"], &["--burn-in", "frame,name", "--burn-in-text", "v012"]] {
        let (code, made, errors) = told(&run(folder, &[&base[..], more].concat()));
        assert_eq!((code, &*errors), (0, ""), "{more:?}");
        assert!(!made.contains("up to date"), "another movie: {made}");
        sizes.push(size());
        let entries =
            ["-count_frames", "-show_entries", "stream=nb_read_frames:stream_tags=timecode"];
        let probe = Command::new("ffprobe")
            .args(["-v", "error", "-select_streams", "v", "-of", "csv=p=0"])
            .args(entries)
            .arg(folder.join("o/a_proxy.mp4"))
            .output();
        let Ok(probe) = probe else { continue };
        // the frames keep their timecode: the slate has that of the frame before
        let want = if more == ["--slate"] { "9,00:00:41:16" } else { "8,00:00:41:17" };
        assert_eq!(String::from_utf8_lossy(&probe.stdout).trim(), want, "{more:?}");
    }
    assert!(sizes[1] != sizes[0] && sizes[2] > sizes[0], "{sizes:?}");
    let (code, ..) = told(&run(folder, &[&base[..], &["--burn-in", "colour"]].concat()));
    assert_eq!(code, 2);
    for (font, expected) in [("a.1001.exr", "neither TrueType"), ("none.ttf", "cannot read")] {
        let (code, _, errors) = told(&run(folder, &[&base[..], &["--font", font]].concat()));
        assert!(code == 2 && errors.contains(expected), "{errors}");
    }
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

/// The keys of results, and the frames of each.
fn results(text: &str) -> Vec<(String, String)> {
    let result = |line| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let field = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let each = text.lines().map(result);
    each.map(|each| (field(&each["source_key"]), field(&each["frame_range"]))).collect()
}

#[test]
fn what_comes_to_a_watched_folder_is_made_as_it_comes() {
    let folder = shot();
    let folder = folder.path();
    let frame = fs::read(folder.join("still.exr")).unwrap();
    for number in 1004..=1008 {
        fs::remove_file(folder.join(format!("a.{number}.exr"))).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxycore"));
    command.args(["watch", ".", "--json", "--missing", "hold", "--renditions", "proxy"]);
    command.args(["--interval", "0.1", "--settle", "0.6", "--until-idle", "3"]);
    let child = command.env_remove("OCIO").current_dir(folder).stdout(Stdio::piped()).spawn();
    let child = child.unwrap();
    let movie = folder.join(".proxies/a_proxy.mp4");
    let begun = Instant::now();
    while !movie.exists() {
        assert!(begun.elapsed() < Duration::from_secs(120), "no movie");
        thread::sleep(Duration::from_millis(20));
    }
    // a frame that is written bit by bit is waited for
    let late = folder.join("a.1004.exr");
    for length in [100, frame.len() / 2, frame.len()] {
        fs::write(&late, &frame[..length]).unwrap();
        thread::sleep(Duration::from_millis(200));
    }
    let output = child.wait_with_output().unwrap();
    let mut made = results(&String::from_utf8(output.stdout).unwrap());
    made[..2].sort();
    let expected = [("a.%04d.exr", "1001-1003"), ("still.exr", ""), ("a.%04d.exr", "1001-1004")];
    let expected = expected.map(|(key, range)| (key.to_owned(), range.to_owned()));
    assert_eq!((made, output.status.code()), (expected.to_vec(), Some(0)));
    assert!(folder.join(".proxies/a_proxy.segments").is_dir());
}

/// A folder with a folder `s` of small frames, which are quickly made.
fn small(numbers: &[u32]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("s")).unwrap();
    for number in numbers {
        let light = |x: usize, y: usize| (x as f32 / 64.0, y as f32 / 48.0, *number as f32 / 2e3);
        let file = folder.path().join(format!("s/t.{number}.exr"));
        write_rgb_file(file, 64, 48, light).unwrap();
    }
    folder
}

#[test]
fn frames_by_themselves_are_picked_as_those_of_a_movie() {
    let folder = small(&[1001, 1002, 1004, 1005]);
    let made = |args: &[&str]| {
        let base = ["make", "--each", "--json", "--renditions", "thumb"];
        let (code, made, errors) = told(&run(folder.path(), &[&base[..], args].concat()));
        let mut keys: Vec<_> = results(&made).into_iter().map(|(key, _)| key).collect();
        keys.sort();
        (code, keys.join(" "), errors)
    };
    let all = "s/t.1001.exr s/t.1002.exr s/t.1004.exr s/t.1005.exr";
    for (args, keys) in [
        (&["s/t.%04d.exr"][..], all),
        (&["s"], all),
        (&["s/t.%04d.exr", "--range", "1002,1005"], "s/t.1002.exr s/t.1005.exr"),
        (&["s", "--range", "1001-1002"], "s/t.1001.exr s/t.1002.exr"),
        (&["s", "--step", "4"], "s/t.1001.exr s/t.1005.exr"),
        (&["s/t.1001-1005x2#.exr", "--range", "1002"], "s/t.1002.exr"),
    ] {
        assert_eq!(made(args), (0, keys.to_owned(), String::new()), "{args:?}");
    }
    let (code, keys, errors) = made(&["s/t.1001-1005#.exr"]);
    assert_eq!((code, keys), (1, format!("s/t.%04d.exr {all}")));
    assert!(errors.contains("range: frames 1003 are not there"), "{errors}");
    for option in [&["--slate"][..], &["--fps", "25"], &["--missing", "hold"], &["--segments"]] {
        assert_eq!(made(&[&["s"], option].concat()).0, 2, "{option:?}");
    }
}

#[test]
fn what_is_of_sequences_alone_is_not_passed_over_in_silence() {
    let folder = small(&[1001, 1002]);
    let make = |source: &str| {
        let args = ["make", source, "--renditions", "thumb", "--slate", "--range", "1001-1002"];
        let (code, _, errors) = told(&run(folder.path(), &args));
        (code, errors)
    };
    let warning =
        "proxycore: warning: of no use without a sequence among the sources: --range, --slate\n";
    let (code, errors) = make("s/t.1001.exr");
    assert_eq!((code, &*errors), (0, warning));
    assert_eq!(make("s"), (0, String::new()));
}

#[test]
fn groups_are_no_longer_than_what_is_kept() {
    let folder = small(&[1001, 1002]);
    for args in [
        &["make", "s", "--segments", "--gop", "7"],
        &["watch", "s", "--until-idle=0", "--gop=12"][..],
    ] {
        let (code, _, errors) = told(&run(folder.path(), args));
        assert!(code == 1 && errors.contains("gop: the groups that are kept"), "{errors}");
    }
    let (code, ..) = told(&run(folder.path(), &["make", "s", "--segments", "--gop", "6"]));
    assert_eq!(code, 0);
}

/// Begins to watch the folder `s` for what it takes a moment to make.
fn watch(folder: &Path, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxycore"));
    command.args(["watch", "s", "--json", "--interval", "0.1"]).args(args);
    command.env_remove("OCIO").current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits for a watch that ends by itself.
#[track_caller]
fn ended(mut child: Child) -> (i32, String, String) {
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("goes on");
        }
        thread::sleep(Duration::from_millis(20));
    }
    told(&child.wait_with_output().unwrap())
}

#[test]
fn a_watch_does_not_wait_for_what_has_gone() {
    let folder = small(&[1001]);
    let child = watch(folder.path(), &["--settle", "1000", "--until-idle", "1"]);
    thread::sleep(Duration::from_secs(1));
    fs::remove_file(folder.path().join("s/t.1001.exr")).unwrap();
    assert_eq!(ended(child), (0, String::new(), String::new()));
}

#[test]
fn a_watch_ends_as_what_it_saw_last() {
    let folder = small(&[1001]);
    let frame = folder.path().join("s/t.1001.exr");
    let whole = fs::read(&frame).unwrap();
    fs::write(&frame, &whole[..whole.len() / 2]).unwrap();
    let mut child = watch(folder.path(), &["--settle", "0.1", "--until-idle", "2"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains(r#""status":"error""#));
    fs::write(&frame, &whole).unwrap();
    assert!(lines.next().unwrap().unwrap().contains(r#""status":"success""#));
    assert_eq!(ended(child).0, 0);

    let empty = small(&[]);
    let child = watch(empty.path(), &["--until-idle", "0.3"]);
    assert_eq!(ended(child), (0, String::new(), String::new()));
}

#[test]
fn outputs_among_the_sources_are_none() {
    let folder = small(&[1001, 1002]);
    fs::copy(folder.path().join("s/t.1001.exr"), folder.path().join("s/still_thumb.exr")).unwrap();
    let both = ["s/still_thumb.exr", "s/t.%04d.exr"];
    let keys = |made: &str| {
        let mut keys: Vec<_> = results(made).into_iter().map(|(key, _)| key).collect();
        keys.sort();
        keys
    };
    for out in [&["--out", "s/web"][..], &["--out", "s"], &["--template", "s/{name}/{stem}.{ext}"]]
    {
        for _ in 0..2 {
            let args = [&["make", "s", "--json", "--renditions", "thumb,preview"], out].concat();
            let (code, made, errors) = told(&run(folder.path(), &args));
            assert_eq!((code, keys(&made), &*errors), (0, both.map(str::to_owned).into(), ""));
        }
        let child = watch(
            folder.path(),
            &[&["--renditions", "thumb", "--settle", "0", "--until-idle", "0.5"], out].concat(),
        );
        let (code, made, _) = ended(child);
        assert_eq!((code, keys(&made)), (0, both.map(str::to_owned).into()), "{out:?}");
    }
}

#[test]
fn a_watch_keeps_the_gallery() {
    let folder = small(&[1001, 1002]);
    let args = ["--gallery", "--out", "web", "--settle", "0", "--until-idle", "0.5"];
    let (code, ..) = ended(watch(folder.path(), &args));
    let page = fs::read_to_string(folder.path().join("web/index.html")).unwrap();
    assert!(code == 0 && page.contains("t_thumb.jpg"), "{page}");
}

#[test]
fn a_watch_takes_encoders_of_whole_files() {
    let folder = small(&[1001, 1002]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxycore"));
    command.args(["watch", "s", "--until-idle", "0.3", "--settle", "0", "--interval", "0.1"]);
    command.args(["--encoder", "ffmpeg:x264"]).env("PROXYCORE_FFMPEG", "/nowhere/ffmpeg");
    let (code, _, errors) = told(&command.current_dir(folder.path()).output().unwrap());
    assert!(code == 1 && errors.contains("is not installed"), "{errors}");
}

#[test]
fn a_watch_tells_what_it_cannot_do() {
    let folder = TempDir::new().unwrap();
    for option in ["--force", "--dry-run"] {
        let (code, _, errors) = told(&run(folder.path(), &["watch", ".", option]));
        assert!(code == 1 && errors.contains("is for `make`"), "{errors}");
    }
    let missing = &["watch", "nowhere/", "--until-idle", "0.2", "--interval", "0.1"];
    let (code, _, errors) = told(&run(folder.path(), missing));
    assert_eq!((code, errors.lines().count()), (1, 1), "{errors}");
}
