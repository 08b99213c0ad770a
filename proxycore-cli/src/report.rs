//! What is printed while sources are worked on: results to stdout, errors and progress to stderr.

use std::error::Error as _;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use proxycore::{Error, Outcome, Plan, Result};
use serde::Serialize;

use crate::assemble::Frames;
use crate::features;
use crate::terminal::plain;

/// Tells of each source as it is done.
#[derive(Debug)]
pub struct Report {
    bar: ProgressBar,
    json: bool,
    /// Sources and sequences that were counted, and those that were told of.
    found: u64,
    told: u64,
    failed: usize,
}

impl Report {
    /// Starts a report on no source yet.
    pub fn new(json: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:32} {pos}/{len}  {elapsed} + {eta}  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, json, found: 0, told: 0, failed: 0 }
    }

    /// Counts a source of so many frames that is to be worked on. The bar is for many of them, and
    /// for a terminal.
    pub fn count(&mut self, frames: u64) {
        self.found += 1;
        self.bar.inc_length(frames);
        let is_long = self.bar.length().is_some_and(|length| length > 1);
        if is_long && self.bar.is_hidden() && io::stderr().is_terminal() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// What moves the bar while the frames of a source are worked on.
    pub fn frames(&self, count: u64) -> Arc<Frames> {
        Frames::new(self.bar.clone(), count)
    }

    /// Sources that were counted and of which nothing is told.
    pub fn left(&self) -> u64 {
        self.found - self.told
    }

    /// Tells what became of the source at a key, which moves the bar by the frames that did not.
    pub fn tell(&mut self, source: &str, frames: u64, done: Result<Outcome>) {
        self.told += 1;
        self.failed += usize::from(done.is_err());
        self.bar.suspend(|| match (done, self.json) {
            (Ok(outcome), true) => say_json(&outcome),
            (Ok(outcome), false) => say(&describe(&outcome)),
            (Err(error), json) => complain_of(source, &error, json),
        });
        let name = source.rsplit('/').next().unwrap_or(source);
        self.bar.set_message(plain(name).into_owned());
        self.bar.inc(frames);
    }

    /// Tells what would become of a source of so many frames.
    pub fn tell_plan(&mut self, source: &str, frames: u64, planned: Result<Plan>) {
        match planned {
            Ok(plan) if self.json => self.bar.suspend(|| say_json(&plan)),
            Ok(plan) => self.bar.suspend(|| say(&describe_plan(&plan))),
            Err(error) => return self.tell(source, frames, Err(error)),
        }
        self.told += 1;
        self.bar.inc(frames);
    }

    /// Ends the report, and says how many sources failed.
    pub fn finish(self) -> usize {
        self.bar.finish_and_clear();
        self.failed
    }
}

/// Prints an error and what caused it in one line.
pub fn complain(error: &Error) {
    tell(&plain(&in_one_line(error)));
}

/// Prints what a person should know of what was asked for.
pub fn warn(what: &str) {
    tell(&format!("warning: {}", plain(what)));
}

fn tell(line: &str) {
    // nobody is left to tell where stderr is closed
    _ = writeln!(io::stderr(), "proxycore: {line}");
}

/// Prints what went wrong with the source at a key, for machines too where they read along.
pub fn complain_of(source: &str, error: &Error, json: bool) {
    if json {
        say_json(&Failure::new(source, error));
    }
    complain(error);
}

/// Whether a line could not be printed.
static IS_CUT: AtomicBool = AtomicBool::new(false);

/// Prints a line. A reader that has gone away, as `head` does, ends the program quietly; where lines
/// are lost otherwise, as on a disk that is full, that is told once, and the work goes on.
pub fn say(line: &impl std::fmt::Display) {
    match writeln!(io::stdout(), "{line}") {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => process::exit(0),
        Err(cause) if !IS_CUT.swap(true, Ordering::Relaxed) => {
            complain(&Error::storage("cannot write to stdout").with_source(cause));
        }
        Err(_) => {}
    }
}

/// Whether something that was said could not be printed.
pub fn is_cut() -> bool {
    IS_CUT.load(Ordering::Relaxed)
}

