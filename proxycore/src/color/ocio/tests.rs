//! Configs as a whole: what displays, views, looks and gamuts make of colours.

use super::*;

const ACES: &str = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5";
const SDR: &str = "ACES 2.0 - SDR 100 nits (Rec.709)";

fn shown(config: &OcioConfig, space: ColorSpace, pixel: [f32; 3]) -> [f32; 3] {
    let [mut red, mut green, mut blue] = pixel.map(|value| [value]);
    let processor = config.processor(&Detected::stated(space)).unwrap();
    processor.apply([&mut red, &mut green, &mut blue]);
    [red[0], green[0], blue[0]]
}

#[track_caller]
fn near(got: [f32; 3], want: [f32; 3]) {
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() < 2e-5, "{got} is not {want}");
    }
}

/// What OpenColorIO 2.5.2's own CPU processor makes of the same pixels, its codes decoded by
/// the display's standard.
#[test]
fn views_are_those_of_opencolorio() {
    let config = OcioConfig::open(ACES).unwrap().exact();
    let acescg = || ColorSpace::LIN_AP1_SCENE;
    let cases = [
        ("sRGB - Display", SDR, [0.18, 0.18, 0.18], [0.099_998, 0.099_999, 0.099_999]),
        ("sRGB - Display", SDR, [1.0, 0.2, 0.05], [0.858_542, 0.072_532, 0.013_552]),
        ("sRGB - Display", SDR, [16.0, 16.0, 16.0], [0.943_471, 0.943_471, 0.943_471]),
        ("sRGB - Display", "Un-tone-mapped", [1.0, 0.2, 0.05], [1.0, 0.097_376, 0.007_851]),
        ("Rec.1886 Rec.709 - Display", SDR, [1.0, 0.2, 0.05], [0.858_542, 0.072_533, 0.013_552]),
    ];
    for (display, view, pixel, want) in cases {
        let config = config.clone().with_display(display).unwrap().with_view(view).unwrap();
        near(shown(&config, acescg(), pixel), want);
    }
    // the default display and view are the first ones
    near(shown(&config, acescg(), [1.0, 0.2, 0.05]), [0.858_542, 0.072_532, 0.013_552]);
    near(shown(&config, ColorSpace::new("ARRI LogC4"), [0.18; 3]), [0.012_995; 3]);
}

#[test]
fn a_display_with_other_primaries_shows_the_same_light() {
    let config = OcioConfig::open(ACES).unwrap().exact();
    let on = |display| {
        let config = config.clone().with_display(display).unwrap();
        let config = config.with_view("Un-tone-mapped").unwrap();
        shown(&config, ColorSpace::LIN_REC709_SCENE, [0.5, 0.2, 0.1])
    };
    near(on("Display P3 - Display"), [0.5, 0.2, 0.1]);
    near(on("sRGB - Display"), [0.5, 0.2, 0.1]);
}

#[test]
fn a_wide_display_keeps_its_gamut() {
    let config = OcioConfig::open(ACES).unwrap().exact();
    let on = |display, gamut| {
        let config = config.clone().with_display(display).unwrap();
        let config = config.with_view("Un-tone-mapped").unwrap();
        let source = Detected::stated(ColorSpace::LIN_P3D65_SCENE);
        let [mut red, mut green, mut blue] = [[0.8], [0.1], [0.0]];
        let processor = config.processor_for(&source, gamut).unwrap();
        processor.apply([&mut red, &mut green, &mut blue]);
        [red[0], green[0], blue[0]]
    };
    near(on("Display P3 - Display", Gamut::P3), [0.8, 0.1, 0.0]);
    near(on("Display P3 - Display", Gamut::Rec709), on("sRGB - Display", Gamut::Rec709));
    // the sRGB display's view has clipped it, and a wider file shows what that left
    near(on("sRGB - Display", Gamut::Rec709), [0.957_458, 0.070_560, 0.0]);
    near(on("sRGB - Display", Gamut::P3), [0.8, 0.1, 0.021_464]);
}

