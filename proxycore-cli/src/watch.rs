//! `proxycore watch`: makes what comes to a place as it comes, by listing it again and again.
//!
//! Lists serve disks, shares of a network and object stores alike, where the notices of a kernel
//! serve the first alone. What changed is taken once it has been quiet for a while: a file that still
//! grows is half-written, and waited for.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, Instant};

use proxycore::storage::ObjectMeta;
use proxycore::{Error, Result};

use crate::args::Watch;
use crate::interrupt::Interrupt;
use crate::make::{Maker, jobs, lock, on_threads};
use crate::outputs::Outputs;
use crate::report::Report;
use crate::sources::{Found, Named, Unfound, Walk, Wanted, Work};

/// How long a signal may wait.
const NAP: Duration = Duration::from_millis(100);

/// Watches until a signal comes, or nothing else; says how many sources failed at last.
///
/// # Errors
/// As `make`; an option of `make` that means nothing here.
pub fn run(args: &Watch) -> Result<usize> {
    for (name, given) in [("dry-run", args.make.dry_run), ("force", args.make.force)] {
        if given {
            return Err(Error::invalid(name, "is for `make`; `watch` makes what changes"));
        }
    }
    let maker = Maker::new(&args.make)?.with_segments();
    let (wanted, outputs) = (Wanted::new(&args.make.filter)?, Outputs::new(&args.make)?);
    let walk = Walk::new(&args.make, &wanted, &outputs, &maker.stores);
    let interrupt = Interrupt::watch()
        .map_err(|cause| Error::storage("cannot watch for signals").with_source(cause))?;
    let mut watched = Watched::new(args);
    let report = Mutex::new(Report::new(args.make.json));
    while interrupt.status().is_none() && !watched.is_idle() {
        let mut ready = Vec::new();
        _ = walk.of(&args.make.sources, |found| {
            ready.extend(watched.ready(found, &maker));
            ControlFlow::Continue(())
        });
        if !ready.is_empty() {
            watched.done(work(args, &maker, &interrupt, &report, ready));
        }
        rest(Duration::from_secs_f64(args.interval), &interrupt);
    }
    let report = report.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let failed = report.finish();
    match interrupt.status() {
        Some(status) => std::process::exit(status.into()),
        None => Ok(failed),
    }
}

/// Makes what is ready, and gives back those that are to be tried again.
fn work(
    args: &Watch,
    maker: &Maker<'_>,
    interrupt: &Interrupt,
    report: &Mutex<Report>,
    ready: Vec<Found>,
) -> Vec<String> {
    let again = Mutex::new(Vec::new());
    ready.iter().for_each(|found| {
        lock(report).count(found.as_ref().map_or(1, |named| named.work.frames()));
    });
    let make = |found: Found| match found {
        Ok(named) => {
            let frames = lock(report).frames(named.work.frames());
            let made = maker.make(&named.work, &frames);
            if made.as_ref().is_err_and(Error::is_retryable) {
                lock(&again).push(named.shown.clone());
            }
            lock(report).tell(&named.key(), frames.left(), made);
        }
        Err(Unfound { key, error, .. }) => lock(report).tell(&key, 1, Err(error)),
    };
    let list = |queue: SyncSender<Found>| {
        // who hangs up is over
        _ = ready.into_iter().all(|found| queue.send(found).is_ok());
    };
    on_threads(jobs(&args.make), list, || interrupt.status().is_some(), make);
    again.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn rest(time: Duration, interrupt: &Interrupt) {
    let end = Instant::now() + time;
    while interrupt.status().is_none() && Instant::now() < end {
        thread::sleep(NAP.min(end.saturating_duration_since(Instant::now())));
    }
}

/// What is known of what lies in the place.
struct Watched {
    settle: Duration,
    until_idle: Option<Duration>,
    /// When something came the last time.
    moved: Instant,
    known: HashMap<String, Known>,
}

struct Known {
    state: String,
    since: Instant,
    is_made: bool,
}

impl Watched {
    fn new(args: &Watch) -> Self {
        Self {
            settle: Duration::from_secs_f64(args.settle),
            until_idle: args.until_idle.map(Duration::from_secs_f64),
            moved: Instant::now(),
            known: HashMap::new(),
        }
    }

    /// Whether nothing has come for as long as was said, and nothing is waited for.
    fn is_idle(&self) -> bool {
        let is_waiting = self.known.values().any(|known| !known.is_made);
        !is_waiting && self.until_idle.is_some_and(|limit| self.moved.elapsed() >= limit)
    }

    /// What was found, where it is to be made now.
    fn ready(&mut self, found: Found, maker: &Maker<'_>) -> Option<Found> {
        let (shown, state) = match &found {
            Ok(named) => (named.shown.clone(), state(named, maker)),
            Err(unfound) => (unfound.shown.clone(), unfound.error.to_string()),
        };
        let now = Instant::now();
        let known = self.known.entry(shown).or_insert_with(|| Known {
            state: String::new(),
            since: now,
            is_made: false,
        });
        if known.state != state {
            (known.state, known.since, known.is_made) = (state, now, false);
            self.moved = now;
        }
        // nothing changes of what cannot be found, and so nothing is waited for
        let settle = if found.is_ok() { self.settle } else { Duration::ZERO };
        if known.is_made || known.since.elapsed() < settle {
            return None;
        }
        known.is_made = true;
        Some(found)
    }

    /// Takes those that are to be tried again as not made, from now on.
    fn done(&mut self, again: Vec<String>) {
        self.moved = Instant::now();
        for shown in again {
            if let Some(known) = self.known.get_mut(&shown) {
                (known.is_made, known.since) = (false, Instant::now());
            }
        }
    }
}

/// A name for the state that a source is in.
fn state(named: &Named, maker: &Maker<'_>) -> String {
    let of = |meta: &ObjectMeta| format!("{} {} {:?}", meta.size, meta.last_modified, meta.etag);
    match (&named.work, &named.meta) {
        (Work::Sequence { sequence, .. }, _) => sequence
            .iter()
            .map(|(number, frame)| format!("{number} {}\n", of(&frame.meta)))
            .collect(),
        (Work::Single(_), Some(meta)) => of(meta),
        (Work::Single(place), None) => {
            let head = maker.stores.open(&place.root).and_then(|store| store.head(&place.key));
            head.map_or_else(|error| error.to_string(), |meta| of(&meta))
        }
    }
}
