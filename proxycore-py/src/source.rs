//! Where a source is read from: a path, a URL, a key in a storage, bytes, or an open file.

use std::path::PathBuf;
use std::sync::Arc;

use proxycore::Error;
use proxycore::storage::{ObjectOptions, Place, Storage, Stores};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::argument::Key;
use crate::error::Failure;
use crate::given::{Given, bytes_of};
use crate::storage::storage_of;

/// A source: the store, and the key in it.
pub struct Origin {
    pub storage: Arc<dyn Storage>,
    pub key: String,
}

impl Origin {
    /// Finds out what a source is.
    ///
    /// # Errors
    /// `TypeError` for what is none, `invalid` for a URL that names none.
    pub fn find(source: &Bound<'_, PyAny>, storage: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        if let Some(storage) = storage {
            return Ok(Self {
                storage: storage_of(storage)?,
                key: source.extract::<Key>()?.text(),
            });
        }
        if source.hasattr("read")? {
            return Ok(Self::given(Given::file(source)?));
        }
        let Ok(path) = source.extract::<PathBuf>() else {
            let bytes = bytes_of(source).map_err(|_| unknown(source))?;
            return Ok(Self::given(Given::bytes(bytes, "<bytes>".to_owned())));
        };
        if path.to_str().is_none() {
            let error = Error::invalid("source", "is no UTF-8, as keys are");
            return Err(Failure::from(error.at(path.display().to_string())).into());
        }
        let place = Place::find_file(&path).map_err(Failure::from)?;
        let stores = Stores::new(ObjectOptions::default());
        Ok(Self { storage: stores.open(&place.root).map_err(Failure::from)?, key: place.key })
    }

    fn given(given: Given) -> Self {
        Self { key: given.key().to_owned(), storage: Arc::new(given) }
    }
}

fn unknown(source: &Bound<'_, PyAny>) -> PyErr {
    let kind = source.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    let what = format!("a source is a path, a URL, bytes or a file open for bytes, not {kind}");
    PyTypeError::new_err(what)
}
