//! What a run gives back, with attributes for people and a dict for machines.

use std::io::Read;
use std::sync::Arc;

use proxycore::storage::Storage;
use proxycore::{Error, Outcome};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::work::detached;

/// What became of a source. It is read off the library's JSON, which is the contract.
#[pyclass(frozen, module = "proxycore")]
#[derive(Debug, Serialize, Deserialize)]
pub struct Result {
    /// `success`, or `partial` where pixels are missing and shown hatched.
    #[pyo3(get)]
    status: String,
    /// Whether everything stood already, and nothing was made.
    #[pyo3(get)]
    skipped: bool,
    /// The source, in any state.
    #[pyo3(get)]
    asset_id: String,
    /// The source's key.
    #[pyo3(get)]
    source_key: String,
    /// The thumbnail's key; empty where none was asked for.
    #[pyo3(get)]
    thumbnail_key: String,
    /// The proxy's key; empty where none was asked for.
    #[pyo3(get)]
    proxy_key: String,
    /// Bytes of the thumbnail.
    #[pyo3(get)]
    thumbnail_size_bytes: u64,
    /// Bytes of the proxy.
    #[pyo3(get)]
    proxy_size_bytes: u64,
    /// Bytes of the source.
    #[pyo3(get)]
    source_size_bytes: u64,
    /// The source's colour space, by Color Interop ID.
    #[pyo3(get)]
    colorspace: String,
    /// The rule that found it.
    #[pyo3(get)]
    colorspace_rule: String,
    /// How sure that is: `stated`, `derived` or `guessed`.
    #[pyo3(get)]
    colorspace_certainty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    color_transform: Option<proxycore::color::ColorTransform>,
    /// `exact`, or `fast` for a transform that cannot be told from it.
    #[pyo3(get)]
    color_precision: String,
    /// The largest dE2000 between the fast transform and the exact one, where it was fast.
    #[pyo3(get)]
    color_error: Option<f64>,
    /// The frames of a sequence's movie, such as `1001-1100`; nothing for a single frame.
    #[pyo3(get)]
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_range: Option<String>,
    /// Those of them that are not there, or damaged and taken as that.
    #[pyo3(get)]
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
    /// A sequence's frames per second, a whole number or a fraction: `24000/1001`.
    #[pyo3(get)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fps: Option<String>,
    /// The frame that a sequence's stills show.
    #[pyo3(get)]
    #[serde(skip_serializing_if = "Option::is_none")]
    poster: Option<i64>,
    /// Seconds from opening the source to the last rendition.
    #[pyo3(get)]
    processing_time_seconds: f64,
    /// What became of the row.
    #[pyo3(get)]
    persistence: Persistence,
    /// What was made, in the order it was asked for.
    #[pyo3(get)]
    renditions: Vec<Made>,
    /// What a person should know of it.
    #[pyo3(get)]
    warnings: Vec<String>,
    /// Where the thumbnail can be read; a result that was pickled has lost it.
    #[serde(skip)]
    output: Option<Arc<dyn Storage>>,
}

/// What became of the row.
#[pyclass(frozen, get_all, module = "proxycore")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Persistence {
    /// `success`, or `skipped` where no sink was given.
    status: String,
    /// The source, in the state it was in.
    file_id: String,
    /// What this recipe made of it.
    proxy_id: String,
    /// Whether the row is new.
    inserted: bool,
}

/// A rendition that stands.
#[pyclass(frozen, module = "proxycore")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Made {
    /// `thumb`, `proxy`, `preview`, `sheet` or `sprite`.
    #[pyo3(get)]
    name: String,
    /// Its key.
    #[pyo3(get)]
    key: String,
    /// Its URI.
    #[pyo3(get)]
    uri: String,
    /// Its MIME type, such as `image/jpeg`.
    #[pyo3(get)]
    media_type: String,
    /// Pixels in a row.
    #[pyo3(get)]
    width: u32,
    /// Rows.
    #[pyo3(get)]
    height: u32,
    /// Its size in bytes.
    #[pyo3(get)]
    bytes: u64,
    /// Its colour space, by Color Interop ID.
    #[pyo3(get)]
    colorspace: String,
    /// The SHA-256 of its bytes, in hex.
    #[pyo3(get)]
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<proxycore::proof::Proof>,
}

