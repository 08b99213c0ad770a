//! Deflate in a zlib wrapper, compressions 8 and 32946.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::broken;
use crate::error::Result;

pub(super) fn unpack(packed: &[u8], bytes: usize, out: &mut Vec<u8>) -> Result<()> {
    ZlibDecoder::new(packed)
        .take(bytes as u64)
        .read_to_end(out)
        .map_err(|cause| broken("damaged deflate data").with_source(cause))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_whole_of_a_cut_stream_is_kept() {
        let bytes: Vec<u8> = (0..20_000_u32).map(|at| ((at * at) >> 7) as u8).collect();
        let mut encoder =
            flate2::read::ZlibEncoder::new(&bytes[..], flate2::Compression::default());
        let mut packed = Vec::new();
        encoder.read_to_end(&mut packed).unwrap();
        let mut out = Vec::new();
        unpack(&packed, 12_345, &mut out).unwrap();
        assert_eq!(out, bytes[..12_345]);
        out.clear();
        unpack(&packed[..packed.len() / 2], bytes.len(), &mut out).unwrap_err();
        assert!(!out.is_empty() && bytes.starts_with(&out));
    }
}
