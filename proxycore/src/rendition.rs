//! Renditions: what is made of a source, and the one pass that makes them all.
//!
//! A [`Rendition`] names a size, a filter and an encoder. [`Image::render`] decodes and transforms
//! once and feeds every rendition band by band; a much smaller rendition feeds on a larger one of the
//! same gamut.

mod fan;

use std::sync::Arc;

use crate::encode::{Codes, Encoded, Encoder};
use crate::error::{Error, Result};
use crate::image::{Band, Displayed, Extent, Image, ImageSpec};
use crate::proof::{Proof, Reference};
use crate::resize::{Filter, Fit, Placement};
use crate::space::Gamut;

use self::fan::{Fan, Lane};

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
    /// Frames of a sequence side by side, with their numbers: the shot at a glance.
    Sheet,
    /// Small frames of a sequence without gaps, for scrubbing; WebVTT cues lie beside it.
    Sprite,
}

impl Role {
    /// The object's tag `media_type`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Proxy => "proxy",
            Self::Preview => "preview",
            Self::Sheet => "sheet",
            Self::Sprite => "sprite",
        }
    }

    /// Whether it shows many frames of a sequence; of a single frame it shows that.
    #[must_use]
    pub fn is_montage(self) -> bool {
        matches!(self, Self::Sheet | Self::Sprite)
    }

    /// The name in the object's key, and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumb",
            Self::Proxy => "proxy",
            Self::Preview => "preview",
            Self::Sheet => "sheet",
            Self::Sprite => "sprite",
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
    /// Makes a rendition with Lanczos 3 as its filter, or a triangle in high dynamic range: next to a
    /// highlight, what Lanczos takes off would leave a black ring.
    #[must_use]
    pub fn new(role: Role, fit: Fit, encoder: impl Encoder + 'static) -> Self {
        let is_hdr = encoder.codes().is_hdr();
        let filter = if is_hdr { Filter::Triangle } else { Filter::default() };
        Self { role, fit, filter, encoder: Arc::new(encoder), note: None }
    }

    /// What is made where nothing is said: a thumbnail and a proxy, as far as this build has the
    /// encoders.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        vec![
            #[cfg(feature = "jpeg")]
            Self::thumbnail(),
            #[cfg(feature = "_h264")]
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
    #[cfg(feature = "_h264")]
    #[must_use]
    pub fn proxy() -> Self {
        Self::proxy_by(crate::encode::Mp4::new())
    }

    /// The same movie for another kind of display.
    #[cfg(feature = "_h264")]
    #[must_use]
    pub fn proxy_for(color: crate::encode::VideoColor) -> Self {
        Self::proxy_by(crate::encode::Mp4::new().with_color(color))
    }

    /// The same movie by another encoder.
    #[must_use]
    pub fn proxy_by(encoder: impl Encoder + 'static) -> Self {
        Self::new(Role::Proxy, Fit::inside(1920, 1080), encoder)
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

    /// A contact sheet of a sequence: up to 24 frames, spread evenly, inside 320x320 each, with their
    /// numbers, as an sRGB JPEG.
    #[cfg(feature = "jpeg")]
    #[must_use]
    pub fn sheet_for(color: crate::encode::StillColor) -> Self {
        Self::new(Role::Sheet, Fit::inside(320, 320), crate::encode::Jpeg::new().with_color(color))
    }

    /// Up to 100 frames of a sequence, inside 160x160 each, ten in a row, as an sRGB JPEG with WebVTT
    /// cues beside it: what players show while one scrubs.
    #[cfg(feature = "jpeg")]
    #[must_use]
    pub fn sprite_for(color: crate::encode::StillColor) -> Self {
        Self::new(Role::Sprite, Fit::inside(160, 160), crate::encode::Jpeg::new().with_color(color))
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

/// Whether an eighth of a picture is enough for every rendition, where the file has it: two pixels
/// for each one. Its pixels are means of codes and not of light, which shows where there are fewer.
///
/// # Errors
/// As [`Fit::place`].
pub(crate) fn is_served_by_eighth(renditions: &[Rendition], spec: &ImageSpec) -> Result<bool> {
    let Some(Extent { width, height }) = spec.eighth else { return Ok(false) };
    let half = Extent::new(width / 2, height / 2);
    let places =
        renditions.iter().map(|each| each.place(spec)).collect::<Result<Vec<Placement>>>()?;
    Ok(places.iter().all(|place| place.is_served_by(half, spec.extent())))
}

/// The light of each band in one gamut.
fn lights<S: Displayed>(bands: &[S::Band], gamut: Gamut) -> Result<Vec<&Band>> {
    bands.iter().map(|band| S::light(band, gamut)).collect()
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

    /// Consumes the image into the codes of a rendition, for a movie that shows more than this.
    ///
    /// # Errors
    /// As [`Displayed::light`], where the rendition is for another display; the first error of any
    /// stage.
    pub fn codes(self, rendition: &Rendition) -> Result<Codes> {
        let mut lane = Lane::alone(rendition, self.spec())?;
        self.consume_into(std::slice::from_mut(&mut lane))?;
        lane.codes()
    }

    /// The same for several renditions, with one decode and one transform. The codes of each are those
    /// that [`codes`](Self::codes) makes of it alone.
    pub(crate) fn codes_of(self, renditions: &[Rendition]) -> Result<Vec<Codes>> {
        let lanes = renditions.iter().map(|rendition| Lane::alone(rendition, self.spec()));
        let mut lanes = lanes.collect::<Result<Vec<_>>>()?;
        self.consume_into(&mut lanes)?;
        lanes.into_iter().map(Lane::codes).collect()
    }

    fn consume_into(self, lanes: &mut [Lane]) -> Result<()> {
        self.consume_batches(|bands| {
            for lane in &mut *lanes {
                let made = lane.push(&lights::<S>(bands, lane.gamut())?)?;
                lane.reuse(made);
            }
            Ok(())
        })
    }

    fn fan_out(
        self,
        renditions: &[Rendition],
        keep_light: bool,
    ) -> Result<Vec<(Encoded, Option<Reference>)>> {
        let spec = Arc::clone(self.spec());
        let mut fan = Fan::new(&spec, renditions, keep_light)?;
        self.consume_batches(|bands| fan.push(|gamut| lights::<S>(bands, gamut)))?;
        fan.finish(renditions, &spec)
    }
}
