//! Keys that try to leave their store, through the whole pipeline.

use std::fs;
use std::sync::Arc;

use proxycore::Pipeline;
use proxycore::metadata::MemoryMetadata;
use proxycore::storage::LocalStorage;

use crate::conformance::ESCAPES;
use crate::fixture::{Part, file};
use crate::storage::files;

/// A root in a folder with a frame on every way out that a key may find.
#[test]
fn no_key_leads_out_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("show");
    fs::create_dir_all(root.join("a")).unwrap();
    let frame = file((64, 48), &[Part::rgb(64, 48)]);
    for place in ["a.exr", "show/in.exr", "show/a/a.exr"] {
        fs::write(folder.path().join(place), &frame).unwrap();
    }
    let before = files(folder.path());
    let rows = Arc::new(MemoryMetadata::default());
    let storage = Arc::new(LocalStorage::new(&root).unwrap());
    let pipeline = Pipeline::new(storage).with_metadata(rows.clone());
    let outside = folder.path().join("a.exr");
    for key in ESCAPES.iter().copied().chain([outside.to_str().unwrap()]) {
        let error = pipeline.run(key).unwrap_err();
        assert_eq!(error.kind().name(), "invalid", "{key:?}: {error:?}");
        assert!(!error.is_retryable());
    }
    assert_eq!(files(folder.path()), before);
    assert!(rows.rows().is_empty());
    pipeline.run("in.exr").unwrap();
    let made = files(folder.path());
    assert!(
        made.iter().all(|file| file.starts_with(root.to_str().unwrap()) || before.contains(file))
    );
}
