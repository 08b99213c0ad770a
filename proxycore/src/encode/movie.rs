//! The proxy: a stream of pictures in an MP4, of one picture or of closed groups of them.
//!
//! [`Mp4`] is what all codecs share: the groups, the quality, the display and its tags, the file. A
//! single frame makes a valid movie of one frame.

use super::codec::{Codec, DefaultCodec, StreamSpec};
use super::video::{Gop, fraction};
use super::whole::whole;
use super::{
    CodeFormat, Codes, Encoded, Encoder, Group, GroupEncoder, Movie, MovieEncoder, MovieSpec,
    Moving, PixelFormat, SampleInfo, VideoColor,
};
use crate::error::{Error, Result};
use crate::image::{Extent, ImageSpec, Rational};

/// Encodes movies in MP4 by a codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mp4<C = DefaultCodec> {
    codec: C,
    quality: u8,
    gop: Gop,
    color: VideoColor,
}

#[cfg(feature = "_h264")]
impl Mp4 {
    /// Makes an encoder by the default codec.
    #[must_use]
    pub fn new() -> Self {
        Self::by(DefaultCodec::new())
    }
}

#[cfg(feature = "_h264")]
impl Default for Mp4 {
    fn default() -> Self {
        Self::new()
    }
}

/// The quality where nothing is said, and the worst.
pub(super) const QUALITY: u8 = 23;
const WORST: u8 = 51;

impl<C: Codec> Mp4<C> {
    /// Makes an encoder of quality 23 and of groups of a second.
    #[must_use]
    pub fn by(codec: C) -> Self {
        Self { codec, quality: QUALITY, gop: Gop::default(), color: VideoColor::default() }
    }

    /// Sets the display that its codes are for; a video display where nothing is said.
    #[must_use]
    pub fn with_color(mut self, color: VideoColor) -> Self {
        self.color = color;
        self
    }

    /// Sets the quality, 0..=51, where less is better; values above count as 51.
    ///
    /// The scale is that of x264's constant rate factor, and the same for each codec: its own
    /// quantiser is chosen so that pictures look alike, as was measured.
    #[must_use]
    pub fn with_quality(mut self, quality: u8) -> Self {
        self.quality = quality.min(WORST);
        self
    }

    /// Sets the pictures of a closed group, the steps of a seek: a second where nothing is said, and
    /// never less than two, as two such pictures in a row would look the same to a decoder.
    #[must_use]
    pub fn with_gop(mut self, pictures: u32) -> Self {
        self.gop = Gop::of(pictures);
        self
    }

    /// Encodes pictures of one size in the order of time; the rate comes from `spec`, else is 24.
    ///
    /// # Errors
    /// As [`Encoder::encode`]; pictures of different sizes, or none at all, too.
    pub fn movie<'a>(
        &self,
        frames: impl IntoIterator<Item = &'a Codes>,
        spec: &ImageSpec,
    ) -> Result<Vec<u8>> {
        whole(self, frames, spec)
    }

    pub(super) fn stream(&self, spec: &MovieSpec) -> StreamSpec {
        StreamSpec {
            size: spec.size,
            fps: spec.fps,
            pixel_aspect: fraction(spec.pixel_aspect),
            colour: self.color.tags(),
            quality: self.quality,
            length: self.gop.length(spec.fps) as u32,
        }
    }

    fn format(&self) -> CodeFormat {
        CodeFormat { pixel: self.codec.pixel(), space: self.color.space() }
    }
}

impl<C: Codec> MovieEncoder for Mp4<C> {
    fn group_length(&self, fps: Rational) -> usize {
        self.gop.length(fps)
    }

    fn group(&self, spec: &MovieSpec) -> Result<Box<dyn GroupEncoder>> {
        self.format().check(spec.size)?;
        let group = self.codec.start(&self.stream(spec))?;
        let (pixel, size, name) = (self.codec.pixel(), spec.size, C::NAME);
        Ok(Box::new(Checked { group, pixel, size, name }))
    }

    fn head(
        &self,
        spec: &MovieSpec,
        parameters: &[Vec<u8>],
        samples: &[SampleInfo],
    ) -> Result<Vec<u8>> {
        if parameters.is_empty() {
            return Err(Error::encode("MP4", "a movie needs a frame and its parameter sets"));
        }
        let stream = self.stream(spec);
        let coding = self.codec.coding(&stream, parameters, samples)?;
        let StreamSpec { size, fps, pixel_aspect, colour, .. } = stream;
        Movie { fps, size, pixel_aspect, colour, coding, start: spec.start }.head(samples)
    }
}

/// A closed group that takes no other pictures than those it was started for.
struct Checked {
    group: Box<dyn GroupEncoder>,
    pixel: PixelFormat,
    size: Extent,
    name: &'static str,
}

impl GroupEncoder for Checked {
    fn push(&mut self, codes: &Codes) -> Result<()> {
        codes.check(self.pixel, self.name)?;
        if codes.extent() != self.size {
            let what = format!("a frame of {}x{} in another stream", codes.width, codes.height);
            return Err(Error::encode(self.name, what));
        }
        self.group.push(codes)
    }

    fn finish(self: Box<Self>) -> Result<Group> {
        self.group.finish()
    }
}

impl<C: Codec> Encoder for Mp4<C> {
    fn codes(&self) -> CodeFormat {
        self.format()
    }

    fn bytes_per_pixel(&self) -> u64 {
        self.codec.bytes_per_pixel()
    }

    fn media_type(&self) -> &'static str {
        "video/mp4"
    }

    fn extension(&self) -> &'static str {
        "mp4"
    }

    fn recipe(&self) -> String {
        let (gop, tags) = (self.gop.recipe(), self.color.tags().recipe());
        format!("mp4 {} {gop} {tags}", self.codec.recipe(self.quality))
    }

    fn movie(&self) -> Option<Moving<'_>> {
        Some(Moving::Groups(self))
    }

    fn encode(&self, codes: &Codes, spec: &ImageSpec) -> Result<Encoded> {
        codes.check(self.codec.pixel(), C::NAME)?;
        Ok(Encoded::new(self, codes, whole(self, [codes], spec)?))
    }
}

#[cfg(all(test, feature = "_h264"))]
mod tests;
