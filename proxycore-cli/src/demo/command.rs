//! What `proxycore demo` does: draw, make, show.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use proxycore::color::BuiltIn;
use proxycore::sequence::Missing;
use proxycore::{Outcome, Result, event, metadata};
use serde::Serialize;

use super::show::Show;
use super::{draw, forms, hints, shot};
use crate::args::{Demo, Make, RenditionName};
use crate::assemble::{Frames, SequenceArgs};
use crate::events::Channel;
use crate::make::Maker;
use crate::outputs::Outputs;
use crate::report::{say, say_json};
use crate::rows::Database;
use crate::sources::{Filter, Named, Walk, Wanted};
use crate::terminal::plain;

/// Draws a small show, makes renditions of it, and says where to look at them.
///
/// # Errors
/// A folder that cannot be written; the main job has no reason to fail.
pub fn run(args: &Demo) -> Result<usize> {
    if args.charts {
        return charts(args);
    }
    let first = *shot::FRAMES.start();
    let last = args.frames.map_or(*shot::FRAMES.end(), |count| first + u32::from(count) - 1);
    let show = Show::open(&args.dir, first..=last)?;
    let bar = bar();
    bar.set_message("drawing");
    bar.inc_length(show.files());
    show.render(|| bar.inc(1))?;
    let make = review(&show);
    let page = make_all(&show, &make, &bar, args.json)?;
    bar.finish_and_clear();
    match args.json {
        true => say_json(&page),
        false => end(&args.dir, &page),
    }
    Ok(0)
}

/// Draws the charts alone, as fixtures for tests.
fn charts(args: &Demo) -> Result<usize> {
    for frame in forms::all(&draw(), &args.dir)? {
        let path = frame.path.display().to_string();
        match args.json {
            true => say_json(&frame),
            false => say(&format_args!("{}  {}", plain(&path), frame.title)),
        }
    }
    Ok(0)
}

/// The page that shows everything.
#[derive(Debug, Serialize)]
struct Page {
    page: PathBuf,
    url: String,
}

/// The options of the main job.
fn review(show: &Show) -> Make {
    use RenditionName::{Preview, Proxy, Sheet, Sprite, Thumb};
    let folder = show.folder();
    Make {
        sources: show.sources().map(|source| folder.join(source)).into(),
        root: Some(folder.to_owned()),
        out: Some(folder.join(REVIEW)),
        renditions: vec![Thumb, Proxy, Preview, Sheet, Sprite],
        gallery: true,
        sequences: SequenceArgs { missing: Missing::Slate, ..SequenceArgs::default() },
        db: Some(Database::Known(rows_in(folder))),
        events: Some(Channel::Known(event::Address::Jsonl(folder.join(EVENTS)))),
        ..Make::default()
    }
}

/// The folder of outputs.
const REVIEW: &str = "review";

/// The file of rows, and that of events.
const ROWS: &str = if cfg!(feature = "sqlite") { "proxies.db" } else { "rows.jsonl" };
const EVENTS: &str = "events.jsonl";

/// Where the rows go: to SQLite where this build has it.
fn rows_in(folder: &Path) -> metadata::Address {
    let rows = folder.join(ROWS);
    if cfg!(feature = "sqlite") {
        metadata::Address::Sqlite(rows)
    } else {
        metadata::Address::Jsonl(rows)
    }
}

/// Makes everything of every source, and the page that shows it.
fn make_all(show: &Show, make: &Make, bar: &ProgressBar, json: bool) -> Result<Page> {
    // $OCIO is not followed: a studio's config may lack the show's spaces
    let maker = Maker::in_colors(make, Arc::new(BuiltIn))?;
    let sources = sources(make, &maker)?;
    bar.inc_length(sources.iter().map(|named| named.work.frames()).sum());
    for named in sources {
        bar.set_message(plain(&named.key()).into_owned());
        let frames = Frames::new(bar.clone(), named.work.frames());
        let outcome = maker.make(&named.work, &frames)?;
        bar.inc(frames.left());
        bar.suspend(|| if json { say_json(&outcome) } else { say(&line(&outcome)) });
    }
    let url = maker.write_gallery()?.into_iter().next().unwrap_or_default();
    Ok(Page { page: show.folder().join(REVIEW).join("index.html"), url })
}

fn sources(make: &Make, maker: &Maker<'_>) -> Result<Vec<Named>> {
    let (wanted, outputs) = (Wanted::new(&Filter::default())?, Outputs::new(make)?);
    let mut found = Vec::new();
    let walk = Walk::new(make, &wanted, &outputs, &maker.stores);
    // nothing breaks it off
    _ = walk.of(&make.sources, |source| {
        found.push(source.map_err(|unfound| unfound.error));
        ControlFlow::Continue(())
    });
    found.into_iter().collect()
}

/// One line about a source and its colour space.
fn line(outcome: &Outcome) -> String {
    let frames = outcome.frame_range.as_deref().unwrap_or("1 frame");
    let guess = if outcome.colorspace_certainty == "guessed" { ", a guess" } else { "" };
    let missing = outcome.missing.iter().map(|frames| format!("  {frames} missing"));
    let state = if outcome.skipped { "  up to date" } else { "" };
    let key = plain(&outcome.source_key);
    format!(
        "{key:33} {frames:10} {}{guess}{}{state}",
        outcome.colorspace,
        missing.collect::<String>()
    )
}

fn bar() -> ProgressBar {
    let target = match io::stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let style = ProgressStyle::with_template("{bar:32} {pos}/{len}  {msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(0), target).with_style(style)
}

/// Prints the page's address, and commands to try next.
fn end(folder: &Path, page: &Page) {
    let path = |name: &str| plain(&folder.join(name).display().to_string()).into_owned();
    let Page { url, .. } = page;
    say(&format_args!("\nRows are in {}, events in {}.", path(ROWS), path(EVENTS)));
    say(&format_args!("\nOpen the page:\n\n{url}\n\nThen try:\n"));
    for command in hints::commands(folder) {
        say(&format_args!("  {command}"));
    }
}
