//! Where a space has its place in a config.

use ocio::Config;

use super::engine::OcioStep;
use super::lookup;
use super::path::{ACES, XYZ, square};
use crate::color::curve::{Curve, Table};
use crate::color::encoding::Encoding;
use crate::color::matrix::{self, Matrix};
use crate::color::primaries;
use crate::space::{ColorSpace, Gamut};

/// A space of a config, and what brings samples to it: nothing where it is the space that was asked
/// for.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    /// The config's name, alias or role.
    pub(super) name: String,
    /// What makes light of codes, where the config has the light alone.
    curve: Option<Curve>,
    /// From light to the space, where the config has other primaries alone.
    matrix: Option<Matrix>,
}

impl Entry {
    /// The space itself; else the light of one of ours, else what the config calls ACES2065-1 or CIE
    /// XYZ, by our own matrix.
    pub(super) fn of(config: &Config, space: &ColorSpace) -> Option<Self> {
        if let Some(name) = lookup::space(config, space) {
            return Some(Self { name, curve: None, matrix: None });
        }
        let encoding = Encoding::of(space)?;
        let curve = Some(encoding.curve).filter(|curve| *curve != Curve::Linear);
        if let Some(name) = lookup::space(config, &encoding.linear_space()) {
            return Some(Self { name, curve, matrix: None });
        }
        let (name, to_rec709) = interchange(config)?;
        let own = encoding.to(Gamut::Rec709).unwrap_or(matrix::diagonal([1.0; 3]));
        let matrix = Some(matrix::multiply(&matrix::invert(&to_rec709)?, &own));
        Some(Self { name, curve, matrix })
    }

    /// Whether it is codes of a curve that the config does not have.
    pub(super) fn is_curved(&self) -> bool {
        self.curve.is_some()
    }

    /// Whether it is light of primaries that the config does not have.
    pub(super) fn is_foreign_light(&self) -> bool {
        self.curve.is_none() && self.matrix.is_some()
    }

    /// What makes light of codes.
    pub(super) fn table(&self) -> Option<Table> {
        self.curve.and_then(Curve::table)
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

/// A space of a config that everything of known primaries can be brought to, and the matrix from
/// there to Rec.709.
fn interchange(config: &Config) -> Option<(String, Matrix)> {
    let role = config.has_role(ACES).then(|| ACES.to_owned());
    let aces = role.or_else(|| lookup::space(config, &ColorSpace::LIN_AP0_SCENE));
    let to_rec709 = match aces {
        Some(_) => primaries::named("ap0")?.to(Gamut::Rec709)?,
        None => primaries::xyz_to(Gamut::Rec709)?,
    };
    let xyz = || config.has_role(XYZ).then(|| XYZ.to_owned());
    Some((aces.or_else(xyz)?, to_rec709))
}
