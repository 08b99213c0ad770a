//! Deep parts: pixels of any number of samples, each at a depth of its own, flattened to one.
//!
//! A chunk has a table of how many samples its pixels have, and the samples. Both are unpacked, each
//! pixel is composited from the front to the back ([`flatten`]), and what leaves is a block of floats
//! like that of a flat part, with the wanted channels alone.
//!
//! A sample reaches from Z to `ZBack`; without the latter it is a point, and without Z the file's
//! order is that of depth. Its opacity is A, or AR, AG, AB channel by channel; without any it hides what lies
//! behind it. Numbers that are no colour (ids, depth) are those of the nearest sample.
//!
//! The rules are those of "Interpreting OpenEXR Deep Pixels". OpenImageIO's `flatten` is a composite
//! of tidy samples only, and differs where they are not:
//!
//! - It takes the samples in the file's order, as does OpenEXR's own compositing of a single file.
//!   Here they are made tidy first, for a file need not say that they are not. After OpenImageIO's
//!   own `split`, `sort` and `merge_overlaps` the two agree.
//! - Without an alpha it refuses. Here a sample is opaque then, so that the nearest is seen.
//! - It adds AR, AG, AB up by their mean, and stops where that is 1. Here each has its own sum.
//! - It does not bound alphas when it composites; here they are bounded to 0..=1 throughout, as the
//!   note's code does.
//! - Of three or more opaque samples at one place it halves the mean again and again, so that the
//!   last counts most. Here all count alike.
//! - It merges in floats, where 1 + a - a may become 0.9999999: of an opaque sample among volumes the
//!   others show through. Here what is opaque stays so.
//! - It divides integers by the largest. Here they are taken as they are, as in flat parts.
//!
//! Not read: luminance-chroma, whose ratios cannot be composited, and compressions that the format
//! does not allow for deep data.

mod chunk;
mod flatten;
mod sweep;

use std::sync::Arc;

use exr::block::chunk::{Chunk, CompressedBlock};
use exr::block::{BlockIndex, UncompressedBlock};
use exr::meta::compute_chunk_count;
use exr::meta::header::Header;
use exr::prelude::{Compression, SampleType, Vec2};
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
        // opacity is no colour either, but adds up as one
        let is_data = matches!(choice.shown, Shown::Data(_)) && !channels.is_opacity(first);
        let plane = |&index: &usize| Plane {
            light: channels.at(index),
            alpha: if is_data { None } else { channels.alpha(index) },
        };
        let (front, back) = channels.depth(first);
        Self {
            planes: choice.channels.iter().map(plane).collect(),
            front,
            back,
            is_data,
            limits,
            tally,
        }
    }

    /// Unpacks a chunk and flattens its pixels to floats, row by row of plane by plane. Its samples
    /// are counted, unless they are read only to see what they are.
    pub(super) fn decompress(
        &self,
        chunk: Chunk,
        header: &Header,
        counted: bool,
    ) -> Result<UncompressedBlock> {
        let bounds = guard::survive(|| {
            let tile = tile_of(header, &chunk.compressed_block)?;
            let bounds = header.get_absolute_block_pixel_coordinates(tile)?;
            bounds.validate(Some(header.layer_size))?;
            Ok(bounds)
        })
        .map_err(|cause| corrupt("block", cause))?;
        let size = bounds.size;
        let deep = Deep::unpack(chunk.compressed_block, header, size, &self.limits)?;
        if counted {
            self.tally.add_deep(deep.samples() as u64, deep.most() as u64);
        }
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

    fn name(&self, index: usize) -> String {
        self.header.channels.list[index].name.to_string()
    }

    fn find(&self, layer: &str, base: &str) -> Option<usize> {
        let name = if layer.is_empty() { base.into() } else { format!("{layer}.{base}") };
        self.header.channels.list.iter().position(|channel| channel.name.to_string() == name)
    }

    /// Where the samples begin and end: Z and `ZBack` of the channel's own layer, which may be that
    /// of a view, else those of no layer.
    fn depth(&self, index: usize) -> (Option<Channel>, Option<Channel>) {
        let name = self.name(index);
        let (own, _) = split(&name);
        let layer = [own, ""].into_iter().find(|layer| self.find(layer, "Z").is_some());
        let of = |base| Some(self.at(self.find(layer?, base)?));
        (of("Z"), of("ZBack"))
    }

    fn is_opacity(&self, index: usize) -> bool {
        OPACITIES.contains(&split(&self.name(index)).1)
    }

    /// The opacity of a channel: of R that is AR, else A, of the nearest layer around it that has
    /// either ("Interpreting OpenEXR Deep Pixels", required alpha channels). Opacity is its own.
    fn alpha(&self, index: usize) -> Option<Channel> {
        if self.is_opacity(index) {
            return Some(self.at(index));
        }
        let name = self.name(index);
        let (layer, base) = split(&name);
        let own = OWN.iter().find(|(colour, _)| *colour == base).map(|(_, own)| *own);
        let in_layer = |layer: &str| {
            let own = own.and_then(|own| self.find(layer, own));
            own.or_else(|| self.find(layer, "A"))
        };
        layers_around(layer).find_map(in_layer).map(|index| self.at(index))
    }
}

