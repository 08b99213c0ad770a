//! An S3 server: `SeaweedFS`, with one bucket.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use proxycore::storage::{ObjectOptions, ObjectStorage, Scheme};
use tempfile::TempDir;

use crate::server::{Server, free_port, python, run_script};

pub const ACCESS_KEY: &str = "k";
pub const SECRET_KEY: &str = "hush-of-s3";
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
pub fn http(port: u16, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut said = String::new();
    stream.read_to_string(&mut said).ok()?;
    Some(said)
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

/// What a client that is none of ours says of the bucket: the uploads that were begun and not ended,
/// and an object's tags.
const BOTO: &str = "
import sys, boto3
client = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1',
                      aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3])
if sys.argv[5] == 'uploads':
    print(len(client.list_multipart_uploads(Bucket=sys.argv[4]).get('Uploads', [])))
else:
    tags = client.get_object_tagging(Bucket=sys.argv[4], Key=sys.argv[6])['TagSet']
    print(*sorted(tag['Key'] + '=' + tag['Value'] for tag in tags))
";

impl S3 {
    fn boto(&self, words: &[&str]) -> String {
        let endpoint = self.endpoint();
        let place = [&*endpoint, ACCESS_KEY, SECRET_KEY, BUCKET];
        run_script(BOTO, &[&place, words].concat()).trim().to_owned()
    }

    /// Multipart uploads that were begun and not ended.
    pub fn uploads(&self) -> usize {
        self.boto(&["uploads"]).parse().unwrap()
    }

    /// An object's tags, `name=value`, sorted.
    pub fn tags(&self, key: &str) -> String {
        self.boto(&["tags", key])
    }
}
