//! Blocks whose channels have not as many samples as the block has pixels.
//!
//! The crate takes each block for one of full channels: it expects too many bytes, and its B44
//! unpacker strays. So its unpackers are called with a description that makes them right: the
//! entropy coders with a row of as many bytes as there are; PIZ, PXR24 and DWA, which know of
//! sampling, with the bytes that a pixel has on average; B44, which stores channel after channel,
//! with one channel at a time.
//!
//! What leaves is laid out as if each channel were full, with each sample at the pixel it was taken
//! at and zeros between. Samples between are the business of [`luma_chroma`](super::luma_chroma).

use exr::block::chunk::{Chunk, CompressedBlock};
use exr::block::{BlockIndex, UncompressedBlock};
use exr::meta::BlockDescription;
use exr::meta::attribute::{ChannelDescription, ChannelList};
use exr::meta::header::Header;
use exr::prelude::{Compression, IntegerBounds, SampleType, SmallVec, Text, Vec2};

use super::{FORMAT, corrupt, guard};
use crate::error::{Error, Result};

/// Whether a part has channels with fewer samples than pixels.
pub(super) fn is_subsampled(header: &Header) -> bool {
    header.channels.list.iter().any(|channel| channel.sampling != Vec2(1, 1))
}

/// The header as it would be if each channel were full, for the checks of the crate.
pub(super) fn filled(header: &Header) -> Header {
    let mut filled = header.clone();
    for channel in &mut filled.channels.list {
        channel.sampling = Vec2(1, 1);
    }
    filled
}

/// Checks what the format asks of sampling: flat scan lines, and factors that divide the data
/// window's corner and size ("The OpenEXR file layout", channel list).
pub(super) fn check(header: &Header) -> Result<()> {
    if header.blocks != BlockDescription::ScanLines {
        return Err(Error::corrupt(FORMAT, "a tiled part has subsampled channels"));
    }
    let (corner, size) = (header.own_attributes.layer_position, header.layer_size);
    for channel in &header.channels.list {
        let divides = |corner: i32, size: usize, factor: usize| {
            factor > 0 && size.is_multiple_of(factor) && i64::from(corner) % factor as i64 == 0
        };
        let sampling = channel.sampling;
        if !divides(corner.0, size.0, sampling.0) || !divides(corner.1, size.1, sampling.1) {
            let what =
                format!("the sampling of `{}` does not divide the data window", channel.name);
            return Err(Error::corrupt(FORMAT, what));
        }
    }
    Ok(())
}

/// Unpacks a scan line block to the layout of full channels.
pub(super) fn decompress(chunk: Chunk, header: &Header) -> Result<UncompressedBlock> {
    let bounds = guard::survive(|| {
        let index = header.get_block_data_indices(&chunk.compressed_block)?;
        let bounds = header.get_absolute_block_pixel_coordinates(index)?;
        bounds.validate(Some(header.layer_size))?;
        Ok(bounds)
    })
    .map_err(|cause| corrupt("block", cause))?;
    let CompressedBlock::ScanLine(block) = chunk.compressed_block else {
        return Err(Error::corrupt(FORMAT, "a block of scan lines is none"));
    };
    let section = Section::new(header, bounds);
    let samples = section.unpack(block.compressed_pixels_le)?;
    Ok(UncompressedBlock {
        data: section.fill(&samples),
        index: BlockIndex {
            layer: chunk.layer_index,
            pixel_position: Vec2(0, bounds.position.1 as usize),
            pixel_size: bounds.size,
            level: Vec2(0, 0),
        },
    })
}

/// The rows of a part that a block holds.
struct Section<'a> {
    header: &'a Header,
    /// The first row, from the data window's top.
    y: usize,
    width: usize,
    lines: usize,
}

impl<'a> Section<'a> {
    fn new(header: &'a Header, bounds: IntegerBounds) -> Self {
        let y = bounds.position.1 as usize;
        Self { header, y, width: bounds.size.0, lines: bounds.size.1 }
    }

