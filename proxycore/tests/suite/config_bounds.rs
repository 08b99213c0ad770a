//! Where OpenColorIO configs come in: what belongs to a recipe, what is read anew, and what asks for
//! more than a config may.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use proxycore::color::{ColorConfig, Detected, OcioConfig};
use proxycore::error::ErrorKind;
use proxycore::space::ColorSpace;

const HEAD: &str = "\
ocio_profile_version: 2
environment: {SHOT: a}
roles: {default: plain, scene_linear: plain}
displays: {screen: [!<View> {name: v, colorspace: plain}]}
colorspaces:
  - !<ColorSpace> {name: plain}
";

/// A config whose space `film` is made by a transform.
fn config(folder: &Path, transform: &str) -> OcioConfig {
    write(
        folder,
        &format!("{HEAD}  - !<ColorSpace>\n    name: film\n    to_scene_reference: {transform}\n"),
    )
}

fn write(folder: &Path, text: &str) -> OcioConfig {
    let path = folder.join("config.ocio");
    fs::write(&path, text).unwrap();
    OcioConfig::open(path.to_str().unwrap()).unwrap()
}

fn file(name: &str) -> String {
    format!("!<FileTransform> {{src: {name}}}")
}

/// A matrix that multiplies by `gain`.
fn matrix(gain: f32) -> String {
    format!("{gain} 0 0 0\n0 {gain} 0 0\n0 0 {gain} 0\n")
}

fn grey(config: &OcioConfig) -> f32 {
    let processor = config.processor(&film()).unwrap();
    let [mut red, mut green, mut blue] = [[0.5]; 3];
    processor.apply([&mut red, &mut green, &mut blue]);
    green[0]
}

fn film() -> Detected {
    Detected::stated(ColorSpace::new("film"))
}

#[track_caller]
fn refused(config: &OcioConfig, why: &str) {
    let error = config.processor(&film()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Color { .. }), "{error:?}");
    assert!(error.to_string().contains(why), "{error}");
}

#[test]
fn a_recipe_covers_each_file_that_the_config_refers_to() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let list = "<ProcessList id=\"a\" version=\"2.0\"><Reference path=\"inner.spimtx\" \
                inBitDepth=\"32f\" outBitDepth=\"32f\"/></ProcessList>";
    fs::write(folder.join("outer.ctf"), list).unwrap();
    fs::write(folder.join("inner.spimtx"), matrix(0.5)).unwrap();
    let recipe = || config(folder, &file("outer.ctf")).recipe();
    let before = recipe();
    assert_eq!(before, recipe());
    let light = grey(&config(folder, &file("outer.ctf")));
    // a file that a file refers to
    fs::write(folder.join("inner.spimtx"), matrix(0.25)).unwrap();
    assert_ne!(before, recipe());
    assert!(grey(&config(folder, &file("outer.ctf"))) < light);
    fs::write(folder.join("inner.spimtx"), matrix(0.5)).unwrap();
    assert_eq!(before, recipe());
    fs::write(folder.join("outer.ctf"), format!("{list}\n")).unwrap();
    assert_ne!(before, recipe());
    assert_ne!(recipe(), config(folder, &file("inner.spimtx")).recipe());
}

#[test]
fn a_recipe_covers_the_variables_that_the_config_names() {
    let folder = tempfile::tempdir().unwrap();
    let named = config(folder.path(), "!<ColorSpaceTransform> {src: $SHOT, dst: plain}");
    let shot = |config: &OcioConfig, shot| config.clone().with_context("SHOT", shot).recipe();
    assert_ne!(shot(&named, "a"), shot(&named, "b"));
    fs::write(folder.path().join("a.spimtx"), matrix(0.5)).unwrap();
    fs::write(folder.path().join("b.spimtx"), matrix(0.25)).unwrap();
    let file = config(folder.path(), &file("$SHOT.spimtx"));
    assert_ne!(shot(&file, "a"), shot(&file, "b"));
    assert!(grey(&file.clone().with_context("SHOT", "b")) < grey(&file));
}

