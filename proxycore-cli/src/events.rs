//! Where events go: `jsonl:FILE`, `kafka://HOST:PORT/TOPIC`, and receivers at `http://` and `https://`.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;
use proxycore::event::{Address, EventSink};
#[cfg(feature = "kafka")]
use proxycore::event::{KafkaEvents, KafkaOptions, KafkaSettings};
use proxycore::{Error, Result};

/// What `--events` takes in this build.
pub const FORMS: &str = match (cfg!(feature = "kafka"), cfg!(feature = "webhook")) {
    (true, true) => "jsonl:FILE|kafka://HOST:PORT/TOPIC|https://...",
    (true, false) => "jsonl:FILE|kafka://HOST:PORT/TOPIC",
    (false, true) => "jsonl:FILE|https://...",
    (false, false) => "jsonl:FILE",
};

/// What `--events` does in this build.
pub const HELP: &str = if cfg!(feature = "webhook") {
    "Publish an event for each source: append it to a file, or send it. A receiver at https:// \
     gets $PROXYCORE_WEBHOOK_AUTHORIZATION as its Authorization header"
} else {
    "Publish an event for each source"
};

const CHANNELS: &str = "write jsonl:FILE, kafka://HOST:PORT[,HOST:PORT...]/TOPIC or https://HOST/PATH, and no password";

type Sink = Arc<dyn EventSink>;

/// A way for events, as `--events` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    Known(Address),
    /// None. What was said is not kept: it may be a URL with a slip in it.
    Unknown,
}

impl Channel {
    /// Opens it; Kafka is connected to, and the topic found.
    ///
    /// # Errors
    /// One that is not there or cannot be written, and settings that make no sense.
    pub fn open(&self, kafka: &KafkaArgs) -> Result<Sink> {
        kafka.check()?;
        match self {
            Self::Known(Address::Kafka { brokers, topic }) => kafka.connect(brokers, topic),
            Self::Known(address) => address.open(),
            Self::Unknown => Err(Error::invalid("--events", CHANNELS)),
        }
    }
}

impl FromStr for Channel {
    type Err = &'static str;

    /// What is refused here is quoted on the terminal, so a slip in what looks like a URL, which may
    /// have a secret in it, is only refused when it is opened.
    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value.parse() {
            Ok(address) => Ok(Self::Known(address)),
            Err(_) if value.contains("://") || value.contains('@') => Ok(Self::Unknown),
            Err(_) => Err(CHANNELS),
        }
    }
}

/// How brokers are spoken to. Who asks comes from the environment alone: what stands on a command
/// line, everybody on the machine can read.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Events to Kafka")]
pub struct KafkaArgs {
    #[arg(
        long,
        value_name = "PROTOCOL",
        hide = !cfg!(feature = "kafka"),
        help = "Speak PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL \
                [default: $KAFKA_SECURITY_PROTOCOL, else PLAINTEXT]"
    )]
    pub kafka_security_protocol: Option<String>,
    #[arg(
        long,
        value_name = "MECHANISM",
        hide = !cfg!(feature = "kafka"),
        help = "Say who asks by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, with $KAFKA_SASL_USERNAME \
                and $KAFKA_SASL_PASSWORD [default: $KAFKA_SASL_MECHANISM]"
    )]
    pub kafka_sasl_mechanism: Option<String>,
    #[arg(
        long,
        value_name = "FILE",
        hide = !cfg!(feature = "kafka"),
        help = "Believe what the certificates in FILE (PEM) signed, and nothing else \
                [default: $KAFKA_SSL_CA_FILE, else what the machine trusts]"
    )]
    pub kafka_ca_file: Option<PathBuf>,
}

impl KafkaArgs {
    /// Refuses options that this build cannot follow.
    fn check(&self) -> Result<()> {
        let given = [self.kafka_security_protocol.is_some(), self.kafka_sasl_mechanism.is_some()];
        let is_given = given.contains(&true) || self.kafka_ca_file.is_some();
        if is_given && !cfg!(feature = "kafka") {
            return Err(Error::missing_feature("the --kafka- options", "kafka"));
        }
        Ok(())
    }

    #[cfg(feature = "kafka")]
    fn connect(&self, brokers: &[String], topic: &str) -> Result<Sink> {
        let options = KafkaOptions::new(brokers).with_topic(topic);
        Ok(Arc::new(KafkaEvents::connect(self.settings().apply(options)?)?))
    }

    #[cfg(not(feature = "kafka"))]
    fn connect(&self, _: &[String], _: &str) -> Result<Sink> {
        Err(Error::missing_feature("kafka:// events", "kafka"))
    }

    /// The same, for the sink.
    #[cfg(feature = "kafka")]
    fn settings(&self) -> KafkaSettings {
        KafkaSettings {
            security_protocol: self.kafka_security_protocol.clone(),
            sasl_mechanism: self.kafka_sasl_mechanism.clone(),
            ca_file: self.kafka_ca_file.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_url_says_what_to_write_and_is_not_quoted() {
        for slip in ["kafka://me:hush@kafka:9092/topic", "htps://hooks.studio.lan/hush"] {
            let channel: Channel = slip.parse().unwrap();
            let error = channel.open(&KafkaArgs::default()).unwrap_err();
            assert!(
                error.to_string().starts_with("--events: write jsonl:FILE, kafka://"),
                "{slip}"
            );
            assert!(!format!("{channel:?} {error:?}").contains("hush"), "{slip}");
        }
        let url: Channel = "https://me:hush@hooks.studio.lan/in".parse().unwrap();
        let error = url.open(&KafkaArgs::default()).unwrap_err();
        if cfg!(feature = "webhook") {
            assert!(error.to_string().contains("send them in a header"), "{error}");
        }
        assert!(!format!("{url:?} {error:?}").contains("hush"));
        assert_eq!("e.jsonl".parse::<Channel>(), Err(CHANNELS));
    }
}
