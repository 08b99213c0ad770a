//! Turning pictures upright.
//!
//! TIFF, Exif and DPX say on which side of the picture the first row and column lie. Mirrored rows
//! are turned row by row; every other orientation needs the whole picture in its native samples, so
//! a format that can read its rows from the bottom does better to.

use std::ops::Range;
use std::sync::Arc;

use half::f16;

use super::{BAND_ROWS, Limits};
use crate::error::{Error, Result};
use crate::image::{
    Extent, Image, ImageSpec, Job, Native, NativeBand, Samples, Stream, next_batch,
};

/// Where the first row and the first column of the stored picture lie, in the numbers of TIFF 6.0
/// and Exif.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    /// 1: row 0 is the top, column 0 the left side.
    #[default]
    TopLeft = 1,
    /// 2: row 0 is the top, column 0 the right side.
    TopRight = 2,
    /// 3: row 0 is the bottom, column 0 the right side.
    BottomRight = 3,
    /// 4: row 0 is the bottom, column 0 the left side.
    BottomLeft = 4,
    /// 5: row 0 is the left side, column 0 the top.
    LeftTop = 5,
    /// 6: row 0 is the right side, column 0 the top.
    RightTop = 6,
    /// 7: row 0 is the right side, column 0 the bottom.
    RightBottom = 7,
    /// 8: row 0 is the left side, column 0 the bottom.
    LeftBottom = 8,
}

impl Orientation {
    /// The orientation of a number; the usual one for numbers that mean nothing.
    #[must_use]
    pub fn from_exif(number: u16) -> Self {
        let all = [
            Self::TopLeft,
            Self::TopRight,
            Self::BottomRight,
            Self::BottomLeft,
            Self::LeftTop,
            Self::RightTop,
            Self::RightBottom,
            Self::LeftBottom,
        ];
        all.into_iter().find(|one| *one as u16 == number).unwrap_or_default()
    }

    /// Whether rows become columns.
    #[must_use]
    pub fn transposes(self) -> bool {
        self as u16 >= Self::LeftTop as u16
    }

    /// The stored column and row that the upright picture of `width` and `height` shows at `x`, `y`.
    fn stored(self, x: usize, y: usize, width: usize, height: usize) -> (usize, usize) {
        let (right, below) = (width - 1 - x, height - 1 - y);
        match self {
            Self::TopLeft => (x, y),
            Self::TopRight => (right, y),
            Self::BottomRight => (right, below),
            Self::BottomLeft => (x, below),
            Self::LeftTop => (y, x),
            Self::RightTop => (y, right),
            Self::RightBottom => (below, right),
            Self::LeftBottom => (below, x),
        }
    }
}

/// Puts a stage behind a decoder that turns its picture upright.
pub(super) fn upright(
    image: Image<Native>,
    orientation: Orientation,
    limits: &Limits,
) -> Image<Native> {
    let spec = (**image.spec()).clone();
    match orientation {
        Orientation::TopLeft => image,
        Orientation::TopRight => image.then(spec, |stream| Mirrored { stream }),
        _ => {
            let spec = if orientation.transposes() { transposed(spec) } else { spec };
            let (size, most) = (spec.extent(), limits.block_bytes);
            image.then(spec, move |stream| Turned::new(stream, orientation, size, most))
        }
    }
}

fn transposed(spec: ImageSpec) -> ImageSpec {
    ImageSpec {
        width: spec.height,
        height: spec.width,
        pixel_aspect: spec.pixel_aspect.recip(),
        ..spec
    }
}

/// Rows whose first column is the right one.
struct Mirrored {
    stream: Box<dyn Stream<NativeBand>>,
}

impl Stream<NativeBand> for Mirrored {
    fn rows_at_once(&self) -> u32 {
        self.stream.rows_at_once()
    }

    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        let mirrored = |job: Job<NativeBand>| -> Job<NativeBand> {
            Box::new(move || {
                let mut band = job()?;
                mirror(&mut band);
                Ok(band)
            })
        };
        Ok(self.stream.next()?.map(mirrored))
    }
}

fn mirror(band: &mut NativeBand) {
    fn turn<T>(samples: &mut [T], width: usize) {
        samples.chunks_exact_mut(width).for_each(<[T]>::reverse);
    }
    let width = band.width as usize;
    match &mut band.samples {
        Samples::U8(samples) => turn(samples, width),
        Samples::U16(samples) => turn(samples, width),
        Samples::Half(samples) => turn(samples, width),
        Samples::Float(samples) => turn(samples, width),
    }
}

/// A picture that is gathered whole, then read the other way.
struct Turned {
    stream: Box<dyn Stream<NativeBand>>,
    orientation: Orientation,
    width: usize,
    height: usize,
    y: usize,
    /// Bytes that the whole picture may have.
    most: u64,
    whole: Option<Arc<NativeBand>>,
}

impl Turned {
    fn new(
        stream: Box<dyn Stream<NativeBand>>,
        orientation: Orientation,
        size: Extent,
        most: u64,
    ) -> Self {
        let (width, height) = (size.width as usize, size.height as usize);
        Self { stream, orientation, width, height, y: 0, most, whole: None }
    }

