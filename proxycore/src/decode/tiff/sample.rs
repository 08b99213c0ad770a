//! Samples: what their bits mean, and how they are read out of packed rows.
//!
//! Samples of whole bytes are in the file's byte order; those of other depths follow one another
//! from the highest bit on, whatever the byte order, and each row starts a byte (TIFF 6.0, section
//! 4; the practice of libtiff for 10, 12 and 14 bits).

use half::f16;

use super::bytes::Order;
use crate::image::Samples;

/// What a sample's bits mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An unsigned integer of 1 to 32 bits.
    Unsigned(u32),
    /// A two's complement integer of 1 to 32 bits.
    Signed(u32),
    /// IEEE 754 binary16.
    Half,
    /// Adobe's 24 bits: a sign, seven of exponent, sixteen of fraction (TIFF technical note 3).
    Float24,
    /// IEEE 754 binary32.
    Float,
    /// IEEE 754 binary64.
    Double,
}

impl Kind {
    pub(super) fn bits(self) -> u32 {
        match self {
            Self::Unsigned(bits) | Self::Signed(bits) => bits,
            Self::Half => 16,
            Self::Float24 => 24,
            Self::Float => 32,
            Self::Double => 64,
        }
    }

    pub(super) fn is_integer(self) -> bool {
        matches!(self, Self::Unsigned(_) | Self::Signed(_))
    }

    /// Samples of zero, of the type that such samples are shown in.
    pub(super) fn zeros(self, count: usize) -> Samples {
        match self {
            Self::Unsigned(..=8) => Samples::U8(vec![0; count]),
            Self::Unsigned(9..=16) => Samples::U16(vec![0; count]),
            Self::Half => Samples::Half(vec![f16::ZERO; count]),
            _ => Samples::Float(vec![0.0; count]),
        }
    }

    /// The largest code of unsigned integers.
    pub(super) fn max(self) -> u32 {
        u32::MAX >> (32 - self.bits().min(32))
    }

    /// The code that is 1.0 as light, 1 where samples are shown as floats.
    pub(super) fn white(self) -> u16 {
        match self {
            Self::Unsigned(..=16) => self.max() as u16,
            _ => 1,
        }
    }

    /// The light of a sample's bits: integers as parts of the largest one.
    pub(super) fn light(self, bits: u64) -> f32 {
        let code = bits as u32;
        match self {
            Self::Unsigned(_) => (f64::from(code) / f64::from(self.max())) as f32,
            Self::Signed(depth) => signed(code, depth),
            Self::Half => f16::from_bits(code as u16).to_f32(),
            Self::Float24 => float24(code),
            Self::Float => f32::from_bits(code),
            Self::Double => f64::from_bits(bits) as f32,
        }
    }
}

/// Parts of the largest positive code.
fn signed(code: u32, bits: u32) -> f32 {
    let unused = 32 - bits;
    let value = ((code << unused) as i32) >> unused;
    let largest = (u32::MAX >> (unused + 1).min(31)).max(1);
    (f64::from(value) / f64::from(largest)) as f32
}

fn float24(code: u32) -> f32 {
    let (exponent, fraction) = (code >> 16 & 0x7f, code & 0xffff);
    let size = match exponent {
        0 => fraction as f32 * (-62.0 - 16.0_f32).exp2(),
        0x7f if fraction == 0 => f32::INFINITY,
        0x7f => f32::NAN,
        _ => f32::from_bits((exponent + 127 - 63) << 23 | fraction << 7),
    };
    if code >> 23 & 1 == 1 { -size } else { size }
}

/// One channel of one packed row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Channel<'a> {
    pub(super) row: &'a [u8],
    /// Which sample of the row is its first.
    pub(super) first: usize,
    /// Every how many samples there is one of its own.
    pub(super) step: usize,
    pub(super) bits: u32,
    pub(super) order: Order,
}

