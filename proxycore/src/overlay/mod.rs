//! Overlays: text that is drawn into pictures, and pictures that are made of text and of others.
//!
//! | what | where it is drawn |
//! |---|---|
//! | [`BurnIn`] | in the corners of each frame of a movie |
//! | slate | before a movie, and for a frame that is missing |
//! | caption | on a strip along the bottom edge of a still |
//! | [`SpaceWedge`] | a sheet of one frame in several colour spaces |

mod burn_in;
mod caption;
mod slate;
mod text;
#[cfg(feature = "jpeg")]
mod wedge;

pub use burn_in::{BurnIn, BurnItem};
pub(crate) use burn_in::{Label, Place};
pub(crate) use caption::Caption;
pub(crate) use slate::Slate;
pub(crate) use text::Line;
pub use text::Typeface;
#[cfg(feature = "jpeg")]
pub use wedge::SpaceWedge;
