//! The filters that pixels are weighed by.

use std::f64::consts::PI;

/// The filter that pixels are weighed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Filter {
    /// The mean of the pixels that an output pixel covers.
    Box,
    /// A triangle, twice as wide.
    Triangle,
    /// Mitchell and Netravali's cubic, B = C = 1/3.
    Mitchell,
    /// Catmull and Rom's cubic.
    CatmullRom,
    /// A sinc windowed to three lobes: the default.
    #[default]
    Lanczos3,
}

impl Filter {
    /// How far it reaches to each side, in output pixels.
    pub(super) fn support(self) -> f64 {
        match self {
            Self::Box => 0.5,
            Self::Triangle => 1.0,
            Self::Mitchell | Self::CatmullRom => 2.0,
            Self::Lanczos3 => 3.0,
        }
    }

    /// What a pixel weighs whose centre lies `x` output pixels from the output pixel's, before all
    /// weights are brought to a sum of 1. Between two boxes it belongs to the left one.
    pub(super) fn weight(self, x: f64) -> f64 {
        match self {
            Self::Box => f64::from(u8::from(x > -0.5 && x <= 0.5)),
            Self::Triangle => (1.0 - x.abs()).max(0.0),
            Self::Mitchell => cubic(x.abs(), 1.0 / 3.0, 1.0 / 3.0),
            Self::CatmullRom => cubic(x.abs(), 0.0, 0.5),
            Self::Lanczos3 if x.abs() < 3.0 => sinc(x) * sinc(x / 3.0),
            Self::Lanczos3 => 0.0,
        }
    }

    /// Its name, as OpenImageIO has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Box => "box",
            Self::Triangle => "triangle",
            Self::Mitchell => "mitchell",
            Self::CatmullRom => "catmull-rom",
            Self::Lanczos3 => "lanczos3",
        }
    }
}

/// The family of Mitchell and Netravali, "Reconstruction Filters in Computer Graphics" (1988),
/// equation 8.
fn cubic(x: f64, b: f64, c: f64) -> f64 {
    let sixth = match x {
        _ if x < 1.0 => {
            ((12.0 - 9.0 * b - 6.0 * c) * x + (-18.0 + 12.0 * b + 6.0 * c)) * x * x + 6.0 - 2.0 * b
        }
        _ if x < 2.0 => {
            (((-b - 6.0 * c) * x + (6.0 * b + 30.0 * c)) * x - 12.0 * b - 48.0 * c) * x
                + 8.0 * b
                + 24.0 * c
        }
        _ => 0.0,
    };
    sixth / 6.0
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}
