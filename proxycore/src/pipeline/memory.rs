//! What a run holds at the most, estimated from the header: rows on their way through the stages, the
//! codes of the renditions, the pieces that are read ahead.
//!
//! The figures were measured with frames of 4K and 8K of each layout, and err on the side of more.
//! The samples of deep pixels are not in it: only reading them tells how many there are.

use crate::error::Result;
use crate::image::{Image, ImageSpec, SampleType, State, jobs_at_once};
use crate::rendition::Rendition;

/// What is held whatever the picture: pieces read ahead, tables, headers.
const BASE: u64 = 16 << 20;
/// R, G, B as 32-bit floats.
const LIGHT: u64 = 12;
/// Rows of light for each job, whatever its own number: as decoded, as floats, and those that the
/// resamplers' filters still reach.
const ROWS_A_JOB: u64 = 56;

/// Bytes that making `renditions` of a picture holds at a time.
///
/// # Errors
/// As [`Fit::place`](crate::Fit::place).
pub(super) fn needed<S: State>(image: &Image<S>, renditions: &[Rendition]) -> Result<u64> {
    let spec = image.spec();
    let (width, height) = (u64::from(spec.width), u64::from(spec.height));
    let jobs = jobs_at_once() as u64;
    let bands = jobs.saturating_mul(image.rows_at_once().into());
    // a band is held as stored and as light
    let light = (jobs * ROWS_A_JOB).min(height) + (2 * bands).min(2 * height);
    let rows = light * LIGHT + bands.min(height) * hidden_bytes(spec);
    let rendered = renditions.iter().map(|rendition| rendered(rendition, spec));
    let rendered = rendered.sum::<Result<u64>>()?;
    Ok(BASE.saturating_add(rows.saturating_mul(width)).saturating_add(rendered))
}

/// Bytes of a pixel in the channels that are not shown: blocks hold them all.
fn hidden_bytes(spec: &ImageSpec) -> u64 {
    let bytes = |kind| match kind {
        SampleType::Uint8 => 1,
        SampleType::Uint16 | SampleType::Half => 2,
        SampleType::Uint32 | SampleType::Float => 4,
    };
    let channels = spec.part().channels.iter();
    let hidden = channels.filter(|channel| !spec.channels.contains(&channel.name));
    hidden.map(|channel| bytes(channel.sample_type)).sum()
}

fn rendered(rendition: &Rendition, spec: &ImageSpec) -> Result<u64> {
    let canvas = rendition.place(spec)?.canvas;
    let pixels = u64::from(canvas.width) * u64::from(canvas.height);
    Ok(pixels.saturating_mul(rendition.encoder().bytes_per_pixel()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Job, Native, NativeBand, Stream};

    /// Blocks of so many rows.
    struct Blocks(u32);

    impl Stream<NativeBand> for Blocks {
        fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
            Ok(None)
        }

        fn rows_at_once(&self) -> u32 {
            self.0
        }
    }

    fn needed_for(width: u32, height: u32, rows: u32) -> u64 {
        needed(&Image::<Native>::new(ImageSpec::plain(width, height), Blocks(rows)), &[]).unwrap()
    }

    #[test]
    fn tall_blocks_need_more_and_no_picture_more_than_a_few_times_its_light() {
        let light = 8192 * 8192 * LIGHT;
        let needs = [16, 64, 256, 1024, u32::MAX].map(|rows| needed_for(8192, 8192, rows));
        assert!(needs.is_sorted(), "{needs:?}");
        assert!(needs[4] < BASE + 5 * light / 2, "{needs:?}");
        assert!(needed_for(u32::MAX, u32::MAX, u32::MAX) > light);
    }

    #[cfg(feature = "_h264")]
    #[test]
    fn a_movie_needs_more_than_a_still_of_its_size() {
        let image = Image::<Native>::new(ImageSpec::plain(1920, 1080), Blocks(16));
        let [movie, none] =
            [vec![Rendition::proxy()], vec![]].map(|made| needed(&image, &made).unwrap());
        assert_eq!(movie - none, 1920 * 1080 * Rendition::proxy().encoder().bytes_per_pixel());
    }
}
