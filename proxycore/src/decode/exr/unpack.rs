//! From compressed chunks to a band: the wanted channels of the visible pixels.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use exr::block::chunk::{Chunk, CompressedBlock};
use exr::block::{BlockIndex, UncompressedBlock};
use exr::meta::BlockDescription;
use exr::meta::header::Header;
use exr::prelude::{Compression, SampleType, Vec2};
use half::f16;

use super::blocks::{Found, Reading};
use super::choice::{Choice, Shown};
use super::deep::{self, Flattener};
use super::falsecolor::Paint;
use super::header::FileHeader;
use super::levels::Grid;
use super::lines::Spare;
use super::packed::{self, Layout, Strays};
use super::partial::Losses;
use super::{FORMAT, corrupt, guard, subsampled};
use crate::decode::partial::hatch;
use crate::error::{Error, Result};
use crate::image::{NativeBand, Samples};

/// A wanted channel.
#[derive(Debug, Clone, Copy)]
struct Plane {
    /// Bytes of the channels before it, for each pixel of a line.
    bytes_before: usize,
    sample_type: SampleType,
    /// Which plane of the picture it is.
    place: usize,
}

/// Where a part's pixels lie in the picture, and which of its samples are wanted.
#[derive(Debug)]
pub(super) struct Unpacker {
    pub(super) header: FileHeader,
    part: usize,
    grid: Grid,
    /// The wanted channels, by their places in the part's list.
    channels: Vec<usize>,
    /// Whether blocks are brought to an eighth of their size.
    is_eighth: bool,
    planes: Vec<Plane>,
    /// Planes of the picture: more than are read, where one is black.
    made: usize,
    shown: Shown,
    /// What makes colours of samples that are none, once it is known.
    paint: OnceLock<Paint>,
    pub(super) losses: Losses,
    /// What chunks of lines are read into.
    pub(super) spare: Spare,
    /// Whether any of the part's channels has fewer samples than pixels.
    subsampled: bool,
    /// What makes a pixel of the samples of a deep one.
    flattener: Option<Flattener>,
    bytes_per_pixel: usize,
    width: usize,
    pub(super) height: usize,
    /// The picture's rows that the data window covers.
    pub(super) visible_rows: Range<usize>,
    pub(super) visible_columns: Range<usize>,
    /// The data window's corner, seen from the picture's.
    left: i64,
    top: i64,
}

impl Unpacker {
    pub(super) fn new(header: FileHeader, choice: &Choice, grid: Grid, reading: Reading) -> Self {
        let picture = reading.picture;
        // a smaller level is read only where it is the whole picture
        let data = match reading.level {
            0 if !reading.is_eighth => header.info.parts[choice.part].data_window,
            _ => picture,
        };
        let left = i64::from(data.x) - i64::from(picture.x);
        let top = i64::from(data.y) - i64::from(picture.y);
        let columns = overlap(left, data.width, picture.width);
        let rows = overlap(top, data.height, picture.height);
        let part = &header.meta.headers[choice.part];
        let flattener = part.deep.then(|| {
            Flattener::new(part, choice, header.limits.clone(), Arc::clone(&reading.tally))
        });
        let (mut planes, bytes_per_pixel) = match &flattener {
            Some(flattener) => (flattened(choice.channels.len()), flattener.bytes_per_pixel()),
            None => (planes(part, &choice.channels), part.channels.bytes_per_pixel),
        };
        let mut made = planes.len();
        if let Shown::Pair(places) = choice.shown {
            made = 3;
            planes.iter_mut().zip(places).for_each(|(plane, place)| plane.place = place);
        }
        Self {
            part: choice.part,
            grid,
            channels: choice.channels.clone(),
            is_eighth: reading.is_eighth,
            planes,
            made,
            shown: choice.shown,
            paint: OnceLock::new(),
            losses: Losses::new(reading.partial, reading.tally),
            spare: Spare::default(),
            subsampled: subsampled::is_subsampled(part),
            flattener,
            bytes_per_pixel,
            width: picture.width as usize,
            height: picture.height as usize,
            visible_rows: if columns.is_empty() { 0..0 } else { rows },
            visible_columns: columns,
            left,
            top,
            header,
        }
    }

