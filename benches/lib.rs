//! The inputs of the benches: `cargo bench -p proxycore-benches`.
//!
//! Every figure is in megapixels per second of the source, on frames that look like a render:
//! smooth light, edges, a highlight far above white, and grain, as half R, G, B, A.

use std::io::{Cursor, Write};

use exr::prelude::{
    Compression, Encoding, Image as ExrImage, Layer, LayerAttributes, LineOrder, SpecificChannels,
    WritableImage,
};
use flate2::write::ZlibEncoder;
use half::f16;
use proxycore::image::{Band, DisplayLinear, Image, ImageSpec, Job, Pixels, Stream};

/// A named size.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Its name in the results.
    pub name: &'static str,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Size {
    /// Megapixels times a million: what throughput is counted in.
    #[must_use]
    pub fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }
}

/// A DCI 4K frame.
pub const UHD: Size = Size { name: "4096x2160", width: 4096, height: 2160 };

/// A DCI 2K frame.
pub const HD: Size = Size { name: "2048x1080", width: 2048, height: 1080 };

/// A thumbnail without bars.
pub const THUMB: Size = Size { name: "256x256", width: 256, height: 256 };

/// The compressions that the decode bench runs.
pub const COMPRESSIONS: &[(&str, Compression)] = &[
    ("none", Compression::Uncompressed),
    ("zip", Compression::ZIP16),
    ("zips", Compression::ZIP1),
    ("piz", Compression::PIZ),
    ("pxr24", Compression::PXR24),
    ("b44a", Compression::B44A),
    ("dwaa", Compression::DWAA(None)),
];

/// A frame as an OpenEXR file.
///
/// # Panics
/// Where the file cannot be written to memory.
#[must_use]
pub fn exr(size: Size, compression: Compression) -> Vec<u8> {
    let channels = SpecificChannels::rgba(move |position: exr::prelude::Vec2<usize>| {
        let [red, green, blue] = light(size, position.0, position.1).map(f16::from_f32);
        (red, green, blue, f16::ONE)
    });
    let encoding =
        Encoding { compression, line_order: LineOrder::Increasing, ..Encoding::UNCOMPRESSED };
    let layer =
        Layer::new((size.width, size.height), LayerAttributes::default(), encoding, channels);
    let mut bytes = Cursor::new(Vec::new());
    ExrImage::from_layer(layer)
        .write()
        .non_parallel()
        .to_buffered(&mut bytes)
        .expect("a frame fits in memory");
    bytes.into_inner()
}

/// A frame as a DPX file of 10 bits, filled by method A, big-endian, as scanners write it.
#[must_use]
pub fn dpx(size: Size) -> Vec<u8> {
    let mut file = vec![0; 2048];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"SDPX");
    put(4, &2048_u32.to_be_bytes());
    put(8, b"V1.0");
    put(770, &1_u16.to_be_bytes());
    put(772, &(size.width as u32).to_be_bytes());
    put(776, &(size.height as u32).to_be_bytes());
    // R, G, B; logarithmic printing density; 10 bits; method A
    put(800, &[50, 3, 1, 10]);
    put(804, &1_u16.to_be_bytes());
    for y in 0..size.height {
        for x in 0..size.width {
            let codes = light(size, x, y).map(|light| (1023.0 * light.clamp(0.0, 1.0)) as u32);
            let [red, green, blue] = codes;
            file.extend((red << 22 | green << 12 | blue << 2).to_be_bytes());
        }
    }
    file
}

/// A frame as a PNG of 16 bits.
///
/// # Panics
/// Where the file cannot be written to memory.
#[must_use]
pub fn png(size: Size) -> Vec<u8> {
    let codes: Vec<u8> =
        codes(size, 65535.0).flat_map(|code| (code as u16).to_be_bytes()).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.width as u32, size.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().expect("a frame fits in memory");
    writer.write_image_data(&codes).expect("a frame fits in memory");
    writer.finish().expect("a frame fits in memory");
    bytes
}

/// A frame as a JPEG.
///
/// # Panics
/// Where the file cannot be written to memory.
#[must_use]
pub fn jpeg(size: Size, sampling: jpeg_encoder::SamplingFactor, progressive: bool) -> Vec<u8> {
    let codes: Vec<u8> = codes(size, 255.0).map(|code| code as u8).collect();
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(progressive);
    let (width, height) = (size.width as u16, size.height as u16);
    encoder
        .encode(&codes, width, height, jpeg_encoder::ColorType::Rgb)
        .expect("a frame fits in memory");
    bytes
}

/// The codes of a frame, as a display shows it.
fn codes(size: Size, white: f32) -> impl Iterator<Item = f32> {
    let pixels = (0..size.height).flat_map(move |y| (0..size.width).map(move |x| (x, y)));
    let light = pixels.flat_map(move |(x, y)| light(size, x, y));
    light.map(move |light| light.clamp(0.0, 1.0).powf(1.0 / 2.2) * white + 0.5)
}

