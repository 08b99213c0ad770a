//! The picture between two stages: what it is ([`ImageSpec`]) and its rows, not all at once.
//!
//! An [`Image`] is a description and a stream of bands, each a job that is run on whichever thread
//! is free when a later stage asks for it. Nothing is decoded before somebody consumes the image,
//! and the whole frame never stands in memory as floats.
//!
//! The state in the type says which light the bands hold, and so which stage may come next:
//! [`Native`] is what the file stores, [`DisplayLinear`] is what renditions are made from, and
//! [`DisplayGamuts`] what they are made from where some are for wider displays.

mod band;
mod half;
mod lights;
mod pool;
mod rate;
mod spec;

pub(crate) use band::{BAND_ROWS, jobs_at_once, next_batch};
pub use band::{Band, Job, NativeBand, Pixels, SampleType, Samples, Stream, Tally};
pub use lights::Lights;
pub(crate) use pool::Pool;
pub(crate) use spec::SQUARE;
pub use spec::{
    Attribute, ChannelInfo, Extent, FileInfo, ImageSpec, PartInfo, Rational, Timecode, Window,
};

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::space::Gamut;

mod sealed {
    use super::{Band, Lights, NativeBand, Pixels, Pool};

    pub trait Sealed {
        type Consumed;
        /// Puts a band where it belongs in the whole picture.
        fn place(band: &Self::Consumed, pixels: &mut Pixels);
        /// Keeps the memory of a consumed band, where it is of use.
        fn reuse(band: Self::Consumed, pool: &Pool);
    }

    impl Sealed for super::Native {
        type Consumed = NativeBand;
        fn place(band: &NativeBand, pixels: &mut Pixels) {
            pixels.place(&band.to_light());
        }
        fn reuse(_: NativeBand, _: &Pool) {}
    }

    impl Sealed for super::DisplayLinear {
        type Consumed = Band;
        fn place(band: &Band, pixels: &mut Pixels) {
            pixels.place(band);
        }
        fn reuse(band: Band, pool: &Pool) {
            pool.give(band);
        }
    }

    impl Sealed for super::DisplayGamuts {
        type Consumed = Lights;
        fn place(lights: &Lights, pixels: &mut Pixels) {
            if let Some(band) = lights.first() {
                pixels.place(band);
            }
        }
        fn reuse(lights: Lights, pool: &Pool) {
            lights.into_bands().for_each(|band| pool.give(band));
        }
    }
}

/// The light that an [`Image`] holds.
pub trait State: sealed::Sealed<Consumed = Self::Band> + Send + 'static {
    /// What its bands are.
    type Band: Send + 'static;
}

/// Code values or scene light, as the file stores them.
#[derive(Debug, Clone, Copy)]
pub enum Native {}

/// Linear light with Rec.709 primaries after any view, 0..=1, display peak = 1.
#[derive(Debug, Clone, Copy)]
pub enum DisplayLinear {}

/// Linear light of each gamut that is asked for, after any view, 0..=1, display peak = 1.
#[derive(Debug, Clone, Copy)]
pub enum DisplayGamuts {}

/// Light that a display can show: what renditions are made from.
pub trait Displayed: State {
    /// The rows in a display's gamut.
    ///
    /// # Errors
    /// [`ErrorKind::Color`] where the light is none of that gamut: it was clipped to another one.
    fn light(band: &Self::Band, gamut: Gamut) -> Result<&Band>;
}

impl Displayed for DisplayLinear {
    fn light(band: &Band, gamut: Gamut) -> Result<&Band> {
        if gamut == Gamut::Rec709 { Ok(band) } else { Err(clipped(gamut)) }
    }
}

impl Displayed for DisplayGamuts {
    fn light(lights: &Lights, gamut: Gamut) -> Result<&Band> {
        lights.of(gamut).ok_or_else(|| clipped(gamut))
    }
}

fn clipped(gamut: Gamut) -> Error {
    let what = format!(
        "a rendition needs light of the gamut {gamut}, and the picture was not transformed for it"
    );
    Error::new(ErrorKind::Color { what })
}

impl State for Native {
    type Band = NativeBand;
}

impl State for DisplayLinear {
    type Band = Band;
}

impl State for DisplayGamuts {
    type Band = Lights;
}

/// A picture in state `S`: its description, and its rows from the top, made on demand.
pub struct Image<S: State> {
    spec: Arc<ImageSpec>,
    stream: Box<dyn Stream<S::Band>>,
    tally: Arc<Tally>,
    pool: Arc<Pool>,
}

impl<S: State> Image<S> {
    /// Describes a picture whose rows come from `stream`.
    #[must_use]
    pub fn new(spec: ImageSpec, stream: impl Stream<S::Band> + 'static) -> Self {
        Self::with_tally(spec, Arc::default(), stream)
    }

    /// The same, with a tally that the stream counts in too.
    #[must_use]
    pub fn with_tally(
        spec: ImageSpec,
        tally: Arc<Tally>,
        stream: impl Stream<S::Band> + 'static,
    ) -> Self {
        Self { spec: Arc::new(spec), stream: Box::new(stream), tally, pool: Arc::default() }
    }

    /// What the picture is.
    #[must_use]
    pub fn spec(&self) -> &Arc<ImageSpec> {
        &self.spec
    }

    /// What was mended on the way; complete once the image has been consumed.
    #[must_use]
    pub fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// Rows that the stages up to here hold at a time, [`Stream::rows_at_once`].
    #[must_use]
    pub fn rows_at_once(&self) -> u32 {
        self.stream.rows_at_once().min(self.spec.height)
    }

    /// Consumes the image into whole-frame pixels. Native samples are widened to floats and
    /// otherwise unmanaged, NaN and all.
    ///
    /// # Errors
    /// Whatever the stages before it meet.
    pub fn into_pixels(self) -> Result<Pixels> {
        let mut pixels = Pixels::new(self.spec.width, self.spec.height);
        self.consume(|band| {
            S::place(band, &mut pixels);
            Ok(())
        })?;
        Ok(pixels)
    }

    /// Adds what a person should know of the picture.
    #[must_use]
    pub fn with_warning(mut self, warning: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.spec).warnings.push(warning.into());
        self
    }

    /// Where a later stage finds memory for its bands.
    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Puts a stage behind this one: a new description, and a stream made from this one's.
    pub(crate) fn then<T: State, N: Stream<T::Band> + 'static>(
        self,
        spec: ImageSpec,
        stage: impl FnOnce(Box<dyn Stream<S::Band>>) -> N,
    ) -> Image<T> {
        let stream = Box::new(stage(self.stream));
        Image { spec: Arc::new(spec), stream, tally: self.tally, pool: self.pool }
    }

    /// Consumes the image: bands are made on all cores and handed to `each` in order, from the top.
    ///
    /// # Errors
    /// The first error of a band or of `each`; nothing further is read then.
    pub fn consume(self, mut each: impl FnMut(&S::Band) -> Result<()>) -> Result<()> {
        self.consume_batches(|bands| bands.iter().try_for_each(&mut each))
    }

    /// The same, with as many bands at a time as are made at a time.
    pub(crate) fn consume_batches(
        mut self,
        mut each: impl FnMut(&[S::Band]) -> Result<()>,
    ) -> Result<()> {
        while let Some(bands) = next_batch(&mut *self.stream)? {
            each(&bands)?;
            bands.into_iter().for_each(|band| S::reuse(band, &self.pool));
        }
        Ok(())
    }
}

impl<S: State> fmt::Debug for Image<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image").field("spec", &self.spec).finish_non_exhaustive()
    }
}
