//! `proxycore info`: what a frame is, which picture of it is shown, and why.

mod text;

use std::sync::Arc;

use proxycore::bracket::Bracket;
use proxycore::color::ColorConfig;
use proxycore::encode::Encoded;
use proxycore::pipeline::Info;
use proxycore::space::ColorSpace;
use proxycore::storage::{ObjectAttributes, Place, Root, Stores};
use proxycore::{Pipeline, Result};

use crate::args;
use crate::report::{say, say_json};

/// Prints what a source is.
///
/// # Errors
/// What the source's storage and decoder meet.
pub fn run(args: &args::Info) -> Result<usize> {
    let stores = Stores::new(args.stores.options());
    let place = Place::find_file(&args.source)?;
    let config = args.look.config()?;
    let mut pipeline = Pipeline::new(stores.open(&place.root)?)
        .with_decode(args.pick.options())
        .with_color(Arc::clone(&config));
    if let Some(space) = args.look.input_space() {
        pipeline = pipeline.with_input_space(space);
    }
    let info = pipeline.info(&place.key)?;
    if let Some(out) = &args.bracket {
        let place = Place::find_file(out)?;
        let sheet = bracket(args, &info, &*config)?;
        let attributes = match place.root {
            // a file needs no type beside it
            Root::Folder(_) => ObjectAttributes::default(),
            Root::Bucket(..) => ObjectAttributes::new(sheet.media_type),
        };
        stores.open(&place.root)?.put(&place.key, &sheet.bytes, &attributes)?;
    }
    if args.json {
        say_json(&info);
    } else {
        say(&text::describe(&info));
    }
    Ok(0)
}

/// Makes the sheet of the spaces that a source may be in.
fn bracket(args: &args::Info, info: &Info, config: &dyn ColorConfig) -> Result<Encoded> {
    let frame = info.source.decode(&args.pick.options())?;
    let named: Vec<_> = args.candidates.iter().map(ColorSpace::new).collect();
    let bracket = match &named[..] {
        [] => Bracket::plausible(frame.spec(), &info.found, config)?,
        named => Bracket::of(named, &info.found, config)?,
    };
    bracket.sheet(frame).map_err(|error| error.at(info.source.key()))
}
