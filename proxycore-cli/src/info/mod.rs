//! `proxycore info`: what a frame is, which picture of it is shown, and why.

mod text;

use std::sync::Arc;

use proxycore::color::ColorConfig;
use proxycore::encode::Encoded;
use proxycore::overlay::SpaceWedge;
use proxycore::pipeline::Info;
use proxycore::sequence::{Pattern, Sequence};
use proxycore::space::ColorSpace;
use proxycore::storage::{ObjectAttributes, Place, Root, Storage, Stores};
use proxycore::{Error, ErrorKind, Pipeline, Result};

use crate::args;
use crate::report::{complain_of, say, say_json};
use crate::sources::{key_of, shown};

/// Prints what a source is, and says whether that failed.
///
/// # Errors
/// None: what fails is told as that of the source.
pub fn run(args: &args::Info) -> Result<usize> {
    let told = tell(args);
    if let Err(error) = &told {
        complain_of(&key_of(&args.source, None), error, args.json);
    }
    Ok(usize::from(told.is_err()))
}

fn tell(args: &args::Info) -> Result<()> {
    let stores = Stores::new(args.stores.options());
    let place = Place::find_file(&args.source)?;
    let config = args.look.config()?;
    let store = stores.open(&place.root)?;
    let mut pipeline = Pipeline::new(Arc::clone(&store))
        .with_decode(args.pick.options())
        .with_color(Arc::clone(&config));
    if let Some(space) = args.look.input_space() {
        pipeline = pipeline.with_input_space(space);
    }
    let info = pipeline.info(&place.key).map_err(|error| one_frame(error, &place, &*store))?;
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
    Ok(())
}

/// What is said of a place where nothing is: that it names a sequence, where it does.
fn one_frame(error: Error, place: &Place, store: &dyn Storage) -> Error {
    if *error.kind() != ErrorKind::NotFound {
        return error;
    }
    let Ok(Some((pattern, wanted))) = Pattern::parse(&place.key) else { return error };
    let Ok(sequence) = Sequence::find(store, &pattern, wanted.as_ref()) else { return error };
    let Some((_, first)) = sequence.iter().next() else { return error };
    let first = shown(&first.key, &place.root, store);
    let what = format!("is a sequence; name one frame of it, such as {first}");
    Error::invalid("source", what).at(sequence.key())
}

/// Makes the sheet of the spaces that a source may be in.
fn bracket(args: &args::Info, info: &Info, config: &dyn ColorConfig) -> Result<Encoded> {
    let frame = info.source.decode(&args.pick.options())?;
    let named: Vec<_> = args.candidates.iter().map(ColorSpace::new).collect();
    let bracket = match &named[..] {
        [] => SpaceWedge::plausible(frame.spec(), &info.found, config)?,
        named => SpaceWedge::of(named, &info.found, config)?,
    };
    bracket.sheet(frame).map_err(|error| error.at(info.source.key()))
}
