//! What the segments before a scan say: the frame, the tables, and what applications add.

use std::sync::Arc;

use super::huffman::Huffman;
use super::{FORMAT, idct};
use crate::error::{Error, Result};

/// The order in which a block's coefficients are stored, T.81 figure A.6.
#[rustfmt::skip]
pub(super) const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// What kinds of frames there are, by their marker, T.81 table B.1. `None` is read.
const FRAMES: &[(u8, Option<&str>)] = &[
    (0xc0, None),
    (0xc1, None),
    (0xc2, None),
    (0xc3, Some("lossless coding")),
    (0xc5, Some("hierarchical coding")),
    (0xc6, Some("hierarchical coding")),
    (0xc7, Some("hierarchical coding")),
    (0xc9, Some("arithmetic coding")),
    (0xca, Some("arithmetic coding")),
    (0xcb, Some("lossless coding")),
    (0xcd, Some("hierarchical coding")),
    (0xce, Some("hierarchical coding")),
    (0xcf, Some("hierarchical coding")),
    (0xf7, Some("JPEG-LS coding")),
];

/// Gives whether a marker opens a frame that is read; an error for other frames.
pub(super) fn is_frame(marker: u8) -> Result<bool> {
    match FRAMES.iter().find(|(code, _)| *code == marker) {
        Some((_, Some(feature))) => Err(Error::unsupported(FORMAT, *feature)),
        found => Ok(found.is_some()),
    }
}

/// One of the planes of a frame.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks of an interleaved unit, across and down.
    pub(super) sampling: [usize; 2],
    pub(super) quantizer: usize,
    /// Samples that are of the picture.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Blocks as stored, in whole interleaved units.
    pub(super) blocks: [usize; 2],
}

impl Component {
    /// Numbers of a row of units.
    pub(super) fn row_numbers(&self) -> usize {
        self.blocks[0] * self.sampling[1] * 64
    }
}

/// What a frame header says, T.81 B.2.2.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
    /// The largest sampling, across and down.
    pub(super) sampling: [usize; 2],
    /// Interleaved units, across and down.
    pub(super) units: [usize; 2],
}

impl Frame {
    pub(super) fn parse(marker: u8, segment: &[u8]) -> Result<Self> {
        let [bits, h0, h1, w0, w1, count, listed @ ..] = segment else {
            return Err(Error::corrupt(FORMAT, "a frame header that is too short"));
        };
        let size = [[*w0, *w1], [*h0, *h1]].map(|bytes| usize::from(u16::from_be_bytes(bytes)));
        check_kind(*bits, size, *count)?;
        if listed.len() < 3 * usize::from(*count) {
            return Err(Error::corrupt(FORMAT, "a frame header that is too short"));
        }
        let mut components: Vec<_> =
            listed.chunks_exact(3).take((*count).into()).map(component).collect::<Result<_>>()?;
        if let [only] = &mut components[..] {
            only.sampling = [1, 1];
        }
        let most = |axis: usize| components.iter().map(|one| one.sampling[axis]).max();
        let sampling = [most(0).unwrap_or(1), most(1).unwrap_or(1)];
        let units = [0, 1].map(|axis: usize| size[axis].div_ceil(sampling[axis] * idct::SIDE));
        for one in &mut components {
            let [across, down] = one.sampling;
            if sampling[0] % across != 0 || sampling[1] % down != 0 {
                return Err(Error::unsupported(FORMAT, "sampling by no whole number"));
            }
            one.width = (size[0] * across).div_ceil(sampling[0]);
            one.height = (size[1] * down).div_ceil(sampling[1]);
            one.blocks = [units[0] * across, units[1] * down];
        }
        let [width, height] = size;
        Ok(Self { width, height, progressive: marker == 0xc2, components, sampling, units })
    }

    /// Blocks of all components.
    pub(super) fn blocks(&self) -> u64 {
        self.components
            .iter()
            .map(|one| one.blocks.map(|side| side as u64))
            .map(|[a, b]| a * b)
            .sum()
    }
}

fn check_kind(bits: u8, size: [usize; 2], count: u8) -> Result<()> {
    if bits != 8 {
        return Err(Error::unsupported(FORMAT, format!("{bits} bits a sample")));
    }
    match size {
        [_, 0] => Err(Error::unsupported(FORMAT, "a height that is only said below the picture")),
        [0, _] => Err(Error::corrupt(FORMAT, "a picture without columns")),
        _ if ![1, 3, 4].contains(&count) => {
            Err(Error::unsupported(FORMAT, format!("{count} components")))
        }
        _ => Ok(()),
    }
}

fn component(listed: &[u8]) -> Result<Component> {
    let sampling = [listed[1] >> 4, listed[1] & 15].map(usize::from);
    let quantizer = usize::from(listed[2]);
    if sampling.iter().any(|times| !(1..=4).contains(times)) || quantizer > 3 {
        return Err(Error::corrupt(FORMAT, "a component with a sampling or a table out of range"));
    }
    let id = listed[0];
    Ok(Component { id, sampling, quantizer, width: 0, height: 0, blocks: [0; 2] })
}

