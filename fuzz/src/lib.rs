//! What all targets share: how a file is opened and consumed.

use std::io::Cursor;

use proxycore::Result;
use proxycore::decode::{self, DecodeOptions, Decoder, Limits};
use proxycore::image::{Image, Native};

/// Small enough that a lie in a header costs the fuzzer no time: a million pixels.
fn options(bytes: &[u8]) -> DecodeOptions {
    let limits = Limits::default().with_pixels(1 << 20);
    // half of all files are read for what is whole in them
    DecodeOptions::default().with_limits(limits).with_partial(bytes.len() % 2 == 1)
}

/// Reads a file of any format to its last row.
pub fn decode(bytes: &[u8]) {
    finish(decode::decode(Box::new(Cursor::new(bytes.to_vec())), &options(bytes)));
}

/// Reads a file of one format to its last row.
pub fn open(decoder: &dyn Decoder, bytes: &[u8]) {
    if decoder.recognizes(&bytes[..bytes.len().min(decode::HEAD)]) {
        finish(decoder.open(Box::new(Cursor::new(bytes.to_vec())), &options(bytes)));
    }
}

/// Errors are what most files deserve; panics and hangs are what is looked for.
fn finish(opened: Result<Image<Native>>) {
    let _ = opened.and_then(|image| {
        let (spec, mut rows) = (image.spec().clone(), 0);
        image.consume(|band| {
            assert_eq!(band.y, rows, "bands follow one another");
            assert_eq!(band.width, spec.width, "bands are as wide as the picture");
            rows += band.rows();
            Ok(())
        })?;
        assert_eq!(rows, spec.height, "the last band ends at the picture's height");
        Ok(())
    });
}
