//! The whole flow: from a key to objects, rows and events.

use std::path::PathBuf;
use std::sync::Arc;

use proxycore::Error;
use proxycore::key::KeyTemplate;
use proxycore::storage::{ObjectOptions, Storage, Stores};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::argument::Key;
use crate::error::Failure;
use crate::options::Options;
use crate::rendition::renditions_of;
use crate::result::{Result, from_json};
use crate::sequence::{Asked, Found, Listener};
use crate::sinks::{events_of, metadata_of};
use crate::storage::storage_of;
use crate::work::{Home, detached, is_remote};

/// The half of `proxycore.Pipeline` that is written in Rust.
#[pyclass(frozen, subclass, module = "proxycore._proxycore")]
#[derive(Debug)]
pub struct Pipeline {
    pipeline: proxycore::Pipeline,
    source: Arc<dyn Storage>,
    output: Arc<dyn Storage>,
    home: Home,
}

#[pymethods]
impl Pipeline {
    #[new]
    #[pyo3(signature = (storage, *, output=None, template=None, renditions=None, metadata=None,
                        events=None, force=false, prove=false, data_note=false, **options))]
    #[allow(clippy::too_many_arguments, reason = "each is a word of Python's")]
    fn new(
        storage: &Bound<'_, PyAny>,
        output: Option<&Bound<'_, PyAny>>,
        template: Option<&str>,
        renditions: Option<&Bound<'_, PyAny>>,
        metadata: Option<&Bound<'_, PyAny>>,
        events: Option<&Bound<'_, PyAny>>,
        force: bool,
        prove: bool,
        data_note: bool,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let options = Options::read(options)?;
        let source = storage_of(storage)?;
        let (output, usual) = output_of(output, &source)?;
        let template = template.map(str::parse).transpose().map_err(Failure::from)?;
        let mut pipeline = proxycore::Pipeline::new(Arc::clone(&source))
            .with_output(Arc::clone(&output), template.unwrap_or(usual))
            .with_force(force)
            .with_proof(prove)
            .with_data_note(data_note);
        if let Some(renditions) = renditions {
            pipeline = pipeline.with_renditions(renditions_of(renditions)?);
        }
        let mut pipeline = detached(storage.py(), || options.apply(pipeline))?;
        for sink in metadata_of(metadata)? {
            pipeline = pipeline.with_metadata(sink);
        }
        for sink in events_of(events)? {
            pipeline = pipeline.with_events(sink);
        }
        let has_sinks = metadata.is_some() || events.is_some();
        let home = Home::here(has_sinks || is_remote(&*source) || is_remote(&*output));
        Ok(Self { pipeline, source, output, home })
    }

    /// Makes the renditions of the source at `key`, keeps its row and publishes its event.
    #[pyo3(signature = (key, force=false))]
    fn run(&self, py: Python<'_>, key: Key, force: bool) -> std::result::Result<Result, Failure> {
        let (pipeline, key) = (self.pipeline()?, key.text());
        let outcome = detached(py, || match force {
            true => pipeline.clone().with_force(true).run(&key),
            false => pipeline.run(&key),
        })?;
        Result::new(&outcome, Arc::clone(&self.output))
    }

    /// Says what `run` would read and write, and does neither. Only headers are read, and the pixels of
    /// a picture that is of numbers, such as depth.
    fn plan<'py>(&self, py: Python<'py>, key: Key) -> PyResult<Bound<'py, PyAny>> {
        let (pipeline, key) = (self.pipeline()?, key.text());
        told(py, || pipeline.plan(&key))
    }

    /// Makes the movie and the stills of a sequence, keeps its row and publishes its event.
    #[pyo3(signature = (pattern, *, force=false, on_frame=None, **assembly))]
    fn run_sequence(
        &self,
        py: Python<'_>,
        pattern: Key,
        force: bool,
        on_frame: Option<Py<PyAny>>,
        assembly: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Result> {
        let (pipeline, pattern) = (self.pipeline()?.clone(), pattern.text());
        let asked = Asked::read(assembly)?;
        let listener = on_frame.map(Listener::new);
        let outcome = detached(py, || {
            let (sequence, assembly) = asked.find(&*self.source, &pattern)?;
            let assembly = match &listener {
                Some(listener) => assembly.with_progress(listener.clone()),
                None => assembly,
            };
            let pipeline = if force { pipeline.with_force(true) } else { pipeline };
            pipeline.run_sequence(&sequence, &assembly)
        });
        listener.map_or(Ok(()), |listener| listener.raised(py))?;
        Ok(Result::new(&outcome.map_err(Failure::from)?, Arc::clone(&self.output))?)
    }

    /// Says what `run_sequence` would read and write, and does neither. What is read is as in `plan`.
    #[pyo3(signature = (pattern, **assembly))]
    fn plan_sequence<'py>(
        &self,
        py: Python<'py>,
        pattern: Key,
        assembly: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (pipeline, pattern) = (self.pipeline()?, pattern.text());
        let asked = Asked::read(assembly)?;
        told(py, || {
            let (sequence, assembly) = asked.find(&*self.source, &pattern)?;
            pipeline.plan_sequence(&sequence, &assembly)
        })
    }

    /// Finds the sequences below a folder, and the frames by themselves.
    #[pyo3(signature = (folder=""))]
    fn find(&self, py: Python<'_>, folder: &str) -> std::result::Result<Vec<Found>, Failure> {
        self.pipeline()?;
        Ok(detached(py, || Found::below(&*self.source, folder))?)
    }
}

impl Pipeline {
    /// The library's pipeline.
    ///
    /// # Errors
    /// As [`Home::check`].
    fn pipeline(&self) -> std::result::Result<&proxycore::Pipeline, Failure> {
        self.home.check("pipeline").map(|()| &self.pipeline)
    }
}

/// A plan as Python has it.
fn told<'py>(
    py: Python<'py>,
    plan: impl FnOnce() -> proxycore::Result<proxycore::Plan> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let plan = || {
        let unwritten = |cause| Error::sink("JSON", "this plan has none").with_source(cause);
        serde_json::to_string(&plan()?).map_err(unwritten)
    };
    from_json(py, &detached(py, plan).map_err(Failure::from)?)
}

/// The storage for outputs, and how they are called in it: beside their sources, but flat in a place
/// of their own.
fn output_of(
    given: Option<&Bound<'_, PyAny>>,
    source: &Arc<dyn Storage>,
) -> PyResult<(Arc<dyn Storage>, KeyTemplate)> {
    let Some(given) = given else { return Ok((Arc::clone(source), KeyTemplate::default())) };
    if let Ok(place) = given.extract::<PathBuf>() {
        let stores = Stores::new(ObjectOptions::default());
        return Ok(stores.output(&place).map_err(Failure::from)?);
    }
    Ok((storage_of(given)?, KeyTemplate::flat()))
}
