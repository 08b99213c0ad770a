//! How brokers are spoken to, by Kafka's own names for it.

use std::env;
use std::path::PathBuf;

use super::{KafkaOptions, SaslMechanism};
use crate::error::{Error, Result};

/// Kafka's names of how it is spoken to; whether that is with TLS, and whether with SASL.
const PROTOCOLS: [(&str, bool, bool); 4] = [
    ("PLAINTEXT", false, false),
    ("SSL", true, false),
    ("SASL_PLAINTEXT", false, true),
    ("SASL_SSL", true, true),
];

/// What is said of how to speak to the brokers; what is not comes from the environment. Who asks
/// comes from there alone: `KAFKA_SASL_USERNAME` and `KAFKA_SASL_PASSWORD`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct KafkaSettings {
    /// `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`; else `KAFKA_SECURITY_PROTOCOL`, else the
    /// first.
    pub security_protocol: Option<String>,
    /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`; else `KAFKA_SASL_MECHANISM`.
    pub sasl_mechanism: Option<String>,
    /// A file of certificates (PEM), which is believed and nothing else; else `KAFKA_SSL_CA_FILE`,
    /// else what the machine trusts.
    pub ca_file: Option<PathBuf>,
}

impl KafkaSettings {
    /// Adds to `options` what is said here and in the environment.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for names that are none, and for what does
    /// not fit together.
    pub fn apply(&self, options: KafkaOptions) -> Result<KafkaOptions> {
        // an empty variable says nothing
        self.apply_with(options, |name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn apply_with(
        &self,
        options: KafkaOptions,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<KafkaOptions> {
        let or = |said: &Option<String>, name: &str| said.clone().or_else(|| variable(name));
        let mechanism = or(&self.sasl_mechanism, "KAFKA_SASL_MECHANISM");
        let file = self.ca_file.clone();
        let file = file.or_else(|| variable("KAFKA_SSL_CA_FILE").map(PathBuf::from));
        let said = or(&self.security_protocol, "KAFKA_SECURITY_PROTOCOL");
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

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    fn settings(protocol: &str, mechanism: Option<&str>) -> KafkaSettings {
        KafkaSettings {
            security_protocol: Some(protocol.to_owned()),
            sasl_mechanism: mechanism.map(str::to_owned),
            ca_file: None,
        }
    }

    fn told(settings: &KafkaSettings, variable: impl Fn(&str) -> Option<String>) -> String {
        match settings.apply_with(KafkaOptions::new(["k:1"]), variable) {
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
        let from_there = told(&KafkaSettings::default(), variable);
        assert!(
            from_there.contains("ScramSha512") && from_there.contains("ca.pem"),
            "{from_there}"
        );
        assert!(!from_there.contains("hush"), "{from_there}");
        let said = told(&settings("SASL_PLAINTEXT", Some("PLAIN")), variable);
        assert!(said.contains("trust: None") && said.contains("Some(Plain)"), "{said}");
        let clear = told(&settings("PLAINTEXT", None), variable);
        assert!(clear.contains("trust: None, sasl: None"), "{clear}");
    }

    #[test]
    fn settings_that_do_not_fit_say_what_is_missing() {
        assert!(told(&KafkaSettings::default(), none).contains("trust: None, sasl: None"));
        assert_eq!(
            told(&settings("TLS", None), none),
            "kafka: no security protocol `TLS`; there is PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"
        );
        let needs = "kafka: SASL needs KAFKA_SASL_MECHANISM in the environment";
        assert_eq!(told(&settings("SASL_SSL", None), none), needs);
        let needs = "kafka: SASL needs KAFKA_SASL_USERNAME in the environment";
        assert_eq!(told(&settings("SASL_SSL", Some("PLAIN")), none), needs);
        let settings = KafkaSettings { ca_file: Some("ca.pem".into()), ..KafkaSettings::default() };
        assert!(told(&settings, none).contains("no security protocol, such as SASL_SSL"));
    }
}
