//! Colours that files state in ways that no name stands for: profiles, primaries, gammas, ranges. The
//! shared cases are held against the codes that littleCMS and other readers gave, where they are at
//! hand; small files made here stand for the same kinds.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use png::{BitDepth, ColorType};
use proxycore::color::{ColorConfig, Detected, Rule, detect};
use proxycore::decode::{DecodeOptions, decode};
use proxycore::image::{ImageSpec, Pixels};
use proxycore::space::{Certainty, Gamut};
use proxycore::{BuiltIn, encode};

use crate::icc_writer::{gamma, profile, rec709, sampled, table};
use crate::{dpx_writer::Dpx, skip, stills};

/// How far a code of 8 bits may lie from the peer's.
const NEAR: f64 = 1.5;

/// What a file is, and its sRGB codes, 0..=255.
fn shown(bytes: &[u8]) -> (ImageSpec, Detected, Pixels) {
    let image = decode(Box::new(Cursor::new(bytes.to_vec())), &DecodeOptions::default()).unwrap();
    let spec = (**image.spec()).clone();
    let found = detect(&spec);
    let light = image.transform(&BuiltIn, &found).unwrap();
    let mut codes = light.into_pixels().unwrap();
    let code = |light: f32| (255.0 * encode::Curve::Srgb.exact(light.into())) as f32;
    codes.samples.iter_mut().for_each(|sample| *sample = code(*sample));
    (spec, found, codes)
}

#[track_caller]
fn near(found: [f32; 3], want: [f64; 3]) {
    let apart = found.iter().zip(want).map(|(found, want)| (f64::from(*found) - want).abs());
    assert!(apart.fold(0.0, f64::max) <= NEAR, "{found:?} is not {want:?}");
}

/// A shared case, where it is at hand.
fn case(name: &str) -> Option<Vec<u8>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases");
    let root = std::env::var_os("PROXYCORE_CASES").map_or(beside, PathBuf::from);
    let bytes = fs::read(root.join("colour").join(name)).ok();
    if bytes.is_none() {
        skip::because(format_args!("no {name} in {}; set PROXYCORE_CASES", root.display()));
    }
    bytes
}

type Patches = &'static [([u32; 2], [f64; 3])];

/// Of littleCMS 2 through Pillow, but for the last four: by the formulas of what they state.
const CASES: &[(&str, &str, Rule, Certainty, Patches)] = &[
    (
        "prophoto18.png",
        "g18_prophoto_display",
        Rule::IccProfile,
        Certainty::Stated,
        &[
            ([8, 8], [0.0, 0.0, 0.0]),
            ([56, 184], [255.0, 138.0, 132.0]),
            ([120, 56], [229.0, 229.0, 229.0]),
            ([184, 248], [96.0, 112.0, 0.0]),
            ([248, 120], [168.0, 131.0, 190.0]),
        ],
    ),
    (
        "rec2020_709curve.png",
        "icc:",
        Rule::IccProfile,
        Certainty::Stated,
        &[
            ([8, 8], [0.0, 0.0, 0.0]),
            ([56, 184], [255.0, 141.0, 125.0]),
            ([120, 56], [226.0, 226.0, 226.0]),
            ([184, 248], [86.0, 106.0, 32.0]),
            ([248, 120], [164.0, 127.0, 182.0]),
        ],
    ),
    (
        "p3d65_26.png",
        "g26_p3d65_display",
        Rule::IccProfile,
        Certainty::Stated,
        &[
            ([8, 8], [0.0, 0.0, 0.0]),
            ([56, 184], [234.0, 124.0, 96.0]),
            ([120, 56], [219.0, 219.0, 219.0]),
            ([184, 248], [56.0, 73.0, 0.0]),
            ([248, 120], [135.0, 101.0, 162.0]),
        ],
    ),
    (
        "gray_g18.png",
        "g18_rec709_display",
        Rule::IccProfile,
        Certainty::Stated,
        &[
            ([8, 8], [0.0, 0.0, 0.0]),
            ([56, 184], [192.0, 192.0, 192.0]),
            ([120, 56], [71.0, 71.0, 71.0]),
            ([184, 248], [252.0, 252.0, 252.0]),
            ([248, 120], [145.0, 145.0, 145.0]),
        ],
    ),
    (
        "dcf.jpg",
        "g22_adobergb_display",
        Rule::Exif,
        Certainty::Stated,
        &[
            ([8, 8], [0.0, 0.0, 0.0]),
            ([56, 184], [248.3, 143.3, 117.6]),
            ([120, 56], [223.9, 223.9, 223.9]),
            ([184, 248], [67.7, 89.6, 14.0]),
            ([248, 120], [151.7, 118.8, 171.3]),
        ],
    ),
    (
        "ffmpeg_16bit.dpx",
        "srgb_rec709_display",
        Rule::FilmTransfer,
        Certainty::Guessed,
        &[([2, 2], [198.0, 198.0, 198.0])],
    ),
    (
        "narrow_range.dpx",
        "g24_rec709_display",
        Rule::FilmTransfer,
        Certainty::Derived,
        &[
            ([8, 8], [0.0, 0.0, 0.0]),
            ([56, 184], [186.8, 186.8, 186.8]),
            ([120, 56], [34.2, 34.2, 34.2]),
            ([184, 248], [255.0, 255.0, 255.0]),
            ([248, 120], [122.6, 122.6, 122.6]),
        ],
    ),
    (
        "gamma22.dpx",
        "g22_rec709_display",
        Rule::FilmTransfer,
        Certainty::Derived,
        &[
            ([8, 8], [0.0, 0.0, 0.0]),
            ([56, 184], [180.4, 180.4, 180.4]),
            ([120, 56], [52.0, 52.0, 52.0]),
            ([184, 248], [251.1, 251.1, 251.1]),
            ([248, 120], [127.8, 127.8, 127.8]),
        ],
    ),
];

