//! An object in parts, of which no more are in memory than are on their way.
//!
//! The object shows once the upload is completed. However else it ends, by a part that fails, by
//! one that cannot be had or by a panic of whoever makes them, it is aborted: a store keeps the parts
//! of an upload that nobody ended, and charges for them.

use std::mem;

use bytes::Bytes;
use object_store::{Error as StoreError, MultipartUpload, PutPayload, Result as StoreResult};
use tokio::task::{JoinError, JoinSet};

use crate::error::{Error, Result};
use crate::runtime::wait;

/// Bytes of a part, where there need not be more.
const PART: u64 = 8 << 20;

/// Parts that S3 and Google take of one object; Azure takes more.
const PARTS: u64 = 10_000;

/// Bytes that every store takes as one object: 5 TiB. They bound what a part can be.
const LONGEST: u64 = 5 << 40;

/// Parts on their way at a time.
const PARTS_AT_ONCE: usize = 4;

/// Bytes of each part of an object of `size` bytes.
///
/// # Errors
/// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for more bytes than stores take.
pub(super) fn part(size: u64) -> Result<u64> {
    Error::check_limit("bytes of an object", LONGEST, size)?;
    Ok(size.div_ceil(PARTS).max(PART))
}

/// An upload that was begun. Dropped, it is aborted.
pub(super) struct Upload {
    /// None once it is completed.
    upload: Option<Box<dyn MultipartUpload>>,
    under_way: JoinSet<StoreResult<()>>,
}

impl Upload {
    pub(super) fn new(upload: Box<dyn MultipartUpload>) -> Self {
        Self { upload: Some(upload), under_way: JoinSet::new() }
    }

    /// Sends the next part, and waits until there is room for another one.
    ///
    /// # Errors
    /// What this part or one before it failed with.
    pub(super) fn send(&mut self, part: Bytes) -> StoreResult<()> {
        let Some(upload) = &mut self.upload else { return Ok(()) };
        let sending = upload.put_part(PutPayload::from_bytes(part));
        let mut under_way = mem::take(&mut self.under_way);
        let (sent, under_way) = wait(async move {
            under_way.spawn(sending);
            (thin_out(&mut under_way, PARTS_AT_ONCE - 1).await, under_way)
        });
        self.under_way = under_way;
        sent
    }

    /// Waits for all parts, and makes them the object.
    ///
    /// # Errors
    /// What a part or the store failed with.
    pub(super) fn complete(mut self) -> StoreResult<()> {
        let Some(mut upload) = self.upload.take() else { return Ok(()) };
        let mut under_way = mem::take(&mut self.under_way);
        let (completed, upload, under_way) = wait(async move {
            let sent = thin_out(&mut under_way, 0).await;
            let completed = match sent {
                Ok(()) => upload.complete().await.map(drop),
                failed => failed,
            };
            (completed, upload, under_way)
        });
        if completed.is_err() {
            (self.upload, self.under_way) = (Some(upload), under_way);
        }
        completed
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take() else { return };
        let mut under_way = mem::take(&mut self.under_way);
        let aborted = wait(async move {
            // a part that arrives after the abort would stay
            under_way.shutdown().await;
            upload.abort().await
        });
        // what failed is told; that its parts stay as well is the store's to sweep
        if let Err(error) = aborted {
            tracing::warn!(%error, "cannot abort the upload");
        }
    }
}

/// Waits until no more than `most` parts are under way.
async fn thin_out(under_way: &mut JoinSet<StoreResult<()>>, most: usize) -> StoreResult<()> {
    while under_way.len() > most {
        let ended = under_way.join_next().await;
        ended.unwrap_or(Ok(Ok(()))).unwrap_or_else(panicked)?;
    }
    Ok(())
}

