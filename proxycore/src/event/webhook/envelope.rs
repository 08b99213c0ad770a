//! An event in the envelope that receivers of many makers' events agree on: `CloudEvents` 1.0, JSON
//! format, structured mode.

use serde::Serialize;

use super::super::ProxyEvent;
use crate::error::{Error, Result};
use crate::identity;

/// `CloudEvents`, HTTP protocol binding, section 3.2.
pub(super) const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// The context attributes of `CloudEvents` 1.0, section 3.1, and the event itself.
#[derive(Serialize)]
struct Envelope<'a> {
    specversion: &'static str,
    id: String,
    source: &'static str,
    r#type: &'static str,
    subject: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    time: &'a str,
    datacontenttype: &'static str,
    data: &'a ProxyEvent,
}

/// The body of a request. The same event has the same `source` and `id`, by which a receiver knows
/// it again.
pub(super) fn body(event: &ProxyEvent) -> Result<Vec<u8>> {
    let failed = |error| Error::sink(super::SINK, "cannot write as JSON").with_source(error);
    let data = serde_json::to_vec(event).map_err(failed)?;
    let envelope = Envelope {
        specversion: "1.0",
        id: identity::sha256(&data),
        source: "urn:proxycore",
        r#type: "proxy.generated",
        subject: &event.asset_id,
        time: &event.timestamp,
        datacontenttype: "application/json",
        data: event,
    };
    serde_json::to_vec(&envelope).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_event_has_the_same_id() {
        let event = ProxyEvent { asset_id: "3c6e1c31ae45e0f1".to_owned(), ..<_>::default() };
        let other = ProxyEvent { proxy_size_bytes: 1, ..event.clone() };
        assert_eq!(body(&event).unwrap(), body(&event).unwrap());
        let id = |event| {
            let body: serde_json::Value = serde_json::from_slice(&body(event).unwrap()).unwrap();
            body["id"].as_str().unwrap().to_owned()
        };
        assert_ne!(id(&event), id(&other));
        assert_eq!(id(&event).len(), 64);
    }

    #[test]
    fn a_time_that_is_not_known_is_left_out() {
        let body = body(&ProxyEvent::default()).unwrap();
        assert!(!String::from_utf8(body).unwrap().contains(r#""time""#));
    }
}
