//! Burn-ins: what people who review a shot want to read in it.
//!
//! Lines stand in the corners of the picture and in the middle of its lower edge, white on a
//! translucent black. They are mixed in code values, in whichever depth and sampling the encoder
//! takes, so that what they do not cover stays as it was to the bit.

use std::str::FromStr;

use super::text::{Line, Typeface};
use crate::encode::{Codes, Curve, Plane};
use crate::error::{Error, Result};
use crate::image::Extent;

/// What is written into each frame of a movie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BurnIn {
    pub(crate) items: Vec<BurnItem>,
    pub(crate) text: Option<String>,
    pub(crate) slate: bool,
}

/// Something that differs from frame to frame, or from shot to shot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BurnItem {
    /// The frame's number, on the lower right.
    Frame,
    /// The timecode, on the upper right.
    Timecode,
    /// The name of the frame's file, on the lower left.
    Name,
    /// The colour space of the frames, in the middle of the lower edge.
    Space,
}

impl BurnItem {
    /// All of them, as a person names them.
    pub const ALL: [Self; 4] = [Self::Frame, Self::Timecode, Self::Name, Self::Space];

    /// Its name: `frame`, `timecode`, `name`, `space`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Timecode => "timecode",
            Self::Name => "name",
            Self::Space => "space",
        }
    }
}

impl FromStr for BurnItem {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|one| one.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Error::invalid("burn-in", format!("`{text}` is none of {known}"))
        })
    }
}

impl BurnIn {
    /// Writes these.
    #[must_use]
    pub fn new(items: impl IntoIterator<Item = BurnItem>) -> Self {
        Self { items: items.into_iter().collect(), ..Self::default() }
    }

    /// Writes a line of the caller's own, on the upper left.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Begins the movie with a picture that tells its name, frames, rate, start, size and colour space,
    /// and the caller's own line. The timecode starts a frame earlier then, so that each frame keeps its
    /// own.
    #[must_use]
    pub fn with_slate(mut self) -> Self {
        self.slate = true;
        self
    }

    /// Pictures that come before the first frame.
    pub(crate) fn lead(&self) -> usize {
        usize::from(self.slate)
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.text.is_none() && !self.slate
    }

    /// What of it changes bytes.
    pub(crate) fn recipe(&self) -> String {
        let mut names = self.items.iter().map(|item| item.name()).collect::<Vec<_>>();
        names.sort_unstable();
        let slate = if self.slate { " slate" } else { "" };
        format!("{} {:?}{slate}", names.join(","), self.text)
    }
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    UpperLeft,
    UpperRight,
    LowerLeft,
    Lower,
    LowerRight,
}

/// Lines are this part of the picture's height, and no lower than this.
const PART: u32 = 34;
const LOWEST: u32 = 12;
/// How much black stands behind letters, and how white they are, as parts of display white's code.
const SHADE: f32 = 0.55;
const WHITE: f32 = 0.92;

/// A line of text on its ground.
pub(crate) struct Label {
    line: Line,
    /// Where the ground starts and how large it is.
    left: u32,
    top: u32,
    size: Extent,
    margin: u32,
}

impl Label {
    /// Sets `text` at `place` of a picture of that size; what is too long loses its beginning.
    pub(crate) fn new(text: &str, place: Place, picture: Extent, typeface: &Typeface) -> Self {
        let height = (picture.height / PART).max(LOWEST);
        let margin = height / 4;
        let room = match place {
            Place::Lower => picture.width / 3,
            _ => picture.width / 2,
        };
        let line = Line::within(text, height, room.saturating_sub(2 * margin), typeface);
        let size = Extent::new(line.width() + 2 * margin, line.height());
        let (right, bottom) =
            (picture.width.saturating_sub(size.width), picture.height.saturating_sub(size.height));
        let (left, top) = match place {
            Place::UpperLeft => (0, 0),
            Place::UpperRight => (right, 0),
            Place::LowerLeft => (0, bottom),
            Place::Lower => (right / 2, bottom),
            Place::LowerRight => (right, bottom),
        };
        // chroma shares pixels: a label starts at a pair of them
        Self { line, left: left & !1, top: top & !1, size, margin }
    }

    /// How much of a pixel is letter; nothing outside the ground.
    fn cover(&self, x: u32, y: u32) -> Option<f32> {
        let (x, y) = (x.checked_sub(self.left)?, y.checked_sub(self.top)?);
        if x >= self.size.width || y >= self.size.height {
            return None;
        }
        Some(x.checked_sub(self.margin).map_or(0.0, |x| self.line.at(x, y)))
    }

    /// Mixes it into the codes of a picture.
    pub(crate) fn draw(&self, codes: &mut Codes) {
        let (pixel, size) = (codes.format.pixel, codes.extent());
        // an encoder has taken codes of this space before
        let curve = Curve::of(&codes.format.space);
        let white = curve.map_or(WHITE, |curve| curve.drawn(WHITE.into()) as f32);
        let largest = ((1_u32 << pixel.depth()) - 1) as f32;
        let Some([wide, tall]) = pixel.chroma() else {
            for plane in &mut codes.planes {
                self.mix(plane, size, [1, 1], 3, [0.0, white * largest]);
            }
            return;
        };
        // ITU-R BT.709-6 item 3: codes of 8 bits, times four for 10
        let step = (1_u32 << (pixel.depth() - 8)) as f32;
        let luma = [16.0 * step, (16.0 + 219.0 * white) * step];
        let grey = 128.0 * step;
        for (index, plane) in codes.planes.iter_mut().enumerate() {
            match index {
                0 => self.mix(plane, size, [1, 1], 1, luma),
                _ => self.mix(plane, size, [wide, tall], 1, [grey, grey]),
            }
        }
    }

