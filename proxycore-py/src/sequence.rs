//! Sequences as Python names them: a pattern, and how its frames become a movie.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use proxycore::overlay::{BurnIn, BurnItem, Typeface};
use proxycore::sequence::{self, Assembly, FrameSet, Pattern, Progress, Sequence, Sequences};
use proxycore::storage::Storage;
use proxycore::{Error, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::argument::number;
use crate::error::Failure;

/// What was asked for, but for the sequence itself.
pub struct Asked {
    assembly: Assembly,
    burnt: Burnt,
    is_ranged: bool,
}

/// What is written into the frames.
#[derive(Default)]
struct Burnt {
    items: Vec<BurnItem>,
    text: Option<String>,
    slate: bool,
}

impl Burnt {
    fn burn_in(self) -> BurnIn {
        let burn = BurnIn::new(self.items);
        let burn = self.text.into_iter().fold(burn, BurnIn::with_text);
        if self.slate { burn.with_slate() } else { burn }
    }
}

impl Asked {
    /// Reads the keyword arguments.
    ///
    /// # Errors
    /// `TypeError` for a name that there is not, or a value of another type; `invalid` for one that
    /// means nothing.
    pub fn read(given: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let (assembly, burnt) = (Assembly::new(), Burnt::default());
        let mut asked = Self { assembly, burnt, is_ranged: false };
        for (name, value) in given.into_iter().flatten() {
            let name: String = name.extract()?;
            if value.is_none() {
                check(&name)?;
            } else {
                asked.set(&name, &value)?;
            }
        }
        let burn = std::mem::take(&mut asked.burnt).burn_in();
        asked.assembly = asked.assembly.with_burn_in(burn);
        Ok(asked)
    }

    fn set(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let assembly = self.assembly.clone();
        let text = || value.str()?.extract::<String>();
        self.assembly = match name {
            "fps" => assembly.with_fps(text()?.parse().map_err(Failure::from)?),
            "range" => assembly.with_range(frames(value)?),
            "step" => assembly.with_step(number::<NonZeroUsize>("step", value)?),
            "missing" => assembly.with_missing(text()?.parse().map_err(Failure::from)?),
            "poster" => assembly.with_poster(text()?.parse().map_err(Failure::from)?),
            "segments" => assembly.with_segments(value.extract()?),
            "burn_in" => {
                self.burnt.items = items(value)?;
                assembly
            }
            "burn_in_text" => {
                self.burnt.text = Some(value.extract()?);
                assembly
            }
            "font" => assembly.with_typeface(typeface(value)?),
            "slate" => {
                self.burnt.slate = value.extract()?;
                assembly
            }
            _ => return check(name),
        };
        self.is_ranged |= name == "range";
        Ok(())
    }

    /// Finds the frames of a pattern. A range in it counts where none was given beside it.
    ///
    /// # Errors
    /// `invalid` for a key that is no pattern, and as [`Sequence::find`].
    pub fn find(self, storage: &dyn Storage, pattern: &str) -> Result<(Sequence, Assembly)> {
        let parsed = Pattern::parse(pattern)?;
        let none = || Error::invalid("pattern", "has no frame number, such as `%04d`").at(pattern);
        let (pattern, wanted) = parsed.ok_or_else(none)?;
        let assembly = match wanted.filter(|_| !self.is_ranged) {
            Some(wanted) => self.assembly.with_range(wanted),
            None => self.assembly,
        };
        Ok((Sequence::find(storage, &pattern, None)?, assembly))
    }
}

const NAMES: [&str; 10] = [
    "fps",
    "range",
    "step",
    "missing",
    "poster",
    "segments",
    "burn_in",
    "burn_in_text",
    "slate",
    "font",
];

fn check(name: &str) -> PyResult<()> {
    if NAMES.contains(&name) {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!("there is no keyword argument '{name}'")))
}

/// A font's file, or several.
fn typeface(value: &Bound<'_, PyAny>) -> PyResult<Typeface> {
    let files = match value.extract::<PathBuf>() {
        Ok(file) => vec![file],
        Err(_) => value.extract::<Vec<PathBuf>>()?,
    };
    Ok(Typeface::open(files).map_err(Failure::from)?)
}

