//! Deep parts: pixels of any number of samples, each at a depth of its own, flattened to one.
//!
//! A chunk has a table of how many samples its pixels have, and the samples. Both are unpacked, each
//! pixel is composited from the front to the back ([`flatten`]), and what leaves is a block of floats
//! like that of a flat part, with the wanted channels alone.
//!
//! A sample reaches from Z to `ZBack`; without `ZBack` it is a point, and without Z the file's order is
//! that of depth. Its opacity is A, or AR, AG, AB channel by channel; without any it hides what lies
//! behind it. Numbers that are no colour (ids, depth) are those of the nearest sample.

mod chunk;
mod flatten;
mod sweep;

use std::sync::Arc;

use exr::block::chunk::{Chunk, CompressedBlock};
use exr::block::{BlockIndex, UncompressedBlock};
use exr::meta::header::Header;
use exr::prelude::{SampleType, Vec2};
use half::f16;

use self::chunk::Deep;
pub(super) use self::chunk::read;
use self::flatten::{PLANES, Part, Sample, flatten};
use super::choice::{Choice, Shown};
use super::{FORMAT, corrupt, guard};
use crate::decode::Limits;
use crate::error::{Error, Result};
use crate::image::Tally;

/// A channel among a deep row's samples.
#[derive(Debug, Clone, Copy)]
struct Channel {
    /// Bytes of the channels before it, for each sample.
    bytes_before: usize,
    sample_type: SampleType,
}

/// A plane of the picture: its channel, and the one of its opacity.
#[derive(Debug, Clone, Copy)]
struct Plane {
    light: Channel,
    alpha: Option<Channel>,
}

/// What of a deep part's samples makes its picture.
#[derive(Debug)]
pub(super) struct Flattener {
    planes: Vec<Plane>,
    front: Option<Channel>,
    back: Option<Channel>,
    /// Whether the planes are no colour.
    is_data: bool,
    limits: Limits,
    tally: Arc<Tally>,
}

impl Flattener {
    pub(super) fn new(header: &Header, choice: &Choice, limits: Limits, tally: Arc<Tally>) -> Self {
        let channels = Channels { header };
        let first = choice.channels[0];
        let is_data = matches!(choice.shown, Shown::Data(_));
        let plane = |&index: &usize| Plane {
            light: channels.at(index),
            alpha: if is_data { None } else { channels.alpha(index) },
        };
        Self {
            planes: choice.channels.iter().map(plane).collect(),
            front: channels.beside(first, "Z"),
            back: channels.beside(first, "ZBack"),
            is_data,
            limits,
            tally,
        }
    }

    /// Unpacks a chunk and flattens its pixels to floats, row by row of plane by plane.
    pub(super) fn decompress(&self, chunk: Chunk, header: &Header) -> Result<UncompressedBlock> {
        let bounds = guard::survive(|| {
            let tile = tile_of(header, &chunk.compressed_block)?;
            let bounds = header.get_absolute_block_pixel_coordinates(tile)?;
            bounds.validate(Some(header.layer_size))?;
            Ok(bounds)
        })
        .map_err(|cause| corrupt("block", cause))?;
        let size = bounds.size;
        let deep = Deep::unpack(chunk.compressed_block, header, size, &self.limits)?;
        self.tally.add_deep(deep.samples() as u64, deep.most() as u64);
        let mut data = Vec::with_capacity(4 * self.planes.len() * size.area());
        for row in deep.rows() {
            self.flatten_row(&row, size.0, &mut data);
        }
        Ok(UncompressedBlock {
            data,
            index: BlockIndex {
                layer: chunk.layer_index,
                pixel_position: Vec2(bounds.position.0 as usize, bounds.position.1 as usize),
                pixel_size: size,
                level: Vec2(0, 0),
            },
        })
    }

