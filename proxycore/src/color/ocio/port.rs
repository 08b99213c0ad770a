//! The port as the engine.

use std::sync::Arc;

use ocio::{
    ColorSpaceTransform, Config, Context, CpuProcessor, DisplayViewTransform,
    ExposureContrastTransform, GroupTransform, LookTransform, MatrixTransform, RangeTransform,
    Transform, TransformDirection,
};

use super::engine::{OcioOps, OcioStep};

impl OcioOps for CpuProcessor {
    fn apply(&self, pixels: &mut [[f32; 4]]) {
        self.apply_pixels(pixels);
    }

    fn is_plain(&self) -> bool {
        !self.ops().iter().any(|op| COSTLY.iter().any(|name| op.name().contains(name)))
    }
}

/// Ops of tens of nanoseconds a pixel and more, by their names.
const COSTLY: &[&str] = &["Lut3D", "FixedFunction", "Renderer_ACES", "Grading"];

/// Makes the port's ops.
pub(super) fn ops(
    config: &Config,
    context: &Context,
    steps: &[OcioStep],
) -> ocio::Result<Arc<dyn OcioOps>> {
    let transforms = transforms(steps);
    let steps = Transform::Group(GroupTransform { transforms, ..Default::default() });
    let made = config.get_processor_with_context(context, &steps, TransformDirection::Forward)?;
    Ok(Arc::new(made.default_cpu_processor()))
}

/// The steps as the port has them.
pub(super) fn transforms(steps: &[OcioStep]) -> Vec<Transform> {
    steps.iter().map(transform).collect()
}

fn transform(step: &OcioStep) -> Transform {
    match step {
        OcioStep::Space { from, to } => Transform::ColorSpace(ColorSpaceTransform::new(from, to)),
        OcioStep::View { from, display, view, without_looks } => {
            Transform::DisplayView(DisplayViewTransform {
                looks_bypass: *without_looks,
                ..DisplayViewTransform::new(from, display, view)
            })
        }
        OcioStep::Exposure(stops) => Transform::ExposureContrast(ExposureContrastTransform {
            exposure: *stops,
            ..Default::default()
        }),
        OcioStep::Looks { space, looks } => {
            Transform::Look(LookTransform::new(space, space, looks))
        }
        OcioStep::Matrix(rows) => Transform::Matrix(MatrixTransform::new(*rows, [0.0; 4])),
        OcioStep::Clip => {
            let [low, high] = [Some(0.0), Some(1.0)];
            Transform::Range(RangeTransform::new(low, high, low, high))
        }
    }
}
