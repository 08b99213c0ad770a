//! Listing a folder, by itself or with all that is below it.
//!
//! Links are followed, as everywhere. One that leads back to where the walk comes from, or to itself,
//! holds nothing that is not listed already and is passed over. Sidecars and the temporaries of writes
//! are no objects, nor is what has no key.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use tracing::{debug, warn};
use walkdir::WalkDir;

use super::super::{Listing, ObjectMeta, not_found};
use super::{etag, sidecar};
use crate::error::Result;
use crate::file::{failure, is_missing, replace};
use crate::timestamp;

/// Walks the folder `prefix` below `root`, folder by folder in the order of names. A folder that
/// cannot be read is an error, behind which the list goes on with the others.
pub(super) fn walk(root: &Path, prefix: &str) -> Result<Listing<'static>> {
    let folder = existing(root, prefix)?;
    let walk = WalkDir::new(&folder).follow_links(true).sort_by_file_name();
    let entries = walk.into_iter().filter_entry(|entry| !is_ours(entry.file_name()));
    let seen = entries.map(move |entry| match entry {
        Ok(entry) => (entry.path().to_owned(), entry.metadata().map_err(cause)),
        Err(error) => (error.path().unwrap_or(&folder).to_owned(), Err(cause(error))),
    });
    Ok(objects(root, seen))
}

/// Lists the folder `prefix` below `root`, and looks into none that is in it.
pub(super) fn folder(root: &Path, prefix: &str) -> Result<Listing<'static>> {
    let folder = existing(root, prefix)?;
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if is_missing(&error) => return Ok(Box::new(std::iter::empty())),
        Err(error) => return Err(failure("list", &folder)(error)),
    };
    let seen = entries.filter_map(move |entry| match entry {
        Ok(entry) if is_ours(&entry.file_name()) => None,
        Ok(entry) => Some((entry.path(), fs::metadata(entry.path()))),
        Err(error) => Some((folder.clone(), Err(error))),
    });
    Ok(objects(root, seen))
}

/// The path of a folder that has to be there; the root comes into being with its first object.
fn existing(root: &Path, prefix: &str) -> Result<PathBuf> {
    let folder = root.join(prefix);
    if !prefix.is_empty() && !folder.is_dir() {
        return Err(not_found(prefix));
    }
    Ok(folder)
}

fn is_ours(name: &OsStr) -> bool {
    name == sidecar::FOLDER || replace::is_temporary(name)
}

/// The objects among what was seen. Of files without a key the first is told.
fn objects(
    root: &Path,
    seen: impl Iterator<Item = (PathBuf, io::Result<Metadata>)> + Send + 'static,
) -> Listing<'static> {
    let (root, mut told) = (root.to_owned(), false);
    Box::new(seen.filter_map(move |(path, meta)| {
        let meta = match meta {
            Ok(meta) if meta.is_file() => meta,
            Ok(_) => return None,
            Err(error) if is_passed_over(&path, &error) => return None,
            Err(error) => return Some(Err(failure("list", &path)(error))),
        };
        let Some(key) = path.strip_prefix(&root).ok().and_then(Path::to_str) else {
            if !told {
                warn!(path = %path.display(), "names that are not UTF-8 are left out of the list");
            }
            told = true;
            return None;
        };
        Some(Ok((key.to_owned(), listed(&meta))))
    }))
}

/// What was removed since its folder was read is no longer to be listed; a link to nothing, to itself
/// or back as well.
fn is_passed_over(path: &Path, error: &io::Error) -> bool {
    let leads_back = leads_back(error);
    if leads_back {
        debug!(path = %path.display(), "a link that leads back is passed over");
    }
    leads_back || is_missing(error)
}

/// Whether links lead in a circle, as the system says it or the walk.
fn leads_back(error: &io::Error) -> bool {
    /// What `io::ErrorKind::FilesystemLoop` is made of, which is not stable.
    const LOOP: i32 = if cfg!(any(target_os = "linux", target_os = "android")) {
        40
    } else if cfg!(windows) {
        1921
    } else {
        62
    };
    let of_walk = error.get_ref().and_then(|inner| inner.downcast_ref::<walkdir::Error>());
    error.raw_os_error() == Some(LOOP) || of_walk.is_some_and(|one| one.loop_ancestor().is_some())
}

/// The system's error, where it is one; else that of the walk in one.
fn cause(error: walkdir::Error) -> io::Error {
    match error.io_error() {
        Some(_) => error.into_io_error().expect("it has one"),
        None => io::Error::other(error),
    }
}

fn listed(meta: &Metadata) -> ObjectMeta {
    ObjectMeta {
        size: meta.len(),
        last_modified: meta.modified().map(timestamp::iso8601).unwrap_or_default(),
        etag: Some(etag(meta)),
        ..ObjectMeta::default()
    }
}