    /// Mixes ground and letters into a plane, whose every code stands for `apart` pixels.
    fn mix(
        &self,
        plane: &mut Plane,
        size: Extent,
        apart: [u32; 2],
        samples: u32,
        [black, white]: [f32; 2],
    ) {
        let width = size.width / apart[0];
        let rows = self.top / apart[1]..(self.top + self.size.height).min(size.height) / apart[1];
        let columns =
            self.left / apart[0]..(self.left + self.size.width).min(size.width) / apart[0];
        for y in rows {
            for x in columns.clone() {
                let Some(cover) = self.cover(x * apart[0], y * apart[1]) else { continue };
                for sample in 0..samples {
                    let at = ((y * width + x) * samples + sample) as usize;
                    mix_at(plane, at, |code| {
                        let ground = code + SHADE * (black - code);
                        ground + cover * (white - ground)
                    });
                }
            }
        }
    }
}

fn mix_at(plane: &mut Plane, at: usize, mixed: impl Fn(f32) -> f32) {
    match plane {
        Plane::U8(codes) => {
            if let Some(code) = codes.get_mut(at) {
                *code = mixed(f32::from(*code)).round() as u8;
            }
        }
        Plane::U16(codes) => {
            if let Some(code) = codes.get_mut(at) {
                *code = mixed(f32::from(*code)).round() as u16;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{CodeFormat, PixelFormat};
    use crate::space::{ColorSpace, Gamut};

    const SIZE: Extent = Extent::new(640, 1088);

    fn grey(pixel: PixelFormat) -> Codes {
        let count = (SIZE.width * SIZE.height) as usize;
        let plane = |count: usize, code: u16| match pixel.depth() {
            8 => Plane::U8(vec![code as u8; count]),
            _ => Plane::U16(vec![code; count]),
        };
        let middle = 1 << (pixel.depth() - 1);
        let planes = match pixel.chroma() {
            None => vec![plane(3 * count, middle)],
            Some([wide, tall]) => {
                let chroma = count / (wide * tall) as usize;
                vec![plane(count, middle), plane(chroma, middle), plane(chroma, middle)]
            }
        };
        let format = CodeFormat { pixel, space: ColorSpace::G24_REC709_DISPLAY };
        Codes { width: SIZE.width, height: SIZE.height, format, planes }
    }

    fn first(codes: &Codes) -> Vec<f32> {
        match &codes.planes[0] {
            Plane::U8(codes) => codes.iter().map(|code| f32::from(*code)).collect(),
            Plane::U16(codes) => codes.iter().map(|code| f32::from(*code)).collect(),
        }
    }

    #[test]
    fn lines_are_read_in_every_depth_and_sampling() {
        for pixel in [
            PixelFormat::Rgb8,
            PixelFormat::Rgb16,
            PixelFormat::Yuv420p8,
            PixelFormat::Yuv420p10,
            PixelFormat::Yuv422p10,
        ] {
            let label = Label::new("1042", Place::LowerRight, SIZE, &Typeface::new());
            let (before, mut codes) = (grey(pixel), grey(pixel));
            label.draw(&mut codes);
            let samples = if pixel.chroma().is_none() { 3 } else { 1 };
            let (before, after) = (first(&before), first(&codes));
            for y in 0..SIZE.height {
                for x in 0..SIZE.width {
                    let at = ((y * SIZE.width + x) * samples) as usize;
                    match label.cover(x, y) {
                        None => assert_eq!(after[at], before[at], "{pixel:?} {x} {y}"),
                        Some(0.0) => assert!(after[at] < before[at]),
                        Some(1.0) => assert!(after[at] > before[at]),
                        Some(_) => {}
                    }
                }
            }
            let planes = codes.planes.len();
            let chroma = |codes: &Codes| codes.planes[1..].to_vec();
            assert!(planes == 1 || chroma(&codes) == chroma(&grey(pixel)), "grey stays grey");
        }
    }

    #[test]
    fn letters_dazzle_nobody_in_high_dynamic_range() {
        for space in [ColorSpace::PQ_REC2020_DISPLAY, ColorSpace::HLG_REC2020_DISPLAY] {
            let label = Label::new("1042", Place::LowerRight, SIZE, &Typeface::new());
            let mut codes = grey(PixelFormat::Yuv420p10);
            codes.planes[0] = Plane::U16(vec![64; (SIZE.width * SIZE.height) as usize]);
            codes.format.space = space.clone();
            label.draw(&mut codes);
            let brightest = first(&codes).into_iter().fold(0.0, f32::max);
            let light = Curve::of(&space).unwrap().light(f64::from(brightest - 64.0) / 876.0);
            // 0.92 of white's code is 82 % of its light
            let white = light / Gamut::of(&space).white();
            assert!((0.8..0.84).contains(&white), "{space}: {white}");
        }
    }

    #[test]
    fn labels_lie_inside_whatever_the_picture_is() {
        for (width, height) in [(16, 16), (2, 2), (64, 1000), (4096, 20), (1920, 1080)] {
            let size = Extent::new(width, height);
            for place in [Place::UpperLeft, Place::Lower, Place::LowerRight] {
                let label = Label::new(
                    "a rather long name of a file.1042.exr",
                    place,
                    size,
                    &Typeface::new(),
                );
                let mut codes = Codes { width, height, ..grey(PixelFormat::Rgb8) };
                codes.planes = vec![Plane::U8(vec![0; 3 * (width * height) as usize])];
                label.draw(&mut codes);
            }
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for item in BurnItem::ALL {
            assert_eq!(item.name().parse::<BurnItem>().unwrap(), item);
        }
        let error = "clock".parse::<BurnItem>().unwrap_err().to_string();
        assert!(error.contains("frame, timecode, name, space"), "{error}");
    }
}
