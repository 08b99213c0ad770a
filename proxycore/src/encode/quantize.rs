//! Light to code values: clip, curve, matrix, and one rounding at the end.
//!
//! Everything up to that rounding is float. Chroma is filtered before it is rounded, and lies where
//! H.264 says it does: on even columns, which takes the weights 1, 2, 1 over three of them. (Taking
//! the mean of two columns instead, as most converters do, shifts colour by a quarter of a pixel
//! and costs 20 to 46 codes at an edge.)
//!
//! Rows come in bands of any height; an odd row waits for its partner where chroma has half the rows.
//! It does not dither.

use rayon::prelude::*;

use super::ycbcr::{Rows, VideoCode};
use super::{CodeFormat, Codes, Curve, Plane};
use crate::error::{Error, Result};
use crate::image::{Band, Extent};
use crate::simd::vectorized;

/// Collects bands of display-linear light into [`Codes`].
#[derive(Debug)]
pub struct Quantizer {
    codes: Codes,
    curve: Curve,
    /// The next row to come.
    next: u32,
    /// An even row whose odd partner has not come yet; empty if there is none.
    held: Vec<f32>,
}

impl Quantizer {
    /// Makes room for a picture of `size`.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) where the size is empty, or odd and the
    /// format takes even ones only; [`ErrorKind::Color`](crate::ErrorKind::Color) where the
    /// format's space is no display.
    pub fn new(format: CodeFormat, size: Extent) -> Result<Self> {
        format.check(size)?;
        let curve = Curve::of(&format.space)?;
        let planes = format.planes(size);
        let codes = Codes { width: size.width, height: size.height, format, planes };
        Ok(Self { codes, curve, next: 0, held: Vec::new() })
    }

    /// Converts the next rows, on all cores.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) where the band does not follow the one
    /// before, or does not fit the picture.
    pub fn push(&mut self, band: &Band) -> Result<()> {
        let Codes { width, height, .. } = self.codes;
        if band.y != self.next || band.width != width || band.rows() > height - self.next {
            let (rows, y) = (band.rows(), band.y);
            let what = format!("{rows} rows of {} at {y} in {width}x{height}", band.width);
            return Err(Error::encode("codes", what));
        }
        match self.codes.format.pixel.chroma() {
            None => self.rgb(&band.samples),
            Some([_, tall]) => self.yuv(&band.samples, tall as usize),
        }
        self.next += band.rows();
        Ok(())
    }

    /// Gives the codes, once every row has come.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) where rows are missing.
    pub fn finish(self) -> Result<Codes> {
        if self.next != self.codes.height {
            let what = format!("only {} of {} rows came", self.next, self.codes.height);
            return Err(Error::encode("codes", what));
        }
        Ok(self.codes)
    }

    fn rgb(&mut self, light: &[f32]) {
        let (curve, row) = (self.curve, 3 * self.codes.width as usize);
        let start = self.next as usize * row;
        match &mut self.codes.planes[..] {
            [Plane::U8(out)] => interleaved(curve, row, light, &mut out[start..]),
            [Plane::U16(out)] => interleaved(curve, row, light, &mut out[start..]),
            _ => {}
        }
    }

    /// Converts rows, of which `tall` share their chroma.
    fn yuv(&mut self, light: &[f32], tall: usize) {
        let row = 3 * self.codes.width as usize;
        let mut first = self.next as usize;
        let mut rest = light;
        if !self.held.is_empty() && !rest.is_empty() {
            let mut pair = std::mem::take(&mut self.held);
            pair.extend_from_slice(&rest[..row]);
            rest = &rest[row..];
            self.video(first - 1, &pair, tall);
            first += 1;
        }
        let whole = rest.len() / (tall * row) * (tall * row);
        self.video(first, &rest[..whole], tall);
        self.held.extend_from_slice(&rest[whole..]);
    }

