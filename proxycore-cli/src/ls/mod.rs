//! `proxycore ls`: the sequences of a place and what is by itself, by their names alone.

mod text;

use std::path::Path;

use proxycore::decode::format_of;
use proxycore::sequence::{Found, FrameSet, Pattern, Sequence, Sequences};
use proxycore::storage::{Place, Root, Storage, Stores};
use proxycore::{Error, ErrorKind, Result};
use serde::Serialize;

use crate::args::Ls;
use crate::report::{complain_of, say, say_json};
use crate::sources::{Wanted, is_denied, key_of, nothing_taken, taken};

/// Lists all places, and says how many of them failed.
///
/// # Errors
/// A filter that is none.
pub fn run(args: &Ls) -> Result<usize> {
    let wanted = Wanted::new(&args.filter)?;
    let stores = Stores::new(args.stores.options());
    let mut failed = 0;
    let mut entries = Vec::new();
    for place in &args.places {
        let mut errors = Vec::new();
        match look(place, &wanted, &stores, &mut errors) {
            Ok(found) => entries.extend(found),
            Err(error) => errors.push(error),
        }
        for error in errors {
            let shown = place.display().to_string();
            failed += 1;
            complain_of(&key_of(place, None), &error.at(shown), args.json);
        }
    }
    if args.json {
        entries.iter().for_each(say_json);
    } else if !entries.is_empty() {
        say(&text::table(&entries));
    }
    Ok(failed)
}

/// A sequence or a frame by itself, for machines.
#[derive(Debug, Serialize)]
struct Entry {
    key: String,
    uri: String,
    /// The folder as a person would name it.
    #[serde(skip)]
    folder: String,
    #[serde(flatten)]
    range: Range,
    size_bytes: u64,
    format: Option<&'static str>,
}

/// What there is to say of a sequence; nothing of a frame by itself but that it is one.
#[derive(Debug, Default, Serialize)]
struct Range {
    pattern: Option<String>,
    first: Option<i64>,
    last: Option<i64>,
    #[serde(serialize_with = "as_text")]
    frames: Option<FrameSet>,
    count: u64,
    /// Of those that were asked for; where none were, between the first and the last.
    #[serde(serialize_with = "as_text")]
    missing: Option<FrameSet>,
    #[serde(skip)]
    is_asked: bool,
    padding: Option<usize>,
}

fn as_text<S: serde::Serializer>(
    frames: &Option<FrameSet>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    frames.as_ref().map(ToString::to_string).serialize(serializer)
}

impl Range {
    fn new(sequence: &Sequence, asked: Option<&FrameSet>) -> Self {
        Self {
            pattern: Some(sequence.key()),
            padding: Some(sequence.pattern().padding()),
            ..Self::of(sequence.frames(), asked)
        }
    }

    fn of(frames: FrameSet, asked: Option<&FrameSet>) -> Self {
        let missing = asked.map_or_else(|| frames.gaps(), |asked| asked.without(&frames));
        Self {
            first: frames.first(),
            last: frames.last(),
            count: frames.len(),
            missing: Some(missing).filter(|missing| !missing.is_empty()),
            is_asked: asked.is_some(),
            frames: Some(frames),
            ..Self::default()
        }
    }
}

/// Finds what a place holds: a folder, a pattern, or a file. Folders that may not be read are `denied`.
fn look(
    place: &Path,
    wanted: &Wanted,
    stores: &Stores,
    denied: &mut Vec<Error>,
) -> Result<Vec<Entry>> {
    let place = Place::find(place, None)?;
    let store = stores.open(&place.root)?;
    let (found, asked) = if place.is_folder() {
        (in_folder(&*store, &place.key, wanted, denied)?, None)
    } else {
        let (found, asked) = named(&*store, &place.key, wanted)?;
        (vec![found], asked)
    };
    Ok(found.iter().map(|found| entry(found, asked.as_ref(), &place.root, &*store)).collect())
}

fn in_folder(
    store: &dyn Storage,
    folder: &str,
    wanted: &Wanted,
    denied: &mut Vec<Error>,
) -> Result<Vec<Found>> {
    let mut objects = Vec::new();
    for object in taken(store, folder, wanted)? {
        match object {
            Err(error) if is_denied(&error) => denied.push(error),
            object => objects.push(object?),
        }
    }
    if objects.is_empty() && denied.is_empty() {
        return Err(nothing_taken());
    }
    Ok(Sequences::of(objects))
}

/// The object of a key, or else the sequence whose pattern the key is, with the frames that it asks
/// for: what stands there goes first, also where it is called like a pattern.
fn named(store: &dyn Storage, key: &str, wanted: &Wanted) -> Result<(Found, Option<FrameSet>)> {
    let missing = match store.head(key) {
        Ok(meta) => return Ok((Found::Single(key.to_owned(), meta), None)),
        Err(error) if is_missing(&error) => error,
        Err(error) => return Err(error),
    };
    let Some((pattern, frames)) = Pattern::parse(key)? else { return Err(missing) };
    match Sequence::find(store, &pattern, frames.as_ref()) {
        Ok(sequence) => Ok((Found::Sequence(sequence), frames)),
        Err(error) => {
            let near = is_missing(&error).then(|| nearest(store, &pattern, wanted)).flatten();
            Err(near.unwrap_or(error))
        }
    }
}

fn is_missing(error: &Error) -> bool {
    *error.kind() == ErrorKind::NotFound
}

/// Says which sequence of the folder is called most like a pattern that none is of.
fn nearest(store: &dyn Storage, pattern: &Pattern, wanted: &Wanted) -> Option<Error> {
    let folder = pattern.folder();
    let beside = store.list_folder(folder).ok()?.filter_map(Result::ok);
    let beside = beside.filter(|(key, _)| wanted.takes(&key[folder.len()..]));
    let key = pattern.to_string();
    let alike = |other: &str| {
        key.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
    };
    let sequences = Sequences::of(beside).into_iter().filter_map(|found| match found {
        Found::Sequence(sequence) => Some(sequence),
        Found::Single(..) => None,
    });
    let sequences: Vec<_> = sequences.collect();
    let near = sequences.iter().max_by_key(|sequence| alike(&sequence.key()))?;
    let (name, frames) = (near.key(), text::range(&near.frames()));
    let name = &name[folder.len()..];
    let others = match sequences.len() - 1 {
        0 => String::new(),
        1 => " and one other sequence".to_owned(),
        others => format!(" and {others} other sequences"),
    };
    let what = format!("no frame matches; the folder has {name} {frames}{others}");
    Some(Error::invalid("source", what))
}

fn entry(found: &Found, asked: Option<&FrameSet>, root: &Root, store: &dyn Storage) -> Entry {
    let key = found.key();
    let (range, size_bytes) = match found {
        Found::Sequence(sequence) => (Range::new(sequence, asked), sequence.size()),
        Found::Single(_, meta) => (Range { count: 1, ..Range::default() }, meta.size),
    };
    Entry {
        uri: store.uri(&key),
        folder: folder(&key, root, store),
        format: format_of(&key),
        key,
        range,
        size_bytes,
    }
}

/// The folder of a key, with its `/`: below the current one, or from the root, or as a URL.
fn folder(key: &str, root: &Root, store: &dyn Storage) -> String {
    let folder = &key[..key.rfind('/').map_or(0, |at| at + 1)];
    match root {
        Root::Folder(root) if root.parent().is_none() => root.join(folder).display().to_string(),
        Root::Folder(_) if folder.is_empty() => "./".to_owned(),
        Root::Folder(_) => folder.to_owned(),
        Root::Bucket(..) => store.uri(folder),
    }
}
