//! Numbers that are no colour as a picture: grey, or false colours.
//!
//! What a number is worth depends on the others, so the pixels are read twice: first into a
//! [`Survey`], a histogram of each channel, then through the [`Paint`] that follows from it. Neither
//! keeps pixels. What leaves lies within 0..=1 and is to be shown as it is.
//!
//! A range goes from the first to the 99th hundredth of the finite numbers, so that a few odd ones
//! do not take all of it, and a background has none: depths of 0 and beyond [`FAR`] are what
//! renderers write where there is nothing.

use std::ops::Range;

use crate::image::{NativeBand, Samples};

/// What numbers are shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// As they are where they lie within 0..=1, else from the least to the most.
    Grey,
    /// Near is bright, far is dark, and nothing is black.
    Depth,
    /// -1..=1 of three axes as R, G, B.
    Normal,
    /// Rest is mid grey; to the right is red, and down or up is green.
    Motion,
    /// Each axis from its least to its most, as R, G, B.
    Position,
    /// As normals where all lie within -1..=1, else as positions.
    Vector,
    /// Each number has a colour of its own.
    Ids,
    /// Each id of the first two ranks has a colour of its own, mixed by their coverages.
    Cryptomatte,
}

/// From here on a depth is none: renderers write 1e10, 1e30 or the largest half where rays end.
const FAR: f32 = 65504.0;

/// What the farthest depth is shown as; there is nothing below.
const FARTHEST: f32 = 0.1;

/// What the id 0, nothing, is shown as.
const NOTHING: f32 = 0.05;

impl Look {
    /// Whether a number counts where the range is found.
    fn counts(self, number: f32) -> bool {
        let depth = number > 0.0 && number < FAR;
        number.is_finite() && (self != Self::Depth || depth)
    }

    /// Whether the numbers' range matters.
    pub(super) fn is_relative(self) -> bool {
        matches!(self, Self::Grey | Self::Depth | Self::Motion | Self::Position | Self::Vector)
    }
}

/// The least and the most of what counts.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    least: f32,
    most: f32,
}

impl Span {
    /// Where a number lies, 0..=1; the middle of a span without length, and of what is no number.
    fn part(self, number: f32) -> f32 {
        let part = (f64::from(number) - f64::from(self.least))
            / (f64::from(self.most) - f64::from(self.least));
        if part.is_nan() { 0.5 } else { part.clamp(0.0, 1.0) as f32 }
    }
}

/// Bins of a histogram: by a float's sign, its exponent and seven bits more.
const BINS: usize = 1 << 16;

/// How many numbers of a channel lie where.
#[derive(Debug)]
struct Histogram {
    bins: Vec<u64>,
    all: Span,
    count: u64,
}

impl Histogram {
    fn new() -> Self {
        let all = Span { least: f32::INFINITY, most: f32::NEG_INFINITY };
        Self { bins: vec![0; BINS], all, count: 0 }
    }

    fn add(&mut self, number: f32) {
        self.bins[bin(number)] += 1;
        self.count += 1;
        let Span { least, most } = self.all;
        self.all = Span { least: least.min(number), most: most.max(number) };
    }

    /// From the first hundredth to the 99th.
    fn span(&self) -> Span {
        let hundredth = self.count / 100;
        let bins = || self.bins.iter().enumerate();
        let least = past(bins(), hundredth).map_or(self.all.least, edge);
        let most = past(bins().rev(), hundredth).map_or(self.all.most, |bin| edge(bin + 1));
        let Span { least: first, most: last } = self.all;
        // the edges of the outermost bins lie beyond their numbers
        Span { least: least.max(first), most: most.min(last) }
    }
}

/// The first bin with which there are more than `count`.
fn past<'a>(bins: impl Iterator<Item = (usize, &'a u64)>, count: u64) -> Option<usize> {
    let mut sum = 0;
    for (bin, numbers) in bins {
        sum += numbers;
        if sum > count {
            return Some(bin);
        }
    }
    None
}

/// Bits of floats in the order of their values.
fn bin(number: f32) -> usize {
    let bits = number.to_bits();
    let ordered = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
    (ordered >> 16) as usize
}

/// The least number of a bin.
fn edge(bin: usize) -> f32 {
    let ordered = u32::try_from(bin << 16).unwrap_or(u32::MAX);
    let bits = if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered };
    let number = f32::from_bits(bits);
    if number.is_finite() { number } else { f32::MAX.copysign(number) }
}

