//! Any bytes, as Cineon.
#![no_main]

use proxycore::decode::CineonDecoder;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxycore_fuzz::open(&CineonDecoder, bytes));
