//! The order in which a file has the coefficients of a block, ITU-T T.81 figure A.6.

use super::near::Coefficients;
use crate::simd::nonzero;

/// Coefficients of a block.
pub(super) const COEFFICIENTS: usize = 64;
/// Where each coefficient of the zigzag stands in a block that stands by row.
pub(super) const ZIGZAG: [u8; COEFFICIENTS] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The order, for blocks that stand one way.
///
/// Few coefficients are not zero. So a block stays as it is, and which of it are not is put in order,
/// eight bits at a time.
pub(super) struct Order {
    /// Where each coefficient of the zigzag stands.
    places: [u8; COEFFICIENTS],
    /// For each eight of a block, and for which of them are asked: their bits in the zigzag.
    bits: [[u64; 256]; 8],
}

impl Order {
    /// Of blocks by row, then by column.
    pub(super) const ROWS: &'static Self = &Self::new(false);
    /// Of blocks by column, then by row.
    pub(super) const COLUMNS: &'static Self = &Self::new(true);

    const fn new(turned: bool) -> Self {
        let mut order = Self { places: ZIGZAG, bits: [[0; 256]; 8] };
        let mut at = 0;
        while at < COEFFICIENTS {
            if turned {
                order.places[at] = ZIGZAG[at] % 8 * 8 + ZIGZAG[at] / 8;
            }
            let place = order.places[at] as usize;
            let mut asked = 0;
            while asked < 256 {
                if asked >> (place % 8) & 1 == 1 {
                    order.bits[place / 8][asked] |= 1 << at;
                }
                asked += 1;
            }
            at += 1;
        }
        order
    }

    /// Which coefficients of the zigzag are not zero, the first in the lowest bit.
    #[inline(always)]
    pub(super) fn nonzero(&self, block: &Coefficients) -> u64 {
        let found = nonzero(block).to_le_bytes();
        found.iter().zip(&self.bits).fold(0, |all, (eight, bits)| all | bits[usize::from(*eight)])
    }

    /// A coefficient of the zigzag, `at` below 64.
    #[inline(always)]
    pub(super) fn of(&self, block: &Coefficients, at: usize) -> i16 {
        block[usize::from(self.places[at % COEFFICIENTS]) % COEFFICIENTS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zigzag_is_the_diagonals() {
        let mut places: Vec<u8> = (0..64).collect();
        places.sort_by_key(|place| {
            let (row, column) = (place / 8, place % 8);
            let along = if (row + column) % 2 == 0 { column } else { row };
            (row + column, along)
        });
        assert_eq!(ZIGZAG[..], places);
    }

    #[test]
    fn blocks_of_both_ways_are_in_one_order() {
        let mut random = fastrand::Rng::with_seed(9);
        for _ in 0..100 {
            let rows: Coefficients =
                std::array::from_fn(|_| if random.bool() { 0 } else { random.i16(-1023..1024) });
            let columns: Coefficients = std::array::from_fn(|at| rows[at % 8 * 8 + at / 8]);
            let want = ZIGZAG.map(|place| rows[usize::from(place)]);
            for (order, block) in [(Order::ROWS, &rows), (Order::COLUMNS, &columns)] {
                assert_eq!(std::array::from_fn(|at| order.of(block, at)), want);
                assert_eq!(order.nonzero(block), nonzero(&want));
            }
        }
    }
}
