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

const fn spoilt(name: &'static str, fault: fn(&Stage), ends: Ends, leaves: Leaves) -> Case {
    Case { name, fault, ends, leaves, sources: Sources::Small }
}

const fn large(name: &'static str, fault: fn(&Stage), ends: Ends) -> Case {
    Case { name, fault, ends, leaves: Leaves::Nothing, sources: Sources::Large }
}

const STORAGE: Ends = Ends::With("storage");

pub(super) const CASES: &[Case] = &[
    spoilt("none", |_| {}, Ends::Well, Leaves::Nothing),
    // a few times, then well
    spoilt("get-500-twice", |at| twice(at, Fault::Fail, get), Ends::Well, Leaves::Nothing),
    spoilt("put-500-twice", |at| twice(at, Fault::Fail, put), Ends::Well, Leaves::Nothing),
    spoilt("head-500-twice", |at| twice(at, Fault::Fail, head), Ends::Well, Leaves::Nothing),
    spoilt("get-503-twice", |at| twice(at, Fault::Refuse, get), Ends::Well, Leaves::Nothing),
    spoilt("get-stalls-once", |at| first(at, 1, Fault::Stall, get), Ends::Well, Leaves::Nothing),
    spoilt("get-cut-twice", |at| twice(at, Fault::CutAnswer, get), Ends::Well, Leaves::Nothing),
    spoilt("get-reset-twice", |at| twice(at, Fault::ResetAnswer, get), Ends::Well, Leaves::Nothing),
    spoilt("put-reset-twice", |at| twice(at, Fault::CutRequest, put), Ends::Well, Leaves::Nothing),
    spoilt("put-lost-twice", |at| twice(at, Fault::LoseAnswer, put), Ends::Well, Leaves::Nothing),
    spoilt("get-slow", |at| always(at, Fault::Slow, get), Ends::Well, Leaves::Nothing),
    // for as long as it is tried
    spoilt("get-500", |at| always(at, Fault::Fail, get), STORAGE, Leaves::Nothing),
    spoilt("put-500", |at| always(at, Fault::Fail, put), STORAGE, Leaves::Nothing),
    spoilt("head-500", |at| always(at, Fault::Fail, head), STORAGE, Leaves::Nothing),
    // what the source is
    spoilt("replaced", replace_amid, Ends::PerhapsWith("changed"), Leaves::Nothing),
    spoilt("denied-read", |at| always(at, Fault::Deny, get), DENIED, Leaves::Nothing),
    spoilt("denied-write", |at| always(at, Fault::Deny, put), DENIED, Leaves::Nothing),
    // in parts
    large("part-reset-twice", |at| twice(at, Fault::CutRequest, put), Ends::Well),
    large("part-reset", |at| always(at, Fault::CutRequest, put), STORAGE),
    large("second-part-500", |at| always(at, Fault::Fail, second_part), STORAGE),
    large("begin-500", |at| always(at, Fault::Fail, begin), STORAGE),
    large("complete-500", |at| always(at, Fault::Fail, complete), STORAGE),
    // the database and the broker
    spoilt("postgres-restarted", restart_postgres, Ends::Well, Leaves::Nothing),
    spoilt("postgres-crashed-amid", crash_postgres_amid, SINK_PERHAPS, Leaves::Objects),
    spoilt("postgres-away", |at| at.postgres().down("fast"), SINK, Leaves::Objects),
    spoilt("kafka-restarted", restart_kafka, Ends::Well, Leaves::Nothing),
    spoilt("kafka-away", |at| at.kafka().stop(), SINK, Leaves::Row),
];

const DENIED: Ends = Ends::With("denied");
const SINK: Ends = Ends::With("sink");
const SINK_PERHAPS: Ends = Ends::PerhapsWith("sink");

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
    let mut kafka = stage.kafka();
    kafka.stop();
    kafka.start_again_with_topic();
}
