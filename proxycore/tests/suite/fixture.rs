//! OpenEXR files made in memory, with pixels that a test can foretell.

use std::io::Cursor;

use exr::prelude::{
    AnyChannel, AnyChannels, Blocks, Compression, Encoding, FlatSamples, Image, ImageAttributes,
    IntegerBounds, Layer, LayerAttributes, LineOrder, Text, Vec2, WritableImage,
};
use half::f16;
use smallvec::SmallVec;

/// A part to be written.
#[derive(Clone)]
pub struct Part {
    pub name: &'static str,
    pub view: Option<&'static str>,
    pub position: (i32, i32),
    pub size: (usize, usize),
    pub channels: Vec<(&'static str, Kind)>,
    pub compression: Compression,
    pub blocks: Blocks,
    pub order: LineOrder,
}

/// The type of a channel's samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Half,
    Float,
    Uint,
}

impl Part {
    /// R, G, B halves in ZIP scan lines.
    pub fn rgb(width: usize, height: usize) -> Self {
        Self {
            name: "rgb",
            view: None,
            position: (0, 0),
            size: (width, height),
            channels: ["B", "G", "R"].map(|name| (name, Kind::Half)).to_vec(),
            compression: Compression::ZIP16,
            blocks: Blocks::ScanLines,
            order: LineOrder::Increasing,
        }
    }

    fn layer(&self) -> Layer<AnyChannels<FlatSamples>> {
        let list: SmallVec<[_; 4]> =
            self.channels.iter().map(|&(name, kind)| self.channel(name, kind)).collect();
        let attributes = LayerAttributes {
            layer_name: Some(self.name.into()),
            view_name: self.view.map(Text::from),
            layer_position: Vec2(self.position.0, self.position.1),
            ..LayerAttributes::default()
        };
        let encoding =
            Encoding { compression: self.compression, blocks: self.blocks, line_order: self.order };
        Layer::new(self.size, attributes, encoding, AnyChannels::sort(list))
    }

    fn channel(&self, name: &'static str, kind: Kind) -> AnyChannel<FlatSamples> {
        let (width, height) = self.size;
        let at = |index| sample(name, index % width, index / width);
        let all = 0..width * height;
        let samples = match kind {
            Kind::Half => FlatSamples::F16(all.map(|index| f16::from_f32(at(index))).collect()),
            Kind::Float => FlatSamples::F32(all.map(at).collect()),
            Kind::Uint => FlatSamples::U32(all.map(|index| (at(index) * 64.0) as u32).collect()),
        };
        AnyChannel::new(name, samples)
    }
}

/// The sample of a channel at a pixel of the data window: smooth, other in each channel, and exact
/// as a half and as a 64th.
pub fn sample(channel: &str, x: usize, y: usize) -> f32 {
    let seed = channel.bytes().fold(0, |seed: u32, byte| (seed * 31 + u32::from(byte)) % 7);
    ((x / 2 + y + seed as usize) % 64) as f32 / 64.0
}

/// Writes parts into one file with a display window at the origin.
pub fn file(display: (usize, usize), parts: &[Part]) -> Vec<u8> {
    let window = IntegerBounds::new((0, 0), display);
    file_with(ImageAttributes::new(window), parts)
}

/// Writes parts with attributes of their own.
pub fn file_with(attributes: ImageAttributes, parts: &[Part]) -> Vec<u8> {
    let layers: SmallVec<[_; 2]> = parts.iter().map(Part::layer).collect();
    let image = Image::from_layers(attributes, layers);
    let mut bytes = Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}
