//! What is chosen of channel lists and parts, those of renderers and compositors among them.

use super::*;
use crate::error::ErrorKind;
use crate::image::{Attribute, ChannelInfo, SampleType};

fn part(view: Option<&str>, names: &[&str]) -> PartInfo {
    let channel = |name: &&str| ChannelInfo {
        name: (*name).into(),
        sample_type: SampleType::Half,
        sampling: [1, 1],
    };
    let mut part = PartInfo::new(1, 1);
    part.view = view.map(Into::into);
    part.channels = names.iter().map(channel).collect();
    part
}

fn named(name: &str, names: &[&str]) -> PartInfo {
    PartInfo { name: Some(name.into()), ..part(None, names) }
}

fn try_pick(parts: Vec<PartInfo>, selection: &Selection) -> Result<(usize, String, Choice)> {
    let file = FileInfo { format: FORMAT, parts };
    let choice = choose(&file, selection)?;
    Ok((choice.part, choice.names(&file.parts[choice.part]).join(" "), choice))
}

fn picked(parts: Vec<PartInfo>) -> (usize, String) {
    let (part, names, _) = try_pick(parts, &Selection::default()).unwrap();
    (part, names)
}

fn shown(names: &[&str]) -> (String, Shown, &'static str) {
    let (_, names, choice) = try_pick(vec![part(None, names)], &Selection::default()).unwrap();
    (names, choice.shown, choice.reason)
}

#[test]
fn the_first_rule_that_finds_something_wins() {
    let cases: &[(&[&str], &str)] = &[
        (&["A", "B", "G", "R", "diffuse.B", "diffuse.G", "diffuse.R"], "R G B"),
        (
            &["Beauty.B", "Beauty.G", "Beauty.R", "Z", "aov.B", "aov.G", "aov.R"],
            "Beauty.R Beauty.G Beauty.B",
        ),
        (
            &["V.AO.B", "V.AO.G", "V.AO.R", "V.Combined.B", "V.Combined.G", "V.Combined.R"],
            "V.Combined.R V.Combined.G V.Combined.B",
        ),
        (&["A", "Y", "aov.B", "aov.G", "aov.R"], "Y"),
        (&["A", "BY", "RY", "Y"], "RY Y BY"),
        (&["RY", "Y"], "Y"),
        (&["Z", "aov.B", "aov.G", "aov.R"], "aov.R aov.G aov.B"),
        (&["N.B", "N.G", "N.R", "aov.B", "aov.G", "aov.R"], "aov.R aov.G aov.B"),
        (&["A", "one", "three", "two"], "one three two"),
        (&["Z", "foo"], "foo"),
    ];
    for (names, want) in cases {
        assert_eq!(picked(vec![part(None, names)]), (0, (*want).to_owned()));
    }
    assert_eq!(shown(&["B", "G", "R"]).2, "R, G, B");
}

#[test]
fn what_is_no_colour_is_shown_only_where_there_is_none() {
    use Look::{Cryptomatte, Depth, Grey, Ids, Motion, Normal, Position, Vector};
    let crypto = ["CryptoObject00.A", "CryptoObject00.B", "CryptoObject00.G", "CryptoObject00.R"];
    let cases: &[(&[&str], &str, Look)] = &[
        (&["Z"], "Z", Depth),
        (&["A", "Z", "ZBack"], "Z", Depth),
        (&["N.x", "N.y", "N.z"], "N.x N.y N.z", Normal),
        (&["N.B", "N.G", "N.R"], "N.R N.G N.B", Normal),
        (&["forward.u", "forward.v"], "forward.u forward.v", Motion),
        (&["Vector.W", "Vector.X", "Vector.Y", "Vector.Z"], "Vector.X Vector.Y", Motion),
        (&["P.x", "P.y", "P.z"], "P.x P.y P.z", Position),
        (&["bounce.x", "bounce.y", "bounce.z"], "bounce.x bounce.y bounce.z", Vector),
        (
            &crypto,
            "CryptoObject00.R CryptoObject00.G CryptoObject00.B CryptoObject00.A",
            Cryptomatte,
        ),
        (&["objectid"], "objectid", Ids),
        (&["A"], "A", Grey),
        (&["temperature"], "temperature", Grey),
    ];
    for (names, want, look) in cases {
        let (names, shown, reason) = shown(names);
        assert_eq!((names.as_str(), shown), (*want, Shown::Data(*look)), "{reason}");
    }
}

