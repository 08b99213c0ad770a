//! Reading an object by ranges: what is asked for, a little ahead, and nothing on the disk.
//!
//! Where the decoder has said what it [will read](Input::will_read), just those ranges are fetched,
//! pieces of them ahead of the reader. Where it has not, a read that goes on where the last one
//! ended fetches twice as much as that one did, up to a piece, and from there on pieces ahead; one
//! that jumps starts small. So a header costs a request or two, and a file that is read from end to
//! end few large ones.
//!
//! Every request asks for the state of the object that was opened; another one is
//! [`ErrorKind::Changed`](crate::ErrorKind::Changed).

use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::mpsc::{Receiver, sync_channel};

use bytes::Bytes;
use object_store::path::Path;
use object_store::{GetOptions, GetRange};

use super::{ObjectStorage, entity_tag};
use crate::error::{Error, ErrorKind, Result};
use crate::input::Input;
use crate::runtime;
use crate::storage::ObjectMeta;

/// Bytes of a first read.
const FIRST: u64 = 32 << 10;

/// Bytes of a request at the most.
const PIECE: u64 = 2 << 20;

/// Pieces that are asked for before they are read.
const AHEAD: usize = 3;

/// Pieces that are kept once they are read.
const KEPT: usize = 4;

/// An object, as a reader of it.
#[derive(Debug)]
pub(super) struct Ranged {
    object: Object,
    size: u64,
    position: u64,
    /// What will be read, in pieces, and is not yet asked for.
    plan: VecDeque<Range<u64>>,
    /// What is asked for.
    coming: VecDeque<Coming>,
    /// What is there, the latest last.
    kept: VecDeque<Piece>,
    /// Bytes to ask for, where there is no plan.
    window: u64,
}

#[derive(Debug, Clone)]
struct Object {
    storage: ObjectStorage,
    path: Path,
    key: String,
    etag: Option<String>,
}

#[derive(Debug)]
struct Coming {
    range: Range<u64>,
    bytes: Receiver<Result<Bytes>>,
}

#[derive(Debug, Clone)]
struct Piece {
    start: u64,
    bytes: Bytes,
}

impl Ranged {
    pub(super) fn new(storage: ObjectStorage, path: Path, key: &str, meta: &ObjectMeta) -> Self {
        let object = Object { storage, path, key: key.to_owned(), etag: meta.etag.clone() };
        Self {
            object,
            size: meta.size,
            position: 0,
            plan: VecDeque::new(),
            coming: VecDeque::new(),
            kept: VecDeque::new(),
            window: FIRST,
        }
    }

    /// What there is from the current place on; empty at the end.
    fn here(&mut self) -> Result<Bytes> {
        if self.position >= self.size {
            return Ok(Bytes::new());
        }
        if let Some(bytes) = self.kept.iter().rev().find_map(|piece| piece.from(self.position)) {
            return Ok(bytes);
        }
        let coming = self.coming();
        let piece = coming.wait(&self.object.key)?;
        let bytes = piece.from(self.position);
        self.keep(piece);
        bytes.ok_or_else(|| Error::storage("the store gave other bytes").at(&self.object.key))
    }

    /// The request for what is needed: one that is under way, the next of the plan, or another.
    fn coming(&mut self) -> Coming {
        let at = self.position;
        if let Some(place) = self.coming.iter().position(|coming| coming.range.contains(&at)) {
            let coming = self.coming.drain(..=place).next_back();
            self.ask_ahead();
            if let Some(coming) = coming {
                return coming;
            }
        }
        let Some(place) = self.plan.iter().position(|range| range.contains(&at)) else {
            let range = self.unplanned();
            return self.object.fetch(range);
        };
        let range = self.plan.drain(..=place).next_back();
        let coming = self.object.fetch(at..range.map_or(self.size, |range| range.end));
        self.coming.clear();
        self.ask_ahead();
        coming
    }

    fn ask_ahead(&mut self) {
        while self.coming.len() < AHEAD {
            let Some(range) = self.plan.pop_front() else { return };
            self.coming.push_back(self.object.fetch(range));
        }
    }

