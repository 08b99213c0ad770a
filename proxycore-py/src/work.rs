//! Work that needs no interpreter, and the process that it is done in.

use std::process;

use proxycore::storage::Storage;
use proxycore::{Error, fork};
use pyo3::prelude::*;

use crate::error::Failure;

/// Lets the interpreter go for as long as the library works, also in a process that was forked.
pub fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(|| {
        fork::settle();
        work()
    })
}

/// The process in which something was made that may hold connections. They do not outlive a fork:
/// whoever answers them is left behind.
#[derive(Debug)]
pub struct Home {
    process: u32,
    is_connected: bool,
}

impl Home {
    /// This process.
    pub fn here(is_connected: bool) -> Self {
        Self { process: process::id(), is_connected }
    }

    /// Refuses to use connections of another process.
    ///
    /// # Errors
    /// `invalid`, where there are some.
    pub fn check(&self, what: &'static str) -> Result<(), Failure> {
        if !self.is_connected || self.process == process::id() {
            return Ok(());
        }
        let why = "was made before this process was forked, and its connections stayed there; make \
                   it anew here, or start processes by `spawn` or `forkserver`";
        Err(Error::invalid(what, why).into())
    }
}

/// Whether objects of a storage lie behind connections.
pub fn is_remote(storage: &dyn Storage) -> bool {
    storage.uri("x").starts_with("s3://")
}
