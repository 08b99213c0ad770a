//! `proxycore make`: renditions of many sources, some at a time.

use std::collections::HashMap;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{process, thread};

use proxycore::key::KeyTemplate;
use proxycore::{Error, LocalStorage, Outcome, Pipeline, Plan, Rendition, Result};

use crate::args::{Make, RenditionName};
use crate::interrupt::Interrupt;
use crate::place::{Place, Root};
use crate::report::Report;
use crate::sources::{self, Found, Named};
use crate::stores::Stores;

/// Makes everything that was asked for, or plans it, and says how many sources failed.
///
/// # Errors
/// What fails before the first source: a sink or a place that cannot be opened.
pub fn run(args: &Make) -> Result<usize> {
    let maker = Maker::new(args)?;
    let sources = sources::find(&args.sources, args.root.as_deref(), &args.filter, &maker.stores)?;
    let interrupt = Interrupt::watch()
        .map_err(|cause| Error::storage("cannot watch for signals").with_source(cause))?;
    let report = Mutex::new(Report::new(sources.len(), args.json));
    let work = |source: Found| match source {
        Ok(Named { place, shown }) if args.dry_run => {
            let planned = maker.plan(&place);
            lock(&report).tell_plan(&shown, planned);
        }
        Ok(Named { place, shown }) => {
            let done = maker.make(&place);
            lock(&report).tell(&shown, done);
        }
        Err((shown, error)) => lock(&report).tell(&shown, Err(error)),
    };
    let left = on_threads(jobs(args), sources, || interrupt.status().is_some(), work);
    let failed = report.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    if let Some(status) = interrupt.status() {
        stop(left, status);
    }
    Ok(failed)
}

/// Ends the program as a signal asks.
fn stop(left: usize, status: u8) -> ! {
    if left > 0 {
        // nobody is left to tell where stderr is closed
        _ = writeln!(io::stderr(), "proxycore: interrupted; {left} sources were not begun");
    }
    process::exit(status.into())
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
            .with_renditions(args.renditions.iter().map(|name| name.rendition(args)))
            .with_decode(args.pick.options())
            .with_color(args.look.config()?)
            .with_force(args.force)
            .with_proof(args.prove)
            .with_data_note(args.data_note);
        if let Some(space) = args.look.input_space() {
            base = base.with_input_space(space);
        }
        if !args.dry_run {
            base = with_sinks(base, args)?;
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

    /// Says what making one source would read and write.
    ///
    /// # Errors
    /// As [`Pipeline::plan`].
    fn plan(&self, place: &Place) -> Result<Plan> {
        self.pipeline(&place.root)?.plan(&place.key)
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

/// Opens the sinks that are asked for.
fn with_sinks(mut base: Pipeline, args: &Make) -> Result<Pipeline> {
    if let Some(database) = &args.db {
        base = base.with_metadata(database.open()?);
    }
    if let Some(files) = &args.rows {
        base = base.with_metadata(files.open()?);
    }
    if let Some(channel) = &args.events {
        base = base.with_events(channel.open(&args.kafka)?);
    }
    Ok(base)
}

impl RenditionName {
    fn rendition(self, args: &Make) -> Rendition {
        match self {
            Self::Thumb => Rendition::thumbnail_for(args.still_color.into()),
            Self::Proxy => Rendition::proxy_for(args.video_color.into()),
            Self::Preview => Rendition::preview_for(args.still_color.into()),
        }
    }
}

/// One source for each core: decoding one frame alone does not keep them all busy.
fn jobs(args: &Make) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    args.jobs.map_or_else(cores, NonZeroUsize::get)
}

/// Calls `each` for every item, `threads` at a time, in their order, until `is_over`; says how many
/// items are left.
fn on_threads<T: Send>(
    threads: usize,
    items: Vec<T>,
    is_over: impl Fn() -> bool + Sync,
    each: impl Fn(T) + Sync,
) -> usize {
    let threads = threads.min(items.len());
    let items = Mutex::new(items.into_iter());
    let next = || if is_over() { None } else { lock(&items).next() };
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
    items.into_inner().unwrap_or_else(PoisonError::into_inner).count()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
