//! Any bytes, as any format.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxycore_fuzz::decode(bytes));
