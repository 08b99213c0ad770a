//! Pixels by C++ in the pipeline, on many threads, and what it refuses.

#![cfg(any(feature = "bundled", feature = "system"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::path::Path;
use std::sync::Arc;

use exr::prelude::write_rgb_file;
use proxycore::color::{ColorConfig, Detected, OcioConfig, Precision};
use proxycore::space::{ColorSpace, Gamut};
use proxycore::{LocalStorage, Pipeline, Rendition};
use proxycore_ocio_cxx::open;

const ACES: &str = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5";

fn shown(config: &OcioConfig, pixels: &[[f32; 3]]) -> [Vec<f32>; 3] {
    let processor = config.processor(&Detected::stated(ColorSpace::LIN_AP1_SCENE)).unwrap();
    let mut planes = [0, 1, 2].map(|plane| pixels.iter().map(|pixel| pixel[plane]).collect());
    processor.apply(planes.each_mut().map(Vec::as_mut_slice));
    planes
}

/// A thousand colours, some of them negative or brighter than any display.
fn colours() -> Vec<[f32; 3]> {
    let step = |at: u16| f32::from(at % 10).exp2() * 0.01 - 0.02;
    (0..1000).map(|at| [step(at), step(at / 10), step(at / 100)]).collect()
}

fn thumbnail(folder: &Path, config: OcioConfig) -> Vec<u8> {
    let storage = Arc::new(LocalStorage::new(folder).unwrap());
    let pipeline = Pipeline::new(storage.clone())
        .with_renditions([Rendition::thumbnail()])
        .with_color(Arc::new(config));
    let outcome = pipeline.run("frame.exr").unwrap();
    let bytes = std::fs::read(folder.join(&outcome.renditions[0].key)).unwrap();
    jpeg_decoder::Decoder::new(&bytes[..]).decode().unwrap()
}

#[test]
fn thumbnails_of_both_engines_are_within_a_code() {
    let exposed =
        |config: OcioConfig| config.with_exposure(0.5).unwrap().with_context("SHOT", "010");
    for exact in [true, false] {
        let [ours, theirs] = [OcioConfig::open(ACES), open(ACES)].map(|config| {
            let folder = tempfile::tempdir().unwrap();
            let light = |x: usize, y: usize| (x as f32 / 16.0, y as f32 / 40.0, 0.3_f32);
            write_rgb_file(folder.path().join("frame.exr"), 96, 64, light).unwrap();
            let config = exposed(config.unwrap());
            thumbnail(folder.path(), if exact { config.exact() } else { config })
        });
        assert!(ours.iter().any(|&code| code > 200) && ours.iter().any(|&code| code < 60));
        let most = ours.iter().zip(&theirs).map(|(a, b)| a.abs_diff(*b)).max();
        assert_eq!((ours.len(), most.is_some_and(|most| most <= 1)), (theirs.len(), true));
    }
}

#[test]
fn every_option_comes_to_the_pixels() {
    let of = |change: &dyn Fn(OcioConfig) -> OcioConfig| {
        let [port, cxx] = [OcioConfig::open(ACES), open(ACES)]
            .map(|config| shown(&change(config.unwrap().exact()), &colours()));
        for (ours, theirs) in port.iter().flatten().zip(cxx.iter().flatten()) {
            assert!((ours - theirs).abs() <= 1e-6, "{ours} is not {theirs}");
        }
        cxx
    };
    let plain = of(&|config| config);
    let look = "ACES 1.3 Reference Gamut Compression";
    assert_ne!(of(&|config| config.with_exposure(-1.0).unwrap()), plain);
    assert_ne!(of(&|config| config.with_look(look).unwrap()), plain);
    assert_ne!(of(&|config| config.with_view("Un-tone-mapped").unwrap()), plain);
    let video = "Rec.1886 Rec.709 - Display";
    of(&|config| config.with_display(video).unwrap());
}

#[test]
fn light_of_a_wider_gamut_is_the_same() {
    for display in ["sRGB - Display", "Display P3 - Display"] {
        let [port, cxx] = [OcioConfig::open(ACES), open(ACES)].map(|config| {
            let config = config.unwrap().with_display(display).unwrap().exact();
            let space = Detected::stated(ColorSpace::LIN_AP1_SCENE);
            let processor = config.processor_for(&space, Gamut::P3).unwrap();
            let pixels = colours();
            let mut planes =
                [0, 1, 2].map(|plane| pixels.iter().map(|pixel| pixel[plane]).collect());
            processor.apply(planes.each_mut().map(Vec::<f32>::as_mut_slice));
            planes
        });
        let most = port.iter().flatten().zip(cxx.iter().flatten()).map(|(a, b)| (a - b).abs());
        assert!(most.fold(0.0, f32::max) < 1e-6, "{display}");
    }
}