/// Of a pixel of ACEScg, by a display and a view.
fn codes(display: &str, view: &str, space: &ColorSpace, pixel: [f64; 3]) -> [f32; 3] {
    let config = OcioConfig::open(ACES).unwrap().with_display(display).unwrap();
    let config = config.with_view(view).unwrap();
    let source = Detected::stated(ColorSpace::LIN_AP1_SCENE);
    let processor = config.processor_for(&source, Gamut::of(space)).unwrap();
    assert_eq!(processor.precision(), crate::color::Precision::Exact);
    let [mut red, mut green, mut blue] = pixel.map(|value| [value as f32]);
    processor.apply([&mut red, &mut green, &mut blue]);
    let curve = crate::encode::Curve::of(space).unwrap();
    curve.exact_rgb([red[0], green[0], blue[0]].map(f64::from)).map(|code| code as f32)
}

/// The codes are those of OpenColorIO 2.5.2's own CPU processor.
#[test]
fn a_display_of_high_dynamic_range_has_its_own_codes() {
    let (pq, hlg) = (ColorSpace::PQ_REC2020_DISPLAY, ColorSpace::HLG_REC2020_DISPLAY);
    let cases = [
        (
            &pq,
            "Rec.2100-PQ - Display",
            "ACES 2.0 - HDR 1000 nits (Rec.2020)",
            [
                ([1.0, 0.2, 0.05], [0.509_561, 0.357_628, 0.237_122]),
                ([0.18; 3], [0.329_837; 3]),
                ([4.0, 3.5, 3.0], [0.636_588, 0.630_586, 0.623_879]),
            ],
        ),
        (
            &hlg,
            "Rec.2100-HLG - Display",
            "ACES 2.0 - HDR 1000 nits (P3 D65)",
            [
                ([1.0, 0.2, 0.05], [0.664_321, 0.321_072, 0.148_129]),
                ([0.18; 3], [0.296_898; 3]),
                ([4.0, 3.5, 3.0], [0.836_267, 0.825_575, 0.813_554]),
            ],
        ),
        (
            &hlg,
            "Rec.2100-HLG - Display",
            "Un-tone-mapped",
            [
                ([1.0, 0.2, 0.05], [0.665_696, 0.318_800, 0.145_645]),
                ([0.18; 3], [0.324_781; 3]),
                ([4.0, 3.5, 3.0], [0.862_404, 0.836_435, 0.805_917]),
            ],
        ),
    ];
    for (space, display, view, pixels) in cases {
        for (pixel, want) in pixels {
            near(codes(display, view, space, pixel), want);
        }
    }
}

#[test]
fn white_of_another_display_is_diffuse_white() {
    for (space, white) in
        [(ColorSpace::PQ_REC2020_DISPLAY, 0.580_69), (ColorSpace::HLG_REC2020_DISPLAY, 0.7499)]
    {
        for pixel in [1.0, 9.0] {
            let codes = codes("sRGB - Display", "Un-tone-mapped", &space, [pixel; 3]);
            assert!(codes.iter().all(|code| (code - white).abs() < 2e-4), "{codes:?}");
        }
    }
}

#[test]
fn numbers_that_are_no_colour_are_codes_of_the_display() {
    let config = OcioConfig::open(ACES).unwrap().exact().with_view("Raw").unwrap();
    near(shown(&config, ColorSpace::LIN_AP1_SCENE, [0.5, 0.0, 2.0]), [0.214_041, 0.0, 1.0]);
}

#[test]
fn a_stop_of_exposure_doubles_light() {
    let config = OcioConfig::open(ACES).unwrap().exact().with_view("Un-tone-mapped").unwrap();
    let brighter = config.clone().with_exposure(1.0).unwrap();
    near(shown(&brighter, ColorSpace::LIN_REC709_SCENE, [0.2, 0.1, 0.05]), [0.4, 0.2, 0.1]);
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e9, -100.5] {
        let error = config.clone().with_exposure(odd).unwrap_err();
        assert_eq!(error.kind().name(), "invalid", "{odd}");
    }
    assert!(config.with_exposure(-100.0).is_ok());
}

#[test]
fn spaces_go_by_name_alias_role_and_interop_id() {
    let config = OcioConfig::open(ACES).unwrap().exact();
    let name = |id: &str| lookup::space(config.config(), &ColorSpace::new(id)).unwrap();
    for id in ["ACEScg", "acescg", "lin_ap1", "lin_ap1_scene", "scene_linear"] {
        let found = config.config().canonical_name(&name(id)).to_owned();
        assert_eq!(found, "ACEScg", "{id}");
    }
}

