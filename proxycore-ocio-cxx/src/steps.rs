//! The steps of a config as OpenColorIO's transforms.

use ocio_rs::transform::{
    ColorSpaceTransform, DisplayViewTransform, ExposureContrastTransform, GroupTransform,
    LookTransform, MatrixTransform, RangeTransform,
};
use proxycore::color::{OcioFailure, OcioStep};

/// The steps, one after the other.
pub(crate) fn group(steps: &[OcioStep]) -> Result<GroupTransform, OcioFailure> {
    let group = GroupTransform::create()?;
    for step in steps {
        append(&group, step)?;
    }
    Ok(group)
}

fn append(group: &GroupTransform, step: &OcioStep) -> Result<(), OcioFailure> {
    match step {
        OcioStep::Space { from, to } => group.append_transform(&space(from, to)?)?,
        OcioStep::View { from, display, view, without_looks } => {
            let shown = DisplayViewTransform::create()?;
            shown.set_src(from)?;
            shown.set_display(display)?;
            shown.set_view(view)?;
            shown.try_set_looks_bypass(*without_looks)?;
            group.append_transform(&shown)?;
        }
        OcioStep::Exposure(stops) => {
            let exposure = ExposureContrastTransform::create()?;
            exposure.try_set_exposure(*stops)?;
            group.append_transform(&exposure)?;
        }
        OcioStep::Looks { space, looks } => {
            let graded = LookTransform::create()?;
            graded.set_src(space)?;
            graded.set_dst(space)?;
            graded.set_looks(looks)?;
            group.append_transform(&graded)?;
        }
        OcioStep::Matrix(rows) => {
            let matrix = MatrixTransform::create()?;
            matrix.set_matrix(rows)?;
            group.append_transform(&matrix)?;
        }
        OcioStep::Clip => {
            let range = RangeTransform::create()?;
            range.try_set_min_in_value(0.0)?;
            range.try_set_min_out_value(0.0)?;
            range.try_set_max_in_value(1.0)?;
            range.try_set_max_out_value(1.0)?;
            group.append_transform(&range)?;
        }
        unknown => return Err(format!("no such step in this engine: {unknown:?}").into()),
    }
    Ok(())
}

fn space(from: &str, to: &str) -> ocio_rs::Result<ColorSpaceTransform> {
    let space = ColorSpaceTransform::create()?;
    space.set_src(from)?;
    space.set_dst(to)?;
    Ok(space)
}
