//! Where rows and events go: by a word, as the command line has it, or to a Python object.

use std::fmt;
use std::sync::Arc;

use proxycore::event::{self, EventSink, ProxyEvent};
use proxycore::metadata::{self, MetadataSink, ProxyRecord, RenditionRecord, Written};
use proxycore::{Error, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

use crate::error::{Failure, of_sink};
use crate::result::from_json;
use crate::rows::Rows;
use crate::work::detached;

/// The sinks for rows that are given: none, one, or several.
///
/// # Errors
/// `TypeError` for what is none, and a sink that cannot be opened.
pub fn metadata_of(given: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Arc<dyn MetadataSink>>> {
    each(given, |one| match one.extract::<String>() {
        Ok(address) => {
            let open = || address.parse::<metadata::Address>()?.open();
            Ok(detached(one.py(), open).map_err(Failure::from)?)
        }
        Err(_) => Ok(Arc::new(Adapter::new(one, "write")?) as _),
    })
}

/// The sinks for events that are given: none, one, or several.
///
/// # Errors
/// As [`metadata_of`].
pub fn events_of(given: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Arc<dyn EventSink>>> {
    each(given, |one| match one.extract::<String>() {
        Ok(address) => {
            let open = || address.parse::<event::Address>()?.open();
            Ok(detached(one.py(), open).map_err(Failure::from)?)
        }
        Err(_) => Ok(Arc::new(Adapter::new(one, "publish")?) as _),
    })
}

fn each<T>(
    given: Option<&Bound<'_, PyAny>>,
    open: impl Fn(&Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    let Some(given) = given else { return Ok(Vec::new()) };
    if given.is_instance_of::<PyList>() || given.is_instance_of::<PyTuple>() {
        return given.try_iter()?.map(|one| open(&one?)).collect();
    }
    Ok(vec![open(given)?])
}

/// A Python object that has what `proxycore.MetadataSink` or `proxycore.EventSink` asks for.
struct Adapter(Py<PyAny>);

impl Adapter {
    fn new(object: &Bound<'_, PyAny>, method: &str) -> PyResult<Self> {
        if object.hasattr(method)? {
            return Ok(Self(object.clone().unbind()));
        }
        let kind = object.get_type().name()?;
        let what = format!("a sink is an address or has `{method}`, which {kind} lacks");
        Err(PyTypeError::new_err(what))
    }
}

impl MetadataSink for Adapter {
    /// A sink that does not say whether the row is new has written it.
    fn write(&self, record: &ProxyRecord, renditions: &[RenditionRecord]) -> Result<Written> {
        let rows = (Rows::new(std::slice::from_ref(record))?, Rows::new(renditions)?);
        let written = |py: Python<'_>| {
            let answer = self.0.bind(py).call_method1("write", rows)?;
            Ok(answer.extract::<Option<bool>>()?.unwrap_or(true))
        };
        let inserted =
            Python::attach(|py| written(py).map_err(|raised: PyErr| of_sink(py, raised)))?;
        Ok(Written { inserted })
    }
}

impl EventSink for Adapter {
    fn publish(&self, event: &ProxyEvent) -> Result<()> {
        let unwritten = |cause| Error::sink("JSON", "this event has none").with_source(cause);
        let json = serde_json::to_string(event).map_err(unwritten)?;
        let event = Event { key: event.key().to_owned(), json };
        Python::attach(|py| {
            let published = self.0.bind(py).call_method1("publish", (event,));
            published.map(drop).map_err(|raised| of_sink(py, raised))
        })
    }
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter").finish_non_exhaustive()
    }
}

/// The news that a source's renditions can be had.
#[pyclass(frozen, module = "proxycore")]
#[derive(Debug)]
pub struct Event {
    key: String,
    json: String,
}

#[pymethods]
impl Event {
    /// The asset, by which a broker keeps one asset's events in order.
    #[getter]
    fn key(&self) -> &str {
        &self.key
    }

    /// The event as JSON.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.json.as_bytes())
    }

    /// The event as a dict.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &self.json)
    }

    fn __repr__(&self) -> String {
        format!("<Event {}>", self.json)
    }
}
