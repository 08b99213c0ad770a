//! The sources that were named: each by itself, a sequence, or all that lie in a folder or behind a
//! prefix.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use proxycore::decode::format_of;
use proxycore::sequence::{self, FrameSet, Pattern, Sequence, Sequences};
use proxycore::storage::{ObjectMeta, Place, Root, Storage, Stores};
use proxycore::{Error, ErrorKind, Result, key};

use crate::args::Make;
use crate::each::Each;
use crate::folders::Folders;
use crate::outputs::Outputs;

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

/// A source or a sequence of them, and what the user called it or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub work: Work,
    pub shown: String,
    /// What the list said of a frame by itself, where there was one.
    pub meta: Option<ObjectMeta>,
    /// Whether it is a sequence, or one of its frames that was picked by its number.
    pub is_of_sequence: bool,
}

impl Named {
    /// The key that its result goes by.
    pub fn key(&self) -> String {
        match &self.work {
            Work::Single(place) => place.key.clone(),
            Work::Sequence { sequence, .. } => sequence.key(),
        }
    }
}

/// What could not be found: what the user called it, the key it would have, and why.
#[derive(Debug)]
pub struct Unfound {
    pub shown: String,
    pub key: String,
    pub error: Error,
}

/// What becomes renditions of one kind each, a row and an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// A frame by itself.
    Single(Place),
    /// The frames of a sequence, of which those of the range are taken where one was named.
    Sequence { root: Root, sequence: Sequence, range: Option<FrameSet> },
}

impl Work {
    /// Files that are read.
    pub fn frames(&self) -> u64 {
        match self {
            Self::Single(_) => 1,
            Self::Sequence { sequence, .. } => sequence.iter().len() as u64,
        }
    }
}

/// A source, or what was named and the error with it.
pub type Found = std::result::Result<Named, Unfound>;

/// How sources are looked for.
#[derive(Debug)]
pub struct Walk<'a> {
    root: Option<&'a Path>,
    wanted: &'a Wanted,
    outputs: &'a Outputs,
    stores: &'a Stores,
    each: Option<Each<'a>>,
    awaits: bool,
}

impl<'a> Walk<'a> {
    /// Looks as the options say.
    pub fn new(
        args: &'a Make,
        wanted: &'a Wanted,
        outputs: &'a Outputs,
        stores: &'a Stores,
    ) -> Self {
        let each = args.sequences.each();
        Self { root: args.root.as_deref(), wanted, outputs, stores, each, awaits: false }
    }

    /// Takes what is not there as what is still to come: a folder may be empty, and frames of a range
    /// missing.
    pub fn awaiting(mut self) -> Self {
        self.awaits = true;
        self
    }

