//! Resizing, in display-linear light.
//!
//! A [`Fit`] says what size a rendition has and how the picture sits in it; a [`Resampler`] takes
//! bands from the top and gives the rows that are complete. Only the rows that the filter still
//! reaches are kept, so memory grows with the width. The vertical filter runs first: it halves the
//! work of the horizontal one.
//!
//! Pictures are never enlarged, and pixels come out square: a pixel aspect ratio other than 1
//! shrinks the axis that has too many pixels.

mod fit;
mod resampler;

pub use self::fit::{Fit, Placement};
pub use self::resampler::Resampler;
use crate::error::Result;
use crate::image::{Band, DisplayLinear, Image, Job, Stream};

/// The filter that pixels are weighed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Filter {
    /// The mean of the pixels that an output pixel covers.
    Box,
    /// A triangle, twice as wide.
    Triangle,
    /// Mitchell and Netravali's cubic, B = C = 1/3.
    Mitchell,
    /// Catmull and Rom's cubic.
    CatmullRom,
    /// A sinc windowed to three lobes: the default.
    #[default]
    Lanczos3,
}

impl Filter {
    /// How far it reaches to each side, in output pixels.
    fn support(self) -> f64 {
        match self {
            Self::Box => 0.5,
            Self::Triangle => 1.0,
            Self::Mitchell | Self::CatmullRom => 2.0,
            Self::Lanczos3 => 3.0,
        }
    }

    /// Its name, as OpenImageIO has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Box => "box",
            Self::Triangle => "triangle",
            Self::Mitchell => "mitchell",
            Self::CatmullRom => "catmull-rom",
            Self::Lanczos3 => "lanczos3",
        }
    }
}

impl Image<DisplayLinear> {
    /// Resizes the picture.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a size of 0.
    pub fn resize(self, fit: Fit, filter: Filter) -> Result<Self> {
        let placement = fit.place(self.spec())?;
        let spec = placement.describe(self.spec());
        let resampler = Resampler::new(self.spec().extent(), placement, filter);
        Ok(self.then(spec, |stream| Resized { stream, resampler }))
    }
}

/// A stream with a resampler behind it.
struct Resized {
    stream: Box<dyn Stream<Band>>,
    resampler: Resampler,
}

impl Stream<Band> for Resized {
    fn rows_at_once(&self) -> u32 {
        self.stream.rows_at_once()
    }

    fn next(&mut self) -> Result<Option<Job<Band>>> {
        while let Some(bands) = crate::image::next_batch(&mut *self.stream)? {
            let mut ready = Vec::new();
            for band in &bands {
                ready.extend(self.resampler.push(band)?);
            }
            if let Some(joined) = Band::join(ready) {
                return Ok(Some(Box::new(move || Ok(joined))));
            }
        }
        Ok(None)
    }
}
