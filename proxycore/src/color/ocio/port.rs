//! The port as the engine.

use std::sync::Arc;

use ocio::{
    ColorSpaceTransform, Config, Context, CpuProcessor, DisplayViewTransform,
    ExposureContrastTransform, GroupTransform, LookTransform, MatrixTransform, RangeTransform,
    Transform, TransformDirection,
};

use super::engine::{Made, OcioOps, OcioStep};

impl OcioOps for CpuProcessor {
    fn apply(&self, pixels: &mut [[f32; 4]]) {
        self.apply_pixels(pixels);
    }
}

/// Ops of tens of nanoseconds a pixel and more, by their names.
const COSTLY: &[&str] = &["Lut3D", "FixedFunction", "Renderer_ACES", "Grading"];

/// Makes the port's ops.
pub(super) fn ops(config: &Config, context: &Context, steps: &[OcioStep]) -> ocio::Result<Made> {
    let transforms = transforms(steps);
    let steps = Transform::Group(GroupTransform { transforms, ..Default::default() });
    let made = config.get_processor_with_context(context, &steps, TransformDirection::Forward)?;
    let made = made.default_cpu_processor();
    let is_costly = |name: &str| COSTLY.iter().any(|costly| name.contains(costly));
    let is_plain = !made.ops().iter().any(|op| is_costly(op.name()));
    Ok(Made { ops: Arc::new(made), is_plain })
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
