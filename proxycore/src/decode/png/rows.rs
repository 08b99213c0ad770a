//! Bands of pixels from the crate's rows.
//!
//! Unpacking is done in order; sorting into planes is a band's job. An interlaced picture is
//! unpacked whole first.

use std::io::{BufReader, ErrorKind};
use std::sync::Arc;

use png::{BitDepth, ColorType, DecodingError, Info, Reader};

use super::damaged;
use crate::decode::{BAND_ROWS, partial};
use crate::error::Result;
use crate::image::{Job, NativeBand, Samples, Stream, Tally};
use crate::input::Input;

/// What is noted of a file that ends behind its last pixel.
const NO_END: &str = "the file has no end mark; its picture is whole";

pub(super) struct Rows {
    reader: Reader<BufReader<Box<dyn Input>>>,
    layout: Arc<Layout>,
    /// Whether damage is hatched; else it is an error.
    partial: bool,
    /// Where hatched pixels are counted.
    tally: Arc<Tally>,
    y: usize,
    ended: bool,
    /// The whole picture, and which rows of it are there, where it is interlaced.
    whole: Option<(Vec<u8>, Vec<bool>)>,
    interlaced: bool,
}

impl Rows {
    pub(super) fn new(
        reader: Reader<BufReader<Box<dyn Input>>>,
        partial: bool,
        tally: Arc<Tally>,
        interlaced: bool,
    ) -> Self {
        let layout = Arc::new(Layout::of(reader.info()));
        Self { reader, layout, partial, tally, y: 0, ended: false, whole: None, interlaced }
    }

    /// Gives an error on, or ends the picture there.
    fn settle<T>(&mut self, read: Result<T>) -> Result<Option<T>> {
        match read {
            Err(error) if self.partial && !error.is_retryable() => {
                self.ended = true;
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// Reads the rows of a band; gives them, and which of them are there.
    fn read(&mut self, count: usize) -> Result<(Vec<u8>, Vec<bool>)> {
        let length = self.layout.row;
        let mut bytes = vec![0; count * length];
        let mut there = vec![false; count];
        for (row, there) in bytes.chunks_exact_mut(length).zip(&mut there) {
            if !self.ended {
                let read = self.reader.read_row(row).map_err(damaged);
                *there = self.settle(read)?.is_some();
            }
        }
        Ok((bytes, there))
    }

    /// Reads all passes of an interlaced picture.
    fn read_whole(&mut self) -> Result<()> {
        let Layout { row: length, width, height, bits, .. } = *self.layout;
        let mut bytes = vec![0; length * height];
        let mut missing = vec![0_u8; height];
        let rows: Vec<_> = pass_rows(width, height).collect();
        rows.iter().for_each(|&y| missing[y] += 1);
        for y in rows {
            let read = self.reader.next_interlaced_row().map_err(damaged).map(|row| {
                if let Some(row) = row
                    && let png::InterlaceInfo::Adam7(place) = row.interlace()
                {
                    png::expand_interlaced_row(&mut bytes, length, row.data(), place, bits);
                }
            });
            if self.settle(read)?.is_none() {
                break;
            }
            missing[y] -= 1;
        }
        self.whole = Some((bytes, missing.into_iter().map(|count| count == 0).collect()));
        Ok(())
    }

    /// Reads behind the last row; a file that ends there has its whole picture, and that is noted.
    fn finish(&mut self) -> Result<()> {
        if self.ended {
            return Ok(());
        }
        self.ended = true;
        match self.reader.finish() {
            Err(DecodingError::IoError(io)) if io.kind() == ErrorKind::UnexpectedEof => {
                self.tally.note(NO_END);
            }
            read => drop(self.settle(read.map_err(damaged))?),
        }
        Ok(())
    }
}

impl Stream<NativeBand> for Rows {
    fn rows_at_once(&self) -> u32 {
        (if self.interlaced { self.layout.height } else { BAND_ROWS }) as u32
    }

    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        let (y, count) = (self.y, BAND_ROWS.min(self.layout.height - self.y));
        if count == 0 {
            self.finish()?;
            return Ok(None);
        }
        if self.interlaced && self.whole.is_none() {
            self.read_whole()?;
        }
        self.y += count;
        let (bytes, there) = match &self.whole {
            Some((bytes, there)) => {
                let span = y * self.layout.row..(y + count) * self.layout.row;
                (bytes[span].to_vec(), there[y..y + count].to_vec())
            }
            None => self.read(count)?,
        };
        let (layout, tally) = (self.layout.clone(), self.tally.clone());
        Ok(Some(Box::new(move || {
            let mut band = layout.band(y, &bytes);
            for row in (0..count).filter(|&row| !there[row]) {
                partial::hatch(&mut band, row..row + 1, 0..layout.width);
                tally.add_missing(layout.width as u64);
            }
            Ok(band)
        })))
    }
}

/// The rows of the picture that each row of each pass belongs to, PNG section 8.2.
fn pass_rows(width: usize, height: usize) -> impl Iterator<Item = usize> {
    /// First column, first row, every how many columns and rows.
    const PASSES: [[usize; 4]; 7] = [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2],
    ];
    let passes = PASSES.into_iter().filter(move |[column, ..]| *column < width);
    passes.flat_map(move |[_, row, _, step]| (row..height).step_by(step))
}

/// Black and white of a narrow range of 8 bits (ITU-T H.273, 8.3).
const NARROW: [u16; 2] = [16, 235];

/// How samples lie in a row.
struct Layout {
    width: usize,
    height: usize,
    /// Bytes of a row.
    row: usize,
    /// Samples of a pixel, and bits of one.
    channels: usize,
    depth: usize,
    /// Bits of a pixel.
    bits: u8,
    palette: Option<Vec<[u8; 3]>>,
    /// Whether codes have the narrow range of video.
    narrow: bool,
}

impl Layout {
    fn of(info: &Info<'_>) -> Self {
        let indexed = info.color_type == ColorType::Indexed;
        let entries = info.palette.as_deref().unwrap_or_default().chunks_exact(3);
        let palette = entries.map(|entry| [entry[0], entry[1], entry[2]]).collect();
        Self {
            width: info.width as usize,
            height: info.height as usize,
            row: info.raw_row_length() - 1,
            channels: info.color_type.samples(),
            depth: info.bit_depth as usize,
            bits: info.bits_per_pixel() as u8,
            palette: indexed.then_some(palette),
            narrow: info
                .coding_independent_code_points
                .is_some_and(|points| !points.is_video_full_range_image),
        }
    }

