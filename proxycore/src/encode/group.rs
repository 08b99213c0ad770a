//! The seam of movies: closed groups of pictures, compressed independently, and the index before
//! them.

use std::fmt::Debug;

use super::Codes;
use crate::error::Result;
use crate::image::{Extent, Rational, Timecode};

/// What is the same for every picture of a movie.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MovieSpec {
    /// Width and height in pixels, of the codes.
    pub size: Extent,
    /// A pixel's width divided by its height.
    pub pixel_aspect: f32,
    /// Frames per second.
    pub fps: Rational,
    /// The timecode of the first picture.
    pub start: Option<Timecode>,
}

impl MovieSpec {
    /// Describes a movie of square pixels without a timecode.
    #[must_use]
    pub fn new(size: Extent, fps: Rational) -> Self {
        Self { size, pixel_aspect: 1.0, fps, start: None }
    }

    /// Sets a pixel's width divided by its height.
    #[must_use]
    pub fn with_pixel_aspect(mut self, pixel_aspect: f32) -> Self {
        self.pixel_aspect = pixel_aspect;
        self
    }

    /// Sets the timecode of the first picture.
    #[must_use]
    pub fn with_start(mut self, start: Option<Timecode>) -> Self {
        self.start = start;
        self
    }
}

/// Compresses pictures that follow each other into a movie.
///
/// Whoever makes a movie starts a group for each [`group_length`](Self::group_length) of pictures,
/// several at once if it likes, writes the samples of all groups one after the other, and asks for
/// the [`head`](Self::head) that comes before them. The same pictures give the same bytes, however
/// many groups are made at once.
pub trait MovieEncoder: Debug + Send + Sync {
    /// Pictures in a closed group: about a second.
    fn group_length(&self, fps: Rational) -> usize;

    /// Starts a group, which is used on the thread that started it.
    ///
    /// # Errors
    /// As [`Encoder::encode`](super::Encoder::encode).
    fn group(&self, spec: &MovieSpec) -> Result<Box<dyn GroupEncoder>>;

    /// Lays out what comes before the samples: index and parameter sets. The file is this, and the
    /// data of all samples in their order.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) where the format has no room,
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) for a movie without pictures.
    fn head(
        &self,
        spec: &MovieSpec,
        parameters: &[Vec<u8>],
        samples: &[SampleInfo],
    ) -> Result<Vec<u8>>;
}

/// A group of pictures at work.
pub trait GroupEncoder {
    /// Compresses the next picture.
    ///
    /// # Errors
    /// As [`Encoder::encode`](super::Encoder::encode).
    fn push(&mut self, codes: &Codes) -> Result<()>;

    /// Ends the group.
    ///
    /// # Errors
    /// As [`push`](Self::push), for what was still to be compressed.
    fn finish(self: Box<Self>) -> Result<Group>;
}

/// A closed group of pictures: the first is one where decoding can start, and none refers to one
/// outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The parameter sets, the same for all groups of a movie.
    pub parameters: Vec<Vec<u8>>,
    /// The pictures.
    pub samples: Vec<Sample>,
}

/// One coded picture as MP4 stores it: NAL units, each after its length in 4 bytes, or the units
/// that its coding has instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Whether decoding can start here.
    pub key: bool,
    /// Pictures that it is shown later than its place among the samples of its group; less than 0
    /// where it is shown earlier, 0 throughout without B-frames.
    pub shift: i32,
    /// The units.
    pub data: Vec<u8>,
}

impl Sample {
    /// What the index says of it.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for a sample of 4 GiB.
    pub fn info(&self) -> Result<SampleInfo> {
        let (size, limit) = (self.data.len() as u64, u64::from(u32::MAX));
        crate::Error::check_limit("bytes of a picture", limit, size)?;
        Ok(SampleInfo { key: self.key, shift: self.shift, size: size as u32 })
    }
}

/// What the index says of a coded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleInfo {
    /// Whether decoding can start here.
    pub key: bool,
    /// Pictures that it is shown later than its place among the samples.
    pub shift: i32,
    /// Its bytes.
    pub size: u32,
}
