//! An S3 server: `SeaweedFS`, with one bucket.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use proxycore::storage::{ObjectOptions, ObjectStorage, Scheme, Storage};
use tempfile::TempDir;

use crate::conformance;
use crate::server::{Server, free_port, python};

pub const ACCESS_KEY: &str = "k";
pub const SECRET_KEY: &str = "s";
pub const BUCKET: &str = "renders";

/// A server with an empty bucket [`BUCKET`].
#[derive(Debug)]
pub struct S3 {
    pub port: u16,
    // killed before its folder goes
    _server: Server,
    _folder: TempDir,
}

impl S3 {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [port, master, volume, filer] = [(); 4].map(|()| free_port());
        let log = folder.path().join("log");
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        let mut command = Command::new(weed());
        command
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("S3_BUCKET", BUCKET)
            .args(["mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"])
            .args(["-admin.ui=false", "-webdav=false", "-master.telemetry=false"])
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0"])
            .arg(format!("-dir={}", data.display()))
            .arg(format!("-s3.port={port}"))
            .arg(format!("-master.port={master}"))
            .arg(format!("-volume.port={volume}"))
            .arg(format!("-filer.port={filer}"));
        let mut server = Server::start("weed", &mut command, &log);
        server.wait_until(&log, || is_healthy(port));
        Self { port, _server: server, _folder: folder }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The program of the server, from its Python package.
fn weed() -> std::path::PathBuf {
    python().with_file_name("weed")
}

fn is_healthy(port: u16) -> bool {
    http(port, "GET /healthz HTTP/1.0\r\n\r\n").is_some_and(|said| said.contains(" 200 "))
}

/// Sends a request as it is, and gives what came back.
fn http(port: u16, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut said = String::new();
    stream.read_to_string(&mut said).ok()?;
    Some(said)
}

#[test]
fn starts() {
    let s3 = S3::start();
    let refused = http(s3.port, &format!("GET /{BUCKET} HTTP/1.0\r\n\r\n")).unwrap();
    assert!(refused.contains("AccessDenied"), "{refused}");
}

impl S3 {
    pub fn options(&self) -> ObjectOptions {
        ObjectOptions::default()
            .with_endpoint(self.endpoint())
            .with_region("us-east-1")
            .with_credentials(ACCESS_KEY, SECRET_KEY, None)
    }

    pub fn storage(&self) -> ObjectStorage {
        ObjectStorage::new(Scheme::S3, BUCKET, &self.options()).unwrap()
    }
}

#[test]
fn conforms() {
    let s3 = S3::start();
    let store = s3.storage();
    conformance::conforms(&store);
    assert_eq!((store.bucket(), &*store.uri("a b.jpg")), (BUCKET, "s3://renders/a b.jpg"));
}

#[test]
fn long_objects_go_in_parts() {
    let s3 = S3::start();
    let store = s3.storage();
    let bytes: Vec<u8> = (0..40_u32 << 20).map(|at| (at >> 8) as u8 ^ at as u8).collect();
    let attributes = conformance::thumbnail("long.exr");
    store.put("long.mp4", &bytes, &attributes).unwrap();
    let meta = store.head("long.mp4").unwrap();
    assert_eq!((meta.size, meta.attributes.metadata), (40 << 20, attributes.metadata));
    assert!(conformance::read(&store, "long.mp4") == bytes);
}

#[test]
fn a_wrong_secret_is_told_as_one() {
    let s3 = S3::start();
    let wrong = s3.options().with_credentials(ACCESS_KEY, "hush", None);
    let store = ObjectStorage::new(Scheme::S3, BUCKET, &wrong).unwrap();
    let error = store.head("a.exr").unwrap_err();
    assert_eq!(
        error.to_string(),
        "a.exr: no permission to look at `s3://renders/a.exr`; check the credentials"
    );
    assert!(!format!("{error:?}").contains("hush"));
}
