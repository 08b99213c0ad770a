//! What 4:2:0 costs by itself: noise and edges of saturated colour lose chroma to their neighbours,
//! and that shifts light even in a file that is right.
//!
//! It is worked out from the light alone and shares no code with the encoder, whose faults it must
//! not excuse.

use super::Reference;
use crate::color::{Lab, lab};

/// The bias that a mean of chroma over blocks of two by two pixels makes, on a display of this
/// `TransferCharacteristics`.
pub(super) fn bias(light: &Reference, transfer: u8) -> f64 {
    let rows: Vec<_> = (0..light.picture.height as usize).filter_map(|y| light.row(y)).collect();
    let mut sums: Lab = [0.0; 3];
    let mut count = 0usize;
    for pair in rows.chunks(2) {
        for x in (0..light.picture.width as usize).step_by(2) {
            let block: Vec<[f32; 3]> = pair
                .iter()
                .flat_map(|row| (x..row[0].len().min(x + 2)).map(|x| row.map(|plane| plane[x])))
                .collect();
            for (before, after) in block.iter().zip(blurred(&block, Display::of(transfer))) {
                let (before, after) = (lab(*before), lab(after));
                (0..3).for_each(|axis| sums[axis] += after[axis] - before[axis]);
            }
            count += block.len();
        }
    }
    sums.iter().map(|sum| (sum / count.max(1) as f64).abs()).fold(0.0, f64::max)
}

/// The block with one chroma.
fn blurred(block: &[[f32; 3]], display: Display) -> impl Iterator<Item = [f32; 3]> {
    let codes = move |light: &[f32; 3]| light.map(|light| display.code(light.clamp(0.0, 1.0)));
    let luma = |[r, g, b]: [f32; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let chroma = [0, 1, 2].map(|channel| {
        let all = block.iter().map(codes).map(|code| code[channel] - luma(code));
        all.sum::<f32>() / block.len() as f32
    });
    block.iter().map(move |light| {
        let luma = luma(codes(light));
        chroma.map(|chroma| display.light((luma + chroma).clamp(0.0, 1.0)))
    })
}

/// The curve of a display.
#[derive(Debug, Clone, Copy)]
enum Display {
    /// IEC 61966-2-1.
    Srgb,
    /// A power; of ITU-R BT.1886, which answers to every camera's curve, 2.4.
    Gamma(f32),
}

impl Display {
    fn of(transfer: u8) -> Self {
        match transfer {
            13 => Self::Srgb,
            4 => Self::Gamma(2.2),
            8 => Self::Gamma(1.0),
            _ => Self::Gamma(2.4),
        }
    }

    fn code(self, light: f32) -> f32 {
        match self {
            Self::Srgb if light <= 0.003_130_8 => 12.92 * light,
            Self::Srgb => 1.055 * light.powf(1.0 / 2.4) - 0.055,
            Self::Gamma(gamma) => light.powf(gamma.recip()),
        }
    }

    fn light(self, code: f32) -> f32 {
        match self {
            Self::Srgb if code <= 0.04045 => code / 12.92,
            Self::Srgb => ((code + 0.055) / 1.055).powf(2.4),
            Self::Gamma(gamma) => code.powf(gamma),
        }
    }
}