#[test]
fn left_and_hero_come_before_other_views_and_colour_before_either() {
    let rgb = ["B", "G", "R"];
    let stereo = |first, second| vec![part(Some(first), &rgb), part(Some(second), &rgb)];
    assert_eq!(picked(stereo("right", "left")).0, 1);
    assert_eq!(picked(stereo("left", "hero")).0, 1);
    assert_eq!(picked(stereo("a", "b")).0, 0);
    assert_eq!(picked(vec![part(Some("left"), &["Z"]), part(Some("right"), &rgb)]).0, 1);
}

#[test]
fn a_flat_part_comes_before_a_deep_one_of_its_view_and_colour_before_either() {
    let deep =
        |view, names: &[&str]| PartInfo { layout: "deep scanlines".into(), ..part(view, names) };
    let rgb = ["B", "G", "R"];
    assert_eq!(picked(vec![deep(None, &rgb), part(None, &rgb)]).0, 1);
    assert_eq!(picked(vec![part(None, &["Z"]), deep(None, &rgb)]).0, 1);
    assert_eq!(picked(vec![deep(Some("left"), &rgb), part(Some("right"), &rgb)]).0, 0);
}

fn multi_view() -> PartInfo {
    let names = ["B", "G", "R", "Z", "aov.B", "aov.G", "aov.R"];
    let of = |view: &str| {
        let view = view.to_owned();
        names.map(|name| match name.rsplit_once('.') {
            Some((layer, suffix)) => format!("{layer}.{view}.{suffix}"),
            None => format!("{view}.{name}"),
        })
    };
    let all: Vec<String> = names.map(Into::into).into_iter().chain(of("left")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let mut part = part(None, &all);
    let views = ["right", "left"].map(Into::into).to_vec();
    part.attributes.insert("multiView".into(), Attribute::Texts(views));
    part
}

#[test]
fn views_of_one_part_are_told_by_the_word_before_the_last() {
    let pick = |selection: Selection| try_pick(vec![multi_view()], &selection).unwrap();
    let (_, names, choice) = pick(Selection::default());
    assert_eq!((names.as_str(), choice.reason), ("R G B", "R, G, B of the first view"));
    assert_eq!(pick(Selection::default().with_view("right")).1, "R G B");
    let left = Selection::default().with_view("left");
    assert_eq!(pick(left.clone()).1, "left.R left.G left.B");
    assert_eq!(pick(left.clone().with_layer("aov")).1, "aov.left.R aov.left.G aov.left.B");
    assert_eq!(pick(Selection::default().with_layer("aov")).1, "aov.R aov.G aov.B");
    assert_eq!(pick(Selection::default().with_layer("left")).1, "left.R left.G left.B");
    assert_eq!(pick(left.with_layer("left.Z")).1, "left.Z");
}

#[test]
fn parts_layers_and_channels_are_named() {
    let parts = || {
        let beauty = named("beauty", &["A", "B", "G", "R", "spec.B", "spec.G", "spec.R"]);
        vec![beauty, named("7", &["Z"]), part(None, &["foo"])]
    };
    let pick = |selection: Selection| {
        let (part, names, _) = try_pick(parts(), &selection).unwrap();
        (part, names)
    };
    let default = Selection::default;
    assert_eq!(pick(default().with_part("7")), (1, "Z".into()));
    assert_eq!(pick(default().with_part("1")), (1, "Z".into()));
    assert_eq!(pick(default().with_part("2")), (2, "foo".into()));
    assert_eq!(pick(default().with_layer("spec")), (0, "spec.R spec.G spec.B".into()));
    assert_eq!(pick(default().with_layer("spec.G")), (0, "spec.G".into()));
    assert_eq!(pick(default().with_layer("G")), (0, "G".into()));
    assert_eq!(pick(default().with_layer("Z")), (1, "Z".into()));
    let (_, _, choice) = try_pick(parts(), &default().with_layer("spec.G")).unwrap();
    assert_eq!(choice.shown, Shown::Stored);
}

#[test]
fn what_is_not_there_is_refused_with_what_is() {
    let parts = || vec![named("beauty", &["B", "G", "R", "spec.R"]), part(Some("left"), &["Z"])];
    let refused = |selection: Selection| {
        let error = try_pick(parts(), &selection).unwrap_err();
        let ErrorKind::NoSuch { what, available, .. } = error.kind() else { panic!("{error}") };
        (*what, available.join(" "))
    };
    let default = Selection::default;
    assert_eq!(refused(default().with_part("x")), ("part", "beauty 1".into()));
    assert_eq!(refused(default().with_part("2")), ("part", "beauty 1".into()));
    assert_eq!(refused(default().with_view("x")), ("view", "left".into()));
    assert_eq!(refused(default().with_layer("x")), ("layer", "spec B G R Z".into()));
    assert_eq!(refused(default().with_layer("")), ("layer", "spec B G R Z".into()));
    assert_eq!(refused(default().with_part("1").with_layer("spec")), ("layer", "Z".into()));
}

/// Channel lists as renderers and hosts write them into one part, and what of them is the picture.
/// `N.{xyz}` stands for `N.x`, `N.y` and `N.z`.
const LISTS: &[(&str, &str, &str)] = &[
    (
        "Arnold",
        "{RGBA}, Z, N.{XYZ}, P.{XYZ}, albedo.{RGB}, diffuse.{RGB}, specular.{RGB}, crypto_object00.{RGBA}",
        "{RGB}",
    ),
    ("Arnold, AOVs alone", "albedo.{RGB}, beauty.{RGB}, N.{XYZ}", "beauty.{RGB}"),
    ("Arnold, light groups", "RGBA_key.{RGB}, RGBA_rim.{RGB}, RGBA.{RGB}", "RGBA.{RGB}"),
    ("Arnold, denoised", "N.{XYZ}, beauty_denoise.{RGB}, albedo.{RGB}", "beauty_denoise.{RGB}"),
    (
        "V-Ray",
        "{RGBA}, VRayNormals.{RGB}, VRayZDepth.Z, VRayVelocity.{RGB}, diffuse.{RGB}",
        "{RGB}",
    ),
    (
        "V-Ray, elements",
        "Alpha.Y, RGB_color.{RGB}, effectsResult.{RGB}, normals.{XYZ}, velocity.{XYZ}",
        "RGB_color.{RGB}",
    ),
    ("RenderMan", "Ci.{rgb}, a, z, albedo.{rgb}, normal.{rgb}, sampleCount", "Ci.{rgb}"),
    ("RenderMan, plain", "r, g, b, a, z, __Nworld.{xyz}, __Pworld.{xyz}, __st.{xy}", "{rgb}"),
    (
        "RenderMan, denoiser",
        "albedo.{rgb}, albedo_mse.{rgb}, albedo_var.{rgb}, Ci.{rgb}, diffuse_mse.{rgb}, mse.{rgb}",
        "Ci.{rgb}",
    ),
    (
        "Redshift",
        "Main.{RGBA}, BumpNormals.{XYZ}, Depth.Z, DiffuseLighting.{RGB}, ObjectID.R",
        "Main.{RGB}",
    ),
    ("Redshift, plain", "{RGBA}, Z, rsWorldPosition.{XYZ}, PuzzleMatte.{RGB}", "{RGB}"),
    ("Karma", "C.{rgba}, N.{xyz}, P.{xyz}, depth, albedo.{rgb}", "C.{rgb}"),
    ("Karma, color", "color.{rgb}, albedo.{rgb}", "color.{rgb}"),
    ("Mantra", "C.{RGBA}, Pz, direct_diffuse.{RGB}, N.{xyz}", "C.{RGB}"),
    ("Houdini", "{RGBA}, Pz, direct.{RGB}", "{RGB}"),
    (
        "Cycles",
        "ViewLayer.AO.{RGB}, ViewLayer.Combined.{RGBA}, ViewLayer.Depth.Z, ViewLayer.Normal.{XYZ}, ViewLayer.Vector.{XYZW}, ViewLayer.IndexOB.X",
        "ViewLayer.Combined.{RGB}",
    ),
    (
        "Cycles, composited",
        "Background.Combined.{RGB}, Composite.Combined.{RGB}, ViewLayer.Combined.{RGB}",
        "Composite.Combined.{RGB}",
    ),
    (
        "Cycles, denoising data",
        "View Layer.Denoising Albedo.{RGB}, View Layer.Denoising Normal.{XYZ}, View Layer.Noisy Image.{RGB}",
        "View Layer.Noisy Image.{RGB}",
    ),
    (
        "Cycles, cryptomatte",
        "ViewLayer.CryptoObject00.{rgba}, ViewLayer.Combined.{RGBA}",
        "ViewLayer.Combined.{RGB}",
    ),
    ("Blender, file output", "Depth.V, Image.{RGBA}, Normal.{XYZ}", "Image.{RGB}"),
    ("Nuke", "{RGBA}, depth.Z, forward.{uv}, motion.{uv}, mask.A", "{RGB}"),
    (
        "Nuke, words",
        "beauty.red, beauty.green, beauty.blue, depth.Z, spec.red, spec.green, spec.blue",
        "beauty.red, beauty.green, beauty.blue",
    ),
    ("Natron", "Color.{RGBA}, DisparityLeft.{XY}, Forward.{UV}", "Color.{RGB}"),
    (
        "Octane",
        "Beauty.{RGBA}, Z-depth.{RGB}, Geometric normal.{RGB}, Denoised beauty.{RGB}",
        "Beauty.{RGB}",
    ),
    ("Octane, old", "DeMain.{RGB}, MatId.{RGB}, AO.{RGB}", "DeMain.{RGB}"),
    (
        "Corona",
        "{RGBA}, CGeometry_ZDepth.{RGB}, CMasking_ID.{RGB}, CEssential_Direct.{RGB}",
        "{RGB}",
    ),
    ("Fusion", "{RGBA}, Z, Coverage, ObjectId, U, V, NX, NY, NZ, XV, YV, Bkg{RGB}", "{RGB}"),
    ("After Effects, ProEXR", "Comp 1.{RGBA}, Final Comp.{RGBA}", "Final Comp.{RGB}"),
    ("Cinema 4D", "RGBA Image.{RGBA}, Ambient Occlusion.{RGB}, Depth.Z", "RGBA Image.{RGB}"),
    (
        "modo",
        "Final Color Output.{RGBA}, Depth.Z, Shading Normal.{RGB}",
        "Final Color Output.{RGB}",
    ),
    ("LightWave", "Final_Render.{RGB}, Depth.Z, Normal.{XYZ}", "Final_Render.{RGB}"),
    ("Unreal", "FinalImageWorldDepth.{RGB}, FinalImage.{RGBA}", "FinalImage.{RGB}"),
    ("Maya", "masterLayer.{RGB}, rim_layer.{RGB}", "masterLayer.{RGB}"),
    ("Guerilla", "Albedo.{RGB}, Beauty.{RGB}, Depth.Z", "Beauty.{RGB}"),
    (
        "LuxCore",
        "ALBEDO.{RGB}, RGB_IMAGEPIPELINE.{RGB}, SHADING_NORMAL.{XYZ}",
        "RGB_IMAGEPIPELINE.{RGB}",
    ),
    (
        "pbrt",
        "{RGB}, Albedo.{RGB}, N.{XYZ}, Ns.{XYZ}, P.{XYZ}, Variance.{RGB}, dzdx, dzdy, u, v",
        "{RGB}",
    ),
    ("pbrt, emission", "Le{RGB}", "Le{RGB}"),
    ("Mitsuba", "color.{RGBA}, nn.{XYZ}, dd.Y", "color.{RGB}"),
    ("upper case", "RED, GREEN, BLUE", "RED, GREEN, BLUE"),
    ("lower case", "red, green, blue, alpha", "red, green, blue"),
    ("mixed case", "R, g, B", "R, g, B"),
    ("mixed spelling", "Red, G, blue", "Red, G, blue"),
    ("twice", "{RGB}, {rgb}", "{RGB}"),
    ("colons", "beauty:{RGB}, depth:Z", "beauty:{RGB}"),
    ("underscores", "beauty_{RGBA}, depth_Z, diffuse_{RGB}", "beauty_{RGB}"),
    ("slashes", "light/{RGB}, beauty/{RGB}", "beauty/{RGB}"),
    ("brackets", "X.[red], X.[green], X.[blue]", "X.[red], X.[green], X.[blue]"),
    ("dots behind", "R., G., B.", "R., G., B."),
    ("the colour first", "R_beauty, G_beauty, B_beauty", "R_beauty, G_beauty, B_beauty"),
    ("words glued", "beautyRed, beautyGreen, beautyBlue", "beautyRed, beautyGreen, beautyBlue"),
    ("initials", "Bval, Gval, Rval", "Rval, Gval, Bval"),
    ("suffixes", "rgba_main.{RGB}, rgba_key.{RGB}", "rgba_main.{RGB}"),
    ("dotted suffixes", "beauty.denoised.{RGB}, beauty_albedo.{RGB}", "beauty.denoised.{RGB}"),
    ("any case", "DEPTH.Z, BEAUTY.{rgb}", "BEAUTY.{rgb}"),
    ("other languages", "AO.{RGB}, ビューティ.{RGB}", "AO.{RGB}"),
    ("a vector", "x, y, z", "x, y, z"),
    ("a vector in capitals", "X, Y, Z", "X, Y, Z"),
    ("luminance and depth", "Y, Z", "Y"),
    ("two colours", "G, R", "{RG}"),
    ("two others", "B, R, A", "R, B"),
    ("a pair of a layer", "foo.{RG}", "foo.{RG}"),
    ("normals as colours", "N.{RGB}", "N.{RGB}"),
    ("mattes", "id_mattes.{RGB}", "id_mattes.R"),
    ("multimatte", "MultiMatte.{RGB}", "MultiMatte.{RGB}"),
];

/// The channels of a list, in its order.
fn listed(list: &str) -> Vec<String> {
    let each = |name: &str| match name.split_once('{') {
        None => vec![name.to_owned()],
        Some((layer, channels)) => {
            let channels = channels.trim_end_matches('}').chars();
            channels.map(|channel| format!("{layer}{channel}")).collect()
        }
    };
    list.split(", ").flat_map(each).collect()
}

fn listed_part(name: Option<&str>, list: &str) -> PartInfo {
    let mut names = listed(list);
    names.sort();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    PartInfo { name: name.map(Into::into), ..part(None, &names) }
}

#[test]
fn the_beauty_is_found_in_the_channels_of_one_part() {
    for (who, list, want) in LISTS {
        let (_, names) = picked(vec![listed_part(None, list)]);
        assert_eq!(names, listed(want).join(" "), "{who}: {list}");
    }
}

/// The names of parts, each with its channels.
type Named = &'static [(&'static str, &'static str)];

/// Parts as renderers and hosts write them, and the number of the one that is the picture.
const PARTS: &[(&str, Named, usize)] = &[
    ("Arnold", &[("albedo", "{RGB}"), ("RGBA", "{RGBA}"), ("Z", "Z")], 1),
    ("V-Ray", &[("VRayNormals", "{RGB}"), ("rgba", "{RGBA}")], 1),
    ("V-Ray, elements", &[("Alpha", "{RGB}"), ("diffuse", "{RGB}"), ("RGB color", "{RGB}")], 2),
    ("Redshift", &[("Depth", "Z"), ("DiffuseLighting", "{RGB}"), ("Main", "{RGBA}")], 2),
    ("RenderMan", &[("albedo", "{rgb}"), ("Ci", "{rgb}"), ("Nn", "{xyz}")], 1),
    ("Karma", &[("N", "{xyz}"), ("P", "{xyz}"), ("albedo", "{rgb}"), ("C", "{rgba}")], 3),
    ("Karma, layers", &[("albedo", "albedo.{rgb}"), ("beauty", "C.{rgba}")], 1),
    (
        "Cycles",
        &[("ViewLayer.Depth", "Z"), ("ViewLayer.AO", "{RGB}"), ("ViewLayer.Combined", "{RGBA}")],
        2,
    ),
    ("Nuke", &[("depth", "Z"), ("rgba", "{RGBA}"), ("spec", "{RGB}")], 1),
    ("Nuke, layers", &[("depth", "depth.Z"), ("spec", "spec.{RGB}"), ("rgba", "{RGBA}")], 2),
    ("Natron", &[("Forward", "Forward.{UV}"), ("Color", "Color.{RGBA}")], 1),
    ("Octane", &[("Z-depth", "{RGB}"), ("Geometric normal", "{RGB}"), ("Beauty", "{RGBA}")], 2),
    ("Fusion", &[("Normals", "{RGB}"), ("Final", "{RGBA}")], 1),
    ("modo", &[("Depth", "{RGB}"), ("Final Color Output", "{RGBA}")], 1),
    ("suffixes", &[("rgba_key", "{RGB}"), ("rgba_main", "{RGB}"), ("rgba_fill", "{RGB}")], 1),
    ("denoised", &[("beauty_albedo", "{RGB}"), ("beauty.denoised", "{RGB}")], 1),
    ("no names", &[("part0", "{RGB}"), ("part1", "{RGB}")], 0),
    ("numbers alone", &[("N", "{RGB}"), ("P", "{RGB}")], 0),
    ("a layer elsewhere", &[("aux", "{RGB}"), ("all", "beauty.{RGB}")], 1),
    ("luminance", &[("mask", "Y"), ("beauty", "Y")], 1),
    ("cryptomatte", &[("CryptoObject00", "{RGBA}"), ("foo", "{RGBA}")], 1),
    ("motion", &[("motion", "{RG}"), ("foo", "Y")], 1),
];

#[test]
fn the_beauty_is_found_among_parts() {
    for (who, parts, want) in PARTS {
        let parts = parts.iter().map(|(name, list)| listed_part(Some(name), list)).collect();
        assert_eq!(picked(parts).0, *want, "{who}");
    }
}

#[test]
fn numbers_that_are_no_colour_are_data_by_their_parts_name_too() {
    let parts = vec![listed_part(Some("VRayNormals"), "{RGB}"), listed_part(Some("id"), "{RGB}")];
    let (part, names, choice) = try_pick(parts, &Selection::default()).unwrap();
    assert_eq!((part, names.as_str()), (0, "R G B"));
    assert_eq!(choice.shown, Shown::Data(Look::Normal));
}

fn warning(parts: Vec<PartInfo>, selection: &Selection) -> Option<String> {
    try_pick(parts, selection).unwrap().2.warning
}

#[test]
fn a_choice_that_no_name_tells_is_warned_of() {
    let of = |list: &str| warning(vec![listed_part(None, list)], &Selection::default());
    for list in ["{RGBA}, aov.{RGB}", "beauty.{RGB}, aov.{RGB}", "aov.{RGB}", "Z", "Y, aov.{RGB}"] {
        assert_eq!(of(list), None, "{list}");
    }
    assert_eq!(
        of("diffuse.{RGB}, specular.{RGB}, N.{XYZ}").unwrap(),
        "no name says which is the picture: `diffuse` is shown; there is also `specular`"
    );
    assert_eq!(
        of("A.Combined.{RGB}, B.Combined.{RGB}").unwrap(),
        "no name says which is the picture: `A.Combined` is shown; there is also `B.Combined`"
    );
    let many: Vec<_> = (10..25).map(|at| format!("l{at}.{{RGB}}")).collect();
    assert!(of(&many.join(", ")).unwrap().ends_with("`l17`, `l18` and 6 more"));
    let parts = || ["foo", "bar"].map(|name| listed_part(Some(name), "{RGB}")).to_vec();
    assert_eq!(
        warning(parts(), &Selection::default()).unwrap(),
        "no name says which is the picture: `foo` is shown; there is also `bar`"
    );
    assert_eq!(warning(parts(), &Selection::default().with_part("bar")), None);
    let layers = vec![listed_part(None, "a.{RGB}, b.{RGB}")];
    assert_eq!(warning(layers, &Selection::default().with_layer("b")), None);
}

#[test]
fn views_are_no_second_beauty() {
    let view = |name: &str, view: &str| PartInfo {
        view: Some(view.into()),
        ..listed_part(Some(name), "{RGBA}")
    };
    let parts = || vec![view("rgba.right", "right"), view("rgba.left", "left")];
    assert_eq!(picked(parts()).0, 1);
    assert_eq!(warning(parts(), &Selection::default()), None);
}
