//! The libx264 that a user has installed, found and opened at run time.
//!
//! Its functions are called as `x264.h` declares them. The structs of parameters and pictures are the
//! library's own, made and filled by its functions; the few fields that have no function are reached
//! by their place, which a check at the start compares with what fresh structs are known to hold. A
//! library that is laid out otherwise is refused, and not called.
#![allow(unsafe_code)]

use std::env;
use std::ffi::{CString, OsStr, c_char, c_int, c_void};
use std::ops::RangeInclusive;
use std::ptr;
use std::sync::OnceLock;

use libloading::Library;

use super::NAME;
use crate::error::{Error, Result};

/// Builds with the fields in the places below: from the first of one library for 8 and 10 bits on.
const BUILDS: RangeInclusive<u32> = 153..=165;
/// Names another file than the system's.
const VARIABLE: &str = "PROXYCORE_X264";

/// The planes of 4:2:0 one after the other, and the mark of codes of 16 bits (`X264_CSP_*`).
pub(super) const I420: c_int = 2;
pub(super) const HIGH_DEPTH: c_int = 0x2000;

/// `x264_param_t`: its first fields, and room for the others.
#[repr(C, align(16))]
pub(super) struct Param {
    cpu: u32,
    threads: c_int,
    lookahead_threads: c_int,
    sliced_threads: c_int,
    deterministic: c_int,
    cpu_independent: c_int,
    sync_lookahead: c_int,
    pub(super) width: c_int,
    pub(super) height: c_int,
    pub(super) csp: c_int,
    pub(super) depth: c_int,
    level: c_int,
    frames: c_int,
    rest: [u32; 1011],
}

impl Param {
    fn zeroed() -> Box<Self> {
        Box::new(Self {
            cpu: 0,
            threads: 0,
            lookahead_threads: 0,
            sliced_threads: 0,
            deterministic: 0,
            cpu_independent: 0,
            sync_lookahead: 0,
            width: 0,
            height: 0,
            csp: 0,
            depth: 0,
            level: 0,
            frames: 0,
            rest: [0; 1011],
        })
    }
}

/// `x264_picture_t`: its first fields, and room for the others.
#[repr(C, align(16))]
pub(super) struct Picture {
    kind: c_int,
    quantiser: c_int,
    structure: c_int,
    pub(super) key: c_int,
    pub(super) pts: i64,
    dts: i64,
    param: *mut c_void,
    pub(super) csp: c_int,
    pub(super) planes: c_int,
    pub(super) strides: [c_int; 4],
    pub(super) data: [*mut u8; 4],
    rest: [u8; 1024],
}

impl Picture {
    fn zeroed() -> Box<Self> {
        Box::new(Self {
            kind: 0,
            quantiser: 0,
            structure: 0,
            key: 0,
            pts: 0,
            dts: 0,
            param: ptr::null_mut(),
            csp: 0,
            planes: 0,
            strides: [0; 4],
            data: [ptr::null_mut(); 4],
            rest: [0; 1024],
        })
    }
}

/// `x264_nal_t`, up to where its bytes are. With lengths instead of start codes, those of a picture
/// lie one after the other and say where each ends.
#[repr(C)]
pub(super) struct Nal {
    reference: c_int,
    kind: c_int,
    start_code: c_int,
    first_block: c_int,
    last_block: c_int,
    length: c_int,
    pub(super) bytes: *const u8,
}

type Encode = unsafe extern "C" fn(
    *mut c_void,
    *mut *mut Nal,
    *mut c_int,
    *mut Picture,
    *mut Picture,
) -> c_int;

