//! A skipped test is seen, and fails where its tool is required.

use std::fs;
use std::process::{Command, Output};

use crate::skip;

/// Runs the test below in a process of its own.
fn skipping(variables: &[(&str, &str)]) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "skipping::lacks_a_tool", "--ignored"]);
    child.env_remove("PROXYCORE_REQUIRE").env_remove("PROXYCORE_SKIPPED");
    child.env_remove("NEXTEST_TEST_NAME").envs(variables.iter().copied()).output().unwrap()
}

#[test]
#[ignore = "runs as the child of the others here"]
fn lacks_a_tool() {
    skip::without_tool("there is no nonesuch");
}

#[test]
fn a_skipped_test_is_seen_and_listed() {
    let list = tempfile::NamedTempFile::new().unwrap();
    let run = skipping(&[("PROXYCORE_SKIPPED", list.path().to_str().unwrap())]);
    let line = "skipped: skipping::lacks_a_tool: there is no nonesuch\n";
    assert!(run.status.success());
    assert_eq!(String::from_utf8_lossy(&run.stderr), line);
    assert_eq!(fs::read_to_string(list.path()).unwrap(), line);
}

#[test]
fn a_required_tool_that_is_absent_fails_the_test() {
    let run = skipping(&[("PROXYCORE_REQUIRE", "1")]);
    assert!(!run.status.success());
    assert!(String::from_utf8_lossy(&run.stdout).contains("there is no nonesuch; "));
}
