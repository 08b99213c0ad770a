//! What every store promises.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proxycore::ErrorKind;
use proxycore::storage::{ObjectAttributes, Storage};

const THREADS: usize = 8;

/// What a [`Storage`] has to do, whatever it is made of; it must be empty.
pub fn conforms(store: &dyn Storage) {
    keeps_bytes_and_attributes(store);
    reads_from_any_place(store);
    replaces_whole_objects(store);
    lets_one_make_a_new_object(store);
    takes_content_of_any_length(store);
    keeps_the_old_object_where_content_fails(store);
    tells_states_apart(store);
    misses_what_is_not_there(store);
    forgets_what_is_deleted(store);
    refuses_keys_that_lead_astray(store);
    opens_no_other_state(store);
    lists_what_is_below(store);
    lists_a_folder_alone(store);
    takes_many_keys_at_once(store);
    takes_one_key_from_many_at_once(store);
}

fn keeps_bytes_and_attributes(store: &dyn Storage) {
    let key = "plates/été 01/.proxies/A001.%04d_thumb.jpg";
    let attributes = thumbnail("plates/été 01/A001.dpx");
    store.put(key, b"bytes", &attributes).unwrap();
    let meta = store.head(key).unwrap();
    assert_eq!((meta.size, told(&meta.attributes)), (5, told(&attributes)));
    assert!(meta.etag.is_some());
    assert_eq!(meta.last_modified.len(), "2026-04-01T00:00:00+00:00".len());
    assert!(meta.last_modified.ends_with("+00:00"), "{}", meta.last_modified);
    assert_eq!(read(store, key), b"bytes");

    store.put("empty", b"", &ObjectAttributes::default()).unwrap();
    assert_eq!(store.head("empty").unwrap().size, 0);
    is_bare(store, "empty");
}

fn reads_from_any_place(store: &dyn Storage) {
    store.put("seek", b"0123456789", &ObjectAttributes::default()).unwrap();
    let mut input = store.open("seek").unwrap();
    let mut two = [0; 2];
    assert_eq!(input.seek(SeekFrom::End(-3)).unwrap(), 7);
    input.read_exact(&mut two).unwrap();
    assert_eq!(&two, b"78");
    input.seek(SeekFrom::Start(1)).unwrap();
    input.read_exact(&mut two).unwrap();
    assert_eq!(&two, b"12");
    assert_eq!(input.seek(SeekFrom::Start(20)).unwrap(), 20);
    assert_eq!(input.read(&mut two).unwrap(), 0);
}

fn replaces_whole_objects(store: &dyn Storage) {
    let attributes = |key| told(&store.head(key).unwrap().attributes);
    store.put("replaced", b"old and long", &thumbnail("old.exr")).unwrap();
    let mut old = store.open("replaced").unwrap();
    store.put("replaced", b"new", &ObjectAttributes::new("video/mp4")).unwrap();
    assert_eq!(read(store, "replaced"), b"new");
    assert_eq!(attributes("replaced"), told(&ObjectAttributes::new("video/mp4")));
    let mut bytes = Vec::new();
    // an open input may go on with the old object or fail; it never mixes the two
    if old.read_to_end(&mut bytes).is_ok() {
        assert!(bytes == b"old and long" || bytes == b"new");
    }
    store.put("replaced", b"bare", &ObjectAttributes::default()).unwrap();
    is_bare(store, "replaced");
}

fn lets_one_make_a_new_object(store: &dyn Storage) {
    let key = "new/x_thumb.jpg";
    let made = |at: usize| {
        let source = format!("x.{at}");
        store.put_new(key, source.as_bytes(), &thumbnail(&source)).unwrap()
    };
    let made: Vec<bool> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|at| scope.spawn(move || made(at))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let winner = made.iter().position(|made| *made).unwrap();
    assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
    let source = format!("x.{winner}");
    assert_eq!(read(store, key), source.as_bytes());
    assert_eq!(told(&store.head(key).unwrap().attributes), told(&thumbnail(&source)));
    assert!(!store.put_new(key, b"later", &ObjectAttributes::default()).unwrap());
    assert_eq!(read(store, key), source.as_bytes());
}

