//! What of a frame is shown, and in which colours: the keyword arguments that all calls share.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proxycore::color::Look;
use proxycore::decode::Selection;
use proxycore::space::ColorSpace;
use proxycore::{DecodeOptions, Error};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::argument::number;
use crate::error::Failure;

/// The options, as they were given.
#[derive(Default)]
pub struct Options {
    look: Look,
    selection: Selection,
    partial: bool,
    input_space: Option<String>,
}

impl Options {
    /// Reads the keyword arguments.
    ///
    /// # Errors
    /// `TypeError` for a name that there is not, or a value of another type; `invalid` for one that
    /// means nothing.
    pub fn read(given: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut options = Self::default();
        for (name, value) in given.into_iter().flatten() {
            options.set(&name.extract::<String>()?, &value)?;
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (look, selection) = (&mut self.look, &mut self.selection);
        match name {
            "ocio" => look.ocio = config(value)?,
            "input_space" => self.input_space = value.extract()?,
            "display" => look.display = value.extract()?,
            "display_view" => look.view = value.extract()?,
            "display_space" => look.display_space = value.extract()?,
            "look" => look.look = value.extract()?,
            "exposure" => look.exposure = value.extract()?,
            "color_precision" => look.exact = is_exact(value)?,
            "context" => look.context = context(value)?,
            "part" => selection.part = part(value)?,
            "layer" => selection.layer = value.extract()?,
            "view" => selection.view = value.extract()?,
            "level" => selection.level = number("level", value)?,
            "partial" => self.partial = value.extract()?,
            _ => {
                let what = format!("there is no keyword argument '{name}'");
                return Err(PyTypeError::new_err(what));
            }
        }
        Ok(())
    }

    /// Has a pipeline follow them.
    ///
    /// # Errors
    /// A config that is not there or lacks what is chosen in it.
    pub fn apply(self, pipeline: proxycore::Pipeline) -> Result<proxycore::Pipeline, Failure> {
        let decode = DecodeOptions::default().with_selection(self.selection);
        let pipeline =
            pipeline.with_decode(decode.with_partial(self.partial)).with_color(self.look.config()?);
        Ok(match self.input_space {
            Some(space) => pipeline.with_input_space(ColorSpace::new(space)),
            None => pipeline,
        })
    }
}

/// A config's name, or the path of its file.
fn config(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let path: Option<PathBuf> = value.extract()?;
    let text = path.map(|path| path.into_os_string().into_string());
    let refused = |_| Failure::from(Error::invalid("ocio", "is a path that is no UTF-8")).into();
    text.transpose().map_err(refused)
}

/// A part, by its name or its number.
fn part(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    match value.extract::<Option<usize>>() {
        Ok(number) => Ok(number.map(|number| number.to_string())),
        Err(_) => value.extract(),
    }
}

fn context(value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let pairs: Option<BTreeMap<String, String>> = value.extract()?;
    Ok(pairs.into_iter().flatten().collect())
}

fn is_exact(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match &*value.extract::<String>()? {
        "exact" => Ok(true),
        "fast" => Ok(false),
        other => {
            let what = format!("is fast or exact, not {other}");
            Err(Failure::from(Error::invalid("color_precision", what)).into())
        }
    }
}
