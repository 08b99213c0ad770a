//! Objects as files in a folder.
//!
//! A write goes to a hidden temporary file in the object's own folder, is synced, and takes the
//! object's name in one step ([`replace`](crate::file::replace)); what stands beside the bytes goes to a sidecar
//! ([`sidecar`]). A process killed at any moment leaves the old object or the new one; the
//! temporary it may leave is cleared away by the next write into that folder.
//!
//! Symbolic links are followed, out of the root as well, as studios put shows together from them: a
//! key cannot leave the root, but a link can, so a service that may read more than those who can
//! write below its root needs another fence. Writing to a key that is a link replaces the link.
//! Files whose names are not UTF-8 have no key; the first that a list leaves out is told (`tracing`).

mod sidecar;
mod walk;

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{self, Component, Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::blocks::Blocks;
use super::{Listing, ObjectAttributes, ObjectMeta, Storage, check_prefix, not_found};
use crate::error::{Error, ErrorKind, Result};
use crate::file::replace::{self, Replacer, Sealed};
use crate::file::{failure, is_missing};
use crate::identity::Hash;
use crate::input::Input;
use crate::{key, timestamp};

use sidecar::Sidecar;

/// Bytes that are read and written at a time of what is too long for memory.
const BLOCK: u64 = 1 << 20;

/// A store that is a folder; keys are paths below it.
///
/// Its [`bucket`](Storage::bucket) is the folder's absolute path, its URIs are `file://`. The etag
/// names the inode, size and modification time.
#[derive(Debug)]
pub struct LocalStorage {
    root: PathBuf,
    bucket: String,
    replacer: Replacer,
}

impl LocalStorage {
    /// Makes a store of the folder `root`, which comes into being with the first object.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) where a relative `root` cannot be made
    /// absolute, because it is empty or the current folder is gone.
    pub fn new(root: impl AsRef<Path>) -> Result<Self> {
        let root = root.as_ref();
        let root = absolute(root).map_err(failure("find the folder", root))?;
        let bucket = root.display().to_string();
        Ok(Self { root, bucket, replacer: Replacer::default() })
    }

    /// The file of an object. The folder names of this crate are no part of any key.
    fn path(&self, key: &str) -> Result<PathBuf> {
        key::check(key)?;
        if !Path::new(key).components().all(is_plain) {
            return Err(Error::invalid("key", "is not the name of a file here").at(key));
        }
        Ok(self.root.join(key))
    }

    /// The file of an object that exists, and what the file system says of it.
    fn find(&self, key: &str) -> Result<(PathBuf, Metadata)> {
        let path = self.path(key)?;
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => Ok((path, found)),
            Ok(_) => Err(not_found(key)),
            Err(error) if is_missing(&error) => Err(not_found(key)),
            Err(error) => Err(failure("look at", &path)(error).at(key)),
        }
    }

    /// Writes an object block by block. The old one keeps what stands beside it until the new one
    /// is whole.
    fn replace<B: AsRef<[u8]>>(
        &self,
        path: &Path,
        blocks: impl IntoIterator<Item = Result<B>>,
        attributes: &ObjectAttributes,
    ) -> Result<()> {
        self.write(path, blocks, attributes, |whole| {
            sidecar::remove(path)?;
            whole.publish().map(Some)
        })
        .map(drop)
    }

    /// Writes an object that `publish` gives its name, and says whether it did.
    fn write<'a, B: AsRef<[u8]>>(
        &self,
        path: &'a Path,
        blocks: impl IntoIterator<Item = Result<B>>,
        attributes: &ObjectAttributes,
        publish: impl FnOnce(Sealed<'a>) -> Result<Option<Metadata>>,
    ) -> Result<bool> {
        let is_bare = *attributes == ObjectAttributes::default();
        let (mut draft, mut hash) = (self.replacer.draft(path)?, Hash::default());
        for block in blocks {
            let block = block?;
            draft.write(block.as_ref())?;
            // only the sidecar needs it
            if !is_bare {
                hash.update(block.as_ref());
            }
        }
        let Some(written) = publish(draft.seal()?)? else { return Ok(false) };
        if !is_bare {
            let sidecar = Sidecar::new(written.len(), hash.finish(), etag(&written), attributes);
            sidecar.write(path, &self.replacer)?;
        }
        Ok(true)
    }
}

impl Storage for LocalStorage {
    fn uri(&self, key: &str) -> String {
        file_uri(&self.root.join(key))
    }