fn panicked(source: JoinError) -> StoreResult<()> {
    Err(StoreError::JoinError { source })
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use object_store::{PutResult, UploadPart};

    use super::*;

    /// What became of an upload.
    #[derive(Debug, Default)]
    struct Fate {
        parts: AtomicUsize,
        landed: AtomicUsize,
        ended: Mutex<Vec<&'static str>>,
    }

    impl Fate {
        fn ended(&self) -> Vec<&'static str> {
            self.ended.lock().unwrap().clone()
        }
    }

    /// An upload of which a part fails, or the completion.
    #[derive(Debug)]
    struct Double {
        fate: Arc<Fate>,
        broken: Option<usize>,
        completes: bool,
    }

    type Answer<'a, T> = Pin<Box<dyn Future<Output = StoreResult<T>> + Send + 'a>>;

    impl MultipartUpload for Double {
        fn put_part(&mut self, _: PutPayload) -> UploadPart {
            let (fate, at) = (Arc::clone(&self.fate), self.fate.parts.load(Ordering::Relaxed));
            self.fate.parts.store(at + 1, Ordering::Relaxed);
            let breaks = self.broken == Some(at);
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(2)).await;
                fate.landed.fetch_add(1, Ordering::Relaxed);
                if breaks { Err(broken()) } else { Ok(()) }
            })
        }

        fn complete<'a, 'b>(&'a mut self) -> Answer<'b, PutResult>
        where
            'a: 'b,
        {
            let result = PutResult { e_tag: None, version: None, extensions: <_>::default() };
            self.fate.ended.lock().unwrap().push("completed");
            Box::pin(async { if self.completes { Ok(result) } else { Err(broken()) } })
        }

        fn abort<'a, 'b>(&'a mut self) -> Answer<'b, ()>
        where
            'a: 'b,
        {
            self.fate.ended.lock().unwrap().push("aborted");
            Box::pin(async { Ok(()) })
        }
    }

    fn broken() -> StoreError {
        StoreError::Generic { store: "S3", source: "as planned".into() }
    }

    fn upload(broken: Option<usize>, completes: bool) -> (Upload, Arc<Fate>) {
        let fate = Arc::new(Fate::default());
        let double = Double { fate: Arc::clone(&fate), broken, completes };
        (Upload::new(Box::new(double)), fate)
    }

    #[test]
    fn a_part_is_asked_for_once_there_is_room_for_it() {
        let (mut upload, fate) = upload(None, true);
        let mut most = 0;
        for sent in 1..=20 {
            most = most.max(sent - fate.landed.load(Ordering::Relaxed));
            upload.send(Bytes::from_static(b"part")).unwrap();
        }
        assert!(most > 1 && most <= PARTS_AT_ONCE, "{most}");
        upload.complete().unwrap();
        assert_eq!(fate.landed.load(Ordering::Relaxed), 20);
        assert_eq!(fate.ended(), ["completed"]);
    }

    #[test]
    fn a_part_that_fails_ends_the_upload() {
        for broken in [0, 3, 11] {
            let (mut upload, fate) = upload(Some(broken), true);
            let parts = [b"part"; 12].into_iter();
            let sent = { parts }.try_for_each(|part| upload.send(Bytes::from_static(part)));
            let ended = sent.and_then(|()| upload.complete());
            assert!(ended.unwrap_err().to_string().contains("as planned"));
            assert_eq!(fate.ended(), ["aborted"], "{broken}");
        }
    }

    #[test]
    fn an_upload_that_cannot_be_completed_is_aborted() {
        let (upload, fate) = upload(None, false);
        upload.complete().unwrap_err();
        assert_eq!(fate.ended(), ["completed", "aborted"]);
    }

    #[test]
    fn an_upload_that_is_given_up_is_aborted() {
        let (mut upload, fate) = upload(None, true);
        upload.send(Bytes::from_static(b"part")).unwrap();
        drop(upload);
        assert_eq!(fate.ended(), ["aborted"]);
    }

    #[test]
    fn parts_grow_where_there_would_be_too_many() {
        assert_eq!(part(16 << 20).unwrap(), PART);
        assert_eq!(part(PART * PARTS).unwrap(), PART);
        for size in [PART * PARTS + 1, 100 << 30, LONGEST - 1, LONGEST] {
            let part = part(size).unwrap();
            assert!(part >= PART && size.div_ceil(part) <= PARTS, "{size}: {part}");
        }
        assert_eq!(part(LONGEST + 1).unwrap_err().kind().name(), "limit");
    }
}
