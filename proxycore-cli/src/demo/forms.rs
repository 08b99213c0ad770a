//! The chart as OpenEXR files, laid out and tagged the ways that film frames are.

use std::fs;
use std::path::Path;

use exr::image::{Blocks, Encoding};
use exr::math::Vec2;
use exr::meta::attribute::{Compression, LineOrder};
use rayon::prelude::*;

use super::canvas::Light;
use super::chart::{Chart, DISPLAY, HEIGHT, OVERSCAN, WIDTH};
use super::file::{failed, whole};
use super::openexr::Picture;
use super::primaries::{AP1, Primaries, REC709};
use super::tags::FIRST;
use super::{ChartFrame, Patch};

/// Every way that the chart is written.
pub static FORMS: [Form; 3] = [
    Form {
        name: "chart",
        colors: "rec709",
        title: "ZIP scanlines, linear Rec.709",
        primaries: REC709,
        blocks: Blocks::ScanLines,
        compression: Compression::ZIP16,
        overscan: 0,
    },
    Form {
        name: "acescg",
        colors: "acescg",
        title: "ZIP tiles, ACEScg",
        primaries: AP1,
        blocks: Blocks::Tiles(Vec2(128, 128)),
        compression: Compression::ZIP16,
        overscan: 0,
    },
    Form {
        name: "overscan",
        colors: "rec709",
        title: "PIZ scanlines, 64 pixels of overscan",
        primaries: REC709,
        blocks: Blocks::ScanLines,
        compression: Compression::PIZ,
        overscan: OVERSCAN,
    },
];

/// A way that the chart is written.
#[derive(Debug)]
pub struct Form {
    /// What its file is called, before its number.
    name: &'static str,
    /// The colours of its light, in a file's name.
    pub colors: &'static str,
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
pub fn all(chart: &Chart, dir: &Path) -> proxycore::Result<Vec<ChartFrame>> {
    fs::create_dir_all(dir).map_err(|error| failed(dir, error))?;
    FORMS.par_iter().map(|form| form.frame(chart, dir)).collect()
}

impl Form {
    /// Writes the chart to `dir`, and says what is in the file.
    fn frame(&self, chart: &Chart, dir: &Path) -> proxycore::Result<ChartFrame> {
        let path = dir.join(format!("{}.{FIRST:04}.exr", self.name));
        self.write(chart, &path)?;
        Ok(ChartFrame {
            path,
            title: self.title,
            width: WIDTH as u32,
            height: HEIGHT as u32,
            patches: chart.patches.iter().map(|patch| self.kept(patch)).collect(),
        })
    }

    /// Writes the chart.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn write(&self, chart: &Chart, path: &Path) -> proxycore::Result<()> {
        let picture = Picture {
            canvas: &chart.canvas,
            data: DISPLAY.grown(self.overscan),
            display: DISPLAY,
            frame: FIRST,
            primaries: self.primaries,
            encoding: self.encoding(),
        };
        whole(path, |path| picture.write(path))
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

#[cfg(test)]
mod tests {
    use exr::prelude::read_first_flat_layer_from_file;

    use super::*;
    use crate::demo::primaries::times;
    use crate::demo::sample;

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
