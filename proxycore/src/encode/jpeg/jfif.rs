//! Baseline JPEG files of YCbCr at full resolution, from codes of R'G'B': JFIF, ITU-T T.871.
//!
//! ```text
//!  R'G'B' ─► YCbCr, eight lines ─► cosines ─► coefficients ─► bits of a row of blocks ─► file
//! ```
//!
//! Nothing is rounded before the coefficients are. Rows of blocks are made side by side and put behind
//! one another, so that any number of threads give the same bytes. Huffman tables are made for the
//! picture, from some of its rows.

use rayon::prelude::*;

use super::huffman::Table;
use super::near::Coefficients;
use super::writer::{
    Bits, Class, END, Frequencies, PROFILE, Symbols, ZEROS, frame, segment, symbols,
};
use super::zigzag::{COEFFICIENTS, Order, ZIGZAG};
use crate::simd::{across, vectorized};

/// Rows of blocks that are in memory at a time, for each thread.
const ROWS: usize = 8;
/// How many rows of blocks the Huffman tables are made from, about.
const SAMPLED: usize = 16;
/// JFIF 1.2, with square pixels and no claim about their size on paper.
const JFIF: &[u8; 14] = b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0";

/// Writes a file of `size` (width, height).
pub(super) fn write(quality: u8, codes: &[u8], size: [u16; 2], profile: &[u8]) -> Vec<u8> {
    let picture = Picture::new(quality, codes, size.map(usize::from));
    let rows = picture.height.div_ceil(SIDE);
    let tables = picture.tables(rows);
    let mut bytes = vec![0xff, 0xd8];
    segment(&mut bytes, 0xe0, JFIF);
    segment(&mut bytes, 0xe2, &[PROFILE, profile].concat());
    for (place, quantizer) in (0..).zip(&picture.quantizers) {
        segment(&mut bytes, 0xdb, &[&[place][..], &quantizer.stored()].concat());
    }
    segment(&mut bytes, 0xc0, &frame(size, COMPONENTS));
    for (place, [direct, alternating]) in (0..).zip(&tables) {
        segment(&mut bytes, 0xc4, &[&[place][..], &direct.stored()].concat());
        segment(&mut bytes, 0xc4, &[&[0x10 | place][..], &alternating.stored()].concat());
    }
    // table 0 is for luma, table 1 for chroma
    segment(&mut bytes, 0xda, &[3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);
    let mut bits = Bits::new(bytes);
    let step = ROWS * rayon::current_num_threads();
    for first in (0..rows).step_by(step) {
        let made: Vec<Packed> = (first..rows.min(first + step))
            .into_par_iter()
            .map(|row| packed(&picture, row, &tables))
            .collect();
        made.iter().for_each(|packed| packed.append(&mut bits));
    }
    let mut bytes = bits.finish();
    bytes.extend([0xff, 0xd9]);
    bytes
}

/// Samples on each side of a block.
const SIDE: usize = 8;

/// Luma and chroma, which have tables of their own.
const KINDS: usize = 2;

/// The name of each component, and the place of its quantisation table.
const COMPONENTS: [(u8, u8); 3] = [(1, 0), (2, 1), (3, 1)];

/// The table of each component.
const KIND: [usize; 3] = [0, 1, 1];

/// The codes for DC and for AC coefficients.
type Tables = [[Table; 2]; KINDS];

struct Picture<'a> {
    codes: &'a [u8],
    width: usize,
    height: usize,
    quantizers: [Quantizer; KINDS],
}

impl<'a> Picture<'a> {
    fn new(quality: u8, codes: &'a [u8], [width, height]: [usize; 2]) -> Self {
        let quantizers = [&LUMA, &CHROMA].map(|steps| Quantizer::new(steps, quality));
        Self { codes, width, height, quantizers }
    }

    /// Blocks in a row of a component.
    fn columns(&self) -> usize {
        self.width.div_ceil(SIDE)
    }

    /// The DC coefficients of the last block of a row.
    fn last(&self, row: usize) -> [i16; 3] {
        let lines = Lines::new(self, row, (self.width - 1) / SIDE * SIDE..self.width);
        let first = |(component, kind): (usize, usize)| {
            self.quantizers[kind].coefficients(&lines, component, 0)[0]
        };
        [0, 1, 2].map(|component| first((component, KIND[component])))
    }

