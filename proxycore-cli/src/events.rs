//! Where events go: `jsonl:FILE`, `kafka://HOST:PORT/TOPIC`, and receivers at `http://` and `https://`.

use std::env;
use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;
use proxycore::event::{
    EventSink, JsonlEvents, KafkaEvents, KafkaOptions, SaslMechanism, WebhookEvents, WebhookOptions,
};
use proxycore::{Error, Result};

const CHANNELS: &str = "write jsonl:FILE, kafka://HOST:PORT[,HOST:PORT...]/TOPIC or https://HOST/PATH, and no password";

/// The header that a receiver gets, where this variable of the environment has one.
const AUTHORIZATION: &str = "PROXYCORE_WEBHOOK_AUTHORIZATION";

/// Kafka's names of how it is spoken to; whether that is with TLS, and whether with SASL.
const PROTOCOLS: [(&str, bool, bool); 4] = [
    ("PLAINTEXT", false, false),
    ("SSL", true, false),
    ("SASL_PLAINTEXT", false, true),
    ("SASL_SSL", true, true),
];

type Sink = Arc<dyn EventSink>;

/// A way for events, as `--events` has it.
#[derive(Clone, PartialEq, Eq)]
pub enum Channel {
    Jsonl(PathBuf),
    Kafka {
        brokers: Vec<String>,
        topic: String,
    },
    /// A URL, whose path may be a secret.
    Webhook(String),
    /// None of them. What was said is not kept: it may be a URL with a slip in it.
    Unknown,
}

impl Channel {
    /// Opens it; Kafka is connected to, and the topic found.
    ///
    /// # Errors
    /// One that is not there or cannot be written, and settings that make no sense.
    pub fn open(&self, kafka: &KafkaArgs) -> Result<Sink> {
        Ok(match self {
            Self::Jsonl(file) => Arc::new(JsonlEvents::open(file)?),
            Self::Kafka { brokers, topic } => {
                let options = KafkaOptions::new(brokers).with_topic(topic);
                Arc::new(KafkaEvents::connect(kafka.apply(options, variable)?)?)
            }
            Self::Webhook(url) => Arc::new(WebhookEvents::new(receiver(url, variable)?)?),
            Self::Unknown => return Err(Error::invalid("--events", CHANNELS)),
        })
    }
}

impl FromStr for Channel {
    type Err = &'static str;

    /// What is refused here is quoted on the terminal, so a slip in what looks like a URL, which may
    /// have a secret in it, is only refused when it is opened.
    fn from_str(value: &str) -> Result<Self, Self::Err> {
        if value.starts_with("http://") || value.starts_with("https://") {
            return Ok(Self::Webhook(value.to_owned()));
        }
        match value.strip_prefix("jsonl:") {
            Some(file) if !file.is_empty() => return Ok(Self::Jsonl(file.into())),
            _ => {}
        }
        match value.strip_prefix("kafka://").and_then(kafka) {
            Some(found) => Ok(found),
            None if value.contains("://") || value.contains('@') => Ok(Self::Unknown),
            None => Err(CHANNELS),
        }
    }
}

