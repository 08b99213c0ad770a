//! Colour: which space a picture is in, and the way from there to display-linear light.
//!
//! [`detect`] reads the space off the file, and says which rule gave it and how sure it is. A
//! [`ColorConfig`] makes a [`Processor`] for that space; [`Image::transform`] puts it behind the
//! decoder. The result is linear light with Rec.709 primaries, 0..=1, display peak = 1, or that of each
//! gamut that is asked for ([`Image::transform_for`]), clipped to that one; the display's transfer function comes later, in [`encode`](crate::encode), so that resizing happens
//! in linear light.
//!
//! [`BuiltIn`] needs no configuration: colorimetric, and clipped at display white. OpenColorIO
//! configs implement the same seam.

mod builtin;
mod curve;
mod detect;
mod difference;
mod encoding;
#[cfg(feature = "ocio")]
mod look;
mod matrix;
mod mend;
#[cfg(feature = "ocio")]
mod ocio;
mod primaries;
mod profile;
mod transform;

use std::fmt::Debug;
use std::sync::Arc;

pub use self::builtin::BuiltIn;
pub use self::detect::{Detected, Rule, detect, detect_assigned, detect_candidates, detect_with};
pub use self::difference::{Lab, delta_e_2000, lab, lab_in};
#[cfg(feature = "ocio")]
pub use self::look::Look;
#[cfg(feature = "ocio")]
pub use self::ocio::{OcioConfig, OcioEngine, OcioFailure, OcioOps, OcioStep};
pub use self::primaries::Chromaticities;
pub use self::profile::icc_description;
pub use self::transform::{ColorTransform, Nearness};
use crate::error::Result;
use crate::image::{
    Band, DisplayGamuts, DisplayLinear, Image, Job, Lights, Native, NativeBand, Pool, Stream, Tally,
};
use crate::space::{ColorSpace, Gamut};

/// A way to make processors: the built-in transforms, or an OpenColorIO config.
///
/// Called once per source, on any thread, several at a time.
pub trait ColorConfig: Debug + Send + Sync {
    /// Makes the processor from a source's space to display-linear light with Rec.709 primaries.
    ///
    /// # Errors
    /// As [`processor_for`](Self::processor_for).
    fn processor(&self, source: &Detected) -> Result<Arc<dyn Processor>> {
        self.processor_for(source, Gamut::Rec709)
    }

    /// Makes the processor from a source's space to display-linear light of a gamut, clipped to it.
    ///
    /// # Errors
    /// [`ErrorKind::Color`](crate::ErrorKind::Color) for a space that it does not know; never a
    /// silent fallback.
    fn processor_for(&self, source: &Detected, gamut: Gamut) -> Result<Arc<dyn Processor>>;

    /// The space that a rule of the config gives to the file `name` (an absolute path or a whole URL),
    /// unless only its default rule does.
    fn file_rule(&self, name: &str) -> Option<ColorSpace> {
        let _ = name;
        None
    }

    /// The space and the rule for floats whose file says nothing; `None` takes them for linear Rec.709.
    fn untagged(&self) -> Option<(ColorSpace, Rule)> {
        None
    }

    /// What becomes of a source's colours, for results, rows and events.
    fn transform(&self, source: &Detected) -> ColorTransform {
        let _ = source;
        ColorTransform::of(ColorTransform::BUILT_IN)
    }

    /// What is assumed on the way from a source to the display, for a person to know.
    fn assumptions(&self, source: &Detected) -> Vec<String> {
        let _ = source;
        Vec::new()
    }

    /// The Color Interop ID of the space that has this name, or the config's own name for it;
    /// `None` for a space that it has no processor for.
    fn resolve(&self, name: &str) -> Option<ColorSpace>;

    /// What a file rule of the config would call a space; without a config, its ID.
    fn own_name(&self, space: &ColorSpace) -> Option<String> {
        self.resolve(space.id()).map(|known| known.id().to_owned())
    }

    /// Everything that changes its pixels, in one line: part of the recipe's hash.
    fn recipe(&self) -> String;
}

/// A transform from one source space to display-linear light.
///
/// Called for each row, on many threads at once.
pub trait Processor: Debug + Send + Sync {
    /// Transforms a row's finite R, G, B in place into 0..=1; the three are of one length.
    fn apply(&self, row: [&mut [f32]; 3]);

    /// How near it is to the transform that was asked for.
    fn precision(&self) -> Precision {
        Precision::Exact
    }

    /// What makes R, G, B of a band of four inks; without it each ink takes its part of the light.
    fn inks(&self) -> Option<&dyn Inks> {
        None
    }
}

/// Makes R, G, B of inks, before a processor is applied.
pub trait Inks: Debug + Send + Sync {
    /// The R, G, B of a band of what paper reflects through cyan, magenta, yellow and black; `None`
    /// where these inks mean nothing to it.
    fn merge(&self, inks: &NativeBand) -> Option<Band>;
}