    /// Codes for the picture, after how often symbols occur in some of its rows. One that none of these
    /// has gets a code too.
    fn tables(&self, rows: usize) -> Tables {
        /// What one occurrence counts, where a symbol that may occur counts 1.
        const OCCURRENCE: u32 = 64;
        let mut found: [Frequencies; KINDS] = [[[0; 256]; 2]; KINDS];
        let step = rows.div_ceil(SAMPLED);
        (0..rows).step_by(step).for_each(|row| count(self, row, &mut found));
        found.map(|mut found| {
            found.as_flattened_mut().iter_mut().for_each(|count| *count *= OCCURRENCE);
            let [direct, alternating] = &mut found;
            direct[..=11].iter_mut().for_each(|count| *count += 1);
            alternating[usize::from(END)] += 1;
            alternating[usize::from(ZEROS)] += 1;
            for run in 0..16 {
                alternating[run << 4 | 1..=run << 4 | 10].iter_mut().for_each(|count| *count += 1);
            }
            found.map(|frequencies| Table::new(&frequencies))
        })
    }
}

/// Bits, the highest first, without what a file has between them.
#[derive(Default)]
struct Packed {
    words: Vec<u64>,
    held: u64,
    count: u32,
}

impl Packed {
    /// Appends the lowest `length` bits, at most 32; those above are 0.
    #[inline(always)]
    fn push(&mut self, bits: u64, length: u32) {
        let count = self.count + length;
        if count < 64 {
            self.held = self.held << length | bits;
            self.count = count;
        } else {
            let left = count - 64;
            self.words.push(self.held << (length - left) | bits >> left);
            self.held = bits & ((1 << left) - 1);
            self.count = left;
        }
    }

    fn append(&self, bits: &mut Bits) {
        for word in &self.words {
            bits.push((word >> 32) as u32, 32);
            bits.push(*word as u32, 32);
        }
        let high = self.count.saturating_sub(32);
        let low = self.count - high;
        bits.push((self.held >> low) as u32, high);
        bits.push((self.held & ((1 << low) - 1)) as u32, low);
    }
}

/// Symbols as bits of a row.
struct Coded<'a> {
    tables: &'a [Table; 2],
    packed: &'a mut Packed,
}

impl Symbols for Coded<'_> {
    #[inline(always)]
    fn take(&mut self, class: Class, symbol: u8, extra: u32, length: u32) {
        let (code, code_length) = self.tables[class as usize].code(symbol);
        let bits = u64::from(code) << length | u64::from(extra);
        self.packed.push(bits, u32::from(code_length) + length);
    }
}

/// Eight lines of Y', Cb and Cr less 128, as floats: as wide as whole blocks, with the last column
/// repeated, and the last line.
struct Lines {
    samples: Vec<f32>,
    wide: usize,
}

impl Lines {
    fn new(picture: &Picture<'_>, row: usize, span: std::ops::Range<usize>) -> Self {
        let wide = span.len().next_multiple_of(SIDE);
        let mut samples = vec![0.0; 3 * SIDE * wide];
        for (at, line) in samples.chunks_exact_mut(3 * wide).enumerate() {
            let y = (SIDE * row + at).min(picture.height - 1);
            let codes = &picture.codes[3 * (y * picture.width + span.start)..][..3 * span.len()];
            let (luma, chroma) = line.split_at_mut(wide);
            let (blue, red) = chroma.split_at_mut(wide);
            convert(codes, luma, blue, red);
            for plane in [luma, blue, red] {
                let last = plane[span.len() - 1];
                plane[span.len()..].fill(last);
            }
        }
        Self { samples, wide }
    }
}

vectorized! {
    /// Counts the symbols of a row of blocks.
    fn count(picture: &Picture<'_>, row: usize, found: &mut [Frequencies; KINDS]) {
        let lines = Lines::new(picture, row, 0..picture.width);
        let mut before = [0; 3];
        for at in 0..picture.columns() {
            for (component, kind) in KIND.into_iter().enumerate() {
                let block = picture.quantizers[kind].coefficients(&lines, component, at);
                symbols(&block, Order::COLUMNS, &mut before[component], &mut found[kind]);
            }
        }
    }

    /// The bits of a row of blocks.
    fn packed(picture: &Picture<'_>, row: usize, tables: &Tables) -> Packed {
        let lines = Lines::new(picture, row, 0..picture.width);
        let mut before = row.checked_sub(1).map_or([0; 3], |above| picture.last(above));
        let mut packed = Packed::default();
        for at in 0..picture.columns() {
            for (component, kind) in KIND.into_iter().enumerate() {
                let block = picture.quantizers[kind].coefficients(&lines, component, at);
                let mut coded = Coded { tables: &tables[kind], packed: &mut packed };
                symbols(&block, Order::COLUMNS, &mut before[component], &mut coded);
            }
        }
        packed
    }

    /// Full-range YCbCr of ITU-R BT.601, less 128; ITU-T T.871 section 7.
    fn convert(codes: &[u8], luma: &mut [f32], blue: &mut [f32], red: &mut [f32]) {
        let pixels = codes.as_chunks().0.iter();
        for ((([r, g, b], luma), blue), red) in pixels.zip(luma).zip(blue).zip(red) {
            let [r, g, b] = [r, g, b].map(|code| f32::from(*code));
            *luma = 0.299 * r + 0.587 * g + 0.114 * b - 128.0;
            *blue = -0.168_735_89 * r - 0.331_264_1 * g + 0.5 * b;
            *red = 0.5 * r - 0.418_687_6 * g - 0.081_312_41 * b;
        }
    }
}

