//! Renditions: what is made of a source, and the one pass that makes them all.
//!
//! A [`Rendition`] names a size, a filter and an encoder. [`Image::render`] decodes and transforms
//! once and feeds every rendition band by band; a much smaller rendition feeds on a larger one of the
//! same gamut.

use std::sync::Arc;

use rayon::prelude::*;

use crate::encode::{Encoded, Encoder, Quantizer};
use crate::error::{Error, Result};
use crate::image::{Band, Displayed, Extent, Image, ImageSpec};
use crate::note::Note;
use crate::proof::{Proof, Reference};
use crate::resize::{Filter, Fit, Placement, Resampler};
use crate::space::Gamut;

/// What a rendition is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Role {
    /// A small still for a grid: the row's and the event's thumbnail.
    Thumbnail,
    /// The movie that people review: the row's and the event's proxy.
    Proxy,
    /// A still in full resolution.
    Preview,
}

impl Role {
    /// The object's tag `media_type`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Proxy => "proxy",
            Self::Preview => "preview",
        }
    }

    /// The name in the object's key, and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumb",
            Self::Proxy => "proxy",
            Self::Preview => "preview",
        }
    }
}

/// One thing to make of a source.
#[derive(Debug, Clone)]
pub struct Rendition {
    role: Role,
    fit: Fit,
    filter: Filter,
    encoder: Arc<dyn Encoder>,
    note: Option<String>,
}

impl Rendition {
    /// Makes a rendition with Lanczos 3 as its filter.
    #[must_use]
    pub fn new(role: Role, fit: Fit, encoder: impl Encoder + 'static) -> Self {
        Self { role, fit, filter: Filter::default(), encoder: Arc::new(encoder), note: None }
    }

    /// What is made where nothing is said: a thumbnail and a proxy, as far as this build has the
    /// encoders.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        vec![
            #[cfg(feature = "jpeg")]
            Self::thumbnail(),
            #[cfg(feature = "openh264")]
            Self::proxy(),
        ]
    }

    /// A 256x256 sRGB JPEG, letterboxed, of the kind that keeps codes exact.
    #[cfg(feature = "jpeg")]
    #[must_use]
    pub fn thumbnail() -> Self {
        Self::thumbnail_for(crate::encode::StillColor::default())
    }

    /// The same still for another kind of display.
    #[cfg(feature = "jpeg")]
    #[must_use]
    pub fn thumbnail_for(color: crate::encode::StillColor) -> Self {
        let jpeg = crate::encode::Jpeg::exact().with_color(color);
        Self::new(Role::Thumbnail, Fit::letterbox(256, 256), jpeg)
    }

    /// A Rec.709 H.264 movie that lies inside 1920x1080.
    #[cfg(feature = "openh264")]
    #[must_use]
    pub fn proxy() -> Self {
        Self::new(Role::Proxy, Fit::inside(1920, 1080), crate::encode::Mp4::new())
    }

    /// The same movie for another kind of display.
    #[cfg(feature = "openh264")]
    #[must_use]
    pub fn proxy_for(color: crate::encode::VideoColor) -> Self {
        let mp4 = crate::encode::Mp4::new().with_color(color);
        Self::new(Role::Proxy, Fit::inside(1920, 1080), mp4)
    }

    /// A full-resolution sRGB JPEG.
    #[cfg(feature = "jpeg")]
    #[must_use]
    pub fn preview() -> Self {
        Self::preview_for(crate::encode::StillColor::default())
    }

    /// The same still for another kind of display.
    #[cfg(feature = "jpeg")]
    #[must_use]
    pub fn preview_for(color: crate::encode::StillColor) -> Self {
        Self::new(Role::Preview, Fit::full(), crate::encode::Jpeg::new().with_color(color))
    }

    /// Sets the size and how the picture sits in it.
    #[must_use]
    pub fn with_fit(mut self, fit: Fit) -> Self {
        self.fit = fit;
        self
    }

    /// Sets the resampling filter.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Puts a strip of grey along the bottom edge, of code 50 %, with a note in it.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// What it is for.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// What encodes it.
    #[must_use]
    pub fn encoder(&self) -> &dyn Encoder {
        &*self.encoder
    }

    /// The gamut of the light that it is made from.
    #[must_use]
    pub fn gamut(&self) -> Gamut {
        Gamut::of(&self.encoder.codes().space)
    }

    /// Everything of it that changes bytes, in one line.
    #[must_use]
    pub fn recipe(&self) -> String {
        let encoder = self.encoder.recipe();
        let note = self.note.as_ref().map(|note| format!(" note {note:?}")).unwrap_or_default();
        let (role, fit, filter) = (self.role.name(), self.fit.recipe(), self.filter.name());
        format!("{role} {fit} {filter} {encoder}{note}")
    }

    pub(crate) fn place(&self, spec: &ImageSpec) -> Result<Placement> {
        let even = self.encoder.codes().even();
        if even { self.fit.even().place(spec) } else { self.fit.place(spec) }
    }
}