impl Debug for Channel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jsonl(file) => write!(f, "jsonl:{}", file.display()),
            Self::Kafka { brokers, topic } => write!(f, "kafka://{}/{topic}", brokers.join(",")),
            Self::Webhook(_) => f.write_str("http://"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// `HOST:PORT[,HOST:PORT...]/TOPIC`; a user or a password has no place in it.
fn kafka(rest: &str) -> Option<Channel> {
    let (brokers, topic) = rest.split_once('/')?;
    let brokers: Vec<String> = brokers.split(',').map(str::to_owned).collect();
    let has_port = |broker: &String| {
        broker
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    let fits = !rest.contains(['@', '?', '#']) && !topic.is_empty() && !topic.contains('/');
    (fits && brokers.iter().all(has_port))
        .then(|| Channel::Kafka { brokers, topic: topic.to_owned() })
}

/// How brokers are spoken to. Who asks comes from the environment alone: what stands on a command
/// line, everybody on the machine can read.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Events to Kafka")]
pub struct KafkaArgs {
    #[arg(
        long,
        value_name = "PROTOCOL",
        help = "Speak PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL \
                [default: $KAFKA_SECURITY_PROTOCOL, else PLAINTEXT]"
    )]
    pub kafka_security_protocol: Option<String>,
    #[arg(
        long,
        value_name = "MECHANISM",
        help = "Say who asks by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, with $KAFKA_SASL_USERNAME \
                and $KAFKA_SASL_PASSWORD [default: $KAFKA_SASL_MECHANISM]"
    )]
    pub kafka_sasl_mechanism: Option<String>,
    #[arg(
        long,
        value_name = "FILE",
        help = "Believe what the certificates in FILE (PEM) signed, and nothing else \
                [default: $KAFKA_SSL_CA_FILE, else what the machine trusts]"
    )]
    pub kafka_ca_file: Option<PathBuf>,
}