/// The coefficients of a block whose first line begins at `start`, by column, then by row; the next line
/// begins `stride` behind it.
#[inline(always)]
fn quantized(
    samples: &[f32],
    start: usize,
    stride: usize,
    factors: &[[f32; SIDE]; SIDE],
) -> Coefficients {
    let mut block = [[0.0; SIDE]; SIDE];
    for (at, line) in block.iter_mut().enumerate() {
        line.copy_from_slice(&samples[start + at * stride..][..SIDE]);
    }
    cosines(&mut block);
    // by column, then by row
    let mut block = across(&block, 0);
    cosines(&mut block);
    let mut coefficients = [0; COEFFICIENTS];
    let products = block.as_flattened().iter().zip(factors.as_flattened());
    for (coefficient, (value, factor)) in coefficients.iter_mut().zip(products) {
        *coefficient = whole(value * factor);
    }
    coefficients
}

/// The nearest whole number within -1023..=1023, all that baseline JPEG has: adding 1.5 * 2^23 leaves
/// no fraction bits, so the hardware rounds. There are no coefficients beyond 16 bits.
#[inline(always)]
fn whole(value: f32) -> i16 {
    const SHIFT: f32 = 12_582_912.0;
    ((value + SHIFT).to_bits() as i16).clamp(-1023, 1023)
}

/// Transforms each column by the five products of Arai, Agui and Nakajima. Frequencies come out larger
/// than they are, by what [`SCALES`] says.
#[inline(always)]
fn cosines(block: &mut [[f32; SIDE]; SIDE]) {
    for lane in 0..SIDE {
        let [a, b, c, d, e, f, g, h] = block.each_ref().map(|row| row[lane]);
        let (sums, differences) = ([a + h, b + g, c + f, d + e], [a - h, b - g, c - f, d - e]);

        let [a, b, c, d] = sums;
        let (outer, inner) = (a + d, b + c);
        let (low, high) = (a - d, b - c);
        let turned = (high + low) * HALF_ROOT;
        block[0][lane] = outer + inner;
        block[4][lane] = outer - inner;
        block[2][lane] = low + turned;
        block[6][lane] = low - turned;

        let [a, b, c, d] = differences;
        let (first, second, third) = (d + c, c + b, b + a);
        let both = (first - third) * 0.382_683_43;
        let (first, third) = (first * 0.541_196_1 + both, third * 1.306_563 + both);
        let second = second * HALF_ROOT;
        let (plus, minus) = (a + second, a - second);
        block[5][lane] = minus + first;
        block[3][lane] = minus - first;
        block[1][lane] = plus + third;
        block[7][lane] = plus - third;
    }
}

/// The root of one half.
const HALF_ROOT: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// How much larger [`cosines`] makes each frequency than it is, the root of eight left out: the cosine
/// of k pi / 16, times the root of two where k is not 0.
const SCALES: [f64; SIDE] = [
    1.0,
    1.387_039_845_322_147_5,
    1.306_562_964_876_376_4,
    1.175_875_602_419_358_5,
    1.0,
    0.785_694_958_387_102_2,
    0.541_196_100_146_197,
    0.275_899_379_282_943,
];

/// Steps between coefficients, and what takes a transformed block to them.
struct Quantizer {
    /// By row, then by column.
    steps: [u8; COEFFICIENTS],
    /// By column, then by row.
    factors: [[f32; SIDE]; SIDE],
}

impl Quantizer {
    /// Scales steps for quality 50 as libjpeg does.
    fn new(steps: &[u8; COEFFICIENTS], quality: u8) -> Self {
        let quality = u32::from(quality.clamp(1, 100));
        let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
        let scaled = |step: u8| ((u32::from(step) * percent + 50) / 100).clamp(1, 255) as u8;
        let steps = steps.map(scaled);
        let factor = |column: usize, row: usize| {
            let step = f64::from(steps[SIDE * row + column]);
            (1.0 / (8.0 * SCALES[row] * SCALES[column] * step)) as f32
        };
        let factors = std::array::from_fn(|column| std::array::from_fn(|row| factor(column, row)));
        Self { steps, factors }
    }

