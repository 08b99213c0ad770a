//! `proxycore make`: renditions of many sources, some at a time.

use std::collections::HashMap;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{process, thread};

use proxycore::budget::Budget;
use proxycore::color::ColorConfig;
use proxycore::encode::Moving;
use proxycore::key::KeyTemplate;
use proxycore::sequence::{Assembly, FrameSet, SEGMENT_LENGTH};
use proxycore::storage::{Place, Root, Stores};
use proxycore::{Error, LocalStorage, Outcome, Pipeline, Plan, Rendition, Result};

use crate::args::{Make, RenditionName};
use crate::assemble::Frames;
use crate::gallery::Gallery;
use crate::interrupt::Interrupt;
use crate::outputs::Outputs;
use crate::report::{Report, say, warn};
use crate::sources::{Found, Unfound, Walk, Wanted, Work};
use crate::terminal::plain;

/// Makes everything that was asked for, or plans it, and says how many sources failed.
///
/// # Errors
/// What fails before the first source: a sink or a place that cannot be opened.
pub fn run(args: &Make) -> Result<usize> {
    let maker = Maker::new(args)?;
    let (wanted, outputs) = (Wanted::new(&args.filter)?, Outputs::new(args)?);
    let walk = Walk::new(args, &wanted, &outputs, &maker.stores);
    let interrupt = Interrupt::watch()
        .map_err(|cause| Error::storage("cannot watch for signals").with_source(cause))?;
    let report = Mutex::new(Report::new(args.json));
    let kinds = Mutex::new(Kinds::default());
    let work = |source: Found| match source {
        Ok(named) if args.dry_run => {
            let planned = maker.plan(&named.work);
            lock(&report).tell_plan(&named.key(), named.work.frames(), planned);
        }
        Ok(named) => {
            let frames = lock(&report).frames(named.work.frames());
            let done = maker.make(&named.work, &frames);
            lock(&report).tell(&named.key(), frames.left(), done);
        }
        Err(Unfound { key, error, .. }) => lock(&report).tell(&key, 1, Err(error)),
    };
    let is_over = || interrupt.status().is_some();
    let list = |queue: SyncSender<Found>| {
        walk.of(&args.sources, |found| {
            if is_over() {
                return ControlFlow::Break(());
            }
            lock(&kinds).note(&found);
            lock(&report).count(found.as_ref().map_or(1, |named| named.work.frames()));
            queue.send(found).map_or(ControlFlow::Break(()), ControlFlow::Continue)
        })
    };
    let listed = on_threads(jobs(args), list, is_over, work).is_continue();
    let report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    let left = report.left();
    let failed = report.finish();
    maker.show()?;
    let given = args.sequences.given();
    if listed && lock(&kinds).are_single() && !given.is_empty() {
        let given = given.join(", ");
        warn(&format!("of no use without a sequence among the sources: {given}"));
    }
    if let Some(status) = interrupt.status() {
        stop(left, listed, status);
    }
    Ok(failed)
}

/// What the sources are.
#[derive(Debug, Default)]
struct Kinds {
    has_single: bool,
    has_sequence: bool,
}

impl Kinds {
    fn note(&mut self, found: &Found) {
        let Ok(named) = found else { return };
        self.has_sequence |= named.is_of_sequence;
        self.has_single |= !named.is_of_sequence;
    }

    fn are_single(&self) -> bool {
        self.has_single && !self.has_sequence
    }
}

/// Ends the program as a signal asks.
fn stop(left: u64, listed: bool, status: u8) -> ! {
    let more = if listed { "" } else { ", and others not looked for" };
    if left > 0 || !listed {
        // nobody is left to tell where stderr is closed
        _ = writeln!(io::stderr(), "proxycore: interrupted; {left} sources were not begun{more}");
    }
    process::exit(status.into())
}

/// A pipeline for each root that the sources lie below; all share their sinks.
#[derive(Debug)]
pub struct Maker<'a> {
    args: &'a Make,
    base: Pipeline,
    pub stores: Stores,
    by_root: Mutex<HashMap<Root, Pipeline>>,
    segments: bool,
    /// Whether its movies are put together from groups of pictures, which can be kept.
    has_groups: bool,
    /// What was made since it was shown.
    gallery: Mutex<Gallery>,
}

