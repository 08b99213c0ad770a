//! Resizing, in display-linear light.
//!
//! A [`Fit`] says what size a rendition has and how the picture sits in it; a [`Resampler`] takes
//! bands from the top and gives the rows that are complete. Of those that are not it keeps the sums so
//! far, so memory grows with the width. The vertical filter runs first: it halves the work of the
//! horizontal one.
//!
//! Pictures are never enlarged, and pixels come out square: a pixel aspect ratio other than 1
//! shrinks the axis that has too many pixels.

mod filter;
mod fit;
mod resampler;
mod sums;
mod weights;

pub use self::filter::Filter;
pub use self::fit::{Fit, Placement};
pub use self::resampler::Resampler;
use crate::error::Result;
use crate::image::{Band, DisplayLinear, Image, Job, Stream};

impl Image<DisplayLinear> {
    /// Resizes the picture.
    ///
    /// # Errors
    /// As [`Fit::place`].
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
            let bands: Vec<&Band> = bands.iter().collect();
            if let Some(made) = self.resampler.push(&bands)? {
                return Ok(Some(Box::new(move || Ok(made))));
            }
        }
        Ok(None)
    }
}
