//! `proxycore info`: what a frame is.

use std::sync::Arc;

use proxycore::color::{Detected, detect};
use proxycore::image::{Attribute, ImageSpec, PartInfo, Window};
use proxycore::{DecodeOptions, LocalStorage, Result, Source};
use serde_json::{Value, json};

use crate::args::Info;
use crate::place::Place;
use crate::report::{bytes, say};

/// Prints what a source is.
///
/// # Errors
/// What the source's storage and decoder meet.
pub fn run(args: &Info) -> Result<usize> {
    let place = Place::find(&args.source, None)?;
    let source = Source::find(Arc::new(LocalStorage::new(&place.root)?), &place.key)?;
    let image = source.decode(&DecodeOptions::default())?;
    let found = detect(image.spec());
    if args.json {
        say(&as_json(&source, image.spec(), &found));
    } else {
        say(&as_text(&source, image.spec(), &found));
    }
    Ok(0)
}

fn as_json(source: &Source, spec: &ImageSpec, found: &Detected) -> Value {
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
        "warnings": found.warnings,
    })
}

fn as_text(source: &Source, spec: &ImageSpec, found: &Detected) -> String {
    let (format, size) = (spec.file.format, bytes(source.meta().size));
    let (rule, certainty) = (found.rule, found.certainty.name());
    let channels = spec.channels.join(" ");
    let mut text = format!("{}  {format}  {size}\n", source.key());
    text +=
        &format!("  picture      {}x{}  {channels}  part {}\n", spec.width, spec.height, spec.part);
    text += &format!("  colour       {}  {certainty}, by {rule}", found.space);
    for warning in &found.warnings {
        text += &format!("\n  warning      {warning}");
    }
    if let Some(rate) = spec.frames_per_second {
        text += &format!("\n  frame rate   {}/{}", rate.num, rate.den);
    }
    for (index, part) in spec.file.parts.iter().enumerate() {
        text += &format!("\n  part {index}{}", as_lines(part));
    }
    text
}

fn as_lines(part: &PartInfo) -> String {
    let mut text = String::new();
    for word in [&part.name, &part.view].into_iter().flatten() {
        text += &format!("  {word}");
    }
    text += &format!("\n    {:24} {}, {}", "layout", part.layout, part.compression);
    text += &format!("\n    {:24} {}", "data window", window(part.data_window));
    text += &format!("\n    {:24} {}", "display window", window(part.display_window));
    text += &format!("\n    {:24} {}", "pixel aspect", part.pixel_aspect);
    text += &format!("\n    {:24} {}", "channels", channels(part));
    for (name, value) in &part.attributes {
        text += &format!("\n    {name:24} {}", attribute(value));
    }
    text
}

fn window(window: Window) -> String {
    format!("{}x{} at {}, {}", window.width, window.height, window.x, window.y)
}

fn channels(part: &PartInfo) -> String {
    let each = part.channels.iter().map(|channel| {
        let kind = json!(channel.sample_type);
        let kind = kind.as_str().unwrap_or_default();
        let [x, y] = channel.sampling;
        let sampling = if (x, y) == (1, 1) { String::new() } else { format!(" /{x}x{y}") };
        format!("{} ({kind}{sampling})", channel.name)
    });
    each.collect::<Vec<_>>().join(", ")
}

fn attribute(value: &Attribute) -> String {
    match value {
        Attribute::Text(text) => text.clone(),
        other => json!(other).to_string(),
    }
}
