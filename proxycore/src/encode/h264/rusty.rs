//! H.264 by `rusty_h264`, which is Rust alone.
//!
//! The crate is built without its feature `std`: so it reads no environment variable, starts no thread, keeps
//! nothing between two pictures but what its encoder holds, and computes with mathematical functions of
//! its own. The same pictures give the same bytes on every machine. Each closed group has an encoder.
//!
//! `docs/decisions/0071-rusty-h264.md` says how its options were chosen. It has no 10 bits and no 4:2:2.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusty_h264_common::{YuvFrame, YuvPlanes};
use rusty_h264_encoder::{EncodeError, Encoder, EncoderConfig, Preset};

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
pub(super) fn quantiser(quality: u8) -> u8 {
    (quality + 3).min(51)
}

/// The most pictures of a group that is kept until its end, and the most bytes of their planes.
const KEPT: (u32, u64) = (64, 256 << 20);

/// Whether pictures refer to later ones too, which makes movies a fifth smaller. The crate needs the whole
/// group for that; groups that are too large to be kept do without.
fn is_reordered(stream: &StreamSpec) -> bool {
    let bytes = u64::from(stream.size.width) * u64::from(stream.size.height) * 3 / 2;
    let (most, limit) = KEPT;
    stream.length <= most && bytes * u64::from(stream.length) <= limit
}

fn config(stream: &StreamSpec) -> EncoderConfig {
    let Extent { width, height } = stream.size;
    let mut config = EncoderConfig::new(width as usize, height as usize);
    config.qp = quantiser(stream.quality);
    // the group is closed: its first picture is the only one where decoding starts
    (config.gop_size, config.min_keyint, config.scenecut) = (u32::MAX, u32::MAX, 0);
    // no picture waits for others but those that are reordered
    (config.mbtree, config.lookahead) = (false, 0);
    config.bframes = if is_reordered(stream) { 3 } else { 0 };
    // as measured: what costs more than it brings is off
    config.preset = Preset::Fast;
    config.tune_subpel = true;
    config.tune_me_subpel_iter = false;
    config.num_ref_frames = 2;
    config.b_pyramid = false;
    config.tune_b_split = false;
    config.weightp = false;
    config
}

impl Codec for RustyH264 {
    const NAME: &'static str = "rusty_h264";

    fn pixel(&self) -> PixelFormat {
        PixelFormat::Yuv420p8
    }

    /// As measured, of a movie of one picture.
    fn bytes_per_pixel(&self) -> u64 {
        24
    }

    fn recipe(&self, quality: u8) -> String {
        format!("h264=rusty_h264-0.17.0 profile=high qp={} bframes=3", quantiser(quality))
    }

    fn start(&self, stream: &StreamSpec) -> Result<Box<dyn GroupEncoder>> {
        super::check(stream.size, BLOCKS)?;
        Ok(Box::new(Pictures::new(stream)?))
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
    /// Those that wait for others to refer to; none where each is encoded as it comes.
    waiting: Option<Vec<YuvFrame>>,
    sets: Option<Sets>,
    samples: Vec<Sample>,
}

/// The parameter sets of a stream.
struct Sets {
    sps: Sps,
    units: Vec<Vec<u8>>,
}

impl Pictures {
    fn new(stream: &StreamSpec) -> Result<Self> {
        let encoder = guarded(|| Encoder::new(config(stream)))?;
        let encoder = encoder.map_err(|cause| {
            let Extent { width, height } = stream.size;
            Error::encode(RustyH264::NAME, format!("refuses a movie of {width}x{height}"))
                .with_source(cause)
        })?;
        let waiting = is_reordered(stream).then(Vec::new);
        Ok(Self { encoder, waiting, sets: None, samples: Vec::new() })
    }

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
                _ => {
                    sample.shift = self.shift(nal)?;
                    nal::store(nal, &mut sample.data);
                }
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

    /// How much later than decoded the next picture is shown. A group that is reordered is too short
    /// for its order to be counted anew.
    fn shift(&self, slice: &[u8]) -> Result<i32> {
        if self.waiting.is_none() {
            return Ok(0);
        }
        let order = self.sets.as_ref().and_then(|sets| slice::order(slice, &sets.sps));
        let order = order.ok_or_else(unknown_slice)?;
        Ok(order as i32 / 2 - self.samples.len() as i32)
    }
}

fn unknown_slice() -> Error {
    Error::encode(RustyH264::NAME, "made a slice of an unknown kind")
}

fn failed(cause: EncodeError) -> Error {
    Error::encode(RustyH264::NAME, "failed").with_source(cause)
}

/// The planes as the crate takes them.
fn planes(codes: &Codes) -> Result<YuvPlanes<'_>> {
    let [Plane::U8(luma), Plane::U8(blue), Plane::U8(red)] = &codes.planes[..] else {
        return Err(Error::encode(RustyH264::NAME, "takes codes of 8 bits"));
    };
    let [width, height] = [codes.width, codes.height].map(|side| side as usize);
    let planes = YuvPlanes::tight(width, height, luma, blue, red);
    planes.ok_or_else(|| Error::encode(RustyH264::NAME, "takes pictures of even sizes"))
}

impl GroupEncoder for Pictures {
    fn push(&mut self, codes: &Codes) -> Result<()> {
        let planes = planes(codes)?;
        if let Some(waiting) = &mut self.waiting {
            waiting.push(planes.to_frame());
            return Ok(());
        }
        let unit = guarded(|| self.encoder.encode_planes(&planes))?.map_err(failed)?;
        self.keep(&unit)
    }

    fn finish(mut self: Box<Self>) -> Result<Group> {
        if let Some(waiting) = &self.waiting {
            let units = guarded(|| self.encoder.encode_all(waiting))?.map_err(failed)?;
            units.iter().try_for_each(|unit| self.keep(unit))?;
        }
        let parameters = self.sets.map(|sets| sets.units).unwrap_or_default();
        Ok(Group { parameters, samples: self.samples })
    }
}