    /// As a DQT segment stores it, ITU-T T.81 section B.2.4.1, after its place.
    fn stored(&self) -> [u8; COEFFICIENTS] {
        ZIGZAG.map(|place| self.steps[usize::from(place)])
    }

    /// The coefficients of a component's block, by column, then by row.
    #[inline(always)]
    fn coefficients(&self, lines: &Lines, component: usize, block: usize) -> Coefficients {
        let start = component * lines.wide + SIDE * block;
        quantized(&lines.samples, start, 3 * lines.wide, &self.factors)
    }
}

/// Steps for quality 50, ITU-T T.81 table K.1, by row.
const LUMA: [u8; COEFFICIENTS] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/// The same of table K.2.
const CHROMA: [u8; COEFFICIENTS] = {
    let mut steps = [99; COEFFICIENTS];
    let known = [
        (0, 17),
        (1, 18),
        (2, 24),
        (3, 47),
        (8, 18),
        (9, 21),
        (10, 26),
        (11, 66),
        (16, 24),
        (17, 26),
        (18, 56),
        (24, 47),
        (25, 66),
    ];
    let mut at = 0;
    while at < known.len() {
        steps[known[at].0] = known[at].1;
        at += 1;
    }
    steps
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The transform as ITU-T T.81 section A.3.3 has it.
    fn transformed(block: &[f64; 64]) -> [f64; 64] {
        let scale = |frequency: usize| if frequency == 0 { 0.5f64.sqrt() } else { 1.0 };
        let cosine = |sample: usize, frequency: usize| {
            ((2 * sample + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0).cos()
        };
        std::array::from_fn(|at| {
            let (v, u) = (at / 8, at % 8);
            let sum: f64 =
                (0..64).map(|at| block[at] * cosine(at % 8, u) * cosine(at / 8, v)).sum();
            sum * scale(u) * scale(v) / 4.0
        })
    }

    #[test]
    fn coefficients_are_the_nearest() {
        let mut random = fastrand::Rng::with_seed(5);
        for quality in [100, 90, 30] {
            let quantizer = Quantizer::new(&LUMA, quality);
            let block: [f64; 64] = std::array::from_fn(|_| f64::from(random.i16(-128..128)));
            let samples = block
                .chunks(8)
                .flat_map(|row| row.iter().map(|sample| *sample as f32).chain([0.0; 16]));
            let lines = Lines { samples: samples.collect(), wide: 8 };
            let got = quantizer.coefficients(&lines, 0, 0);
            let want = transformed(&block);
            for (at, got) in got.into_iter().enumerate() {
                let place = at % 8 * 8 + at / 8;
                let want = want[place] / f64::from(quantizer.steps[place]);
                assert!((f64::from(got) - want).abs() < 0.501, "{place}: {got} {want}");
            }
        }
    }

    #[test]
    fn bits_come_one_after_the_other() {
        let mut random = fastrand::Rng::with_seed(6);
        let (mut packed, mut want, mut bits) =
            (Packed::default(), String::new(), Bits::new(vec![]));
        for _ in 0..500 {
            let length = random.u32(0..=32);
            let value = random.u64(..) & ((1 << length) - 1);
            packed.push(value, length);
            if length > 0 {
                want += &format!("{value:0width$b}", width = length as usize);
            }
        }
        packed.append(&mut bits);
        let mut bytes = bits.finish().into_iter();
        let mut got = String::new();
        while let Some(byte) = bytes.next() {
            got += &format!("{byte:08b}");
            if byte == 0xff {
                assert_eq!(bytes.next(), Some(0));
            }
        }
        assert_eq!(got[..want.len()], want);
        assert!(got[want.len()..].bytes().all(|bit| bit == b'1') && got.len() < want.len() + 8);
    }

    #[test]
    fn steps_are_libjpegs() {
        let stored = |quality| Quantizer::new(&LUMA, quality).stored();
        assert_eq!(stored(50)[..6], [16, 11, 12, 14, 12, 10]);
        assert_eq!(stored(95)[..6], [2, 1, 1, 1, 1, 1]);
        assert_eq!(stored(100), [1; 64]);
        assert_eq!(stored(1), [255; 64]);
        assert_eq!(Quantizer::new(&CHROMA, 50).stored()[..6], [17, 18, 18, 24, 21, 24]);
    }
}
