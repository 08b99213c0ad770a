//! What is made of a source, as Python says it: by name, or by name and how.

use proxycore::encode::{StillColor, VideoColor};
use proxycore::{Error, Fit};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::argument::side;
use crate::error::Failure;

/// One thing to make of a source, where its name alone does not say it.
#[pyclass(frozen, module = "proxycore")]
#[derive(Debug)]
pub struct Rendition {
    name: String,
    rendition: proxycore::Rendition,
}

#[pymethods]
impl Rendition {
    #[new]
    #[pyo3(signature = (name, *, width=None, height=None, fit=None, color=None))]
    fn new(
        name: String,
        #[pyo3(from_py_with = side)] width: Option<u32>,
        #[pyo3(from_py_with = side)] height: Option<u32>,
        fit: Option<&str>,
        color: Option<&str>,
    ) -> Result<Self, Failure> {
        let rendition = Wanted { width, height, fit, color }.rendition(&name)?;
        Ok(Self { name, rendition })
    }

    /// `thumb`, `proxy`, `preview`, `sheet` or `sprite`.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    fn __repr__(&self) -> String {
        format!("<Rendition {}>", self.rendition.recipe())
    }
}

/// What is said of a rendition; the rest is as the library has it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub fit: Option<&'a str>,
    pub color: Option<&'a str>,
}

impl Wanted<'_> {
    /// Makes the rendition of that name.
    ///
    /// # Errors
    /// A name, a fit or a colour that there is not.
    pub fn rendition(&self, name: &str) -> Result<proxycore::Rendition, Failure> {
        use proxycore::Rendition as Kind;
        let (rendition, usual) = match name {
            "thumb" => (Kind::thumbnail_for(self.still()?), Some(("letterbox", 256, 256))),
            "proxy" => (Kind::proxy_for(self.video()?), Some(("inside", 1920, 1080))),
            "preview" => (Kind::preview_for(self.still()?), None),
            "sheet" => (Kind::sheet_for(self.still()?), Some(("inside", 320, 320))),
            "sprite" => (Kind::sprite_for(self.still()?), Some(("inside", 160, 160))),
            _ => {
                let known = "thumb, proxy, preview, sheet and sprite";
                return Err(unknown("renditions", name, known));
            }
        };
        match self.fit(usual)? {
            Some(fit) => Ok(rendition.with_fit(fit)),
            None => Ok(rendition),
        }
    }

    /// The fit, where something is said of it. One side alone is that of a square for a thumbnail, and
    /// where there may be bars; else it bounds nothing but itself.
    fn fit(&self, usual: Option<(&'static str, u32, u32)>) -> Result<Option<Fit>, Failure> {
        if self.width.is_none() && self.height.is_none() && self.fit.is_none() {
            return Ok(None);
        }
        let usual_fit = usual.map_or("inside", |(fit, ..)| fit);
        let fit = self.fit.unwrap_or(usual_fit);
        let make = match fit {
            "letterbox" => Fit::letterbox,
            "inside" => Fit::inside,
            "crop" => Fit::crop,
            other => return Err(unknown("fit", other, "letterbox, inside and crop")),
        };
        let is_square = fit != "inside" || usual_fit != "inside";
        let (width, height) = match (self.width, self.height, usual) {
            (None, None, Some((_, width, height))) => (width, height),
            (None, None, None) if is_square => {
                let what = format!("`{fit}` needs a width and a height");
                return Err(Error::invalid("fit", what).into());
            }
            (Some(width), Some(height), _) => (width, height),
            (Some(side), None, _) | (None, Some(side), _) if is_square => (side, side),
            (width, height, _) => (width.unwrap_or(u32::MAX), height.unwrap_or(u32::MAX)),
        };
        Ok(Some(make(width, height)))
    }

    fn still(&self) -> Result<StillColor, Failure> {
        match self.color {
            None | Some("srgb") => Ok(StillColor::Srgb),
            Some("display-p3") => Ok(StillColor::DisplayP3),
            Some(other) => Err(unknown("color", other, "srgb and display-p3 for stills")),
        }
    }

    fn video(&self) -> Result<VideoColor, Failure> {
        match self.color {
            None | Some("rec709") => Ok(VideoColor::Rec709),
            Some("srgb") => Ok(VideoColor::Srgb),
            Some(hdr) if VideoColor::ALL.iter().any(|known| known.name() == hdr) => {
                Err(too_deep(hdr))
            }
            Some(other) => Err(unknown("color", other, "rec709 and srgb for movies")),
        }
    }
}

fn unknown(option: &'static str, name: &str, known: &str) -> Failure {
    Error::invalid(option, format!("no `{name}`; there is {known}")).into()
}

/// The wheel's encoder of movies has 8 bits.
fn too_deep(color: &str) -> Failure {
    let what = format!(
        "`{color}` needs codes of 10 bits, and movies from Python have 8; the command line makes \
         them: proxycore make --video-color {color} --encoder ffmpeg:hevc"
    );
    Error::invalid("color", what).into()
}

/// Takes names and renditions.
///
/// # Errors
/// `TypeError` for anything else, and as [`Wanted::rendition`].
pub fn renditions_of(given: &Bound<'_, PyAny>) -> PyResult<Vec<proxycore::Rendition>> {
    if given.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("renditions is a list, such as ['thumb', 'proxy']"));
    }
    given.try_iter()?.map(|each| rendition_of(&each?)).collect()
}

fn rendition_of(given: &Bound<'_, PyAny>) -> PyResult<proxycore::Rendition> {
    if let Ok(rendition) = given.cast::<Rendition>() {
        return Ok(rendition.get().rendition.clone());
    }
    Ok(Wanted::default().rendition(&given.extract::<String>()?)?)
}
