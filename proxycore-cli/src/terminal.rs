//! Text for a terminal: what is in a name or in a file must not steer it.

use std::borrow::Cow;

/// The same text, its control characters written out: `\n`, `\u{1b}`.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(2 * text.len());
    for character in text.chars() {
        match character.is_control() {
            true => plain.extend(character.escape_default()),
            false => plain.push(character),
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(plain("a\x1b[2J\nb\u{9b}"), r"a\u{1b}[2J\nb\u{9b}");
        assert!(matches!(plain(r"été\n 1.exr"), Cow::Borrowed(_)));
    }
}
