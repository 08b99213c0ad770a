//! Decoders: from bytes to native pixels.
//!
//! A decoder reads the header at once and the pixels on demand. Formats are recognised by content,
//! never by name. To add one, write its folder and its line in [`DECODERS`].
//!
//! Decoding converts nothing: half stays half, log stays log. It picks the picture a person would
//! pick (part, layer, view) or the one that the caller names, crops the data window to the display
//! window, fills the rest with zeros, and turns the picture upright.

use std::fmt::Debug;
use std::io::{Read, SeekFrom};

use crate::error::{Error, ErrorKind, Result};
use crate::image::{Image, Native};
use crate::input::Input;

#[cfg(feature = "image")]
mod bmp;
mod cineon;
mod dpx;
#[cfg(any(feature = "image", feature = "jpeg", feature = "png"))]
mod exif;
mod exr;
mod film;
#[cfg(feature = "jpeg")]
mod jpeg;
mod orientation;
mod partial;
#[cfg(feature = "png")]
mod png;
mod radiance;
#[cfg(feature = "image")]
mod raster;
#[cfg(feature = "tiff")]
mod tiff;
mod unknown;
mod unread;
#[cfg(feature = "image")]
mod whole;

pub use self::cineon::CineonDecoder;
pub use self::dpx::DpxDecoder;
pub use self::exr::ExrDecoder;
#[cfg(feature = "jpeg")]
pub use self::jpeg::JpegDecoder;
pub use self::orientation::Orientation;
#[cfg(feature = "png")]
pub use self::png::PngDecoder;
pub use self::radiance::RadianceDecoder;
#[cfg(feature = "image")]
pub use self::raster::RasterDecoder;
#[cfg(feature = "tiff")]
pub use self::tiff::TiffDecoder;

/// A format that can be read.
///
/// Calls come on any thread, several at a time. `open` is called on content that `recognizes`
/// answered true for; an error of it is final for the file, and no other decoder is tried.
pub trait Decoder: Debug + Send + Sync {
    /// The format's name, such as `OpenEXR`.
    fn format(&self) -> &'static str;

    /// The endings that names of such files have, in lower case, without the dot.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether content that starts with `head` (up to [`HEAD`] bytes) is of this format.
    fn recognizes(&self, head: &[u8]) -> bool;

    /// Reads the header and describes the picture; its pixels are read when they are asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`], [`ErrorKind::Unsupported`], [`ErrorKind::Limit`] for what lies in
    /// the file, [`ErrorKind::Storage`] where reading fails.
    fn open(&self, input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>>;
}

/// How many bytes of a file its format is recognised by.
pub const HEAD: usize = 64;

/// Every format that this build reads.
pub const DECODERS: &[&dyn Decoder] = &[
    &ExrDecoder,
    &DpxDecoder,
    &CineonDecoder,
    #[cfg(feature = "jpeg")]
    &JpegDecoder,
    #[cfg(feature = "png")]
    &PngDecoder,
    #[cfg(feature = "tiff")]
    &TiffDecoder,
    &RadianceDecoder,
    #[cfg(feature = "image")]
    &raster::BMP,
    #[cfg(feature = "image")]
    &raster::WEBP,
    #[cfg(feature = "image")]
    &raster::PNM,
    #[cfg(feature = "image")]
    &raster::TGA,
];

/// The format that a file's name promises, of those that can be read. What the content is tells the
/// content: this is for lists, whose files nobody opens.
#[must_use]
pub fn format_of(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    let extension = extension.to_lowercase();
    let decoder = DECODERS.iter().find(|decoder| decoder.extensions().contains(&&*extension))?;
    Some(decoder.format())
}

/// What a file may ask for before it is refused.
///
/// The defaults pass a 16K frame of hundreds of channels, and refuse a header that lies.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Pixels of a window: 2^29, a square of 23,170.
    pub pixels: u64,
    /// Channels of a part: 4,096.
    pub channels: u64,
    /// Parts of a file: 1,024.
    pub parts: u64,
    /// Samples of a deep pixel: 65,536.
    pub samples_per_pixel: u64,
    /// Bytes that one compressed block unpacks to: 2^30.
    pub block_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pixels: 1 << 29,
            channels: 4096,
            parts: 1024,
            samples_per_pixel: 1 << 16,
            block_bytes: 1 << 30,
        }
    }
}

