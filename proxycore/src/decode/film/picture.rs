//! Where a picture's codes lie, what they mean, and which of them are shown: enough to make bands
//! of its rows' bytes.

use super::{Packing, YCbCr, runs};
use crate::error::Result;
use crate::image::{NativeBand, Samples};

/// Rows of codes at a fixed distance, or one behind the other: of runs, or where codes run on over
/// the ends of rows.
#[derive(Debug, Clone)]
pub(in crate::decode) struct Source {
    /// Where the first row starts, in bytes of the file.
    pub(in crate::decode) offset: u64,
    /// From the start of a row to the next one's.
    pub(in crate::decode) stride: u64,
    /// Codes of a pixel.
    pub(in crate::decode) step: usize,
    /// How they are packed.
    pub(in crate::decode) packing: Packing,
    /// Whether a row's first code follows the last one of the row before, in the middle of a word.
    pub(in crate::decode) runs_on: bool,
}

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Value {
    /// An unsigned integer, kept as a code up to 16 bits.
    Unsigned,
    /// A two's complement integer, shown as a part of the largest one.
    Signed,
    /// IEEE 754 of 32 or 64 bits.
    Real,
}

/// The codes that a plane is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) struct Pick {
    /// The number of the source.
    pub(in crate::decode) source: usize,
    /// Which code of a pixel.
    pub(in crate::decode) code: usize,
}

/// What is shown.
#[derive(Debug, Clone)]
pub(in crate::decode) enum Show {
    /// Codes as they are: one plane, or R, G, B.
    Planes(Vec<Pick>),
    /// R, G, B made of luma and colour differences, all from the first source.
    Chroma(YCbCr),
}

/// A picture as stored.
#[derive(Debug, Clone)]
pub(in crate::decode) struct Picture {
    pub(in crate::decode) format: &'static str,
    pub(in crate::decode) width: usize,
    pub(in crate::decode) height: usize,
    pub(in crate::decode) sources: Vec<Source>,
    pub(in crate::decode) value: Value,
    pub(in crate::decode) show: Show,
    /// Whether rows are runs of pixels (SMPTE ST 268-1, encoding 1).
    pub(in crate::decode) runs: bool,
    /// Whether the first row stored is the last one shown.
    pub(in crate::decode) bottom_up: bool,
    /// The codes that are black and white, where they are not all that the samples have.
    pub(in crate::decode) range: Option<[u16; 2]>,
}

/// A row of a source as stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed<'a> {
    pub(super) bytes: &'a [u8],
    /// Codes before the row's first.
    pub(super) skipped: usize,
}

/// A row, of each source.
pub(super) type Row<'a> = Vec<Packed<'a>>;

impl Picture {
    /// Bytes of a row of a source, without what fills it up.
    pub(super) fn row_bytes(&self, source: &Source) -> u64 {
        source.packing.bytes(self.row_codes(source))
    }

    /// Codes of a row of a source.
    pub(super) fn row_codes(&self, source: &Source) -> u64 {
        self.width as u64 * source.step as u64
    }

    pub(super) fn planes(&self) -> usize {
        match &self.show {
            Show::Planes(picks) => picks.len(),
            Show::Chroma(_) => 3,
        }
    }

    /// Makes rows of zeros, of the type that the picture has.
    pub(super) fn black(&self, y: usize, rows: usize) -> NativeBand {
        let count = rows * self.planes() * self.width;
        let bits = self.sources[0].packing.bits;
        let (samples, white) = match bits {
            _ if !self.keeps_codes() => (Samples::Float(vec![0.0; count]), 1),
            0..=8 => (Samples::U8(vec![0; count]), (1_u16 << bits) - 1),
            _ => (Samples::U16(vec![0; count]), u16::MAX >> (16 - bits)),
        };
        let range = self.range.filter(|_| self.keeps_codes()).unwrap_or([0, white]);
        NativeBand::new(y as u32, self.width as u32, self.planes() as u32, samples)
            .with_range(range)
    }

    /// Unpacks one row into a row of `samples`.
    pub(super) fn unpack(&self, row: &Row<'_>, index: usize, samples: &mut Samples) -> Result<()> {
        let size = self.planes() * self.width;
        let span = index * size..(index + 1) * size;
        match samples {
            Samples::U8(out) => self.codes(row, &mut out[span], |code| code as u8),
            Samples::U16(out) => self.codes_of_words(row, &mut out[span]),
            Samples::Float(out) => self.lights(row, &mut out[span]),
            Samples::Half(_) => unreachable!("film formats have no such samples"),
        }
    }

