//! Any bytes, as DPX.
#![no_main]

use proxycore::decode::DpxDecoder;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxycore_fuzz::open(&DpxDecoder, bytes));
