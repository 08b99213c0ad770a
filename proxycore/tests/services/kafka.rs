//! Events in Kafka: what the broker has of them, and what is said where it has none.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use proxycore::event::{EventSink, KafkaEvents, KafkaOptions, SaslMechanism, TOPIC};
use proxycore::retry::Retry;
use proxycore::{Error, ErrorKind};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::broker::{Kafka, TOPICS};
use crate::event_conformance::{conforms, event};
use crate::server::{free_port, run};

/// Sends the keys of the third argument to a topic as Kafka's Java clients choose partitions, and prints which.
const CHOOSE: &str = "
import json, sys
from confluent_kafka import Producer
producer = Producer({**json.loads(sys.argv[1]), 'partitioner': 'murmur2_random'})
chosen = {}
for key in json.loads(sys.argv[3]):
    producer.produce(sys.argv[2], b'', key, on_delivery=lambda error, message, key=key:
        chosen.__setitem__(key, message.partition()))
assert producer.flush(30) == 0
print(json.dumps(chosen))
";

fn is_sink(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Sink { sink: "Kafka", .. }) && error.is_retryable()
}

#[test]
fn conforms_to_the_promises() {
    let kafka = Kafka::start_with_topic();
    conforms(&kafka.sink(), &|| kafka.events());
}

#[test]
fn partitions_are_those_of_kafkas_own_clients() {
    let kafka = Kafka::start_with_topic();
    let sink = kafka.sink();
    let keys: Vec<String> =
        (0..40).map(|at| proxycore::identity::asset_id(&at.to_string())).collect();
    keys.iter().for_each(|key| sink.publish(&event(key)).unwrap());
    kafka.create("chosen");
    let keys = serde_json::to_string(&keys).unwrap();
    let chosen: Value = serde_json::from_str(&kafka.script(CHOOSE, &["chosen", &keys])).unwrap();
    let messages = kafka.messages();
    assert_eq!(messages.len(), 40);
    for message in messages {
        let key = message["key"].as_str().unwrap();
        let value: Value = serde_json::from_str(message["value"].as_str().unwrap()).unwrap();
        assert_eq!(message["partition"], chosen[key], "{key}");
        assert_eq!(value, serde_json::to_value(event(key)).unwrap());
        assert_eq!(message["headers"], Value::Null);
    }
}

#[test]
fn a_topic_that_is_not_there_is_not_created() {
    let kafka = Kafka::start();
    let error = KafkaEvents::connect(kafka.options()).unwrap_err();
    assert_eq!(error.to_string(), "no Kafka topic named `spaceharbor.proxy`; there is none");
    assert!(!kafka.script(TOPICS, &[]).contains(TOPIC));
}