#[test]
fn shared_cases_have_the_codes_of_their_peers() {
    for (name, space, rule, certainty, patches) in CASES {
        let Some(bytes) = case(name) else { continue };
        let (_, found, codes) = shown(&bytes);
        assert!(found.space.id().starts_with(space), "{name}: {}", found.space);
        assert_eq!((found.rule, found.certainty), (*rule, *certainty), "{name}");
        for ([x, y], want) in *patches {
            near(codes.at(*x, *y), *want);
        }
    }
}

/// A PNG of one row, with a profile unless that is empty.
fn written(color: ColorType, width: usize, codes: &[u8], profile: &[u8]) -> Vec<u8> {
    let mut info = png::Info::with_size(width as u32, 1);
    (info.color_type, info.bit_depth) = (color, BitDepth::Eight);
    info.icc_profile = (!profile.is_empty()).then(|| profile.to_vec().into());
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
    writer.write_image_data(codes).unwrap();
    writer.finish().unwrap();
    bytes
}

fn png(pixels: &[[u8; 3]], profile: &[u8]) -> Vec<u8> {
    written(ColorType::Rgb, pixels.len(), pixels.as_flattened(), profile)
}

fn grey_png(codes: &[u8], profile: &[u8]) -> Vec<u8> {
    written(ColorType::Grayscale, codes.len(), codes, profile)
}

