//! Where chunks start: the part's table, and what to do where it does not tell.
//!
//! A render that was interrupted leaves a table of zeros, for it is written last; a copy that was
//! interrupted leaves offsets beyond the end. What is there is then found by walking from chunk to
//! chunk, as OpenEXR does: each says how long it is. The walk is linear in the file, reads a few
//! bytes a chunk, and ends at the first thing that is none.

use std::io::Read;

use exr::meta::BlockDescription;
use exr::meta::header::Header;

use super::FORMAT;
use super::header::FileHeader;
use super::levels::Grid;
use super::tracked::Tracked;
use crate::decode::unreadable;
use crate::error::{Error, Result};
use crate::input::Input;

/// Bytes of an entry.
const ENTRY: u64 = 8;

/// Reads where the chunks of a level start, row by row; 0 for one that is not in the file.
pub(super) fn read_offsets(
    input: &mut Tracked<Box<dyn Input>>,
    header: &FileHeader,
    part: usize,
    grid: Grid,
) -> Result<Vec<u64>> {
    let before = chunks_of(&header.meta.headers[..part]) + grid.before as u64;
    let bytes = ENTRY * grid.chunks() as u64;
    let mut table = Vec::new();
    input
        .go_to(header.tables_at.saturating_add(before.saturating_mul(ENTRY)))
        .and_then(|()| input.take(bytes).read_to_end(&mut table))
        .map_err(unreadable)?;
    if (table.len() as u64) < bytes {
        return Err(Error::corrupt(FORMAT, "chunk table: the file ends too early"));
    }
    let mut offsets: Vec<_> =
        table.as_chunks().0.iter().map(|entry| u64::from_le_bytes(*entry)).collect();
    let length = input.length();
    let lost = |offset: u64| offset == 0 || offset >= length;
    if offsets.iter().any(|&offset| lost(offset)) {
        let walked = walk(input, header, part, grid);
        for (offset, walked) in offsets.iter_mut().zip(walked) {
            *offset = if lost(*offset) { walked } else { *offset };
        }
    }
    Ok(offsets)
}

/// Where every chunk of the file starts, in increasing order: each ends where the next one starts,
/// or before. What a damaged table says may lie anywhere.
pub(super) fn read_starts(
    input: &mut Tracked<Box<dyn Input>>,
    header: &FileHeader,
) -> Result<Vec<u64>> {
    let bytes = chunks_of(&header.meta.headers).saturating_mul(ENTRY);
    let mut tables = Vec::new();
    input
        .go_to(header.tables_at)
        .and_then(|()| input.take(bytes).read_to_end(&mut tables))
        .map_err(unreadable)?;
    let mut starts: Vec<_> =
        tables.as_chunks().0.iter().map(|entry| u64::from_le_bytes(*entry)).collect();
    starts.sort_unstable();
    Ok(starts)
}

fn chunks_of(headers: &[Header]) -> u64 {
    headers.iter().map(|header| header.chunk_count as u64).sum()
}

/// Where the first chunk starts: behind the tables of all parts.
fn first_chunk(header: &FileHeader) -> u64 {
    let tables = chunks_of(&header.meta.headers).saturating_mul(ENTRY);
    header.tables_at.saturating_add(tables)
}

/// Finds the chunks of a level by going from one to the next; 0 for those that are not found.
fn walk(
    input: &mut Tracked<Box<dyn Input>>,
    header: &FileHeader,
    part: usize,
    grid: Grid,
) -> Vec<u64> {
    let mut found = vec![0; grid.chunks()];
    let mut at = first_chunk(header);
    for _ in 0..chunks_of(&header.meta.headers) {
        let Some(chunk) = Stop::read(input, header, at) else { break };
        let of_level = chunk.part == part && chunk.level == [grid.level; 2];
        let place = of_level.then(|| chunk.place(&header.meta.headers[part], grid)).flatten();
        if let Some(entry) = place.and_then(|place| found.get_mut(place)) {
            *entry = at;
        }
        at = chunk.end;
    }
    found
}

/// What a chunk says of itself before its bytes.
#[derive(Debug)]
struct Stop {
    part: usize,
    /// A tile's column and row in tiles, or 0 and a block's first row in pixel space.
    corner: [i64; 2],
    level: [usize; 2],
    end: u64,
}

impl Stop {
    /// Reads what stands at `at`; `None` where that is no whole chunk.
    fn read(input: &mut Tracked<Box<dyn Input>>, file: &FileHeader, at: u64) -> Option<Self> {
        input.go_to(at).ok()?;
        let number = |input: &mut _| read_number(input).map(i64::from);
        let part = match file.meta.requirements.is_multilayer() {
            true => usize::try_from(number(input)?).ok()?,
            false => 0,
        };
        let header = file.meta.headers.get(part)?;
        let (corner, level) = match header.blocks {
            BlockDescription::ScanLines => ([0, number(input)?], [0, 0]),
            BlockDescription::Tiles(_) => {
                let corner = [number(input)?, number(input)?];
                let level = [number(input)?, number(input)?];
                (corner, [usize::try_from(level[0]).ok()?, usize::try_from(level[1]).ok()?])
            }
        };
        let bytes =
            if header.deep { deep_bytes(input)? } else { u64::try_from(number(input)?).ok()? };
        let end = input.position().checked_add(bytes)?;
        (end <= input.length()).then_some(Self { part, corner, level, end })
    }

    /// The chunk's place among those of its level.
    fn place(&self, header: &Header, grid: Grid) -> Option<usize> {
        let [x, y] = self.corner;
        let (column, row) = match header.blocks {
            BlockDescription::Tiles(_) => (usize::try_from(x).ok()?, usize::try_from(y).ok()?),
            BlockDescription::ScanLines => {
                let below = y - i64::from(header.own_attributes.layer_position.1);
                (0, usize::try_from(below).ok()? / grid.lines)
            }
        };
        (column < grid.across && row < grid.down).then_some(row * grid.across + column)
    }
}

/// The bytes of a deep chunk: of its table of counts and of its samples. A third number says to
/// how many the samples unpack.
fn deep_bytes(input: &mut impl Read) -> Option<u64> {
    let mut numbers = [0; 3 * 8];
    input.read_exact(&mut numbers).ok()?;
    let [table, samples, _] = numbers.as_chunks().0 else { return None };
    u64::from_le_bytes(*table).checked_add(u64::from_le_bytes(*samples))
}

fn read_number(input: &mut impl Read) -> Option<i32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes).ok()?;
    Some(i32::from_le_bytes(bytes))
}
