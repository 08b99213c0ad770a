//! The library's error as a Python exception, and a Python exception as the library's error.

use std::error::Error as StdError;
use std::iter;

use proxycore::{Error, ErrorKind};
use pyo3::exceptions::{PyException, PyFileNotFoundError, PyPermissionError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// An error on its way to Python, as `?` takes it.
#[derive(Debug)]
pub struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Failure> for PyErr {
    fn from(Failure(error): Failure) -> Self {
        Python::attach(|py| exception(py, &error).unwrap_or_else(|broken| broken))
    }
}

/// Makes the exception of an error's kind; of what is no `Exception` in Python, that itself.
///
/// # Errors
/// A Python half that is broken.
pub fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if let Some(raised) = interrupt(py, error) {
        return Ok(raised);
    }
    let make = MAKE.get_or_try_init(py, || {
        py.import("proxycore._errors")?.getattr("_of_kind").map(Bound::unbind)
    })?;
    let (kind, retryable) = (error.kind().name(), error.is_retryable());
    let made = make.bind(py).call1((error.to_string(), kind, retryable, error.key()))?;
    let raised = PyErr::from_value(made);
    raised.set_cause(py, error.source().map(|cause| cause_of(py, cause)));
    Ok(raised)
}

/// What a callback raised that is no `Exception`, such as a `KeyboardInterrupt` or a `SystemExit`: it
/// is no word about an object or a row, but the program's end.
fn interrupt(py: Python<'_>, error: &Error) -> Option<PyErr> {
    let causes = iter::successors(error.source(), |&cause| cause.source());
    let raised = causes.filter_map(|cause| cause.downcast_ref::<PyErr>());
    raised
        .map(|raised| raised.clone_ref(py))
        .find(|raised| !raised.is_instance_of::<PyException>(py))
}

/// The exception that a callback raised, or one that says what the backend did.
fn cause_of(py: Python<'_>, cause: &(dyn StdError + 'static)) -> PyErr {
    if let Some(raised) = cause.downcast_ref::<PyErr>() {
        return raised.clone_ref(py);
    }
    let said = PyException::new_err(cause.to_string());
    said.set_cause(py, cause.source().map(|deeper| cause_of(py, deeper)));
    said
}

/// A storage's exception: a `FileNotFoundError` says that there is no such object, a
/// `PermissionError` that it may not be read or written, any other that it failed.
pub fn of_storage(py: Python<'_>, raised: PyErr, key: &str) -> Error {
    let error = if raised.is_instance_of::<PyFileNotFoundError>(py) {
        Error::new(ErrorKind::NotFound)
    } else if raised.is_instance_of::<PyPermissionError>(py) {
        Error::denied(said(py, &raised))
    } else {
        Error::storage(said(py, &raised))
    };
    error.with_source(raised).at(key)
}

/// A sink's exception. One of our own that is not retryable says that the row or event will never be
/// taken; any other, that it was not taken this time.
pub fn of_sink(py: Python<'_>, raised: PyErr) -> Error {
    let retryable = raised.value(py).getattr("is_retryable").and_then(|value| value.is_truthy());
    let error = match retryable {
        Ok(false) => Error::refused(SINK, said(py, &raised)),
        _ => Error::sink(SINK, said(py, &raised)),
    };
    error.with_source(raised)
}

/// The name in errors.
const SINK: &str = "Python";

fn said(py: Python<'_>, raised: &PyErr) -> String {
    let name = raised.get_type(py).name().map(|name| name.to_string());
    format!("raised {}", name.unwrap_or_else(|_| "an exception".to_owned()))
}
