//! Spaces that the built-in transforms do not have (cameras' log curves, ADX, PQ and HLG), from the
//! studio config that OpenColorIO carries.
//!
//! Only its spaces are used, none of its views: light stays colorimetric. High dynamic range is
//! shown with its reference white, 203 cd/m² (ITU-R BT.2408), at display white.

use std::sync::{Arc, LazyLock};

use super::exact::Exact;
use super::path::{self, ABSOLUTE, Path};
use super::{OcioConfig, lookup};
use crate::color::Processor;
use crate::error::Result;
use crate::space::{ColorSpace, Gamut};

/// Named with its version: `ocio://default` is another one with every release.
const STUDIO: &str = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5";

fn studio() -> Option<&'static OcioConfig> {
    static CONFIG: LazyLock<Option<OcioConfig>> = LazyLock::new(|| OcioConfig::open(STUDIO).ok());
    CONFIG.as_ref()
}

/// The Color Interop ID of a space by any of its names.
pub(in crate::color) fn resolve(name: &str) -> Option<ColorSpace> {
    let id = studio()?.config().get_color_space(name)?.interop_id();
    (!id.is_empty()).then(|| ColorSpace::new(id))
}

/// All names of a space, among them those that it has in the configs of ACES 1, such as
/// `Utility - Linear - sRGB`. A role is no name: it is another space in another config.
pub(super) fn names(space: &ColorSpace) -> impl Iterator<Item = &'static str> {
    let config = studio().map(OcioConfig::config).filter(|config| !config.has_role(space.id()));
    let known = config.and_then(|config| config.get_color_space(space.id()));
    known.into_iter().flat_map(|known| {
        std::iter::once(known.name()).chain(known.aliases().iter().map(String::as_str))
    })
}

/// The way from a space to display-linear light; `None` for a space that the config lacks.
pub(in crate::color) fn processor(
    space: &ColorSpace,
    gamut: Gamut,
) -> Option<Result<Arc<dyn Processor>>> {
    let studio = studio()?;
    let name = lookup::space(studio.config(), space)?;
    let is_hdr = path::is_hdr(studio.config(), &name);
    let gain = if is_hdr { ABSOLUTE } else { 1.0 };
    let Path { to_light, scale } = path::of_space(studio.config(), &name, gain, gamut)?;
    Some(Exact::new(studio, &name, &to_light, None, scale).map(|exact| Arc::new(exact) as _))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{BuiltIn, ColorConfig, Detected};

    fn light(id: &str, code: f32) -> f32 {
        let processor = BuiltIn.processor(&Detected::stated(ColorSpace::new(id))).unwrap();
        let [mut red, mut green, mut blue] = [[code]; 3];
        processor.apply([&mut red, &mut green, &mut blue]);
        assert!(
            (red[0] - green[0]).abs() < 1e-4 && (green[0] - blue[0]).abs() < 1e-4,
            "{id} greys"
        );
        green[0]
    }

    /// The code of 18 % grey by each maker's paper.
    #[test]
    fn grey_is_grey_in_every_cameras_log() {
        let cases = [
            ("arri_logc3_ei800", 0.391),
            ("arri_logc4", 0.278_4),
            ("slog3_sgamut3", 420.0 / 1023.0),
            ("slog3_sgamut3cine", 420.0 / 1023.0),
            ("canonlog2_cinemagamut_d55", 0.398_25),
            ("canonlog3_cinemagamut_d55", 0.343_4),
            ("vlog_vgamut", 0.423_3),
            ("log3g10_redwidegamutrgb", 1.0 / 3.0),
            ("apple_log", 0.488_3),
            ("acescct", 0.413_588),
            ("acescc", 0.413_588),
            ("bmdfilm_widegamut_gen5", 0.383_56),
            ("dlog_dgamut", 0.398_7),
            ("davinci_intermediate_widegamut", 0.336_04),
        ];
        for (name, code) in cases {
            let got = light(name, code);
            assert!((got - 0.18).abs() < 0.003, "{name}: {got}");
        }
    }

    #[test]
    fn reference_white_of_hdr_is_display_white() {
        // ITU-R BT.2408: 58 % PQ, 75 % HLG
        for (id, code) in [("pq_rec2020_display", 0.58), ("hlg_rec2020_display", 0.75)] {
            let got = light(id, code);
            assert!((got - 1.0).abs() < 0.02, "{id}: {got}");
            assert!(light(id, code / 2.0) < 0.2, "{id}");
        }
    }

    #[test]
    fn a_space_has_its_names_of_aces_1_too() {
        let has = |id: &str, name: &str| names(&ColorSpace::new(id)).any(|known| known == name);
        assert!(has("lin_rec709_scene", "Utility - Linear - sRGB"));
        assert!(has("ocio:acescct_ap1_scene", "ACES - ACEScct"));
        assert!(has("arri_logc3_ei800", "Input - ARRI - V3 LogC (EI800) - Wide Gamut"));
        for none in ["", "scene_linear", "default", "ARRI LogC5"] {
            assert_eq!(names(&ColorSpace::new(none)).count(), 0, "{none}");
        }
    }

    #[test]
    fn names_and_aliases_are_one_id() {
        for name in ["ARRI LogC4", "arri_logc4", "ocio:arrilogc4_awg4_scene"] {
            assert_eq!(resolve(name).unwrap().id(), "ocio:arrilogc4_awg4_scene");
        }
        assert_eq!(resolve("ARRI LogC5"), None);
    }
}
