//! The spaces that a person has given to the files of a folder, kept beside them.
//!
//! Assigning is what image editors call it: the pixels stay, and what they mean is said. One small
//! JSON object a folder, `.proxies/spaces.json`, holds rules from file names, or patterns of them, to
//! spaces. The exact name is believed before a pattern, and the last pattern before those above it.
//! A pattern goes by file names, not by paths: `*`, `?`, `[...]` and `{a,b}`.
//!
//! What is broken here is an error: going on without it would show other colours than were chosen.

use std::io::Read;

use globset::{Glob, GlobBuilder};
use serde::{Deserialize, Serialize};

use crate::color::ColorConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::key::PROXY_FOLDER;
use crate::space::ColorSpace;
use crate::storage::{ObjectAttributes, Storage};

/// The object's name in the folder of outputs.
const NAME: &str = "spaces.json";
/// What errors call it.
const FORMAT: &str = "space assignments";
/// The most that is read: ten thousand rules fit.
const MAX_BYTES: u64 = 1 << 20;
const MAX_RULES: u64 = 10_000;
const MAX_PATTERN: u64 = 1024;

/// The rules of one folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignments {
    rules: Vec<Assignment>,
}

/// A file name or a pattern of them, and the space that such files are in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Assignment {
    pattern: String,
    space: ColorSpace,
}

impl Assignments {
    /// The key of the rules for the folder that a source lies in.
    #[must_use]
    pub fn key_for(source: &str) -> String {
        match source.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{PROXY_FOLDER}/{NAME}"),
            None => format!("{PROXY_FOLDER}/{NAME}"),
        }
    }

    /// Reads the rules for the folder that a source lies in; none where there is no such object.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] or [`ErrorKind::Limit`] for an object that holds no such rules, with
    /// its key; what the storage meets.
    pub fn read(storage: &dyn Storage, source: &str) -> Result<Self> {
        let key = Self::key_for(source);
        let input = match storage.open(&key) {
            Err(error) if *error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            opened => opened?,
        };
        let mut bytes = Vec::new();
        let unread = |cause| Error::storage("cannot be read").with_source(cause).at(&key);
        input.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unread)?;
        Self::parse(&bytes).map_err(|error| error.at(key))
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        Error::check_limit("bytes of space assignments", MAX_BYTES, bytes.len() as u64)?;
        let parsed: Self = serde_json::from_slice(bytes)
            .map_err(|cause| Error::corrupt(FORMAT, cause.to_string()))?;
        Error::check_limit("space assignments", MAX_RULES, parsed.rules.len() as u64)?;
        for rule in &parsed.rules {
            glob(&rule.pattern).map_err(|what| Error::corrupt(FORMAT, what))?;
        }
        Ok(parsed)
    }

    /// Keeps the rules for the folder that a source lies in; removes the object where none is left.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for more rules than would be read again; what the storage meets.
    pub fn write(&self, storage: &dyn Storage, source: &str) -> Result<()> {
        let key = Self::key_for(source);
        if self.rules.is_empty() {
            return storage.delete(&key);
        }
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|cause| Error::storage("cannot be written as JSON").with_source(cause))?;
        bytes.push(b'\n');
        Self::parse(&bytes).map_err(|error| error.at(&key))?;
        storage.put(&key, &bytes, &ObjectAttributes::new("application/json"))
    }

    /// Says which space the files of a name or a pattern are in, whatever was said of it before.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for what is no pattern.
    pub fn assign(&mut self, pattern: &str, space: ColorSpace) -> Result<()> {
        glob(pattern).map_err(|what| Error::invalid("pattern", what))?;
        self.clear(pattern);
        self.rules.push(Assignment { pattern: pattern.to_owned(), space });
        Ok(())
    }

    /// Forgets what was said of a name or a pattern; whether there was something.
    pub fn clear(&mut self, pattern: &str) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.pattern != pattern);
        self.rules.len() < before
    }

    /// The space that the source at a key is in.
    #[must_use]
    pub fn space_of(&self, source: &str) -> Option<&ColorSpace> {
        let name = source.rsplit('/').next().unwrap_or(source);
        let exact = self.rules.iter().find(|rule| rule.pattern == name);
        let fits = |rule: &&Assignment| {
            glob(&rule.pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
        };
        let found = exact.or_else(|| self.rules.iter().rev().find(fits));
        found.map(|rule| &rule.space)
    }
}

fn glob(pattern: &str) -> Result<Glob, String> {
    if pattern.is_empty() || pattern.len() as u64 > MAX_PATTERN || pattern.contains('/') {
        return Err(format!("`{pattern:.40}` is no file name, and no pattern of file names"));
    }
    GlobBuilder::new(pattern).literal_separator(true).build().map_err(|cause| cause.to_string())
}

