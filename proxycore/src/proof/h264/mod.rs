//! H.264: the first picture of a stream, by the decoder that is built in.

#[cfg(all(feature = "openh264", any(test, not(feature = "rusty-h264"))))]
mod openh264;
#[cfg(feature = "rusty-h264")]
mod rusty;

use crate::error::{Error, Result};
use crate::image::Extent;

/// A decoded picture in 4:2:0, its rows without padding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Planes {
    pub(super) size: Extent,
    pub(super) luma: Vec<u8>,
    pub(super) blue: Vec<u8>,
    pub(super) red: Vec<u8>,
}

/// Decodes the first picture of NAL units with start codes (ITU-T H.264 annex B).
///
/// # Errors
/// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) where the decoder refuses it.
pub(super) fn first_picture(stream: &[u8]) -> Result<Planes> {
    #[cfg(feature = "rusty-h264")]
    return rusty::first_picture(stream);
    #[cfg(not(feature = "rusty-h264"))]
    return openh264::first_picture(stream);
}

fn refused(what: impl Into<String>) -> Error {
    Error::corrupt("H.264", format!("the stream {}", what.into()))
}

/// OpenH264 is the second opinion on what `rusty_h264` decodes.
#[cfg(all(test, feature = "openh264", feature = "rusty-h264"))]
pub(super) fn by_both(stream: &[u8]) -> [Result<Planes>; 2] {
    [rusty::first_picture(stream), openh264::first_picture(stream)]
}

/// The pictures of a stream but the last two, by OpenH264.
#[cfg(all(test, feature = "openh264"))]
pub(crate) fn openh264_pictures(stream: &[u8]) -> Result<Vec<u8>> {
    openh264::pictures(stream)
}
