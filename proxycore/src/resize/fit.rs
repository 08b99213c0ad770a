//! What size a rendition has, and where the picture sits in it.

use crate::error::{Error, Result};
use crate::image::{Extent, ImageSpec};

/// Pixels of a size that bars may fill, whatever the source has: 16K by 8K.
const WITH_BARS: u64 = 1 << 27;

/// How a picture is brought to a size; it is never enlarged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    mode: Mode,
    even: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Full,
    Inside(Extent),
    Letterbox(Extent),
    Crop(Extent),
}

impl Fit {
    /// Every pixel as it is; only pixels that are not square are squared.
    #[must_use]
    pub const fn full() -> Self {
        Self { mode: Mode::Full, even: false }
    }

    /// The largest size of the picture's shape that lies inside the given one.
    #[must_use]
    pub const fn inside(width: u32, height: u32) -> Self {
        Self { mode: Mode::Inside(Extent::new(width, height)), even: false }
    }

    /// Exactly the given size, the whole picture centred in it, and black bars around it.
    #[must_use]
    pub const fn letterbox(width: u32, height: u32) -> Self {
        Self { mode: Mode::Letterbox(Extent::new(width, height)), even: false }
    }

    /// Exactly the given size, filled by the picture's middle; what hangs over is cut off. A
    /// picture that is too small to fill it has black bars.
    #[must_use]
    pub const fn crop(width: u32, height: u32) -> Self {
        Self { mode: Mode::Crop(Extent::new(width, height)), even: false }
    }

    /// Makes width and height even, as 4:2:0 video needs: the picture is resampled to the next
    /// lower even size of each axis, and nothing is cut off.
    #[must_use]
    pub const fn even(mut self) -> Self {
        self.even = true;
        self
    }

    /// Says where a picture goes.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a size of 0,
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for one with room for bars of more than 2^27
    /// pixels, a square of 11,585.
    pub fn place(self, spec: &ImageSpec) -> Result<Placement> {
        self.check()?;
        let square = Size::squared(spec);
        let whole = Region::covered(spec);
        let placed = match self.mode {
            Mode::Full => self.fill(whole, square.rounded()),
            Mode::Inside(limit) => self.fill(whole, square.within(limit).rounded()),
            Mode::Letterbox(limit) => self.centre(whole, square.within(limit).rounded(), limit),
            Mode::Crop(limit) => self.cut(whole, square, limit),
        };
        Ok(Placement { squares_of: spec.squares_of, ..placed })
    }

    fn check(self) -> Result<()> {
        let (Mode::Inside(size) | Mode::Letterbox(size) | Mode::Crop(size)) = self.mode else {
            return Ok(());
        };
        for (name, side) in [("width", size.width), ("height", size.height)] {
            if side == 0 {
                return Err(Error::invalid("fit", format!("a {name} of 0 is no size")));
            }
        }
        if matches!(self.mode, Mode::Inside(_)) {
            return Ok(());
        }
        let pixels = u64::from(size.width) * u64::from(size.height);
        Error::check_limit("pixels of a rendition with bars", WITH_BARS, pixels)
    }

    /// The settings that change pixels, in one line.
    #[must_use]
    pub fn recipe(self) -> String {
        let even = if self.even { " even" } else { "" };
        match self.mode {
            Mode::Full => format!("full{even}"),
            Mode::Inside(size) => format!("inside {}x{}{even}", size.width, size.height),
            Mode::Letterbox(size) => format!("letterbox {}x{}{even}", size.width, size.height),
            Mode::Crop(size) => format!("crop {}x{}{even}", size.width, size.height),
        }
    }

    fn fill(self, source: Region, picture: Extent) -> Placement {
        let picture = self.evened(picture);
        Placement { source, squares_of: None, picture, canvas: picture, x: 0, y: 0 }
    }

    fn centre(self, source: Region, picture: Extent, canvas: Extent) -> Placement {
        let canvas = self.evened(canvas);
        let (x, y) = ((canvas.width - picture.width) / 2, (canvas.height - picture.height) / 2);
        Placement { source, squares_of: None, picture, canvas, x, y }
    }

