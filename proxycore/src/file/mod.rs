//! Files as every store and sink that keeps some needs them: replaced in one step, and errors that
//! say what was tried with which path.

pub(crate) mod replace;

use std::io;
use std::path::Path;

use crate::error::Error;

/// Whether there is no such file.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errors_line_says_what_and_where() {
        let tell =
            |kind: io::ErrorKind| failure("write", Path::new("/x/y"))(kind.into()).to_string();
        assert_eq!(tell(io::ErrorKind::PermissionDenied), "no permission to write `/x/y`");
        assert_eq!(tell(io::ErrorKind::StorageFull), "no space left to write `/x/y`");
        assert_eq!(tell(io::ErrorKind::Other), "cannot write `/x/y`");
    }
}
