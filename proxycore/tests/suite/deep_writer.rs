//! Deep OpenEXR files, which the `exr` crate does not write: "The OpenEXR file layout", deep data.

use std::io::Write;

use flate2::Compression as Level;
use flate2::write::ZlibEncoder;
use half::f16;

/// A sample: depth, then the values of the file's other channels.
pub type Sample = Vec<f32>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Uint = 0,
    Half = 1,
    Float = 2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    None = 0,
    Rle = 1,
    Zips = 2,
    /// Sixteen lines to a chunk. OpenEXR's own library writes no deep parts so, its format allows it.
    Zip = 3,
}

/// In which order the chunks stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Increasing = 0,
    Decreasing = 1,
    Random = 2,
}

/// What a deep file is.
#[derive(Clone, Debug)]
pub struct Deep {
    /// Names in alphabetical order, and the type of each.
    pub channels: Vec<(&'static str, Kind)>,
    pub packing: Packing,
    pub order: Order,
    /// What the header says of the most samples in a pixel.
    pub most: i32,
    /// Columns and rows of a tile; scan lines without.
    pub tile: Option<(i32, i32)>,
    /// Whether tables of tiles at the edge are as long as others, as OpenEXR leaves them unpacked.
    pub whole_tables: bool,
    /// First column and row, then columns and rows.
    pub data: [i32; 4],
    pub display: [i32; 4],
}

impl Deep {
    /// R, G, B, A, Z in scan lines; the data window is the display window.
    pub fn new(width: i32, height: i32) -> Self {
        let channels = ["A", "B", "G", "R", "Z"].map(|name| (name, Kind::Float)).to_vec();
        let window = [0, 0, width, height];
        Self {
            channels,
            packing: Packing::None,
            order: Order::Increasing,
            most: 64,
            tile: None,
            whole_tables: false,
            data: window,
            display: window,
        }
    }

    /// Writes the samples of each pixel of the data window: for each the values of the channels, in
    /// the channels' order.
    pub fn write(&self, pixel: impl Fn(i32, i32) -> Vec<Sample>) -> Vec<u8> {
        let [x0, y0, width, height] = self.data;
        let (across, down) =
            self.tile.unwrap_or((width, if self.packing == Packing::Zip { 16 } else { 1 }));
        let mut chunks = Vec::new();
        for y in (0..height).step_by(down as usize) {
            for x in (0..width).step_by(across as usize) {
                let columns = x..width.min(x + across);
                let rows = y..height.min(y + down);
                let place = match self.tile {
                    Some(_) => vec![x / across, y / down, 0, 0],
                    None => vec![y + y0],
                };
                let mut chunk: Vec<u8> = place.into_iter().flat_map(i32::to_le_bytes).collect();
                let (mut ends, mut samples) = (Vec::new(), Vec::new());
                for row in rows {
                    let pixels: Vec<_> = columns.clone().map(|x| pixel(x + x0, row + y0)).collect();
                    let mut end = 0;
                    for pixel in &pixels {
                        end += pixel.len() as i32;
                        ends.extend(end.to_le_bytes());
                    }
                    for (at, &(_, kind)) in self.channels.iter().enumerate() {
                        let values = pixels.iter().flatten().map(|sample| sample[at]);
                        values.for_each(|value| put(&mut samples, value, kind));
                    }
                }
                let sizes = samples.len() as u64;
                if self.whole_tables {
                    ends.resize(4 * (across * down) as usize, 0xcd);
                }
                let (ends, samples) = (self.pack(ends), self.pack(samples));
                let sizes = [ends.len() as u64, samples.len() as u64, sizes];
                chunk.extend(sizes.into_iter().flat_map(u64::to_le_bytes));
                chunk.extend(ends);
                chunk.extend(samples);
                chunks.push(chunk);
            }
        }
        let mut file = self.header(chunks.len() as i32);
        let mut at = (file.len() + 8 * chunks.len()) as u64;
        let order = self.ordered(chunks.len());
        let mut table = vec![0; chunks.len()];
        for &chunk in &order {
            table[chunk] = at;
            at += chunks[chunk].len() as u64;
        }
        file.extend(table.into_iter().flat_map(u64::to_le_bytes));
        order.into_iter().for_each(|chunk| file.extend(&chunks[chunk]));
        file
    }

