//! Radiance HDR (`.hdr`, RGBE), to floats, in bands.
//!
//! Ours, since the colour matters: as OpenImageIO has it, a code is that many times the power of
//! two of its exponent, without the half code that Radiance adds, and the exposure is told, not
//! applied, as are the pixel aspect and the primaries. The order of rows and columns is followed as
//! Radiance's file format page says; OpenImageIO 3.2 takes `+X +Y` and `-X -Y` for one another.
//!
//! The first line, `#?RADIANCE`, may name any program.
//!
//! Limitations: XYZE is a typed [`Unsupported`](crate::ErrorKind::Unsupported) error.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::sync::Arc;

use super::orientation::upright;
use super::{BAND_ROWS, DecodeOptions, Decoder, Orientation, partial, unreadable};
use crate::error::{Error, Result};
use crate::image::{
    Attribute, ChannelInfo, FileInfo, Image, ImageSpec, Job, Native, NativeBand, PartInfo,
    SampleType, Samples, Stream, Tally,
};
use crate::input::Input;

const FORMAT: &str = "Radiance HDR";

/// Bytes of a line of the header, and lines of it.
const LINE: u64 = 4096;
const LINES: usize = 1024;

/// The pixel format, of files too that name none.
const RGBE: &str = "32-bit_rle_rgbe";

/// Columns and rows, as OpenImageIO limits them.
const SIDE: u64 = 65_535;

/// Widths whose rows may be stored channel by channel.
const BY_CHANNEL: std::ops::Range<usize> = 8..32_768;

/// The orders of rows and columns: the first letter pair runs over the rows as stored.
const ORDERS: &[(&str, &str, Orientation)] = &[
    ("-Y", "+X", Orientation::TopLeft),
    ("-Y", "-X", Orientation::TopRight),
    ("+Y", "-X", Orientation::BottomRight),
    ("+Y", "+X", Orientation::BottomLeft),
    ("+X", "-Y", Orientation::LeftTop),
    ("-X", "-Y", Orientation::RightTop),
    ("-X", "+Y", Orientation::RightBottom),
    ("+X", "+Y", Orientation::LeftBottom),
];

/// Reads Radiance HDR.
#[derive(Debug, Clone, Copy, Default)]
pub struct RadianceDecoder;

impl Decoder for RadianceDecoder {
    fn format(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["hdr", "rgbe"]
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(b"#?")
    }

    fn open(&self, input: Box<dyn Input>, options: &DecodeOptions) -> Result<Image<Native>> {
        options.selection.check_single()?;
        let mut input = BufReader::new(input);
        let header = Header::read(&mut input)?;
        let pixels = u64::from(header.width) * u64::from(header.height);
        Error::check_limit("pixels", options.limits.pixels, pixels)?;
        let tally = Arc::new(Tally::default());
        let rows = Rows {
            input,
            width: header.width as usize,
            height: header.height as usize,
            y: 0,
            ended: false,
            tally: options.partial.then(|| tally.clone()),
        };
        let orientation = header.orientation;
        let image = Image::with_tally(header.spec(), tally, rows);
        Ok(upright(image, orientation, &options.limits))
    }
}

struct Header {
    width: u32,
    height: u32,
    orientation: Orientation,
    attributes: Vec<(&'static str, Attribute)>,
}

impl Header {
    fn read(input: &mut dyn BufRead) -> Result<Self> {
        let mut attributes = Vec::new();
        let (mut exposure, mut format) = (1.0, RGBE.to_owned());
        for _ in 0..LINES {
            let text = line(input)?;
            if text.is_empty() {
                if format != RGBE {
                    return Err(Error::unsupported(FORMAT, format!("the pixel format `{format}`")));
                }
                return Self::sized(&line(input)?, attributes);
            }
            let Some((key, value)) = text.split_once('=') else { continue };
            let numbers = numbers(value);
            match (key.trim(), &numbers[..]) {
                ("FORMAT", _) => format = value.trim().into(),
                ("EXPOSURE", [stops]) => {
                    exposure *= stops;
                    attributes.push(("hdr:exposure", Attribute::Float(exposure)));
                }
                ("PIXASPECT", [aspect]) => {
                    attributes.push(("hdr:pixaspect", Attribute::Float(*aspect)));
                }
                ("PRIMARIES", [_, _, _, _, _, _, _, _]) => {
                    attributes.push(("chromaticities", Attribute::Floats(numbers)));
                }
                ("SOFTWARE", _) => {
                    attributes.push(("Software", Attribute::Text(value.trim().into())));
                }
                _ => {}
            }
        }
        Err(Error::corrupt(FORMAT, "a header without an end"))
    }

