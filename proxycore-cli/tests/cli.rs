//! The command line from outside: exit codes, lines, and what stands on disk.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[path = "common/charts.rs"]
mod charts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder with the demo's frames, and the program run in it.
struct Shell {
    folder: tempfile::TempDir,
}

impl Shell {
    fn new() -> Self {
        let shell = Self { folder: tempfile::tempdir().unwrap() };
        charts::copy_to(&shell.path("frames"));
        shell
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_proxycore"));
        program.args(args).current_dir(self.folder.path()).output().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs what must fail with `code` and one line on stderr, and gives the line.
    #[track_caller]
    fn refused(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        let line = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}");
        assert_eq!(line.trim_end().lines().count(), 1, "{line}");
        line
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json_lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The files below a folder, hidden ones too.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path.display().to_string()),
        }
    }
    found
}

#[test]
fn make_puts_everything_where_it_was_told() {
    let shell = Shell::new();
    let args = ["make", "frames/chart.1001.exr", "frames/acescg.1001.exr", "--out", "o", "--json"];
    let sinks =
        ["--db", "sqlite:o/p.db", "--rows", "jsonl:o/r.jsonl", "--events", "jsonl:o/e.jsonl"];
    let output = shell.run(&[&args[..], &sinks].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let results = json_lines(&output);
    assert_eq!(results.len(), 2);
    for result in &results {
        assert_eq!(result["status"], "success");
        for made in result["renditions"].as_array().unwrap() {
            let file = shell.path("o").join(made["key"].as_str().unwrap());
            assert_eq!(fs::metadata(file).unwrap().len(), made["bytes"].as_u64().unwrap());
        }
    }
    let lines = |name: &str| fs::read_to_string(shell.path(name)).unwrap().lines().count();
    assert_eq!((lines("o/r.jsonl"), lines("o/e.jsonl")), (2, 2));
    assert!(fs::metadata(shell.path("o/p.db")).unwrap().len() > 0);

    let again = shell.run(&[&args[..], &sinks].concat());
    assert!(json_lines(&again).iter().all(|result| result["skipped"] == true));
}

#[test]
fn outputs_lie_beside_the_source_or_where_a_template_says() {
    let shell = Shell::new();
    fs::create_dir(shell.path("shot")).unwrap();
    fs::copy(shell.path("frames/chart.1001.exr"), shell.path("shot/a.0001.exr")).unwrap();
    assert!(shell.run(&["make", "shot/a.0001.exr", "--renditions", "thumb"]).status.success());
    assert!(shell.path("shot/.proxies/a.0001_thumb.jpg").is_file());
    let named = [
        "make",
        "shot/a.0001.exr",
        "--renditions",
        "thumb",
        "--template",
        "web/{name}/{stem}.{ext}",
    ];
    assert!(shell.run(&named).status.success());
    assert!(shell.path("web/thumb/a.0001.jpg").is_file());
}

#[test]
fn bad_input_is_one_clear_line_and_leaves_nothing() {
    let shell = Shell::new();
    let whole = fs::read(shell.path("frames/chart.1001.exr")).unwrap();
    fs::create_dir(shell.path("none")).unwrap();
    fs::write(shell.path("empty.exr"), "").unwrap();
    fs::write(shell.path("text.exr"), "not a picture\n").unwrap();
    fs::write(shell.path("cut.exr"), &whole[..whole.len() / 2]).unwrap();
    for (source, said) in [
        ("empty.exr", "the file is empty"),
        ("text.exr", "it looks like text"),
        ("cut.exr", "the file ends too early"),
        ("missing.exr", "missing.exr: no such file"),
        ("none", "none: source: is a folder without a frame"),
    ] {
        let line = shell.refused(1, &["make", source, "--out", "o"]);
        assert!(line.contains(said), "{line}");
    }
    assert!(shell.refused(1, &["info", "text.exr"]).contains("it looks like text"));
    assert_eq!(files(&shell.path("o")), [""; 0]);
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let shell = Shell::new();
    fs::write(shell.path("file"), "").unwrap();
    let source = "frames/chart.1001.exr";
    let line = shell.refused(1, &["make", source, "--out", "file/o"]);
    assert!(line.contains("cannot create the folder") && line.contains("file/o"), "{line}");
    let line = shell.refused(1, &["make", source, "--db", "sqlite:file/p.db"]);
    assert!(line.contains("file/p.db"), "{line}");
    if cfg!(feature = "parquet") {
        let line = shell.refused(1, &["make", source, "--rows", "parquet:file/rows"]);
        assert!(line.contains("file/rows"), "{line}");
    }
}

#[test]
#[cfg(feature = "parquet")]
fn rows_go_to_parquet_files_as_well() {
    let shell = Shell::new();
    let args = ["make", "frames/chart.1001.exr", "frames/acescg.1001.exr", "--out", "o"];
    let output = shell.run(&[&args[..], &["--rows", "parquet:o/rows"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    for table in ["proxy_outputs", "proxy_renditions"] {
        let made = files(&shell.path("o/rows").join(table));
        assert_eq!(made.len(), 1);
        assert!(fs::read(&made[0]).unwrap().ends_with(b"PAR1"));
    }
}

#[test]
fn a_database_is_asked_for_without_showing_its_password() {
    let shell = Shell::new();
    for url in ["postgres://me:hush@127.0.0.1:1/films", "postgers://me:hush@host/films"] {
        let line = shell.refused(1, &["make", "frames/chart.1001.exr", "--db", url]);
        assert!(line.contains("postgres") && !line.contains("hush"), "{line}");
    }
}

#[test]
fn memory_for_less_than_one_source_makes_them_one_by_one() {
    let shell = Shell::new();
    let made = shell.run(&["make", "frames", "--memory", "1MiB", "--jobs", "4", "--json"]);
    assert!(made.status.success(), "{made:?}");
    let free = shell.run(&["make", "frames", "--force", "--json"]);
    let sums = |output: &Output| {
        let mut sums: Vec<_> = json_lines(output)
            .iter()
            .map(|line| (line["source_key"].to_string(), line["renditions"][0]["sha256"].clone()))
            .collect();
        sums.sort_by(|a, b| a.0.cmp(&b.0));
        sums
    };
    assert!(sums(&made).len() > 1);
    assert_eq!(sums(&made), sums(&free));
}

#[test]
fn one_bad_source_does_not_stop_the_others() {
    let shell = Shell::new();
    let output =
        shell.run(&["make", "missing.exr", "frames/chart.1001.exr", "--json", "--jobs", "1"]);
    assert_eq!(output.status.code(), Some(1));
    let states: Vec<_> = json_lines(&output).iter().map(|line| line["status"].clone()).collect();
    assert_eq!(states, ["error", "success"]);
}

#[test]
fn results_and_errors_of_one_source_have_one_key() {
    let shell = Shell::new();
    let (one, frame) = (shell.path("a.1001.exr"), shell.path("frames/chart.1001.exr"));
    let key = |source: &str| {
        let output = shell.run(&["make", source, "--json", "--renditions", "thumb"]);
        let line = json_lines(&output).remove(0);
        (line["status"] == "success", line["source_key"].as_str().unwrap().to_owned())
    };
    for source in ["a.1001.exr", one.to_str().unwrap(), "./frames/../a.1001.exr"] {
        assert_eq!(key(source), (false, "a.1001.exr".to_owned()), "{source}");
    }
    assert_eq!(key("a.####.exr"), (false, "a.%04d.exr".to_owned()));
    fs::write(&one, "cut").unwrap();
    fs::write(shell.path("a.1002.exr"), "cut").unwrap();
    assert_eq!(key("a.####.exr"), (false, "a.%04d.exr".to_owned()));
    for name in ["a.1001.exr", "a.1002.exr"] {
        fs::copy(&frame, shell.path(name)).unwrap();
    }
    assert_eq!(key("a.####.exr"), (true, "a.%04d.exr".to_owned()));
    assert_eq!(key(one.to_str().unwrap()), (true, "a.1001.exr".to_owned()));
}

#[test]
fn info_is_of_one_frame_and_tells_machines_what_failed() {
    let shell = Shell::new();
    for name in ["a.1001.exr", "a.1002.exr"] {
        fs::copy(shell.path("frames/chart.1001.exr"), shell.path(name)).unwrap();
    }
    let line = shell.refused(1, &["info", "a.%04d.exr"]);
    assert!(line.contains("is a sequence; name one frame of it, such as"), "{line}");
    assert!(line.trim_end().ends_with("/a.1001.exr"), "{line}");
    let output = shell.run(&["info", "--json", "none.exr"]);
    let told = &json_lines(&output)[0];
    assert_eq!(output.status.code(), Some(1));
    assert_eq!([&told["kind"], &told["source_key"]], ["not_found", "none.exr"]);
}

#[test]
fn a_page_keeps_what_stands_beside_it() {
    let shell = Shell::new();
    for name in ["a.exr", "b.exr"] {
        let light = |x: usize, y: usize| (x as f32 / 64.0, y as f32 / 48.0, 0.5);
        exr::prelude::write_rgb_file(shell.path(name), 64, 48, light).unwrap();
    }
    let page = |sources: &[&str]| {
        let args = [&["make", "--gallery", "--out", "web"], sources].concat();
        let code = shell.run(&args).status.code();
        let page = fs::read_to_string(shell.path("web/index.html")).unwrap();
        let shown = |name: &str| page.contains(&format!(r#""name":"{name}""#));
        (code, shown("a.exr"), shown("b.exr"))
    };
    assert_eq!(page(&["a.exr", "b.exr"]), (Some(0), true, true));
    assert_eq!(page(&["b.exr"]), (Some(0), true, true));
    fs::write(shell.path("a.exr"), "cut").unwrap();
    assert_eq!(page(&["a.exr", "b.exr"]), (Some(1), true, true));
    fs::remove_file(shell.path("web/a_thumb.jpg")).unwrap();
    assert_eq!(page(&["b.exr"]), (Some(0), false, true));
}

#[cfg(target_os = "linux")]
#[test]
fn lines_that_are_lost_are_told_and_stop_no_work() {
    let shell = Shell::new();
    let frames = ["frames/acescg.1001.exr", "frames/chart.1001.exr", "frames/overscan.1001.exr"];
    let full = |args: &[&str]| {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_proxycore"));
        let output = program.args(args).current_dir(shell.folder.path()).stdout(full).output();
        let output = output.unwrap();
        (output.status.code(), text(&output.stderr))
    };
    let make = ["make", "--json", "--jobs", "1", "--out", "o", "--renditions", "thumb"];
    for args in [&[&make[..], &frames].concat()[..], &["ls", "--json", "frames"]] {
        let (code, told) = full(args);
        assert_eq!((code, told.lines().count()), (Some(1), 1), "{told}");
        assert!(told.starts_with("proxycore: cannot write to stdout: "), "{told}");
    }
    assert_eq!(files(&shell.path("o")).iter().filter(|name| name.ends_with(".jpg")).count(), 3);

    let mut program = Command::new(env!("CARGO_BIN_EXE_proxycore"));
    program.args(["ls", "frames"]).current_dir(shell.folder.path());
    let mut gone = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(gone.stdout.take());
    let ended = gone.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), text(&ended.stderr)), (Some(0), String::new()));
}

#[test]
fn misuse_is_exit_2() {
    let shell = Shell::new();
    for args in [
        &["make"][..],
        &["make", "x.exr", "--db", "postgres:x"],
        &["make", "x.exr", "--renditions", "poster"],
        &["make", "x.exr", "--still-color", "p3"],
        &["make", "x.exr", "--jobs", "0"],
        &["make", "x.exr", "--memory", "much"],
        &["make", "x.exr", "--template", "{stem}.jpg"],
        &["frobnicate"],
    ] {
        assert_eq!(shell.run(args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn info_tells_what_a_frame_is() {
    let shell = Shell::new();
    let output = shell.run(&["info", "frames/acescg.1001.exr", "--json"]);
    let info = &json_lines(&output)[0];
    assert_eq!(info["format"], "OpenEXR");
    assert_eq!(
        (&info["colorspace"], &info["colorspace_rule"]),
        (&"lin_ap1_scene".into(), &"chromaticities".into())
    );
    assert!(info["parts"][0]["layout"].as_str().unwrap().starts_with("tiles"));
    let people = text(&shell.run(&["info", "frames/acescg.1001.exr"]).stdout);
    assert!(people.contains("lin_ap1_scene  derived, by chromaticities"), "{people}");
}

#[test]
fn what_is_shown_can_be_named() {
    let shell = Shell::new();
    let channel = |name: &str| {
        let output = shell.run(&["info", "frames/chart.1001.exr", "--json", "--layer", name]);
        json_lines(&output)[0]["picture"]["channels"].clone()
    };
    assert_eq!(channel("G"), serde_json::json!(["G"]));
    let line = shell.refused(1, &["info", "frames/chart.1001.exr", "--view", "left"]);
    assert!(line.ends_with("no view named `left`; there is none\n"), "{line}");
    let line = shell.refused(1, &["make", "frames/chart.1001.exr", "--out", "o", "--level", "9"]);
    assert!(line.contains("no level named `9`; there is 0"), "{line}");
    let line = shell.refused(1, &["make", "frames/chart.1001.exr", "--out", "o", "--part", "9"]);
    assert!(line.contains("no part named `9`; there is "), "{line}");

    let thumb = ["make", "frames/chart.1001.exr", "--out", "o", "--renditions", "thumb", "--json"];
    let skipped = |more: &[&str]| {
        let output = shell.run(&[&thumb[..], more].concat());
        json_lines(&output)[0]["skipped"].clone()
    };
    assert_eq!([skipped(&[]), skipped(&[])], [false, true]);
    assert_eq!([skipped(&["--layer", "R"]), skipped(&["--layer", "R"])], [false, true]);
}

#[test]
fn a_cut_frame_is_shown_in_part_where_that_is_asked_for() {
    let shell = Shell::new();
    let whole = fs::read(shell.path("frames/chart.1001.exr")).unwrap();
    fs::write(shell.path("cut.exr"), &whole[..whole.len() / 2]).unwrap();
    let make = ["make", "cut.exr", "--out", "o", "--renditions", "thumb"];
    shell.refused(1, &make);
    let partial = [&make[..], &["--partial"]].concat();
    for state in [" s, partial", "up to date, partial"] {
        let output = shell.run(&partial);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(said.lines().next().unwrap().ends_with(state), "{said}");
        assert!(said.contains("are missing, and shown hatched"), "{said}");
    }
    let json = json_lines(&shell.run(&[&partial[..], &["--json"]].concat()));
    assert_eq!((&json[0]["status"], &json[0]["skipped"]), (&"partial".into(), &true.into()));
    shell.refused(1, &make);
}

#[test]
fn info_tells_why_and_keeps_to_100_columns() {
    let shell = Shell::new();
    fs::copy(shell.path("frames/chart.1001.exr"), shell.path("chart.exr")).unwrap();
    let people = text(&shell.run(&["info", "chart.exr"]).stdout);
    assert!(people.contains("\n  because      R, G, B\n"), "{people}");
    assert!(people.lines().all(|line| line.chars().count() <= 100), "{people}");
    let json = &json_lines(&shell.run(&["info", "chart.exr", "--json"]))[0];
    assert_eq!(json["picture"]["reason"], "R, G, B");
    assert!(json["parts"][0]["levels"][0]["width"].is_u64() && json["warnings"].is_array());
}

#[test]
fn a_view_is_fast_where_nobody_can_tell_and_exact_where_that_is_asked_for() {
    let shell = Shell::new();
    let config = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5";
    let make = |more: &[&str]| {
        let args =
            ["make", "frames/acescg.1001.exr", "--out", "o", "--json", "--renditions", "thumb"];
        let output = shell.run(&[&args[..], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        json_lines(&output).remove(0)
    };
    let fast = make(&["--ocio", config]);
    assert_eq!(fast["color_precision"], "fast");
    let error = fast["color_error"].as_f64().unwrap();
    assert!(error > 0.0 && error < 0.5, "{error}");
    let again = make(&["--ocio", config, "--jobs", "1", "--force"]);
    assert_eq!(again["renditions"][0]["sha256"], fast["renditions"][0]["sha256"]);
    let exact = make(&["--ocio", config, "--color-precision", "exact"]);
    assert_eq!((&exact["skipped"], &exact["color_error"]), (&false.into(), &Value::Null));
    let plain = make(&[]);
    assert_eq!((&plain["skipped"], &plain["color_precision"]), (&false.into(), &"exact".into()));
    assert_ne!(plain["renditions"][0]["sha256"], exact["renditions"][0]["sha256"]);

    let line = shell.refused(1, &["make", "frames/acescg.1001.exr", "--display", "sRGB - Display"]);
    assert!(line.contains("display: needs an OpenColorIO config"), "{line}");
    let line = shell.refused(
        1,
        &["make", "frames/acescg.1001.exr", "--ocio", config, "--display-view", "ACES 2"],
    );
    assert!(line.contains("ACES 2.0 - SDR 100 nits (Rec.709)"), "{line}");
}

#[test]
fn what_a_config_warns_of_is_kept_from_stderr() {
    let shell = Shell::new();
    let config = "ocio_profile_version: 2\nno_such_key: 1\nroles: {default: lin, \
                  aces_interchange: lin}\ndisplays: {sRGB: [!<View> {name: v, colorspace: lin}]}\n\
                  colorspaces:\n  - !<ColorSpace> {name: lin, aliases: [lin_ap1_scene], odd: 1}\n";
    fs::write(shell.path("config.ocio"), config).unwrap();
    let args = ["make", "frames/acescg.1001.exr", "--out", "o", "--renditions", "thumb", "--json"];
    let output = shell.run(&[&args[..], &["--ocio", "config.ocio"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stderr);
    assert!(!told.contains("OpenColorIO") && !told.contains("no_such_key"), "{told}");
    let line = shell.refused(1, &[&args[..], &["--ocio", "/dev/zero"]].concat());
    assert!(line.contains("/dev/zero") && line.contains(".ocio"), "{line}");
}

#[test]
fn a_camera_is_known_without_a_config() {
    let shell = Shell::new();
    let output =
        shell.run(&["info", "frames/acescg.1001.exr", "--input-space", "ARRI LogC4", "--json"]);
    assert_eq!(json_lines(&output)[0]["colorspace"], "ocio:arrilogc4_awg4_scene");
}

#[test]
fn stills_can_be_for_a_wider_display() {
    let shell = Shell::new();
    let args = ["make", "frames/acescg.1001.exr", "--out", "out", "--json", "--prove"];
    let made = |more: &[&str]| json_lines(&shell.run(&[&args[..], more].concat())).remove(0);
    let plain = made(&[]);
    let wide = made(&["--still-color", "display-p3", "--rows", "jsonl:rows.jsonl"]);
    assert_eq!(plain["renditions"][0]["colorspace"], "srgb_rec709_display");
    assert_eq!(wide["renditions"][0]["colorspace"], "srgb_p3d65_display");
    assert_eq!(wide["renditions"][0]["proof"]["tags"]["icc"], "Display P3");
    assert_eq!(plain["renditions"][1]["sha256"], wide["renditions"][1]["sha256"], "the proxy");
    let row: Value = serde_json::from_str(
        fs::read_to_string(shell.path("rows.jsonl")).unwrap().lines().next().unwrap(),
    )
    .unwrap();
    assert!(row.to_string().contains(r#""thumb_colorspace":"Display P3""#), "{row}");
}

#[test]
fn what_is_made_can_be_proved() {
    let shell = Shell::new();
    let args = ["make", "frames/chart.1001.exr", "--out", "o", "--prove"];
    let output = shell.run(&[&args[..], &["--json", "--video-color", "srgb"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    for made in json_lines(&output)[0]["renditions"].as_array().unwrap() {
        let proof = &made["proof"];
        assert!(proof["bias"].as_f64().unwrap() < 0.3, "{proof}");
        assert_eq!(proof["tags"]["colorspace"], "srgb_rec709_display", "{proof}");
    }
    let said = shell.run(&[&args[..], &["--force"]].concat());
    assert!(text(&said.stdout).contains("dE2000"), "{}", text(&said.stdout));
}

#[test]
fn a_choice_of_spaces_is_shown_on_a_sheet() {
    let shell = Shell::new();
    let info = ["info", "frames/acescg.1001.exr", "--json", "--bracket", "sheets/s.jpg"];
    let output = shell.run(&info);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(json_lines(&output)[0]["colorspace"], "lin_ap1_scene");
    assert!(fs::read(shell.path("sheets/s.jpg")).unwrap().starts_with(&[0xff, 0xd8]));
    let before = fs::read(shell.path("sheets/s.jpg")).unwrap();
    let line = shell.refused(1, &[&info[..], &["--candidates", "ACEScg,no such"]].concat());
    assert!(line.contains("no such"), "{line}");
    assert_eq!(fs::read(shell.path("sheets/s.jpg")).unwrap(), before);
    let two = shell.run(&[&info[..], &["--candidates", "ACEScg,ARRI LogC4"]].concat());
    assert!(two.status.success(), "{}", text(&two.stderr));
    assert_ne!(fs::read(shell.path("sheets/s.jpg")).unwrap(), before);
}

#[test]
fn a_space_is_assigned_obeyed_and_forgotten() {
    let shell = Shell::new();
    let frame = "frames/chart.1001.exr";
    let make = || {
        let output = shell.run(&["make", frame, "--renditions", "thumb", "--json"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let made = json_lines(&output).remove(0);
        (made["colorspace_rule"].as_str().unwrap().to_owned(), made["skipped"] == true)
    };
    let (rule, _) = make();
    assert_eq!(make(), (rule.clone(), true));
    let assigned = shell.run(&["assign", "ACEScg", frame, "--pattern", "chart.*.exr"]);
    assert!(assigned.status.success(), "{}", text(&assigned.stderr));
    assert_eq!([make(), make()], [("assigned".into(), false), ("assigned".into(), true)]);
    let info = &json_lines(&shell.run(&["info", frame, "--json"]))[0];
    assert_eq!(info["colorspace"], "lin_ap1_scene");
    assert_eq!([&info["colorspace_rule"], &info["colorspace_certainty"]], ["assigned", "stated"]);
    let cleared = shell.run(&["assign", "--clear", frame, "--pattern", "chart.*.exr"]);
    assert!(cleared.status.success(), "{}", text(&cleared.stderr));
    assert!(!shell.path("frames/.proxies/spaces.json").exists());
    assert_eq!([make(), make()], [(rule.clone(), false), (rule, true)]);

    let line = shell.refused(1, &["assign", "ARRI LogC5", frame]);
    assert!(line.contains("ARRI LogC5"), "{line}");
    let config = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5";
    let line = shell.refused(1, &["assign", "ARRI LogC5", frame, "--ocio", config]);
    assert!(line.contains("ARRI LogC4"), "{line}");
    shell.refused(1, &["assign", "ACEScg", "frames/none.exr"]);
    assert_eq!(shell.run(&["assign", "ACEScg"]).status.code(), Some(2));
    fs::write(shell.path("frames/.proxies/spaces.json"), "[]").unwrap();
    for command in ["make", "info"] {
        let line = shell.refused(1, &[command, frame]);
        assert!(line.contains("frames/.proxies/spaces.json"), "{line}");
    }
}

#[test]
fn a_file_rule_is_one_that_a_config_takes() {
    let shell = Shell::new();
    let frame = "frames/chart.1001.exr";
    fs::write(
        shell.path("own.ocio"),
        CONFIG.replace(
            "RULE",
            "- !<Rule> {name: \"a\", pattern: \"nothing\", extension: \"x\", colorspace: raw}",
        ),
    )
    .unwrap();
    let printed = |pattern: &[&str]| {
        let args = ["assign", "the linear", frame, "--file-rule", "--ocio", "own.ocio"];
        let output = shell.run(&[&args[..], pattern].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).trim_end().to_owned()
    };
    for rule in [printed(&[]), printed(&["--pattern", "chart.*.exr"])] {
        fs::write(shell.path("ruled.ocio"), CONFIG.replace("RULE", &rule)).unwrap();
        let info = shell.run(&["info", frame, "--json", "--ocio", "ruled.ocio"]);
        assert!(info.status.success(), "{rule}: {}", text(&info.stderr));
        let info = &json_lines(&info)[0];
        assert_eq!([&info["colorspace"], &info["colorspace_rule"]], ["the linear", "file_rule"]);
        let other =
            shell.run(&["info", "frames/acescg.1001.exr", "--json", "--ocio", "ruled.ocio"]);
        assert_ne!(json_lines(&other)[0]["colorspace_rule"], "file_rule", "{rule}");
    }
    let args = ["assign", "the linear", frame, "--file-rule", "--ocio", "own.ocio"];
    let line = shell.refused(1, &[&args[..], &["--pattern", "{a,b}.exr"]].concat());
    assert!(line.contains("file rule"), "{line}");
    assert!(!shell.path("frames/.proxies/spaces.json").exists());
}

const CONFIG: &str = "\
ocio_profile_version: 2
roles:
  default: raw
file_rules:
  RULE
  - !<Rule> {name: Default, colorspace: raw}
displays:
  sRGB:
    - !<View> {name: Raw, colorspace: raw}
colorspaces:
  - !<ColorSpace>
    name: raw
    isdata: true
  - !<ColorSpace>
    name: the linear
    aliases: [lin]
";

#[test]
fn vectors_and_threads_change_no_byte() {
    let shell = Shell::new();
    let frame = files(&shell.path("frames")).into_iter().find(|name| name.ends_with(".exr"));
    // from black to far above white, and not one vector long
    let light = |x: usize, y: usize| (x as f32 / 20.0, (y as f32 / 60.0).powi(4), 1.0 / x as f32);
    exr::prelude::write_rgb_file(shell.path("small.exr"), 202, 98, light).unwrap();
    let made = |how: &[&str], out: &str, threads: &str, simd: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_proxycore"))
            .args(["make", "--out", out])
            .args(how)
            .env("RAYON_NUM_THREADS", threads)
            .env("PROXYCORE_SIMD", simd)
            .current_dir(shell.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let mut made = files(&shell.path(out));
        made.sort();
        let media = made.iter().filter(|name| name.ends_with(".jpg") || name.ends_with(".mp4"));
        media.map(|name| fs::read(name).unwrap()).collect::<Vec<_>>()
    };
    let usual = [frame.as_ref().unwrap(), "--renditions", "thumb,proxy,preview"];
    let hdr =
        |color| ["small.exr", "--renditions", "proxy", "--encoder", "av1", "--video-color", color];
    let (pq, hlg) = (hdr("pq"), hdr("hlg"));
    let all = [("usual", &usual[..], 3), ("pq", &pq, 1), ("hlg", &hlg, 1)];
    for (name, how, count) in all.into_iter().take(if cfg!(feature = "av1") { 3 } else { 1 }) {
        let want = made(how, &format!("{name}/wide"), "2", "");
        assert_eq!(want.len(), count);
        for (out, threads, simd) in [("one", "1", ""), ("plain", "2", "none")] {
            assert!(made(how, &format!("{name}/{out}"), threads, simd) == want, "{name} {out}");
        }
    }
}

#[test]
fn version_lists_what_this_build_can_do() {
    let shell = Shell::new();
    let short = text(&shell.run(&["--version"]).stdout);
    assert_eq!(short.trim_end(), format!("proxycore {}", env!("CARGO_PKG_VERSION")));
    let [long, same] = [&["version"][..], &["--version", "-v"]].map(|args| shell.run(args).stdout);
    assert_eq!(long, same);
    let long = text(&long);
    for line in ["features: ", "rusty-h264 ", "ffmpeg:PRESET "] {
        assert!(long.contains(line), "{long}");
    }
    let json = &json_lines(&shell.run(&["version", "--json"]))[0];
    let names = |field: &str| json[field].as_array().unwrap().clone();
    assert_eq!(names("features").contains(&"parquet".into()), cfg!(feature = "parquet"));
    assert_eq!(
        names("missing_features").contains(&"parquet".into()),
        cfg!(not(feature = "parquet"))
    );
    assert!(names("encoders").iter().any(|each| each["name"] == "rusty-h264"));
}

#[test]
#[cfg(not(all(feature = "kafka", feature = "parquet", feature = "s3")))]
fn what_needs_another_build_names_the_line_that_makes_it() {
    let shell = Shell::new();
    let source = "frames/chart.1001.exr";
    let missing = [
        ("kafka", cfg!(feature = "kafka"), &[source, "--events", "kafka://127.0.0.1:1/t"][..]),
        ("parquet", cfg!(feature = "parquet"), &[source, "--rows", "parquet:rows"]),
        ("s3", cfg!(feature = "s3"), &["s3://renders/a.exr"]),
    ];
    for (feature, is_built, args) in missing {
        if !is_built {
            let line = shell.refused(1, &[&["make"], args].concat());
            let cargo = "cargo install --path proxycore-cli --features ";
            assert!(line.contains(cargo) && line.trim_end().ends_with(feature), "{line}");
        }
    }
}
