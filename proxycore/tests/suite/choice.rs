//! What of a file is shown: what the caller names, the beauty, or numbers made visible.

use std::io::Cursor;
use std::sync::Arc;

use exr::prelude::Compression;
use proxycore::Result;
use proxycore::color::detect;
use proxycore::decode::{DecodeOptions, Selection, decode};
use proxycore::image::{Image, Native};

use crate::fixture::{Kind, Part, file, sample};

fn open(bytes: Vec<u8>, selection: Selection) -> Result<Image<Native>> {
    let options = DecodeOptions::default().with_selection(selection);
    decode(Box::new(Cursor::new(bytes)), &options)
}

fn layered() -> Vec<u8> {
    let names = ["B", "G", "R", "spec.B", "spec.G", "spec.R"];
    let channels = names.map(|name| (name, Kind::Half)).to_vec();
    file((20, 10), &[Part { name: "beauty", channels, ..Part::rgb(20, 10) }, data(&["Z"])])
}

fn data(names: &[&'static str]) -> Part {
    let channels = names.iter().map(|&name| (name, Kind::Float)).collect();
    Part { name: "data", channels, ..Part::rgb(20, 10) }
}

#[test]
fn a_layer_or_a_channel_is_shown_as_stored() {
    let pixel = |layer: &str| {
        let image = open(layered(), Selection::default().with_layer(layer)).unwrap();
        assert!(!image.spec().is_data);
        image.into_pixels().unwrap().at(7, 3)
    };
    let want = |name: &str| sample(name, 7, 3);
    assert_eq!(pixel("spec"), ["spec.R", "spec.G", "spec.B"].map(want));
    assert_eq!(pixel("spec.G"), [want("spec.G"); 3]);
}

#[test]
fn a_part_is_found_by_name_and_by_number() {
    for part in ["data", "1"] {
        let image = open(layered(), Selection::default().with_part(part)).unwrap();
        assert_eq!((image.spec().part, image.spec().channels.join("")), (1, "Z".to_owned()));
    }
    let error = open(layered(), Selection::default().with_part("nothing")).unwrap_err();
    assert_eq!(error.to_string(), "no part named `nothing`; there is beauty, data");
    let error = open(layered(), Selection::default().with_view("left")).unwrap_err();
    assert_eq!(error.to_string(), "no view named `left`; there is none");
}

#[test]
fn every_kind_of_number_is_a_picture_within_the_displays_range() {
    let crypto = ["crypto00.A", "crypto00.B", "crypto00.G", "crypto00.R"];
    let kinds: &[&[&str]] = &[
        &["Z"],
        &["A", "Z", "ZBack"],
        &["forward.u", "forward.v"],
        &["N.x", "N.y", "N.z"],
        &["P.x", "P.y", "P.z"],
        &["id"],
        &["temperature"],
        &["A"],
        &crypto,
    ];
    for names in kinds {
        let names: Vec<&'static str> = names.to_vec();
        let image = open(file((24, 12), &[data(&names)]), Selection::default()).unwrap();
        let spec = image.spec().clone();
        assert!(spec.is_data && spec.reason.starts_with("no colour: ") || names == ["temperature"]);
        assert_eq!((detect(&spec).space.id(), detect(&spec).rule.name()), ("data", "no_color"));
        let pixels = image.into_pixels().unwrap();
        assert!(pixels.samples.iter().all(|sample| (0.0..=1.0).contains(sample)), "{names:?}");
        let shown: Vec<_> = (0..20).map(|x| pixels.at(x, 5)).collect();
        assert!(shown.iter().any(|pixel| *pixel != shown[0]), "{names:?} is one colour");
        assert_eq!(pixels.at(23, 11), [0.0; 3], "nothing is black");
    }
}

#[test]
fn integers_that_are_no_colour_are_ids() {
    let part = Part { channels: vec![("object", Kind::Uint)], ..Part::rgb(20, 10) };
    let image = open(file((20, 10), &[part]), Selection::default()).unwrap();
    assert_eq!(image.spec().reason, "no colour: ids, each in a colour of its own");
    let pixels = image.into_pixels().unwrap();
    let id = |x, y| (sample("object", x, y) * 64.0) as u32;
    assert_eq!(id(4, 0), id(2, 1));
    assert_eq!(pixels.at(4, 0), pixels.at(2, 1));
    assert_ne!(pixels.at(4, 0), pixels.at(6, 0));
}

#[test]
fn the_range_of_depth_is_told() {
    let part = Part { compression: Compression::Uncompressed, ..data(&["Z"]) };
    let mut bytes = file((20, 10), &[part]);
    let end = bytes.len();
    // the last row: far, with nothing at its end
    for (at, depth) in (0..20).map(|x| (end - 80 + 4 * x, if x < 19 { 7.5 } else { 1e10 })) {
        bytes[at..at + 4].copy_from_slice(&f32::to_le_bytes(depth));
    }
    let image = open(bytes, Selection::default()).unwrap();
    let tally = Arc::clone(image.tally());
    assert!(image.spec().warnings.is_empty() && tally.notes().is_empty(), "no pixel is read yet");
    let pixels = image.into_pixels().unwrap();
    let warning = tally.notes().join("");
    assert!(warning.starts_with("no colour: depth shown as grey, 0."), "{warning}");
    assert!(warning.ends_with(" near to 7.5 far"), "{warning}");
    assert_eq!(pixels.at(19, 9), [0.0; 3]);
    assert_eq!(pixels.at(0, 9), [0.1; 3]);
}

#[test]
fn long_names_and_many_parts_are_read() {
    let long: &'static str = Box::leak("n".repeat(253).into_boxed_str());
    let name: &'static str = Box::leak(format!("{long}.R").into_boxed_str());
    let parts: Vec<_> = (0..300)
        .map(|at| {
            let part: &'static str = Box::leak(format!("part{at}").into_boxed_str());
            let channels = vec![("B", Kind::Half), ("G", Kind::Half), ("R", Kind::Half)];
            let channels = if at == 299 { vec![(name, Kind::Half)] } else { channels };
            Part { name: part, channels, ..Part::rgb(4, 4) }
        })
        .collect();
    let bytes = file((4, 4), &parts);
    let shown = |selection| open(bytes.clone(), selection).unwrap().into_pixels().unwrap().at(2, 1);
    assert_eq!(shown(Selection::default().with_part("part298"))[0], sample("R", 2, 1));
    assert_eq!(shown(Selection::default().with_part("part299"))[0], sample(name, 2, 1));
}

#[test]
fn compressions_that_nobody_unpacks_are_named() {
    let name = b"compression\0compression\0\x01\0\0\0";
    let whole = file((4, 4), &[Part::rgb(4, 4)]);
    let at = whole.windows(name.len()).position(|window| window == name).unwrap() + name.len();
    for (number, called) in [(10, "HTJ2K256"), (11, "HTJ2K32"), (12, "LJ2K"), (13, "ZSTD")] {
        let mut bytes = whole.clone();
        bytes[at] = number;
        let image = open(bytes, Selection::default()).unwrap();
        let part = image.spec().part().clone();
        assert_eq!((part.compression.as_str(), part.channels.len()), (called, 3));
        let error = image.into_pixels().unwrap_err();
        assert_eq!(error.to_string(), format!("unsupported OpenEXR: {called} compression"));
    }
}
