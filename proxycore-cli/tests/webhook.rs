//! The command line's events at a receiver over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::thread;

use exr::prelude::write_rgb_file;
use serde_json::Value;

/// Makes a thumbnail of a frame, and tells a receiver that answers with `status`; gives what it was
/// sent, too.
fn told(status: &'static str) -> (Output, String, Value) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks/token?key=value", listener.local_addr().unwrap());
    let receiver = thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(stream.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let head = head.to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).unwrap();
        let said = "not `Bearer hush` for /hooks/token?key=value";
        let length = said.len();
        write!(stream.get_mut(), "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{said}")
            .unwrap();
        (head, serde_json::from_slice(&body).unwrap())
    });
    let folder = tempfile::tempdir().unwrap();
    write_rgb_file(folder.path().join("a.exr"), 96, 64, |_, _| (0.5_f32, 0.25_f32, 0.1_f32))
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_proxycore"))
        .current_dir(folder.path())
        .args(["make", "a.exr", "--renditions", "thumb", "--events", &url])
        .env("PROXYCORE_WEBHOOK_AUTHORIZATION", "Bearer hush")
        .output()
        .unwrap();
    let (head, body) = receiver.join().unwrap();
    (output, head, body)
}

#[test]
fn a_receiver_is_told_and_knows_who_asks() {
    let (output, head, body) = told("200 OK");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(head.starts_with("post /hooks/token?key=value http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nauthorization: bearer hush\r\n"), "{head}");
    assert_eq!(body["data"]["type"], "proxy.generated");
    assert!(body["data"]["thumbnail_uri"].as_str().unwrap().ends_with("/.proxies/a_thumb.jpg"));
}

#[test]
fn a_refusal_fails_the_source_and_shows_no_secret() {
    let (output, ..) = told("403 Forbidden");
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(shown.contains("answered 403 Forbidden: not `...` for ...?..."), "{shown}");
    for secret in ["hush", "token", "value"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
