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

use super::entry::Av1Config;
use super::video::{Gop, fraction};
use super::whole::whole;
use super::{
    CodeFormat, Codes, Coding, Encoded, Encoder, Group, GroupEncoder, Movie, MovieEncoder,
    MovieSpec, Moving, PixelFormat, Plane, Sample, SampleInfo, VideoColor,
};
use crate::error::{Error, Result};
use crate::image::{Extent, ImageSpec, Rational};

const NAME: &str = "rav1e";
/// The codes that it is given.
const PIXEL: PixelFormat = PixelFormat::Yuv420p10;

/// Encodes movies as AV1 in MP4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Av1 {
    quality: u8,
    gop: Gop,
    color: VideoColor,
}

impl Av1 {
    /// A quantiser of 100, rav1e's own.
    const QUALITY: u8 = 20;
    /// Quantisers of AV1, 0..=255, for one of H.264, 0..=51.
    const STEPS: usize = 5;
    /// rav1e's fastest preset of 0..=10: without its assembly the others are for nobody who waits.
    const SPEED: u8 = 10;

    /// Makes an encoder of quality 20 and of groups of a second.
    #[must_use]
    pub fn new() -> Self {
        Self { quality: Self::QUALITY, gop: Gop::default(), color: VideoColor::default() }
    }

    /// Sets the quantiser, on H.264's scale of 0..=51, where less is better: a fifth of AV1's own;
    /// values above count as 51.
    #[must_use]
    pub fn with_quality(mut self, quality: u8) -> Self {
        self.quality = quality.min(51);
        self
    }

    /// Sets the pictures of a closed group, the steps of a seek: a second where nothing is said, and
    /// never less than two.
    #[must_use]
    pub fn with_gop(mut self, pictures: u32) -> Self {
        self.gop = Gop::of(pictures);
        self
    }

    /// Sets the display that its codes are for; a video display where nothing is said.
    #[must_use]
    pub fn with_color(mut self, color: VideoColor) -> Self {
        self.color = color;
        self
    }

    fn config(&self, spec: &MovieSpec) -> EncoderConfig {
        let Rational { num, den } = fraction(spec.pixel_aspect);
        let mut config = EncoderConfig {
            width: spec.size.width as usize,
            height: spec.size.height as usize,
            sample_aspect_ratio: Ratio::new(num.into(), den.into()),
            time_base: Ratio::new(spec.fps.den.into(), spec.fps.num.into()),
            bit_depth: PIXEL.depth().into(),
            chroma_sampling: ChromaSampling::Cs420,
            chroma_sample_position: ChromaSamplePosition::Vertical,
            pixel_range: PixelRange::Limited,
            color_description: Some(description(self.color)),
            level_idx: Some(level::index(spec.size, spec.fps)),
            quantizer: Self::STEPS * usize::from(self.quality),
            ..EncoderConfig::with_speed_preset(Self::SPEED)
        };
        // the group ends where its pictures do, and nothing else starts one
        config.set_key_frame_interval(0, 0);
        config.speed_settings.scene_detection_mode = SceneDetectionSpeed::None;
        config
    }
}

fn description(color: VideoColor) -> ColorDescription {
    let (color_primaries, matrix_coefficients) = if color.is_hdr() {
        (ColorPrimaries::BT2020, MatrixCoefficients::BT2020NCL)
    } else {
        (ColorPrimaries::BT709, MatrixCoefficients::BT709)
    };
    let transfer_characteristics = match color {
        VideoColor::Rec709 => TransferCharacteristics::BT709,
        VideoColor::Srgb => TransferCharacteristics::SRGB,
        VideoColor::Pq => TransferCharacteristics::SMPTE2084,
        VideoColor::Hlg => TransferCharacteristics::HLG,
    };
    ColorDescription { color_primaries, transfer_characteristics, matrix_coefficients }
}

impl Default for Av1 {
    fn default() -> Self {
        Self::new()
    }
}

impl MovieEncoder for Av1 {
    fn group_length(&self, fps: Rational) -> usize {
        self.gop.length(fps)
    }

    fn group(&self, spec: &MovieSpec) -> Result<Box<dyn GroupEncoder>> {
        self.codes().check(spec.size)?;
        let config = Config::new().with_encoder_config(self.config(spec));
        let context = config.new_context().map_err(|cause| {
            let Extent { width, height } = spec.size;
            Error::encode(NAME, format!("refuses a movie of {width}x{height}")).with_source(cause)
        })?;
        let size = spec.size;
        Ok(Box::new(Pictures { context, size, header: Vec::new(), samples: Vec::new() }))
    }

    fn head(
        &self,
        spec: &MovieSpec,
        parameters: &[Vec<u8>],
        samples: &[SampleInfo],
    ) -> Result<Vec<u8>> {
        let [header] = parameters else {
            return Err(Error::encode("MP4", "a movie needs a frame and its sequence header"));
        };
        let level = level::index(spec.size, spec.fps);
        let movie = Movie {
            fps: spec.fps,
            size: spec.size,
            pixel_aspect: fraction(spec.pixel_aspect),
            colour: self.color.tags(),
            coding: Coding::Av1(Av1Config { header: header.clone(), level, depth: PIXEL.depth() }),
            start: spec.start,
        };
        movie.head(samples)
    }
}

/// A closed group at work.
struct Pictures {
    context: Context<u16>,
    size: Extent,
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
        codes.check(PIXEL, NAME)?;
        if codes.extent() != self.size {
            let what = format!("a frame of {}x{} in another stream", codes.width, codes.height);
            return Err(Error::encode(NAME, what));
        }
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

impl Encoder for Av1 {
    fn codes(&self) -> CodeFormat {
        CodeFormat { pixel: PIXEL, space: self.color.space() }
    }

    /// As measured: the pictures that it looks ahead at, and those that others refer to.
    fn bytes_per_pixel(&self) -> u64 {
        360
    }

    fn media_type(&self) -> &'static str {
        "video/mp4"
    }

    fn extension(&self) -> &'static str {
        "mp4"
    }

    fn recipe(&self) -> String {
        let (quality, speed) = (self.quality, Self::SPEED);
        let (gop, tags) = (self.gop.recipe(), self.color.tags().recipe());
        format!("mp4 av1=rav1e speed={speed} quality={quality} depth=10 {gop} {tags}")
    }

    fn movie(&self) -> Option<Moving<'_>> {
        Some(Moving::Groups(self))
    }

    fn encode(&self, codes: &Codes, spec: &ImageSpec) -> Result<Encoded> {
        codes.check(PIXEL, NAME)?;
        Ok(Encoded::new(self, codes, whole(self, [codes], spec)?))
    }
}

#[cfg(test)]
mod tests;
