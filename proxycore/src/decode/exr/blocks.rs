//! Blocks in increasing y, whatever the file's order, a few to a band.

use std::ops::Range;
use std::sync::Arc;

use exr::block::chunk::Chunk;

use super::choice::{Choice, Shown};
use super::deep;
use super::falsecolor::{Look, Paint, Survey};
use super::header::FileHeader;
pub(super) use super::levels::Grid;
use super::lines;
pub(super) use super::table::{read_offsets, read_starts};
use super::tracked::Tracked;
use super::unpack::Unpacker;
use super::{FORMAT, corrupt};
use crate::decode::{BAND_ROWS, unreadable};
use crate::error::{Error, Result};
use crate::image::{Job, NativeBand, Stream, Tally, Window, next_batch};
use crate::input::Input;

/// Rows that a band without pixels has at the most.
pub(super) const BLACK_ROWS: usize = 256;

/// Chunks that tell whether an eighth is as good: at most so many, and at most one of so many.
const PROBES: usize = 12;
const ONE_OF: usize = 4;
/// One of how many groups of squares may stray.
const ONE_ASTRAY: usize = 200;

/// What of a part is read, and what damage does.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) level: usize,
    /// Whether an eighth of the size is made of it.
    pub(super) is_eighth: bool,
    /// What is shown, in the level's pixel space.
    pub(super) picture: Window,
    /// Whether pixels may be missing: damage is an error where they may not.
    pub(super) partial: bool,
    /// Where missing pixels and the samples of deep ones are counted.
    pub(super) tally: Arc<Tally>,
}

/// A chunk as read, or the place of one that cannot be had.
pub(super) type Found = std::result::Result<Chunk, (usize, usize)>;

/// The rows of a picture, read chunk by chunk.
pub(super) struct Blocks {
    input: Tracked<Box<dyn Input>>,
    unpacker: Arc<Unpacker>,
    grid: Grid,
    /// Where each chunk of the level starts, row by row.
    offsets: Vec<u64>,
    /// The next row of the picture.
    y: usize,
    /// How numbers that are no colour are shown, until they are looked at.
    look: Option<Look>,
    tally: Arc<Tally>,
}

impl Blocks {
    pub(super) fn new(
        input: Box<dyn Input>,
        header: FileHeader,
        choice: &Choice,
        reading: Reading,
    ) -> Result<Self> {
        let mut input = Tracked::new(input).map_err(unreadable)?;
        let grid = Grid::new(&header.meta.headers[choice.part], reading.level);
        let offsets = read_offsets(&mut input, &header, choice.part, grid)?;
        let grid = if reading.is_eighth { grid.eighth() } else { grid };
        let tally = Arc::clone(&reading.tally);
        let unpacker = Arc::new(Unpacker::new(header, choice, grid, reading));
        let look = match choice.shown {
            Shown::Data(look) => Some(look),
            _ => None,
        };
        let mut blocks = Self { input, unpacker, grid, offsets, y: 0, look, tally };
        blocks.announce()?;
        Ok(blocks)
    }

    /// Tells a remote input which chunks will be read, and so which will not: those of other parts
    /// and levels, and of rows that are not shown.
    fn announce(&mut self) -> Result<()> {
        if !self.input.is_remote() {
            return Ok(());
        }
        let starts = read_starts(&mut self.input, &self.unpacker.header)?;
        let length = self.input.length();
        let end_of = |start| {
            let next = starts.partition_point(|&other| other <= start);
            starts.get(next).map_or(length, |&next| next.min(length))
        };
        let chunks = self.offsets[self.visible_chunks()].iter().filter(|&&start| start > 0);
        let ranges: Vec<_> = chunks.map(|&start| start..end_of(start)).collect();
        self.input.will_read(&ranges);
        Ok(())
    }

    /// The chunks of rows that are shown.
    fn visible_chunks(&self) -> Range<usize> {
        let Range { start, end } = self.unpacker.visible_rows;
        if start >= end {
            return 0..0;
        }
        let row = |y| self.unpacker.data_row(y) / self.grid.lines;
        row(start) * self.grid.across..(row(end - 1) + 1) * self.grid.across
    }

    /// The next row of the picture, from its top.
    pub(super) fn y(&self) -> usize {
        self.y
    }

