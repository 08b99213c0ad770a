//! `proxycore make`: renditions of many sources, some at a time.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use proxycore::encode::VideoColor;
use proxycore::event::JsonlEvents;
use proxycore::key::KeyTemplate;
use proxycore::metadata::{JsonlMetadata, SqliteMetadata};
use proxycore::{LocalStorage, Outcome, Pipeline, Rendition, Result};

use crate::args::{Make, RenditionName};
use crate::place::{Place, Root};
use crate::report::Report;
use crate::sources::{self, Named};
use crate::stores::Stores;

/// Makes everything that was asked for, and says how many sources failed.
///
/// # Errors
/// What fails before the first source: a sink or a place that cannot be opened.
pub fn run(args: &Make) -> Result<usize> {
    let maker = Maker::new(args)?;
    let sources = sources::find(&args.sources, args.root.as_deref(), &args.filter, &maker.stores)?;
    let report = Mutex::new(Report::new(sources.len(), args.json));
    on_threads(jobs(args), sources, |source| match source {
        Ok(Named { place, shown }) => {
            let done = maker.make(&place);
            lock(&report).tell(&shown, done);
        }
        Err((shown, error)) => lock(&report).tell(&shown, Err(error)),
    });
    Ok(report.into_inner().unwrap_or_else(PoisonError::into_inner).finish())
}

/// A pipeline for each root that the sources lie below; all share their sinks.
#[derive(Debug)]
pub struct Maker<'a> {
    args: &'a Make,
    base: Pipeline,
    stores: Stores,
    by_root: Mutex<HashMap<Root, Pipeline>>,
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
        if let Some(file) = &args.db {
            base = base.with_metadata(Arc::new(SqliteMetadata::open(file)?));
        }
        if let Some(file) = &args.rows {
            base = base.with_metadata(Arc::new(JsonlMetadata::open(file)?));
        }
        if let Some(file) = &args.events {
            base = base.with_events(Arc::new(JsonlEvents::open(file)?));
        }
        Ok(Self { args, base, stores: Stores::new(&args.stores), by_root: Mutex::default() })
    }

    /// Makes everything of one source.
    ///
    /// # Errors
    /// As [`Pipeline::run`].
    pub fn make(&self, place: &Place) -> Result<Outcome> {
        self.pipeline(&place.root)?.run(&place.key)
    }

    fn pipeline(&self, root: &Root) -> Result<Pipeline> {
        let mut by_root = lock(&self.by_root);
        if let Some(known) = by_root.get(root) {
            return Ok(known.clone());
        }
        let storage = self.stores.open(root)?;
        let pipeline = self.base.clone().with_storage(Arc::clone(&storage));
        let (output, template) = match &self.args.out {
            None => (storage, KeyTemplate::default()),
            Some(out) => self.stores.output(out)?,
        };
        let template = self.args.template.clone().unwrap_or(template);
        let pipeline = pipeline.with_output(output, template);
        by_root.insert(root.clone(), pipeline.clone());
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
fn on_threads<T: Send>(threads: usize, items: Vec<T>, each: impl Fn(T) + Sync) {
    let threads = threads.min(items.len());
    let items = Mutex::new(items.into_iter());
    let next = || lock(&items).next();
    let work = || {
        while let Some(item) = next() {
            each(item);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
