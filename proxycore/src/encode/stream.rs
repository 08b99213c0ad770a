//! The other seam of movies: one stream of pictures, for encoders that make the whole file.

use std::fmt::Debug;
use std::fs::File;

use super::{Codes, MovieEncoder, MovieSpec};
use crate::error::Result;

/// How an encoder takes the pictures of a movie.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Moving<'a> {
    /// In closed groups, several at once if one likes; the file is laid out here.
    Groups(&'a dyn MovieEncoder),
    /// All one after the other; it makes the file.
    Stream(&'a dyn StreamEncoder),
}

/// Compresses pictures that follow each other into a file of its own.
pub trait StreamEncoder: Debug + Send + Sync {
    /// Starts a movie, which is used on the thread that started it.
    ///
    /// # Errors
    /// As [`Encoder::encode`](super::Encoder::encode).
    fn start(&self, spec: &MovieSpec) -> Result<Box<dyn MovieStream>>;
}

/// A movie at work. One that is dropped before its end leaves nothing behind.
pub trait MovieStream {
    /// Compresses the next picture, or keeps it for that.
    ///
    /// # Errors
    /// As [`Encoder::encode`](super::Encoder::encode).
    fn push(&mut self, codes: &Codes) -> Result<()>;

    /// Ends the movie: a file without a name, which holds it all.
    ///
    /// # Errors
    /// As [`push`](Self::push), for what was still to be compressed.
    fn finish(self: Box<Self>) -> Result<File>;
}
