//! The command line's events in a real Kafka broker.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[allow(dead_code, reason = "the library's tests use the rest")]
#[path = "../../proxycore/tests/services/broker.rs"]
mod broker;
#[allow(dead_code, reason = "the library's tests use the rest")]
#[path = "../../proxycore/tests/services/server.rs"]
mod server;

use std::path::Path;
use std::process::{Command, Output};

use exr::prelude::write_rgb_file;
use proxycore::event::TOPIC;
use serde_json::{Value, json};
use tempfile::TempDir;

use broker::Kafka;

/// A folder with two frames.
fn frames() -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["a.0001.exr", "a.0002.exr"] {
        let light = |x: usize, y: usize| (x as f32 / 96.0, y as f32 / 64.0, 0.25_f32);
        write_rgb_file(folder.path().join(name), 96, 64, light).unwrap();
    }
    folder
}

/// Makes thumbnails of both frames and tells of them by `events`, in an environment of its own.
fn make(folder: &Path, events: &str, environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxycore"));
    let args = ["make", "a.0001.exr", "a.0002.exr", "--renditions", "thumb", "--json"];
    command.current_dir(folder).args(args).args(["--events", events]);
    command.env_clear().envs(environment.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn each_source_is_told_and_another_client_reads_it() {
    let (kafka, folder) = (Kafka::start_with_topic(), frames());
    // one broker is away
    let away = server::free_port();
    let url = format!("kafka://127.0.0.1:{away},{}/{TOPIC}", kafka.address());
    let done = make(folder.path(), &url, &[]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let messages = kafka.messages();
    assert_eq!(messages.len(), 2);
    for told in text(&done.stdout).lines() {
        let told: Value = serde_json::from_str(told).unwrap();
        let asset = told["asset_id"].as_str().unwrap();
        let message = messages.iter().find(|message| message["key"] == asset).unwrap();
        let event: Value = serde_json::from_str(message["value"].as_str().unwrap()).unwrap();
        assert_eq!(event["type"], "proxy.generated");
        assert_eq!(event["asset_id"], asset);
        let thumbnail = &told["renditions"][0];
        assert_eq!(event["thumbnail_uri"], thumbnail["uri"]);
        assert_eq!(event["thumbnail_size_bytes"], thumbnail["bytes"]);
        assert_eq!((&event["proxy_uri"], &event["proxy_size_bytes"]), (&json!(""), &json!(0)));
    }
}

#[test]
fn a_topic_that_is_not_there_ends_it_before_the_work() {
    let (kafka, folder) = (Kafka::start(), frames());
    let output = make(folder.path(), &format!("kafka://{}/nowhere", kafka.address()), &[]);
    assert_eq!(output.status.code(), Some(1));
    let told = "proxycore: no Kafka topic named `nowhere`; there is none\n";
    assert_eq!(text(&output.stderr), told);
    assert!(!folder.path().join(".proxies").exists());
}

#[test]
fn who_asks_comes_from_the_environment_and_is_not_shown() {
    let folder = frames();
    let settings = json!({ "users": { "render": "hush" } });
    let client = json!({
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "render",
        "sasl.password": "hush",
    });
    let kafka = Kafka::start_behind_gate(TempDir::new().unwrap(), settings, client);
    kafka.create(TOPIC);
    let url = format!("kafka://{}/{TOPIC}", kafka.address());
    let environment = |password| {
        [
            ("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"),
            ("KAFKA_SASL_MECHANISM", "SCRAM-SHA-256"),
            ("KAFKA_SASL_USERNAME", "render"),
            ("KAFKA_SASL_PASSWORD", password),
            ("RUST_LOG", "trace"),
        ]
    };
    let wrong = make(folder.path(), &url, &environment("not-it"));
    assert_eq!(wrong.status.code(), Some(1));
    let told = text(&wrong.stderr);
    assert!(told.ends_with("the user or the password is wrong\n"), "{told}");
    assert!(!told.contains("not-it"), "{told}");
    let right = make(folder.path(), &url, &environment("hush"));
    assert!(right.status.success(), "{}", text(&right.stderr));
    assert!(!text(&[right.stdout, right.stderr].concat()).contains("hush"));
    assert_eq!(kafka.messages().len(), 2);
}

#[test]
fn a_url_with_a_password_is_refused_and_not_shown() {
    let folder = frames();
    for url in ["kafka://me:hush@kafka:9092/topic", "https://me:hush@hooks.studio.lan/"] {
        let output = make(folder.path(), url, &[]);
        assert_eq!(output.status.code(), Some(1));
        let told = text(&output.stderr);
        assert!(told.contains("password") && !told.contains("hush"), "{told}");
    }
    let output = make(folder.path(), "events.jsonl", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("write jsonl:FILE, kafka://HOST:PORT"));
}
