//! Rows in a map, for tests and for programs that have their own database.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{MetadataSink, ProxyRecord, RenditionRecord, Written};
use crate::error::Result;

type Rows = BTreeMap<String, (ProxyRecord, Vec<RenditionRecord>)>;

/// Keeps rows as long as it is held.
#[derive(Debug, Default)]
pub struct MemoryMetadata {
    rows: Mutex<Rows>,
}

impl MemoryMetadata {
    /// All rows with their renditions, by `proxy_id`.
    #[must_use]
    pub fn rows(&self) -> Vec<(ProxyRecord, Vec<RenditionRecord>)> {
        self.map().values().cloned().collect()
    }

    /// Each change is one insertion, so a panic elsewhere leaves the map whole.
    fn map(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MetadataSink for MemoryMetadata {
    fn write(&self, record: &ProxyRecord, renditions: &[RenditionRecord]) -> Result<Written> {
        let row = (record.clone(), renditions.to_vec());
        let replaced = self.map().insert(record.proxy_id.clone(), row);
        Ok(Written { inserted: replaced.is_none() })
    }
}