impl KafkaArgs {
    /// Adds to `options` what is said here and, where nothing is, in the environment.
    fn apply(
        &self,
        options: KafkaOptions,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<KafkaOptions> {
        let or = |said: &Option<String>, name: &str| said.clone().or_else(|| variable(name));
        let mechanism = or(&self.kafka_sasl_mechanism, "KAFKA_SASL_MECHANISM");
        let file = self.kafka_ca_file.clone();
        let file = file.or_else(|| variable("KAFKA_SSL_CA_FILE").map(PathBuf::from));
        let said = or(&self.kafka_security_protocol, "KAFKA_SECURITY_PROTOCOL");
        let (tls, sasl) = match said {
            Some(name) => protocol(&name)?,
            // to go on in the clear is not what was meant
            None if mechanism.is_some() || file.is_some() => return Err(unsaid()),
            None => (false, false),
        };
        let options = match (tls, file) {
            (false, _) => options,
            (true, None) => options.with_tls(),
            (true, Some(file)) => options.with_ca_file(file),
        };
        if !sasl {
            return Ok(options);
        }
        let needed = |name: &str| variable(name).ok_or_else(|| missing(name));
        let mechanism = mechanism.ok_or_else(|| missing("KAFKA_SASL_MECHANISM"))?;
        let (username, password) = (needed("KAFKA_SASL_USERNAME")?, needed("KAFKA_SASL_PASSWORD")?);
        Ok(options.with_sasl(SaslMechanism::named(&mechanism)?, username, password))
    }
}

/// Whether a protocol is one with TLS, and whether it is one with SASL.
fn protocol(name: &str) -> Result<(bool, bool)> {
    let found = PROTOCOLS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
    found.map(|&(_, tls, sasl)| (tls, sasl)).ok_or_else(|| {
        let known = PROTOCOLS.map(|(known, ..)| known).join(", ");
        Error::invalid("kafka", format!("no security protocol `{name}`; there is {known}"))
    })
}

fn missing(name: &str) -> Error {
    Error::invalid("kafka", format!("SASL needs {name} in the environment"))
}

fn unsaid() -> Error {
    let what = "a SASL mechanism or a CA file is said, but no security protocol, such as SASL_SSL";
    Error::invalid("kafka", what)
}

/// The receiver at `url`, told who asks where the environment says so.
fn receiver(url: &str, variable: impl Fn(&str) -> Option<String>) -> Result<WebhookOptions> {
    let options = WebhookOptions::new(url)?;
    match variable(AUTHORIZATION) {
        None => Ok(options),
        Some(value) => options.with_header("Authorization", &value),
    }
}

/// What the environment says; an empty variable says nothing.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn channels_are_told_by_their_scheme() {
        assert_eq!("jsonl:e.jsonl".parse(), Ok(Channel::Jsonl("e.jsonl".into())));
        let brokers = vec!["a:9092".to_owned(), "[::1]:9093".to_owned()];
        let kafka = Channel::Kafka { brokers, topic: "spaceharbor.proxy".to_owned() };
        assert_eq!("kafka://a:9092,[::1]:9093/spaceharbor.proxy".parse(), Ok(kafka));
        let url = "https://hooks.studio.lan/hush";
        let webhook: Channel = url.parse().unwrap();
        assert_eq!(webhook, Channel::Webhook(url.to_owned()));
        assert!(!format!("{webhook:?}").contains("hush"));
        for value in ["", "jsonl:", "e.jsonl", "kafka:x"] {
            assert_eq!(value.parse::<Channel>(), Err(CHANNELS), "{value}");
        }
    }

    #[test]
    fn a_slip_in_a_url_says_what_to_write_and_is_not_quoted() {
        for slip in [
            "kafka://me:hush@kafka:9092/topic",
            "kafka://kafka:hush/topic",
            "kafka://kafka:9092",
            "kafka://kafka:9092/",
            "kafka://kafka:9092/a/hush",
            "kafka://kafka:9092/a?password=hush",
            "kafka://:9092/hush",
            "htps://hooks.studio.lan/hush",
        ] {
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
        assert!(error.to_string().contains("send them in a header"), "{error}");
        assert!(!format!("{url:?} {error:?}").contains("hush"));
    }

    fn kafka_args(protocol: &str, mechanism: Option<&str>) -> KafkaArgs {
        KafkaArgs {
            kafka_security_protocol: Some(protocol.to_owned()),
            kafka_sasl_mechanism: mechanism.map(str::to_owned),
            kafka_ca_file: None,
        }
    }

    fn told(args: &KafkaArgs, variable: impl Fn(&str) -> Option<String>) -> String {
        match args.apply(KafkaOptions::new(["k:1"]), variable) {
            Ok(options) => format!("{options:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_not_said_comes_from_the_environment() {
        let variable = |name: &str| {
            Some(match name {
                "KAFKA_SECURITY_PROTOCOL" => "sasl_ssl".to_owned(),
                "KAFKA_SASL_MECHANISM" => "SCRAM-SHA-512".to_owned(),
                "KAFKA_SSL_CA_FILE" => "ca.pem".to_owned(),
                "KAFKA_SASL_USERNAME" => "render".to_owned(),
                "KAFKA_SASL_PASSWORD" => "hush".to_owned(),
                _ => return None,
            })
        };
        let from_there = told(&KafkaArgs::default(), variable);
        assert!(
            from_there.contains("ScramSha512") && from_there.contains("ca.pem"),
            "{from_there}"
        );
        assert!(!from_there.contains("hush"), "{from_there}");
        let said = told(&kafka_args("SASL_PLAINTEXT", Some("PLAIN")), variable);
        assert!(said.contains("trust: None") && said.contains("Some(Plain)"), "{said}");
        let clear = told(&kafka_args("PLAINTEXT", None), variable);
        assert!(clear.contains("trust: None, sasl: None"), "{clear}");
    }

    #[test]
    fn settings_that_do_not_fit_say_what_is_missing() {
        assert!(told(&KafkaArgs::default(), none).contains("trust: None, sasl: None"));
        assert_eq!(
            told(&kafka_args("TLS", None), none),
            "kafka: no security protocol `TLS`; there is PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"
        );
        let needs = "kafka: SASL needs KAFKA_SASL_MECHANISM in the environment";
        assert_eq!(told(&kafka_args("SASL_SSL", None), none), needs);
        let needs = "kafka: SASL needs KAFKA_SASL_USERNAME in the environment";
        assert_eq!(told(&kafka_args("SASL_SSL", Some("PLAIN")), none), needs);
        let args = KafkaArgs { kafka_ca_file: Some("ca.pem".into()), ..KafkaArgs::default() };
        assert!(told(&args, none).contains("no security protocol, such as SASL_SSL"));
    }

    #[test]
    fn a_receiver_is_told_who_asks() {
        let options = receiver("https://hooks/", |_| Some("Bearer hush".to_owned())).unwrap();
        let shown = format!("{options:?}");
        assert!(shown.contains("authorization") && !shown.contains("hush"), "{shown}");
    }
}
