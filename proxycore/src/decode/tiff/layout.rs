//! How a picture lies in the file: its samples, and the strips or tiles that hold them.
//!
//! Everything here is held against the limits and the file's length, so that whoever reads the
//! pixels can trust it.

use super::bytes::{File, Order, Span};
use super::codec::{self, Shape};
use super::directory::Directory;
use super::predictor::Predictor;
use super::sample::Kind;
use super::{DecodeOptions, FORMAT, Limits, picture, tag};
use crate::error::{Error, Result};

/// Rows that an uncompressed strip is read by, where it has many.
const CUT_ROWS: usize = 16;

/// Bytes that a strip may be longer than what it unpacks to, beside four times as many.
const SLACK: u64 = 1 << 16;

/// Where a picture's samples are, and what they are.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples of a pixel.
    pub(super) samples: usize,
    pub(super) kind: Kind,
    pub(super) order: Order,
    pub(super) photometric: u64,
    pub(super) compression: u64,
    pub(super) predictor: Predictor,
    /// Whether each channel has strips or tiles of its own.
    pub(super) planar: bool,
    /// Whether a byte's lowest bit comes first.
    pub(super) reversed: bool,
    /// Columns and rows that a pair of chroma samples stands for.
    pub(super) sampling: [usize; 2],
    pub(super) tiled: bool,
    /// Width and height of a strip or tile.
    pub(super) chunk: [usize; 2],
    /// Strips or tiles side by side.
    pub(super) across: usize,
    /// Rows of them.
    pub(super) down: usize,
    /// Where they lie: all of the first channel, then of the next one.
    spans: Vec<Span>,
    /// Whether all spans together are one strip.
    joined: bool,
}

impl Layout {
    /// Reads what a directory says of its picture.
    pub(super) fn read(file: &mut File, page: &Directory, options: &DecodeOptions) -> Result<Self> {
        let mut layout = Self::read_samples(file, page, options)?;
        layout.read_grid(file, page)?;
        let row = layout.row_bytes().and_then(|row| row.checked_mul(layout.chunk[1]));
        let block = row.map_or(u64::MAX, |bytes| bytes as u64);
        Error::check_limit("bytes of a strip or tile", options.limits.block_bytes, block)?;
        layout.read_spans(file, page, options.partial)?;
        Ok(layout)
    }

    fn read_samples(file: &mut File, page: &Directory, options: &DecodeOptions) -> Result<Self> {
        let [width, height] = size(file, page)?;
        Error::check_limit("pixels", options.limits.pixels, width.saturating_mul(height))?;
        let mut samples = page.uint_or(file, tag::SAMPLES_PER_PIXEL, 1)?;
        Error::check_limit("channels", options.limits.channels, samples)?;
        let compression = page.uint_or(file, tag::COMPRESSION, codec::NONE)?;
        let absent = if samples < 3 { picture::BLACK_IS_ZERO } else { picture::RGB };
        let photometric = page.uint_or(file, tag::PHOTOMETRIC, absent)?;
        let mut kind = kind(file, page, samples as usize)?;
        if compression == codec::SGI_LOG {
            let bits = if photometric == picture::LOG_L { 16 } else { 32 };
            (kind, samples) = (Kind::Unsigned(bits), 1);
        }
        let predictor = match compression {
            5 | 8 | 32946 | 50000 => page.uint_or(file, tag::PREDICTOR, 1)?,
            _ => 1,
        };
        let planar = page.uint_or(file, tag::PLANAR_CONFIGURATION, 1)? == 2 && samples > 1;
        Ok(Self {
            width: width as usize,
            height: height as usize,
            samples: samples.max(1) as usize,
            kind,
            order: file.order,
            photometric,
            compression,
            predictor: Predictor::of(predictor, kind)?,
            planar,
            reversed: page.uint_or(file, tag::FILL_ORDER, 1)? == 2,
            sampling: [1, 1],
            tiled: page.has(tag::TILE_WIDTH),
            chunk: [0, 0],
            across: 0,
            down: 0,
            spans: Vec::new(),
            joined: false,
        })
    }

