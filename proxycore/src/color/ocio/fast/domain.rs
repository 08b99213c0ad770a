//! What a lattice's axes are, and what pixels pictures have on them.

use super::axis::Axis;
use super::samples;
use crate::color::matrix::{self, Matrix};
use crate::color::ocio::OcioConfig;
use crate::color::ocio::engine::{OcioOps, OcioStep, apply_one};
use crate::color::ocio::entry::Entry;
use crate::color::ocio::path::{ACES, square};
use crate::color::primaries;
use crate::space::Gamut;

/// The axes of a lattice for a space.
pub(super) struct Domain {
    pub(super) axis: Axis,
    /// From the space to the axes, where they are not its own.
    pub(super) to_axes: Option<[[f32; 3]; 3]>,
    /// The same way back.
    pub(super) to_space: Vec<OcioStep>,
    /// Pixels that pictures have, on the axes.
    pub(super) samples: Vec<[f32; 3]>,
}

/// What may serve for a space. What it holds says how its axes are divided; where nobody says,
/// either may do.
pub(super) fn domains(config: &OcioConfig, entry: &Entry) -> Vec<Domain> {
    let own = |axis, samples| Domain { axis, to_axes: None, to_space: Vec::new(), samples };
    if entry.is_curved() {
        return vec![own(Axis::Codes, samples::codes())];
    }
    if entry.is_foreign_light() {
        return vec![working(config, entry).unwrap_or_else(|| own(Axis::Light, samples::light()))];
    }
    let seen = || of_space(config, &entry.name);
    match config.is_light(&entry.name) {
        Some(true) => {
            let light = || own(Axis::Light, seen().unwrap_or_else(samples::light));
            vec![working(config, entry).unwrap_or_else(light)]
        }
        Some(false) => vec![own(Axis::Codes, seen().unwrap_or_else(samples::codes))],
        None => vec![
            own(Axis::Light, seen().unwrap_or_else(samples::light)),
            own(Axis::Codes, seen().unwrap_or_else(samples::codes)),
        ],
    }
}

/// Linear AP1 as the axes of a linear space: views are smooth along them, and few pixels are
/// negative.
fn working(config: &OcioConfig, entry: &Entry) -> Option<Domain> {
    let mut to_axes = Vec::from_iter(entry.step());
    to_axes.extend([OcioStep::space(&entry.name, ACES), between("ap0", "ap1")?]);
    let to_axes = linear(&*config.ops(&to_axes).ok()?.ops)?;
    let mut to_space = vec![between("ap1", "ap0")?, OcioStep::space(ACES, &entry.name)];
    to_space.extend(entry.back());
    let to_ap1 = config.ops(&[between("rec2020", "ap1")?]).ok()?.ops;
    let mut samples = samples::light();
    samples.iter_mut().for_each(|pixel| *pixel = apply_one(&*to_ap1, *pixel));
    samples.extend(samples::saturated());
    Some(Domain { axis: Axis::Light, to_axes: Some(to_axes), to_space, samples })
}

/// Light of pictures in a space of a config; `None` where the config does not say how.
fn of_space(config: &OcioConfig, space: &str) -> Option<Vec<[f32; 3]>> {
    let to_space = OcioStep::space(ACES, space);
    let processor = config.ops(&[between("rec2020", "ap0")?, to_space]).ok()?.ops;
    let mut samples = samples::light();
    samples.iter_mut().for_each(|pixel| *pixel = apply_one(&*processor, *pixel));
    Some(samples)
}

/// The step between two sets of primaries.
fn between(from: &str, to: &str) -> Option<OcioStep> {
    let to_rec709 = |name| primaries::named(name).and_then(|one| one.to(Gamut::Rec709));
    let rows: Matrix = matrix::multiply(&matrix::invert(&to_rec709(to)?)?, &to_rec709(from)?);
    Some(OcioStep::Matrix(square(&rows, 1.0)))
}

/// The matrix that a processor is, if it is one.
fn linear(ops: &dyn OcioOps) -> Option<[[f32; 3]; 3]> {
    let of = |pixel| apply_one(ops, pixel);
    let columns = [of([1.0, 0.0, 0.0]), of([0.0, 1.0, 0.0]), of([0.0, 0.0, 1.0])];
    let rows = [0, 1, 2].map(|row| columns.map(|column| column[row]));
    let checks = [[0.0; 3], [0.02, 0.3, 5.0], [40.0, -0.1, 0.5]];
    let same = |pixel: [f32; 3]| {
        let pairs = super::mix(&rows, pixel).into_iter().zip(of(pixel));
        pairs.into_iter().all(|(mine, theirs)| (mine - theirs).abs() <= 1e-4 * (1.0 + theirs.abs()))
    };
    checks.into_iter().all(same).then_some(rows)
}
