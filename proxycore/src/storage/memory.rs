//! Objects in a map, for tests and for programs that keep the results to themselves.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Listing, ObjectAttributes, ObjectMeta, Storage, check_prefix, not_found};
use crate::error::Result;
use crate::input::Input;
use crate::{key, timestamp};

/// A store that lives as long as it is held.
///
/// Open inputs keep the bytes they were opened on.
///
/// # Examples
/// ```
/// use proxycore::storage::{MemoryStorage, ObjectAttributes, Storage};
///
/// let store = MemoryStorage::new("renders");
/// store.put("a.jpg", b"...", &ObjectAttributes::new("image/jpeg"))?;
/// assert_eq!(store.head("a.jpg")?.size, 3);
/// assert_eq!(store.uri("a.jpg"), "memory://renders/a.jpg");
/// # Ok::<(), proxycore::Error>(())
/// ```
#[derive(Debug)]
pub struct MemoryStorage {
    bucket: String,
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    objects: BTreeMap<String, Object>,
    puts: u64,
}

#[derive(Debug)]
struct Object {
    bytes: Arc<[u8]>,
    meta: ObjectMeta,
}

impl MemoryStorage {
    /// Makes an empty store of that name.
    #[must_use]
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), shelf: Mutex::default() }
    }

    /// The keys of all objects, sorted.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.shelf().objects.keys().cloned().collect()
    }

    /// Each change is one insertion or removal, so a panic elsewhere leaves the map whole.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find<T>(&self, key: &str, found: impl FnOnce(&Object) -> T) -> Result<T> {
        key::check(key)?;
        self.shelf().objects.get(key).map(found).ok_or_else(|| not_found(key))
    }
}

impl Shelf {
    fn put(&mut self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) {
        self.puts += 1;
        let meta = ObjectMeta {
            size: bytes.len() as u64,
            last_modified: timestamp::now(),
            etag: Some(self.puts.to_string()),
            attributes: attributes.clone(),
        };
        self.objects.insert(key.to_owned(), Object { bytes: Arc::from(bytes), meta });
    }
}

impl Storage for MemoryStorage {
    fn uri(&self, key: &str) -> String {
        format!("memory://{}/{key}", self.bucket)
    }

    fn bucket(&self) -> &str {
        &self.bucket
    }

    fn head(&self, key: &str) -> Result<ObjectMeta> {
        self.find(key, |object| object.meta.clone())
    }

    fn open(&self, key: &str) -> Result<Box<dyn Input>> {
        self.find(key, |object| Box::new(Cursor::new(Arc::clone(&object.bytes))) as _)
    }

    fn list(&self, prefix: &str) -> Result<Listing<'_>> {
        check_prefix(prefix)?;
        let plain = |meta: &ObjectMeta| ObjectMeta { attributes: <_>::default(), ..meta.clone() };
        let shelf = self.shelf();
        let below = shelf.objects.range(prefix.to_owned()..);
        let below = below.take_while(|(key, _)| key.starts_with(prefix));
        let found: Vec<_> =
            below.map(|(key, object)| Ok((key.clone(), plain(&object.meta)))).collect();
        Ok(Box::new(found.into_iter()))
    }

    fn put(&self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) -> Result<()> {
        key::check(key)?;
        self.shelf().put(key, bytes, attributes);
        Ok(())
    }

    fn put_new(&self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) -> Result<bool> {
        key::check(key)?;
        let mut shelf = self.shelf();
        let is_new = !shelf.objects.contains_key(key);
        if is_new {
            shelf.put(key, bytes, attributes);
        }
        Ok(is_new)
    }

    fn delete(&self, key: &str) -> Result<()> {
        key::check(key)?;
        self.shelf().objects.remove(key);
        Ok(())
    }
}
