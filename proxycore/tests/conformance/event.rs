//! What every sink of events promises.

use std::thread;

use proxycore::event::{EventSink, ProxyEvent};

const THREADS: usize = 8;
const ROUNDS: u64 = 16;

/// What an [`EventSink`] has to do, whatever it is made of; `events` reads all that it delivered, one
/// asset's in order.
pub fn conforms(sink: &dyn EventSink, events: &dyn Fn() -> Vec<ProxyEvent>) {
    delivers_in_order(sink, events);
    delivers_from_many_at_once(sink, events);
}

fn delivers_in_order(sink: &dyn EventSink, events: &dyn Fn() -> Vec<ProxyEvent>) {
    let first = event("first\n\"line\"");
    let second = ProxyEvent { project_id: Some("été".to_owned()), ..first.clone() };
    for event in [&first, &second, &second] {
        sink.publish(event).unwrap();
    }
    assert_eq!(events(), [first, second.clone(), second]);
}

/// Order is promised for one asset alone: a broker has it within a partition.
fn delivers_from_many_at_once(sink: &dyn EventSink, events: &dyn Fn() -> Vec<ProxyEvent>) {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for proxy_size_bytes in 0..ROUNDS {
                    let event = event(&format!("many-{thread}"));
                    sink.publish(&ProxyEvent { proxy_size_bytes, ..event }).unwrap();
                }
            });
        }
    });
    let events = events();
    for thread in 0..THREADS {
        let asset = format!("many-{thread}");
        let own = events.iter().filter(|event| event.asset_id == asset);
        let rounds: Vec<u64> = own.map(|event| event.proxy_size_bytes).collect();
        assert_eq!(rounds, (0..ROUNDS).collect::<Vec<_>>(), "{asset}");
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
