//! `proxycore make`: renditions of many sources, some at a time.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use proxycore::encode::VideoColor;
use proxycore::event::JsonlEvents;
use proxycore::key::KeyTemplate;
use proxycore::{LocalStorage, Outcome, Pipeline, Rendition, Result};

use crate::args::{Make, RenditionName};
use crate::place::Place;
use crate::report::Report;

/// Makes everything that was asked for, and says how many sources failed.
///
/// # Errors
/// What fails before the first source: a sink or a place that cannot be opened.
pub fn run(args: &Make) -> Result<usize> {
    let maker = Maker::new(args)?;
    let report = Mutex::new(Report::new(args.sources.len(), args.json));
    on_threads(jobs(args), &args.sources, |source| {
        let done = maker.make(source);
        lock(&report).tell(source, done);
    });
    Ok(report.into_inner().unwrap_or_else(PoisonError::into_inner).finish())
}

/// A pipeline for each root that the sources lie below; all share their sinks.
#[derive(Debug)]
pub struct Maker<'a> {
    args: &'a Make,
    base: Pipeline,
    by_root: Mutex<HashMap<PathBuf, Pipeline>>,
}

impl<'a> Maker<'a> {
    /// Opens the sinks.
    ///
    /// # Errors
    /// A sink that cannot be opened.
    pub fn new(args: &'a Make) -> Result<Self> {
        let here = Arc::new(LocalStorage::new(".")?);
        let mut base = Pipeline::new(here)
            .with_renditions(
                args.renditions.iter().map(|name| name.rendition(args.video_color.into())),
            )
            .with_decode(args.pick.options())
            .with_color(args.look.config()?)
            .with_force(args.force)
            .with_proof(args.prove);
        if let Some(space) = args.look.input_space() {
            base = base.with_input_space(space);
        }
        if let Some(database) = &args.db {
            base = base.with_metadata(database.open()?);
        }
        if let Some(files) = &args.rows {
            base = base.with_metadata(files.open()?);
        }
        if let Some(file) = &args.events {
            base = base.with_events(Arc::new(JsonlEvents::open(file)?));
        }
        Ok(Self { args, base, by_root: Mutex::default() })
    }

    /// Makes everything of one source.
    ///
    /// # Errors
    /// As [`Pipeline::run`].
    pub fn make(&self, source: &Path) -> Result<Outcome> {
        let place = Place::find(source, self.args.root.as_deref())?;
        self.pipeline(&place.root)?.run(&place.key)
    }

    fn pipeline(&self, root: &Path) -> Result<Pipeline> {
        let mut by_root = lock(&self.by_root);
        if let Some(known) = by_root.get(root) {
            return Ok(known.clone());
        }
        let storage = Arc::new(LocalStorage::new(root)?);
        let pipeline = self.base.clone().with_storage(storage.clone());
        let (output, template) = match &self.args.out {
            None => (storage, KeyTemplate::default()),
            Some(out) => (Arc::new(LocalStorage::new(out)?), KeyTemplate::flat()),
        };
        let template = self.args.template.clone().unwrap_or(template);
        let pipeline = pipeline.with_output(output, template);
        by_root.insert(root.to_owned(), pipeline.clone());
        Ok(pipeline)
    }
}

impl RenditionName {
    fn rendition(self, color: VideoColor) -> Rendition {
        match self {
            Self::Thumb => Rendition::thumbnail(),
            Self::Proxy => Rendition::proxy_for(color),
            Self::Preview => Rendition::preview(),
        }
    }
}

/// One source for each core: decoding one frame alone does not keep them all busy.
fn jobs(args: &Make) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    args.jobs.map_or_else(cores, NonZeroUsize::get)
}

/// Calls `each` for every item, `threads` at a time, in their order.
fn on_threads<T: Sync>(threads: usize, items: &[T], each: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            each(item);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(work);
        }
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
