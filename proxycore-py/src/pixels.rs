//! Pixels for NumPy, without a copy: `__array_interface__` names the memory, and this object keeps it.

use std::fmt;

use proxycore::encode::{CodeFormat, Codes, Encoded, Encoder, PixelFormat, Plane};
use proxycore::image::ImageSpec;
use proxycore::space::ColorSpace;
use proxycore::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A picture of R, G, B in memory, for whoever follows `__array_interface__`.
#[pyclass(frozen, module = "proxycore")]
#[derive(Debug)]
pub struct Pixels {
    width: u32,
    height: u32,
    samples: Samples,
}

#[derive(Debug)]
enum Samples {
    Light(Memory<f32>),
    Codes(Memory<u8>),
}

/// Memory that only Python touches from now on: the address is taken while it can still be written,
/// and nothing here reads it again.
struct Memory<T> {
    address: usize,
    kept: Vec<T>,
}

impl<T> fmt::Debug for Memory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("samples", &self.kept.len()).finish_non_exhaustive()
    }
}

impl<T> Memory<T> {
    fn new(mut kept: Vec<T>) -> Self {
        Self { address: kept.as_mut_ptr() as usize, kept }
    }
}

impl Pixels {
    /// Light: floats, 0 to 1.
    pub fn light(pixels: proxycore::image::Pixels) -> Self {
        let proxycore::image::Pixels { width, height, samples } = pixels;
        Self { width, height, samples: Samples::Light(Memory::new(samples)) }
    }

    /// Code values, as [`Raw`] makes them.
    pub fn codes(encoded: Encoded) -> Self {
        let Encoded { width, height, bytes, .. } = encoded;
        Self { width, height, samples: Samples::Codes(Memory::new(bytes)) }
    }
}

#[pymethods]
impl Pixels {
    /// Rows, columns, and 3.
    #[getter]
    fn shape(&self) -> (u32, u32, u32) {
        (self.height, self.width, 3)
    }

    /// Where the memory lies, version 3 of NumPy's array interface.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let floats = if cfg!(target_endian = "big") { ">f4" } else { "<f4" };
        let (kind, address) = match &self.samples {
            Samples::Light(memory) => (floats, memory.address),
            Samples::Codes(memory) => ("|u1", memory.address),
        };
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", self.shape())?;
        interface.set_item("typestr", kind)?;
        interface.set_item("data", (address, false))?;
        Ok(interface)
    }

    fn __repr__(&self) -> String {
        format!("<Pixels {}x{}>", self.width, self.height)
    }
}

/// An encoder that gives sRGB codes as they are.
#[derive(Debug, Clone, Copy)]
pub struct Raw;

impl Encoder for Raw {
    fn codes(&self) -> CodeFormat {
        CodeFormat { pixel: PixelFormat::Rgb8, space: ColorSpace::SRGB_REC709_DISPLAY }
    }

    fn media_type(&self) -> &'static str {
        "application/octet-stream"
    }

    fn extension(&self) -> &'static str {
        "rgb"
    }

    fn recipe(&self) -> String {
        "rgb8".to_owned()
    }

    fn encode(&self, codes: &Codes, _: &ImageSpec) -> Result<Encoded> {
        let [Plane::U8(rgb)] = &codes.planes[..] else {
            return Err(Error::encode("raw", "these codes are not R, G, B of 8 bits"));
        };
        Ok(Encoded::new(self, codes, rgb.clone()))
    }
}
