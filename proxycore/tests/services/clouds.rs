//! The stores of Azure and of Google.
//!
//! What every store promises is asked of Azurite, Microsoft's own emulator, where it is installed
//! (`npm install --global azurite`). For Google's there is none that takes the XML requests with which
//! objects are written, so what is asked is where they go.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use proxycore::ErrorKind;
use proxycore::storage::{ObjectOptions, ObjectStorage, Scheme, Storage};
use tempfile::TempDir;

use crate::conformance;
use crate::s3::BUCKET;
use crate::server::{Server, free_port, run, run_script};
use crate::skip;

/// How the child of a test learns where its server is.
const ENDPOINT: &str = "PROXYCORE_TEST_ENDPOINT";

/// The account that the emulator of Azure has, and its key, which are known to everybody.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Makes a container, as the emulator comes without any.
const CONTAINER: &str = "
import base64, email.utils, hashlib, hmac, sys, urllib.request
endpoint, account, key, name = sys.argv[1:]
headers = {'x-ms-date': email.utils.formatdate(usegmt=True), 'x-ms-version': '2021-08-06'}
signed = ['PUT'] + [''] * 11 + [f'{name}:{value}' for name, value in headers.items()]
signed += [f'/{account}/{account}/{name}', 'restype:container']
code = hmac.new(base64.b64decode(key), '\\n'.join(signed).encode(), hashlib.sha256).digest()
headers['Authorization'] = f'SharedKey {account}:{base64.b64encode(code).decode()}'
url = f'{endpoint}/{name}?restype=container'
urllib.request.urlopen(urllib.request.Request(url, method='PUT', headers=headers)).close()
";

/// A program that is somewhere on the `PATH`.
fn installed(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(program)).find(|at| at.is_file())
}

/// Starts a server, which is ready once it can be connected to.
fn started(name: &'static str, command: &mut Command, folder: &TempDir, port: u16) -> Server {
    let log = folder.path().join("log");
    let mut server = Server::start(name, command.current_dir(folder.path()), &log);
    server.wait_until(&log, || TcpStream::connect(("127.0.0.1", port)).is_ok());
    server
}

/// Runs a test in a process of its own, as who asks is told by the environment.
fn passes(test: &str, endpoint: &str, environment: &[(&str, &str)]) {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", test, "--ignored", "--nocapture"]).env(ENDPOINT, endpoint);
    assert!(run(child.envs(environment.iter().copied())).contains("1 passed"));
}

/// The store that the child of a test is told of.
fn told(scheme: Scheme) -> Option<ObjectStorage> {
    let options = ObjectOptions::default().with_endpoint(env::var(ENDPOINT).ok()?);
    Some(ObjectStorage::new(scheme, BUCKET, &options).unwrap())
}

#[test]
fn what_speaks_like_azures_store_conforms() {
    let Some(program) = installed("azurite-blob") else {
        return skip::without_tool("there is no azurite-blob on the PATH");
    };
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let mut command = Command::new(program);
    command.args(["--blobPort", &port.to_string(), "--location", "."]);
    command.args(["--silent", "--disableTelemetry", "--skipApiVersionCheck"]);
    let _server = started("azurite-blob", &mut command, &folder, port);
    let endpoint = format!("http://127.0.0.1:{port}/{ACCOUNT}");
    run_script(CONTAINER, &[&endpoint, ACCOUNT, KEY, BUCKET]);
    let environment = [("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT), ("AZURE_STORAGE_ACCOUNT_KEY", KEY)];
    passes("clouds::azures", &endpoint, &environment);
}

#[test]
#[ignore = "runs as the child of what_speaks_like_azures_store_conforms"]
fn azures() {
    told(Scheme::Azure).into_iter().for_each(|store| conformance::conforms(&store));
}

#[test]
fn an_endpoint_is_where_googles_requests_go() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").unwrap();
        line
    });
    passes("clouds::googles", &endpoint, &[("GOOGLE_SKIP_SIGNATURE", "true")]);
    assert_eq!(asked.join().unwrap().trim_end(), format!("HEAD /{BUCKET}/frame HTTP/1.1"));
}

#[test]
#[ignore = "runs as the child of an_endpoint_is_where_googles_requests_go"]
fn googles() {
    if let Some(store) = told(Scheme::Gcs) {
        assert_eq!(store.head("frame").unwrap_err().kind(), &ErrorKind::NotFound);
    }
}
