//! H.264 by OpenH264's decoder, through its C interface.
//!
//! It conceals no error: a stream that is not whole is refused.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_long};
use std::ptr::{self, NonNull};

use openh264_sys2 as sys;

use super::{Planes, refused};
use crate::error::Result;
use crate::image::Extent;

/// Decodes the first picture.
pub(super) fn first_picture(stream: &[u8]) -> Result<Planes> {
    H264::new()?.decode(stream)
}

struct H264 {
    raw: NonNull<sys::ISVCDecoder>,
}

impl H264 {
    fn new() -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is valid for writing a pointer.
        let code = unsafe { sys::source::APILoader::WelsCreateDecoder(&raw mut raw) };
        let decoder = match NonNull::new(raw) {
            Some(raw) if code == 0 => Self { raw },
            _ => return Err(refused("cannot be created")),
        };
        decoder.initialize()?;
        Ok(decoder)
    }

    fn initialize(&self) -> Result<()> {
        let raw = self.raw.as_ptr();
        let mut quiet: c_int = sys::WELS_LOG_QUIET;
        // SAFETY: `raw` was created and not yet destroyed; the option takes a pointer to an int,
        // which lives until the call returns.
        succeed(unsafe {
            (**raw)
                .SetOption
                .map(|call| call(raw, sys::DECODER_OPTION_TRACE_LEVEL, (&raw mut quiet).cast()))
        })?;
        let mut parameters = sys::SDecodingParam {
            uiTargetDqLayer: u8::MAX,
            eEcActiveIdc: sys::ERROR_CON_DISABLE,
            ..Default::default()
        };
        parameters.sVideoProperty.eVideoBsType = sys::VIDEO_BITSTREAM_AVC;
        // SAFETY: as above, with a pointer to the parameters to read.
        succeed(unsafe { (**raw).Initialize.map(|call| call(raw, &raw const parameters)) })
    }

    fn decode(&self, stream: &[u8]) -> Result<Planes> {
        let raw = self.raw.as_ptr();
        let length = c_int::try_from(stream.len()).map_err(|_| refused("is too long"))?;
        let (mut planes, mut info) = ([ptr::null_mut(); 3], sys::SBufferInfo::default());
        // SAFETY: `raw` is initialized, `stream` has `length` bytes that OpenH264 only reads, and
        // both results are valid for writing.
        let state = unsafe {
            (**raw)
                .DecodeFrameNoDelay
                .map(|call| call(raw, stream.as_ptr(), length, planes.as_mut_ptr(), &raw mut info))
        };
        if state == Some(sys::dsErrorFree) && info.iBufferStatus != 1 {
            // SAFETY: as above; this hands out a picture that waits for its turn.
            unsafe {
                (**raw).FlushFrame.map(|call| call(raw, planes.as_mut_ptr(), &raw mut info));
            }
        }
        let picture = if state == Some(sys::dsErrorFree) { shown(planes, &info)? } else { None };
        picture.ok_or_else(|| refused(format!("does not decode (state {state:?})")))
    }
}

/// Copies the picture that the decoder has ready, if it has one.
fn shown(planes: [*mut u8; 3], info: &sys::SBufferInfo) -> Result<Option<Planes>> {
    if info.iBufferStatus != 1 {
        return Ok(None);
    }
    // SAFETY: a picture is ready, so the member of system memory is the one that is filled.
    copy(planes, &unsafe { info.UsrData.sSystemBuffer }).map(Some)
}

/// Copies the picture before the decoder goes, without the padding of its rows.
fn copy(planes: [*mut u8; 3], memory: &sys::SSysMEMBuffer) -> Result<Planes> {
    let sides = [memory.iWidth, memory.iHeight].map(u32::try_from);
    let [Ok(width), Ok(height)] = sides else {
        return Err(refused("has no size"));
    };
    let [luma, chroma] = memory.iStride.map(|stride| usize::try_from(stride).unwrap_or_default());
    let (w, h) = (width as usize, height as usize);
    let (half_w, half_h) = (w.div_ceil(2), h.div_ceil(2));
    let unfit = planes.iter().any(|plane| plane.is_null()) || luma < w || chroma < half_w;
    if unfit || w == 0 || h == 0 {
        return Err(refused("has no planes"));
    }
    let rows = |plane: *mut u8, stride: usize, width: usize, height: usize| {
        // SAFETY: the plane has `height` rows that start `stride` bytes apart, of which `width`
        // belong to the picture, and stays as it is until the decoder's next call.
        let bytes = unsafe { std::slice::from_raw_parts(plane, stride * (height - 1) + width) };
        bytes.chunks(stride).flat_map(|row| &row[..width]).copied().collect()
    };
    Ok(Planes {
        size: Extent::new(width, height),
        luma: rows(planes[0], luma, w, h),
        blue: rows(planes[1], chroma, half_w, half_h),
        red: rows(planes[2], chroma, half_w, half_h),
    })
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
            sys::source::APILoader::WelsDestroyDecoder(raw);
        }
    }
}

fn succeed(code: Option<c_long>) -> Result<()> {
    if code == Some(0) { Ok(()) } else { Err(refused("cannot be started")) }
}

/// Decodes all pictures but the last two, which it keeps for others that could follow, and gives their
/// planes one after the other in the order of time.
#[cfg(test)]
pub(super) fn pictures(stream: &[u8]) -> Result<Vec<u8>> {
    let decoder = H264::new()?;
    let starts = stream.windows(4).enumerate().filter(|(_, four)| **four == [0, 0, 0, 1]);
    let mut starts: Vec<usize> = starts.map(|(at, _)| at).collect();
    starts.push(stream.len());
    let mut all = Vec::new();
    for unit in starts.windows(2) {
        let picture = decoder.next(&stream[unit[0]..unit[1]])?;
        picture.iter().for_each(|one| all.extend([&one.luma[..], &one.blue, &one.red].concat()));
    }
    Ok(all)
}

#[cfg(test)]
impl H264 {
    /// Takes a unit, and gives a picture whose turn it is.
    fn next(&self, unit: &[u8]) -> Result<Option<Planes>> {
        let (mut planes, mut info) = ([ptr::null_mut(); 3], sys::SBufferInfo::default());
        // SAFETY: `raw` is initialized, `unit` has so many bytes that OpenH264 only reads, and both
        // results are valid for writing.
        let state = unsafe {
            let raw = self.raw.as_ptr();
            let length = unit.len() as c_int;
            (**raw)
                .DecodeFrame2
                .map(|call| call(raw, unit.as_ptr(), length, planes.as_mut_ptr(), &raw mut info))
        };
        if state != Some(sys::dsErrorFree) {
            return Err(refused(format!("does not decode (state {state:?})")));
        }
        shown(planes, &info)
    }
}
