//! Palettes: a sample is an index into a map of colours of 16 bits.

use super::super::bytes::File;
use super::super::directory::Directory;
use super::super::layout::Layout;
use super::super::sample::{Channel, Kind};
use super::super::{FORMAT, tag};
use super::codes;
use crate::error::{Error, Result};

/// The colours of a page.
#[derive(Debug, Clone)]
pub(in super::super) struct Palette(Vec<[u16; 3]>);

impl Palette {
    pub(super) fn read(file: &mut File, page: &Directory, layout: &Layout) -> Result<Self> {
        let Kind::Unsigned(bits @ ..=16) = layout.kind else {
            return Err(Error::unsupported(FORMAT, "palettes of more than 16 bits"));
        };
        let map = page.uints(file, tag::COLOR_MAP)?.unwrap_or_default();
        let entries = 1 << bits;
        if map.len() < 3 * entries {
            return Err(Error::corrupt(FORMAT, "a palette with too few colours"));
        }
        // a map of bytes, which some writers take for shorts
        let scale = if map.iter().all(|&code| code <= 255) { 257 } else { 1 };
        let code = |at: usize| (map[at] * scale).min(65535) as u16;
        let color = |at: usize| [code(at), code(entries + at), code(2 * entries + at)];
        Ok(Self((0..entries).map(color).collect()))
    }

    pub(super) fn rgb(&self, channels: &[Channel<'_>], count: usize) -> Vec<[u16; 3]> {
        codes(channels, count).into_iter().map(|[index]| self.0[index as usize]).collect()
    }
}
