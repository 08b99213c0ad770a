//! Any bytes, as PNG.
#![no_main]

use proxycore::decode::PngDecoder;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxycore_fuzz::open(&PngDecoder, bytes));
