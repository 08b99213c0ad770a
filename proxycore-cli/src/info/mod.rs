//! `proxycore info`: what a frame is, which picture of it is shown, and why.

mod text;

use std::sync::Arc;

use proxycore::assignment::Assignments;
use proxycore::bracket::Bracket;
use proxycore::color::{ColorConfig, Detected, detect_assigned, icc_description};
use proxycore::encode::Encoded;
use proxycore::image::{Image, ImageSpec, Native};
use proxycore::space::ColorSpace;
use proxycore::storage::{ObjectAttributes, Place, Root, Stores};
use proxycore::{Result, Source};
use serde_json::{Value, json};

use crate::args::Info;
use crate::report::say;

/// Prints what a source is.
///
/// # Errors
/// What the source's storage and decoder meet.
pub fn run(args: &Info) -> Result<usize> {
    let stores = Stores::new(args.stores.options());
    let place = Place::find_file(&args.source)?;
    let storage = stores.open(&place.root)?;
    let source = Source::find(Arc::clone(&storage), &place.key)?;
    let image = source.decode(&args.pick.options())?;
    let spec = Arc::clone(image.spec());
    let config = args.look.config()?;
    let found = match args.look.input_space() {
        Some(space) => Detected::named(&space, &*config),
        None => {
            let assignments = Assignments::read(&*storage, source.key())?;
            detect_assigned(&spec, source.key(), &*config, assignments.space_of(source.key()))
        }
    };
    if let Some(out) = &args.bracket {
        let place = Place::find_file(out)?;
        let sheet = bracket(args, &source, &found, &*config)?;
        let attributes = match place.root {
            // a file needs no type beside it
            Root::Folder(_) => ObjectAttributes::default(),
            Root::Bucket(..) => ObjectAttributes::new(sheet.media_type),
        };
        stores.open(&place.root)?.put(&place.key, &sheet.bytes, &attributes)?;
    }
    let deep = count(image)?;
    if args.json {
        say(&as_json(&source, &spec, &found, deep));
    } else {
        say(&text::describe(&source, &spec, &found, deep));
    }
    Ok(0)
}

/// Makes the sheet of the spaces that a source may be in.
fn bracket(
    args: &Info,
    source: &Source,
    found: &Detected,
    config: &dyn ColorConfig,
) -> Result<Encoded> {
    let frame = source.decode(&args.pick.options())?;
    let named: Vec<_> = args.candidates.iter().map(ColorSpace::new).collect();
    let bracket = match &named[..] {
        [] => Bracket::plausible(frame.spec(), found, config)?,
        named => Bracket::of(named, found, config)?,
    };
    bracket.sheet(frame).map_err(|error| error.at(source.key()))
}

/// The samples of a deep picture: all of them, and the most of a pixel. Only its pixels tell.
fn count(image: Image<Native>) -> Result<Option<[u64; 2]>> {
    if !image.spec().part().layout.starts_with("deep") {
        return Ok(None);
    }
    let tally = Arc::clone(image.tally());
    image.consume(|_| Ok(()))?;
    Ok(Some([tally.deep_samples(), tally.most_deep_samples()]))
}

fn as_json(source: &Source, spec: &ImageSpec, found: &Detected, deep: Option<[u64; 2]>) -> Value {
    let profile = spec.icc_profile.as_deref();
    json!({
        "source_key": source.key(),
        "asset_id": source.asset_id(),
        "file_id": source.file_id(),
        "size_bytes": source.meta().size,
        "format": spec.file.format,
        "parts": spec.file.parts,
        "picture": spec,
        "colorspace": found.space,
        "colorspace_rule": found.rule,
        "colorspace_certainty": found.certainty,
        "icc_profile": profile.map(|profile| json!({
            "size_bytes": profile.len(),
            "description": icc_description(profile),
        })),
        "deep": deep.map(|[samples, most]| json!({ "samples": samples, "most_in_a_pixel": most })),
        "warnings": warnings(spec, found),
    })
}

/// What a person should know of the file and of its colours.
fn warnings<'a>(spec: &'a ImageSpec, found: &'a Detected) -> Vec<&'a String> {
    spec.warnings.iter().chain(&found.warnings).collect()
}
