//! What stands beside a local object's bytes: `.proxycore/NAME.json` in the object's folder.
//!
//! A put writes the new object aside, removes the old sidecar, replaces the object, and then writes
//! the new sidecar. Wherever a crash cuts this, attributes are lost at worst, and whoever reads them
//! does the work again. A sidecar speaks for one state of the object, by its etag; where that has
//! changed, as in a copy of the folder, the object's size and SHA-256 must agree. So an object that
//! somebody else replaced never wears the attributes of the one before.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ObjectAttributes;
use crate::error::Result;
use crate::file::replace::{self, Replacer};
use crate::file::{failure, is_missing, read_regular};
use crate::identity;

/// The folder of the sidecars, beside the objects.
pub(super) const FOLDER: &str = ".proxycore";

/// The most bytes of a sidecar: its texts are a few kilobytes.
const LARGEST: u64 = 1 << 20;

/// What the file of a sidecar holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sidecar {
    size: u64,
    sha256: String,
    etag: String,
    #[serde(flatten)]
    attributes: ObjectAttributes,
}

impl Sidecar {
    /// Describes an object of that length and hash in the state `etag`.
    pub(super) fn new(
        size: u64,
        sha256: String,
        etag: String,
        attributes: &ObjectAttributes,
    ) -> Self {
        Self { size, sha256, etag, attributes: attributes.clone() }
    }

    /// Writes the sidecar of the object at `object`.
    pub(super) fn write(&self, object: &Path, replacer: &Replacer) -> Result<()> {
        let path = path(object);
        let json = serde_json::to_vec_pretty(self).map_err(io::Error::from);
        replacer.replace(&path, &json.map_err(failure("describe", &path))?).map(drop)
    }

    fn speaks_for(&self, object: &Path, size: u64, etag: &str) -> io::Result<bool> {
        if self.etag == etag || self.size != size {
            return Ok(self.size == size);
        }
        Ok(identity::sha256_of(File::open(object)?)? == self.sha256)
    }
}

/// The attributes of the object at `object`; none where no sidecar speaks for it.
pub(super) fn attributes(object: &Path, size: u64, etag: &str) -> Result<ObjectAttributes> {
    let path = path(object);
    let sidecar = match read_regular(&path, LARGEST) {
        Ok(json) => serde_json::from_slice::<Sidecar>(&json),
        Err(error) if is_missing(&error) => return Ok(ObjectAttributes::default()),
        Err(error) => return Err(failure("read", &path)(error)),
    };
    match sidecar {
        Ok(sidecar)
            if sidecar.speaks_for(object, size, etag).map_err(failure("read", object))? =>
        {
            Ok(sidecar.attributes)
        }
        Ok(_) => Ok(ObjectAttributes::default()),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "a damaged sidecar is left aside");
            Ok(ObjectAttributes::default())
        }
    }
}

/// Removes the sidecar of the object at `object`, if there is one.
pub(super) fn remove(object: &Path) -> Result<()> {
    let path = path(object);
    replace::remove(&path).map_err(failure("remove", &path))
}

fn path(object: &Path) -> PathBuf {
    let mut name = object.file_name().unwrap_or_default().to_owned();
    name.push(".json");
    object.with_file_name(FOLDER).join(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::storage::{LocalStorage, Storage};

    fn store() -> (tempfile::TempDir, LocalStorage, ObjectAttributes) {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStorage::new(folder.path()).unwrap();
        let attributes = ObjectAttributes::new("image/jpeg").with_tag("media_type", "thumbnail");
        store.put("a/b.jpg", b"first", &attributes).unwrap();
        (folder, store, attributes)
    }

    #[test]
    fn an_object_that_others_replaced_loses_its_attributes() {
        let (folder, store, attributes) = store();
        let object = folder.path().join("a/b.jpg");
        assert_eq!(store.head("a/b.jpg").unwrap().attributes, attributes);
        for foreign in ["longer than the first", "other"] {
            fs::write(&object, foreign).unwrap();
            assert_eq!(store.head("a/b.jpg").unwrap().attributes, ObjectAttributes::default());
        }
    }

    #[test]
    fn a_copy_keeps_its_attributes() {
        let (folder, store, attributes) = store();
        fs::create_dir_all(folder.path().join("copy/.proxycore")).unwrap();
        for name in ["b.jpg", ".proxycore/b.jpg.json"] {
            fs::copy(folder.path().join("a").join(name), folder.path().join("copy").join(name))
                .unwrap();
        }
        assert_eq!(store.head("copy/b.jpg").unwrap().attributes, attributes);
    }

    #[test]
    fn a_damaged_sidecar_is_as_good_as_none() {
        let (folder, store, _) = store();
        fs::write(folder.path().join("a/.proxycore/b.jpg.json"), "{\"size\": 5, ").unwrap();
        assert_eq!(store.head("a/b.jpg").unwrap().attributes, ObjectAttributes::default());
    }
}
