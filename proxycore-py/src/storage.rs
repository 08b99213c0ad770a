//! A Python object as a storage: what a studio's own client becomes by an adapter of some lines.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::{fmt, iter};

use proxycore::input::Input;
use proxycore::storage::{Listing, ObjectAttributes, ObjectMeta, ObjectOptions, Storage, Stores};
use proxycore::timestamp::{iso8601, parse};
use proxycore::{Error, Result, key};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{IntoPyDict, PyBytes, PyDict, PyIterator, PyString};

use crate::error::{Failure, of_storage};
use crate::given::{bytes_of, failed};
use crate::pieces::Pieces;
use crate::store::Store;

/// The storage that a place or an object is.
///
/// # Errors
/// `TypeError` for what is none, `invalid` for a URL of no bucket.
pub fn storage_of(given: &Bound<'_, PyAny>) -> PyResult<Arc<dyn Storage>> {
    if let Ok(store) = given.cast::<Store>() {
        return Ok(Arc::clone(store.get().storage()?));
    }
    if let Ok(place) = given.extract::<PathBuf>() {
        let stores = Stores::new(ObjectOptions::default());
        return Ok(stores.whole(&place).map_err(Failure::from)?);
    }
    Ok(Arc::new(Adapter::new(given)?))
}

/// A Python object that has what `proxycore.Storage` asks for. Its `put` takes bytes, so what is read
/// to be written is read into memory first, as the trait does it.
struct Adapter {
    object: Arc<Py<PyAny>>,
    bucket: String,
    url: String,
}

/// What is called of it.
const METHODS: [&str; 4] = ["head", "read", "put", "delete"];

impl Adapter {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        for name in ["bucket", "url"].into_iter().chain(METHODS) {
            if !object.hasattr(name)? {
                let kind = object.get_type().name()?;
                let what =
                    format!("a storage is a path, a URL or has `{name}`, which {kind} lacks");
                return Err(PyTypeError::new_err(what));
            }
        }
        let text = |name| object.getattr(name)?.extract();
        let (bucket, url) = (text("bucket")?, text("url")?);
        Ok(Self { bucket, url, object: Arc::new(object.clone().unbind()) })
    }

    /// Calls into Python; what it raises is an error of the key.
    fn call<T>(
        &self,
        key: &str,
        call: impl for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<T>,
    ) -> Result<T> {
        key::check(key)?;
        Python::attach(|py| {
            call(self.object.bind(py)).map_err(|raised| of_storage(py, raised, key))
        })
    }

    /// The next object of a list: its key alone, or what is known of it with its key.
    fn next(&self, objects: &Py<PyIterator>, prefix: &str) -> Option<Result<(String, ObjectMeta)>> {
        let told = Python::attach(|py| {
            let next = objects.bind(py).clone().next()?;
            let told = next.and_then(|object| match object.cast::<PyString>() {
                Ok(key) => Ok((key.extract()?, None)),
                Err(_) => Ok((object.get_item("key")?.extract()?, Some(meta(&object)?))),
            });
            Some(told.map_err(|raised| of_storage(py, raised, prefix)))
        })?;
        Some(told.and_then(|(key, told): (String, _)| match told {
            Some(meta) => Ok((key, meta)),
            None => self.head(&key).map(|meta| (key, meta)),
        }))
    }
}

impl Storage for Adapter {
    fn uri(&self, key: &str) -> String {
        format!("{}/{key}", self.url.trim_end_matches('/'))
    }

    fn bucket(&self) -> &str {
        &self.bucket
    }

    fn head(&self, key: &str) -> Result<ObjectMeta> {
        self.call(key, |object| meta(&object.call_method1("head", (key,))?))
    }

    fn open(&self, key: &str) -> Result<Box<dyn Input>> {
        let size = self.head(key)?.size;
        let (object, key) = (Arc::clone(&self.object), key.to_owned());
        let fetch = move |range| read(&object, &key, range).map_err(|raised| failed(raised, &key));
        Ok(Box::new(Pieces::new(size, Box::new(fetch))))
    }

