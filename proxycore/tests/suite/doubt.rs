//! What a person does about colours in doubt: a sheet to choose from, the choice that later runs
//! obey, and the note on what has no colours.

use std::io::Cursor;
use std::sync::Arc;

use image::RgbImage;
use proxycore::assignment::Assignments;
use proxycore::decode::{DecodeOptions, decode};
use proxycore::encode::{Encoded, Jpeg};
use proxycore::image::{Image, Native};
use proxycore::overlay::SpaceWedge;
use proxycore::rendition::Role;
use proxycore::space::ColorSpace;
use proxycore::storage::{ObjectAttributes, Storage};
use proxycore::{BuiltIn, Filter, Fit, MemoryStorage, Outcome, Pipeline, Rendition, detect};

use crate::fixture::{Part, file};

const KEY: &str = "shot/plate.1001.exr";

fn frame() -> Image<Native> {
    let bytes = file((320, 180), &[Part::rgb(320, 180)]);
    decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default()).unwrap()
}

fn pixels(jpeg: &[u8]) -> RgbImage {
    let mut decoder = jpeg_decoder::Decoder::new(jpeg);
    let codes = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    RgbImage::from_raw(info.width.into(), info.height.into(), codes).unwrap()
}

#[test]
fn a_sheet_shows_each_space_as_a_rendition_would() {
    let spec = Arc::clone(frame().spec());
    let found = detect(&spec);
    let bracket = SpaceWedge::plausible(&spec, &found, &BuiltIn).unwrap();
    let captions = bracket.captions();
    assert_eq!(captions[0], "lin_rec709_scene  detected: float_default, guessed");
    assert_eq!(captions[1..4], ["lin_ap1_scene", "lin_ap0_scene", "srgb_rec709_display"]);
    assert_eq!(captions.len(), 6);

    let sheet = bracket.sheet(frame()).unwrap();
    assert_eq!((sheet.media_type, sheet.space.id()), ("image/jpeg", "srgb_rec709_display"));
    let (sheet_pixels, names) = (pixels(&sheet.bytes), ["lin_rec709_scene", "lin_ap1_scene"]);
    for (column, name) in (0..).zip(names) {
        let alone = rendition(name);
        let (left, top) = (8 + column * 648, 8 + 24);
        let apart = |x: u32, y: u32| {
            let (one, other) = (sheet_pixels.get_pixel(left + x, top + y), alone.get_pixel(x, y));
            one.0.iter().zip(other.0).map(|(one, other)| one.abs_diff(other)).max().unwrap()
        };
        let all = (0..360).flat_map(|y| (0..640).map(move |x| (x, y)));
        let sum: u64 = all.map(|(x, y)| u64::from(apart(x, y))).sum();
        let mean = sum as f64 / (640.0 * 360.0);
        assert!(mean < CODES, "{name}: {mean} codes apart");
    }
    assert_ne!(rendition(names[0]), rendition(names[1]));
}

/// The two were compressed in blocks that lie differently over the picture.
const CODES: f64 = 1.0;

fn rendition(space: &str) -> RgbImage {
    let space = proxycore::color::Detected::stated(ColorSpace::new(space));
    let light = frame().transform(&BuiltIn, &space).unwrap();
    let resized = light.resize(Fit::letterbox(640, 360), Filter::Lanczos3).unwrap();
    pixels(&resized.encode(&Jpeg::new()).unwrap().bytes)
}

#[test]
fn the_caller_may_name_two_to_six_spaces() {
    let found = detect(frame().spec());
    let named = |ids: &[&str]| {
        let spaces: Vec<_> = ids.iter().map(|id| ColorSpace::new(*id)).collect();
        SpaceWedge::of(&spaces, &found, &BuiltIn)
    };
    let sheet: Encoded = named(&["ACEScg", "data"]).unwrap().sheet(frame()).unwrap();
    assert_eq!((sheet.width, sheet.height), (2 * 648 + 8, 8 + 24 + 360 + 8));
    assert_eq!(named(&["ACEScg", "data"]).unwrap().captions(), ["lin_ap1_scene", "data"]);
    assert_eq!(named(&["data"]).unwrap_err().kind().name(), "invalid");
    assert_eq!(named(&["data"; 7]).unwrap_err().kind().name(), "invalid");
    assert_eq!(named(&["data", "no such space"]).unwrap_err().kind().name(), "color");
}

struct Shot {
    storage: Arc<MemoryStorage>,
    pipeline: Pipeline,
}

