//! Code values: what a display takes and an encoder compresses.

use std::fmt;

use crate::error::{Error, Result};
use crate::image::Extent;
use crate::space::{ColorSpace, Gamut};

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
    /// Matrix and limited range of ITU-R BT.709-6 item 3 (Y' 16..=235, Cb and Cr 16..=240), but the
    /// matrix of BT.2020 for codes of PQ and HLG; chroma lies on even columns and between two rows, as H.264 has it where a file says nothing
    /// else (ITU-T H.264 figure E-1, type 0, "left").
    Yuv420p8,
    /// YCbCr as [`Yuv420p8`](Self::Yuv420p8) has it, but 10 bits: Y' 64..=940, Cb and Cr 64..=960.
    Yuv420p10,
    /// YCbCr 4:2:2, 8 bits, in three planes: chroma on the even columns of every row.
    Yuv422p8,
    /// YCbCr as [`Yuv422p8`](Self::Yuv422p8) has it, but 10 bits.
    Yuv422p10,
}

impl PixelFormat {
    #[cfg(test)]
    pub(super) const ALL: [Self; 6] =
        [Self::Rgb8, Self::Rgb16, Self::Yuv420p8, Self::Yuv420p10, Self::Yuv422p8, Self::Yuv422p10];

    /// Bits of a code.
    #[must_use]
    pub fn depth(self) -> u8 {
        match self {
            Self::Rgb8 | Self::Yuv420p8 | Self::Yuv422p8 => 8,
            Self::Yuv420p10 | Self::Yuv422p10 => 10,
            Self::Rgb16 => 16,
        }
    }

    /// The pixels that share their chroma: how many in a row, and of how many rows; none for R'G'B'.
    #[must_use]
    pub fn chroma(self) -> Option<[u32; 2]> {
        match self {
            Self::Rgb8 | Self::Rgb16 => None,
            Self::Yuv420p8 | Self::Yuv420p10 => Some([2, 2]),
            Self::Yuv422p8 | Self::Yuv422p10 => Some([2, 1]),
        }
    }

    /// Codes in each plane of a picture of `size`.
    fn lengths(self, size: Extent) -> Vec<usize> {
        let luma = size.width as usize * size.height as usize;
        match self.chroma() {
            None => vec![3 * luma],
            Some([wide, tall]) => {
                let chroma = (size.width / wide) as usize * (size.height / tall) as usize;
                vec![luma, chroma, chroma]
            }
        }
    }
}

/// Which code values an encoder takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFormat {
    /// How they lie in memory.
    pub pixel: PixelFormat,
    /// Whose transfer function they carry: `srgb_rec709_display`, `srgb_p3d65_display`,
    /// `g24_rec709_display`, and with 10 bits or more `pq_rec2020_display` or `hlg_rec2020_display`.
    pub space: ColorSpace,
}

impl CodeFormat {
    /// Says whether width and height are made even: pixels share their chroma.
    #[must_use]
    pub fn even(&self) -> bool {
        self.pixel.chroma().is_some()
    }

    /// Says whether they have light above diffuse white.
    #[must_use]
    pub fn is_hdr(&self) -> bool {
        Gamut::of(&self.space).is_hdr()
    }

    /// The planes of a picture of `size`, all zero.
    pub(super) fn planes(&self, size: Extent) -> Vec<Plane> {
        let plane = |length| match self.pixel.depth() {
            8 => Plane::U8(vec![0; length]),
            _ => Plane::U16(vec![0; length]),
        };
        self.pixel.lengths(size).into_iter().map(plane).collect()
    }

    /// Whether `planes` are as many, as deep and as long as a picture of `size` has.
    fn fits(&self, size: Extent, planes: &[Plane]) -> bool {
        let length = |plane: &Plane| match (plane, self.pixel.depth()) {
            (Plane::U8(codes), 8) => Some(codes.len()),
            (Plane::U16(codes), 9..) => Some(codes.len()),
            _ => None,
        };
        planes.iter().map(length).eq(self.pixel.lengths(size).into_iter().map(Some))
    }

    /// Checks that a picture of `size` has codes of this format.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) for an empty picture, or an odd side where
    /// it has to be even; [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for high dynamic range in
    /// less than 10 bits.
    pub(super) fn check(&self, size: Extent) -> Result<()> {
        self.check_depth()?;
        let Extent { width, height } = size;
        if width == 0 || height == 0 {
            return Err(Error::encode("codes", format!("an empty picture, {width}x{height}")));
        }
        let [wide, tall] = self.pixel.chroma().unwrap_or([1, 1]);
        if width % wide != 0 || height % tall != 0 {
            let (name, sides) = if tall == 2 { ("4:2:0", "sizes") } else { ("4:2:2", "widths") };
            let what = format!("{name} takes even {sides} only, not {width}x{height}");
            return Err(Error::encode("codes", what));
        }
        Ok(())
    }

    /// Refuses high dynamic range in 8 bits: its curves spread so few codes that skies have bands.
    fn check_depth(&self) -> Result<()> {
        if self.pixel.depth() >= 10 || !self.is_hdr() {
            return Ok(());
        }
        let what = format!("{} needs codes of 10 bits, and the encoder takes 8", self.space);
        Err(Error::invalid("color", what))
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
        let formats = PixelFormat::ALL
            .map(|pixel| CodeFormat { pixel, space: ColorSpace::SRGB_REC709_DISPLAY });
        for format in &formats {
            for other in &formats {
                assert_eq!(format.fits(size, &other.planes(size)), format == other);
            }
            assert!(!format.fits(Extent::new(6, 6), &format.planes(size)));
        }
    }
}
