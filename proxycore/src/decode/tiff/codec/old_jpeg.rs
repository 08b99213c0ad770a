//! JPEG as TIFF 6.0, section 22 had it, compression 6: tables or a whole stream somewhere in the
//! file, and strips that follow one another in a single scan.
//!
//! A picture with a whole stream is read from it. Else a stream is made: the tables, a frame, and
//! the strips or the tile as its scan.

use super::super::bytes::{File, Span};
use super::super::directory::Directory;
use super::super::layout::Layout;
use super::super::sample::Kind;
use super::super::{FORMAT, tag};
use super::{Shape, broken, jpeg};
use crate::error::{Error, Result};

const START: [u8; 2] = [0xff, 0xd8];
const END: [u8; 2] = [0xff, 0xd9];
const Q_TABLE: u8 = 0xdb;
/// Extended sequential: the baseline one has two Huffman tables of a class at the most.
const FRAME: u8 = 0xc1;
const HUFFMAN_TABLE: u8 = 0xc4;
const RESTART: u8 = 0xdd;
const SCAN: u8 = 0xda;

/// A decoder of the old JPEG of one picture.
#[derive(Debug, Clone)]
pub(in super::super) struct OldJpeg {
    /// Tables as segments.
    tables: Vec<u8>,
    /// Samples that each chroma sample stands for, across and down.
    sampling: [u8; 2],
}

impl OldJpeg {
    pub(super) fn read(file: &mut File, page: &Directory, layout: &Layout) -> Result<Self> {
        if layout.kind != Kind::Unsigned(8) || layout.planar {
            return Err(Error::unsupported(FORMAT, "old JPEG compression of planes"));
        }
        let sampling = page.uints(file, tag::YCBCR_SUBSAMPLING)?.unwrap_or(vec![2, 2]);
        let sampling = match sampling[..] {
            _ if layout.samples != 3 => [1, 1],
            [across @ 1..=4, down @ 1..=4, ..] => [across as u8, down as u8],
            _ => return Err(broken("impossible chroma sampling")),
        };
        if page.has(tag::JPEG_STREAM) {
            return Ok(Self { tables: Vec::new(), sampling });
        }
        let mut tables = q_tables(file, page, layout.samples)?;
        for (class, tag) in [(0, tag::JPEG_DC_TABLES), (0x10, tag::JPEG_AC_TABLES)] {
            tables.extend(huffman_tables(file, page, tag, class, layout.samples)?);
        }
        if let Some(interval) = page.uint(file, tag::JPEG_RESTART)? {
            tables.extend(segment(RESTART, &(interval as u16).to_be_bytes()));
        }
        Ok(Self { tables, sampling })
    }

    pub(super) fn unpack(&self, packed: &[u8], shape: Shape, out: &mut Vec<u8>) -> Result<()> {
        if packed.starts_with(&START) {
            return jpeg::decode(packed, shape, out);
        }
        let head = [&START[..], &self.tables, &self.frame(shape)?, &scan(shape.samples)].concat();
        jpeg::decode(&[&head, packed, &END].concat(), shape, out)
    }

    /// The frame header (ITU-T T.81, B.2.2).
    fn frame(&self, shape: Shape) -> Result<Vec<u8>> {
        let number = |size: usize| u16::try_from(size).map_err(|_| broken("too large for JPEG"));
        let [height, width] =
            [number(shape.stored_rows)?, number(shape.width)?].map(u16::to_be_bytes);
        let mut body = [&[8][..], &height, &width, &[shape.samples as u8]].concat();
        for component in 0..shape.samples as u8 {
            let [across, down] = if component == 0 { self.sampling } else { [1, 1] };
            body.extend([component, across << 4 | down, component]);
        }
        Ok(segment(FRAME, &body))
    }
}

/// The scan header (B.2.3), of all components with tables of their own.
fn scan(samples: usize) -> Vec<u8> {
    let mut body = vec![samples as u8];
    for component in 0..samples as u8 {
        body.extend([component, component << 4 | component]);
    }
    body.extend([0, 63, 0]);
    segment(SCAN, &body)
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16 + 2).to_be_bytes();
    [&[0xff, marker], &length, body].concat()
}

fn offsets(file: &mut File, page: &Directory, tag: u16, samples: usize) -> Result<Vec<u64>> {
    let offsets = page.uints(file, tag)?.unwrap_or_default();
    if offsets.len() < samples {
        return Err(broken(format!("old JPEG without the tables of field {tag}")));
    }
    Ok(offsets[..samples].to_vec())
}

fn q_tables(file: &mut File, page: &Directory, samples: usize) -> Result<Vec<u8>> {
    let mut tables = Vec::new();
    for (id, offset) in offsets(file, page, tag::JPEG_Q_TABLES, samples)?.into_iter().enumerate() {
        let values = file.read(Span { offset, bytes: 64 })?;
        tables.extend(segment(Q_TABLE, &[&[id as u8], &values[..]].concat()));
    }
    Ok(tables)
}

/// Each table is sixteen counts of codes, then their values (B.2.4.2).
fn huffman_tables(
    file: &mut File,
    page: &Directory,
    tag: u16,
    class: u8,
    samples: usize,
) -> Result<Vec<u8>> {
    let mut tables = Vec::new();
    for (id, offset) in offsets(file, page, tag, samples)?.into_iter().enumerate() {
        let counts = file.read(Span { offset, bytes: 16 })?;
        let values = counts.iter().map(|&count| u64::from(count)).sum();
        let values = file.read(Span { offset: offset + 16, bytes: values })?;
        tables
            .extend(segment(HUFFMAN_TABLE, &[&[class | id as u8], &counts[..], &values].concat()));
    }
    Ok(tables)
}
