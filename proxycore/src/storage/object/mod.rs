//! Objects in an object store: S3 and what speaks like it, Google Cloud Storage, Azure Blob Storage.
//!
//! Reading fetches ranges and keeps nothing on the disk ([`ranged`]). Writing is one put, or a
//! multipart upload for what is long ([`upload`]); neither shows before it is whole. Requests that
//! may pass are made again ([`Retry`]); redirects are not followed, for they would take the
//! credentials along.

mod attributes;
mod client;
mod connect;
mod ranged;
mod upload;

use std::io::Read;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{
    GetOptions, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload,
};

use super::blocks::{self, Blocks};
use super::{
    Listing, ObjectAttributes, ObjectMeta, ObjectOptions, Scheme, Storage, check_prefix, stands,
};
use crate::error::{Error, ErrorKind, Result};
use crate::input::Input;
use crate::runtime::wait;
use crate::{key, timestamp};

use self::ranged::Ranged;
use self::upload::Upload;

/// Bytes from which an object is uploaded in parts.
const MULTIPART: u64 = 16 << 20;

/// Objects of a list that are fetched ahead of whoever reads it.
const PAGE: usize = 1000;

/// A bucket (or container) of an object store.
///
/// Attributes are the content type, tags and user metadata; the tags are written, and not read back
/// by [`head`](Storage::head), as a store gives them on another way only.
#[derive(Debug, Clone)]
pub struct ObjectStorage {
    store: Arc<dyn ObjectStore>,
    scheme: Scheme,
    bucket: String,
    gap: u64,
}

impl ObjectStorage {
    /// Makes a store of a bucket. Nothing is asked of the server yet.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for options that make no sense, or a scheme that this build lacks the
    /// feature for.
    pub fn new(scheme: Scheme, bucket: &str, options: &ObjectOptions) -> Result<Self> {
        let store = connect::connect(scheme, bucket, options)?;
        Ok(Self { store, scheme, bucket: bucket.to_owned(), gap: options.gap })
    }

    fn path(key: &str) -> Result<Path> {
        key::check(key)?;
        Path::parse(key).map_err(|error| {
            Error::invalid("key", "is none of an object").with_source(error).at(key)
        })
    }

    /// The folder that a prefix names; nothing for the whole store.
    fn folder(prefix: &str) -> Result<Option<Path>> {
        check_prefix(prefix)?;
        let path = (!prefix.is_empty()).then(|| Path::parse(prefix)).transpose();
        path.map_err(|error| Error::invalid("prefix", error.to_string()).at(prefix))
    }

    /// Runs a request to its end, and says with which object it failed.
    fn ask<T: Send + 'static>(
        &self,
        tried: &str,
        key: &str,
        request: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Result<T> {
        wait(request).map_err(|error| self.failure(tried, key, &error))
    }

    fn failure(&self, tried: &str, key: &str, error: &object_store::Error) -> Error {
        let uri = self.uri(key);
        let failure = connect::failure(tried, &uri, error);
        if key.is_empty() { failure.at(uri) } else { failure.at(key) }
    }
}

impl Storage for ObjectStorage {
    fn uri(&self, key: &str) -> String {
        format!("{}://{}/{key}", self.scheme.name(), self.bucket)
    }

    fn bucket(&self) -> &str {
        &self.bucket
    }

    fn head(&self, key: &str) -> Result<ObjectMeta> {
        let (store, path) = (Arc::clone(&self.store), Self::path(key)?);
        let options = GetOptions { head: true, ..GetOptions::default() };
        let found =
            self.ask("look at", key, async move { store.get_opts(&path, options).await })?;
        let attributes = attributes::read(self.scheme, &found.attributes);
        Ok(ObjectMeta { attributes, ..meta(&found.meta) })
    }

    fn open(&self, key: &str) -> Result<Box<dyn Input>> {
        let meta = self.head(key)?;
        self.open_state(key, &meta)
    }

    fn open_state(&self, key: &str, meta: &ObjectMeta) -> Result<Box<dyn Input>> {
        let path = Self::path(key)?;
        Ok(Box::new(Ranged::new(self.clone(), path, key, meta)))
    }

