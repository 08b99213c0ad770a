//! The sample entries of MP4: which coding a track has, and how its decoder is set up.

use mp4_atom::{Avc1, Avcc, AvccExt, Codec, Colr, Pasp, Visual};

use super::Nclx;
use crate::image::{Extent, Rational};

/// How the pictures of a track are compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coding {
    /// H.264, 4:2:0.
    Avc {
        /// The sequence parameter set, without a start code.
        sps: Vec<u8>,
        /// The picture parameter set, without a start code.
        pps: Vec<u8>,
        /// Bits of a code value.
        depth: u8,
    },
}

impl Coding {
    /// Whether a decoder can be set up with it.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Avc { sps, pps, .. } => sps.len() >= 4 && !pps.is_empty(),
        }
    }

    /// The brand of files that have it.
    pub(super) fn brand(&self) -> &'static [u8; 4] {
        match self {
            Self::Avc { .. } => b"avc1",
        }
    }
}

/// What a sample entry says of the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) size: Extent,
    pub(super) pixel_aspect: Rational,
    pub(super) colour: Nclx,
}

impl Look {
    /// The sample entry.
    pub(super) fn entry(self, coding: &Coding) -> Codec {
        match coding {
            Coding::Avc { sps, pps, depth } => Codec::Avc1(Avc1 {
                visual: self.visual(),
                avcc: avcc(sps, pps, *depth),
                colr: Some(self.colr()),
                pasp: Some(self.pasp()),
                ..Avc1::default()
            }),
        }
    }

    fn visual(self) -> Visual {
        Visual {
            data_reference_index: 1,
            width: self.size.width as u16,
            height: self.size.height as u16,
            ..Visual::default()
        }
    }

    fn colr(self) -> Colr {
        let Nclx { primaries, transfer, matrix } = self.colour;
        Colr::Nclx {
            colour_primaries: primaries.into(),
            transfer_characteristics: transfer.into(),
            matrix_coefficients: matrix.into(),
            full_range_flag: false,
        }
    }

    fn pasp(self) -> Pasp {
        Pasp { h_spacing: self.pixel_aspect.num, v_spacing: self.pixel_aspect.den }
    }
}

fn avcc(sps: &[u8], pps: &[u8], depth: u8) -> Avcc {
    // 4:2:0 and the depth, which High and above have to say (ISO/IEC 14496-15 5.3.3.1)
    let ext = AvccExt { bit_depth_luma: depth, bit_depth_chroma: depth, ..AvccExt::default() };
    Avcc {
        configuration_version: 1,
        avc_profile_indication: sps[1],
        profile_compatibility: sps[2],
        avc_level_indication: sps[3],
        length_size: 4,
        sequence_parameter_sets: vec![sps.to_vec()],
        picture_parameter_sets: vec![pps.to_vec()],
        ext: (sps[1] >= 100).then_some(ext),
    }
}