    /// Appends a row, plane by plane, as the machine's own floats.
    fn flatten_row(&self, row: &chunk::Row<'_>, width: usize, data: &mut Vec<u8>) {
        let start = data.len();
        data.resize(start + 4 * self.planes.len() * width, 0);
        let mut samples = Vec::new();
        for x in 0..width {
            samples.clear();
            samples.extend(row.pixel(x).map(|at| self.sample(row, at)));
            let light = match samples.is_empty() && self.is_data {
                true => [f64::NAN; PLANES],
                false => flatten(&mut samples, self.planes.len()),
            };
            for (plane, light) in light.iter().enumerate().take(self.planes.len()) {
                let at = start + 4 * (plane * width + x);
                data[at..at + 4].copy_from_slice(&(*light as f32).to_ne_bytes());
            }
        }
    }

    fn sample(&self, row: &chunk::Row<'_>, at: usize) -> Sample {
        let value = |channel: Channel| {
            let size = channel.sample_type.bytes_per_sample();
            let bytes = &row.bytes[channel.bytes_before * row.samples + at * size..][..size];
            value_of(bytes, channel.sample_type)
        };
        // without a depth, one after the other
        let front = self.front.map_or(at as f64, value);
        let back = self.back.map_or(front, value);
        let mut parts = [Part::default(); PLANES];
        for (part, plane) in parts.iter_mut().zip(&self.planes) {
            *part = Part::new(value(plane.light), plane.alpha.map_or(1.0, value));
        }
        Sample::new(front, back, parts)
    }

    /// The bytes of a flattened pixel.
    pub(super) fn bytes_per_pixel(&self) -> usize {
        4 * self.planes.len()
    }
}

fn value_of(bytes: &[u8], sample_type: SampleType) -> f64 {
    match (sample_type, bytes) {
        (SampleType::F16, &[a, b]) => f16::from_le_bytes([a, b]).to_f64(),
        (SampleType::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]).into(),
        (SampleType::U32, &[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]).into(),
        _ => unreachable!("a sample has the bytes of its type"),
    }
}

/// A deep part's channels.
struct Channels<'a> {
    header: &'a Header,
}

impl Channels<'_> {
    fn at(&self, index: usize) -> Channel {
        let list = &self.header.channels.list;
        let before = list[..index].iter().map(|channel| channel.sample_type.bytes_per_sample());
        Channel { bytes_before: before.sum(), sample_type: list[index].sample_type }
    }

    fn named(&self, name: &str) -> Option<Channel> {
        let mut names = self.header.channels.list.iter().map(|channel| channel.name.to_string());
        names.position(|known| known == name).map(|index| self.at(index))
    }

    /// The channel `suffix` of the same layer as another one, else that of no layer.
    fn beside(&self, index: usize, suffix: &str) -> Option<Channel> {
        let name = self.header.channels.list[index].name.to_string();
        let layer = name.rsplit_once('.').map_or("", |(layer, _)| layer);
        let own = (!layer.is_empty()).then(|| self.named(&format!("{layer}.{suffix}"))).flatten();
        own.or_else(|| self.named(suffix))
    }

    /// The opacity of a channel: its own (AR of R), else that of all.
    fn alpha(&self, index: usize) -> Option<Channel> {
        let name = self.header.channels.list[index].name.to_string();
        let base = name.rsplit_once('.').map_or(name.as_str(), |(_, base)| base);
        self.beside(index, &format!("A{base}")).or_else(|| self.beside(index, "A"))
    }
}

/// Where a chunk of any kind lies, in chunks.
pub(super) fn tile_of(
    header: &Header,
    block: &CompressedBlock,
) -> exr::error::Result<exr::block::chunk::TileCoordinates> {
    match block {
        CompressedBlock::DeepScanLine(block) => {
            header.get_scan_line_block_tile_coordinates(block.y_coordinate)
        }
        CompressedBlock::DeepTile(block) => Ok(block.coordinates),
        flat => header.get_block_data_indices(flat),
    }
}

fn damaged(what: &str) -> Error {
    Error::corrupt(FORMAT, format!("deep block: {what}"))
}
