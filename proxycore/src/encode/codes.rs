//! Code values: what a display takes and an encoder compresses.

use std::fmt;

use crate::error::{Error, Result};
use crate::image::Extent;
use crate::space::ColorSpace;

/// How code values lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelFormat {
    /// R'G'B', 8 bits each, full range, in one plane: R, G, B, R, G, B, ...
    Rgb8,
    /// R'G'B' as [`Rgb8`](Self::Rgb8) has it, but 16 bits each, 0..=65535.
    Rgb16,
    /// YCbCr 4:2:0, 8 bits, in three planes.
    ///
    /// Matrix and limited range of ITU-R BT.709-6 item 3 (Y' 16..=235, Cb and Cr 16..=240);
    /// chroma lies on even columns and between two rows, as H.264 has it where a file says nothing
    /// else (ITU-T H.264 figure E-1, type 0, "left").
    Yuv420p8,
}

/// Which code values an encoder takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFormat {
    /// How they lie in memory.
    pub pixel: PixelFormat,
    /// Whose transfer function they carry: `srgb_rec709_display`, `srgb_p3d65_display` or
    /// `g24_rec709_display`.
    pub space: ColorSpace,
}

impl CodeFormat {
    /// Says whether width and height have to be even.
    #[must_use]
    pub fn even(&self) -> bool {
        self.pixel == PixelFormat::Yuv420p8
    }

    /// The planes of a picture of `size`, all zero.
    pub(super) fn planes(&self, size: Extent) -> Vec<Plane> {
        let luma = size.width as usize * size.height as usize;
        match self.pixel {
            PixelFormat::Rgb8 => vec![Plane::U8(vec![0; 3 * luma])],
            PixelFormat::Rgb16 => vec![Plane::U16(vec![0; 3 * luma])],
            PixelFormat::Yuv420p8 => {
                [luma, luma / 4, luma / 4].map(|length| Plane::U8(vec![0; length])).into()
            }
        }
    }

    /// Whether `planes` are as many, as deep and as long as a picture of `size` has.
    fn fits(&self, size: Extent, planes: &[Plane]) -> bool {
        let luma = size.width as usize * size.height as usize;
        match (self.pixel, planes) {
            (PixelFormat::Rgb8, [Plane::U8(rgb)]) => rgb.len() == 3 * luma,
            (PixelFormat::Rgb16, [Plane::U16(rgb)]) => rgb.len() == 3 * luma,
            (PixelFormat::Yuv420p8, [Plane::U8(y), Plane::U8(cb), Plane::U8(cr)]) => {
                y.len() == luma && cb.len() == luma / 4 && cr.len() == luma / 4
            }
            _ => false,
        }
    }

    /// Checks that a picture of `size` has codes of this format.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) for an empty picture, or an odd side where
    /// both have to be even.
    pub(super) fn check(&self, size: Extent) -> Result<()> {
        let Extent { width, height } = size;
        if width == 0 || height == 0 {
            return Err(Error::encode("codes", format!("an empty picture, {width}x{height}")));
        }
        if self.even() && (width % 2 != 0 || height % 2 != 0) {
            let what = format!("4:2:0 takes even sizes only, not {width}x{height}");
            return Err(Error::encode("codes", what));
        }
        Ok(())
    }
}

/// Code values of one depth, row after row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plane {
    /// Codes of 8 bits.
    U8(Vec<u8>),
    /// Codes of 9 to 16 bits, in the low bits.
    U16(Vec<u16>),
}

impl Plane {
    /// Its codes, where they have 8 bits.
    #[must_use]
    pub fn as_u8(&self) -> Option<&[u8]> {
        match self {
            Self::U8(codes) => Some(codes),
            Self::U16(_) => None,
        }
    }

    /// Its codes, where they have more than 8 bits.
    #[must_use]
    pub fn as_u16(&self) -> Option<&[u16]> {
        match self {
            Self::U8(_) => None,
            Self::U16(codes) => Some(codes),
        }
    }
}

/// A picture in code values.
#[derive(Clone, PartialEq, Eq)]
pub struct Codes {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// What the planes hold.
    pub format: CodeFormat,
    /// The planes, rows without padding: one for R'G'B'; Y', Cb and Cr for YCbCr.
    pub planes: Vec<Plane>,
}

impl Codes {
    /// Width and height in pixels.
    #[must_use]
    pub fn extent(&self) -> Extent {
        Extent::new(self.width, self.height)
    }

    /// Checks that they are what `encoder` takes, and that the planes are as long and as deep as
    /// they claim; an encoder does so first.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) where not.
    pub fn check(&self, pixel: PixelFormat, encoder: &'static str) -> Result<()> {
        if self.format.pixel != pixel {
            let what = format!("takes {pixel:?}, not {:?}", self.format.pixel);
            return Err(Error::encode(encoder, what));
        }
        self.format.check(self.extent())?;
        if !self.format.fits(self.extent(), &self.planes) {
            return Err(Error::encode(encoder, "planes do not match the picture's size or depth"));
        }
        Ok(())
    }
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codes")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuv(width: u32, height: u32, planes: Vec<Vec<u8>>) -> Codes {
        let planes = planes.into_iter().map(Plane::U8).collect();
        let space = ColorSpace::G24_REC709_DISPLAY;
        let format = CodeFormat { pixel: PixelFormat::Yuv420p8, space };
        Codes { width, height, format, planes }
    }

    #[test]
    fn codes_are_checked_before_an_encoder_sees_them() {
        let check = |codes: Codes, pixel| codes.check(pixel, "it").map_err(|e| e.to_string());
        let good = || yuv(4, 2, vec![vec![0; 8], vec![0; 2], vec![0; 2]]);
        assert_eq!(check(good(), PixelFormat::Yuv420p8), Ok(()));
        assert_eq!(check(good(), PixelFormat::Rgb8), Err("it: takes Rgb8, not Yuv420p8".into()));
        let short = yuv(4, 2, vec![vec![0; 7], vec![0; 2], vec![0; 2]]);
        assert!(check(short, PixelFormat::Yuv420p8).unwrap_err().contains("planes"));
        let deep = Codes { planes: vec![Plane::U16(vec![0; 8])], ..good() };
        assert!(check(deep, PixelFormat::Yuv420p8).unwrap_err().contains("depth"));
        assert!(check(yuv(3, 2, vec![]), PixelFormat::Yuv420p8).unwrap_err().contains("3x2"));
        assert!(check(yuv(0, 2, vec![]), PixelFormat::Yuv420p8).unwrap_err().contains("empty"));
    }

    #[test]
    fn every_format_takes_its_own_planes_only() {
        let size = Extent::new(6, 4);
        let formats = [PixelFormat::Rgb8, PixelFormat::Rgb16, PixelFormat::Yuv420p8]
            .map(|pixel| CodeFormat { pixel, space: ColorSpace::SRGB_REC709_DISPLAY });
        for format in &formats {
            for other in &formats {
                assert_eq!(format.fits(size, &other.planes(size)), format == other);
            }
            assert!(!format.fits(Extent::new(6, 6), &format.planes(size)));
        }
    }
}
