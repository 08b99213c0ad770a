//! Luma and chroma (TIFF 6.0, section 21), in the fixed-point arithmetic of libtiff, whose codes
//! everybody's tools show; JPEG's own conversion is the same with the default values.

use super::super::bytes::File;
use super::super::directory::Directory;
use super::super::layout::Layout;
use super::super::sample::{Channel, Kind};
use super::super::{FORMAT, codec, tag};
use super::codes;
use crate::error::{Error, Result};

/// ITU-R BT.601's luma.
const COEFFICIENTS: [f64; 3] = [0.299, 0.587, 0.114];

/// Codes of black and white of Y, and of no and full Cb and Cr.
const REFERENCE: [f64; 6] = [0.0, 255.0, 128.0, 255.0, 128.0, 255.0];

/// Bits after the point.
const SHIFT: u32 = 16;

/// What each code adds to R, G, B.
#[derive(Debug, Clone)]
pub(in super::super) struct YCbCr {
    luma: Vec<i32>,
    cr_red: Vec<i32>,
    cb_blue: Vec<i32>,
    /// With [`SHIFT`] bits after the point.
    cr_green: Vec<i32>,
    cb_green: Vec<i32>,
}

impl YCbCr {
    pub(super) fn read(file: &mut File, page: &Directory, layout: &Layout) -> Result<Self> {
        if layout.kind != Kind::Unsigned(8) || layout.samples < 3 {
            return Err(Error::unsupported(FORMAT, "YCbCr other than three channels of 8 bits"));
        }
        // JPEG says for itself what its codes mean
        if layout.compression == codec::JPEG {
            return Ok(Self::new(COEFFICIENTS, REFERENCE));
        }
        let coefficients = page.floats(file, tag::YCBCR_COEFFICIENTS)?.unwrap_or_default();
        let reference = page.floats(file, tag::REFERENCE_BLACK_WHITE)?.unwrap_or_default();
        Ok(Self::new(
            coefficients.try_into().unwrap_or(COEFFICIENTS),
            reference.try_into().unwrap_or(REFERENCE),
        ))
    }

    fn new([red, green, blue]: [f64; 3], reference: [f64; 6]) -> Self {
        let part = |factor: f64| (factor.clamp(0.0, 2.0) * f64::from(1 << SHIFT) + 0.5) as i32;
        let (to_red, to_blue) = (2.0 - 2.0 * red, 2.0 - 2.0 * blue);
        let red_green = -part(red * to_red / green);
        let blue_green = -part(blue * to_blue / green);
        let half = 1 << (SHIFT - 1);
        let table = |make: &dyn Fn(f64) -> i32| (0..256).map(|code| make(code.into())).collect();
        let cb = |code| value(code, &reference[2..4], 128.0, 127.0);
        let cr = |code| value(code, &reference[4..6], 128.0, 127.0);
        Self {
            luma: table(&|code| value(code, &reference[..2], 0.0, 255.0)),
            cr_red: table(&|code| (part(to_red) * cr(code) + half) >> SHIFT),
            cb_blue: table(&|code| (part(to_blue) * cb(code) + half) >> SHIFT),
            cr_green: table(&|code| red_green * cr(code)),
            cb_green: table(&|code| blue_green * cb(code) + half),
        }
    }

    pub(super) fn rgb(&self, channels: &[Channel<'_>], count: usize) -> Vec<[u8; 3]> {
        let rgb = |pixel: [u32; 3]| {
            let [y, cb, cr] = pixel.map(|code| code as usize);
            let green = (self.cb_green[cb] + self.cr_green[cr]) >> SHIFT;
            [self.cr_red[cr], green, self.cb_blue[cb]]
                .map(|chroma| (self.luma[y] + chroma).clamp(0, 255) as u8)
        };
        codes(channels, count).into_iter().map(rgb).collect()
    }
}

/// A code's value between those of its reference, from `zero` on, cut to a whole number.
fn value(code: f64, reference: &[f64], zero: f64, full: f64) -> i32 {
    let span = reference[1] - reference[0];
    let span = if span == 0.0 { 1.0 } else { span };
    let from = (reference[0] - zero).trunc();
    ((code - zero - from) * full / span).clamp(-4096.0, 4096.0) as i32
}

/// Repeats sampled chroma: blocks of `across` by `down` Y, a Cb and a Cr become pixels.
pub(in super::super) fn repeat(
    blocks: &[u8],
    width: usize,
    rows: usize,
    [across, down]: [usize; 2],
) -> Vec<u8> {
    let block = across * down + 2;
    let mut out = Vec::new();
    for (at, blocks) in blocks.chunks_exact(width.div_ceil(across) * block).enumerate() {
        for y in 0..down.min(rows.saturating_sub(at * down)) {
            for x in 0..width {
                let block = &blocks[x / across * block..][..block];
                let [.., cb, cr] = block else { continue };
                out.extend([block[y * across + x % across], *cb, *cr]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::super::bytes::Order;
    use super::*;

    #[test]
    fn codes_become_those_of_jpeg() {
        let ycbcr = YCbCr::new(COEFFICIENTS, REFERENCE);
        let rgb = |row: [u8; 3]| {
            let channel =
                |first| Channel { row: &row, first, step: 3, bits: 8, order: Order::Little };
            ycbcr.rgb(&[0, 1, 2].map(channel), 1)[0]
        };
        assert_eq!(rgb([128, 128, 128]), [128; 3]);
        assert_eq!(rgb([76, 85, 255]), [254, 0, 0]);
        assert_eq!(rgb([29, 255, 107]), [0, 0, 254]);
    }

    #[test]
    fn chroma_is_repeated() {
        let blocks = [1, 2, 3, 4, 50, 60, 5, 6, 7, 8, 70, 80];
        let rows = repeat(&blocks, 3, 1, [2, 2]);
        assert_eq!(rows, [1, 50, 60, 2, 50, 60, 5, 70, 80]);
        assert_eq!(repeat(&blocks, 3, 2, [2, 2])[9..], [3, 50, 60, 4, 50, 60, 7, 70, 80]);
    }
}
