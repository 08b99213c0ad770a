//! The chart as OpenEXR files, laid out and tagged the ways that film frames are.

use std::fs;
use std::path::Path;

use exr::image::{Blocks, Encoding, Image, Layer, SpecificChannels};
use exr::math::Vec2;
use exr::meta::attribute::{Chromaticities, Compression, IntegerBounds, LineOrder, Text, TimeCode};
use exr::meta::header::LayerAttributes;
use exr::prelude::{WritableImage, f16};
use proxycore::Error;
use proxycore::image::{Rational, Timecode};
use rayon::prelude::*;

use super::canvas::{Area, Light};
use super::chart::{Chart, DISPLAY, HEIGHT, OVERSCAN, WIDTH};
use super::{DemoFrame, Patch};

/// The number of the first frame, as film counts.
pub const FRAME: u32 = 1001;

const FRAMES_PER_SECOND: Rational = Rational { num: 24, den: 1 };

/// ITU-R BT.709-6, section 1.
const REC709: Primaries = Primaries {
    xy: [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290)],
    from_rec709: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    to_rec709: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
};

/// ACEScg, S-2014-004; the white points are matched with the Bradford transform, as the ACES
/// configurations of OpenColorIO do.
const AP1: Primaries = Primaries {
    xy: [(0.713, 0.293), (0.165, 0.830), (0.128, 0.044), (0.32168, 0.33767)],
    from_rec709: [
        [0.613_097_4, 0.339_523_14, 0.047_379_45],
        [0.070_193_72, 0.916_353_9, 0.013_452_4],
        [0.020_615_59, 0.109_569_77, 0.869_814_63],
    ],
    to_rec709: [
        [1.705_051, -0.621_792_1, -0.083_258_87],
        [-0.130_256_41, 1.140_804_7, -0.010_548_321],
        [-0.024_003_353, -0.128_968_97, 1.152_972_3],
    ],
};

/// Every way that the chart is written.
const FORMS: [Form; 3] = [
    Form {
        name: "chart",
        title: "ZIP scanlines, linear Rec.709",
        primaries: REC709,
        blocks: Blocks::ScanLines,
        compression: Compression::ZIP16,
        overscan: 0,
    },
    Form {
        name: "acescg",
        title: "ZIP tiles, ACEScg",
        primaries: AP1,
        blocks: Blocks::Tiles(Vec2(128, 128)),
        compression: Compression::ZIP16,
        overscan: 0,
    },
    Form {
        name: "overscan",
        title: "PIZ scanlines, 64 pixels of overscan",
        primaries: REC709,
        blocks: Blocks::ScanLines,
        compression: Compression::PIZ,
        overscan: OVERSCAN,
    },
];

type Matrix = [[f32; 3]; 3];

struct Primaries {
    /// Red, green, blue and white.
    xy: [(f32, f32); 4],
    /// What makes them of Rec.709 light, row by row.
    from_rec709: Matrix,
    /// Its inverse.
    to_rec709: Matrix,
}

struct Form {
    name: &'static str,
    title: &'static str,
    primaries: Primaries,
    blocks: Blocks,
    compression: Compression,
    overscan: i32,
}

/// Writes the chart in every form to `dir`, which it makes where it is missing.
///
/// # Errors
/// Whatever the file system says.
pub fn all(chart: &Chart, dir: &Path) -> proxycore::Result<Vec<DemoFrame>> {
    fs::create_dir_all(dir).map_err(|error| failed(dir, error))?;
    FORMS.par_iter().map(|form| form.write(chart, dir)).collect()
}

fn failed(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::storage("cannot write the demo frame").at(path.display().to_string()).with_source(error)
}

impl Form {
    fn write(&self, chart: &Chart, dir: &Path) -> proxycore::Result<DemoFrame> {
        let path = dir.join(format!("{}.{FRAME:04}.exr", self.name));
        let area = DISPLAY.grown(self.overscan);
        let pixels = SpecificChannels::rgb(|Vec2(x, y)| -> (f16, f16, f16) {
            let light = chart.canvas.at(area.x + x as i32, area.y + y as i32);
            self.primaries.stored(light).into()
        });
        let layer = Layer::new(size(area), attributes(area), self.encoding(), pixels);
        let mut image = Image::from_layer(layer);
        image.attributes.display_window = IntegerBounds::from_dimensions(size(DISPLAY));
        image.attributes.chromaticities = Some(self.primaries.chromaticities());
        image.attributes.time_code = Some(stored(time_code(FRAME)));
        // on this thread: the forms are written beside each other already
        image.write().non_parallel().to_file(&path).map_err(|error| failed(&path, error))?;
        Ok(DemoFrame {
            path,
            title: self.title,
            width: WIDTH as u32,
            height: HEIGHT as u32,
            patches: chart.patches.iter().map(|patch| self.kept(patch)).collect(),
        })
    }

