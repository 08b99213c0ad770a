//! Film frames to thumbnails, H.264 proxies and previews, with the right colours.
//!
//! A frame goes one way, and each stage is a method on the type that the stage before returns:
//!
//! ```text
//!  Storage ─► Source ─► decode ─► transform ─► resize ─► encode ─► Storage ─► MetadataSink ─► EventSink
//!             (ranges)  Native     display-     once per   code values,  objects    row            event
//!                       pixels     linear       rendition  JPEG / MP4
//! ```
//!
//! The transform ends in *display-linear light*: linear, Rec.709 primaries, 0..=1. Resizing happens
//! there, so bright highlights neither ring nor alias; the display's transfer function (sRGB, or
//! BT.1886) belongs to `encode`. Stages are lazy: a picture is a stream of row bands, worked on by
//! all cores, and no whole frame of floats stands in memory.
//!
//! # Quick start
//!
//! A thumbnail of one frame, stage by stage:
//!
//! ```no_run
//! # #[cfg(feature = "jpeg")]
//! # fn main() -> proxycore::Result<()> {
//! use proxycore::{BuiltIn, DecodeOptions, Filter, Fit, Jpeg, Source, detect};
//!
//! let frame = Source::open("beauty.0001.exr")?.decode(&DecodeOptions::default())?;
//! let space = detect(frame.spec());
//! let light = frame.transform(&BuiltIn, &space)?;
//! let thumb = light.resize(Fit::letterbox(256, 256), Filter::Lanczos3)?.encode(&Jpeg::exact())?;
//! std::fs::write("beauty.0001_thumb.jpg", thumb.bytes).expect("can be written");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "jpeg"))]
//! # fn main() {}
//! ```
//!
//! The whole flow, with a row and an event, from any [`storage`]:
//!
//! ```no_run
//! # #[cfg(all(feature = "jpeg", feature = "_h264", feature = "jsonl"))]
//! # fn main() -> proxycore::Result<()> {
//! use std::sync::Arc;
//!
//! use proxycore::event::JsonlEvents;
//! use proxycore::metadata::JsonlMetadata;
//! use proxycore::{LocalStorage, Pipeline, Rendition};
//!
//! let pipeline = Pipeline::new(Arc::new(LocalStorage::new("/mnt/show")?))
//!     .with_renditions([Rendition::thumbnail(), Rendition::proxy(), Rendition::preview()])
//!     .with_metadata(Arc::new(JsonlMetadata::open("rows.jsonl")?))
//!     .with_events(Arc::new(JsonlEvents::open("events.jsonl")?));
//! let outcome = pipeline.run("renders/shot_010/beauty.0001.exr")?;
//! println!("{} is {} by {}", outcome.source_key, outcome.colorspace, outcome.colorspace_rule);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "jpeg", feature = "_h264", feature = "jsonl")))]
//! # fn main() {}
//! ```
//!
//! A picture that skipped its transform has no `resize` and no `encode` to call:
//!
//! ```compile_fail
//! use proxycore::{Filter, Fit, Source};
//!
//! let frame = Source::open("beauty.0001.exr").unwrap().decode(&Default::default()).unwrap();
//! frame.resize(Fit::full(), Filter::Lanczos3);
//! ```
//!
//! # Scope
//!
//! In: decoding frames, finding their colour space, bringing them to a display, resizing, encoding,
//! and the flow around that. Out: editing, grading, compositing, writing masters, serving HTTP.
//!
//! # Where things are
//!
//! | module | what it is |
//! |---|---|
//! | [`error`], [`space`], [`input`], [`image`] | the ground: what passes between the stages |
//! | [`decode`], [`color`], [`resize`] | the stages up to resized light |
//! | [`encode`] | light to code values to files |
//! | [`key`], [`identity`], [`timestamp`] | names that other programs depend on |
//! | [`storage`], [`metadata`], [`event`] | the seams to the outside |
//! | [`budget`] | a bound on the memory of runs side by side |
//! | [`source`], [`rendition`], [`pipeline`] | the flow |
//! | [`sequence`] | finding sequences, and making movies of them |
//! | [`proof`] | holding a file that was made against the light that it was made from |
//! | [`overlay`] | burn-ins, slates, captions, and a sheet of the spaces that a frame may be in |
//! | [`retry`] | how often what may pass is tried again |
//! | [`fork`] | what a forked process has to say |
//! | [`assignment`] | the spaces that a person has given to files |
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `ocio` | yes | OpenColorIO configs |
//! | `jpeg` | yes | reading and writing JPEG |
//! | `png` | yes | reading PNG |
//! | `tiff` | yes | reading TIFF |
//! | `image` | yes | reading TGA, BMP, WebP and PNM |
//! | `libdeflate` | yes | OpenEXR's ZIP blocks in two thirds of the time (builds C from source) |
//! | `rusty-h264` | yes | writing H.264 in MP4, in Rust alone |
//! | `openh264` | | writing H.264 in MP4 by OpenH264, with the least CPU and three times the bytes (builds C++ from source) |
//! | `x264-gpl` | | writing H.264 by the libx264 that is installed, which is opened at run time |
//! | `av1` | | writing AV1 of 10 bits, by rav1e |
//! | `jsonl` | yes | rows and events as JSON Lines |
//! | `sqlite` | | rows in SQLite (builds C from source) |
//! | `s3`, `gcs`, `azure` | | object stores (TLS by `ring`, which builds C) |
//! | `parquet` | | rows in Parquet files |
//! | `postgres` | | rows in PostgreSQL |
//! | `arrow` | | rows as Arrow record batches |
//! | `kafka` | | events to Kafka |
//! | `webhook` | | events to a URL |
//!
//! Features only add. With none of them the crate still decodes OpenEXR, DPX, Cineon and Radiance HDR
//! to pixels, transforms and resizes, and builds without a C or C++ compiler.

pub mod assignment;
pub mod budget;
pub mod color;
pub mod decode;
pub mod encode;
pub mod error;
pub mod event;
mod file;
pub mod fork;
pub mod identity;
pub mod image;
pub mod input;
pub mod key;
#[cfg(feature = "jsonl")]
mod lines;
pub mod metadata;
pub mod overlay;
pub mod pipeline;
pub mod proof;
pub mod rendition;
pub mod resize;
pub mod retry;
#[cfg(feature = "_async")]
mod runtime;
pub mod sequence;
mod simd;
pub mod source;
pub mod space;
pub mod storage;
mod survey;
pub mod timestamp;
#[cfg(feature = "_tls")]
mod tls;

pub use color::{BuiltIn, detect};
pub use decode::DecodeOptions;
#[cfg(feature = "jpeg")]
pub use encode::Jpeg;
#[cfg(feature = "_h264")]
pub use encode::Mp4;
pub use error::{Error, ErrorKind, Result};
pub use pipeline::{Outcome, Pipeline, Plan};
pub use rendition::Rendition;
pub use resize::{Filter, Fit};
pub use source::Source;
pub use storage::{LocalStorage, MemoryStorage};