    /// The row of the data window that a visible row of the picture shows.
    pub(super) fn data_row(&self, y: usize) -> usize {
        debug_assert!(self.visible_rows.contains(&y), "row {y} is outside the data window");
        (y as i64 - self.top) as usize
    }

    /// How many channels are read.
    pub(super) fn channels(&self) -> usize {
        self.planes.len()
    }

    /// Whether the chunks are deep ones.
    pub(super) fn is_deep(&self) -> bool {
        self.flattener.is_some()
    }

    /// Whether the chunks are scan lines of plain samples.
    pub(super) fn has_lines(&self) -> bool {
        self.header().blocks == BlockDescription::ScanLines && !self.is_deep()
    }

    /// Sets what makes colours of samples that are none, from now on.
    pub(super) fn paint(&self, paint: Paint) {
        _ = self.paint.set(paint);
    }

    /// Makes rows without pixels.
    pub(super) fn black(&self, y: usize, rows: usize) -> NativeBand {
        let painted = self.paint.get().is_some();
        self.empty(y, rows, if painted { 3 } else { self.made })
    }

    fn empty(&self, y: usize, rows: usize, planes: usize) -> NativeBand {
        let count = rows * planes * self.width;
        let data = matches!(self.shown, Shown::Data(_));
        let half = self.planes.iter().all(|plane| plane.sample_type == SampleType::F16) && !data;
        let samples = if half {
            Samples::Half(vec![f16::ZERO; count])
        } else {
            Samples::Float(vec![0.0; count])
        };
        NativeBand::new(y as u32, self.width as u32, planes as u32, samples)
    }

    /// Unpacks the chunks that hold `rows` rows of the picture from `y` on.
    ///
    /// Those that cannot be had are hatched; while the numbers are surveyed, they are none.
    pub(super) fn unpack(&self, y: usize, rows: usize, chunks: Vec<Found>) -> Result<NativeBand> {
        if self.is_plain()
            && let Some(band) = self.unpack_plain(y, rows, &chunks)?
        {
            chunks.into_iter().flatten().for_each(|chunk| self.spare.give(chunk));
            return Ok(band);
        }
        let mut band = self.empty(y, rows, self.made);
        let mut lost = Vec::new();
        for chunk in chunks {
            match self.unpack_chunk(chunk)? {
                Ok(block) => self.copy(&block, y, &mut band.samples),
                Err(place) => lost.push(self.area(place, y, rows)),
            }
        }
        if self.is_survey() {
            lost.into_iter().for_each(|area| erase(&mut band, area));
            return Ok(band);
        }
        if let Some(paint) = self.paint.get() {
            band = paint.apply(&band, &self.visible_columns);
        }
        for (columns, rows) in lost {
            self.losses.missing(columns.len() * rows.len());
            hatch(&mut band, rows.clone(), columns.clone());
            if self.shown == Shown::LumaChroma {
                bleach(&mut band, &columns, &rows);
            }
        }
        Ok(band)
    }

    /// Whether chunks are lines of halves, all of which the picture shows as they are.
    fn is_plain(&self) -> bool {
        let is_whole = self.left == 0
            && self.visible_columns == (0..self.width)
            && self.grid.across == 1
            && self.grid.columns == self.width;
        let is_half = || self.planes.iter().all(|plane| plane.sample_type == SampleType::F16);
        is_whole
            && is_half()
            && !self.is_eighth
            && !self.subsampled
            && self.flattener.is_none()
            && !matches!(self.shown, Shown::Data(_) | Shown::Pair(_))
            && !self.losses.are_allowed()
    }

