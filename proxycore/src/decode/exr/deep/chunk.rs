//! Chunks of deep parts: read, unpacked and checked, before anything believes their counts.
//!
//! The crate reads such chunks too, but bounds their bytes by those of a flat block.

use std::io::Read;
use std::ops::Range;

use exr::block::chunk::{
    Chunk, CompressedBlock, CompressedDeepScanLineBlock, CompressedDeepTileBlock, TileCoordinates,
};
use exr::meta::header::Header;
use exr::meta::{BlockDescription, MetaData};
use exr::prelude::{Compression, Vec2};

use super::damaged;
use crate::decode::Limits;
use crate::decode::exr::corrupt;
use crate::decode::exr::subsampled::unpack_bytes;
use crate::decode::exr::tracked::Tracked;
use crate::error::{Error, Result};
use crate::input::Input;

/// Reads the chunk that starts where the input stands.
pub(in crate::decode::exr) fn read(
    input: &mut Tracked<Box<dyn Input>>,
    meta: &MetaData,
    limits: &Limits,
) -> Result<Chunk> {
    let layer_index = if meta.requirements.is_multilayer() { index(input)? } else { 0 };
    let header = meta.headers.get(layer_index).ok_or_else(|| damaged("is of no part"))?;
    let compressed_block = match header.blocks {
        BlockDescription::ScanLines => {
            let y_coordinate = number(input)?;
            let (table, samples, bytes) = pieces(input, limits)?;
            CompressedBlock::DeepScanLine(CompressedDeepScanLineBlock {
                y_coordinate,
                decompressed_sample_data_size: bytes,
                compressed_pixel_offset_table: table,
                compressed_sample_data_le: samples,
            })
        }
        BlockDescription::Tiles(_) => {
            let tile_index = Vec2(index(input)?, index(input)?);
            let level_index = Vec2(index(input)?, index(input)?);
            let (table, samples, bytes) = pieces(input, limits)?;
            CompressedBlock::DeepTile(CompressedDeepTileBlock {
                coordinates: TileCoordinates { tile_index, level_index },
                decompressed_sample_data_size: bytes,
                compressed_pixel_offset_table: table,
                compressed_sample_data_le: samples,
            })
        }
    };
    Ok(Chunk { layer_index, compressed_block })
}

/// The table of counts and the samples, both packed, and how many bytes the samples unpack to.
fn pieces(
    input: &mut Tracked<Box<dyn Input>>,
    limits: &Limits,
) -> Result<(Vec<i8>, Vec<u8>, usize)> {
    let [table, samples, bytes] = [size(input)?, size(input)?, size(input)?];
    Error::check_limit("bytes in a block", limits.block_bytes, bytes)?;
    let left = input.length().saturating_sub(input.position());
    if table.checked_add(samples).is_none_or(|both| both > left) {
        return Err(damaged("the file ends too early"));
    }
    Error::check_limit("packed bytes in a block", limits.block_bytes, table + samples)?;
    let table = take(input, table)?.into_iter().map(u8::cast_signed).collect();
    Ok((table, take(input, samples)?, bytes as usize))
}

/// Reads bytes that the file has.
fn take(input: &mut Tracked<Box<dyn Input>>, bytes: u64) -> Result<Vec<u8>> {
    let mut taken = Vec::with_capacity(bytes as usize);
    input.take(bytes).read_to_end(&mut taken).map_err(cut)?;
    Ok(taken)
}

fn number(input: &mut impl Read) -> Result<i32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes).map_err(cut)?;
    Ok(i32::from_le_bytes(bytes))
}

fn index(input: &mut impl Read) -> Result<usize> {
    usize::try_from(number(input)?).map_err(|_| damaged("says that it is at a negative place"))
}

fn size(input: &mut impl Read) -> Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes).map_err(cut)?;
    Ok(u64::from_le_bytes(bytes))
}

fn cut(cause: std::io::Error) -> Error {
    corrupt("deep block", exr::error::Error::Io(cause))
}

