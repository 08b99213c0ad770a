//! NAL units: with start codes as encoders give them, and after their lengths as MP4 stores them.

/// `nal_unit_type`, ITU-T H.264 table 7-1.
pub(super) const IDR: u8 = 5;
pub(super) const SPS: u8 = 7;
pub(super) const PPS: u8 = 8;

/// The kind of a unit.
pub(super) fn kind(nal: &[u8]) -> u8 {
    nal.first().map_or(0, |header| header & 0x1f)
}

/// The units of a stream with start codes (annex B), without those.
pub(super) fn units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut starts = memchr(stream).collect::<Vec<_>>();
    starts.push(stream.len() + 3);
    let ends = starts.clone();
    let unit = |(start, end): (usize, usize)| {
        let unit = &stream[start.min(stream.len())..end - 3];
        let zeros = unit.iter().rev().take_while(|byte| **byte == 0).count();
        &unit[..unit.len() - zeros]
    };
    starts.into_iter().zip(ends.into_iter().skip(1)).map(unit).filter(|unit| !unit.is_empty())
}

/// Where units begin: after each 0, 0, 1.
fn memchr(stream: &[u8]) -> impl Iterator<Item = usize> {
    stream.windows(3).enumerate().filter(|(_, three)| **three == [0, 0, 1]).map(|(at, _)| at + 3)
}

/// Appends a unit after its length in 4 bytes.
pub(super) fn store(nal: &[u8], sample: &mut Vec<u8>) {
    sample.extend_from_slice(&(nal.len() as u32).to_be_bytes());
    sample.extend_from_slice(nal);
}

/// Takes out the bytes that keep start codes from appearing, section 7.4.1.
pub(super) fn unescaped(nal: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(nal.len());
    let mut zeros = 0;
    for byte in nal {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        bytes.push(*byte);
    }
    bytes
}

/// Puts them in.
pub(super) fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut nal = Vec::with_capacity(bytes.len() + 8);
    let mut zeros = 0;
    for byte in bytes {
        if zeros >= 2 && *byte <= 3 {
            nal.push(3);
            zeros = 0;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        nal.push(*byte);
    }
    nal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_lie_between_start_codes() {
        let stream = [0, 0, 0, 1, 0x67, 9, 0, 0, 1, 0x68, 8, 0, 0, 0, 1, 0x65, 0, 0, 3, 1, 0];
        let found: Vec<_> = units(&stream).collect();
        assert_eq!(found, [&[0x67, 9][..], &[0x68, 8], &[0x65, 0, 0, 3, 1]]);
        assert_eq!(units(&[]).count() + units(&[0, 0, 1]).count() + units(&[5; 9]).count(), 0);
    }

    #[test]
    fn start_codes_cannot_appear_inside() {
        let bytes = [0x65, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4];
        let nal = escaped(&bytes);
        assert!(nal.windows(3).all(|three| three[..2] != [0, 0] || three[2] > 2), "{nal:?}");
        assert_eq!(unescaped(&nal), bytes);
        assert_eq!(nal, [0x65, 0, 0, 3, 0, 0, 3, 0, 1, 0, 0, 3, 2, 0, 0, 3, 3, 0, 0, 4]);
    }
}