    fn list(&self, prefix: &str) -> Result<Listing<'_>> {
        let path = Self::folder(prefix)?;
        let mut pages = Some(self.store.list(path.as_ref()).chunks(PAGE));
        let prefix = prefix.to_owned();
        let listed = std::iter::from_fn(move || {
            let mut rest = pages.take()?;
            let (page, rest) = wait(async move { (rest.next().await, rest) });
            pages = page.is_some().then_some(rest);
            page
        });
        Ok(Box::new(listed.flatten().filter_map(move |found| self.listed(&prefix, found))))
    }

    /// By the delimiter `/`, so that nothing is fetched of the folders in it.
    fn list_folder(&self, folder: &str) -> Result<Listing<'_>> {
        let (store, path) = (Arc::clone(&self.store), Self::folder(folder)?);
        let list = async move { store.list_with_delimiter(path.as_ref()).await };
        let objects = self.ask("list", folder, list)?.objects;
        let folder = folder.to_owned();
        Ok(Box::new(objects.into_iter().filter_map(move |found| self.listed(&folder, Ok(found)))))
    }

    fn put(&self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) -> Result<()> {
        if (bytes.len() as u64) < MULTIPART {
            let bytes = Bytes::copy_from_slice(bytes);
            return self.put_whole(key, bytes, attributes, PutMode::Overwrite).map(drop);
        }
        let part = upload::part(bytes.len() as u64).map_err(|error| error.at(key))?;
        let part = usize::try_from(part).unwrap_or(usize::MAX);
        let parts = bytes.chunks(part).map(|part| Ok(Bytes::copy_from_slice(part)));
        self.put_parts(key, parts, attributes)
    }

    /// An upload in parts knows no condition; and not every server that speaks like S3 knows one at all.
    fn put_new(&self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) -> Result<bool> {
        if (bytes.len() as u64) < MULTIPART {
            let sent = Bytes::copy_from_slice(bytes);
            match self.put_whole(key, sent, attributes, PutMode::Create) {
                Err(error) if matches!(error.kind(), ErrorKind::Storage { .. }) => {
                    tracing::debug!(%error, key, "is written without a condition");
                }
                told => return told,
            }
        }
        if stands(self, key)? {
            return Ok(false);
        }
        self.put(key, bytes, attributes).map(|()| true)
    }

    fn put_from(
        &self,
        key: &str,
        content: &mut dyn Read,
        size: u64,
        attributes: &ObjectAttributes,
    ) -> Result<()> {
        let located = |error: Error| error.at(key);
        if size < MULTIPART {
            let bytes = blocks::whole(content, size).map_err(located)?;
            return self.put_whole(key, bytes.into(), attributes, PutMode::Overwrite).map(drop);
        }
        let part = upload::part(size).map_err(located)?;
        let parts = Blocks::new(content, size, part).map(|part| Ok(part.map_err(located)?.into()));
        self.put_parts(key, parts, attributes)
    }

    fn delete(&self, key: &str) -> Result<()> {
        let (store, path) = (Arc::clone(&self.store), Self::path(key)?);
        match self.ask("remove", key, async move { store.delete(&path).await }) {
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }
}

impl ObjectStorage {
    /// Writes an object in one request, and says whether it did: not where it should be a new one, and
    /// there is one.
    fn put_whole(
        &self,
        key: &str,
        bytes: Bytes,
        attributes: &ObjectAttributes,
        mode: PutMode,
    ) -> Result<bool> {
        let (store, path) = (Arc::clone(&self.store), Self::path(key)?);
        let (attributes, tags) = attributes::written(self.scheme, attributes);
        let options = PutOptions { mode, attributes, tags, ..PutOptions::default() };
        let payload = PutPayload::from_bytes(bytes);
        match wait(async move { store.put_opts(&path, payload, options).await }) {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(self.failure("write", key, &error)),
        }
    }

    /// Writes what comes in parts, on this thread: to get one may mean to read a disk.
    fn put_parts(
        &self,
        key: &str,
        mut parts: impl Iterator<Item = Result<Bytes>>,
        attributes: &ObjectAttributes,
    ) -> Result<()> {
        let (store, path) = (Arc::clone(&self.store), Self::path(key)?);
        let (attributes, tags) = attributes::written(self.scheme, attributes);
        let options = PutMultipartOptions { attributes, tags, ..PutMultipartOptions::default() };
        let begun = async move { store.put_multipart_opts(&path, options).await };
        let mut upload = Upload::new(self.ask("write", key, begun)?);
        let failed = |error| self.failure("write", key, &error);
        parts.try_for_each(|part| upload.send(part?).map_err(failed))?;
        upload.complete().map_err(failed)
    }

    /// What of a list is an object with a key. A store may hold others, folders' markers for one.
    fn listed(
        &self,
        prefix: &str,
        found: object_store::Result<object_store::ObjectMeta>,
    ) -> Option<Result<(String, ObjectMeta)>> {
        match found {
            Ok(found) => {
                let key = found.location.as_ref();
                let is_object = key::check(key).is_ok() && key.starts_with(prefix);
                is_object.then(|| Ok((key.to_owned(), meta(&found))))
            }
            Err(error) => Some(Err(self.failure("list", prefix, &error))),
        }
    }
}

fn meta(of: &object_store::ObjectMeta) -> ObjectMeta {
    ObjectMeta {
        size: of.size,
        last_modified: timestamp::iso8601(SystemTime::from(of.last_modified)),
        etag: of.e_tag.as_deref().map(entity_tag),
        ..ObjectMeta::default()
    }
}

/// An entity tag with the quotes of RFC 9110: Azure lists it without.
fn entity_tag(tag: &str) -> String {
    if tag.ends_with('"') { tag.to_owned() } else { format!("\"{tag}\"") }
}
