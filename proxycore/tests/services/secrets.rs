//! What nobody is shown: secrets, while all goes well and while all goes wrong.
//!
//! A child of this test keeps everything that this crate and those beneath it log, down to the last
//! trace, beside errors, rows and events.

use std::env;
use std::error::Error;
use std::fmt::{Debug, Write};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use proxycore::Pipeline;
use proxycore::event::{
    EventSink, KafkaEvents, KafkaOptions, ProxyEvent, SaslMechanism, TOPIC, WebhookEvents,
    WebhookOptions,
};
use proxycore::metadata::PostgresMetadata;
use proxycore::retry::Retry;
use proxycore::storage::{ObjectAttributes, ObjectOptions, ObjectStorage, Scheme, Storage};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::kafka::{HERE, PASSWORD as KAFKA, USER, guarded};
use crate::matrix::frame;
use crate::postgres::{ESCAPED, PASSWORD as POSTGRES, Postgres};
use crate::proxy::{Fault, Proxy};
use crate::s3::{ACCESS_KEY, BUCKET, S3, SECRET_KEY};
use crate::server::run;
use crate::webhook::Receiver;

const PATH: &str = "hush-of-the-path";
const QUERY: &str = "hush-of-the-query";
const HEADER: &str = "hush-of-the-header";
const WRONG: &str = "hush-that-is-wrong";

const SECRETS: [&str; 8] = [SECRET_KEY, POSTGRES, ESCAPED, KAFKA, PATH, QUERY, HEADER, WRONG];

/// Everything that was said.
static SAID: Mutex<String> = Mutex::new(String::new());

fn say(text: &str) {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    said.push_str(text);
    said.push('\n');
}

struct Listener {
    spans: AtomicU64,
}

