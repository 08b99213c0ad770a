//! Coefficients that decode as near to the light as they can: DCT, rounding, and a search.
//!
//! A DCT with all its coefficients rounded to whole numbers decodes to samples that are off by 0.29
//! of a code (the rounding's deviation, which the transform keeps), and the decoder's rounding then
//! takes one sample in five to the wrong side of a half. The sixty-four roundings of a block are
//! ours to choose, though: each may go the other way. So from the nearest ones the search walks, a
//! step of one coefficient at a time, to where the decoded block is nearest to the unrounded one.
//!
//! What it lowers is the [`penalty`]. Which step lowers it is told by a slope: the penalty of each
//! sample a little above and a little below, transformed like a picture, gives in one go what each
//! of the 128 steps would about bring. The most promising are tried in that order, the first that
//! really helps is taken, and [`TRIES`] failures in a row end the search. That finds more than
//! trying all 128 for the best one does, in a sixth of the time.
//!
//! The three components are not alone, either. An error that red, green and blue share is a shade
//! lighter or darker; in green alone it is a colour, and seen two and a half times as much. So green
//! goes first, and red and blue [`follow`] its error, which takes them to the second nearest code
//! where that is seen less.
//!
//! Floats are added in one order, so every machine and any number of threads give the same
//! coefficients. It does not weigh bytes.

use rayon::prelude::*;

use crate::simd::vectorized;

/// The quantised DCT coefficients of a block, by row, then by column.
pub(super) type Coefficients = [i16; 64];

/// An 8x8 block of samples or coefficients, row by row. Samples are 8-bit codes less 128.
type Block = [f32; 64];

/// Gives the coefficients for 16-bit R'G'B' of `size` (width, height): blocks of R, G, B, R, G, B,
/// ... row by row, each with its edges repeated where the picture ends inside.
pub(super) fn blocks(codes: &[u16], [width, height]: [usize; 2]) -> Vec<Coefficients> {
    let (columns, rows) = (width.div_ceil(8), height.div_ceil(8));
    let mut blocks = vec![[0; 64]; 3 * columns * rows];
    blocks.par_chunks_exact_mut(3 * columns).enumerate().for_each(|(row, blocks)| {
        for (column, pixels) in blocks.chunks_exact_mut(3).enumerate() {
            let targets =
                [0, 1, 2].map(|plane| gather(codes, [width, height], [column, row], plane));
            pixels.copy_from_slice(&choose(&targets));
        }
    });
    blocks
}

/// Gives the coefficients of the same pixels' red, green and blue.
fn choose([red, green, blue]: &[Block; 3]) -> [Coefficients; 3] {
    let (green_block, green_error) = nearest(green, green);
    let (red_block, red_error) = nearest(red, &follow(red, [(RED_GREEN, &green_error)]));
    let leads = [(BLUE_GREEN, &green_error), (BLUE_RED, &red_error)];
    let (blue_block, _) = nearest(blue, &follow(blue, leads));
    [red_block, green_block, blue_block]
}

/// Which error is seen least in red beside an error of 1 in green, and so on: the least squares of
/// L*, a* and b* around grey, where dE2000 counts a* half as much again.
const RED_GREEN: f32 = 1.22;
const BLUE_GREEN: f32 = 1.24;
const BLUE_RED: f32 = -0.26;
/// How far a component may follow: half a code, so that the code on the other side is the furthest
/// it gets.
const FURTHEST: f32 = 0.5;

/// The samples that are wanted beside the errors of other components.
fn follow<const N: usize>(target: &Block, leads: [(f32, &Block); N]) -> Block {
    std::array::from_fn(|at| {
        let lead: f32 = leads.iter().map(|(weight, error)| weight * error[at]).sum();
        target[at] + lead.clamp(-FURTHEST, FURTHEST)
    })
}

/// Gives the coefficients nearest to the `wanted` samples, and the errors of what they decode to
/// against the `target`.
fn nearest(target: &Block, wanted: &Block) -> (Coefficients, Block) {
    if let Some(coefficients) = flat(target) {
        return (coefficients, target.map(|sample| round(sample) - sample));
    }
    let search = Search::new(wanted).run();
    let code = |at: usize| round(search.decoded[at].clamp(LEAST, MOST));
    let errors = std::array::from_fn(|at| code(at) - target[at]);
    (search.coefficients.map(|coefficient| coefficient as i16), errors)
}

