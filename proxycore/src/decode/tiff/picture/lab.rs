//! CIE L*a*b* (TIFF 6.0, section 23; the ICC's encoding in TIFF), shown as sRGB.

use super::super::FORMAT;
use super::super::layout::Layout;
use super::super::sample::{Channel, Kind};
use super::{ICC_LAB, codes};
use crate::error::{Error, Result};

/// The white that L*a*b* is relative to, D50 (ICC.1, 7.2.16).
const WHITE: [f32; 3] = [0.9642, 1.0, 0.8249];

/// XYZ under D50 to linear sRGB, adapted to its D65 by Bradford's matrix.
const TO_SRGB: [[f32; 3]; 3] = [
    [3.133_856, -1.616_866_7, -0.490_614_6],
    [-0.978_768_4, 1.916_141_5, 0.033_454_0],
    [0.071_945_3, -0.228_991_4, 1.405_242_7],
];

/// How codes stand for L*, a* and b*.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Lab {
    bits: u32,
    /// Whether a* and b* are unsigned, with 128 for 0.
    icc: bool,
}

impl Lab {
    pub(super) fn new(layout: &Layout) -> Result<Self> {
        match (layout.kind, layout.samples) {
            (Kind::Unsigned(bits @ (8 | 16)) | Kind::Signed(bits @ (8 | 16)), 3..) => {
                Ok(Self { bits, icc: layout.photometric == ICC_LAB })
            }
            _ => {
                Err(Error::unsupported(FORMAT, "L*a*b* other than 8 or 16 bits of three channels"))
            }
        }
    }

    pub(super) fn rgb(&self, channels: &[Channel<'_>], count: usize) -> Vec<[u16; 3]> {
        let rgb = |codes| srgb(self.values(codes)).map(|light| (light * 65535.0).round() as u16);
        codes(channels, count).into_iter().map(rgb).collect()
    }

    fn values(&self, [l, a, b]: [u32; 3]) -> [f32; 3] {
        let part = if self.bits == 16 { 256.0 } else { 1.0 };
        let full = match (self.bits, self.icc) {
            (16, true) => 65280.0,
            (16, false) => 65535.0,
            _ => 255.0,
        };
        let side = |code: u32| match (self.icc, self.bits) {
            (true, _) => code as f32 / part - 128.0,
            (false, 16) => f32::from(code as u16 as i16) / part,
            (false, _) => f32::from(code as u8 as i8),
        };
        [l as f32 * 100.0 / full, side(a), side(b)]
    }
}

fn srgb([l, a, b]: [f32; 3]) -> [f32; 3] {
    let y = (l + 16.0) / 116.0;
    let steps = [y + a / 500.0, y, y - b / 200.0];
    let xyz: [f32; 3] = std::array::from_fn(|at| WHITE[at] * cube(steps[at]));
    TO_SRGB.map(|row| encoded(row.iter().zip(xyz).map(|(part, light)| part * light).sum()))
}

/// CIE 15, 8.2.1: the inverse of f.
fn cube(step: f32) -> f32 {
    if step > 6.0 / 29.0 { step.powi(3) } else { (step - 4.0 / 29.0) * 108.0 / 841.0 }
}

/// IEC 61966-2-1, cut to 0..=1.
fn encoded(light: f32) -> f32 {
    let light = light.clamp(0.0, 1.0);
    if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_grey_and_red_are_those_of_srgb() {
        let near = |lab, want: [f32; 3]| {
            let made = srgb(lab);
            let close = made.iter().zip(want).all(|(made, want)| (made - want).abs() < 0.003);
            assert!(close, "{lab:?}: {made:?}, not {want:?}");
        };
        near([100.0, 0.0, 0.0], [1.0; 3]);
        near([53.585, 0.0, 0.0], [0.502; 3]);
        // sRGB's red under D50
        near([54.29, 80.81, 69.89], [1.0, 0.0, 0.0]);
    }

    #[test]
    fn both_encodings_mean_the_same() {
        let tiff = Lab { bits: 8, icc: false };
        let icc = Lab { bits: 8, icc: true };
        assert_eq!(tiff.values([255, 0xff, 5]), [100.0, -1.0, 5.0]);
        assert_eq!(icc.values([255, 127, 133]), [100.0, -1.0, 5.0]);
        let deep = Lab { bits: 16, icc: true };
        assert_eq!(deep.values([0xff00, 0x7f00, 0x8500]), [100.0, -1.0, 5.0]);
    }
}