    /// Unpacks chunks of such, where there is a short way and they hold these rows and no others.
    fn unpack_plain(&self, y: usize, rows: usize, chunks: &[Found]) -> Result<Option<NativeBand>> {
        let mut samples = Vec::with_capacity(rows * self.planes.len() * self.width);
        let mut next = self.data_row(y);
        for chunk in chunks.iter().flatten() {
            let Some(packed) = packed_bytes(chunk) else { return Ok(None) };
            let BlockIndex { pixel_position: at, pixel_size: size, .. } = self.index(chunk)?;
            let layout = Layout::new(self.header(), size.0, size.1, &self.channels);
            let compression = self.header().compression;
            let is_next = at.1 == next && size.0 == self.width;
            if !is_next
                || !packed::halves(compression, packed, &layout, &self.channels, &mut samples)?
            {
                return Ok(None);
            }
            next += size.1;
        }
        let is_all = next == self.data_row(y) + rows;
        let band = |samples| {
            let (y, width, planes) = (y as u32, self.width as u32, self.planes.len() as u32);
            NativeBand::new(y, width, planes, Samples::Half(samples))
        };
        Ok(is_all.then(|| band(samples)))
    }

    /// Whether the samples are only looked at, to see what their colours should be.
    fn is_survey(&self) -> bool {
        matches!(self.shown, Shown::Data(_)) && self.paint.get().is_none()
    }

    fn unpack_chunk(
        &self,
        chunk: Found,
    ) -> Result<std::result::Result<UncompressedBlock, (usize, usize)>> {
        let (chunk, place) = match chunk {
            Ok(chunk) => {
                let place = self.place(&chunk).unwrap_or_default();
                (chunk, place)
            }
            Err(place) => return Ok(Err(place)),
        };
        let block = self.losses.unpacked(self.decompress(chunk))?;
        Ok(block.ok_or(place))
    }

    /// The columns of the picture and the rows of a band that the chunk at a place should cover.
    fn area(
        &self,
        (column, row): (usize, usize),
        y: usize,
        rows: usize,
    ) -> (Range<usize>, Range<usize>) {
        let columns =
            self.overlapping_columns((column * self.grid.columns) as i64, self.grid.columns);
        let top = (row * self.grid.lines) as i64 + self.top - y as i64;
        let within = |row: i64| row.clamp(0, rows as i64) as usize;
        (columns, within(top)..within(top + self.grid.lines as i64))
    }

    /// The column and row, in chunks of the level, that a chunk says it has; `None` for one of
    /// another part or level.
    pub(super) fn place(&self, chunk: &Chunk) -> Option<(usize, usize)> {
        let tile = deep::tile_of(self.header(), &chunk.compressed_block).ok()?;
        let level = Vec2(self.grid.level, self.grid.level);
        let ours = chunk.layer_index == self.part && tile.level_index == level;
        ours.then_some((tile.tile_index.0, tile.tile_index.1))
    }

    fn decompress(&self, chunk: Chunk) -> Result<UncompressedBlock> {
        let header = self.header();
        if let Some(flattener) = &self.flattener {
            return flattener.decompress(chunk, header, !self.is_survey());
        }
        if self.subsampled {
            return subsampled::decompress(chunk, header);
        }
        if matches!(header.compression, Compression::DWAA(_) | Compression::DWAB(_)) {
            check_dwa(header, &chunk.compressed_block)?;
        }
        let block = match self.decompress_here(&chunk)? {
            Some(block) => {
                self.spare.give(chunk);
                block
            }
            None => {
                let whole = guard::survive(|| {
                    UncompressedBlock::decompress_chunk(chunk, &self.header.meta, false)
                });
                let whole = whole.map_err(|cause| corrupt("block", cause))?;
                if self.is_eighth { self.shrunk(&whole) } else { whole }
            }
        };
        let wanted = block.index.pixel_size.area() * header.channels.bytes_per_pixel;
        if block.data.len() != wanted {
            return Err(Error::corrupt(FORMAT, "a block has too few samples or too many"));
        }
        Ok(block)
    }

    /// Unpacks a block by our own unpackers, where its compression is one of theirs.
    fn decompress_here(&self, chunk: &Chunk) -> Result<Option<UncompressedBlock>> {
        let Some(packed) = packed_bytes(chunk) else { return Ok(None) };
        let (header, index) = (self.header(), self.index(chunk)?);
        let layout = Layout::new(header, index.pixel_size.0, index.pixel_size.1, &self.channels);
        if !self.is_eighth {
            let data = packed::unpack(header.compression, packed, &layout).transpose()?;
            return Ok(data.map(|data| UncompressedBlock { index, data }));
        }
        let data = packed::eighth(header.compression, packed, &layout).transpose()?;
        Ok(data.map(|data| UncompressedBlock { index: eighth(index), data }))
    }

