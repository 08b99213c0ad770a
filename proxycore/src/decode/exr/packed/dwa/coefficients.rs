//! The coefficients of squares: the first ones channel by channel, the others square by square, with
//! zeros as runs, in the zigzag of JPEG.

use half::f16;

use super::sections::Sections;
use super::{SIDE, Square, cosine, early};
use crate::decode::exr::packed::huffman::Numbers;
use crate::decode::exr::packed::{damaged, zip};
use crate::error::Result;

/// Where each coefficient of the zigzag belongs.
const PLACES: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Numbers that are read at a time.
const AT_ONCE: usize = 4096;

/// The coefficients of a block, as far as they are read.
pub(super) struct Coefficients<'a> {
    dc: Vec<u16>,
    /// The first one of the group.
    start: usize,
    ac: Ac<'a>,
}

/// The first coefficients of all squares, channel by channel.
pub(super) fn first(sections: &Sections<'_>) -> Result<Vec<u16>> {
    match sections.dc_count {
        0 => Ok(Vec::new()),
        count => zip::samples(sections.dc, 2 * count),
    }
}

/// The AC coefficients.
struct Ac<'a> {
    coded: Option<Numbers<'a>>,
    /// Numbers that are still coded.
    left: usize,
    read: Vec<u16>,
    next: usize,
}

impl<'a> Coefficients<'a> {
    /// Opens the coefficients of a block.
    pub(super) fn open(sections: &Sections<'a>) -> Result<Self> {
        Ok(Self { dc: first(sections)?, start: 0, ac: Ac::open(sections)? })
    }

    /// The next row of squares: for each channel of a group its lines, eight of them. One that nobody
    /// wants is only passed over.
    pub(super) fn row(
        &mut self,
        channels: usize,
        across: usize,
        down: usize,
        row: usize,
        skipped: bool,
    ) -> Result<Vec<Vec<f32>>> {
        let stride = across * SIDE;
        let lines = if skipped { 0 } else { SIDE * stride };
        let mut planes = vec![vec![0.0; lines]; channels];
        for column in 0..across {
            for (channel, plane) in planes.iter_mut().enumerate() {
                let mut square = [0.0; SIDE * SIDE];
                let is_flat = self.ac.square(&mut square)?;
                if skipped {
                    continue;
                }
                let at = self.start + channel * across * down + row * across + column;
                let first = *self.dc.get(at).ok_or_else(early)?;
                square[0] = f16::from_bits(first).to_f32();
                if is_flat {
                    square = [cosine::flat(square[0]); SIDE * SIDE];
                } else {
                    cosine::inverse(&mut square);
                }
                let lines = plane.chunks_exact_mut(stride);
                for (line, samples) in lines.zip(square.as_chunks::<SIDE>().0) {
                    line[column * SIDE..(column + 1) * SIDE].copy_from_slice(samples);
                }
            }
        }
        Ok(planes)
    }

    /// Goes on behind a group of so many squares.
    pub(super) fn next_group(&mut self, squares: usize) {
        self.start += squares;
    }
}

impl<'a> Ac<'a> {
    fn open(sections: &Sections<'a>) -> Result<Self> {
        let (count, mut read) = (sections.ac_count, Vec::new());
        let mut coded = None;
        if count > 0 && sections.is_deflated {
            let bytes = zip::inflated(sections.ac, 2 * count)?;
            read = bytes.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect();
        } else if count > 0 {
            coded = Some(Numbers::open(sections.ac, count)?);
        }
        let left = if coded.is_some() { count } else { 0 };
        Ok(Self { coded, left, read, next: 0 })
    }

    /// Puts the next square's coefficients where they belong, and says whether there was none.
    fn square(&mut self, square: &mut Square) -> Result<bool> {
        let (mut at, mut is_flat) = (1, true);
        while at < SIDE * SIDE {
            let number = match self.read.get(self.next) {
                Some(number) => *number,
                None => self.more()?,
            };
            self.next += 1;
            if number >> 8 == 0xff {
                let zeros = usize::from(number & 0xff);
                at += if zeros == 0 { SIDE * SIDE } else { zeros };
            } else {
                square[usize::from(PLACES[at])] = f16::from_bits(number).to_f32();
                is_flat = false;
                at += 1;
            }
        }
        Ok(is_flat)
    }

    /// Reads on, and gives the first number.
    #[cold]
    fn more(&mut self) -> Result<u16> {
        let coded = self.coded.as_mut().filter(|_| self.left > 0).ok_or_else(early)?;
        self.read.resize(self.left.min(AT_ONCE), 0);
        coded.read(&mut self.read)?;
        self.left -= self.read.len();
        self.next = 0;
        self.read.first().copied().ok_or_else(|| damaged("a DWA block ends early"))
    }
}
