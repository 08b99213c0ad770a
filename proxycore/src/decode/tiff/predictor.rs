//! Differences undone: predictor 2, by samples (TIFF 6.0, section 14), and 3, by the bytes of
//! floats (TIFF technical note 3).

use super::FORMAT;
use super::bytes::Order;
use super::sample::{Kind, bits_at, put_bits};
use crate::error::{Error, Result};

/// What rows are differences of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    /// The sample before.
    Sample,
    /// The byte before, of floats whose bytes stand apart, highest first.
    FloatBytes,
}

impl Predictor {
    pub(super) fn of(number: u64, kind: Kind) -> Result<Self> {
        match number {
            1 => Ok(Self::None),
            2 => Ok(Self::Sample),
            3 if !kind.is_integer() => Ok(Self::FloatBytes),
            3 => Err(Error::corrupt(FORMAT, "integers with the predictor of floats")),
            other => Err(Error::unsupported(FORMAT, format!("predictor {other}"))),
        }
    }

    /// Makes samples of the differences of one row, which holds `step` samples a pixel.
    pub(super) fn undo(self, row: &mut [u8], bits: u32, step: usize, order: Order) {
        match (self, bits) {
            (Self::None, _) => {}
            (Self::FloatBytes, _) => float_bytes(row, bits as usize / 8, step, order),
            (Self::Sample, 8) => add_bytes(row, step),
            (Self::Sample, 16) if order == Order::Little => {
                whole(row, step, u16::from_le_bytes, u16::wrapping_add, u16::to_le_bytes);
            }
            (Self::Sample, 16) => {
                whole(row, step, u16::from_be_bytes, u16::wrapping_add, u16::to_be_bytes);
            }
            (Self::Sample, 24) => ordered::<3>(row, step, order),
            (Self::Sample, 32) => ordered::<4>(row, step, order),
            (Self::Sample, 64) => ordered::<8>(row, step, order),
            (Self::Sample, _) => packed(row, bits as usize, step),
        }
    }
}

fn add_bytes(row: &mut [u8], step: usize) {
    for at in step..row.len() {
        row[at] = row[at].wrapping_add(row[at - step]);
    }
}

fn ordered<const N: usize>(row: &mut [u8], step: usize, order: Order) {
    let write = |sum: u64| {
        let mut sample = [0; N];
        order.put(sum, &mut sample);
        sample
    };
    whole(row, step, |sample: [u8; N]| order.uint(&sample), u64::wrapping_add, write);
}

fn whole<const N: usize, T>(
    row: &mut [u8],
    step: usize,
    read: impl Fn([u8; N]) -> T,
    add: impl Fn(T, T) -> T,
    write: impl Fn(T) -> [u8; N],
) {
    let samples = row.as_chunks_mut::<N>().0;
    for at in step..samples.len() {
        samples[at] = write(add(read(samples[at]), read(samples[at - step])));
    }
}

fn packed(row: &mut [u8], bits: usize, step: usize) {
    let mask = u32::MAX >> (32 - bits);
    let mut codes: Vec<u32> =
        (0..8 * row.len() / bits).map(|at| bits_at(row, at * bits, bits)).collect();
    row.fill(0);
    for at in 0..codes.len() {
        let before = at.checked_sub(step).map_or(0, |before| codes[before]);
        codes[at] = codes[at].wrapping_add(before) & mask;
        put_bits(row, at * bits, bits, codes[at]);
    }
}

fn float_bytes(row: &mut [u8], bytes: usize, step: usize, order: Order) {
    add_bytes(row, step);
    let apart = row.to_vec();
    let samples = row.len() / bytes;
    for (at, sample) in row.chunks_exact_mut(bytes).enumerate() {
        for (byte, out) in sample.iter_mut().enumerate() {
            let from = if order == Order::Big { byte } else { bytes - 1 - byte };
            *out = apart[from * samples + at];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_every_depth_are_summed() {
        for bits in (1..=32).chain([64]) {
            let count = 9_usize;
            for order in [Order::Little, Order::Big] {
                let mut row = vec![0_u8; (count * bits).div_ceil(8)];
                let one = |row: &mut [u8], at: usize| match bits {
                    8 | 16 | 24 | 32 | 64 => order.put(1, &mut row[at * bits / 8..][..bits / 8]),
                    _ => put_bits(row, at * bits, bits, 1),
                };
                (0..count).for_each(|at| one(&mut row, at));
                Predictor::Sample.undo(&mut row, bits as u32, 3, order);
                let read = |at: usize| match bits {
                    8 | 16 | 24 | 32 | 64 => order.uint(&row[at * bits / 8..][..bits / 8]),
                    _ => bits_at(&row, at * bits, bits).into(),
                };
                let mask = u64::MAX >> (64 - bits);
                let want: Vec<u64> = (0..count as u64).map(|at| (at / 3 + 1) & mask).collect();
                assert_eq!((0..count).map(read).collect::<Vec<_>>(), want, "{bits} bits");
            }
        }
    }

    #[test]
    fn bytes_of_floats_come_together() {
        // 0x3c00 twice, high bytes first: 3c 3c 00 00 as differences
        for (order, want) in [(Order::Big, [0x3c, 0, 0x3c, 0]), (Order::Little, [0, 0x3c, 0, 0x3c])]
        {
            let mut row = [0x3c, 0, 0xc4, 0];
            Predictor::FloatBytes.undo(&mut row, 16, 1, order);
            assert_eq!(row, want);
        }
    }
}
