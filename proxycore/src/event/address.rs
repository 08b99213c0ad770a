//! Sinks for events by one word: `jsonl:FILE`, `kafka://HOST:PORT/TOPIC`, and receivers at `http://`
//! and `https://`.

use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::EventSink;
use crate::error::{Error, Result};

const ADDRESSES: &str = "write jsonl:FILE, kafka://HOST:PORT[,HOST:PORT...]/TOPIC or https://HOST/PATH, and no password";

type Sink = Arc<dyn EventSink>;

/// Where events go. Its `Debug` shows no secret.
///
/// # Examples
/// ```
/// use proxycore::event::Address;
///
/// assert_eq!("jsonl:events.jsonl".parse::<Address>()?, Address::Jsonl("events.jsonl".into()));
/// # Ok::<(), proxycore::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// A file of JSON Lines.
    Jsonl(PathBuf),
    /// A topic of Kafka.
    Kafka {
        /// `HOST:PORT` of each.
        brokers: Vec<String>,
        /// The topic's name.
        topic: String,
    },
    /// The URL of a receiver, whose path may be a secret.
    Webhook(String),
}

impl Address {
    /// Opens it; Kafka is connected to, and the topic found. What brokers and receivers want to know
    /// comes from the environment: `KAFKA_*`, and `PROXYCORE_WEBHOOK_AUTHORIZATION` for the
    /// receiver's `Authorization`.
    ///
    /// # Errors
    /// One that is not there or cannot be written, settings that make no sense, and what this build
    /// lacks the feature for.
    pub fn open(&self) -> Result<Sink> {
        match self {
            Self::Jsonl(file) => jsonl(file),
            Self::Kafka { brokers, topic } => kafka(brokers, topic),
            Self::Webhook(url) => webhook(url),
        }
    }
}

impl FromStr for Address {
    type Err = Error;

    /// What is refused is not quoted: it may be a URL with a secret and a slip in it.
    fn from_str(text: &str) -> Result<Self> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(Self::Webhook(text.to_owned()));
        }
        if let Some(file) = text.strip_prefix("jsonl:").filter(|file| !file.is_empty()) {
            return Ok(Self::Jsonl(file.into()));
        }
        let topic = text.strip_prefix("kafka://").and_then(topic);
        topic.ok_or_else(|| Error::invalid("events", ADDRESSES))
    }
}

impl Debug for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jsonl(file) => write!(f, "jsonl:{}", file.display()),
            Self::Kafka { brokers, topic } => write!(f, "kafka://{}/{topic}", brokers.join(",")),
            Self::Webhook(_) => f.write_str("http://"),
        }
    }
}

/// `HOST:PORT[,HOST:PORT...]/TOPIC`; a user or a password has no place in it.
fn topic(rest: &str) -> Option<Address> {
    let (brokers, topic) = rest.split_once('/')?;
    let brokers: Vec<String> = brokers.split(',').map(str::to_owned).collect();
    let has_port = |broker: &String| {
        broker
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    let fits = !rest.contains(['@', '?', '#']) && !topic.is_empty() && !topic.contains('/');
    (fits && brokers.iter().all(has_port))
        .then(|| Address::Kafka { brokers, topic: topic.to_owned() })
}

#[cfg(feature = "jsonl")]
fn jsonl(file: &std::path::Path) -> Result<Sink> {
    Ok(Arc::new(super::JsonlEvents::open(file)?))
}

#[cfg(feature = "kafka")]
fn kafka(brokers: &[String], topic: &str) -> Result<Sink> {
    let options = super::KafkaOptions::new(brokers).with_topic(topic);
    let options = super::KafkaSettings::default().apply(options)?;
    Ok(Arc::new(super::KafkaEvents::connect(options)?))
}

#[cfg(feature = "webhook")]
fn webhook(url: &str) -> Result<Sink> {
    let options = super::WebhookOptions::new(url)?.with_environment()?;
    Ok(Arc::new(super::WebhookEvents::new(options)?))
}

#[cfg(not(feature = "jsonl"))]
fn jsonl(_: &std::path::Path) -> Result<Sink> {
    Err(Error::missing_feature("jsonl events", "jsonl"))
}

#[cfg(not(feature = "kafka"))]
fn kafka(_: &[String], _: &str) -> Result<Sink> {
    Err(Error::missing_feature("kafka:// events", "kafka"))
}

#[cfg(not(feature = "webhook"))]
fn webhook(_: &str) -> Result<Sink> {
    Err(Error::missing_feature("https:// events", "webhook"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_by_their_scheme() {
        let parsed = |text: &str| text.parse::<Address>().unwrap();
        assert_eq!(parsed("jsonl:e.jsonl"), Address::Jsonl("e.jsonl".into()));
        let brokers = vec!["a:9092".to_owned(), "[::1]:9093".to_owned()];
        let kafka = Address::Kafka { brokers, topic: "spaceharbor.proxy".to_owned() };
        assert_eq!(parsed("kafka://a:9092,[::1]:9093/spaceharbor.proxy"), kafka);
        let url = "https://hooks.studio.lan/hush";
        let webhook = parsed(url);
        assert_eq!(webhook, Address::Webhook(url.to_owned()));
        assert!(!format!("{webhook:?}").contains("hush"));
    }

    #[test]
    fn a_slip_says_what_to_write_and_is_not_quoted() {
        for slip in [
            "",
            "jsonl:",
            "e.jsonl",
            "kafka:x",
            "kafka://me:hush@kafka:9092/topic",
            "kafka://kafka:hush/topic",
            "kafka://kafka:9092",
            "kafka://kafka:9092/",
            "kafka://kafka:9092/a/hush",
            "kafka://kafka:9092/a?password=hush",
            "kafka://:9092/hush",
            "htps://hooks.studio.lan/hush",
        ] {
            let error = slip.parse::<Address>().unwrap_err();
            assert!(error.to_string().starts_with("events: write jsonl:FILE, kafka://"), "{slip}");
            assert!(!format!("{error:?}").contains("hush"), "{slip}");
        }
    }
}
