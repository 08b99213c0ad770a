//! Any bytes, as JPEG.
#![no_main]

use proxycore::decode::JpegDecoder;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxycore_fuzz::open(&JpegDecoder, bytes));
