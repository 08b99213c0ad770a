//! Our own unpackers of the compressions that most frames have: ZIP, PIZ and DWA.
//!
//! They give what the crate's give, bit by bit but for DWA, whose cosines are rounded differently by
//! each processor anyway (their tests hold them against each other), and leave
//! out what nobody looks at: the samples of unwanted channels are zero. What makes them faster is
//! said where it is done. The other compressions are the crate's.

mod bits;
mod dwa;
mod huffman;
mod piz;
mod wavelet;
mod zip;

use std::ops::Range;

use exr::meta::attribute::ChannelDescription;
use exr::meta::header::Header;
use exr::prelude::{Compression, SampleType};

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

fn damaged(what: &'static str) -> crate::Error {
    crate::Error::corrupt(super::FORMAT, what)
}

#[cfg(test)]
mod tests;