impl Result {
    /// Wraps what a run gave back.
    ///
    /// # Errors
    /// An outcome that is not the contract's.
    pub fn new(outcome: &Outcome, output: Arc<dyn Storage>) -> std::result::Result<Self, Failure> {
        let read = serde_json::to_value(outcome).and_then(serde_json::from_value);
        let unread = |cause| Error::sink("JSON", "this result has none").with_source(cause);
        Ok(Self { output: Some(output), ..read.map_err(unread)? })
    }

    fn json(&self) -> PyResult<String> {
        serde_json::to_string(self).map_err(|cause| PyValueError::new_err(cause.to_string()))
    }

    fn read(&self, key: &str) -> std::result::Result<Vec<u8>, Failure> {
        let lost = || Error::invalid("result", "was pickled, and has lost its storage").at(key);
        Ok(read(&**self.output.as_ref().ok_or_else(lost)?, key)?)
    }
}

/// Reads a whole object.
///
/// # Errors
/// What the storage meets.
fn read(storage: &dyn Storage, key: &str) -> proxycore::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let unread = |cause| Error::storage("cannot be read").with_source(cause).at(key);
    storage.open(key)?.read_to_end(&mut bytes).map_err(unread)?;
    Ok(bytes)
}

#[pymethods]
impl Result {
    /// The config and its hash, display, view and looks that the colours went through. `None` where an
    /// older version made the outputs.
    #[getter]
    fn color_transform<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        as_dict(py, self.color_transform.as_ref())
    }

    /// The same as a dict that JSON can write: what a serverless handler returns.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &self.json()?)
    }

    /// Reads the thumbnail from where it was written.
    fn read_thumbnail<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        if self.thumbnail_key.is_empty() {
            let what = "has no thumbnail; none was asked for";
            return Err(Failure::from(Error::invalid("result", what)).into());
        }
        let bytes = detached(py, || self.read(&self.thumbnail_key))?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let Ok(thumbnail) = self.read_thumbnail(py) else { return Ok(None) };
        let encoded = py.import("base64")?.call_method1("b64encode", (thumbnail,))?;
        let encoded: String = encoded.call_method1("decode", ("ascii",))?.extract()?;
        let escaped =
            |text: &str| py.import("html")?.call_method1("escape", (text,))?.extract::<String>();
        let (key, space) = (escaped(&self.source_key)?, escaped(&self.colorspace)?);
        Ok(Some(format!(
            "<figure style=\"margin:0\"><img src=\"data:image/jpeg;base64,{encoded}\" alt=\"\">\
             <figcaption>{key}<br>{space}, {}</figcaption></figure>",
            self.colorspace_certainty
        )))
    }

    /// Reads what `to_dict` has written.
    #[staticmethod]
    fn from_dict(told: &Bound<'_, PyDict>) -> PyResult<Self> {
        let json: String = told.py().import("json")?.call_method1("dumps", (told,))?.extract()?;
        serde_json::from_str(&json).map_err(|cause| PyValueError::new_err(cause.to_string()))
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        Ok((slf.get_type().getattr("from_dict")?, (slf.get().to_dict(slf.py())?,)))
    }

    fn __repr__(&self) -> String {
        let made: Vec<_> = self.renditions.iter().map(|made| made.name.as_str()).collect();
        let (key, made) = (&self.source_key, made.join(", "));
        format!("<Result {}: {key} ({}) -> {made}>", self.status, self.colorspace)
    }
}

#[pymethods]
impl Persistence {
    fn __repr__(&self) -> String {
        format!("<Persistence {}: {}>", self.status, self.proxy_id)
    }
}

#[pymethods]
impl Made {
    /// How near to its light it was found, where `prove` asked for that when it was made.
    #[getter]
    fn proof<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        as_dict(py, self.proof.as_ref())
    }

    fn __repr__(&self) -> String {
        format!("<Made {} {}x{}: {}>", self.name, self.width, self.height, self.uri)
    }
}

/// What the core tells as JSON, as a dict.
fn as_dict<'py>(
    py: Python<'py>,
    told: Option<&impl Serialize>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let unwritten = |cause: serde_json::Error| PyValueError::new_err(cause.to_string());
    let json = told.map(serde_json::to_string).transpose().map_err(unwritten)?;
    json.map(|json| from_json(py, &json)).transpose()
}

/// What Python makes of JSON.
///
/// # Errors
/// None for what was written as JSON.
pub fn from_json<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1("loads", (json,))
}
