//! Where a path lies: in which storage, under which key.

use std::env;
use std::path::{Path, PathBuf};

use proxycore::{Error, Result};

/// A source on this machine: a root folder and the key below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub root: PathBuf,
    pub key: String,
}

impl Place {
    /// Finds the key of `path`: relative to `root` where one is given, else to the current folder
    /// where it lies below that, else to `/`.
    ///
    /// # Errors
    /// A path that is no name of a file, or not below `root`.
    pub fn find(path: &Path, root: Option<&Path>) -> Result<Self> {
        let shown = path.display().to_string();
        if path.is_dir() {
            return Err(Error::invalid("source", "is a folder; name the files in it").at(shown));
        }
        let path = absolute(path)?;
        let root = match root {
            Some(root) => absolute(root)?,
            None => env::current_dir()
                .ok()
                .filter(|current| path.starts_with(current))
                .unwrap_or_else(|| "/".into()),
        };
        let below = path.strip_prefix(&root).ok().and_then(Path::to_str);
        match below {
            Some(key) if !key.is_empty() => Ok(Self { key: key.to_owned(), root }),
            _ => {
                let what = format!("is not a file below {}", root.display());
                Err(Error::invalid("source", what).at(shown))
            }
        }
    }
}

/// The path from `/`, without `.` and `..`; links stay as they are.
fn absolute(path: &Path) -> Result<PathBuf> {
    let unreachable = |cause| {
        Error::storage("the current folder is gone")
            .with_source(cause)
            .at(path.display().to_string())
    };
    let mut clean = PathBuf::new();
    for part in std::path::absolute(path).map_err(unreachable)?.components() {
        match part {
            std::path::Component::ParentDir => _ = clean.pop(),
            part => clean.push(part),
        }
    }
    Ok(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_relative_to_the_current_folder_or_to_the_root() {
        let current = env::current_dir().unwrap();
        let here = Place::find(Path::new("a/../b/./x.exr"), None).unwrap();
        assert_eq!(here, Place { root: current, key: "b/x.exr".into() });
        let far = Place::find(Path::new("/no/such/x.exr"), None).unwrap();
        assert_eq!(far, Place { root: "/".into(), key: "no/such/x.exr".into() });
        let rooted = Place::find(Path::new("/no/such/x.exr"), Some(Path::new("/no"))).unwrap();
        assert_eq!(rooted, Place { root: "/no".into(), key: "such/x.exr".into() });
    }

    #[test]
    fn what_is_no_file_below_the_root_is_refused() {
        assert!(Place::find(Path::new("/elsewhere/x.exr"), Some(Path::new("/no"))).is_err());
        let folder = Place::find(Path::new("/"), None).unwrap_err();
        assert!(folder.to_string().contains("is a folder; name the files in it"));
    }
}
