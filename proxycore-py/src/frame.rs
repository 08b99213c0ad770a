//! One frame at a time, without a pipeline around it: a still, a movie, its pixels, what it is.

use proxycore::encode::Encoded;
use proxycore::rendition::Role;
use proxycore::{Error, Filter, Fit, Pipeline, Rendition, identity};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::argument::side;
use crate::error::Failure;
use crate::options::Options;
use crate::pixels::{Pixels, Raw};
use crate::rendition::Wanted;
use crate::result::from_json;
use crate::source::Origin;
use crate::work::detached;

/// Makes a JPEG of one frame.
#[pyfunction]
#[pyo3(signature = (source, *, width=256, height=None, fit="letterbox", color="srgb", storage=None,
                    **options))]
#[allow(clippy::too_many_arguments, reason = "each is a word of Python's")]
pub fn thumbnail<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = side)] width: u32,
    #[pyo3(from_py_with = side)] height: Option<u32>,
    fit: &str,
    color: &str,
    storage: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let wanted = Wanted { width: Some(width), height, fit: Some(fit), color: Some(color) };
    let frame = Frame::find(source, storage, options)?;
    let file = frame.made(py, wanted.rendition("thumb")?)?;
    Ok(PyBytes::new(py, &file.bytes))
}

/// Makes an H.264 movie in MP4 of one frame, of even size, tagged with its colours.
#[pyfunction]
#[pyo3(signature = (source, *, width=1920, height=1080, fit="inside", color="rec709", storage=None,
                    **options))]
#[allow(clippy::too_many_arguments, reason = "each is a word of Python's")]
pub fn proxy<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = side)] width: u32,
    #[pyo3(from_py_with = side)] height: u32,
    fit: &str,
    color: &str,
    storage: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let (width, height) = (Some(width), Some(height));
    let wanted = Wanted { width, height, fit: Some(fit), color: Some(color) };
    let frame = Frame::find(source, storage, options)?;
    let file = frame.made(py, wanted.rendition("proxy")?)?;
    Ok(PyBytes::new(py, &file.bytes))
}

#[pyfunction]
#[pyo3(signature = (source, *, width=None, height=None, encoded=false, storage=None, **options))]
#[allow(clippy::too_many_arguments, reason = "each is a word of Python's")]
pub fn pixels<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = side)] width: Option<u32>,
    #[pyo3(from_py_with = side)] height: Option<u32>,
    encoded: bool,
    storage: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Pixels> {
    let fit = match (width, height) {
        (None, None) => Fit::full(),
        (width, height) => Fit::inside(width.unwrap_or(u32::MAX), height.unwrap_or(u32::MAX)),
    };
    let frame = Frame::find(source, storage, options)?;
    let rendition = Rendition::new(Role::Preview, fit, Raw);
    if encoded {
        return Ok(Pixels::codes(frame.made(py, rendition)?));
    }
    let Frame { pipeline, key } = frame;
    let light = || {
        let light = pipeline.with_renditions([rendition]).light(&key)?;
        light.resize(fit, Filter::default())?.into_pixels()
    };
    Ok(Pixels::light(detached(py, light).map_err(Failure::from)?))
}

/// Says what a frame is: its parts and channels, the picture that is shown, its colour space and
/// the rule that found it.
#[pyfunction]
#[pyo3(signature = (source, *, storage=None, **options))]
pub fn info<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    storage: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let Frame { pipeline, key } = Frame::find(source, storage, options)?;
    let told = || {
        let unwritten = |cause| Error::sink("JSON", "this frame has none").with_source(cause);
        serde_json::to_string(&pipeline.info(&key)?).map_err(unwritten)
    };
    from_json(py, &detached(py, told).map_err(Failure::from)?)
}

/// Names a file in one state of it: 16 hex digits of key and time, as the inspector of EXR files
/// computes them.
#[pyfunction]
#[pyo3(signature = (key, mtime=""))]
pub fn compute_file_id(key: &str, mtime: &str) -> String {
    identity::file_id(key, mtime)
}

/// Names a file in any state of it: 16 hex digits of its key.
#[pyfunction]
pub fn compute_asset_id(key: &str) -> String {
    identity::asset_id(key)
}

/// A source, and a pipeline that reads it and writes nowhere.
struct Frame {
    pipeline: Pipeline,
    key: String,
}

impl Frame {
    fn find(
        source: &Bound<'_, PyAny>,
        storage: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let options = Options::read(options)?;
        let Origin { storage, key } = Origin::find(source, storage)?;
        let pipeline = detached(source.py(), || options.apply(Pipeline::new(storage)))?;
        Ok(Self { pipeline, key })
    }

    /// Makes one rendition.
    fn made(self, py: Python<'_>, rendition: Rendition) -> Result<Encoded, Failure> {
        let Self { pipeline, key } = self;
        let made = detached(py, || pipeline.with_renditions([rendition]).render(&key))?;
        let none = || Error::invalid("renditions", "nothing was made");
        Ok(made.into_iter().next().ok_or_else(none)?)
    }
}
