//! The display that a still's codes are for.

use crate::encode::icc;
use crate::space::ColorSpace;

/// The display that a still's codes are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StillColor {
    /// An sRGB display, which every viewer takes for granted.
    #[default]
    Srgb,
    /// A Display P3 display: the sRGB curve on wider primaries, for viewers that follow profiles.
    /// It takes light of that gamut
    /// ([`Image::transform_for`](crate::image::Image::transform_for)), as a
    /// [`Pipeline`](crate::Pipeline) makes it.
    DisplayP3,
}

impl StillColor {
    pub(super) fn space(self) -> ColorSpace {
        match self {
            Self::Srgb => ColorSpace::SRGB_REC709_DISPLAY,
            Self::DisplayP3 => ColorSpace::SRGB_P3D65_DISPLAY,
        }
    }

    pub(super) fn profile(self) -> Vec<u8> {
        match self {
            Self::Srgb => icc::srgb(),
            Self::DisplayP3 => icc::display_p3(),
        }
    }

    /// The profile in a recipe, with the version of ICC.
    pub(super) fn recipe(self) -> &'static str {
        match self {
            Self::Srgb => "srgb4",
            Self::DisplayP3 => "p3d65-4",
        }
    }
}