/// The rule of an OpenColorIO config (a line of its `file_rules`, version 2) that gives a space to
/// the files of a name or a pattern. It is found by a path's end, as such rules are.
///
/// # Errors
/// [`ErrorKind::Color`] for a space that the config has no name for, [`ErrorKind::Invalid`] for what
/// such a rule cannot say: a name without an extension, `{a,b}`.
pub fn file_rule(config: &dyn ColorConfig, pattern: &str, space: &ColorSpace) -> Result<String> {
    glob(pattern).map_err(|what| Error::invalid("pattern", what))?;
    let split = pattern.rsplit_once('.').filter(|(stem, end)| !stem.is_empty() && !end.is_empty());
    let Some((stem, extension)) = split.filter(|_| !pattern.contains(['{', '}', '\\'])) else {
        let what = format!(
            "`{pattern}` cannot be said by a file rule: it is a stem, a dot and an extension, without braces"
        );
        return Err(Error::invalid("pattern", what));
    };
    let own = config.own_name(space).ok_or_else(|| {
        Error::new(ErrorKind::Color { what: format!("the config has no name for `{space}`") })
    })?;
    let stem = if stem.starts_with('*') { stem.to_owned() } else { format!("*{stem}") };
    // JSON's texts are YAML's in double quotes
    let [name, stem, extension, own] =
        [pattern, &stem, extension, &own].map(|text| serde_json::Value::from(text).to_string());
    Ok(format!(
        "- !<Rule> {{name: {name}, pattern: {stem}, extension: {extension}, colorspace: {own}}}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::MemoryStorage;

    fn space(id: &str) -> ColorSpace {
        ColorSpace::new(id)
    }

    fn found(rules: &Assignments, key: &str) -> Option<String> {
        rules.space_of(key).map(|space| space.id().to_owned())
    }

    #[test]
    fn the_exact_name_is_believed_first_then_the_last_pattern() {
        let mut rules = Assignments::default();
        rules.assign("plate.1001.dpx", space("c")).unwrap();
        rules.assign("plate.*.dpx", space("a")).unwrap();
        rules.assign("*.dpx", space("b")).unwrap();
        assert_eq!(found(&rules, "shot/plate.1001.dpx").as_deref(), Some("c"));
        assert_eq!(found(&rules, "shot/plate.1002.dpx").as_deref(), Some("b"));
        rules.assign("plate.*.dpx", space("d")).unwrap();
        assert_eq!(found(&rules, "plate.1002.dpx").as_deref(), Some("d"));
        assert_eq!(found(&rules, "plate.1002.exr"), None);
        assert!(rules.clear("plate.*.dpx"));
        assert!(!rules.clear("plate.*.dpx"));
        assert_eq!(found(&rules, "plate.1002.dpx").as_deref(), Some("b"));
    }

    #[test]
    fn a_name_that_looks_like_a_pattern_is_itself() {
        let mut rules = Assignments::default();
        rules.assign("a[1].exr", space("x")).unwrap();
        assert_eq!(found(&rules, "a[1].exr").as_deref(), Some("x"));
        for no_pattern in ["", "a/b.exr", "a[", "{a"] {
            assert_eq!(rules.assign(no_pattern, space("x")).unwrap_err().kind().name(), "invalid");
        }
    }

    #[test]
    fn rules_come_back_from_a_storage_and_go_with_the_last() {
        let storage = MemoryStorage::new("b");
        let source = "shot/plate.1001.dpx";
        let mut rules = Assignments::read(&storage, source).unwrap();
        assert_eq!(rules, Assignments::default());
        rules.assign("plate.*.dpx", space("x")).unwrap();
        rules.write(&storage, source).unwrap();
        assert_eq!(Assignments::read(&storage, "shot/other.dpx").unwrap(), rules);
        assert_eq!(Assignments::read(&storage, "elsewhere.dpx").unwrap(), Assignments::default());
        rules.clear("plate.*.dpx");
        rules.write(&storage, source).unwrap();
        assert!(storage.head("shot/.proxies/spaces.json").is_err());
    }

    #[test]
    fn what_is_broken_is_an_error_that_names_the_object() {
        let storage = MemoryStorage::new("b");
        let read = |bytes: &[u8]| {
            storage.put(".proxies/spaces.json", bytes, &ObjectAttributes::default()).unwrap();
            Assignments::read(&storage, "x.dpx").unwrap_err()
        };
        let rule =
            |pattern: &str| format!(r#"{{"rules":[{{"pattern":"{pattern}","space":"x"}}]}}"#);
        for (bytes, kind) in [
            (String::new(), "corrupt"),
            ("{".into(), "corrupt"),
            ("[]".into(), "corrupt"),
            (r#"{"rules":[],"more":1}"#.into(), "corrupt"),
            (rule("a["), "corrupt"),
            (rule(""), "corrupt"),
            (rule(&"a".repeat(2000)), "corrupt"),
            (" ".repeat((1 << 20) + 1), "limit"),
        ] {
            let error = read(bytes.as_bytes());
            assert_eq!(error.kind().name(), kind, "{error}");
            assert_eq!(error.key(), Some(".proxies/spaces.json"));
        }
    }
}