#[test]
fn film_goes_through_a_config_that_has_none() {
    let config = OcioConfig::open(ACES).unwrap().exact().with_view("Un-tone-mapped").unwrap();
    let code = |code: f32| shown(&config, ColorSpace::CINEON, [code / 1023.0; 3]);
    near(code(470.0), [0.183_194; 3]);
    near(shown(&config, ColorSpace::DATA, [0.5; 3]), [0.214_041; 3]);
}

#[test]
fn what_is_not_there_is_an_error_that_names_what_is_like_it() {
    let config = OcioConfig::open(ACES).unwrap().exact();
    let error = config.clone().with_display("sRGB").unwrap_err().to_string();
    assert!(error.starts_with("no display named `sRGB`; there is sRGB - Display"), "{error}");
    let error = config.clone().with_view("aces 2 sdr").unwrap_err().to_string();
    assert!(error.contains(SDR), "{error}");
    let odd = Detected::stated(ColorSpace::new("ARRI LogC5"));
    let error = config.processor(&odd).unwrap_err().to_string();
    assert!(error.contains("ARRI LogC4"), "{error}");
    assert!(config.with_look("no such look").is_err());
    let missing = OcioConfig::open("/no/such/config.ocio").unwrap_err();
    assert!(missing.to_string().contains("does not exist"), "{missing}");
}

#[test]
fn only_rules_that_mean_a_file_are_followed() {
    let config = OcioConfig::open(ACES).unwrap().exact();
    assert_eq!(config.file_rule("a/b.exr"), None);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.ocio");
    let rules = "file_rules:\n  - !<Rule> {name: Plates, pattern: \"*plate*\", extension: exr, \
                     colorspace: film}\n  - !<Rule> {name: Default, colorspace: raw}\n";
    let (head, tail) = VERSION_1.split_once("displays:").unwrap();
    let text = format!("{head}{rules}displays:{tail}").replace("version: 1", "version: 2");
    std::fs::write(&path, text).unwrap();
    let config = OcioConfig::open(path.to_str().unwrap()).unwrap();
    assert_eq!(config.file_rule("a/plate.1.exr"), Some(ColorSpace::new("film")));
    assert_eq!(config.file_rule("a/comp.1.exr"), None);
}

/// A config of version 1 knows nothing of XYZ: its displays are told by their names.
const VERSION_1: &str = "\
ocio_profile_version: 1
search_path: luts
roles:
  default: raw
  scene_linear: linear
displays:
  sRGB:
    - !<View> {name: Film, colorspace: film}
    - !<View> {name: Lost, colorspace: lost}
colorspaces:
  - !<ColorSpace>
    name: raw
    isdata: true
  - !<ColorSpace>
    name: linear
  - !<ColorSpace>
    name: film
    from_reference: !<ExponentTransform> {value: [0.5, 0.5, 0.5, 1]}
  - !<ColorSpace>
    name: lost
    from_reference: !<FileTransform> {src: gone.cube, interpolation: linear}
";

fn version_1(folder: &std::path::Path) -> OcioConfig {
    config_of(folder, VERSION_1)
}

fn config_of(folder: &std::path::Path, text: &str) -> OcioConfig {
    let path = folder.join("config.ocio");
    std::fs::write(&path, text).unwrap();
    OcioConfig::open(path.to_str().unwrap()).unwrap()
}

/// A config whose views end in spaces of the scene, as Blender's do.
const SCENE_VIEWS: &str = "\
ocio_profile_version: 2
roles: {default: linear, scene_linear: linear, aces_interchange: aces, cie_xyz_d65_interchange: xyz}
displays:
  sRGB:
    - !<View> {name: Toned, colorspace: toned}
    - !<View> {name: Plain, colorspace: plain}
    - !<View> {name: PQ, colorspace: pq}
  BT.1886:
    - !<View> {name: Toned, colorspace: toned}
  Display P3:
    - !<View> {name: Toned, colorspace: toned}