impl<'a> Maker<'a> {
    /// Opens the sinks.
    ///
    /// # Errors
    /// A sink that cannot be opened.
    pub fn new(args: &'a Make) -> Result<Self> {
        Self::in_colors(args, args.look.config()?)
    }

    /// Opens the sinks, and uses the transforms of `config` instead of the options'.
    ///
    /// # Errors
    /// A sink that cannot be opened.
    pub fn in_colors(args: &'a Make, config: Arc<dyn ColorConfig>) -> Result<Self> {
        let here = Arc::new(LocalStorage::new(".")?);
        let renditions = renditions(args).into_iter().map(|name| name.rendition(args));
        let renditions = renditions.collect::<Result<Vec<_>>>()?;
        let has_groups = renditions.iter().all(has_groups);
        let mut base = Pipeline::new(here)
            .with_renditions(renditions)
            .with_decode(args.pick.options())
            .with_color(config)
            .with_force(args.force)
            .with_proof(args.prove)
            .with_data_note(args.data_note)
            .with_memory(Arc::new(Budget::new(args.memory.as_u64())));
        if let Some(space) = args.look.input_space() {
            base = base.with_input_space(space);
        }
        if !args.dry_run {
            base = with_sinks(base, args)?;
        }
        let segments = args.sequences.segments;
        check_groups(args, segments)?;
        Ok(Self {
            args,
            base,
            stores: Stores::new(args.stores.options()),
            by_root: Mutex::default(),
            segments,
            has_groups,
            gallery: Mutex::default(),
        })
    }

    /// Keeps the segments of movies, whatever was said of that; those of an encoder that makes whole
    /// files have none.
    ///
    /// # Errors
    /// Groups that are longer than segments.
    pub fn with_segments(mut self) -> Result<Self> {
        self.segments |= self.has_groups;
        check_groups(self.args, self.segments)?;
        Ok(self)
    }

    /// Makes everything of one source, or of a sequence of them.
    ///
    /// # Errors
    /// As [`Pipeline::run`] and [`Pipeline::run_sequence`].
    pub fn make(&self, work: &Work, frames: &Arc<Frames>) -> Result<Outcome> {
        let (root, made) = match work {
            Work::Single(place) => (&place.root, self.run(place)),
            Work::Sequence { root, sequence, range } => {
                let assembly = self.assembly(range.as_ref()).with_progress(frames.clone());
                (root, self.pipeline(root)?.run_sequence(sequence, &assembly))
            }
        };
        if let (Ok(outcome), true) = (&made, self.args.gallery) {
            self.hang(root, outcome);
        }
        made
    }

    /// Puts what was made into the gallery of where it lies.
    fn hang(&self, root: &Root, outcome: &Outcome) {
        let output = match &self.args.out {
            Some(out) => self.stores.output(out).map(|(output, _)| output),
            None => self.stores.open(root),
        };
        if let Ok(output) = output {
            lock(&self.gallery).add(&output, outcome);
        }
    }

    /// Writes the pages of the gallery on what was made since the last time, and says where they are.
    ///
    /// # Errors
    /// As [`Gallery::write`].
    pub fn show(&self) -> Result<()> {
        let pages = self.write_gallery()?;
        if !self.args.json {
            pages.iter().for_each(|page| say(&format!("gallery: {}", plain(page))));
        }
        Ok(())
    }

    /// Writes the pages of the gallery on what was made since the last time, and gives their
    /// addresses.
    ///
    /// # Errors
    /// As [`Gallery::write`].
    pub fn write_gallery(&self) -> Result<Vec<String>> {
        lock(&self.gallery).write()
    }

    /// Makes everything of one source.
    ///
    /// # Errors
    /// As [`Pipeline::run`].
    pub fn run(&self, place: &Place) -> Result<Outcome> {
        self.pipeline(&place.root)?.run(&place.key)
    }