    /// Whether the means of codes that an eighth is made of are near to those of light, so that nobody
    /// sees a difference: some chunks of the picture are unpacked both ways. What cannot be read is told
    /// when it is its turn.
    pub(super) fn is_served_by_means(&mut self) -> bool {
        let visible = self.visible_chunks();
        let probes = (visible.len() / ONE_OF).clamp(1, PROBES);
        let step = visible.len().div_ceil(probes).max(1);
        let (mut groups, mut astray) = (0, 0);
        for index in visible.skip(step / 2).step_by(step) {
            let chunk = self.read_chunk(index).ok();
            let strays = chunk.and_then(|chunk| self.unpacker.strays(&chunk)).unwrap_or_default();
            (groups, astray) = (groups + strays.groups, astray + strays.astray);
            // more than all others can make up for
            if astray * ONE_ASTRAY > strays.groups * probes {
                return false;
            }
        }
        astray * ONE_ASTRAY <= groups
    }

    /// The input, wherever it stands.
    pub(super) fn into_input(self) -> Box<dyn Input> {
        self.input.into_inner()
    }

    /// Reads everything to see what its numbers are, starts anew in false colours, and notes which
    /// numbers they stand for.
    fn paint(&mut self, look: Look) -> Result<()> {
        let paint = if look.is_relative() { self.survey(look)? } else { Paint::absolute(look) };
        if let Some(note) = paint.describe() {
            self.tally.note(note);
        }
        self.y = 0;
        self.unpacker.paint(paint);
        self.announce()
    }

    fn survey(&mut self, look: Look) -> Result<Paint> {
        let unpacker = Arc::clone(&self.unpacker);
        let mut survey = Survey::new(look, unpacker.channels());
        while let Some(bands) = next_batch(self)? {
            let visible = |band: &&NativeBand| unpacker.visible_rows.contains(&(band.y as usize));
            let bands = bands.iter().filter(visible);
            bands.for_each(|band| survey.add(band, &unpacker.visible_columns));
        }
        Ok(survey.paint())
    }

    /// Ends the picture: where nothing of it was whole, with the error. The last call comes when
    /// all jobs have run.
    pub(super) fn finish(&self) -> Result<()> {
        self.unpacker.losses.check()
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
            .map(|index| self.find_chunk(index))
            .collect::<Result<Vec<_>>>()?;
        let (unpacker, y) = (Arc::clone(&self.unpacker), self.y);
        let rows = (last * lines - unpacker.data_row(y)).min(until - y);
        self.y += rows;
        Ok(Box::new(move || unpacker.unpack(y, rows, chunks)))
    }

    fn find_chunk(&mut self, index: usize) -> Result<Found> {
        let chunk = self.read_chunk(index);
        let place = (index % self.grid.across, index / self.grid.across);
        Ok(self.unpacker.losses.read(chunk)?.ok_or(place))
    }

    fn read_chunk(&mut self, index: usize) -> Result<Chunk> {
        let what = || format!("block {} of {}", index + 1, self.offsets.len());
        let offset = self.offsets[index];
        if offset == 0 {
            return Err(Error::corrupt(FORMAT, format!("{} was never written", what())));
        }
        self.input
            .go_to(offset)
            .map_err(exr::error::Error::Io)
            .map_err(|cause| corrupt(what(), cause))?;
        let header = &self.unpacker.header;
        let chunk = if self.unpacker.is_deep() {
            deep::read(&mut self.input, &header.meta, &header.limits)?
        } else if self.unpacker.has_lines() {
            lines::read(&mut self.input, &header.meta, &self.unpacker.spare)
                .map_err(|cause| corrupt(what(), cause))?
        } else {
            Chunk::read(&mut self.input, &header.meta).map_err(|cause| corrupt(what(), cause))?
        };
        if self.unpacker.place(&chunk) != Some((index % self.grid.across, index / self.grid.across))
        {
            return Err(Error::corrupt(FORMAT, format!("{} says it is another one", what())));
        }
        Ok(chunk)
    }
}

impl Stream<NativeBand> for Blocks {
    fn rows_at_once(&self) -> u32 {
        self.grid.lines.max(BAND_ROWS) as u32
    }

    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        if let Some(look) = self.look.take() {
            self.paint(look)?;
        }
        let height = self.unpacker.height;
        let visible = self.unpacker.visible_rows.clone();
        if self.y >= height {
            self.finish().map(|()| None)
        } else if visible.contains(&self.y) {
            self.pixels(visible.end).map(Some)
        } else if self.y < visible.start {
            Ok(Some(self.black(visible.start)))
        } else {
            Ok(Some(self.black(height)))
        }
    }
}
