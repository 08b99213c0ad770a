//! What keeps a hostile config from taking the process down with it.
//!
//! A config is YAML, and the crate that reads it goes into what is nested by recursion and copies
//! what an alias stands for. So half a kilobyte of aliases of aliases asks for all memory, and a line
//! of question marks for all of the stack; neither can be caught once it happens. A config is
//! therefore counted before it is read. The configs that are built in are not.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use ocio::Config;
use ocio::builtins::configs::BuiltinConfigRegistry;
use tempfile::TempDir;
use yaml_rust2::Event;
use yaml_rust2::parser::Parser;

use super::{archive, color, newer, said};
use crate::error::Result;
use crate::identity;

/// The longest text of a config, in bytes; the studio config has 72 thousand.
const LONGEST: u64 = 16 << 20;

/// What a text may grow to, in bytes: that of its words, and of each a node.
const MOST: usize = 64 << 20;
const NODE: usize = 64;

/// How deep a config may be nested; the studio config keeps below 10.
const DEEPEST: usize = 100;

/// The longest list in a config: the crate compares each space with all others.
const LONGEST_LIST: usize = 4096;

/// A config, and what else its file says.
pub(super) struct Opened {
    pub(super) config: Config,
    /// What it was read from, for the recipe.
    pub(super) digest: String,
    /// The SHA-256 of its text or archive.
    pub(super) sha256: String,
    /// The words that may name context variables, one a line.
    pub(super) templates: String,
    /// The space of the Default file rule, where the config has file rules.
    pub(super) default_rule: Option<String>,
    /// Where an archive's files lie; they go with it.
    pub(super) _folder: Option<TempDir>,
}

/// Reads a config: a file, an archive, or a built-in one.
pub(super) fn open(name: &str) -> Result<Opened> {
    let wrong = |why: String| color(format!("the config `{name}`: {why}"));
    if name.contains("ocio://") || !Path::new(name).exists() {
        let config = said::aloud(name, || match newer::built_in(name) {
            Some(text) => Config::create_from_str(&newer::adapted(&text)),
            None => Config::create_from_file(name),
        });
        let config = config.map_err(|cause| wrong(cause.to_string()))?;
        let digest = format!("{name} {}", ocio::VERSION);
        let templates = String::new();
        // its rules were written for nobody's files
        let text = newer::built_in(name).or_else(|| Some(built_in_text(name)?.to_owned()));
        let sha256 = identity::sha256(text.as_deref().unwrap_or(name).as_bytes());
        return Ok(Opened { config, digest, sha256, templates, default_rule: None, _folder: None });
    }
    read(name).map_err(wrong)
}

fn read(name: &str) -> std::result::Result<Opened, String> {
    let bytes = bytes(Path::new(name))?;
    let sha256 = identity::sha256(&bytes);
    let folder = bytes.starts_with(archive::MAGIC).then(|| archive::unpack(&bytes)).transpose()?;
    let (bytes, home) = match &folder {
        Some(folder) => {
            let path = folder.path().join("config.ocio");
            if !path.is_file() {
                return Err("the archive has no `config.ocio`".into());
            }
            (self::bytes(&path)?, folder.path().to_string_lossy().into_owned())
        }
        None => (bytes, ocio::path_utils::dirname(&ocio::path_utils::absolute(name))),
    };
    if bytes.len() as u64 > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches(BYTE_ORDER_MARK);
    if text.trim().is_empty() {
        return Err("it is empty".into());
    }
    let templates = check(text)?;
    let config = said::aloud(name, || Config::create_from_str(&newer::adapted(text)));
    let mut config = config.map_err(|cause| cause.to_string())?;
    config.set_working_dir(&home);
    let default_rule = default_rule(text, &config);
    let digest = identity::sha256(&bytes);
    Ok(Opened { config, digest, sha256, templates, default_rule, _folder: folder })
}

/// The text of a config that OpenColorIO carries.
pub(super) fn built_in_text(name: &str) -> Option<&'static str> {
    let registry = BuiltinConfigRegistry::get();
    registry.builtin_config_by_name(name.strip_prefix("ocio://")?).ok()
}

/// What some editors put before a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The space of the Default file rule, which is the last one. A config without file rules is given one
/// by its reader, which nobody has written.
fn default_rule(text: &str, config: &Config) -> Option<String> {
    let has_rules = text.lines().any(|line| line.starts_with("file_rules"));
    let rules = config.file_rules();
    let last = rules.num_entries().checked_sub(1).filter(|_| has_rules)?;
    Some(rules.color_space(last).ok()?.to_owned())
}

/// What a config's file holds: of one that is too long, enough to tell.
fn bytes(path: &Path) -> std::result::Result<Vec<u8>, String> {
    let said = |cause: std::io::Error| cause.to_string();
    // asked of the name: to open a pipe is to wait for its writer
    if !path.metadata().map_err(said)?.is_file() {
        return Err("it is no regular file; a .ocio or .ocioz file is expected".into());
    }
    let mut file = File::open(path).map_err(said)?;
    let mut bytes = Vec::new();
    (&mut file).take(LONGEST + 1).read_to_end(&mut bytes).map_err(said)?;
    if bytes.starts_with(archive::MAGIC) {
        file.take(archive::LONGEST).read_to_end(&mut bytes).map_err(said)?;
        if bytes.len() as u64 > archive::LONGEST {
            return Err(format!("the archive is longer than {} bytes", archive::LONGEST));
        }
    }
    Ok(bytes)
}