    /// A patch as it is in the file.
    fn kept(&self, patch: &Patch) -> Patch {
        Patch { rgb: self.primaries.kept(Light(patch.rgb)).0, ..patch.clone() }
    }

    fn encoding(&self) -> Encoding {
        Encoding {
            compression: self.compression,
            blocks: self.blocks,
            line_order: LineOrder::Increasing,
        }
    }
}

impl Primaries {
    /// What the file keeps of `light`.
    fn stored(&self, light: Light) -> [f16; 3] {
        times(&self.from_rec709, light.0).map(f16::from_f32)
    }

    /// The light that comes back: halves round, and in a wider gamut a pure colour's zeros do not
    /// stay zeros.
    fn kept(&self, light: Light) -> Light {
        Light(times(&self.to_rec709, self.stored(light).map(f16::to_f32)))
    }

    fn chromaticities(&self) -> Chromaticities {
        let [red, green, blue, white] = self.xy.map(|(x, y)| Vec2(x, y));
        Chromaticities { red, green, blue, white }
    }
}

fn times(matrix: &Matrix, [r, g, b]: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row[0] * r + row[1] * g + row[2] * b)
}

fn size(area: Area) -> Vec2<usize> {
    Vec2(area.width as usize, area.height as usize)
}

fn attributes(data: Area) -> LayerAttributes {
    LayerAttributes {
        layer_position: Vec2(data.x, data.y),
        frames_per_second: Some((FRAMES_PER_SECOND.num as i32, FRAMES_PER_SECOND.den)),
        software_name: Some(Text::from("proxycore demo")),
        ..LayerAttributes::default()
    }
}

/// Frame 1 is one frame after midnight: 1001 at 24 frames a second is 00:00:41:17.
pub fn time_code(frame: u32) -> Timecode {
    Timecode::of_frame(frame.into(), FRAMES_PER_SECOND, false).expect("24 frames have a time code")
}

/// The same, as the file has it.
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
    use exr::prelude::read_first_flat_layer_from_file;

    use super::*;
    use crate::demo::sample;

    #[test]
    fn film_counts_from_midnight() {
        let code = stored(time_code(1001));
        assert_eq!((code.hours, code.minutes, code.seconds, code.frame), (0, 0, 41, 17));
    }

    #[test]
    fn grey_is_grey_in_every_space() {
        for form in &FORMS {
            let stored = form.primaries.stored(Light::grey(0.18));
            assert!(stored.iter().all(|v| (v.to_f32() - 0.18).abs() < 2e-4), "{}", form.name);
            let Light(kept) = form.primaries.kept(Light::grey(0.18));
            assert!(kept.iter().all(|v| (v - 0.18).abs() < 2e-4), "{}", form.name);
        }
    }

    #[test]
    fn writes_the_same_bytes_every_time() {
        let [one, two] = ["one", "two"].map(|name| {
            let dir = std::env::temp_dir().join(format!("proxycore-{name}-{}", std::process::id()));
            let frames = all(sample(), &dir).expect("the temporary folder takes files");
            let bytes: Vec<_> = frames.iter().map(|frame| fs::read(&frame.path).unwrap()).collect();
            fs::remove_dir_all(dir).unwrap();
            bytes
        });
        assert!(one == two);
    }

    #[test]
    fn every_form_reads_back_as_it_was_drawn() {
        let dir = std::env::temp_dir().join(format!("proxycore-read-{}", std::process::id()));
        for (form, frame) in FORMS.iter().zip(all(sample(), &dir).expect("as above")) {
            let image = read_first_flat_layer_from_file(&frame.path).unwrap();
            let layer = &image.layer_data;
            assert_eq!(layer.attributes.layer_position, Vec2(-form.overscan, -form.overscan));
            assert_eq!(layer.attributes.frames_per_second, Some((24, 1)));
            assert_eq!(image.attributes.display_window.size, Vec2(2048, 1080));
            for patch in &frame.patches {
                let at = |position: u32| (position as i32 + form.overscan) as usize;
                let index = at(patch.y) * layer.size.0 + at(patch.x);
                let stored = ["R", "G", "B"].map(|name| {
                    let channels = &layer.channel_data.list;
                    let channel = channels.iter().find(|c| c.name.eq(name)).unwrap();
                    channel.sample_data.value_by_flat_index(index).to_f32()
                });
                let seen = times(&form.primaries.to_rec709, stored);
                assert_eq!(seen, patch.rgb, "{} {}", form.name, patch.name);
            }
        }
        fs::remove_dir_all(dir).unwrap();
    }
}
