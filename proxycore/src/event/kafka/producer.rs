//! A connection to the brokers, as long as it holds.
//!
//! It tries nothing again: a client that does would ask for the topic by its name, and some brokers
//! create what is asked for. After a failure a new producer lists the topics first, which creates
//! none.

use std::time::Duration;

use rskafka::BackoffConfig;
use rskafka::client::error::{Error as ClientError, ProtocolError};
use rskafka::client::partition::{Compression, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::Record;
use rskafka::topic::Topic;
use tokio::sync::OnceCell;

use super::SINK;
use super::options::KafkaOptions;
use super::partition::partition;
use crate::error::{Error, ErrorKind, Result};

/// The longest answer that is taken from a broker; a list of all topics of a large cluster is a few
/// MB.
const LONGEST_ANSWER: usize = 32 << 20;

/// Topics that an error names at the most.
const NAMED_TOPICS: usize = 10;

/// The client, and one connection for each partition that an event went to.
#[derive(Debug)]
pub(super) struct Producer {
    client: Client,
    topic: String,
    partitions: Vec<OnceCell<PartitionClient>>,
}

impl Producer {
    /// Connects, and finds the topic.
    pub(super) async fn connect(options: KafkaOptions) -> Result<Self> {
        let mut builder = ClientBuilder::new(options.brokers.clone())
            .client_id("proxycore")
            .max_message_size(LONGEST_ANSWER)
            .backoff_config(BackoffConfig { deadline: Some(Duration::ZERO), ..<_>::default() });
        if let Some(tls) = options.tls()? {
            builder = builder.tls_config(tls);
        }
        if let Some(sasl) = options.sasl() {
            builder = builder.sasl_config(sasl);
        }
        let unreached = |cause| unreached(&options.brokers, cause);
        let client = builder.build().await.map_err(unreached)?;
        let topics = client.list_topics().await.map_err(unreached)?;
        let count = partitions(&options.topic, &topics)?;
        let partitions = (0..count).map(|_| OnceCell::new()).collect();
        Ok(Self { client, topic: options.topic, partitions })
    }

    /// Sends a record to its key's partition, and waits until all replicas have it.
    pub(super) async fn send(&self, record: Record) -> Result<()> {
        let key = record.key.as_deref().unwrap_or_default();
        let at = partition(key, self.partitions.len());
        let bytes = key.len() + record.value.as_ref().map_or(0, Vec::len);
        let client = self.partition(at).await;
        let client = client.map_err(|cause| self.failure(at, bytes, cause))?;
        let sent = client.produce(vec![record], Compression::NoCompression).await;
        sent.map(drop).map_err(|cause| self.failure(at, bytes, cause))
    }

    async fn partition(&self, at: usize) -> Result<&PartitionClient, ClientError> {
        let number = i32::try_from(at).unwrap_or(i32::MAX);
        let connect =
            || self.client.partition_client(&self.topic, number, UnknownTopicHandling::Error);
        self.partitions[at].get_or_try_init(connect).await
    }

    /// Why the event of so many `bytes` was not delivered.
    fn failure(&self, at: usize, bytes: usize, cause: ClientError) -> Error {
        if let ClientError::ServerError { protocol_error, .. } = &cause
            && is_denied(*protocol_error)
        {
            let what = format!("{SINK}: no permission to write to topic `{}`", self.topic);
            return Error::denied(what).with_source(cause);
        }
        if let ClientError::ServerError { protocol_error, .. } = &cause
            && let Some(why) = refusal(*protocol_error)
        {
            let mut what = format!("topic `{}` does not take the event: {why}", self.topic);
            if why == TOO_LARGE {
                what += &format!(" ({bytes} bytes of key and value)");
            }
            return Error::refused(SINK, what).with_source(cause);
        }
        let what = format!("cannot deliver to partition {at} of topic `{}`", self.topic);
        failed(what, cause)
    }
}

/// How many partitions the topic has; `topics` are all that the brokers show us.
fn partitions(topic: &str, topics: &[Topic]) -> Result<usize> {
    if let Some(found) = topics.iter().find(|found| found.name == topic) {
        return match found.partitions.len() {
            // it is being created
            0 => Err(Error::sink(SINK, format!("topic `{topic}` has no partitions yet"))),
            count => Ok(count),
        };
    }
    let names = topics.iter().map(|topic| topic.name.clone());
    Err(Error::new(ErrorKind::NoSuch {
        what: "Kafka topic",
        name: topic.to_owned(),
        available: names.take(NAMED_TOPICS).collect(),
    }))
}

const TOO_LARGE: &str = "too large for the broker";

/// What no second try changes.
fn refusal(error: ProtocolError) -> Option<&'static str> {
    const REFUSALS: [(ProtocolError, &str); 4] = [
        (ProtocolError::MessageTooLarge, TOO_LARGE),
        (ProtocolError::RecordListTooLarge, TOO_LARGE),
        (ProtocolError::InvalidTopicException, "not a name that the broker takes"),
        (ProtocolError::InvalidRecord, "the broker calls it invalid"),
    ];
    REFUSALS.iter().find(|(known, _)| *known == error).map(|&(_, why)| why)
}

