//! The proof: a file just made, decoded again and held against the light that it came from.
//!
//! Code values become light by what the file's own tags say, never by what the encoder was asked
//! for: so a wrong matrix, range, curve or tag shows, as it would in a player. Distances are
//! dE2000 in CIELAB under D65. A lossy file has a distance of its own, and that is no fault; a
//! *bias*, which is the mean signed distance, is one: files whose tags tell the truth stay below
//! 0.3 or so, and a wrong curve makes 2.5 and more.
//!
//! | file | decoded by | its tags |
//! |---|---|---|
//! | JPEG (feature `jpeg`) | our own decoder | ICC profile, JFIF or Adobe marker |
//! | MP4 of H.264 of 8 bits (feature `rusty-h264` or `openh264`) | `rusty_h264`, else OpenH264 | VUI of the stream, `colr` and `pasp` of the container |
//!
//! Light and file are compared in the gamut that the light has, Rec.709's or P3's. Of a movie the
//! first picture is proved. The light is kept as floats until the file is made, 12
//! bytes a pixel: 106 MB for a 4K preview. It proves no file of an encoder that is not this crate's.

#[cfg(feature = "_h264")]
mod h264;
#[cfg(any(feature = "jpeg", feature = "_h264"))]
mod meter;
#[cfg(feature = "_h264")]
mod movie;
mod reference;
#[cfg(feature = "_h264")]
mod sps;
#[cfg(feature = "jpeg")]
mod still;
#[cfg(feature = "_h264")]
mod subsampling;
mod tags;
#[cfg(feature = "_h264")]
mod video;

use serde::{Deserialize, Serialize};

#[cfg(all(test, feature = "openh264"))]
pub(crate) use self::h264::openh264_pictures;
pub use self::reference::Reference;
pub use self::tags::{Cicp, Tags};
use crate::encode::Encoded;
use crate::error::{Error, Result};

/// How far the file just made lies from the light that it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proof {
    /// The mean dE2000.
    pub mean: f64,
    /// The dE2000 that 99 of 100 pixels stay within.
    pub p99: f64,
    /// The largest dE2000.
    pub max: f64,
    /// The largest of the mean signed differences of L*, a* and b*, without its sign.
    pub bias: f64,
    /// What the file says of itself.
    pub tags: Tags,
}

/// The largest bias of a file that is right; a movie may have that of 4:2:0 itself on top, which
/// noise of saturated colours needs: there a wrong curve may hide. Right files have up to 0.3 or so, a wrong curve 2.5 and
/// more.
pub const BIAS: f64 = 1.0;

impl Proof {
    /// Proves a file against the light that was encoded.
    ///
    /// # Errors
    /// [`ErrorKind::Proof`](crate::ErrorKind::Proof) where its tags contradict each other or its space, or its colours are
    /// off by more than [`BIAS`]; [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for a kind of file that this build
    /// cannot prove; what the decoders meet.
    pub fn of(encoded: &Encoded, light: &Reference) -> Result<Self> {
        match encoded.media_type {
            #[cfg(feature = "jpeg")]
            "image/jpeg" => still::prove(encoded, light),
            #[cfg(feature = "_h264")]
            "video/mp4" => movie::prove(encoded, light),
            other => {
                let _ = light;
                Err(Error::unsupported("proof", format!("no decoder for `{other}` in this build")))
            }
        }
    }
}

/// Says that a file does not show what it was made from, and which of its tags is at fault.
#[cfg(any(feature = "jpeg", feature = "_h264"))]
fn fault(tag: &'static str, what: impl Into<String>) -> Error {
    Error::new(crate::ErrorKind::Proof { tag, what: what.into() })
}

/// Another way to read a file's codes: the tag that it changes, what that says then, and the bias.
#[cfg(any(feature = "jpeg", feature = "_h264"))]
struct Suspect {
    tag: &'static str,
    says: String,
    bias: f64,
}

/// Blames the tag whose change would make the bias small, else the codes themselves.
#[cfg(any(feature = "jpeg", feature = "_h264"))]
fn blame(bias: f64, suspects: impl IntoIterator<Item = Suspect>) -> Error {
    let off = format!("the colours are off by a bias of {bias:.2}, more than {BIAS}");
    let best = suspects.into_iter().min_by(|one, other| one.bias.total_cmp(&other.bias));
    match best.filter(|best| best.bias <= BIAS && best.bias < bias / 2.0) {
        Some(Suspect { tag, says, bias }) => {
            fault(tag, format!("{off}; they would fit by {bias:.2} if it were {says}"))
        }
        None => fault("codes", off),
    }
}

#[cfg(all(test, feature = "jpeg", feature = "_h264"))]
mod tests;
