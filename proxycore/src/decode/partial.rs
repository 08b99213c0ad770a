//! What is whole of a damaged file: rows that cannot be had are hatched and counted.
//!
//! A hatch is diagonal stripes of black and mid grey, which no frame has by chance and every colour
//! space shows.

use std::ops::Range;

use half::f16;

use crate::image::{NativeBand, Samples};

/// Columns and rows that a stripe is wide.
const STRIPE: usize = 16;

/// Hatches a rectangle of a band: `rows` of the band, `columns` of the picture.
pub(super) fn hatch(band: &mut NativeBand, rows: Range<usize>, columns: Range<usize>) {
    let (top, width, planes) = (band.y as usize, band.width as usize, band.planes as usize);
    let area = Area { top, width, planes, rows, columns };
    match &mut band.samples {
        Samples::U8(samples) => area.fill(samples, 0, (band.white / 2) as u8),
        Samples::U16(samples) => area.fill(samples, 0, band.white / 2),
        Samples::Half(samples) => area.fill(samples, f16::ZERO, f16::from_f32_const(0.5)),
        Samples::Float(samples) => area.fill(samples, 0.0, 0.5),
    }
}

struct Area {
    top: usize,
    width: usize,
    planes: usize,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Area {
    fn fill<T: Copy>(&self, samples: &mut [T], dark: T, light: T) {
        let row = self.width * self.planes;
        let rows = samples.chunks_exact_mut(row).enumerate();
        for (y, row) in rows.skip(self.rows.start).take(self.rows.len()) {
            for plane in row.chunks_exact_mut(self.width) {
                for x in self.columns.clone() {
                    let stripe = (x + y + self.top) / STRIPE;
                    plane[x] = if stripe.is_multiple_of(2) { dark } else { light };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_fill_the_rectangle_and_nothing_else() {
        let mut band = NativeBand::new(8, 40, 1, Samples::U16(vec![7; 3 * 40])).with_white(1023);
        hatch(&mut band, 1..2, 2..39);
        let Samples::U16(samples) = band.samples else { panic!("still 16 bits") };
        assert!(samples[..42].iter().chain(&samples[79..]).all(|&code| code == 7));
        assert_eq!([samples[42], samples[46], samples[47], samples[63]], [0, 0, 511, 0]);
    }
}
