//! Rows on their way to a sink in Python: an Arrow batch, handed over by Arrow's PyCapsule interface
//! without a copy and without pyarrow, or plain dicts.

use std::ffi::CStr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::{Array, RecordBatch, StructArray};
use proxycore::metadata::{Row, record_batch};
use proxycore::{Error, Result};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use serde::Serialize;

use crate::result::from_json;

/// The names that the interface gives its capsules.
const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";

/// Rows of one table.
#[pyclass(frozen, module = "proxycore")]
#[derive(Debug)]
pub struct Rows {
    table: &'static str,
    batch: RecordBatch,
    json: String,
}

impl Rows {
    /// Takes rows of a table.
    ///
    /// # Errors
    /// Rows that are not their table's.
    pub fn new<R: Row + Serialize>(rows: &[R]) -> Result<Self> {
        let unwritten = |cause| Error::sink("JSON", "these rows have none").with_source(cause);
        let json = serde_json::to_string(rows).map_err(unwritten)?;
        Ok(Self { table: R::TABLE.name, batch: record_batch(rows)?, json })
    }
}

#[pymethods]
impl Rows {
    /// `proxy_outputs`, or `proxy_renditions`.
    #[getter]
    fn table(&self) -> &str {
        self.table
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// The rows as dicts, columns in order.
    fn to_pylist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &self.json)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(&*self.batch.schema())
            .map_err(|cause| PyValueError::new_err(cause.to_string()))?;
        PyCapsule::new_with_value(py, schema, SCHEMA)
    }

    /// A schema that is asked for is a wish that a producer may leave; ours has one type a column.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        _ = requested_schema;
        let array = FFI_ArrowArray::new(&StructArray::from(self.batch.clone()).to_data());
        Ok((self.__arrow_c_schema__(py)?, PyCapsule::new_with_value(py, array, ARRAY)?))
    }

    fn __repr__(&self) -> String {
        format!("<Rows of {}: {}>", self.table, self.json)
    }
}
