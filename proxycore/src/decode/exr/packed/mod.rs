//! Our own unpackers of the compressions that most frames have: ZIP, PIZ and DWA.
//!
//! They give what the crate's give, bit by bit but for DWA, whose cosines are rounded differently by
//! each processor anyway (their tests hold them against each other), and leave
//! out what nobody looks at: the samples of unwanted channels are zero. What makes them faster is
//! said where it is done. The other compressions are the crate's.

mod bits;
mod dwa;
mod huffman;
mod inflate;
mod piz;
mod wavelet;
mod zip;

use std::ops::Range;

use exr::meta::BlockDescription;
use exr::meta::attribute::ChannelDescription;
use exr::meta::header::Header;
use exr::prelude::{Compression, SampleType, Vec2};
use half::f16;

use crate::error::Result;

/// A block's shape, and which of its samples are wanted.
#[derive(Debug)]
pub(super) struct Layout {
    /// Pixels in a line.
    pub(super) columns: usize,
    pub(super) lines: usize,
    /// The channels in the file's order; none is subsampled.
    pub(super) channels: Vec<Channel>,
}

/// A channel of a block.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    name: Vec<u8>,
    kind: SampleType,
    /// Whether it says of itself that its numbers are in proportion to what is seen.
    is_linear: bool,
    /// Bytes of a sample: 2 or 4.
    size: usize,
    wanted: bool,
}

impl Layout {
    /// Describes a block of a part, of which the channels at these indices are wanted.
    pub(super) fn new(header: &Header, columns: usize, lines: usize, wanted: &[usize]) -> Self {
        let channel = |(index, channel): (usize, &ChannelDescription)| Channel {
            name: channel.name.as_slice().to_vec(),
            kind: channel.sample_type,
            is_linear: channel.quantize_linearly,
            size: channel.sample_type.bytes_per_sample(),
            wanted: wanted.contains(&index),
        };
        let channels = header.channels.list.iter().enumerate().map(channel).collect();
        Self { columns, lines, channels }
    }

    /// The same of an eighth of the size.
    fn eighth(&self) -> Self {
        let Self { columns, lines, .. } = *self;
        let channels = self.channels.clone();
        Self { columns: columns.div_ceil(8), lines: lines.div_ceil(8), channels }
    }

    /// Bytes of a line.
    fn line(&self) -> usize {
        self.columns * self.channels.iter().map(|channel| channel.size).sum::<usize>()
    }

    /// Where a channel begins in a line.
    fn start(&self, channel: usize) -> usize {
        self.columns * self.channels[..channel].iter().map(|channel| channel.size).sum::<usize>()
    }

    /// Bytes of the block.
    fn bytes(&self) -> usize {
        self.lines * self.line()
    }

    /// Where the wanted channels lie in a line: neighbours are one range.
    fn wanted_bytes(&self) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut start = 0;
        for channel in &self.channels {
            let end = start + self.columns * channel.size;
            match ranges.last_mut() {
                Some(last) if channel.wanted && last.end == start => last.end = end,
                _ if channel.wanted => ranges.push(start..end),
                _ => {}
            }
            start = end;
        }
        ranges
    }
}

impl Channel {
    /// The sample that native bytes start with.
    fn sample(&self, bytes: &[u8]) -> f32 {
        match (self.kind, bytes) {
            (SampleType::F16, &[a, b, ..]) => f16::from_ne_bytes([a, b]).to_f32(),
            (SampleType::F32, &[a, b, c, d, ..]) => f32::from_ne_bytes([a, b, c, d]),
            (SampleType::U32, &[a, b, c, d, ..]) => u32::from_ne_bytes([a, b, c, d]) as f32,
            _ => 0.0,
        }
    }

    /// Writes a sample as native bytes.
    fn put(&self, sample: f32, out: &mut [u8]) {
        match self.kind {
            SampleType::F16 => out.copy_from_slice(&f16::from_f32(sample).to_ne_bytes()),
            SampleType::F32 => out.copy_from_slice(&sample.to_ne_bytes()),
            SampleType::U32 => out.copy_from_slice(&(sample as u32).to_ne_bytes()),
        }
    }
}

