//! Photometric interpretations: from stored samples to what is shown, a file for each.
//!
//! Grey and R, G, B are shown as stored. The others become R, G, B codes as OpenImageIO makes them,
//! through libtiff, so that pictures agree; `CIELab` alone is our own, for libtiff forgets that its
//! white is not that of sRGB.

mod cmyk;
mod lab;
mod log;
mod palette;
mod ycbcr;

use std::ops::Range;

use half::f16;

use self::lab::Lab;
use self::palette::Palette;
use self::ycbcr::YCbCr;
pub(super) use self::ycbcr::repeat;
use super::bytes::File;
use super::directory::Directory;
use super::layout::Layout;
use super::sample::{Channel, Kind};
use super::{FORMAT, codec, tag};
use crate::error::{Error, ErrorKind, Result};
use crate::image::Samples;

pub(super) const WHITE_IS_ZERO: u64 = 0;
pub(super) const BLACK_IS_ZERO: u64 = 1;
pub(super) const RGB: u64 = 2;
const PALETTE: u64 = 3;
const MASK: u64 = 4;
const SEPARATED: u64 = 5;
pub(super) const YCBCR: u64 = 6;
const CIE_LAB: u64 = 8;
const ICC_LAB: u64 = 9;
pub(super) const LOG_L: u64 = 32844;
const LOG_LUV: u64 = 32845;

/// Interpretations that are known by name, and under which names OpenImageIO tells of some.
const NAMES: &[(u64, &str)] = &[
    (PALETTE, "palette"),
    (SEPARATED, "CMYK"),
    (YCBCR, "YCbCr"),
    (CIE_LAB, "CIELAB"),
    (ICC_LAB, "ICCLAB"),
    (10, "ITULAB"),
    (32803, "colour filter array"),
    (LOG_L, "LOGL"),
    (LOG_LUV, "LOGLUV"),
    (34892, "linear raw"),
];

/// The name of an interpretation that is not plain grey or R, G, B.
pub(super) fn name(number: u64) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// What stored samples are shown as.
#[derive(Debug, Clone)]
pub(super) enum Picture {
    /// These channels, as stored: three, or one as grey.
    Direct {
        channels: Vec<usize>,
        /// Whether the largest code is black.
        inverted: bool,
    },
    Cmyk,
    /// What paper reflects through each ink, for a profile that knows their light.
    Inks,
    Lab(Lab),
    LogL,
    LogLuv,
    Palette(Palette),
    YCbCr(YCbCr),
}

impl Picture {
    /// Reads what a directory says of its colours.
    pub(super) fn read(file: &mut File, page: &Directory, layout: &Layout) -> Result<Self> {
        let log = layout.compression == codec::SGI_LOG;
        match layout.photometric {
            WHITE_IS_ZERO | BLACK_IS_ZERO | RGB | MASK => Ok(Self::direct(file, page, layout)?),
            PALETTE => Palette::read(file, page, layout).map(Self::Palette),
            SEPARATED => cmyk::check(file, page, layout).map(|()| Self::Cmyk),
            YCBCR => YCbCr::read(file, page, layout).map(Self::YCbCr),
            CIE_LAB | ICC_LAB => Lab::new(layout).map(Self::Lab),
            LOG_L if log => Ok(Self::LogL),
            LOG_LUV if log => Ok(Self::LogLuv),
            other => {
                let number = format!("photometric interpretation {other}");
                let feature = name(other).map_or(number, |name| format!("{name} pictures"));
                Err(Error::unsupported(FORMAT, feature))
            }
        }
    }

    /// Grey has one channel of colour, and R, G, B three; but three channels that no field calls
    /// extra are shown as R, G, B, as OpenImageIO does.
    fn direct(file: &mut File, page: &Directory, layout: &Layout) -> Result<Self> {
        let extra = page.uints(file, tag::EXTRA_SAMPLES)?.unwrap_or_default().len();
        let grey = layout.photometric != RGB && layout.samples.saturating_sub(extra) < 3;
        let channels = if grey || layout.samples < 3 { vec![0] } else { vec![0, 1, 2] };
        Ok(Self::Direct { channels, inverted: layout.photometric == WHITE_IS_ZERO })
    }

    /// Shows one of a page's channels, by its name, as grey.
    pub(super) fn only(self, layer: &str, names: &[String]) -> Result<Self> {
        let found = names.iter().position(|name| name == layer);
        match (self, found) {
            (Self::Direct { inverted, .. }, Some(channel)) => {
                Ok(Self::Direct { channels: vec![channel], inverted })
            }
            _ => Err(Error::new(ErrorKind::NoSuch {
                what: "layer",
                name: layer.into(),
                available: names.to_vec(),
            })),
        }
    }

    /// The same, with inks kept where the page's profile is one of inks.
    pub(super) fn with_profile(self, profile: Option<&[u8]>) -> Self {
        let profiled = profile.and_then(|bytes| bytes.get(16..20)) == Some(b"CMYK");
        match self {
            Self::Cmyk if profiled => Self::Inks,
            other => other,
        }
    }

