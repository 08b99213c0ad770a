//! H.264 by OpenH264, through its C interface.
//!
//! The safe wrapper cannot turn CABAC on, and takes odd sizes without a word. Settings are for files,
//! not for calls: constant quantiser, CABAC, High profile, no skipped frame, one slice and one thread,
//! closed groups of pictures of a second, no decision that depends on the clock or on the number of
//! cores. So the same frames give the same bytes.
//!
//! It has no B-frames, no 8x8 transform, no 4:2:2, no more than 8 bits, and takes no picture of more
//! than 36,864 macroblocks (4096x2304). One of fewer than 16 pixels on a side goes to it with its edges
//! repeated, and is cropped again.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::c_int;
use std::ptr::{self, NonNull};

use openh264_sys2 as sys;

use super::nal::{self, PPS, SPS};
use super::{Sps, slice, unknown};
use crate::encode::codec::{Codec, StreamSpec};
use crate::encode::{Codes, Coding, Group, GroupEncoder, PixelFormat, Plane, Sample, SampleInfo};
use crate::error::{Error, Result};
use crate::image::Extent;

const NAME: &str = "OpenH264";
/// The smallest side that it takes.
const SMALLEST: u32 = 16;
/// The most macroblocks of 16x16 in a picture: level 5.2, ITU-T H.264 table A-1.
const BLOCKS: u64 = 36_864;

/// H.264 by OpenH264: the least CPU, and the most bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenH264;

impl OpenH264 {
    /// Makes one of its usual settings.
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    /// Whether this build has OpenH264's assembly, which takes `nasm` to compile; without it, encoding
    /// takes 2.4 times the CPU.
    #[must_use]
    pub fn has_assembly() -> bool {
        let mut processors = 0;
        // SAFETY: it writes the count of processors, and is declared as in OpenH264's `cpu.h`.
        unsafe { WelsCPUFeatureDetect(&raw mut processors) != 0 }
    }
}

unsafe extern "C" {
    /// The processor's features that the assembly uses; 0 where there is none.
    fn WelsCPUFeatureDetect(processors: *mut i32) -> u32;
}

/// The quantiser whose pictures look as x264's do at this constant rate factor.
fn quantiser(quality: u8) -> u8 {
    quality.min(51)
}

impl Codec for OpenH264 {
    const NAME: &'static str = NAME;

    fn pixel(&self) -> PixelFormat {
        PixelFormat::Yuv420p8
    }

    /// As measured; most of it is OpenH264's.
    fn bytes_per_pixel(&self) -> u64 {
        16
    }

    fn recipe(&self, quality: u8) -> String {
        format!("h264=openh264 profile=high cabac qp={}", quantiser(quality))
    }

    fn start(&self, stream: &StreamSpec) -> Result<Box<dyn GroupEncoder>> {
        super::check(stream.size, BLOCKS)?;
        Ok(Box::new(Pictures { raw: Raw::new(stream)?, samples: Vec::new() }))
    }

    fn coding(
        &self,
        stream: &StreamSpec,
        parameters: &[Vec<u8>],
        samples: &[SampleInfo],
    ) -> Result<Coding> {
        super::coding(NAME, stream, parameters, samples)
    }
}

/// A closed group at work.
struct Pictures {
    raw: Raw,
    samples: Vec<Sample>,
}

impl GroupEncoder for Pictures {
    fn push(&mut self, codes: &Codes) -> Result<()> {
        let sample = self.raw.encode(&padded(codes))?;
        if sample.key != self.samples.is_empty() {
            return Err(Error::encode(NAME, "gave a picture that was not asked for"));
        }
        self.samples.push(sample);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Group> {
        Ok(Group { parameters: std::mem::take(&mut self.raw.sets), samples: self.samples })
    }
}

/// An encoder at work on one stream of pictures.
struct Raw {
    raw: NonNull<sys::ISVCEncoder>,
    /// The parameter sets, without start codes: of the sequence, of the picture.
    sets: Vec<Vec<u8>>,
    sps: Option<Sps>,
}

impl Raw {
    fn new(stream: &StreamSpec) -> Result<Self> {
        let mut encoder = Self::create()?;
        encoder.initialize(stream)?;
        let written = encoder.call(|raw, info| {
            // SAFETY: `raw` is initialized and `info` is valid for writing.
            Some(unsafe { (**raw).EncodeParameterSets?(raw, info) })
        })?;
        let find = |kind| nal::units(&written.bytes).find(|nal| nal::kind(nal) == kind);
        let (Some(sps), Some(pps)) = (find(SPS), find(PPS)) else {
            return Err(Error::encode(NAME, "made no parameter sets"));
        };
        encoder.sps = Some(Sps::read(sps).ok_or_else(|| unknown(NAME))?);
        encoder.sets = vec![sps.to_vec(), pps.to_vec()];
        Ok(encoder)
    }

