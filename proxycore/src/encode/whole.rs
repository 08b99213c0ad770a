//! A movie whose pictures all stand in memory.

use super::MovieSpec;
#[cfg(feature = "_mp4")]
use super::{Codes, Group, MovieEncoder, Sample};
#[cfg(feature = "_mp4")]
use crate::error::Result;
use crate::image::{Extent, ImageSpec, Rational};

/// Where the source says nothing: the cinema's rate.
const FPS: Rational = Rational { num: 24, den: 1 };

/// What `spec` says of a movie whose pictures have `size`; 24 pictures a second where it says no rate.
pub(super) fn described(spec: &ImageSpec, size: Extent) -> MovieSpec {
    let fps = spec.frames_per_second.filter(|fps| fps.num > 0 && fps.den > 0);
    MovieSpec::new(size, fps.map_or(FPS, Rational::meant)).with_pixel_aspect(spec.pixel_aspect)
}

/// Encodes pictures of one size in the order of time, a group after the other.
#[cfg(feature = "_mp4")]
pub(super) fn whole<'a>(
    encoder: &dyn MovieEncoder,
    frames: impl IntoIterator<Item = &'a Codes>,
    spec: &ImageSpec,
) -> Result<Vec<u8>> {
    let frames: Vec<&Codes> = frames.into_iter().collect();
    let size = frames.first().map_or(Extent::new(0, 0), |frame| frame.extent());
    let spec = described(spec, size);
    let mut whole = Group { parameters: Vec::new(), samples: Vec::new() };
    for frames in frames.chunks(encoder.group_length(spec.fps).max(1)) {
        let mut group = encoder.group(&spec)?;
        frames.iter().try_for_each(|frame| group.push(frame))?;
        let group = group.finish()?;
        whole.parameters = group.parameters;
        whole.samples.extend(group.samples);
    }
    let index = whole.samples.iter().map(Sample::info).collect::<Result<Vec<_>>>()?;
    let mut bytes = encoder.head(&spec, &whole.parameters, &index)?;
    whole.samples.iter().for_each(|sample| bytes.extend_from_slice(&sample.data));
    Ok(bytes)
}
