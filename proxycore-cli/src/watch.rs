//! `proxycore watch`: makes what comes to a place as it comes, by listing it again and again.
//!
//! Lists serve disks, shares of a network and object stores alike, where the notices of a kernel
//! serve the first alone. What changed is taken once it has been quiet for a while: a file that still
//! grows is half-written, and waited for.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use proxycore::storage::ObjectMeta;
use proxycore::{Error, Result};

use crate::args::Watch;
use crate::interrupt::Interrupt;
use crate::make::{Maker, jobs, lock, on_threads};
use crate::outputs::Outputs;
use crate::report::{Report, complain};
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
    let maker = Maker::new(&args.make)?.with_segments()?;
    let (wanted, outputs) = (Wanted::new(&args.make.filter)?, Outputs::new(&args.make)?);
    let walk = Walk::new(&args.make, &wanted, &outputs, &maker.stores).awaiting();
    let interrupt = Interrupt::watch()
        .map_err(|cause| Error::storage("cannot watch for signals").with_source(cause))?;
    let mut watched = Watched::new(args);
    let mut has_page = true;
    let report = Mutex::new(Report::new(args.make.json));
    while interrupt.status().is_none() && !watched.is_idle() {
        let mut ready = Vec::new();
        watched.begin();
        _ = walk.of(&args.make.sources, |found| {
            ready.extend(watched.ready(found, &maker));
            ControlFlow::Continue(())
        });
        watched.end();
        if !ready.is_empty() {
            watched.done(work(args, &maker, &interrupt, &report, ready));
            has_page = maker.show().inspect_err(complain).is_ok();
        }
        rest(Duration::from_secs_f64(args.interval), &interrupt);
    }
    report.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    match interrupt.status() {
        Some(status) => std::process::exit(status.into()),
        None => Ok(watched.failed() + usize::from(!has_page)),
    }
}

/// What became of a source that was ready.
struct Done {
    shown: String,
    has_failed: bool,
    /// Whether it may come to be where it is tried again.
    is_retryable: bool,
}

/// Makes what is ready.
fn work(
    args: &Watch,
    maker: &Maker<'_>,
    interrupt: &Interrupt,
    report: &Mutex<Report>,
    ready: Vec<Found>,
) -> Vec<Done> {
    let done = Mutex::new(Vec::new());
    ready.iter().for_each(|found| {
        lock(report).count(found.as_ref().map_or(1, |named| named.work.frames()));
    });
    let make = |found: Found| match found {
        Ok(named) => {
            let frames = lock(report).frames(named.work.frames());
            let made = maker.make(&named.work, &frames);
            let is_retryable = made.as_ref().is_err_and(Error::is_retryable);
            let (key, has_failed) = (named.key(), made.is_err());
            lock(report).tell(&key, frames.left(), made);
            lock(&done).push(Done { shown: named.shown, has_failed, is_retryable });
        }
        Err(Unfound { shown, key, error }) => {
            lock(report).tell(&key, 1, Err(error));
            lock(&done).push(Done { shown, has_failed: true, is_retryable: false });
        }
    };
    let list = |queue: SyncSender<Found>| {
        // who hangs up is over
        _ = ready.into_iter().all(|found| queue.send(found).is_ok());
    };
    on_threads(jobs(&args.make), list, || interrupt.status().is_some(), make);
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
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
    /// Whether the last look was cut short by what may pass.
    is_cut: bool,
}

struct Known {
    state: String,
    since: Instant,
    is_made: bool,
    has_failed: bool,
    /// Whether the last look found it.
    is_seen: bool,
}

impl Watched {
    fn new(args: &Watch) -> Self {
        Self {
            settle: Duration::from_secs_f64(args.settle),
            until_idle: args.until_idle.map(Duration::from_secs_f64),
            moved: Instant::now(),
            known: HashMap::new(),
            is_cut: false,
        }
    }

    /// Whether nothing has come for as long as was said, and nothing is waited for.
    fn is_idle(&self) -> bool {
        let is_waiting = self.known.values().any(|known| !known.is_made);
        !is_waiting && self.until_idle.is_some_and(|limit| self.moved.elapsed() >= limit)
    }

    /// How many of those that lie there failed when they were made last.
    fn failed(&self) -> usize {
        self.known.values().filter(|known| known.has_failed).count()
    }

