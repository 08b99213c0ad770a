//! Rows in a PostgreSQL database: the one that a studio shares.
//!
//! Schema, tables and indices are made where they are missing, by one worker at a time. A write is
//! one transaction, so what is killed at any moment leaves all rows of a source or none; it is
//! committed as durably as the server's `synchronous_commit` says. A connection that broke is made
//! anew, and the write done again, for about half a minute: a restart of the server costs a wait.
//! Nothing waits for ever: connecting, each statement and each attempt have their time.
//!
//! No statement stays prepared and no setting outlives its transaction, so a pool of connections
//! may stand between.

mod session;
mod target;
mod tls;

use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{MetadataSink, ProxyRecord, RenditionRecord, Written};
use crate::error::{Error, Result};
use crate::retry::Retry;
use crate::runtime;

use session::{Failure, Session};
use target::Target;

/// The sink's name in errors.
const SINK: &str = "PostgreSQL";

/// Keeps rows in the tables `proxy_outputs` and `proxy_renditions` of a schema.
pub struct PostgresMetadata {
    target: Arc<Target>,
    session: Mutex<Option<Session>>,
    retry: Retry,
}

impl PostgresMetadata {
    /// The schema that the inspector's tables are in.
    pub const SCHEMA: &str = "exr_metadata_2";

    /// Connects to a database, and makes what is missing in it. Any number of workers may do so at
    /// once. Without a right to make tables, those of the full shape do.
    ///
    /// The URL is `postgres://user@host:5432/database`, or `postgres://user@/database?host=FOLDER`
    /// for a socket. Without a password in it, `PGPASSWORD` has it. `sslmode` says how far to trust
    /// the network: `disable` is plain; `prefer`, the default, is TLS where the server has it, with
    /// any certificate; `require` is TLS with a certificate that the machine trusts for that host,
    /// for which `verify-full` is another name.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for what is no such URL or no name of a
    /// schema, [`ErrorKind::Denied`](crate::ErrorKind::Denied) where the server does not let us in,
    /// [`ErrorKind::Sink`](crate::ErrorKind::Sink) where it cannot be had.
    pub fn connect(url: &str, schema: &str) -> Result<Self> {
        let target = Arc::new(Target::parse(url, schema)?);
        // who has just typed the URL does not want to wait long for a host that is none
        let soon = Retry::default().with_deadline(Duration::from_secs(15));
        let session = attempts(soon, || open(&target))?;
        let retry = Retry::default().with_calls(20).with_deadline(Duration::from_secs(30));
        Ok(Self { target, session: Mutex::new(Some(session)), retry })
    }

    /// Sets how often and how long a write is tried; the default is 20 times in half a minute.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Writes once, over the connection that there is or over a new one.
    fn attempt(&self, kept: &Arc<Kept>) -> Result<Written, Failure> {
        let mut place = self.session();
        let mut session = match place.take().filter(Session::lives) {
            Some(session) => session,
            None => open(&self.target)?,
        };
        let (target, kept) = (Arc::clone(&self.target), Arc::clone(kept));
        let (session, written) = runtime::wait(async move {
            let written = session.upsert(&target, &kept.0, &kept.1).await;
            (session, written)
        });
        // after a failure nobody knows what the connection is in the midst of
        *place = written.is_ok().then_some(session);
        written
    }

    /// It is taken out while in use, so a panic leaves none.
    fn session(&self) -> MutexGuard<'_, Option<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A row and those of its renditions.
type Kept = (ProxyRecord, Vec<RenditionRecord>);

impl MetadataSink for PostgresMetadata {
    fn write(&self, record: &ProxyRecord, renditions: &[RenditionRecord]) -> Result<Written> {
        let kept = Arc::new((record.clone(), renditions.to_vec()));
        attempts(self.retry, || self.attempt(&kept))
    }
}

impl Debug for PostgresMetadata {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresMetadata").field("target", &self.target).finish_non_exhaustive()
    }
}

fn open(target: &Arc<Target>) -> Result<Session, Failure> {
    let target = Arc::clone(target);
    runtime::wait(async move { Session::open(&target).await })
}

/// Tries again what may pass, and not what the server has said no to.
fn attempts<T>(retry: Retry, mut attempt: impl FnMut() -> Result<T, Failure>) -> Result<T> {
    let done = retry.run(|| match attempt() {
        Err(Failure { error, lasts: false }) => Err(error),
        Err(Failure { error, .. }) => Ok(Err(error)),
        Ok(done) => Ok(Ok(done)),
    });
    done.and_then(|done: Result<T, Error>| done)
}
