//! Replacing a file in one step, so that it is whole before anybody can see it.
//!
//! The bytes go to a temporary file in the same folder, `.proxycore-XXXXXX.tmp`, which is synced
//! and renamed; then the folder is synced, for the new name to last. A write that fails removes its
//! temporary. A process that is killed cannot: so each temporary is locked while its writer lives,
//! and the first write into a folder removes those that nobody holds.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::{Builder, NamedTempFile};

use super::{failure, lock};
use crate::error::Result;

const PREFIX: &str = ".proxycore-";
const SUFFIX: &str = ".tmp";

/// Replaces files, and remembers which folders it has swept of what crashes left behind.
#[derive(Debug, Default)]
pub(crate) struct Replacer {
    swept: Mutex<HashSet<PathBuf>>,
}

impl Replacer {
    /// Makes `path` a file of these bytes; the folders above it are made where missing.
    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) -> Result<Metadata> {
        let mut draft = self.draft(path)?;
        draft.write(bytes)?;
        draft.seal()?.publish()
    }

    /// Begins a file that nobody sees before it is [published](Sealed::publish) as `path`; the
    /// folders above it are made where missing.
    pub(crate) fn draft<'a>(&self, path: &'a Path) -> Result<Draft<'a>> {
        let folder = path.parent().unwrap_or(path);
        create(folder).map_err(failure("create the folder", folder))?;
        self.sweep(folder);
        let temporary = temporary(folder).map_err(failure("write into", folder))?;
        Ok(Draft { temporary, path })
    }

    fn sweep(&self, folder: &Path) {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if !swept.insert(folder.to_owned()) {
            return;
        }
        // to sweep is a courtesy: where it fails, the write still counts
        if let Err(error) = sweep(folder) {
            tracing::debug!(%error, folder = %folder.display(), "cannot look for stale temporaries");
        }
    }
}

/// A file that is being written. Dropped, it leaves nothing.
pub(crate) struct Draft<'a> {
    temporary: NamedTempFile,
    path: &'a Path,
}

impl<'a> Draft<'a> {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.temporary.write_all(bytes).map_err(failure("write", self.path))
    }

    /// Ends the writing: what was written outlasts a crash from here on.
    pub(crate) fn seal(self) -> Result<Sealed<'a>> {
        let file = self.temporary.as_file();
        let written = file.sync_all().and_then(|()| file.metadata());
        let written = written.map_err(failure("write", self.path))?;
        Ok(Sealed { draft: self, written })
    }
}

/// A file that is whole. Dropped, it leaves nothing.
pub(crate) struct Sealed<'a> {
    draft: Draft<'a>,
    written: Metadata,
}

impl Sealed<'_> {
    /// Gives the file its name, in place of the one that had it.
    pub(crate) fn publish(self) -> Result<Metadata> {
        let Draft { temporary, path } = self.draft;
        temporary.persist(path).map_err(|error| failure("write", path)(error.error))?;
        sync_into(path)?;
        Ok(self.written)
    }

    /// Gives the file its name where none has it; else `None`. A file system that cannot do that in one
    /// step, as those without links, is asked first.
    pub(crate) fn publish_new(self) -> Result<Option<Metadata>> {
        let Self { draft: Draft { temporary, path }, written } = self;
        match temporary.persist_noclobber(path) {
            Ok(_) => sync_into(path).map(|()| Some(written)),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(_) if path.symlink_metadata().is_ok() => Ok(None),
            Err(error) => {
                let draft = Draft { temporary: error.file, path };
                Self { draft, written }.publish().map(Some)
            }
        }
    }
}

/// Removes a file, if there is one, for good.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if super::is_missing(&error) => Ok(()),
        Err(error) => Err(error),
        Ok(()) => path.parent().map_or(Ok(()), sync),
    }
}

/// Makes a temporary that no sweep will take: between its creation and its lock one might have.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let temporary = named(folder)?;
        lock(temporary.as_file())?;
        if temporary.path().try_exists()? {
            return Ok(temporary);
        }
    }
}

fn named(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // as any new file: the umask decides who may read it
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Makes a folder and those above it, each synced into the one that holds it.
pub(crate) fn create(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let Some(parent) = folder.parent() else {
        return fs::create_dir(folder);
    };
    create(parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync(parent),
    }
}

/// Makes a new name outlast a crash.
fn sync_into(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    sync(folder).map_err(failure("sync the folder", folder))
}

#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_temporary(&entry.file_name()) {
            remove_if_abandoned(&entry.path());
        }
    }
    Ok(())
}

pub(crate) fn is_temporary(name: &OsStr) -> bool {
    let name = name.to_str();
    name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// Removes a temporary while holding its lock; one whose lock cannot be had is in use.
fn remove_if_abandoned(path: &Path) {
    let Ok(file) = OpenOptions::new().read(true).write(true).open(path) else {
        return;
    };
    if file.try_lock().is_ok() && fs::remove_file(path).is_ok() {
        tracing::debug!(path = %path.display(), "removed a temporary that a crash left behind");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn sweeps_what_a_crash_left_and_nothing_that_lives() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".proxycore-dead00.tmp"), "x").unwrap();
        let alive = temporary(folder.path()).unwrap();
        Replacer::default().replace(&folder.path().join("a"), b"bytes").unwrap();
        let mut left = names(folder.path());
        left.sort();
        assert_eq!(left, [alive.path().file_name().unwrap().to_str().unwrap(), "a"]);
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("taken")).unwrap();
        let error = Replacer::default().replace(&folder.path().join("taken"), b"x").unwrap_err();
        assert!(error.is_retryable());
        assert_eq!(names(folder.path()), ["taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn new_files_are_as_open_as_the_umask_lets_them() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let (plain, ours) = (folder.path().join("plain"), folder.path().join("ours"));
        fs::write(&plain, "x").unwrap();
        Replacer::default().replace(&ours, b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
