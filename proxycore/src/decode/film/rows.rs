//! The bands of a picture: a band's rows are read in order, its job unpacks them.
//!
//! Rows that the file should hold and does not are an error; of a picture that may be partial, they
//! are hatched and counted. A file of which no row is whole is an error in any case.

use std::io::{Read, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::picture::{Packed, Picture, Row, Source};
use super::runs;
use crate::decode::orientation::{Orientation, upright};
use crate::decode::partial::hatch;
use crate::decode::{BAND_ROWS, DecodeOptions, unreadable};
use crate::error::{Error, Result};
use crate::image::{Image, ImageSpec, Job, Native, NativeBand, Stream, Tally};
use crate::input::Input;

/// Samples that a band has at most, one row of them at least.
const BAND_SAMPLES: usize = 1 << 22;

/// The rows of a picture from the top.
pub(in crate::decode) struct Rows {
    input: Box<dyn Input>,
    picture: Arc<Picture>,
    /// Rows from the first stored one on that are whole.
    whole: usize,
    partial: bool,
    tally: Arc<Tally>,
    y: usize,
    /// Of runs: bytes that are read and not yet given to a band.
    ahead: Vec<u8>,
    /// Memory of rows that are unpacked: to ask the system for it anew costs more than to fill it.
    free: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Rows {
    /// Makes the upright image of a picture in a file of `end` bytes.
    ///
    /// A picture that starts at the bottom is read from there; other directions are turned behind.
    pub(in crate::decode) fn image(
        spec: ImageSpec,
        input: Box<dyn Input>,
        mut picture: Picture,
        orientation: Orientation,
        end: u64,
        options: &DecodeOptions,
    ) -> Result<Image<Native>> {
        let left = match orientation {
            // where a row of runs starts, only the rows before it tell
            _ if picture.runs => orientation,
            Orientation::BottomLeft => Orientation::TopLeft,
            Orientation::BottomRight => Orientation::TopRight,
            other => other,
        };
        picture.bottom_up = left != orientation;
        let tally = Arc::default();
        let rows = Self::new(input, picture, end, options.partial, Arc::clone(&tally))?;
        Ok(upright(Image::with_tally(spec, tally, rows), left, &options.limits))
    }

    fn new(
        mut input: Box<dyn Input>,
        picture: Picture,
        end: u64,
        partial: bool,
        tally: Arc<Tally>,
    ) -> Result<Self> {
        let whole = if picture.runs { picture.height } else { whole_rows(&picture, end) };
        if whole == 0 {
            return Err(missing(&picture, 0));
        }
        input.seek(SeekFrom::Start(picture.sources[0].offset)).map_err(unreadable)?;
        let picture = Arc::new(picture);
        Ok(Self {
            input,
            picture,
            whole,
            partial,
            tally,
            y: 0,
            ahead: Vec::new(),
            free: Arc::default(),
        })
    }

    fn rows(&self) -> usize {
        let row = self.picture.planes() * self.picture.width;
        let rows = (BAND_SAMPLES / row).clamp(1, BAND_ROWS);
        rows.min(self.picture.height - self.y)
    }

    /// Reads the rows of a band, top down, and says which rows of the band they are.
    fn read(&mut self, rows: usize) -> Result<(Range<usize>, Vec<Stored>)> {
        if self.picture.runs {
            let stored = self.read_runs(rows)?;
            return Ok((0..stored.len(), vec![stored]));
        }
        let (y, height) = (self.y, self.picture.height);
        let first = if self.picture.bottom_up { height - y - rows } else { y };
        let last = (first + rows).min(self.whole).max(first);
        let picture = Arc::clone(&self.picture);
        let stored = picture.sources.iter().map(|source| self.read_rows(source, first..last));
        let stored = stored.collect::<Result<_>>()?;
        let skipped = if picture.bottom_up { rows - (last - first) } else { 0 };
        Ok((skipped..skipped + last - first, stored))
    }

    fn read_rows(&mut self, source: &Source, rows: Range<usize>) -> Result<Stored> {
        let places = rows.map(|row| place(&self.picture, source, row as u64));
        let mut places: Vec<_> = places.collect();
        let start = places.first().map_or(0, |place| place.bytes.start);
        let end = places.last().map_or(0, |place| place.bytes.end);
        let mut bytes = lock(&self.free).pop().unwrap_or_default();
        bytes.resize((end - start) as usize, 0);
        self.input
            .seek(SeekFrom::Start(source.offset + start))
            .and_then(|_| self.input.read_exact(&mut bytes))
            .map_err(unreadable)?;
        if self.picture.bottom_up {
            places.reverse();
        }
        let span = |place: RowPlace| Span {
            bytes: (place.bytes.start - start) as usize..(place.bytes.end - start) as usize,
            skipped: place.skipped,
        };
        Ok(Stored { bytes, spans: places.into_iter().map(span).collect() })
    }

    /// Walks the runs of the next rows; fewer than asked for are given where the file ends.
    fn read_runs(&mut self, rows: usize) -> Result<Stored> {
        let picture = Arc::clone(&self.picture);
        let source = &picture.sources[0];
        // at worst, each pixel has a flag of its own
        let worst = source.packing.bytes((picture.width * (source.step + 1)) as u64) + 4;
        let wanted = worst * rows as u64 - (self.ahead.len() as u64).min(worst * rows as u64);
        self.input.by_ref().take(wanted).read_to_end(&mut self.ahead).map_err(unreadable)?;
        let mut spans = Vec::with_capacity(rows);
        let mut at = 0;
        while spans.len() < rows {
            let left = &self.ahead[at.min(self.ahead.len())..];
            let walked =
                runs::row_bytes(picture.format, &source.packing, left, source.step, picture.width);
            let row = match walked {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(_) if self.partial => break,
                Err(damage) => return Err(damage),
            };
            spans.push(Span { bytes: at..(at + row).min(self.ahead.len()), skipped: 0 });
            at += row;
        }
        if spans.len() < rows {
            self.whole = self.y + spans.len();
        }
        let rest = self.ahead.split_off(at.min(self.ahead.len()));
        Ok(Stored { bytes: std::mem::replace(&mut self.ahead, rest), spans })
    }

    /// Whether the picture may go on with rows missing.
    fn check(&self) -> Result<()> {
        let allowed = self.whole == self.picture.height || (self.partial && self.whole > 0);
        if allowed { Ok(()) } else { Err(missing(&self.picture, self.whole)) }
    }
}

impl Stream<NativeBand> for Rows {
    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        let (y, rows) = (self.y, self.rows());
        if rows == 0 {
            return Ok(None);
        }
        self.check()?;
        let (present, stored) = if y >= self.whole && self.picture.runs {
            (0..0, Vec::new())
        } else {
            self.read(rows)?
        };
        self.check()?;
        self.y += rows;
        let (picture, tally) = (Arc::clone(&self.picture), Arc::clone(&self.tally));
        let free = Arc::clone(&self.free);
        Ok(Some(Box::new(move || {
            let mut band = picture.black(y, rows);
            for (index, at) in present.clone().enumerate() {
                let row: Row<'_> = stored.iter().map(|stored| stored.row(index)).collect();
                picture.unpack(&row, at, &mut band.samples)?;
            }
            for gap in [0..present.start, present.end..rows] {
                tally.add_missing((gap.len() * picture.width) as u64);
                hatch(&mut band, gap, 0..picture.width);
            }
            // runs are split off what was read ahead, and their memory is of no use again
            if !picture.runs {
                lock(&free).extend(stored.into_iter().map(|stored| stored.bytes));
            }
            Ok(band)
        })))
    }
}

/// Where a row lies in the bytes that were read, and how many codes stand before it there.
struct Span {
    bytes: Range<usize>,
    skipped: usize,
}

/// Some rows of a source, from the top of the band down.
struct Stored {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

impl Stored {
    fn len(&self) -> usize {
        self.spans.len()
    }

    fn row(&self, index: usize) -> Packed<'_> {
        let Span { bytes, skipped } = &self.spans[index];
        Packed { bytes: &self.bytes[bytes.clone()], skipped: *skipped }
    }
}

/// Where a row lies behind the source's start, in bytes, and how many codes of others come first.
struct RowPlace {
    bytes: Range<u64>,
    skipped: usize,
}

fn place(picture: &Picture, source: &Source, row: u64) -> RowPlace {
    if !source.runs_on {
        let start = row * source.stride;
        return RowPlace { bytes: start..start + picture.row_bytes(source), skipped: 0 };
    }
    let (codes, group) = (picture.row_codes(source), source.packing.group());
    let first = row * codes;
    let skipped = first % group;
    let start = source.packing.bytes(first - skipped);
    let end = start + source.packing.bytes(skipped + codes);
    RowPlace { bytes: start..end, skipped: skipped as usize }
}

/// Rows that every source has whole in a file of `end` bytes.
fn whole_rows(picture: &Picture, end: u64) -> usize {
    let rows = |source: &Source| {
        if source.runs_on {
            let bytes = end.saturating_sub(source.offset);
            return source.packing.held(bytes) / picture.row_codes(source).max(1);
        }
        let behind_first = end.checked_sub(source.offset.saturating_add(picture.row_bytes(source)));
        behind_first.map_or(0, |bytes| bytes / source.stride.max(1) + 1)
    };
    let fewest = picture.sources.iter().map(rows).min().unwrap_or(0);
    fewest.min(picture.height as u64) as usize
}

fn lock(free: &Mutex<Vec<Vec<u8>>>) -> MutexGuard<'_, Vec<Vec<u8>>> {
    free.lock().unwrap_or_else(PoisonError::into_inner)
}

fn missing(picture: &Picture, whole: usize) -> Error {
    let (height, gone) = (picture.height, picture.height - whole);
    Error::corrupt(
        picture.format,
        format!("the file ends too early: {gone} of {height} rows are missing"),
    )
}
