//! Luminance-chroma pictures: a stage behind the blocks that makes R, G, B of Y, RY and BY.
//!
//! The blocks are read over the data window's full width, since chroma is interpolated before it is
//! cropped. A job makes the rows of one band of blocks, and needs the bands beside it for that;
//! whichever job comes first to a band unpacks it, and the last one drops it.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::blocks::{BLACK_ROWS, Blocks, Reading};
use super::choice::Choice;
use super::chroma::{Planes, REACH, Reconstruction};
use super::header::FileHeader;
use super::luminance;
use super::unpack::overlap;
use crate::error::{Error, ErrorKind, Result};
use crate::image::{Job, NativeBand, Samples, Stream, Window};
use crate::input::Input;

/// The rows of a display window, in R, G, B.
pub(super) struct LumaChroma {
    blocks: Blocks,
    picture: Arc<Picture>,
    /// The bands that the next job may need.
    slabs: VecDeque<Arc<Slab>>,
    /// The next row of the picture.
    y: usize,
}

impl LumaChroma {
    pub(super) fn new(
        input: Box<dyn Input>,
        header: FileHeader,
        choice: &Choice,
        reading: Reading,
    ) -> Result<Self> {
        let (picture, window) = Picture::new(&header, choice)?;
        let reading = Reading { picture: window, ..reading };
        let blocks = Blocks::new(input, header, choice, reading)?;
        Ok(Self { blocks, picture: Arc::new(picture), slabs: VecDeque::new(), y: 0 })
    }

    fn black(&mut self, until: usize) -> Job<NativeBand> {
        let (picture, y) = (Arc::clone(&self.picture), self.y);
        self.y = until.min(y + BLACK_ROWS);
        let rows = self.y - y;
        Box::new(move || Ok(picture.black(y, rows)))
    }

    fn pixels(&mut self) -> Result<Job<NativeBand>> {
        let (picture, y) = (Arc::clone(&self.picture), self.y);
        let first = picture.read_row(y);
        self.read_to(first)?;
        let until = self.slabs.back().map_or(picture.read_rows, |slab| slab.rows.end);
        let rows = (until - first).min(picture.rows.end - y);
        self.read_to((first + rows + REACH).min(picture.read_rows) - 1)?;
        self.slabs.retain(|slab| slab.rows.end + REACH > first);
        let slabs: Vec<_> = self.slabs.iter().map(Arc::clone).collect();
        self.y += rows;
        Ok(Box::new(move || picture.make(y, rows, &slabs)))
    }

    /// Reads bands until there is the one that holds `row`.
    fn read_to(&mut self, row: usize) -> Result<()> {
        while self.slabs.back().is_none_or(|slab| slab.rows.end <= row) {
            let start = self.blocks.y();
            let Some(job) = self.blocks.next()? else {
                break;
            };
            self.slabs.push_back(Arc::new(Slab::new(start..self.blocks.y(), job)));
        }
        Ok(())
    }
}

impl Stream<NativeBand> for LumaChroma {
    fn rows_at_once(&self) -> u32 {
        self.blocks.rows_at_once()
    }

    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        let Range { start, end } = self.picture.rows;
        if self.y >= self.picture.height {
            self.blocks.finish().map(|()| None)
        } else if self.y < start {
            Ok(Some(self.black(start)))
        } else if self.y < end {
            self.pixels().map(Some)
        } else {
            Ok(Some(self.black(self.picture.height)))
        }
    }
}

/// A band of blocks, unpacked when it is first needed.
struct Slab {
    rows: Range<usize>,
    job: Mutex<Option<Job<NativeBand>>>,
    planes: OnceLock<Result<Planes, ErrorKind>>,
}

impl Slab {
    fn new(rows: Range<usize>, job: Job<NativeBand>) -> Self {
        Self { rows, job: Mutex::new(Some(job)), planes: OnceLock::new() }
    }

