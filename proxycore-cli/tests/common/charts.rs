//! The demo's test charts. To draw them takes two CPU seconds, so each build of the program draws
//! them once, and each test has a copy.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

const PROGRAM: &str = env!("CARGO_BIN_EXE_proxycore");

/// Copies all charts into a new folder.
pub fn copy_to(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for chart in drawn().read_dir().unwrap() {
        let chart = chart.unwrap();
        fs::copy(chart.path(), folder.join(chart.file_name())).unwrap();
    }
}

/// The folder of this build's charts.
pub fn drawn() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("charts");
    fs::create_dir_all(&folder).unwrap();
    // other test programs may be at it as well
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let charts = folder.join(build());
    if !charts.exists() {
        clear(&folder);
        let part = folder.join("part");
        let drawn = Command::new(PROGRAM).args(["demo", "--charts"]).arg(&part).output().unwrap();
        assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
        fs::rename(part, &charts).unwrap();
    }
    charts
}

/// Removes the charts of other builds.
fn clear(folder: &Path) {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).for_each(|path| fs::remove_dir_all(path).unwrap());
}

/// A name for this build of the program.
fn build() -> String {
    let built = fs::metadata(PROGRAM).unwrap().modified().unwrap();
    built.duration_since(UNIX_EPOCH).unwrap().as_nanos().to_string()
}
