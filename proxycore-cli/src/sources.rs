//! The sources that were named: each by itself, or all that lie in a folder or behind a prefix.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use proxycore::decode::DECODERS;
use proxycore::storage::{Place, Root, Stores};
use proxycore::{Error, Result, key};

/// Which files of a folder are taken.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Folders and prefixes")]
pub struct Filter {
    /// Take what matches GLOB of the folder's files [default: by their endings, what can be read]
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Leave out what matches GLOB
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
}

/// A source, and what the user called it or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub place: Place,
    pub shown: String,
}

/// A source, or what was named and the error with it.
pub type Found = std::result::Result<Named, (String, Error)>;

/// Hands each source to `take` as it is found, until that breaks off. What cannot be found is told as
/// that of its own name, so that the others are still made.
pub fn walk(
    sources: &[PathBuf],
    root: Option<&Path>,
    wanted: &Wanted,
    stores: &Stores,
    mut take: impl FnMut(Found) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for source in sources {
        let shown = source.display().to_string();
        match Place::find(source, root) {
            Ok(place) if place.is_folder() => match list(&place, wanted, stores, &mut take) {
                Ok(flow) => flow?,
                Err(error) => take(Err((shown.clone(), error.at(shown))))?,
            },
            Ok(place) => take(Ok(Named { place, shown }))?,
            Err(error) => take(Err((shown, error)))?,
        }
    }
    ControlFlow::Continue(())
}

fn list(
    folder: &Place,
    wanted: &Wanted,
    stores: &Stores,
    mut take: impl FnMut(Found) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let store = stores.open(&folder.root)?;
    let mut is_empty = true;
    for object in store.list(&folder.key)? {
        let (key, _) = object?;
        let below = &key[folder.key.len().min(key.len())..];
        if !key::is_proxy(&key) && wanted.takes(below) {
            let shown = match &folder.root {
                Root::Folder(root) => root.join(&key).display().to_string(),
                Root::Bucket(..) => store.uri(&key),
            };
            let place = Place { root: folder.root.clone(), key };
            is_empty = false;
            if take(Ok(Named { place, shown })).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    if is_empty {
        return Err(Error::invalid("source", "is a folder without a frame that is taken"));
    }
    Ok(ControlFlow::Continue(()))
}

/// The filter, compiled.
#[derive(Debug)]
pub struct Wanted {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Wanted {
    /// # Errors
    /// A pattern that is none.
    pub fn new(filter: &Filter) -> Result<Self> {
        let include = (!filter.include.is_empty()).then(|| globs("include", &filter.include));
        Ok(Self { include: include.transpose()?, exclude: globs("exclude", &filter.exclude)? })
    }

    /// Whether a key below the folder is taken. Hidden files never are: what writes leave behind is
    /// called so.
    fn takes(&self, below: &str) -> bool {
        let name = below.rsplit('/').next().unwrap_or(below);
        if name.starts_with('.') || self.exclude.is_match(below) {
            return false;
        }
        match &self.include {
            Some(include) => include.is_match(below),
            None => is_readable(name),
        }
    }
}

/// Whether a name ends as those of a format that can be read do.
fn is_readable(name: &str) -> bool {
    let Some((_, ending)) = name.rsplit_once('.') else { return false };
    let ending = ending.to_lowercase();
    DECODERS.iter().any(|decoder| decoder.extensions().contains(&&*ending))
}

/// Patterns as shells have them: `*` stays within a folder, `**` does not, and one without a `/` is
/// held against the name alone.
fn globs(option: &'static str, patterns: &[String]) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let anywhere =
            if pattern.contains('/') { pattern.clone() } else { format!("**/{pattern}") };
        let glob = GlobBuilder::new(&anywhere).literal_separator(true).build();
        set.add(glob.map_err(|error| Error::invalid(option, error.to_string()))?);
    }
    set.build().map_err(|error| Error::invalid(option, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(include: &[&str], exclude: &[&str]) -> Wanted {
        let owned = |globs: &[&str]| globs.iter().map(|&glob| glob.to_owned()).collect();
        Wanted::new(&Filter { include: owned(include), exclude: owned(exclude) }).unwrap()
    }

    #[test]
    fn what_can_be_read_is_taken_by_its_ending() {
        let all = wanted(&[], &[]);
        assert!(["a.exr", "b/c.DPX", "x.tif"].iter().all(|name| all.takes(name)));
        assert!(!["a.txt", "exr", "b/.a.exr", "a.mov"].iter().any(|name| all.takes(name)));
    }

    #[test]
    fn globs_are_those_of_a_shell() {
        let some = wanted(&["beauty.*.exr", "plates/**"], &["*.0001.exr"]);
        assert!(some.takes("shot/beauty.0002.exr"));
        assert!(some.takes("plates/a/b.bin"));
        assert!(!some.takes("shot/beauty.0001.exr"));
        assert!(!some.takes("shot/matte.0002.exr"));
        let broken = Filter { include: vec!["[".into()], exclude: Vec::new() };
        assert_eq!(Wanted::new(&broken).err().unwrap().kind().name(), "invalid");
    }
}
