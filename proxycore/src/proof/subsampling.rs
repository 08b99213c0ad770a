//! What 4:2:0 costs by itself: noise and edges of saturated colour lose chroma to their neighbours, and
//! to black around the picture; that shifts light even in a file that is right.
//!
//! It is worked out from the light alone and shares no code with the encoder, whose faults it must
//! not excuse.

use super::Reference;
use crate::color::{Lab, lab};
use crate::image::Extent;

/// The bias that chroma of half the size makes, in a file of that size, on a display of this
/// `TransferCharacteristics`.
pub(super) fn bias(light: &Reference, size: Extent, transfer: u8) -> f64 {
    let display = Display::of(transfer);
    let rows: Vec<_> = (0..light.picture.height as usize).filter_map(|y| light.row(y)).collect();
    let chroma = Chroma::of(&rows, light.picture, size, display);
    let mut sums: Lab = [0.0; 3];
    let mut count = 0usize;
    for (y, row) in rows.iter().enumerate() {
        for x in 0..row[0].len() {
            let before = row.map(|plane| plane[x]);
            let luma = luma(display.codes(before));
            let after = chroma.at(x, y).map(|chroma| display.light(luma + chroma));
            let (before, after) = (lab(before), lab(after));
            (0..3).for_each(|axis| sums[axis] += after[axis] - before[axis]);
            count += 1;
        }
    }
    sums.iter().map(|sum| (sum / count.max(1) as f64).abs()).fold(0.0, f64::max)
}

fn luma([red, green, blue]: [f32; 3]) -> f32 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// What R'G'B' has beyond luma: means of two by two pixels.
struct Chroma {
    blocks: Vec<[f32; 3]>,
    /// How many blocks there are each way, and whether there is black beyond them.
    ways: [(usize, bool); 2],
}

impl Chroma {
    fn of(rows: &[[&[f32]; 3]], picture: Extent, size: Extent, display: Display) -> Self {
        let width = picture.width as usize;
        let mut blocks = Vec::new();
        for pair in rows.chunks(2) {
            for x in (0..width).step_by(2) {
                let columns = x..width.min(x + 2);
                let pixels = pair.iter().flat_map(|row| {
                    columns.clone().map(|x| display.codes(row.map(|plane| plane[x])))
                });
                let count = (pair.len() * columns.len()) as f32;
                let mut mean = [0.0; 3];
                for codes in pixels {
                    (0..3).for_each(|at| mean[at] += (codes[at] - luma(codes)) / count);
                }
                blocks.push(mean);
            }
        }
        let framed = [picture.width < size.width, picture.height < size.height];
        let ways = [(width.div_ceil(2), framed[0]), (rows.len().div_ceil(2), framed[1])];
        Self { blocks, ways }
    }

    /// Between the blocks around a pixel, which lie on every other column and between rows.
    fn at(&self, x: usize, y: usize) -> [f32; 3] {
        let (column, row) = (x / 2, y.div_ceil(2));
        let (right, below) = ((x % 2) as f32 / 2.0, if y.is_multiple_of(2) { 0.75 } else { 0.25 });
        // one more than the block that it is
        let block = |x, y| self.block([column + 1 + x, row + y]);
        let mixed = |y| mix(block(0, y), block(1, y), right);
        mix(mixed(0), mixed(1), below)
    }

    /// The chroma of a block, counted from one before the first: black has none, and an edge that is
    /// that of the file is repeated.
    fn block(&self, place: [usize; 2]) -> [f32; 3] {
        let beyond =
            |(at, (count, framed)): (usize, (usize, bool))| framed && !(1..=count).contains(&at);
        let pairs = || place.into_iter().zip(self.ways);
        if pairs().any(beyond) {
            return [0.0; 3];
        }
        let [x, y] = [0, 1].map(|way| place[way].clamp(1, self.ways[way].0) - 1);
        self.blocks[y * self.ways[0].0 + x]
    }
}

fn mix(one: [f32; 3], other: [f32; 3], part: f32) -> [f32; 3] {
    [0, 1, 2].map(|at| one[at] + (other[at] - one[at]) * part)
}

/// The curve of a display.
#[derive(Debug, Clone, Copy)]
enum Display {
    /// IEC 61966-2-1.
    Srgb,
    /// A power; of ITU-R BT.1886, which answers to every camera's curve, 2.4.
    Gamma(f32),
}

impl Display {
    fn of(transfer: u8) -> Self {
        match transfer {
            13 => Self::Srgb,
            4 => Self::Gamma(2.2),
            8 => Self::Gamma(1.0),
            _ => Self::Gamma(2.4),
        }
    }

    fn codes(self, light: [f32; 3]) -> [f32; 3] {
        light.map(|light| self.code(light.clamp(0.0, 1.0)))
    }

    fn code(self, light: f32) -> f32 {
        match self {
            Self::Srgb if light <= 0.003_130_8 => 12.92 * light,
            Self::Srgb => 1.055 * light.powf(1.0 / 2.4) - 0.055,
            Self::Gamma(gamma) => light.powf(gamma.recip()),
        }
    }

    fn light(self, code: f32) -> f32 {
        let code = code.clamp(0.0, 1.0);
        match self {
            Self::Srgb if code <= 0.04045 => code / 12.92,
            Self::Srgb => ((code + 0.055) / 1.055).powf(2.4),
            Self::Gamma(gamma) => code.powf(gamma),
        }
    }
}