impl Channel<'_> {
    /// Reads as many samples as there is room for.
    pub(super) fn fill<T>(&self, out: &mut [T], convert: impl Fn(u64) -> T) {
        match (self.bits, self.order) {
            (8, _) => self.whole(out, |byte: [u8; 1]| convert(byte[0].into())),
            (16, Order::Little) => {
                self.whole(out, |bytes| convert(u16::from_le_bytes(bytes).into()));
            }
            (16, Order::Big) => self.whole(out, |bytes| convert(u16::from_be_bytes(bytes).into())),
            (24, order) => self.whole(out, |bytes: [u8; 3]| convert(order.uint(&bytes))),
            (32, Order::Little) => {
                self.whole(out, |bytes| convert(u32::from_le_bytes(bytes).into()));
            }
            (32, Order::Big) => self.whole(out, |bytes| convert(u32::from_be_bytes(bytes).into())),
            (64, order) => self.whole(out, |bytes: [u8; 8]| convert(order.uint(&bytes))),
            _ => self.packed(out, convert),
        }
    }

    fn whole<const N: usize, T>(&self, out: &mut [T], convert: impl Fn([u8; N]) -> T) {
        let samples = self.row.as_chunks::<N>().0;
        let own = samples.iter().skip(self.first).step_by(self.step);
        for (out, bytes) in out.iter_mut().zip(own) {
            *out = convert(*bytes);
        }
    }

    fn packed<T>(&self, out: &mut [T], convert: impl Fn(u64) -> T) {
        let bits = self.bits as usize;
        for (index, out) in out.iter_mut().enumerate() {
            let at = (self.first + index * self.step) * bits;
            *out = convert(bits_at(self.row, at, bits).into());
        }
    }
}

/// Up to 32 bits, from bit number `at` on; the first byte's highest bit is number 0.
pub(super) fn bits_at(bytes: &[u8], at: usize, bits: usize) -> u32 {
    let (first, last) = (at / 8, (at + bits - 1) / 8);
    let window = bytes[first..=last].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let below = 8 * (last + 1) - (at + bits);
    (window >> below & (u64::MAX >> (64 - bits))) as u32
}

/// Sets up to 32 bits that are zero.
pub(super) fn put_bits(bytes: &mut [u8], at: usize, bits: usize, code: u32) {
    let (first, last) = (at / 8, (at + bits - 1) / 8);
    let below = 8 * (last + 1) - (at + bits);
    let window = (u64::from(code) << below).to_be_bytes();
    let from = window.len() - (last + 1 - first);
    for (byte, set) in bytes[first..=last].iter_mut().zip(&window[from..]) {
        *byte |= set;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_depth_reads_back() {
        for bits in 1..=32 {
            let code = |at: u32| at.wrapping_mul(0x9e37_79b1) >> (32 - bits);
            let codes: Vec<u32> = (0..11).map(code).collect();
            let mut row = vec![0; (11 * bits as usize).div_ceil(8)];
            for (at, code) in codes.iter().enumerate() {
                put_bits(&mut row, at * bits as usize, bits as usize, *code);
            }
            let read = |first, step, count| {
                let mut out = vec![0; count];
                let channel = Channel { row: &row, first, step, bits, order: Order::Big };
                channel.fill(&mut out, |code| code as u32);
                out
            };
            assert_eq!(read(0, 1, 11), codes, "{bits} bits");
            assert_eq!(read(1, 3, 3), [codes[1], codes[4], codes[7]], "{bits} bits");
        }
    }

    #[test]
    fn light_is_parts_of_the_largest_code() {
        assert_eq!(Kind::Unsigned(32).light(u32::MAX.into()), 1.0);
        assert_eq!(Kind::Unsigned(20).light(0xf_ffff), 1.0);
        assert_eq!(Kind::Signed(8).light(127), 1.0);
        assert_eq!(Kind::Signed(16).light(0x8001), -1.0);
        assert_eq!(Kind::Signed(1).light(1), -1.0);
        assert_eq!(Kind::Signed(32).light(0x7fff_ffff), 1.0);
    }

    #[test]
    fn floats_of_24_bits_are_widened() {
        assert_eq!(Kind::Float24.light(0x3f_0000), 1.0);
        assert_eq!(Kind::Float24.light(0xbf_8000), -1.5);
        assert_eq!(Kind::Float24.light(0x01_0000), (-62.0_f32).exp2());
        assert_eq!(Kind::Float24.light(0x00_8000), (-63.0_f32).exp2());
        assert!(Kind::Float24.light(0x7f_0001).is_nan());
    }
}
