//! Where sources are read from and renditions written to: one small trait, [`Storage`].
//!
//! An object is bytes under a key, with [`ObjectAttributes`] beside them, as object stores have it.
//! [`LocalStorage`] keeps objects as files in a folder, [`MemoryStorage`] in a map. A store does not
//! know what is in an object.

mod blocks;
mod local;
mod location;
mod memory;
#[cfg(feature = "_object_store")]
mod object;
mod options;
mod place;
mod stores;
mod url;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::input::Input;
use crate::key;

pub use local::LocalStorage;
pub(crate) use location::location;
pub use memory::MemoryStorage;
#[cfg(feature = "_object_store")]
pub use object::ObjectStorage;
pub use options::ObjectOptions;
pub use place::{Place, Root};
pub use stores::Stores;
pub use url::{ObjectUrl, Scheme};

/// A place that holds objects under keys.
///
/// Calls come from any thread, also for one key at once: one [`put`](Self::put) wins then, and its
/// bytes never come with the attributes of another, though they may come with none. Keys are relative and in the normal form of
/// [`key::check`]; a store refuses all others with
/// [`ErrorKind::Invalid`].
///
/// A missing object is [`ErrorKind::NotFound`], a missing right [`ErrorKind::Denied`], everything
/// else that fails is [`ErrorKind::Storage`], which may pass and so
/// [is retryable](crate::Error::is_retryable); either names the key. Every call may be done again.
pub trait Storage: Debug + Send + Sync {
    /// Names the object for others, such as `s3://bucket/key`, whether or not it exists.
    fn uri(&self, key: &str) -> String;

    /// Names the store itself, for the row's `s3_bucket`: the bucket, or the folder of a local one.
    fn bucket(&self) -> &str;

    /// Says what is known of an object without reading it.
    ///
    /// # Errors
    /// As the trait says.
    fn head(&self, key: &str) -> Result<ObjectMeta>;

    /// Opens an object for reading from any place in it. Nothing need be read yet: an input over a
    /// network fetches the ranges that are asked for.
    ///
    /// # Errors
    /// As the trait says. What fails later comes out of the input as [`std::io::Error`].
    fn open(&self, key: &str) -> Result<Box<dyn Input>>;

    /// Opens an object in the state that `meta` tells of. An object that is in another one is
    /// [`ErrorKind::Changed`], here or out of the input.
    ///
    /// A store that cannot tell states apart opens what there is.
    ///
    /// # Errors
    /// As the trait says.
    fn open_state(&self, key: &str, meta: &ObjectMeta) -> Result<Box<dyn Input>> {
        let input = self.open(key)?;
        if meta.etag.is_some() && self.head(key)?.etag != meta.etag {
            return Err(Error::new(ErrorKind::Changed).at(key));
        }
        Ok(input)
    }

    /// Lists all objects whose keys start with `prefix`, a folder's name with its `/`, or with
    /// nothing for the whole store. Pages are fetched as the list is read; attributes are left out.
    ///
    /// # Errors
    /// As the trait says, out of the list as well, which then ends or goes on with what can be
    /// listed. A store that cannot list is [`ErrorKind::Invalid`].
    fn list(&self, prefix: &str) -> Result<Listing<'_>> {
        Err(Error::invalid("source", "this store cannot list what it holds").at(prefix))
    }

    /// Lists the objects of a folder, named as in [`list`](Self::list), and none of the folders in it.
    ///
    /// A store that has no such list makes one of all that is below the folder.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    fn list_folder(&self, folder: &str) -> Result<Listing<'_>> {
        let start = folder.len();
        let lies_in = move |key: &str| key.get(start..).is_some_and(|name| !name.contains('/'));
        let below = self.list(folder)?;
        Ok(Box::new(
            below.filter(move |object| object.as_ref().map_or(true, |(key, _)| lies_in(key))),
        ))
    }

    /// Writes an object, or replaces it. A reader sees the old object or the new one, never a part
    /// of either, and once this returns the object outlasts a crash as well as the store can make
    /// it. After an error the old object still stands, or the new one without its attributes.
    ///
    /// # Errors
    /// As the trait says.
    fn put(&self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) -> Result<()>;

    /// Writes an object as [`put`](Self::put) does where none stands under the key, and says whether it
    /// did: of two that write a new object at once, one does.
    ///
    /// A store that cannot tell looks first and writes then, and so may be overtaken in between.
    ///
    /// # Errors
    /// As the trait says.
    fn put_new(&self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) -> Result<bool> {
        if stands(self, key)? {
            return Ok(false);
        }
        self.put(key, bytes, attributes).map(|()| true)
    }

    /// Writes an object of `size` bytes that `content` gives, as [`put`](Self::put) does, for what is
    /// too long for memory. Where `content` fails, or is of another length, the old object stands.
    ///
    /// A store that cannot take an object by pieces reads all of it first.
    ///
    /// # Errors
    /// As the trait says, and for a `content` that fails.
    fn put_from(
        &self,
        key: &str,
        content: &mut dyn Read,
        size: u64,
        attributes: &ObjectAttributes,
    ) -> Result<()> {
        let bytes = blocks::whole(content, size).map_err(|error| error.at(key))?;
        self.put(key, &bytes, attributes)
    }

    /// Removes an object and its attributes. One that does not exist is removed already.
    ///
    /// # Errors
    /// As the trait says.
    fn delete(&self, key: &str) -> Result<()>;
}

/// Objects of a list, in no promised order.
pub type Listing<'a> = Box<dyn Iterator<Item = Result<(String, ObjectMeta)>> + Send + 'a>;

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ObjectMeta {
    /// Bytes.
    pub size: u64,
    /// When it was written, as [`iso8601`](crate::timestamp::iso8601) writes it; empty where the
    /// store does not say.
    pub last_modified: String,
    /// A name for this state of the object: where it is the same, so are the bytes.
    pub etag: Option<String>,
    /// What was put beside the bytes, as far as the store still knows it.
    pub attributes: ObjectAttributes,
}

/// What stands beside an object's bytes. The default is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObjectAttributes {
    /// The media type for HTTP, such as `image/jpeg`.
    pub content_type: Option<String>,
    /// Tags, which a store can search and set rules by.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// User metadata, which comes with the object.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

impl ObjectAttributes {
    /// Begins with a media type, such as `image/jpeg`.
    #[must_use]
    pub fn new(content_type: impl Into<String>) -> Self {
        Self { content_type: Some(content_type.into()), ..Self::default() }
    }

    /// Adds a tag.
    #[must_use]
    pub fn with_tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(name.into(), value.into());
        self
    }

    /// Adds an entry of user metadata.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }
}

/// Checks that a prefix names a folder: nothing, or a key and a `/`.
fn check_prefix(prefix: &str) -> Result<()> {
    if prefix.is_empty() {
        return Ok(());
    }
    let folder = prefix.strip_suffix('/');
    let folder =
        folder.ok_or_else(|| Error::invalid("prefix", "does not end in `/`").at(prefix))?;
    key::check(folder)
}

/// Whether an object stands at a key.
fn stands<S: Storage + ?Sized>(store: &S, key: &str) -> Result<bool> {
    match store.head(key) {
        Err(error) if *error.kind() == ErrorKind::NotFound => Ok(false),
        told => told.map(|_| true),
    }
}

fn not_found(key: &str) -> Error {
    Error::new(ErrorKind::NotFound).at(key)
}