    fn video(&mut self, first: usize, light: &[f32], tall: usize) {
        let (curve, width) = (self.curve, self.codes.width as usize);
        match &mut self.codes.planes[..] {
            [Plane::U8(luma), Plane::U8(blue), Plane::U8(red)] => {
                subsampled(curve, width, tall, first, light, [luma, blue, red]);
            }
            [Plane::U16(luma), Plane::U16(blue), Plane::U16(red)] => {
                subsampled(curve, width, tall, first, light, [luma, blue, red]);
            }
            _ => {}
        }
    }
}

/// Converts rows, of which `tall` share their chroma, and the first is row `first` of the picture, a
/// multiple of that.
fn subsampled<C: VideoCode>(
    curve: Curve,
    width: usize,
    tall: usize,
    first: usize,
    light: &[f32],
    [luma, blue, red]: [&mut Vec<C>; 3],
) {
    let chroma = first / tall * width / 2;
    let luma = luma[first * width..].par_chunks_exact_mut(tall * width);
    let blue = blue[chroma..].par_chunks_exact_mut(width / 2);
    let red = red[chroma..].par_chunks_exact_mut(width / 2);
    light
        .par_chunks_exact(3 * tall * width)
        .zip(luma.zip(blue.zip(red)))
        .with_min_len(ROWS_PER_TASK / tall)
        .for_each_init(
            || Rows::new(width, tall),
            |rows, (light, (luma, (blue, red)))| rows.convert(curve, light, luma, blue, red),
        );
}

/// Rows below which handing work to another thread costs more than it saves.
const ROWS_PER_TASK: usize = 8;

/// A code value of R'G'B', full range.
trait Code: Send {
    /// The nearest code for a signal of 0..=1.
    fn of(signal: f32) -> Self;
}

impl Code for u8 {
    #[inline(always)]
    fn of(signal: f32) -> Self {
        round(255.0 * signal)
    }
}

impl Code for u16 {
    #[inline(always)]
    fn of(signal: f32) -> Self {
        round_deep(65535.0 * signal)
    }
}

/// Converts rows of `row` samples, on all cores.
fn interleaved<C: Code>(curve: Curve, row: usize, light: &[f32], out: &mut [C]) {
    light
        .par_chunks_exact(row)
        .zip(out.par_chunks_exact_mut(row))
        .with_min_len(ROWS_PER_TASK)
        .for_each_init(
            || vec![0.0; row],
            |signals, (light, out)| {
                curve.apply(light, signals);
                interleave(signals, out);
            },
        );
}

vectorized! {
    fn interleave[C: Code](signals: &[f32], out: &mut [C]) {
        let (red, rest) = signals.split_at(signals.len() / 3);
        let (green, blue) = rest.split_at(red.len());
        let signals = red.iter().zip(green).zip(blue);
        for (pixel, ((red, green), blue)) in out.as_chunks_mut::<3>().0.iter_mut().zip(signals) {
            *pixel = [C::of(*red), C::of(*green), C::of(*blue)];
        }
    }
}

/// Adding 2^23 leaves no fraction bits, so the hardware rounds to the nearest, and the code stands
/// in the lowest bits. `as u8` would saturate, which is no vector instruction.
const ROUNDING: f32 = 8_388_608.0;

/// Rounds 0..=255 to the nearest.
#[inline(always)]
pub(super) fn round(code: f32) -> u8 {
    (code + ROUNDING).to_bits() as u8
}

/// Rounds 0..=65535 to the nearest.
#[inline(always)]
pub(super) fn round_deep(code: f32) -> u16 {
    (code + ROUNDING).to_bits() as u16
}

#[cfg(test)]
mod tests {
    use super::super::testing::{noise, ramp};
    use super::*;
    use crate::encode::PixelFormat;
    use crate::space::{ColorSpace, Gamut};

    /// How far a code may lie from the unrounded exact value: the rounding's half, and what the
    /// fast curve adds, times the largest gain behind it (the red difference, 224 / 1.5748).
    const TOLERANCE: f64 = 0.505;
    /// The same for codes of 16 bits, where the fast curve is what shows: 0.004 of an 8-bit code.
    const TOLERANCE16: f64 = 0.5 + 257.0 * 0.004;