/// Takes one component's block out of the picture.
fn gather(
    codes: &[u16],
    [width, height]: [usize; 2],
    [column, row]: [usize; 2],
    component: usize,
) -> Block {
    std::array::from_fn(|at| {
        let x = (8 * column + at % 8).min(width - 1);
        let y = (8 * row + at / 8).min(height - 1);
        f32::from(codes[3 * (y * width + x) + component]) / 257.0 - 128.0
    })
}

/// The coefficients of a block of one colour, which need no search: letterbox bars.
fn flat(target: &Block) -> Option<Coefficients> {
    let mut coefficients = [0; 64];
    coefficients[0] = 8 * round(target[0]) as i16;
    target.iter().all(|sample| *sample == target[0]).then_some(coefficients)
}

/// Steps that may fail in a row; twice as many find 2% less penalty in half as much time again.
const TRIES: usize = 12;
/// Steps that may be taken: five are usual, and few blocks have use for more than this.
const STEPS: usize = 16;
/// The largest coefficient of baseline JPEG, ITU-T T.81 table F.2. A search does not go there.
const LARGEST: f32 = 1023.0;

/// A block on its way to its coefficients.
struct Search<'a> {
    target: &'a Block,
    rounded: Block,
    coefficients: Block,
    /// What the coefficients decode to.
    decoded: Block,
    penalty: f32,
}

impl<'a> Search<'a> {
    /// Starts from the nearest coefficients.
    fn new(target: &'a Block) -> Self {
        let coefficients = rounded(&forward(target));
        let (rounded, decoded) = (rounded(target), inverse(&coefficients));
        let mut search = Self { target, rounded, coefficients, decoded, penalty: 0.0 };
        search.penalty = search.penalty_after(0, 0.0);
        search
    }

    fn run(mut self) -> Self {
        for _ in 0..STEPS {
            if !self.step() {
                break;
            }
        }
        self
    }

    /// Takes the first promising step that helps; says whether there was one.
    fn step(&mut self) -> bool {
        let slopes = self.slopes();
        let mut keys = keys(&slopes);
        for _ in 0..TRIES {
            let place = take_largest(&mut keys);
            if self.attempt(place, if slopes[place] > 0.0 { -1.0 } else { 1.0 }) {
                return true;
            }
        }
        false
    }

    /// About how the penalty rises with each coefficient.
    fn slopes(&self) -> Block {
        forward(&rises(self.target, &self.rounded, &self.decoded))
    }

    /// Changes the coefficient at `place` where that helps; says whether it did.
    fn attempt(&mut self, place: usize, change: f32) -> bool {
        let coefficient = self.coefficients[place] + change;
        let penalty = self.penalty_after(place, change);
        if penalty >= self.penalty || coefficient.abs() > LARGEST {
            return false;
        }
        self.penalty = penalty;
        self.coefficients[place] = coefficient;
        for (sample, basis) in self.decoded.iter_mut().zip(&BASIS[place]) {
            *sample += change * basis;
        }
        true
    }

    /// The block's penalty if the coefficient at `place` changed.
    fn penalty_after(&self, place: usize, change: f32) -> f32 {
        penalty_of(self.target, &self.rounded, &self.decoded, &BASIS[place], change)
    }
}

/// The samples of codes 0 and 255, to which a decoder clips.
const LEAST: f32 = -128.0;
const MOST: f32 = 127.0;
/// How far around a decoded sample the penalty is looked at for its slope: about the largest step.
/// A basis image reaches to between 0.12 and 0.24 of a code.
const AROUND: f32 = 0.25;
/// How far from its code a sample may decode before another decoder's rounding might turn it.
const SAFE: f32 = 0.4;
/// What a sample beyond that is charged, against one that did turn.
const UNSAFE: f32 = 0.3;

