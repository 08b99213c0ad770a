//! What a frame is read from.

use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::ops::Range;

/// Bytes that can be read from any place: a file, memory, or an object by ranges.
///
/// For a reader of one's own, `impl Input for MyReader {}` is all there is to write.
pub trait Input: Read + Seek + Send {
    /// Whether reading costs a way to somewhere else, so that it pays to say beforehand what will
    /// be read.
    fn is_remote(&self) -> bool {
        false
    }

    /// Says which bytes will be read next, in this order, and that no others are worth reading
    /// ahead. A hint: whatever is read after it, the bytes are right.
    fn will_read(&mut self, ranges: &[Range<u64>]) {
        _ = ranges;
    }
}

impl Input for File {}

impl<T> Input for Cursor<T> where Self: Read + Seek + Send {}