    /// Covers `canvas` with the middle of the picture.
    fn cut(self, whole: Region, square: Size, canvas: Extent) -> Placement {
        let canvas = self.evened(canvas);
        let scale = square.scale_to_cover(canvas);
        let shown = |size: f64, limit: u32| (size * scale).min(limit.into()).max(1.0);
        let shown = Size {
            width: shown(square.width, canvas.width),
            height: shown(square.height, canvas.height),
        };
        let width = whole.width * shown.width / (square.width * scale);
        let height = whole.height * shown.height / (square.height * scale);
        let (width, height) = (width.min(whole.width), height.min(whole.height));
        let (x, y) = ((whole.width - width) / 2.0, (whole.height - height) / 2.0);
        self.centre(Region { x, y, width, height }, shown.rounded(), canvas)
    }

    fn evened(self, size: Extent) -> Extent {
        let even = |side: u32| if self.even { (side & !1).max(2) } else { side };
        Extent::new(even(size.width), even(size.height))
    }
}

/// A rectangle of the source, in pixels, possibly between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Region {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Region {
    /// The part of the source that is its picture.
    fn covered(source: &ImageSpec) -> Self {
        let [width, height] = source.covered();
        Self { x: 0.0, y: 0.0, width, height }
    }

    fn whole(source: Extent) -> Self {
        Self { x: 0.0, y: 0.0, width: source.width.into(), height: source.height.into() }
    }
}

/// Where a picture goes: a region of the source, resampled to `picture`, which sits at `x`, `y` of
/// a black canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    pub(super) source: Region,
    /// The size of the picture whose squares are the source's pixels, where it is an eighth of one.
    pub(super) squares_of: Option<Extent>,
    /// The size that the region is resampled to.
    pub picture: Extent,
    /// The size of the rendition.
    pub canvas: Extent,
    /// Black columns to the left of the picture.
    pub x: u32,
    /// Black rows above the picture.
    pub y: u32,
}

impl Placement {
    /// Whether the whole source is shown, without bars.
    #[must_use]
    pub fn is_plain(&self, source: Extent) -> bool {
        self.shows_all(source) && self.picture == self.canvas
    }

    /// Whether the whole source is shown.
    #[must_use]
    pub fn shows_all(&self, source: Extent) -> bool {
        self.source == Region::whole(source)
    }

    /// Whether a smaller version of the source, of size `level`, still has a pixel for each one of
    /// the rendition.
    #[must_use]
    pub fn is_served_by(&self, level: Extent, source: Extent) -> bool {
        let shown = |level: u32, region: f64, source: u32| {
            f64::from(level) * region / f64::from(source.max(1))
        };
        let width = shown(level.width, self.source.width, source.width);
        let height = shown(level.height, self.source.height, source.height);
        width >= f64::from(self.picture.width) && height >= f64::from(self.picture.height)
    }

    /// Describes what becomes of a picture: its size is the canvas's, and its pixels are square.
    #[must_use]
    pub fn describe(&self, source: &ImageSpec) -> ImageSpec {
        let Extent { width, height } = self.canvas;
        ImageSpec { width, height, pixel_aspect: 1.0, squares_of: None, ..source.clone() }
    }

    /// The same, made from a picture of another size that shows all of the source.
    #[must_use]
    pub fn of(self, source: Extent) -> Self {
        Self { source: Region::whole(source), squares_of: None, ..self }
    }
}

/// A size in square pixels.
#[derive(Debug, Clone, Copy)]
struct Size {
    width: f64,
    height: f64,
}

impl Size {
    /// The picture's size once its pixels are square, by shrinking one axis.
    fn squared(spec: &ImageSpec) -> Self {
        let [width, height] = spec.covered();
        let aspect = f64::from(spec.pixel_aspect);
        match aspect {
            _ if !aspect.is_finite() || aspect <= 0.0 => Self { width, height },
            _ if aspect >= 1.0 => Self { width, height: height / aspect },
            _ => Self { width: width * aspect, height },
        }
    }