/// Bytes that no store has to take in one piece.
const LONG: u64 = 20 << 20;

fn takes_content_of_any_length(store: &dyn Storage) {
    let key = "shot/.proxies/été_proxy.mp4";
    for size in [0, 5, LONG] {
        let old = store.head(key).map(|meta| (meta.size, told(&meta.attributes)));
        let bytes: Vec<u8> = (0..size).map(|at| (at >> 8) as u8 ^ at as u8).collect();
        let (first, rest) = bytes.split_at(bytes.len() / 2);
        // nothing is seen of an object before it is whole
        let look = Doing(|| {
            let now = store.head(key).map(|meta| (meta.size, told(&meta.attributes)));
            assert_eq!(now.ok(), old.as_ref().ok().cloned());
            Ok(0)
        });
        let mut content = Trickle(first.chain(look).chain(rest));
        let attributes = thumbnail(&size.to_string());
        store.put_from(key, &mut content, size, &attributes).unwrap();
        let meta = store.head(key).unwrap();
        assert_eq!((meta.size, told(&meta.attributes)), (size, told(&attributes)));
        assert!(read(store, key) == bytes, "{size}");
    }
}

fn keeps_the_old_object_where_content_fails(store: &dyn Storage) {
    let old = thumbnail("old.exr");
    store.put("kept.mp4", b"old", &old).unwrap();
    for size in [5, LONG] {
        for (length, fails) in [(size / 2, true), (size - 1, false), (size + 1, false)] {
            for key in ["kept.mp4", "never.mp4"] {
                let end = || if fails { Err(io::Error::other("gone")) } else { Ok(0) };
                let mut content = io::repeat(1).take(length).chain(Doing(end));
                let put = store.put_from(key, &mut content, size, &thumbnail("new.exr"));
                let error = put.unwrap_err();
                let told = (error.kind().name(), error.key());
                assert_eq!(told, ("storage", Some(key)), "{length} of {size}");
            }
        }
        assert_eq!(read(store, "kept.mp4"), b"old");
        assert_eq!(told(&store.head("kept.mp4").unwrap().attributes), told(&old));
        assert_eq!(store.head("never.mp4").unwrap_err().kind(), &ErrorKind::NotFound);
    }
}

/// A content that does something where it is read.
struct Doing<F>(F);

impl<F: FnMut() -> io::Result<usize>> Read for Doing<F> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        (self.0)()
    }
}

/// A content that comes in small pieces.
struct Trickle<R>(R);

impl<R: Read> Read for Trickle<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(7919);
        self.0.read(&mut into[..most])
    }
}

fn tells_states_apart(store: &dyn Storage) {
    store.put("state", b"aaaa", &ObjectAttributes::default()).unwrap();
    let first = store.head("state").unwrap();
    assert_eq!(store.head("state").unwrap(), first);
    store.put("state", b"bbbb", &ObjectAttributes::default()).unwrap();
    assert_ne!(store.head("state").unwrap().etag, first.etag);
}

fn misses_what_is_not_there(store: &dyn Storage) {
    store.put("folder/object", b"x", &ObjectAttributes::default()).unwrap();
    for key in ["missing", "no/such/folder/x.exr", "folder", "folder/object/below"] {
        for error in [store.head(key).unwrap_err(), store.open(key).map(drop).unwrap_err()] {
            assert_eq!((error.kind(), error.key()), (&ErrorKind::NotFound, Some(key)));
        }
    }
}

fn forgets_what_is_deleted(store: &dyn Storage) {
    store.put("gone/a.jpg", b"x", &thumbnail("a.exr")).unwrap();
    store.delete("gone/a.jpg").unwrap();
    store.delete("gone/a.jpg").unwrap();
    store.delete("never/there").unwrap();
    assert_eq!(store.head("gone/a.jpg").unwrap_err().kind(), &ErrorKind::NotFound);
    store.put("gone/a.jpg", b"x", &ObjectAttributes::default()).unwrap();
    is_bare(store, "gone/a.jpg");
}

