//! The name of a sequence: a key with a place for the frame number.

use std::fmt;

use super::frames::FrameSet;
use super::numeral::{Numeral, takes_sign};
use crate::error::{ErrorKind, Result};
use crate::key::token::{self, SEPARATORS};

/// Bytes that a range before a token has at the most; names of files are shorter.
const LONGEST_RANGE: usize = 1024;

/// A key whose file name has a place for the frame number, printed as `a/shot.%04d.exr`.
///
/// The padding is a minimum, as that of C's `printf`: frame 10000 of `%04d` is `10000`, and frame
/// -1 is `-001`.
///
/// # Examples
/// ```
/// use proxycore::sequence::Pattern;
///
/// let (pattern, wanted) = Pattern::parse("a/shot.1001-1100x2#.exr")?.expect("has a token");
/// assert_eq!(pattern.to_string(), "a/shot.%04d.exr");
/// assert_eq!(pattern.key(7), "a/shot.0007.exr");
/// assert_eq!(pattern.frame_of("a/shot.0007.exr"), Some(7));
/// assert_eq!(wanted.map(|frames| frames.len()), Some(50));
/// # Ok::<(), proxycore::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    head: String,
    tail: String,
    padding: usize,
}

impl Pattern {
    pub(super) fn new(head: &str, padding: usize, tail: &str) -> Self {
        Self { head: head.to_owned(), tail: tail.to_owned(), padding }
    }

    /// Reads a pattern, and the frames that it names: `shot.%04d.exr`, `shot.####.exr`,
    /// `shot.@@@@.exr` or `shot.$F4.exr`, each perhaps with a range before the token, as in
    /// `shot.1001-1100#.exr`. A single `#` stands for four digits.
    ///
    /// `None` is a key without a token in its file name; what stands in its folder is no token.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for a range of too many frames.
    pub fn parse(key: &str) -> Result<Option<(Self, Option<FrameSet>)>> {
        let (folder, name) = key.split_at(folder_of(key).len());
        let Some(token) = token::find(name) else { return Ok(None) };
        let (head, wanted) = match range(&name[..token.range.start])? {
            Some((start, frames)) => (&name[..start], Some(frames)),
            None => (&name[..token.range.start], None),
        };
        let (head, tail) = (format!("{folder}{head}"), &name[token.range.end..]);
        Ok(Some((Self::new(&head, token.padding, tail), wanted)))
    }

    /// The key of a frame.
    #[must_use]
    pub fn key(&self, frame: i64) -> String {
        let Self { head, tail, padding } = self;
        format!("{head}{frame:0padding$}{tail}")
    }

    /// The frame that a key is of: the inverse of [`key`](Self::key). A `-` is a sign behind a `.`,
    /// a `_` or nothing, else a part of the name; `-0001` is taken for `-001`, as some write it.
    #[must_use]
    pub fn frame_of(&self, key: &str) -> Option<i64> {
        let number = key.strip_prefix(&*self.head)?.strip_suffix(&*self.tail)?;
        let numeral = Numeral::read(number)?;
        let is_signed = !numeral.is_negative() || takes_sign(&self.head);
        (is_signed && numeral.fits(self.padding)).then(|| numeral.value())
    }

    /// The folder that all frames lie in: it ends in `/`, or is empty.
    #[must_use]
    pub fn folder(&self) -> &str {
        folder_of(&self.head)
    }

    /// How many characters a number has at least; 1 where it is not padded.
    #[must_use]
    pub fn padding(&self) -> usize {
        self.padding
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head, tail, padding } = self;
        match padding {
            1 => write!(f, "{head}%d{tail}"),
            _ => write!(f, "{head}%0{padding}d{tail}"),
        }
    }
}

fn folder_of(key: &str) -> &str {
    &key[..key.rfind('/').map_or(0, |at| at + 1)]
}

/// The range that the text before a token ends with, and where it starts.
fn range(head: &str) -> Result<Option<(usize, FrameSet)>> {
    let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b',' | b'x');
    let length = head.bytes().rev().take_while(is_part).count();
    if length > LONGEST_RANGE {
        return Ok(None);
    }
    for start in (head.len() - length..head.len()).filter(|&start| may_start(head, start)) {
        match head[start..].parse() {
            Ok(frames) => return Ok(Some((start, frames))),
            Err(error) if matches!(error.kind(), ErrorKind::Limit { .. }) => return Err(error),
            Err(_) => {}
        }
    }
    Ok(None)
}

