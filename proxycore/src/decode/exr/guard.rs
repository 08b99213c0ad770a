//! What keeps a hostile file from taking the process down with it.
//!
//! The crate may panic on damaged data (an index out of bounds; in builds with overflow checks, an
//! overflow); that is caught and becomes an error. What would abort is checked before: a DWA block
//! starts with eleven little-endian 64-bit numbers, of which nine are sizes that the
//! unpacker allocates by. They are believed only as far as the block's own size allows.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::FORMAT;
use crate::error::{Error, Result};

/// Calls into the crate, and makes a panic there the error of a damaged file.
///
/// Nothing that `call` touches is looked at again after a panic, so it may be left half-changed.
pub(super) fn survive<T>(call: impl FnOnce() -> exr::error::Result<T>) -> exr::error::Result<T> {
    let panicked = |_| Err(exr::error::Error::Invalid("the decoder gave up on it".into()));
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(panicked)
}

const COUNTERS: usize = 11;
const COUNTER_BYTES: usize = COUNTERS * 8;

/// Checks the counters of a DWAA or DWAB block that unpacks to `raw_bytes` of `padded_samples`
/// samples (every channel's pixels, rounded up to whole 8x8 blocks).
pub(super) fn check_dwa(block: &[u8], raw_bytes: u64, padded_samples: u64) -> Result<()> {
    let damaged = || Error::corrupt(FORMAT, "a DWA block's sizes contradict its length");
    if block.len() < COUNTER_BYTES {
        return Err(damaged());
    }
    let mut counters = [0_u64; COUNTERS];
    for (counter, bytes) in counters.iter_mut().zip(block.as_chunks().0) {
        *counter = u64::from_le_bytes(*bytes);
    }
    let [_, unknown_raw, unknown, ac, dc, rle, rle_raw, rle_out, ac_count, dc_count, _] = counters;
    let packed = block.len() as u64;
    let bounded = unknown_raw <= raw_bytes
        && [unknown, ac, dc, rle].iter().all(|&size| size <= packed)
        && rle_raw <= 2 * raw_bytes + packed
        && rle_out <= raw_bytes
        && ac_count <= padded_samples
        && dc_count <= padded_samples;
    bounded.then_some(()).ok_or_else(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(counters: [u64; COUNTERS]) -> Vec<u8> {
        counters.iter().flat_map(|counter| counter.to_le_bytes()).collect()
    }

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(survive(|| Ok(1)).unwrap(), 1);
        let given_up = survive(|| -> exr::error::Result<()> { panic!("on purpose") });
        assert!(matches!(given_up, Err(exr::error::Error::Invalid(_))));
    }

    #[test]
    fn sizes_within_the_block_pass_and_others_do_not() {
        let honest = [2, 100, 80, 8, 0, 0, 0, 0, 64, 1, 1];
        assert!(check_dwa(&block(honest), 128, 64).is_ok());
        for lie in 1..10 {
            let mut counters = honest;
            counters[lie] = u64::MAX / 2;
            assert!(check_dwa(&block(counters), 128, 64).is_err(), "counter {lie}");
        }
        assert!(check_dwa(&[0; 87], 128, 64).is_err());
    }
}
