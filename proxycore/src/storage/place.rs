//! Where a path or a URL lies: in which storage, under which key.

use std::env;
use std::path::{Component, Path, PathBuf};

use super::location::decoded;
use super::{ObjectUrl, Scheme};
use crate::error::{Error, Result};

/// A source, or a folder of them: the store, and the key (or prefix) in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The store.
    pub root: Root,
    /// The key in it, or the prefix.
    pub key: String,
}

/// A store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Root {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket of an object store.
    Bucket(Scheme, String),
}

impl Place {
    /// Finds the key of a path or a URL. That of a path is relative to `root` where one is given,
    /// else to the current folder where it lies below that, else to `/`; that of an object is what
    /// follows its bucket.
    ///
    /// A folder's key ends in `/`, or is empty for the whole store.
    ///
    /// # Errors
    /// A path that is not below `root`, and a URL that is none.
    pub fn find(source: &Path, root: Option<&Path>) -> Result<Self> {
        if let Some(url) = source.to_str().filter(|text| ObjectUrl::is_one(text)) {
            let ObjectUrl { scheme, bucket, key, .. } = url.parse()?;
            return Ok(Self { root: Root::Bucket(scheme, bucket), key });
        }
        let path = local(source)?;
        let shown = source.display().to_string();
        let path = absolute(&path)?;
        let root = match root {
            Some(root) => absolute(&local(root)?)?,
            None => env::current_dir()
                .ok()
                .filter(|current| path.starts_with(current))
                .unwrap_or_else(|| "/".into()),
        };
        let below = path.strip_prefix(&root).ok().and_then(Path::to_str);
        let Some(key) = below else {
            let what = format!("is not below {}", root.display());
            return Err(Error::invalid("source", what).at(shown));
        };
        let folder = if path.is_dir() && !key.is_empty() { "/" } else { "" };
        Ok(Self { key: format!("{key}{folder}"), root: Root::Folder(root) })
    }

    /// Finds the key of one file or object, as [`find`](Self::find) does.
    ///
    /// # Errors
    /// As there, and a folder.
    pub fn find_file(source: &Path) -> Result<Self> {
        let place = Self::find(source, None)?;
        if place.is_folder() {
            let what = "is a folder; name a file in it";
            return Err(Error::invalid("source", what).at(source.display().to_string()));
        }
        Ok(place)
    }

    /// Whether it is a folder of sources rather than one.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }
}

/// The path of a `file://` URL (RFC 8089), or the path itself.
///
/// # Errors
/// A URL of another machine or of another scheme.
pub(super) fn local(source: &Path) -> Result<PathBuf> {
    let Some((scheme, rest)) = source.to_str().and_then(|text| text.split_once("://")) else {
        return Ok(source.to_owned());
    };
    let invalid = |what: &str| Error::invalid("source", what).at(source.display().to_string());
    if !scheme.eq_ignore_ascii_case("file") {
        let is_name = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_name && !source.exists() {
            return Err(invalid("is neither a path nor a URL of s3://, gs://, az:// or file://"));
        }
        return Ok(source.to_owned());
    }
    match rest.strip_prefix("localhost").unwrap_or(rest) {
        path if path.starts_with('/') => Ok(decoded(path).into()),
        _ => Err(invalid("is a file of another machine")),
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
            Component::ParentDir => _ = clean.pop(),
            part => clean.push(part),
        }
    }
    Ok(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(root: impl Into<PathBuf>, key: &str) -> Place {
        Place { root: Root::Folder(root.into()), key: key.into() }
    }

    #[test]
    fn keys_are_relative_to_the_current_folder_or_to_the_root() {
        let current = env::current_dir().unwrap();
        let here = Place::find(Path::new("a/../b/./x.exr"), None).unwrap();
        assert_eq!(here, at(current, "b/x.exr"));
        let far = Place::find(Path::new("/no/such/x.exr"), None).unwrap();
        assert_eq!(far, at("/", "no/such/x.exr"));
        let rooted = Place::find(Path::new("/no/such/x.exr"), Some(Path::new("/no"))).unwrap();
        assert_eq!(rooted, at("/no", "such/x.exr"));
        assert!(Place::find(Path::new("/elsewhere/x.exr"), Some(Path::new("/no"))).is_err());
    }

    #[test]
    fn folders_are_told_by_their_slash() {
        let folder = Place::find(Path::new("src"), None).unwrap();
        assert_eq!((&*folder.key, folder.is_folder()), ("src/", true));
        assert!(Place::find(Path::new("."), None).unwrap().is_folder());
        assert!(!Place::find_file(Path::new("src/lib.rs")).unwrap().is_folder());
        let folder = Place::find_file(Path::new("/")).unwrap_err();
        assert!(folder.to_string().contains("is a folder; name a file in it"));
    }

    #[test]
    fn urls_are_objects_or_files() {
        let find = |url: &str| Place::find(Path::new(url), None);
        let bucket = |name: &str| Root::Bucket(Scheme::S3, name.into());
        let object = find("s3://renders/shot 010/a.%04d.exr").unwrap();
        assert_eq!(object, Place { root: bucket("renders"), key: "shot 010/a.%04d.exr".into() });
        assert!(find("s3://renders").unwrap().is_folder());
        assert!(find("s3://renders/shots/").unwrap().is_folder());
        assert_eq!(find("file:///no/such/%C3%A9%201.exr").unwrap(), at("/", "no/such/é 1.exr"));
        assert!(find("file://elsewhere/x.exr").is_err());
        let other = find("ftp://server/x.exr").unwrap_err();
        assert!(other.to_string().contains("s3://"), "{other}");
    }
}
