//! H.264 by encoders that are built in: what they share, and one file for each.
//!
//! An encoder gives NAL units and parameter sets of its own making. The picture parameter set is
//! kept; the sequence parameter set is read and written anew ([`Sps`]), with the level, the colours, the rate
//! and the size of our movie, whatever the encoder writes there.

mod bits;
#[cfg(test)]
#[cfg(feature = "rusty-h264")]
mod conformance;
mod level;
mod nal;
#[cfg(feature = "openh264")]
mod openh264;
#[cfg(feature = "rusty-h264")]
mod rusty;
mod slice;
mod sps;

#[cfg(feature = "openh264")]
pub use self::openh264::OpenH264;
#[cfg(feature = "rusty-h264")]
pub use self::rusty::RustyH264;
use self::sps::{Sps, Vui};
use super::codec::StreamSpec;
use super::{Coding, SampleInfo};
use crate::error::{Error, Result};
use crate::image::Extent;

/// Describes a finished stream: the encoder's parameter sets, but the sequence's with what our movie
/// is.
fn coding(
    name: &'static str,
    stream: &StreamSpec,
    parameters: &[Vec<u8>],
    samples: &[SampleInfo],
) -> Result<Coding> {
    let [sps, pps] = parameters else {
        return Err(Error::encode(name, "made no parameter sets"));
    };
    let sps = Sps::read(sps).ok_or_else(|| unknown(name))?;
    let level = level::index(stream, sps.references, samples);
    let late = samples.iter().map(|sample| sample.shift).min().unwrap_or_default().min(0);
    let sps = sps.write(level, stream.size, &Vui::of(stream, late.unsigned_abs()));
    Ok(Coding::Avc { sps, pps: pps.clone(), depth: 8 })
}

fn unknown(name: &'static str) -> Error {
    Error::encode(name, "made parameter sets of an unknown kind")
}

/// Checks that a decoder of some level takes pictures of that size.
fn check(size: Extent, blocks: u64) -> Result<()> {
    let [width, height] = [size.width, size.height].map(|side| u64::from(side.div_ceil(16)));
    let longest = width.max(height);
    Error::check_limit("macroblocks on one side of an H.264 picture", side(blocks), longest)?;
    Error::check_limit("macroblocks in an H.264 picture", blocks, width * height)
}

/// The longest side of pictures of so many macroblocks, in macroblocks: ITU-T H.264 section A.3.1 f
/// and g.
fn side(blocks: u64) -> u64 {
    (8 * blocks).isqrt()
}

#[cfg(test)]
mod tests;