    /// The same for codes of 10 bits.
    const TOLERANCE10: f64 = 0.5 + 4.0 * 0.005;

    /// The same for high dynamic range.
    const TOLERANCE_HDR: f64 = 0.5 + 0.03;

    fn format(pixel: PixelFormat) -> CodeFormat {
        let space = match pixel.chroma() {
            None => ColorSpace::SRGB_REC709_DISPLAY,
            Some(_) => ColorSpace::G24_REC709_DISPLAY,
        };
        CodeFormat { pixel, space }
    }

    fn quantize(pixel: PixelFormat, light: &Band, rows: &[usize]) -> Codes {
        quantize_as(format(pixel), light, rows)
    }

    fn quantize_as(format: CodeFormat, light: &Band, rows: &[usize]) -> Codes {
        let size = Extent::new(light.width, light.rows());
        let mut quantizer = Quantizer::new(format, size).unwrap();
        let (mut y, row) = (0, 3 * light.width as usize);
        for rows in rows {
            let samples = light.samples[y * row..(y + rows) * row].to_vec();
            quantizer.push(&Band { y: y as u32, width: light.width, samples }).unwrap();
            y += rows;
        }
        quantizer.finish().unwrap()
    }

    /// The plain version, in f64 and not rounded.
    struct Oracle {
        signals: Vec<Vec<[f64; 3]>>,
        luma: [f64; 3],
    }

    impl Oracle {
        fn new(curve: Curve, light: &Band) -> Self {
            let row = |[r, g, b]: [&[f32]; 3]| {
                let pixel = |x: usize| curve.exact_rgb([r[x], g[x], b[x]].map(f64::from));
                (0..r.len()).map(pixel).collect()
            };
            let luma = match curve {
                Curve::Srgb | Curve::Gamma24 => [0.2126, 0.7152, 0.0722],
                Curve::Pq | Curve::Hlg => [0.2627, 0.6780, 0.0593],
            };
            Self { signals: light.planes().map(row).collect(), luma }
        }

        fn rgb(&self, white: f64) -> Vec<f64> {
            self.signals.iter().flatten().flatten().map(|signal| white * signal).collect()
        }

        fn ycbcr(&self, [r, g, b]: [f64; 3]) -> [f64; 3] {
            let [of_red, of_green, of_blue] = self.luma;
            let y = of_red * r + of_green * g + of_blue * b;
            let [cb, cr] = [(b - y) / (2.0 - 2.0 * of_blue), (r - y) / (2.0 - 2.0 * of_red)];
            [16.0 + 219.0 * y, 128.0 + 224.0 * cb, 128.0 + 224.0 * cr]
        }

        fn luma(&self) -> Vec<f64> {
            self.signals.iter().flatten().map(|pixel| self.ycbcr(*pixel)[0]).collect()
        }

        /// Y', Cb and Cr, in codes of 8 bits.
        fn planes(&self, tall: u32) -> [Vec<f64>; 3] {
            [self.luma(), self.chroma(1, tall as usize), self.chroma(2, tall as usize)]
        }

        fn chroma(&self, plane: usize, tall: usize) -> Vec<f64> {
            let (rows, columns) = (self.signals.len() / tall, self.signals[0].len() / 2);
            let tap = |y: usize, x: usize| self.ycbcr(self.signals[y][x])[plane];
            let at = |y: usize, x: usize| {
                let column = |x| (tap(tall * y, x) + tap(tall * y + tall - 1, x)) / 2.0;
                let left = column((2 * x).saturating_sub(1));
                (left + 2.0 * column(2 * x) + column(2 * x + 1)) / 4.0
            };
            (0..rows).flat_map(|y| (0..columns).map(move |x| at(y, x))).collect()
        }
    }

    fn check(codes: &Plane, exact: &[f64], tolerance: f64) {
        let codes: Vec<f64> = match codes {
            Plane::U8(codes) => codes.iter().map(|code| f64::from(*code)).collect(),
            Plane::U16(codes) => codes.iter().map(|code| f64::from(*code)).collect(),
        };
        assert_eq!(codes.len(), exact.len());
        for (at, (code, exact)) in codes.iter().zip(exact).enumerate() {
            assert!((code - exact).abs() <= tolerance, "{at}: {code}, exactly {exact}");
        }
    }