/// The tables that stand when a scan begins.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) quantizers: [Option<Arc<[u16; 64]>>; 4],
    /// DC tables, AC tables.
    pub(super) codes: [[Option<Arc<Huffman>>; 4]; 2],
    /// Units between two restart markers, 0 for none.
    pub(super) restart: usize,
}

impl Tables {
    /// Takes a DQT segment, T.81 B.2.4.1.
    pub(super) fn quantize(&mut self, mut segment: &[u8]) -> Result<()> {
        while let [kind, rest @ ..] = segment {
            let (wide, place) = (usize::from(kind >> 4), usize::from(kind & 15));
            let length = 64 * (1 + wide);
            if wide > 1 || place > 3 || rest.len() < length {
                return Err(Error::corrupt(FORMAT, "a quantisation table that is cut short"));
            }
            let mut table = [0; 64];
            for (at, code) in rest[..length].chunks_exact(1 + wide).enumerate() {
                table[ZIGZAG[at]] = code.iter().fold(0, |sum, &byte| sum << 8 | u16::from(byte));
            }
            self.quantizers[place] = Some(Arc::new(table));
            segment = &rest[length..];
        }
        Ok(())
    }

    /// Takes a DHT segment, T.81 B.2.4.2.
    pub(super) fn code(&mut self, mut segment: &[u8]) -> Result<()> {
        while let [kind, rest @ ..] = segment {
            let (class, place) = (usize::from(kind >> 4), usize::from(kind & 15));
            let counts = rest.get(..16).unwrap_or_default();
            let length = counts.iter().map(|&count| usize::from(count)).sum::<usize>();
            let Some(values) = rest.get(16..16 + length) else {
                return Err(Error::corrupt(FORMAT, "a Huffman table that is cut short"));
            };
            if class > 1 || place > 3 {
                return Err(Error::corrupt(FORMAT, "a Huffman table out of range"));
            }
            self.codes[class][place] = Some(Arc::new(Huffman::new(counts, values)?));
            segment = &rest[16 + length..];
        }
        Ok(())
    }

    /// Takes a DRI segment, T.81 B.2.4.4.
    pub(super) fn restart(&mut self, segment: &[u8]) -> Result<()> {
        let [high, low, ..] = segment else {
            return Err(Error::corrupt(FORMAT, "a restart interval that is cut short"));
        };
        self.restart = u16::from_be_bytes([*high, *low]).into();
        Ok(())
    }
}

/// What applications add.
#[derive(Debug, Default)]
pub(super) struct Extras {
    /// Columns and rows of a length, from JFIF.
    pub(super) density: Option<[u16; 2]>,
    /// The number of Adobe's colour transform.
    pub(super) adobe: Option<u8>,
    pub(super) exif: Option<Vec<u8>>,
    pub(super) comment: Option<String>,
    /// Number, count and bytes of each piece of the ICC profile.
    icc: Vec<(u8, u8, Vec<u8>)>,
}

impl Extras {
    /// Takes an APP or COM segment.
    pub(super) fn take(&mut self, marker: u8, segment: &[u8]) {
        let after = |name: &[u8]| segment.strip_prefix(name);
        match marker {
            0xe0 => {
                if let Some([_, _, _, x0, x1, y0, y1, ..]) = after(b"JFIF\0") {
                    let density = [[*x0, *x1], [*y0, *y1]].map(u16::from_be_bytes);
                    self.density.get_or_insert(density);
                }
            }
            0xe1 => {
                if let (Some(exif), None) = (after(b"Exif\0"), &self.exif) {
                    self.exif = Some(exif.get(1..).unwrap_or_default().to_vec());
                }
            }
            0xe2 => {
                if let Some([number, count, piece @ ..]) = after(b"ICC_PROFILE\0") {
                    self.icc.push((*number, *count, piece.to_vec()));
                }
            }
            0xee => {
                if let Some([_, _, _, _, _, _, transform, ..]) = after(b"Adobe") {
                    self.adobe = Some(*transform);
                }
            }
            0xfe if self.comment.is_none() => {
                let text = String::from_utf8_lossy(segment);
                self.comment = Some(text.trim_end_matches('\0').into());
            }
            _ => {}
        }
    }

    /// Joins the pieces of the profile, ICC.1:2022 B.4; `None` where one is missing or twice there.
    pub(super) fn profile(&self) -> Option<Arc<[u8]>> {
        let mut pieces: Vec<_> = self.icc.iter().collect();
        pieces.sort_by_key(|(number, ..)| *number);
        let fits = |(want, (number, count, _)): (usize, &&(u8, u8, Vec<u8>))| {
            usize::from(*number) == want && usize::from(*count) == pieces.len()
        };
        let whole = !pieces.is_empty() && (1..).zip(&pieces).all(fits);
        whole.then(|| pieces.iter().flat_map(|(.., piece)| piece.iter().copied()).collect())
    }

    /// Whether there is a profile that cannot be put together.
    pub(super) fn has_broken_profile(&self) -> bool {
        !self.icc.is_empty() && self.profile().is_none()
    }
}