    /// The samples of the section: row by row, of each the channels that have samples there.
    fn unpack(&self, packed: Vec<u8>) -> Result<Vec<u8>> {
        let bytes = self.channels().map(|channel| self.channel_bytes(channel)).sum();
        let made = match self.header.compression {
            _ if packed.len() == bytes => Ok(packed),
            Compression::Uncompressed => {
                return Err(Error::corrupt(FORMAT, "block: the size is not that of its samples"));
            }
            Compression::RLE | Compression::ZIP1 | Compression::ZIP16 => {
                unpack_bytes(self.header.compression, packed, bytes)
            }
            Compression::PIZ | Compression::PXR24 => {
                self.call(self.mean(bytes)?, self.size(), packed)
            }
            Compression::DWAA(_) | Compression::DWAB(_) => {
                let blocks = self.width.div_ceil(8) * self.lines.div_ceil(8);
                let samples = 64 * blocks * self.header.channels.list.len();
                guard::check_dwa(&packed, bytes as u64, samples as u64)?;
                self.call(self.mean(bytes)?, self.size(), packed)
            }
            Compression::B44 | Compression::B44A => return self.unpack_b44(&packed),
            _ => return Err(self.unsupported()),
        };
        let made = made.map_err(|cause| corrupt("block", cause))?;
        if made.len() == bytes {
            return Ok(made);
        }
        Err(Error::corrupt(FORMAT, "block: the size is not that of its samples"))
    }

    fn unpack_b44(&self, mut packed: &[u8]) -> Result<Vec<u8>> {
        let mut planes = Vec::new();
        for channel in self.channels() {
            let size = self.resolution(channel);
            let (mine, rest) = packed.split_at(b44_bytes(packed, channel.sample_type, size));
            let mut mine = mine.to_vec();
            // the crate takes what is as long as the samples for samples
            if channel.sample_type == SampleType::F16 && mine.len() == self.channel_bytes(channel) {
                mine.push(0);
            }
            let alone = ChannelDescription { sampling: Vec2(1, 1), ..channel.clone() };
            let alone = channels(&[alone], channel.sample_type.bytes_per_sample());
            let plane = if size.area() == 0 { Ok(mine) } else { self.call(alone, size, mine) };
            planes.push(plane.map_err(|cause| corrupt("block", cause))?);
            packed = rest;
        }
        Ok(self.interleave(&planes))
    }

    /// From channel after channel to row after row.
    fn interleave(&self, planes: &[Vec<u8>]) -> Vec<u8> {
        let mut rest: Vec<&[u8]> = planes.iter().map(Vec::as_slice).collect();
        let mut out = Vec::with_capacity(planes.iter().map(Vec::len).sum());
        for line in 0..self.lines {
            for (channel, rest) in self.channels().zip(&mut rest) {
                let (row, after) = rest.split_at(self.row_bytes(channel, line));
                out.extend_from_slice(row);
                *rest = after;
            }
        }
        out
    }

    /// Puts each sample where it would be if its channel were full.
    fn fill(&self, mut samples: &[u8]) -> Vec<u8> {
        let pixels = self.width * self.lines;
        let mut filled = vec![0; pixels * self.header.channels.bytes_per_pixel];
        let mut out = filled.as_mut_slice();
        for line in 0..self.lines {
            for channel in self.channels() {
                let size = channel.sample_type.bytes_per_sample();
                let (row, below) = out.split_at_mut(self.width * size);
                let (mine, rest) = samples.split_at(self.row_bytes(channel, line));
                let places = row.chunks_exact_mut(size).step_by(channel.sampling.0);
                for (place, sample) in places.zip(mine.chunks_exact(size)) {
                    place.copy_from_slice(sample);
                }
                (out, samples) = (below, rest);
            }
        }
        filled
    }

    fn call(
        &self,
        channels: ChannelList,
        size: Vec2<usize>,
        packed: Vec<u8>,
    ) -> exr::error::Result<Vec<u8>> {
        call(self.header.compression, channels, size, packed)
    }

