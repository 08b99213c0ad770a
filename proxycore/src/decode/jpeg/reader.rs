//! From markers to rows of coefficients.
//!
//! A frame whose only scan holds all components is read row by row, so that memory grows with the
//! width. Every other frame is read whole, as coefficients.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::bytes::Bytes;
use super::header::{Extras, Frame, Tables, is_frame};
use super::idct::{self, SIDE};
use super::scan::Scan;
use super::{EARLY_END, FORMAT};
use crate::decode::Limits;
use crate::error::{Error, Result};

/// Scans that a frame may have. Real files have about ten; each costs a walk over all blocks, and
/// may be stored in a few bytes.
const SCANS: u64 = 500;

/// Bytes without a meaning that are passed over before a marker, for writers that pad.
const STRAY: usize = 16;

/// A row of interleaved units: coefficients, and the samples that they become when asked.
pub(super) struct Row {
    /// The numbers of each component, and where this row's are.
    numbers: Vec<(Arc<Vec<i16>>, Range<usize>)>,
    quantizers: Arc<Vec<Arc<[u16; 64]>>>,
    planes: OnceLock<Vec<Vec<u8>>>,
    /// Units of it that are there.
    pub(super) units: usize,
}

impl Row {
    /// The samples of a component; its rows lie 8 times its blocks apart.
    pub(super) fn plane(&self, frame: &Frame, component: usize) -> &[u8] {
        let make = || (0..frame.components.len()).map(|at| self.transform(frame, at)).collect();
        &self.planes.get_or_init(make)[component]
    }

    fn transform(&self, frame: &Frame, at: usize) -> Vec<u8> {
        let stride = frame.components[at].blocks[0] * SIDE;
        let (numbers, span) = &self.numbers[at];
        let mut plane = vec![0; span.len()];
        for (place, block) in numbers[span.clone()].chunks_exact(64).enumerate() {
            let start = place * SIDE / stride * stride * SIDE + place * SIDE % stride;
            idct::transform(block, &self.quantizers[at], &mut plane[start..], stride);
        }
        plane
    }
}

/// What is between two scans.
enum Next {
    Scan(Scan),
    End,
}

/// Reads the rows of a frame.
pub(super) struct Reader {
    bytes: Bytes,
    tables: Tables,
    pub(super) extras: Extras,
    pub(super) frame: Arc<Frame>,
    quantizers: Vec<Option<Arc<[u16; 64]>>>,
    /// The first scan, until it is read.
    scan: Option<Scan>,
    state: State,
    /// Whether the picture is whole, and the file ends without saying so.
    pub(super) is_unended: bool,
    /// Whether a scan had more data than its picture takes, up to the picture's end: damage.
    is_overfull: bool,
}

enum State {
    /// The number of the next row of the only scan.
    Rows(usize),
    /// The rows before the number can be had.
    Whole(usize, Vec<Arc<Vec<i16>>>),
    Unread,
}

impl Reader {
    /// Reads up to the first scan.
    pub(super) fn open(mut bytes: Bytes, limits: &Limits) -> Result<Self> {
        if (bytes.byte()?, bytes.byte()?) != (0xff, 0xd8) {
            return Err(Error::corrupt(FORMAT, "no picture starts here"));
        }
        let (mut tables, mut extras) = (Tables::default(), Extras::default());
        let mut frame: Option<Arc<Frame>> = None;
        let (frame, scan) = loop {
            let (marker, _) = bytes.marker()?;
            match (marker, &frame) {
                (0xd9, _) => return Err(Error::corrupt(FORMAT, "there is no picture in it")),
                (0xda, None) => return Err(Error::corrupt(FORMAT, "a scan before its frame")),
                (0xda, Some(known)) => {
                    let scan = Scan::parse(&bytes.segment()?, known, &tables)?;
                    break (Arc::clone(known), scan);
                }
                (_, None) if is_frame(marker)? => {
                    let header = Frame::parse(marker, &bytes.segment()?)?;
                    frame = Some(Arc::new(check_frame(header, &bytes, limits)?));
                }
                (_, Some(_)) if is_frame(marker)? => {
                    return Err(Error::corrupt(FORMAT, "a second frame"));
                }
                _ => other(marker, &mut bytes, &mut tables, &mut extras)?,
            }
        };
        let state = if scan.is_whole(&frame) { State::Rows(0) } else { State::Unread };
        if let State::Unread = state {
            Error::check_limit("bytes", limits.block_bytes, frame.blocks() * 128)?;
        }
        let quantizers = vec![None; frame.components.len()];
        Ok(Self {
            bytes,
            tables,
            extras,
            frame,
            quantizers,
            scan: Some(scan),
            state,
            is_unended: false,
            is_overfull: false,
        })
    }

