//! Where the brokers are, and how they are spoken to.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rskafka::client::{Credentials, SaslConfig};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::super::TOPIC;
use crate::error::{Error, Result};
use crate::retry::Retry;
use crate::tls;

/// The option's name in errors.
const OPTION: &str = "kafka";

/// Calls for each event.
const CALLS: u32 = 10;

/// How a client says who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SaslMechanism {
    /// The password as it is, RFC 4616; only TLS hides it.
    Plain,
    /// RFC 7677; the password does not leave the machine.
    ScramSha256,
    /// The same with SHA-512.
    ScramSha512,
}

impl SaslMechanism {
    const NAMES: [(&str, Self); 3] = [
        ("PLAIN", Self::Plain),
        ("SCRAM-SHA-256", Self::ScramSha256),
        ("SCRAM-SHA-512", Self::ScramSha512),
    ];

    /// Finds a mechanism by its registered name, such as `SCRAM-SHA-512`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for another one.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|&(_, mechanism)| mechanism).ok_or_else(|| {
            let known = Self::NAMES.map(|(known, _)| known).join(", ");
            Error::invalid(OPTION, format!("no SASL mechanism `{name}`; there is {known}"))
        })
    }
}

/// Brokers, the topic, and what it takes to be let in. Without TLS and SASL unless asked for.
///
/// Its `Debug` shows no password.
#[derive(Clone)]
#[non_exhaustive]
pub struct KafkaOptions {
    /// Brokers to ask first, as `host:port`; they tell the others.
    pub brokers: Vec<String>,
    /// The topic: [`TOPIC`].
    pub topic: String,
    /// How often and for how long a delivery is tried: 10 times, which is some ten seconds, as a
    /// broker that restarts takes, and the rest as [`Retry::default`].
    pub retry: Retry,
    trust: Option<Trust>,
    sasl: Option<(SaslMechanism, Credentials)>,
}

/// Whose certificates are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trust {
    Machine,
    File(PathBuf),
}

impl KafkaOptions {
    /// Names the brokers to ask first, as `host:port`.
    #[must_use]
    pub fn new(brokers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            brokers: brokers.into_iter().map(Into::into).collect(),
            topic: TOPIC.to_owned(),
            retry: Retry::default().with_calls(CALLS),
            trust: None,
            sasl: None,
        }
    }

    /// Sets the topic.
    #[must_use]
    pub fn with_topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = topic.into();
        self
    }

    /// Speaks TLS, and believes the certificates that the machine trusts.
    #[must_use]
    pub fn with_tls(mut self) -> Self {
        self.trust = Some(Trust::Machine);
        self
    }

    /// Speaks TLS, and believes only what the certificates of a PEM file signed.
    #[must_use]
    pub fn with_ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.trust = Some(Trust::File(file.into()));
        self
    }

    /// Says who asks.
    #[must_use]
    pub fn with_sasl(
        mut self,
        mechanism: SaslMechanism,
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.sasl = Some((mechanism, Credentials::new(username.into(), password.into())));
        self
    }

    /// Sets how often and for how long a delivery is tried.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Refuses what no broker could be asked for.
    pub(super) fn check(&self) -> Result<()> {
        if self.brokers.is_empty() {
            return Err(Error::invalid(OPTION, "no broker is named"));
        }
        if let Some(broker) = self.brokers.iter().find(|broker| !is_host_and_port(broker)) {
            // what stands before an @ may be a password
            let shown = broker.rsplit('@').next().unwrap_or_default();
            return Err(Error::invalid(OPTION, format!("`{shown}` is not HOST:PORT")));
        }
        if !is_topic(&self.topic) {
            return Err(Error::invalid(OPTION, format!("`{}` names no topic", self.topic)));
        }
        Ok(())
    }

    pub(super) fn sasl(&self) -> Option<SaslConfig> {
        let (mechanism, credentials) = self.sasl.clone()?;
        Some(match mechanism {
            SaslMechanism::Plain => SaslConfig::Plain(credentials),
            SaslMechanism::ScramSha256 => SaslConfig::ScramSha256(credentials),
            SaslMechanism::ScramSha512 => SaslConfig::ScramSha512(credentials),
        })
    }

    pub(super) fn tls(&self) -> Result<Option<Arc<ClientConfig>>> {
        match &self.trust {
            None => Ok(None),
            Some(Trust::Machine) => tls::client_config().map(Some),
            Some(Trust::File(file)) => trusting(file).map(Some),
        }
    }
}

impl fmt::Debug for KafkaOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaOptions")
            .field("brokers", &self.brokers)
            .field("topic", &self.topic)
            .field("retry", &self.retry)
            .field("trust", &self.trust)
            .field("sasl", &self.sasl.as_ref().map(|(mechanism, _)| mechanism))
            .finish()
    }
}

fn is_host_and_port(broker: &str) -> bool {
    let Some((host, port)) = broker.rsplit_once(':') else { return false };
    !host.is_empty() && !host.contains(['@', '/', ' ']) && port.parse::<u16>().is_ok()
}

/// Kafka's rule for names of topics: 1 to 249 of these characters, and not `.` or `..`.
fn is_topic(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=249).contains(&name.len()) && name.bytes().all(fits) && name != "." && name != ".."
}

/// The settings of a client that trusts the certificates of a PEM file, and no others.
fn trusting(file: &Path) -> Result<Arc<ClientConfig>> {
    let unread = || Error::invalid(OPTION, format!("no certificates in `{}`", file.display()));
    let mut roots = RootCertStore::empty();
    let found = CertificateDer::pem_file_iter(file).map_err(|cause| unread().with_source(cause))?;
    for certificate in found {
        let certificate = certificate.map_err(|cause| unread().with_source(cause))?;
        roots.add(certificate).map_err(|cause| unread().with_source(cause))?;
    }
    if roots.is_empty() {
        return Err(unread());
    }
    let builder = ClientConfig::builder_with_provider(tls::provider());
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|cause| Error::invalid(OPTION, "no TLS").with_source(cause))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_password() {
        let options = KafkaOptions::new(["kafka:9092"]).with_tls();
        let options = options.with_sasl(SaslMechanism::Plain, "render", "hush");
        assert!(!format!("{options:?}").contains("hush"));
        let error = KafkaOptions::new(["me:hush@kafka:9092"]).check().unwrap_err();
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }

    #[test]
    fn names_have_to_be_names() {
        assert!(KafkaOptions::new(["kafka:9092", "10.0.0.1:1"]).check().is_ok());
        for broker in ["kafka", ":9092", "kafka:x", "kafka:70000", "tcp://kafka:9092", ""] {
            assert!(KafkaOptions::new([broker]).check().is_err(), "{broker}");
        }
        assert!(KafkaOptions::new(Vec::<String>::new()).check().is_err());
        for topic in ["", ".", "..", "a/b", "é", &*"a".repeat(250)] {
            assert!(KafkaOptions::new(["k:1"]).with_topic(topic).check().is_err(), "{topic}");
        }
    }

    #[test]
    fn mechanisms_are_found_by_their_names() {
        assert_eq!(SaslMechanism::named("scram-sha-512").unwrap(), SaslMechanism::ScramSha512);
        let error = SaslMechanism::named("GSSAPI").unwrap_err();
        assert_eq!(
            error.to_string(),
            "kafka: no SASL mechanism `GSSAPI`; there is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"
        );
    }

    #[test]
    fn a_file_without_certificates_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = KafkaOptions::new(["k:1"]).with_ca_file(file.path()).tls().unwrap_err();
        assert!(error.to_string().starts_with("kafka: no certificates in `"), "{error}");
    }
}
