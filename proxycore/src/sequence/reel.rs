//! The movie of a sequence: its frames as codes, closed groups of them encoded side by side, and the
//! file written away as it grows.
//!
//! ```text
//!  frames ─► codes (some at a time, in order) ─► group (some at a time, in order) ─► reel
//! ```
//!
//! An encoder that takes no groups gets its pictures one after the other ([`streamed`]).
//!
//! Each group is encoded by an encoder of its own, so the bytes are the same for any number of
//! threads. What stands in memory is that of the frames and groups at work; samples go to a file
//! without a name once they are more than a little.

use std::fmt::Debug;
use std::fs::File;
use std::io::{Cursor, Read, Seek, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use tempfile::SpooledTempFile;

use super::Progress;
use super::burn::Burner;
use super::lanes::in_order;
use super::segment::Segment;
use super::segments::{self, Segments};
use super::shot::Shot;
use super::streamed::streamed;
use crate::encode::{Codes, Group, MovieEncoder, MovieSpec, Moving, SampleInfo};
use crate::error::{Error, Result};
use crate::file::unkept;
use crate::identity;
use crate::image::Extent;
use crate::pipeline::{Facts, Pipeline};
use crate::rendition::Rendition;

/// Bytes of samples that stand in memory before they go to a file.
const IN_MEMORY: usize = 1 << 20;
/// Threads that decode for each group at work.
const DECODERS: usize = 2;

/// Where bytes of a movie are kept.
pub(super) trait Kept: Read + Seek + Debug {}

impl<T: Read + Seek + Debug> Kept for T {}

/// A finished movie.
#[derive(Debug)]
pub(super) struct Reel {
    picture: Extent,
    head: Vec<u8>,
    samples: Box<dyn Kept>,
    /// Bytes of all.
    size: u64,
}

impl Reel {
    /// Makes the movie of `shot` that `rendition` asks for, with frames developed by `run`.
    ///
    /// # Errors
    /// The first error of a frame that is not passed over, of the encoder, or of the place where
    /// samples are kept.
    pub(super) fn make(
        shot: &Shot<'_>,
        run: &Pipeline,
        rendition: &Rendition,
        spec: MovieSpec,
        burner: Option<&Burner<'_>>,
        segments: Option<&Segments>,
        progress: Option<&dyn Progress>,
    ) -> Result<Self> {
        let numbers = shot.timeline.numbers();
        let leader = burner.map(|burner| burner.leader(rendition)).transpose()?.flatten();
        let lead = usize::from(leader.is_some());
        let count = lead + numbers.len();
        let last = Mutex::new(None);
        let frame = |at: usize| {
            let codes = shot.picture(run, rendition, numbers[at], spec.size, &last)?;
            Ok(burner.map_or_else(|| Arc::clone(&codes), |burner| burner.over(&codes, at)))
        };
        let picture = |at: usize| match (&leader, at.checked_sub(lead)) {
            (Some(leader), None) => Ok(Arc::clone(leader)),
            (_, at) => frame(at.unwrap_or_default()),
        };
        let encoder = match rendition.encoder().movie() {
            Some(Moving::Groups(encoder)) => encoder,
            Some(Moving::Stream(_)) if segments.is_some() => {
                let what = "an encoder that makes the whole file has none; leave them out";
                return Err(Error::invalid("segments", what));
            }
            Some(Moving::Stream(encoder)) => {
                return streamed(encoder, &spec, count, picture, progress);
            }
            None => return Err(Error::encode("movie", "an encoder of stills")),
        };
        let longest = segments.map_or(usize::MAX, |_| segments::LENGTH);
        let length = encoder.group_length(spec.fps).clamp(1, longest);
        let groups: Vec<Range<usize>> =
            (0..count).step_by(length).map(|first| first..count.min(first + length)).collect();
        let threads = rayon::current_num_threads();
        // one more, so that frames are decoded while a group that was kept until its end is encoded
        let lanes = (threads / DECODERS + 1).min(groups.len());
        let encode = |at: usize| {
            let mut group = encoder.group(&spec)?;
            let frames = groups[at].clone();
            let picture = |index| picture(frames.start + index);
            in_order(threads.div_ceil(lanes), frames.len(), picture, |codes: Arc<Codes>| {
                group.push(&codes)?;
                progress.inspect(|progress| progress.frame());
                Ok(())
            })?;
            group.finish()
        };
        let made = |at: usize| match segments {
            Some(segments) => {
                let frames = groups[at].start.saturating_sub(lead)..groups[at].end - lead;
                let slate = burner.filter(|_| at == 0).and_then(Burner::slate);
                let burnt = frames.clone().flat_map(|at| burner.map(|burner| burner.lines(at)));
                let burnt = slate.into_iter().chain(burnt);
                let key = segments.key(shot, &spec, &numbers[frames.clone()], burnt);
                reused(segments, &key, shot, &numbers[frames], progress, || encode(at))
            }
            None => encode(at),
        };
        let mut growing = Growing::new();
        in_order(lanes, groups.len(), made, |group| growing.push(&group))?;
        growing.finish(encoder, &spec)
    }

    /// Takes a file that is a whole movie.
    ///
    /// # Errors
    /// Where its length is not to be had.
    pub(super) fn of_file(picture: Extent, file: File) -> Result<Self> {
        let size = file.metadata().map_err(unkept)?.len();
        Ok(Self { picture, head: Vec::new(), samples: Box::new(file), size })
    }

    /// What its stamp tells of it.
    ///
    /// # Errors
    /// Where the samples cannot be read back.
    pub(super) fn facts(&mut self, rendition: &Rendition) -> Result<Facts> {
        let sha256 = identity::sha256_of(self.content()?).map_err(unkept)?;
        let encoder = rendition.encoder();
        Ok(Facts {
            media_type: encoder.media_type(),
            width: self.picture.width,
            height: self.picture.height,
            space: encoder.codes().space,
            bytes: self.size,
            sha256,
        })
    }

    /// Bytes of the file.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The file, from its start.
    ///
    /// # Errors
    /// Where the samples cannot be read back.
    pub(super) fn content(&mut self) -> Result<impl Read + '_> {
        self.samples.rewind().map_err(unkept)?;
        Ok(Cursor::new(&self.head).chain(&mut self.samples))
    }
}