    fn planes(&self, step: usize) -> Result<&Planes> {
        let made =
            self.planes.get_or_init(|| self.unpack(step).map_err(|error| error.kind().clone()));
        made.as_ref().map_err(|kind| Error::new(kind.clone()))
    }

    fn unpack(&self, step: usize) -> Result<Planes> {
        let job = self.job.lock().unwrap_or_else(PoisonError::into_inner).take();
        let band = job.expect("a band is unpacked once")()?.to_light();
        Ok(Planes::new(self.rows.start, band.width as usize, step, &band.samples))
    }
}

/// Where the data window's pixels lie in the display window, and what they are made of.
#[derive(Debug)]
struct Picture {
    width: usize,
    height: usize,
    /// The rows and columns that the data window covers.
    rows: Range<usize>,
    columns: Range<usize>,
    /// The data window's left edge, seen from the display window's.
    left: i64,
    /// The first row that is read, seen from the display window's top.
    read_top: i64,
    /// How many rows are read.
    read_rows: usize,
    /// Every how many pixels there is chroma.
    step: usize,
    weights: [f32; 3],
}

impl Picture {
    /// Answers with the window to read: of the data window, the rows that the picture is made of.
    fn new(header: &FileHeader, choice: &Choice) -> Result<(Self, Window)> {
        let part = &header.info.parts[choice.part];
        let (data, display) = (part.data_window, part.display_window);
        let left = i64::from(data.x) - i64::from(display.x);
        let top = i64::from(data.y) - i64::from(display.y);
        let columns = overlap(left, data.width, display.width);
        let visible = overlap(top, data.height, display.height);
        let rows = if columns.is_empty() { 0..0 } else { visible };
        let read = reach(&rows, top, data.height);
        let picture = Self {
            width: display.width as usize,
            height: display.height as usize,
            rows,
            columns,
            left,
            read_top: top + i64::from(read.start),
            read_rows: read.len(),
            step: part.channels[choice.channels[0]].sampling[0] as usize,
            weights: luminance::weights(
                header.meta.headers[choice.part].shared_attributes.chromaticities,
            )?,
        };
        let y = data.y.saturating_add_unsigned(read.start);
        Ok((picture, Window { y, height: read.end - read.start, ..data }))
    }

    /// The row that is read for a row of the picture.
    fn read_row(&self, y: usize) -> usize {
        (y as i64 - self.read_top) as usize
    }

    fn black(&self, y: usize, rows: usize) -> NativeBand {
        let samples = Samples::Float(vec![0.0; 3 * rows * self.width]);
        NativeBand::new(y as u32, self.width as u32, 3, samples)
    }

    fn make(&self, y: usize, rows: usize, slabs: &[Arc<Slab>]) -> Result<NativeBand> {
        let planes = slabs.iter().map(|slab| slab.planes(self.step)).collect::<Result<_>>()?;
        let (height, weights) = (self.read_rows, self.weights);
        let made = Reconstruction { planes, height, weights }.rows(self.read_row(y), rows);
        let mut samples = vec![0.0; 3 * rows * self.width];
        let skipped = (self.columns.start as i64 - self.left) as usize;
        let whole = made.len() / (3 * rows);
        for (out, made) in samples.chunks_exact_mut(self.width).zip(made.chunks_exact(whole)) {
            let made = &made[skipped..skipped + self.columns.len()];
            out[self.columns.clone()].copy_from_slice(made);
        }
        let samples = Samples::Float(samples);
        Ok(NativeBand { samples, ..self.black(y, 0) })
    }
}

/// The rows of the data window that visible rows of the picture are made of, from an even one to an
/// even one.
fn reach(visible: &Range<usize>, top: i64, height: u32) -> Range<u32> {
    if visible.is_empty() {
        return 0..0;
    }
    let within = |row: i64| row.clamp(0, i64::from(height)) as u32;
    let margin = REACH as i64 + 2;
    let start = within(visible.start as i64 - top - margin) & !1;
    let end = within(visible.end as i64 - top + margin);
    start..end.next_multiple_of(2).min(height)
}
