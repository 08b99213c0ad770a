//! What a run is of, as its objects, its row and its event tell it: one source, or a sequence.

use crate::identity;
use crate::source::Source;
use crate::storage::ObjectMeta;

/// Whom a run's outputs belong to, and in which state it was.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) key: String,
    pub(crate) uri: String,
    pub(crate) bucket: String,
    /// Bytes, of all its files.
    pub(crate) size: u64,
    /// When its newest file was written.
    pub(crate) last_modified: String,
    /// A name for the state that it is in: where that is the same, so are the bytes.
    pub(crate) state: String,
}

impl Subject {
    /// Names it in every state it may be in.
    pub(crate) fn asset_id(&self) -> String {
        identity::asset_id(&self.key)
    }

    /// Names it in the state it is in.
    pub(crate) fn file_id(&self) -> String {
        identity::file_id(&self.key, &self.last_modified)
    }
}

impl From<&Source> for Subject {
    fn from(source: &Source) -> Self {
        let meta = source.meta();
        Self {
            key: source.key().to_owned(),
            uri: source.uri(),
            bucket: source.bucket().to_owned(),
            size: meta.size,
            last_modified: meta.last_modified.clone(),
            state: state(meta).to_owned(),
        }
    }
}

/// The object's `ETag`, or its modification time where there is none.
pub(crate) fn state(meta: &ObjectMeta) -> &str {
    meta.etag.as_deref().unwrap_or(&meta.last_modified)
}