    /// The channels that it is made of, as indices.
    pub(super) fn channels(&self) -> Vec<usize> {
        match self {
            Self::Direct { channels, .. } => channels.clone(),
            Self::LogL | Self::LogLuv | Self::Palette(_) => vec![0],
            Self::YCbCr(_) | Self::Lab(_) => vec![0, 1, 2],
            Self::Cmyk | Self::Inks => vec![0, 1, 2, 3],
        }
    }

    /// Planes that are shown.
    pub(super) fn planes(&self) -> usize {
        match self {
            Self::Direct { channels, .. } => channels.len(),
            Self::Inks => 4,
            Self::LogL => 1,
            _ => 3,
        }
    }

    /// What the codes that are shown mean, of samples of `kind`.
    pub(super) fn shown(&self, kind: Kind) -> Kind {
        match self {
            Self::Direct { .. } | Self::Cmyk | Self::Inks => kind,
            Self::Palette(_) | Self::Lab(_) => Kind::Unsigned(16),
            Self::YCbCr(_) | Self::LogL | Self::LogLuv => Kind::Unsigned(8),
        }
    }

    /// Makes a row's pixels of its channels.
    pub(super) fn paint(
        &self,
        kind: Kind,
        channels: &[Channel<'_>],
        place: &Place,
        out: &mut Samples,
    ) {
        match (self, out) {
            (Self::Direct { inverted, .. }, out) => {
                for (plane, channel) in channels.iter().enumerate() {
                    show(channel, kind, *inverted, place.plane(plane), out);
                }
            }
            (Self::Inks, out) => {
                for (plane, channel) in channels.iter().take(4).enumerate() {
                    show(channel, kind, true, place.plane(plane), out);
                }
            }
            (Self::Cmyk, Samples::U8(out)) => {
                let white = f32::from(kind.white());
                place.put(out, cmyk::rgb(white, channels, place.count), |code| code as u8);
            }
            (Self::Cmyk, Samples::U16(out)) => {
                let white = f32::from(kind.white());
                place.put(out, cmyk::rgb(white, channels, place.count), |code| code as u16);
            }
            (Self::Cmyk, Samples::Float(out)) => {
                place.put(out, cmyk::lights(kind, channels, place.count), |light| light);
            }
            (Self::Cmyk, Samples::Half(out)) => {
                place.put(out, cmyk::lights(kind, channels, place.count), f16::from_f32);
            }
            (Self::Palette(palette), Samples::U16(out)) => {
                place.put(out, palette.rgb(channels, place.count), |code| code);
            }
            (Self::Lab(lab), Samples::U16(out)) => {
                place.put(out, lab.rgb(channels, place.count), |code| code);
            }
            (Self::YCbCr(ycbcr), Samples::U8(out)) => {
                place.put(out, ycbcr.rgb(channels, place.count), |code| code);
            }
            (Self::LogL, Samples::U8(out)) => {
                channels[0].fill(&mut out[place.plane(0)], |code| log::grey(code as u16));
            }
            (Self::LogLuv, Samples::U8(out)) => {
                place.put(out, log::rgb(channels, place.count), |code| code);
            }
            _ => unreachable!("the samples are those of `shown`"),
        }
    }
}

/// Shows a channel as stored.
fn show(channel: &Channel<'_>, kind: Kind, inverted: bool, span: Range<usize>, out: &mut Samples) {
    let flip = match kind {
        Kind::Unsigned(_) if inverted => u64::from(kind.max()),
        _ => 0,
    };
    match out {
        Samples::U8(out) => channel.fill(&mut out[span], |code| (code ^ flip) as u8),
        Samples::U16(out) => channel.fill(&mut out[span], |code| (code ^ flip) as u16),
        Samples::Half(out) => channel.fill(&mut out[span], |code| f16::from_bits(code as u16)),
        Samples::Float(out) => channel.fill(&mut out[span], |code| kind.light(code ^ flip)),
    }
}

/// Where a row's pixels go in a band.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The first pixel of the first plane.
    pub(super) start: usize,
    /// From plane to plane.
    pub(super) pitch: usize,
    /// Pixels.
    pub(super) count: usize,
}

impl Place {
    fn plane(&self, plane: usize) -> Range<usize> {
        let start = self.start + plane * self.pitch;
        start..start + self.count
    }

    fn put<T, U>(&self, out: &mut [U], pixels: Vec<[T; 3]>, convert: impl Fn(T) -> U) {
        for (x, pixel) in pixels.into_iter().enumerate() {
            for (plane, code) in pixel.into_iter().enumerate() {
                out[self.start + plane * self.pitch + x] = convert(code);
            }
        }
    }
}

/// The codes of `N` channels, pixel by pixel.
fn codes<const N: usize>(channels: &[Channel<'_>], count: usize) -> Vec<[u32; N]> {
    let mut pixels = vec![[0; N]; count];
    let mut row = vec![0; count];
    for (at, channel) in channels.iter().take(N).enumerate() {
        channel.fill(&mut row, |code| code as u32);
        pixels.iter_mut().zip(&row).for_each(|(pixel, code)| pixel[at] = *code);
    }
    pixels
}
