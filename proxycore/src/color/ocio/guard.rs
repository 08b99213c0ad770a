//! What keeps a hostile config from taking the process down with it.
//!
//! A config is YAML, and the crate that reads it goes into what is nested by recursion and copies
//! what an alias stands for. So half a kilobyte of aliases of aliases asks for all memory, and a line
//! of question marks for all of the stack; neither can be caught once it happens. A config is
//! therefore counted before it is read. The configs that are built in are not.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;

use ocio::Config;
use ocio::config::archive::OciozArchive;
use yaml_rust2::Event;
use yaml_rust2::parser::Parser;

use super::color;
use crate::error::Result;

/// The longest text of a config, in bytes; the studio config has 72 thousand.
const LONGEST: u64 = 16 << 20;

/// What a text may grow to, in bytes: that of its words, and of each a node.
const MOST: usize = 64 << 20;
const NODE: usize = 64;

/// How deep a config may be nested; the studio config keeps below 10.
const DEEPEST: usize = 100;

/// Reads a config: a file, an archive, or a built-in one.
pub(super) fn open(name: &str) -> Result<Config> {
    let wrong = |why: String| color(format!("the config `{name}`: {why}"));
    if !name.contains("ocio://") && std::path::Path::new(name).exists() {
        check(&text(name).map_err(wrong)?).map_err(|why| wrong(why.to_owned()))?;
    }
    Config::create_from_file(name).map_err(|cause| wrong(cause.to_string()))
}

/// The YAML of a file or an archive.
fn text(name: &str) -> std::result::Result<String, String> {
    let said = |cause: std::io::Error| cause.to_string();
    let file = File::open(name).map_err(said)?;
    if !file.metadata().map_err(said)?.is_file() {
        return Err("it is no regular file".into());
    }
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(said)?;
    let text = if bytes.starts_with(b"PK") {
        let archive = OciozArchive::open(name).and_then(|archive| archive.config_data());
        archive.map_err(|cause| cause.to_string())?
    } else {
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let fits = text.len() as u64 <= LONGEST;
    fits.then_some(text).ok_or_else(|| format!("it is longer than {LONGEST} bytes"))
}

/// Refuses YAML that is nested too deep, or grows too much when its aliases are followed. What is no
/// YAML passes: its reader says better what is wrong.
fn check(text: &str) -> std::result::Result<(), &'static str> {
    let mut parser = Parser::new_from_str(text);
    let (mut grown, mut sizes, mut open) = (0_usize, HashMap::new(), Vec::new());
    while let Ok((event, _)) = parser.next_token() {
        match event {
            Event::StreamEnd => break,
            Event::Alias(anchor) => {
                grown = grown.saturating_add(*sizes.get(&anchor).unwrap_or(&NODE));
            }
            Event::Scalar(word, _, anchor, _) => {
                sizes.insert(anchor, NODE + word.len());
                grown = grown.saturating_add(NODE + word.len());
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                open.push((anchor, grown));
                grown = grown.saturating_add(NODE);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((anchor, before)) = open.pop() {
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
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configs_pass_with_anchors_and_without() {
        let registry = ocio::builtins::configs::BuiltinConfigRegistry::get();
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
    fn a_config_is_checked_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let deep = format!("ocio_profile_version: 2\na:\n  {}b\n", "? ".repeat(300_000));
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name).to_string_lossy().into_owned();
            std::fs::write(&path, bytes).unwrap();
            open(&path).unwrap_err().to_string()
        };
        assert!(write("deep.ocio", deep.as_bytes()).contains("100 deep"));
        assert!(write("archive.ocioz", &stored("config.ocio", deep.as_bytes())).contains("deep"));
        assert!(write("long.ocio", &vec![b'#'; (LONGEST + 1) as usize]).contains("longer than"));
        let no_file = open(&folder.path().to_string_lossy()).unwrap_err().to_string();
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
