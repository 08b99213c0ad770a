//! The sequence parameter set, ITU-T H.264 section 7.3.2.1.1: read as an encoder wrote it, and written
//! with what our movie is.
//!
//! It knows what the encoders write that are built in: High profile, 4:2:0 of 8 bits, frames and no
//! fields. The rest is refused.

use super::bits::{Reader, Writer};
use super::nal;
use crate::encode::Nclx;
use crate::encode::codec::StreamSpec;
use crate::image::{Extent, Rational};

/// The profile High.
const HIGH: u32 = 100;

/// What decoding needs to know, and so cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sps {
    id: u32,
    /// Bits of `frame_num`.
    pub(super) frame_num: u32,
    /// Bits of `pic_order_cnt_lsb`; none where pictures are shown as they are decoded.
    pub(super) order: Option<u32>,
    /// The most pictures that others refer to.
    pub(super) references: u32,
    gaps: bool,
    /// Width and height in macroblocks.
    blocks: [u32; 2],
    direct_8x8: bool,
}

impl Sps {
    /// Reads one without a start code.
    pub(super) fn read(sps: &[u8]) -> Option<Self> {
        let bytes = nal::unescaped(sps);
        let mut bits = Reader::new(&bytes);
        (bits.bits(8)? & 0x1f == u32::from(nal::SPS)).then_some(())?;
        (bits.bits(8)? == HIGH).then_some(())?;
        bits.bits(16)?;
        let id = bits.number()?;
        // 4:2:0, 8 bits each, no bypass, no scaling
        let plain = (bits.number()?, bits.number()?, bits.number()?, bits.bits(2)?);
        (plain == (1, 0, 0, 0)).then_some(())?;
        let frame_num = bits.number()?.checked_add(4)?;
        let order = match bits.number()? {
            0 => Some(bits.number()?.checked_add(4)?),
            2 => None,
            _ => return None,
        };
        let (references, gaps) = (bits.number()?, bits.bit()?);
        let blocks = [bits.number()?.checked_add(1)?, bits.number()?.checked_add(1)?];
        bits.bit()?.then_some(())?;
        let direct_8x8 = bits.bit()?;
        let bounded = frame_num <= 16 && order.is_none_or(|bits| bits <= 16) && references <= 16;
        bounded.then_some(Self { id, frame_num, order, references, gaps, blocks, direct_8x8 })
    }

    /// Writes it, for pictures of `size`, the rest of which is cropped: right and below.
    pub(super) fn write(&self, level: u8, size: Extent, vui: &Vui) -> Vec<u8> {
        let mut bits = Writer::default();
        bits.bits(8, 0x60 | u32::from(nal::SPS));
        bits.bits(8, HIGH);
        bits.bits(8, 0);
        bits.bits(8, level.into());
        bits.number(self.id);
        bits.numbers([1, 0, 0]);
        bits.bits(2, 0);
        bits.number(self.frame_num - 4);
        match self.order {
            Some(lsb) => bits.numbers([0, lsb - 4]),
            None => bits.number(2),
        }
        bits.number(self.references);
        bits.bit(self.gaps);
        bits.numbers(self.blocks.map(|count| count - 1));
        bits.bit(true);
        bits.bit(self.direct_8x8);
        self.crop(size, &mut bits);
        bits.bit(true);
        vui.write(self.references, &mut bits);
        nal::escaped(&bits.ended())
    }

    /// Sides are cropped by two pixels at a time, which share their chroma.
    fn crop(&self, size: Extent, bits: &mut Writer) {
        let [wide, tall] = self.blocks.map(|count| 16 * count);
        let right = wide.saturating_sub(size.width) / 2;
        let below = tall.saturating_sub(size.height) / 2;
        let cropped = right + below > 0;
        bits.bit(cropped);
        if cropped {
            bits.numbers([0, right, 0, below]);
        }
    }
}