    /// The chunks as they stand in the file.
    fn ordered(&self, chunks: usize) -> Vec<usize> {
        let mut order: Vec<_> = (0..chunks).collect();
        match self.order {
            Order::Increasing => {}
            Order::Decreasing => order.reverse(),
            Order::Random => order.sort_by_key(|chunk| (chunk * 7919) % 101),
        }
        order
    }

    fn header(&self, chunks: i32) -> Vec<u8> {
        let mut out = vec![0x76, 0x2f, 0x31, 0x01, 2, 0x08, 0, 0];
        let mut put = |name: &str, kind: &str, value: Vec<u8>| {
            out.extend([name, "\0", kind, "\0"].concat().into_bytes());
            out.extend((value.len() as i32).to_le_bytes());
            out.extend(value);
        };
        let mut channels = Vec::new();
        for (name, kind) in &self.channels {
            channels.extend([name.as_bytes(), b"\0"].concat());
            let numbers = [*kind as i32, 0, 1, 1];
            channels.extend(numbers.into_iter().flat_map(i32::to_le_bytes));
        }
        channels.push(0);
        let window = |[x, y, width, height]: [i32; 4]| {
            [x, y, x + width - 1, y + height - 1].into_iter().flat_map(i32::to_le_bytes).collect()
        };
        let kind = if self.tile.is_some() { "deeptile" } else { "deepscanline" };
        put("channels", "chlist", channels);
        put("chunkCount", "int", chunks.to_le_bytes().to_vec());
        put("compression", "compression", vec![self.packing as u8]);
        put("dataWindow", "box2i", window(self.data));
        put("displayWindow", "box2i", window(self.display));
        put("lineOrder", "lineOrder", vec![self.order as u8]);
        put("maxSamplesPerPixel", "int", self.most.to_le_bytes().to_vec());
        put("name", "string", b"deep".to_vec());
        put("pixelAspectRatio", "float", 1f32.to_le_bytes().to_vec());
        put("screenWindowCenter", "v2f", vec![0; 8]);
        put("screenWindowWidth", "float", 1f32.to_le_bytes().to_vec());
        if let Some((across, down)) = self.tile {
            let size = [across, down].into_iter().flat_map(i32::to_le_bytes);
            put("tiles", "tiledesc", size.chain([0]).collect());
        }
        put("type", "string", kind.as_bytes().to_vec());
        put("version", "int", 1i32.to_le_bytes().to_vec());
        out.push(0);
        out
    }

    /// Packs bytes, unless that makes them no fewer.
    fn pack(&self, bytes: Vec<u8>) -> Vec<u8> {
        let packed = match self.packing {
            Packing::None => return bytes,
            Packing::Rle => runs(&differences(&bytes)),
            Packing::Zips | Packing::Zip => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Level::default());
                encoder.write_all(&differences(&bytes)).unwrap();
                encoder.finish().unwrap()
            }
        };
        if packed.len() < bytes.len() { packed } else { bytes }
    }
}

fn put(out: &mut Vec<u8>, value: f32, kind: Kind) {
    match kind {
        Kind::Uint => out.extend((value as u32).to_le_bytes()),
        Kind::Half => out.extend(f16::from_f32(value).to_le_bytes()),
        Kind::Float => out.extend(value.to_le_bytes()),
    }
}

/// Even bytes, then odd ones, each as its difference from the one before.
fn differences(bytes: &[u8]) -> Vec<u8> {
    let even = bytes.iter().step_by(2);
    let halves: Vec<u8> = even.chain(bytes.iter().skip(1).step_by(2)).copied().collect();
    let mut before = None;
    let difference = |byte: u8| {
        let made = before.map_or(byte, |before: u8| byte.wrapping_sub(before).wrapping_add(128));
        before = Some(byte);
        made
    };
    halves.into_iter().map(difference).collect()
}

/// A byte of n says that the next one comes n + 1 times, one of -n that n bytes follow as they are.
fn runs(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for run in bytes.chunk_by(|a, b| a == b) {
        for part in run.chunks(128) {
            match part {
                [one] => out.extend([(-1i8).cast_unsigned(), *one]),
                _ => out.extend([part.len() as u8 - 1, part[0]]),
            }
        }
    }
    out
}
