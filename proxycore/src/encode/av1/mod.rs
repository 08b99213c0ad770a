//! AV1 by rav1e: 10 bits of 4:2:0 in MP4.
//!
//! Each closed group has an encoder of its own, of one thread, so the same frames give the same bytes.
//! rav1e is built without its assembly, which takes nasm to build: it is slow, and the same everywhere.
//! It gives pictures in the order of time, so the index needs no composition offsets. Pictures have 16
//! pixels on a side at the least.

mod level;
mod obu;

use rav1e::color::{
    ChromaSamplePosition, ChromaSampling, ColorDescription, ColorPrimaries, MatrixCoefficients,
    PixelRange, TransferCharacteristics,
};
use rav1e::prelude::{
    Config, Context, EncoderConfig, EncoderStatus, FrameType, Packet, Rational as Ratio,
    SceneDetectionSpeed,
};

use super::codec::{Codec, StreamSpec};
use super::entry::Av1Config;
use super::{Codes, Coding, Group, GroupEncoder, Nclx, PixelFormat, Plane, Sample, SampleInfo};
use crate::error::{Error, Result};
use crate::image::{Extent, Rational};

const NAME: &str = "rav1e";
/// The codes that it is given.
const PIXEL: PixelFormat = PixelFormat::Yuv420p10;

/// AV1 by rav1e.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Av1;

impl Av1 {
    /// rav1e's fastest preset of 0..=10: without its assembly the others are for nobody who waits.
    const SPEED: u8 = 10;

    /// Makes one of its usual settings.
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    fn config(stream: &StreamSpec) -> EncoderConfig {
        let Rational { num, den } = stream.pixel_aspect;
        let mut config = EncoderConfig {
            width: stream.size.width as usize,
            height: stream.size.height as usize,
            sample_aspect_ratio: Ratio::new(num.into(), den.into()),
            time_base: Ratio::new(stream.fps.den.into(), stream.fps.num.into()),
            bit_depth: PIXEL.depth().into(),
            chroma_sampling: ChromaSampling::Cs420,
            chroma_sample_position: ChromaSamplePosition::Vertical,
            pixel_range: PixelRange::Limited,
            color_description: Some(description(stream.colour)),
            level_idx: Some(level::index(stream.size, stream.fps)),
            quantizer: quantiser(stream.quality),
            ..EncoderConfig::with_speed_preset(Self::SPEED)
        };
        // the group ends where its pictures do, and nothing else starts one
        config.set_key_frame_interval(0, 0);
        config.speed_settings.scene_detection_mode = SceneDetectionSpeed::None;
        config
    }
}

/// The quantiser of AV1, 0..=255, whose pictures look as x264's do at this constant rate factor.
fn quantiser(quality: u8) -> usize {
    5 * usize::from(quality.min(51))
}

fn description(colour: Nclx) -> ColorDescription {
    let (color_primaries, matrix_coefficients) = match colour.primaries {
        9 => (ColorPrimaries::BT2020, MatrixCoefficients::BT2020NCL),
        _ => (ColorPrimaries::BT709, MatrixCoefficients::BT709),
    };
    let transfer_characteristics = match colour.transfer {
        13 => TransferCharacteristics::SRGB,
        16 => TransferCharacteristics::SMPTE2084,
        18 => TransferCharacteristics::HLG,
        _ => TransferCharacteristics::BT709,
    };
    ColorDescription { color_primaries, transfer_characteristics, matrix_coefficients }
}

impl Codec for Av1 {
    const NAME: &'static str = NAME;

    fn pixel(&self) -> PixelFormat {
        PIXEL
    }

    /// As measured: the pictures that it looks ahead at, and those that others refer to.
    fn bytes_per_pixel(&self) -> u64 {
        360
    }

    fn recipe(&self, quality: u8) -> String {
        format!("av1=rav1e speed={} quantiser={} depth=10", Self::SPEED, quantiser(quality))
    }

    fn start(&self, stream: &StreamSpec) -> Result<Box<dyn GroupEncoder>> {
        let config = Config::new().with_encoder_config(Self::config(stream));
        let context = config.new_context().map_err(|cause| {
            let Extent { width, height } = stream.size;
            Error::encode(NAME, format!("refuses a movie of {width}x{height}")).with_source(cause)
        })?;
        Ok(Box::new(Pictures { context, header: Vec::new(), samples: Vec::new() }))
    }

    fn coding(
        &self,
        stream: &StreamSpec,
        parameters: &[Vec<u8>],
        _: &[SampleInfo],
    ) -> Result<Coding> {
        let [header] = parameters else {
            return Err(Error::encode(NAME, "made no sequence header"));
        };
        let level = level::index(stream.size, stream.fps);
        Ok(Coding::Av1(Av1Config { header: header.clone(), level, depth: PIXEL.depth() }))
    }
}

/// A closed group at work.
struct Pictures {
    context: Context<u16>,
    header: Vec<u8>,
    samples: Vec<Sample>,
}

impl Pictures {
    /// Takes the pictures that are finished.
    fn take(&mut self) -> Result<()> {
        loop {
            match self.context.receive_packet() {
                Ok(packet) => self.keep(&packet)?,
                Err(EncoderStatus::Encoded) => {}
                Err(EncoderStatus::NeedMoreData | EncoderStatus::LimitReached) => return Ok(()),
                Err(cause) => return Err(Error::encode(NAME, "failed").with_source(cause)),
            }
        }
    }

    fn keep(&mut self, packet: &Packet<u16>) -> Result<()> {
        let unit = obu::unit(&packet.data)?;
        if let Some(header) = unit.header {
            self.header = header;
        }
        let key = packet.frame_type == FrameType::KEY;
        self.samples.push(Sample { key, shift: 0, data: unit.data });
        Ok(())
    }
}

impl GroupEncoder for Pictures {
    fn push(&mut self, codes: &Codes) -> Result<()> {
        let mut frame = self.context.new_frame();
        let widths = [codes.width, codes.width / 2, codes.width / 2].map(|width| width as usize);
        let planes = frame.planes.iter_mut().zip(codes.planes.iter().filter_map(Plane::as_u16));
        for ((plane, codes), width) in planes.zip(widths) {
            for (row, codes) in plane.rows_iter_mut().zip(codes.chunks_exact(width)) {
                row[..width].copy_from_slice(codes);
            }
        }
        let sent = self.context.send_frame(frame);
        sent.map_err(|cause| Error::encode(NAME, "takes no more").with_source(cause))?;
        self.take()
    }

    fn finish(mut self: Box<Self>) -> Result<Group> {
        self.context.flush();
        self.take()?;
        Ok(Group { parameters: vec![self.header], samples: self.samples })
    }
}

#[cfg(test)]
mod tests;