/// The functions of `x264.h` that are called.
pub(super) struct X264Library {
    preset: unsafe extern "C" fn(*mut Param, *const c_char, *const c_char) -> c_int,
    parse: unsafe extern "C" fn(*mut Param, *const c_char, *const c_char) -> c_int,
    profile: unsafe extern "C" fn(*mut Param, *const c_char) -> c_int,
    picture_init: unsafe extern "C" fn(*mut Picture),
    picture_alloc: unsafe extern "C" fn(*mut Picture, c_int, c_int, c_int) -> c_int,
    picture_clean: unsafe extern "C" fn(*mut Picture),
    /// The number in the name of its `open`, by which builds are told apart.
    pub(super) build: u32,
    pub(super) open: unsafe extern "C" fn(*mut Param) -> *mut c_void,
    pub(super) headers: unsafe extern "C" fn(*mut c_void, *mut *mut Nal, *mut c_int) -> c_int,
    pub(super) encode: Encode,
    pub(super) delayed: unsafe extern "C" fn(*mut c_void) -> c_int,
    pub(super) close: unsafe extern "C" fn(*mut c_void),
    /// Keeps the functions where they are.
    _file: Library,
}

impl X264Library {
    /// The library, which is opened once.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) where none is installed, or another than is
    /// known here.
    pub(super) fn get() -> Result<&'static Self> {
        static FOUND: OnceLock<X264Library> = OnceLock::new();
        match FOUND.get() {
            Some(known) => Ok(known),
            None => Self::find(env::var_os(VARIABLE).as_deref())
                .map(|found| FOUND.get_or_init(|| found)),
        }
    }

    /// Opens the file that is named, else the newest that the system has.
    pub(super) fn find(named: Option<&OsStr>) -> Result<Self> {
        let file = match named {
            // SAFETY: whoever names the file vouches for what it does when it is opened.
            Some(named) => unsafe { Library::new(named) },
            None => installed().ok_or_else(absent)?,
        };
        let file = file.map_err(|cause| {
            let what = format!("`{VARIABLE}` names no library that can be opened");
            Error::encode(NAME, what).with_source(cause)
        })?;
        let library = Self::bind(file).ok_or_else(|| {
            let (first, last) = (BUILDS.start(), BUILDS.end());
            let what = format!("this libx264 is none of the builds {first} to {last}");
            Error::encode(NAME, what + &format!("; name another by `{VARIABLE}`"))
        })?;
        library.check()?;
        Ok(library)
    }

    fn bind(file: Library) -> Option<Self> {
        // SAFETY: the types are those that `x264.h` declares for these names in all of `BUILDS`.
        unsafe {
            let open = |build| Some((build, *file.get(format!("x264_encoder_open_{build}")).ok()?));
            let (build, open) = BUILDS.rev().find_map(open)?;
            Some(Self {
                preset: *file.get("x264_param_default_preset").ok()?,
                parse: *file.get("x264_param_parse").ok()?,
                profile: *file.get("x264_param_apply_profile").ok()?,
                picture_init: *file.get("x264_picture_init").ok()?,
                picture_alloc: *file.get("x264_picture_alloc").ok()?,
                picture_clean: *file.get("x264_picture_clean").ok()?,
                build,
                open,
                headers: *file.get("x264_encoder_headers").ok()?,
                encode: *file.get("x264_encoder_encode").ok()?,
                delayed: *file.get("x264_encoder_delayed_frames").ok()?,
                close: *file.get("x264_encoder_close").ok()?,
                _file: file,
            })
        }
    }

    /// Compares what fresh structs hold with what they should.
    fn check(&self) -> Result<()> {
        let mut param = self.param("medium")?;
        let start = [param.threads, param.deterministic, param.sync_lookahead, param.level];
        let is_fresh = start == [0, 1, -1, -1]
            && [param.width, param.height, param.csp] == [0, 0, I420]
            && [8, 10].contains(&param.depth);
        let is_heard = [("threads", "3"), ("sync-lookahead", "7"), ("level", "4.1")]
            .iter()
            .all(|(name, value)| self.set(&mut param, name, value).is_ok())
            && [param.threads, param.sync_lookahead, param.level] == [3, 7, 41];
        if is_fresh && is_heard && self.has_our_pictures() {
            return Ok(());
        }
        let what = format!("this libx264 is laid out in another way; name another by `{VARIABLE}`");
        Err(Error::encode(NAME, what))
    }

    /// Has the library make a picture, and looks whether its planes are where they should be.
    fn has_our_pictures(&self) -> bool {
        let mut picture = Picture::zeroed();
        // SAFETY: there is more room than the library's own struct has, in its alignment; what is
        // allocated is freed, as it was made, by the matching call.
        unsafe {
            if (self.picture_alloc)(&raw mut *picture, I420, 64, 32) != 0 {
                return false;
            }
            let [luma, blue, red, none] = picture.data.map(|plane| plane as usize);
            let is_ours = [picture.csp, picture.planes] == [I420, 3]
                && picture.strides == [64, 32, 32, 0]
                && (luma > 0 && blue >= luma + 64 * 32 && red >= blue + 32 * 16 && none == 0);
            if is_ours {
                (self.picture_clean)(&raw mut *picture);
            }
            is_ours
        }
    }

    /// The parameters of a preset.
    pub(super) fn param(&self, preset: &str) -> Result<Box<Param>> {
        let mut param = Param::zeroed();
        let preset = text(preset)?;
        // SAFETY: there is more room than the library's own struct has, in its alignment; the text
        // ends in a nought and outlives the call.
        let code = unsafe { (self.preset)(&raw mut *param, preset.as_ptr(), ptr::null()) };
        if code != 0 {
            return Err(Error::encode(NAME, "does not know this preset"));
        }
        Ok(param)
    }

    /// Sets a parameter by its name on x264's command line.
    pub(super) fn set(&self, param: &mut Param, name: &str, value: &str) -> Result<()> {
        let (key, text) = (text(name)?, text(value)?);
        // SAFETY: `param` was filled by this library, and the texts end in a nought.
        let code = unsafe { (self.parse)(&raw mut *param, key.as_ptr(), text.as_ptr()) };
        if code != 0 {
            return Err(Error::encode(NAME, format!("takes no `{name}={value}`")));
        }
        Ok(())
    }

    /// Restricts parameters to a profile.
    pub(super) fn restrict(&self, param: &mut Param, profile: &str) -> Result<()> {
        let text = text(profile)?;
        // SAFETY: `param` was filled by this library, and the text ends in a nought.
        let code = unsafe { (self.profile)(&raw mut *param, text.as_ptr()) };
        if code != 0 {
            return Err(Error::encode(NAME, format!("cannot encode for the profile `{profile}`")));
        }
        Ok(())
    }

    /// An empty picture.
    pub(super) fn picture(&self) -> Box<Picture> {
        let mut picture = Picture::zeroed();
        // SAFETY: there is more room than the library's own struct has, in its alignment.
        unsafe { (self.picture_init)(&raw mut *picture) };
        picture
    }
}

