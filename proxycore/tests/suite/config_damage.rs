//! Damaged configs and lookup tables are errors, or light; never a panic.

use std::fs;

use crate::config::{self, Random};

/// Enough to meet every kind of damage to every file; the long run is `fuzz/examples/colors.rs`.
const ROUNDS: u64 = 200;

fn write(folder: &std::path::Path, files: &[config::File]) {
    files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
}

#[test]
fn every_kind_of_table_is_followed_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &config::files());
    let whole = config::open(folder.path()).unwrap();
    for way in config::ways(config::CONFIG) {
        config::travel(&whole, &way).unwrap_or_else(|error| panic!("{way:?}: {error}"));
    }
}

#[test]
fn damaged_configs_and_tables_are_errors() {
    let files = config::files();
    let (mut fine, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let (folder, mut random) = (tempfile::tempdir().unwrap(), Random::new(round));
        write(folder.path(), &files);
        // every other time it is the config, whose damage shows elsewhere
        let at = if round % 2 == 0 { 0 } else { random.below(files.len()) };
        let (name, bytes) = &files[at];
        fs::write(folder.path().join(name), config::spoil(bytes, &mut random)).unwrap();
        let Ok(opened) = config::open(folder.path()) else {
            refused += 1;
            continue;
        };
        for way in config::ways(name) {
            match config::travel(&opened, &way) {
                Ok(()) => fine += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(fine > 0 && refused > 0, "{fine} ways led to light, {refused} to errors");
}