/// A frame as a TIFF of 16-bit R, G, B, with differences and Deflate in strips of 16 rows.
///
/// # Panics
/// Where the file outgrows its offsets of 32 bits.
#[must_use]
pub fn tiff(size: Size) -> Vec<u8> {
    const STRIP_ROWS: usize = 16;
    let mut file = b"II\x2a\0\0\0\0\0".to_vec();
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    for y in (0..size.height).step_by(STRIP_ROWS) {
        let rows = y..size.height.min(y + STRIP_ROWS);
        let mut packed = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        rows.for_each(|y| packed.write_all(&differences(size, y)).expect("memory is written"));
        let packed = packed.finish().expect("memory is written");
        offsets.push(u32::try_from(file.len()).expect("a frame fits in 4 GiB"));
        counts.push(packed.len() as u32);
        file.extend(packed);
    }
    let fields: [(u16, Vec<u32>); 11] = [
        (256, vec![size.width as u32]),
        (257, vec![size.height as u32]),
        (258, vec![16; 3]),
        (259, vec![8]),
        (262, vec![2]),
        (273, offsets),
        (277, vec![3]),
        (278, vec![STRIP_ROWS as u32]),
        (279, counts),
        (284, vec![1]),
        (317, vec![2]),
    ];
    append_directory(&mut file, &fields);
    file
}

/// A row's codes as differences from the pixel before.
fn differences(size: Size, y: usize) -> Vec<u8> {
    let code = |value: f32| (value.clamp(0.0, 1.0) * 65535.0) as u16;
    let mut before = [0_u16; 3];
    let pixel = |x| {
        let codes = light(size, x, y).map(code);
        let apart: [u16; 3] = std::array::from_fn(|at| codes[at].wrapping_sub(before[at]));
        before = codes;
        apart
    };
    (0..size.width).flat_map(pixel).flat_map(u16::to_le_bytes).collect()
}

/// Appends a directory of fields of 32-bit integers, and points the header at it.
fn append_directory(file: &mut Vec<u8>, fields: &[(u16, Vec<u32>)]) {
    let mut entries = (fields.len() as u16).to_le_bytes().to_vec();
    for (tag, values) in fields {
        let mut bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        if values.len() > 1 {
            let at = file.len() as u32;
            file.extend(bytes);
            bytes = at.to_le_bytes().to_vec();
        }
        entries.extend([tag.to_le_bytes(), 4_u16.to_le_bytes()].concat());
        entries.extend((values.len() as u32).to_le_bytes());
        entries.extend(bytes);
    }
    let at = (file.len() as u32).to_le_bytes();
    file[4..8].copy_from_slice(&at);
    file.extend(entries);
    file.extend([0; 4]);
}

/// A frame in display-linear light, in bands.
#[must_use]
pub fn display_linear(size: Size) -> Image<DisplayLinear> {
    let spec = ImageSpec::plain(size.width as u32, size.height as u32);
    Image::new(spec, Bands { size, y: 0 })
}

/// A frame in display-linear light, in memory.
///
/// # Panics
/// Never: making rows cannot fail.
#[must_use]
pub fn pixels(size: Size) -> Pixels {
    display_linear(size).into_pixels().expect("rows are made, not read")
}

/// Rows of the frame; the light of one row is made once, so that making it costs little.
struct Bands {
    size: Size,
    y: usize,
}

impl Stream<Band> for Bands {
    fn next(&mut self) -> proxycore::Result<Option<Job<Band>>> {
        let (size, y) = (self.size, self.y);
        let rows = 32.min(size.height - y);
        self.y += rows;
        Ok((rows > 0).then(|| Box::new(move || Ok(band(size, y, rows))) as Job<Band>))
    }
}

fn band(size: Size, y: usize, rows: usize) -> Band {
    let mut band = Band::black(y as u32, rows as u32, size.width as u32);
    let mut planes = band.planes_mut();
    if let Some([red, green, blue]) = planes.next() {
        for x in 0..size.width {
            [red[x], green[x], blue[x]] = light(size, x, y).map(|value| value.clamp(0.0, 1.0));
        }
    }
    drop(planes);
    let row = 3 * size.width;
    for row_index in 1..rows {
        band.samples.copy_within(..row, row_index * row);
    }
    band
}

/// Scene light of a pixel.
fn light(size: Size, x: usize, y: usize) -> [f32; 3] {
    let (u, v) = (x as f32 / size.width as f32, y as f32 / size.height as f32);
    let edge = if ((u * 9.0) as u32 + (v * 5.0) as u32).is_multiple_of(2) { 1.0 } else { 0.4 };
    let from_lamp = (u - 0.7).hypot(v - 0.3);
    let lamp = (0.02 / (from_lamp * from_lamp + 0.001)).min(20.0);
    let grain = 1.0 + 0.06 * (noise(x, y) - 0.5);
    [0.2 + 0.6 * u, 0.15 + 0.5 * v, 0.3 * (1.0 - u) + 0.1].map(|base| (base * edge + lamp) * grain)
}

/// White noise, 0..=1, the same each time.
fn noise(x: usize, y: usize) -> f32 {
    let mut hash = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77);
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
    ((hash ^ (hash >> 12)) & 0xffff) as f32 / 65535.0
}
