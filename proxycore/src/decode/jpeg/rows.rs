//! Bands of pixels from rows of coefficients.
//!
//! Reading is done in order; transforming, filling up and converting are a band's job. A band
//! needs the rows above and below it, for chroma; each is transformed once, by whoever comes first.

use std::sync::Arc;

use super::color::Colors;
use super::header::Frame;
use super::idct::SIDE;
use super::reader::{Reader, Row};
use super::upsample::{Source, widen};
use crate::decode::{BAND_ROWS, partial};
use crate::error::Result;
use crate::image::{Job, NativeBand, Samples, Stream, Tally};

/// What is noted of a file that ends behind its last pixel.
const NO_END: &str = "the file has no end mark; its picture is whole";

pub(super) struct Rows {
    reader: Reader,
    colors: Colors,
    /// Whether damage is hatched; else it is an error.
    partial: bool,
    /// Where hatched pixels are counted.
    tally: Arc<Tally>,
    next: usize,
    above: Option<Arc<Row>>,
    row: Option<Arc<Row>>,
}

impl Rows {
    pub(super) fn new(reader: Reader, colors: Colors, partial: bool, tally: Arc<Tally>) -> Self {
        Self { reader, colors, partial, tally, next: 0, above: None, row: None }
    }

    fn read(&mut self, at: usize) -> Result<Option<Arc<Row>>> {
        let row = self.reader.row(at, self.partial)?.map(Arc::new);
        if std::mem::take(&mut self.reader.is_unended) {
            self.tally.note(NO_END);
        }
        Ok(row)
    }
}

impl Stream<NativeBand> for Rows {
    fn rows_at_once(&self) -> u32 {
        (if self.reader.is_gathered() { self.reader.frame.height } else { BAND_ROWS }) as u32
    }

    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        let at = self.next;
        if at == self.reader.frame.units[1] {
            return Ok(None);
        }
        if at == 0 {
            self.row = self.read(0)?;
        }
        let below = if self.row.is_some() { self.read(at + 1)? } else { None };
        let row = std::mem::replace(&mut self.row, below.clone());
        let above = std::mem::replace(&mut self.above, row.clone());
        self.next += 1;
        let frame = self.reader.frame.clone();
        let band = Band { frame, colors: self.colors, at, rows: [above, row, below] };
        let tally = self.tally.clone();
        Ok(Some(Box::new(move || Ok(band.make(&tally)))))
    }
}

struct Band {
    frame: Arc<Frame>,
    colors: Colors,
    at: usize,
    /// The rows of units above, here and below.
    rows: [Option<Arc<Row>>; 3],
}

impl Band {
    fn make(&self, tally: &Tally) -> NativeBand {
        let (width, unit) = (self.frame.width, self.frame.sampling[1] * SIDE);
        let rows = self.at * unit..self.frame.height.min((self.at + 1) * unit);
        let planes = self.colors.channels().len();
        let (y, count) = (rows.start as u32, rows.len());
        let band = |samples| NativeBand::new(y, width as u32, planes as u32, Samples::U8(samples));
        let there = self.columns_there();
        let mut samples = Vec::with_capacity(count * planes * width);
        match &self.rows[1] {
            None => samples.resize(count * planes * width, 0),
            Some(_) => rows.for_each(|y| samples.append(&mut self.pixels(y))),
        }
        let mut band = band(samples);
        if there < width {
            partial::hatch(&mut band, 0..count, there..width);
            tally.add_missing((count * (width - there)) as u64);
        }
        band
    }

    /// How many columns are there: of a row that ends too early, those of its whole units.
    fn columns_there(&self) -> usize {
        let units = self.rows[1].as_ref().map_or(0, |row| row.units);
        self.frame.width.min(units * self.frame.sampling[0] * SIDE)
    }

    fn pixels(&self, y: usize) -> Vec<u8> {
        let width = self.frame.width;
        let mut rows = vec![0; self.frame.components.len() * width];
        for (at, out) in rows.chunks_exact_mut(width).enumerate() {
            let component = &self.frame.components[at];
            let times = [0, 1].map(|axis| self.frame.sampling[axis] / component.sampling[axis]);
            let (row, below) = (y / times[1], !y.is_multiple_of(times[1]));
            let near =
                if below { (row + 1).min(component.height - 1) } else { row.saturating_sub(1) };
            let source = Source {
                row: self.samples(at, row, row),
                near: self.samples(at, near, row),
                below,
            };
            widen(&source, component, times, out);
        }
        self.colors.convert(&mut rows, width);
        rows
    }

    /// A row of a component; or row `instead` of this band, where that one cannot be had.
    fn samples(&self, component: usize, row: usize, instead: usize) -> &[u8] {
        let one = &self.frame.components[component];
        let (stride, height) = (one.blocks[0] * SIDE, one.sampling[1] * SIDE);
        let place = (row / height + 1).checked_sub(self.at);
        let found = place.and_then(|place| self.rows.get(place)?.as_ref());
        let (unit, row) = match (found, &self.rows[1]) {
            (Some(unit), _) => (unit, row % height),
            (None, Some(unit)) => (unit, instead % height),
            (None, None) => return &[],
        };
        &unit.plane(&self.frame, component)[row * stride..][..stride]
    }
}
