//! From what a view shows to light of a display's gamut.

use ocio::Config;

pub(super) use super::display::Scale;
use super::display::{self, Assumed, DisplayCodes};
use super::engine::OcioStep;
use crate::color::matrix::Matrix;
use crate::color::primaries;
use crate::space::Gamut;

/// The last steps of a transform, and what is left for a pixel that has gone through it.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) to_light: Vec<OcioStep>,
    pub(super) scale: Scale,
}

/// The role of CIE XYZ with a D65 white, which display spaces of version 2 are connected by.
pub(super) const XYZ: &str = "cie_xyz_d65_interchange";

/// The role of ACES2065-1, which the scene's spaces of version 2 are connected by.
pub(super) const ACES: &str = "aces_interchange";

/// White for light that is absolute: 1.0 of OpenColorIO's display-referred XYZ is 100 cd/m² there,
/// and diffuse white is 203 (ITU-R BT.2408).
pub(super) const ABSOLUTE: f64 = 100.0 / 203.0;

/// A display and a view of it, and the space of the display's codes where somebody says it.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) display: String,
    pub(super) view: String,
    pub(super) codes: Option<DisplayCodes>,
}

impl Shown {
    /// The space that the view ends in.
    fn space<'a>(&'a self, config: &'a Config) -> &'a str {
        let named = config.display_view_color_space_name(&self.display, &self.view);
        if named.eq_ignore_ascii_case("<USE_DISPLAY_NAME>") { &self.display } else { named }
    }

    /// The space that is undone, if any is: the one that the view ends in, or of one that shows numbers
    /// as they are, that of the display.
    fn undone<'a>(&'a self, config: &'a Config) -> &'a str {
        let space = self.space(config);
        let is_data = config.get_color_space(space).is_some_and(ocio::config::ColorSpace::is_data);
        let is_of_display = is_data && is_undone(config, &self.display);
        if is_of_display { &self.display } else { space }
    }

    /// What its codes are taken for, where neither somebody nor a transform of the config says it.
    pub(super) fn assumed(&self, config: &Config) -> Option<Assumed> {
        let space = self.undone(config);
        let is_told = self.codes.is_some() || is_undone(config, space);
        (!is_told).then(|| display::assume(config, &self.display, &self.view, space))
    }
}

/// Finds the way from the space that a view ends in.
///
/// A view that ends in a space of the scene has made its codes for the display in that space's own
/// transform, as Blender's do, tone map and all: to undo the space would undo the view. What is left
/// is the display, which is told by names. A space that says it is of high dynamic range is undone.
///
/// A display has codes of 0..=1. What a view has beyond them lies outside of its display, and would
/// come back as colour of a wider gamut; Rec.709's light is clipped at its own edge, which is that of
/// the narrowest display.
///
/// A brighter gamut takes light of a display of high dynamic range for what it is in cd/m², so that
/// the display's codes come out again; other displays have their white at diffuse white.
pub(super) fn to_light(config: &Config, shown: &Shown, gamut: Gamut) -> Path {
    let named = shown.undone(config);
    let assumed = || shown.assumed(config).map(|assumed| assumed.codes);
    if let Some(codes) = shown.codes.or_else(assumed) {
        return Path { to_light: Vec::new(), scale: codes.scale(gamut) };
    }
    let is_absolute = gamut.is_hdr() && is_hdr(config, named);
    let gain = if is_absolute { ABSOLUTE } else { 1.0 };
    let mut to_light = back(config, named, gain, gamut).unwrap_or_default();
    // numbers as they are may lie beyond all codes
    if gamut != Gamut::Rec709 || named != shown.space(config) {
        to_light.insert(0, OcioStep::Clip);
    }
    Path { to_light, scale: Scale::Linear }
}

/// Whether a view that ends in a space is followed by that space's own way back.
fn is_undone(config: &Config, space: &str) -> bool {
    let is_followed = is_display(config, space) || is_hdr(config, space);
    is_followed && back(config, space, 1.0, Gamut::Rec709).is_some()
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
    Some(Path { to_light: back(config, name, gain, gamut)?, scale: Scale::Linear })
}

fn back(config: &Config, name: &str, gain: f64, gamut: Gamut) -> Option<Vec<OcioStep>> {
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
    Some(vec![to_role, matrix])
}

pub(super) fn square(rows: &Matrix, gain: f64) -> [f64; 16] {
    let mut all = ocio::IDENTITY_MATRIX44;
    for (row, values) in rows.iter().enumerate() {
        all[4 * row..4 * row + 3].copy_from_slice(&values.map(|value| gain * value));
    }
    all
}
