//! Movies that are patched: what is opened and encoded again, and what is taken from segments.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use proxycore::encode::StillColor;
use proxycore::input::Input;
use proxycore::sequence::{Assembly, Missing};
use proxycore::storage::{Listing, ObjectAttributes, ObjectMeta, Storage};
use proxycore::{MemoryStorage, Rendition, Result};

use super::assembly::{Show, numbered};

/// The segments of the movie, and what they hold.
pub(crate) fn segments(show: &Show) -> BTreeMap<String, Vec<u8>> {
    let listed = show.storage.list("shots/.proxies/").unwrap().map(|each| each.unwrap().0);
    let keys = listed.filter(|key| key.ends_with(".seg"));
    keys.map(|key| (key.clone(), show.bytes(&key))).collect()
}

/// The frames that were opened since this was asked the last time, by their numbers.
fn opened(store: &Counting) -> BTreeSet<i64> {
    let keys = std::mem::take(&mut *store.opened.lock().unwrap());
    let number = |key: &String| key.strip_prefix("shots/a.")?.strip_suffix(".exr")?.parse().ok();
    keys.iter().filter_map(number).collect()
}

/// A store that remembers what was read of it.
#[derive(Debug)]
struct Counting {
    inner: Arc<MemoryStorage>,
    opened: Mutex<Vec<String>>,
}

impl Storage for Counting {
    fn uri(&self, key: &str) -> String {
        self.inner.uri(key)
    }
    fn bucket(&self) -> &str {
        self.inner.bucket()
    }
    fn head(&self, key: &str) -> Result<ObjectMeta> {
        self.inner.head(key)
    }
    fn open(&self, key: &str) -> Result<Box<dyn Input>> {
        self.opened.lock().unwrap().push(key.to_owned());
        self.inner.open(key)
    }
    fn list(&self, prefix: &str) -> Result<Listing<'_>> {
        self.inner.list(prefix)
    }
    fn put(&self, key: &str, bytes: &[u8], attributes: &ObjectAttributes) -> Result<()> {
        self.inner.put(key, bytes, attributes)
    }
    fn delete(&self, key: &str) -> Result<()> {
        self.inner.delete(key)
    }
}

/// A show whose reads are remembered.
fn counted(numbers: impl IntoIterator<Item = i64>) -> (Show, Arc<Counting>) {
    let mut show = Show::with(numbers);
    let opened = Mutex::default();
    let store = Arc::new(Counting { inner: Arc::clone(&show.storage), opened });
    show.pipeline = show.pipeline.with_storage(store.clone());
    (show, store)
}

pub(crate) fn kept() -> Assembly {
    Assembly::new().with_segments(true)
}

#[test]
fn a_changed_frame_costs_its_segment() {
    let (show, store) = counted(1001..=1060);
    let first = show.run(&kept()).unwrap();
    let before = segments(&show);
    assert_eq!(before.len(), 10);
    assert!(first.frame_range.as_deref() == Some("1001-1060") && !first.skipped);
    opened(&store);
    show.put(1033, &numbered(77));
    let patched = show.run(&kept()).unwrap();
    let after = segments(&show);
    let same = after.keys().filter(|key| before.contains_key(*key)).count();
    assert_eq!((after.len(), same), (10, 9), "the old segment is gone, the others stand");
    // the first tells the size, the poster is in the middle, 1031 to 1036 are a segment
    let read = opened(&store);
    assert!(read.contains(&1033) && read.contains(&1001), "{read:?}");
    assert!(read.iter().filter(|number| !(1031..=1036).contains(*number)).count() <= 2, "{read:?}");
    let movie = show.bytes(&patched.proxy_key);
    let anew = show.pipeline.clone().with_force(true).run_sequence(&show.sequence(), &kept());
    let anew = anew.unwrap();
    assert!(movie == show.bytes(&anew.proxy_key), "as made anew");
    assert_eq!((patched.poster, &patched.warnings), (anew.poster, &anew.warnings));
    if let Some(shown) = show.shown(&patched) {
        let expected: Vec<i64> = (1001..=1060).map(|at| if at == 1033 { 77 } else { at }).collect();
        assert_eq!(shown, expected);
    }
}