    fn list(&self, prefix: &str) -> Result<Listing<'_>> {
        if !Python::attach(|py| self.object.bind(py).hasattr("list").unwrap_or(false)) {
            return Err(Error::invalid("source", "this storage has no `list`").at(prefix));
        }
        let objects = Python::attach(|py| {
            let objects = self.object.bind(py).call_method1("list", (prefix,));
            let objects = objects.and_then(|objects| Ok(objects.try_iter()?.unbind()));
            objects.map_err(|raised| of_storage(py, raised, prefix))
        })?;
        let (mut objects, prefix) = (Some(objects), prefix.to_owned());
        Ok(Box::new(iter::from_fn(move || {
            let next = self.next(objects.as_ref()?, &prefix);
            if !matches!(next, Some(Ok(_))) {
                objects = None;
            }
            next
        })))
    }

    fn put(&self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) -> Result<()> {
        self.call(key, |object| {
            let py = object.py();
            let given = (key, PyBytes::new(py, bytes), attributes_dict(py, attributes)?);
            object.call_method1("put", given).map(drop)
        })
    }

    fn delete(&self, key: &str) -> Result<()> {
        self.call(key, |object| object.call_method1("delete", (key,)).map(drop))
    }
}

fn read(object: &Py<PyAny>, key: &str, range: Range<u64>) -> PyResult<PyBackedBytes> {
    Python::attach(|py| {
        let given = (key, range.start, range.end);
        bytes_of(&object.bind(py).call_method1("read", given)?)
    })
}

/// What a storage in Python says of an object.
fn meta(told: &Bound<'_, PyAny>) -> PyResult<ObjectMeta> {
    let entry = |name: &str| told.call_method1("get", (name,));
    let mut meta = ObjectMeta::default();
    meta.size = told.get_item("size")?.extract()?;
    meta.last_modified = moment(&entry("last_modified")?)?;
    meta.etag = entry("etag")?.extract()?;
    meta.attributes = attributes(told)?;
    Ok(meta)
}

/// A `datetime`, or text, as the library writes it; empty where there is none.
fn moment(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if value.is_none() {
        return Ok(String::new());
    }
    if let Ok(moment) = value.extract() {
        return Ok(iso8601(moment));
    }
    let text: String = value.extract()?;
    if text.is_empty() {
        return Ok(text);
    }
    let none = || PyValueError::new_err(format!("last_modified is no ISO 8601: {text}"));
    parse(&text).map(iso8601).ok_or_else(none)
}

/// What stands beside an object, as a mapping says it.
///
/// # Errors
/// What is no mapping of texts.
pub fn attributes(told: &Bound<'_, PyAny>) -> PyResult<ObjectAttributes> {
    let entry = |name: &str| told.call_method1("get", (name,));
    let texts = |name| entry(name)?.extract::<Option<BTreeMap<String, String>>>();
    let mut attributes = ObjectAttributes::default();
    attributes.content_type = entry("content_type")?.extract()?;
    attributes.tags = texts("tags")?.unwrap_or_default();
    attributes.metadata = texts("metadata")?.unwrap_or_default();
    Ok(attributes)
}

/// The same, for Python.
///
/// # Errors
/// None that is not Python's own.
pub fn attributes_dict<'py>(
    py: Python<'py>,
    attributes: &ObjectAttributes,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("content_type", &attributes.content_type)?;
    dict.set_item("tags", (&attributes.tags).into_py_dict(py)?)?;
    dict.set_item("metadata", (&attributes.metadata).into_py_dict(py)?)?;
    Ok(dict)
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What an object of no storage is told.
pub fn no_range(key: &str) -> Failure {
    Error::invalid("read", "ends before it starts").at(key).into()
}
