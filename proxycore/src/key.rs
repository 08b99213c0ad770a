//! Keys: what an object may be called, and what its renditions are called.
//!
//! A key is the `/`-separated name of an object in its store, `renders/shot_010/beauty.0001.exr`.
//! [`check`] holds it to a normal form, so that a key can neither leave its store nor name one
//! object in two ways. A [`KeyTemplate`] turns a source's key into those of its outputs. What
//! stands behind a key, a file or an object, is the business of [`storage`](crate::storage).

mod stem;
mod template;
pub(crate) mod token;

use std::fmt::Write as _;

use crate::error::{Error, Result};

pub use stem::stem;
pub use template::KeyTemplate;

/// The folder that outputs go to by default, and that no source is taken from.
pub const PROXY_FOLDER: &str = ".proxies";

/// Checks that a key is in normal form: relative, not empty, without empty, `.` or `..` segments
/// and without NUL, both as written and after percent-decoding, as a store behind HTTP may do. A
/// backslash may be a part of a name; a `..` beside one may not, as some systems cut there too.
///
/// # Errors
/// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) that says what is wrong.
pub fn check(key: &str) -> Result<()> {
    let fault = fault(key.as_bytes()).or_else(|| fault(&percent_decoded(key)));
    fault.map_or(Ok(()), |what| Err(Error::invalid("key", what).at(key.replace('\0', "\\0"))))
}

/// A key as a relative address: percent-encoded but for the unreserved characters (RFC 3986, section
/// 2.3) and the `/` between its parts.
#[must_use]
pub fn escaped(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            // writing to a text does not fail
            _ => _ = write!(text, "%{byte:02X}"),
        }
    }
    text
}

/// The key of a relative address that [`escaped`] made; `None` where it is no text.
#[must_use]
pub fn unescaped(address: &str) -> Option<String> {
    String::from_utf8(percent_decoded(address)).ok()
}

/// Says whether a key lies inside a folder of outputs, at any depth: such a source is skipped, for
/// its outputs would be sources again.
#[must_use]
pub fn is_proxy(key: &str) -> bool {
    key.rsplit('/').skip(1).any(|folder| folder == PROXY_FOLDER)
}

fn fault(key: &[u8]) -> Option<&'static str> {
    match key {
        [] => return Some("is empty"),
        [b'/', ..] => return Some("is absolute; a key is relative to its store"),
        [b'\\', ..] => return Some("starts with a backslash"),
        _ if key.contains(&0) => return Some("holds a NUL"),
        _ if key.split(is_separator).any(|part| part == b"..") => {
            return Some("has a segment `..`");
        }
        _ => {}
    }
    key.split(|&byte| byte == b'/').find_map(|segment| match segment {
        b"" => Some("has an empty segment, a doubled or trailing `/`"),
        b"." => Some("has a segment `.`"),
        _ => None,
    })
}

fn is_separator(byte: &u8) -> bool {
    matches!(byte, b'/' | b'\\')
}

/// Writes bytes that are no plain ASCII, and `%`, as `%` and two hexadecimal digits.
pub(crate) fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'%' | 0..=b' ' | 0x7f.. => format!("%{byte:02X}"),
        plain => char::from(plain).to_string(),
    };
    text.bytes().map(encode).collect()
}

/// Undoes it; a `%` that two such digits do not follow stays.
pub(crate) fn percent_decoded(key: &str) -> Vec<u8> {
    let mut rest = key.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%').then(|| hex_byte(tail)).flatten();
        decoded.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    decoded
}

fn hex_byte(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_inside_their_store() {
        for key in [
            "a",
            "a/b.exr",
            "a/..b/c..",
            "a/beauty.%04d.exr",
            "100%/é.exr",
            "a\\b",
            ".proxies/x_t.jpg",
        ] {
            check(key).unwrap();
        }
        for key in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "./a",
            "..",
            "../a",
            "a/../b",
            "a/..",
            "a\0b",
            "%2e%2e/a",
            "a/.%2E/b",
            "%2Fetc",
            "..%2fa",
            "a%00",
            "\\a",
            "..\\a",
            "a\\..\\b",
            "a/..\\b",
            "a%5c..",
            "%5C..%2Fa",
        ] {
            assert_eq!(check(key).unwrap_err().kind().name(), "invalid", "{key:?}");
        }
    }

    #[test]
    fn addresses_are_read_back() {
        let key = "plates/été 01/100%_a#1.jpg";
        assert_eq!(unescaped(&escaped(key)).as_deref(), Some(key));
        assert_eq!(unescaped("%ff"), None);
    }

    #[test]
    fn what_lies_in_a_proxy_folder_is_no_source() {
        assert!(is_proxy(".proxies/x_thumb.jpg"));
        assert!(is_proxy("a/.proxies/b/c.exr"));
        assert!(!is_proxy("a/.proxies"));
        assert!(!is_proxy("a/my.proxies/b.exr"));
    }
}