    fn read_grid(&mut self, file: &mut File, page: &Directory) -> Result<()> {
        if self.photometric == picture::YCBCR && !self.is_jpeg() {
            self.sampling = self.read_sampling(file, page)?;
        }
        self.joined = self.compression == codec::OLD_JPEG && !self.tiled;
        self.chunk = if self.tiled {
            let width = page.uint_or(file, tag::TILE_WIDTH, 0)?;
            [width, page.uint_or(file, tag::TILE_LENGTH, 0)?].map(|size| size as usize)
        } else {
            let rows = page.uint_or(file, tag::ROWS_PER_STRIP, u64::MAX)?;
            let whole = rows == 0 || self.joined;
            [self.width, if whole { self.height } else { self.height.min(rows as usize) }]
        };
        if self.chunk.contains(&0) {
            return Err(Error::corrupt(FORMAT, "tiles without pixels"));
        }
        self.across = self.width.div_ceil(self.chunk[0]);
        self.down = self.height.div_ceil(self.chunk[1]);
        Ok(())
    }

    fn read_sampling(&self, file: &mut File, page: &Directory) -> Result<[usize; 2]> {
        let sampling = page.uints(file, tag::YCBCR_SUBSAMPLING)?.unwrap_or(vec![2, 2]);
        let [across @ (1 | 2 | 4), down @ (1 | 2 | 4), ..] = sampling[..] else {
            return Err(Error::corrupt(FORMAT, "impossible chroma sampling"));
        };
        if across * down > 1 && (self.planar || self.predictor != Predictor::None) {
            return Err(Error::unsupported(FORMAT, "sampled chroma in planes or differences"));
        }
        Ok([across as usize, down as usize])
    }

    fn read_spans(&mut self, file: &mut File, page: &Directory, partial: bool) -> Result<()> {
        if let Some(whole) = self.old_stream(file, page)? {
            self.spans = vec![whole];
            return Ok(());
        }
        let [offsets, counts] = span_fields(file, page, self.tiled)?;
        let planes = if self.planar { self.samples } else { 1 };
        let wanted = (self.across as u64 * self.down as u64).saturating_mul(planes as u64);
        if !partial && !self.joined && (offsets.len() as u64) < wanted {
            let found = offsets.len();
            let what = format!("{found} strips or tiles where the picture has {wanted}");
            return Err(Error::corrupt(FORMAT, what));
        }
        let counts = if counts.len() < offsets.len() { derived(file, &offsets) } else { counts };
        let spans = offsets.into_iter().zip(counts);
        self.spans = spans.map(|(offset, bytes)| Span { offset, bytes }).collect();
        if self.compression == codec::NONE {
            self.cut(planes);
        }
        Ok(())
    }

    /// The whole stream that an old JPEG may have, and that its strips lie in.
    fn old_stream(&self, file: &mut File, page: &Directory) -> Result<Option<Span>> {
        let stream = page.uint(file, tag::JPEG_STREAM)?.filter(|_| self.joined);
        let Some(offset) = stream else { return Ok(None) };
        let bytes = page.uint_or(file, tag::JPEG_STREAM_BYTES, 0)?;
        let [offsets, counts] = span_fields(file, page, false)?;
        let ends = offsets.iter().zip(&counts).map(|(at, bytes)| at.saturating_add(*bytes));
        let end = ends.chain([offset.saturating_add(bytes)]).max().unwrap_or(offset);
        Ok(Some(Span { offset, bytes: end - offset }))
    }