    fn within(self, limit: Extent) -> Self {
        let scale = self.ratios(limit).into_iter().fold(1.0, f64::min);
        self.scaled(scale)
    }

    fn scale_to_cover(self, canvas: Extent) -> f64 {
        self.ratios(canvas).into_iter().fold(0.0, f64::max).min(1.0)
    }

    fn ratios(self, limit: Extent) -> [f64; 2] {
        [f64::from(limit.width) / self.width, f64::from(limit.height) / self.height]
    }

    fn scaled(self, scale: f64) -> Self {
        Self { width: self.width * scale, height: self.height * scale }
    }

    fn rounded(self) -> Extent {
        let side = |size: f64| (size.round() as u32).max(1);
        Extent::new(side(self.width), side(self.height))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A picture of a size and a pixel aspect ratio.
    pub(in crate::resize) fn spec(width: u32, height: u32, pixel_aspect: f32) -> ImageSpec {
        ImageSpec { pixel_aspect, ..ImageSpec::plain(width, height) }
    }

    fn sizes(fit: Fit, width: u32, height: u32, pixel_aspect: f32) -> [(u32, u32); 3] {
        let placed = fit.place(&spec(width, height, pixel_aspect)).unwrap();
        let pair = |size: Extent| (size.width, size.height);
        [pair(placed.picture), pair(placed.canvas), (placed.x, placed.y)]
    }

    #[test]
    fn shapes_are_kept_and_nothing_is_enlarged() {
        let thumb = Fit::letterbox(256, 256);
        assert_eq!(sizes(thumb, 4096, 2160, 1.0), [(256, 135), (256, 256), (0, 60)]);
        assert_eq!(sizes(thumb, 100, 50, 1.0), [(100, 50), (256, 256), (78, 103)]);
        assert_eq!(sizes(thumb, 10_000, 3, 1.0), [(256, 1), (256, 256), (0, 127)]);
        let proxy = Fit::inside(1920, 1080).even();
        assert_eq!(sizes(proxy, 4096, 2160, 1.0), [(1920, 1012), (1920, 1012), (0, 0)]);
        assert_eq!(sizes(proxy, 611, 407, 1.0), [(610, 406), (610, 406), (0, 0)]);
        assert_eq!(sizes(proxy, 1, 1, 1.0), [(2, 2), (2, 2), (0, 0)]);
        assert_eq!(sizes(Fit::crop(256, 256), 4096, 2160, 1.0), [(256, 256), (256, 256), (0, 0)]);
        assert_eq!(sizes(Fit::crop(256, 256), 100, 50, 1.0), [(100, 50), (256, 256), (78, 103)]);
    }

    #[test]
    fn pixels_come_out_square() {
        assert_eq!(sizes(Fit::full(), 1828, 1556, 2.0)[0], (1828, 778));
        assert_eq!(sizes(Fit::full(), 720, 576, 0.5)[0], (360, 576));
        assert_eq!(sizes(Fit::full(), 720, 576, f32::NAN)[0], (720, 576));
    }

    #[test]
    fn no_size_is_an_error() {
        let error = Fit::inside(0, u32::MAX).place(&spec(8, 8, 1.0)).unwrap_err();
        assert!(error.to_string().contains("a width of 0 is no size"), "{error}");
        assert!(Fit::crop(10, 0).place(&spec(8, 8, 1.0)).is_err());
    }

    #[test]
    fn bars_are_held_to_a_limit() {
        for (width, height) in [(40_000, 40_000), (u32::MAX, u32::MAX), (1 << 27, 2)] {
            for fit in [Fit::letterbox(width, height), Fit::crop(width, height)] {
                let error = fit.place(&spec(8, 8, 1.0)).unwrap_err();
                assert_eq!(error.kind().name(), "limit");
            }
            assert!(Fit::inside(width, height).place(&spec(8, 8, 1.0)).is_ok());
        }
        assert_eq!(sizes(Fit::letterbox(15_360, 8_640), 8, 8, 1.0)[0], (8, 8));
    }
}