/// A TIFF of one row of inks (TIFF 6.0, section 16), with a profile.
#[cfg(all(feature = "icc", feature = "tiff"))]
fn cmyk_tiff(inks: &[[u8; 4]], profile: Option<&[u8]>) -> Vec<u8> {
    let profile = profile.unwrap_or_default();
    let codes = inks.as_flattened();
    let (depths, strip) = (8, 16);
    let profile_at = strip + codes.len() as u32;
    let directory = (profile_at + profile.len() as u32).next_multiple_of(2);
    let mut fields = vec![
        (256, 4, 1, inks.len() as u32),
        (257, 4, 1, 1),
        (258, 3, 4, depths),
        (259, 3, 1, 1),
        (262, 3, 1, 5),
        (273, 4, 1, strip),
        (277, 3, 1, 4),
        (278, 4, 1, 1),
        (279, 4, 1, codes.len() as u32),
    ];
    if !profile.is_empty() {
        fields.push((34675, 7, profile.len() as u32, profile_at));
    }
    let mut bytes = [&b"II*\0"[..], &directory.to_le_bytes(), &[8, 0, 8, 0, 8, 0, 8, 0]].concat();
    bytes.extend([codes, profile].concat());
    bytes.resize(directory as usize, 0);
    bytes.extend((fields.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in fields {
        bytes.extend([tag, kind].map(|short: u16| short.to_le_bytes()).as_flattened());
        bytes.extend([count, value].map(u32::to_le_bytes).as_flattened());
    }
    bytes.extend([0; 4]);
    bytes
}

#[test]
fn profiles_of_curves_are_followed_by_their_own_numbers() {
    let bent = |middle: u16| sampled(&[0, middle, u16::MAX]);
    let profile = rec709([bent(10_000), bent(20_000), bent(30_000)]);
    let (_, found, codes) = shown(&png(&[[128; 3], [255; 3], [0; 3]], &profile));
    assert_eq!((found.rule, found.certainty), (Rule::IccProfile, Certainty::Stated));
    assert!(found.space.id().starts_with("icc:") && found.warnings.is_empty(), "{found:?}");
    let code = |light: f64| 255.0 * encode::Curve::Srgb.exact(light / 65535.0);
    let lit =
        [10_000.0, 20_000.0, 30_000.0].map(|middle| code(middle + (65535.0 - middle) / 255.0));
    near(codes.at(0, 0), lit);
    near(codes.at(1, 0), [255.0; 3]);
    near(codes.at(2, 0), [0.0; 3]);
}

#[test]
fn the_darkest_light_of_a_profile_is_black() {
    let raised = || sampled(&[6554, u16::MAX]);
    let profile = rec709([raised(), raised(), raised()]);
    let (_, _, codes) = shown(&png(&[[0; 3], [255; 3]], &profile));
    near(codes.at(0, 0), [0.0; 3]);
    near(codes.at(1, 0), [255.0; 3]);
}

#[test]
fn profiles_that_are_nearly_a_known_space_are_that() {
    let profile = rec709([gamma(2.2), gamma(2.2), gamma(2.2)]);
    let (_, found, _) = shown(&png(&[[128; 3]], &profile));
    assert_eq!(found.space.id(), "g22_rec709_display");
    let odd = rec709([gamma(1.5), gamma(1.5), gamma(1.5)]);
    let (_, found, _) = shown(&png(&[[128; 3]], &odd));
    assert_eq!(found.space.id(), "g15_rec709_display");
}

#[test]
fn grey_profiles_are_followed() {
    let profile = profile(b"GRAY", b"XYZ ", &[(b"kTRC", gamma(1.8))]);
    let (_, found, codes) = shown(&grey_png(&[0, 64, 128, 255], &profile));
    assert_eq!((found.space.id(), found.rule), ("g18_rec709_display", Rule::IccProfile));
    for (x, code) in [0.0, 64.0, 128.0, 255.0].into_iter().enumerate() {
        let light = (code / 255.0_f64).powf(1.8);
        near(codes.at(x as u32, 0), [255.0 * encode::Curve::Srgb.exact(light); 3]);
    }
}

/// Inks whose table is no multiplication: each takes a quarter of the lightness.
#[test]
#[cfg(all(feature = "icc", feature = "tiff"))]
fn inks_are_what_their_profile_says() {
    let lab = |inks: [f64; 4]| [100.0 - 25.0 * inks.iter().sum::<f64>(), 0.0, 0.0];
    let profile = profile(b"CMYK", b"Lab ", &[(b"A2B0", table(5, lab))]);
    let inks = [[0, 0, 0, 0], [255, 0, 0, 0], [255, 255, 0, 0], [0, 0, 0, 255], [255; 4]];
    let (spec, found, codes) = shown(&cmyk_tiff(&inks, Some(&profile)));
    assert_eq!(spec.channels, ["C", "M", "Y", "K"]);
    assert!(found.space.id().starts_with("icc:"), "{found:?}");
    // sRGB's greys of L* 100, 75, 50, 75 and 0, the darkest being black already
    for (x, want) in [255.0, 185.3, 118.9, 185.3, 0.0].into_iter().enumerate() {
        near(codes.at(x as u32, 0), [want; 3]);
    }
    let (spec, _, codes) = shown(&cmyk_tiff(&inks, None));
    assert_eq!(spec.channels, ["C", "M", "Y", "K"]);
    near(codes.at(2, 0), [0.0, 0.0, 255.0]);
}

#[test]
fn a_profile_that_is_damaged_is_told_and_costs_nothing() {
    let whole = rec709([gamma(1.7), gamma(1.7), gamma(1.7)]);
    for length in (0..whole.len()).step_by(7) {
        let (_, found, _) = shown(&png(&[[128; 3]], &whole[..length.max(1)]));
        let is_told = found.rule == Rule::IntegerDefault && found.warnings.len() == 1;
        assert!(is_told || found.rule == Rule::IccProfile, "{length}: {found:?}");
    }
    // one that says it has tables of gigabytes
    let mut bomb = profile(b"CMYK", b"Lab ", &[(b"A2B0", table(2, |_| [0.0; 3]))]);
    let at = 128 + 4 + 12 + 10;
    bomb[at] = 255;
    let mut image = ImageSpec::plain(1, 1);
    image.icc_profile = Some(bomb.into());
    image.channels = ["C", "M", "Y", "K"].map(String::from).to_vec();
    assert_ne!(detect(&image).rule, Rule::IccProfile);
}

#[test]
fn codes_of_a_narrow_range_are_followed() {
    let field = |at: usize, value: u32| (at, value.to_be_bytes().to_vec());
    let fields = vec![(801, vec![6]), field(784, 64), field(792, 940)];
    let narrow = Dpx { fields, ..Dpx::new(50, 10, 1) };
    let full = Dpx { fields: vec![(801, vec![6])], ..narrow.clone() };
    let film = Dpx { fields: [&narrow.fields[1..], &[(801, vec![1])]].concat(), ..narrow.clone() };
    let codes = |dpx: &Dpx| {
        let bytes = dpx.bytes();
        let image = decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default()).unwrap();
        image.into_pixels().unwrap().samples
    };
    let (narrow, full, film) = (codes(&narrow), codes(&full), codes(&film));
    assert_eq!(film, full);
    for (narrow, full) in narrow.iter().zip(full) {
        assert!((narrow - (full * 1023.0 - 64.0) / 876.0).abs() < 1e-5);
    }
}

#[test]
fn a_png_of_a_narrow_range_is_followed() {
    let plain = grey_png(&[16, 126, 235], &[]);
    let narrow = stills::with_chunk(&plain, b"cICP", &[1, 13, 0, 0]);
    let (_, found, codes) = shown(&narrow);
    assert_eq!((found.rule, found.warnings.len()), (Rule::Cicp, 0));
    for (x, want) in [0.0, 110.0 / 219.0 * 255.0, 255.0].into_iter().enumerate() {
        near(codes.at(x as u32, 0), [want; 3]);
    }
}

#[test]
fn dpx_says_a_gamma_or_is_ffmpegs() {
    let dpx = |fields: Vec<(usize, Vec<u8>)>, bits: u32, packing: u16| {
        let bytes = Dpx { fields, ..Dpx::new(50, bits, packing) }.bytes();
        let image = decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default()).unwrap();
        let found = detect(image.spec());
        (found.space.id().to_owned(), found.certainty)
    };
    let stated = |gamma: f32| vec![(801, vec![0]), (1948, gamma.to_be_bytes().to_vec())];
    let (derived, guessed) = (Certainty::Derived, Certainty::Guessed);
    assert_eq!(dpx(stated(2.2), 10, 1), ("g22_rec709_display".into(), derived));
    assert_eq!(dpx(stated(1.96), 10, 1), ("g196_rec709_display".into(), derived));
    // what writers of log leave there
    assert_eq!(dpx(stated(1.0), 10, 1), ("cineon_rec709_scene".into(), guessed));
    assert_eq!(dpx(stated(0.0), 10, 1), ("cineon_rec709_scene".into(), guessed));
    let linear = |creator: &[u8]| vec![(801, vec![2]), (160, creator.to_vec())];
    for creator in [&b"Lavc59.37.100"[..], b"Lavf60"] {
        assert_eq!(dpx(linear(creator), 10, 1), ("srgb_rec709_display".into(), guessed));
        assert_eq!(dpx(linear(creator), 16, 0), ("srgb_rec709_display".into(), guessed));
    }
    assert_eq!(dpx(linear(b"Nuke"), 16, 0), ("lin_rec709_scene".into(), derived));
}

#[test]
fn any_primaries_are_a_matrix() {
    let odd = "lin_xy(0.625,0.34,0.28,0.595,0.155,0.07,0.3127,0.329)_scene";
    let source = Detected::stated(proxycore::space::ColorSpace::new(odd));
    let processor = BuiltIn.processor_for(&source, Gamut::Rec709).unwrap();
    let [mut red, mut green, mut blue] = [[0.5, 0.0], [0.5, 0.4], [0.5, 0.0]];
    processor.apply([&mut red, &mut green, &mut blue]);
    let grey = [red[0], green[0], blue[0]];
    assert!(grey.iter().all(|part| (part - 0.5).abs() < 1e-5), "{grey:?}");
    // by SMPTE RP 177: -0.0314, 0.3840, 0.0119, of which a display shows what is not negative
    let expected = [0.0, 0.384_028, 0.011_896];
    for (part, expected) in [red[1], green[1], blue[1]].into_iter().zip(expected) {
        assert!((part - expected).abs() < 1e-5, "{part} is not {expected}");
    }
}
