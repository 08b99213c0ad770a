//! OpenEXR headers that differ from the letter, and are read as OpenEXR's own library reads them.

use std::io::Cursor;
#[cfg(all(feature = "jpeg", feature = "_h264"))]
use std::sync::Arc;

use proxycore::decode::{DecodeOptions, Selection, decode};
use proxycore::image::{Attribute, Image, Native};
#[cfg(all(feature = "jpeg", feature = "_h264"))]
use proxycore::storage::{ObjectAttributes, Storage};
use proxycore::{ErrorKind, Result};
#[cfg(all(feature = "jpeg", feature = "_h264"))]
use proxycore::{MemoryStorage, Pipeline};

use crate::exr_writer::{RawPart, several, single};
use crate::fixture::sample;

fn open_with(bytes: Vec<u8>, selection: Selection) -> Result<Image<Native>> {
    let options = DecodeOptions::default().with_selection(selection);
    decode(Box::new(Cursor::new(bytes)), &options)
}

fn open(bytes: Vec<u8>) -> Result<Image<Native>> {
    open_with(bytes, Selection::default())
}

/// Checks that a picture shows these channels as R, G, B.
#[track_caller]
fn shows(image: Result<Image<Native>>, channels: [&str; 3]) {
    let pixels = image.unwrap().into_pixels().unwrap();
    for (x, y) in [(0, 0), (23, 9), (7, 3), (12, 8)] {
        let want = channels.map(|name| sample(name, x as usize, y as usize));
        assert_eq!(pixels.at(x, y), want, "{x}, {y}");
    }
}

const RGB: [&str; 3] = ["R", "G", "B"];
const TILED: u32 = 1 << 9;
const DEEP: u32 = 1 << 11;

#[test]
fn channels_may_be_listed_in_any_order() {
    for list in [["R", "G", "B", "A"], ["G", "A", "R", "B"], ["A", "B", "G", "R"]] {
        shows(open(single(&RawPart::new(&list), 0)), RGB);
    }
    let layered = RawPart::new(&["beauty.R", "beauty.G", "beauty.B", "aov.R", "aov.G", "aov.B"]);
    shows(open(single(&layered, 0)), ["beauty.R", "beauty.G", "beauty.B"]);
    let parts = [RawPart::named("beauty", &["R", "B", "G"]), RawPart::named("z", &["Z", "A"])];
    shows(open(several(&parts)), RGB);
}

#[test]
fn the_versions_flags_win_over_the_type_of_a_single_part() {
    for kind in ["scanlineimage", "tiledimage", "deepscanline", "deeptile", "anything"] {
        let part = RawPart::new(&RGB).with("type", "string", kind.as_bytes());
        shows(open(single(&part, 0)), RGB);
    }
    // what the flags promise is not there
    assert!(open(single(&RawPart::new(&RGB), TILED)).is_err());
    let deep = open(single(&RawPart::new(&RGB), DEEP)).and_then(Image::into_pixels);
    assert!(deep.is_err());
}

#[test]
fn names_may_be_long_without_a_flag() {
    let long: &'static str = Box::leak("n".repeat(255).into_boxed_str());
    let part = RawPart::new(&RGB).with(long, "string", b"abc");
    let image = open(single(&part, 0)).unwrap();
    assert_eq!(image.spec().attribute(long), Some(&Attribute::Text("abc".into())));
    shows(Ok(image), RGB);
    let channels = ["R", "G", "B"].map(|colour| format!("{}.{colour}", "l".repeat(200)));
    let [red, green, blue] = &channels;
    shows(open(single(&RawPart::new(&[red, green, blue]), 0)), [red, green, blue]);
    let longer: &'static str = Box::leak("n".repeat(256).into_boxed_str());
    let error = open(single(&RawPart::new(&RGB).with(longer, "string", b"abc"), 0)).unwrap_err();
    assert_eq!(error.to_string(), "corrupt OpenEXR: header: a name is too long");
}

