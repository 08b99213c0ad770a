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

/// Black, white and no colour, as parts of the largest code: those that are stated, else those of
/// ITU-R BT.601 and BT.709.
fn levels(header: &Header, element: &Element) -> [f32; 3] {
    let largest = largest(element);
    let unit = (largest + 1.0) / 256.0;
    let usual = [16.0 * unit, 235.0 * unit];
    let [black, white] = stated(header, element).unwrap_or(usual);
    [black / largest, white / largest, 128.0 * unit / largest]
}

fn largest(element: &Element) -> f32 {
    ((1_u32 << element.bits.min(16)) - 1) as f32
}

/// The codes of black and white that a header states: the reference codes, else the levels of the
/// television header.
fn stated(header: &Header, element: &Element) -> Option<[f32; 2]> {
    let (largest, fields) = (largest(element), &header.fields);
    let codes =
        || Some([fields.long(element.at + 4)? as f32, fields.long(element.at + 12)? as f32]);
    let television = || Some([fields.real(1952)?, fields.real(1964)?]);
    let sensible = |[black, white]: &[f32; 2]| {
        *black >= 0.0 && black < white && *white <= largest && *white > largest / 2.0
    };
    codes().filter(sensible).or_else(|| television().filter(sensible))
}

/// The transfers of video (table 5A).
const VIDEO: std::ops::RangeInclusive<u8> = 4..=10;

/// The codes of black and white of video that does not use all codes. Those of film, which are
/// densities, are part of its transfer.
pub(super) fn narrow_range(header: &Header, element: &Element) -> Option<[u16; 2]> {
    let transfer = header.fields.byte(element.at + 21)?;
    let range = VIDEO.contains(&transfer).then(|| stated(header, element))??;
    let is_narrow = range != [0.0, largest(element)];
    is_narrow.then(|| range.map(|code| code as u16))
}
