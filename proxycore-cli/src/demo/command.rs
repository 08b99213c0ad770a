//! `proxycore demo`: the main job on frames of its own, and a page to look at what it made.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proxycore::storage::Place;
use proxycore::{Error, Outcome, Result, event, metadata};
use serde::Serialize;

use super::{DemoFrame, render};
use crate::args::{Demo, Make, RenditionName};
use crate::events::Channel;
use crate::make::Maker;
use crate::report::{describe, say, say_json};
use crate::rows::Database;
use crate::terminal::plain;

/// Renders the demo frames, makes renditions of them, and shows what came out.
///
/// # Errors
/// A folder that cannot be written; the main job has no reason to fail.
pub fn run(args: &Demo) -> Result<usize> {
    let frames = render(&args.dir)?;
    let make = Make {
        root: Some(args.dir.clone()),
        renditions: vec![RenditionName::Thumb, RenditionName::Proxy],
        db: Some(Database::Known(metadata::Address::Sqlite(args.dir.join("proxies.db")))),
        events: Some(Channel::Known(event::Address::Jsonl(args.dir.join("events.jsonl")))),
        ..Make::default()
    };
    let maker = Maker::new(&make)?;
    let mut shown = Vec::with_capacity(frames.len());
    for frame in frames {
        let outcome = maker.run(&Place::find(&frame.path, None)?)?;
        tell(&frame, &outcome, args.json);
        shown.push((frame, outcome));
    }
    let page = args.dir.join("index.html");
    fs::write(&page, html(&shown)).map_err(|cause| unwritten(&page, cause))?;
    if !args.json {
        let [page, rows] =
            [page, args.dir.join("proxies.db")].map(|path| path.display().to_string());
        say(&format_args!("\nLook at {}; the rows are in {}.", plain(&page), plain(&rows)));
    }
    Ok(0)
}

/// A frame and what was made of it.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    frame: &'a DemoFrame,
    result: &'a Outcome,
}

fn tell(frame: &DemoFrame, outcome: &Outcome, as_json: bool) {
    if as_json {
        say_json(&Shown { frame, result: outcome });
    } else {
        say(&format_args!("{}\n{}", frame.title, describe(outcome)));
    }
}

fn unwritten(page: &Path, cause: std::io::Error) -> Error {
    Error::storage("cannot write").with_source(cause).at(page.display().to_string())
}

/// A page that shows every movie and thumbnail, and loads nothing from elsewhere.
fn html(shown: &[(DemoFrame, Outcome)]) -> String {
    let mut page = String::from(HEAD);
    for (frame, outcome) in shown {
        let (title, thumb, proxy) = (frame.title, &outcome.thumbnail_key, &outcome.proxy_key);
        let (space, rule) = (&outcome.colorspace, &outcome.colorspace_rule);
        // writing to a String cannot fail
        _ = writeln!(
            page,
            "<figure><img src=\"{thumb}\" width=\"256\" height=\"256\" alt=\"\">\
             <video src=\"{proxy}\" controls></video>\
             <figcaption><b>{}</b> {title}<br>{space}, by {rule}</figcaption></figure>",
            outcome.source_key,
        );
    }
    page
}

const HEAD: &str = "<!doctype html><meta charset=\"utf-8\"><title>proxycore demo</title><style>\
body{background:#1c1c1e;color:#d8d8d8;font:15px/1.5 system-ui,sans-serif;margin:2rem}\
figure{margin:0 0 2rem}video{height:256px;margin-left:1rem}figcaption{color:#9a9a9e}\
b{color:#d8d8d8}</style><h1>proxycore demo</h1>\n";