fn refuses_keys_that_lead_astray(store: &dyn Storage) {
    for &key in ESCAPES {
        let none = ObjectAttributes::default();
        for error in [
            store.head(key).unwrap_err(),
            store.open(key).map(drop).unwrap_err(),
            store.put(key, b"x", &none).unwrap_err(),
            store.put_from(key, &mut &b"x"[..], 1, &none).unwrap_err(),
            store.delete(key).unwrap_err(),
        ] {
            assert_eq!((error.kind().name(), error.is_retryable()), ("invalid", false), "{key:?}");
        }
    }
}

fn opens_no_other_state(store: &dyn Storage) {
    let none = ObjectAttributes::default();
    store.put("state", b"first", &none).unwrap();
    let meta = store.head("state").unwrap();
    let mut bytes = Vec::new();
    store.open_state("state", &meta).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"first");
    store.put("state", b"other", &none).unwrap();
    let opened = store.open_state("state", &meta);
    let error = opened.and_then(|mut input| {
        let read = input.read_to_end(&mut Vec::new());
        read.map_err(|error| error.downcast::<proxycore::Error>().unwrap())
    });
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.key()), (&ErrorKind::Changed, Some("state")));
    assert!(error.is_retryable());
}

fn lists_what_is_below(store: &dyn Storage) {
    let bytes = |key: &str| key.len() as u64;
    let keys =
        ["list/a.exr", "list/a/.proxies/b.jpg", "list/a/é 1.exr", "list/a0.exr", "list0.exr"];
    for key in keys {
        store.put(key, key.as_bytes(), &thumbnail(key)).unwrap();
    }
    let listed = |prefix| {
        let found = store.list(prefix).unwrap().map(Result::unwrap);
        found.map(|(key, meta)| (key, meta.size)).collect::<BTreeSet<_>>()
    };
    let expected = |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), bytes(key))).collect();
    assert_eq!(listed("list/"), expected(&keys[..4]));
    assert_eq!(listed("list/a/"), expected(&keys[1..3]));
    assert!(listed("").is_superset(&expected(&keys)));
    let (_, meta) = store.list("list/a/").unwrap().map(Result::unwrap).last().unwrap();
    assert!(meta.last_modified.ends_with("+00:00") && meta.etag.is_some());
    for prefix in ["list", "../", "/", "a//"] {
        assert_eq!(store.list(prefix).map(drop).unwrap_err().kind().name(), "invalid", "{prefix}");
    }
}

fn lists_a_folder_alone(store: &dyn Storage) {
    let keys = ["flat/a.exr", "flat/é 1.exr", "flat/b/a.exr", "flat/b/c/a.exr", "flat0.exr"];
    for key in keys {
        store.put(key, key.as_bytes(), &ObjectAttributes::default()).unwrap();
    }
    let listed = |folder| {
        let found = store.list_folder(folder).unwrap().map(Result::unwrap);
        found.map(|(key, meta)| (key, meta.size, meta.etag)).collect::<BTreeSet<_>>()
    };
    let expected = |keys: &[&str]| {
        let told = |key: &&str| {
            let meta = store.head(key).unwrap();
            ((*key).to_owned(), meta.size, meta.etag)
        };
        keys.iter().map(told).collect::<BTreeSet<_>>()
    };
    assert_eq!(listed("flat/"), expected(&keys[..2]));
    assert_eq!(listed("flat/b/"), expected(&keys[2..3]));
    let root = listed("");
    assert!(root.is_superset(&expected(&keys[4..])));
    assert!(root.iter().all(|(key, ..)| !key.contains('/')), "{root:?}");
    for folder in ["flat", "../", "/"] {
        let refused = store.list_folder(folder).map(drop).unwrap_err();
        assert_eq!(refused.kind().name(), "invalid", "{folder}");
    }
}