/// Frames as text has them, or as numbers.
fn frames(value: &Bound<'_, PyAny>) -> PyResult<FrameSet> {
    if let Ok(text) = value.extract::<String>() {
        return Ok(text.parse().map_err(Failure::from)?);
    }
    let most = FrameSet::LIMIT as usize + 1;
    let numbers = value.try_iter()?.take(most).map(|frame| number("range", &frame?));
    let frames = numbers.collect::<PyResult<Vec<i64>>>()?;
    if frames.len() == most {
        return Err(
            Failure::from(Error::invalid("range", "is of more than a million frames")).into()
        );
    }
    Ok(frames.into_iter().collect())
}

/// What is burnt in: one name, or several.
fn items(value: &Bound<'_, PyAny>) -> PyResult<Vec<BurnItem>> {
    let names = match value.extract::<String>() {
        Ok(name) => vec![name],
        Err(_) => value.try_iter()?.map(|name| name?.extract()).collect::<PyResult<Vec<_>>>()?,
    };
    Ok(names.iter().map(|name| name.parse()).collect::<Result<_>>().map_err(Failure::from)?)
}

/// Calls a Python function for each frame, until it raises.
#[derive(Debug)]
pub struct Listener {
    function: Py<PyAny>,
    raised: Mutex<Option<PyErr>>,
}

impl Listener {
    pub fn new(function: Py<PyAny>) -> Arc<Self> {
        Arc::new(Self { function, raised: Mutex::default() })
    }

    /// Raises what the function raised.
    ///
    /// # Errors
    /// That.
    pub fn raised(&self, py: Python<'_>) -> PyResult<()> {
        let raised = py.detach(|| self.kept().take());
        raised.map_or(Ok(()), Err)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<PyErr>> {
        self.raised.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Listener {
    fn frame(&self) {
        if self.kept().is_some() {
            return;
        }
        // the lock is not held while Python runs: another thread may wait for it with the GIL
        if let Err(raised) = Python::attach(|py| self.function.call0(py)) {
            *self.kept() = Some(raised);
        }
    }
}

/// A sequence, or a frame by itself.
#[pyclass(frozen, module = "proxycore")]
#[derive(Debug)]
pub struct Found(sequence::Found);

impl Found {
    /// Finds what is below a folder.
    ///
    /// # Errors
    /// As [`Sequences::below`].
    pub fn below(storage: &dyn Storage, folder: &str) -> Result<Vec<Self>> {
        Ok(Sequences::below(storage, folder)?.into_iter().map(Self).collect())
    }

    fn sequence(&self) -> Option<&Sequence> {
        match &self.0 {
            sequence::Found::Sequence(sequence) => Some(sequence),
            sequence::Found::Single(..) => None,
        }
    }
}

#[pymethods]
impl Found {
    /// The key of the frame, or the pattern of the sequence, `a/shot.%04d.exr`.
    #[getter]
    fn key(&self) -> String {
        self.0.key()
    }

    /// Whether it is a sequence.
    #[getter]
    fn is_sequence(&self) -> bool {
        self.sequence().is_some()
    }

    /// The frames of a sequence, such as `1001-1100`; empty for a frame by itself.
    #[getter]
    fn frames(&self) -> String {
        self.sequence().map(|sequence| sequence.frames().to_string()).unwrap_or_default()
    }

    /// The frames that are missing between its first and its last.
    #[getter]
    fn missing(&self) -> String {
        self.sequence().map(|sequence| sequence.frames().gaps().to_string()).unwrap_or_default()
    }

    /// How many frames there are.
    #[getter]
    fn count(&self) -> u64 {
        self.sequence().map_or(1, |sequence| sequence.frames().len())
    }

    /// Bytes of all frames together.
    #[getter]
    fn size_bytes(&self) -> u64 {
        match &self.0 {
            sequence::Found::Sequence(sequence) => sequence.size(),
            sequence::Found::Single(_, meta) => meta.size,
        }
    }

    fn __repr__(&self) -> String {
        match self.sequence() {
            Some(sequence) => format!("<Found {} {}>", sequence.key(), sequence.frames()),
            None => format!("<Found {}>", self.0.key()),
        }
    }
}