    /// A range that grows as long as reads follow each other, and stops before what is there or
    /// will be.
    fn unplanned(&mut self) -> Range<u64> {
        let at = self.position;
        let goes_on = self.kept.back().is_some_and(|piece| piece.end() == at);
        self.window = if goes_on { (self.window * 2).min(PIECE) } else { FIRST };
        let coming = self.coming.iter().map(|coming| coming.range.start);
        let planned = self.plan.iter().map(|range| range.start).chain(coming);
        let known = self.kept.iter().map(|piece| piece.start).chain(planned);
        let end = (at + self.window).min(self.size);
        let end = known.filter(|&start| start > at).fold(end, u64::min);
        if self.window == PIECE && self.plan.is_empty() {
            let ahead = std::iter::once(end..end + AHEAD as u64 * PIECE);
            self.plan = pieces(ahead, self.size, 0);
            self.ask_ahead();
        }
        at..end
    }

    fn keep(&mut self, piece: Piece) {
        self.kept.push_back(piece);
        while self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }
}

impl Object {
    /// Starts a request.
    fn fetch(&self, range: Range<u64>) -> Coming {
        let (sender, bytes) = sync_channel(1);
        let (object, asked) = (self.clone(), range.clone());
        runtime::spawn(async move { _ = sender.send(object.get(asked).await) });
        Coming { range, bytes }
    }

    async fn get(&self, range: Range<u64>) -> Result<Bytes> {
        let failed = |error| self.storage.failure("read", &self.key, &error);
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            if_match: self.etag.clone(),
            ..GetOptions::default()
        };
        let found = self.storage.store.get_opts(&self.path, options).await.map_err(failed)?;
        // not every server knows conditions
        if self.etag.is_some() && found.meta.e_tag.as_deref().map(entity_tag) != self.etag {
            return Err(Error::new(ErrorKind::Changed).at(&self.key));
        }
        found.bytes().await.map_err(failed)
    }
}

impl Coming {
    /// Waits for the bytes.
    fn wait(self, key: &str) -> Result<Piece> {
        let lost = |_| Error::storage("the request was lost").at(key);
        let bytes = self.bytes.recv().map_err(lost)??;
        let asked = self.range.end - self.range.start;
        if bytes.len() as u64 != asked {
            let what = format!("the store gave {} bytes for {asked}", bytes.len());
            return Err(Error::storage(what).at(key));
        }
        Ok(Piece { start: self.range.start, bytes })
    }
}

impl Piece {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// What it has from a place on.
    fn from(&self, place: u64) -> Option<Bytes> {
        let holds = (self.start..self.end()).contains(&place);
        holds.then(|| self.bytes.slice(place.saturating_sub(self.start) as usize..))
    }
}

impl Input for Ranged {
    fn is_remote(&self) -> bool {
        true
    }

    fn will_read(&mut self, ranges: &[Range<u64>]) {
        let is_there = |range: &Range<u64>| {
            self.kept.iter().any(|piece| piece.start <= range.start && range.end <= piece.end())
        };
        let missing = ranges.iter().filter(|range| !is_there(range)).cloned();
        self.plan = pieces(missing, self.size, self.object.storage.gap);
        self.coming.clear();
    }
}

/// Joins ranges that lie side by side, with `gap` bytes between them at the most, and cuts what is
/// long.
fn pieces(ranges: impl Iterator<Item = Range<u64>>, size: u64, gap: u64) -> VecDeque<Range<u64>> {
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        let range = range.start..range.end.min(size);
        match joined.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if (last.start..=last.end.saturating_add(gap)).contains(&range.start) => {
                last.end = last.end.max(range.end);
            }
            _ => joined.push(range),
        }
    }
    let cut = |range: Range<u64>| {
        let starts = (range.start..range.end).step_by(PIECE as usize);
        starts.map(move |start| start..range.end.min(start + PIECE))
    };
    joined.into_iter().flat_map(cut).collect()
}

impl Read for Ranged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let bytes = self.here().map_err(io::Error::other)?;
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Ranged {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(way) => self.size.checked_add_signed(way),
            SeekFrom::Current(way) => self.position.checked_add_signed(way),
        };
        self.position = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]
    fn plans_are_joined_and_cut() {
        let joined =
            |ranges: &[Range<u64>]| Vec::from(pieces(ranges.iter().cloned(), 10 << 20, 10));
        let near = [0..100, 100..200, 210..300];
        assert_eq!(joined(&near), [0..300]);
        assert_eq!(joined(&[0..100, 111..300]), [0..100, 111..300]);
        assert_eq!(joined(&[500..600, 0..100]), [500..600, 0..100]);
        let long = 3 * PIECE / 2;
        assert_eq!(joined(&[7..7 + long]), [7..7 + PIECE, 7 + PIECE..7 + long]);
        let none: [Range<u64>; 0] = [];
        assert_eq!(joined(&[20 << 20..30 << 20]), none);
    }
}
