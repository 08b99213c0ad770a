//! Any bytes, as Radiance HDR.
#![no_main]

use proxycore::decode::RadianceDecoder;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxycore_fuzz::open(&RadianceDecoder, bytes));