/// The smallest level of a picture that has a pixel for each one of every rendition; the full one
/// where a rendition needs it.
///
/// # Errors
/// As [`Fit::place`].
pub fn level_for(renditions: &[Rendition], spec: &ImageSpec) -> Result<usize> {
    let places =
        renditions.iter().map(|each| each.place(spec)).collect::<Result<Vec<Placement>>>()?;
    let serves =
        |level: &Extent| places.iter().all(|place| place.is_served_by(*level, spec.extent()));
    Ok(spec.levels().iter().rposition(serves).unwrap_or(0))
}

impl<S: Displayed> Image<S> {
    /// Consumes the image into every rendition, in their order, with one decode and one transform.
    ///
    /// # Errors
    /// As [`Displayed::light`], where one is for another display; else the first error of any stage.
    /// Then none is made.
    pub fn render(self, renditions: &[Rendition]) -> Result<Vec<Encoded>> {
        let made = self.fan_out(renditions, false)?;
        Ok(made.into_iter().map(|(encoded, _)| encoded).collect())
    }

    /// Renders, decodes each file again and holds it against the light that it was made from. The
    /// files are those of [`render`](Self::render).
    ///
    /// # Errors
    /// As [`render`](Self::render), and as [`Proof::of`].
    pub fn render_with_proof(self, renditions: &[Rendition]) -> Result<Vec<(Encoded, Proof)>> {
        let made = self.fan_out(renditions, true)?;
        let prove = |(encoded, light): (Encoded, Option<Reference>)| {
            let light = light.ok_or_else(|| Error::encode("proof", "no light was kept"))?;
            Ok((Proof::of(&encoded, &light)?, encoded))
        };
        made.into_iter().map(|each| prove(each).map(|(proof, encoded)| (encoded, proof))).collect()
    }

    fn fan_out(
        self,
        renditions: &[Rendition],
        keep_light: bool,
    ) -> Result<Vec<(Encoded, Option<Reference>)>> {
        let spec = Arc::clone(self.spec());
        let mut fan = Fan::new(&spec, renditions, keep_light)?;
        self.consume(|band| fan.push(|gamut| S::light(band, gamut)))?;
        fan.finish(renditions, &spec)
    }
}

/// A rendition in the making.
struct Lane {
    /// Its place among the renditions.
    index: usize,
    gamut: Gamut,
    placement: Placement,
    resampler: Resampler,
    quantizer: Quantizer,
    note: Option<Note>,
    /// The light that goes into the quantizer, where it is wanted for a proof.
    light: Option<Reference>,
    /// The lane before it whose rows it takes, instead of the source's.
    feeds_on: Option<usize>,
}

/// The lanes, largest picture first.
struct Fan {
    lanes: Vec<Lane>,
}

/// How many times larger, on each side, a rendition must be for a smaller one to feed on it. The
/// difference to the way from the source then stays below half a code value.
const MUCH_LARGER: u32 = 3;

