//! Frames as OpenEXR files.

use std::path::Path;

use exr::error::UnitResult;
use exr::image::{
    AnyChannel, AnyChannels, Blocks, Encoding, FlatSamples, Image, Layer, Layers, SpecificChannels,
};
use exr::math::Vec2;
use exr::meta::attribute::{AttributeValue, Compression, IntegerBounds, LineOrder, Text, TimeCode};
use exr::meta::header::{ImageAttributes, LayerAttributes};
use exr::prelude::{WritableImage, f16};
use proxycore::image::Timecode;

use super::canvas::{Area, Canvas};
use super::lookdev::Passes;
use super::primaries::{AP1, Primaries, REC709};
use super::tags::{RATE, WRITER, time_code};
use super::zip;

/// ZIP over sixteen lines, from the top to the bottom.
const ZIP: Encoding = Encoding {
    compression: Compression::ZIP16,
    blocks: Blocks::ScanLines,
    line_order: LineOrder::Increasing,
};

/// A picture of R, G, B in halves, and how it is written.
#[derive(Debug)]
pub struct Picture<'a> {
    pub canvas: &'a Canvas,
    /// The pixels that are written; those of `display` are the picture.
    pub data: Area,
    pub display: Area,
    pub frame: u32,
    pub primaries: Primaries,
    pub encoding: Encoding,
}

impl Picture<'_> {
    /// Writes the picture.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn write(&self, path: &Path) -> UnitResult {
        let Area { x: left, y: top, .. } = self.data;
        let pixels = SpecificChannels::rgb(|Vec2(x, y)| -> (f16, f16, f16) {
            let light = self.canvas.at(left + x as i32, top + y as i32);
            self.primaries.stored(light).into()
        });
        let attributes = layer(self.data);
        let mut image =
            Image::from_layer(Layer::new(size(self.data), attributes, self.encoding, pixels));
        image.attributes = header(self.display, self.frame, &self.primaries);
        // on this thread: files are written beside each other already
        image.write().non_parallel().to_file(path)
    }
}

/// Writes a frame of the moving shot in ACEScg.
///
/// # Errors
/// Whatever the file system says.
pub fn acescg(canvas: &Canvas, frame: u32, path: &Path) -> UnitResult {
    let mut attributes = layer(canvas.area);
    name_space(&mut attributes, "lin_ap1_scene");
    zip::write(canvas, &AP1, header(canvas.area, frame, &AP1), attributes, path)
}

/// Writes a still and its passes as a file of three parts.
///
/// # Errors
/// Whatever the file system says.
pub fn parts(passes: &Passes, frame: u32, path: &Path) -> UnitResult {
    let area = passes.beauty.area;
    let light = |plane: usize| {
        let pixels = passes.beauty.pixels().iter();
        FlatSamples::F16(pixels.map(|light| REC709.stored(*light)[plane]).collect())
    };
    let normal = |axis: usize| {
        let normals = passes.normals.iter();
        FlatSamples::F16(normals.map(|normal| f16::from_f32(normal[axis])).collect())
    };
    let depth = FlatSamples::F32(passes.depth.clone());
    let all: Layers<_> = [
        part(
            area,
            "beauty",
            "lin_rec709_scene",
            [("R", light(0)), ("G", light(1)), ("B", light(2))],
        ),
        part(area, "depth", "data", [("Z", depth)]),
        part(area, "normals", "data", [("N.X", normal(0)), ("N.Y", normal(1)), ("N.Z", normal(2))]),
    ]
    .into_iter()
    .collect();
    let image = Image::from_layers(header(area, frame, &REC709), all);
    image.write().non_parallel().to_file(path)
}

fn part<const COUNT: usize>(
    area: Area,
    name: &str,
    space: &str,
    channels: [(&str, FlatSamples); COUNT],
) -> Layer<AnyChannels<FlatSamples>> {
    let channels = channels.into_iter().map(|(name, samples)| AnyChannel::new(name, samples));
    let mut attributes = layer(area);
    attributes.layer_name = Some(Text::from(name));
    name_space(&mut attributes, space);
    Layer::new(size(area), attributes, ZIP, AnyChannels::sort(channels.collect()))
}

/// Gives the space by its name as well.
fn name_space(attributes: &mut LayerAttributes, space: &str) {
    let name = AttributeValue::Text(Text::from(space));
    attributes.other.insert(Text::from("colorInteropID"), name);
}

fn size(area: Area) -> Vec2<usize> {
    Vec2(area.width as usize, area.height as usize)
}

fn layer(data: Area) -> LayerAttributes {
    LayerAttributes {
        layer_position: Vec2(data.x, data.y),
        frames_per_second: Some((RATE.num as i32, RATE.den)),
        software_name: Some(Text::from(WRITER)),
        ..LayerAttributes::default()
    }
}

fn header(display: Area, frame: u32, primaries: &Primaries) -> ImageAttributes {
    let mut attributes = ImageAttributes::new(IntegerBounds::from_dimensions(size(display)));
    attributes.chromaticities = Some(primaries.chromaticities());
    attributes.time_code = Some(stored(time_code(frame)));
    attributes
}

/// A time code, as the file has it.
fn stored(code: Timecode) -> TimeCode {
    TimeCode {
        hours: code.hours,
        minutes: code.minutes,
        seconds: code.seconds,
        frame: code.frames,
        ..TimeCode::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn film_counts_from_midnight() {
        let code = stored(time_code(1001));
        assert_eq!((code.hours, code.minutes, code.seconds, code.frame), (0, 0, 41, 17));
    }
}
