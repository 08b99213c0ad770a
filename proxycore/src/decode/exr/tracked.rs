//! A buffered reader that knows where it is, so that reading on costs no seek.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::input::Input;

#[derive(Debug)]
pub(super) struct Tracked<R> {
    inner: BufReader<R>,
    position: u64,
    length: u64,
}

impl<R: Read + Seek> Tracked<R> {
    /// Starts at byte 0 of `inner`, wherever it stood.
    pub(super) fn new(mut inner: R) -> io::Result<Self> {
        let length = inner.seek(SeekFrom::End(0))?;
        inner.rewind()?;
        Ok(Self { inner: BufReader::new(inner), position: 0, length })
    }

    /// How many bytes there are.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The next byte's offset.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Goes to an offset, for nothing where it lies in the buffer.
    pub(super) fn go_to(&mut self, offset: u64) -> io::Result<()> {
        let way = i128::from(offset) - i128::from(self.position);
        let way = i64::try_from(way).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        self.inner.seek_relative(way)?;
        self.position = offset;
        Ok(())
    }
}

impl Tracked<Box<dyn Input>> {
    /// Whether it pays to say what will be read.
    pub(super) fn is_remote(&self) -> bool {
        self.inner.get_ref().is_remote()
    }

    /// The input, wherever it stands.
    pub(super) fn into_inner(self) -> Box<dyn Input> {
        self.inner.into_inner()
    }

    /// Says which bytes will be read next.
    pub(super) fn will_read(&mut self, ranges: &[Range<u64>]) {
        self.inner.get_mut().will_read(ranges);
    }
}

impl<R: Read> Read for Tracked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn goes_forth_and_back() {
        let bytes: Vec<u8> = (0..=255).cycle().take(20_000).collect();
        let mut tracked = Tracked::new(Cursor::new(bytes)).unwrap();
        for offset in [3, 19_999, 0, 8_191, 8_192, 300] {
            tracked.go_to(offset).unwrap();
            let mut byte = [0];
            tracked.read_exact(&mut byte).unwrap();
            assert_eq!(u64::from(byte[0]), offset % 256);
            assert_eq!(tracked.position(), offset + 1);
        }
    }
}