    /// The part's channels, with the bytes that a pixel of this section has on average.
    fn mean(&self, bytes: usize) -> Result<ChannelList> {
        let pixels = self.width * self.lines;
        let whole_rows = |channel: &ChannelDescription| {
            self.y.is_multiple_of(channel.sampling.1)
                && self.lines.is_multiple_of(channel.sampling.1)
        };
        if !bytes.is_multiple_of(pixels) || !self.channels().all(whole_rows) {
            return Err(self.unsupported());
        }
        Ok(channels(&self.header.channels.list, bytes / pixels))
    }

    fn unsupported(&self) -> Error {
        let feature = format!("subsampled channels with {}", self.header.compression);
        Error::unsupported(FORMAT, feature)
    }

    fn channels(&self) -> impl Iterator<Item = &'a ChannelDescription> + use<'a> {
        self.header.channels.list.iter()
    }

    fn size(&self) -> Vec2<usize> {
        Vec2(self.width, self.lines)
    }

    /// How many samples of a channel the section has, across and down.
    fn resolution(&self, channel: &ChannelDescription) -> Vec2<usize> {
        let Vec2(x, y) = channel.sampling;
        Vec2(self.width / x, (self.y + self.lines).div_ceil(y) - self.y.div_ceil(y))
    }

    fn channel_bytes(&self, channel: &ChannelDescription) -> usize {
        self.resolution(channel).area() * channel.sample_type.bytes_per_sample()
    }

    fn row_bytes(&self, channel: &ChannelDescription, line: usize) -> usize {
        let has_samples = (self.y + line).is_multiple_of(channel.sampling.1);
        let bytes = self.width / channel.sampling.0 * channel.sample_type.bytes_per_sample();
        if has_samples { bytes } else { 0 }
    }
}

/// Unpacks an even number of bytes, whatever they stand for, by one of the entropy coders: RLE and
/// ZIP ask only how many there are.
pub(super) fn unpack_bytes(
    compression: Compression,
    packed: Vec<u8>,
    bytes: usize,
) -> exr::error::Result<Vec<u8>> {
    let row = channels(&[full(SampleType::F16)], SampleType::F16.bytes_per_sample());
    call(compression, row, Vec2(bytes / 2, 1), packed)
}

/// Unpacks `packed` as a block of `size` pixels of `channels`.
fn call(
    compression: Compression,
    channels: ChannelList,
    size: Vec2<usize>,
    packed: Vec<u8>,
) -> exr::error::Result<Vec<u8>> {
    let mut header = Header::new(Text::from(""), size, SmallVec::new());
    header.compression = compression;
    header.blocks = BlockDescription::ScanLines;
    header.channels = channels;
    let bounds = IntegerBounds::from_dimensions(size);
    guard::survive(|| compression.decompress_image_section_from_le(&header, packed, bounds, false))
}

fn full(sample_type: SampleType) -> ChannelDescription {
    ChannelDescription::new(Text::from("Y"), sample_type, false)
}

fn channels(list: &[ChannelDescription], bytes_per_pixel: usize) -> ChannelList {
    ChannelList { list: list.into(), bytes_per_pixel, uniform_sample_type: None }
}

/// From this third byte on, a square of B44 is of one value.
const B44_FLAT: u8 = 13 << 2;

/// How many of the packed bytes are a channel's: halves come in squares of 4x4 in 14 bytes, or in 3
/// where they are all equal.
fn b44_bytes(packed: &[u8], sample_type: SampleType, size: Vec2<usize>) -> usize {
    if sample_type != SampleType::F16 {
        return packed.len().min(size.area() * sample_type.bytes_per_sample());
    }
    let mut bytes = 0;
    for _ in 0..size.0.div_ceil(4) * size.1.div_ceil(4) {
        match packed.get(bytes + 2) {
            Some(B44_FLAT..) => bytes += 3,
            Some(_) => bytes += 14,
            None => break,
        }
    }
    packed.len().min(bytes)
}
