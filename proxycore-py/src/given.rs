//! A frame that the caller holds: bytes, or an open file. To the library it is a store of one object
//! that nothing can be written to.

use std::fmt;
use std::io::{self, Cursor};
use std::ops::Range;
use std::sync::Arc;

use proxycore::input::Input;
use proxycore::storage::{ObjectAttributes, ObjectMeta, Storage};
use proxycore::{Error, ErrorKind, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyMemoryView, PyString};

use crate::error::of_storage;
use crate::pieces::Pieces;

/// What the caller holds.
pub struct Given {
    key: String,
    size: u64,
    content: Content,
}

enum Content {
    Bytes(Arc<PyBackedBytes>),
    File(Arc<Py<PyAny>>),
}

impl Given {
    /// Takes bytes, without copying what cannot change.
    pub fn bytes(bytes: PyBackedBytes, key: String) -> Self {
        Self { key, size: bytes.len() as u64, content: Content::Bytes(Arc::new(bytes)) }
    }

    /// Takes a file object. One that cannot seek is read to its end.
    ///
    /// # Errors
    /// `TypeError` for one that is open for text, and what the file raises.
    pub fn file(file: &Bound<'_, PyAny>) -> PyResult<Self> {
        let key = name(file).unwrap_or_else(|| "<file>".to_owned());
        let seekable = file.call_method0("seekable").and_then(|answer| answer.is_truthy());
        if !seekable.unwrap_or(false) {
            return Ok(Self::bytes(bytes_read(&file.call_method0("read")?)?, key));
        }
        bytes_read(&file.call_method1("read", (0,))?)?;
        let size = file.call_method1("seek", (0, 2))?.extract()?;
        Ok(Self { key, size, content: Content::File(Arc::new(file.clone().unbind())) })
    }

    /// What errors call it.
    pub fn key(&self) -> &str {
        &self.key
    }

    fn check(&self, key: &str) -> Result<()> {
        if key == self.key { Ok(()) } else { Err(Error::new(ErrorKind::NotFound).at(key)) }
    }
}

/// The last part of a file object's name.
fn name(file: &Bound<'_, PyAny>) -> Option<String> {
    let name: String = file.getattr("name").ok()?.extract().ok()?;
    name.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).map(str::to_owned)
}

impl Storage for Given {
    fn uri(&self, key: &str) -> String {
        key.to_owned()
    }

    fn bucket(&self) -> &str {
        ""
    }

    fn head(&self, key: &str) -> Result<ObjectMeta> {
        self.check(key)?;
        let mut meta = ObjectMeta::default();
        meta.size = self.size;
        Ok(meta)
    }

    fn open(&self, key: &str) -> Result<Box<dyn Input>> {
        self.check(key)?;
        Ok(match &self.content {
            Content::Bytes(bytes) => Box::new(Cursor::new(Shared(Arc::clone(bytes)))),
            Content::File(file) => {
                let (file, key) = (Arc::clone(file), key.to_owned());
                let fetch = move |range| read(&file, range).map_err(|raised| failed(raised, &key));
                Box::new(Pieces::new(self.size, Box::new(fetch)))
            }
        })
    }

    fn put(&self, key: &str, _: &[u8], _: &ObjectAttributes) -> Result<()> {
        Err(Error::invalid("source", "cannot be written to").at(key))
    }

    fn delete(&self, key: &str) -> Result<()> {
        Err(Error::invalid("source", "cannot be written to").at(key))
    }
}

fn read(file: &Py<PyAny>, range: Range<u64>) -> PyResult<PyBackedBytes> {
    Python::attach(|py| {
        let file = file.bind(py);
        file.call_method1("seek", (range.start,))?;
        bytes_read(&file.call_method1("read", (range.end - range.start,))?)
    })
}

/// What a file gave, where that is bytes.
fn bytes_read(given: &Bound<'_, PyAny>) -> PyResult<PyBackedBytes> {
    if given.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(
            "a source is a file open for bytes, not one open for text",
        ));
    }
    bytes_of(given)
}

/// An exception as an input gives it: with the error in it that says why.
pub fn failed(raised: PyErr, key: &str) -> io::Error {
    io::Error::other(Python::attach(|py| of_storage(py, raised, key)))
}

/// Bytes that several inputs read.
struct Shared(Arc<PyBackedBytes>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given").field("key", &self.key).field("size", &self.size).finish()
    }
}

/// Bytes as Python has them, of anything that has some in memory.
///
/// # Errors
/// `TypeError` for what has none.
pub fn bytes_of(value: &Bound<'_, PyAny>) -> PyResult<PyBackedBytes> {
    match value.extract() {
        Ok(bytes) => Ok(bytes),
        // `bytes` would take a number, too, for so many zeros
        Err(_) => Ok(PyMemoryView::from(value)?.call_method0("tobytes")?.extract()?),
    }
}