/// A group from its segment, where that stands; else as `encode` makes it, and kept.
fn reused(
    segments: &Segments,
    key: &str,
    shot: &Shot<'_>,
    numbers: &[i64],
    progress: Option<&dyn Progress>,
    encode: impl FnOnce() -> Result<Group>,
) -> Result<Group> {
    if let Some(Segment { group, frames }) = segments.find(key)? {
        shot.recall(&frames);
        numbers.iter().for_each(|_| _ = progress.inspect(|progress| progress.frame()));
        return Ok(group);
    }
    let group = encode()?;
    let Some(frames) = shot.facts(numbers) else { return Ok(group) };
    let segment = Segment { group, frames };
    segments.keep(key, &segment)?;
    Ok(segment.group)
}

/// A movie that still grows.
struct Growing {
    parameters: Option<Vec<Vec<u8>>>,
    index: Vec<SampleInfo>,
    samples: SpooledTempFile,
}

impl Growing {
    fn new() -> Self {
        let samples = tempfile::spooled_tempfile(IN_MEMORY);
        Self { parameters: None, index: Vec::new(), samples }
    }

    fn push(&mut self, group: &Group) -> Result<()> {
        let parameters = self.parameters.get_or_insert_with(|| group.parameters.clone());
        if *parameters != group.parameters {
            return Err(Error::encode("movie", "two groups have different parameter sets"));
        }
        for sample in &group.samples {
            self.index.push(sample.info()?);
            self.samples.write_all(&sample.data).map_err(unkept)?;
        }
        Ok(())
    }

    fn finish(self, encoder: &dyn MovieEncoder, spec: &MovieSpec) -> Result<Reel> {
        let parameters = self.parameters.unwrap_or_default();
        let head = encoder.head(spec, &parameters, &self.index)?;
        let samples: u64 = self.index.iter().map(|sample| u64::from(sample.size)).sum();
        let size = head.len() as u64 + samples;
        let samples = Box::new(self.samples);
        Ok(Reel { picture: spec.size, head, samples, size })
    }
}