colorspaces:
  - !<ColorSpace> {name: aces}
  - !<ColorSpace> {name: raw, isdata: true}
  - !<ColorSpace>
    name: linear
    aliases: [working]
    to_scene_reference: !<MatrixTransform> {matrix: [0.439632981919, 0.382988698152, \
     0.177378319929, 0, 0.0897764429588, 0.813439428749, 0.0967841282921, 0, 0.0175411703831, \
     0.111546553302, 0.870912276314, 0, 0, 0, 0, 1]}
  - !<ColorSpace>
    name: plain
    from_scene_reference: !<GroupTransform>
      children:
        - !<ColorSpaceTransform> {src: aces, dst: linear}
        - !<ExponentWithLinearTransform> {gamma: 2.4, offset: 0.055, direction: inverse}
  - !<ColorSpace>
    name: toned
    from_scene_reference: !<GroupTransform>
      children:
        - !<ColorSpaceTransform> {src: aces, dst: linear}
        - !<ExponentTransform> {value: 0.25}
  - !<ColorSpace>
    name: pq
    encoding: hdr-video
    from_scene_reference: !<GroupTransform>
      children:
        - !<ColorSpaceTransform> {src: aces, dst: linear}
        - !<ExponentTransform> {value: 0.2}
display_colorspaces:
  - !<ColorSpace> {name: xyz}
";

#[test]
fn a_view_that_ends_in_a_space_of_the_scene_is_not_undone() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_of(folder.path(), SCENE_VIEWS).exact();
    let pixel = [0.5, 0.0625, 0.0];
    let on = |display: &str, view: &str| {
        let config = config.clone().with_display(display).unwrap().with_view(view).unwrap();
        shown(&config, ColorSpace::new("linear"), pixel)
    };
    near(on("sRGB", "Plain"), pixel);
    // the codes are 0.840896, 0.5 and 0
    near(on("sRGB", "Toned"), [0.675_480, 0.214_041, 0.0]);
    near(on("BT.1886", "Toned"), [0.659_754, 0.189_465, 0.0]);
    // and another display's primaries
    near(on("Display P3", "Toned"), [0.779_275, 0.194_634, 0.0]);
    near(on("sRGB", "PQ"), pixel);
}

#[test]
fn no_name_is_no_space() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_of(folder.path(), SCENE_VIEWS);
    assert_eq!(config.resolve(""), None);
    assert_eq!(config.own_name(&ColorSpace::new("")), None);
    let nameless = Detected::named(&ColorSpace::new(""), &config);
    assert!(config.processor(&nameless).is_err());
    // spaces without an interop ID keep the config's name
    for name in ["linear", "working", "scene_linear", "LINEAR"] {
        assert_eq!(config.resolve(name), Some(ColorSpace::new("linear")), "{name}");
    }
    assert_eq!(config.resolve("toned"), Some(ColorSpace::new("toned")));
}

#[test]
fn light_of_other_primaries_goes_by_the_interchange() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_of(folder.path(), SCENE_VIEWS).with_view("Plain").unwrap();
    let spaces =
        ["lin_rec709_scene", "lin_rec2020_scene", "srgb_p3d65_display", "lin_ciexyzd65_scene"];
    for space in spaces.map(ColorSpace::new) {
        let built_in = BuiltIn.processor(&Detected::stated(space.clone())).unwrap();
        let pixel = [0.4_f32, 0.5, 0.3];
        let [mut red, mut green, mut blue] = pixel.map(|value| [value]);
        built_in.apply([&mut red, &mut green, &mut blue]);
        near(shown(&config.clone().exact(), space.clone(), pixel), [red[0], green[0], blue[0]]);
        let fast = shown(&config, space.clone(), pixel);
        let want = [red[0], green[0], blue[0]];
        assert!(fast.iter().zip(want).all(|(one, two)| (one - two).abs() < 0.005), "{fast:?}");
        assert_eq!(config.resolve(space.id()), Some(space.clone()));
    }
}

/// As the configs of ACES 1 call their spaces.
const ACES_1: &str = "\
ocio_profile_version: 1
roles: {default: ACES - ACES2065-1, scene_linear: ACES - ACEScg}
displays:
  ACES:
    - !<View> {name: sRGB, colorspace: Output - sRGB}
