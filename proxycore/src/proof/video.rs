//! From the planes of a movie to light, by what its tags say.

use super::h264::Planes;
use super::meter::Meter;
use super::{Cicp, Reference};
use crate::color::{BuiltIn, ColorConfig, Detected};
use crate::error::{Error, Result};
use crate::image::Band;
use crate::space::ColorSpace;

/// The curve of the display that answers a `TransferCharacteristics`, ITU-T H.273 table 3: to a
/// camera's curve answers BT.1886.
const CURVES: [(u8, &str); 7] =
    [(1, "g24"), (6, "g24"), (14, "g24"), (15, "g24"), (4, "g22"), (8, "lin"), (13, "srgb")];

/// `ColourPrimaries`, table 2.
const PRIMARIES: [(u8, &str); 3] = [(1, "rec709"), (9, "rec2020"), (12, "p3d65")];

/// The weights of red and blue in luma by `MatrixCoefficients`, table 4.
const MATRICES: [(u8, [f32; 2]); 4] =
    [(1, [0.2126, 0.0722]), (5, [0.299, 0.114]), (6, [0.299, 0.114]), (9, [0.2627, 0.0593])];

/// The space of a file's R'G'B', if its code points name a known one.
pub(super) fn space(cicp: Cicp) -> Option<ColorSpace> {
    let (_, curve) = CURVES.iter().find(|(code, _)| *code == cicp.transfer)?;
    let (_, primaries) = PRIMARIES.iter().find(|(code, _)| *code == cicp.primaries)?;
    Some(ColorSpace::new(format!("{curve}_{primaries}_display")))
}

/// Measures the planes as `cicp` has them read.
///
/// # Errors
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for code points that are not known.
pub(super) fn measure<'a>(
    planes: &Planes,
    cicp: Cicp,
    siting: u32,
    light: &'a Reference,
) -> Result<Meter<'a>> {
    let unknown = || Error::unsupported("proof", format!("code points {cicp}"));
    let space = space(cicp).ok_or_else(unknown)?;
    let (_, weights) =
        MATRICES.iter().find(|(code, _)| *code == cicp.matrix).ok_or_else(unknown)?;
    let processor = BuiltIn.processor_for(&Detected::stated(space), light.gamut)?;
    let reader = Rows { planes, weights: *weights, full_range: cicp.full_range, siting };
    let mut meter = Meter::new(light, planes.size)?;
    for y in (0..planes.size.height).step_by(ROWS) {
        let mut band = reader.band(y, (planes.size.height - y).min(ROWS as u32));
        band.planes_mut().for_each(|row| processor.apply(row));
        meter.push(&band);
    }
    Ok(meter)
}

/// Rows at a time: enough for all cores.
const ROWS: usize = 64;

struct Rows<'a> {
    planes: &'a Planes,
    /// Of red and of blue.
    weights: [f32; 2],
    full_range: bool,
    siting: u32,
}

impl Rows<'_> {
    /// R'G'B' of `rows` rows from row `y` on.
    fn band(&self, y: u32, rows: u32) -> Band {
        let width = self.planes.size.width as usize;
        let mut band = Band::black(y, rows, width as u32);
        for (at, [red, green, blue]) in band.planes_mut().enumerate() {
            let y = y as usize + at;
            let luma = &self.planes.luma[y * width..][..width];
            for (x, luma) in luma.iter().enumerate() {
                let [r, g, b] = self.color(*luma, self.chroma(x, y));
                (red[x], green[x], blue[x]) = (r, g, b);
            }
        }
        band
    }

    /// ITU-T H.273 section 8.3, backwards.
    fn color(&self, luma: u8, [blue, red]: [f32; 2]) -> [f32; 3] {
        let [kr, kb] = self.weights;
        let (black, luma_span, chroma_span) =
            if self.full_range { (0.0, 255.0, 255.0) } else { (16.0, 219.0, 224.0) };
        let y = (f32::from(luma) - black) / luma_span;
        let [blue, red] = [blue, red].map(|code| (code - 128.0) / chroma_span);
        let r = y + 2.0 * (1.0 - kr) * red;
        let b = y + 2.0 * (1.0 - kb) * blue;
        [r, (y - kr * r - kb * b) / (1.0 - kr - kb), b]
    }

    /// Cb and Cr at a pixel, between the samples around it, which lie where the file says
    /// (ITU-T H.264 figure E-1).
    fn chroma(&self, x: usize, y: usize) -> [f32; 2] {
        let (right, down) = match self.siting {
            0 => (0.0, 0.5),
            1 => (0.5, 0.5),
            2 => (0.0, 0.0),
            3 => (0.5, 0.0),
            4 => (0.0, 1.0),
            _ => (0.5, 1.0),
        };
        let sides = [self.planes.size.width, self.planes.size.height];
        let [width, height] = sides.map(|side| side.div_ceil(2) as usize);
        let (x0, x1, dx) = between(x, right, width);
        let (y0, y1, dy) = between(y, down, height);
        [&self.planes.blue, &self.planes.red].map(|plane| {
            let row =
                |y: usize| mix(plane[y * width + x0].into(), plane[y * width + x1].into(), dx);
            mix(row(y0), row(y1), dy)
        })
    }
}

/// The samples before and after a place, and how far it is from the first to the second.
fn between(at: usize, offset: f32, count: usize) -> (usize, usize, f32) {
    let place = ((at as f32 - offset) / 2.0).clamp(0.0, (count - 1) as f32);
    let first = place as usize;
    (first, (first + 1).min(count - 1), place.fract())
}

fn mix(one: f32, other: f32, part: f32) -> f32 {
    one + (other - one) * part
}
