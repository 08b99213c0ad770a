//! One encoder of libx264 at work.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};

use super::NAME;
use super::library::{HIGH_DEPTH, I420, Param, Picture, X264Library};
use crate::encode::{Codes, Plane};
use crate::error::{Error, Result};

/// An encoder of a closed group of pictures.
pub(super) struct RawEncoder {
    library: &'static X264Library,
    raw: NonNull<c_void>,
    input: Box<Picture>,
    output: Box<Picture>,
}

/// What comes out for a picture.
pub(super) struct Coded {
    pub(super) key: bool,
    /// Its number in the order of time.
    pub(super) number: i64,
    /// NAL units, each after its length in 4 bytes.
    pub(super) bytes: Vec<u8>,
}

impl RawEncoder {
    /// Opens one with parameters that are complete.
    pub(super) fn open(library: &'static X264Library, param: &mut Param) -> Result<Self> {
        // SAFETY: `param` was filled by this library, which copies it.
        let raw = unsafe { (library.open)(&raw mut *param) };
        let raw = NonNull::new(raw).ok_or_else(|| {
            let Param { width, height, depth, .. } = param;
            let what = format!("refuses pictures of {width}x{height} and {depth} bits");
            Error::encode(NAME, what + "; some builds of libx264 have 8 bits only")
        })?;
        Ok(Self { library, raw, input: library.picture(), output: library.picture() })
    }

    /// The parameter sets, and what else it would begin a stream with.
    pub(super) fn headers(&mut self) -> Result<Vec<u8>> {
        let (mut nals, mut count) = (ptr::null_mut(), 0);
        // SAFETY: `raw` is open, and the pointers are valid for writing.
        let length =
            unsafe { (self.library.headers)(self.raw.as_ptr(), &raw mut nals, &raw mut count) };
        // SAFETY: the call above filled `nals`, and none followed it.
        unsafe { copied(nals, length) }
    }

    /// Takes a picture, and gives the next that is finished.
    pub(super) fn push(&mut self, codes: &Codes, number: i64) -> Result<Option<Coded>> {
        let deep = codes.format.pixel.depth() > 8;
        let bytes = if deep { 2 } else { 1 };
        let input = &mut *self.input;
        input.csp = if deep { I420 | HIGH_DEPTH } else { I420 };
        input.planes = 3;
        let width = codes.width as c_int * bytes;
        input.strides = [width, width / 2, width / 2, 0];
        for (data, plane) in input.data.iter_mut().zip(&codes.planes) {
            *data = match plane {
                Plane::U8(codes) => codes.as_ptr().cast_mut(),
                Plane::U16(codes) => codes.as_ptr().cast_mut().cast(),
            };
        }
        input.pts = number;
        let input: *mut Picture = input;
        self.call(input)
    }

    /// Gives the next picture that is finished, where no more will come.
    pub(super) fn drain(&mut self) -> Result<Option<Coded>> {
        // SAFETY: `raw` is open.
        let delayed = unsafe { (self.library.delayed)(self.raw.as_ptr()) };
        if delayed > 0 { self.call(ptr::null_mut()) } else { Ok(None) }
    }

    fn call(&mut self, input: *mut Picture) -> Result<Option<Coded>> {
        let (mut nals, mut count) = (ptr::null_mut(), 0);
        // SAFETY: `raw` is open; `input` is none, or points to planes whose lengths its caller
        // checked against the sizes that the encoder was opened with, which outlive the call, and
        // which x264 copies; the other pointers are valid for writing.
        let length = unsafe {
            let (nals, count) = (&raw mut nals, &raw mut count);
            (self.library.encode)(self.raw.as_ptr(), nals, count, input, &raw mut *self.output)
        };
        if length == 0 {
            return Ok(None);
        }
        // SAFETY: the call above filled `nals`, and none followed it.
        let bytes = unsafe { copied(nals, length) }?;
        Ok(Some(Coded { key: self.output.key != 0, number: self.output.pts, bytes }))
    }
}

impl Drop for RawEncoder {
    fn drop(&mut self) {
        // SAFETY: `raw` was opened by the matching call and is used by nobody else.
        unsafe { (self.library.close)(self.raw.as_ptr()) };
    }
}

/// The bytes of the NAL units that a call gave.
///
/// # Safety
/// `nals` is what that call wrote, `length` what it returned, and no other call followed.
unsafe fn copied(nals: *const super::library::Nal, length: c_int) -> Result<Vec<u8>> {
    let length = usize::try_from(length).ok().filter(|length| *length > 0 && !nals.is_null());
    let length = length.ok_or_else(|| Error::encode(NAME, "failed"))?;
    // SAFETY: the payloads of all units are sequential in memory (x264.h), `length` is their sum, and
    // they stay until the next call.
    unsafe { Ok(std::slice::from_raw_parts((*nals).bytes, length).to_vec()) }
}
