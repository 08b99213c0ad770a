//! When a picture is shown that is not stored in the order of time: the composition offsets of B-frames.
//!
//! A picture that others refer to is decoded before those that are shown before it. Offsets count
//! from decoding to showing and are not negative (ISO/IEC 14496-12 section 8.6.1.3), so everything is
//! shown a little late; an edit list takes that away again, and the first picture is shown at 0.

use mp4_atom::{Ctts, CttsEntry, Edts, Elst, ElstEntry};

use super::SampleInfo;

/// How much later than decoded the first picture is shown, in frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delay(u32);

impl Delay {
    /// That of a movie; none where every picture is shown as it is decoded.
    pub(super) fn of(samples: &[SampleInfo]) -> Option<Self> {
        let earliest = samples.iter().map(|sample| sample.shift).min()?;
        let is_plain = samples.iter().all(|sample| sample.shift == 0);
        (!is_plain).then(|| Self(earliest.min(0).unsigned_abs()))
    }

    /// The offset of each sample, in ticks of which a frame has `frame`.
    pub(super) fn offsets(self, samples: &[SampleInfo], frame: u32) -> Ctts {
        let mut entries: Vec<CttsEntry> = Vec::new();
        for sample in samples {
            let sample_offset = (i64::from(sample.shift) + i64::from(self.0)) * i64::from(frame);
            match entries.last_mut().filter(|last| last.sample_offset == sample_offset) {
                Some(last) => last.sample_count += 1,
                None => entries.push(CttsEntry { sample_count: 1, sample_offset }),
            }
        }
        Ctts { entries }
    }

    /// The edit that begins with the first picture.
    pub(super) fn edit(self, frame: u32, duration: u64) -> Edts {
        let media_time = Some(u64::from(self.0) * u64::from(frame));
        let entry = ElstEntry { segment_duration: duration, media_time, media_rate: 1.into() };
        Edts { elst: Some(Elst { entries: vec![entry] }) }
    }
}
