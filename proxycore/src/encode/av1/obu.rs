//! Open bitstream units (AV1 Bitstream and Decoding Process Specification, section 5.3).

use super::NAME;
use crate::error::{Error, Result};

/// `obu_type`.
const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;

/// What shows one picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// The sequence header, where there is one.
    pub(super) header: Option<Vec<u8>>,
    /// All units but delimiters, which MP4 leaves out (AV1 in ISOBMFF, section 2.4).
    pub(super) data: Vec<u8>,
}

/// Takes the units of one picture apart.
pub(super) fn unit(mut bytes: &[u8]) -> Result<Unit> {
    let mut unit = Unit { header: None, data: Vec::with_capacity(bytes.len()) };
    while let Some(first) = bytes.first() {
        let length = length(bytes).filter(|length| *length <= bytes.len());
        let length = length.ok_or_else(|| Error::encode(NAME, "gave units that do not add up"))?;
        let (whole, rest) = bytes.split_at(length);
        match first >> 3 & 0xf {
            TEMPORAL_DELIMITER => {}
            kind => {
                unit.data.extend_from_slice(whole);
                unit.header = (kind == SEQUENCE_HEADER).then(|| whole.to_vec()).or(unit.header);
            }
        }
        bytes = rest;
    }
    Ok(unit)
}

/// Bytes of the first unit: header, size and payload. Units without a size are not made here.
fn length(bytes: &[u8]) -> Option<usize> {
    let [header, ..] = bytes else { return None };
    let (has_extension, has_size) = (header & 4 != 0, header & 2 != 0);
    let start = 1 + usize::from(has_extension);
    let mut payload = 0;
    // leb128, section 4.10.5
    for at in 0..8 {
        let byte = *bytes.get(start + at).filter(|_| has_size)?;
        payload |= usize::from(byte & 0x7f).checked_shl(7 * at as u32)?;
        if byte & 0x80 == 0 {
            return (start + at + 1).checked_add(payload);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_go_and_the_header_is_kept() {
        let header = [&[0x0a, 3][..], &[7; 3]].concat();
        let long = [&[0x32, 0x81, 0x01][..], &[9; 129]].concat();
        let stream = [&[0x12, 0][..], &header, &long].concat();
        let taken = unit(&stream).unwrap();
        assert_eq!(taken.data, stream[2..]);
        assert_eq!(taken.header, Some(header));
        for cut in 1..stream.len() {
            assert_eq!(unit(&stream[..cut]).is_ok(), [2, 7].contains(&cut), "{cut}");
        }
        assert!(unit(&[0x30, 1, 1]).is_err(), "no size");
        assert!(unit(&[0x32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]).is_err());
    }
}
