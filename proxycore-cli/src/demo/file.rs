//! Files that are written whole or not at all, even if the program is killed.

use std::error::Error as StdError;
use std::fs;
use std::path::Path;

use proxycore::{Error, Result};

/// Writes a file under a hidden name beside `path`, then renames it.
///
/// # Errors
/// Whatever the file system says.
pub fn whole<E>(path: &Path, write: impl FnOnce(&Path) -> std::result::Result<(), E>) -> Result<()>
where
    E: StdError + Send + Sync + 'static,
{
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hidden = path.with_file_name(format!(".{name}.part"));
    let written = write(&hidden).map_err(|error| failed(path, error));
    let written =
        written.and_then(|()| fs::rename(&hidden, path).map_err(|error| failed(path, error)));
    if written.is_err() {
        // a leftover is hidden, and the next run overwrites it
        _ = fs::remove_file(&hidden);
    }
    written
}

/// The error for a file that cannot be written.
pub fn failed(path: &Path, error: impl StdError + Send + Sync + 'static) -> Error {
    Error::storage("cannot be written").at(path.display().to_string()).with_source(error)
}
