//! 3x3 matrices in double precision.

/// Rows of a 3x3 matrix.
pub(super) type Matrix = [[f64; 3]; 3];

pub(super) fn apply(matrix: &Matrix, vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2])
}

pub(super) fn multiply(left: &Matrix, right: &Matrix) -> Matrix {
    let column = |at: usize| [right[0][at], right[1][at], right[2][at]];
    let columns = [0, 1, 2].map(|at| apply(left, column(at)));
    transpose(&columns)
}

pub(super) fn transpose(matrix: &Matrix) -> Matrix {
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| matrix[column][row]))
}

pub(super) fn diagonal(values: [f64; 3]) -> Matrix {
    [[values[0], 0.0, 0.0], [0.0, values[1], 0.0], [0.0, 0.0, values[2]]]
}

/// The inverse, by cofactors; `None` where there is none.
pub(super) fn invert(matrix: &Matrix) -> Option<Matrix> {
    let cofactor = |row: usize, column: usize| {
        let (r1, r2) = ((row + 1) % 3, (row + 2) % 3);
        let (c1, c2) = ((column + 1) % 3, (column + 2) % 3);
        matrix[r1][c1] * matrix[r2][c2] - matrix[r1][c2] * matrix[r2][c1]
    };
    let determinant: f64 = (0..3).map(|column| matrix[0][column] * cofactor(0, column)).sum();
    let found = determinant.is_finite() && determinant.abs() > 1e-12;
    found.then(|| [0, 1, 2].map(|row| [0, 1, 2].map(|column| cofactor(column, row) / determinant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_the_identity() {
        let matrix = [[2.0, 1.0, 0.5], [0.0, 3.0, 1.0], [1.0, 0.0, 1.0]];
        let product = multiply(&matrix, &invert(&matrix).unwrap());
        for (row, values) in product.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                assert!((value - f64::from(u8::from(row == column))).abs() < 1e-12);
            }
        }
        assert_eq!(invert(&[[1.0, 2.0, 3.0]; 3]), None);
    }
}
