//! Run-length encoded BMP, of 4 and 8 bits: runs that go on beyond a row's end are cut off there, as
//! Windows, OpenImageIO and Pillow do, where the `image` crate gives up. Everything else is the crate's.
//!
//! What is skipped is black. A file may end without its end mark once its last row is whole.

use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};

use image::codecs::bmp::BmpDecoder;
use image::{ColorType, ImageDecoder, ImageResult};

use crate::input::Input;

type Source = BufReader<Box<dyn Input>>;

/// Bytes of both headers, and where their fields are (BITMAPFILEHEADER, BITMAPINFOHEADER).
const HEADERS: usize = 54;
const PIXELS_AT: usize = 10;
const INFO_SIZE: usize = 14;
const BITS: usize = 28;
const COMPRESSION: usize = 30;

/// Opens a BMP, by the crate unless it is run-length encoded.
pub(super) fn open(mut source: Source) -> ImageResult<Box<dyn ImageDecoder + Send>> {
    let mut headers = Vec::new();
    source.by_ref().take(HEADERS as u64).read_to_end(&mut headers)?;
    source.rewind()?;
    let runs = Runs::of(&headers);
    let decoder = BmpDecoder::new(source.by_ref())?;
    let size = decoder.dimensions();
    drop(decoder);
    match runs {
        Some(runs) => Ok(Box::new(Unrolled { source, runs, size })),
        None => {
            source.rewind()?;
            Ok(Box::new(BmpDecoder::new(source)?))
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Where runs lie, and of which depth they are.
#[derive(Debug, Clone, Copy)]
struct Runs {
    palette_at: u64,
    pixels_at: u64,
    bits: u32,
}

impl Runs {
    fn of(headers: &[u8]) -> Option<Self> {
        let bits = match (number(headers, COMPRESSION)?, number(headers, BITS)? & 0xffff) {
            (1, 8) => 8,
            (2, 4) => 4,
            _ => return None,
        };
        let palette_at = INFO_SIZE as u64 + u64::from(number(headers, INFO_SIZE)?);
        let pixels_at = number(headers, PIXELS_AT)?.into();
        Some(Self { palette_at, pixels_at, bits })
    }
}

/// A picture whose runs are unrolled when it is read.
struct Unrolled {
    source: Source,
    runs: Runs,
    size: (u32, u32),
}

impl ImageDecoder for Unrolled {
    fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    fn color_type(&self) -> ColorType {
        ColorType::Rgb8
    }

    fn read_image(mut self, buf: &mut [u8]) -> ImageResult<()> {
        let Runs { palette_at, pixels_at, bits } = self.runs;
        let entries = pixels_at.saturating_sub(palette_at).min(4 << bits);
        let mut palette = Vec::new();
        self.source.seek(SeekFrom::Start(palette_at))?;
        self.source.by_ref().take(entries).read_to_end(&mut palette)?;
        self.source.seek(SeekFrom::Start(pixels_at))?;
        let size = [self.size.0 as usize, self.size.1 as usize];
        buf.fill(0);
        Pen { palette, size, x: 0, y: 0, out: buf }.unroll(&mut self.source, bits)?;
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buf: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buf)
    }
}

/// Where the next pixel goes; rows count from the bottom.
struct Pen<'a> {
    palette: Vec<u8>,
    size: [usize; 2],
    x: usize,
    y: usize,
    out: &'a mut [u8],
}

impl Pen<'_> {
    fn unroll(mut self, source: &mut impl Read, bits: u32) -> std::io::Result<()> {
        while self.y < self.size[1] {
            match self.step(source, bits) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if error.kind() == ErrorKind::UnexpectedEof && self.is_done() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether the last row is whole.
    fn is_done(&self) -> bool {
        self.y + 1 == self.size[1] && self.x >= self.size[0]
    }

    /// Takes two bytes and what follows them; `false` at the end mark.
    fn step(&mut self, source: &mut impl Read, bits: u32) -> std::io::Result<bool> {
        let index = |byte: u8, at: usize| match (bits, at % 2) {
            (8, _) => byte,
            (_, 0) => byte >> 4,
            _ => byte & 15,
        };
        match pair(source)? {
            [0, 0] => (self.x, self.y) = (0, self.y + 1),
            [0, 1] => return Ok(false),
            [0, 2] => {
                let [right, up] = pair(source)?.map(usize::from);
                (self.x, self.y) = (self.x + right, self.y + up);
            }
            [0, count] => {
                let per_byte = 8 / bits as usize;
                let bytes = usize::from(count).div_ceil(per_byte).next_multiple_of(2);
                let mut packed = [0; 256];
                source.read_exact(&mut packed[..bytes])?;
                (0..count.into()).for_each(|at| self.put(index(packed[at / per_byte], at)));
            }
            [count, byte] => (0..count.into()).for_each(|at| self.put(index(byte, at))),
        }
        Ok(true)
    }

    /// Puts a pixel, unless the row is full.
    fn put(&mut self, index: u8) {
        let [width, height] = self.size;
        if self.x < width && self.y < height {
            let at = 3 * ((height - 1 - self.y) * width + self.x);
            let entry = self.palette.get(4 * usize::from(index)..).and_then(<[u8]>::first_chunk);
            let [blue, green, red] = *entry.unwrap_or(&[0; 3]);
            self.out[at..at + 3].copy_from_slice(&[red, green, blue]);
        }
        self.x += 1;
    }
}

fn pair(source: &mut impl Read) -> std::io::Result<[u8; 2]> {
    let mut pair = [0; 2];
    source.read_exact(&mut pair)?;
    Ok(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unrolls 4-bit runs of three columns and two rows, as indices from the top.
    fn unrolled(runs: &[u8]) -> std::io::Result<Vec<u8>> {
        let palette = (0..16).flat_map(|index| [index, index, index, 0]).collect();
        let mut out = vec![0; 3 * 6];
        Pen { palette, size: [3, 2], x: 0, y: 0, out: &mut out }.unroll(&mut &*runs, 4)?;
        Ok(out.chunks_exact(3).map(|pixel| pixel[0]).collect())
    }

    #[test]
    fn runs_are_cut_off_at_the_end_of_their_row() {
        assert_eq!(unrolled(&[4, 0x12, 0, 0, 3, 0x55, 0, 1]).unwrap(), [5, 5, 5, 1, 2, 1]);
        assert_eq!(unrolled(&[0, 5, 0x12, 0x34, 0x50, 0, 0, 0, 0, 1]).unwrap(), [0, 0, 0, 1, 2, 3]);
    }

    #[test]
    fn what_is_skipped_is_black_and_the_end_mark_may_be_missing() {
        assert_eq!(unrolled(&[0, 2, 1, 1, 2, 0x77, 0, 1]).unwrap(), [0, 7, 7, 0, 0, 0]);
        assert_eq!(unrolled(&[3, 0x11, 0, 0, 3, 0x22]).unwrap(), [2, 2, 2, 1, 1, 1]);
        assert!(unrolled(&[3, 0x11, 0, 0, 2, 0x22]).is_err());
        assert!(unrolled(&[3, 0x11, 0, 0]).is_err());
    }
}
