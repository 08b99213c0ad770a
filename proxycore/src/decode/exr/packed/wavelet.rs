//! PIZ's wavelet: averages and differences of pairs, in both directions, level above level.
//!
//! Most of the work is the last level, whose pairs are neighbours: it goes row by row over slices,
//! which compilers make vectors of. In the levels before it, samples lie apart.

/// The numbers of one channel: rows of pixels, each of one number or of two.
pub(super) struct Field {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Numbers from one pixel to the next: a sample of 32 bits is two numbers, each a field.
    pub(super) step: usize,
}

/// Undoes the transform, in place; `numbers` starts with the field's first. Numbers below 2^14 are
/// coded without a fold.
pub(super) fn decode(numbers: &mut [u16], field: &Field, largest: u16) {
    if largest < 1 << 14 {
        levels(numbers, field, plain);
    } else {
        levels(numbers, field, folded);
    }
}

fn levels(numbers: &mut [u16], field: &Field, pair: impl Fn(u16, u16) -> (u16, u16) + Copy) {
    let side = field.columns.min(field.rows);
    if side < 2 {
        return;
    }
    let mut apart = 1_usize << side.ilog2();
    while apart > 2 {
        level(numbers, field, apart / 2, pair);
        apart /= 2;
    }
    match field.step {
        1 => neighbours(numbers, field, pair),
        _ => level(numbers, field, 1, pair),
    }
}

/// A level whose pairs lie `apart` pixels apart.
fn level(
    numbers: &mut [u16],
    field: &Field,
    apart: usize,
    pair: impl Fn(u16, u16) -> (u16, u16) + Copy,
) {
    let &Field { columns, rows, step } = field;
    let (right, down) = (apart * step, apart * columns * step);
    let at = |x: usize, y: usize| (y * columns + x) * step;
    let [last_column, last_row] = [columns, rows].map(|count| count / (2 * apart) * 2 * apart);
    for y in (0..last_row).step_by(2 * apart) {
        for x in (0..last_column).step_by(2 * apart) {
            let here = at(x, y);
            let [a, b] = [here, here + right].map(|here| pair(numbers[here], numbers[here + down]));
            (numbers[here], numbers[here + right]) = pair(a.0, b.0);
            (numbers[here + down], numbers[here + down + right]) = pair(a.1, b.1);
        }
        if columns & apart != 0 {
            let here = at(last_column, y);
            (numbers[here], numbers[here + down]) = pair(numbers[here], numbers[here + down]);
        }
    }
    if rows & apart != 0 {
        for x in (0..last_column).step_by(2 * apart) {
            let here = at(x, last_row);
            (numbers[here], numbers[here + right]) = pair(numbers[here], numbers[here + right]);
        }
    }
}

/// The last level of a field without steps.
fn neighbours(numbers: &mut [u16], field: &Field, pair: impl Fn(u16, u16) -> (u16, u16) + Copy) {
    let columns = field.columns;
    let mut twins = numbers[..columns * field.rows].chunks_exact_mut(2 * columns);
    for twin in &mut twins {
        let (above, below) = twin.split_at_mut(columns);
        for (above, below) in above.iter_mut().zip(below.iter_mut()) {
            (*above, *below) = pair(*above, *below);
        }
        // the odd column is done by that
        across(above, pair);
        across(below, pair);
    }
    across(twins.into_remainder(), pair);
}

fn across(row: &mut [u16], pair: impl Fn(u16, u16) -> (u16, u16)) {
    for [left, right] in row.as_chunks_mut::<2>().0 {
        (*left, *right) = pair(*left, *right);
    }
}

#[inline]
fn plain(average: u16, difference: u16) -> (u16, u16) {
    let (average, difference) = (average.cast_signed(), difference.cast_signed());
    let first = average.wrapping_add(difference & 1).wrapping_add(difference >> 1);
    (first.cast_unsigned(), first.wrapping_sub(difference).cast_unsigned())
}

#[inline]
fn folded(average: u16, difference: u16) -> (u16, u16) {
    let second = average.wrapping_sub(difference >> 1);
    (difference.wrapping_add(second).wrapping_sub(1 << 15), second)
}
