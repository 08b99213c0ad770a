//! Events in a list, for tests and for programs that pass them on themselves.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{EventSink, ProxyEvent};
use crate::error::Result;

/// Keeps events as long as it is held, in the order they came.
#[derive(Debug, Default)]
pub struct MemoryEvents {
    events: Mutex<Vec<ProxyEvent>>,
}

impl MemoryEvents {
    /// All events so far.
    #[must_use]
    pub fn events(&self) -> Vec<ProxyEvent> {
        self.list().clone()
    }

    /// Each change is one push, so a panic elsewhere leaves the list whole.
    fn list(&self) -> MutexGuard<'_, Vec<ProxyEvent>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventSink for MemoryEvents {
    fn publish(&self, event: &ProxyEvent) -> Result<()> {
        self.list().push(event.clone());
        Ok(())
    }
}
