//! Files as every store and sink that keeps some needs them: replaced in one step, and errors that
//! say what was tried with which path.

pub(crate) mod replace;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::Error;

/// Whether there is no such file.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Reads a regular file of at most `limit` bytes. Whatever else lies there, such as a pipe, whose writer
/// would be waited for, is an error.
pub(crate) fn read_regular(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let refused = |what: String| io::Error::new(io::ErrorKind::InvalidInput, what);
    if !fs::metadata(path)?.is_file() {
        return Err(refused("it is no regular file".into()));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(refused(format!("it is larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// Locks a file, once nobody else does. Where the file system knows no locks, as NFS without its
/// daemon does not, there are none.
pub(crate) fn lock(file: &File) -> io::Result<()> {
    file.lock().or_else(|error| if knows_no_locks(&error) { Ok(()) } else { Err(error) })
}

fn knows_no_locks(error: &io::Error) -> bool {
    /// `ENOLCK`, which has no kind of its own.
    const NO_LOCKS: i32 = if cfg!(target_os = "linux") { 37 } else { 77 };
    let is_unix = cfg!(unix) && error.raw_os_error() == Some(NO_LOCKS);
    is_unix || error.kind() == io::ErrorKind::Unsupported
}

/// Says in one line what was tried with which path, and why not where that is of use to the user.
pub(crate) fn failure<'a>(tried: &'a str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |error| {
        let place = path.display();
        let what = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                let what = format!("no permission to {tried} `{place}`");
                return Error::denied(what).with_source(error);
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                format!("cannot {tried} `{place}` on a read-only file system")
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                format!("no space left to {tried} `{place}`")
            }
            _ => format!("cannot {tried} `{place}`"),
        };
        Error::storage(what).with_source(error)
    }
}

/// Says that there is no place for a movie in the making.
pub(crate) fn unkept(cause: io::Error) -> Error {
    Error::storage("the movie cannot be kept in the folder of temporary files (`TMPDIR`)")
        .with_source(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_regular_and_no_larger_than_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, [7; 10]).unwrap();
        assert_eq!(read_regular(&path, 10).unwrap(), [7; 10]);
        assert!(read_regular(&path, 9).unwrap_err().to_string().contains("larger than 9 bytes"));
        assert!(read_regular(folder.path(), 10).unwrap_err().to_string().contains("regular"));
        assert!(is_missing(&read_regular(&folder.path().join("b"), 10).unwrap_err()));
        #[cfg(unix)]
        {
            let pipe = folder.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
            assert!(made.success() && read_regular(&pipe, 10).is_err(), "a pipe is not waited for");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_system_without_locks_is_told_from_a_lock_that_failed() {
        assert!(knows_no_locks(&io::Error::from_raw_os_error(37)));
        assert!(knows_no_locks(&io::ErrorKind::Unsupported.into()));
        assert!(!knows_no_locks(&io::ErrorKind::Interrupted.into()));
    }

    #[test]
    fn an_errors_line_says_what_and_where() {
        let tell =
            |kind: io::ErrorKind| failure("write", Path::new("/x/y"))(kind.into()).to_string();
        assert_eq!(tell(io::ErrorKind::PermissionDenied), "no permission to write `/x/y`");
        assert_eq!(tell(io::ErrorKind::StorageFull), "no space left to write `/x/y`");
        assert_eq!(tell(io::ErrorKind::Other), "cannot write `/x/y`");
    }
}
