//! A proxy in front of a server, that counts what passes and spoils what it is told to.
//!
//! It speaks as much of HTTP/1.1 as S3 clients do: requests and answers with a `Content-Length`, one
//! a connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with 503.
    Refuse,
    /// It is answered with 500.
    Fail,
    /// It is answered with 403.
    Deny,
    /// It is answered with a redirect to another place.
    Redirect,
    /// The answer's bytes come slowly.
    Slow,
    /// The answer stops after its head, and the connection stays.
    Stall,
    /// The connection is closed in the midst of the answer.
    CutAnswer,
    /// The connection is reset in the midst of the answer.
    ResetAnswer,
    /// The server does as asked, and its answer is lost.
    LoseAnswer,
    /// The connection is reset in the midst of the request.
    CutRequest,
}

impl Fault {
    /// What is answered without asking the server.
    fn answer(self) -> Option<&'static str> {
        Some(match self {
            Self::Refuse => "503 Slow Down\r\n",
            Self::Fail => "500 Internal Server Error\r\n",
            Self::Deny => "403 Forbidden\r\n",
            Self::Redirect => "307 Temporary Redirect\r\nLocation: http://localhost:9/stolen\r\n",
            _ => return None,
        })
    }
}

/// How long an answer that stopped keeps its connection; longer than any client here waits.
const STALL: Duration = Duration::from_secs(10);

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub head: Vec<u8>,
    pub length: usize,
}

impl Request {
    /// Whether its first line holds a text.
    pub fn asks_for(&self, text: &str) -> bool {
        let head = String::from_utf8_lossy(&self.head);
        head.lines().next().is_some_and(|line| line.contains(text))
    }
}

type Rule = Box<dyn Fn(&Request) -> Option<Fault> + Send>;

struct Shared {
    server: u16,
    rule: Mutex<Rule>,
    requests: AtomicU64,
    /// Bytes of bodies that clients read.
    read: AtomicU64,
    ended: AtomicBool,
}

/// A running proxy.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    pub fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            server,
            rule: Mutex::new(Box::new(|_| None)),
            requests: AtomicU64::new(0),
            read: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        });
        let all = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if all.ended.load(Ordering::Relaxed) {
                    return;
                }
                let all = Arc::clone(&all);
                // a client that goes away is its own business
                thread::spawn(move || _ = all.serve(client));
            }
        });
        Self { port, shared }
    }

    /// Sets what is spoilt from now on.
    pub fn spoil(&self, rule: impl Fn(&Request) -> Option<Fault> + Send + 'static) {
        *self.shared.rule.lock().unwrap() = Box::new(rule);
    }

    /// Spoils the first `times` requests that `matches`, each in the same way.
    pub fn spoil_first(
        &self,
        times: u64,
        fault: Fault,
        matches: impl Fn(&Request) -> bool + Send + 'static,
    ) {
        let left = AtomicU64::new(times);
        let take = |left: u64| left.checked_sub(1);
        self.spoil(move |request| {
            let spoilt = matches(request)
                && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
            spoilt.then_some(fault)
        });
    }

    /// The requests and the bytes read since the last call.
    pub fn counted(&self) -> (u64, u64) {
        let taken = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        (taken(&self.shared.requests), taken(&self.shared.read))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn serve(&self, client: TcpStream) -> io::Result<()> {
        let mut from_client = BufReader::new(client.try_clone()?);
        let request = read_request(&mut from_client)?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let fault = (self.rule.lock().unwrap())(&request);
        let mut client = client;
        if let Some(answer) = fault.and_then(Fault::answer) {
            io::copy(&mut from_client.take(request.length as u64), &mut io::sink())?;
            return write!(
                client,
                "HTTP/1.1 {answer}Content-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        if fault == Some(Fault::CutRequest) {
            let half = request.length as u64 / 2;
            io::copy(&mut from_client.take(half), &mut io::sink())?;
            // what is left unread makes it a reset
            return Ok(());
        }
        let mut server = TcpStream::connect(("127.0.0.1", self.server))?;
        server.write_all(&request.head)?;
        io::copy(&mut from_client.take(request.length as u64), &mut server)?;
        self.answer(BufReader::new(server), client, &request.method, fault)
    }

    fn answer(
        &self,
        mut server: BufReader<TcpStream>,
        mut client: TcpStream,
        method: &str,
        fault: Option<Fault>,
    ) -> io::Result<()> {
        let (head, length) = read_head(&mut server)?;
        if fault == Some(Fault::LoseAnswer) {
            return Ok(());
        }
        let head = closing(&head);
        client.write_all(&head)?;
        let mut left = if method == "HEAD" { 0 } else { length.unwrap_or(usize::MAX) };
        let cut = match fault {
            Some(Fault::CutAnswer | Fault::ResetAnswer) => left / 2,
            Some(Fault::Stall) => left,
            _ => 0,
        };
        let mut buffer = vec![0; 16 << 10];
        while left > cut {
            let most = (left - cut).min(buffer.len());
            let count = server.read(&mut buffer[..most])?;
            if count == 0 {
                break;
            }
            client.write_all(&buffer[..count])?;
            self.read.fetch_add(count as u64, Ordering::Relaxed);
            left -= count;
            if fault == Some(Fault::Slow) {
                thread::sleep(Duration::from_millis(20));
            }
        }
        match fault {
            Some(Fault::Stall) => thread::sleep(STALL),
            Some(Fault::ResetAnswer) => SockRef::from(&client).set_linger(Some(Duration::ZERO))?,
            _ => {}
        }
        Ok(())
    }
}

fn read_request(from: &mut impl BufRead) -> io::Result<Request> {
    let (head, length) = read_head(from)?;
    let text = String::from_utf8_lossy(&head).into_owned();
    let method = text.split(' ').next().unwrap_or_default().to_owned();
    Ok(Request { method, head: closing(&head), length: length.unwrap_or(0) })
}

/// Reads up to the empty line, and finds the length of what follows.
fn read_head(from: &mut impl BufRead) -> io::Result<(Vec<u8>, Option<usize>)> {
    let (mut head, mut length) = (Vec::new(), None);
    loop {
        let start = head.len();
        if from.read_until(b'\n', &mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&head[start..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok();
        }
        if line.trim().is_empty() {
            return Ok((head, length));
        }
    }
}

/// The same head, that says that the connection ends after it.
fn closing(head: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(head);
    let lines = text.trim_end().split("\r\n");
    let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let mut all = kept.collect::<Vec<_>>().join("\r\n");
    all += "\r\nConnection: close\r\n\r\n";
    all.into_bytes()
}
