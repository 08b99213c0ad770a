//! What a config's displays are, which names it is asked by, and what of it is recorded: configs that
//! are written here, of both versions.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use proxycore::color::{
    ColorConfig, ColorTransform, Detected, Look, Nearness, OcioConfig, Rule, detect_with,
};
use proxycore::event::MemoryEvents;
use proxycore::image::{ImageSpec, SampleType};
use proxycore::metadata::MemoryMetadata;
use proxycore::space::{Certainty, ColorSpace, Gamut};
use proxycore::storage::{ObjectAttributes, Storage};
use proxycore::{LocalStorage, Pipeline, Rendition, encode};

use crate::fixture::{Part, file};

/// Every view leaves light as its square root, so that codes are foretold.
const VERSION_1: &str = "\
ocio_profile_version: 1
roles: {default: raw, scene_linear: lnf, data: raw}
displays:
  ACES:
    - !<View> {name: sRGB, colorspace: Output - sRGB}
    - !<View> {name: Rec.709, colorspace: Output - Rec.709}
    - !<View> {name: Raw, colorspace: raw}
    - !<View> {name: Kept back, colorspace: film}
  default:
    - !<View> {name: rec1886, colorspace: film}
  sRGB / REC.709 Reference:
    - !<View> {name: Film, colorspace: film}
  DCIP3:
    - !<View> {name: Film, colorspace: film}
  AdobeRGB:
    - !<View> {name: Film, colorspace: film}
  Rec.2100-PQ:
    - !<View> {name: Film, colorspace: film}
active_displays: [ACES, default]
active_views: [sRGB, Rec.709, Raw, rec1886, Film]
colorspaces:
  - !<ColorSpace> {name: raw, isdata: true}
  - !<ColorSpace> {name: ncf, isdata: true}
  - !<ColorSpace> {name: lnf}
  - !<ColorSpace>
    name: film
    from_reference: !<ExponentTransform> {value: [0.5, 0.5, 0.5, 1]}
  - !<ColorSpace>
    name: Output - sRGB
    from_reference: !<ExponentTransform> {value: [0.5, 0.5, 0.5, 1]}
  - !<ColorSpace>
    name: Output - Rec.709
    from_reference: !<ExponentTransform> {value: [0.5, 0.5, 0.5, 1]}
";