    /// Reads the line that says the size, such as `-Y 1080 +X 1920`.
    fn sized(text: &str, attributes: Vec<(&'static str, Attribute)>) -> Result<Self> {
        let bad = || Error::corrupt(FORMAT, format!("`{text}` is no size"));
        let words: Vec<_> = text.split_whitespace().collect();
        let [first, rows, second, columns] = words[..] else { return Err(bad()) };
        let order = ORDERS.iter().find(|(one, two, _)| (*one, *two) == (first, second));
        let (.., orientation) = *order.ok_or_else(bad)?;
        let size = |word: &str| word.parse::<u32>().ok().filter(|size| *size > 0).ok_or_else(bad);
        let (width, height) = (size(columns)?, size(rows)?);
        Error::check_limit("columns or rows", SIDE, width.max(height).into())?;
        Ok(Self { width, height, orientation, attributes })
    }

    fn spec(self) -> ImageSpec {
        let mut part = PartInfo::new(self.width, self.height);
        part.compression = "RLE".into();
        let channel = |name: &str| ChannelInfo {
            name: name.into(),
            sample_type: SampleType::Float,
            sampling: [1, 1],
        };
        part.channels = ["R", "G", "B"].map(channel).into();
        let told = self.attributes.into_iter().map(|(name, value)| (name.to_owned(), value));
        part.attributes.extend(told);
        part.attributes.insert("Orientation".into(), Attribute::Int(self.orientation as i64));
        ImageSpec::new(Arc::new(FileInfo { format: FORMAT, parts: vec![part] }), 0)
    }
}

/// Reads a line of the header, without its end.
fn line(input: &mut dyn BufRead) -> Result<String> {
    let mut bytes = Vec::new();
    input.take(LINE).read_until(b'\n', &mut bytes).map_err(broken)?;
    if bytes.pop() != Some(b'\n') {
        return Err(Error::corrupt(FORMAT, "the header ends too early"));
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\r').into())
}

fn numbers(text: &str) -> Vec<f64> {
    let finite = |word: &str| word.parse().ok().filter(|number: &f64| number.is_finite());
    text.split_whitespace().map_while(finite).collect()
}

fn broken(cause: std::io::Error) -> Error {
    if cause.kind() == ErrorKind::UnexpectedEof {
        return Error::corrupt(FORMAT, "the file ends too early");
    }
    unreadable(cause)
}

struct Rows {
    input: BufReader<Box<dyn Input>>,
    width: usize,
    height: usize,
    y: usize,
    ended: bool,
    /// Where damage is hatched and counted; else it is an error.
    tally: Option<Arc<Tally>>,
}

impl Stream<NativeBand> for Rows {
    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        let (y, width, count) = (self.y, self.width, BAND_ROWS.min(self.height - self.y));
        if count == 0 {
            return Ok(None);
        }
        self.y += count;
        let mut rows = Vec::new();
        while rows.len() < count && !self.ended {
            match row(&mut self.input, width) {
                Ok(row) => rows.push(row),
                Err(error) if self.tally.is_some() && !error.is_retryable() => self.ended = true,
                Err(error) => return Err(error),
            }
        }
        let tally = self.tally.clone();
        Ok(Some(Box::new(move || {
            let mut samples: Vec<_> = rows.iter().flat_map(|row| light(row)).collect();
            samples.resize(3 * width * count, 0.0);
            let mut band = NativeBand::new(y as u32, width as u32, 3, Samples::Float(samples));
            partial::hatch(&mut band, rows.len()..count, 0..width);
            let missing = (count - rows.len()) * width;
            tally.iter().for_each(|tally| tally.add_missing(missing as u64));
            Ok(band)
        })))
    }
}

/// Widens a row to a row of R, of G and of B.
fn light(row: &[[u8; 4]]) -> impl Iterator<Item = f32> {
    (0..3).flat_map(move |plane| {
        row.iter().map(move |pixel| match pixel[3] {
            0 => 0.0,
            // the smallest powers are below what f32 divides exactly
            exponent => (f64::from(pixel[plane]) * 2.0_f64.powi(i32::from(exponent) - 136)) as f32,
        })
    })
}

/// Reads a row of pixels: R, G, B and their exponent.
fn row(input: &mut dyn Read, width: usize) -> Result<Vec<[u8; 4]>> {
    let first = pixel(input)?;
    let by_channel = first[0] == 2 && first[1] == 2 && first[2] < 128;
    if !by_channel || !BY_CHANNEL.contains(&width) {
        return pixels(input, first, width);
    }
    if usize::from(u16::from_be_bytes([first[2], first[3]])) != width {
        return Err(Error::corrupt(FORMAT, "a row of another width than the picture"));
    }
    let mut row = vec![[0; 4]; width];
    for channel in 0..4 {
        runs(input, &mut row, channel)?;
    }
    Ok(row)
}

/// Reads a channel of a row: counts above 128 repeat a byte, others copy bytes.
fn runs(input: &mut dyn Read, row: &mut [[u8; 4]], channel: usize) -> Result<()> {
    let mut x = 0;
    while x < row.len() {
        let count = usize::from(byte(input)?);
        let repeats = count > 128;
        let length = if repeats { count - 128 } else { count };
        let span = row.get_mut(x..x + length).filter(|span| !span.is_empty());
        let span = span.ok_or_else(|| Error::corrupt(FORMAT, "a run of no or too many pixels"))?;
        let mut last = 0;
        for (at, pixel) in span.iter_mut().enumerate() {
            if at == 0 || !repeats {
                last = byte(input)?;
            }
            pixel[channel] = last;
        }
        x += length;
    }
    Ok(())
}

/// Reads whole pixels; 1, 1, 1 and a count repeats the last one, the next such count in 256s.
fn pixels(input: &mut dyn Read, first: [u8; 4], width: usize) -> Result<Vec<[u8; 4]>> {
    let mut row = vec![first];
    let mut scale = 1_usize;
    while row.len() < width {
        let next = pixel(input)?;
        if next[..3] != [1, 1, 1] {
            row.push(next);
            scale = 1;
            continue;
        }
        let count = usize::from(next[3]).saturating_mul(scale);
        if count > width - row.len() {
            return Err(Error::corrupt(FORMAT, "a run of too many pixels"));
        }
        row.resize(row.len() + count, row[row.len() - 1]);
        scale = scale.saturating_mul(256);
    }
    Ok(row)
}

fn pixel(input: &mut dyn Read) -> Result<[u8; 4]> {
    let mut pixel = [0; 4];
    input.read_exact(&mut pixel).map_err(broken)?;
    Ok(pixel)
}

fn byte(input: &mut dyn Read) -> Result<u8> {
    let mut byte = [0];
    input.read_exact(&mut byte).map_err(broken)?;
    Ok(byte[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_runs_count_in_256s() {
        let mut bytes = vec![9, 8, 7, 130, 1, 1, 1, 2, 1, 1, 1, 1];
        bytes.extend([5, 5, 5, 128]);
        let row = row(&mut &bytes[..], 1 + 2 + 256 + 1).unwrap();
        assert!(row[..259].iter().all(|pixel| *pixel == [9, 8, 7, 130]));
        assert_eq!(row[259], [5, 5, 5, 128]);
    }

    #[test]
    fn codes_are_parts_of_the_power_of_their_exponent() {
        let row = [[255, 128, 0, 128], [1, 2, 3, 0], [1, 0, 0, 1]];
        let light: Vec<_> = light(&row).collect();
        assert_eq!(light[..3], [255.0 / 256.0, 0.0, f32::from_bits(1 << 14)]);
        assert_eq!(light[3..6], [0.5, 0.0, 0.0]);
    }
}