#[test]
fn sheets_and_sprites_take_their_tiles_from_the_movies_frames() {
    let (show, store) = counted((1..=24).filter(|number| *number != 7));
    let montages =
        || [Rendition::sheet_for(StillColor::Srgb), Rendition::sprite_for(StillColor::Srgb)];
    let assembly = Assembly::new().with_missing(Missing::Hold);
    let files = |renditions: Vec<Rendition>| {
        let pipeline = show.pipeline.clone().with_renditions(renditions).with_force(true);
        pipeline.run_sequence(&show.sequence(), &assembly).unwrap();
        ["a_sheet.jpg", "a_sprite.jpg"].map(|name| show.bytes(&format!("shots/.proxies/{name}")))
    };
    let alone = files(montages().into());
    opened(&store);
    let along = files([Rendition::proxy()].into_iter().chain(montages()).collect());
    let opened = store.opened.lock().unwrap();
    let opens = |number: i64| {
        let key = format!("shots/a.{number:04}.exr");
        opened.iter().filter(|opened| **opened == key).count()
    };
    // the first gives the size, and 6 is held for 7, which another thread may make
    assert!([2, 3, 4, 5].into_iter().chain(8..=24).all(|number| opens(number) == 1), "{opened:?}");
    assert!(along == alone, "the same bytes");
}

#[test]
fn a_growing_sequence_grows_its_movie() {
    let (show, store) = counted(1..=30);
    show.run(&kept()).unwrap();
    opened(&store);
    (31..=40).for_each(|number| show.put(number, &numbered(number)));
    let grown = show.run(&kept()).unwrap();
    let read = opened(&store);
    let old = read.iter().filter(|number| **number <= 30).count();
    assert!(old <= 2 && (31..=40).all(|number| read.contains(&number)), "{read:?}");
    let fresh = Show::with(1..=40);
    let fresh_run = fresh.run(&kept()).unwrap();
    assert!(show.bytes(&grown.proxy_key) == fresh.bytes(&fresh_run.proxy_key));
    assert_eq!(segments(&show).keys().len(), 7);
}

#[test]
fn what_was_missing_is_shown_once_it_comes() {
    let show = Show::with((1..=20).filter(|number| *number != 9));
    let assembly = kept().with_missing(Missing::Hold);
    let held = show.run(&assembly).unwrap();
    if let Some(shown) = show.shown(&held) {
        assert_eq!(shown[7..10], [8, 8, 10]);
    }
    show.put(9, b"half of a file");
    let damaged = show.run(&assembly).unwrap();
    assert_eq!(damaged.missing.as_deref(), Some("9"));
    show.put(9, &numbered(9));
    let whole = show.run(&assembly).unwrap();
    assert_eq!(whole.missing, None);
    if let Some(shown) = show.shown(&whole) {
        assert_eq!(shown, (1..=20).collect::<Vec<_>>());
    }
}

#[test]
fn a_damaged_frame_is_read_once_for_all_that_show_another() {
    let (show, store) = counted([1]);
    (2..=40).for_each(|number| show.put(number, b"half of a file"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let assembly = Assembly::new().with_missing(Missing::Nearest);
    let outcome = pool.install(|| show.run(&assembly)).unwrap();
    assert_eq!(outcome.missing.as_deref(), Some("2-40"));
    let reads = store.opened.lock().unwrap();
    for number in 2..=40 {
        let key = format!("shots/a.{number:04}.exr");
        assert_eq!(reads.iter().filter(|read| **read == key).count(), 1, "{key}");
    }
}

#[test]
fn damaged_segments_are_made_anew() {
    let show = Show::with(1..=20);
    let first = show.run(&kept()).unwrap();
    let movie = show.bytes(&first.proxy_key);
    for (at, (key, bytes)) in segments(&show).into_iter().enumerate() {
        let damaged = if at % 2 == 0 { bytes[..bytes.len() / 2].to_vec() } else { Vec::new() };
        show.storage.put(&key, &damaged, &ObjectAttributes::default()).unwrap();
    }
    show.put(1, &numbered(2));
    show.run(&kept()).unwrap();
    show.put(1, &numbered(1));
    let again = show.run(&kept()).unwrap();
    assert!(show.bytes(&again.proxy_key) == movie);
}

#[test]
fn segments_are_the_same_for_any_number_of_threads() {
    let on = |threads| {
        let show = Show::with(1..=40);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let outcome = pool.install(|| show.run(&kept()).unwrap());
        (show.bytes(&outcome.proxy_key), segments(&show).into_values().collect::<Vec<_>>())
    };
    let one = on(1);
    assert_eq!(one.1.len(), 7);
    assert!(one == on(2) && one == on(7));
}
