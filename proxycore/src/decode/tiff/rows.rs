//! The rows of a picture, strip by strip or by rows of tiles, from its top.
//!
//! A band is a few short strips, or some rows of a tall one. Strips are read one after another;
//! the jobs unpack them.

use std::ops::Range;
use std::sync::Arc;

use super::FORMAT;
use super::bytes::File;
use super::chunk::Chunk;
use super::codec::Codec;
use super::layout::Layout;
use super::picture::{Picture, Place};
use super::sample::Channel;
use crate::decode::BAND_ROWS;
use crate::decode::partial::hatch;
use crate::error::{Error, ErrorKind, Result};
use crate::image::{Job, NativeBand, Samples, Stream, Tally};

/// Rows that a band has at the most, where strips or tiles are taller.
const TALL_ROWS: usize = 64;

/// All that is needed to make pixels of strips and tiles.
pub(super) struct Plan {
    pub(super) layout: Layout,
    pub(super) codec: Codec,
    pub(super) picture: Picture,
    /// Whether the first row is the lowest.
    pub(super) flipped: bool,
    pub(super) partial: bool,
    /// Bytes that strips or tiles side by side may take, packed.
    pub(super) most: u64,
    pub(super) tally: Arc<Tally>,
}

/// The strips or tiles side by side, of each channel that is shown.
struct ChunkRow {
    index: usize,
    chunks: Vec<Chunk>,
}

/// The bands of a picture.
pub(super) struct Rows {
    file: File,
    plan: Arc<Plan>,
    /// The next band's number, from the top.
    band: usize,
    /// The last row of strips or tiles that was read.
    last: Option<Arc<ChunkRow>>,
}

impl Rows {
    pub(super) fn new(file: File, plan: Plan) -> Self {
        Self { file, plan: Arc::new(plan), band: 0, last: None }
    }

    fn chunk_row(&mut self, index: usize) -> Result<Arc<ChunkRow>> {
        if let Some(last) = self.last.as_ref().filter(|last| last.index == index) {
            return Ok(Arc::clone(last));
        }
        let plan = Arc::clone(&self.plan);
        let chunks =
            plan.planes().flat_map(|plane| (0..plan.layout.across).map(move |at| (plane, at)));
        let packed = chunks.clone().map(|(plane, at)| plan.layout.useful_bytes(plane, index, at));
        let packed = packed.fold(0, u64::saturating_add);
        Error::check_limit("packed bytes of a row of strips or tiles", plan.most, packed)?;
        let chunks =
            chunks.map(|(plane, across)| self.read(plane, index, across)).collect::<Result<_>>()?;
        let row = Arc::new(ChunkRow { index, chunks });
        self.last = Some(Arc::clone(&row));
        Ok(row)
    }

    fn read(&mut self, plane: usize, down: usize, across: usize) -> Result<Chunk> {
        let layout = &self.plan.layout;
        let (shape, name) = (layout.shape(down, across), layout.chunk_name(plane, down, across));
        let spans = layout.spans(plane, down, across);
        let mut packed = Vec::new();
        for span in spans {
            let span = layout.useful(shape, *span);
            let span = if self.plan.partial { self.file.clip(span) } else { span };
            packed.extend(self.file.read(span).map_err(|error| within(&name, error))?);
            if packed.len() as u64 > layout.most_bytes(shape) {
                break;
            }
        }
        Ok(Chunk::new(name, shape, packed))
    }
}

impl Stream<NativeBand> for Rows {
    fn rows_at_once(&self) -> u32 {
        self.plan.layout.chunk[1].max(BAND_ROWS) as u32
    }

    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        let Some(stored) = self.plan.stored_rows(self.band) else { return Ok(None) };
        let number = self.band;
        self.band += 1;
        let [_, height] = self.plan.layout.chunk;
        let chunk_rows = (stored.start / height..stored.end.div_ceil(height))
            .map(|index| self.chunk_row(index))
            .collect::<Result<Vec<_>>>()?;
        let plan = Arc::clone(&self.plan);
        Ok(Some(Box::new(move || plan.band(number, stored, &chunk_rows))))
    }
}

impl Plan {
    /// The stored rows of a band, counted from the top of the picture that is shown.
    fn stored_rows(&self, band: usize) -> Option<Range<usize>> {
        let ([_, rows], height) = (self.layout.chunk, self.layout.height);
        // bands of a row of chunks, or rows of chunks of a band
        let (cut, band_rows) = match rows {
            0..=TALL_ROWS => (1, rows * BAND_ROWS.div_ceil(rows)),
            _ => (rows.div_ceil(TALL_ROWS), TALL_ROWS),
        };
        let bands = |rows: usize| rows.div_ceil(band_rows);
        let unit = if cut == 1 { band_rows } else { rows };
        let all = height / unit * cut + bands(height % unit);
        let band = if self.flipped { all.checked_sub(band + 1)? } else { band };
        let start = band / cut * unit + band % cut * band_rows;
        let end = (start + band_rows).min((band / cut + 1) * unit).min(height);
        (band < all).then_some(start..end)
    }

