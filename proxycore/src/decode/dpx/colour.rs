//! Which matrix and which levels luma and colour differences have.

use super::element::{Descriptor, Element};
use super::header::Header;
use crate::decode::film::{Matrix, Sampling, Value, YCbCr};

/// The matrix of a colorimetric code (table 5B).
pub(super) fn matrix(colorimetric: u8) -> Option<Matrix> {
    match colorimetric {
        5 | 6 => Some(Matrix::BT709),
        7..=10 => Some(Matrix::BT601),
        _ => None,
    }
}

/// The matrix that pictures of that height usually have: BT.601 up to 576 lines.
pub(super) fn guessed_matrix(height: u32) -> (Matrix, &'static str) {
    if height > 576 { (Matrix::BT709, "ITU-R BT.709") } else { (Matrix::BT601, "ITU-R BT.601") }
}

/// How R, G, B are made of an element's codes.
pub(super) fn ycbcr(header: &Header, element: &Element, descriptor: &Descriptor) -> YCbCr {
    let matrix = matrix(element.colorimetric).unwrap_or(guessed_matrix(header.height).0);
    let every = !descriptor.is_subsampled();
    let sampling = if every { Sampling::Every } else { Sampling::Second };
    let [black, white, centre] = match element.value() {
        Value::Unsigned => levels(header, element),
        Value::Signed | Value::Real => [0.0, 1.0, 0.0],
    };
    YCbCr { matrix, sampling, step: descriptor.step, black, white, centre }
}

/// Black, white and no colour, as parts of the largest code: the reference codes, else the levels
/// of the television header, else those of ITU-R BT.601 and BT.709.
fn levels(header: &Header, element: &Element) -> [f32; 3] {
    let largest = ((1_u32 << element.bits.min(16)) - 1) as f32;
    let fields = &header.fields;
    let codes =
        || Some([fields.long(element.at + 4)? as f32, fields.long(element.at + 12)? as f32]);
    let television = || Some([fields.real(1952)?, fields.real(1964)?]);
    let sensible = |[black, white]: &[f32; 2]| {
        *black >= 0.0 && black < white && *white <= largest && *white > largest / 2.0
    };
    let unit = (largest + 1.0) / 256.0;
    let usual = [16.0 * unit, 235.0 * unit];
    let [black, white] =
        codes().filter(sensible).or_else(|| television().filter(sensible)).unwrap_or(usual);
    [black / largest, white / largest, 128.0 * unit / largest]
}