    /// Sorts rows into planes.
    fn band(&self, y: usize, bytes: &[u8]) -> NativeBand {
        let colors = self.channels >= 3 || self.palette.is_some();
        let planes = if colors { 3 } else { 1 };
        let samples = if self.depth == BitDepth::Sixteen as usize {
            let wide = |two: &[u8]| u16::from_be_bytes([two[0], two[1]]);
            Samples::U16(self.planes(bytes, planes, |row, at| wide(&row[2 * at..])))
        } else if let Some(palette) = &self.palette {
            Samples::U8(self.colors(bytes, palette))
        } else {
            Samples::U8(self.planes(bytes, planes, |row, at| self.code(row, at)))
        };
        let band = NativeBand::new(y as u32, self.width as u32, planes as u32, samples);
        match (self.depth, &self.palette) {
            (1 | 2 | 4, None) => band.with_white((1 << self.depth) - 1),
            (8, _) | (_, Some(_)) if self.narrow => band.with_range(NARROW),
            (16, _) if self.narrow => band.with_range(NARROW.map(|code| code << 8)),
            _ => band,
        }
    }

    /// A sample of up to 8 bits; the first one is in the highest bits.
    #[inline]
    fn code(&self, row: &[u8], at: usize) -> u8 {
        let bit = at * self.depth;
        row[bit / 8] << (bit % 8) >> (8 - self.depth)
    }

    fn planes<T>(&self, bytes: &[u8], planes: usize, sample: impl Fn(&[u8], usize) -> T) -> Vec<T> {
        let mut out = Vec::with_capacity(bytes.len() / self.row * planes * self.width);
        for row in bytes.chunks_exact(self.row) {
            for plane in 0..planes {
                out.extend((0..self.width).map(|x| sample(row, x * self.channels + plane)));
            }
        }
        out
    }

    /// Looks colours up; an entry that is not there is black, as libpng has it.
    fn colors(&self, bytes: &[u8], palette: &[[u8; 3]]) -> Vec<u8> {
        let color = |row: &[u8], x| palette.get(usize::from(self.code(row, x)));
        let mut out = Vec::with_capacity(bytes.len() / self.row * 3 * self.width);
        for row in bytes.chunks_exact(self.row) {
            for plane in 0..3 {
                out.extend((0..self.width).map(|x| color(row, x).map_or(0, |entry| entry[plane])));
            }
        }
        out
    }
}