/// Channels that are opacity.
const OPACITIES: &[&str] = &["A", "AR", "AG", "AB"];

/// Channels that may have an opacity of their own.
const OWN: &[(&str, &str)] = &[("R", "AR"), ("G", "AG"), ("B", "AB")];

/// A channel's layer and its name there, or the layer around a layer.
fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or(("", name))
}

/// A layer and those around it, out to the layer without a name.
fn layers_around(layer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(layer), |layer| match *layer {
        "" => None,
        layer => Some(split(layer).0),
    })
}

/// Checks a deep part, and gives the header that the crate's own checks allow: they know nothing of
/// ZIP in deep parts, which came later ("The OpenEXR file layout", deep data compression).
pub(super) fn checked(header: &Header, choice: &Choice) -> Result<Header> {
    if choice.shown == Shown::LumaChroma {
        return Err(Error::unsupported(FORMAT, "deep luminance-chroma"));
    }
    let mut header = header.clone();
    if header.compression == Compression::ZIP16 {
        header.compression = Compression::ZIP1;
        header.chunk_count =
            compute_chunk_count(header.compression, header.layer_size, header.blocks);
    }
    Ok(header)
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

#[cfg(test)]
mod tests {
    use exr::meta::attribute::{ChannelDescription, Text};
    use exr::prelude::SmallVec;

    use super::*;

    fn header(names: &[&str]) -> Header {
        let channel =
            |name: &&str| ChannelDescription::new(Text::from(*name), SampleType::F32, false);
        let list: SmallVec<[_; 5]> = names.iter().map(channel).collect();
        Header::new(Text::from(""), (1, 1), list)
    }

    #[test]
    fn opacity_is_that_of_the_nearest_layer() {
        // the table of "Interpreting OpenEXR Deep Pixels", and channels that are no colour
        let names = ["A", "AR", "B", "L1.A", "L1.AR", "L1.G", "L1.L2.G", "L1.R", "M.G", "M.R", "R"];
        let header = header(&names);
        let channels = Channels { header: &header };
        let of = |name: &str| {
            let index = names.iter().position(|known| *known == name).unwrap();
            names[channels.alpha(index).unwrap().bytes_before / 4]
        };
        for (name, opacity) in [
            ("R", "AR"),
            ("B", "A"),
            ("L1.R", "L1.AR"),
            ("L1.G", "L1.A"),
            ("L1.L2.G", "L1.A"),
            ("M.R", "AR"),
            ("M.G", "A"),
            ("A", "A"),
            ("L1.AR", "L1.AR"),
        ] {
            assert_eq!(of(name), opacity, "{name}");
        }
    }

    #[test]
    fn both_ends_are_of_one_layer() {
        let header = header(&["R", "ZBack", "left.R", "left.Z"]);
        let channels = Channels { header: &header };
        let at = |channel: Option<Channel>| channel.map(|channel| channel.bytes_before / 4);
        let (front, back) = channels.depth(2);
        assert_eq!((at(front), at(back)), (Some(3), None));
        let (front, back) = channels.depth(0);
        assert_eq!((at(front), at(back)), (None, None));
    }
}