#[test]
fn a_broker_that_is_away_is_an_error_in_time() {
    let options = KafkaOptions::new([format!("127.0.0.1:{}", free_port())]);
    let retry = Retry::default().with_deadline(Duration::from_secs(2));
    let started = Instant::now();
    let error = KafkaEvents::connect(options.with_retry(retry)).unwrap_err();
    assert!(is_sink(&error), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn a_broker_that_comes_back_is_found_again() {
    let mut kafka = Kafka::start_with_topic();
    let retry = Retry::default().with_deadline(Duration::from_secs(2));
    let sink = KafkaEvents::connect(kafka.options().with_retry(retry)).unwrap();
    sink.publish(&event("before")).unwrap();
    kafka.stop();
    let error = sink.publish(&event("away")).unwrap_err();
    assert!(is_sink(&error), "{error:?}");
    kafka.start_again();
    // the connection is gone, and so is the topic: it is told, and not made by asking for it
    let error = sink.publish(&event("away")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoSuch { .. }), "{error:?}");
    assert!(!kafka.script(TOPICS, &[]).contains(TOPIC));
    kafka.create(TOPIC);
    sink.publish(&event("after")).unwrap();
    assert_eq!(kafka.events(), [event("after")]);
}

#[test]
fn a_broker_that_is_away_for_a_moment_is_waited_for() {
    let mut kafka = Kafka::start_behind_gate(TempDir::new().unwrap(), json!({}), json!({}));
    kafka.create(TOPIC);
    let sink = kafka.sink();
    sink.publish(&event("a")).unwrap();
    kafka.shut_gate();
    thread::scope(|scope| {
        let later = scope.spawn(|| sink.publish(&event("a")));
        thread::sleep(Duration::from_millis(1500));
        kafka.open_gate();
        later.join().unwrap().unwrap();
    });
    assert_eq!(kafka.events(), [event("a"), event("a")]);
}

#[test]
fn a_broker_that_dies_in_the_midst_ends_the_delivery_with_an_error() {
    let mut kafka = Kafka::start_with_topic();
    let retry = Retry::default().with_calls(2).with_deadline(Duration::from_secs(2));
    let sink = KafkaEvents::connect(kafka.options().with_retry(retry)).unwrap();
    let (sent, errors) = thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let publish = |at: usize| sink.publish(&event(&at.to_string()));
            let mut sent = 0;
            loop {
                match publish(sent) {
                    Ok(()) => sent += 1,
                    Err(error) => return (sent, error),
                }
            }
        });
        thread::sleep(Duration::from_millis(500));
        kafka.stop();
        sender.join().unwrap()
    });
    assert!(sent > 0);
    assert!(is_sink(&errors), "{errors:?}");
    kafka.start_again();
    kafka.create(TOPIC);
    sink.publish(&event("again")).unwrap();
    assert_eq!(kafka.events(), [event("again")]);
}

pub const USER: &str = "render";
pub const PASSWORD: &str = "hush-of-kafka";

pub const HERE: &str = "DNS:localhost,IP:127.0.0.1";