fn takes_many_keys_at_once(store: &dyn Storage) {
    thread::scope(|scope| {
        for at in 0..THREADS {
            scope.spawn(move || {
                for round in 0..4 {
                    let key = format!("many/new/{at}/{round}.jpg");
                    store.put(&key, key.as_bytes(), &thumbnail(&key)).unwrap();
                }
            });
        }
    });
    for key in (0..THREADS).map(|at| format!("many/new/{at}/3.jpg")) {
        assert_eq!(read(store, &key), key.as_bytes());
        assert_eq!(told(&store.head(&key).unwrap().attributes), told(&thumbnail(&key)));
    }
}

/// Readers see some writer's object whole at all times, and never with another one's attributes.
fn takes_one_key_from_many_at_once(store: &dyn Storage) {
    let key = "contended.jpg";
    store.put(key, &body(0), &thumbnail("0")).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..THREADS)
            .map(|at| {
                scope.spawn(move || {
                    for _ in 0..4 {
                        store.put(key, &body(at), &thumbnail(&at.to_string())).unwrap();
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                is_whole(&read_some_state(store, key));
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    let writer = is_whole(&read(store, key));
    let attributes = told(&store.head(key).unwrap().attributes);
    assert!(attributes == told(&thumbnail(&writer)) || attributes.metadata.is_empty());
}

/// What every store tells of an object's attributes: the tags are another request to some.
fn told(of: &ObjectAttributes) -> ObjectAttributes {
    let mut told = of.clone();
    told.tags.clear();
    told
}

/// Checks that nothing was put beside an object's bytes. Some stores guess a type by the name.
fn is_bare(store: &dyn Storage, key: &str) {
    let ObjectAttributes { tags, metadata, .. } = store.head(key).unwrap().attributes;
    assert!(tags.is_empty() && metadata.is_empty(), "{key}: {tags:?} {metadata:?}");
}

/// Bytes that say who wrote them; all of one length, so that no length tells them apart.
pub fn body(writer: usize) -> Vec<u8> {
    writer.to_string().repeat(100_000).into_bytes()
}

pub fn is_whole(bytes: &[u8]) -> String {
    assert_eq!(bytes.len(), 100_000);
    assert_eq!(bytes.iter().collect::<BTreeSet<_>>().len(), 1);
    char::from(bytes[0]).to_string()
}

pub fn thumbnail(source: &str) -> ObjectAttributes {
    ObjectAttributes::new("image/jpeg")
        .with_tag("media_type", "thumbnail")
        .with_metadata("source", source)
}

/// Reads an object that is being replaced, as often as it takes to see one state of it.
fn read_some_state(store: &dyn Storage, key: &str) -> Vec<u8> {
    loop {
        let mut bytes = Vec::new();
        match store.open(key).unwrap().read_to_end(&mut bytes) {
            Ok(_) => return bytes,
            Err(error) => {
                let error = error.downcast::<proxycore::Error>().unwrap();
                assert_eq!(error.kind(), &ErrorKind::Changed);
            }
        }
    }
}

pub fn read(store: &dyn Storage, key: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    store.open(key).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// Keys that would leave their store, if one let them.
pub const ESCAPES: &[&str] = &[
    "",
    "../a.exr",
    "a/../../a.exr",
    "a/..",
    "..",
    "/a.exr",
    "//a.exr",
    "%2e%2e%2fa.exr",
    "%2E%2E/a.exr",
    "a/%2e%2e/%2e%2e/a.exr",
    "a%2f..%2f..%2fa.exr",
    "%2fa.exr",
    "..\\a.exr",
    "a\\..\\..\\a.exr",
    "\\a.exr",
    "%5c..%5ca.exr",
    "in.exr\0.jpg",
    "in.exr%00",
    "./in.exr",
    "a//a.exr",
];
