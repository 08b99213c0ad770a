//! The table of faults.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use proxycore::storage::{ObjectAttributes, Storage};

use super::stage::Stage;
use super::{Case, Ends, Leaves, Sources};
use crate::proxy::{Fault, Request};

type Matches = fn(&Request) -> bool;

const fn spoilt(name: &'static str, fault: fn(&Stage), ends: Ends) -> Case {
    Case { name, fault, ends, leaves: Leaves::Nothing, sources: Sources::Small }
}

const fn large(name: &'static str, fault: fn(&Stage), ends: Ends) -> Case {
    Case { name, fault, ends, leaves: Leaves::Nothing, sources: Sources::Large }
}

/// One source, as each waits until the sinks give up.
const fn away(name: &'static str, fault: fn(&Stage), leaves: Leaves) -> Case {
    Case { name, fault, ends: Ends::With("sink"), leaves, sources: Sources::Lone }
}

const STORAGE: Ends = Ends::With("storage");
const DENIED: Ends = Ends::With("denied");

/// Cases whose events and uploads are counted together. The broker forgets when it stops, so a case
/// that stops it begins a group.
pub(super) const GROUPS: &[&[Case]] = &[
    PASSING,
    LASTING,
    IN_PARTS,
    DATABASE,
    &[spoilt("kafka-restarted", restart_kafka, Ends::Well)],
    &[spoilt("kafka-comes-back", cut_kafka_off_for_a_while, Ends::Well)],
    &[away("kafka-away", |at| at.kafka().shut_gate(), Leaves::Row)],
];

/// What goes wrong a few times, and then well.
const PASSING: &[Case] = &[
    spoilt("none", |_| {}, Ends::Well),
    spoilt("get-500-twice", |at| twice(at, Fault::Fail, get), Ends::Well),
    spoilt("put-500-twice", |at| twice(at, Fault::Fail, put), Ends::Well),
    spoilt("head-500-twice", |at| twice(at, Fault::Fail, head), Ends::Well),
    spoilt("get-503-twice", |at| twice(at, Fault::Refuse, get), Ends::Well),
    spoilt("put-503-twice", |at| twice(at, Fault::Refuse, put), Ends::Well),
    spoilt("get-stalls-once", |at| first(at, 1, Fault::Stall, get), Ends::Well),
    spoilt("get-cut-twice", |at| twice(at, Fault::CutAnswer, get), Ends::Well),
    spoilt("get-reset-twice", |at| twice(at, Fault::ResetAnswer, get), Ends::Well),
    spoilt("get-slow", |at| always(at, Fault::Slow, get), Ends::Well),
    spoilt("put-reset-twice", |at| twice(at, Fault::CutRequest, put), Ends::Well),
    spoilt("put-lost-twice", |at| twice(at, Fault::LoseAnswer, put), Ends::Well),
];

/// What goes wrong as often as it is tried.
const LASTING: &[Case] = &[
    spoilt("get-500", |at| always(at, Fault::Fail, get), STORAGE),
    spoilt("get-503", |at| always(at, Fault::Refuse, get), STORAGE),
    spoilt("get-cut", |at| always(at, Fault::CutAnswer, get), STORAGE),
    spoilt("get-reset", |at| always(at, Fault::ResetAnswer, get), STORAGE),
    spoilt("put-500", |at| always(at, Fault::Fail, put), STORAGE),
    spoilt("put-reset", |at| always(at, Fault::CutRequest, put), STORAGE),
    spoilt("head-500", |at| always(at, Fault::Fail, head), STORAGE),
    spoilt("denied-read", |at| always(at, Fault::Deny, get), DENIED),
    spoilt("denied-write", |at| always(at, Fault::Deny, put), DENIED),
    spoilt("replaced", replace_amid, Ends::SomeWith("changed")),
];

const IN_PARTS: &[Case] = &[
    large("part-reset-twice", |at| twice(at, Fault::CutRequest, put), Ends::Well),
    large("part-lost-twice", |at| twice(at, Fault::LoseAnswer, put), Ends::Well),
    large("part-reset", |at| always(at, Fault::CutRequest, put), STORAGE),
    large("second-part-500", |at| always(at, Fault::Fail, second_part), STORAGE),
    large("begin-500", |at| always(at, Fault::Fail, begin), STORAGE),
    large("complete-500", |at| always(at, Fault::Fail, complete), STORAGE),
];

const DATABASE: &[Case] = &[
    spoilt("postgres-restarted", restart_postgres, Ends::Well),
    spoilt("postgres-crashed-amid", crash_postgres_amid, Ends::Well),
    away("postgres-away", |at| at.postgres().down("fast"), Leaves::Objects),
];

fn get(request: &Request) -> bool {
    request.method == "GET"
}

fn put(request: &Request) -> bool {
    request.method == "PUT"
}

fn head(request: &Request) -> bool {
    request.method == "HEAD"
}

fn second_part(request: &Request) -> bool {
    put(request) && request.asks_for("partNumber=2")
}

fn begin(request: &Request) -> bool {
    request.method == "POST" && request.asks_for("uploads")
}

fn complete(request: &Request) -> bool {
    request.method == "POST" && request.asks_for("uploadId=")
}

fn always(stage: &Stage, fault: Fault, matches: Matches) {
    first(stage, u64::MAX, fault, matches);
}

fn twice(stage: &Stage, fault: Fault, matches: Matches) {
    first(stage, 2, fault, matches);
}

fn first(stage: &Stage, times: u64, fault: Fault, matches: Matches) {
    stage.proxy.spoil_first(times, fault, matches);
}

/// Puts another frame in a source's place while it is read.
fn replace_amid(stage: &Stage) {
    let (direct, done) = (stage.s3.storage(), AtomicBool::new(false));
    let other = stage.other_frame();
    stage.proxy.spoil(move |request| {
        if get(request) && request.asks_for("/replaced/0.exr") && !done.swap(true, Ordering::SeqCst)
        {
            let key = "matrix/replaced/0.exr";
            direct.put(key, &other, &ObjectAttributes::default()).unwrap();
        }
        None
    });
}

fn restart_postgres(stage: &Stage) {
    let mut postgres = stage.postgres();
    postgres.down("fast");
    postgres.up();
}

fn crash_postgres_amid(stage: &Stage) {
    let postgres = Arc::clone(&stage.postgres);
    stage.amid(thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        let mut postgres = postgres.lock().unwrap();
        postgres.down("immediate");
        postgres.up();
    }));
}

fn restart_kafka(stage: &Stage) {
    stage.kafka().restart_with_topic();
}

/// A broker that starts anew has lost its topics: one that is only cut off still has them.
fn cut_kafka_off_for_a_while(stage: &Stage) {
    stage.kafka().shut_gate();
    let kafka = Arc::clone(&stage.kafka);
    stage.amid(thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        kafka.lock().unwrap().open_gate();
    }));
}