impl Limits {
    /// Sets how many pixels a window may have.
    #[must_use]
    pub fn with_pixels(mut self, pixels: u64) -> Self {
        self.pixels = pixels;
        self
    }
}

/// Which picture of a file is shown, where it holds several. What is not named is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selection {
    /// A part (subimage, page), by its name or its number from 0.
    pub part: Option<String>,
    /// A layer, by the name before its channels' last dot; or one channel by its whole name.
    pub layer: Option<String>,
    /// A view of a stereo file, such as `left`.
    pub view: Option<String>,
    /// A level of a mip or rip map, 0 for the full one. Where nothing is said, the full one is
    /// decoded, and a pipeline takes the smallest that serves its renditions.
    pub level: Option<usize>,
}

impl Selection {
    /// Names the part, by its name or its number from 0.
    #[must_use]
    pub fn with_part(mut self, part: impl Into<String>) -> Self {
        self.part = Some(part.into());
        self
    }

    /// Names the layer, or one channel.
    #[must_use]
    pub fn with_layer(mut self, layer: impl Into<String>) -> Self {
        self.layer = Some(layer.into());
        self
    }

    /// Names the view.
    #[must_use]
    pub fn with_view(mut self, view: impl Into<String>) -> Self {
        self.view = Some(view.into());
        self
    }

    /// Names the level, 0 for the full one.
    #[must_use]
    pub fn with_level(mut self, level: usize) -> Self {
        self.level = Some(level);
        self
    }
}

impl Selection {
    /// What is named, in one line; empty where nothing is.
    #[must_use]
    pub fn recipe(&self) -> String {
        let level = self.level.map(|level| level.to_string());
        let named =
            [("part", &self.part), ("layer", &self.layer), ("view", &self.view), ("level", &level)];
        let named = named.iter().filter_map(|(what, name)| Some((what, name.as_ref()?)));
        named.map(|(what, name)| format!("{what} {name:?}")).collect::<Vec<_>>().join(" ")
    }
}

/// For formats that have not all of what can be named.
impl Selection {
    /// Checks that neither a view nor a smaller level is named.
    fn check_flat(&self) -> Result<()> {
        if let Some(view) = &self.view {
            return Err(no_such("view", view, NONE));
        }
        match self.level {
            None | Some(0) => Ok(()),
            Some(level) => Err(no_such("level", &level.to_string(), ["0"])),
        }
    }

    /// Checks that nothing is named but what a file of one picture has.
    fn check_single(&self) -> Result<()> {
        self.check_flat()?;
        if let Some(part) = self.part.as_ref().filter(|part| *part != "0") {
            return Err(no_such("part", part, ["0"]));
        }
        match &self.layer {
            None => Ok(()),
            Some(layer) => Err(no_such("layer", layer, NONE)),
        }
    }
}

/// What there is where nothing can be named.
const NONE: [&str; 0] = [];

/// Says that a name is none of these, and names each of them once.
fn no_such(
    what: &'static str,
    name: &str,
    names: impl IntoIterator<Item = impl Into<String>>,
) -> Error {
    let mut available = Vec::new();
    for name in names.into_iter().map(Into::into) {
        if !available.contains(&name) {
            available.push(name);
        }
    }
    Error::new(ErrorKind::NoSuch { what, name: name.to_owned(), available })
}

/// How to decode.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DecodeOptions {
    /// What a file may ask for.
    pub limits: Limits,
    /// Which picture of the file.
    pub selection: Selection,
    /// Whether what is whole of a damaged file is shown, and the rest hatched and counted in the
    /// [`Tally`](crate::image::Tally); else damage is an error.
    pub partial: bool,
    /// Whether an eighth of the size is enough, where the file gives that for less.
    pub(crate) eighth: bool,
}

impl DecodeOptions {
    /// Sets what a file may ask for.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets which picture of the file is shown.
    #[must_use]
    pub fn with_selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Sets whether what is whole of a damaged file is shown.
    #[must_use]
    pub fn with_partial(mut self, partial: bool) -> Self {
        self.partial = partial;
        self
    }
}

impl DecodeOptions {
    /// Everything of it that changes pixels, in one line; empty for the defaults.
    #[must_use]
    pub fn recipe(&self) -> String {
        let partial = if self.partial { "partial" } else { "" };
        format!("{} {partial}", self.selection.recipe()).trim().to_owned()
    }
}

