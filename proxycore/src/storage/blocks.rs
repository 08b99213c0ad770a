//! Content on its way into a store: read block by block, and held to the length that it was
//! announced with.
//!
//! What is wrong with it comes out before the end does. So a writer that shows an object once all
//! blocks have come shows no object that is too short or too long.

use std::io::{self, Read};

use crate::error::{Error, Result};

/// Bytes that are made room for before they are there: the length may be a lie.
const TRUSTED: u64 = 16 << 20;

/// The blocks of a content, each as long as asked for but the last.
pub(super) struct Blocks<'a> {
    content: &'a mut dyn Read,
    block: u64,
    left: u64,
}

impl<'a> Blocks<'a> {
    /// Cuts a `content` of `size` bytes into blocks of `block` bytes.
    pub(super) fn new(content: &'a mut dyn Read, size: u64, block: u64) -> Self {
        Self { content, block, left: size }
    }

    fn read(&mut self) -> Result<Vec<u8>> {
        let wanted = self.left.min(self.block);
        let bytes = self.take(wanted)?;
        if (bytes.len() as u64) < wanted {
            return Err(Error::storage("what is to be written is shorter than it was to be"));
        }
        self.left -= wanted;
        Ok(bytes)
    }

    fn check_end(&mut self) -> Result<()> {
        if self.take(1)?.is_empty() {
            return Ok(());
        }
        Err(Error::storage("what is to be written is longer than it was to be"))
    }

    fn take(&mut self, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(most.min(TRUSTED)).unwrap_or(0));
        self.content.take(most).read_to_end(&mut bytes).map_err(unread)?;
        Ok(bytes)
    }
}

impl Iterator for Blocks<'_> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left > 0 {
            return Some(self.read());
        }
        self.check_end().err().map(Err)
    }
}

/// Reads a `content` of `size` bytes at once.
///
/// # Errors
/// [`ErrorKind::Storage`](crate::ErrorKind::Storage) where it fails or is of another length.
pub(super) fn whole(content: &mut dyn Read, size: u64) -> Result<Vec<u8>> {
    let mut blocks = Blocks::new(content, size, u64::MAX);
    let bytes = blocks.next().transpose()?.unwrap_or_default();
    blocks.check_end()?;
    Ok(bytes)
}

/// What a store's input fails with says more than that it failed.
fn unread(cause: io::Error) -> Error {
    match cause.downcast::<Error>() {
        Ok(error) => error,
        Err(cause) => Error::storage("what is to be written cannot be read").with_source(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(mut content: &[u8], size: u64, block: u64) -> Result<Vec<usize>> {
        Blocks::new(&mut content, size, block).map(|block| Ok(block?.len())).collect()
    }

    #[test]
    fn all_blocks_but_the_last_are_as_long_as_asked_for() {
        for (size, expected) in
            [(0, vec![]), (3, vec![3]), (4, vec![4]), (8, vec![4, 4]), (9, vec![4, 4, 1])]
        {
            assert_eq!(lengths(&vec![1; size], size as u64, 4).unwrap(), expected);
            assert_eq!(whole(&mut &*vec![1; size], size as u64).unwrap().len(), size);
        }
    }

    #[test]
    fn another_length_is_an_error() {
        for (length, size) in [(0, 1), (1, 0), (3, 4), (4, 3), (8, 9), (9, 8), (9, u64::MAX)] {
            let content = vec![1; length];
            let error = lengths(&content, size, 4).unwrap_err();
            assert_eq!(error.kind().name(), "storage", "{length} of {size}");
            whole(&mut &*content, size).unwrap_err();
        }
    }

    #[test]
    fn what_an_input_failed_with_is_what_it_is_told_as() {
        struct Failing(fn() -> io::Error);

        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err((self.0)())
            }
        }

        let told = |error| whole(&mut Failing(error), 4).unwrap_err().kind().name();
        assert_eq!(told(|| io::Error::other("gone")), "storage");
        assert_eq!(told(|| io::Error::other(Error::new(crate::ErrorKind::Changed))), "changed");
    }
}