/// What is wrong with a sample that decodes to `decoded`, where `target` is wanted and `rounded` is
/// the code nearest to it: the error once rounded, and the nearness to a turn, squared.
///
/// The target is not the rounded one, because a sample halfway between two codes may take either.
/// Conditions rather than `clamp` and `max`, which are not one vector instruction each.
#[inline(always)]
fn penalty(decoded: f32, target: f32, rounded: f32) -> f32 {
    let decoded = if decoded > LEAST { decoded } else { LEAST };
    let decoded = if decoded < MOST { decoded } else { MOST };
    let beyond = (decoded - rounded).abs() - SAFE;
    let beyond = if beyond > 0.0 { beyond } else { 0.0 };
    let error = (round(decoded) - target).abs() + UNSAFE * beyond;
    error * error
}

vectorized! {
    /// The penalty of a block, were `change` of a basis image added.
    fn penalty_of(
        target: &Block,
        rounded: &Block,
        decoded: &Block,
        basis: &Block,
        change: f32,
    ) -> f32 {
        let rows = |block| <[f32]>::as_chunks::<8>(block).0;
        let mut sums = [0.0; 8];
        for row in 0..8 {
            let (target, rounded) = (&rows(target)[row], &rows(rounded)[row]);
            let (decoded, basis) = (&rows(decoded)[row], &rows(basis)[row]);
            for at in 0..8 {
                sums[at] += penalty(decoded[at] + change * basis[at], target[at], rounded[at]);
            }
        }
        let [a, b, c, d, e, f, g, h] = sums;
        ((a + e) + (b + f)) + ((c + g) + (d + h))
    }

    /// How the penalty of each sample rises around what it decodes to.
    fn rises(target: &Block, rounded: &Block, decoded: &Block) -> Block {
        let mut rises = [0.0; 64];
        for at in 0..64 {
            let above = penalty(decoded[at] + AROUND, target[at], rounded[at]);
            rises[at] = above - penalty(decoded[at] - AROUND, target[at], rounded[at]);
        }
        rises
    }

    fn rounded(block: &Block) -> Block {
        let mut whole = *block;
        for value in &mut whole {
            *value = round(*value);
        }
        whole
    }

    /// The product of two 8x8 matrices.
    fn times(left: &Block, right: &Block) -> Block {
        let mut product = [0.0; 64];
        let rows = product.as_chunks_mut::<8>().0.iter_mut().zip(left.as_chunks::<8>().0);
        for (out, weights) in rows {
            for (weight, row) in weights.iter().zip(right.as_chunks::<8>().0) {
                for (out, value) in out.iter_mut().zip(row) {
                    *out += weight * value;
                }
            }
        }
        product
    }
}

/// Rounds to a whole number: adding 1.5 * 2^23 leaves no fraction bits, so the hardware rounds.
#[inline(always)]
fn round(value: f32) -> f32 {
    const SHIFT: f32 = 12_582_912.0;
    (value + SHIFT) - SHIFT
}

/// Sizes with their places in the lowest six bits, which are far below what a slope is good for. So
/// the largest of them comes with its place, by vector instructions.
fn keys(slopes: &Block) -> Block {
    std::array::from_fn(|at| f32::from_bits(slopes[at].abs().to_bits() & !63 | at as u32))
}

/// Gives the place of the largest, and removes it.
fn take_largest(keys: &mut Block) -> usize {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let mut lanes = [0.0; 8];
    for row in keys.as_chunks::<8>().0 {
        for (lane, key) in lanes.iter_mut().zip(row) {
            *lane = larger(*lane, *key);
        }
    }
    let place = lanes.into_iter().fold(0.0, larger).to_bits() as usize & 63;
    keys[place] = 0.0;
    place
}

/// Half the cosine of k pi / 16, and for k = 0 what an orthonormal transform has there instead. As
/// literals, because the standard library's cosine may differ from machine to machine.
const HALF_COSINES: [f64; 9] = [
    0.353_553_390_593_273_8,
    0.490_392_640_201_615_2,
    0.461_939_766_255_643_4,
    0.415_734_806_151_272_6,
    0.353_553_390_593_273_8,
    0.277_785_116_509_801_1,
    0.191_341_716_182_544_9,
    0.097_545_161_008_064_13,
    0.0,
];

