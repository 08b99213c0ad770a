//! What a picture is: its windows, channels and attributes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::SampleType;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Extent {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Extent {
    /// Makes an extent.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }
}

/// Pixels on each side of a square whose mean is a pixel of an eighth.
pub(crate) const SQUARE: u32 = 8;

/// A rectangle in OpenEXR's pixel space: y grows downwards, and the origin may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Window {
    /// The first column.
    pub x: i32,
    /// The first row.
    pub y: i32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// A fraction, as frame rates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rational {
    /// The upper number.
    pub num: u32,
    /// The lower number, not 0.
    pub den: u32,
}

/// A SMPTE ST 12-1 timecode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Timecode {
    /// 0..=23
    pub hours: u8,
    /// 0..=59
    pub minutes: u8,
    /// 0..=59
    pub seconds: u8,
    /// 0 up to the frame rate.
    pub frames: u8,
    /// Whether frame numbers 0 and 1 are dropped each minute but every tenth.
    pub drop_frame: bool,
}

/// The value of a file's attribute.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Attribute {
    /// An integer.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text.
    Text(String),
    /// Several numbers: a matrix row by row, a vector, chromaticities.
    Floats(Vec<f64>),
    /// Several texts.
    Texts(Vec<String>),
}

/// A channel as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChannelInfo {
    /// Its whole name, such as `diffuse.R`.
    pub name: String,
    /// What its samples are.
    pub sample_type: SampleType,
    /// Every how many columns and rows there is a sample.
    pub sampling: [u32; 2],
}

/// A part (subimage) of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartInfo {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its view, if it has one, such as `left`.
    pub view: Option<String>,
    /// How it is laid out, such as `scanlines` or `tiles 64x64`.
    pub layout: String,
    /// How it is compressed, such as `ZIP`.
    pub compression: String,
    /// Where its pixels are.
    pub data_window: Window,
    /// What the picture is.
    pub display_window: Window,
    /// A pixel's width divided by its height.
    pub pixel_aspect: f32,
    /// Its channels, as stored.
    pub channels: Vec<ChannelInfo>,
    /// The sizes it is stored in, largest first: one, or those of a mip map.
    pub levels: Vec<Extent>,
    /// Its other attributes.
    pub attributes: BTreeMap<String, Attribute>,
}

impl PartInfo {
    /// Describes a part of plain scan lines whose data window is its display window.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        let window = Window { x: 0, y: 0, width, height };
        Self {
            name: None,
            view: None,
            layout: "scanlines".into(),
            compression: "none".into(),
            data_window: window,
            display_window: window,
            pixel_aspect: 1.0,
            channels: Vec::new(),
            levels: vec![Extent::new(width, height)],
            attributes: BTreeMap::new(),
        }
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileInfo {
    /// The format, such as `OpenEXR`.
    pub format: &'static str,
    /// Its parts, at least one.
    pub parts: Vec<PartInfo>,
}

/// What the picture between two stages is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageSpec {
    /// The picture's width in pixels: of the display window at first, later as resized.
    pub width: u32,
    /// The picture's height in pixels.
    pub height: u32,
    /// A pixel's width divided by its height; 1 after a resize.
    pub pixel_aspect: f32,
    /// The file that it came from.
    #[serde(skip)]
    pub file: Arc<FileInfo>,
    /// The part that it came from, as an index into the file's.
    pub part: usize,
    /// The channels that are shown as R, G, B, or that R, G, B are made of (RY, Y, BY); or one, as
    /// grey.
    pub channels: Vec<String>,
    /// Frames per second, where the file says so.
    pub frames_per_second: Option<Rational>,
    /// The timecode, where the file has one.
    pub timecode: Option<Timecode>,
    /// The level that it came from, as an index into the part's; 0 is the full one.
    pub level: usize,
    /// The size in which the picture can be had for far less: an eighth, of a compression whose
    /// blocks say what is flat in them.
    #[serde(skip)]
    pub(crate) eighth: Option<Extent>,
    /// The size of the picture of which each pixel is the mean of a square of [`SQUARE`] on each side,
    /// where it is such an eighth; the last squares may hang over its edge.
    #[serde(skip)]
    pub(crate) squares_of: Option<Extent>,
    /// Whether the samples are no colour: numbers made visible, to be shown as they are.
    pub is_data: bool,
    /// Why this part and these channels, in a few words.
    pub reason: &'static str,
    /// The file's ICC profile, as embedded.
    #[serde(skip)]
    pub icc_profile: Option<Arc<[u8]>>,
    /// What a person should know of the file: a name that disagrees, a value that was mended.
    pub warnings: Vec<String>,
}

impl ImageSpec {
    /// Describes the picture that part number `part` of a file shows.
    ///
    /// # Panics
    /// Where the file has no such part.
    #[must_use]
    pub fn new(file: Arc<FileInfo>, part: usize) -> Self {
        let picture = &file.parts[part];
        Self {
            width: picture.display_window.width,
            height: picture.display_window.height,
            pixel_aspect: picture.pixel_aspect,
            channels: picture.channels.iter().map(|channel| channel.name.clone()).collect(),
            frames_per_second: None,
            timecode: None,
            level: 0,
            eighth: None,
            squares_of: None,
            is_data: false,
            reason: "the only picture",
            icc_profile: None,
            warnings: Vec::new(),
            file,
            part,
        }
    }

    /// Describes a picture that comes from no file.
    #[must_use]
    pub fn plain(width: u32, height: u32) -> Self {
        let file = FileInfo { format: "memory", parts: vec![PartInfo::new(width, height)] };
        Self::new(Arc::new(file), 0)
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn extent(&self) -> Extent {
        Extent::new(self.width, self.height)
    }

    /// How many of its columns and rows the picture covers: of an eighth of 4093 columns, 511.625 of 512.
    pub(crate) fn covered(&self) -> [f64; 2] {
        let whole = self.extent();
        let (full, side) = self.squares_of.map_or((whole, 1), |full| (full, SQUARE));
        [full.width, full.height].map(|size| f64::from(size) / f64::from(side))
    }

    /// The sizes that the picture can be had in, largest first: the part's levels where its data
    /// window is the display window, else the full one alone.
    #[must_use]
    pub fn levels(&self) -> &[Extent] {
        let part = self.part();
        let whole = part.data_window == part.display_window;
        if whole { &part.levels } else { part.levels.get(..1).unwrap_or_default() }
    }

    /// The part of the file that the picture came from.
    #[must_use]
    pub fn part(&self) -> &PartInfo {
        &self.file.parts[self.part]
    }

    /// An attribute of that part, by name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.part().attributes.get(name)
    }
}