/// What the numbers of a picture are, channel by channel.
#[derive(Debug)]
pub(super) struct Survey {
    look: Look,
    channels: Vec<Histogram>,
}

impl Survey {
    pub(super) fn new(look: Look, channels: usize) -> Self {
        Self { look, channels: (0..channels).map(|_| Histogram::new()).collect() }
    }

    /// Counts the numbers of a band, in some of its columns.
    pub(super) fn add(&mut self, band: &NativeBand, columns: &Range<usize>) {
        let Samples::Float(samples) = &band.samples else { return };
        let look = self.look;
        let rows = samples.chunks_exact(band.width as usize);
        for (at, row) in rows.enumerate() {
            let channel = at % self.channels.len();
            let counting = row[columns.clone()].iter().filter(|number| look.counts(**number));
            counting.for_each(|&number| self.channels[channel].add(number));
        }
    }

    /// The paint that follows from the numbers.
    pub(super) fn paint(&self) -> Paint {
        let spans = self.channels.iter().map(Histogram::span).collect();
        let is_unit = |channel: &Histogram| channel.all.least >= -1.0 && channel.all.most <= 1.0;
        let look = match self.look {
            Look::Vector if self.channels.iter().all(is_unit) => Look::Normal,
            Look::Vector => Look::Position,
            look => look,
        };
        Paint { look, spans }
    }
}

/// Makes R, G, B of numbers.
#[derive(Debug)]
pub(super) struct Paint {
    look: Look,
    /// Of each channel.
    spans: Vec<Span>,
}

impl Paint {
    /// The paint of numbers that mean the same in every picture.
    pub(super) fn absolute(look: Look) -> Self {
        Self { look, spans: Vec::new() }
    }

    /// Says which numbers are shown how; `None` where there is nothing to say.
    pub(super) fn describe(&self) -> Option<String> {
        let &span @ Span { least, most } = self.spans.first()?;
        let range = |span: &Span| format!("{} to {}", short(span.least), short(span.most));
        if least > most {
            return Some("no colour: there is no finite number to show".into());
        }
        Some(match self.look {
            Look::Grey if is_shown(span) => return None,
            Look::Grey => {
                format!("no colour: shown as grey, {} black to {} white", short(least), short(most))
            }
            Look::Depth => {
                format!(
                    "no colour: depth shown as grey, {} near to {} far",
                    short(least),
                    short(most)
                )
            }
            Look::Motion => {
                format!(
                    "no colour: motion shown around mid grey, up to {} pixels",
                    short(self.fastest())
                )
            }
            Look::Position => {
                let axes: Vec<_> = self.spans.iter().map(range).collect();
                format!("no colour: positions shown as R, G, B, {}", axes.join(", "))
            }
            Look::Normal | Look::Vector | Look::Ids | Look::Cryptomatte => return None,
        })
    }

    /// Paints some columns of a band; the others are black.
    pub(super) fn apply(&self, band: &NativeBand, columns: &Range<usize>) -> NativeBand {
        let (width, planes) = (band.width as usize, band.planes as usize);
        let rows = band.rows() as usize;
        let mut painted = vec![0.0; 3 * width * rows];
        if let Samples::Float(samples) = &band.samples {
            let rows = samples.chunks_exact(planes * width);
            for (row, out) in rows.zip(painted.chunks_exact_mut(3 * width)) {
                let mut numbers = [0.0; 4];
                for x in columns.clone() {
                    for (plane, number) in numbers.iter_mut().enumerate().take(planes) {
                        *number = row[plane * width + x];
                    }
                    for (plane, value) in self.colour(&numbers[..planes]).into_iter().enumerate() {
                        out[plane * width + x] = value;
                    }
                }
            }
        }
        NativeBand::new(band.y, band.width, 3, Samples::Float(painted))
    }

    fn colour(&self, numbers: &[f32]) -> [f32; 3] {
        let first = numbers[0];
        match self.look {
            Look::Grey => [self.grey(first); 3],
            Look::Depth => [self.depth(first); 3],
            Look::Normal | Look::Vector => thirds(numbers, |_, axis| centred(axis, 1.0)),
            Look::Motion => {
                let fastest = self.fastest();
                thirds(numbers, |_, axis| centred(axis, fastest))
            }
            Look::Position => thirds(numbers, |at, axis| self.spans[at].part(axis)),
            Look::Ids => colour_of(first),
            Look::Cryptomatte => mixed(numbers),
        }
    }

