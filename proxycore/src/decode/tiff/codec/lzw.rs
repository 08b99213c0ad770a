//! LZW, compression 5 (TIFF 6.0, section 13), and the older kind whose codes start at a byte's
//! lowest bit and grow one code later.

use weezl::decode::Decoder;
use weezl::{BitOrder, LzwStatus};

use super::broken;
use crate::error::Result;

/// Room that is made at a time at the most, so that memory follows what the input yields.
const STEP: usize = 1 << 16;

pub(super) fn unpack(packed: &[u8], bytes: usize, out: &mut Vec<u8>) -> Result<()> {
    let mut decoder = decoder(packed);
    let mut left = packed;
    while out.len() < bytes {
        let start = out.len();
        out.resize(bytes.min(start + STEP), 0);
        let result = decoder.decode_bytes(left, &mut out[start..]);
        out.truncate(start + result.consumed_out);
        left = &left[result.consumed_in..];
        match result.status {
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::Done | LzwStatus::NoProgress) => break,
            Err(cause) => return Err(broken("damaged LZW data").with_source(cause)),
        }
    }
    Ok(())
}

/// The first code clears the table: 256 in nine bits, from the top or from the bottom.
fn decoder(packed: &[u8]) -> Decoder {
    match packed {
        [0, second, ..] if second & 1 == 1 => Decoder::new(BitOrder::Lsb, 8),
        _ => Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
    }
}

#[cfg(test)]
mod tests {
    use weezl::encode::Encoder;

    use super::*;

    #[test]
    fn both_kinds_unpack() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|at| (at.wrapping_mul(at) >> 9) as u8).collect();
        let new = Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(&bytes).unwrap();
        let old = Encoder::new(BitOrder::Lsb, 8).encode(&bytes).unwrap();
        for packed in [new, old] {
            let mut out = Vec::new();
            unpack(&packed, bytes.len(), &mut out).unwrap();
            assert!(out == bytes);
            out.clear();
            unpack(&packed[..packed.len() / 2], bytes.len(), &mut out).unwrap();
            assert!(out.len() < bytes.len() && bytes.starts_with(&out));
        }
    }
}
