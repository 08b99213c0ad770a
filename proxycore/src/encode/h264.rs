//! H.264 by OpenH264, through its C interface.
//!
//! The safe wrapper cannot turn CABAC on, and takes odd sizes without a word. Settings are for files,
//! not for calls: constant quantiser, CABAC, High profile, no skipped frame, one slice and one thread,
//! closed groups of pictures of a second, no decision that depends on the clock or on the number of
//! cores. So the same frames give the same bytes.
//!
//! It has no B-frames, no 8x8 transform, no 4:2:2, no more than 8 bits, and takes no picture of
//! fewer than 16 pixels on a side or of more than 36,864 macroblocks (4096x2304).
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::ptr::{self, NonNull};

use openh264_sys2 as sys;

use super::{Codes, Nclx, PixelFormat, Plane, Sample};
use crate::error::{Error, Result};
use crate::image::{Extent, Rational};

const NAME: &str = "OpenH264";

/// What an encoder is made for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Width and height in pixels, both even.
    pub size: Extent,
    /// Frames per second.
    pub fps: Rational,
    /// A pixel's width divided by its height.
    pub pixel_aspect: Rational,
    /// What the code values mean.
    pub colour: Nclx,
    /// The quantiser of every frame, 0..=51; 6 more is half the precision.
    pub qp: u8,
    /// Frames in a closed group of pictures.
    pub group: u32,
}

/// An encoder at work on one stream of pictures.
#[derive(Debug)]
pub struct H264 {
    raw: NonNull<sys::ISVCEncoder>,
    size: Extent,
    sps: Vec<u8>,
    pps: Vec<u8>,
}

impl H264 {
    /// The smallest side that OpenH264 takes.
    pub const SMALLEST: u32 = 16;
    /// The most macroblocks of 16x16 in a picture: level 5.2, ITU-T H.264 table A-1.
    const MACROBLOCKS: u64 = 36_864;
    /// The longest side, in macroblocks: the root of eight times that, section A.3.1 f and g.
    const SIDE: u64 = 543;