static LISTENER: Listener = Listener { spans: AtomicU64::new(1) };

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for &'static Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line(span.metadata().name().to_owned());
        span.record(&mut line);
        say(&line.0);
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        say(&line.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        say(&line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl log::Log for Listener {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        say(&format!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// Says an error in every way in which one can be shown.
fn tell<T>(what: &str, failed: proxycore::Result<T>) {
    let error = failed.err().unwrap_or_else(|| panic!("{what}: no error"));
    say(&format!("{what}: {error} {error:?} {error:#?}"));
    let mut source = error.source();
    while let Some(cause) = source {
        say(&format!("{what}: {cause} {cause:?}"));
        source = cause.source();
    }
}

fn soon() -> Retry {
    Retry::default().with_calls(2).with_deadline(Duration::from_secs(2))
}

fn webhook(port: u16) -> WebhookOptions {
    let url = format!("http://127.0.0.1:{port}/{PATH}?token={QUERY}");
    let options = WebhookOptions::new(&url).unwrap().with_retry(soon());
    options.with_header("Authorization", &format!("Bearer {HEADER}")).unwrap()
}

fn storage(options: &ObjectOptions) -> Arc<ObjectStorage> {
    say(&format!("{options:?}"));
    Arc::new(ObjectStorage::new(Scheme::S3, BUCKET, options).unwrap())
}

fn kafka_fails(options: &KafkaOptions) {
    say(&format!("{options:?}"));
    let sasl = |password| options.clone().with_sasl(SaslMechanism::Plain, USER, password);
    tell("wrong password", KafkaEvents::connect(sasl(WRONG).with_retry(soon())));
}

fn webhook_fails(receiver: &Receiver) {
    let echo = format!("403 No\r\n\r\nno {HEADER} for {PATH} and {QUERY}, Bearer {HEADER}");
    let event = ProxyEvent::default();
    for answers in [&[&*echo][..], &["500 No", "500 No"], &["cut", "cut"]] {
        receiver.answer(answers);
        tell("answer", WebhookEvents::new(webhook(receiver.port)).unwrap().publish(&event));
    }
    let away = webhook(crate::server::free_port());
    tell("away", WebhookEvents::new(away).unwrap().publish(&event));
}

fn storage_fails(s3: &S3) {
    let proxy = Proxy::start(s3.port);
    let options = s3.options().with_retry(soon());
    let wrong = options.clone().with_credentials(ACCESS_KEY, WRONG, Some(WRONG.to_owned()));
    tell("wrong secret", storage(&wrong).head("a.exr"));
    let spoilt = storage(&options.with_endpoint(format!("http://127.0.0.1:{}", proxy.port)));
    for fault in [Fault::Fail, Fault::Deny, Fault::Redirect, Fault::LoseAnswer, Fault::CutRequest] {
        proxy.spoil(move |_| Some(fault));
        tell("head", spoilt.head("a.exr"));
        tell("put", spoilt.put("b.exr", b"bytes", &ObjectAttributes::default()));
    }
    drop(proxy);
    tell("away", spoilt.head("a.exr"));
}

fn postgres_fails(postgres: &mut Postgres) {
    let (url, schema) = (postgres.url(""), PostgresMetadata::SCHEMA);
    let connect = |url: &str| PostgresMetadata::connect(url, schema);
    tell("wrong password", connect(&url.replace(ESCAPED, WRONG)));
    tell("no port", connect(&url.replace("@127.0.0.1:", "@127.0.0.1:x")));
    tell("no option", connect(&format!("{url}?nonsense=1")));
    postgres.down("fast");
    tell("away", connect(&format!("{url}?connect_timeout=1")));
}

#[test]
fn no_secret_is_told() {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "secrets::all_is_told", "--ignored", "--nocapture"]);
    assert!(run(&mut child).contains("1 passed"));
}

#[test]
#[ignore = "runs as the child of no_secret_is_told, as what listens is the whole process's"]
fn all_is_told() {
    let (s3, mut postgres, kafka, receiver) =
        (S3::start(), Postgres::start(), guarded(HERE), Receiver::start());
    kafka.create(TOPIC);
    tracing::subscriber::set_global_default(&LISTENER).unwrap();
    log::set_logger(&LISTENER).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    let rows = PostgresMetadata::connect(&postgres.url(""), PostgresMetadata::SCHEMA).unwrap();
    let trusting = kafka.options().with_ca_file(kafka.folder.path().join("ca.pem"));
    let let_in = trusting.clone().with_sasl(SaslMechanism::ScramSha256, USER, KAFKA);
    let events = KafkaEvents::connect(let_in).unwrap();
    let hook = WebhookEvents::new(webhook(receiver.port)).unwrap();
    say(&format!("{rows:?} {events:?} {hook:?} {:?}", webhook(receiver.port)));
    let storage = storage(&s3.options());
    storage.put("a.exr", &frame(96, 64, 1), &ObjectAttributes::default()).unwrap();
    let pipeline = Pipeline::new(storage)
        .with_metadata(Arc::new(rows))
        .with_events(Arc::new(events))
        .with_events(Arc::new(hook));
    say(&format!("{:?}", pipeline.run("a.exr").unwrap()));
    for table in ["proxy_outputs", "proxy_renditions"] {
        let schema = PostgresMetadata::SCHEMA;
        say(&postgres.psql(&format!("SELECT row_to_json(t) FROM {schema}.{table} t")));
    }
    kafka.messages().iter().for_each(|message| say(&message.to_string()));
    receiver.requests().iter().for_each(|request| say(&request.body.to_string()));

    tell("no source", pipeline.run("b.exr"));
    storage_fails(&s3);
    kafka_fails(&trusting);
    webhook_fails(&receiver);
    postgres_fails(&mut postgres);

    let said = SAID.lock().unwrap();
    for heard in ["trying again", "hyper", "object_store", "rskafka", "proxy_id"] {
        assert!(said.contains(heard), "nothing was heard of {heard}");
    }
    for secret in SECRETS {
        let leaks: Vec<_> = said.lines().filter(|line| line.contains(secret)).collect();
        assert!(leaks.is_empty(), "{secret} in {leaks:#?}");
    }
}