/// The samples of a chunk, and where each pixel's are.
#[derive(Debug)]
pub(super) struct Deep {
    width: usize,
    bytes_per_sample: usize,
    /// For each pixel, how many samples its row has up to it.
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl Deep {
    pub(super) fn unpack(
        block: CompressedBlock,
        header: &Header,
        size: Vec2<usize>,
        limits: &Limits,
    ) -> Result<Self> {
        let (table, samples, bytes) = match block {
            CompressedBlock::DeepScanLine(block) => (
                block.compressed_pixel_offset_table,
                block.compressed_sample_data_le,
                block.decompressed_sample_data_size,
            ),
            CompressedBlock::DeepTile(block) => (
                block.compressed_pixel_offset_table,
                block.compressed_sample_data_le,
                block.decompressed_sample_data_size,
            ),
            _ => return Err(damaged("is flat")),
        };
        let (width, bytes_per_sample) = (size.0, header.channels.bytes_per_pixel);
        let table = table.into_iter().map(i8::cast_unsigned).collect();
        let table = unpack_table(header, table, 4 * size.area())?;
        let ends: Vec<_> = table.as_chunks().0.iter().map(|end| u32::from_le_bytes(*end)).collect();
        let total = check(&ends, width, limits)?;
        if total.checked_mul(bytes_per_sample) != Some(bytes) {
            return Err(damaged("the counts of its samples contradict its length"));
        }
        let bytes = unpack(header.compression, samples, bytes)?;
        Ok(Self { width, bytes_per_sample, ends, bytes })
    }

    /// How many samples there are.
    pub(super) fn samples(&self) -> usize {
        self.bytes.len() / self.bytes_per_sample.max(1)
    }

    /// The most samples of a pixel.
    pub(super) fn most(&self) -> usize {
        let rows = self.ends.chunks_exact(self.width);
        rows.flat_map(|ends| counts(ends).map(|count| count as usize)).max().unwrap_or(0)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut rest = self.bytes.as_slice();
        self.ends.chunks_exact(self.width).map(move |ends| {
            let samples = ends.last().map_or(0, |&end| end as usize);
            let (bytes, below) = rest.split_at(samples * self.bytes_per_sample);
            rest = below;
            Row { ends, samples, bytes }
        })
    }
}

/// The samples of a row: channel by channel, pixel by pixel.
#[derive(Debug)]
pub(super) struct Row<'a> {
    ends: &'a [u32],
    /// Samples of each channel.
    pub(super) samples: usize,
    pub(super) bytes: &'a [u8],
}

impl Row<'_> {
    /// The places of a pixel's samples among those of a channel.
    pub(super) fn pixel(&self, x: usize) -> Range<usize> {
        let start = if x == 0 { 0 } else { self.ends[x - 1] };
        start as usize..self.ends[x] as usize
    }
}

/// How many samples each pixel of a row has; the counts may be any, and so the steps wrap.
fn counts(ends: &[u32]) -> impl Iterator<Item = u32> {
    let starts = std::iter::once(&0).chain(ends);
    ends.iter().zip(starts).map(|(end, start)| end.wrapping_sub(*start))
}

/// Checks that counts go up, row by row, and adds them up.
fn check(ends: &[u32], width: usize, limits: &Limits) -> Result<usize> {
    let mut total = 0usize;
    for row in ends.chunks_exact(width) {
        if !row.is_sorted() {
            return Err(damaged("the counts of its samples go down"));
        }
        for count in counts(row) {
            let count = count.into();
            Error::check_limit("samples in a pixel", limits.samples_per_pixel, count)?;
        }
        total = total.saturating_add(row.last().map_or(0, |&end| end as usize));
    }
    Ok(total)
}

/// Unpacks a table of counts. One of no bytes is of zeros, and OpenEXR writes that of a tile at the
/// edge as that of a whole one, if not packed.
fn unpack_table(header: &Header, mut packed: Vec<u8>, bytes: usize) -> Result<Vec<u8>> {
    if packed.is_empty() {
        return Ok(vec![0; bytes]);
    }
    if whole_table(header) == Some(packed.len()) {
        packed.truncate(bytes);
    }
    unpack(header.compression, packed, bytes)
}