impl Shot {
    fn new() -> Self {
        let storage = Arc::new(MemoryStorage::new("shows"));
        let bytes = file((320, 180), &[Part::rgb(320, 180)]);
        storage.put(KEY, &bytes, &ObjectAttributes::default()).unwrap();
        let pipeline = Pipeline::new(storage.clone()).with_renditions([Rendition::thumbnail()]);
        Self { storage, pipeline }
    }

    fn run(&self) -> (String, String, bool) {
        said(&self.pipeline.run(KEY).unwrap())
    }

    fn change(&self, change: impl FnOnce(&mut Assignments)) {
        let mut assignments = Assignments::read(&*self.storage, KEY).unwrap();
        change(&mut assignments);
        assignments.write(&*self.storage, KEY).unwrap();
    }
}

fn said(outcome: &Outcome) -> (String, String, bool) {
    (outcome.colorspace.clone(), outcome.colorspace_rule.clone(), outcome.skipped)
}

fn want(space: &str, rule: &str, skipped: bool) -> (String, String, bool) {
    (space.into(), rule.into(), skipped)
}

#[test]
fn what_was_assigned_is_obeyed_until_it_is_forgotten() {
    let shot = Shot::new();
    assert_eq!(shot.run(), want("lin_rec709_scene", "float_default", false));
    shot.change(|all| all.assign("plate.*.exr", ColorSpace::new("ACEScg")).unwrap());
    assert_eq!(shot.run(), want("lin_ap1_scene", "assigned", false));
    assert_eq!(shot.run(), want("lin_ap1_scene", "assigned", true));
    let outcome = shot.pipeline.run(KEY).unwrap();
    assert_eq!(outcome.colorspace_certainty, "stated");
    let caller = shot.pipeline.clone().with_input_space(ColorSpace::LIN_AP0_SCENE);
    assert_eq!(said(&caller.run(KEY).unwrap()), want("lin_ap0_scene", "override", false));
    shot.change(|all| assert!(all.clear("plate.*.exr")));
    assert_eq!(shot.run(), want("lin_rec709_scene", "float_default", false));
    assert_eq!(shot.run(), want("lin_rec709_scene", "float_default", true));
}

#[test]
fn what_was_assigned_and_cannot_be_followed_is_an_error() {
    let shot = Shot::new();
    shot.change(|all| all.assign("*.exr", ColorSpace::new("no such space")).unwrap());
    assert_eq!(shot.pipeline.run(KEY).unwrap_err().kind().name(), "color");
    let sidecar = "shot/.proxies/spaces.json";
    shot.storage.put(sidecar, b"{\"rules\":", &ObjectAttributes::default()).unwrap();
    let error = shot.pipeline.run(KEY).unwrap_err();
    assert_eq!((error.kind().name(), error.key()), ("corrupt", Some(sidecar)));
}

#[test]
fn numbers_without_colour_are_noted_where_that_is_asked_for() {
    let shot = Shot::new();
    let jpeg = Rendition::new(Role::Preview, Fit::full(), Jpeg::new());
    let pipeline =
        shot.pipeline.clone().with_renditions([Rendition::thumbnail(), Rendition::proxy(), jpeg]);
    let data = pipeline.clone().with_input_space(ColorSpace::DATA);
    let bytes_of = |outcome: &Outcome| {
        let mut bytes = Vec::new();
        let key = &outcome.renditions[2].key;
        shot.storage.open(key).unwrap().read_to_end(&mut bytes).unwrap();
        pixels(&bytes)
    };
    let plain = bytes_of(&data.run(KEY).unwrap());
    let noted = data.with_data_note(true).with_proof(true).run(KEY).unwrap();
    assert!(!noted.skipped, "the note is a part of the recipe");
    let noted = bytes_of(&noted);
    let grey = |x: u32, y: u32| noted.get_pixel(x, y).0.iter().all(|code| code.abs_diff(128) <= 2);
    assert!((160..180).all(|y| grey(2, y) && grey(317, y)));
    let letters = (160..180).flat_map(|y| (0..320).map(move |x| (x, y)));
    assert!(letters.filter(|&(x, y)| noted.get_pixel(x, y).0[1] < 60).count() > 100);
    // a block of 8 rows lies over the strip's edge
    assert!((0..152).all(|y| (0..320).all(|x| noted.get_pixel(x, y) == plain.get_pixel(x, y))));

    let colours = pipeline.clone().with_force(true).run(KEY).unwrap();
    let untouched = pipeline.with_data_note(true).run(KEY).unwrap();
    assert!(!untouched.skipped);
    let sums = |outcome: &Outcome| {
        outcome.renditions.iter().map(|made| made.sha256.clone()).collect::<Vec<_>>()
    };
    assert_eq!(sums(&colours), sums(&untouched), "what has colours has no note");
}
