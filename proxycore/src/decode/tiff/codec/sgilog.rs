//! SGI's run lengths of logarithmic light, compression 34676: each row's words byte by byte, the
//! highest bytes of all first (G. Ward Larson, `LogLuv` encoding, 1998).

use super::super::bytes::Order;
use super::{Shape, broken};
use crate::error::Result;

/// Codes above it are runs.
const RUN: u8 = 128;

pub(super) fn unpack(packed: &[u8], shape: Shape, order: Order, out: &mut Vec<u8>) -> Result<()> {
    let word = shape.row_bytes / shape.width;
    let mut left = packed;
    for _ in 0..shape.rows {
        let mut row = vec![0; shape.row_bytes];
        for plane in 0..word {
            let at = if order == Order::Big { plane } else { word - 1 - plane };
            left = runs(left, row.iter_mut().skip(at).step_by(word))
                .ok_or_else(|| broken("SGILog runs that end too early or overrun a row"))?;
        }
        out.extend(row);
    }
    Ok(())
}

/// Fills the bytes of a row, and gives what is left of the input.
fn runs<'p, 'r>(
    mut left: &'p [u8],
    mut row: impl ExactSizeIterator<Item = &'r mut u8>,
) -> Option<&'p [u8]> {
    while row.len() > 0 {
        let (&code, rest) = left.split_first()?;
        let count = if code < RUN { code.into() } else { usize::from(code - RUN) + 2 };
        if count > row.len() {
            return None;
        }
        if code < RUN {
            let (bytes, rest) = rest.split_at_checked(count)?;
            row.by_ref().take(count).zip(bytes).for_each(|(out, byte)| *out = *byte);
            left = rest;
        } else {
            let (&byte, rest) = rest.split_first()?;
            row.by_ref().take(count).for_each(|out| *out = byte);
            left = rest;
        }
    }
    Some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_byte_by_byte() {
        let shape = Shape::plain(3, 1, 6);
        let packed = [129, 0x3f, 3, 1, 2, 3];
        for (order, want) in [
            (Order::Big, [0x3f, 1, 0x3f, 2, 0x3f, 3]),
            (Order::Little, [1, 0x3f, 2, 0x3f, 3, 0x3f]),
        ] {
            let mut out = Vec::new();
            unpack(&packed, shape, order, &mut out).unwrap();
            assert_eq!(out, want);
        }
        unpack(&packed[..5], shape, Order::Big, &mut Vec::new()).unwrap_err();
        unpack(&[130, 1], shape, Order::Big, &mut Vec::new()).unwrap_err();
    }
}