/// Makes a CA, and a certificate that it signed for a server of these names.
fn certificates(folder: &Path, names: &str) {
    let openssl = |args: &[&str]| {
        run(Command::new("openssl").current_dir(folder).args(args));
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let ca = ["req", "-x509", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA"];
    let asked = ["req", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"];
    fs::write(folder.join("names"), format!("subjectAltName={names}\n")).unwrap();
    openssl(&[&ca[..], &key].concat());
    openssl(&[&asked[..], &key].concat());
    openssl(&[
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-extfile",
        "names",
        "-out",
        "server.pem",
    ]);
}

/// A broker that wants TLS and SASL, with a certificate for `names`.
pub fn guarded(names: &str) -> Kafka {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path(), names);
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let client = json!({
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": file("ca.pem"),
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": USER,
        "sasl.password": PASSWORD,
    });
    let settings = json!({
        "certificate": file("server.pem"),
        "key": file("server.key"),
        "users": { USER: PASSWORD },
    });
    Kafka::start_behind_gate(folder, settings, client)
}

/// Connects, which has to fail for good, and soon.
fn refused(options: KafkaOptions) -> String {
    let started = Instant::now();
    let error = KafkaEvents::connect(options).unwrap_err();
    let lasts = matches!(error.kind(), ErrorKind::Refused { .. } | ErrorKind::Denied { .. });
    assert!(lasts && error.to_string().contains("Kafka"), "{error:?}");
    assert!(!error.is_retryable());
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
    error.to_string()
}

#[test]
fn tls_and_each_sasl_mechanism_lead_in() {
    let kafka = guarded(HERE);
    kafka.create(TOPIC);
    let trusting = || kafka.options().with_ca_file(kafka.folder.path().join("ca.pem"));
    let mechanisms = [SaslMechanism::Plain, SaslMechanism::ScramSha256, SaslMechanism::ScramSha512];
    for mechanism in mechanisms {
        let sink = KafkaEvents::connect(trusting().with_sasl(mechanism, USER, PASSWORD)).unwrap();
        sink.publish(&event("a")).unwrap();
        for (user, password) in [(USER, "wrong"), ("nobody", PASSWORD)] {
            let said = refused(trusting().with_sasl(mechanism, user, password));
            assert!(said.ends_with("the user or the password is wrong"), "{said}");
        }
    }
    assert_eq!(kafka.events(), [event("a"), event("a"), event("a")]);
}

#[test]
fn a_certificate_that_is_not_trusted_is_told() {
    let kafka = guarded(HERE);
    let other = tempfile::tempdir().unwrap();
    certificates(other.path(), HERE);
    for options in
        [kafka.options().with_tls(), kafka.options().with_ca_file(other.path().join("ca.pem"))]
    {
        let said = refused(options);
        assert!(said.contains("its certificate is not trusted"), "{said}");
    }
}

#[test]
fn a_certificate_for_another_host_is_told() {
    let kafka = guarded("DNS:other.studio.lan");
    let ca = kafka.folder.path().join("ca.pem");
    let said = refused(kafka.options().with_ca_file(ca));
    assert!(said.ends_with("its certificate is not valid, or not for this host"), "{said}");
}

/// Kafka itself closes the connection, which is not told from a broker that stops.
#[test]
fn what_answers_without_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let broker = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            _ = client.read(&mut [0; 16]);
            _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let said = refused(KafkaOptions::new([broker]).with_tls());
    assert!(said.ends_with("it does not speak TLS"), "{said}");
}

#[test]
fn a_mechanism_that_the_broker_has_not_is_told() {
    let settings = json!({ "users": { USER: PASSWORD }, "mechanisms": ["PLAIN"] });
    let kafka = Kafka::start_behind_gate(tempfile::tempdir().unwrap(), settings, json!({}));
    let said = refused(kafka.options().with_sasl(SaslMechanism::ScramSha256, USER, PASSWORD));
    assert!(said.ends_with("it does not have this SASL mechanism"), "{said}");
}

/// A broker that answers the first deliveries with these codes of Kafka's protocol.
fn refusing(codes: &[i16]) -> Kafka {
    let folder = TempDir::new().unwrap();
    let kafka = Kafka::start_behind_gate(folder, json!({ "refusals": codes }), json!({}));
    kafka.create(TOPIC);
    kafka
}

#[test]
fn what_is_too_large_for_the_broker_is_refused_with_its_size() {
    const MESSAGE_TOO_LARGE: i16 = 10;
    let kafka = refusing(&[MESSAGE_TOO_LARGE]);
    let sink = kafka.sink();
    let error = sink.publish(&event("large")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused { sink: "Kafka", .. }), "{error:?}");
    let bytes = "large".len() + serde_json::to_vec(&event("large")).unwrap().len();
    let told = format!(
        "Kafka: topic `spaceharbor.proxy` does not take the event: too large for the broker \
         ({bytes} bytes of key and value)"
    );
    assert_eq!(error.to_string(), told);
    // the next one is another matter
    sink.publish(&event("small")).unwrap();
    assert_eq!(kafka.events(), [event("small")]);
}

#[test]
fn who_may_not_write_is_told_at_once() {
    const TOPIC_AUTHORIZATION_FAILED: i16 = 29;
    let kafka = refusing(&[TOPIC_AUTHORIZATION_FAILED; 9]);
    let error = kafka.sink().publish(&event("a")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Denied { .. }), "{error:?}");
    assert!(error.to_string().contains("no permission to write to topic"), "{error}");
    assert!(!error.is_retryable());
    assert_eq!(kafka.events(), []);
}

#[test]
fn a_leader_that_moved_is_found_again() {
    const LEADER_NOT_AVAILABLE: i16 = 5;
    const NOT_LEADER: i16 = 6;
    const NOT_ENOUGH_REPLICAS: i16 = 19;
    let kafka = refusing(&[NOT_LEADER, LEADER_NOT_AVAILABLE, NOT_ENOUGH_REPLICAS]);
    kafka.sink().publish(&event("a")).unwrap();
    assert_eq!(kafka.events(), [event("a")]);
}
