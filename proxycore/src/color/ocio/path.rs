//! From what a view shows to light of a display's gamut.

use ocio::Config;

use super::engine::OcioStep;
use crate::color::curve::Curve;
use crate::color::matrix::Matrix;
use crate::color::primaries::{self, Chromaticities, P3D65, REC709, REC2020};
use crate::space::Gamut;

/// The last steps of a transform, and what is left for a pixel that has gone through it.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) to_light: Vec<OcioStep>,
    pub(super) scale: Scale,
}

/// What the numbers at the end of a transform are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// Light.
    Linear,
    /// Codes of a display whose space the config does not connect to XYZ: of configs of version 1,
    /// and of views that end in a space of the scene or show numbers as they are. The matrix goes
    /// from the display's primaries to another gamut.
    Codes(Curve, Option<[[f32; 3]; 3]>),
}

impl Scale {
    /// The light of a pixel; it may lie outside 0..=1.
    pub(super) fn light(self, pixel: [f32; 4]) -> [f32; 4] {
        let Self::Codes(curve, matrix) = self else { return pixel };
        let light = pixel.map(|value| curve.exact(value.clamp(0.0, 1.0).into()) as f32);
        let Some(rows) = matrix else { return light };
        let [red, green, blue, alpha] = light;
        let [red, green, blue] = rows.map(|row| row[0] * red + row[1] * green + row[2] * blue);
        [red, green, blue, alpha]
    }

    /// Codes of a display that is known by its name.
    fn of_codes(display: &str, gamut: Gamut) -> Self {
        let own = primaries_of(display);
        let is_own = own == primaries::of(gamut) && !gamut.is_hdr();
        let matrix = if is_own { None } else { own.to(gamut) };
        let matrix = matrix.map(|rows| rows.map(|row| row.map(|value| value as f32)));
        Self::Codes(curve_of(display), matrix)
    }
}

/// The role of CIE XYZ with a D65 white, which display spaces of version 2 are connected by.
pub(super) const XYZ: &str = "cie_xyz_d65_interchange";

/// The role of ACES2065-1, which the scene's spaces of version 2 are connected by.
pub(super) const ACES: &str = "aces_interchange";

/// White for light that is absolute: 1.0 of OpenColorIO's display-referred XYZ is 100 cd/m² there,
/// and diffuse white is 203 (ITU-R BT.2408).
pub(super) const ABSOLUTE: f64 = 100.0 / 203.0;

/// Finds the way from the space that a view ends in.
///
/// A view that ends in a space of the scene has made its codes for the display in that space's own
/// transform, as Blender's do, tone map and all: to undo the space would undo the view. What is left
/// is the display, which is told by its name. A space that says it is of high dynamic range is
/// undone, for no such curve is told by a name.
///
/// A display has codes of 0..=1. What a view has beyond them lies outside of its display, and would
/// come back as colour of a wider gamut; Rec.709's light is clipped at its own edge, which is that of
/// the narrowest display.
///
/// A brighter gamut takes light of a display of high dynamic range for what it is in cd/m², so that
/// the display's codes come out again; other displays have their white at diffuse white.
pub(super) fn to_light(config: &Config, display: &str, view: &str, gamut: Gamut) -> Path {
    let named = config.display_view_color_space_name(display, view);
    let named = if named.eq_ignore_ascii_case("<USE_DISPLAY_NAME>") { display } else { named };
    let codes = || Path { to_light: Vec::new(), scale: Scale::of_codes(display, gamut) };
    if !is_display(config, named) && !is_hdr(config, named) {
        return codes();
    }
    let is_absolute = gamut.is_hdr() && is_hdr(config, named);
    let gain = if is_absolute { ABSOLUTE } else { 1.0 };
    let Some(mut path) = of_space(config, named, gain, gamut) else { return codes() };
    if gamut != Gamut::Rec709 {
        path.to_light.insert(0, OcioStep::Clip);
    }
    path
}

/// Whether a space is of a display, rather than of the scene.
fn is_display(config: &Config, name: &str) -> bool {
    let space = config.get_color_space(name);
    space.is_some_and(|space| space.reference_space_type() == ocio::ReferenceSpaceType::Display)
}

/// Whether a config says that a space is of high dynamic range.
pub(super) fn is_hdr(config: &Config, name: &str) -> bool {
    config.get_color_space(name).is_some_and(|space| {
        let curve = space.interop_id().split('_').next().unwrap_or_default();
        space.encoding() == "hdr-video" || matches!(curve, "pq" | "hlg")
    })
}

/// The way from a space, with its light times `gain`; `None` for one of data, or that the config
/// connects to nothing we know.
pub(super) fn of_space(config: &Config, name: &str, gain: f64, gamut: Gamut) -> Option<Path> {
    let space = config.get_color_space(name)?;
    let is_display = is_display(config, name);
    let (role, matrix) = if space.is_data() {
        return None;
    } else if is_display && config.has_role(XYZ) {
        (XYZ, primaries::xyz_to(gamut))
    } else if !is_display && config.has_role(ACES) {
        (ACES, primaries::named("ap0").and_then(|ap0| ap0.to(gamut)))
    } else {
        return None;
    };
    let matrix = OcioStep::Matrix(square(&matrix?, gain));
    let to_role = OcioStep::space(name, role);
    Some(Path { to_light: vec![to_role, matrix], scale: Scale::Linear })
}

pub(super) fn square(rows: &Matrix, gain: f64) -> [f64; 16] {
    let mut all = ocio::IDENTITY_MATRIX44;
    for (row, values) in rows.iter().enumerate() {
        all[4 * row..4 * row + 3].copy_from_slice(&values.map(|value| gain * value));
    }
    all
}

/// The curve of a display by its name.
fn curve_of(display: &str) -> Curve {
    let name = display.to_lowercase();
    let words = ["rec709", "rec.709", "1886", "bt709", "2020"];
    let is_video = words.iter().any(|word| name.contains(word));
    if is_video { Curve::Gamma(2.4) } else { Curve::Srgb }
}

/// The primaries of a display by its name.
fn primaries_of(display: &str) -> Chromaticities {
    let name = display.to_lowercase();
    let known = [("p3", P3D65), ("2020", REC2020)];
    known.iter().find(|(word, _)| name.contains(word)).map_or(REC709, |(_, primaries)| *primaries)
}