/// The video usability information, annex E.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vui {
    pixel_aspect: Rational,
    colour: Nclx,
    fps: Rational,
    /// The most pictures that are decoded before one and shown after it.
    reordered: u32,
}

impl Vui {
    pub(super) fn of(stream: &StreamSpec, reordered: u32) -> Self {
        let StreamSpec { pixel_aspect, colour, fps, .. } = *stream;
        Self { pixel_aspect, colour, fps, reordered }
    }

    fn write(&self, references: u32, bits: &mut Writer) {
        self.aspect(bits);
        // overscan_info_present_flag
        bits.bit(false);
        self.colours(bits);
        // chroma_loc_info_present_flag: left, as is meant where nothing is there
        bits.bit(false);
        self.timing(bits);
        // no HRD parameters of either kind, no pic_struct
        bits.bits(3, 0);
        self.restriction(references, bits);
    }

    fn aspect(&self, bits: &mut Writer) {
        let Rational { num, den } = self.pixel_aspect;
        let sides = [num, den].map(|side| u16::try_from(side).ok().filter(|side| *side > 0));
        let [Some(width), Some(height)] = sides else { return bits.bit(false) };
        bits.bit(true);
        if width == height {
            return bits.bits(8, 1);
        }
        // Extended_SAR
        bits.bits(8, 255);
        [width, height].iter().for_each(|side| bits.bits(16, (*side).into()));
    }

    /// Of no video format (5), in limited range.
    fn colours(&self, bits: &mut Writer) {
        let Nclx { primaries, transfer, matrix } = self.colour;
        bits.bit(true);
        bits.bits(3, 5);
        bits.bit(false);
        bits.bit(true);
        [primaries, transfer, matrix].iter().for_each(|code| bits.bits(8, (*code).into()));
    }

    /// A picture takes two ticks.
    fn timing(&self, bits: &mut Writer) {
        let Rational { num, den } = self.fps;
        let scale = num.checked_mul(2).filter(|scale| *scale > 0 && den > 0);
        bits.bit(scale.is_some());
        if let Some(scale) = scale {
            [den, scale].iter().for_each(|number| bits.bits(32, *number));
            // fixed_frame_rate_flag
            bits.bit(true);
        }
    }

    /// How many pictures a decoder has to keep, so that it shows each as early as it can.
    fn restriction(&self, references: u32, bits: &mut Writer) {
        bits.bit(true);
        // motion over the edges; bytes of a picture and bits of a macroblock are free
        bits.bit(true);
        bits.numbers([0, 0]);
        // the longest vectors, in bits of quarter pixels
        bits.numbers([15, 15]);
        // max_num_reorder_frames, max_dec_frame_buffering
        bits.numbers([self.reordered, references.max(self.reordered)]);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::encode::h264) fn sps() -> Sps {
        let (gaps, direct_8x8) = (false, true);
        Sps { id: 0, frame_num: 4, order: Some(8), references: 3, gaps, blocks: [5, 2], direct_8x8 }
    }

    fn vui(num: u32) -> Vui {
        let pixel_aspect = Rational { num, den: 1 };
        Vui {
            pixel_aspect,
            colour: Nclx::BT709,
            fps: Rational { num: 24_000, den: 1001 },
            reordered: 1,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for sps in [sps(), Sps { order: None, gaps: true, direct_8x8: false, ..sps() }] {
            let written = sps.write(31, Extent::new(70, 32), &vui(2));
            assert_eq!(Sps::read(&written), Some(sps));
            assert_eq!(written[..4], [0x67, 100, 0, 31]);
        }
    }

    #[test]
    fn what_is_cut_off_or_unknown_is_refused() {
        let written = sps().write(31, Extent::new(70, 32), &vui(1));
        assert!((0..8).all(|length| Sps::read(&written[..length]).is_none()));
        for (at, other) in [(0, 0x68), (1, 77), (1, 110)] {
            let mut changed = written.clone();
            changed[at] = other;
            assert_eq!(Sps::read(&changed), None);
        }
    }
}
