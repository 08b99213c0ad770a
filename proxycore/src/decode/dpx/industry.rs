//! The film and television headers: keycode, frame rate and timecode.

use crate::decode::film::{Fields, rational};
use crate::image::{Rational, Timecode};

/// The film header's frame rate, else the television header's.
pub(super) fn frames_per_second(fields: &Fields) -> Option<Rational> {
    [1724, 1940].into_iter().find_map(|at| fields.real(at).and_then(rational))
}

/// The television header's timecode: binary coded decimals, hours in the high byte, with the flags
/// of SMPTE ST 12-1 in the bits that no digit needs. Digits that no clock shows are no timecode.
pub(super) fn timecode(fields: &Fields) -> Option<Timecode> {
    let [hours, minutes, seconds, frames] = fields.long(1920)?.to_be_bytes();
    let digits = |byte: u8, mask: u8, end: u8| {
        let (tens, units) = ((byte & mask) >> 4, byte & 0xf);
        let value = 10 * tens + units;
        (units < 10 && value < end).then_some(value)
    };
    Some(Timecode {
        hours: digits(hours, 0x3f, 24)?,
        minutes: digits(minutes, 0x7f, 60)?,
        seconds: digits(seconds, 0x7f, 60)?,
        frames: digits(frames, 0x3f, 40)?,
        drop_frame: frames & 0x40 != 0,
    })
}

/// The film's edge code as it is in the file: manufacturer, type, offset in perforations, prefix
/// and count, without gaps.
pub(super) fn edge_code(fields: &Fields) -> Option<String> {
    let parts = KEYCODE.map(|(at, len)| fields.text(at, len));
    let code: String = parts.into_iter().flatten().collect();
    (!code.is_empty()).then_some(code)
}

/// The keycode (SMPTE ST 254): manufacturer, type, prefix, count, offset in perforations,
/// perforations a frame and a count, separated by colons as OpenEXR's tools print it.
pub(super) fn keycode(fields: &Fields) -> Option<String> {
    let [maker, kind, perforation, prefix, count] =
        KEYCODE.map(|(at, len)| fields.text(at, len).and_then(|text| text.parse::<u32>().ok()));
    let (per_frame, per_count) = perforations(fields.text(1680, 32).as_deref());
    let (kind, prefix, count) = (kind.unwrap_or(0), prefix.unwrap_or(0), count.unwrap_or(0));
    let (maker, perforation) = (maker?, perforation.unwrap_or(0));
    Some(format!("{maker}:{kind}:{prefix}:{count}:{perforation}:{per_frame}:{per_count}"))
}

/// Manufacturer, type, offset in perforations, prefix, count: where, and how many digits.
const KEYCODE: [(usize, usize); 5] = [(1664, 2), (1666, 2), (1668, 2), (1670, 6), (1676, 4)];

/// Perforations a frame and a count of film in a format: those of four-perforation 35 mm unless
/// the format's name says otherwise.
fn perforations(format: Option<&str>) -> (u32, u32) {
    const FORMATS: &[(&str, u32, u32)] = &[
        ("8kimax", 15, 120),
        ("2kvv", 8, 64),
        ("4kvv", 8, 64),
        ("VistaVision", 8, 64),
        ("2k3perf", 3, 64),
        ("4k3perf", 3, 64),
        ("3perf", 3, 64),
    ];
    let known = |(name, ..): &&(&str, u32, u32)| format.is_some_and(|text| text.starts_with(name));
    FORMATS.iter().find(known).map_or((4, 64), |&(_, frame, count)| (frame, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(at: usize, bytes: &[u8]) -> Fields {
        let mut header = vec![0xff; 2048];
        header[at..at + bytes.len()].copy_from_slice(bytes);
        Fields::new(header, true)
    }

    #[test]
    fn timecodes_are_decimals_with_flags() {
        let code = |bytes: [u8; 4]| timecode(&with(1920, &bytes)).map(|code| code.to_string());
        assert_eq!(code([0x01, 0x02, 0x03, 0x04]).as_deref(), Some("01:02:03:04"));
        assert_eq!(code([0x23, 0x59, 0x59, 0x69]).as_deref(), Some("23:59:59;29"));
        assert_eq!(code([0xa3, 0x59, 0x59, 0x00]).as_deref(), Some("23:59:59:00"));
        for nonsense in [[0x24, 0, 0, 0], [0, 0x60, 0, 0], [0, 0, 0x0a, 0], [0xff; 4]] {
            assert_eq!(code(nonsense), None, "{nonsense:x?}");
        }
    }

    #[test]
    fn keycodes_are_read() {
        let mut text = b"0123020123456789VistaVision\0".to_vec();
        let fields = with(1664, &text);
        assert_eq!(edge_code(&fields).as_deref(), Some("0123020123456789"));
        assert_eq!(keycode(&fields).as_deref(), Some("1:23:12345:6789:2:8:64"));
        text[0] = b'x';
        assert_eq!(keycode(&with(1664, &text)), None);
    }
}