/// Prints a value as one line of JSON, its fields in their order.
pub fn say_json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(line) => say(&line),
        Err(error) => say(&error),
    }
}

/// An error with what caused it, and what to do about it.
pub fn in_one_line(error: &Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line += &format!(": {cause}");
        source = cause.source();
    }
    if let Some(advice) = features::advice(error) {
        line += &format!("; {advice}");
    }
    line
}

/// An error, for machines.
#[derive(Serialize)]
struct Failure {
    status: &'static str,
    source_key: String,
    error: String,
    kind: &'static str,
    retryable: bool,
}

impl Failure {
    fn new(source: &str, error: &Error) -> Self {
        Self {
            status: "error",
            source_key: source.to_owned(),
            error: in_one_line(error),
            kind: error.kind().name(),
            retryable: error.is_retryable(),
        }
    }
}

/// A plan for people.
fn describe_plan(plan: &Plan) -> String {
    let (uri, size) = (plain(&plan.source_uri), bytes(plan.source_size_bytes));
    if plan.up_to_date {
        return format!("{uri}  {size}  up to date");
    }
    let mut text = format!("{uri}  read {} of {size}", bytes(plan.read_bytes));
    for planned in &plan.writes {
        text += &format!("\n  {:8} write {}", planned.name, plain(&planned.uri));
    }
    text
}

/// A result for people.
pub fn describe(outcome: &Outcome) -> String {
    let seconds = outcome.processing_time_seconds;
    let state = if outcome.skipped { "up to date".into() } else { format!("{seconds:.2} s") };
    let state = if outcome.status == "partial" { format!("{state}, partial") } else { state };
    let guess = if outcome.colorspace_certainty == "guessed" { ", a guess" } else { "" };
    let (key, space) = (plain(&outcome.source_key), plain(&outcome.colorspace));
    let mut text = format!("{key}  {space}{guess}  {state}");
    if let (Some(frames), Some(fps)) = (&outcome.frame_range, &outcome.fps) {
        let missing = outcome.missing.iter().map(|frames| format!(", {frames} missing"));
        text += &format!("\n  frames   {frames}{}  {fps} fps", missing.collect::<String>());
    }
    for made in &outcome.renditions {
        let (size, key) = (bytes(made.bytes), plain(&made.key));
        text += &format!("\n  {:8} {}x{}  {size}  {key}", made.name, made.width, made.height);
    }
    for (name, proof) in
        outcome.renditions.iter().filter_map(|made| Some((made.name, made.proof.as_ref()?)))
    {
        text += &format!(
            "\n  proof: {name}  dE2000 mean {:.3} p99 {:.3} max {:.3}  bias {:.3}  {}",
            proof.mean, proof.p99, proof.max, proof.bias, proof.tags
        );
    }
    let is_guess = |warning: &str| !guess.is_empty() && tells_guess(warning, &outcome.colorspace);
    for warning in outcome.warnings.iter().filter(|warning| !is_guess(warning)) {
        text += &format!("\n  warning: {}", plain(warning));
    }
    text
}

/// Whether a warning says of all frames or of some what the first line does: that this space is a
/// guess.
pub fn tells_guess(warning: &str, space: &str) -> bool {
    let guess = warning.strip_prefix("the colour space is a guess: ");
    let rest = guess.and_then(|guess| guess.strip_prefix(space));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
}

/// A size for people.
pub fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{count} B"),
        10_000..10_000_000 => format!("{} kB", count / 1000),
        _ => format!("{} MB", count / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_guess_that_the_first_line_tells_is_left_out() {
        let space = "lin_rec709_scene";
        for frames in ["", " (frames 2-3)"] {
            assert!(tells_guess(&format!("the colour space is a guess: {space}{frames}"), space));
        }
        for warning in [
            "colorInteropID is `guess_v1`, which is the name of no known space",
            "the colour space is a guess: srgb_rec709_display",
            "the colour space is a guess: lin_rec709_scene_2",
        ] {
            assert!(!tells_guess(warning, space), "{warning}");
        }
    }
}
