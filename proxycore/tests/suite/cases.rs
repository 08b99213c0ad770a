//! Files that people reported of other readers, made anew, where they are at hand:
//! `$PROXYCORE_CASES`, else `../shared/cases` beside the checkout. They are not part of the repository;
//! each has its like among the tests that make their own files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proxycore::decode::{DecodeOptions, Selection, decode};
use proxycore::image::{ImageSpec, Pixels};

use crate::skip;

fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases");
    let folder = std::env::var_os("PROXYCORE_CASES").map_or(beside, PathBuf::from).join("frames");
    if !folder.is_dir() {
        skip::because(format_args!("no {}; set PROXYCORE_CASES", folder.display()));
        return None;
    }
    Some(folder)
}

/// What a file shows, and what was noted while its pixels were read.
struct Shown {
    spec: Arc<ImageSpec>,
    pixels: Pixels,
    notes: Vec<String>,
}

fn shown(folder: &Path, name: &str, selection: Selection) -> Shown {
    let file = Box::new(File::open(folder.join(name)).unwrap());
    let options = DecodeOptions::default().with_selection(selection);
    let image = decode(file, &options).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (spec, tally) = (Arc::clone(image.spec()), Arc::clone(image.tally()));
    let pixels = image.into_pixels().unwrap_or_else(|error| panic!("{name}: {error}"));
    Shown { spec, pixels, notes: tally.notes() }
}

/// The picture that all of them show: red grows to the right, green downwards, and blue waves.
fn pattern(pixels: &Pixels, x: u32, y: u32) -> [f32; 3] {
    let part = |at: u32, size: u32| at as f32 / (size - 1) as f32;
    let (u, v) = (part(x, pixels.width), part(y, pixels.height));
    // the corner is sin(1) of the wave
    [0.05 + 0.9 * u, 0.05 + 0.9 * v, 0.5 + 0.4 * 1.0_f32.sin()]
}

#[track_caller]
fn assert_shows(name: &str, pixels: &Pixels, tolerance: f32, planes: &[usize]) {
    for (x, y) in [(0, 0), (pixels.width - 1, 0), (0, pixels.height - 1), (17, 11), (50, 40)] {
        let (got, want) = (pixels.at(x, y), pattern(pixels, x, y));
        for &plane in planes.iter().filter(|plane| **plane < 2 || (x, y) == (0, 0)) {
            let off = (got[plane] - want[plane]).abs();
            assert!(off <= tolerance, "{name} at {x}, {y}: {got:?} where {want:?} should be");
        }
    }
}

/// Halves, and what a code of 8 or 10 bits, JPEG and RGBE may differ.
const EXACT: f32 = 0.001;
const CODES: f32 = 0.003;
const LOSSY: f32 = 0.015;

#[test]
fn every_case_is_the_picture_that_it_should_be() {
    let Some(folder) = folder() else { return };
    let plain = [
        ("02a_parts_albedo_then_beauty.exr", EXACT),
        ("02b_parts_normals_then_rgba.exr", EXACT),
        ("04a_upper.exr", EXACT),
        ("04b_mixed.exr", EXACT),
        ("04c_LeRGB.exr", EXACT),
        ("06a_tiledimage.exr", EXACT),
        ("06b_deepscanline.exr", EXACT),
        ("07_long_attribute_noflag.exr", EXACT),
        ("08d_lasergraphics_rgba10.dpx", CODES),
        ("09a_element_offset_8192.dpx", CODES),
        ("10a_no_eoi.jpg", LOSSY),
        ("10c_no_iend.png", CODES),
        ("11a_color.exr", EXACT),
        ("13_truecolour_with_map.tga", CODES),
        ("14a_other_program.hdr", LOSSY),
    ];
    for (name, tolerance) in plain {
        let Shown { pixels, spec, .. } = shown(&folder, name, Selection::default());
        assert!(!spec.is_data, "{name}");
        assert_shows(name, &pixels, tolerance, &[0, 1, 2]);
    }
}

/// The writer stored the pixels in the list's order, and readers of OpenEXR's library show the opacity
/// as red.
#[test]
fn pixels_are_in_the_order_of_the_names_whatever_the_lists_is() {
    let Some(folder) = folder() else { return };
    let shown = shown(&folder, "03_unsorted_chlist.exr", Selection::default());
    assert_eq!(shown.spec.channels, ["R", "G", "B"]);
    for (x, y) in [(0, 0), (17, 11), (95, 63)] {
        let [red, _, blue] = shown.pixels.at(x, y);
        let [_, down, _] = pattern(&shown.pixels, x, y);
        assert!(red == 1.0 && (blue - down).abs() < EXACT, "{x}, {y}");
    }
}

#[test]
fn layers_are_selected_by_names_of_any_script() {
    let Some(folder) = folder() else { return };
    let selection = Selection::default().with_layer("ビューティ");
    let Shown { pixels, spec, .. } = shown(&folder, "05_utf8.exr", selection);
    assert_eq!(spec.channels, ["ビューティ.R", "ビューティ.G", "ビューティ.B"]);
    assert_shows("05_utf8.exr", &pixels, EXACT, &[0, 1, 2]);
    let chosen = shown(&folder, "05_utf8.exr", Selection::default());
    assert!(chosen.spec.warnings[0].contains("ビューティ"), "{:?}", chosen.spec.warnings);
}

#[test]
fn axes_and_pairs_are_neither_luminance_nor_grey() {
    let Some(folder) = folder() else { return };
    let axes = shown(&folder, "12a_xyz.exr", Selection::default());
    assert_eq!((axes.spec.channels.join(""), axes.spec.is_data), ("xyz".into(), true));
    assert_shows("12a_xyz.exr", &axes.pixels, EXACT, &[0, 1, 2]);
    let pair = shown(&folder, "12c_RG.exr", Selection::default());
    assert_eq!((pair.spec.channels.join(""), pair.spec.is_data), ("RG".into(), false));
    assert_shows("12c_RG.exr", &pair.pixels, EXACT, &[0, 1]);
    assert!(pair.pixels.samples.chunks(3).all(|pixel| pixel[2] == 0.0));
}

#[test]
fn samples_that_run_on_are_in_their_rows() {
    let Some(folder) = folder() else { return };
    let Shown { pixels, .. } = shown(&folder, "08a_scanity_y10.dpx", Selection::default());
    let step = |a: [f32; 3], b: [f32; 3]| (a[0] - b[0]).abs();
    for y in 0..pixels.height - 1 {
        for x in 0..pixels.width {
            // sheared rows would jump
            assert!(step(pixels.at(x, y), pixels.at(x, y + 1)) < 0.05, "{x}, {y}");
        }
    }
}

#[test]
fn what_differs_from_the_letter_is_warned_of() {
    let Some(folder) = folder() else { return };
    let no_end = "the file has no end mark; its picture is whole";
    for name in ["10a_no_eoi.jpg", "10c_no_iend.png"] {
        assert_eq!(shown(&folder, name, Selection::default()).notes, [no_end], "{name}");
    }
    let moved = shown(&folder, "09a_element_offset_8192.dpx", Selection::default());
    let warning = "the element says that it starts at byte 8192; read from byte 2480";
    assert!(moved.spec.warnings.contains(&warning.to_owned()), "{:?}", moved.spec.warnings);
}

#[test]
fn every_case_has_a_test() {
    let Some(folder) = folder() else { return };
    let source = include_str!("cases.rs");
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(source.contains(&name) || name.starts_with("01_"), "{name}");
    }
}