/// Whether the broker knows who asks and says no: an event is as good as any other, once somebody
/// grants the right.
fn is_denied(error: ProtocolError) -> bool {
    use ProtocolError::{ClusterAuthorizationFailed, TopicAuthorizationFailed};
    matches!(error, ClusterAuthorizationFailed | TopicAuthorizationFailed)
}

fn unreached(brokers: &[String], cause: ClientError) -> Error {
    failed(format!("cannot connect to {}", brokers.join(", ")), cause)
}

/// An error that may pass, unless the broker does not let us in.
fn failed(what: String, cause: ClientError) -> Error {
    let ClientError::Connection(connection) = &cause else {
        return Error::sink(SINK, what).with_source(cause);
    };
    let told = connection.to_string();
    match shut(&told) {
        Some(WRONG_USER) => return Error::denied(format!("{SINK}: {what}: {WRONG_USER}")),
        Some(why) => return Error::refused(SINK, format!("{what}: {why}")),
        None => {}
    }
    // the client says once more for each layer that it tried and gave up
    let told = told.rsplit("Retry exceeded deadline. Source: ").next().unwrap_or_default();
    Error::sink(SINK, format!("{what}: {told}"))
}

const WRONG_USER: &str = "the user or the password is wrong";

/// Why a broker does not let us in, which no second try changes. The client keeps its causes to
/// itself and gives their words; the tests with servers hold these to them.
fn shut(told: &str) -> Option<&'static str> {
    const SHUT: [(&str, &str); 8] = [
        ("SaslAuthenticationFailed", WRONG_USER),
        ("Sasl session error", WRONG_USER),
        ("UnsupportedSaslMechanism", "it does not have this SASL mechanism"),
        ("unsupported sasl mechanism", "it does not have this SASL mechanism"),
        ("invalid peer certificate: UnknownIssuer", "its certificate is not trusted"),
        // an issuer of the right name with another key
        ("invalid peer certificate: BadSignature", "its certificate is not trusted"),
        ("invalid peer certificate", "its certificate is not valid, or not for this host"),
        ("InvalidContentType", "it does not speak TLS"),
    ];
    SHUT.iter().find(|(words, _)| told.contains(words)).map(|&(_, why)| why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, partitions: i32) -> Topic {
        Topic { name: name.to_owned(), partitions: (0..partitions).collect() }
    }

    #[test]
    fn a_topic_that_is_not_there_is_named() {
        let topics = [topic("spaceharbor.metadata", 3), topic("spaceharbor.proxy", 4)];
        assert_eq!(partitions("spaceharbor.proxy", &topics).unwrap(), 4);
        let error = partitions("proxy", &topics).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no Kafka topic named `proxy`; there is spaceharbor.metadata, spaceharbor.proxy"
        );
        assert!(!error.is_retryable());
        assert!(partitions("new", &[topic("new", 0)]).unwrap_err().is_retryable());
    }

    #[test]
    fn what_a_broker_refuses_is_told_from_what_passes() {
        assert_eq!(refusal(ProtocolError::MessageTooLarge), Some(TOO_LARGE));
        assert_eq!(refusal(ProtocolError::NotLeaderOrFollower), None);
        assert!(is_denied(ProtocolError::TopicAuthorizationFailed));
        assert!(!is_denied(ProtocolError::MessageTooLarge));
        assert_eq!(refusal(ProtocolError::NotEnoughReplicas), None);
    }
}