    /// Joins all bands, where together they are within the limit.
    fn gather(&mut self) -> Result<Option<NativeBand>> {
        let pixels = self.width as u64 * self.height as u64;
        let mut whole: Option<NativeBand> = None;
        while let Some(bands) = next_batch(&mut *self.stream)? {
            for band in bands {
                let pixel = u64::from(band.planes) * band.samples.sample_bytes() as u64;
                Error::check_limit("bytes", self.most, pixels.saturating_mul(pixel))?;
                match &mut whole {
                    Some(whole) => whole.samples.append(band.samples),
                    None => whole = Some(band),
                }
            }
        }
        Ok(whole)
    }
}

impl Stream<NativeBand> for Turned {
    fn rows_at_once(&self) -> u32 {
        self.height as u32
    }

    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        if self.whole.is_none() {
            self.whole = self.gather()?.map(Arc::new);
        }
        let Some(whole) = self.whole.clone().filter(|_| self.y < self.height) else {
            return Ok(None);
        };
        let (y, rows) = (self.y, BAND_ROWS.min(self.height - self.y));
        self.y += rows;
        let (orientation, width, height) = (self.orientation, self.width, self.height);
        Ok(Some(Box::new(move || {
            let pick = Pick { orientation, width, height, rows: y..y + rows };
            Ok(pick.of(&whole))
        })))
    }
}

/// Some rows of the upright picture.
struct Pick {
    orientation: Orientation,
    width: usize,
    height: usize,
    rows: Range<usize>,
}

impl Pick {
    fn of(&self, whole: &NativeBand) -> NativeBand {
        let (stored, planes) = (whole.width as usize, whole.planes as usize);
        let samples = match &whole.samples {
            Samples::U8(from) => Samples::U8(self.samples(from, stored, planes)),
            Samples::U16(from) => Samples::U16(self.samples(from, stored, planes)),
            Samples::Half(from) => Samples::Half(self.samples::<f16>(from, stored, planes)),
            Samples::Float(from) => Samples::Float(self.samples(from, stored, planes)),
        };
        let (y, width) = (self.rows.start as u32, self.width as u32);
        NativeBand::new(y, width, whole.planes, samples).with_range([whole.black, whole.white])
    }

    fn samples<T: Copy>(&self, from: &[T], stored: usize, planes: usize) -> Vec<T> {
        let mut out = Vec::with_capacity(self.rows.len() * planes * self.width);
        for y in self.rows.clone() {
            for plane in 0..planes {
                out.extend((0..self.width).map(|x| {
                    let (column, row) = self.orientation.stored(x, y, self.width, self.height);
                    from[(row * planes + plane) * stored + column]
                }));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows of three, in bands of a row: 1 2 3 over 4 5 6, in the first plane of three.
    struct Rows(u32);

    impl Stream<NativeBand> for Rows {
        fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
            let y = self.0;
            self.0 += 1;
            let row: Vec<u16> = (0..3)
                .flat_map(|plane| (1..4).map(move |x| (10 * plane + 3 * y + x) as u16))
                .collect();
            let job: Job<NativeBand> =
                Box::new(move || Ok(NativeBand::new(y, 3, 3, Samples::U16(row)).with_white(100)));
            Ok((y < 2).then_some(job))
        }
    }

    fn turned(number: u16) -> (u32, u32, Vec<u16>) {
        let image = Image::new(ImageSpec::plain(3, 2), Rows(0));
        let image = upright(image, Orientation::from_exif(number), &Limits::default());
        let (width, height) = (image.spec().width, image.spec().height);
        let pixels = image.into_pixels().unwrap();
        let codes = |plane| {
            let of_plane = pixels.samples.chunks_exact(3).map(move |pixel| pixel[plane]);
            of_plane.map(|light: f32| (light * 100.0).round() as u16).collect::<Vec<_>>()
        };
        assert_eq!(codes(2), codes(0).iter().map(|code| code + 20).collect::<Vec<_>>());
        (width, height, codes(0))
    }

    #[test]
    fn a_picture_that_has_to_be_whole_is_held_to_the_limit() {
        let image = || Image::new(ImageSpec::plain(3, 2), Rows(0));
        let read = |orientation, block_bytes| {
            let limits = Limits { block_bytes, ..Limits::default() };
            upright(image(), orientation, &limits).into_pixels()
        };
        let bytes = 3 * 2 * 3 * 2;
        read(Orientation::RightTop, bytes).unwrap();
        let error = read(Orientation::RightTop, bytes - 1).unwrap_err();
        assert_eq!(error.kind().name(), "limit");
        read(Orientation::TopRight, bytes - 1).unwrap();
    }

    #[test]
    fn every_orientation_stands_upright() {
        let wanted = [
            (3, 2, [1, 2, 3, 4, 5, 6]),
            (3, 2, [3, 2, 1, 6, 5, 4]),
            (3, 2, [6, 5, 4, 3, 2, 1]),
            (3, 2, [4, 5, 6, 1, 2, 3]),
            (2, 3, [1, 4, 2, 5, 3, 6]),
            (2, 3, [4, 1, 5, 2, 6, 3]),
            (2, 3, [6, 3, 5, 2, 4, 1]),
            (2, 3, [3, 6, 2, 5, 1, 4]),
        ];
        for (number, (width, height, codes)) in (1..).zip(wanted) {
            assert_eq!(turned(number), (width, height, codes.to_vec()), "orientation {number}");
        }
        assert_eq!(turned(0), turned(1));
    }
}
