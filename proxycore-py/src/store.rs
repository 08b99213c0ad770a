//! The library's own storages in Python: a folder, a bucket, or memory.

use std::error::Error as _;
use std::io::{Read, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use proxycore::storage::{ObjectMeta, ObjectOptions, Storage, Stores};
use proxycore::{Error, ErrorKind, MemoryStorage};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::argument::{Key, number};
use crate::error::Failure;
use crate::given::bytes_of;
use crate::storage::{attributes, attributes_dict, no_range};
use crate::work::{Home, detached, is_remote};

/// A storage of the library's own: a folder, a bucket, or memory.
#[pyclass(frozen, module = "proxycore")]
#[derive(Debug)]
pub struct Store {
    storage: Arc<dyn Storage>,
    home: Home,
}

impl Store {
    fn open(storage: Arc<dyn Storage>) -> Self {
        Self { home: Home::here(is_remote(&*storage)), storage }
    }

    /// The storage itself.
    ///
    /// # Errors
    /// As [`Home::check`].
    pub fn storage(&self) -> Result<&Arc<dyn Storage>, Failure> {
        self.home.check("store").map(|()| &self.storage)
    }
}

/// How a place in memory starts.
const MEMORY: &str = "memory:";

#[pymethods]
impl Store {
    #[new]
    #[pyo3(signature = (place, *, endpoint=None, region=None, path_style=None, access_key=None,
                        secret_key=None, token=None))]
    #[allow(clippy::too_many_arguments, reason = "each is a word of Python's")]
    #[allow(clippy::needless_pass_by_value, reason = "Python gives it away")]
    fn new(
        place: PathBuf,
        endpoint: Option<String>,
        region: Option<String>,
        path_style: Option<bool>,
        access_key: Option<String>,
        secret_key: Option<String>,
        token: Option<String>,
    ) -> Result<Self, Failure> {
        if let Some(name) = place.to_str().and_then(|place| place.strip_prefix(MEMORY)) {
            return Ok(Self::open(Arc::new(MemoryStorage::new(name))));
        }
        let mut options = ObjectOptions::default();
        (options.endpoint, options.region, options.path_style) = (endpoint, region, path_style);
        let options = match (access_key, secret_key) {
            (Some(access), Some(secret)) => options.with_credentials(access, secret, token),
            (None, None) => options,
            _ => return Err(Error::invalid("access_key", "goes with a secret_key").into()),
        };
        Ok(Self::open(Stores::new(options).whole(&place)?))
    }

    /// The bucket's name, or the folder; what rows have as `s3_bucket`.
    #[getter]
    fn bucket(&self) -> &str {
        self.storage.bucket()
    }

    /// What stands before a `/` and a key in an object's URI.
    #[getter]
    fn url(&self) -> String {
        let uri = self.storage.uri("x");
        uri.strip_suffix("/x").unwrap_or(&uri).to_owned()
    }

    /// Whether the bucket is there; a folder is taken to be.
    fn exists(&self, py: Python<'_>) -> Result<bool, Failure> {
        let storage = self.storage()?;
        let first = || storage.list("")?.next().transpose();
        match detached(py, first) {
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(true),
        }
    }

    /// Says what is known of an object: `size`, `last_modified`, `etag`, `content_type`, `tags`,
    /// `metadata`.
    fn head<'py>(&self, py: Python<'py>, key: Key) -> PyResult<Bound<'py, PyDict>> {
        let (storage, key) = (self.storage()?, key.text());
        let ObjectMeta { size, last_modified, etag, attributes, .. } =
            detached(py, || storage.head(&key)).map_err(Failure::from)?;
        let dict = attributes_dict(py, &attributes)?;
        dict.set_item("size", size)?;
        dict.set_item("last_modified", last_modified)?;
        dict.set_item("etag", etag)?;
        Ok(dict)
    }

    /// Reads an object, or the bytes from `start` up to `end`.
    #[pyo3(signature = (key, start=0, end=None))]
    fn read<'py>(
        &self,
        py: Python<'py>,
        key: Key,
        #[pyo3(from_py_with = offset)] start: u64,
        #[pyo3(from_py_with = offset)] end: Option<u64>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (storage, key) = (self.storage()?, key.text());
        let bytes = detached(py, || range(&**storage, &key, start, end))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Writes an object, or replaces it.
    #[pyo3(signature = (key, data, attributes=None))]
    fn put(
        &self,
        py: Python<'_>,
        key: Key,
        data: &Bound<'_, PyAny>,
        attributes: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let (storage, key) = (self.storage()?, key.text());
        let (bytes, told) = (bytes_of(data)?, attributes.map(self::attributes).transpose()?);
        let put = || storage.put(&key, &bytes, &told.unwrap_or_default());
        detached(py, put).map_err(Failure::from)?;
        Ok(())
    }

    /// Removes an object; one that does not exist is removed already.
    fn delete(&self, py: Python<'_>, key: Key) -> Result<(), Failure> {
        let (storage, key) = (self.storage()?, key.text());
        Ok(detached(py, || storage.delete(&key))?)
    }

    /// The keys of all objects below `prefix`, a folder's name with its `/`, in no promised order.
    #[pyo3(signature = (prefix=""))]
    fn list(&self, py: Python<'_>, prefix: &str) -> Result<Vec<String>, Failure> {
        let storage = self.storage()?;
        let keys = || storage.list(prefix)?.map(|object| Ok(object?.0)).collect();
        let found: proxycore::Result<Vec<String>> = detached(py, keys);
        Ok(found?)
    }

    fn __repr__(&self) -> String {
        format!("Store('{}')", self.url())
    }
}

/// Whether a list failed for want of a bucket. S3 says so in words, as an object that is missing has
/// the same status.
fn is_missing(error: &Error) -> bool {
    let told = error.source().map(ToString::to_string).unwrap_or_default();
    matches!(error.kind(), ErrorKind::NotFound) || told.contains("NoSuchBucket")
}

/// A place in an object, or none.
fn offset<'py, T>(given: &Bound<'py, PyAny>) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
{
    number("read", given)
}

fn range(
    storage: &dyn Storage,
    key: &str,
    start: u64,
    end: Option<u64>,
) -> Result<Vec<u8>, Failure> {
    let length = match end {
        Some(end) => end.checked_sub(start).ok_or_else(|| no_range(key))?,
        None => u64::MAX,
    };
    let unread = |cause| Error::storage("cannot be read").with_source(cause).at(key);
    let mut input = storage.open(key)?;
    input.seek(SeekFrom::Start(start)).map_err(unread)?;
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes).map_err(unread)?;
    Ok(bytes)
}
