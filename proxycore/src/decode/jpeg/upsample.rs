//! Chroma planes in the size of the picture.
//!
//! Planes of half the width or height are filled up linearly, a new sample being three quarters of
//! the nearer and one of the farther one, rounded up and down in turns; all others are repeated.
//! That is what the reference library does, and so what JPEGs look like to everybody.

use super::header::Component;

/// The rows that a row is made from: the one that holds it, and the nearer one of its neighbours.
pub(super) struct Source<'a> {
    pub(super) row: &'a [u8],
    pub(super) near: &'a [u8],
    /// Whether the neighbour is the one below.
    pub(super) below: bool,
}

/// Makes a row of samples `times` as wide and high as a component's.
pub(super) fn widen(source: &Source<'_>, component: &Component, times: [usize; 2], out: &mut [u8]) {
    let row = &source.row[..component.width];
    match times {
        [1, 1] => out.copy_from_slice(&row[..out.len()]),
        [2, 1] if row.len() > 2 => across(row, out),
        [1, 2] => down(row, source, out),
        [2, 2] if row.len() > 2 => both(row, source, out),
        [times, _] => {
            for (out, sample) in out.chunks_mut(times).zip(row) {
                out.fill(*sample);
            }
        }
    }
}

fn across(row: &[u8], out: &mut [u8]) {
    let at = |x: usize| u32::from(row[x]);
    let last = row.len() - 1;
    for (x, pair) in out.chunks_mut(2).enumerate() {
        let sample = 3 * at(x);
        pair[0] = if x == 0 { row[0] } else { ((sample + at(x - 1) + 1) / 4) as u8 };
        if let Some(right) = pair.get_mut(1) {
            *right = if x == last { row[last] } else { ((sample + at(x + 1) + 2) / 4) as u8 };
        }
    }
}

fn down(row: &[u8], source: &Source<'_>, out: &mut [u8]) {
    let round = if source.below { 2 } else { 1 };
    for ((out, &sample), &near) in out.iter_mut().zip(row).zip(source.near) {
        *out = ((3 * u32::from(sample) + u32::from(near) + round) / 4) as u8;
    }
}

fn both(row: &[u8], source: &Source<'_>, out: &mut [u8]) {
    let at = |x: usize| 3 * u32::from(row[x]) + u32::from(source.near[x]);
    let last = row.len() - 1;
    for (x, pair) in out.chunks_mut(2).enumerate() {
        let (sum, left) = (at(x), at(x.saturating_sub(1)));
        pair[0] = ((3 * sum + left + 8) / 16) as u8;
        if let Some(right) = pair.get_mut(1) {
            *right = ((3 * sum + at((x + 1).min(last)) + 7) / 16) as u8;
        }
    }
}
