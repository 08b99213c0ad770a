//! Listing a folder, with all that is below it.

use std::io;
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use super::super::{Listing, ObjectMeta, not_found};
use super::{etag, sidecar};
use crate::error::{Error, Result};
use crate::file::{failure, is_missing, replace};
use crate::timestamp;

/// Walks the folder `prefix` below `root`, folder by folder in the order of names. Links are
/// followed, as everywhere; one that leads back up is an error. Sidecars and the temporaries of
/// writes are no objects, nor is what has no key.
pub(super) fn walk(root: &Path, prefix: &str) -> Result<Listing<'static>> {
    let (root, folder) = (root.to_owned(), root.join(prefix));
    if !prefix.is_empty() && !folder.is_dir() {
        return Err(not_found(prefix));
    }
    let walk = WalkDir::new(&folder).follow_links(true).sort_by_file_name();
    let entries = walk.into_iter().filter_entry(|entry| !is_ours(entry));
    Ok(Box::new(entries.filter_map(move |entry| match entry {
        Ok(entry) => found(&root, &entry).transpose(),
        Err(error) if is_gone(&error) => None,
        Err(error) => Some(Err(unwalkable(&folder, error))),
    })))
}

fn is_ours(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    name == sidecar::FOLDER || replace::is_temporary(name)
}

/// What was removed since its folder was read is no longer to be listed; a link to nothing as well.
fn is_gone(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(is_missing)
}

fn found(root: &Path, entry: &DirEntry) -> Result<Option<(String, ObjectMeta)>> {
    let Some(key) = entry.path().strip_prefix(root).ok().and_then(Path::to_str) else {
        return Ok(None);
    };
    let meta = match entry.metadata() {
        Ok(meta) if meta.is_file() => meta,
        Ok(_) => return Ok(None),
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(unwalkable(entry.path(), error)),
    };
    let meta = ObjectMeta {
        size: meta.len(),
        last_modified: meta.modified().map(timestamp::iso8601).unwrap_or_default(),
        etag: Some(etag(&meta)),
        ..ObjectMeta::default()
    };
    Ok(Some((key.to_owned(), meta)))
}

fn unwalkable(folder: &Path, error: walkdir::Error) -> Error {
    let at = error.path().unwrap_or(folder).to_owned();
    let told = error.to_string();
    let cause = error.into_io_error().unwrap_or_else(|| io::Error::other(told));
    failure("list", &at)(cause)
}
