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
        Kind::Unsigned(..=16) => Ok(()),
        _ => Err(Error::unsupported(FORMAT, "CMYK of other than integers of up to 16 bits")),
    }
}

/// Each ink takes its part of the light, without regard to real inks: OpenImageIO does the same.
pub(super) fn rgb(white: f32, channels: &[Channel<'_>], count: usize) -> Vec<[f32; 3]> {
    let paper = |code: u32| 1.0 - code as f32 / white;
    let light = |[cyan, magenta, yellow, black]: [u32; 4]| {
        [cyan, magenta, yellow].map(|ink| paper(ink) * paper(black) * white + 0.5)
    };
    codes(channels, count).into_iter().map(light).collect()
}
