//! What 4:2:0 costs by itself: noise and edges of saturated colour lose chroma to their neighbours,
//! and that shifts light even in a file that is right.
//!
//! It is worked out from the light alone and shares no code with the encoder, whose faults it must
//! not excuse.

use super::Reference;
use crate::color::{Lab, lab};

/// The bias that a mean of chroma over blocks of two by two pixels makes.
pub(super) fn bias(light: &Reference) -> f64 {
    let rows: Vec<_> = (0..light.picture.height as usize).filter_map(|y| light.row(y)).collect();
    let mut sums: Lab = [0.0; 3];
    let mut count = 0usize;
    for pair in rows.chunks(2) {
        for x in (0..light.picture.width as usize).step_by(2) {
            let block: Vec<[f32; 3]> = pair
                .iter()
                .flat_map(|row| (x..row[0].len().min(x + 2)).map(|x| row.map(|plane| plane[x])))
                .collect();
            for (before, after) in block.iter().zip(blurred(&block)) {
                let (before, after) = (lab(*before), lab(after));
                (0..3).for_each(|axis| sums[axis] += after[axis] - before[axis]);
            }
            count += block.len();
        }
    }
    sums.iter().map(|sum| (sum / count.max(1) as f64).abs()).fold(0.0, f64::max)
}

/// The block with one chroma; the display's curve is near enough a power of 2.4 for every space.
fn blurred(block: &[[f32; 3]]) -> impl Iterator<Item = [f32; 3]> {
    let codes = |light: &[f32; 3]| light.map(|light| light.clamp(0.0, 1.0).powf(1.0 / 2.4));
    let luma = |[r, g, b]: [f32; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let chroma = [0, 1, 2].map(|channel| {
        let all = block.iter().map(codes).map(|code| code[channel] - luma(code));
        all.sum::<f32>() / block.len() as f32
    });
    block.iter().map(move |light| {
        let luma = luma(codes(light));
        chroma.map(|chroma| (luma + chroma).clamp(0.0, 1.0).powf(2.4))
    })
}
