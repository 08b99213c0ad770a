//! The demo from outside: its files, the links of its page, and the commands that it prints.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A name that a shell and an address have to quote.
const NAME: &str = "dé mo's";

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxycore"));
    // the demo does not follow it
    command.env("OCIO", "/nowhere/config.ocio").args(args).current_dir(folder).output().unwrap()
}

#[track_caller]
fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout)
}

/// Undoes the `%XX` of an address.
fn decoded(address: &str) -> String {
    let mut parts = address.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

/// What a page shows.
fn items(page: &Path) -> Vec<Value> {
    let page = fs::read_to_string(page).unwrap();
    let items =
        page.lines().find_map(|line| line.strip_prefix("const items = ")?.strip_suffix(';'));
    serde_json::from_str(items.unwrap()).unwrap()
}

/// The files that a page names, from the page on.
#[track_caller]
fn linked(page: &Path) -> Vec<PathBuf> {
    let link = |item: &Value, name: &str| item[name].as_str().map(decoded);
    let mut linked = Vec::new();
    for item in items(page) {
        let links = ["thumb", "movie", "preview", "sheet"].map(|name| link(&item, name));
        linked.extend(links.into_iter().chain([link(&item["sprite"], "url")]).map(Option::unwrap));
    }
    linked.iter().map(|link| page.with_file_name(link)).collect()
}

#[track_caller]
fn check_page(page: &Path) {
    let linked = linked(page);
    assert_eq!(linked.len(), 6 * 5);
    for file in linked {
        assert!(fs::metadata(&file).is_ok_and(|found| found.len() > 0), "{}", file.display());
    }
}

#[test]
fn everything_on_the_page_is_there_from_wherever_it_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().canonicalize().unwrap();
    let (demo, page) = (here.join(NAME), here.join(NAME).join("review/index.html"));

    let text = said(&run(&here, &["demo", NAME, "--frames", "4"]));
    let url = text.lines().find(|line| line.starts_with("file://")).unwrap();
    assert_eq!(Path::new(&decoded(url.strip_prefix("file://").unwrap())), page);
    assert!(text.contains("1001-1004") && text.contains("1003 missing"), "{text}");
    check_page(&page);
    let rows = if cfg!(feature = "sqlite") { "proxies.db" } else { "rows.jsonl" };
    for file in [rows, "events.jsonl"] {
        assert!(fs::metadata(demo.join(file)).unwrap().len() > 0, "{file}");
    }
    assert!(!demo.join("sh010/.proxies").exists());
    let shown = items(&page);
    let of = |name: &str| shown.iter().find(|item| item["name"] == name).unwrap();
    assert_eq!(of("sh010_comp.%04d.exr")["space"], "lin_ap1_scene");
    let plate = of("sh010_plate.%04d.dpx");
    assert_eq!((&plate["missing"], &plate["guess"]), (&"1003".into(), &false.into()));
    assert_eq!(of("sh010_ref.1001.dpx")["guess"], true);
    assert_eq!(of("sh020_lookdev.1001.exr")["warnings"][0], "9 NaN samples are shown as 0");

    // each printed command works as printed
    let commands: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    assert_eq!(commands.len(), 3, "{text}");
    for command in commands {
        let output = Command::new("sh").args(["-c", command]).current_dir(&here).output().unwrap();
        said(&output);
    }

    // the second run, by its whole name, has nothing to do
    let other = ["demo", demo.to_str().unwrap(), "--frames", "4", "--json"];
    let lines = said(&run(Path::new("/"), &other));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [made @ .., last] = &lines[..] else { panic!("nothing was told") };
    assert_eq!(made.len(), 6);
    assert!(made.iter().all(|line| line["status"] == "success" && line["skipped"] == true));
    assert_eq!((last["page"].as_str(), last["url"].as_str()), (page.to_str(), Some(url)));
    check_page(&page);
}

#[test]
fn a_folder_that_cannot_be_made_or_is_somebody_elses_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    fs::create_dir_all(folder.path().join("show/sh020")).unwrap();
    fs::write(folder.path().join("show/sh020/sh020_lookdev.1001.exr"), "mine").unwrap();
    for (place, what) in [
        ("file/demo", "file/demo"),
        ("show", "sh020_lookdev.1001.exr: DIR: exists and was not made by the demo"),
        ("s3://renders/demo", "writes to a local folder"),
    ] {
        let output = run(folder.path(), &["demo", place]);
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), line.lines().count()), (Some(1), 1), "{line}");
        assert!(line.contains(what), "{line}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    assert_eq!(fs::read_dir(folder.path().join("show")).unwrap().count(), 1);
}
