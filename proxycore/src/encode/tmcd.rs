//! The timecode track: QuickTime's `tmcd`, as players and editors read it from MP4 too.
//!
//! One sample, the frame that the movie starts with, counted from midnight, holds for all of it.
//! `QuickTime File Format`, "Timecode Media". Its sample entry is none of ISO's, so the boxes around
//! it are laid out here.

use mp4_atom::{
    Dinf, Dref, Encode, FourCC, Hdlr, Mdhd, Nmhd, Stco, Stsc, StscEntry, Stsz, StszSamples, Stts,
    SttsEntry, Tkhd, TrackReferenceTypeBox, Tref, Url,
};

use super::mp4::box_into;
use crate::error::Result;
use crate::image::{Rational, Timecode};

/// The track's number.
pub(super) const TRACK: u32 = 2;
/// Bytes of its sample.
pub(super) const SAMPLE: usize = 4;
/// Timecodes of dropped numbers (flags of the sample entry).
const DROP_FRAME: u32 = 1;

/// When a movie starts, and how its clock ticks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) timecode: Timecode,
    pub(super) fps: Rational,
    /// Ticks of a second and of a frame.
    pub(super) second: u32,
    pub(super) frame: u32,
    /// Ticks of the movie.
    pub(super) duration: u64,
}

impl Start {
    /// The sample: frames since midnight.
    pub(super) fn sample(&self) -> [u8; SAMPLE] {
        self.timecode.frame_count(self.fps).to_be_bytes()
    }

    /// The track, whose sample lies at `offset` of the file.
    pub(super) fn track(&self, offset: u64) -> Result<Vec<u8>> {
        let tkhd = Tkhd { track_id: TRACK, duration: self.duration, ..Tkhd::default() };
        let mdhd = Mdhd {
            timescale: self.second,
            duration: self.duration,
            language: "und".into(),
            ..Mdhd::default()
        };
        let hdlr = Hdlr { handler: FourCC::new(b"tmcd"), name: "timecode".into() };
        let dinf = Dinf { dref: Dref { entries: vec![Url::default().into()] } };
        let minf = [encoded(&Nmhd {})?, encoded(&dinf)?, self.stbl(offset)?].concat();
        let mdia = [encoded(&mdhd)?, encoded(&hdlr)?, boxed(*b"minf", &minf)].concat();
        Ok(boxed(*b"trak", &[encoded(&tkhd)?, boxed(*b"mdia", &mdia)].concat()))
    }

    fn stbl(&self, offset: u64) -> Result<Vec<u8>> {
        // one chunk, one sample, as long as the movie
        let delta = u32::try_from(self.duration).unwrap_or(u32::MAX);
        let stts = Stts { entries: vec![SttsEntry { sample_count: 1, sample_delta: delta }] };
        let entry = StscEntry { first_chunk: 1, samples_per_chunk: 1, sample_description_index: 1 };
        let stsz = StszSamples::Identical { count: 1, size: SAMPLE as u32 };
        let parts = [
            self.stsd(),
            encoded(&stts)?,
            encoded(&Stsc { entries: vec![entry] })?,
            encoded(&Stsz { samples: stsz })?,
            // it lies right after the index, which is never so long
            encoded(&Stco { entries: vec![offset as u32] })?,
        ];
        Ok(boxed(*b"stbl", &parts.concat()))
    }

    fn stsd(&self) -> Vec<u8> {
        let flags = if self.timecode.drop_frame { DROP_FRAME } else { 0 };
        let frames = self.fps.nominal().min(u8::MAX.into()) as u8;
        let entry = [
            // reserved, and the data reference's number
            &[0, 0, 0, 0, 0, 0, 0, 1][..],
            &[0; 4],
            &flags.to_be_bytes(),
            &self.second.to_be_bytes(),
            &self.frame.to_be_bytes(),
            &[frames, 0],
        ];
        // version and flags, and one entry
        let head = [0, 0, 0, 0, 0, 0, 0, 1];
        boxed(*b"stsd", &[&head[..], &boxed(*b"tmcd", &entry.concat())].concat())
    }
}

/// What points from the picture's track to this.
pub(super) fn reference() -> Tref {
    let reference_type = FourCC::new(b"tmcd");
    let one = TrackReferenceTypeBox { reference_type, track_ids: vec![TRACK] };
    Tref { track_reference_type_boxes: vec![one] }
}

fn encoded(atom: &impl Encode) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    box_into(atom, &mut bytes)?;
    Ok(bytes)
}

fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], &kind, body].concat()
}
