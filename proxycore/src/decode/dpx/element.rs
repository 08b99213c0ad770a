//! Image elements: what their codes stand for and how they are packed.

use super::FORMAT;
use crate::decode::film::{Cells, Fields, Packing, Value};
use crate::error::{Error, Result};
use crate::image::SampleType;

/// What an element's codes are (SMPTE ST 268-1, table 1).
#[derive(Debug)]
pub(super) struct Descriptor {
    code: u8,
    /// Its name in OpenImageIO's words.
    pub(super) name: &'static str,
    /// Its channels in the order of their codes; of 4:2:2, those of two pixels.
    pub(super) channels: &'static [&'static str],
    /// Codes of a pixel.
    pub(super) step: usize,
}

const fn whole(code: u8, name: &'static str, channels: &'static [&'static str]) -> Descriptor {
    Descriptor { code, name, channels, step: channels.len() }
}

const GENERIC: [&str; 8] = [
    "channel0", "channel1", "channel2", "channel3", "channel4", "channel5", "channel6", "channel7",
];

const fn generic(code: u8, components: usize) -> Descriptor {
    whole(code, "User defined", GENERIC.split_at(components).0)
}

const CB_Y_CR_Y: u8 = 100;
const CB_Y_A_CR_Y_A: u8 = 101;

const DESCRIPTORS: &[Descriptor] = &[
    generic(0, 1),
    whole(1, "Red", &["R"]),
    whole(2, "Green", &["G"]),
    whole(3, "Blue", &["B"]),
    whole(4, "Alpha", &["A"]),
    whole(6, "Luma", &["Y"]),
    whole(7, "Color difference", &["CbCr"]),
    whole(8, "Depth", &["Z"]),
    whole(9, "Composite video", &["composite"]),
    whole(50, "RGB", &["R", "G", "B"]),
    whole(51, "RGBA", &["R", "G", "B", "A"]),
    whole(52, "ABGR", &["A", "B", "G", "R"]),
    Descriptor { code: CB_Y_CR_Y, name: "CbYCrY", channels: &["Cb", "Y", "Cr"], step: 2 },
    Descriptor {
        code: CB_Y_A_CR_Y_A,
        name: "CbYACrYA",
        channels: &["Cb", "Y", "A", "Cr"],
        step: 3,
    },
    whole(102, "CbYCr", &["Cb", "Y", "Cr"]),
    whole(103, "CbYCrA", &["Cb", "Y", "Cr", "A"]),
    generic(150, 2),
    generic(151, 3),
    generic(152, 4),
    generic(153, 5),
    generic(154, 6),
    generic(155, 7),
    generic(156, 8),
];

impl Descriptor {
    /// Whether every second pixel shares its colour differences.
    pub(super) fn is_subsampled(&self) -> bool {
        matches!(self.code, CB_Y_CR_Y | CB_Y_A_CR_Y_A)
    }

    /// Whether it has luma and colour differences.
    pub(super) fn is_ycbcr(&self) -> bool {
        self.channels.starts_with(&["Cb"])
    }

    /// Which code of a pixel a channel is; of subsampled channels, none.
    pub(super) fn code_of(&self, channel: &str) -> Option<usize> {
        let found = self.channels.iter().position(|name| *name == channel)?;
        (!self.is_subsampled() || matches!(channel, "Y" | "A")).then_some(found)
    }
}

/// An element as its fields tell it.
#[derive(Debug)]
pub(super) struct Element {
    /// Where its fields are, in bytes of the file.
    pub(super) at: usize,
    pub(super) signed: bool,
    code: u8,
    pub(super) colorimetric: u8,
    pub(super) bits: u8,
    pub(super) packing: u16,
    pub(super) encoding: u16,
    pub(super) offset: Option<u64>,
    pub(super) line_padding: u64,
    big_endian: bool,
}

impl Element {
    pub(super) fn read(fields: &Fields, at: usize) -> Self {
        let offset = fields.long(at + 28).filter(|&offset| offset != 0);
        Self {
            at,
            signed: fields.long(at) == Some(1),
            code: fields.byte(at + 20).unwrap_or(u8::MAX),
            colorimetric: fields.byte(at + 22).unwrap_or(u8::MAX),
            bits: fields.byte(at + 23).unwrap_or(0),
            packing: fields.short(at + 24).unwrap_or(0),
            encoding: fields.short(at + 26).unwrap_or(0),
            offset: offset.map(u64::from),
            line_padding: fields.long(at + 32).unwrap_or(0).into(),
            big_endian: fields.big_endian(),
        }
    }

    /// What its codes are, where the standard has such a descriptor.
    pub(super) fn descriptor(&self) -> Option<&'static Descriptor> {
        DESCRIPTORS.iter().find(|descriptor| descriptor.code == self.code)
    }

    /// Its descriptor's name.
    pub(super) fn name(&self) -> &'static str {
        self.descriptor().map_or("Undefined", |descriptor| descriptor.name)
    }

    /// What its codes are.
    pub(super) fn described(&self) -> Result<&'static Descriptor> {
        let unknown = || Error::unsupported(FORMAT, format!("image descriptor {}", self.code));
        self.descriptor().ok_or_else(unknown)
    }

    pub(super) fn sample_type(&self) -> SampleType {
        match self.bits {
            0..=8 => SampleType::Uint8,
            9..=16 => SampleType::Uint16,
            _ => SampleType::Float,
        }
    }

    pub(super) fn is_run_length(&self) -> bool {
        self.encoding == 1
    }

    pub(super) fn value(&self) -> Value {
        match self.bits {
            32 | 64 => Value::Real,
            _ if self.signed => Value::Signed,
            _ => Value::Unsigned,
        }
    }

    /// How codes lie in words (table 3A to 3C).
    pub(super) fn packing(&self, step: usize) -> Result<Packing> {
        let own = |bytes, shift| Cells::Own { bytes, shift };
        let low_first = step == 1;
        let cells = match (self.bits, self.packing) {
            (1, _) | (10 | 12, 0) => Cells::Packed,
            (8, _) => own(1, 0),
            (10, 1) => Cells::Thirds { shift: 2, low_first },
            (10, 2) => Cells::Thirds { shift: 0, low_first },
            (12, 1) => own(2, 4),
            (12, 2) | (16, _) => own(2, 0),
            (32, _) => own(4, 0),
            (64, _) => own(8, 0),
            (bits, packing) => {
                let feature = format!("{bits}-bit codes in packing {packing}");
                return Err(Error::unsupported(FORMAT, feature));
            }
        };
        Ok(Packing { cells, bits: self.bits.into(), big_endian: self.big_endian })
    }
}