    #[test]
    fn fast_equals_plain() {
        for light in [ramp(66, 38), noise(50, 20), noise(2, 2)] {
            let rows = light.rows() as usize;
            for (pixel, white, tolerance) in
                [(PixelFormat::Rgb8, 255.0, TOLERANCE), (PixelFormat::Rgb16, 65535.0, TOLERANCE16)]
            {
                let codes = quantize(pixel, &light, &[rows]);
                check(&codes.planes[0], &Oracle::new(Curve::Srgb, &light).rgb(white), tolerance);
            }

            let oracle = Oracle::new(Curve::Gamma24, &light);
            for (pixel, steps, tolerance) in [
                (PixelFormat::Yuv420p8, 1.0, TOLERANCE),
                (PixelFormat::Yuv422p8, 1.0, TOLERANCE),
                (PixelFormat::Yuv420p10, 4.0, TOLERANCE10),
                (PixelFormat::Yuv422p10, 4.0, TOLERANCE10),
            ] {
                let [_, tall] = pixel.chroma().unwrap();
                let codes = quantize(pixel, &light, &[rows]);
                for (plane, exact) in codes.planes.iter().zip(oracle.planes(tall)) {
                    let exact: Vec<f64> = exact.iter().map(|code| steps * code).collect();
                    check(plane, &exact, tolerance);
                }
            }
        }
    }

    #[test]
    fn fast_equals_plain_in_high_dynamic_range() {
        for (curve, space) in [
            (Curve::Pq, ColorSpace::PQ_REC2020_DISPLAY),
            (Curve::Hlg, ColorSpace::HLG_REC2020_DISPLAY),
        ] {
            for pixel in [PixelFormat::Yuv420p10, PixelFormat::Yuv422p10] {
                for mut light in [ramp(66, 38), noise(50, 20), noise(2, 2)] {
                    // most of what is shown lies next to black
                    light.samples.iter_mut().for_each(|light| *light = light.powi(3));
                    let format = CodeFormat { pixel, space: space.clone() };
                    let codes = quantize_as(format, &light, &[light.rows() as usize]);
                    let [_, tall] = pixel.chroma().unwrap();
                    let oracle = Oracle::new(curve, &light).planes(tall);
                    for (plane, exact) in codes.planes.iter().zip(oracle) {
                        let exact: Vec<f64> = exact.iter().map(|code| 4.0 * code).collect();
                        check(plane, &exact, TOLERANCE_HDR);
                    }
                }
            }
        }
    }

    #[test]
    fn white_has_the_codes_of_bt_2408() {
        // ITU-R BT.2408-7 table 1: 58 % and 75 % of 64..=940
        for (space, gamut, white) in [
            (ColorSpace::PQ_REC2020_DISPLAY, Gamut::Rec2100Pq, 573),
            (ColorSpace::HLG_REC2020_DISPLAY, Gamut::Rec2100Hlg, 721),
        ] {
            let mut light = Band::black(0, 2, 6);
            for row in light.planes_mut() {
                for plane in row {
                    plane[..4].fill(gamut.white() as f32);
                    plane[4..].fill(1.0);
                }
            }
            let codes =
                quantize_as(CodeFormat { pixel: PixelFormat::Yuv420p10, space }, &light, &[2]);
            let plane = |plane: usize| codes.planes[plane].as_u16().unwrap();
            assert_eq!(plane(0)[..6], [white, white, white, white, 940, 940]);
            assert_eq!((plane(1)[0], plane(2)[0]), (512, 512));
        }
    }

