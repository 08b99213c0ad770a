//! Public frames, where they are at hand: `$PROXYCORE_CORPUS`, else `../shared/corpus` beside the
//! checkout. They are not part of the repository.

use std::fs::File;
use std::path::{Path, PathBuf};

use proxycore::Result;
use proxycore::decode::{DecodeOptions, decode};

use crate::skip;

pub fn corpus(folder: &str) -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let root = std::env::var_os("PROXYCORE_CORPUS").map_or(beside, PathBuf::from).join(folder);
    let found = files(&root);
    if found.is_empty() {
        skip::because(format_args!("no frames in {}; set PROXYCORE_CORPUS", root.display()));
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().filter_map(std::result::Result::ok);
    let each = entries.flat_map(|entry| match entry.path() {
        path if path.is_dir() => files(&path),
        path => vec![path],
    });
    each.collect()
}

/// Decodes every band of a file, and counts its pixels.
fn pixels(path: &Path) -> Result<u64> {
    let image = decode(Box::new(File::open(path).unwrap()), &DecodeOptions::default())?;
    let mut pixels = 0;
    image.consume(|band| {
        pixels += u64::from(band.width) * u64::from(band.rows());
        Ok(())
    })?;
    Ok(pixels)
}

/// Their last strips are cut short; OpenImageIO refuses them too.
const CUT: &[&str] = &["text.tif"];

#[test]
fn every_frame_decodes() {
    let mut decoded = 0;
    for path in ["exr", "dpx", "tiff"].into_iter().flat_map(corpus) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".txt") || name.starts_with("README") {
            continue;
        }
        let is_cut = CUT.iter().any(|name| path.ends_with(name));
        match pixels(&path) {
            Ok(pixels) => decoded += u64::from(pixels > 0),
            Err(error) => assert!(is_cut, "{path:?}: {error}"),
        }
    }
    eprintln!("{decoded} frames decoded");
}

#[test]
fn damaged_frames_are_errors_or_pictures() {
    let damaged = corpus("damaged");
    let refused = damaged.iter().filter(|path| pixels(path).is_err()).count();
    eprintln!("{refused} of {} damaged frames refused", damaged.len());
}