/// The transform of one row, ITU-T T.81 section A.3.3: by frequency, then by sample.
const DCT: Block = {
    let mut matrix = [0.0; 64];
    let mut at = 0;
    while at < 64 {
        let (frequency, sample) = (at / 8, at % 8);
        let angle = (2 * sample + 1) * frequency % 32;
        let angle = if angle > 16 { 32 - angle } else { angle };
        matrix[at] =
            if angle > 8 { -HALF_COSINES[16 - angle] as f32 } else { HALF_COSINES[angle] as f32 };
        at += 1;
    }
    matrix
};

const TRANSPOSED: Block = {
    let mut matrix = [0.0; 64];
    let mut at = 0;
    while at < 64 {
        matrix[at] = DCT[at % 8 * 8 + at / 8];
        at += 1;
    }
    matrix
};

/// What each coefficient adds to the samples.
static BASIS: [Block; 64] = {
    let mut images = [[0.0; 64]; 64];
    let mut at = 0;
    while at < 64 * 64 {
        let (place, sample) = (at / 64, at % 64);
        images[place][sample] = DCT[place / 8 * 8 + sample / 8] * DCT[place % 8 * 8 + sample % 8];
        at += 1;
    }
    images
};

fn forward(samples: &Block) -> Block {
    times(&times(&DCT, samples), &TRANSPOSED)
}

