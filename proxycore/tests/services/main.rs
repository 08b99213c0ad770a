//! What only the real servers can answer: each is started by the test that needs it, on 127.0.0.1
//! and free ports, and stopped when the test ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod broker;
mod clouds;
#[allow(dead_code, reason = "the suite of embedded stores uses the rest")]
#[path = "../conformance/storage.rs"]
mod conformance;
mod escape;
#[path = "../conformance/event.rs"]
mod event_conformance;
mod kafka;
#[cfg(unix)]
mod matrix;
#[allow(dead_code, reason = "the suite of embedded sinks uses the rest")]
#[path = "../conformance/metadata.rs"]
mod metadata_conformance;
#[cfg(unix)]
mod postgres;
mod proxy;
mod reading;
mod s3;
#[cfg(unix)]
mod secrets;
mod server;
#[path = "../common/skip.rs"]
mod skip;
mod storing;
mod webhook;
