//! Where the frame number stands in a name that is a pattern.

use std::ops::Range;

/// What a frame number and a frame token are cut off by.
pub(crate) const SEPARATORS: [char; 4] = ['.', '_', '-', ' '];

/// Digits that a frame number has at the most: sums and differences of such numbers fit an `i64`.
pub(crate) const MAX_DIGITS: usize = 15;

/// A place for a frame number, and how many digits it is padded to; 1 for not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub range: Range<usize>,
    pub padding: usize,
}

/// The length and the padding of a token that a text starts with.
type Reader = fn(&str) -> Option<(usize, usize)>;

/// The plainest come first: a name may well have a `#` or an `@` of its own, hardly a `%04d`.
const READERS: [Reader; 4] = [printf, hashes, ats, houdini];

/// Finds the frame token of a file name: `%04d` (C), `####` (Nuke), `@@@@` (Shake) or `$F4`
/// (Houdini), which ends where a word ends.
pub(crate) fn find(name: &str) -> Option<Token> {
    READERS.into_iter().find_map(|read| first(name, read))
}

/// Whether a word ends where `rest` begins.
pub(crate) fn ends_word(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(SEPARATORS)
}

fn first(name: &str, read: Reader) -> Option<Token> {
    let mut before = None;
    name.char_indices().find_map(|(start, sign)| {
        // a run of `#` or `@` is a token as a whole or not at all
        let goes_on = before.replace(sign) == Some(sign);
        if goes_on && matches!(sign, '#' | '@') {
            return None;
        }
        let (length, padding) = read(&name[start..])?;
        let range = start..start + length;
        let is_one = ends_word(&name[range.end..]) && padding <= MAX_DIGITS;
        is_one.then(|| Token { range, padding: padding.max(1) })
    })
}

fn printf(text: &str) -> Option<(usize, usize)> {
    let format = text.strip_prefix('%')?;
    let (digits, padding) = number(format)?;
    format[digits..].starts_with('d').then_some((digits + 2, padding))
}

/// One `#` alone stands for four digits, as Nuke has it.
fn hashes(text: &str) -> Option<(usize, usize)> {
    match run(text, b'#')? {
        1 => Some((1, 4)),
        length => Some((length, length)),
    }
}

fn ats(text: &str) -> Option<(usize, usize)> {
    run(text, b'@').map(|length| (length, length))
}

fn houdini(text: &str) -> Option<(usize, usize)> {
    let (digits, padding) = number(text.strip_prefix("$F")?)?;
    Some((digits + 2, padding))
}

fn run(text: &str, sign: u8) -> Option<usize> {
    let length = text.bytes().take_while(|&byte| byte == sign).count();
    (length > 0).then_some(length)
}

/// The digits that a text starts with, how many and as a number: none are 0.
fn number(text: &str) -> Option<(usize, usize)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = if digits == 0 { 0 } else { text[..digits].parse().ok()? };
    Some((digits, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_with_their_padding() {
        for (name, token, padding) in [
            ("shot.%04d.exr", "%04d", 4),
            ("shot.%d.exr", "%d", 1),
            ("shot%03d", "%03d", 3),
            ("shot.#.exr", "#", 4),
            ("shot_##.exr", "##", 2),
            ("#.%02d.exr", "%02d", 2),
            ("100%%04d.exr", "%04d", 4),
            ("shot-@.exr", "@", 1),
            ("shot.@@@@ left.exr", "@@@@", 4),
            ("été.$F.exr", "$F", 1),
            ("shot.$F4.exr", "$F4", 4),
        ] {
            let found = find(name).unwrap();
            assert_eq!((&name[found.range], found.padding), (token, padding), "{name}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for name in [
            "shot.0001.exr",
            "take#2.exr",
            "100%done.exr",
            "left@2x.png",
            "$FF.exr",
            "%099d.exr",
            "%99999999999999999999999d.exr",
            "*.exr",
            "####################.exr",
            "",
        ] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
