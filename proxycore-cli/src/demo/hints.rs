//! Commands to try next, as they can be pasted into a shell.

use std::borrow::Cow;
use std::env;
use std::ffi::OsStr;
use std::path::Path;

use crate::terminal::plain;

/// Three commands on the show in `folder`.
pub fn commands(folder: &Path) -> [String; 3] {
    let program = program();
    let path = |name: &str| quoted(&folder.join(name).to_string_lossy()).into_owned();
    [
        format!("{program} ls {}", path("sh010")),
        format!("{program} info {}", path("sh020/sh020_lookdev.1001.exr")),
        format!(
            "{program} make {} --missing hold --burn-in frame,timecode --gallery",
            path("sh010")
        ),
    ]
}

/// This program as a shell finds it: its name if that is on the PATH, else the path it was called by.
fn program() -> String {
    let called = env::args_os().next().unwrap_or_else(|| "proxycore".into());
    let name = env!("CARGO_BIN_NAME");
    let is_on_path =
        env::current_exe().is_ok_and(|this| is_found(name, &this, env::var_os("PATH").as_deref()));
    if is_on_path { name.to_owned() } else { quoted(&called.to_string_lossy()).into_owned() }
}

/// Whether `program` is the first file called `name` on the path.
fn is_found(name: &str, program: &Path, path: Option<&OsStr>) -> bool {
    let Some(path) = path else { return false };
    let first = env::split_paths(path).map(|folder| folder.join(name)).find(|file| file.is_file());
    let real = |path: &Path| path.canonicalize().ok();
    first.is_some_and(|file| real(&file).is_some() && real(&file) == real(program))
}

/// A word for a shell, quoted if necessary.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-./+:@%,=".contains(letter);
    match word {
        "" => "''".into(),
        // otherwise it would be an option
        word if word.starts_with('-') => quoted_path(&format!("./{word}")).into(),
        word if word.chars().all(is_plain) => word.into(),
        word => quoted_path(word).into(),
    }
}

fn quoted_path(word: &str) -> String {
    format!("'{}'", plain(word).replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_cut_them() {
        for (word, shown) in [
            ("demo/sh010", "demo/sh010"),
            ("été", "été"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("-x", "'./-x'"),
        ] {
            assert_eq!(quoted(word), shown);
        }
    }

    #[test]
    fn a_program_is_found_by_its_name_where_it_is_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        for folder in [&one, &other] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("proxycore"), "").unwrap();
        }
        let path = env::join_paths([&folder.path().join("none"), &one, &other]).unwrap();
        let is_found = |program: &Path| is_found("proxycore", program, Some(&path));
        assert!(is_found(&one.join("proxycore")));
        assert!(!is_found(&other.join("proxycore")));
        assert!(!is_found(&folder.path().join("proxycore")));
    }
}