#[test]
fn a_config_that_is_opened_anew_sees_todays_files() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("table.spimtx");
    let open = || config(folder.path(), &file("table.spimtx"));
    fs::write(&table, matrix(0.5)).unwrap();
    let (old, older) = (open(), open());
    let (light, recipe) = (grey(&old), old.recipe());
    fs::write(&table, matrix(0.25)).unwrap();
    let new = open();
    assert!(grey(&new) < light);
    assert_eq!((grey(&old), old.recipe()), (light, recipe));
    // looked at for the first time only now
    assert_eq!((grey(&older), older.recipe()), (grey(&new), new.recipe()));
}

#[test]
fn files_are_forgotten_while_others_read_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("table.spimtx"), matrix(0.5)).unwrap();
    let path = folder.path().join("config.ocio");
    let light = grey(&config(folder.path(), &file("table.spimtx")));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(grey(&OcioConfig::open(path.to_str().unwrap()).unwrap()), light);
                }
            });
        }
    });
}

/// Spaces that each refer `times` to the one before.
fn chain(length: usize, times: usize) -> String {
    let mut text = format!("{HEAD}  - !<ColorSpace> {{name: s0}}\n");
    for at in 1..=length {
        let name = if at == length { "film".to_owned() } else { format!("s{at}") };
        let step = format!("!<ColorSpaceTransform> {{src: s{}, dst: plain}}", at - 1);
        let steps = vec![step; times].join(", ");
        let group = format!("!<GroupTransform> {{children: [{steps}]}}");
        writeln!(text, "  - !<ColorSpace> {{name: {name}, to_scene_reference: {group}}}").unwrap();
    }
    text
}

#[test]
fn spaces_may_refer_to_spaces_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(write(folder, &chain(10, 1)).processor(&film()).is_ok());
    refused(&write(folder, &chain(40, 1)), "more than 32 deep");
    refused(&write(folder, &chain(9, 30)), "more than 20000 transforms");
    let path = folder.join("config.ocio");
    fs::write(&path, chain(20_000, 1)).unwrap();
    let error = OcioConfig::open(path.to_str().unwrap()).unwrap_err().to_string();
    assert!(error.contains("longer than 4096"), "{error}");
}

#[test]
fn variables_may_not_swell() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &file("$SHOT.cube"));
    refused(&config.with_context("SHOT", "$SHOT$SHOT"), "more than 1048576 bytes");
    let text = HEAD.replace("{SHOT: a}", "{A: $A$A}") + "search_path: \"\\x24A\"\n";
    let text = text + "  - !<ColorSpace> {name: film}\n";
    let (head, tail) = text.split_once("search_path").unwrap();
    let (search, space) = tail.split_once('\n').unwrap();
    refused(&write(folder.path(), &format!("search_path{search}\n{head}{space}")), "1048576 bytes");
}

#[test]
fn odd_configs_are_errors_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.ocio");
    let open = || OcioConfig::open(path.to_str().unwrap()).unwrap_err().to_string();
    fs::write(&path, "").unwrap();
    assert!(open().ends_with("it is empty"), "{}", open());
    fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
    assert!(open().contains("longer than 16777216 bytes"), "{}", open());
    fs::write(&path, b"PK\x03\x04 no archive").unwrap();
    assert!(open().contains("the archive is broken"), "{}", open());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(open().contains("no regular file"), "{}", open());
}

#[test]
fn a_file_that_is_too_long_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let long = fs::File::create(folder.path().join("long.cube")).unwrap();
    long.set_len(1 << 40).unwrap();
    let config = config(folder.path(), &file("long.cube"));
    refused(&config, "long.cube` is longer than 134217728 bytes");
    let _ = config.recipe();
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = |name: &str| {
        let path = folder.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    };
    for path in [pipe("pipe.ocio").to_str().unwrap(), "/dev/zero"] {
        let error = OcioConfig::open(path).unwrap_err().to_string();
        assert!(error.contains(path) && error.contains("no regular file"), "{error}");
    }
    pipe("table.cube");
    let named = config(folder.path(), &file("table.cube"));
    refused(&named, "could not be located");
    let _ = named.recipe();
    let list = "<ProcessList id=\"a\" version=\"2.0\"><!-- --><Reference path=\"table.cube\" \
                inBitDepth=\"32f\" outBitDepth=\"32f\"/></ProcessList>";
    fs::write(folder.path().join("outer.ctf"), list).unwrap();
    refused(&config(folder.path(), &file("outer.ctf")), "could not be located");
    refused(&config(folder.path(), &file("/dev/zero")), "could not be located");
}
