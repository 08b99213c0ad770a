//! The movie of a sequence by an encoder that makes the whole file: frames are developed some at a
//! time, and handed to it in order.

use std::sync::Arc;

use super::Progress;
use super::lanes::in_order;
use super::reel::Reel;
use crate::encode::{Codes, MovieSpec, StreamEncoder};
use crate::error::Result;

/// Makes a movie of the `count` pictures that `picture` gives.
///
/// # Errors
/// The first error of a picture or of the encoder.
pub(super) fn streamed(
    encoder: &dyn StreamEncoder,
    spec: &MovieSpec,
    count: usize,
    picture: impl Fn(usize) -> Result<Arc<Codes>> + Sync,
    progress: Option<&dyn Progress>,
) -> Result<Reel> {
    let mut stream = encoder.start(spec)?;
    in_order(rayon::current_num_threads(), count, picture, |codes: Arc<Codes>| {
        stream.push(&codes)?;
        progress.inspect(|progress| progress.frame());
        Ok(())
    })?;
    Reel::of_file(spec.size, stream.finish()?)
}
