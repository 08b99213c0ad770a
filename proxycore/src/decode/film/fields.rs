//! The fields of a header, in the file's byte order.
//!
//! A field that the writer left undefined has every bit set (SMPTE ST 268-1, clause 5); one that
//! lies behind the header's end is undefined too. Both are `None` here.

use crate::image::Attribute;

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(in crate::decode) enum Field {
    /// An unsigned byte.
    Byte,
    /// A 32-bit unsigned integer.
    Long,
    /// A 32-bit float.
    Real,
    /// Text of so many bytes at most.
    Text(usize),
    /// Two 32-bit floats, such as a chromaticity.
    Pair,
}

/// The bytes of a header.
#[derive(Debug)]
pub(in crate::decode) struct Fields {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl Fields {
    pub(in crate::decode) fn new(bytes: Vec<u8>, big_endian: bool) -> Self {
        Self { bytes, big_endian }
    }

    /// Makes every field from byte `end` on undefined.
    pub(in crate::decode) fn end_at(&mut self, end: usize) {
        self.bytes.truncate(end);
    }

    pub(in crate::decode) fn big_endian(&self) -> bool {
        self.big_endian
    }

    pub(in crate::decode) fn byte(&self, at: usize) -> Option<u8> {
        self.raw::<1>(at).map(|[byte]| byte)
    }

    pub(in crate::decode) fn short(&self, at: usize) -> Option<u16> {
        self.raw(at).map(u16::from_be_bytes)
    }

    pub(in crate::decode) fn long(&self, at: usize) -> Option<u32> {
        self.raw(at).map(u32::from_be_bytes)
    }

    /// A float; infinite ones are undefined, as Cineon writes them.
    pub(in crate::decode) fn real(&self, at: usize) -> Option<f32> {
        self.long(at).map(f32::from_bits).filter(|real| real.is_finite())
    }

    /// Text up to its first zero, without what is not printable at its ends.
    pub(in crate::decode) fn text(&self, at: usize, len: usize) -> Option<String> {
        let bytes = self.bytes.get(at..at.checked_add(len)?)?;
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(len);
        let text = &bytes[..end];
        if text.is_empty() || text[0] == 0xff {
            return None;
        }
        let text = String::from_utf8_lossy(text);
        let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter.is_control());
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A field as an attribute.
    pub(in crate::decode) fn attribute(&self, at: usize, field: Field) -> Option<Attribute> {
        Some(match field {
            Field::Byte => Attribute::Int(self.byte(at)?.into()),
            Field::Long => Attribute::Int(self.long(at)?.into()),
            Field::Real => Attribute::Float(shortest(self.real(at)?)),
            Field::Text(len) => Attribute::Text(self.text(at, len)?),
            Field::Pair => {
                let pair = [self.real(at)?, self.real(at + 4)?];
                let known = pair != [0.0, 0.0];
                known.then(|| Attribute::Floats(pair.map(shortest).to_vec()))?
            }
        })
    }

    /// The bytes of a number, the most significant one first.
    fn raw<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        let mut bytes: [u8; N] = *self.bytes.get(at..)?.first_chunk()?;
        if !self.big_endian {
            bytes.reverse();
        }
        (bytes != [0xff; N]).then_some(bytes)
    }
}

/// The double that prints as the float does: 0.64, not 0.6399999856948853.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_in_the_files_order_or_undefined() {
        let bytes = [0x3f, 0x80, 0, 0, 0xff, 0xff, 0xff, 0xff, b'a', b' ', 0, b'x'];
        let big = Fields::new(bytes.to_vec(), true);
        assert_eq!((big.real(0), big.long(4), big.byte(4)), (Some(1.0), None, None));
        assert_eq!(big.text(8, 4).as_deref(), Some("a"));
        assert_eq!((big.text(10, 2), big.long(10), big.text(usize::MAX, 2)), (None, None, None));
        assert_eq!(Fields::new(bytes.to_vec(), false).short(0), Some(0x803f));
    }
}