    fn keeps_codes(&self) -> bool {
        let planes = matches!(self.show, Show::Planes(_));
        planes && self.value == Value::Unsigned && self.sources[0].packing.bits <= 16
    }

    fn codes_of_words(&self, row: &Row<'_>, out: &mut [u16]) -> Result<()> {
        if self.is_plain_rgb() {
            let (red, rest) = out.split_at_mut(self.width);
            let (green, blue) = rest.split_at_mut(self.width);
            if self.sources[0].packing.pixels(row[0].bytes, [red, green, blue]) {
                return Ok(());
            }
        }
        self.codes(row, out, |code| code)
    }

    fn is_plain_rgb(&self) -> bool {
        let Show::Planes(picks) = &self.show else {
            return false;
        };
        let in_order = [0, 1, 2].map(|code| Pick { source: 0, code });
        let source = &self.sources[0];
        !self.runs && !source.runs_on && source.step == 3 && picks[..] == in_order
    }

    /// Places codes of up to 16 bits.
    fn codes<T>(&self, row: &Row<'_>, out: &mut [T], make: impl Fn(u16) -> T) -> Result<()> {
        let Show::Planes(picks) = &self.show else {
            unreachable!("colour differences are shown as light");
        };
        let mut unpacked = Vec::new();
        for (source, row) in self.sources.iter().zip(row) {
            let mut codes = vec![0; row.skipped + self.width * source.step];
            if self.runs {
                let wide = self.expand(source, row.bytes)?;
                codes.iter_mut().zip(wide).for_each(|(code, wide)| *code = wide as u16);
            } else {
                source.packing.codes(row.bytes, &mut codes);
            }
            codes.drain(..row.skipped);
            unpacked.push(codes);
        }
        for (plane, pick) in out.chunks_exact_mut(self.width).zip(picks) {
            let pixels = unpacked[pick.source].chunks_exact(self.sources[pick.source].step);
            plane.iter_mut().zip(pixels).for_each(|(out, pixel)| *out = make(pixel[pick.code]));
        }
        Ok(())
    }

    /// Places codes as light.
    fn lights(&self, row: &Row<'_>, out: &mut [f32]) -> Result<()> {
        let mut unpacked = Vec::new();
        for (source, row) in self.sources.iter().zip(row) {
            unpacked.push(self.lights_of(source, row)?);
        }
        match &self.show {
            Show::Chroma(chroma) => chroma.convert(&unpacked[0], out),
            Show::Planes(picks) => {
                for (plane, pick) in out.chunks_exact_mut(self.width).zip(picks) {
                    let pixels = unpacked[pick.source].chunks_exact(self.sources[pick.source].step);
                    plane.iter_mut().zip(pixels).for_each(|(out, pixel)| *out = pixel[pick.code]);
                }
            }
        }
        Ok(())
    }

    fn lights_of(&self, source: &Source, row: &Packed<'_>) -> Result<Vec<f32>> {
        let bits = source.packing.bits;
        let wide = if self.runs {
            self.expand(source, row.bytes)?
        } else {
            let codes = row.skipped..row.skipped + self.width * source.step;
            codes.map_while(|at| source.packing.code(row.bytes, at)).collect()
        };
        Ok(wide.into_iter().map(|code| self.value.light(code, bits)).collect())
    }

    fn expand(&self, source: &Source, bytes: &[u8]) -> Result<Vec<u64>> {
        runs::expand(self.format, &source.packing, bytes, source.step, self.width)
    }
}

impl Value {
    /// The light of a code: integers as parts of the largest one.
    fn light(self, code: u64, bits: u32) -> f32 {
        let unused = 64 - bits;
        match self {
            Self::Real if bits == 64 => f64::from_bits(code) as f32,
            Self::Real => f32::from_bits(code as u32),
            Self::Unsigned => (code as f64 / (u64::MAX >> unused) as f64) as f32,
            Self::Signed => {
                let signed = (code << unused).cast_signed() >> unused;
                (signed as f64 / ((u64::MAX >> unused) >> 1).max(1) as f64) as f32
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_light() {
        assert_eq!(Value::Unsigned.light(1023, 10), 1.0);
        assert_eq!(Value::Signed.light(0x80, 8), -128.0 / 127.0);
        assert_eq!(Value::Signed.light(0x7f, 8), 1.0);
        assert_eq!(Value::Real.light(0x3f80_0000, 32), 1.0);
        assert_eq!(Value::Real.light(0.5_f64.to_bits(), 64), 0.5);
    }
}
