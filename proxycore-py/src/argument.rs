//! Arguments that are of the right type, and that the library cannot take.

use proxycore::Error;
use pyo3::exceptions::{PyOverflowError, PyUnicodeEncodeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::Failure;

/// An object's key. Python's text may hold what no UTF-8 can, as for a file whose name is none.
pub struct Key(String);

impl Key {
    pub fn text(self) -> String {
        self.0
    }
}

impl<'py> FromPyObject<'_, 'py> for Key {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        given.extract().map(Self).map_err(|raised: PyErr| match given.cast::<PyString>() {
            Ok(text) if raised.is_instance_of::<PyUnicodeEncodeError>(given.py()) => {
                let error = Error::invalid("key", "is no UTF-8").at(text.to_string_lossy());
                Failure::from(error).into()
            }
            _ => raised,
        })
    }
}

/// A width or a height, or none.
///
/// # Errors
/// As [`number`].
pub fn side<'py, T>(given: &Bound<'py, PyAny>) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
{
    number("size", given)
}

/// A number, or none.
///
/// # Errors
/// `TypeError` for what is no number, `invalid` for one that is too large, too small, or not allowed.
pub fn number<'py, T>(option: &'static str, given: &Bound<'py, PyAny>) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
{
    given.extract().map_err(|raised: PyErr| {
        let py = given.py();
        let is_number = raised.is_instance_of::<PyOverflowError>(py)
            || raised.is_instance_of::<PyValueError>(py);
        match is_number {
            true => {
                Failure::from(Error::invalid(option, format!("{given} is out of range"))).into()
            }
            false => raised,
        }
    })
}
