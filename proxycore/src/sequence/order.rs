//! The order that a person would put keys in: `shot2` before `shot10`.

use std::cmp::Ordering;

/// Compares keys by their folders, then by their names, with numbers by their values.
pub(super) fn natural(one: &str, other: &str) -> Ordering {
    let split = |key: &str| key.rfind('/').map_or(0, |at| at + 1);
    let (folder, name) = one.split_at(split(one));
    let (other_folder, other_name) = other.split_at(split(other));
    parts(folder, other_folder)
        .then_with(|| folder.cmp(other_folder))
        .then_with(|| parts(name, other_name))
        .then_with(|| name.cmp(other_name))
}

fn parts(mut one: &str, mut other: &str) -> Ordering {
    while !one.is_empty() && !other.is_empty() {
        let ((part, rest), (other_part, other_rest)) = (cut(one), cut(other));
        let order = part_order(part, other_part);
        if order.is_ne() {
            return order;
        }
        (one, other) = (rest, other_rest);
    }
    one.len().cmp(&other.len())
}

/// Cuts a number or one character off.
fn cut(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let first = text.chars().next().map_or(0, char::len_utf8);
    text.split_at(digits.max(first))
}

fn part_order(one: &str, other: &str) -> Ordering {
    if !is_number(one) || !is_number(other) {
        return one.cmp(other);
    }
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

fn is_number(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_by_their_values_and_folders_stay_together() {
        let ordered = [
            "b.exr",
            "shot.%04d.exr",
            "shot.exr",
            "a1/z.exr",
            "a01/a.exr",
            "a2/shot2.exr",
            "a2/shot10.exr",
            "a2/shot010.exr",
            "a2/shot10b.exr",
            "a2/été.exr",
            "a2/été1.exr",
            "a10/a.exr",
        ];
        // the same value: by the text, so that the order is one
        let mut sorted = ordered;
        sorted.reverse();
        sorted.sort_by(|one, other| natural(one, other));
        let mut expected = ordered;
        expected.swap(3, 4);
        expected.swap(6, 7);
        assert_eq!(sorted, expected);
    }
}