#[test]
fn names_are_utf_8() {
    let names = ["ビューティ.R", "ビューティ.G", "ビューティ.B", "AO.R", "AO.G", "AO.B"];
    let part = RawPart::new(&names).with("owner", "string", "Größe – 東京".as_bytes());
    let selection = Selection::default().with_layer("ビューティ");
    let image = open_with(single(&part, 0), selection).unwrap();
    assert_eq!(image.spec().channels, names[..3]);
    let owner = image.spec().attribute("owner").cloned();
    assert_eq!(owner, Some(Attribute::Text("Größe – 東京".into())));
    shows(Ok(image), [names[0], names[1], names[2]]);
    let parts = [RawPart::named("été", &["R", "G", "B"]), RawPart::named("хаос", &["X", "Y", "Z"])];
    let selection = || Selection::default().with_part("хаос");
    assert_eq!(open_with(several(&parts), selection()).unwrap().spec().part, 1);
    let error = open_with(several(&parts), Selection::default().with_part("ß")).unwrap_err();
    assert_eq!(error.to_string(), "no part named `ß`; there is été, хаос");
    // what is no UTF-8 is Latin-1
    let mut latin = single(&RawPart::new(&RGB).with("owner", "string", b"caf@"), 0);
    let at = latin.windows(4).position(|window| window == b"caf@").unwrap();
    latin[at + 3] = 0xe9;
    let owner = open(latin).unwrap().spec().attribute("owner").cloned();
    assert_eq!(owner, Some(Attribute::Text("café".into())));
}

