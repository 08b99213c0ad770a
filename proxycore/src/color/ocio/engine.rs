//! What carries out the transforms of a config: the seam between what a frame's path is and the
//! arithmetic of it.
//!
//! A config is always read by the port, which answers for its names and rules. It makes a list of
//! [`OcioStep`]s, and an engine makes ops of them. The port is the engine that is used where no other is
//! set; OpenColorIO's C++ is one too, in a crate of its own.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::sync::Arc;

/// Why an engine could not make its ops, in its own words.
pub type OcioFailure = Box<dyn StdError + Send + Sync>;

/// Makes ops of the steps of a config.
///
/// Called when a processor is made, on any thread, several at a time. The port has made its own ops
/// of the same steps before, so that what it refuses (a space that refers to itself, a missing
/// LUT) does not come here.
pub trait OcioEngine: Debug + Send + Sync {
    /// What it is and of which version: part of a config's recipe.
    fn name(&self) -> String;

    /// Makes the ops of `steps`, in their order, by the config of that name (a path or `ocio://`)
    /// with these context variables beside its own.
    ///
    /// # Errors
    /// Whatever the engine says of them.
    fn ops(
        &self,
        config: &str,
        context: &[(String, String)],
        steps: &[OcioStep],
    ) -> Result<Arc<dyn OcioOps>, OcioFailure>;
}

/// Steps that can be applied.
///
/// Called for every few hundred pixels, on many threads at once.
pub trait OcioOps: Send + Sync {
    /// Transforms R, G, B, A in place. The same pixels have to come out the same whichever thread
    /// asks.
    fn apply(&self, pixels: &mut [[f32; 4]]);
}

/// Ops that were made of steps.
pub(super) struct Made {
    pub(super) ops: Arc<dyn OcioOps>,
    /// Whether they cost so little that no table is worth its while: matrices, curves and clips.
    pub(super) is_plain: bool,
}

/// One step of the way from a source to light.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum OcioStep {
    /// From a space of the config to another one.
    Space {
        /// Name, alias or role.
        from: String,
        /// Name, alias or role.
        to: String,
    },
    /// From a space of the config to the codes of a display.
    View {
        /// Name, alias or role of the space.
        from: String,
        /// The display.
        display: String,
        /// The view.
        view: String,
        /// Whether the view's own looks are left out.
        without_looks: bool,
    },
    /// An exposure in stops, on linear light.
    Exposure(f64),
    /// Looks, such as `+grade, -neutral`.
    Looks {
        /// The space that they are applied in.
        space: String,
        /// Their names.
        looks: String,
    },
    /// A matrix of four rows on R, G, B, A.
    Matrix([f64; 16]),
    /// R, G and B clipped to 0..=1.
    Clip,
}

impl OcioStep {
    pub(super) fn space(from: &str, to: &str) -> Self {
        Self::Space { from: from.to_owned(), to: to.to_owned() }
    }
}

/// Transforms one pixel.
pub(super) fn apply_one(ops: &dyn OcioOps, [red, green, blue]: [f32; 3]) -> [f32; 3] {
    let mut pixel = [[red, green, blue, 1.0]];
    ops.apply(&mut pixel);
    let [[red, green, blue, _]] = pixel;
    [red, green, blue]
}
