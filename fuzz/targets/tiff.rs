//! Any bytes, as TIFF.
#![no_main]

use proxycore::decode::TiffDecoder;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxycore_fuzz::open(&TiffDecoder, bytes));