#[test]
fn what_is_left_out_has_a_usual_value() {
    for name in ["displayWindow", "lineOrder", "pixelAspectRatio", "screenWindowWidth"] {
        shows(open(single(&RawPart::new(&RGB).without(name), 0)), RGB);
    }
    for name in ["channels", "dataWindow"] {
        let error = open(single(&RawPart::new(&RGB).without(name), 0)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{name}: {error}");
    }
}

#[test]
fn a_window_without_pixels_is_an_error() {
    for window in ["displayWindow", "dataWindow"] {
        for sides in [[0, 0, -1, -1], [0, 0, 9, -1], [5, 0, 4, 9], [1, 1, 0, 0]] {
            let value = sides.map(i32::to_le_bytes).concat();
            let error = open(single(&RawPart::new(&RGB).with(window, "box2i", &value), 0));
            let what = window.trim_end_matches("Window");
            let error = error.unwrap_err().to_string();
            assert_eq!(error, format!("corrupt OpenEXR: the {what} window is empty"));
        }
    }
}

#[test]
fn headers_that_end_too_early_are_errors() {
    let whole = single(&RawPart::new(&["B", "G", "R"]).with("comments", "string", b"abc"), 0);
    for length in 0..whole.len() {
        let read = open(whole[..length].to_vec()).and_then(Image::into_pixels);
        assert!(read.is_err(), "{length} of {} bytes", whole.len());
    }
    let parts = several(&[RawPart::named("a", &RGB), RawPart::named("b", &RGB)]);
    for length in 0..500 {
        assert!(open(parts[..length].to_vec()).is_err(), "{length}");
    }
}

#[test]
fn parts_are_chosen_by_their_names() {
    let parts = |names: &[&'static str]| -> Vec<u8> {
        let parts: Vec<_> = names.iter().map(|name| RawPart::named(name, &RGB)).collect();
        several(&parts)
    };
    let part = |names| open(parts(names)).unwrap().spec().part;
    assert_eq!(part(&["albedo", "beauty"]), 1);
    assert_eq!(part(&["VRayNormals", "rgba"]), 1);
    let image = open(parts(&["diffuse", "N", "specular"])).unwrap();
    assert_eq!(image.spec().part, 0);
    let warning = "no name says which is the picture: `diffuse` is shown; there is also `specular`";
    assert_eq!(image.spec().warnings, [warning]);
    let data = open(parts(&["VRayNormals", "VRayVelocity"])).unwrap();
    assert!(data.spec().is_data, "{}", data.spec().reason);
    let reason = "no colour: normals, as R, G, B";
    assert_eq!((data.spec().part, data.spec().reason), (0, reason));
}

#[test]
fn red_is_red_however_it_is_spelled() {
    let lists = [
        ["RED", "GREEN", "BLUE"],
        ["R", "g", "B"],
        ["LeR", "LeG", "LeB"],
        ["beauty:R", "beauty:G", "beauty:B"],
        ["beauty_R", "beauty_G", "beauty_B"],
        ["X.[red]", "X.[green]", "X.[blue]"],
        ["R.", "G.", "B."],
        ["color.r", "color.g", "color.b"],
    ];
    for list in lists {
        shows(open(single(&RawPart::new(&list), 0)), list);
    }
}

#[test]
fn two_colours_are_two_and_the_third_is_black() {
    for (list, want) in [
        (["R", "G"], [Some("R"), Some("G"), None]),
        (["B", "R"], [Some("R"), None, Some("B")]),
        (["b", "g"], [None, Some("g"), Some("b")]),
    ] {
        let image = open(single(&RawPart::new(&list), 0)).unwrap();
        assert!(!image.spec().is_data);
        let pixels = image.into_pixels().unwrap();
        let want = |x, y| want.map(|name| name.map_or(0.0, |name| sample(name, x, y)));
        assert_eq!(pixels.at(7, 3), want(7, 3));
        assert_eq!(pixels.at(23, 9), want(23, 9));
    }
}

#[test]
fn axes_are_three_in_their_order() {
    for list in [["x", "y", "z"], ["X", "Y", "Z"]] {
        let image = open(single(&RawPart::new(&list), 0)).unwrap();
        assert!(image.spec().is_data);
        assert_eq!(image.spec().channels, list);
        let pixels = image.into_pixels().unwrap();
        let want = list.map(|name| 0.5 + 0.5 * sample(name, 7, 3));
        assert_eq!(pixels.at(7, 3), want);
    }
}

/// Puts a file into a storage of its own.
#[cfg(all(feature = "jpeg", feature = "_h264"))]
fn stored(name: &str, bytes: &[u8]) -> Pipeline {
    let storage = Arc::new(MemoryStorage::new("s"));
    storage.put(name, bytes, &ObjectAttributes::default()).unwrap();
    Pipeline::new(storage)
}

#[test]
#[cfg(all(feature = "jpeg", feature = "_h264"))]
fn a_compression_that_nobody_unpacks_still_has_a_header() {
    for (number, name) in [(10, "HTJ2K256"), (11, "HTJ2K32"), (13, "ZSTD"), (42, "42")] {
        let part = RawPart { compression: number, ..RawPart::new(&["A", "B", "G", "R"]) };
        let pipeline = stored("a.exr", &single(&part, 0));
        let info = pipeline.info("a.exr").unwrap();
        let part = info.spec.part();
        assert_eq!((part.compression.as_str(), part.channels.len()), (name, 4));
        assert_eq!((info.spec.width, info.spec.height), (24, 10));
        let error = pipeline.run("a.exr").unwrap_err();
        assert_eq!(error.kind().name(), "unsupported", "{error}");
    }
    // a deep part's samples are not counted then
    let deep = RawPart { compression: 13, ..RawPart::new(&["A", "Z"]) };
    let deep = deep.with("type", "string", b"deepscanline").with("version", "int", &[1, 0, 0, 0]);
    let info = stored("a.exr", &single(&deep, DEEP)).info("a.exr").unwrap();
    assert_eq!((info.deep, info.spec.part().layout.as_str()), (None, "deep scanlines"));
}

#[test]
#[cfg(all(feature = "jpeg", feature = "_h264"))]
fn a_file_that_is_not_read_is_called_by_its_name() {
    let refused = |name: &str, bytes: &[u8]| {
        let error = stored(name, bytes).info(name).unwrap_err();
        assert_eq!(error.kind().name(), "unknown_format", "{error}");
        error.to_string()
    };
    let unknown =
        |name: &str, what: &str| format!("{name}: not a format that this build decodes: {what}");
    for name in ["a.gif", "a.exr", "a"] {
        assert_eq!(refused(name, b"GIF89a\x01\0\x01\0"), unknown(name, "it is GIF"));
    }
    let tiff = b"II\x2a\0\x08\0\0\0";
    assert_eq!(refused("a.NEF", tiff), unknown("a.NEF", "it is camera raw (Nikon NEF)"));
    assert_eq!(refused("a.dng", tiff), unknown("a.dng", "it is camera raw (DNG)"));
    let canon = b"II\x2a\0\x10\0\0\0CR\x02\0";
    assert_eq!(refused("a.tif", canon), unknown("a.tif", "it is camera raw (Canon CR2)"));
    let braw = unknown("a.braw", "by its name it is Blackmagic RAW; it starts with 00 01 02 03");
    assert_eq!(refused("a.braw", &[0, 1, 2, 3, 4]), braw);
    assert_eq!(refused("a.braw", b""), unknown("a.braw", "the file is empty"));
}