    /// Whether all coefficients must be read before there is a first row, as in a progressive file.
    pub(super) fn is_gathered(&self) -> bool {
        !matches!(self.state, State::Rows(_))
    }

    /// Reads the next row, `None` behind the last one; with `partial` also where the rest of the
    /// file is damaged.
    pub(super) fn row(&mut self, at: usize, partial: bool) -> Result<Option<Row>> {
        if at >= self.frame.units[1] {
            return Ok(None);
        }
        if let State::Unread = self.state {
            self.read_whole(partial)?;
        }
        let row = match &self.state {
            State::Whole(rows, numbers) if at < *rows => self.whole_row(at, numbers.clone()),
            State::Rows(next) if *next == at => self.streamed_row(at, partial),
            _ => return Ok(None),
        };
        match row {
            Err(error) if partial && !error.is_retryable() => {
                self.state = State::Whole(0, Vec::new());
                Ok(None)
            }
            row => row.map(Some),
        }
    }

    fn streamed_row(&mut self, at: usize, partial: bool) -> Result<Row> {
        let Some(mut scan) = self.scan.take() else {
            return Err(Error::corrupt(FORMAT, EARLY_END));
        };
        self.latch(&scan);
        let frame = self.frame.clone();
        let mut numbers: Vec<_> =
            frame.components.iter().map(|one| vec![0_i16; one.row_numbers()]).collect();
        let mut rows: Vec<_> = numbers.iter_mut().map(|row| &mut row[..]).collect();
        let mut units = 0;
        let read = scan.units(&mut self.bytes, &frame, &mut rows, &mut units);
        self.state = State::Rows(at + 1);
        match read {
            // the rest is missing: the next row finds no scan
            Err(error) if partial && units > 0 && !error.is_retryable() => {}
            Err(error) => return Err(error),
            Ok(()) if at + 1 < frame.units[1] => self.scan = Some(scan),
            Ok(()) => self.end(scan)?,
        }
        let numbers = numbers.into_iter().map(|row| (0..row.len(), row));
        let numbers = numbers.map(|(span, row)| (Arc::new(row), span)).collect();
        Ok(Row { units, ..self.assemble(numbers)? })
    }