    /// The planes whose strips or tiles are read.
    fn planes(&self) -> std::vec::IntoIter<usize> {
        let planes = if self.layout.planar { self.picture.channels() } else { vec![0] };
        planes.into_iter()
    }

    fn band(
        &self,
        number: usize,
        stored: Range<usize>,
        chunk_rows: &[Arc<ChunkRow>],
    ) -> Result<NativeBand> {
        // jobs that share tiles start at different ones
        let chunks: Vec<_> = chunk_rows.iter().flat_map(|row| &row.chunks).collect();
        let first = number % chunks.len().max(1);
        for chunk in chunks[first..].iter().chain(&chunks[..first]) {
            chunk.rows(&self.layout, &self.codec, self.partial)?;
        }
        let mut band = self.blank(&stored);
        for row in chunk_rows {
            for across in 0..self.layout.across {
                self.paint(&mut band, &stored, row, across)?;
            }
        }
        if self.flipped {
            band.samples = turned_over(&band);
        }
        Ok(band)
    }

    fn blank(&self, stored: &Range<usize>) -> NativeBand {
        let (width, planes) = (self.layout.width, self.picture.planes());
        let shown = self.picture.shown(self.layout.kind);
        let samples = shown.zeros(stored.len() * planes * width);
        let y = if self.flipped { self.layout.height - stored.end } else { stored.start };
        NativeBand::new(y as u32, width as u32, planes as u32, samples).with_white(shown.white())
    }

    /// Paints what of a column of strips or tiles a band shows, and hatches what is missing.
    fn paint(
        &self,
        band: &mut NativeBand,
        stored: &Range<usize>,
        row: &ChunkRow,
        across: usize,
    ) -> Result<()> {
        let [chunk_width, chunk_height] = self.layout.chunk;
        let top = row.index * chunk_height;
        let columns = across * chunk_width..self.layout.width.min((across + 1) * chunk_width);
        let planes = row.chunks.iter().skip(across).step_by(self.layout.across);
        let planes = planes
            .map(|chunk| chunk.rows(&self.layout, &self.codec, self.partial))
            .collect::<Result<Vec<_>>>()?;
        let row_bytes = row.chunks[across].shape.shown_bytes;
        let whole = planes.iter().map(|rows| rows.len() / row_bytes).min().unwrap_or(0);
        let wanted = stored.start.max(top)..stored.end.min(top + chunk_height);
        let planes_shown = self.picture.planes();
        for y in wanted.start..wanted.end.min(top + whole) {
            let at = (y - top) * row_bytes;
            let rows: Vec<_> = planes.iter().map(|rows| &rows[at..at + row_bytes]).collect();
            let start = (y - stored.start) * planes_shown * self.layout.width + columns.start;
            let place = Place { start, pitch: self.layout.width, count: columns.len() };
            let channels = self.channels(&rows);
            self.picture.paint(self.layout.kind, &channels, &place, &mut band.samples);
        }
        let missing = (top + whole).max(wanted.start)..wanted.end;
        if !missing.is_empty() {
            self.tally.add_missing((missing.len() * columns.len()) as u64);
            hatch(band, missing.start - stored.start..missing.end - stored.start, columns);
        }
        Ok(())
    }

    /// The channels that are shown, of a row of each plane.
    fn channels<'a>(&self, rows: &[&'a [u8]]) -> Vec<Channel<'a>> {
        let (bits, order) = (self.layout.kind.bits(), self.layout.order);
        let step = self.layout.chunk_samples();
        let channel = |(at, channel): (usize, usize)| {
            let (row, first) = if self.layout.planar { (rows[at], 0) } else { (rows[0], channel) };
            Channel { row, first, step, bits, order }
        };
        self.picture.channels().into_iter().enumerate().map(channel).collect()
    }
}

/// Says which strip or tile an error is of.
fn within(name: &str, error: Error) -> Error {
    match error.kind() {
        ErrorKind::Corrupt { what, .. } => Error::corrupt(FORMAT, format!("{name}: {what}")),
        _ => error,
    }
}

/// The rows of a band from the last one on.
fn turned_over(band: &NativeBand) -> Samples {
    fn turn<T: Copy>(samples: &[T], row: usize) -> Vec<T> {
        samples.rchunks_exact(row).flatten().copied().collect()
    }
    let row = band.width as usize * band.planes as usize;
    match &band.samples {
        Samples::U8(samples) => Samples::U8(turn(samples, row)),
        Samples::U16(samples) => Samples::U16(turn(samples, row)),
        Samples::Half(samples) => Samples::Half(turn(samples, row)),
        Samples::Float(samples) => Samples::Float(turn(samples, row)),
    }
}
