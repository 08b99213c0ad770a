//! The tag that says which colour space a picture is in.
//!
//! Spaces are named by Color Interop ID, the Academy Software Foundation's list of names that
//! OpenEXR and OpenColorIO share: `lin_rec709_scene`, `srgb_rec709_display`, and so on. A tag says
//! only *which* space; the mathematics is in [`color`](crate::color).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A colour space, by Color Interop ID.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ColorSpace(Cow<'static, str>);

impl ColorSpace {
    /// Linear light, Rec.709 primaries, scene-referred.
    pub const LIN_REC709_SCENE: Self = Self(Cow::Borrowed("lin_rec709_scene"));
    /// Linear light, AP1 primaries, scene-referred: ACEScg.
    pub const LIN_AP1_SCENE: Self = Self(Cow::Borrowed("lin_ap1_scene"));
    /// Linear light, AP0 primaries, scene-referred: ACES2065-1.
    pub const LIN_AP0_SCENE: Self = Self(Cow::Borrowed("lin_ap0_scene"));
    /// Linear light, Rec.2020 primaries, scene-referred.
    pub const LIN_REC2020_SCENE: Self = Self(Cow::Borrowed("lin_rec2020_scene"));
    /// Linear light, P3 primaries with a D65 white, scene-referred.
    pub const LIN_P3D65_SCENE: Self = Self(Cow::Borrowed("lin_p3d65_scene"));
    /// Linear light, CIE XYZ with a D65 white, scene-referred.
    pub const LIN_CIEXYZD65_SCENE: Self = Self(Cow::Borrowed("lin_ciexyzd65_scene"));
    /// Linear light, Rec.709 primaries, 0..=1 where 1 is the display's peak: what a
    /// [`DisplayLinear`](crate::image::DisplayLinear) picture holds.
    pub const LIN_REC709_DISPLAY: Self = Self(Cow::Borrowed("lin_rec709_display"));
    /// The sRGB display, IEC 61966-2-1.
    pub const SRGB_REC709_DISPLAY: Self = Self(Cow::Borrowed("srgb_rec709_display"));
    /// sRGB codes of scene-referred light, as textures are painted: the same curve.
    pub const SRGB_REC709_SCENE: Self = Self(Cow::Borrowed("srgb_rec709_scene"));
    /// The Rec.709 display with the transfer function of ITU-R BT.1886, gamma 2.4.
    pub const G24_REC709_DISPLAY: Self = Self(Cow::Borrowed("g24_rec709_display"));
    /// The Display P3 display: the sRGB curve on P3's primaries with a D65 white.
    pub const SRGB_P3D65_DISPLAY: Self = Self(Cow::Borrowed("srgb_p3d65_display"));
    /// The perceptual quantiser of ITU-R BT.2100 (SMPTE ST 2084) on Rec.2020's primaries.
    pub const PQ_REC2020_DISPLAY: Self = Self(Cow::Borrowed("pq_rec2020_display"));
    /// The hybrid log-gamma of ITU-R BT.2100 on Rec.2020's primaries.
    pub const HLG_REC2020_DISPLAY: Self = Self(Cow::Borrowed("hlg_rec2020_display"));
    /// Film scanned to printing density (Cineon, DPX), black at code 95 and white at 685 of 1023.
    /// The name is this crate's own: the list has no film.
    pub const CINEON: Self = Self(Cow::Borrowed("cineon_rec709_scene"));
    /// Numbers that are no colour, and are shown as they are.
    pub const DATA: Self = Self(Cow::Borrowed("data"));

    /// Tags a space by its Color Interop ID, known to this crate or not.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(Cow::Owned(id.into()))
    }

    /// The Color Interop ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ColorSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The primaries that light for a display has, and the cube that it is clipped to: the triangle of
/// those, up to the display's peak, which is 1.
///
/// Clipping cannot be undone: light that was clipped to Rec.709's triangle has no wider colour to give
/// to a wider display, and light that was clipped at diffuse white no highlights to a brighter one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Gamut {
    /// Those of ITU-R BT.709, which sRGB has too.
    #[default]
    Rec709,
    /// Those of SMPTE RP 431-2 with a D65 white: Display P3's.
    P3,
    /// Those of ITU-R BT.2020, up to the 10 000 cd/m² that PQ can say.
    Rec2100Pq,
    /// Those of ITU-R BT.2020, up to the 1000 cd/m² of HLG's nominal display.
    Rec2100Hlg,
}

/// cd/m² of diffuse white in high dynamic range (ITU-R BT.2408-7 section 2.1).
const REFERENCE_WHITE: f64 = 203.0;

impl Gamut {
    /// The gamut of a display's colour space.
    #[must_use]
    pub fn of(display: &ColorSpace) -> Self {
        match display {
            display if *display == ColorSpace::SRGB_P3D65_DISPLAY => Self::P3,
            display if *display == ColorSpace::PQ_REC2020_DISPLAY => Self::Rec2100Pq,
            display if *display == ColorSpace::HLG_REC2020_DISPLAY => Self::Rec2100Hlg,
            _ => Self::Rec709,
        }
    }

    /// Where diffuse white lies, as a part of the display's peak.
    #[must_use]
    pub fn white(self) -> f64 {
        match self {
            Self::Rec709 | Self::P3 => 1.0,
            Self::Rec2100Pq => REFERENCE_WHITE / 10_000.0,
            Self::Rec2100Hlg => REFERENCE_WHITE / 1000.0,
        }
    }

    /// Whether there is light above diffuse white.
    #[must_use]
    pub fn is_hdr(self) -> bool {
        self.white() < 1.0
    }
}

impl fmt::Display for Gamut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rec709 => "Rec.709",
            Self::P3 => "P3",
            Self::Rec2100Pq => "Rec.2100 PQ",
            Self::Rec2100Hlg => "Rec.2100 HLG",
        })
    }
}

/// How sure a detection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// The caller or the file says so by name.
    Stated,
    /// It follows from what the file says.
    Derived,
    /// Nothing says so: the usual meaning of such a file was assumed.
    Guessed,
}

impl Certainty {
    /// The name for machines, such as `guessed`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Derived => "derived",
            Self::Guessed => "guessed",
        }
    }
}
