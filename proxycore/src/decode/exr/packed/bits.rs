//! Bits from the most significant on, as PIZ's Huffman coder writes them.

/// Reads bits of a slice. Behind its end there are zeros, and [`Bits::is_over`] tells.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte to be taken.
    next: usize,
    /// The next bits, from the top.
    window: u64,
    /// How many of them there are.
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, window: 0, count: 0 }
    }

    /// Makes sure that 56 bits stand in the window.
    #[inline]
    pub(super) fn fill(&mut self) {
        let word = match self.bytes.get(self.next..self.next + 8) {
            Some(bytes) => u64::from_be_bytes(bytes.try_into().unwrap_or_default()),
            None => self.last(),
        };
        self.window |= word >> self.count;
        let bytes = (63 - self.count) / 8;
        self.next += bytes as usize;
        self.count += 8 * bytes;
    }

    /// What is left of the slice, and zeros.
    #[cold]
    fn last(&self) -> u64 {
        let left = self.bytes.get(self.next..).unwrap_or_default();
        let mut word = [0; 8];
        for (byte, left) in word.iter_mut().zip(left) {
            *byte = *left;
        }
        u64::from_be_bytes(word)
    }

    /// The next bits, from the top of a word: 56 of them after [`fill`](Self::fill).
    #[inline]
    pub(super) fn window(&self) -> u64 {
        self.window
    }

    /// Takes bits that stand in the window.
    #[inline]
    pub(super) fn skip(&mut self, count: u32) {
        debug_assert!(count <= self.count, "{count} of {} bits", self.count);
        self.window <<= count;
        self.count -= count;
    }

    /// Takes up to 32 bits.
    #[inline]
    pub(super) fn read(&mut self, count: u32) -> u64 {
        self.fill();
        let bits = self.window >> (64 - count);
        self.skip(count);
        bits
    }

    /// Bits that were taken.
    pub(super) fn taken(&self) -> usize {
        8 * self.next - self.count as usize
    }

    /// Whether more was taken than there is.
    pub(super) fn is_over(&self) -> bool {
        self.taken() > 8 * self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_from_the_top() {
        let bytes: Vec<u8> = (1..=20).collect();
        let mut bits = Bits::new(&bytes);
        let mut text = String::new();
        let mut lengths = [1, 7, 13, 32, 3].into_iter().cycle();
        while text.len() < 8 * bytes.len() {
            let length = lengths.next().unwrap();
            text += &format!("{:0length$b}", bits.read(length), length = length as usize);
            assert_eq!(bits.taken(), text.len());
        }
        let expected: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
        assert!(text.starts_with(&expected));
        assert_eq!(bits.is_over(), text.len() > expected.len());
        assert!(text[expected.len()..].bytes().all(|bit| bit == b'0'));
    }
}
