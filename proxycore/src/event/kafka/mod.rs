//! Events in a topic of Kafka, or of what speaks its protocol.
//!
//! An event is delivered when all replicas that are in sync have it. One client is kept for the
//! life of the sink; after a failure it is replaced by a new one. Nothing is compressed and no
//! topic is created, as some brokers take neither. Not here: transactions and idempotence, for
//! delivery is at least once anyway, and partitions that a topic gains while the client holds.

mod options;
mod partition;
mod producer;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rskafka::chrono::DateTime;
use rskafka::record::Record;

use super::{EventSink, ProxyEvent};
use crate::error::{Error, Result};
use crate::retry::Retry;
use crate::runtime;
use producer::Producer;

pub use options::{KafkaOptions, SaslMechanism};

/// The sink's name in errors.
const SINK: &str = "Kafka";

/// Bytes of a key or a value that VAST's broker takes at the most: 126 KB each.
const MOST_BYTES: u64 = 126_000;

/// The longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends events to a topic, each with its asset as the key.
#[derive(Debug)]
pub struct KafkaEvents {
    options: KafkaOptions,
    producer: Mutex<Option<Arc<Producer>>>,
}

impl KafkaEvents {
    /// Connects to the brokers and finds the topic, so that what is wrong with them shows before
    /// the work.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuch`](crate::ErrorKind::NoSuch) where there is no such topic,
    /// [`ErrorKind::Sink`](crate::ErrorKind::Sink) where no broker answers in time, and
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for options that make no sense.
    pub fn connect(options: KafkaOptions) -> Result<Self> {
        options.check()?;
        options.tls()?;
        let events = Self { options, producer: Mutex::new(None) };
        let started = Instant::now();
        // a name that was written wrong should not take long
        let retry = events.options.retry;
        let retry = retry.with_calls(retry.calls.min(Retry::default().calls));
        retry.run(|| events.producer(started).map(drop))?;
        Ok(events)
    }

    /// One try.
    fn send(&self, record: &Record, started: Instant) -> Result<()> {
        let producer = self.producer(started)?;
        let (used, record) = (Arc::clone(&producer), record.clone());
        let sent = self.in_time(started, async move { used.send(record).await });
        if sent.is_err() {
            self.forget(&producer);
        }
        sent
    }

    /// The producer, connected anew where there is none. Threads that find none at the same time
    /// each connect, and the first one's is kept: none waits for another's patience to end.
    fn producer(&self, started: Instant) -> Result<Arc<Producer>> {
        if let Some(producer) = &*self.slot() {
            return Ok(Arc::clone(producer));
        }
        let connected = self.in_time(started, Producer::connect(self.options.clone()))?;
        Ok(Arc::clone(self.slot().get_or_insert_with(|| Arc::new(connected))))
    }

    /// Drops a producer that failed, unless another thread has replaced it.
    fn forget(&self, failed: &Arc<Producer>) {
        self.slot().take_if(|producer| Arc::ptr_eq(producer, failed));
    }

    /// Waits for what the network does, up to the deadline of the event that began at `started`.
    fn in_time<T: Send + 'static>(
        &self,
        started: Instant,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let left = self.options.retry.deadline.saturating_sub(started.elapsed());
        let most = left.min(PATIENCE);
        runtime::wait(async move { tokio::time::timeout(most, work).await })
            .unwrap_or_else(|_| Err(Error::sink(SINK, "the broker does not answer in time")))
    }

    /// Each change replaces the whole, so a panic elsewhere leaves nothing half-done.
    fn slot(&self) -> MutexGuard<'_, Option<Arc<Producer>>> {
        self.producer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventSink for KafkaEvents {
    fn publish(&self, event: &ProxyEvent) -> Result<()> {
        let record = record(event)?;
        let started = Instant::now();
        self.options.retry.run(|| self.send(&record, started))
    }
}

/// The event as it goes over the wire.
fn record(event: &ProxyEvent) -> Result<Record> {
    let value = serde_json::to_vec(event)
        .map_err(|error| Error::sink(SINK, "cannot write as JSON").with_source(error))?;
    Error::check_limit("bytes in the event's key", MOST_BYTES, event.key().len() as u64)?;
    Error::check_limit("bytes in the event", MOST_BYTES, value.len() as u64)?;
    let now = Timestamp::now().as_millisecond();
    Ok(Record {
        key: Some(event.key().as_bytes().to_vec()),
        value: Some(value),
        headers: BTreeMap::new(),
        timestamp: DateTime::from_timestamp_millis(now).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn what_is_too_long_is_not_sent() {
        let long = "x".repeat(MOST_BYTES as usize + 1);
        let key = ProxyEvent { asset_id: long.clone(), ..ProxyEvent::default() };
        let value = ProxyEvent { proxy_uri: long, ..ProxyEvent::default() };
        for event in [key, value] {
            let error = record(&event).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Limit { .. }), "{error}");
            assert!(!error.is_retryable());
        }
        assert!(record(&ProxyEvent::default()).is_ok());
    }
}