    /// Encodes the next picture.
    fn encode(&mut self, codes: &Codes) -> Result<Sample> {
        let picture = picture(codes);
        let stream = self.call(|raw, info| {
            // SAFETY: `raw` is initialized; `picture` points to planes whose lengths were checked
            // against its sizes and which outlive the call; OpenH264 only reads them.
            Some(unsafe { (**raw).EncodeFrame?(raw, &raw const picture, info) })
        })?;
        let mut data = Vec::new();
        for nal in nal::units(&stream.bytes) {
            match nal::kind(nal) {
                SPS | PPS => {}
                nal::IDR => nal::store(&self.renumbered(nal)?, &mut data),
                _ => nal::store(nal, &mut data),
            }
        }
        if data.is_empty() {
            return Err(Error::encode(NAME, "skipped a frame"));
        }
        Ok(Sample { key: stream.key, shift: 0, data })
    }

    fn renumbered(&self, slice: &[u8]) -> Result<Vec<u8>> {
        let slice = self.sps.as_ref().and_then(|sps| slice::renumbered(slice, sps));
        slice.ok_or_else(|| Error::encode(NAME, "made a slice of an unknown kind"))
    }

    fn create() -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is valid for writing a pointer.
        let code = unsafe { sys::source::APILoader::WelsCreateSVCEncoder(&raw mut raw) };
        match NonNull::new(raw) {
            Some(raw) if code == 0 => Ok(Self { raw, sets: Vec::new(), sps: None }),
            _ => Err(Error::encode(NAME, format!("cannot be created (code {code})"))),
        }
    }

    fn initialize(&mut self, stream: &StreamSpec) -> Result<()> {
        let raw = self.raw.as_ptr();
        let mut quiet: c_int = sys::WELS_LOG_QUIET;
        // SAFETY: `raw` was created and not yet destroyed; the option takes a pointer to an int,
        // which lives until the call returns.
        succeed(unsafe {
            // before anything else, or it writes to standard error
            (**raw)
                .SetOption
                .map(|call| call(raw, sys::ENCODER_OPTION_TRACE_LEVEL, (&raw mut quiet).cast()))
        })?;
        let mut parameters = sys::SEncParamExt::default();
        // SAFETY: as above, with a pointer to the parameters to fill.
        succeed(unsafe { (**raw).GetDefaultParams.map(|call| call(raw, &raw mut parameters)) })?;
        configure(&mut parameters, stream);
        // SAFETY: as above, with a pointer to the parameters to read.
        succeed(unsafe { (**raw).InitializeExt.map(|call| call(raw, &raw const parameters)) })
    }

    /// Makes one call that fills a bit stream, and copies that before the next call overwrites it.
    fn call(
        &mut self,
        call: impl FnOnce(*mut sys::ISVCEncoder, *mut sys::SFrameBSInfo) -> Option<c_int>,
    ) -> Result<BitStream> {
        let mut info = sys::SFrameBSInfo::default();
        succeed(call(self.raw.as_ptr(), &raw mut info))?;
        Ok(BitStream::copy(&info))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let raw = self.raw.as_ptr();
        // SAFETY: `raw` was created by the matching call and is used by nobody else; to
        // uninitialize what was not initialized does nothing.
        unsafe {
            if let Some(call) = (**raw).Uninitialize {
                call(raw);
            }
            sys::source::APILoader::WelsDestroySVCEncoder(raw);
        }
    }
}

/// NAL units with start codes, one after the other.
struct BitStream {
    bytes: Vec<u8>,
    key: bool,
}

impl BitStream {
    fn copy(info: &sys::SFrameBSInfo) -> Self {
        let key = info.eFrameType == sys::videoFrameTypeIDR;
        let mut stream = Self { bytes: Vec::new(), key };
        for layer in info.sLayerInfo.iter().take(info.iLayerNum.max(0) as usize) {
            let count = layer.iNalCount.max(0) as usize;
            if count == 0 || layer.pNalLengthInByte.is_null() || layer.pBsBuf.is_null() {
                continue;
            }
            // SAFETY: OpenH264 gives `iNalCount` lengths, and a buffer as long as their sum, which
            // stay as they are until its next call; this one borrows no longer than this loop.
            let bytes = unsafe {
                let lengths = std::slice::from_raw_parts(layer.pNalLengthInByte, count);
                let sum = lengths.iter().map(|length| *length as usize).sum();
                std::slice::from_raw_parts(layer.pBsBuf, sum)
            };
            stream.bytes.extend_from_slice(bytes);
        }
        stream
    }
}

