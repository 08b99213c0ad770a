//! Film frames to thumbnails, H.264 proxies and previews, with the right colours.

pub mod color;
pub mod decode;
pub mod encode;
pub mod error;
pub mod event;
pub mod identity;
pub mod image;
pub mod input;
pub mod key;
#[cfg(feature = "jsonl")]
mod lines;
pub mod metadata;
pub mod resize;
pub mod space;
pub mod storage;
pub mod timestamp;

pub use error::{Error, ErrorKind, Result};
