//! Which rule finds the colour space of whole files: one of each rule, one where the file contradicts
//! itself, and those that say nothing, whose answer has to be called a guess.

use std::io::Cursor;

use exr::meta::attribute::{AttributeValue, Chromaticities};
use exr::prelude::{ImageAttributes, IntegerBounds, Text, Vec2};
use proxycore::color::{Detected, Rule, detect};
use proxycore::decode::{DecodeOptions, decode};
use proxycore::encode::Jpeg;
use proxycore::space::Certainty::{self, Derived, Guessed, Stated};
use proxycore::space::ColorSpace;
use proxycore::{BuiltIn, Filter, Fit};

use crate::dpx_writer::Dpx;
use crate::fixture::{Part, file, file_with};
use crate::stills;

/// The file's space, rule and certainty, and how many warnings it gets.
fn found(bytes: &[u8]) -> (String, Rule, Certainty, usize) {
    let image = decode(Box::new(Cursor::new(bytes.to_vec())), &DecodeOptions::default()).unwrap();
    let found = detect(image.spec());
    (found.space.id().to_owned(), found.rule, found.certainty, found.warnings.len())
}

#[track_caller]
fn assert_found(bytes: &[u8], space: &str, rule: Rule, certainty: Certainty, warnings: usize) {
    assert_eq!(found(bytes), (space.to_owned(), rule, certainty, warnings));
}

fn exr(attributes: &[(&str, AttributeValue)], chromaticities: Option<Chromaticities>) -> Vec<u8> {
    let mut all = ImageAttributes::new(IntegerBounds::new((0, 0), (8, 8)));
    all.chromaticities = chromaticities;
    let named = attributes.iter().map(|(name, value)| (Text::from(*name), value.clone()));
    all.other.extend(named);
    file_with(all, &[Part::rgb(8, 8)])
}

fn says(name: &str, value: &str) -> Vec<u8> {
    exr(&[(name, AttributeValue::Text(Text::from(value)))], None)
}

fn ap1() -> Chromaticities {
    Chromaticities {
        red: Vec2(0.713, 0.293),
        green: Vec2(0.165, 0.830),
        blue: Vec2(0.128, 0.044),
        white: Vec2(0.32168, 0.33767),
    }
}

#[test]
fn openexr_by_what_it_says() {
    let flag = exr(&[("acesImageContainerFlag", AttributeValue::I32(1))], None);
    assert_found(&flag, "lin_ap0_scene", Rule::AcesContainer, Stated, 0);
    let id = says("colorInteropID", "lin_rec2020_scene");
    assert_found(&id, "lin_rec2020_scene", Rule::ColorInteropId, Stated, 0);
    let named = says("oiio:ColorSpace", "ACEScg");
    assert_found(&named, "lin_ap1_scene", Rule::ColorspaceAttribute, Stated, 0);
    assert_found(&exr(&[], Some(ap1())), "lin_ap1_scene", Rule::Chromaticities, Derived, 0);
    let plain = file((8, 8), &[Part::rgb(8, 8)]);
    assert_found(&plain, "lin_rec709_scene", Rule::FloatDefault, Guessed, 0);
    let unknown = says("colorspace", "somebody's own");
    assert_found(&unknown, "lin_rec709_scene", Rule::FloatDefault, Guessed, 1);
}

#[test]
#[cfg(feature = "ocio")]
fn a_cameras_name_is_its_id() {
    let camera = says("colorspace", "S-Log3 S-Gamut3.Cine");
    let id = "ocio:slog3_sgamut3cine_scene";
    assert_found(&camera, id, Rule::ColorspaceAttribute, Stated, 0);
}

#[test]
fn a_tag_against_its_chromaticities_is_followed_and_told() {
    let id = ("colorInteropID", AttributeValue::Text(Text::from("lin_rec709_scene")));
    let both = exr(&[id], Some(ap1()));
    assert_found(&both, "lin_rec709_scene", Rule::ColorInteropId, Stated, 1);
}

#[test]
fn film_by_its_transfer() {
    let dpx = |bits: u32, packing: u16, transfer: u8| {
        Dpx { fields: vec![(801, vec![transfer])], ..Dpx::new(50, bits, packing) }.bytes()
    };
    let film = "cineon_rec709_scene";
    assert_found(&dpx(10, 1, 1), film, Rule::FilmTransfer, Derived, 0);
    assert_found(&dpx(10, 1, 0), film, Rule::FilmTransfer, Guessed, 0);
    assert_found(&dpx(10, 1, 2), "lin_rec709_scene", Rule::FilmTransfer, Derived, 1);
    assert_found(&dpx(10, 1, 6), "g24_rec709_display", Rule::FilmTransfer, Derived, 0);
    assert_found(&dpx(8, 0, 0), "srgb_rec709_display", Rule::IntegerDefault, Guessed, 0);
}

