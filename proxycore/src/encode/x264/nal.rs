//! NAL units, each after its length in 4 bytes.

use super::NAME;
use crate::error::{Error, Result};

/// `nal_unit_type`, ITU-T H.264 table 7-1.
const SEI: u8 = 6;
const SPS: u8 = 7;
const PPS: u8 = 8;

fn kind(nal: &[u8]) -> u8 {
    nal.first().map_or(0, |header| header & 0x1f)
}

/// The units.
fn units(mut bytes: &[u8]) -> Result<Vec<&[u8]>> {
    let broken = || Error::encode(NAME, "gave units whose lengths do not add up");
    let mut units = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk().ok_or_else(broken)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (unit, rest) = rest.split_at_checked(length).ok_or_else(broken)?;
        units.push(unit);
        bytes = rest;
    }
    Ok(units)
}

/// The sequence and the picture parameter set.
pub(super) fn parameters(bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
    let units = units(bytes)?;
    let one = |wanted| {
        let found = units.iter().find(|unit| kind(unit) == wanted);
        found.map(|unit| unit.to_vec()).ok_or_else(|| Error::encode(NAME, "made no parameter sets"))
    };
    Ok(vec![one(SPS)?, one(PPS)?])
}

/// What shows a picture: without parameter sets, which stand in the index, and without the note that
/// names the build.
pub(super) fn slices(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut kept = Vec::with_capacity(bytes.len());
    for unit in units(bytes)? {
        if !matches!(kind(unit), SEI | SPS | PPS) {
            kept.extend_from_slice(&(unit.len() as u32).to_be_bytes());
            kept.extend_from_slice(unit);
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(kind: u8, length: u8) -> Vec<u8> {
        let bytes = [&[0x60 | kind][..], &vec![1; usize::from(length) - 1]].concat();
        [&u32::from(length).to_be_bytes()[..], &bytes].concat()
    }

    #[test]
    fn pictures_are_told_from_parameters() {
        let stream = [unit(SPS, 9), unit(PPS, 4), unit(SEI, 30), unit(5, 12), unit(1, 3)].concat();
        assert_eq!(slices(&stream).unwrap(), [unit(5, 12), unit(1, 3)].concat());
        assert_eq!(parameters(&stream).unwrap(), [&unit(SPS, 9)[4..], &unit(PPS, 4)[4..]]);
        assert!(parameters(&unit(SPS, 9)).is_err());
        for cut in 1..stream.len() {
            let whole = [0, 13, 21, 55, 71].contains(&cut);
            assert_eq!(slices(&stream[..cut]).is_ok(), whole, "{cut}");
        }
    }
}