/// Refuses YAML that is nested too deep, has too long a list, or grows too much when its aliases are
/// followed. What is no YAML passes: its reader says better what is wrong. Answers with the words
/// that may name variables.
fn check(text: &str) -> std::result::Result<String, &'static str> {
    let mut parser = Parser::new_from_str(text);
    let (mut grown, mut sizes, mut open) = (0_usize, HashMap::new(), Vec::new());
    let mut templates = String::new();
    while let Ok((event, _)) = parser.next_token() {
        let is_node = !matches!(event, Event::SequenceEnd | Event::MappingEnd);
        if let Some((_, _, left)) = open.last_mut().filter(|_| is_node) {
            let less = usize::checked_sub(*left, 1);
            *left = less.ok_or("a list or a mapping in it is longer than 4096")?;
        }
        let is_list = matches!(event, Event::SequenceStart(..));
        match event {
            Event::StreamEnd => break,
            Event::Alias(anchor) => {
                grown = grown.saturating_add(*sizes.get(&anchor).unwrap_or(&NODE));
            }
            Event::Scalar(word, _, anchor, _) => {
                sizes.insert(anchor, NODE + word.len());
                if word.contains(['$', '%']) {
                    templates += &word;
                    templates.push('\n');
                }
                grown = grown.saturating_add(NODE + word.len());
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                // a mapping has a key and a value for each
                let nodes = if is_list { 1 } else { 2 };
                open.push((anchor, grown, nodes * LONGEST_LIST));
                grown = grown.saturating_add(NODE);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((anchor, before, _)) = open.pop() {
                    sizes.insert(anchor, grown - before);
                }
            }
            _ => {}
        }
        if open.len() > DEEPEST {
            return Err("it is nested more than 100 deep");
        }
        if grown > MOST {
            return Err("its aliases grow to more than 64 MiB");
        }
    }
    Ok(templates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configs_pass_with_anchors_and_without() {
        let registry = BuiltinConfigRegistry::get();
        for at in 0..registry.num_builtin_configs() {
            check(registry.builtin_config(at).unwrap()).unwrap();
        }
        check("views: &all [{name: a}, {name: b}]\nfilm: *all\nvideo: *all\n").unwrap();
        check("a: &a [*a]\nb: *missing").unwrap();
    }

    #[test]
    fn aliases_of_aliases_are_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..9 {
            let ten = vec![format!("*a{}", at - 1); 10].join(", ");
            text += &format!("a{at}: &a{at} [{ten}]\n");
        }
        assert_eq!(check(&text), Err("its aliases grow to more than 64 MiB"));
        let word = "w".repeat(1 << 20);
        let text = format!("a: &a {word}\nb: [{}]", vec!["*a"; 100].join(", "));
        assert_eq!(check(&text), Err("its aliases grow to more than 64 MiB"));
    }

    #[test]
    fn what_would_overflow_the_stack_is_refused() {
        for nested in ["? ", "- "] {
            let text = format!("a:\n  {}b", nested.repeat(300_000));
            assert_eq!(check(&text), Err("it is nested more than 100 deep"), "{nested}");
        }
    }

    #[test]
    fn long_lists_are_refused() {
        let list = |count: usize| format!("a: [{}]", "x, ".repeat(count));
        let map: String = (0..=LONGEST_LIST).map(|at| format!("a{at}: 1\n")).collect();
        assert!(check(&list(LONGEST_LIST)).is_ok());
        for text in [list(LONGEST_LIST + 1), map] {
            assert_eq!(check(&text), Err("a list or a mapping in it is longer than 4096"));
        }
    }

    #[test]
    fn a_config_is_checked_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let deep = format!("ocio_profile_version: 2\na:\n  {}b\n", "? ".repeat(300_000));
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name).to_string_lossy().into_owned();
            std::fs::write(&path, bytes).unwrap();
            open(&path).err().unwrap().to_string()
        };
        assert!(write("deep.ocio", deep.as_bytes()).contains("100 deep"));
        assert!(write("archive.ocioz", &stored("config.ocio", deep.as_bytes())).contains("deep"));
        assert!(write("long.ocio", &vec![b'#'; (LONGEST + 1) as usize]).contains("longer than"));
        let no_file = open(&folder.path().to_string_lossy()).err().unwrap().to_string();
        assert!(no_file.contains("no regular file"), "{no_file}");
    }

    /// An archive of one file that is not compressed (PKWARE APPNOTE 4.3).
    fn stored(name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let size = (bytes.len() as u32).to_le_bytes();
        let sums = [&[0; 8][..], &crc.sum().to_le_bytes(), &size, &size].concat();
        let length = (name.len() as u16).to_le_bytes();
        let local = [b"PK\x03\x04\x14\0", &sums[..], &length, &[0; 2], name.as_bytes()].concat();
        let central = [b"PK\x01\x02\x14\0\x14\0", &sums[..], &length, &[0; 16], name.as_bytes()];
        let (central, at) = (central.concat(), (local.len() + bytes.len()) as u32);
        let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &(central.len() as u32).to_le_bytes()[..]];
        let end = [end.concat(), at.to_le_bytes().to_vec(), vec![0; 2]].concat();
        [local, bytes.to_vec(), central, end].concat()
    }
}