#[test]
fn png_by_its_chunks() {
    let plain = stills::small_png();
    let with = |name: &[u8; 4], data: &[u8]| stills::with_chunk(&plain, name, data);
    let p3 = with(b"cICP", &[12, 13, 0, 1]);
    assert_found(&p3, "srgb_p3d65_display", Rule::Cicp, Stated, 0);
    let srgb = with(b"sRGB", &[0]);
    assert_found(&srgb, "srgb_rec709_display", Rule::SrgbChunk, Stated, 0);
    let gamma = with(b"gAMA", &55_556_u32.to_be_bytes());
    assert_found(&gamma, "g18_rec709_display", Rule::Gamma, Derived, 0);
    assert_found(&plain, "srgb_rec709_display", Rule::IntegerDefault, Guessed, 0);
}

#[test]
fn what_png_says_and_nobody_follows_is_told() {
    let plain = stills::small_png();
    let with = |name: &[u8; 4], data: &[u8]| stills::with_chunk(&plain, name, data);
    let primaries = |numbers: [u32; 8]| numbers.map(u32::to_be_bytes).as_flattened().to_vec();
    let p3 = primaries([31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6000]);
    let odd = primaries([31_270, 32_900, 60_000, 32_000, 26_500, 59_000, 15_000, 6000]);
    let srgb = "srgb_rec709_display";
    // code points that are reserved, and those of no R'G'B' at all
    assert_found(&with(b"cICP", &[3, 13, 0, 1]), srgb, Rule::IntegerDefault, Guessed, 1);
    assert_found(&with(b"cICP", &[5, 13, 0, 1]), "srgb_ebu_display", Rule::Cicp, Stated, 0);
    for points in [&[1, 13, 1, 1][..], &[12, 13, 0, 2], &[9, 16, 9, 0], &[1, 13, 0], &[]] {
        let bytes = with(b"cICP", points);
        assert_found(&bytes, srgb, Rule::IntegerDefault, Guessed, 0);
        let image = decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default()).unwrap();
        let left_out = "its cICP is damaged or not that of R'G'B', and was left out";
        assert_eq!(image.spec().warnings, [left_out], "{points:?}");
        let light = image.transform(&BuiltIn, &Detected::stated(ColorSpace::DATA)).unwrap();
        light.consume(|_| Ok(())).unwrap();
    }
    assert_found(&with(b"cICP", &[12, 13, 0, 0]), "srgb_p3d65_display", Rule::Cicp, Stated, 0);
    let own = "xy(0.6,0.32,0.265,0.59,0.15,0.06,0.3127,0.329)";
    for (chromaticities, word) in [(&p3, "p3d65"), (&odd, own)] {
        let bytes = with(b"cHRM", chromaticities);
        assert_found(&bytes, &format!("srgb_{word}_display"), Rule::Gamma, Derived, 0);
        let bytes = stills::with_chunk(&bytes, b"gAMA", &100_000_u32.to_be_bytes());
        assert_found(&bytes, &format!("lin_{word}_display"), Rule::Gamma, Derived, 0);
    }
    let gamma = |stored: u32| with(b"gAMA", &stored.to_be_bytes());
    assert_found(&gamma(50_000), "g20_rec709_display", Rule::Gamma, Derived, 0);
    assert_found(&gamma(51_020), "g196002_rec709_display", Rule::Gamma, Derived, 0);
    assert_found(&gamma(1000), srgb, Rule::IntegerDefault, Guessed, 1);
    let both = stills::with_chunk(&with(b"sRGB", &[0]), b"cICP", &[12, 13, 0, 1]);
    assert_found(&both, "srgb_p3d65_display", Rule::Cicp, Stated, 1);
    // what old readers are told beside it
    let usual = stills::with_chunk(&with(b"sRGB", &[0]), b"gAMA", &45_455_u32.to_be_bytes());
    assert_found(&usual, srgb, Rule::SrgbChunk, Stated, 0);
}

#[test]
fn a_still_of_ours_by_its_profile() {
    let bytes = file((8, 8), &[Part::rgb(8, 8)]);
    let image = decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default()).unwrap();
    let space = detect(image.spec());
    let light = image.transform(&BuiltIn, &space).unwrap();
    let still = light.resize(Fit::full(), Filter::Lanczos3).unwrap().encode(&Jpeg::new()).unwrap();
    assert_found(&still.bytes, "srgb_rec709_display", Rule::IccProfile, Stated, 0);
}
