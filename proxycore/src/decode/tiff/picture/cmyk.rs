//! Inks: cyan, magenta, yellow and black, as the light that they leave.

use super::super::bytes::File;
use super::super::directory::Directory;
use super::super::layout::Layout;
use super::super::sample::{Channel, Kind};
use super::super::{FORMAT, tag};
use super::codes;
use crate::error::{Error, Result};

/// Ink set 1 of TIFF 6.0, section 16.
const CMYK: u64 = 1;

/// Checks that the inks are those that can be shown.
pub(super) fn check(file: &mut File, page: &Directory, layout: &Layout) -> Result<()> {
    if page.uint_or(file, tag::INK_SET, CMYK)? != CMYK || layout.samples < 4 {
        return Err(Error::unsupported(FORMAT, "inks other than CMYK"));
    }
    match layout.kind {
        Kind::Unsigned(..=16) | Kind::Half | Kind::Float24 | Kind::Float | Kind::Double => Ok(()),
        _ => Err(Error::unsupported(FORMAT, "CMYK of signed integers, or of more than 16 bits")),
    }
}

/// The same of floats, of which 1 is all of an ink.
pub(super) fn lights(kind: Kind, channels: &[Channel<'_>], count: usize) -> Vec<[f32; 3]> {
    let mut pixels = vec![[0.0; 4]; count];
    let mut row = vec![0.0; count];
    for (at, channel) in channels.iter().take(4).enumerate() {
        channel.fill(&mut row, |bits| kind.light(bits));
        pixels.iter_mut().zip(&row).for_each(|(pixel, ink)| pixel[at] = *ink);
    }
    let light = |[cyan, magenta, yellow, black]: [f32; 4]| {
        [cyan, magenta, yellow].map(|ink| (1.0 - ink) * (1.0 - black))
    };
    pixels.into_iter().map(light).collect()
}

/// Each ink takes its part of the light, without regard to real inks: OpenImageIO does the same.
pub(super) fn rgb(white: f32, channels: &[Channel<'_>], count: usize) -> Vec<[f32; 3]> {
    let paper = |code: u32| 1.0 - code as f32 / white;
    let light = |[cyan, magenta, yellow, black]: [u32; 4]| {
        [cyan, magenta, yellow].map(|ink| paper(ink) * paper(black) * white + 0.5)
    };
    codes(channels, count).into_iter().map(light).collect()
}