    fn grey(&self, number: f32) -> f32 {
        let span = self.spans[0];
        if is_shown(span) && number.is_finite() {
            number.clamp(0.0, 1.0)
        } else {
            span.part(number)
        }
    }

    fn depth(&self, depth: f32) -> f32 {
        if !Look::Depth.counts(depth) {
            return 0.0;
        }
        FARTHEST + (1.0 - self.spans[0].part(depth)) * (1.0 - FARTHEST)
    }

    /// The largest motion along an axis.
    fn fastest(&self) -> f32 {
        let ends = self.spans.iter().flat_map(|span| [span.least.abs(), span.most.abs()]);
        ends.filter(|end| end.is_finite()).fold(0.0, f32::max)
    }
}

/// Whether numbers are shown as they are: within 0..=1, and not all the same.
fn is_shown(span: Span) -> bool {
    span.least >= 0.0 && span.most <= 1.0 && span.least < span.most
}

/// Up to three numbers as R, G, B; what is missing is mid grey.
fn thirds(numbers: &[f32], each: impl Fn(usize, f32) -> f32) -> [f32; 3] {
    std::array::from_fn(|at| numbers.get(at).map_or(0.5, |&number| each(at, number)))
}

/// A number of -most..=most around the middle.
fn centred(number: f32, most: f32) -> f32 {
    let part = number / most;
    if part.is_nan() { 0.5 } else { 0.5 + 0.5 * part.clamp(-1.0, 1.0) }
}

/// The colours of two ids, by how much of the pixel each covers.
fn mixed(numbers: &[f32]) -> [f32; 3] {
    let mut mix = [0.0; 3];
    for pair in numbers.chunks_exact(2) {
        let coverage = if pair[1].is_finite() { pair[1].clamp(0.0, 1.0) } else { 0.0 };
        for (mix, value) in mix.iter_mut().zip(colour_of(pair[0])) {
            *mix += coverage * value;
        }
    }
    mix.map(|value: f32| value.min(1.0))
}

/// A colour for a bit pattern, bright enough to be told from nothing: the finalizer of
/// `MurmurHash3` spreads patterns that differ in one bit over all colours.
fn colour_of(id: f32) -> [f32; 3] {
    if id == 0.0 {
        return [NOTHING; 3];
    }
    let mut hash = id.to_bits();
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^= hash >> 16;
    [0, 8, 16].map(|shift| 0.15 + 0.85 * f32::from((hash >> shift) as u8) / 255.0)
}

