//! The stores that need no server, and what the local one adds.

use std::fs;
use std::path::Path;

use proxycore::Error;
use proxycore::storage::{Listing, LocalStorage, MemoryStorage, ObjectAttributes, Storage};

use crate::conformance::{conforms, read, thumbnail};
use crate::skip;

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

/// The keys of a list, and its errors.
#[cfg(unix)]
fn listed(list: proxycore::Result<Listing<'_>>) -> (Vec<String>, Vec<Error>) {
    let (mut keys, mut errors) = (Vec::new(), Vec::new());
    for object in list.unwrap() {
        match object {
            Ok((key, _)) => keys.push(key),
            Err(error) => errors.push(error),
        }
    }
    keys.sort();
    (keys, errors)
}

#[cfg(unix)]
#[test]
fn links_that_lead_back_are_passed_over() {
    use std::os::unix::fs::symlink;

    let show = tempfile::tempdir().unwrap();
    let store = LocalStorage::new(show.path()).unwrap();
    for key in ["a/b.0001.exr", "a/b.0002.exr", "a/z/c.exr"] {
        store.put(key, b"x", &ObjectAttributes::default()).unwrap();
    }
    symlink(".", show.path().join("a/loop")).unwrap();
    symlink("../..", show.path().join("a/z/up")).unwrap();
    symlink("itself.exr", show.path().join("a/itself.exr")).unwrap();
    symlink("nowhere.exr", show.path().join("a/broken.exr")).unwrap();
    let (keys, errors) = listed(store.list(""));
    assert_eq!(keys, ["a/b.0001.exr", "a/b.0002.exr", "a/z/c.exr"]);
    assert!(errors.is_empty(), "{errors:?}");
    let (keys, errors) = listed(store.list_folder("a/"));
    assert_eq!(keys, ["a/b.0001.exr", "a/b.0002.exr"]);
    assert!(errors.is_empty(), "{errors:?}");
}

/// Root is stopped by no permission bits: there is nothing to see then.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_is_an_error_among_the_others() {
    use std::os::unix::fs::PermissionsExt;

    let show = tempfile::tempdir().unwrap();
    let store = LocalStorage::new(show.path()).unwrap();
    for key in ["a/b.exr", "m/c.exr", "z/d.exr", "e.exr"] {
        store.put(key, b"x", &ObjectAttributes::default()).unwrap();
    }
    let closed = show.path().join("m");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let is_closed = fs::read_dir(&closed).is_err();
    let ((keys, errors), (beside, none)) = (listed(store.list("")), listed(store.list_folder("")));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!((beside, none.len()), (vec!["e.exr".to_owned()], 0));
    if !is_closed {
        return skip::because("permission bits do not stop this user");
    }
    assert_eq!(keys, ["a/b.exr", "e.exr", "z/d.exr"]);
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!(error.to_string(), format!("no permission to list `{}`", closed.display()));
}

/// File systems of macOS refuse such names.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_left_out() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let show = tempfile::tempdir().unwrap();
    fs::write(show.path().join(OsStr::from_bytes(b"a.\xff.exr")), "x").unwrap();
    fs::write(show.path().join("a.0001.exr"), "x").unwrap();
    let store = LocalStorage::new(show.path()).unwrap();
    for list in [store.list(""), store.list_folder("")] {
        let (keys, errors) = listed(list);
        assert_eq!((keys, errors.len()), (vec!["a.0001.exr".to_owned()], 0));
    }
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