impl Fan {
    fn new(spec: &ImageSpec, renditions: &[Rendition], keep_light: bool) -> Result<Self> {
        let mut order = renditions
            .iter()
            .enumerate()
            .map(|(index, rendition)| Ok((index, rendition.place(spec)?)))
            .collect::<Result<Vec<_>>>()?;
        order.sort_by_key(|(_, placement)| std::cmp::Reverse(area(placement.picture)));
        let mut lanes: Vec<Lane> = Vec::new();
        for (index, placement) in order {
            let feeder = lanes
                .iter()
                .rposition(|lane| lane.can_feed(spec.extent(), &renditions[index], &placement));
            let mut lane = Lane::new(
                index,
                placement,
                &renditions[index],
                spec,
                feeder.map(|at| (at, &lanes[at])),
            )?;
            lane.light = keep_light.then(|| Reference::new(&placement).in_gamut(lane.gamut));
            lanes.push(lane);
        }
        Ok(Self { lanes })
    }

    fn push<'a>(&mut self, source: impl Fn(Gamut) -> Result<&'a Band>) -> Result<()> {
        let mut made: Vec<Option<Band>> = Vec::with_capacity(self.lanes.len());
        for lane in &mut self.lanes {
            let rows = match lane.feeds_on {
                Some(feeder) => made[feeder].as_ref(),
                None => Some(source(lane.gamut)?),
            };
            let resized = rows.map(|rows| lane.resampler.push(rows)).transpose()?.flatten();
            if let Some(resized) = &resized {
                // what feeds on this lane is not to have its note
                let noted = lane.note.as_ref().map(|note| note.over(resized));
                let shown = noted.as_ref().unwrap_or(resized);
                lane.quantizer.push(shown)?;
                if let Some(light) = &mut lane.light {
                    light.push(shown);
                }
            }
            made.push(resized);
        }
        Ok(())
    }

    /// Encodes the lanes side by side, and gives the files in the renditions' order.
    fn finish(
        self,
        renditions: &[Rendition],
        spec: &ImageSpec,
    ) -> Result<Vec<(Encoded, Option<Reference>)>> {
        let mut made = self
            .lanes
            .into_par_iter()
            .map(|lane| {
                let (codes, spec) = (lane.quantizer.finish()?, lane.placement.describe(spec));
                let encoded = renditions[lane.index].encoder.encode(&codes, &spec)?;
                Ok((lane.index, (encoded, lane.light)))
            })
            .collect::<Result<Vec<_>>>()?;
        made.sort_by_key(|(index, _)| *index);
        Ok(made.into_iter().map(|(_, each)| each).collect())
    }
}

impl Lane {
    fn new(
        index: usize,
        placement: Placement,
        rendition: &Rendition,
        spec: &ImageSpec,
        feeder: Option<(usize, &Self)>,
    ) -> Result<Self> {
        let (source, resampled) = match feeder {
            None => (spec.extent(), placement),
            Some((_, lane)) => {
                let source = lane.placement.canvas;
                (source, placement.of(source))
            }
        };
        let codes = rendition.encoder.codes();
        let note = rendition.note.as_deref();
        let note = note.map(|text| Note::new(text, placement.canvas, &codes.space)).transpose()?;
        Ok(Self {
            index,
            gamut: rendition.gamut(),
            placement,
            resampler: Resampler::new(source, resampled, rendition.filter),
            quantizer: Quantizer::new(codes, placement.canvas)?,
            note,
            light: None,
            feeds_on: feeder.map(|(at, _)| at),
        })
    }

    /// Whether its rows are of the light that a rendition is made from, show the whole source, and are
    /// many times more than are wanted.
    fn can_feed(&self, source: Extent, rendition: &Rendition, wanted: &Placement) -> bool {
        let (mine, theirs) = (self.placement.picture, wanted.picture);
        self.gamut == rendition.gamut()
            && self.placement.is_plain(source)
            && wanted.shows_all(source)
            && mine.width >= MUCH_LARGER * theirs.width
            && mine.height >= MUCH_LARGER * theirs.height
    }
}

fn area(extent: Extent) -> u64 {
    u64::from(extent.width) * u64::from(extent.height)
}