/// A number to four digits.
fn short(number: f32) -> String {
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-3..1e6).contains(&magnitude) {
        return format!("{number:.3e}");
    }
    let digits = (3 - magnitude.max(1e-3).log10().floor() as i32).max(0) as usize;
    let text = format!("{number:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(planes: u32, samples: Vec<f32>) -> NativeBand {
        let width = samples.len() as u32 / planes;
        NativeBand::new(0, width, planes, Samples::Float(samples))
    }

    /// Paints one row, and gives its pixels.
    fn painted(look: Look, planes: u32, samples: Vec<f32>) -> (Vec<[f32; 3]>, Option<String>) {
        let band = band(planes, samples);
        let columns = 0..band.width as usize;
        let mut survey = Survey::new(look, planes as usize);
        survey.add(&band, &columns);
        let paint = survey.paint();
        let light = paint.apply(&band, &columns).to_light();
        let [red, green, blue] = light.planes().next().unwrap();
        let pixels = columns.map(|x| [red[x], green[x], blue[x]]).collect();
        (pixels, paint.describe())
    }

    fn greys(look: Look, samples: &[f32]) -> (Vec<f32>, Option<String>) {
        let (pixels, said) = painted(look, 1, samples.to_vec());
        assert!(pixels.iter().all(|[r, g, b]| r == g && g == b && (0.0..=1.0).contains(r)));
        (pixels.iter().map(|pixel| pixel[0]).collect(), said)
    }

    #[test]
    fn near_is_bright_far_is_dark_and_nothing_is_black() {
        let (greys, said) =
            greys(Look::Depth, &[0.5, 120.0, 60.25, 0.0, 1e10, f32::INFINITY, f32::NAN]);
        assert_eq!(greys[..2], [1.0, FARTHEST]);
        assert!((greys[2] - 0.55).abs() < 1e-4, "{}", greys[2]);
        assert_eq!(greys[3..], [0.0; 4]);
        assert_eq!(said.unwrap(), "no colour: depth shown as grey, 0.5 near to 120 far");
    }

    #[test]
    fn a_few_odd_numbers_do_not_take_the_range() {
        let mut samples: Vec<f32> = (0..1000).map(|at| 10.0 + at as f32 / 100.0).collect();
        samples[0] = -1e30;
        samples[999] = 1e30;
        let (greys, said) = greys(Look::Grey, &samples);
        assert!((greys[500] - 0.5).abs() < 0.02, "{}", greys[500]);
        assert_eq!((greys[0], greys[999]), (0.0, 1.0));
        assert!(said.unwrap().starts_with("no colour: shown as grey, 10"));
    }

    #[test]
    fn what_fits_is_shown_as_it_is_and_what_is_all_the_same_as_mid_grey() {
        assert_eq!(greys(Look::Grey, &[0.25, 0.75, 0.5]), (vec![0.25, 0.75, 0.5], None));
        assert_eq!(greys(Look::Grey, &[7.0; 3]).0, [0.5; 3]);
        assert_eq!(greys(Look::Grey, &[1.0; 3]).0, [0.5; 3]);
        assert_eq!(greys(Look::Grey, &[f32::NAN; 3]).0, [0.5; 3]);
        assert_eq!(greys(Look::Depth, &[7.0; 3]).0, [0.55; 3]);
    }

    #[test]
    fn axes_lie_around_mid_grey() {
        let (pixels, _) = painted(Look::Normal, 3, vec![0.0, 1.0, -1.0, 0.0, 1.0, -3.0]);
        assert_eq!(pixels, [[0.5, 0.0, 1.0], [1.0, 0.5, 0.0]]);
        let (pixels, said) = painted(Look::Motion, 2, vec![0.0, -8.0, 0.0, 4.0]);
        assert_eq!(pixels, [[0.5, 0.5, 0.5], [0.0, 0.75, 0.5]]);
        assert_eq!(said.unwrap(), "no colour: motion shown around mid grey, up to 8 pixels");
        assert_eq!(painted(Look::Motion, 2, vec![0.0; 4]).0, [[0.5; 3]; 2]);
        let (pixels, _) = painted(Look::Position, 3, vec![-10.0, 10.0, 0.0, 1.0, 5.0, 5.0]);
        assert_eq!(pixels, [[0.0, 0.0, 0.5], [1.0, 1.0, 0.5]]);
    }

    #[test]
    fn ids_have_colours_of_their_own() {
        let (pixels, _) = painted(Look::Ids, 1, vec![1.0, 2.0, 1.0, 0.0]);
        assert_eq!(pixels[0], pixels[2]);
        let apart: f32 = (0..3).map(|plane| (pixels[0][plane] - pixels[1][plane]).abs()).sum();
        assert!(apart > 0.1, "{apart}");
        assert_eq!(pixels[3], [NOTHING; 3]);
    }

    #[test]
    fn cryptomattes_are_mixed_by_coverage() {
        let [one, two] = [0x1234_5678, 0x8765_4321].map(f32::from_bits);
        let (pixels, _) =
            painted(Look::Cryptomatte, 4, vec![one, one, 1.0, 0.5, two, two, 0.0, 0.5]);
        assert_eq!(pixels[0], colour_of(one));
        let half =
            std::array::from_fn(|plane| 0.5 * colour_of(one)[plane] + 0.5 * colour_of(two)[plane]);
        assert_eq!(pixels[1], half);
    }

    #[test]
    fn bins_are_in_the_order_of_their_numbers() {
        let numbers = [f32::MIN, -2.0, -1e-20, 0.0, 1e-20, 1.0, 1.01, f32::MAX];
        assert!(numbers.is_sorted_by_key(|&number| bin(number)));
        for number in numbers {
            let bin = bin(number);
            assert!(edge(bin) <= number && number <= edge(bin + 1), "{number}");
        }
    }

    #[test]
    fn numbers_are_short() {
        let cases = [(0.5, "0.5"), (120.0, "120"), (12.3456, "12.35"), (123_456.0, "123456")];
        for (number, text) in cases {
            assert_eq!(short(number), text);
        }
        assert_eq!(short(1e30), "1.000e30");
    }
}
