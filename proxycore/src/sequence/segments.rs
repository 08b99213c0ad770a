//! The segments of a movie: where they lie, which of them hold, and which nobody needs any more.
//!
//! They lie beside the movie, `a_proxy.segments/` beside `a_proxy.mp4`, each under the hash of all
//! that its bytes come from. So a changed frame is another address, and nothing has to be compared.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::{debug, warn};

use super::segment::Segment;
use super::shot::Shot;
use super::timeline::Timeline;
use super::{Missing, Sequence};
use crate::encode::MovieSpec;
use crate::error::{Error, ErrorKind, Result};
use crate::identity;
use crate::pipeline::state;
use crate::storage::{ObjectAttributes, Storage};

/// Frames of a segment at the most: of 200 frames one segment is 3 %.
pub const LENGTH: usize = 6;
/// Bytes that one is believed to have.
const MOST: u64 = 1 << 30;
const MEDIA_TYPE: &str = "application/octet-stream";

/// The segments of one movie.
#[derive(Debug)]
pub(super) struct Segments {
    storage: Arc<dyn Storage>,
    /// The folder, with its `/`.
    folder: String,
    /// What all addresses share.
    recipe: String,
    /// Whether those that stand may be used.
    trusted: bool,
    /// Those that stood when the run began; nothing where the store cannot tell.
    standing: Option<BTreeSet<String>>,
    used: Mutex<BTreeSet<String>>,
}

impl Segments {
    /// Looks at what stands beside the movie at `key`.
    ///
    /// # Errors
    /// What the store meets.
    pub(super) fn open(
        storage: Arc<dyn Storage>,
        key: &str,
        recipe: String,
        trusted: bool,
    ) -> Result<Self> {
        let stem = key.rsplit_once('.').map_or(key, |(stem, _)| stem);
        let folder = format!("{stem}.segments/");
        let standing = match storage.list(&folder) {
            Ok(objects) => Some(objects.map(|each| Ok(each?.0)).collect::<Result<_>>()?),
            Err(error) if matches!(error.kind(), ErrorKind::Invalid { .. }) => None,
            Err(error) if *error.kind() == ErrorKind::NotFound => Some(BTreeSet::new()),
            Err(error) => return Err(error),
        };
        Ok(Self { storage, folder, recipe, trusted, standing, used: Mutex::default() })
    }

    /// The key of a group of pictures: everything that its bytes and its facts come from.
    pub(super) fn key(
        &self,
        shot: &Shot<'_>,
        spec: &MovieSpec,
        numbers: &[i64],
        burnt: impl Iterator<Item = Vec<String>>,
    ) -> String {
        let MovieSpec { size, pixel_aspect, fps, .. } = spec;
        let mut text = format!(
            "segment 1\n{}\n{}x{} {} {}/{}\n{}\n",
            self.recipe,
            size.width,
            size.height,
            pixel_aspect.to_bits(),
            fps.num,
            fps.den,
            shot.first_told(),
        );
        for number in numbers {
            let shown = source(shot.sequence, shot.timeline, *number);
            _ = writeln!(text, "{number} {shown}");
        }
        burnt.for_each(|lines| _ = writeln!(text, "{lines:?}"));
        format!("{}{}.seg", self.folder, identity::sha256(text.as_bytes()))
    }

    /// The segment at `key`, where one stands that is whole.
    ///
    /// # Errors
    /// What the store meets, but for one that is not there.
    pub(super) fn find(&self, key: &str) -> Result<Option<Segment>> {
        let stands = self.standing.as_ref().is_none_or(|standing| standing.contains(key));
        if !self.trusted || !stands {
            return Ok(None);
        }
        let bytes = match self.read(key) {
            Ok(bytes) => bytes,
            Err(error) if *error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let found = Segment::from_bytes(&bytes);
        match found {
            Some(_) => self.use_up(key),
            None => debug!(key, "is no whole segment, and made anew"),
        }
        Ok(found)
    }

    fn read(&self, key: &str) -> Result<Vec<u8>> {
        let unread = |cause| Error::storage("cannot be read").with_source(cause).at(key);
        let mut bytes = Vec::new();
        self.storage.open(key)?.take(MOST).read_to_end(&mut bytes).map_err(unread)?;
        Ok(bytes)
    }

    /// Stores a segment.
    ///
    /// # Errors
    /// As [`Storage::put`].
    pub(super) fn keep(&self, key: &str, segment: &Segment) -> Result<()> {
        self.storage.put(key, &segment.to_bytes(), &ObjectAttributes::new(MEDIA_TYPE))?;
        self.use_up(key);
        Ok(())
    }

    fn use_up(&self, key: &str) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned());
    }

    /// Removes those that stood before and that the movie does not use any more. The movie stands
    /// by then: what cannot be removed is told and left.
    pub(super) fn sweep(&self) {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        for key in self.standing.iter().flatten().filter(|key| !used.contains(*key)) {
            if let Err(error) = self.storage.delete(key) {
                warn!(key, %error, "a segment that nobody needs is left");
            }
        }
    }
}

/// What a movie shows for a number: a frame in its state, or what stands for one.
fn source(sequence: &Sequence, timeline: &Timeline, number: i64) -> String {
    let shown = timeline.candidates(number).next().and_then(|shown| sequence.frame(shown));
    match (shown, timeline.policy()) {
        (Some(frame), _) => format!("{} {} {}", frame.meta.size, state(&frame.meta), frame.key),
        (None, Missing::Slate) => "slate".to_owned(),
        (None, _) => "black".to_owned(),
    }
}