fn text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::encode(NAME, "takes no text with a nought in it"))
}

/// The newest build that the system has where libraries are.
fn installed() -> Option<Result<Library, libloading::Error>> {
    // SAFETY: libx264 does nothing that concerns others when it is opened.
    BUILDS.rev().find_map(|build| unsafe { Library::new(file_name(build)) }.ok()).map(Ok)
}

fn file_name(build: u32) -> String {
    match env::consts::OS {
        "windows" => format!("libx264-{build}.dll"),
        "macos" => format!("libx264.{build}.dylib"),
        _ => format!("libx264.so.{build}"),
    }
}

fn absent() -> Error {
    let what = "is not installed; install libx264 (`apt install libx264-164`, \
                `dnf install x264-libs`, `brew install x264`), or name its file by";
    Error::encode(NAME, format!("{what} `{VARIABLE}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_x264_is_refused() {
        let kind = |named: &str| X264Library::find(Some(named.as_ref())).err().unwrap().to_string();
        assert!(kind("/nowhere/libx264.so").contains("PROXYCORE_X264"), "{}", kind("/nowhere"));
        if cfg!(target_os = "linux") {
            assert!(kind("libc.so.6").contains("none of the builds"), "{}", kind("libc.so.6"));
        }
        assert!(absent().to_string().contains("apt install"));
    }
}
