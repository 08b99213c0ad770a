//! Frames as DPX files of ten bits, SMPTE ST 268-1, with the printing density of film in them.

use std::path::Path;
use std::sync::LazyLock;
use std::{fs, io};

use exr::prelude::f16;
use proxycore::image::Timecode;

use super::canvas::Canvas;
use super::tags::{RATE, WRITER, time_code};

/// Bytes before the pixels.
const HEADER: usize = 2048;
/// The byte of fields without a value.
const UNDEFINED: u8 = 0xFF;

/// What a file says of its codes (table 5A).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// No meaning, as many programs write.
    UserDefined = 0,
    /// Film.
    PrintingDensity = 1,
}

/// Writes a frame.
///
/// # Errors
/// Whatever the file system says.
pub fn write(canvas: &Canvas, frame: u32, transfer: Transfer, path: &Path) -> io::Result<()> {
    let (width, height) = (canvas.area.width as u32, canvas.area.height as u32);
    let size = HEADER + canvas.pixels().len() * 4;
    let mut file = header(width, height, size as u32, transfer, frame);
    file.reserve_exact(size - HEADER);
    for light in canvas.pixels() {
        let [r, g, b] = light.0.map(code);
        file.extend((r << 22 | g << 12 | b << 2).to_be_bytes());
    }
    fs::write(path, file)
}

/// The header in its fields' order, big end first.
fn header(width: u32, height: u32, size: u32, transfer: Transfer, frame: u32) -> Vec<u8> {
    let mut header = vec![UNDEFINED; HEADER];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"SDPX");
    put(4, &(HEADER as u32).to_be_bytes());
    put(8, b"V2.0\0\0\0\0");
    put(16, &size.to_be_bytes());
    // ditto key: a new header; then the lengths of its parts
    for (at, value) in [(20, 1), (24, 1664), (28, 384), (32, 0)] {
        put(at, &u32::to_be_bytes(value));
    }
    put(36, &text::<100>(""));
    // a date would be another one each time
    put(136, &text::<24>(""));
    put(160, &text::<100>(WRITER));
    put(260, &text::<400>(""));
    // from the upper left, one element
    put(768, &[0, 0, 0, 1]);
    put(772, &width.to_be_bytes());
    put(776, &height.to_be_bytes());
    // codes without a sign, from 0 to 1023, of densities from 0 to 2.046
    put(780, &0_u32.to_be_bytes());
    put(784, &0_u32.to_be_bytes());
    put(788, &0_f32.to_be_bytes());
    put(792, &1023_u32.to_be_bytes());
    put(796, &2.046_f32.to_be_bytes());
    // R, G, B; how bright and in which colours; ten bits
    put(800, &[50, transfer as u8, transfer as u8, 10]);
    // filled to words at their lower end, without run lengths
    put(804, &[0, 1, 0, 0]);
    put(808, &(HEADER as u32).to_be_bytes());
    put(812, &0_u32.to_be_bytes());
    put(816, &0_u32.to_be_bytes());
    put(820, &text::<32>(""));
    // square pixels
    put(1628, &1_u32.to_be_bytes());
    put(1632, &1_u32.to_be_bytes());
    let rate = (RATE.num as f32 / RATE.den as f32).to_be_bytes();
    put(1712, &frame.to_be_bytes());
    put(1724, &rate);
    put(1920, &packed(time_code(frame)).to_be_bytes());
    put(1924, &0_u32.to_be_bytes());
    put(1940, &rate);
    header
}

/// A text with zeros behind it.
fn text<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    std::array::from_fn(|at| text.as_bytes().get(at).copied().unwrap_or(0))
}

/// A time code, two decimal digits a byte.
fn packed(code: Timecode) -> u32 {
    let parts = [code.hours, code.minutes, code.seconds, code.frames];
    u32::from_be_bytes(parts.map(|part| part / 10 * 16 + part % 10))
}

/// The code of an amount of light, Kodak's Cineon: black at 95, white at 685.
fn code(light: f32) -> u32 {
    static CODES: LazyLock<Vec<u16>> = LazyLock::new(|| {
        (0..=u16::MAX).map(|bits| density(f16::from_bits(bits).to_f32())).collect()
    });
    CODES[usize::from(f16::from_f32(light).to_bits())].into()
}

fn density(light: f32) -> u16 {
    let black = 10_f64.powf((95.0 - 685.0) / 300.0);
    let exposed = (f64::from(light) * (1.0 - black) + black).max(1e-10);
    (685.0 + 300.0 * exposed.log10()).round().clamp(0.0, 1023.0) as u16
}

/// The light that comes back of what is written.
#[cfg(test)]
pub fn kept(light: f32) -> f32 {
    let black = 10_f32.powf((95.0 - 685.0) / 300.0);
    (10_f32.powf((code(light) as f32 - 685.0) / 300.0) - black) / (1.0 - black)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_film() {
        assert_eq!([0.0, 0.18, 1.0, 50.0].map(code), [95, 468, 685, 1023]);
        assert!((kept(0.18) - 0.18).abs() < 0.002);
    }

    #[test]
    fn time_codes_are_decimal() {
        assert_eq!(packed(time_code(1001)), 0x0000_4117);
    }
}
