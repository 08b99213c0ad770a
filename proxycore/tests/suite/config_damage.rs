//! Damaged configs and lookup tables are errors, or light; never a panic.

use std::fs;

use rayon::prelude::*;

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

/// How many ways through a damaged config led to light, and how many to errors.
fn outcomes(files: &[config::File], round: u64) -> (usize, usize) {
    let (folder, mut random) = (tempfile::tempdir().unwrap(), Random::new(round));
    write(folder.path(), files);
    // every other time it is the config, whose damage shows elsewhere
    let at = if round.is_multiple_of(2) { 0 } else { random.below(files.len()) };
    let (name, bytes) = &files[at];
    fs::write(folder.path().join(name), config::spoil(bytes, &mut random)).unwrap();
    let Ok(opened) = config::open(folder.path()) else { return (0, 1) };
    let ways = config::ways(name);
    let fine = ways.iter().filter(|way| config::travel(&opened, way).is_ok()).count();
    (fine, ways.len() - fine)
}

#[test]
fn damaged_configs_and_tables_are_errors() {
    let files = config::files();
    // on all cores, as it takes longer than all other tests together
    let rounds = (0..ROUNDS).into_par_iter().map(|round| outcomes(&files, round));
    let (fine, refused) = rounds.reduce(Default::default, |(a, b), (c, d)| (a + c, b + d));
    assert!(fine > 0 && refused > 0, "{fine} ways led to light, {refused} to errors");
}
