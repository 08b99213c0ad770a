//! The library's own storages in Python: a folder, a bucket, or memory.

use std::io::{Read, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use proxycore::storage::{ObjectMeta, ObjectOptions, Storage, Stores};
use proxycore::{Error, MemoryStorage};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::error::Failure;
use crate::given::bytes_of;
use crate::storage::{attributes, attributes_dict, no_range};

/// A storage of the library's own: a folder, a bucket, or memory.
#[pyclass(frozen, module = "proxycore")]
#[derive(Debug)]
pub struct Store(Arc<dyn Storage>);

impl Store {
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.0
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
            return Ok(Self(Arc::new(MemoryStorage::new(name))));
        }
        let mut options = ObjectOptions::default();
        (options.endpoint, options.region, options.path_style) = (endpoint, region, path_style);
        let options = match (access_key, secret_key) {
            (Some(access), Some(secret)) => options.with_credentials(access, secret, token),
            (None, None) => options,
            _ => return Err(Error::invalid("access_key", "goes with a secret_key").into()),
        };
        Ok(Self(Stores::new(options).whole(&place)?))
    }

    /// The bucket's name, or the folder; what rows have as `s3_bucket`.
    #[getter]
    fn bucket(&self) -> &str {
        self.0.bucket()
    }

    /// What stands before a `/` and a key in an object's URI.
    #[getter]
    fn url(&self) -> String {
        self.0.uri("x").trim_end_matches("/x").to_owned()
    }

    /// Says what is known of an object: `size`, `last_modified`, `etag`, `content_type`, `tags`,
    /// `metadata`.
    fn head<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Bound<'py, PyDict>> {
        let ObjectMeta { size, last_modified, etag, attributes, .. } =
            py.detach(|| self.0.head(key)).map_err(Failure::from)?;
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
        key: &str,
        start: u64,
        end: Option<u64>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.range(key, start, end))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Writes an object, or replaces it.
    #[pyo3(signature = (key, data, attributes=None))]
    fn put(
        &self,
        py: Python<'_>,
        key: &str,
        data: &Bound<'_, PyAny>,
        attributes: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let (bytes, told) = (bytes_of(data)?, attributes.map(self::attributes).transpose()?);
        py.detach(|| self.0.put(key, &bytes, &told.unwrap_or_default())).map_err(Failure::from)?;
        Ok(())
    }

    /// Removes an object; one that does not exist is removed already.
    fn delete(&self, py: Python<'_>, key: &str) -> Result<(), Failure> {
        Ok(py.detach(|| self.0.delete(key))?)
    }

    /// The keys of all objects below `prefix`, a folder's name with its `/`, in no promised order.
    #[pyo3(signature = (prefix=""))]
    fn list(&self, py: Python<'_>, prefix: &str) -> Result<Vec<String>, Failure> {
        let keys = || self.0.list(prefix)?.map(|object| Ok(object?.0)).collect();
        let found: proxycore::Result<Vec<String>> = py.detach(keys);
        Ok(found?)
    }

    fn __repr__(&self) -> String {
        format!("Store('{}')", self.url())
    }
}

impl Store {
    fn range(&self, key: &str, start: u64, end: Option<u64>) -> Result<Vec<u8>, Failure> {
        let length = match end {
            Some(end) => end.checked_sub(start).ok_or_else(|| no_range(key))?,
            None => u64::MAX,
        };
        let unread = |cause| Error::storage("cannot be read").with_source(cause).at(key);
        let mut input = self.0.open(key)?;
        input.seek(SeekFrom::Start(start)).map_err(unread)?;
        let mut bytes = Vec::new();
        input.take(length).read_to_end(&mut bytes).map_err(unread)?;
        Ok(bytes)
    }
}