    /// Where an eighth of a chunk lies far from the means of its pixels; `None` where it is made of them.
    pub(super) fn strays(&self, chunk: &Chunk) -> Option<Strays> {
        let (header, index) = (self.header(), self.index(chunk).ok()?);
        check_dwa(header, &chunk.compressed_block).ok()?;
        let layout = Layout::new(header, index.pixel_size.0, index.pixel_size.1, &self.channels);
        packed::strays(header.compression, packed_bytes(chunk)?, &layout)
    }

    /// Where a chunk's pixels lie in the data window.
    fn index(&self, chunk: &Chunk) -> Result<BlockIndex> {
        let header = self.header();
        guard::survive(|| {
            let tile = header.get_block_data_indices(&chunk.compressed_block)?;
            let bounds = header.get_absolute_block_pixel_coordinates(tile)?;
            bounds.validate(Some(header.layer_size))?;
            Ok(BlockIndex {
                layer: chunk.layer_index,
                pixel_position: bounds.position.to_usize("block")?,
                pixel_size: bounds.size,
                level: tile.level_index,
            })
        })
        .map_err(|cause| corrupt("block", cause))
    }

    /// An eighth of a block that has no coefficients to make it of.
    fn shrunk(&self, whole: &UncompressedBlock) -> UncompressedBlock {
        let size = whole.index.pixel_size;
        let layout = Layout::new(self.header(), size.0, size.1, &self.channels);
        UncompressedBlock { data: packed::shrunk(&whole.data, &layout), index: eighth(whole.index) }
    }

    fn header(&self) -> &Header {
        &self.header.meta.headers[self.part]
    }

    /// Copies the wanted samples of a block to where the picture shows them.
    fn copy(&self, block: &UncompressedBlock, y: usize, samples: &mut Samples) {
        let (x, columns) = (block.index.pixel_position.0 as i64, block.index.pixel_size.0);
        let bytes_per_pixel = self.bytes_per_pixel;
        let span = self.overlapping_columns(x, columns);
        if span.is_empty() {
            return;
        }
        let skipped = (span.start as i64 - self.left - x) as usize;
        let row_samples = self.made * self.width;
        for (line, bytes) in block.data.chunks_exact(columns * bytes_per_pixel).enumerate() {
            let row = block.index.pixel_position.1 as i64 + line as i64 + self.top - y as i64;
            let Ok(row) = usize::try_from(row) else {
                continue;
            };
            for plane in &self.planes {
                let size = plane.sample_type.bytes_per_sample();
                let from = plane.bytes_before * columns + skipped * size;
                let to = row * row_samples + plane.place * self.width;
                let source = &bytes[from..from + span.len() * size];
                samples.put(to + span.start..to + span.end, source, plane.sample_type);
            }
        }
    }

    /// The picture's columns that `count` columns from data column `x` on cover.
    fn overlapping_columns(&self, x: i64, count: usize) -> Range<usize> {
        let (left, right) = (self.visible_columns.start as i64, self.visible_columns.end as i64);
        let start = (self.left + x).clamp(left, right);
        let end = (self.left + x + count as i64).clamp(start, right);
        start as usize..end as usize
    }
}

/// The bytes of a chunk that is not deep.
fn packed_bytes(chunk: &Chunk) -> Option<&[u8]> {
    match &chunk.compressed_block {
        CompressedBlock::ScanLine(block) => Some(&block.compressed_pixels_le),
        CompressedBlock::Tile(block) => Some(&block.compressed_pixels_le),
        _ => None,
    }
}

/// Where a block lies in an eighth of the picture; it starts at a multiple of eight.
fn eighth(index: BlockIndex) -> BlockIndex {
    let (at, size) = (index.pixel_position, index.pixel_size);
    BlockIndex {
        pixel_position: Vec2(at.0 / 8, at.1 / 8),
        pixel_size: Vec2(size.0.div_ceil(8), size.1.div_ceil(8)),
        ..index
    }
}