    /// Says what making it would read and write.
    ///
    /// # Errors
    /// As [`Pipeline::plan`] and [`Pipeline::plan_sequence`].
    fn plan(&self, work: &Work) -> Result<Plan> {
        match work {
            Work::Single(place) => self.pipeline(&place.root)?.plan(&place.key),
            Work::Sequence { root, sequence, range } => {
                let assembly = self.assembly(range.as_ref());
                self.pipeline(root)?.plan_sequence(sequence, &assembly)
            }
        }
    }

    /// How a sequence becomes a movie, whose pattern may name its frames.
    fn assembly(&self, range: Option<&FrameSet>) -> Assembly {
        let assembly = self.args.sequences.assembly().with_segments(self.segments);
        match range.filter(|_| self.args.sequences.range.is_none()) {
            Some(range) => assembly.with_range(range.clone()),
            None => assembly,
        }
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

/// Whether a rendition is no movie of an encoder that makes the whole file.
fn has_groups(rendition: &Rendition) -> bool {
    !matches!(rendition.encoder().movie(), Some(Moving::Stream(_)))
}

/// Checks that no groups are asked for that are longer than the segments that are kept.
fn check_groups(args: &Make, segments: bool) -> Result<()> {
    let is_longer = |gop: u32| u64::from(gop) > SEGMENT_LENGTH as u64;
    if !segments || !args.encoders.gop.is_some_and(is_longer) {
        return Ok(());
    }
    let what = format!(
        "the groups that are kept beside a movie (`--segments`, `watch`) have {SEGMENT_LENGTH} \
         frames at the most; say that or less"
    );
    Err(Error::invalid("gop", what))
}

/// What is asked for, and what a gallery shows.
fn renditions(args: &Make) -> Vec<RenditionName> {
    use RenditionName::{Proxy, Sprite, Thumb};
    let shown: &[RenditionName] = if args.gallery { &[Thumb, Proxy, Sprite] } else { &[] };
    let more = shown.iter().filter(|name| !args.renditions.contains(name));
    args.renditions.iter().chain(more).copied().collect()
}

impl RenditionName {
    fn rendition(self, args: &Make) -> Result<Rendition> {
        Ok(match self {
            Self::Thumb => Rendition::thumbnail_for(args.still_color.into()),
            Self::Proxy => args.encoders.proxy(args.video_color.into())?,
            Self::Preview => Rendition::preview_for(args.still_color.into()),
            Self::Sheet => Rendition::sheet_for(args.still_color.into()),
            Self::Sprite => Rendition::sprite_for(args.still_color.into()),
        })
    }
}

/// The most sources at a time: each has a thread.
const MOST_JOBS: usize = 1024;

/// One source for each core, for decoding one frame alone does not keep them all busy; more where
/// sources wait for a store.
pub fn jobs(args: &Make) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let is_far = |place: &Path| {
        Place::find(place, None).is_ok_and(|place| matches!(place.root, Root::Bucket(..)))
    };
    let far = args.sources.iter().chain(&args.out).any(|place| is_far(place));
    let usual = || if far { 4 * cores() } else { cores() };
    args.jobs.map_or_else(usual, NonZeroUsize::get).min(MOST_JOBS)
}

/// Sources that are listed ahead of those who work on them: memory does not grow with their number.
const AHEAD: usize = 4096;

/// Calls `each` for every item that `list` sends, `threads` at a time, in their order, until
/// `is_over`.
pub fn on_threads<T: Send, R: Send>(
    threads: usize,
    list: impl FnOnce(SyncSender<T>) -> R + Send,
    is_over: impl Fn() -> bool + Sync,
    each: impl Fn(T) + Sync,
) -> R {
    let (sender, receiver) = mpsc::sync_channel(AHEAD);
    // once nobody works any more it is gone, and the list ends too
    let items = Arc::new(Mutex::new(receiver));
    let (is_over, each) = (&is_over, &each);
    thread::scope(|scope| {
        for _ in 0..threads {
            let items = Arc::clone(&items);
            let next = move || if is_over() { None } else { lock(&items).recv().ok() };
            scope.spawn(move || {
                while let Some(item) = next() {
                    each(item);
                }
            });
        }
        drop(items);
        list(sender)
    })
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
