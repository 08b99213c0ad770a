//! Bits from the highest on (ITU-T H.264 section 7.2), and the numbers of section 9.1.

/// Reads what was written so; `None` at the end.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    /// `u(n)`.
    pub(super) fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | u32::from(self.bit()?)))
    }

    /// `ue(v)`.
    pub(super) fn number(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
        }
        (zeros < 32).then_some(())?;
        Some((1 << zeros) - 1 + self.bits(zeros)?)
    }

    /// Skips ones up to the next whole byte, and gives all that follows.
    pub(super) fn aligned(mut self) -> Option<&'a [u8]> {
        while !self.at.is_multiple_of(8) {
            self.bit()?.then_some(())?;
        }
        self.bytes.get(self.at / 8..)
    }
}

/// Writes them.
#[derive(Debug, Clone, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Bits of the last byte that are written.
    used: u32,
}

impl Writer {
    pub(super) fn bit(&mut self, bit: bool) {
        if self.used == 0 {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << (7 - self.used);
        }
        self.used = (self.used + 1) % 8;
    }

    /// `u(n)`.
    pub(super) fn bits(&mut self, count: u32, number: u32) {
        (0..count).rev().for_each(|at| self.bit(number >> at & 1 == 1));
    }

    /// `ue(v)`.
    pub(super) fn number(&mut self, number: u32) {
        let code = u64::from(number) + 1;
        let length = u64::BITS - code.leading_zeros();
        (1..length).for_each(|_| self.bit(false));
        (0..length).rev().for_each(|at| self.bit(code >> at & 1 == 1));
    }

    /// Some of them.
    pub(super) fn numbers<const N: usize>(&mut self, numbers: [u32; N]) {
        numbers.iter().for_each(|number| self.number(*number));
    }

    /// Ends with a one and zeros: `rbsp_trailing_bits`, section 7.3.2.11.
    pub(super) fn ended(mut self) -> Vec<u8> {
        self.bit(true);
        self.bytes
    }

    /// Fills the last byte with ones and appends `rest`.
    pub(super) fn followed_by(mut self, rest: &[u8]) -> Vec<u8> {
        while self.used != 0 {
            self.bit(true);
        }
        self.bytes.extend_from_slice(rest);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let numbers = [0, 1, 2, 7, 254, 255, 65_535, u32::MAX - 1];
        let mut writer = Writer::default();
        for number in numbers {
            writer.number(number);
            writer.bits(5, 0b10011);
        }
        let bytes = writer.followed_by(&[9]);
        let mut reader = Reader::new(&bytes);
        for number in numbers {
            assert_eq!((reader.number(), reader.bits(5)), (Some(number), Some(0b10011)));
        }
        assert_eq!(reader.aligned(), Some(&[9][..]));
        assert_eq!(Reader::new(&[0; 20]).number(), None);
        assert_eq!(Reader::new(&[0; 20]).bits(161), None);
    }

    #[test]
    fn sets_end_with_a_one() {
        let mut writer = Writer::default();
        writer.bits(8, 0x67);
        assert_eq!(writer.clone().ended(), [0x67, 0x80]);
        writer.bits(7, 0);
        assert_eq!(writer.ended(), [0x67, 1]);
    }
}
