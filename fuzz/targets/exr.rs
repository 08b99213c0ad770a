//! Any bytes, as OpenEXR.
#![no_main]

use proxycore::decode::ExrDecoder;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxycore_fuzz::open(&ExrDecoder, bytes));
