//! Any text as an OpenColorIO config, and any bytes as the table beside it; a NUL lies between.

use std::cell::LazyCell;
use std::fs;

use proxycore::color::{ColorConfig, Detected, OcioConfig};
use proxycore::space::ColorSpace;
use tempfile::TempDir;

thread_local! {
    static FOLDER: LazyCell<TempDir> =
        LazyCell::new(|| tempfile::tempdir().expect("a folder for temporary files"));
}

/// As the seeds name them.
const SPACES: [&str; 5] = ["linear", "aces", "graded", "film", "table"];

/// Opens a config and sends three pixels through it, from each of its spaces.
pub fn config(bytes: &[u8]) {
    FOLDER.with(|folder| travel(folder, bytes));
}

fn travel(folder: &TempDir, bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |&byte| byte == 0);
    let (config, table) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let path = folder.path().join("config.ocio");
    fs::write(&path, config).expect("a folder that takes files");
    fs::write(folder.path().join("table"), table).expect("a folder that takes files");
    let Ok(config) = OcioConfig::open(path.to_string_lossy()) else { return };
    let _ = (config.recipe(), config.file_rule("shots/sh010_plate.exr"));
    for name in SPACES {
        let Ok(processor) = config.processor(&Detected::stated(ColorSpace::new(name))) else {
            continue;
        };
        let [mut red, mut green, mut blue] = [[0.0, 0.18, -1.0], [1.0, 65504.0, 0.5], [0.2; 3]];
        processor.apply([&mut red, &mut green, &mut blue]);
        let light = [red, green, blue].concat();
        assert!(light.iter().all(|sample| (0.0..=1.0).contains(sample)), "light is in 0..=1");
    }
}
