//! The sinks of events that need no server, and what JSON Lines add.

use proxycore::event::MemoryEvents;

use crate::event_conformance::conforms;

#[test]
fn memory_conforms() {
    let sink = MemoryEvents::default();
    conforms(&sink, &|| sink.events());
}

#[cfg(feature = "jsonl")]
mod jsonl {
    use std::path::Path;
    use std::{fs, thread};

    use proxycore::event::{EventSink, JsonlEvents, ProxyEvent};

    use crate::event_conformance::{self, event};

    fn events(path: &Path) -> Vec<ProxyEvent> {
        let text = fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/events.jsonl");
        let sink = JsonlEvents::open(&path).unwrap();
        event_conformance::conforms(&sink, &|| events(&path));
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