    /// Hands each source to `take` as it is found, until that breaks off. What cannot be found is
    /// told as that of its own name, so that the others are still made.
    pub fn of(
        &self,
        sources: &[PathBuf],
        mut take: impl FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for source in sources {
            let shown = source.display().to_string();
            let found = Place::find(source, self.root).and_then(|place| match place.is_folder() {
                true => self.folder(&place, &mut take),
                false => self.named(place, &shown, &mut take),
            });
            match found {
                Ok(flow) => flow?,
                Err(error) => {
                    let (key, error) = (key_of(source, self.root), error.at(&shown));
                    take(Err(Unfound { shown, key, error }))?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// A file, or the sequence of a pattern that no file is called by.
    fn named(
        &self,
        place: Place,
        shown: &str,
        mut take: impl FnMut(Found) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let named = |work, is_of_sequence| Named {
            work,
            shown: shown.to_owned(),
            meta: None,
            is_of_sequence,
        };
        let Some((pattern, range)) = Pattern::parse(&place.key)? else {
            return Ok(take(Ok(named(Work::Single(place), false))));
        };
        let store = self.stores.open(&place.root)?;
        match store.head(&place.key) {
            Err(error) if *error.kind() == ErrorKind::NotFound => {}
            found => return found.map(|_| take(Ok(named(Work::Single(place), false)))),
        }
        let sequence = Sequence::find(&*store, &pattern, None)?;
        let root = place.root;
        Ok(match &self.each {
            Some(each) => self.apart(each, &sequence, range.as_ref(), &root, &*store, take),
            None => take(Ok(named(Work::Sequence { root, sequence, range }, true))),
        })
    }

    /// The sequences of a folder and of those in it, and what is by itself.
    fn folder(
        &self,
        folder: &Place,
        mut take: impl FnMut(Found) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let store = self.stores.open(&folder.root)?;
        let fence = self.outputs.fence(folder);
        let mut give = |found| match (&self.each, found) {
            (Some(each), Ok(sequence::Found::Sequence(sequence))) => {
                self.apart(each, &sequence, None, &folder.root, &*store, &mut take)
            }
            (_, Ok(found)) => take(Ok(named(found, &folder.root, &*store))),
            (_, Err(error)) => {
                let shown = shown(&folder.key, &folder.root, &*store);
                take(Err(Unfound { key: folder.key.clone(), error, shown }))
            }
        };
        let is_ungrouped = self.each.as_ref().is_some_and(Each::takes_all);
        let (mut folders, mut is_empty) = (Folders::default(), true);
        for object in taken(&*store, &folder.key, self.wanted)? {
            let (key, meta) = match object {
                Err(error) if is_denied(&error) => {
                    is_empty = false;
                    if give(Err(error)).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                    continue;
                }
                object => object?,
            };
            if fence.holds(&key, &*store)? {
                continue;
            }
            is_empty = false;
            let whole = match is_ungrouped {
                true => vec![vec![(key, meta)]],
                false => folders.push(key, meta)?,
            };
            let mut found = whole.into_iter().flat_map(Sequences::of).map(Ok);
            if found.try_for_each(&mut give).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if is_empty && !self.awaits {
            return Err(nothing_taken());
        }
        Ok(folders.finish().flat_map(Sequences::of).map(Ok).try_for_each(give))
    }

    /// The frames of a sequence that are taken, each by itself; then, as one error, those of its range
    /// that are not there.
    fn apart(
        &self,
        each: &Each<'_>,
        sequence: &Sequence,
        range: Option<&FrameSet>,
        root: &Root,
        store: &dyn Storage,
        mut take: impl FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (frames, missing) = each.of(sequence, range);
        for (key, meta) in frames {
            let single = named(sequence::Found::Single(key, meta), root, store);
            take(Ok(Named { is_of_sequence: true, ..single }))?;
        }
        if missing.is_empty() || self.awaits {
            return ControlFlow::Continue(());
        }
        let key = sequence.key();
        let shown = shown(&key, root, store);
        let error = Error::invalid("range", format!("frames {missing} are not there")).at(&shown);
        take(Err(Unfound { shown, key, error }))
    }
}

/// What was found in a store, as it would be called.
fn named(found: sequence::Found, root: &Root, store: &dyn Storage) -> Named {
    let key = found.key();
    let shown = shown(&key, root, store);
    let root = root.clone();
    let (work, meta) = match found {
        sequence::Found::Sequence(sequence) => {
            (Work::Sequence { root, sequence, range: None }, None)
        }
        sequence::Found::Single(_, meta) => (Work::Single(Place { root, key }), Some(meta)),
    };
    Named { is_of_sequence: matches!(work, Work::Sequence { .. }), work, shown, meta }
}

/// What a person would call the object at a key.
pub fn shown(key: &str, root: &Root, store: &dyn Storage) -> String {
    match root {
        Root::Folder(root) => root.join(key).display().to_string(),
        Root::Bucket(..) => store.uri(key),
    }
}

/// The key that a source has, or would have if it were there: that of a sequence is its pattern. What
/// has none goes by what it is called.
pub fn key_of(source: &Path, root: Option<&Path>) -> String {
    let Ok(Place { key, .. }) = Place::find(source, root) else {
        return source.display().to_string();
    };
    match Pattern::parse(&key) {
        Ok(Some((pattern, _))) => pattern.to_string(),
        _ => key,
    }
}

/// Lists what is wanted of a folder, and of the folders in it but for those of outputs.
///
/// # Errors
/// As [`Storage::list`].
pub fn taken<'a>(
    store: &'a dyn Storage,
    folder: &'a str,
    wanted: &'a Wanted,
) -> Result<impl Iterator<Item = Result<(String, ObjectMeta)>> + 'a> {
    let is_taken = |key: &str| {
        let below = &key[folder.len().min(key.len())..];
        !key::is_proxy(key) && wanted.takes(below)
    };
    let listing = store.list(folder)?;
    Ok(listing.filter(move |object| object.as_ref().map_or(true, |(key, _)| is_taken(key))))
}

/// Whether an error of a list is of one folder, that may not be read, and the others are listed all the
/// same. Any other may have cut the list short, and a sequence with it.
pub fn is_denied(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Denied { .. })
}

/// What is said of a folder in which nothing is wanted.
pub fn nothing_taken() -> Error {
    Error::invalid("source", "is a folder without a frame that is taken")
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
    pub fn takes(&self, below: &str) -> bool {
        let name = below.rsplit('/').next().unwrap_or(below);
        if name.starts_with('.') || self.exclude.is_match(below) {
            return false;
        }
        match &self.include {
            Some(include) => include.is_match(below),
            None => format_of(name).is_some(),
        }
    }
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
