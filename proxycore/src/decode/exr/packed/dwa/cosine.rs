//! The inverse cosine transform of a square, by the factors that OpenEXR has.
//!
//! It goes down the columns, all eight at once, which compilers make vectors of; then over the
//! transposed square.

use std::array;

use super::{SIDE, Square};

type Line = [f32; SIDE];

/// Half the cosines of multiples of pi / 16, with the pi of OpenEXR, 3.14159.
const COSINES: [f32; 8] = [
    0.5,
    0.490_392_65,
    0.461_939_8,
    0.415_734_87,
    0.353_553_62,
    0.277_785_4,
    0.191_342_16,
    0.097_545_7,
];

/// Transforms a square back, rows of eight.
pub(super) fn inverse(square: &mut Square) {
    *square = transposed(square);
    columns(square);
    *square = transposed(square);
    columns(square);
}

/// Fills a square whose coefficients are all zero but the first.
pub(super) fn flat(first: f32) -> f32 {
    first * 0.353_553_6 * 0.353_553_6
}

fn transposed(square: &Square) -> Square {
    array::from_fn(|at| square[at % SIDE * SIDE + at / SIDE])
}

fn columns(square: &mut Square) {
    let lines: [Line; SIDE] =
        array::from_fn(|row| array::from_fn(|column| square[row * SIDE + column]));
    let [_, b, c, d, a, e, f, g] = COSINES;
    let odd: [Line; 4] = [[b, d, e, g], [d, -g, -b, -e], [e, -b, g, d], [g, -e, d, -b]].map(|by| {
        array::from_fn(|at| {
            by[0] * lines[1][at]
                + by[1] * lines[3][at]
                + by[2] * lines[5][at]
                + by[3] * lines[7][at]
        })
    });
    let even: [Line; 4] = [[1.0, c, f], [-1.0, f, -c], [-1.0, -f, c], [1.0, -c, -f]].map(|by| {
        array::from_fn(|at| {
            let mean = a * (lines[0][at] + by[0] * lines[4][at]);
            mean + (by[1] * lines[2][at] + by[2] * lines[6][at])
        })
    });
    for row in 0..SIDE / 2 {
        for at in 0..SIDE {
            square[row * SIDE + at] = even[row][at] + odd[row][at];
            square[(SIDE - 1 - row) * SIDE + at] = even[row][at] - odd[row][at];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the definition, in double precision.
    fn plain(square: &Square) -> Square {
        let cosine = |at: usize, wave: usize| {
            let scale = if wave == 0 { 0.5_f64.sqrt() } else { 1.0 };
            scale / 2.0 * ((2 * at + 1) as f64 * wave as f64 * std::f64::consts::PI / 16.0).cos()
        };
        array::from_fn(|at| {
            let (x, y) = (at % SIDE, at / SIDE);
            let sum: f64 = (0..SIDE * SIDE)
                .map(|from| {
                    f64::from(square[from]) * cosine(x, from % SIDE) * cosine(y, from / SIDE)
                })
                .sum();
            sum as f32
        })
    }

    #[test]
    fn squares_are_those_of_the_definition() {
        let mut random = fastrand::Rng::with_seed(2);
        for _ in 0..50 {
            let square: Square = array::from_fn(|_| random.f32() * 4.0 - 2.0);
            let (mut fast, plain) = (square, plain(&square));
            inverse(&mut fast);
            let far = fast.iter().zip(plain).map(|(one, other)| (one - other).abs());
            assert!(far.fold(0.0, f32::max) < 1e-4);
        }
        let mut square = [0.0; 64];
        square[0] = 1.5;
        inverse(&mut square);
        assert!(square.iter().all(|one| (one - flat(1.5)).abs() < 1e-6));
    }
}
