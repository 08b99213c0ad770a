//! What others are told: one [`ProxyEvent`] per source, once its objects and rows stand.

mod address;
#[cfg(feature = "jsonl")]
mod jsonl;
#[cfg(feature = "kafka")]
mod kafka;
mod memory;
#[cfg(feature = "webhook")]
mod webhook;

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::color::ColorTransform;
use crate::error::Result;

pub use address::Address;
#[cfg(feature = "jsonl")]
pub use jsonl::JsonlEvents;
#[cfg(feature = "kafka")]
pub use kafka::{KafkaEvents, KafkaOptions, KafkaSettings, SaslMechanism};
pub use memory::MemoryEvents;
#[cfg(feature = "webhook")]
pub use webhook::{WebhookEvents, WebhookOptions};

/// The topic that events go to by default.
pub const TOPIC: &str = "spaceharbor.proxy";

/// The news that a source's renditions can be had. Its JSON has these keys and `type`, which is
/// `proxy.generated`; others depend on them, so one may be added but none taken away.
///
/// What was not asked for has an empty URI and 0 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename = "proxy.generated")]
pub struct ProxyEvent {
    /// The source, [`asset_id`](crate::identity::asset_id).
    pub asset_id: String,
    /// The project, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// The shot, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shot_id: Option<String>,
    /// Where the thumbnail is, `s3://bucket/key`.
    pub thumbnail_uri: String,
    /// Where the proxy is.
    pub proxy_uri: String,
    /// Bytes of the thumbnail.
    pub thumbnail_size_bytes: u64,
    /// Bytes of the proxy.
    pub proxy_size_bytes: u64,
    /// Bytes of the source.
    pub source_size_bytes: u64,
    /// When it happened, as [`iso8601`](crate::timestamp::iso8601) writes it.
    pub timestamp: String,
    /// The config, display, view and looks that the colours went through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color_transform: Option<ColorTransform>,
}

impl ProxyEvent {
    /// The message's key, by which a broker keeps one asset's events in order.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.asset_id
    }
}

/// A place that passes events on.
///
/// The pipeline calls it once per source, from any thread, last of all: whoever sees the event finds
/// the row and the objects. Delivery is at least once, so a receiver may see an event again.
pub trait EventSink: Debug + Send + Sync {
    /// Delivers an event: once this returns, it is in the hands of whatever passes it on and a crash
    /// here cannot lose it.
    ///
    /// # Errors
    /// [`ErrorKind::Sink`](crate::ErrorKind::Sink), which is
    /// [retryable](crate::Error::is_retryable), where that cannot be said; another kind, which is
    /// not, where the event will never be taken.
    fn publish(&self, event: &ProxyEvent) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_is_the_one_that_others_depend_on() {
        let mut event = ProxyEvent {
            asset_id: "3c6e1c31ae45e0f1".to_owned(),
            thumbnail_uri: "s3://renders/.proxies/a_thumb.jpg".to_owned(),
            proxy_uri: "s3://renders/.proxies/a_proxy.mp4".to_owned(),
            thumbnail_size_bytes: 1,
            proxy_size_bytes: 2,
            source_size_bytes: 3,
            timestamp: "2026-04-01T00:00:00+00:00".to_owned(),
            ..ProxyEvent::default()
        };
        let expected = r#"{"type":"proxy.generated","asset_id":"3c6e1c31ae45e0f1","thumbnail_uri":"s3://renders/.proxies/a_thumb.jpg","proxy_uri":"s3://renders/.proxies/a_proxy.mp4","thumbnail_size_bytes":1,"proxy_size_bytes":2,"source_size_bytes":3,"timestamp":"2026-04-01T00:00:00+00:00"}"#;
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<ProxyEvent>(&json).unwrap(), event);
        event.color_transform = Some(ColorTransform::of("built-in"));
        let json = serde_json::to_string(&event).unwrap();
        assert!(json.ends_with(r#""color_transform":{"config":"built-in"}}"#), "{json}");
        assert_eq!(serde_json::from_str::<ProxyEvent>(&json).unwrap(), event);
        event.shot_id = Some("shot_010".to_owned());
        assert!(serde_json::to_string(&event).unwrap().contains(r#""shot_id":"shot_010""#));
    }
}
