//! Pictures that are described and cannot be decoded: the error comes when pixels are asked for.

use crate::error::{Error, ErrorKind, Result};
use crate::image::{Job, NativeBand, Stream};

/// The rows of a picture that nobody unpacks.
#[derive(Debug)]
pub(super) struct Unread(ErrorKind);

impl Unread {
    pub(super) fn new(error: &Error) -> Self {
        Self(error.kind().clone())
    }
}

impl Stream<NativeBand> for Unread {
    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        Err(Error::new(self.0.clone()))
    }
}
