//! `proxycore info`: what a frame is, which picture of it is shown, and why.

mod text;

use std::sync::Arc;

use proxycore::color::{Detected, detect_with, icc_description};
use proxycore::image::{Image, ImageSpec, Native};
use proxycore::{Error, Result, Source};
use serde_json::{Value, json};

use crate::args::Info;
use crate::place::Place;
use crate::report::say;
use crate::stores::Stores;

/// Prints what a source is.
///
/// # Errors
/// What the source's storage and decoder meet.
pub fn run(args: &Info) -> Result<usize> {
    let place = Place::find(&args.source, None)?;
    if place.is_folder() {
        let what = "is a folder; name a file in it";
        return Err(Error::invalid("source", what).at(args.source.display().to_string()));
    }
    let storage = Stores::new(&args.stores).open(&place.root)?;
    let source = Source::find(storage, &place.key)?;
    let image = source.decode(&args.pick.options())?;
    let spec = Arc::clone(image.spec());
    let config = args.look.config()?;
    let found = match args.look.input_space() {
        Some(space) => Detected::named(&space, &*config),
        None => detect_with(&spec, source.key(), &*config),
    };
    let deep = count(image)?;
    if args.json {
        say(&as_json(&source, &spec, &found, deep));
    } else {
        say(&text::describe(&source, &spec, &found, deep));
    }
    Ok(0)
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
