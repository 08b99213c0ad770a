//! Blocks in increasing y, whatever the file's order, a few to a band.

use std::io::Read;
use std::sync::Arc;

use exr::block::chunk::Chunk;
use exr::meta::BlockDescription;
use exr::meta::header::Header;

use super::choice::Choice;
use super::header::FileHeader;
use super::tracked::Tracked;
use super::unpack::Unpacker;
use super::{FORMAT, corrupt, unreadable};
use crate::error::{Error, Result};
use crate::image::{Job, NativeBand, Stream, Window};
use crate::input::Input;

/// Rows that a band has at least, where a block has fewer: enough work to be worth a thread's
/// while, and few enough for the cache.
const BAND_ROWS: usize = 16;

/// Rows that a band without pixels has at the most.
pub(super) const BLACK_ROWS: usize = 256;

/// How a part is cut into chunks.
#[derive(Debug, Clone, Copy)]
struct Grid {
    /// Rows of a scan line block or a tile.
    lines: usize,
    /// Chunks side by side.
    across: usize,
    /// Rows of chunks.
    down: usize,
}

impl Grid {
    fn new(header: &Header) -> Self {
        let (width, height) = (header.layer_size.0, header.layer_size.1);
        let (across, lines) = match header.blocks {
            BlockDescription::ScanLines => (1, header.compression.scan_lines_per_block()),
            BlockDescription::Tiles(tiles) => {
                (width.div_ceil(tiles.tile_size.0), tiles.tile_size.1)
            }
        };
        Self { lines, across, down: height.div_ceil(lines) }
    }
}

/// The rows of a picture, read chunk by chunk.
pub(super) struct Blocks {
    input: Tracked<Box<dyn Input>>,
    unpacker: Arc<Unpacker>,
    grid: Grid,
    /// Where each chunk of the full level starts, row by row.
    offsets: Vec<u64>,
    /// The next row of the picture.
    y: usize,
}

impl Blocks {
    /// Reads the rows of `picture`, a window in the part's pixel space.
    pub(super) fn new(
        input: Box<dyn Input>,
        header: FileHeader,
        choice: &Choice,
        picture: Window,
    ) -> Result<Self> {
        let mut input = Tracked::new(input).map_err(unreadable)?;
        let grid = Grid::new(&header.meta.headers[choice.part]);
        let offsets = read_offsets(&mut input, &header, choice.part, grid)?;
        let unpacker = Arc::new(Unpacker::new(header, choice, picture));
        Ok(Self { input, unpacker, grid, offsets, y: 0 })
    }

    /// The next row of the picture, from its top.
    pub(super) fn y(&self) -> usize {
        self.y
    }

    /// The job for black rows from the current one on.
    fn black(&mut self, until: usize) -> Job<NativeBand> {
        let (unpacker, y) = (Arc::clone(&self.unpacker), self.y);
        self.y = until.min(y + BLACK_ROWS);
        let rows = self.y - y;
        Box::new(move || Ok(unpacker.black(y, rows)))
    }

    /// The job for rows that chunks hold, from the current one on.
    fn pixels(&mut self, until: usize) -> Result<Job<NativeBand>> {
        let lines = self.grid.lines;
        let first = self.unpacker.data_row(self.y) / lines;
        let last = (first + BAND_ROWS.div_ceil(lines)).min(self.grid.down);
        let chunks = (first * self.grid.across..last * self.grid.across)
            .map(|index| self.read_chunk(index))
            .collect::<Result<Vec<_>>>()?;
        let (unpacker, y) = (Arc::clone(&self.unpacker), self.y);
        let rows = (last * lines - unpacker.data_row(y)).min(until - y);
        self.y += rows;
        Ok(Box::new(move || unpacker.unpack(y, rows, chunks)))
    }

    fn read_chunk(&mut self, index: usize) -> Result<Chunk> {
        let what = || format!("block {} of {}", index + 1, self.offsets.len());
        let offset = self.offsets[index];
        if offset == 0 {
            return Err(Error::corrupt(FORMAT, format!("{} was never written", what())));
        }
        let chunk = self
            .input
            .go_to(offset)
            .map_err(exr::error::Error::Io)
            .and_then(|()| Chunk::read(&mut self.input, &self.unpacker.header.meta))
            .map_err(|cause| corrupt(what(), cause))?;
        if self.unpacker.place(&chunk) != Some((index % self.grid.across, index / self.grid.across))
        {
            return Err(Error::corrupt(FORMAT, format!("{} says it is another one", what())));
        }
        Ok(chunk)
    }
}

impl Stream<NativeBand> for Blocks {
    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        let height = self.unpacker.height;
        let visible = self.unpacker.visible_rows.clone();
        if self.y >= height {
            Ok(None)
        } else if visible.contains(&self.y) {
            self.pixels(visible.end).map(Some)
        } else if self.y < visible.start {
            Ok(Some(self.black(visible.start)))
        } else {
            Ok(Some(self.black(height)))
        }
    }
}

/// Reads where the chunks of the part's full level start; they come first in its table.
fn read_offsets(
    input: &mut Tracked<Box<dyn Input>>,
    header: &FileHeader,
    part: usize,
    grid: Grid,
) -> Result<Vec<u64>> {
    let before: u64 = header.meta.headers[..part].iter().map(|h| h.chunk_count as u64).sum();
    let bytes = 8 * (grid.across * grid.down) as u64;
    let mut table = Vec::new();
    input
        .go_to(header.tables_at.saturating_add(before.saturating_mul(8)))
        .and_then(|()| input.take(bytes).read_to_end(&mut table))
        .map_err(unreadable)?;
    if (table.len() as u64) < bytes {
        return Err(Error::corrupt(FORMAT, "chunk table: the file ends too early"));
    }
    Ok(table.as_chunks().0.iter().map(|entry| u64::from_le_bytes(*entry)).collect())
}