/// Makes a rectangle of a band no numbers.
fn erase(band: &mut NativeBand, (columns, rows): (Range<usize>, Range<usize>)) {
    let (width, planes) = (band.width as usize, band.planes as usize);
    if let Samples::Float(samples) = &mut band.samples {
        for row in
            samples.chunks_exact_mut(width).skip(rows.start * planes).take(rows.len() * planes)
        {
            row[columns.clone()].fill(f32::NAN);
        }
    }
}

/// Takes the chroma from a rectangle of a band of RY, Y, BY.
fn bleach(band: &mut NativeBand, columns: &Range<usize>, rows: &Range<usize>) {
    let width = band.width as usize;
    let chroma = rows.clone().flat_map(|row| [3 * row * width, (3 * row + 2) * width]);
    for start in chroma {
        let span = start + columns.start..start + columns.end;
        match &mut band.samples {
            Samples::Half(samples) => samples[span].fill(f16::ZERO),
            Samples::Float(samples) => samples[span].fill(0.0),
            Samples::U8(_) | Samples::U16(_) => unreachable!("OpenEXR has no such samples"),
        }
    }
}

impl Samples {
    /// Puts native-endian bytes of samples where they belong; what lies below the band is dropped.
    fn put(&mut self, span: Range<usize>, bytes: &[u8], sample_type: SampleType) {
        match self {
            Self::Half(samples) => {
                let Some(out) = samples.get_mut(span) else {
                    return;
                };
                for (out, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
                    *out = f16::from_ne_bytes(*bytes);
                }
            }
            Self::Float(samples) => {
                let Some(out) = samples.get_mut(span) else {
                    return;
                };
                widen(out, bytes, sample_type);
            }
            Self::U8(_) | Self::U16(_) => unreachable!("OpenEXR has no such samples"),
        }
    }
}

fn widen(out: &mut [f32], bytes: &[u8], sample_type: SampleType) {
    match sample_type {
        SampleType::F16 => {
            for (out, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
                *out = f16::from_ne_bytes(*bytes).to_f32();
            }
        }
        SampleType::F32 => {
            for (out, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
                *out = f32::from_ne_bytes(*bytes);
            }
        }
        SampleType::U32 => {
            for (out, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
                *out = u32::from_ne_bytes(*bytes) as f32;
            }
        }
    }
}

/// The part of `0..limit` that `size` from `offset` on cover.
pub(super) fn overlap(offset: i64, size: u32, limit: u32) -> Range<usize> {
    let start = offset.clamp(0, i64::from(limit)) as usize;
    let end = (offset + i64::from(size)).clamp(0, i64::from(limit)) as usize;
    start..end.max(start)
}

fn planes(header: &Header, channels: &[usize]) -> Vec<Plane> {
    let list = &header.channels.list;
    let bytes = |index: &usize| {
        list[..*index].iter().map(|channel| channel.sample_type.bytes_per_sample()).sum()
    };
    let plane = |(place, index): (usize, &usize)| Plane {
        bytes_before: bytes(index),
        sample_type: list[*index].sample_type,
        place,
    };
    channels.iter().enumerate().map(plane).collect()
}

/// The planes of a flattened block: floats, one after the other.
fn flattened(count: usize) -> Vec<Plane> {
    let plane = |at| Plane { bytes_before: 4 * at, sample_type: SampleType::F32, place: at };
    (0..count).map(plane).collect()
}

fn check_dwa(header: &Header, block: &CompressedBlock) -> Result<()> {
    let packed = match block {
        CompressedBlock::ScanLine(block) => &block.compressed_pixels_le,
        CompressedBlock::Tile(block) => &block.compressed_pixels_le,
        _ => return Err(Error::unsupported(FORMAT, "deep data")),
    };
    let tile = header
        .get_block_data_indices(block)
        .and_then(|tile| header.get_absolute_block_pixel_coordinates(tile))
        .map_err(|cause| corrupt("block", cause))?;
    let (width, height) = (tile.size.0 as u64, tile.size.1 as u64);
    let raw_bytes = width * height * header.channels.bytes_per_pixel as u64;
    if packed.len() as u64 == raw_bytes {
        return Ok(());
    }
    let blocks = width.div_ceil(8) * height.div_ceil(8);
    guard::check_dwa(packed, raw_bytes, 64 * blocks * header.channels.list.len() as u64)
}