#[test]
fn threads_make_the_bits_that_one_makes() {
    for config in [open(ACES).unwrap().exact(), open(ACES).unwrap()] {
        let (pixels, alone) = (colours(), shown(&config, &colours()));
        let processor = config.processor(&Detected::stated(ColorSpace::LIN_AP1_SCENE)).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let mut planes = [0, 1, 2].map(|at| pixels.iter().map(|p| p[at]).collect());
                        processor.apply(planes.each_mut().map(Vec::as_mut_slice));
                        assert_eq!(planes, alone);
                    }
                });
            }
        });
    }
}

#[test]
fn a_view_is_fast_here_too() {
    let config = open(ACES).unwrap();
    let processor = config.processor(&Detected::stated(ColorSpace::LIN_AP1_SCENE)).unwrap();
    assert!(matches!(processor.precision(), Precision::Fast { error } if error < 0.5));
}

#[test]
fn recipes_tell_the_engines_apart() {
    let recipe = open(ACES).unwrap().recipe();
    assert_ne!(recipe, OcioConfig::open(ACES).unwrap().recipe());
    assert!(recipe.contains("C++ 2.5"), "{recipe}");
}

#[test]
fn names_that_are_not_there_list_the_near_ones() {
    let config = open(ACES).unwrap();
    let error = config.clone().with_display("sRGB").unwrap_err().to_string();
    assert!(error.contains("there is sRGB - Display"), "{error}");
    let error = config.clone().with_view("aces 2 sdr").unwrap_err().to_string();
    assert!(error.contains("ACES 2.0 - SDR 100 nits (Rec.709)"), "{error}");
    let odd = Detected::stated(ColorSpace::new("ARRI LogC5"));
    let error = config.processor(&odd).unwrap_err().to_string();
    assert!(error.contains("ARRI LogC4"), "{error}");
}

fn written(folder: &Path, text: &str) -> String {
    let path = folder.join("config.ocio");
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

const HEAD: &str = "\
ocio_profile_version: 2
environment: {SHOT: none}
search_path: luts
roles: {default: raw, scene_linear: linear}
file_rules:
  - !<Rule> {name: Plates, pattern: \"*plate*\", extension: exr, colorspace: film}
  - !<Rule> {name: Default, colorspace: raw}
displays:
  sRGB:
    - !<View> {name: Film, colorspace: film}
    - !<View> {name: Shot, colorspace: shot}
    - !<View> {name: Itself, colorspace: itself}
colorspaces:
  - !<ColorSpace> {name: raw, isdata: true}
  - !<ColorSpace> {name: linear}
  - !<ColorSpace>
    name: film
    from_scene_reference: !<ExponentTransform> {value: [0.5, 0.5, 0.5, 1]}
  - !<ColorSpace>
    name: shot
    from_scene_reference: !<FileTransform> {src: $SHOT.spi1d, interpolation: linear}
  - !<ColorSpace>
    name: itself
    from_scene_reference: !<ColorSpaceTransform> {src: linear, dst: itself}
";

/// Would end the process, were C++ asked first.
#[test]
fn a_space_that_refers_to_itself_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let config = open(written(folder.path(), HEAD)).unwrap().with_view("Itself").unwrap();
    let linear = Detected::stated(ColorSpace::new("linear"));
    config.processor(&linear).unwrap_err();
}

#[test]
fn context_and_rules_are_those_of_the_config() {
    let folder = tempfile::tempdir().unwrap();
    let table = "Version 1\nFrom 0.0 1.0\nLength 2\nComponents 1\n{\n 0.0\n 0.5\n}\n";
    std::fs::create_dir(folder.path().join("luts")).unwrap();
    std::fs::write(folder.path().join("luts/sh010.spi1d"), table).unwrap();
    let config = open(written(folder.path(), HEAD)).unwrap().exact();
    assert_eq!(config.file_rule("a/plate.1.exr"), Some(ColorSpace::new("film")));
    let config = config.with_view("Shot").unwrap();
    let linear = Detected::stated(ColorSpace::new("linear"));
    let error = config.processor(&linear).unwrap_err().to_string();
    assert!(error.contains("none.spi1d"), "{error}");
    let processor = config.with_context("SHOT", "sh010").processor(&linear).unwrap();
    let [mut red, mut green, mut blue] = [[1.0], [0.5], [0.0]];
    processor.apply([&mut red, &mut green, &mut blue]);
    // codes 0.5 and 0.25 of sRGB
    assert!((red[0] - 0.214_041).abs() < 1e-5 && (green[0] - 0.050_876).abs() < 1e-5);
}

#[test]
fn what_would_end_the_process_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let deep = format!("ocio_profile_version: 2\na:\n  {}b\n", "? ".repeat(300_000));
    let error = open(written(folder.path(), &deep)).unwrap_err().to_string();
    assert!(error.contains("100 deep"), "{error}");
    let missing = open("/no/such/config.ocio").unwrap_err().to_string();
    assert!(missing.contains("does not exist"), "{missing}");
}
