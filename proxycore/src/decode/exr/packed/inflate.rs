//! Zlib streams (RFC 1950) whose size is known before.
//!
//! With the feature `libdeflate` by libdeflate, which is C and takes two thirds of the time; without by
//! `zune-inflate`, in Rust. Both give the same bytes, and refuse the same streams but for what follows
//! a stream's end.

use super::damaged;
use crate::error::{Error, Result};

/// Inflates `packed` to all of `bytes`.
///
/// # Errors
/// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for a damaged stream, and one of another size.
#[cfg(feature = "libdeflate")]
pub(super) fn inflate(packed: &[u8], bytes: &mut [u8]) -> Result<()> {
    use libdeflater::{DecompressionError, Decompressor};

    match Decompressor::new().zlib_decompress(packed, bytes) {
        Ok(length) if length == bytes.len() => Ok(()),
        Ok(_) | Err(DecompressionError::InsufficientSpace) => Err(wrong_size()),
        Err(DecompressionError::BadData) => Err(damaged("a ZIP block is damaged")),
    }
}

/// The same.
#[cfg(not(feature = "libdeflate"))]
pub(super) fn inflate(packed: &[u8], bytes: &mut [u8]) -> Result<()> {
    bytes.copy_from_slice(&plain(packed, bytes.len())?);
    Ok(())
}

/// Inflates what has to be of a size.
#[cfg(any(test, not(feature = "libdeflate")))]
fn plain(packed: &[u8], size: usize) -> Result<Vec<u8>> {
    use zune_inflate::{DeflateDecoder, DeflateOptions};

    let options = DeflateOptions::default().set_limit(size).set_size_hint(size);
    match DeflateDecoder::new_with_options(packed, options).decode_zlib() {
        Ok(bytes) if bytes.len() == size => Ok(bytes),
        Ok(_) => Err(wrong_size()),
        Err(_) => Err(damaged("a ZIP block is damaged")),
    }
}

fn wrong_size() -> Error {
    damaged("a ZIP block has too few samples or too many")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn packed(bytes: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn both_give_the_same_and_refuse_the_same() {
        let mut random = fastrand::Rng::with_seed(8);
        for (level, range) in [(0, 4), (1, 4), (6, 30), (9, 256)] {
            let bytes: Vec<u8> = (0..5000).map(|_| random.u16(..range) as u8).collect();
            let good = packed(&bytes, level);
            let mut made = vec![0; bytes.len()];
            inflate(&good, &mut made).unwrap();
            assert_eq!((&made, &plain(&good, bytes.len()).unwrap()), (&bytes, &bytes));
            for size in [0, 4999, 5001] {
                assert!(inflate(&good, &mut vec![0; size]).is_err());
                assert!(plain(&good, size).is_err());
            }
            for _ in 0..200 {
                let mut bad = good.clone();
                bad[random.usize(..good.len())] ^= 1 << random.u8(..8);
                bad.truncate(random.usize(good.len() / 2..=good.len()));
                let (one, two) = (inflate(&bad, &mut made), plain(&bad, bytes.len()));
                assert_eq!(one.is_ok(), two.is_ok());
                assert!(one.is_err() || made == bytes, "a checksum that holds");
            }
        }
    }
}
