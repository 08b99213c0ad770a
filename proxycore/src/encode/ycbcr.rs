//! R'G'B' signals to Y', Cb and Cr, with chroma of half the columns, and of half the rows or all.

use super::Curve;
use super::quantize::{round, round_deep};
use crate::simd::vectorized;

/// A code value of video, limited range.
pub(super) trait VideoCode: Send {
    /// Codes for one of 8 bits.
    const STEPS: f32;

    /// The nearest code.
    fn of(code: f32) -> Self;
}

impl VideoCode for u8 {
    const STEPS: f32 = 1.0;

    #[inline(always)]
    fn of(code: f32) -> Self {
        round(code)
    }
}

/// Of 10 bits: Y' 64..=940, Cb and Cr 64..=960.
impl VideoCode for u16 {
    const STEPS: f32 = 4.0;

    #[inline(always)]
    fn of(code: f32) -> Self {
        round_deep(code)
    }
}

/// The luma weights of ITU-R BT.709-6 item 3.2.
const BT709_LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];
/// Those of ITU-R BT.2100-2 table 6, for Y' of signals (non-constant luminance): BT.2020's.
pub(super) const BT2020_LUMA: [f32; 3] = [0.2627, 0.6780, 0.0593];

/// The luma weights that go with a display's curve.
fn luma_of(curve: Curve) -> [f32; 3] {
    match curve {
        Curve::Srgb | Curve::Gamma24 => BT709_LUMA,
        Curve::Pq | Curve::Hlg => BT2020_LUMA,
    }
}

/// The signals of the one or two rows that share their chroma, and what they become on the way.
pub(super) struct Rows {
    width: usize,
    signals: Vec<f32>,
    /// Y' of the rows.
    luma: Vec<f32>,
    /// B'-Y' and R'-Y' summed over the rows, each after one more element that repeats its first, for
    /// the filter to start on.
    blue: Vec<f32>,
    red: Vec<f32>,
}

impl Rows {
    pub(super) fn new(width: usize, tall: usize) -> Self {
        let zeros = |length| vec![0.0; length];
        Self {
            width,
            signals: zeros(3 * tall * width),
            luma: zeros(tall * width),
            blue: zeros(width + 1),
            red: zeros(width + 1),
        }
    }

    pub(super) fn convert<C: VideoCode>(
        &mut self,
        curve: Curve,
        light: &[f32],
        luma: &mut [C],
        blue: &mut [C],
        red: &mut [C],
    ) {
        let Self { width, ref mut signals, .. } = *self;
        let weights = luma_of(curve);
        let rows = light.chunks_exact(3 * width).zip(signals.chunks_exact_mut(3 * width));
        for ((light, signals), luma) in rows.zip(self.luma.chunks_exact_mut(width)) {
            curve.apply(light, signals);
            weigh(weights, signals, luma);
        }
        luma_codes(&self.luma, luma);
        self.differ();
        let tall = (self.luma.len() / width) as f32;
        // the spans of B'-Y' and R'-Y'
        let span = |weight: f32| 2.0 * (1.0 - weight) * tall;
        halve(&self.blue, span(weights[2]), blue);
        halve(&self.red, span(weights[0]), red);
    }

    /// Subtracts luma, and sums the rows.
    fn differ(&mut self) {
        let width = self.width;
        let last = (self.luma.len() - width, self.signals.len() - 3 * width);
        let luma = [&self.luma[..width], &self.luma[last.0..]];
        let planes =
            |plane: usize| [0, last.1].map(|row| &self.signals[row + plane * width..][..width]);
        let sum = if last.0 == 0 { difference } else { sum };
        sum(planes(2), luma, &mut self.blue);
        sum(planes(0), luma, &mut self.red);
    }
}

vectorized! {
    fn weigh(weights: [f32; 3], signals: &[f32], luma: &mut [f32]) {
        let [of_red, of_green, of_blue] = weights;
        let (red, rest) = signals.split_at(luma.len());
        let (green, blue) = rest.split_at(luma.len());
        for (luma, ((red, green), blue)) in luma.iter_mut().zip(red.iter().zip(green).zip(blue)) {
            *luma = of_red * red + of_green * green + of_blue * blue;
        }
    }

    /// Of Y'.
    fn luma_codes[C: VideoCode](luma: &[f32], out: &mut [C]) {
        for (out, luma) in out.iter_mut().zip(luma) {
            *out = C::of(C::STEPS * (16.0 + 219.0 * luma));
        }
    }

    /// Of two rows.
    fn sum(colour: [&[f32]; 2], luma: [&[f32]; 2], out: &mut [f32]) {
        let colour = colour[0].iter().zip(colour[1]);
        let luma = luma[0].iter().zip(luma[1]);
        for (out, ((a, b), (y, z))) in out[1..].iter_mut().zip(colour.zip(luma)) {
            *out = (a + b) - (y + z);
        }
        out[0] = out[1];
    }

    /// Of one row, which is both.
    fn difference(colour: [&[f32]; 2], luma: [&[f32]; 2], out: &mut [f32]) {
        for (out, (colour, luma)) in out[1..].iter_mut().zip(colour[0].iter().zip(luma[0])) {
            *out = colour - luma;
        }
        out[0] = out[1];
    }

    /// Filters 1, 2, 1 around every even column, and scales: a quarter for the weights. `span` is
    /// that of all rows.
    fn halve[C: VideoCode](sums: &[f32], span: f32, out: &mut [C]) {
        let scale = 224.0 / span / 4.0;
        for (out, sums) in out.iter_mut().zip(sums.windows(3).step_by(2)) {
            *out = C::of(C::STEPS * (128.0 + scale * (sums[0] + 2.0 * sums[1] + sums[2])));
        }
    }
}