    /// Begins a look at the place.
    fn begin(&mut self) {
        self.is_cut = false;
        self.known.values_mut().for_each(|known| known.is_seen = false);
    }

    /// Ends it: what was not found is gone, or has become a part of a sequence. Where the look was cut
    /// short, what was made is not forgotten, or all of it would be told again.
    fn end(&mut self) {
        let is_cut = self.is_cut;
        self.known.retain(|_, known| known.is_seen || is_cut && known.is_made);
    }

    /// What was found, where it is to be made now.
    fn ready(&mut self, found: Found, maker: &Maker<'_>) -> Option<Found> {
        let (shown, state) = match &found {
            Ok(named) => (named.shown.clone(), state(named, maker)),
            Err(unfound) => (unfound.shown.clone(), unfound.error.to_string()),
        };
        // nothing changes of what cannot be found, and so nothing is waited for
        let settle = if found.is_ok() { self.settle } else { Duration::ZERO };
        self.is_cut |= found.as_ref().is_err_and(|unfound| unfound.error.is_retryable());
        self.is_ready(shown, state, settle).then_some(found)
    }

    /// Whether what was found in a state is to be made now: it has been in it for long enough, and was
    /// not made of it yet.
    fn is_ready(&mut self, shown: String, state: String, settle: Duration) -> bool {
        let now = Instant::now();
        let known = self.known.entry(shown).or_insert_with(|| Known {
            state: String::new(),
            since: now,
            is_made: false,
            has_failed: false,
            is_seen: true,
        });
        known.is_seen = true;
        if known.state != state {
            (known.state, known.since, known.is_made) = (state, now, false);
            self.moved = now;
        }
        let is_ready = !known.is_made && known.since.elapsed() >= settle;
        known.is_made |= is_ready;
        is_ready
    }

    /// Keeps what became of those that were ready; those that are to be tried again are not made, from
    /// now on.
    fn done(&mut self, done: Vec<Done>) {
        let now = Instant::now();
        self.moved = now;
        for Done { shown, has_failed, is_retryable } in done {
            let Some(known) = self.known.get_mut(&shown) else { continue };
            known.has_failed = has_failed;
            if is_retryable {
                (known.is_made, known.since) = (false, now);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn watched() -> Watched {
        let idle = Some(Duration::ZERO);
        let known = HashMap::new();
        let moved = Instant::now();
        Watched { settle: Duration::ZERO, until_idle: idle, moved, known, is_cut: false }
    }

    /// Looks at sources that settle after so long, and gives back those that are ready.
    fn look<'a>(watched: &mut Watched, names: &[&'a str], settle: Duration) -> Vec<&'a str> {
        watched.begin();
        let ready = |name: &&str| watched.is_ready((*name).to_owned(), "state".to_owned(), settle);
        let ready = names.iter().copied().filter(ready).collect();
        watched.end();
        ready
    }

    fn done(watched: &mut Watched, name: &str, has_failed: bool) {
        watched.done(vec![Done { shown: name.to_owned(), has_failed, is_retryable: false }]);
    }

    #[test]
    fn what_has_gone_is_not_waited_for() {
        let mut watched = watched();
        let long = Duration::from_secs(100);
        assert!(look(&mut watched, &["a.1001.exr", "b.exr"], long).is_empty());
        assert!(!watched.is_idle());
        // the first has become a frame of a sequence
        assert_eq!(look(&mut watched, &["a.%04d.exr"], Duration::ZERO), ["a.%04d.exr"]);
        assert!(watched.is_idle());
        assert_eq!(watched.known.len(), 1);
    }

    #[test]
    fn what_was_made_outlasts_a_look_that_was_cut_short() {
        let mut watched = watched();
        assert_eq!(look(&mut watched, &["a", "b"], Duration::ZERO), ["a", "b"]);
        watched.begin();
        watched.is_cut = true;
        watched.end();
        assert!(look(&mut watched, &["a", "b"], Duration::ZERO).is_empty());
    }

    #[test]
    fn the_last_state_of_what_lies_there_counts() {
        let mut watched = watched();
        for (name, has_failed) in [("a", true), ("b", true), ("c", false), ("a", false)] {
            look(&mut watched, &["a", "b", "c"], Duration::ZERO);
            done(&mut watched, name, has_failed);
        }
        assert_eq!(watched.failed(), 1);
        look(&mut watched, &["a", "c"], Duration::ZERO);
        assert_eq!(watched.failed(), 0);
    }
}