/// Unpacks a block to lines of channels, little-endian, where its compression is one of ours.
///
/// # Errors
/// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for data that is no such block.
pub(super) fn unpack(
    compression: Compression,
    packed: &[u8],
    layout: &Layout,
) -> Option<Result<Vec<u8>>> {
    // samples leave as they lie in the file
    if cfg!(target_endian = "big") || packed.len() == layout.bytes() {
        return None;
    }
    match compression {
        Compression::ZIP1 | Compression::ZIP16 => Some(zip::unpack(packed, layout)),
        Compression::PIZ => Some(piz::unpack(packed, layout)),
        Compression::DWAA(_) | Compression::DWAB(_) => dwa::unpack(packed, layout),
        _ => None,
    }
}

/// Unpacks a block of nothing but halves, where there is a short way to them, and adds the channels at
/// `channels` to `out`, line by line. Says whether there was one.
///
/// # Errors
/// As [`unpack`].
pub(super) fn halves(
    compression: Compression,
    packed: &[u8],
    layout: &Layout,
    channels: &[usize],
    out: &mut Vec<f16>,
) -> Result<bool> {
    if layout.channels.iter().any(|channel| channel.kind != SampleType::F16) {
        return Ok(false);
    }
    // a block that would not become smaller is stored as it is
    let is_stored = packed.len() == layout.bytes();
    match compression {
        Compression::Uncompressed | Compression::ZIP1 | Compression::ZIP16 | Compression::PIZ
            if is_stored =>
        {
            stored(packed, layout, channels, out);
        }
        Compression::ZIP1 | Compression::ZIP16 => zip::halves(packed, layout, channels, out)?,
        Compression::PIZ => piz::halves(packed, layout, channels, out)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Adds the channels of a block that was never packed to `out`, line by line.
fn stored(bytes: &[u8], layout: &Layout, channels: &[usize], out: &mut Vec<f16>) {
    for line in bytes.chunks_exact(layout.line()) {
        for channel in channels {
            let samples = line[layout.start(*channel)..][..2 * layout.columns].as_chunks().0;
            out.extend(samples.iter().map(|sample| f16::from_le_bytes(*sample)));
        }
    }
}

/// Whether these channels of a part can be had in an eighth of its size for less: they are those that
/// DWA's rules name, and its squares are whole in each block.
pub(super) fn has_eighth(header: &Header, wanted: &[usize]) -> bool {
    let is_cosine = matches!(header.compression, Compression::DWAA(_) | Compression::DWAB(_));
    let is_whole = match header.blocks {
        BlockDescription::ScanLines => true,
        BlockDescription::Tiles(tiles) => tiles.tile_size.0 % 8 == 0 && tiles.tile_size.1 % 8 == 0,
    };
    let list = &header.channels.list;
    let is_full = || list.iter().all(|channel| channel.sampling == Vec2(1, 1));
    let is_colour = |index: &usize| {
        let name = list[*index].name.to_string();
        let ending = name.rsplit('.').next().unwrap_or_default();
        matches!(ending, "R" | "G" | "B" | "Y") && list[*index].sample_type != SampleType::U32
    };
    is_cosine && !header.deep && is_whole && is_full() && wanted.iter().all(is_colour)
}

/// Makes an eighth of a block from what its squares are on average, where it has them.
///
/// # Errors
/// As [`unpack`].
pub(super) fn eighth(
    compression: Compression,
    packed: &[u8],
    layout: &Layout,
) -> Option<Result<Vec<u8>>> {
    if cfg!(target_endian = "big") || packed.len() == layout.bytes() {
        return None;
    }
    match compression {
        Compression::DWAA(_) | Compression::DWAB(_) => dwa::eighth(packed, layout),
        _ => None,
    }
}

/// Makes an eighth of an unpacked block: means of its squares.
pub(super) fn shrunk(bytes: &[u8], layout: &Layout) -> Vec<u8> {
    let small = layout.eighth();
    let mut out = vec![0; small.bytes()];
    for (channel, kind) in layout.channels.iter().enumerate().filter(|(_, one)| one.wanted) {
        for y in 0..small.lines {
            let means = means(bytes, layout, channel, y);
            let out = &mut out[y * small.line() + small.start(channel)..];
            for (out, mean) in out.chunks_exact_mut(kind.size).zip(means) {
                kind.put(mean, out);
            }
        }
    }
    out
}

/// What the squares of a row of them are on average, of a channel.
fn means(bytes: &[u8], layout: &Layout, channel: usize, y: usize) -> Vec<f32> {
    let kind = &layout.channels[channel];
    let lines = 8 * y..layout.lines.min(8 * (y + 1));
    let mut sums = vec![(0.0, 0); layout.columns.div_ceil(8)];
    for line in lines.map(|line| &bytes[line * layout.line() + layout.start(channel)..]) {
        for x in 0..layout.columns {
            let (sum, count) = &mut sums[x / 8];
            *sum += kind.sample(&line[x * kind.size..]);
            *count += 1;
        }
    }
    sums.into_iter().map(|(sum, count)| sum / count as f32).collect()
}

/// How many groups of 2x2 squares there are in a block, and in how many of them an eighth strays.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Strays {
    pub(super) groups: usize,
    pub(super) astray: usize,
}

/// How far a group's eighth may lie from the mean of its light, in codes of 8 bits.
const STRAY: f32 = 1.0;

/// Pixels that a group has, and those below which it counts for nothing: it hangs over an edge.
const GROUP: usize = 16 * 16;
const SPARSE: usize = GROUP / 4;

/// Where an eighth of a block lies far from the means of its pixels, both clipped to what a display
/// shows. Groups of 2x2 squares are compared, for a pixel of what is made of an eighth has four at the
/// least. `None` where there is no eighth, or the block is damaged.
pub(super) fn strays(compression: Compression, packed: &[u8], layout: &Layout) -> Option<Strays> {
    let small = eighth(compression, packed, layout)?.ok()?;
    let whole = unpack(compression, packed, layout)?.ok()?;
    let size = layout.eighth();
    let (across, down) = (size.columns.div_ceil(2), size.lines.div_ceil(2));
    let mut worst = vec![0.0_f32; across * down];
    for channel in (0..layout.channels.len()).filter(|channel| layout.channels[*channel].wanted) {
        for (group, worst) in worst.iter_mut().enumerate() {
            let at = [group % across * 2, group / across * 2];
            *worst = worst.max(stray(&small, &whole, layout, channel, at));
        }
    }
    let astray = worst.iter().filter(|worst| **worst > STRAY).count();
    Some(Strays { groups: worst.len(), astray })
}

/// How far the mean of the squares from one on, in codes, is from that of their pixels.
fn stray(small: &[u8], whole: &[u8], layout: &Layout, channel: usize, [x, y]: [usize; 2]) -> f32 {
    let (size, kind) = (layout.eighth(), &layout.channels[channel]);
    let light = |bytes: &[u8], layout: &Layout, x: usize, y: usize| {
        let at = y * layout.line() + layout.start(channel) + x * kind.size;
        let sample = kind.sample(&bytes[at..]);
        if sample > 0.0 { sample.min(1.0) } else { 0.0 }
    };
    let (mut sums, mut count) = ([0.0; 2], 0);
    for line in 8 * y..layout.lines.min(8 * y + 16) {
        for column in 8 * x..layout.columns.min(8 * x + 16) {
            sums[0] += light(small, &size, column / 8, line / 8);
            sums[1] += light(whole, layout, column, line);
            count += 1;
        }
    }
    let code = |sum: f32| 255.0 * (sum / count as f32).powf(1.0 / 2.4);
    if count < SPARSE.min(layout.columns * layout.lines) {
        0.0
    } else {
        (code(sums[0]) - code(sums[1])).abs()
    }
}

fn damaged(what: &'static str) -> crate::Error {
    crate::Error::corrupt(super::FORMAT, what)
}

#[cfg(test)]
mod tests;
