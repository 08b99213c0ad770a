//! H.264 by the decoder of `rusty_h264`, which is Rust without `unsafe`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusty_h264_common::YuvFrame;
use rusty_h264_decoder::Decoder;

use super::{Planes, refused};
use crate::error::Result;
use crate::image::Extent;

/// Decodes the first picture.
pub(super) fn first_picture(stream: &[u8]) -> Result<Planes> {
    // what panicked is not looked at again
    let decoded = catch_unwind(AssertUnwindSafe(|| Decoder::new().decode(stream)));
    let decoded = decoded.map_err(|_| refused("makes the decoder panic"))?;
    let picture = decoded.map_err(|cause| refused(format!("does not decode: {cause:?}")))?;
    let YuvFrame { width, height, y, u, v } = picture.ok_or_else(|| refused("has no picture"))?;
    let size = Extent::new(width as u32, height as u32);
    Ok(Planes { size, luma: y, blue: u, red: v })
}
