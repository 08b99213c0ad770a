//! What every sink of events promises.

use std::thread;

use proxycore::event::{EventSink, MemoryEvents, ProxyEvent};

const THREADS: usize = 8;
const ROUNDS: usize = 16;

/// What an [`EventSink`] has to do, whatever it is made of; `events` reads what it delivered.
fn conforms(sink: &dyn EventSink, events: &dyn Fn() -> Vec<ProxyEvent>) {
    delivers_in_order(sink, events);
    delivers_from_many_at_once(sink, events);
}

#[test]
fn memory_conforms() {
    let sink = MemoryEvents::default();
    conforms(&sink, &|| sink.events());
}

fn delivers_in_order(sink: &dyn EventSink, events: &dyn Fn() -> Vec<ProxyEvent>) {
    let first = event("first");
    let second = ProxyEvent { project_id: Some("été".to_owned()), ..event("second\n\"line\"") };
    for event in [&first, &second, &second] {
        sink.publish(event).unwrap();
    }
    assert_eq!(events(), [first, second.clone(), second]);
}

fn delivers_from_many_at_once(sink: &dyn EventSink, events: &dyn Fn() -> Vec<ProxyEvent>) {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    sink.publish(&event(&format!("many-{thread}-{round}"))).unwrap();
                }
            });
        }
    });
    let events = events();
    for thread in 0..THREADS {
        let prefix = format!("many-{thread}-");
        let own = events.iter().filter_map(|event| event.asset_id.strip_prefix(&prefix));
        let rounds: Vec<usize> = own.map(|round| round.parse().unwrap()).collect();
        assert_eq!(rounds, (0..ROUNDS).collect::<Vec<_>>());
    }
}

pub fn event(asset_id: &str) -> ProxyEvent {
    ProxyEvent {
        asset_id: asset_id.to_owned(),
        thumbnail_uri: "s3://renders/.proxies/a_thumb.jpg".to_owned(),
        thumbnail_size_bytes: 20_000,
        source_size_bytes: 1 << 40,
        timestamp: "2026-04-01T00:00:00+00:00".to_owned(),
        ..ProxyEvent::default()
    }
}

#[cfg(feature = "jsonl")]
mod jsonl {
    use std::fs;
    use std::path::Path;

    use proxycore::event::JsonlEvents;

    use super::*;

    fn events(path: &Path) -> Vec<ProxyEvent> {
        let text = fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/events.jsonl");
        let sink = JsonlEvents::open(&path).unwrap();
        super::conforms(&sink, &|| events(&path));
    }

    /// Two sinks share nothing in memory, as two processes do not.
    #[test]
    fn two_sinks_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        thread::scope(|scope| {
            for at in 0..2 {
                let path = &path;
                scope.spawn(move || {
                    let sink = JsonlEvents::open(path).unwrap();
                    (0..100).for_each(|_| sink.publish(&event(&at.to_string())).unwrap());
                });
            }
        });
        assert_eq!(events(&path).len(), 200);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_clear_error() {
        let sink = JsonlEvents::open("/dev/full").unwrap();
        let error = sink.publish(&event("a")).unwrap_err();
        assert_eq!(error.to_string(), "JSON Lines: cannot append to `/dev/full`");
        assert!(error.is_retryable());
    }
}
