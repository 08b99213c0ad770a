//! Every fault that a network, a store, a database or a broker makes, and what is there after it.
//!
//! A case runs a few sources under a fault, checks how that ended and what it left, ends the fault,
//! runs what failed again, and counts: each source has exactly its renditions, whole; one row with
//! its renditions; at least one event; and nothing half-done is left. The servers are started once
//! for all cases.

mod faults;
mod stage;

use proxycore::pipeline::Outcome;
use proxycore::{Error, Result};

use self::faults::GROUPS;
use self::stage::Stage;
pub use self::stage::frame;

/// A fault, and what it does to a run.
struct Case {
    name: &'static str,
    fault: fn(&Stage),
    ends: Ends,
    leaves: Leaves,
    sources: Sources,
}

/// How sources fare while the fault lasts.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    /// It is tried again until it works, and nobody notices.
    Well,
    /// All fail with an error of this kind.
    With(&'static str),
    /// Some fail with an error of this kind.
    SomeWith(&'static str),
}

/// What a source that failed has got.
#[derive(Clone, Copy, PartialEq)]
enum Leaves {
    Nothing,
    /// All objects, and no row.
    Objects,
    /// All objects and the row, and no event.
    Row,
}

#[derive(Clone, Copy, PartialEq)]
enum Sources {
    /// Frames that are stored with a thumbnail and a movie each.
    Small,
    /// One of them.
    Lone,
    /// A frame whose preview goes up in parts.
    Large,
}

#[test]
fn after_any_fault_everything_is_there_once() {
    let stage = Stage::start();
    for group in GROUPS {
        let played: Vec<_> = group.iter().flat_map(|case| play(&stage, case)).collect();
        stage.count_told(&played);
    }
}

/// Runs a case; says which sources it had.
fn play(stage: &Stage, case: &Case) -> Vec<String> {
    let keys = stage.sources(case.name, case.sources);
    let pipeline = stage.pipeline(case.sources);
    let run = |key: &String| (key.clone(), pipeline.run(key));
    (case.fault)(stage);
    let ended: Vec<_> = keys.iter().map(run).collect();
    let broken = stage.objects(case.name);
    stage.mend();
    let failed = check_end(case, &ended);
    for key in &failed {
        check_left(stage, case, key);
    }
    for key in &failed {
        let again = pipeline.run(key).unwrap_or_else(|error| panic!("{}: {error:?}", case.name));
        check_again(case, &again);
    }
    stage.count(case.name, &keys, pipeline_renditions(case.sources));
    // what stood whole was not written again
    let after = stage.objects(case.name);
    if matches!(case.leaves, Leaves::Objects | Leaves::Row) {
        assert_eq!(after, broken, "{}: written again", case.name);
    }
    keys
}

fn pipeline_renditions(sources: Sources) -> usize {
    stage::renditions(sources).len()
}

/// Checks how the run under the fault ended; says which sources failed.
fn check_end(case: &Case, ended: &[(String, Result<Outcome>)]) -> Vec<String> {
    let failed = ended.iter().filter_map(|(key, end)| Some((key, end.as_ref().err()?)));
    let failed: Vec<(&String, &Error)> = failed.collect();
    let name = case.name;
    for (key, error) in &failed {
        let kind = error.kind().name();
        let expected = match case.ends {
            Ends::With(kind) | Ends::SomeWith(kind) => kind,
            Ends::Well => panic!("{name}: {error:?}"),
        };
        assert_eq!(kind, expected, "{name}: {error:?}");
        assert_eq!(error.is_retryable(), kind != "denied", "{name}: {error:?}");
        let names_it = error.key().is_none_or(|at| at.starts_with(&stage::folder(name)));
        assert!(names_it, "{name}: {key}: {error:?}");
    }
    match case.ends {
        Ends::Well => {}
        Ends::With(_) => assert_eq!(failed.len(), ended.len(), "{name}: no fault"),
        Ends::SomeWith(_) => assert!(!failed.is_empty(), "{name}: no fault"),
    }
    failed.into_iter().map(|(key, _)| key.clone()).collect()
}

/// Checks what a source that failed has got: nothing overtakes what has to come before it.
fn check_left(stage: &Stage, case: &Case, key: &str) {
    let (objects, rows, all) =
        (stage.objects_of(key), stage.rows(key), pipeline_renditions(case.sources));
    let fits = match case.leaves {
        Leaves::Nothing => objects == 0 && rows == 0,
        Leaves::Objects => objects == all && rows == 0,
        Leaves::Row => objects == all && rows == 1,
    };
    assert!(fits, "{}: {key}: {objects} objects and {rows} rows", case.name);
}

/// What stands is not made again, and is told all the same.
fn check_again(case: &Case, again: &Outcome) {
    match case.leaves {
        Leaves::Objects | Leaves::Row => assert!(again.skipped, "{}", case.name),
        Leaves::Nothing => assert!(!again.skipped, "{}", case.name),
    }
    assert_eq!(again.persistence.inserted, case.leaves != Leaves::Row, "{}", case.name);
}