fn succeed(code: Option<c_int>) -> Result<()> {
    match code {
        Some(0) => Ok(()),
        Some(1) => Err(Error::encode(NAME, "refuses these settings")),
        // white noise at a quantiser below 10 does this
        Some(3) => Err(Error::encode(NAME, "has no room for so busy a frame; raise the quantiser")),
        Some(code) => Err(Error::encode(NAME, format!("failed (code {code})"))),
        None => Err(Error::encode(NAME, "lacks a function")),
    }
}

fn configure(parameters: &mut sys::SEncParamExt, stream: &StreamSpec) {
    let StreamSpec { fps, quality, length, .. } = *stream;
    let size = padded_size(stream.size);
    let rate = f64::from(fps.num) / f64::from(fps.den.max(1));
    // its "not real time" is declared and refused; the other usage is for screens
    parameters.iUsageType = sys::CAMERA_VIDEO_REAL_TIME;
    parameters.iPicWidth = size.width as c_int;
    parameters.iPicHeight = size.height as c_int;
    parameters.fMaxFrameRate = rate as f32;
    parameters.iRCMode = sys::RC_OFF_MODE;
    parameters.bEnableFrameSkip = false;
    parameters.iEntropyCodingModeFlag = 1;
    parameters.uiIntraPeriod = length;
    parameters.eSpsPpsIdStrategy = sys::CONSTANT_ID;
    // one thread: sequences are encoded a group of pictures at a time instead
    parameters.iMultipleThreadIdc = 1;
    parameters.bUseLoadBalancing = false;
    // these drop detail, or make a frame's type depend on what came before
    parameters.bEnableDenoise = false;
    parameters.bEnableBackgroundDetection = false;
    parameters.bEnableAdaptiveQuant = false;
    parameters.bEnableSceneChangeDetect = false;
    parameters.iSpatialLayerNum = 1;
    parameters.iTemporalLayerNum = 1;
    let layer = &mut parameters.sSpatialLayers[0];
    layer.iVideoWidth = size.width as c_int;
    layer.iVideoHeight = size.height as c_int;
    layer.fFrameRate = rate as f32;
    layer.uiProfileIdc = sys::PRO_HIGH;
    layer.iDLayerQp = c_int::from(quantiser(quality));
    layer.sSliceArgument.uiSliceMode = sys::SM_SINGLE_SLICE;
}

fn picture(codes: &Codes) -> sys::SSourcePicture {
    let (width, height) = (codes.width as c_int, codes.height as c_int);
    let mut picture = sys::SSourcePicture {
        iColorFormat: sys::videoFormatI420,
        iPicWidth: width,
        iPicHeight: height,
        iStride: [width, width / 2, width / 2, 0],
        ..Default::default()
    };
    let planes = codes.planes.iter().filter_map(Plane::as_u8);
    for (pointer, plane) in picture.pData.iter_mut().zip(planes) {
        *pointer = plane.as_ptr().cast_mut();
    }
    picture
}

/// A size of at least 16x16.
fn padded_size(size: Extent) -> Extent {
    Extent::new(size.width.max(SMALLEST), size.height.max(SMALLEST))
}

/// The codes in a picture of at least 16x16, their last row and column repeated.
fn padded(codes: &Codes) -> Cow<'_, Codes> {
    let size = padded_size(codes.extent());
    let [Plane::U8(luma), Plane::U8(blue), Plane::U8(red)] = &codes.planes[..] else {
        return Cow::Borrowed(codes);
    };
    if size == codes.extent() {
        return Cow::Borrowed(codes);
    }
    let planes = [(luma, 1), (blue, 2), (red, 2)].map(|(plane, scale)| {
        let [from, to] = [codes.extent(), size]
            .map(|size| [size.width, size.height].map(|side| (side / scale) as usize));
        Plane::U8(repeated(plane, from, to))
    });
    let Extent { width, height } = size;
    Cow::Owned(Codes { width, height, format: codes.format.clone(), planes: planes.into() })
}

fn repeated(plane: &[u8], from: [usize; 2], to: [usize; 2]) -> Vec<u8> {
    let row = |y: usize| &plane[y.min(from[1] - 1) * from[0]..][..from[0]];
    let pixel = |y: usize, x: usize| row(y)[x.min(from[0] - 1)];
    (0..to[1]).flat_map(|y| (0..to[0]).map(move |x| pixel(y, x))).collect()
}

#[cfg(test)]
mod tests;