/// The bytes of the table of a tile that is not cut by the edge.
fn whole_table(header: &Header) -> Option<usize> {
    match header.blocks {
        BlockDescription::Tiles(tiles) => tiles.tile_size.area().checked_mul(4),
        BlockDescription::ScanLines => None,
    }
}

/// The most that a byte of the coders unpacks to: deflate makes at the most 1032 of one.
const MOST_FROM_A_BYTE: usize = 1040;

/// Unpacks bytes that may also be stored as they are, where packing does not make them fewer.
fn unpack(compression: Compression, packed: Vec<u8>, bytes: usize) -> Result<Vec<u8>> {
    if packed.len() == bytes {
        return Ok(packed);
    }
    let possible = bytes <= packed.len().saturating_mul(MOST_FROM_A_BYTE);
    if compression == Compression::Uncompressed || !possible {
        return Err(damaged("has too few bytes for its samples, or too many"));
    }
    let made = unpack_bytes(compression, packed, bytes);
    let made = made.map_err(|cause| corrupt("deep block", cause))?;
    if made.len() == bytes { Ok(made) } else { Err(damaged("its bytes unpack to fewer, or more")) }
}

#[cfg(test)]
mod tests {
    use exr::prelude::{SmallVec, Text};

    use super::*;

    #[test]
    fn counts_are_held_against_each_other_and_the_limit() {
        let limits = Limits::default();
        assert_eq!(check(&[1, 1, 4, 0, 0, 2], 3, &limits).unwrap(), 6);
        assert!(check(&[1, 0, 4], 3, &limits).is_err());
        let most = limits.samples_per_pixel as u32;
        assert!(check(&[most, 2 * most], 2, &limits).is_ok());
        assert!(check(&[most + 1], 1, &limits).is_err());
        assert!(check(&[u32::MAX], 1, &limits).is_err());
    }

    #[test]
    fn packed_bytes_are_held_against_the_limit_before_memory_is_taken() {
        let sizes = [4_u64, 8, 4].map(u64::to_le_bytes).concat();
        let file = [sizes, vec![0; 12]].concat();
        let read = |block_bytes| {
            let input: Box<dyn Input> = Box::new(std::io::Cursor::new(file.clone()));
            let limits = Limits { block_bytes, ..Limits::default() };
            pieces(&mut Tracked::new(input).unwrap(), &limits)
        };
        assert_eq!(read(12).unwrap().1, [0; 8]);
        assert_eq!(read(11).unwrap_err().kind().name(), "limit");
    }

    #[test]
    fn rows_know_where_their_pixels_are() {
        let bytes = (0..12).collect();
        let deep = Deep { width: 2, bytes_per_sample: 2, ends: vec![1, 4, 0, 2], bytes };
        assert_eq!((deep.samples(), deep.most()), (6, 3));
        let rows: Vec<_> = deep.rows().collect();
        assert_eq!((rows[0].pixel(0), rows[0].pixel(1)), (0..1, 1..4));
        assert_eq!((rows[1].pixel(0), rows[1].pixel(1)), (0..0, 0..2));
        assert_eq!(rows[1].bytes, [8, 9, 10, 11]);
    }

    #[test]
    fn bytes_that_cannot_be_so_many_are_not_unpacked() {
        assert!(unpack(Compression::ZIP1, vec![0; 10], 100_000).is_err());
        assert!(unpack(Compression::Uncompressed, vec![0; 10], 12).is_err());
        assert_eq!(unpack(Compression::Uncompressed, vec![7; 4], 4).unwrap(), [7; 4]);
        assert_eq!(unpack(Compression::ZIP1, Vec::new(), 0).unwrap(), [0; 0]);
        let mut lines = Header::new(Text::from(""), (2, 1), SmallVec::new());
        (lines.compression, lines.blocks) =
            (Compression::Uncompressed, BlockDescription::ScanLines);
        assert_eq!(unpack_table(&lines, Vec::new(), 8).unwrap(), [0; 8]);
        assert!(unpack_table(&lines, vec![1; 16], 8).is_err());
    }
}
