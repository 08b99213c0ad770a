//! Black-box tests of the crate, in one binary. Each seam has a conformance suite, and every
//! implementation passes it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[cfg(all(feature = "jpeg", feature = "_h264"))]
mod assembly;
#[cfg(all(feature = "image", feature = "jpeg", feature = "png", feature = "tiff"))]
mod cases;
mod choice;
mod cineon;
#[cfg(all(feature = "jpeg", feature = "png"))]
mod colour_cases;
#[cfg(feature = "ocio")]
mod config;
#[cfg(feature = "ocio")]
mod config_bounds;
#[cfg(feature = "ocio")]
mod config_damage;
#[path = "../conformance/storage.rs"]
mod conformance;
mod corpus;
mod deep;
mod deep_writer;
#[cfg(all(feature = "image", feature = "jpeg", feature = "png"))]
mod detect;
#[cfg(all(feature = "jpeg", feature = "ocio"))]
mod displays;
#[cfg(all(feature = "image", feature = "jpeg", feature = "_h264"))]
mod doubt;
mod dpx;
mod dpx_writer;
#[cfg(all(feature = "jpeg", feature = "_h264"))]
mod encoders;
#[cfg(all(feature = "image", feature = "jpeg", feature = "png"))]
mod ends;
#[cfg(all(feature = "jpeg", feature = "_h264"))]
mod escape;
mod event;
#[path = "../conformance/event.rs"]
mod event_conformance;
mod exr;
mod exr_writer;
mod fault;
mod fixture;
#[cfg(all(feature = "image", feature = "jpeg", feature = "png", feature = "tiff"))]
mod formats;
mod header;
#[cfg(all(feature = "jpeg", feature = "png"))]
mod icc_writer;
mod levels;
mod luma_chroma;
mod metadata;
#[allow(dead_code, reason = "the sinks that are on use the rest")]
#[path = "../conformance/metadata.rs"]
mod metadata_conformance;
#[cfg(all(feature = "jpeg", feature = "_h264"))]
mod partial;
#[cfg(all(feature = "jpeg", feature = "_h264"))]
mod pipeline;
mod rendition;
#[cfg(all(feature = "image", feature = "jpeg", feature = "png", feature = "tiff"))]
mod seeds;
#[cfg(all(feature = "jpeg", feature = "_h264"))]
mod segments;
mod sequence;
#[path = "../common/skip.rs"]
mod skip;
mod skipping;
#[cfg(all(feature = "image", feature = "jpeg", feature = "png"))]
mod stills;
mod storage;
#[cfg(feature = "tiff")]
mod tiff;
#[cfg(all(feature = "jpeg", feature = "_h264"))]
mod uneven;
