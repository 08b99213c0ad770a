//! Black-box tests of the crate, in one binary. Each seam has a conformance suite, and every
//! implementation passes it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod event;
#[cfg(feature = "exr")]
mod exr;
mod fault;
#[cfg(feature = "exr")]
mod fixture;
mod metadata;
#[cfg(all(feature = "exr", feature = "jpeg", feature = "openh264"))]
mod pipeline;
#[cfg(feature = "exr")]
mod rendition;
mod storage;
