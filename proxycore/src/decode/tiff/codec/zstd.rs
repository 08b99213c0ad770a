//! Zstandard, compression 50000.

use std::io::Read;

use ruzstd::decoding::StreamingDecoder;

use super::broken;
use crate::error::Result;

pub(super) fn unpack(packed: &[u8], bytes: usize, out: &mut Vec<u8>) -> Result<()> {
    let decoder = StreamingDecoder::new(packed)
        .map_err(|cause| broken("damaged Zstandard header").with_source(cause))?;
    decoder
        .take(bytes as u64)
        .read_to_end(out)
        .map_err(|cause| broken("damaged Zstandard data").with_source(cause))?;
    Ok(())
}
