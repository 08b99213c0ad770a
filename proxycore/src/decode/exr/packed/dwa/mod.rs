//! DWAA and DWAB: a cosine transform of 8x8 pixels, of colours that went through a curve.
//!
//! A block has four sections, for channels that are treated alike: those that are only deflated, the
//! coefficients but the first of each 8x8 pixels (AC), the first ones (DC), and those of runs. Here
//! are the channels that go through the transform, as beauties do; where another is wanted too, the
//! crate unpacks the block. Coefficients are read up to the last wanted channel, and no further.

mod coefficients;
mod cosine;
mod curve;
mod sections;

use std::ops::Range;

use exr::prelude::SampleType;
use half::f16;
use half::slice::HalfFloatSliceExt;

use self::coefficients::Coefficients;
use self::sections::{Scheme, Sections};
use super::{Channel, Layout, damaged};
use crate::error::Result;

/// Pixels on a side of what is transformed.
const SIDE: usize = 8;
type Square = [f32; SIDE * SIDE];

/// Unpacks a block, where all wanted channels go through the transform.
pub(super) fn unpack(packed: &[u8], layout: &Layout) -> Option<Result<Vec<u8>>> {
    match Sections::read(packed, layout) {
        Ok(sections) if is_ours(&sections, layout) => Some(decode(&sections, layout)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }
}

/// Makes an eighth of a block, of the first coefficients alone, where all wanted channels have some.
pub(super) fn eighth(packed: &[u8], layout: &Layout) -> Option<Result<Vec<u8>>> {
    match Sections::read(packed, layout) {
        Ok(sections) if is_ours(&sections, layout) => Some(averages(&sections, layout)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }
}

fn averages(sections: &Sections<'_>, layout: &Layout) -> Result<Vec<u8>> {
    let small = layout.eighth();
    let mut out = vec![0; small.bytes()];
    let count = small.columns * small.lines;
    let (first, mut start) = (coefficients::first(sections)?, 0);
    for group in &sections.groups {
        let channel = |at: usize| first.get(start + at * count..start + (at + 1) * count);
        let planes: Option<Vec<&[u16]>> = (0..group.len()).map(channel).collect();
        let planes = planes.ok_or_else(early)?;
        start += group.len() * count;
        for y in 0..small.lines {
            let row = |plane: &&[u16]| {
                let bits = plane[y * small.columns..(y + 1) * small.columns].iter();
                bits.map(|bits| cosine::flat(f16::from_bits(*bits).to_f32())).collect()
            };
            let rows = planes.iter().map(row).collect();
            write(rows, group, small.columns, y..y + 1, &small, &mut out);
        }
    }
    Ok(out)
}

fn is_ours(sections: &Sections<'_>, layout: &Layout) -> bool {
    let mut wanted = layout.channels.iter().zip(&sections.schemes).filter(|(one, _)| one.wanted);
    wanted.all(|(channel, scheme)| *scheme == Scheme::Cosine && channel.kind != SampleType::U32)
}

fn decode(sections: &Sections<'_>, layout: &Layout) -> Result<Vec<u8>> {
    let mut out = vec![0; layout.bytes()];
    let (across, down) = (layout.columns.div_ceil(SIDE), layout.lines.div_ceil(SIDE));
    let mut coefficients = Coefficients::open(sections)?;
    let is_wanted = |channel: &usize| layout.channels[*channel].wanted;
    let last = sections.groups.iter().rposition(|group| group.iter().any(is_wanted));
    for group in sections.groups.iter().take(last.map_or(0, |last| last + 1)) {
        let skipped = !group.iter().any(is_wanted);
        for row in 0..down {
            let squares = coefficients.row(group.len(), across, down, row, skipped)?;
            if !skipped {
                let lines = row * SIDE..layout.lines.min((row + 1) * SIDE);
                write(squares, group, across * SIDE, lines, layout, &mut out);
            }
        }
        coefficients.next_group(group.len() * across * down);
    }
    Ok(out)
}

/// Writes lines of one channel, or of the three of a colour, which are `stride` samples long.
fn write(
    mut planes: Vec<Vec<f32>>,
    group: &[usize],
    stride: usize,
    lines: Range<usize>,
    layout: &Layout,
    out: &mut [u8],
) {
    if let [luma, blue, red] = &mut planes[..] {
        colours(luma, blue, red);
    }
    let mut halves = vec![f16::ZERO; layout.columns];
    for (&index, plane) in group.iter().zip(&planes) {
        let channel = &layout.channels[index];
        if !channel.wanted {
            continue;
        }
        for (line, row) in lines.clone().zip(plane.chunks_exact(stride)) {
            halves.convert_from_f32_slice(&row[..layout.columns]);
            let out = &mut out[line * layout.line() + layout.start(index)..];
            let out = &mut out[..layout.columns * channel.size];
            put(&halves, channel, group.len() == 1, out);
        }
    }
}

/// Writes samples, in light again where they are in the curve.
fn put(halves: &[f16], channel: &Channel, is_alone: bool, out: &mut [u8]) {
    let light = curve::to_linear();
    // three that are one colour are always in it
    let bits = |half: &f16| match channel.is_linear && is_alone {
        true => half.to_bits(),
        false => light[usize::from(half.to_bits())],
    };
    if channel.size == 2 {
        for (out, half) in out.as_chunks_mut().0.iter_mut().zip(halves) {
            *out = bits(half).to_le_bytes();
        }
    } else {
        for (out, half) in out.as_chunks_mut().0.iter_mut().zip(halves) {
            *out = f16::from_bits(bits(half)).to_f32().to_le_bytes();
        }
    }
}

/// Y', B'-Y', R'-Y' to R', G', B', with the numbers of OpenEXR.
fn colours(luma: &mut [f32], blue: &mut [f32], red: &mut [f32]) {
    for ((luma, blue), red) in luma.iter_mut().zip(blue).zip(red) {
        let (y, by, ry) = (*luma, *blue, *red);
        *luma = y + 1.5747 * ry;
        *blue = y - 0.1873 * by - 0.4682 * ry;
        *red = y + 1.8556 * by;
    }
}

fn early() -> crate::Error {
    damaged("a DWA block ends early")
}
