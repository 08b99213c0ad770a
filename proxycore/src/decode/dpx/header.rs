//! The generic header: the picture's size and its elements.

use super::FORMAT;
use super::element::Element;
use crate::decode::Limits;
use crate::decode::film::{Fields, HEADER, read_head};
use crate::error::{Error, Result};
use crate::input::Input;

/// Bytes of the generic header, without which there is no picture.
pub(super) const GENERIC: usize = 1664;
/// Where the elements' fields start, how far they are apart, and how many there can be.
const ELEMENTS: usize = 780;
const ELEMENT: usize = 72;
const MOST_ELEMENTS: u16 = 8;

/// What stands before the pixels.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) fields: Fields,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) elements: Vec<Element>,
    /// Where the file says that pixels start.
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
        let big_endian = bytes.starts_with(b"SDPX");
        let mut fields = Fields::new(bytes, big_endian);
        let offset = fields.long(4).unwrap_or(HEADER);
        fields.end_at((offset as usize).max(GENERIC));
        let [width, height] = [772, 776].map(|at| fields.long(at).unwrap_or(0));
        if width == 0 || height == 0 {
            return Err(Error::corrupt(FORMAT, "the picture has no size"));
        }
        Error::check_limit("pixels", limits.pixels, u64::from(width) * u64::from(height))?;
        let elements = elements(&fields, offset)?;
        Ok(Self { fields, width, height, elements, offset: offset.into(), end })
    }

    /// The code of the direction that rows and columns go in (table 2).
    pub(super) fn orientation(&self) -> u16 {
        self.fields.short(768).unwrap_or(0)
    }
}

fn elements(fields: &Fields, offset: u32) -> Result<Vec<Element>> {
    let count = match fields.short(770) {
        None | Some(0) => 1,
        Some(count @ 1..=MOST_ELEMENTS) => count,
        Some(count) => {
            let what = format!("{count} image elements, where {MOST_ELEMENTS} is the most");
            return Err(Error::corrupt(FORMAT, what));
        }
    };
    let places = (0..usize::from(count)).map(|index| ELEMENTS + index * ELEMENT);
    let mut elements: Vec<_> = places.map(|at| Element::read(fields, at)).collect();
    // the first element starts where the file says that pixels do, if it says nothing itself
    elements[0].offset.get_or_insert(offset.into());
    Ok(elements)
}