fn written(folder: &Path, text: &str) -> String {
    let path = folder.join("config.ocio");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn opened(text: &str) -> OcioConfig {
    let folder = tempfile::tempdir().unwrap();
    OcioConfig::open(written(folder.path(), text)).unwrap().exact()
}

fn linear() -> Detected {
    Detected::stated(ColorSpace::new("lnf"))
}

fn light(config: &OcioConfig, source: &Detected, pixel: [f32; 3]) -> [f32; 3] {
    let [mut red, mut green, mut blue] = pixel.map(|part| [part]);
    let processor = config.processor_for(source, Gamut::Rec709).unwrap();
    processor.apply([&mut red, &mut green, &mut blue]);
    [red[0], green[0], blue[0]]
}

#[track_caller]
fn near(found: [f32; 3], want: [f32; 3], tolerance: f32) {
    let apart = found.iter().zip(want).map(|(found, want)| (found - want).abs());
    assert!(apart.fold(0.0, f32::max) < tolerance, "{found:?} is not {want:?}");
}

#[test]
fn displays_of_version_1_are_told_by_their_names() {
    let config = opened(VERSION_1);
    for (display, view, space, grey) in [
        ("ACES", "sRGB", "srgb_rec709_display", 0.214_041),
        ("ACES", "Rec.709", "g24_rec709_display", 0.189_465),
        ("ACES", "Raw", "srgb_rec709_display", 0.050_876),
        ("default", "rec1886", "g24_rec709_display", 0.189_465),
        ("sRGB / REC.709 Reference", "Film", "srgb_rec709_display", 0.214_041),
        ("DCIP3", "Film", "g26_p3dci_display", 0.164_938),
        ("AdobeRGB", "Film", "g22_adobergb_display", 0.217_638),
        ("Rec.2100-PQ", "Film", "pq_rec2020_display", 0.922_457),
    ] {
        let config = config.clone().with_display(display).unwrap().with_view(view).unwrap();
        assert_eq!(config.transform(&linear()).display_space.as_deref(), Some(space));
        near(light(&config, &linear(), [0.25; 3]), [grey; 3], 2e-4);
        let told = config.assumptions(&linear());
        assert!(
            told.len() == 1 && told[0].contains(space) && told[0].contains(display),
            "{told:?}"
        );
    }
    let cinema = config.clone().with_display("DCIP3").unwrap();
    let [red, green, _] = light(&cinema, &linear(), [0.25, 0.0, 0.0]);
    assert!(red > 0.19 && green == 0.0, "{red} {green}");
}

#[test]
fn a_display_space_is_said_outright() {
    let config = opened(VERSION_1).with_display_space("g24_rec709_display").unwrap();
    near(light(&config, &linear(), [0.25; 3]), [0.189_465; 3], 1e-4);
    assert!(config.assumptions(&linear()).is_empty());
    let space = config.transform(&linear()).display_space;
    assert_eq!(space.as_deref(), Some("g24_rec709_display"));
    let error = config.with_display_space("g24_nothing_display").unwrap_err().to_string();
    assert!(error.contains("`g24_nothing_display`") && error.contains("p3dci"), "{error}");
    let settings = Look { display_space: Some("x".into()), ..Look::default() };
    assert!(settings.config().is_err());
}

/// What a proxy of a Rec.709 view has are the view's own codes.
#[test]
fn a_rec709_view_keeps_its_codes() {
    let config = opened(VERSION_1).with_view("Rec.709").unwrap();
    for light_in in [0.01_f32, 0.25, 0.64, 1.0] {
        let shown = light(&config, &linear(), [light_in; 3])[0];
        let code = encode::Curve::Gamma24.exact(shown.into());
        assert!((code - f64::from(light_in).sqrt()).abs() * 255.0 < 0.01, "{light_in}: {code}");
    }
}

#[test]
fn what_is_inactive_can_be_named() {
    let config = opened(VERSION_1);
    assert!(config.clone().with_view("Kept back").is_ok());
    assert!(config.clone().with_display("DCIP3").is_ok());
    let error = config.with_display("DCIP4").unwrap_err().to_string();
    assert!(error.contains("DCIP3"), "{error}");
    let inactive = VERSION_1
        .replace("version: 1", "version: 2")
        .replace("active_views", "inactive_colorspaces: [film]\nactive_views");
    let config = opened(&inactive);
    let film = Detected::named(&ColorSpace::new("film"), &config);
    near(light(&config, &film, [0.5; 3]), [0.214_041; 3], 1e-4);
}

#[test]
fn spaces_of_data_are_shown_as_stored_by_every_name() {
    let config = opened(VERSION_1);
    for name in ["raw", "ncf", "data", "default"] {
        let source = Detected::named(&ColorSpace::new(name), &config);
        assert_eq!(source.space, ColorSpace::DATA, "{name}");
        near(light(&config, &source, [0.5, 0.0, 2.0]), [0.214_041, 0.0, 1.0], 1e-4);
    }
    let stated = Detected::stated(ColorSpace::new("ncf"));
    near(light(&config, &stated, [0.5; 3]), [0.214_041; 3], 1e-4);
}

/// A picture of a file that says nothing.
fn untagged(sample_type: SampleType) -> ImageSpec {
    let spec = ImageSpec::plain(1, 1);
    let mut file = (*spec.file).clone();
    file.parts[0].channels = ["R", "G", "B"]
        .map(|name| proxycore::image::ChannelInfo {
            name: name.into(),
            sample_type,
            sampling: [1; 2],
        })
        .to_vec();
    ImageSpec::new(Arc::new(file), 0)
}

#[test]
fn frames_that_say_nothing_are_where_the_studio_has_them() {
    let half = untagged(SampleType::Half);
    let config = opened(VERSION_1);
    let found = detect_with(&half, "/shots/a.exr", &config);
    assert_eq!((found.space.id(), found.rule), ("lnf", Rule::SceneLinear));
    assert_eq!(found.certainty, Certainty::Guessed);
    near(light(&config, &found, [0.25; 3]), [0.214_041; 3], 1e-4);
    // integers are sRGB, and the config does not say where that is
    let found = detect_with(&untagged(SampleType::Uint8), "/shots/a.png", &config);
    assert_eq!((found.space.id(), found.rule), ("srgb_rec709_display", Rule::IntegerDefault));
    near(light(&config, &found, [0.537_099; 3]), [0.214_041; 3], 1e-4);
    let told = config.assumptions(&found);
    assert!(told.iter().any(|one| one.contains("`lnf`") && one.contains("Rec.709")), "{told:?}");

    let rules = |default: &str| {
        let rules = format!(
            "file_rules:\n  - !<Rule> {{name: Plates, pattern: \"*/plates/*\", extension: \"*\", \
             colorspace: film}}\n  - !<Rule> {{name: Default, colorspace: {default}}}\ndisplays:"
        );
        opened(
            &VERSION_1
                .replace("version: 1", "version: 2")
                .replace("\ndisplays:", &format!("\n{rules}")),
        )
    };
    let found = detect_with(&half, "/shots/a.exr", &rules("film"));
    assert_eq!((found.space.id(), found.rule), ("film", Rule::DefaultRule));
    assert_eq!(found.certainty, Certainty::Guessed);
    let found = detect_with(&half, "/shots/plates/a.exr", &rules("lnf"));
    assert_eq!((found.space.id(), found.rule), ("film", Rule::FileRule));
    // a default of data is what an application takes for its working space
    let found = detect_with(&half, "/shots/a.exr", &rules("raw"));
    assert_eq!((found.space.id(), found.rule), ("lnf", Rule::SceneLinear));
}

#[test]
fn the_built_in_configs_take_such_frames_for_their_working_space() {
    for name in ["cg-config-v2.2.0_aces-v1.3_ocio-v2.4", "cg-config-v5.0.0_aces-v2.1_ocio-v2.6"] {
        let config = OcioConfig::open(format!("ocio://{name}")).unwrap();
        let found = detect_with(&untagged(SampleType::Half), "/shots/a.exr", &config);
        // by its name, where the config is older than interop IDs
        assert!(["ACEScg", "lin_ap1_scene"].contains(&found.space.id()), "{name}: {found:?}");
        assert_eq!(found.rule, Rule::SceneLinear, "{name}");
    }
}

#[test]
fn looks_may_be_none_or_one_of_several() {
    let looks = "looks:\n  - !<Look>\n    name: dark\n    process_space: lnf\n    transform: \
                 !<MatrixTransform> {matrix: [0.25, 0, 0, 0, 0, 0.25, 0, 0, 0, 0, 0.25, 0, 0, 0, 0, 1]}\n\
                 - !<Look>\n    name: lost\n    process_space: lnf\n    transform: \
                 !<FileTransform> {src: gone.cube}\n";
    let looks = looks.replace("\n- !<Look>", "\n  - !<Look>");
    let view = "{name: sRGB, colorspace: Output - sRGB, looks: dark}";
    let text = VERSION_1.replace("{name: sRGB, colorspace: Output - sRGB}", view) + &looks;
    let config = opened(&text);
    let grey = |config: &OcioConfig| light(config, &linear(), [0.25; 3])[0];
    let (bright, dark) = (0.214_041, 0.050_876);
    let close = |found: f32, want: f32| assert!((found - want).abs() < 1e-4, "{found} {want}");
    close(grey(&config), dark);
    assert_eq!(config.transform(&linear()).looks.as_deref(), Some("dark"));
    let with = |look: &str| config.clone().with_look(look);
    close(grey(&with("").unwrap()), bright);
    assert_eq!(with("").unwrap().transform(&linear()).looks, None);
    for (look, want) in [
        ("dark", dark),
        ("+dark, -dark", bright),
        ("missing|", bright),
        ("missing | dark", dark),
        ("lost | dark", dark),
        ("lost |", bright),
    ] {
        close(grey(&with(look).unwrap()), want);
    }
    let error = with("missing").unwrap_err().to_string();
    assert!(error.starts_with("no look named `missing`"), "{error}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_config() {
    let config = opened(&format!("\u{feff}{VERSION_1}"));
    near(light(&config, &linear(), [0.25; 3]), [0.214_041; 3], 1e-4);
}

const RULES: &str = "\
ocio_profile_version: 2
name: the show's
roles: {default: lnf, scene_linear: lnf}
file_rules:
  - !<Rule> {name: Shots, pattern: \"*/shots/plates/*\", extension: exr, colorspace: film}
  - !<Rule> {name: Default, colorspace: lnf}
displays:
  sRGB:
    - !<View> {name: Film, colorspace: film}
colorspaces:
  - !<ColorSpace> {name: lnf}
  - !<ColorSpace>
    name: film
    from_scene_reference: !<ExponentTransform> {value: 0.5}
";

#[test]
fn file_rules_see_the_whole_path_from_every_folder() {
    let folder = tempfile::tempdir().unwrap();
    let plates = folder.path().join("shots/plates");
    fs::create_dir_all(&plates).unwrap();
    fs::write(plates.join("a.exr"), file((8, 8), &[Part::rgb(8, 8)])).unwrap();
    let config = Arc::new(OcioConfig::open(written(folder.path(), RULES)).unwrap());
    for (root, key) in [
        (folder.path().to_owned(), "shots/plates/a.exr"),
        (folder.path().join("shots"), "plates/a.exr"),
        (plates, "a.exr"),
    ] {
        let storage = Arc::new(LocalStorage::new(&root).unwrap());
        let pipeline = Pipeline::new(storage).with_color(config.clone());
        let found = pipeline.info(key).unwrap().found;
        assert_eq!((found.space.id(), found.rule), ("film", Rule::FileRule), "{key}");
    }
}

#[test]
fn what_was_done_is_in_result_row_event_and_info() {
    let folder = tempfile::tempdir().unwrap();
    let text = written(folder.path(), RULES);
    let hash = proxycore::identity::sha256(RULES.as_bytes());
    let config = OcioConfig::open(text).unwrap().with_context("SHOT", "010");
    let storage = Arc::new(LocalStorage::new(folder.path()).unwrap());
    let frame = file((8, 8), &[Part::rgb(8, 8)]);
    storage.put("a.exr", &frame, &ObjectAttributes::default()).unwrap();
    let (rows, events) = (Arc::new(MemoryMetadata::default()), Arc::new(MemoryEvents::default()));
    let plain = Pipeline::new(storage)
        .with_renditions([Rendition::thumbnail()])
        .with_metadata(rows.clone())
        .with_events(events.clone());
    let pipeline = plain.clone().with_color(Arc::new(config.with_exposure(1.0).unwrap()));
    let info = pipeline.info("a.exr").unwrap();
    let json = serde_json::to_value(&info).unwrap();
    assert_eq!(json["color_transform"]["view"], "Film");
    for run in [pipeline.run("a.exr").unwrap(), pipeline.run("a.exr").unwrap()] {
        let done = run.color_transform.unwrap();
        assert_eq!(
            (done.config.as_str(), done.config_sha256.as_ref()),
            ("the show's", Some(&hash))
        );
        let shown = [done.display.as_deref(), done.view.as_deref(), done.looks.as_deref()];
        assert_eq!(shown, [Some("sRGB"), Some("Film"), None]);
        assert_eq!(done.display_space.as_deref(), Some("srgb_rec709_display"));
        assert_eq!((done.exposure, done.context["SHOT"].as_str()), (1.0, "010"));
        assert_eq!((done.precision, done.error), (Some(Nearness::Exact), None));
        let sent = events.events().pop().unwrap();
        assert_eq!(sent.color_transform.as_ref(), Some(&done));
        let kept = rows.rows().pop().unwrap().1.pop().unwrap().color_transform.unwrap();
        assert_eq!(serde_json::from_str::<ColorTransform>(&kept).unwrap(), done);
    }
    let plain = plain.with_force(true).run("a.exr").unwrap().color_transform.unwrap();
    assert_eq!((plain.config.as_str(), plain.view), (ColorTransform::BUILT_IN, None));
}
