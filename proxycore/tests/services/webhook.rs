//! A receiver of events over HTTP/1.1: it keeps what it is sent, and answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use proxycore::ErrorKind;
use proxycore::event::{EventSink, ProxyEvent, WebhookEvents, WebhookOptions};
use proxycore::retry::Retry;
use serde_json::Value;

use crate::event_conformance::{conforms, event};

const OK: &str = "204 No Content\r\n";

#[derive(Clone)]
pub struct Request {
    head: String,
    pub body: Value,
}

#[derive(Default)]
struct Kept {
    requests: Vec<Request>,
    /// Status lines and headers to answer with, the last one first; then [`OK`].
    answers: Vec<String>,
}

/// What receives, until the test ends.
pub struct Receiver {
    pub port: u16,
    kept: Arc<Mutex<Kept>>,
}

impl Receiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let all = Arc::clone(&kept);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let all = Arc::clone(&all);
                thread::spawn(move || while serve(&client, &all).is_some() {});
            }
        });
        Self { port, kept }
    }

    pub fn answer(&self, answers: &[&str]) {
        let answers = answers.iter().rev().map(|&answer| answer.to_owned());
        self.kept.lock().unwrap().answers = answers.collect();
    }

    pub fn requests(&self) -> Vec<Request> {
        self.kept.lock().unwrap().requests.clone()
    }

    fn options(&self) -> WebhookOptions {
        let options = WebhookOptions::new(&format!("http://127.0.0.1:{}/in", self.port)).unwrap();
        options.with_header("Authorization", "Bearer hush").unwrap()
    }

    fn sink(&self) -> WebhookEvents {
        WebhookEvents::new(self.options()).unwrap()
    }
}

/// Takes one request; `None` where the connection ends.
fn serve(mut client: &TcpStream, kept: &Mutex<Kept>) -> Option<()> {
    let mut reader = BufReader::new(client);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let start = head.len();
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
        let line = head[start..].to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let answer = {
        let mut kept = kept.lock().unwrap();
        kept.requests.push(Request { head, body: serde_json::from_slice(&body).unwrap() });
        kept.answers.pop().unwrap_or_else(|| OK.to_owned())
    };
    if answer == "cut" {
        return None;
    }
    let (head, said) = answer.split_once("\r\n\r\n").unwrap_or((answer.trim_end(), ""));
    let length = said.len();
    write!(client, "HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{said}").ok()
}

#[test]
fn conforms_to_the_promises() {
    let receiver = Receiver::start();
    let data = |request: Request| serde_json::from_value(request.body["data"].clone()).unwrap();
    conforms(&receiver.sink(), &|| receiver.requests().into_iter().map(data).collect());
}

#[test]
fn sends_a_cloud_event() {
    let receiver = Receiver::start();
    receiver.sink().publish(&event("3c6e1c31ae45e0f1")).unwrap();
    let [Request { head, body }] = &receiver.requests()[..] else { panic!("not one request") };
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("post /in http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-type: application/cloudevents+json; charset=utf-8\r\n"));
    assert!(head.contains("\r\nauthorization: bearer hush\r\n"), "{head}");
    for (name, value) in [
        ("specversion", "1.0"),
        ("type", "proxy.generated"),
        ("source", "urn:proxycore"),
        ("subject", "3c6e1c31ae45e0f1"),
        ("time", "2026-04-01T00:00:00+00:00"),
        ("datacontenttype", "application/json"),
    ] {
        assert_eq!(body[name], value, "{name}");
    }
    assert_eq!(body["data"], serde_json::to_value(event("3c6e1c31ae45e0f1")).unwrap());
}

#[test]
fn what_passes_is_sent_again_as_it_was() {
    let receiver = Receiver::start();
    receiver.answer(&["503 Away", "429 Slow", "408 Late", "cut"]);
    receiver.sink().publish(&event("a")).unwrap();
    let requests = receiver.requests();
    assert_eq!(requests.len(), 5);
    assert!(requests.iter().all(|request| request.body == requests[0].body));
}

#[test]
fn a_wait_that_is_asked_for_is_kept_within_the_deadline() {
    let receiver = Receiver::start();
    receiver.answer(&["503 Away\r\nRetry-After: 1"]);
    let started = Instant::now();
    receiver.sink().publish(&event("a")).unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    receiver.answer(&["503 Away\r\nRetry-After: 3600"]);
    let error = receiver.sink().publish(&event("a")).unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(receiver.requests().len(), 3);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn what_is_refused_is_not_sent_again() {
    let receiver = Receiver::start();
    let said = format!("403 Forbidden\r\n\r\nno `Bearer hush` at `/in` {}", "x".repeat(500));
    receiver.answer(&[&said]);
    let error = receiver.sink().publish(&event("a")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused { sink: "webhook", .. }), "{error:?}");
    let start = format!(
        "webhook: http://127.0.0.1:{} answered 403 Forbidden: no `...` at `...` xxx",
        receiver.port
    );
    assert!(error.to_string().starts_with(&start), "{error}");
    assert!(error.to_string().len() < 300, "{error}");
    assert_eq!(receiver.requests().len(), 1);
}

#[test]
fn a_redirect_is_not_followed() {
    let (receiver, thief) = (Receiver::start(), Receiver::start());
    let place = format!("307 Elsewhere\r\nLocation: http://127.0.0.1:{}/", thief.port);
    receiver.answer(&[&place]);
    let error = receiver.sink().publish(&event("a")).unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    assert_eq!(thief.requests().len(), 0);
}

#[test]
fn a_receiver_that_is_away_or_silent_is_an_error_in_time() {
    let retry = Retry::default().with_calls(2).with_deadline(Duration::from_secs(2));
    // bound and never accepted from: it connects, and no answer comes
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for port in [crate::server::free_port(), silent.local_addr().unwrap().port()] {
        let options = WebhookOptions::new(&format!("http://127.0.0.1:{port}/hush")).unwrap();
        let options = options.with_retry(retry).with_timeout(Duration::from_millis(300));
        let started = Instant::now();
        let error = WebhookEvents::new(options).unwrap().publish(&ProxyEvent::default());
        let error = error.unwrap_err();
        assert!(error.is_retryable());
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
