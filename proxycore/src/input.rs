//! What a frame is read from.

use std::io::{Read, Seek};

/// Bytes that can be read from any place: a file, memory, or an object by ranges.
pub trait Input: Read + Seek + Send {}

impl<T: Read + Seek + Send> Input for T {}
