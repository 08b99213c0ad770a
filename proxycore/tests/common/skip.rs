//! What a test does where something that it needs is absent.
//!
//! A skipped test passes, so its line goes to stderr itself: the harness swallows what `eprintln!`
//! writes in a test that passes. The line also goes to the file `$PROXYCORE_SKIPPED`, which `.ci/run`
//! prints, with a count, at its end. Where `$PROXYCORE_REQUIRE` is set, as in CI, every tool that
//! `.ci/setup` installs has to be there, and a test that lacks one fails.

use std::env;
use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::thread;

/// Skips a test for want of a tool that `.ci/setup` installs; fails it where tools are required.
pub fn without_tool(why: impl Display) {
    let is_required = env::var_os("PROXYCORE_REQUIRE").is_some();
    assert!(!is_required, "{why}; PROXYCORE_REQUIRE is set, and .ci/setup installs it");
    because(why);
}

/// Skips a test for want of something that no machine has to have.
pub fn because(why: impl Display) {
    let test = env::var("NEXTEST_TEST_NAME").ok();
    let test = test.or_else(|| thread::current().name().map(str::to_owned));
    let line = format!("skipped: {}: {why}\n", test.unwrap_or_default());
    _ = io::stderr().write_all(line.as_bytes());
    if let Some(list) = env::var_os("PROXYCORE_SKIPPED") {
        let list = OpenOptions::new().create(true).append(true).open(list);
        list.and_then(|mut list| list.write_all(line.as_bytes())).expect("a list of skipped tests");
    }
}