    fn bucket(&self) -> &str {
        &self.bucket
    }

    fn head(&self, key: &str) -> Result<ObjectMeta> {
        let (path, found) = self.find(key)?;
        let etag = etag(&found);
        let attributes = sidecar::attributes(&path, found.len(), &etag);
        Ok(ObjectMeta {
            size: found.len(),
            last_modified: found.modified().map(timestamp::iso8601).unwrap_or_default(),
            etag: Some(etag),
            attributes: attributes.map_err(|error| error.at(key))?,
        })
    }

    fn open(&self, key: &str) -> Result<Box<dyn Input>> {
        let (path, _) = self.find(key)?;
        match File::open(&path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) if is_missing(&error) => Err(not_found(key)),
            Err(error) => Err(failure("read", &path)(error).at(key)),
        }
    }

    fn open_state(&self, key: &str, meta: &ObjectMeta) -> Result<Box<dyn Input>> {
        let (path, _) = self.find(key)?;
        let file =
            File::open(&path).map_err(failure("read", &path)).map_err(|error| error.at(key))?;
        let found = file.metadata().map_err(failure("look at", &path))?;
        match &meta.etag {
            Some(known) if *known != etag(&found) => Err(Error::new(ErrorKind::Changed).at(key)),
            _ => Ok(Box::new(file)),
        }
    }

    fn list(&self, prefix: &str) -> Result<Listing<'_>> {
        check_prefix(prefix)?;
        walk::walk(&self.root, prefix)
    }

    fn list_folder(&self, folder: &str) -> Result<Listing<'_>> {
        check_prefix(folder)?;
        walk::folder(&self.root, folder)
    }

    fn put(&self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) -> Result<()> {
        let path = self.path(key)?;
        self.replace(&path, [Ok(bytes)], attributes).map_err(|error| error.at(key))
    }

    fn put_new(&self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) -> Result<bool> {
        let path = self.path(key)?;
        let written = self.write(&path, [Ok(bytes)], attributes, Sealed::publish_new);
        written.map_err(|error| error.at(key))
    }

    fn put_from(
        &self,
        key: &str,
        content: &mut dyn Read,
        size: u64,
        attributes: &ObjectAttributes,
    ) -> Result<()> {
        let path = self.path(key)?;
        let blocks = Blocks::new(content, size, BLOCK);
        self.replace(&path, blocks, attributes).map_err(|error| error.at(key))
    }

    fn delete(&self, key: &str) -> Result<()> {
        let path = self.path(key)?;
        sidecar::remove(&path)
            .and_then(|()| replace::remove(&path).map_err(failure("remove", &path)))
            .map_err(|error| error.at(key))
    }
}

fn is_plain(part: Component<'_>) -> bool {
    matches!(part, Component::Normal(name) if name != sidecar::FOLDER)
}

/// Makes a path absolute, as it was typed; only a `..` is resolved, for links decide what it means.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    let path = path::absolute(path)?;
    if path.components().any(|part| part == Component::ParentDir) {
        resolved(&path)
    } else {
        Ok(path)
    }
}

fn resolved(path: &Path) -> io::Result<PathBuf> {
    match (fs::canonicalize(path), path.parent(), path.file_name()) {
        (Err(error), Some(parent), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(resolved(parent)?.join(name))
        }
        (resolved, ..) => resolved,
    }
}

/// Names a state of a file. Two states that follow each other differ in the inode, for the new one
/// is written while the old one stands.
fn etag(of: &Metadata) -> String {
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(of);
    #[cfg(not(unix))]
    let inode = 0;
    let modified = of.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let nanos = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{inode:x}-{:x}-{nanos:x}", of.len())
}

/// Writes a path as RFC 8089 has it, so that a program can take it apart again.
fn file_uri(path: &Path) -> String {
    let path = path.to_string_lossy();
    let escaped = path.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    format!("file://{}", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_can_be_taken_apart_again() {
        let uri = file_uri(Path::new("/plates/été 01/b.%04d.exr"));
        assert_eq!(uri, "file:///plates/%C3%A9t%C3%A9%2001/b.%2504d.exr");
    }

    #[test]
    fn a_root_is_absolute_and_names_no_parent() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        let root = LocalStorage::new(folder.path().join("a/../new/deep")).unwrap().root;
        assert_eq!(root, fs::canonicalize(folder.path()).unwrap().join("new/deep"));
        assert!(LocalStorage::new("out").unwrap().root.is_absolute());
        assert!(LocalStorage::new("").is_err());
    }
}
