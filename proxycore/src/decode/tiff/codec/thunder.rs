//! `ThunderScan`, compression 32809: grey of four bits, as runs, small steps and whole samples.
//!
//! A code's two highest bits are its kind. 0: a run of the last sample. 1: three steps of two bits.
//! 2: two steps of three bits. 3: a sample. One step in each table means no sample.

use super::{Shape, broken};
use crate::error::Result;

const SMALL_STEPS: [Option<u8>; 4] = [Some(0), Some(1), None, Some(15)];
const STEPS: [Option<u8>; 8] =
    [Some(0), Some(1), Some(2), Some(3), None, Some(13), Some(14), Some(15)];

pub(super) fn unpack(packed: &[u8], shape: Shape, out: &mut Vec<u8>) -> Result<()> {
    let mut codes = packed.iter();
    for _ in 0..shape.rows {
        let Some(row) = row(&mut codes, shape.width) else {
            return Err(broken("ThunderScan codes that end too early or overrun a row"));
        };
        out.extend(row.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)));
    }
    Ok(())
}

fn row<'a>(codes: &mut impl Iterator<Item = &'a u8>, width: usize) -> Option<Vec<u8>> {
    let (mut row, mut last) = (Vec::new(), 0);
    while row.len() < width {
        let code = *codes.next()?;
        let mut step = |by: Option<u8>| {
            if let Some(by) = by {
                last = (last + by) & 15;
                row.push(last);
            }
        };
        match code >> 6 {
            0 => row.resize(row.len() + usize::from(code & 63), last),
            1 => [4, 2, 0].iter().for_each(|low| step(SMALL_STEPS[usize::from(code >> low & 3)])),
            2 => [3, 0].iter().for_each(|low| step(STEPS[usize::from(code >> low & 7)])),
            _ => {
                last = code & 15;
                row.push(last);
            }
        }
    }
    (row.len() == width).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_steps_and_samples_unpack() {
        let shape = Shape::plain(8, 1, 4);
        let codes = [0xc5, 0x02, 0b01_01_10_11, 0b10_011_101, 0xcf];
        let mut out = Vec::new();
        unpack(&codes, shape, &mut out).unwrap();
        assert_eq!(out, [0x55, 0x56, 0x58, 0x5f]);
        unpack(&codes[..4], shape, &mut Vec::new()).unwrap_err();
        unpack(&[0xc5, 0x08], shape, &mut Vec::new()).unwrap_err();
    }
}
