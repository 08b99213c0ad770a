//! SGI's logarithmic light (G. Ward Larson, `LogLuv` encoding for full-gamut, high-dynamic range
//! images, 1998), as libtiff shows it: the square root of light, in 8 bits, cut at 1.

use super::super::sample::Channel;
use super::codes;

/// CIE XYZ to the R, G, B of libtiff's monitor.
const TO_RGB: [[f64; 3]; 3] =
    [[2.690, -1.276, -0.414], [-1.022, 1.978, 0.044], [0.061, -0.224, 1.163]];

/// Codes of u' and v' that make 1.
const CHROMA: f64 = 410.0;

/// Luminance of a sign and 15 bits.
fn luminance(code: u16) -> f64 {
    let size = match code & 0x7fff {
        0 => 0.0,
        code => ((f64::from(code) + 0.5) / 256.0 - 64.0).exp2(),
    };
    if code & 0x8000 == 0 { size } else { -size }
}

fn shown(light: f64) -> u8 {
    (256.0 * light.max(0.0).sqrt()).min(255.0) as u8
}

/// A pixel of `LogL`.
pub(super) fn grey(code: u16) -> u8 {
    shown(luminance(code))
}

/// Pixels of `LogLuv` in 32 bits.
pub(super) fn rgb(channels: &[Channel<'_>], count: usize) -> Vec<[u8; 3]> {
    let rgb = |[code]: [u32; 1]| {
        let y = luminance((code >> 16) as u16);
        let [u, v] = [code >> 8, code].map(|code| (f64::from(code & 0xff) + 0.5) / CHROMA);
        let scale = 1.0 / (6.0 * u - 16.0 * v + 12.0);
        let (x, small_y) = (9.0 * u * scale, 4.0 * v * scale);
        let xyz = [x / small_y * y, y, (1.0 - x - small_y) / small_y * y];
        TO_RGB.map(|row| shown(row.iter().zip(xyz).map(|(part, light)| part * light).sum()))
    };
    codes(channels, count).into_iter().map(rgb).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_white_and_a_quarter_is_half() {
        assert_eq!([grey(64 << 8), grey(62 << 8), grey(0), grey(0xc000)], [255, 128, 0, 0]);
    }
}
