//! The directions that film formats store a picture in.

use crate::decode::orientation::Orientation;

/// The orientation of a DPX or Cineon code (SMPTE ST 268-1, table 2); the usual one for codes that
/// mean nothing, among them the undefined one.
pub(in crate::decode) fn upright_of(code: u16) -> Orientation {
    const CODES: [Orientation; 8] = [
        Orientation::TopLeft,
        Orientation::TopRight,
        Orientation::BottomLeft,
        Orientation::BottomRight,
        Orientation::LeftTop,
        Orientation::RightTop,
        Orientation::LeftBottom,
        Orientation::RightBottom,
    ];
    CODES.get(usize::from(code)).copied().unwrap_or_default()
}
