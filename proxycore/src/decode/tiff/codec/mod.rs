//! Compressions: from a strip's or tile's bytes to rows of packed samples, a file for each.

mod deflate;
mod fax;
mod jpeg;
mod lzw;
mod old_jpeg;
mod packbits;
mod sgilog;
mod thunder;
mod zstd;

use self::fax::Fax;
use self::jpeg::Jpeg;
use self::old_jpeg::OldJpeg;
use super::bytes::{File, Order};
use super::directory::Directory;
use super::layout::Layout;
use super::{FORMAT, tag};
use crate::error::{Error, Result};

pub(super) const NONE: u64 = 1;
pub(super) const OLD_JPEG: u64 = 6;
pub(super) const JPEG: u64 = 7;
pub(super) const SGI_LOG: u64 = 34676;

/// Compressions by number, under OpenImageIO's names.
const NAMES: &[(u64, &str)] = &[
    (NONE, "none"),
    (2, "ccittrle"),
    (3, "ccittfax3"),
    (4, "ccittfax4"),
    (5, "lzw"),
    (OLD_JPEG, "ojpeg"),
    (JPEG, "jpeg"),
    (8, "zip"),
    (9, "jbig"),
    (10, "jbig colour"),
    (32766, "next"),
    (32771, "ccittrle2"),
    (32773, "packbits"),
    (32809, "thunderscan"),
    (32895, "IT8CTPAD"),
    (32896, "IT8LW"),
    (32897, "IT8MP"),
    (32898, "IT8BL"),
    (32908, "pixarfilm"),
    (32909, "pixarlog"),
    (32946, "zip"),
    (32947, "dcs"),
    (33003, "jpeg2000"),
    (33005, "jpeg2000"),
    (34661, "isojbig"),
    (SGI_LOG, "sgilog"),
    (34677, "sgilog24"),
    (34712, "jp2000"),
    (34887, "lerc"),
    (34892, "lossy DNG jpeg"),
    (34925, "lzma"),
    (50000, "zstd"),
    (50001, "webp"),
    (50002, "jpeg-xl"),
    (52546, "jpeg-xl"),
];

/// The name of a compression.
pub(super) fn name(number: u64) -> String {
    let named = NAMES.iter().find(|(known, _)| *known == number);
    named.map_or_else(|| format!("number {number}"), |(_, name)| (*name).into())
}

/// What a strip or tile unpacks to: what of it lies above the picture's lower edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) width: usize,
    pub(super) rows: usize,
    /// Rows that are stored, with those below the picture.
    pub(super) stored_rows: usize,
    /// Samples of a pixel.
    pub(super) samples: usize,
    /// Bytes of a row of packed samples.
    pub(super) row_bytes: usize,
    /// Those of them that lie in the picture.
    pub(super) shown_bytes: usize,
    /// All bytes.
    pub(super) bytes: usize,
}

#[cfg(test)]
impl Shape {
    /// A strip of one sample a pixel, all of it in the picture.
    fn plain(width: usize, rows: usize, row_bytes: usize) -> Self {
        let (stored_rows, shown_bytes, bytes) = (rows, row_bytes, rows * row_bytes);
        Self { width, rows, stored_rows, samples: 1, row_bytes, shown_bytes, bytes }
    }
}

/// How strips and tiles are packed.
pub(super) enum Codec {
    None,
    Deflate,
    Fax(Fax),
    Jpeg(Jpeg),
    Lzw,
    OldJpeg(OldJpeg),
    PackBits,
    /// With the byte order that its words are to be in.
    SgiLog(Order),
    Thunder,
    Zstd,
}

impl Codec {
    /// Chooses the codec of a picture, and reads its tables.
    pub(super) fn read(file: &mut File, page: &Directory, layout: &Layout) -> Result<Self> {
        Ok(match layout.compression {
            NONE => Self::None,
            2 | 3 | 4 | 32771 => Self::Fax(Fax::read(file, page, layout)?),
            5 => Self::Lzw,
            OLD_JPEG => Self::OldJpeg(OldJpeg::read(file, page, layout)?),
            JPEG => Self::Jpeg(Jpeg::new(page.bytes(file, tag::JPEG_TABLES)?, layout)?),
            8 | 32946 => Self::Deflate,
            32773 => Self::PackBits,
            32809 if layout.kind.bits() == 4 && layout.samples == 1 => Self::Thunder,
            SGI_LOG => Self::SgiLog(layout.order),
            50000 => Self::Zstd,
            other => {
                return Err(Error::unsupported(FORMAT, format!("{} compression", name(other))));
            }
        })
    }

    /// Unpacks a strip or tile. What was unpacked before an error is left in `out`, which never
    /// grows beyond what `shape` says, nor before the input justifies it.
    pub(super) fn unpack(&self, packed: Vec<u8>, shape: Shape, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::None => {
                *out = packed;
                out.truncate(shape.bytes);
                Ok(())
            }
            Self::Deflate => deflate::unpack(&packed, shape.bytes, out),
            Self::Fax(fax) => fax.unpack(&packed, shape, out),
            Self::Jpeg(jpeg) => jpeg.unpack(&packed, shape, out),
            Self::Lzw => lzw::unpack(&packed, shape.bytes, out),
            Self::OldJpeg(jpeg) => jpeg.unpack(&packed, shape, out),
            Self::PackBits => packbits::unpack(&packed, shape.bytes, out),
            Self::SgiLog(order) => sgilog::unpack(&packed, shape, *order, out),
            Self::Thunder => thunder::unpack(&packed, shape, out),
            Self::Zstd => zstd::unpack(&packed, shape.bytes, out),
        }
    }
}

/// Says why a strip or tile cannot be unpacked.
fn broken(what: impl Into<String>) -> Error {
    Error::corrupt(FORMAT, what)
}