fn inverse(coefficients: &Block) -> Block {
    times(&times(&TRANSPOSED, coefficients), &DCT)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_1_SQRT_2, PI};

    use super::*;
    use crate::encode::testing::noise;

    /// One coefficient's basis image at a sample, by the formula of ITU-T T.81 section A.3.3.
    fn basis(place: usize, sample: usize) -> f64 {
        let wave = |frequency: usize, at: usize| {
            let scale = if frequency == 0 { FRAC_1_SQRT_2 } else { 1.0 };
            scale * ((2 * at + 1) as f64 * frequency as f64 * PI / 16.0).cos() / 2.0
        };
        wave(place / 8, sample / 8) * wave(place % 8, sample % 8)
    }

    /// The plain versions of it all, in f64: the formula, the penalty, and the best of all steps.
    struct Plain([f64; 64]);

    impl Plain {
        fn penalty(&self, decoded: &[f64; 64]) -> f64 {
            let one = |(decoded, target): (&f64, &f64)| {
                let decoded = decoded.clamp(-128.0, 127.0);
                let beyond = ((decoded - target.round()).abs() - 0.4).max(0.0);
                ((decoded.round() - target).abs() + 0.3 * beyond).powi(2)
            };
            decoded.iter().zip(&self.0).map(one).sum()
        }

        fn nearest(&self) -> [f64; 64] {
            let coefficient = |place| -> f64 {
                (0..64).map(|sample| basis(place, sample) * self.0[sample]).sum()
            };
            std::array::from_fn(|place| coefficient(place).round())
        }

        fn decode(coefficients: &[f64; 64]) -> [f64; 64] {
            std::array::from_fn(|sample| {
                (0..64).map(|place| basis(place, sample) * coefficients[place]).sum()
            })
        }

        fn search(&self, steps: usize) -> f64 {
            let images: Vec<[f64; 64]> =
                (0..64).map(|place| std::array::from_fn(|sample| basis(place, sample))).collect();
            let mut decoded = Self::decode(&self.nearest());
            for _ in 0..steps {
                let after = |image: &[f64; 64], change: f64| -> [f64; 64] {
                    std::array::from_fn(|at| decoded[at] + change * image[at])
                };
                let all = images.iter().flat_map(|image| [after(image, 1.0), after(image, -1.0)]);
                let best = all.min_by(|a, b| self.penalty(a).total_cmp(&self.penalty(b))).unwrap();
                if self.penalty(&best) >= self.penalty(&decoded) {
                    break;
                }
                decoded = best;
            }
            self.penalty(&decoded)
        }
    }

    /// Noise that lies in the middle, in a corner beyond black, or everywhere.
    fn targets() -> Vec<Block> {
        let noise = noise(64, 60).samples;
        let blocks = noise.as_chunks::<64>().0.iter();
        blocks
            .zip([(-30.0, 60.0), (-140.0, 40.0), (100.0, 40.0), (-128.0, 255.0)].iter().cycle())
            .map(|(block, (least, span))| {
                block.map(|sample| (least + span * sample).clamp(-128.0, 127.0))
            })
            .collect()
    }

    fn plain(block: &Block) -> Plain {
        Plain(block.map(f64::from))
    }

    /// Floats of 24 bits, at a scale of 1024, added 64 times.
    const TOLERANCE: f64 = 1e-3;

    #[test]
    fn the_transform_is_the_standards() {
        for target in targets() {
            let there = forward(&target);
            for place in 0..64 {
                let exact: f64 = (0..64).map(|at| basis(place, at) * f64::from(target[at])).sum();
                assert!((f64::from(there[place]) - exact).abs() < TOLERANCE);
                for (sample, image) in BASIS[place].iter().enumerate() {
                    assert!((f64::from(*image) - basis(place, sample)).abs() < 1e-7);
                }
            }
            for (back, sample) in inverse(&there).iter().zip(&target) {
                assert!(f64::from(back - sample).abs() < TOLERANCE);
            }
        }
    }

    #[test]
    fn it_ends_where_it_says() {
        for target in targets() {
            let start = f64::from(Search::new(&target).penalty);
            let plain = plain(&target);
            assert!((start - plain.penalty(&Plain::decode(&plain.nearest()))).abs() < TOLERANCE);
            let mut search = Search::new(&target);
            while search.step() {}
            let end = plain.penalty(&Plain::decode(&search.coefficients.map(f64::from)));
            assert!(
                (end - f64::from(search.penalty)).abs() < TOLERANCE,
                "{end} {}",
                search.penalty
            );
            assert!(end < start + TOLERANCE, "{end} {start}");
        }
    }

    #[test]
    fn it_finds_no_less_than_the_plain_search() {
        let (mut ours, mut theirs, mut start) = (0.0, 0.0, 0.0);
        for target in targets() {
            let plain = plain(&target);
            start += plain.penalty(&Plain::decode(&plain.nearest()));
            theirs += plain.search(8);
            let found = Search::new(&target).run().coefficients.map(f64::from);
            ours += plain.penalty(&Plain::decode(&found));
        }
        assert!(ours <= theirs && theirs < 0.8 * start, "{ours}, {theirs}, {start}");
    }

    #[test]
    fn red_and_blue_follow_what_is_seen_least() {
        // what 1 of red, green or blue adds to L*, to a* and half of it, and to b*, around grey:
        // sRGB to XYZ of IEC 61966-2-1, each row over its white
        let [x, y, z] =
            [[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0178, 0.1095, 0.8727]];
        let seen = |a: usize, b: usize| {
            let lightness = 116.0f32.powi(2) * y[a] * y[b];
            let red_green = 750.0f32.powi(2) * (x[a] - y[a]) * (x[b] - y[b]);
            lightness + red_green + 200.0f32.powi(2) * (y[a] - z[a]) * (y[b] - z[b])
        };
        for (weight, on, by) in [(RED_GREEN, 0, 1), (BLUE_GREEN, 2, 1), (BLUE_RED, 2, 0)] {
            let best = -seen(on, by) / seen(on, on);
            assert!((weight - best).abs() < 0.05, "{weight}, not {best}");
        }
    }

    #[test]
    fn one_colour_needs_one_coefficient() {
        let codes = |code: u16| vec![code; 3 * 9 * 8];
        for (code, first) in [(0, -1024), (65535, 1016), (257 * 128, 0), (257 * 130 + 100, 16)] {
            let blocks = blocks(&codes(code), [9, 8]);
            assert_eq!(blocks.len(), 6);
            assert!(blocks.iter().all(|block| block[0] == first && block[1..] == [0; 63]));
        }
    }

    #[test]
    fn keys_come_by_size_with_their_places() {
        let slopes = std::array::from_fn(|at| (at as f32 * 37.0) % 64.0 - 31.5);
        let mut keys = keys(&slopes);
        let places: Vec<_> = (0..64).map(|_| take_largest(&mut keys)).collect();
        assert!(places.is_sorted_by(|a, b| slopes[*a].abs() >= slopes[*b].abs()));
        assert_eq!(places.iter().collect::<std::collections::BTreeSet<_>>().len(), 64);
    }
}
