//! What every frame says of itself: its rate and its time code.

use proxycore::image::{Rational, Timecode};

/// The first frame's number, as film counts.
pub const FIRST: u32 = 1001;
/// Frames per second.
pub const RATE: Rational = Rational { num: 24, den: 1 };
/// What wrote a frame.
pub const WRITER: &str = "proxycore demo";

/// Frame 1 is one frame after midnight: 1001 at 24 frames a second is 00:00:41:17.
pub fn time_code(frame: u32) -> Timecode {
    Timecode::of_frame(frame.into(), RATE, false).expect("24 frames have a time code")
}
