//! What a source is called, without its extension and its frame token.

use std::ops::Range;

use super::token::{self, SEPARATORS};

/// The stem of a sequence whose file name is a frame number and nothing else.
const NAMELESS: &str = "frames";

/// The file name of a key without its extension and without a frame token (`%04d`, `####`, `@@@@`,
/// `$F4`) and the separator before that: `beauty.0001` of `a/beauty.0001.exr`, `beauty` of
/// `a/beauty.%04d.exr`.
#[must_use]
pub fn stem(key: &str) -> String {
    let file = key.rsplit_once('/').map_or(key, |(_, file)| file);
    let stem = match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    };
    token::find(stem).map_or_else(|| stem.to_owned(), |token| without(stem, token.range))
}

fn without(stem: &str, token: Range<usize>) -> String {
    let (head, tail) = (&stem[..token.start], &stem[token.end..]);
    let head = head.strip_suffix(SEPARATORS).unwrap_or(head);
    let joined = format!("{head}{tail}");
    let named = if head.is_empty() { joined.trim_start_matches(SEPARATORS) } else { &joined };
    if named.is_empty() { NAMELESS.to_owned() } else { named.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_lose_the_extension_and_the_frame_token() {
        for (key, expected) in [
            ("a/beauty.0001.exr", "beauty.0001"),
            ("beauty.####.exr", "beauty"),
            ("beauty_%d.exr", "beauty"),
            ("beauty%04d.exr", "beauty"),
            ("beauty.%04d.left.exr", "beauty.left"),
            ("%04d.exr", "frames"),
            ("####.left.exr", "left"),
            ("beauty.@@@@.exr", "beauty"),
            ("beauty.$F4.exr", "beauty"),
            ("take#2.exr", "take#2"),
            ("100%done.exr", "100%done"),
            ("plates/été 01/A001.dpx", "A001"),
            ("noextension", "noextension"),
            (".hidden", ".hidden"),
        ] {
            assert_eq!(stem(key), expected, "{key}");
        }
    }
}