    #[test]
    fn high_dynamic_range_needs_ten_bits() {
        for space in [ColorSpace::PQ_REC2020_DISPLAY, ColorSpace::HLG_REC2020_DISPLAY] {
            for pixel in [PixelFormat::Yuv420p8, PixelFormat::Yuv422p8, PixelFormat::Rgb8] {
                let format = CodeFormat { pixel, space: space.clone() };
                let error = Quantizer::new(format, Extent::new(4, 4)).unwrap_err();
                assert_eq!(error.kind().name(), "invalid", "{error}");
                assert!(error.to_string().contains("10 bits"), "{error}");
            }
        }
    }

    #[test]
    fn bands_of_any_height_give_the_same_codes() {
        let light = noise(10, 12);
        for pixel in PixelFormat::ALL {
            let whole = quantize(pixel, &light, &[12]);
            for rows in [&[1; 12][..], &[3, 3, 3, 3], &[1, 4, 2, 5], &[11, 0, 1], &[2, 10]] {
                assert_eq!(quantize(pixel, &light, rows), whole, "{rows:?}");
            }
        }
    }

    #[test]
    fn black_white_and_primaries_have_the_codes_of_bt_709() {
        // ITU-R BT.709-6 item 3.5: black 16, white 235, achromatic 128, extremes 16 and 240
        let mut light = Band::black(0, 2, 10);
        for row in light.planes_mut() {
            for (x, colour) in [[0.0; 3], [1.0; 3], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
                .into_iter()
                .flat_map(|colour| [colour; 3])
                .take(10)
                .enumerate()
            {
                (row[0][x], row[1][x], row[2][x]) = (colour[0], colour[1], colour[2]);
            }
        }
        let codes = quantize(PixelFormat::Yuv420p8, &light, &[2]);
        let plane = |plane: usize| codes.planes[plane].as_u8().unwrap();
        assert_eq!(plane(0)[..10], [16, 16, 16, 235, 235, 235, 63, 63, 63, 32]);
        assert_eq!((plane(1)[0], plane(2)[0]), (128, 128));
        assert_eq!((plane(1)[2], plane(2)[2]), (128, 128));
        // and of 10 bits: 64, 940, 512
        let codes = quantize(PixelFormat::Yuv422p10, &light, &[2]);
        let plane = |plane: usize| codes.planes[plane].as_u16().unwrap();
        assert_eq!(plane(0)[..6], [64, 64, 64, 940, 940, 940]);
        assert_eq!((plane(1).len(), plane(1)[2], plane(2)[2]), (10, 512, 512));
        let codes = quantize(PixelFormat::Rgb16, &light, &[2]);
        assert_eq!(codes.planes[0].as_u16().unwrap()[6..12], [0, 0, 0, 65535, 65535, 65535]);
    }

    #[test]
    fn chroma_lies_on_even_columns() {
        // a vertical edge between columns 1 and 2: column 2 is all red but a quarter
        let mut light = Band::black(0, 2, 6);
        for [red, ..] in light.planes_mut() {
            red[2..].fill(1.0);
        }
        let codes = quantize(PixelFormat::Yuv420p8, &light, &[2]);
        assert_eq!(codes.planes[2].as_u8().unwrap(), [128, 128 + 84, 240]);
    }

    #[test]
    fn rows_out_of_order_or_missing_are_errors() {
        let quantizer = |size| Quantizer::new(format(PixelFormat::Yuv420p8), size);
        assert!(quantizer(Extent::new(3, 2)).is_err());
        let wide = |size| Quantizer::new(format(PixelFormat::Yuv422p10), size);
        assert!(wide(Extent::new(3, 2)).is_err() && wide(Extent::new(4, 3)).is_ok());
        assert!(quantizer(Extent::new(0, 0)).is_err());
        let mut quantizer = quantizer(Extent::new(4, 4)).unwrap();
        assert!(quantizer.push(&Band::black(1, 1, 4)).is_err());
        assert!(quantizer.push(&Band::black(0, 1, 5)).is_err());
        assert!(quantizer.push(&Band::black(0, 5, 4)).is_err());
        quantizer.push(&Band::black(0, 3, 4)).unwrap();
        let error = quantizer.finish().unwrap_err();
        assert_eq!(error.to_string(), "codes: only 3 of 4 rows came");
    }
}
