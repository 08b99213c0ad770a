//! Planned damage: each file cut at 50 places, and with 200 random bytes flipped, one at a time.
//!
//! `damage FILE|DIR...` prints the counts, and exits with 1 where a file made the decoder panic,
//! take more than 10 s, or take more than 1 GiB. Each damaged file is read twice: as it is, and for
//! what is whole in it. The same files give the same damage.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use proxycore::decode::{DecodeOptions, decode};

const CUTS: usize = 50;
const FLIPS: usize = 200;
const LONGEST: Duration = Duration::from_secs(10);
const MOST_KIB: u64 = 1 << 20;

#[derive(Debug, Default)]
struct Counts {
    whole: u64,
    refused: u64,
    panics: Vec<String>,
    slow: Vec<String>,
    longest: Duration,
}

fn main() -> ExitCode {
    let files: Vec<_> =
        std::env::args_os().skip(1).flat_map(|arg| files(Path::new(&arg))).collect();
    if files.is_empty() {
        eprintln!("usage: damage FILE|DIR...");
        return ExitCode::from(2);
    }
    // a panic is told by its file, once
    std::panic::set_hook(Box::new(|_| {}));
    let mut counts = Counts::default();
    files.iter().for_each(|file| spoil(file, &mut counts));
    report(files.len(), &counts)
}

fn report(files: usize, counts: &Counts) -> ExitCode {
    let peak = peak_kib();
    for line in counts.panics.iter().chain(&counts.slow) {
        println!("{line}");
    }
    println!(
        "{files} files, {} damaged readings: {} pictures, {} errors, {} panics, {} over {} s; \
         the longest took {:.2} s, the most memory was {} MiB",
        counts.whole + counts.refused + counts.panics.len() as u64,
        counts.whole,
        counts.refused,
        counts.panics.len(),
        counts.slow.len(),
        LONGEST.as_secs(),
        counts.longest.as_secs_f64(),
        peak / 1024,
    );
    let good = counts.panics.is_empty() && counts.slow.is_empty() && peak <= MOST_KIB;
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn spoil(file: &Path, counts: &mut Counts) {
    let Ok(whole) = std::fs::read(file) else { return };
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ whole.len() as u64);
    for cut in 0..CUTS {
        try_reading(file, &format!("cut {cut}"), &whole[..whole.len() * cut / CUTS], counts);
    }
    for flip in 0..FLIPS {
        let mut bytes = whole.clone();
        // half of the flips go to the first 4 KiB, where the header is
        let reach = if flip % 2 == 0 { bytes.len().min(4096) } else { bytes.len() };
        if reach > 0 {
            bytes[random.below(reach)] ^= 1 + random.below(255) as u8;
        }
        try_reading(file, &format!("flip {flip}"), &bytes, counts);
    }
}

fn try_reading(file: &Path, damage: &str, bytes: &[u8], counts: &mut Counts) {
    for partial in [false, true] {
        let started = Instant::now();
        let read = catch_unwind(AssertUnwindSafe(|| {
            let options = DecodeOptions::default().with_partial(partial);
            decode(Box::new(Cursor::new(bytes.to_vec())), &options)?.consume(|_| Ok(()))
        }));
        let took = started.elapsed();
        let named = || format!("{}, {damage}, partial {partial}", file.display());
        counts.longest = counts.longest.max(took);
        if took > LONGEST {
            counts.slow.push(format!("slow: {} took {:.1} s", named(), took.as_secs_f64()));
        }
        match read {
            Ok(Ok(())) => counts.whole += 1,
            Ok(Err(_)) => counts.refused += 1,
            Err(_) => counts.panics.push(format!("panic: {}", named())),
        }
    }
}

fn files(path: &Path) -> Vec<PathBuf> {
    match path.read_dir() {
        Ok(entries) => entries.flatten().flat_map(|entry| files(&entry.path())).collect(),
        Err(_) => vec![path.to_owned()],
    }
}

/// The most memory that the process has had, in KiB, as Linux tells it; 0 elsewhere.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

/// Marsaglia's xorshift: the same numbers on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
