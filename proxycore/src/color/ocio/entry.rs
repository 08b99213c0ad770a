//! Where a space has its place in a config.

use std::sync::Arc;

use ocio::Config;

use super::engine::OcioStep;
use super::lookup;
use super::path::{ACES, XYZ, square};
use crate::color::Detected;
use crate::color::curve::{Curve, Table};
use crate::color::encoding::Encoding;
use crate::color::matrix::{self, Matrix};
use crate::color::primaries;
use crate::color::profile::Light;
use crate::space::{ColorSpace, Gamut};

/// A space of a config, and what brings samples to it: nothing where it is the space that was asked
/// for.
#[derive(Debug)]
pub(super) struct Entry {
    /// The config's name, alias or role.
    pub(super) name: String,
    /// What makes light of codes, where the config has the light alone.
    codes: Option<Codes>,
    /// From light to the space, where the config has other primaries alone.
    matrix: Option<Matrix>,
    /// What nothing in the config says, and was assumed.
    pub(super) assumption: Option<String>,
}

/// What makes light of codes.
#[derive(Debug)]
enum Codes {
    Curve(Curve),
    Profile(Arc<Light>),
}

/// The same, ready to be applied.
pub(super) enum Decode {
    Table(Table),
    Profile(Arc<Light>),
}

impl Entry {
    /// Where a source's codes enter: by its ICC profile, if they are of no named space, else by its
    /// space.
    pub(super) fn of_source(config: &Config, source: &Detected) -> Option<Self> {
        match source.profile() {
            Some(light) => {
                let to_rec709 =
                    matrix::multiply(&primaries::xyz_to(Gamut::Rec709)?, light.to_xyz());
                Self::through_interchange(config, Some(Codes::Profile(light)), to_rec709)
            }
            None => Self::of(config, &source.space),
        }
    }

    /// The space itself; else the light of one of ours, else what the config calls ACES2065-1, CIE
    /// XYZ or light of other primaries, by our own matrix.
    pub(super) fn of(config: &Config, space: &ColorSpace) -> Option<Self> {
        let plain = |name, codes| Self { name, codes, matrix: None, assumption: None };
        if let Some(name) = lookup::space(config, space) {
            return Some(plain(name, None));
        }
        let encoding = Encoding::of(space)?;
        let curve = Some(encoding.curve).filter(|curve| *curve != Curve::Linear);
        let codes = curve.map(Codes::Curve);
        if let Some(name) = lookup::space(config, &encoding.linear_space()) {
            return Some(plain(name, codes));
        }
        let to_rec709 = encoding.to(Gamut::Rec709).unwrap_or(matrix::diagonal([1.0; 3]));
        Self::through_interchange(config, codes, to_rec709)
    }

    fn through_interchange(config: &Config, codes: Option<Codes>, own: Matrix) -> Option<Self> {
        let Interchange { name, to_rec709, assumption } = interchange(config)?;
        let matrix = Some(matrix::multiply(&matrix::invert(&to_rec709)?, &own));
        Some(Self { name, codes, matrix, assumption })
    }

    /// Whether it is codes of a curve that the config does not have.
    pub(super) fn is_curved(&self) -> bool {
        self.codes.is_some()
    }

    /// Whether it is light of primaries that the config does not have.
    pub(super) fn is_foreign_light(&self) -> bool {
        self.codes.is_none() && self.matrix.is_some()
    }

    /// What makes light of codes.
    pub(super) fn decode(&self) -> Option<Decode> {
        Some(match self.codes.as_ref()? {
            Codes::Curve(curve) => Decode::Table(curve.table()?),
            Codes::Profile(light) => Decode::Profile(Arc::clone(light)),
        })
    }

    /// The step from light to the config's space.
    pub(super) fn step(&self) -> Option<OcioStep> {
        Some(OcioStep::Matrix(square(self.matrix.as_ref()?, 1.0)))
    }

    /// The step from the config's space to light.
    pub(super) fn back(&self) -> Option<OcioStep> {
        Some(OcioStep::Matrix(square(&matrix::invert(self.matrix.as_ref()?)?, 1.0)))
    }
}

impl Decode {
    /// Makes light of pixels, in place.
    pub(super) fn apply(&self, pixels: &mut [[f32; 4]]) {
        match self {
            Self::Table(table) => pixels.iter_mut().for_each(|pixel| table.apply(&mut pixel[..3])),
            Self::Profile(light) => {
                for pixel in pixels {
                    let [red, green, blue, _] = pixel.each_mut().map(std::slice::from_mut);
                    light.apply([red, green, blue]);
                }
            }
        }
    }

    /// The profile that makes light of inks.
    pub(super) fn inks(&self) -> Option<&Light> {
        match self {
            Self::Profile(light) if light.is_of_inks() => Some(light),
            _ => None,
        }
    }
}

/// A space of a config that everything of known primaries can be brought to.
struct Interchange {
    name: String,
    to_rec709: Matrix,
    assumption: Option<String>,
}

/// Primaries whose light configs have by a known name, where they do not have ACES2065-1.
const USUAL: &[&str] = &["rec709", "ap1", "rec2020", "p3d65"];

/// Finds the space: the roles for it, ACES2065-1 by any name, light of other primaries by any name;
/// else the role `scene_linear`, whose primaries nobody says, and are taken for Rec.709's.
fn interchange(config: &Config) -> Option<Interchange> {
    let found = |name: String, to_rec709| Interchange { name, to_rec709, assumption: None };
    let role = |name: &str| config.has_role(name).then(|| name.to_owned());
    let aces = role(ACES).or_else(|| lookup::space(config, &ColorSpace::LIN_AP0_SCENE));
    if let Some(aces) = aces {
        return Some(found(aces, primaries::named("ap0")?.to(Gamut::Rec709)?));
    }
    if let Some(xyz) = role(XYZ) {
        return Some(found(xyz, primaries::xyz_to(Gamut::Rec709)?));
    }
    for word in USUAL {
        if let Some(name) = lookup::space(config, &ColorSpace::new(format!("lin_{word}_scene"))) {
            return Some(found(name, primaries::named(word)?.to(Gamut::Rec709)?));
        }
    }
    let linear = role("scene_linear")?;
    let name = config.canonical_name(&linear).to_owned();
    let assumption =
        format!("the config does not say what `{name}` is: it is taken for linear Rec.709");
    Some(Interchange { assumption: Some(assumption), ..found(linear, matrix::diagonal([1.0; 3])) })
}