const BAND_ROWS: usize = crate::image::BAND_ROWS as usize;

/// Says that the input failed; what it read may be fine. A store that knows why has said so.
fn unreadable(cause: std::io::Error) -> Error {
    match cause.downcast::<Error>() {
        Ok(error) => error,
        Err(cause) => Error::storage("cannot read").with_source(cause),
    }
}

/// Recognises the format of `input` and opens it.
///
/// # Errors
/// [`ErrorKind::UnknownFormat`] for content of no known format, else what the decoder meets.
pub fn decode(mut input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>> {
    let head = read_head(&mut *input)?;
    match DECODERS.iter().find(|decoder| decoder.recognizes(&head)) {
        Some(decoder) => decoder.open(input, options),
        None => Err(Error::new(ErrorKind::UnknownFormat { looks_like: looks_like(&head) })),
    }
}

/// Recognises the format of the content that has a name, and opens it. Where the content does not tell
/// what it is, its name does: camera raw is TIFF inside, which shows a preview at the best.
///
/// # Errors
/// As [`decode`].
pub(crate) fn decode_named(
    name: &str,
    mut input: Box<dyn Input>,
    options: &DecodeOptions,
) -> Result<Image<Native>> {
    let head = read_head(&mut *input)?;
    let unknown = |looks_like: String| Err(Error::new(ErrorKind::UnknownFormat { looks_like }));
    match unknown::camera_raw(name) {
        Some(raw) if is_tiff(&head) => return unknown(format!("it is camera raw ({raw})")),
        _ => {}
    }
    let opened = decode(input, options);
    match (opened, unknown::by_ending(name)) {
        (Err(error), Some(named)) if says_nothing(&error, &head) => {
            unknown(format!("by its name it is {named}; {}", looks_like(&head)))
        }
        (opened, _) => opened,
    }
}

fn is_tiff(head: &[u8]) -> bool {
    [b"II\x2a\0", b"MM\0\x2a"].iter().any(|magic| head.starts_with(*magic))
}

/// Whether content is of no format that is known by its first bytes.
fn says_nothing(error: &Error, head: &[u8]) -> bool {
    matches!(error.kind(), ErrorKind::UnknownFormat { .. })
        && !head.is_empty()
        && unknown::by_content(head).is_none()
}

/// Says so where a file's name promises another format than its content is of.
pub(crate) fn misnamed(name: &str, format: &'static str) -> Option<String> {
    let (_, extension) = name.rsplit_once('.')?;
    let extension = extension.to_lowercase();
    let of = |decoder: &&&dyn Decoder| decoder.extensions().contains(&extension.as_str());
    let promised: Vec<_> = DECODERS.iter().filter(of).map(|decoder| decoder.format()).collect();
    let honest = promised.is_empty() || promised.contains(&format);
    (!honest).then(|| format!("the name ends in .{extension}, and the content is {format}"))
}

fn read_head(input: &mut dyn Input) -> Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    input
        .take(HEAD as u64)
        .read_to_end(&mut head)
        .and_then(|_| input.seek(SeekFrom::Start(0)))
        .map_err(unreadable)?;
    Ok(head)
}

/// Says in a few words what content of no known format is.
fn looks_like(head: &[u8]) -> String {
    let text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    if let Some(name) = unknown::by_content(head) {
        return format!("it is {name}");
    }
    match head {
        [] => "the file is empty".into(),
        _ if head.iter().all(text) => "it looks like text".into(),
        _ => format!("it starts with {}", hex(&head[..head.len().min(4)])),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_name_that_promises_another_format_is_told() {
        let told = misnamed("a/b.0001.EXR", "another").unwrap();
        assert_eq!(told, "the name ends in .exr, and the content is another");
        assert_eq!(misnamed("b.exr", "OpenEXR"), None);
        assert_eq!(misnamed("b.0001", "OpenEXR"), None);
    }

    #[test]
    fn unknown_content_is_told_by_what_it_looks_like() {
        let said = |bytes: &'static [u8]| {
            decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default()).unwrap_err().to_string()
        };
        assert!(said(b"").ends_with("the file is empty"));
        assert!(said(b"hello\n").ends_with("it looks like text"));
        assert!(said(&[0, 1, 2, 3, 4]).ends_with("it starts with 00 01 02 03"));
    }
}
