//! The sample entries of MP4: which coding a track has, and how its decoder is set up.

use mp4_atom::{Av01, Av1c, Avc1, Avcc, AvccExt, Codec, Colr, Pasp, Visual};

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
    /// AV1, 4:2:0.
    Av1(Av1Config),
}

/// What a decoder of AV1 is set up with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Av1Config {
    /// The sequence header, with its header and its size.
    pub header: Vec<u8>,
    /// `seq_level_idx`, the same as in that.
    pub level: u8,
    /// Bits of a code value, 8 or 10.
    pub depth: u8,
}

impl Coding {
    /// Whether a decoder can be set up with it.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Avc { sps, pps, .. } => sps.len() >= 4 && !pps.is_empty(),
            Self::Av1(config) => !config.header.is_empty(),
        }
    }

    /// The brand of files that have it.
    pub(super) fn brand(&self) -> &'static [u8; 4] {
        match self {
            Self::Avc { .. } => b"avc1",
            Self::Av1(_) => b"av01",
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
            Coding::Av1(config) => Codec::Av01(Av01 {
                visual: self.visual(),
                av1c: av1c(config),
                btrt: None,
                ccst: None,
                colr: Some(self.colr()),
                pasp: Some(self.pasp()),
                taic: None,
                spatial: None,
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

/// Main profile and main tier; chroma lies on even columns, between two rows (AV1 in ISOBMFF, section
/// 2.3.4).
fn av1c(config: &Av1Config) -> Av1c {
    Av1c {
        seq_profile: 0,
        seq_level_idx_0: config.level,
        seq_tier_0: false,
        high_bitdepth: config.depth > 8,
        twelve_bit: false,
        monochrome: false,
        chroma_subsampling_x: true,
        chroma_subsampling_y: true,
        chroma_sample_position: 1,
        initial_presentation_delay: None,
        config_obus: config.header.clone(),
    }
}