    /// Starts a stream.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for a picture too large,
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) for one too small or odd, or when OpenH264
    /// refuses.
    pub fn new(settings: &Settings) -> Result<Self> {
        check(settings.size)?;
        let mut encoder = Self::create(settings.size)?;
        encoder.initialize(settings)?;
        for nal in encoder
            .call(|raw, info| {
                // SAFETY: `raw` is initialized and `info` is valid for writing.
                Some(unsafe { (**raw).EncodeParameterSets?(raw, info) })
            })?
            .nals()
        {
            match kind(nal) {
                SPS => encoder.sps = nal.to_vec(),
                PPS => encoder.pps = nal.to_vec(),
                _ => {}
            }
        }
        if encoder.sps.len() < 4 || encoder.pps.is_empty() {
            return Err(Error::encode(NAME, "made no parameter sets"));
        }
        Ok(encoder)
    }

    /// The sequence parameter set, without a start code.
    #[must_use]
    pub fn sps(&self) -> &[u8] {
        &self.sps
    }

    /// The picture parameter set, without a start code.
    #[must_use]
    pub fn pps(&self) -> &[u8] {
        &self.pps
    }

    /// Encodes the next picture.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) where the codes are not 4:2:0 of the
    /// stream's size, or OpenH264 fails.
    pub fn encode(&mut self, codes: &Codes) -> Result<Sample> {
        codes.check(PixelFormat::Yuv420p8, NAME)?;
        if codes.extent() != self.size {
            let what = format!("a frame of {}x{} in another stream", codes.width, codes.height);
            return Err(Error::encode(NAME, what));
        }
        let picture = picture(codes);
        let stream = self.call(|raw, info| {
            // SAFETY: `raw` is initialized; `picture` points to planes whose lengths were checked
            // against its sizes and which outlive the call; OpenH264 only reads them.
            Some(unsafe { (**raw).EncodeFrame?(raw, &raw const picture, info) })
        })?;
        let mut data = Vec::new();
        for nal in stream.nals().filter(|nal| !matches!(kind(nal), SPS | PPS)) {
            data.extend_from_slice(&(nal.len() as u32).to_be_bytes());
            data.extend_from_slice(nal);
        }
        if data.is_empty() {
            return Err(Error::encode(NAME, "skipped a frame"));
        }
        Ok(Sample { key: stream.key, shift: 0, data })
    }

    fn create(size: Extent) -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is valid for writing a pointer.
        let code = unsafe { sys::source::APILoader::WelsCreateSVCEncoder(&raw mut raw) };
        match NonNull::new(raw) {
            Some(raw) if code == 0 => Ok(Self { raw, size, sps: Vec::new(), pps: Vec::new() }),
            _ => Err(Error::encode(NAME, format!("cannot be created (code {code})"))),
        }
    }

    fn initialize(&mut self, settings: &Settings) -> Result<()> {
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
        configure(&mut parameters, settings);
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

impl Drop for H264 {
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
    lengths: Vec<usize>,
    key: bool,
}

impl BitStream {
    fn copy(info: &sys::SFrameBSInfo) -> Self {
        let key = info.eFrameType == sys::videoFrameTypeIDR;
        let mut stream = Self { bytes: Vec::new(), lengths: Vec::new(), key };
        for layer in info.sLayerInfo.iter().take(info.iLayerNum.max(0) as usize) {
            let count = layer.iNalCount.max(0) as usize;
            if count == 0 || layer.pNalLengthInByte.is_null() || layer.pBsBuf.is_null() {
                continue;
            }
            // SAFETY: OpenH264 gives `iNalCount` lengths, and a buffer as long as their sum, which
            // stay as they are until its next call; this one borrows no longer than this loop.
            let (lengths, bytes) = unsafe {
                let lengths = std::slice::from_raw_parts(layer.pNalLengthInByte, count);
                let sum = lengths.iter().map(|length| *length as usize).sum();
                (lengths, std::slice::from_raw_parts(layer.pBsBuf, sum))
            };
            stream.lengths.extend(lengths.iter().map(|length| *length as usize));
            stream.bytes.extend_from_slice(bytes);
        }
        stream
    }

    /// The NAL units without their start codes of three or four bytes (ITU-T H.264 annex B).
    fn nals(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.bytes[..];
        self.lengths.iter().map(move |length| {
            let (nal, after) = rest.split_at(*length);
            rest = after;
            let zeros = nal.iter().take_while(|byte| **byte == 0).count();
            nal.get(zeros + 1..).unwrap_or_default()
        })
    }
}

/// `nal_unit_type`, ITU-T H.264 table 7-1.
const SPS: u8 = 7;
const PPS: u8 = 8;

fn kind(nal: &[u8]) -> u8 {
    nal.first().map_or(0, |header| header & 0x1f)
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

fn check(size: Extent) -> Result<()> {
    let Extent { width, height } = size;
    if width < H264::SMALLEST || height < H264::SMALLEST || width % 2 != 0 || height % 2 != 0 {
        let what = format!("takes even sizes from 16x16 on, not {width}x{height}");
        return Err(Error::encode(NAME, what));
    }
    let blocks = [width, height].map(|side| u64::from(side.div_ceil(16)));
    let longest = blocks[0].max(blocks[1]);
    Error::check_limit("macroblocks on one side of an H.264 picture", H264::SIDE, longest)?;
    let product = blocks[0] * blocks[1];
    Error::check_limit("macroblocks in an H.264 picture", H264::MACROBLOCKS, product)
}

fn configure(parameters: &mut sys::SEncParamExt, settings: &Settings) {
    let Settings { size, fps, qp, .. } = *settings;
    let rate = f64::from(fps.num) / f64::from(fps.den.max(1));
    // its "not real time" is declared and refused; the other usage is for screens
    parameters.iUsageType = sys::CAMERA_VIDEO_REAL_TIME;
    parameters.iPicWidth = size.width as c_int;
    parameters.iPicHeight = size.height as c_int;
    parameters.fMaxFrameRate = rate as f32;
    parameters.iRCMode = sys::RC_OFF_MODE;
    parameters.bEnableFrameSkip = false;
    parameters.iEntropyCodingModeFlag = 1;
    parameters.uiIntraPeriod = settings.group.max(1);
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
    layer.iDLayerQp = c_int::from(qp.min(51));
    layer.sSliceArgument.uiSliceMode = sys::SM_SINGLE_SLICE;
    describe(layer, settings);
}

/// Fills the video usability information, ITU-T H.264 annex E.
fn describe(layer: &mut sys::SSpatialLayerConfig, settings: &Settings) {
    let Settings { pixel_aspect, colour, .. } = settings;
    layer.bVideoSignalTypePresent = true;
    layer.uiVideoFormat = sys::VF_UNDEF as u8;
    layer.bFullRange = false;
    layer.bColorDescriptionPresent = true;
    layer.uiColorPrimaries = colour.primaries;
    layer.uiTransferCharacteristics = colour.transfer;
    layer.uiColorMatrix = colour.matrix;
    let sides = [pixel_aspect.num, pixel_aspect.den].map(u16::try_from);
    layer.bAspectRatioPresent = true;
    match sides {
        [Ok(width), Ok(height)] if width != height => {
            layer.eAspectRatio = sys::ASP_EXT_SAR;
            layer.sAspectRatioExtWidth = width;
            layer.sAspectRatioExtHeight = height;
        }
        [Ok(_), Ok(_)] => layer.eAspectRatio = sys::ASP_1x1,
        _ => layer.bAspectRatioPresent = false,
    }
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

#[cfg(test)]
mod tests {
    use super::super::testing::{noise, ramp};
    use super::*;
    use crate::encode::{CodeFormat, Mp4, Quantizer};
    use crate::image::Band;
    use crate::space::ColorSpace;

    fn settings(width: u32, height: u32) -> Settings {
        Settings {
            size: Extent::new(width, height),
            fps: Rational { num: 24, den: 1 },
            pixel_aspect: Rational { num: 1, den: 1 },
            colour: Nclx::BT709,
            qp: Mp4::QP,
            group: 24,
        }
    }

    fn codes(light: &Band) -> Codes {
        let space = ColorSpace::G24_REC709_DISPLAY;
        let format = CodeFormat { pixel: PixelFormat::Yuv420p8, space };
        let mut quantizer = Quantizer::new(format, Extent::new(light.width, light.rows())).unwrap();
        quantizer.push(light).unwrap();
        quantizer.finish().unwrap()
    }

    fn stream(frames: u32) -> (Vec<u8>, Vec<Sample>) {
        let mut h264 = H264::new(&settings(64, 32)).unwrap();
        let samples = (0..frames).map(|_| h264.encode(&codes(&noise(64, 32))).unwrap()).collect();
        ([h264.sps(), h264.pps()].concat(), samples)
    }

    #[test]
    fn it_is_high_profile_with_cabac() {
        let h264 = H264::new(&settings(64, 32)).unwrap();
        assert_eq!(h264.sps()[..2], [0x67, 100]);
        // pic_parameter_set_id 0 and seq_parameter_set_id 0 are one bit each, then CABAC
        assert_eq!((h264.pps()[0], h264.pps()[1] >> 5), (0x68, 0b111));
    }

    #[test]
    fn groups_are_closed_and_a_second_long() {
        let (_, samples) = stream(50);
        let keys: Vec<_> = (0..50).filter(|at| samples[*at].key).collect();
        assert_eq!(keys, [0, 24, 48]);
        for sample in &samples {
            let length = u32::from_be_bytes(sample.data[..4].try_into().unwrap()) as usize;
            assert_eq!(length, sample.data.len() - 4, "one slice");
            assert_eq!(sample.data[4] & 0x1f, if sample.key { 5 } else { 1 });
        }
    }

    #[test]
    fn the_same_frames_give_the_same_bytes() {
        assert_eq!(stream(5), stream(5));
    }

    #[test]
    fn sizes_it_cannot_take_are_errors() {
        for (width, height) in [(14, 16), (16, 14), (17, 16), (16, 33), (0, 0)] {
            let error = H264::new(&settings(width, height)).unwrap_err();
            assert!(error.to_string().contains("even sizes from 16x16"), "{error}");
        }
        for (width, height) in [(4096, 2306), (8704, 16), (u32::MAX - 1, u32::MAX - 1)] {
            let error = H264::new(&settings(width, height)).unwrap_err();
            assert!(error.to_string().contains("macroblocks"), "{error}");
        }
        for (width, height) in [(16, 16), (18, 30), (8688, 16)] {
            let mut h264 = H264::new(&settings(width, height)).unwrap();
            assert!(h264.encode(&codes(&ramp(width, height))).unwrap().key);
        }
    }

    #[test]
    fn a_frame_with_too_many_bits_is_an_error() {
        let mut h264 = H264::new(&Settings { qp: 0, ..settings(512, 512) }).unwrap();
        let mut frame = codes(&ramp(512, 512));
        let mut noise = noise(512, 512).samples.into_iter().map(|noise| (noise * 256.0) as u8);
        for plane in &mut frame.planes {
            let length = plane.as_u8().unwrap().len();
            *plane = Plane::U8(noise.by_ref().take(length).collect());
        }
        let error = h264.encode(&frame).unwrap_err();
        assert!(error.to_string().contains("raise the quantiser"), "{error}");
    }

    #[test]
    fn a_frame_of_another_size_is_an_error() {
        let mut h264 = H264::new(&settings(64, 32)).unwrap();
        let error = h264.encode(&codes(&ramp(32, 64))).unwrap_err();
        assert_eq!(error.to_string(), "OpenH264: a frame of 32x64 in another stream");
    }
}
