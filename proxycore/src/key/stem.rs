//! What a source is called, without its extension and its frame token.

use std::ops::Range;

/// The stem of a sequence whose file name is a frame number and nothing else.
const NAMELESS: &str = "frames";
const SEPARATORS: [char; 4] = ['.', '_', '-', ' '];

/// The file name of a key without its extension and without a frame token (`%04d`, `####`) and the
/// separator before that: `beauty.0001` of `a/beauty.0001.exr`, `beauty` of `a/beauty.%04d.exr`.
#[must_use]
pub fn stem(key: &str) -> String {
    let file = key.rsplit_once('/').map_or(key, |(_, file)| file);
    let stem = match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    };
    frame_token(stem).map_or_else(|| stem.to_owned(), |token| without(stem, token))
}

fn without(stem: &str, token: Range<usize>) -> String {
    let (head, tail) = (&stem[..token.start], &stem[token.end..]);
    let head = head.strip_suffix(SEPARATORS).unwrap_or(head);
    let joined = format!("{head}{tail}");
    let named = if head.is_empty() { joined.trim_start_matches(SEPARATORS) } else { &joined };
    if named.is_empty() { NAMELESS.to_owned() } else { named.to_owned() }
}

/// Finds the first frame token: a printf number or a run of `#` that ends where a word ends.
fn frame_token(stem: &str) -> Option<Range<usize>> {
    stem.char_indices().find_map(|(start, _)| {
        let end = start + token_length(&stem[start..])?;
        let ends = stem[end..].is_empty() || stem[end..].starts_with(SEPARATORS);
        ends.then_some(start..end)
    })
}

fn token_length(text: &str) -> Option<usize> {
    if let Some(format) = text.strip_prefix('%') {
        let digits = format.bytes().take_while(u8::is_ascii_digit).count();
        return format[digits..].starts_with('d').then_some(digits + 2);
    }
    let hashes = text.bytes().take_while(|&byte| byte == b'#').count();
    (hashes > 0).then_some(hashes)
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