    /// Cuts tall uncompressed strips, so that they need not be read whole.
    fn cut(&mut self, planes: usize) {
        let [_, rows] = self.chunk;
        let even = self.down == 1 || rows.is_multiple_of(CUT_ROWS);
        if self.tiled || self.sampling != [1, 1] || rows <= CUT_ROWS || !even {
            return;
        }
        let Some(row) = self.row_bytes() else { return };
        let pieces = |strip: &Span, rows: usize| {
            let end = strip.offset.saturating_add(strip.bytes.max((rows * row) as u64));
            let bytes = (CUT_ROWS * row) as u64;
            let offset = strip.offset;
            (0..rows.div_ceil(CUT_ROWS) as u64).map(move |piece| {
                let offset = offset.saturating_add(piece * bytes);
                Span { offset, bytes: bytes.min(end.saturating_sub(offset)) }
            })
        };
        let heights = |index: usize| rows.min(self.height - index % self.down * rows);
        let strips = self.spans.iter().take(planes * self.down).enumerate();
        self.spans = strips.flat_map(|(index, strip)| pieces(strip, heights(index))).collect();
        self.chunk[1] = CUT_ROWS;
        self.down = self.height.div_ceil(CUT_ROWS);
    }

    /// Samples of a pixel in a strip or tile.
    pub(super) fn chunk_samples(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Bytes of a strip's or tile's row, once chroma has been repeated.
    fn row_bytes(&self) -> Option<usize> {
        self.packed_bytes(self.chunk[0])
    }

    /// Bytes of so many pixels of a row.
    fn packed_bytes(&self, pixels: usize) -> Option<usize> {
        let samples = pixels.checked_mul(self.chunk_samples())?;
        Some(samples.checked_mul(self.kind.bits() as usize)?.div_ceil(8))
    }

    /// Holds what is unpacked at a time of `planes` planes, the strips or tiles side by side, against
    /// the limit.
    pub(super) fn check_row(&self, planes: usize, limits: &Limits) -> Result<()> {
        let planes = if self.planar { planes } else { 1 };
        let rows = self.height.min(self.chunk[1]);
        let row = self.packed_bytes(self.width).and_then(|bytes| bytes.checked_mul(rows));
        let bytes = row.and_then(|bytes| bytes.checked_mul(planes));
        let bytes = bytes.map_or(u64::MAX, |bytes| bytes as u64);
        Error::check_limit("bytes of a row of strips or tiles", limits.block_bytes, bytes)
    }

    /// What a strip or tile unpacks to.
    pub(super) fn shape(&self, down: usize, across: usize) -> Shape {
        let [width, height] = self.chunk;
        let rows = height.min(self.height - down * height);
        let stored_rows = if self.tiled { height } else { rows };
        let row_bytes = self.row_bytes().unwrap_or(usize::MAX);
        let shown = self.packed_bytes(width.min(self.width - across * width));
        let [by, per] = self.sampling;
        let bytes = match self.sampling {
            [1, 1] => row_bytes * rows,
            _ => width.div_ceil(by) * rows.div_ceil(per) * (by * per + 2),
        };
        Shape {
            width,
            rows,
            stored_rows,
            samples: self.chunk_samples(),
            row_bytes,
            shown_bytes: shown.unwrap_or(row_bytes),
            bytes,
        }
    }

    /// The bytes of a strip or tile; of none where the file does not say.
    pub(super) fn spans(&self, plane: usize, down: usize, across: usize) -> &[Span] {
        if self.joined {
            return &self.spans;
        }
        let index = (plane * self.down + down) * self.across + across;
        self.spans.get(index..=index).unwrap_or_default()
    }

    /// How many bytes of a strip or tile can be of use. Some codecs make nothing of the first rows
    /// without the bytes of those below.
    pub(super) fn most_bytes(&self, shape: Shape) -> u64 {
        let stored = shape.stored_rows.saturating_mul(shape.row_bytes) as u64;
        match self.compression {
            codec::NONE => shape.bytes as u64,
            _ => stored.saturating_mul(4).saturating_add(SLACK),
        }
    }

    /// What of a strip's or tile's bytes is read. The only one without compression is as long as
    /// its picture, whatever is said of it.
    pub(super) fn useful(&self, shape: Shape, span: Span) -> Span {
        let most = self.most_bytes(shape);
        let alone = self.compression == codec::NONE && self.spans.len() == 1;
        Span { bytes: if alone { most } else { most.min(span.bytes) }, ..span }
    }

    /// How many bytes of a strip or tile are read.
    pub(super) fn useful_bytes(&self, plane: usize, down: usize, across: usize) -> u64 {
        let shape = self.shape(down, across);
        let useful = |span: &Span| self.useful(shape, *span).bytes;
        self.spans(plane, down, across).iter().map(useful).fold(0, u64::saturating_add)
    }

    /// What a strip or tile is called in errors.
    pub(super) fn chunk_name(&self, plane: usize, down: usize, across: usize) -> String {
        let index = (plane * self.down + down) * self.across + across;
        let what = if self.tiled { "tile" } else { "strip" };
        format!("{what} {} of {}", index + 1, self.spans.len())
    }

    /// Whether strips or tiles are JPEG streams.
    pub(super) fn is_jpeg(&self) -> bool {
        [codec::JPEG, codec::OLD_JPEG].contains(&self.compression)
    }
}

fn size(file: &mut File, page: &Directory) -> Result<[u64; 2]> {
    let width = page.uint_or(file, tag::IMAGE_WIDTH, 0)?;
    let height = page.uint_or(file, tag::IMAGE_LENGTH, 0)?;
    if width == 0 || height == 0 {
        return Err(Error::corrupt(FORMAT, "a picture without width or height"));
    }
    if page.uint_or(file, tag::IMAGE_DEPTH, 1)? > 1 {
        return Err(Error::unsupported(FORMAT, "volumes"));
    }
    Ok([width, height])
}

fn kind(file: &mut File, page: &Directory, samples: usize) -> Result<Kind> {
    let bits = page.uints(file, tag::BITS_PER_SAMPLE)?.unwrap_or_default();
    let format = page.uints(file, tag::SAMPLE_FORMAT)?.unwrap_or_default();
    let same = |values: &[u64]| values.iter().take(samples).all(|value| *value == values[0]);
    if !same(&bits) || !same(&format) {
        return Err(Error::unsupported(FORMAT, "channels of different types"));
    }
    let first = |values: &[u64]| values.first().copied().unwrap_or(1);
    let (bits, format) = (first(&bits), first(&format));
    match (format, bits) {
        (0 | 1 | 4, 1..=32) => Ok(Kind::Unsigned(bits as u32)),
        (2, 1..=32) => Ok(Kind::Signed(bits as u32)),
        (3, 16) => Ok(Kind::Half),
        (3, 24) => Ok(Kind::Float24),
        (3, 32) => Ok(Kind::Float),
        (3, 64) => Ok(Kind::Double),
        _ => {
            let names = ["integers", "integers", "signed integers", "floats", "integers"];
            let name = names.get(format as usize).unwrap_or(&"complex numbers");
            Err(Error::unsupported(FORMAT, format!("{name} of {bits} bits")))
        }
    }
}

/// Offsets and byte counts. Some writers list tiles as strips.
fn span_fields(file: &mut File, page: &Directory, tiled: bool) -> Result<[Vec<u64>; 2]> {
    let mut either = |tile: u16, strip: u16| {
        let tag = if tiled && page.has(tile) { tile } else { strip };
        Ok::<_, Error>(page.uints(file, tag)?.unwrap_or_default())
    };
    let offsets = either(tag::TILE_OFFSETS, tag::STRIP_OFFSETS)?;
    Ok([offsets, either(tag::TILE_BYTE_COUNTS, tag::STRIP_BYTE_COUNTS)?])
}

/// Byte counts of a file that has none: up to the next strip, or to the file's end.
fn derived(file: &File, offsets: &[u64]) -> Vec<u64> {
    let mut sorted = offsets.to_vec();
    sorted.sort_unstable();
    let end = |offset: u64| {
        let next = sorted.partition_point(|other| *other <= offset);
        sorted.get(next).copied().unwrap_or(file.bytes).min(file.bytes)
    };
    offsets.iter().map(|&offset| end(offset).saturating_sub(offset)).collect()
}
