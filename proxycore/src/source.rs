//! A source: an object that is to be decoded, and who it is.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::decode::{self, DecodeOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::identity;
use crate::image::{Image, Native};
use crate::input::Input;
use crate::storage::{LocalStorage, ObjectMeta, Storage};
use crate::survey::Survey;

/// An object in a storage that exists, with its size and its time.
#[derive(Clone)]
pub struct Source {
    storage: Arc<dyn Storage>,
    key: String,
    meta: ObjectMeta,
}

impl Source {
    /// Looks for the object at `key`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], or what the storage meets.
    pub fn find(storage: Arc<dyn Storage>, key: &str) -> Result<Self> {
        let meta = storage.head(key)?;
        Ok(Self { storage, key: key.to_owned(), meta })
    }

    /// An object that was found in a list, in the state that it was in then.
    pub(crate) fn listed(storage: Arc<dyn Storage>, key: &str, meta: ObjectMeta) -> Self {
        Self { storage, key: key.to_owned(), meta }
    }

    /// Looks for a file on this machine; its key is its name.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], or what the file system says.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| {
            Error::invalid("path", "names no file").at(path.display().to_string())
        })?;
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        Self::find(Arc::new(LocalStorage::new(folder.unwrap_or(Path::new(".")))?), name)
    }

    /// Its key in the storage.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its URI, such as `s3://bucket/key`.
    #[must_use]
    pub fn uri(&self) -> String {
        self.storage.uri(&self.key)
    }

    /// The store it lies in, for the row's `s3_bucket`.
    #[must_use]
    pub fn bucket(&self) -> &str {
        self.storage.bucket()
    }

    /// What the store knows of it.
    #[must_use]
    pub fn meta(&self) -> &ObjectMeta {
        &self.meta
    }

    /// Names it in every state it may be in.
    #[must_use]
    pub fn asset_id(&self) -> String {
        identity::asset_id(&self.key)
    }

    /// Names it in the state it is in.
    #[must_use]
    pub fn file_id(&self) -> String {
        identity::file_id(&self.key, &self.meta.last_modified)
    }

    /// Checks that the object is still in the state that it was found in.
    ///
    /// # Errors
    /// [`ErrorKind::Changed`] where it is not, or what the storage meets.
    pub fn check_unchanged(&self) -> Result<()> {
        let now = self.storage.head(&self.key)?;
        let state = |meta: &ObjectMeta| (meta.size, meta.last_modified.clone(), meta.etag.clone());
        if state(&now) == state(&self.meta) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Changed).at(&self.key))
    }

    /// Reads its header and describes its picture; the pixels are read when a later stage asks.
    ///
    /// # Errors
    /// What the storage and the decoder meet, with the key in it.
    pub fn decode(&self, options: &DecodeOptions) -> Result<Image<Native>> {
        self.decode_by(options, |input| input)
    }

    /// The same, with what it reads watched.
    pub(crate) fn survey(
        &self,
        options: &DecodeOptions,
        survey: &Arc<Survey>,
    ) -> Result<Image<Native>> {
        self.decode_by(options, |input| survey.watch(input))
    }

    fn decode_by(
        &self,
        options: &DecodeOptions,
        watch: impl FnOnce(Box<dyn Input>) -> Box<dyn Input>,
    ) -> Result<Image<Native>> {
        let input = watch(self.storage.open_state(&self.key, &self.meta)?);
        let image = decode::decode_named(&self.key, input, options);
        let image = image.map_err(|error| error.at(&self.key))?;
        Ok(match decode::misnamed(&self.key, image.spec().file.format) {
            Some(warning) => image.with_warning(warning),
            None => image,
        })
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("uri", &self.uri()).field("meta", &self.meta).finish()
    }
}
