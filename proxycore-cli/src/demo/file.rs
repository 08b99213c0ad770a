//! Files that are there whole or not at all, also where the program is killed.

use std::error::Error as StdError;
use std::fs;
use std::path::Path;

use proxycore::{Error, Result};

/// Has `write` make a file under a hidden name beside `path`, and gives it its own name then.
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
        // what is left of it is in nobody's way where it cannot be removed
        _ = fs::remove_file(&hidden);
    }
    written
}

/// What is told of a file that cannot be written.
pub fn failed(path: &Path, error: impl StdError + Send + Sync + 'static) -> Error {
    Error::storage("cannot be written").at(path.display().to_string()).with_source(error)
}
