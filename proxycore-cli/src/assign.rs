//! `proxycore assign`: a person's word on which space frames are in, kept beside them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proxycore::assignment::{Assignments, file_rule};
use proxycore::color::{ColorConfig, Detected};
use proxycore::space::ColorSpace;
use proxycore::storage::{Place, Storage, Stores};
use proxycore::{Result, Source};

use crate::args::{Assign, Look};
use crate::report::{complain, say};
use crate::terminal::plain;

/// Assigns, forgets or prints, and says how many sources failed.
///
/// # Errors
/// A space that is not known, or a config that is not there.
pub fn run(args: &Assign) -> Result<usize> {
    if args.clear {
        let sources = std::iter::once(&args.first).chain(&args.rest);
        return Ok(each(sources, |source| clear(args, source)));
    }
    let config = Look { ocio: args.ocio.clone(), ..Look::default() }.config()?;
    let space = known(&args.first, &*config)?;
    if args.file_rule {
        return rules(args, &space, &*config);
    }
    Ok(each(&args.rest, |source| assign(args, source, &space)))
}

/// The space of a name: one that there is a transform for.
fn known(name: &Path, config: &dyn ColorConfig) -> Result<ColorSpace> {
    let found = Detected::named(&ColorSpace::new(name.to_string_lossy()), config);
    config.processor(&found)?;
    Ok(found.space)
}

/// Does something with each source, and counts what fails.
fn each<'a>(
    sources: impl IntoIterator<Item = &'a PathBuf>,
    act: impl Fn(&Path) -> Result<String>,
) -> usize {
    let done = |source: &PathBuf| match act(source) {
        Ok(line) => {
            say(&plain(&line));
            0
        }
        Err(error) => {
            complain(&error);
            1
        }
    };
    sources.into_iter().map(done).sum()
}

fn assign(args: &Assign, source: &Path, space: &ColorSpace) -> Result<String> {
    let (storage, key) = find(args, source)?;
    Source::find(Arc::clone(&storage), &key)?;
    let mut assignments = Assignments::read(&*storage, &key)?;
    let pattern = pattern(args, &key);
    assignments.assign(pattern, space.clone())?;
    assignments.write(&*storage, &key)?;
    Ok(format!("{pattern}  {space}  {}", Assignments::key_for(&key)))
}

fn clear(args: &Assign, source: &Path) -> Result<String> {
    let (storage, key) = find(args, source)?;
    let mut assignments = Assignments::read(&*storage, &key)?;
    let pattern = pattern(args, &key);
    if !assignments.clear(pattern) {
        return Ok(format!("{pattern}  nothing was assigned"));
    }
    assignments.write(&*storage, &key)?;
    Ok(format!("{pattern}  forgotten  {}", Assignments::key_for(&key)))
}

/// Prints one rule for each name or pattern.
fn rules(args: &Assign, space: &ColorSpace, config: &dyn ColorConfig) -> Result<usize> {
    let mut patterns = BTreeSet::new();
    for source in &args.rest {
        let place = Place::find_file(source)?;
        patterns.insert(pattern(args, &place.key).to_owned());
    }
    for pattern in patterns {
        say(&file_rule(config, &pattern, space)?);
    }
    Ok(0)
}

fn find(args: &Assign, source: &Path) -> Result<(Arc<dyn Storage>, String)> {
    let place = Place::find_file(source)?;
    Ok((Stores::new(args.stores.options()).open(&place.root)?, place.key))
}

/// What the rule goes by: the pattern that was given, or the source's own name.
fn pattern<'a>(args: &'a Assign, key: &'a str) -> &'a str {
    let name = key.rsplit('/').next().unwrap_or(key);
    args.pattern.as_deref().unwrap_or(name)
}
