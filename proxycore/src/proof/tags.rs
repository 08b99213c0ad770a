//! What a file says of itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::space::ColorSpace;

/// Tags as they were read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tags {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// A pixel's width divided by its height, as a fraction.
    pub pixel_aspect: [u32; 2],
    /// The space that the tags name, by Color Interop ID.
    pub colorspace: ColorSpace,
    /// What the ICC profile calls itself, where there is one.
    pub icc: Option<String>,
    /// How a still stores colour: `RGB` or `YCbCr`.
    pub model: Option<String>,
    /// How a movie stores colour.
    pub cicp: Option<Cicp>,
}

impl fmt::Display for Tags {
    /// In one line, for a column of a table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.colorspace)?;
        if let Some(icc) = &self.icc {
            write!(f, " icc={icc}")?;
        }
        if let Some(model) = &self.model {
            write!(f, " model={model}")?;
        }
        if let Some(cicp) = &self.cicp {
            write!(f, " cicp={cicp}")?;
        }
        let [num, den] = self.pixel_aspect;
        write!(f, " aspect={num}:{den} size={}x{}", self.width, self.height)
    }
}

/// Code points of ITU-T H.273; as text, `1/1/1 limited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Cicp {
    /// `ColourPrimaries`.
    pub primaries: u8,
    /// `TransferCharacteristics`.
    pub transfer: u8,
    /// `MatrixCoefficients`.
    pub matrix: u8,
    /// `VideoFullRangeFlag`.
    pub full_range: bool,
}

impl Cicp {
    /// What a file says that says nothing.
    pub const UNSPECIFIED: Self = Self { primaries: 2, transfer: 2, matrix: 2, full_range: false };
}

impl fmt::Display for Cicp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { primaries, transfer, matrix, full_range } = self;
        let range = if *full_range { "full" } else { "limited" };
        write!(f, "{primaries}/{transfer}/{matrix} {range}")
    }
}

impl From<Cicp> for String {
    fn from(cicp: Cicp) -> Self {
        cicp.to_string()
    }
}

impl TryFrom<String> for Cicp {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let read = || {
            let (points, range) = text.split_once(' ')?;
            let points: Option<Vec<u8>> =
                points.split('/').map(|point| point.parse().ok()).collect();
            let [primaries, transfer, matrix] = points?[..] else { return None };
            Some(Self { primaries, transfer, matrix, full_range: range == "full" })
        };
        read().ok_or_else(|| format!("`{text}` is no code points"))
    }
}