colorspaces:
  - !<ColorSpace> {name: ACES - ACES2065-1}
  - !<ColorSpace>
    name: ACES - ACEScg
    to_reference: !<MatrixTransform> {matrix: [0.695452241357, 0.140678696470, 0.163869062172, 0, \
     0.0447945633720, 0.859671118456, 0.0955343181715, 0, -0.00552588255811, 0.00402521030598, \
     1.00150067225, 0, 0, 0, 0, 1]}
  - !<ColorSpace>
    name: Utility - Linear - sRGB
    to_reference: !<MatrixTransform> {matrix: [0.439632981919, 0.382988698152, 0.177378319929, 0, \
     0.0897764429588, 0.813439428749, 0.0967841282921, 0, 0.0175411703831, 0.111546553302, \
     0.870912276314, 0, 0, 0, 0, 1]}
  - !<ColorSpace>
    name: Output - sRGB
    from_reference: !<GroupTransform>
      children:
        - !<ColorSpaceTransform> {src: ACES - ACES2065-1, dst: Utility - Linear - sRGB}
        - !<ExponentTransform> {value: [0.5, 0.5, 0.5, 1]}
  - !<ColorSpace> {name: Utility - Raw, isdata: true}
";

#[test]
fn configs_of_aces_1_have_the_usual_spaces() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_of(folder.path(), ACES_1).exact();
    let own = |id: &str| config.own_name(&ColorSpace::new(id));
    assert_eq!(own("lin_rec709_scene").unwrap(), "Utility - Linear - sRGB");
    assert_eq!(own("lin_ap1_scene").unwrap(), "ACES - ACEScg");
    assert_eq!(own("data").unwrap(), "Utility - Raw");
    assert_eq!(own("srgb_rec709_display"), None, "a tone map that would be undone");
    let grey = |id: &str, code: f32| shown(&config, ColorSpace::new(id), [code; 3]);
    // 0.25 is shown as code 0.5
    near(grey("lin_rec709_scene", 0.25), [0.214_041; 3]);
    near(grey("lin_ap0_scene", 0.25), [0.214_041; 3]);
    near(grey("lin_p3d65_scene", 0.25), [0.214_041; 3]);
    near(grey("srgb_rec709_display", 0.537_099), [0.214_041; 3]);
    assert!(config.processor(&Detected::stated(ColorSpace::new("ARRI LogC4"))).is_err());
}

#[test]
fn displays_of_old_configs_have_the_srgb_curve() {
    let folder = tempfile::tempdir().unwrap();
    let config = version_1(folder.path());
    // 0.25 is shown as code 0.5, which is 0.214 of sRGB light
    near(shown(&config, ColorSpace::new("linear"), [0.25, 0.0, 9.0]), [0.214_041, 0.0, 1.0]);
    // and Rec.709's primaries
    let linear = Detected::stated(ColorSpace::new("linear"));
    let processor = config.processor_for(&linear, Gamut::P3).unwrap();
    let [mut red, mut green, mut blue] = [[4.0], [0.0], [0.0]];
    processor.apply([&mut red, &mut green, &mut blue]);
    near([red[0], green[0], blue[0]], [0.822_462, 0.033_194, 0.017_083]);
}

#[test]
fn a_missing_lut_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = version_1(folder.path()).with_view("Lost").unwrap();
    let linear = Detected::stated(ColorSpace::new("linear"));
    let error = config.processor(&linear).unwrap_err().to_string();
    assert!(error.contains("gone.cube"), "{error}");
}

#[test]
fn whatever_changes_pixels_changes_the_recipe() {
    let config = OcioConfig::open(ACES).unwrap().exact();
    let recipes = [
        config.recipe(),
        config.clone().with_view("Raw").unwrap().recipe(),
        config.clone().with_exposure(0.5).unwrap().recipe(),
        config.clone().with_context("SHOT", "010").recipe(),
    ];
    let distinct: std::collections::BTreeSet<_> = recipes.iter().collect();
    assert_eq!(distinct.len(), recipes.len());
    assert_eq!(config.recipe(), OcioConfig::open(ACES).unwrap().exact().recipe());
}
