//! The stores that need no server, and what the local one adds.

use std::fs;
use std::path::Path;

use proxycore::storage::{LocalStorage, MemoryStorage, Storage};

use crate::conformance::{conforms, read, thumbnail};

#[test]
fn memory_conforms() {
    let store = MemoryStorage::new("renders");
    conforms(&store);
    assert_eq!((store.bucket(), &*store.uri("a/b.jpg")), ("renders", "memory://renders/a/b.jpg"));
}

#[test]
fn local_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStorage::new(folder.path()).unwrap();
    conforms(&store);
    assert_eq!(store.bucket(), folder.path().to_str().unwrap());
    assert_eq!(store.uri("a b.jpg"), format!("file://{}/a%20b.jpg", folder.path().display()));
    assert_eq!(temporaries(folder.path()), Vec::<String>::new());
}

#[test]
fn a_folder_that_cannot_be_made_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "in the way").unwrap();
    let store = LocalStorage::new(folder.path()).unwrap();
    let error = store.put("file/.proxies/a.jpg", b"x", &thumbnail("a.exr")).unwrap_err();
    assert!(error.is_retryable());
    let place = folder.path().join("file/.proxies");
    let expected = format!("file/.proxies/a.jpg: cannot create the folder `{}`", place.display());
    assert_eq!(error.to_string(), expected);
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(files(folder.path()).len(), 1);
}

/// Also for root, whom permission bits do not stop: `/proc` takes no new files from anybody.
#[cfg(target_os = "linux")]
#[test]
fn an_unwritable_folder_is_a_clear_error() {
    let store = LocalStorage::new("/proc").unwrap();
    let error = store.put("a_thumb.jpg", b"x", &thumbnail("a.exr")).unwrap_err();
    assert_eq!(error.kind().name(), "storage");
    assert!(error.to_string().contains("`/proc"), "{error}");
}

#[test]
fn a_write_over_a_folder_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a.jpg/b")).unwrap();
    let store = LocalStorage::new(folder.path()).unwrap();
    let error = store.put("a.jpg", b"x", &thumbnail("a.exr")).unwrap_err();
    assert_eq!(error.kind().name(), "storage");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn sidecars_are_no_objects() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStorage::new(folder.path()).unwrap();
    store.put("a.jpg", b"x", &thumbnail("a.exr")).unwrap();
    let error = store.put(".proxycore/a.jpg.json", b"{}", &thumbnail("a.exr")).unwrap_err();
    assert_eq!(error.kind().name(), "invalid");
    assert_eq!(files(folder.path()).len(), 2);
    store.delete("a.jpg").unwrap();
    assert!(files(folder.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn links_are_followed() {
    let show = tempfile::tempdir().unwrap();
    let disk = tempfile::tempdir().unwrap();
    fs::write(disk.path().join("a.exr"), "frame").unwrap();
    std::os::unix::fs::symlink(disk.path(), show.path().join("shot_010")).unwrap();
    let store = LocalStorage::new(show.path()).unwrap();
    assert_eq!(read(&store, "shot_010/a.exr"), b"frame");
    store.put("shot_010/.proxies/a_thumb.jpg", b"x", &thumbnail("shot_010/a.exr")).unwrap();
    assert!(disk.path().join(".proxies/a_thumb.jpg").is_file());
}

/// All files below a folder that no finished write may leave.
pub fn temporaries(folder: &Path) -> Vec<String> {
    files(folder).into_iter().filter(|name| name.ends_with(".tmp")).collect()
}

pub fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path().display().to_string()),
        }
    }
    found
}
