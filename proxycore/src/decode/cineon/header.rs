//! The header: the picture's size, its channels, and how they are packed.

use super::FORMAT;
use crate::decode::Limits;
use crate::decode::film::{Cells, Fields, HEADER, Packing, Value, read_head};
use crate::error::{Error, Result};
use crate::input::Input;

/// The first bytes of a big-endian file.
pub(super) const MAGIC: [u8; 4] = [0x80, 0x2a, 0x5f, 0xd7];

/// Bytes of the generic header, without which there is no picture.
const GENERIC: usize = 1024;
/// Where the elements' fields start, how far they are apart, and how many there can be.
const ELEMENTS: usize = 196;
const ELEMENT: usize = 28;
const MOST_ELEMENTS: u8 = 8;

/// What stands before the pixels.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) fields: Fields,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bits: u8,
    /// The channels' names, in the order of their elements.
    pub(super) channels: Vec<String>,
    pub(super) offset: u64,
    /// Where the file ends, in bytes.
    pub(super) end: u64,
}

impl Header {
    /// Reads the header and checks it against the limits.
    pub(super) fn read(input: &mut dyn Input, limits: &Limits) -> Result<Self> {
        let (bytes, end) = read_head(input)?;
        if bytes.len() < GENERIC {
            return Err(Error::corrupt(FORMAT, "the file ends within its header"));
        }
        let big_endian = bytes.starts_with(&MAGIC);
        let mut fields = Fields::new(bytes, big_endian);
        let offset = fields.long(4).filter(|&offset| offset != 0).unwrap_or(HEADER);
        fields.end_at((offset as usize).max(GENERIC));
        let count = fields.byte(193).unwrap_or(0);
        if !(1..=MOST_ELEMENTS).contains(&count) {
            let what = format!("{count} image elements, where 1 to {MOST_ELEMENTS} can be");
            return Err(Error::corrupt(FORMAT, what));
        }
        let shapes: Vec<_> = (0..usize::from(count)).map(|index| shape(&fields, index)).collect();
        let (bits, width, height) = shapes[0];
        if shapes.iter().any(|other| *other != shapes[0]) {
            return Err(Error::unsupported(FORMAT, "elements of different sizes or depths"));
        }
        if width == 0 || height == 0 {
            return Err(Error::corrupt(FORMAT, "the picture has no size"));
        }
        Error::check_limit("pixels", limits.pixels, u64::from(width) * u64::from(height))?;
        let channels = channels(&fields, count.into());
        Ok(Self { fields, width, height, bits, channels, offset: offset.into(), end })
    }

    /// Where the fields of an element start.
    pub(super) fn element(index: usize) -> usize {
        ELEMENTS + index * ELEMENT
    }

    pub(super) fn value(&self) -> Value {
        if self.fields.byte(682) == Some(1) { Value::Signed } else { Value::Unsigned }
    }

    /// How codes lie in words. The flag that says whether a word holds one pixel or as many codes
    /// as it can is not believed: files that fill their words leave it out.
    pub(super) fn packing(&self) -> Result<Packing> {
        let packing = self.fields.byte(681).unwrap_or(5) & 0x7f;
        let own = |bytes, shift| Cells::Own { bytes, shift };
        let cells = match (self.bits, packing) {
            (8, _) => own(1, 0),
            (16, _) => own(2, 0),
            (1 | 10 | 12, 0) => Cells::Packed,
            (10, 3) => own(2, 6),
            (12, 3) => own(2, 4),
            (10 | 12, 4) => own(2, 0),
            (10, 5) => Cells::Thirds { shift: 2, low_first: false },
            (10, 6) => Cells::Thirds { shift: 0, low_first: false },
            (bits, packing) => {
                let feature = format!("{bits}-bit codes in packing {packing}");
                return Err(Error::unsupported(FORMAT, feature));
            }
        };
        Ok(Packing { cells, bits: self.bits.into(), big_endian: self.fields.big_endian() })
    }
}

/// An element's depth, width and height.
fn shape(fields: &Fields, index: usize) -> (u8, u32, u32) {
    let at = Header::element(index);
    let size = |at| fields.long(at).unwrap_or(0);
    (fields.byte(at + 2).unwrap_or(0), size(at + 4), size(at + 8))
}

/// The channels' names, as OpenImageIO gives them.
fn channels(fields: &Fields, count: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(count);
    for index in 0..count {
        let base = match fields.byte(Header::element(index) + 1) {
            Some(0) => "I",
            Some(1 | 4) => "R",
            Some(2 | 5) => "G",
            Some(3 | 6) => "B",
            _ => "",
        };
        let before = names.iter().filter(|name| !base.is_empty() && name.starts_with(base)).count();
        names.push(match (base, before) {
            ("", _) => format!("channel{index}"),
            (base, 0) => base.to_owned(),
            (base, before) => format!("{base}{}", before + 1),
        });
    }
    names
}
