//! The seam of codecs: what compresses the closed groups of a movie, and knows nothing of its file.

use std::fmt::Debug;

use super::{Coding, GroupEncoder, Nclx, PixelFormat, SampleInfo};
use crate::error::Result;
use crate::image::{Extent, Rational};

#[cfg(all(feature = "openh264", not(feature = "rusty-h264")))]
pub use super::h264::OpenH264 as DefaultCodec;
#[cfg(feature = "rusty-h264")]
pub use super::h264::RustyH264 as DefaultCodec;

/// Stands where a build has no codec of its own for movies that are not named.
#[cfg(not(feature = "_h264"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultCodec {}

/// Compresses pictures for [`Mp4`](super::Mp4).
///
/// Whoever makes a movie asks [`pixel`](Self::pixel) for the codes, calls [`start`](Self::start) for
/// each closed group, on any thread and on several at once, and
/// [`coding`](Self::coding) once, when all groups are finished. The same pictures give the same bytes.
pub trait Codec: Copy + Debug + Send + Sync + 'static {
    /// Its name in errors.
    const NAME: &'static str;

    /// The code values it takes.
    fn pixel(&self) -> PixelFormat;

    /// Bytes that a group at work holds for each pixel of a picture, those of the codes among them.
    fn bytes_per_pixel(&self) -> u64;

    /// Every setting that changes the bytes, as words of a recipe.
    fn recipe(&self, quality: u8) -> String;

    /// Starts a closed group, which is used on the thread that started it.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for a picture too large,
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) for anything else that it refuses.
    fn start(&self, stream: &StreamSpec) -> Result<Box<dyn GroupEncoder>>;

    /// Describes the finished stream for the sample entry.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) for parameter sets that are not its own.
    fn coding(
        &self,
        stream: &StreamSpec,
        parameters: &[Vec<u8>],
        samples: &[SampleInfo],
    ) -> Result<Coding>;
}

/// What is the same for every group of a movie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamSpec {
    /// Width and height in pixels.
    pub size: Extent,
    /// Frames per second.
    pub fps: Rational,
    /// A pixel's width divided by its height.
    pub pixel_aspect: Rational,
    /// What the code values mean.
    pub colour: Nclx,
    /// The quality, 0..=51 on the scale of x264's crf: less is better.
    pub quality: u8,
    /// The most pictures of a group.
    pub length: u32,
}
