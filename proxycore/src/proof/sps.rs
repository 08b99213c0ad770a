//! What an H.264 stream says of its colours: the VUI of its sequence parameter set.
//!
//! ITU-T H.264 sections 7.3.2.1.1 and E.1.1. It reads as far as the siting of chroma.

use super::Cicp;

/// The colour and the shape of pixels, where the stream says them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vui {
    pub(super) cicp: Cicp,
    /// Sample aspect ratio.
    pub(super) aspect: Option<[u32; 2]>,
    /// `chroma_sample_loc_type`, figure E-1; 0 (left) where nothing is said.
    pub(super) siting: u32,
}

/// Profiles that say their chroma format.
const HIGH: [u32; 12] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134];

/// Table E-1, from 1 on.
const ASPECTS: [[u32; 2]; 16] = [
    [1, 1],
    [12, 11],
    [10, 11],
    [16, 11],
    [40, 33],
    [24, 11],
    [20, 11],
    [32, 11],
    [80, 33],
    [18, 11],
    [15, 11],
    [64, 33],
    [160, 99],
    [4, 3],
    [3, 2],
    [2, 1],
];

impl Vui {
    /// Reads a parameter set, without a start code; `None` where it ends too early.
    pub(super) fn read(sps: &[u8]) -> Option<Self> {
        let bytes = unescape(sps.get(1..)?);
        let mut bits = Bits { bytes: &bytes, at: 0 };
        let mut vui = Self { cicp: Cicp::UNSPECIFIED, aspect: None, siting: 0 };
        skip_picture(&mut bits)?;
        if bits.flag()? {
            vui.fill(&mut bits)?;
        }
        Some(vui)
    }

    fn fill(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        if bits.flag()? {
            self.aspect = match bits.take(8)? {
                255 => Some([bits.take(16)?, bits.take(16)?]),
                other => other.checked_sub(1).and_then(|at| ASPECTS.get(at as usize)).copied(),
            };
        }
        if bits.flag()? {
            bits.flag()?;
        }
        if bits.flag()? {
            bits.take(3)?;
            self.cicp.full_range = bits.flag()?;
            if bits.flag()? {
                self.cicp.primaries = bits.take(8)? as u8;
                self.cicp.transfer = bits.take(8)? as u8;
                self.cicp.matrix = bits.take(8)? as u8;
            }
        }
        if bits.flag()? {
            self.siting = bits.number()?;
        }
        Some(())
    }
}

/// Passes over everything before the VUI.
fn skip_picture(bits: &mut Bits<'_>) -> Option<()> {
    let profile = bits.take(8)?;
    bits.take(16)?;
    bits.number()?;
    if HIGH.contains(&profile) {
        skip_chroma(bits)?;
    }
    bits.number()?;
    match bits.number()? {
        0 => drop(bits.number()?),
        1 => {
            bits.take(1)?;
            bits.number()?;
            bits.number()?;
            // at most 255, section 7.4.2.1.1
            (0..bits.number()?.min(255)).try_for_each(|_| bits.number().map(drop))?;
        }
        _ => {}
    }
    bits.number()?;
    bits.take(1)?;
    bits.number()?;
    bits.number()?;
    if !bits.flag()? {
        bits.take(1)?;
    }
    bits.take(1)?;
    if bits.flag()? {
        (0..4).try_for_each(|_| bits.number().map(drop))?;
    }
    Some(())
}

fn skip_chroma(bits: &mut Bits<'_>) -> Option<()> {
    let format = bits.number()?;
    if format == 3 {
        bits.take(1)?;
    }
    bits.number()?;
    bits.number()?;
    bits.take(1)?;
    if bits.flag()? {
        for list in 0..if format == 3 { 12 } else { 8 } {
            if bits.flag()? {
                skip_scaling(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(())
}

/// Section 7.3.2.1.1.1: a list ends where the next scale is 0.
fn skip_scaling(bits: &mut Bits<'_>, length: usize) -> Option<()> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..length {
        if next != 0 {
            next = (last + bits.signed()? + 256).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// Takes out the bytes that keep start codes from appearing, section 7.4.1.
fn unescape(nal: &[u8]) -> Vec<u8> {
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

/// Bits from the highest on, section 7.2, and the numbers of section 9.1.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0u32, |number, _| {
            let byte = self.bytes.get(self.at / 8)?;
            let bit = byte >> (7 - self.at % 8) & 1;
            self.at += 1;
            Some(number << 1 | u32::from(bit))
        })
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.take(1)? == 1)
    }

    /// `ue(v)`.
    fn number(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1u32 << zeros) - 1 + self.take(zeros)?)
    }

    /// `se(v)`.
    fn signed(&mut self) -> Option<i64> {
        let number = i64::from(self.number()?);
        Some(if number % 2 == 0 { -number / 2 } else { number / 2 + 1 })
    }
}