/// Whether a range may start there: with a whole number, and its sign where it has one. A number
/// alone has to be a word, for names end in numbers as well: `A001####.dpx`.
fn may_start(head: &str, start: usize) -> bool {
    let (before, range) = head.split_at(start);
    if range.starts_with('-') {
        return takes_sign(before);
    }
    let is_word = before.is_empty() || before.ends_with(SEPARATORS);
    let cuts = before.ends_with(|c: char| c.is_ascii_digit());
    range.starts_with(|c: char| c.is_ascii_digit())
        && if range.contains(['-', ',']) { !cuts } else { is_word }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(key: &str) -> (Pattern, String) {
        let (pattern, wanted) = Pattern::parse(key).unwrap().unwrap();
        (pattern, wanted.map(|frames| frames.to_string()).unwrap_or_default())
    }

    #[test]
    fn patterns_are_read_in_all_their_notations() {
        for (text, canonical, wanted) in [
            ("a/shot.%04d.exr", "a/shot.%04d.exr", ""),
            ("shot.%d.exr", "shot.%d.exr", ""),
            ("shot.%01d.exr", "shot.%d.exr", ""),
            ("shot.####.exr", "shot.%04d.exr", ""),
            ("shot.#.exr", "shot.%04d.exr", ""),
            ("shot.@@@.exr", "shot.%03d.exr", ""),
            ("shot.$F4.exr", "shot.%04d.exr", ""),
            ("shot.$F.exr", "shot.%d.exr", ""),
            ("%04d.exr", "%04d.exr", ""),
            ("shot.1001-1100#.exr", "shot.%04d.exr", "1001-1100"),
            ("shot.1-10x2@@@.exr", "shot.%03d.exr", "1-9x2"),
            ("shot.3,4,10-20x2#.exr", "shot.%04d.exr", "3-4,10-20x2"),
            ("shot.-10--1#.exr", "shot.%04d.exr", "-10--1"),
            ("shot.-3-5%04d.exr", "shot.%04d.exr", "-3-5"),
            ("shot.7#.exr", "shot.%04d.exr", "7"),
            ("shot1-10#.exr", "shot%04d.exr", "1-10"),
            ("sh010-1-10#.exr", "sh010-%04d.exr", "1-10"),
            ("A001####.dpx", "A001%04d.dpx", ""),
            ("maxx1-3#.exr", "maxx%04d.exr", "1-3"),
            ("a####/1-3/b.####.exr", "a####/1-3/b.%04d.exr", ""),
        ] {
            let (pattern, frames) = read(text);
            assert_eq!((&*pattern.to_string(), &*frames), (canonical, wanted), "{text}");
            assert_eq!(read(canonical), (pattern, String::new()), "{text}");
        }
    }

    #[test]
    fn other_keys_are_no_patterns() {
        for key in ["", "a.0001.exr", "%04d/a.exr", "####/a.exr", "take#2.exr", "*.exr", "a/", "#/"]
        {
            assert_eq!(Pattern::parse(key).unwrap(), None, "{key}");
        }
    }

    #[test]
    fn ranges_without_end_are_refused() {
        let error = Pattern::parse("shot.1-999999999#.exr").unwrap_err();
        assert_eq!(error.kind().name(), "limit");
        let long = format!("{}#.exr", "1-".repeat(100_000));
        assert_eq!(read(&long).1, "");
    }

    #[test]
    fn keys_and_frames_are_inverse() {
        for text in ["a/s.%04d.exr", "s_%d.exr", "%02d", "a/%03d_x.exr"] {
            let (pattern, _) = read(text);
            for frame in [-12345, -1000, -100, -12, -1, 0, 1, 9, 10, 998, 1000, 99999] {
                assert_eq!(pattern.frame_of(&pattern.key(frame)), Some(frame), "{text} {frame}");
            }
        }
        let (padded, _) = read("a/s.%04d.exr");
        assert_eq!(padded.key(-1), "a/s.-001.exr");
        assert_eq!(padded.frame_of("a/s.-0001.exr"), Some(-1));
        for key in
            ["a/s.1.exr", "a/s.00001.exr", "a/s.0001.dpx", "s.0001.exr", "a/s..exr", "a/s.exr"]
        {
            assert_eq!(padded.frame_of(key), None, "{key}");
        }
        let (dashed, _) = read("shot-%04d.exr");
        assert_eq!(dashed.frame_of("shot-0001.exr"), Some(1));
        assert_eq!(dashed.frame_of("shot--001.exr"), None);
        let (bare, _) = read("shot%04d.exr");
        assert_eq!(bare.frame_of("shot-0001.exr"), None);
    }

    #[test]
    fn folders_end_in_a_slash() {
        assert_eq!(read("a/b/s.%04d.exr").0.folder(), "a/b/");
        assert_eq!(read("s.%04d.exr").0.folder(), "");
    }
}
