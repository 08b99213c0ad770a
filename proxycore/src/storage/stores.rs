//! The stores that places lie in.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "_object_store")]
use super::ObjectStorage;
use super::place::{Place, Root, local};
use super::{LocalStorage, ObjectOptions, ObjectUrl, Scheme, Storage};
use crate::error::{Error, Result};
use crate::key::KeyTemplate;

/// The stores that are in use, each opened once.
///
/// # Examples
/// ```
/// use std::path::Path;
///
/// use proxycore::storage::{ObjectOptions, Place, Storage, Stores};
///
/// let stores = Stores::new(ObjectOptions::default());
/// let place = Place::find_file(Path::new("s3://renders/shot_010/beauty.0001.exr"))?;
/// let store = stores.open(&place.root)?;
/// assert_eq!((store.bucket(), &*place.key), ("renders", "shot_010/beauty.0001.exr"));
/// # Ok::<(), proxycore::Error>(())
/// ```
#[derive(Debug)]
pub struct Stores {
    #[cfg_attr(not(feature = "_object_store"), expect(dead_code, reason = "there is no client"))]
    options: ObjectOptions,
    open: Mutex<HashMap<Root, Arc<dyn Storage>>>,
}

impl Stores {
    /// Reaches object stores by these options; none is open yet.
    #[must_use]
    pub fn new(options: ObjectOptions) -> Self {
        Self { options, open: Mutex::default() }
    }

    /// Opens a store, if it is not open yet.
    ///
    /// # Errors
    /// Options that make no sense, and [`ErrorKind::MissingFeature`](crate::ErrorKind::MissingFeature)
    /// for a bucket whose client is not in this build.
    pub fn open(&self, root: &Root) -> Result<Arc<dyn Storage>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = open.get(root) {
            return Ok(Arc::clone(known));
        }
        let store: Arc<dyn Storage> = match root {
            Root::Folder(folder) => Arc::new(LocalStorage::new(folder)?),
            Root::Bucket(scheme, bucket) => self.bucket(*scheme, bucket)?,
        };
        open.insert(root.clone(), Arc::clone(&store));
        Ok(store)
    }

    #[cfg(feature = "_object_store")]
    fn bucket(&self, scheme: Scheme, bucket: &str) -> Result<Arc<dyn Storage>> {
        Ok(Arc::new(ObjectStorage::new(scheme, bucket, &self.options)?))
    }

    #[cfg(not(feature = "_object_store"))]
    fn bucket(&self, scheme: Scheme, _: &str) -> Result<Arc<dyn Storage>> {
        Err(scheme.missing())
    }

    /// The store of a place for outputs, and how they are called in it: flat in a folder, or behind
    /// a prefix.
    ///
    /// # Errors
    /// As [`open`](Self::open), and a prefix that no key can have.
    pub fn output(&self, place: &Path) -> Result<(Arc<dyn Storage>, KeyTemplate)> {
        let is_url = place.to_str().is_some_and(ObjectUrl::is_one);
        if !is_url {
            let folder = Root::Folder(local(place)?);
            return Ok((self.open(&folder)?, KeyTemplate::flat()));
        }
        let Place { root, key } = Place::find(place, None)?;
        let prefix = key.trim_end_matches('/');
        if prefix.is_empty() {
            return Ok((self.open(&root)?, KeyTemplate::flat()));
        }
        if prefix.contains(['{', '}']) {
            return Err(Error::invalid("out", "has braces; name the outputs by a template"));
        }
        let template = format!("{prefix}/{}", KeyTemplate::flat()).parse()?;
        Ok((self.open(&root)?, template))
    }

    /// The store that a place without a key names: a folder, or a bucket.
    ///
    /// # Errors
    /// As [`open`](Self::open), and a URL that goes on behind the bucket.
    pub fn whole(&self, place: &Path) -> Result<Arc<dyn Storage>> {
        let is_url = place.to_str().is_some_and(ObjectUrl::is_one);
        if !is_url {
            return self.open(&Root::Folder(local(place)?));
        }
        let Place { root, key } = Place::find(place, None)?;
        if !key.is_empty() {
            let what = "goes on behind its bucket; a storage is the whole bucket, and keys are its";
            return Err(Error::invalid("storage", what).at(place.display().to_string()));
        }
        self.open(&root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storage_is_a_folder_or_a_whole_bucket() {
        let stores = Stores::new(ObjectOptions::default());
        assert_eq!(stores.whole(Path::new("s3://renders/")).unwrap().bucket(), "renders");
        let folder = std::env::temp_dir();
        assert!(stores.whole(&folder).unwrap().head("no/such.exr").is_err());
        let error = stores.whole(Path::new("s3://renders/shots")).unwrap_err();
        assert_eq!(error.kind().name(), "invalid");
    }
}