/// How near a processor is to the transform that was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Precision {
    /// It is the transform itself.
    Exact,
    /// It stands for the transform.
    Fast {
        /// The largest dE2000 of a few thousand pixels that went both ways.
        error: f64,
    },
}

impl Precision {
    /// The lesser of two: of the processors of one picture.
    #[must_use]
    pub fn lesser(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exact, other) => other,
            (mine, Self::Exact) => mine,
            (Self::Fast { error: mine }, Self::Fast { error: theirs }) => {
                Self::Fast { error: mine.max(theirs) }
            }
        }
    }
}

impl Image<Native> {
    /// Transforms the picture from the space it was detected in to display-linear light.
    ///
    /// NaN becomes 0 and infinities become the largest finite half, 65504, before anything else
    /// sees them; both are counted in the image's [`Tally`].
    ///
    /// # Errors
    /// As [`ColorConfig::processor`].
    pub fn transform(
        self,
        config: &dyn ColorConfig,
        source: &Detected,
    ) -> Result<Image<DisplayLinear>> {
        Ok(self.transform_by(config.processor(source)?))
    }

    /// Transforms the picture by a processor for the space it is in, as [`transform`](Self::transform)
    /// does.
    #[must_use]
    pub fn transform_by(self, processor: Arc<dyn Processor>) -> Image<DisplayLinear> {
        let spec = (**self.spec()).clone();
        let (tally, pool) = (Arc::clone(self.tally()), Arc::clone(self.pool()));
        self.then(spec, |native| Transformed { native, processor, tally, pool })
    }

    /// Transforms the picture, decoded once, to the light of each gamut by its own processor: what
    /// renditions for several displays are made from.
    #[must_use]
    pub fn transform_for(
        self,
        processors: impl Into<Arc<[(Gamut, Arc<dyn Processor>)]>>,
    ) -> Image<DisplayGamuts> {
        let spec = (**self.spec()).clone();
        let (tally, pool) = (Arc::clone(self.tally()), Arc::clone(self.pool()));
        let processors = processors.into();
        self.then(spec, |native| Parted { native, processors, tally, pool })
    }
}

/// A native stream with a processor behind it.
struct Transformed {
    native: Box<dyn Stream<NativeBand>>,
    processor: Arc<dyn Processor>,
    tally: Arc<Tally>,
    pool: Arc<Pool>,
}

/// A native stream with a processor for each gamut behind it.
struct Parted {
    native: Box<dyn Stream<NativeBand>>,
    processors: Arc<[(Gamut, Arc<dyn Processor>)]>,
    tally: Arc<Tally>,
    pool: Arc<Pool>,
}

impl Stream<Band> for Transformed {
    fn rows_at_once(&self) -> u32 {
        self.native.rows_at_once()
    }

    fn next(&mut self) -> Result<Option<Job<Band>>> {
        let Some(job) = self.native.next()? else {
            return Ok(None);
        };
        let (processor, tally) = (Arc::clone(&self.processor), Arc::clone(&self.tally));
        let pool = Arc::clone(&self.pool);
        Ok(Some(Box::new(move || {
            let mut light = finite(job, processor.inks(), &pool, &tally)?;
            light.planes_mut().for_each(|row| processor.apply(row));
            Ok(light)
        })))
    }
}

impl Stream<Lights> for Parted {
    fn rows_at_once(&self) -> u32 {
        self.native.rows_at_once()
    }

    fn next(&mut self) -> Result<Option<Job<Lights>>> {
        let Some(job) = self.native.next()? else {
            return Ok(None);
        };
        let (processors, tally) = (Arc::clone(&self.processors), Arc::clone(&self.tally));
        let pool = Arc::clone(&self.pool);
        Ok(Some(Box::new(move || {
            let inks = processors.first().and_then(|(_, one)| one.inks());
            let source = finite(job, inks, &pool, &tally)?;
            let mut all: Vec<Band> =
                processors.iter().skip(1).map(|_| pool.copy(&source)).collect();
            all.push(source);
            let lights = processors.iter().zip(all).map(|((gamut, processor), mut light)| {
                light.planes_mut().for_each(|row| processor.apply(row));
                (*gamut, light)
            });
            Ok(Lights::new(lights.collect()))
        })))
    }
}

/// A band as floats that are numbers.
fn finite(
    job: Job<NativeBand>,
    inks: Option<&dyn Inks>,
    pool: &Pool,
    tally: &Tally,
) -> Result<Band> {
    let native = job()?;
    let merged = inks.filter(|_| native.planes == 4).and_then(|inks| inks.merge(&native));
    let mut light = merged.unwrap_or_else(|| native.to_light_in(pool.take()));
    mend::mend(&mut light.samples, tally);
    Ok(light)
}
