//! Frame numbers as names have them: signed, and perhaps padded with zeros.

use std::ops::Range;

use crate::key::token::{MAX_DIGITS, ends_word};

/// What stands before the number of a version, which is never a frame.
const VERSIONS: [&str; 3] = ["v", "ver", "version"];

/// A number as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numeral<'a> {
    text: &'a str,
    value: i64,
}

impl<'a> Numeral<'a> {
    /// Reads a number of at most 15 digits; a zero has no sign.
    pub fn read(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_one = (1..=MAX_DIGITS).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        let value = is_one.then(|| text.parse().ok()).flatten()?;
        (value != 0 || digits.len() == text.len()).then_some(Self { text, value })
    }

    pub fn value(self) -> i64 {
        self.value
    }

    pub fn is_negative(self) -> bool {
        self.value < 0
    }

    /// Characters, with the sign, which is how C pads.
    pub fn width(self) -> usize {
        self.text.len()
    }

    /// Whether it has zeros that its value does not need.
    pub fn is_padded(self) -> bool {
        self.digits().len() > 1 && self.digits().starts_with('0')
    }

    /// Whether it is its value in that padding, which is a minimum: as C pads (-1 in four is
    /// `-001`), or, below zero, as some do who count the digits alone (`-0001`).
    pub fn fits(self, padding: usize) -> bool {
        let as_c = self.width() == padding || self.width() > padding && !self.is_padded();
        as_c || self.is_negative() && self.digits().len() == padding
    }

    fn digits(self) -> &'a str {
        self.text.strip_prefix('-').unwrap_or(self.text)
    }
}

/// Whether a `-` behind `head` is a sign and no separator: `shot.-1` and `-1`, but not `shot-1`.
pub(super) fn takes_sign(head: &str) -> bool {
    head.is_empty() || head.ends_with(['.', '_', '/'])
}

/// Finds the numbers of a key's file name that may be a frame: whole words or their ends, and
/// neither versions nor a part of the extension.
pub(super) fn numerals(key: &str) -> Vec<Range<usize>> {
    let begin = key.rfind('/').map_or(0, |at| at + 1);
    let stem = &key[..stem_end(key, begin)];
    let mut found = Vec::new();
    let mut at = begin;
    while let Some(start) = stem[at..].find(|c: char| c.is_ascii_digit()).map(|skip| at + skip) {
        let length = stem[start..].bytes().take_while(u8::is_ascii_digit).count();
        at = start + length;
        if length <= MAX_DIGITS && ends_word(&stem[at..]) && !is_version(&stem[begin..start]) {
            found.push(signed(&stem[begin..at], start - begin) + begin..at);
        }
    }
    found
}

/// Where the extension begins; digits alone are none.
fn stem_end(key: &str, begin: usize) -> usize {
    let dot = key[begin..].rfind('.').map(|at| begin + at);
    let is_extension = |dot: &usize| key[*dot..].bytes().any(|byte| byte.is_ascii_alphabetic());
    dot.filter(is_extension).unwrap_or(key.len())
}

/// Whether what stands before a number makes it a version: `v003`, `_v2`, `010ver1`.
fn is_version(head: &str) -> bool {
    let letters = head.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    VERSIONS.iter().any(|version| letters.eq_ignore_ascii_case(version))
}

/// Where a number at `start` begins, once its sign is counted.
fn signed(name: &str, start: usize) -> usize {
    let sign = name[..start].strip_suffix('-').filter(|head| takes_sign(head));
    let with_sign = sign.map_or(start, str::len);
    Numeral::read(&name[with_sign..]).map_or(start, |_| with_sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_their_padding() {
        for (text, fitting) in [
            ("1", &[1][..]),
            ("0", &[1]),
            ("1000", &[1, 2, 3, 4]),
            ("0100", &[4]),
            ("-1", &[1, 2]),
            ("-001", &[3, 4]),
            ("-0001", &[4, 5]),
            ("-1000", &[1, 2, 3, 4, 5]),
        ] {
            let numeral = Numeral::read(text).unwrap();
            let found: Vec<_> = (1..8).filter(|&padding| numeral.fits(padding)).collect();
            assert_eq!(found, fitting, "{text}");
        }
        for none in ["", "-", "-0", "-000", "+1", "1.5", "1234567890123456", "٣"] {
            assert_eq!(Numeral::read(none), None, "{none}");
        }
    }

    #[test]
    fn numbers_that_may_be_frames_are_found() {
        for (key, expected) in [
            ("10/shot.0001.exr", &["0001"][..]),
            ("a/shot-0001.exr", &["0001"]),
            ("a/shot.-0001.exr", &["-0001"]),
            ("a/shot_-5.exr", &["-5"]),
            ("a/-5.exr", &["-5"]),
            ("a/shot.-0000.exr", &["0000"]),
            ("sh010_v003.1001.exr", &["010", "1001"]),
            ("V2_sh_ver03.exr", &[]),
            ("rev3.exr", &["3"]),
            ("1080p_4k.jp2", &[]),
            ("shot.0001", &["0001"]),
            ("12345678901234567.exr", &[]),
            ("été 7.tif", &["7"]),
            ("", &[]),
        ] {
            let found: Vec<_> = numerals(key).into_iter().map(|range| &key[range]).collect();
            assert_eq!(found, expected, "{key}");
        }
    }
}
