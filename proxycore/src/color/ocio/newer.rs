//! Configs of OpenColorIO 2.6, for a port that knows those of 2.5.
//!
//! Version 2.6 adds a built-in transform (Apple Log 2) and displays by the aliases of their colour
//! spaces. Its two built-in configs are those of 2.5 with a display renamed and two spaces more, so
//! that they are made of those here.

use std::borrow::Cow;

use super::guard::built_in_text;

/// The built-in configs of 2.6, and those of 2.5 that they are made of.
const BUILT_IN: &[[&str; 2]] = &[
    ["cg-config-v5.0.0_aces-v2.1_ocio-v2.6", "cg-config-v4.0.0_aces-v2.0_ocio-v2.5"],
    ["studio-config-v5.0.0_aces-v2.1_ocio-v2.6", "studio-config-v4.0.0_aces-v2.0_ocio-v2.5"],
];

/// What differs between the two.
const CHANGES: &[[&str; 2]] = &[
    [
        "[COLORSPACES v4.0.0] [ACES v2.0] [OCIO v2.5]",
        "[COLORSPACES v5.0.0] [ACES v2.1] [OCIO v2.6]",
    ],
    ["\n  P3-D65 - Display:", "\n  Gamma 2.6 P3-D65 - Display:"],
    [", P3-D65 - Display", ", Gamma 2.6 P3-D65 - Display"],
    ["\n    name: P3-D65 - Display", "\n    name: Gamma 2.6 P3-D65 - Display"],
    [
        "aliases: [p3d65_display, g26_p3d65_display]",
        "aliases: [g26_p3d65_display, P3-D65 - Display, p3d65_display]",
    ],
    ["ocio:g24_rec709_scene]", "ocio:g24_rec709_scene, g24_rec709_scene]"],
    ["interop_id: ocio:g24_rec709_scene", "interop_id: g24_rec709_scene"],
    // the studio config alone has it
    ["  - !<ColorSpace>\n    name: ARRI LogC3 (EI800)\n", APPLE_LOG_2],
];

const APPLE_LOG_2: &str = "  - !<ColorSpace>
    name: Apple Log 2
    aliases: [apple_log_2, ocio:applelog_applewg_scene]
    interop_id: ocio:applelog_applewg_scene
    family: Input/Apple
    encoding: log
    to_scene_reference: !<BuiltinTransform> {style: APPLE_LOG-APPLEWG_to_ACES2065-1}
  - !<ColorSpace>
    name: Linear Apple Wide Gamut
    aliases: [lin_apple_wide_gamut, ocio:lin_applewg_scene]
    interop_id: ocio:lin_applewg_scene
    family: Input/Apple
    encoding: scene-linear
    to_scene_reference: !<MatrixTransform> {matrix: [0.694961049318096, 0.241405268785364, \
0.06363368189654, 0, 0.0473627464149326, 1.00429592505428, -0.0516586714692157, 0, \
-0.021989789359883, -0.0289891049714743, 1.05097889433136, 0, 0, 0, 0, 1]}
  - !<ColorSpace>
    name: ARRI LogC3 (EI800)
";

/// What stands for a built-in transform that the port lacks.
const STYLES: &[[&str; 2]] = &[[
    "!<BuiltinTransform> {style: APPLE_LOG-APPLEWG_to_ACES2065-1}",
    "!<GroupTransform> {children: [!<BuiltinTransform> {style: CURVE - APPLE_LOG_to_LINEAR}, \
!<MatrixTransform> {matrix: [0.694961049318096, 0.241405268785364, 0.06363368189654, 0, \
0.0473627464149326, 1.00429592505428, -0.0516586714692157, 0, -0.021989789359883, \
-0.0289891049714743, 1.05097889433136, 0, 0, 0, 0, 1]}]}",
]];

/// The newest minor version of configs that the port reads.
const NEWEST: u32 = 5;

/// The text of a built-in config of 2.6, by its name behind `ocio://`.
pub(super) fn built_in(name: &str) -> Option<String> {
    let name = name.strip_prefix("ocio://")?;
    let [name, older] = BUILT_IN.iter().find(|[known, _]| *known == name)?;
    let text = built_in_text(&format!("ocio://{older}"))?.replace(older, name);
    Some(CHANGES.iter().fold(text, |text, [from, to]| text.replace(from, to)))
}

/// A config's text as the port reads it: a version 2.6 or later is called 2.5, and what stands for
/// its built-in transforms put in their place.
pub(super) fn adapted(text: &str) -> Cow<'_, str> {
    if minor_version(text).is_none_or(|minor| minor <= NEWEST) && !text.contains(STYLES[0][0]) {
        return text.into();
    }
    let line = |line: &str| match line.split_once(':') {
        Some(("ocio_profile_version", _)) => format!("ocio_profile_version: 2.{NEWEST}\n"),
        // displays are found by aliases whatever it says
        Some(("use_display_aliases", _)) => String::new(),
        _ => format!("{line}\n"),
    };
    let text: String = text.lines().map(line).collect();
    STYLES.iter().fold(text, |text, [from, to]| text.replace(from, to)).into()
}

/// The minor version of a config of version 2.
fn minor_version(text: &str) -> Option<u32> {
    let version = text.lines().find_map(|line| line.strip_prefix("ocio_profile_version:"))?;
    version.trim().strip_prefix("2.")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::OcioConfig;

    #[test]
    fn configs_of_2_6_open_by_name_and_as_files() {
        for [name, _] in BUILT_IN {
            let name = format!("ocio://{name}");
            let config = OcioConfig::open(name.as_str()).unwrap();
            for display in ["Gamma 2.6 P3-D65 - Display", "P3-D65 - Display"] {
                config.clone().with_display(display).unwrap();
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("config.ocio");
            let text = built_in(&name).unwrap();
            let text = text.replace("ocio_profile_version: 2.5", "ocio_profile_version: 2.6");
            std::fs::write(&path, text).unwrap();
            OcioConfig::open(path.to_str().unwrap()).unwrap();
        }
    }

    #[test]
    fn older_versions_stay_as_they_are() {
        for version in ["1", "2", "2.0", "2.5"] {
            let text = format!("ocio_profile_version: {version}\nuse_display_aliases: true\n");
            assert_eq!(adapted(&text), text);
        }
        assert_eq!(
            adapted("ocio_profile_version: 2.7\nuse_display_aliases: true\nroles: {}\n"),
            "ocio_profile_version: 2.5\nroles: {}\n"
        );
    }
}
