//! Sequences in the stores that need no server.

use proxycore::sequence::{Found, FrameSet, Pattern, Sequence, Sequences};
use proxycore::storage::{LocalStorage, MemoryStorage, ObjectAttributes, Storage};

/// A shot with a hole, frames before 0, and what only looks like its frames.
const KEYS: [&str; 11] = [
    "a/shot.-0001.exr",
    "a/shot.0000.exr",
    "a/shot.0001.exr",
    "a/shot.0004.exr",
    "a/shot.10000.exr",
    "a/shot.0001.dpx",
    "a/shot.02.exr",
    "a/shot_left.0001.exr",
    "a/b/shot.0002.exr",
    "ab/shot.0003.exr",
    "shot.0005.exr",
];

fn with_stores(check: impl Fn(&dyn Storage)) {
    let folder = tempfile::tempdir().unwrap();
    let stores: [Box<dyn Storage>; 2] = [
        Box::new(MemoryStorage::new("renders")),
        Box::new(LocalStorage::new(folder.path()).unwrap()),
    ];
    for store in &stores {
        for key in KEYS {
            store.put(key, b"123", &ObjectAttributes::default()).unwrap();
        }
        check(&**store);
    }
}

fn find(store: &dyn Storage, text: &str) -> proxycore::Result<Sequence> {
    let (pattern, wanted) = Pattern::parse(text).unwrap().unwrap();
    Sequence::find(store, &pattern, wanted.as_ref())
}

#[test]
fn frames_of_a_pattern_are_found_in_its_folder_alone() {
    with_stores(|store| {
        let shot = find(store, "a/shot.####.exr").unwrap();
        assert_eq!(shot.key(), "a/shot.%04d.exr");
        assert_eq!(shot.frames().to_string(), "-1-1,4,10000");
        assert_eq!(shot.size(), 15);
        let keys: Vec<_> = shot.iter().map(|(_, frame)| &*frame.key).collect();
        assert_eq!(keys, KEYS[..5]);
        let frame = shot.frame(4).unwrap();
        assert_eq!((&*frame.key, frame.meta.size), (KEYS[3], 3));
        assert_eq!(frame.meta.etag, store.head(KEYS[3]).unwrap().etag);
        assert!(shot.frame(2).is_none());
        let root = find(store, "shot.%04d.exr").unwrap();
        assert_eq!(root.frames().to_string(), "5");
    });
}

#[test]
fn a_range_takes_a_part() {
    with_stores(|store| {
        let some = find(store, "a/shot.0-9#.exr").unwrap();
        assert_eq!(some.frames().to_string(), "0-1,4");
        let wanted: FrameSet = "0-10x4".parse().unwrap();
        assert_eq!(some.within(&wanted).unwrap().frames().to_string(), "0,4");
        let error = find(store, "a/shot.2-3#.exr").unwrap_err();
        let said = "a/shot.%04d.exr: frames: none of 2-3 is there; there is -1-1,4,10000";
        assert_eq!(error.to_string(), said);
    });
}

#[test]
fn nothing_found_is_told_with_the_pattern() {
    with_stores(|store| {
        let error = find(store, "a/other.####.exr").unwrap_err();
        assert_eq!((error.kind().name(), error.key()), ("not_found", Some("a/other.%04d.exr")));
    });
}

#[test]
fn of_two_keys_of_one_frame_the_padded_one_is_it() {
    with_stores(|store| {
        store.put("a/shot.-001.exr", b"1", &ObjectAttributes::default()).unwrap();
        let shot = find(store, "a/shot.%04d.exr").unwrap();
        assert_eq!(shot.frame(-1).unwrap().key, "a/shot.-001.exr");
    });
}

#[test]
fn a_store_falls_apart_into_sequences() {
    with_stores(|store| {
        let listing = store.list("").unwrap().map(Result::unwrap);
        let found: Vec<_> = Sequences::of(listing).iter().map(Found::key).collect();
        let expected = [
            "shot.0005.exr",
            "a/shot.%04d.exr",
            "a/shot.0001.dpx",
            "a/shot.02.exr",
            "a/shot_left.0001.exr",
            "a/b/shot.0002.exr",
            "ab/shot.0003.exr",
        ];
        assert_eq!(found, expected);
    });
}
