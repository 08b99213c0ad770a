//! H.264 by `rusty_h264`, which is Rust alone.
//!
//! The crate is built without its feature `std`: so it reads no environment variable, starts no thread, keeps
//! nothing between two pictures but what its encoder holds, and computes with mathematical functions of
//! its own. The same pictures give the same bytes on every machine. Each closed group has an encoder.
//!
//! `docs/decisions/0071-rusty-h264.md` says how its options were chosen. It has no 10 bits and no 4:2:2.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusty_h264_common::YuvPlanes;
use rusty_h264_encoder::{Encoder, EncoderConfig, Preset};

use super::{Sps, nal, slice, unknown};
use crate::encode::codec::{Codec, StreamSpec};
use crate::encode::{Codes, Coding, Group, GroupEncoder, PixelFormat, Plane, Sample, SampleInfo};
use crate::error::{Error, Result};
use crate::image::Extent;

/// The most macroblocks in a picture: level 6.2, ITU-T H.264 table A-1.
const BLOCKS: u64 = 139_264;

/// H.264 by `rusty_h264`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RustyH264;

impl RustyH264 {
    /// Makes one of its usual settings.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

/// The quantiser whose pictures look as x264's do at this constant rate factor.
fn quantiser(quality: u8) -> u8 {
    (quality + 5).min(51)
}

fn config(stream: &StreamSpec) -> EncoderConfig {
    let Extent { width, height } = stream.size;
    let mut config = EncoderConfig::new(width as usize, height as usize);
    config.preset = Preset::Fast;
    config.qp = quantiser(stream.quality);
    // the group is closed: its first picture is the only one where decoding starts
    config.gop_size = u32::MAX;
    config.min_keyint = u32::MAX;
    config.scenecut = 0;
    // nothing is kept for later pictures, and each comes out as it goes in
    config.mbtree = false;
    config.bframes = 0;
    config.lookahead = 0;
    config
}

impl Codec for RustyH264 {
    const NAME: &'static str = "rusty_h264";

    fn pixel(&self) -> PixelFormat {
        PixelFormat::Yuv420p8
    }

    /// As measured.
    fn bytes_per_pixel(&self) -> u64 {
        24
    }

    fn recipe(&self, quality: u8) -> String {
        format!("h264=rusty_h264-0.17.0 profile=high qp={}", quantiser(quality))
    }

    fn start(&self, stream: &StreamSpec) -> Result<Box<dyn GroupEncoder>> {
        super::check(stream.size, BLOCKS)?;
        let encoder = guarded(|| Encoder::new(config(stream)))?;
        let encoder = encoder.map_err(|cause| {
            let Extent { width, height } = stream.size;
            Error::encode(Self::NAME, format!("refuses a movie of {width}x{height}"))
                .with_source(cause)
        })?;
        Ok(Box::new(Pictures { encoder, size: stream.size, sets: None, samples: Vec::new() }))
    }

    fn coding(
        &self,
        stream: &StreamSpec,
        parameters: &[Vec<u8>],
        samples: &[SampleInfo],
    ) -> Result<Coding> {
        super::coding(Self::NAME, stream, parameters, samples)
    }
}

/// Calls into the crate, and makes a panic there an error. What panicked is not used again.
fn guarded<T>(call: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| Error::encode(RustyH264::NAME, "panicked"))
}

/// A closed group at work.
struct Pictures {
    encoder: Encoder,
    size: Extent,
    sets: Option<Sets>,
    samples: Vec<Sample>,
}

/// The parameter sets of a stream.
struct Sets {
    sps: Sps,
    units: Vec<Vec<u8>>,
}

impl Pictures {
    /// Takes the access unit of the next picture apart.
    fn keep(&mut self, unit: &[u8]) -> Result<()> {
        let mut sample = Sample { key: false, shift: 0, data: Vec::with_capacity(unit.len() + 8) };
        let [mut sps, mut pps] = [&[][..]; 2];
        for nal in nal::units(unit) {
            match nal::kind(nal) {
                nal::SPS => sps = nal,
                nal::PPS => pps = nal,
                nal::IDR => {
                    sample.key = true;
                    let sets = self.sets(sps, pps)?;
                    let slice = slice::renumbered(nal, &sets.sps);
                    nal::store(&slice.ok_or_else(unknown_slice)?, &mut sample.data);
                }
                _ => nal::store(nal, &mut sample.data),
            }
        }
        if sample.data.is_empty() || sample.key != self.samples.is_empty() {
            return Err(Error::encode(RustyH264::NAME, "gave a picture that was not asked for"));
        }
        self.samples.push(sample);
        Ok(())
    }

    fn sets(&mut self, sps: &[u8], pps: &[u8]) -> Result<&Sets> {
        let units = vec![sps.to_vec(), pps.to_vec()];
        let sps = Sps::read(sps).ok_or_else(|| unknown(RustyH264::NAME))?;
        Ok(self.sets.insert(Sets { sps, units }))
    }
}

fn unknown_slice() -> Error {
    Error::encode(RustyH264::NAME, "made a slice of an unknown kind")
}

impl GroupEncoder for Pictures {
    fn push(&mut self, codes: &Codes) -> Result<()> {
        let [Plane::U8(luma), Plane::U8(blue), Plane::U8(red)] = &codes.planes[..] else {
            return Err(Error::encode(RustyH264::NAME, "takes codes of 8 bits"));
        };
        let [width, height] = [self.size.width, self.size.height].map(|side| side as usize);
        let planes = YuvPlanes::tight(width, height, luma, blue, red);
        let unfit = || Error::encode(RustyH264::NAME, "takes pictures of even sizes");
        let planes = planes.ok_or_else(unfit)?;
        let unit = guarded(|| self.encoder.encode_planes(&planes))?;
        let failed = |cause| Error::encode(RustyH264::NAME, "failed").with_source(cause);
        self.keep(&unit.map_err(failed)?)
    }

    fn finish(self: Box<Self>) -> Result<Group> {
        let parameters = self.sets.map(|sets| sets.units).unwrap_or_default();
        Ok(Group { parameters, samples: self.samples })
    }
}
