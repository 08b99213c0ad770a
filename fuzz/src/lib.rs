//! What is fuzzed, by name: readers, and how each opens and consumes a file; and the encoder of movies.

mod config;
mod movie;

use std::io::Cursor;

use proxycore::Result;
use proxycore::decode::{
    CineonDecoder, DecodeOptions, Decoder, DpxDecoder, ExrDecoder, HEAD, JpegDecoder, Limits,
    PngDecoder, RadianceDecoder, TiffDecoder, decode,
};
use proxycore::image::{Image, Native};

/// Reads any bytes, and panics only where there is a mistake.
pub type Reader = fn(&[u8]);

/// All readers by name. Their seeds and corpora have folders of the same names.
pub const READERS: &[(&str, Reader)] = &[
    ("cineon", |bytes| one(&CineonDecoder, bytes)),
    ("decode", any),
    ("dpx", |bytes| one(&DpxDecoder, bytes)),
    ("exr", |bytes| one(&ExrDecoder, bytes)),
    ("hdr", |bytes| one(&RadianceDecoder, bytes)),
    ("jpeg", |bytes| one(&JpegDecoder, bytes)),
    ("movie", movie::movie),
    ("ocio", config::config),
    ("png", |bytes| one(&PngDecoder, bytes)),
    ("tiff", |bytes| one(&TiffDecoder, bytes)),
];

/// Small enough that a lie in a header costs the fuzzer no time: a million pixels.
fn options(bytes: &[u8]) -> DecodeOptions {
    let limits = Limits::default().with_pixels(1 << 20);
    // half of all files are read for what is whole in them
    DecodeOptions::default().with_limits(limits).with_partial(bytes.len() % 2 == 1)
}

/// Reads a file of any format to its last row.
fn any(bytes: &[u8]) {
    finish(decode(Box::new(Cursor::new(bytes.to_vec())), &options(bytes)));
}

/// Reads a file of one format to its last row.
fn one(decoder: &dyn Decoder, bytes: &[u8]) {
    if decoder.recognizes(&bytes[..bytes.len().min(HEAD)]) {
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