    /// Reads what is behind the only scan, up to the picture's end. A file that ends before it has its
    /// whole picture all the same.
    fn end(&mut self, scan: Scan) -> Result<()> {
        match self.behind(scan) {
            Ok(Next::End) => Ok(()),
            Ok(Next::Scan(_)) => Err(Error::corrupt(FORMAT, "a scan of what is there already")),
            Err(error) if error.is_retryable() => Err(error),
            Err(_) if !self.is_overfull => {
                self.is_unended = true;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn whole_row(&self, at: usize, numbers: Vec<Arc<Vec<i16>>>) -> Result<Row> {
        let spans = self.frame.components.iter().map(|one| {
            let length = one.row_numbers();
            at * length..(at + 1) * length
        });
        self.assemble(numbers.into_iter().zip(spans).collect())
    }

    fn assemble(&self, numbers: Vec<(Arc<Vec<i16>>, Range<usize>)>) -> Result<Row> {
        let tables = self.quantizers.iter().cloned().collect::<Option<Vec<_>>>();
        let tables = tables.ok_or_else(|| Error::corrupt(FORMAT, "no quantisation table"))?;
        let units = self.frame.units[0];
        Ok(Row { numbers, quantizers: Arc::new(tables), planes: OnceLock::new(), units })
    }

    /// Keeps the tables that stand when a component is first met.
    fn latch(&mut self, scan: &Scan) {
        for at in scan.components() {
            let table = &self.tables.quantizers[self.frame.components[at].quantizer];
            if self.quantizers[at].is_none() {
                self.quantizers[at].clone_from(table);
            }
        }
    }

    fn read_whole(&mut self, partial: bool) -> Result<()> {
        let frame = self.frame.clone();
        let components = frame.components.iter();
        let mut numbers: Vec<_> =
            components.map(|one| vec![0_i16; one.row_numbers() * frame.units[1]]).collect();
        let mut reached = vec![0; frame.components.len()];
        match self.scans(&mut numbers, &mut reached) {
            Err(error) if partial && !error.is_retryable() => {
                tracing::warn!(%error, "shown as far as it was read");
            }
            ended => ended?,
        }
        let rows = reached.iter().copied().min().unwrap_or(0);
        if rows < frame.units[1] && !partial {
            return Err(Error::corrupt(FORMAT, "a component without data"));
        }
        self.state = State::Whole(rows, numbers.into_iter().map(Arc::new).collect());
        Ok(())
    }

    fn scans(&mut self, numbers: &mut [Vec<i16>], reached: &mut [usize]) -> Result<()> {
        let mut known = vec![[None; 64]; numbers.len()];
        let mut count = 0;
        let mut next = self.scan.take().map_or(Next::End, Next::Scan);
        while let Next::Scan(mut scan) = next {
            count += 1;
            Error::check_limit("scans", SCANS, count)?;
            scan.progress(&mut known)?;
            self.latch(&scan);
            self.scan_rows(&mut scan, numbers, reached)?;
            next = match self.behind(scan) {
                Err(error) if !error.is_retryable() && !self.is_overfull && is_whole(&known) => {
                    self.is_unended = true;
                    Next::End
                }
                next => next?,
            };
        }
        Ok(())
    }

    /// Reads all rows of a scan; `reached` tells how many rows of units have their DC.
    fn scan_rows(
        &mut self,
        scan: &mut Scan,
        numbers: &mut [Vec<i16>],
        reached: &mut [usize],
    ) -> Result<()> {
        let frame = self.frame.clone();
        let listed: Vec<_> = scan.components().collect();
        for row in 0..frame.units[1] {
            if let [only] = listed[..] {
                let one = &frame.components[only];
                let (width, down) = (one.blocks[0] * 64, one.sampling[1]);
                let real = [one.width.div_ceil(SIDE), one.height.div_ceil(SIDE)];
                for block in (row * down..(row + 1) * down).take_while(|block| *block < real[1]) {
                    let blocks = &mut numbers[only][block * width..][..width];
                    scan.blocks(&mut self.bytes, real[0], blocks)?;
                }
            } else {
                let each = numbers.iter_mut().zip(&frame.components);
                let mut rows: Vec<_> = each
                    .map(|(all, one)| &mut all[row * one.row_numbers()..][..one.row_numbers()])
                    .collect();
                scan.units(&mut self.bytes, &frame, &mut rows, &mut 0)?;
            }
            if scan.brings_dc() {
                listed.iter().for_each(|&at| reached[at] = row + 1);
            }
        }
        Ok(())
    }

    /// Reads up to the next scan or the end.
    fn behind(&mut self, scan: Scan) -> Result<Next> {
        let (mut marker, stray) = scan.finish(&mut self.bytes)?;
        self.is_overfull = stray > STRAY && marker == 0xd9;
        if stray > STRAY {
            return Err(Error::corrupt(FORMAT, format!("{stray} bytes left over after a scan")));
        }
        loop {
            match marker {
                0xd9 => return Ok(Next::End),
                0xda => {
                    let segment = self.bytes.segment()?;
                    return Scan::parse(&segment, &self.frame, &self.tables).map(Next::Scan);
                }
                0xdc => return Err(Error::unsupported(FORMAT, "a height that is only said below")),
                _ if is_frame(marker)? => return Err(Error::corrupt(FORMAT, "a second frame")),
                _ => other(marker, &mut self.bytes, &mut self.tables, &mut self.extras)?,
            }
            marker = self.bytes.marker()?.0;
        }
    }
}

/// Whether all coefficients of all components were stored to their last bit.
fn is_whole(known: &[[Option<u32>; 64]]) -> bool {
    known.iter().flatten().all(|bit| *bit == Some(0))
}

/// Takes a segment that is no frame and no scan.
fn other(marker: u8, bytes: &mut Bytes, tables: &mut Tables, extras: &mut Extras) -> Result<()> {
    match marker {
        0x01 | 0xd0..=0xd8 => Ok(()),
        0xc4 => tables.code(&bytes.segment()?),
        0xdb => tables.quantize(&bytes.segment()?),
        0xdd => tables.restart(&bytes.segment()?),
        _ => {
            extras.take(marker, &bytes.segment()?);
            Ok(())
        }
    }
}

/// Checks the size against the limits, and against what so long a file can hold: a block takes a
/// bit at the least.
fn check_frame(frame: Frame, bytes: &Bytes, limits: &Limits) -> Result<Frame> {
    Error::check_limit("pixels", limits.pixels, frame.width as u64 * frame.height as u64)?;
    if frame.blocks() > bytes.length.saturating_mul(8) {
        let (width, height) = (frame.width, frame.height);
        let what = format!("{width}x{height} pixels in {} bytes", bytes.length);
        return Err(Error::corrupt(FORMAT, what));
    }
    Ok(frame)
}
