//! Planned damage to OpenColorIO configs and lookup tables: those of the library itself, and one with
//! a table of each kind.
//!
//! `colors [ROUNDS [SEED]]` prints the counts, and exits with 1 where a round panicked, took more than
//! 10 s, or took more than 1 GiB. Each round damages one file, opens the config and takes a hundred
//! pixels along several ways. The same seed gives the same damage; a round is seen again alone by
//! `colors 1 SEED` with the seed that is told of it. A round that ends the process leaves its files
//! in the folder for temporary ones.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use self::config::{File, Random, Way};

#[path = "../../proxycore/tests/suite/config.rs"]
mod config;

const ROUNDS: u64 = 5000;
const LONGEST: Duration = Duration::from_secs(10);
const MOST_KIB: u64 = 1 << 20;

/// Of a built-in config: a view of ACES takes a while to make.
const WAYS: usize = 4;

#[derive(Debug, Default)]
struct Counts {
    light: u64,
    refused: u64,
    panics: Vec<String>,
    slow: Vec<String>,
    longest: Duration,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).map(|word| word.parse());
    let (Ok(rounds), Ok(first)) =
        (words.next().unwrap_or(Ok(ROUNDS)), words.next().unwrap_or(Ok(0_u64)))
    else {
        eprintln!("usage: colors [ROUNDS [SEED]]");
        return ExitCode::from(2);
    };
    // a panic is told by its seed, once
    if rounds > 1 {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let mut counts = Counts::default();
    let (files, configs) = (config::files(), built_in());
    for seed in first..first.saturating_add(rounds) {
        let mut random = Random::new(seed);
        // a quarter to a built-in config, a quarter to our own, half to the tables
        match random.below(4) {
            0 => {
                let text = &configs[random.below(configs.len())];
                let ways = (0..WAYS).map(|_| some_way(text, &mut random)).collect();
                spoil(seed, &[(config::CONFIG.to_owned(), text.clone())], 0, ways, &mut counts);
            }
            1 => spoil(seed, &files, 0, config::ways(config::CONFIG), &mut counts),
            _ => {
                let at = 1 + random.below(files.len() - 1);
                spoil(seed, &files, at, config::ways(&files[at].0), &mut counts);
            }
        }
    }
    report(rounds, &counts)
}

fn built_in() -> Vec<Vec<u8>> {
    let registry = ocio::builtins::configs::BuiltinConfigRegistry::get();
    let texts = (0..registry.num_builtin_configs()).map(|at| registry.builtin_config(at));
    texts.filter_map(Result::ok).map(|text| text.as_bytes().to_vec()).collect()
}

/// From a space of the config to its default view, or to another one.
fn some_way(text: &[u8], random: &mut Random) -> Way {
    let text = String::from_utf8_lossy(text);
    let mut pick = |before: &str| {
        let names: Vec<_> =
            text.lines().filter_map(|line| line.trim().strip_prefix(before)).collect();
        names[random.below(names.len())].to_owned()
    };
    let space = pick("name: ");
    let view = pick("- !<View> {name: ").split(',').next().map(str::to_owned);
    if random.below(2) == 0 { (space, None) } else { ("scene_linear".to_owned(), view) }
}

fn spoil(seed: u64, files: &[File], at: usize, ways: Vec<Way>, counts: &mut Counts) {
    // what the last round's files were is kept by their paths, for good
    ocio::fileformats::file_transform::clear_file_transform_caches();
    let Ok(folder) = tempfile::tempdir() else { return };
    let mut random = Random::new(!seed);
    for (number, (name, whole)) in files.iter().enumerate() {
        let bytes = if number == at { config::spoil(whole, &mut random) } else { whole.clone() };
        fs::write(folder.path().join(name), bytes).expect("a folder that takes files");
    }
    let started = Instant::now();
    let named = |what: &str| format!("{what}: seed {seed}, {}", files[at].0);
    match catch_unwind(AssertUnwindSafe(|| travel(folder.path(), &ways))) {
        Ok((light, refused)) => {
            counts.light += light;
            counts.refused += refused;
        }
        Err(_) => counts.panics.push(named("panic")),
    }
    let took = started.elapsed();
    counts.longest = counts.longest.max(took);
    if took > LONGEST {
        counts.slow.push(format!("{} took {:.1} s", named("slow"), took.as_secs_f64()));
    }
}

/// How many ways led to light, and how many to an error.
fn travel(folder: &Path, ways: &[Way]) -> (u64, u64) {
    let Ok(opened) = config::open(folder) else { return (0, 1) };
    let light = ways.iter().filter(|way| config::travel(&opened, way).is_ok()).count() as u64;
    (light, ways.len() as u64 - light)
}

fn report(rounds: u64, counts: &Counts) -> ExitCode {
    let peak = peak_kib();
    for line in counts.panics.iter().chain(&counts.slow) {
        println!("{line}");
    }
    println!(
        "{rounds} damaged configs and tables: {} ways to light, {} errors, {} panics, {} over {} s; \
         the longest took {:.2} s, the most memory was {} MiB",
        counts.light,
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

/// The most memory that the process has had, in KiB, as Linux tells it; 0 elsewhere.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}
