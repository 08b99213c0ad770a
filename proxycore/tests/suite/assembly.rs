//! Sequences as a whole: each frame of the movie is the right one, whatever is missing.
//!
//! The frames carry their number as bars, a bit each, which are read back from the decoded movie.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use exr::prelude::{
    AnyChannel, AnyChannels, Blocks, Compression, Encoding, FlatSamples, Image, ImageAttributes,
    IntegerBounds, Layer, LayerAttributes, LineOrder, SpecificChannels, Vec2, WritableImage,
};
use proxycore::encode::StillColor;
use proxycore::event::MemoryEvents;
use proxycore::image::Rational;
use proxycore::input::Input;
use proxycore::metadata::MemoryMetadata;
use proxycore::sequence::{
    Assembly, BurnIn, BurnItem, FrameSet, Missing, Pattern, Poster, Sequence,
};
use proxycore::storage::{Listing, ObjectAttributes, ObjectMeta, Storage};
use proxycore::{Error, ErrorKind, MemoryStorage, Outcome, Pipeline, Rendition, Result};

/// Bars of a frame, the highest bit on the left.
pub(crate) const BITS: usize = 12;
/// Pixels across a bar.
const BAR: usize = 16;
const WIDTH: usize = BITS * BAR;
const HEIGHT: usize = 64;
const PATTERN: &str = "shots/a.%04d.exr";

pub(crate) struct Show {
    storage: Arc<MemoryStorage>,
    rows: Arc<MemoryMetadata>,
    events: Arc<MemoryEvents>,
    pub(crate) pipeline: Pipeline,
}

impl Show {
    pub(crate) fn with(numbers: impl IntoIterator<Item = i64>) -> Self {
        let storage = Arc::new(MemoryStorage::new("renders"));
        let (rows, events) =
            (Arc::new(MemoryMetadata::default()), Arc::new(MemoryEvents::default()));
        let pipeline =
            Pipeline::new(storage.clone()).with_metadata(rows.clone()).with_events(events.clone());
        let show = Self { storage, rows, events, pipeline };
        numbers.into_iter().for_each(|number| show.put(number, &numbered(number)));
        show
    }

    pub(crate) fn put(&self, number: i64, bytes: &[u8]) {
        let key = format!("shots/a.{number:04}.exr");
        self.storage.put(&key, bytes, &ObjectAttributes::default()).unwrap();
    }

    fn run(&self, assembly: &Assembly) -> Result<Outcome> {
        self.pipeline.run_sequence(&self.sequence(), assembly)
    }

    pub(crate) fn sequence(&self) -> Sequence {
        let (pattern, _) = Pattern::parse(PATTERN).unwrap().unwrap();
        Sequence::find(&*self.storage, &pattern, None).unwrap()
    }

    pub(crate) fn bytes(&self, key: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.storage.open(key).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// The numbers that the movie's frames show; nothing where there is no ffmpeg.
    fn shown(&self, outcome: &Outcome) -> Option<Vec<i64>> {
        decoded(&self.bytes(&outcome.proxy_key), &[])
            .map(|frames| frames.iter().map(|frame| read(frame)).collect())
    }
}

/// A frame with its number in bars.
fn numbered(number: i64) -> Vec<u8> {
    bars(number, (WIDTH, HEIGHT), 0.9)
}

pub(crate) fn bars(number: i64, (width, height): (usize, usize), light: f32) -> Vec<u8> {
    let pixel = move |at: Vec2<usize>| {
        let bit = number >> (BITS - 1 - at.0 * BITS / width) & 1;
        let light = light * bit as f32;
        (light, light, light)
    };
    let image = Image::from_channels((width, height), SpecificChannels::rgb(pixel));
    let mut bytes = Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}

/// The luma of each frame of a movie in full range, as ffmpeg decodes it.
fn decoded(movie: &[u8], before: &[&str]) -> Option<Vec<Vec<u8>>> {
    let file = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    std::fs::write(file.path(), movie).unwrap();
    let run = Command::new("ffmpeg")
        .args(["-v", "error"])
        .args(before)
        .arg("-i")
        .arg(file.path())
        .args(["-f", "rawvideo", "-pix_fmt", "gray", "-"])
        .stdin(Stdio::null())
        .output();
    let Ok(run) = run else {
        eprintln!("skipped: there is no ffmpeg here");
        return None;
    };
    assert!(
        run.status.success() && run.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    Some(run.stdout.chunks(WIDTH * HEIGHT).map(<[u8]>::to_vec).collect())
}

/// What `ffprobe` says of one entry of the first video stream.
pub(crate) fn probed(movie: &[u8], entry: &str) -> Option<String> {
    let file = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    std::fs::write(file.path(), movie).unwrap();
    let run = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v", "-count_frames", "-of", "csv=p=0"])
        .args(["-show_entries", entry])
        .arg(file.path())
        .output();
    let Ok(run) = run else {
        eprintln!("skipped: there is no ffprobe here");
        return None;
    };
    Some(String::from_utf8(run.stdout).unwrap().trim().trim_end_matches(',').to_owned())
}

fn read(frame: &[u8]) -> i64 {
    assert_eq!(frame.len(), WIDTH * HEIGHT, "a whole frame");
    let row = &frame[HEIGHT / 2 * WIDTH..][..WIDTH];
    row.chunks(BAR).fold(0, |number, bar| number << 1 | i64::from(bar[BAR / 2] > 128))
}

#[test]
fn each_frame_is_the_right_one_for_any_number_of_threads() {
    let show = Show::with(1001..=1060);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let pipeline = show.pipeline.clone().with_force(true);
        let run = || pipeline.run_sequence(&show.sequence(), &Assembly::new()).unwrap();
        let outcome = pool.install(run);
        (show.bytes(&outcome.proxy_key), show.bytes(&outcome.thumbnail_key), outcome)
    };
    let (movie, still, outcome) = on(1);
    for threads in [2, 9] {
        let (other_movie, other_still, _) = on(threads);
        assert!(movie == other_movie && still == other_still, "{threads} threads");
    }
    assert_eq!(outcome.source_key, PATTERN);
    assert_eq!(outcome.proxy_key, "shots/.proxies/a_proxy.mp4");
    assert_eq!(outcome.frame_range.as_deref(), Some("1001-1060"));
    assert_eq!((outcome.fps.as_deref(), outcome.missing.as_deref()), (Some("24"), None));
    let all: Vec<i64> = (1001..=1060).collect();
    let Some(shown) = show.shown(&outcome) else { return };
    assert_eq!(shown, all);
    // a seek lands on the frame of that time, in another group and inside one
    for (seconds, first) in [("1", 1025), ("1.25", 1031), ("2.375", 1058)] {
        let rest = decoded(&movie, &["-ss", seconds]).unwrap();
        assert_eq!(read(&rest[0]), first, "{seconds} s");
    }
    assert_eq!(probed(&movie, "stream=nb_frames,nb_read_frames").unwrap(), "60,60");
    assert_eq!(probed(&movie, "stream=duration").unwrap(), "2.500000");
    assert_eq!(probed(&movie, "stream_tags=timecode").unwrap(), "00:00:41:17");
}

#[test]
fn rates_are_exact() {
    let show = Show::with(1001..=1010);
    for (text, exact) in [("23.976", "24000/1001"), ("25", "25/1"), ("30000/1001", "30000/1001")] {
        let fps: Rational = text.parse().unwrap();
        let outcome = show.run(&Assembly::new().with_fps(fps)).unwrap();
        assert!(!outcome.skipped, "another rate is another movie");
        let movie = show.bytes(&outcome.proxy_key);
        let Some(rates) = probed(&movie, "stream=r_frame_rate,avg_frame_rate") else { return };
        assert_eq!(rates, format!("{exact},{exact}"));
        assert_eq!(probed(&movie, "stream=nb_read_frames").unwrap(), "10");
    }
}

#[test]
fn what_is_missing_is_shown_as_asked() {
    let there = || (1001..=1012).filter(|number| ![1004, 1005, 1006, 1009].contains(number));
    let show = Show::with(there());
    let error = show.run(&Assembly::new()).unwrap_err();
    assert_eq!(error.kind().name(), "invalid");
    assert!(error.to_string().contains("1004-1006,1009"), "{error}");
    assert!(show.rows.rows().is_empty() && show.events.events().is_empty());

    let hold = [1001, 1002, 1003, 1003, 1003, 1003, 1007, 1008, 1008, 1010, 1011, 1012];
    let nearest = [1001, 1002, 1003, 1003, 1003, 1007, 1007, 1008, 1008, 1010, 1011, 1012];
    let black = [1001, 1002, 1003, 0, 0, 0, 1007, 1008, 0, 1010, 1011, 1012];
    for (missing, expected) in
        [(Missing::Hold, hold), (Missing::Nearest, nearest), (Missing::Black, black)]
    {
        let outcome = show.run(&Assembly::new().with_missing(missing)).unwrap();
        assert_eq!(outcome.missing.as_deref(), Some("1004-1006,1009"));
        let Some(shown) = show.shown(&outcome) else { return };
        assert_eq!(shown, expected, "{missing:?}");
    }

    let outcome = show.run(&Assembly::new().with_missing(Missing::Slate)).unwrap();
    let frames = decoded(&show.bytes(&outcome.proxy_key), &[]).unwrap();
    for (at, frame) in frames.iter().enumerate() {
        let is_slate = frame[0].abs_diff(255 / 5) < 4;
        assert_eq!(is_slate, [3, 4, 5, 8].contains(&at), "frame {at}");
    }
}

#[test]
fn a_range_and_a_step_take_what_they_name() {
    let show = Show::with(1001..=1010);
    let assembly = |range: &str| Assembly::new().with_range(range.parse::<FrameSet>().unwrap());
    let outcome = show.run(&assembly("1003-1006")).unwrap();
    let Some(shown) = show.shown(&outcome) else { return };
    assert_eq!(shown, [1003, 1004, 1005, 1006]);
    assert_eq!(outcome.frame_range.as_deref(), Some("1003-1006"));
    let stepped = Assembly::new().with_step(3.try_into().unwrap());
    let outcome = show.run(&stepped).unwrap();
    assert_eq!(show.shown(&outcome).unwrap(), [1001, 1004, 1007, 1010]);
    let beyond = assembly("999-1003").with_missing(Missing::Hold);
    let outcome = show.run(&beyond).unwrap();
    assert_eq!(show.shown(&outcome).unwrap(), [1001, 1001, 1001, 1002, 1003]);
    assert_eq!(outcome.missing.as_deref(), Some("999-1000"));
}

#[test]
fn frames_on_twos_say_what_to_do() {
    let error = Show::with((1001..=1021).step_by(2)).run(&Assembly::new()).unwrap_err();
    assert!(error.to_string().contains("`step` 2"), "{error}");
}

#[test]
fn a_half_written_last_frame_is_an_error_or_missing() {
    let show = Show::with(1001..=1007);
    let mut half = numbered(1008);
    half.truncate(half.len() / 2);
    for bytes in [half, Vec::new()] {
        show.put(1008, &bytes);
        let error = show.run(&Assembly::new()).unwrap_err();
        assert_eq!(error.key(), Some("shots/a.1008.exr"), "{error}");
        let outcome = show.run(&Assembly::new().with_missing(Missing::Hold)).unwrap();
        assert_eq!(outcome.missing.as_deref(), Some("1008"));
        assert!(outcome.warnings.iter().any(|told| told.contains("(frames 1008)")), "{outcome:?}");
        let Some(shown) = show.shown(&outcome) else { return };
        assert_eq!(shown, [1001, 1002, 1003, 1004, 1005, 1006, 1007, 1007]);
    }
}

#[test]
fn frames_of_other_sizes_are_brought_into_the_first_ones() {
    let show = Show::with(1001..=1004);
    show.put(1002, &bars(1002, (2 * WIDTH, 2 * HEIGHT), 0.9));
    show.put(1003, &bars(1003, (WIDTH, 2 * HEIGHT), 0.9));
    let outcome = show.run(&Assembly::new()).unwrap();
    let told = "192x128 is brought into the 192x64 of frame 1001 (frames 1003)";
    assert!(outcome.warnings.iter().any(|warning| warning == told), "{:?}", outcome.warnings);
    let movie = &outcome.renditions.iter().find(|made| made.name == "proxy").unwrap();
    assert_eq!((movie.width, movie.height), (WIDTH as u32, HEIGHT as u32));
    let Some(frames) = decoded(&show.bytes(&outcome.proxy_key), &[]) else { return };
    assert_eq!(read(&frames[1]), 1002);
    assert_eq!(read(&frames[3]), 1004);
    // half as wide, between black bars
    assert_eq!((frames[2][0], frames[2][WIDTH - 1]), (0, 0));
}

/// A frame as a render farm may leave it: `top` rows of the display window without data, and what
/// holds the others.
fn written(
    number: i64,
    names: &'static [&'static str],
    top: usize,
    (compression, blocks): (Compression, Blocks),
) -> Vec<u8> {
    let size = (WIDTH, HEIGHT - top);
    let light = |at: usize| 0.9 * (number >> (BITS - 1 - at % WIDTH / BAR) & 1) as f32;
    let channel = |(index, name): (usize, &&'static str)| {
        let all = 0..size.0 * size.1;
        // every other channel is of floats, as depth is beside colour
        let samples = match index % 2 {
            0 => FlatSamples::F16(all.map(|at| half::f16::from_f32(light(at))).collect()),
            _ => FlatSamples::F32(all.map(light).collect()),
        };
        AnyChannel::new(*name, samples)
    };
    let channels = AnyChannels::sort(names.iter().enumerate().map(channel).collect());
    let encoding = Encoding { compression, blocks, line_order: LineOrder::Increasing };
    let layer =
        LayerAttributes { layer_position: Vec2(0, top as i32), ..LayerAttributes::default() };
    let window = ImageAttributes::new(IntegerBounds::new((0, 0), (WIDTH, HEIGHT)));
    let image = Image::from_layer(Layer::new(size, layer, encoding, channels));
    let mut bytes = Cursor::new(Vec::new());
    let image = Image { attributes: window, ..image };
    image.write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}

#[test]
fn frames_of_other_channels_windows_and_compressions_are_one_movie() {
    let show = Show::with([1001, 1008]);
    let (lines, tiles) = (Blocks::ScanLines, Blocks::Tiles(Vec2(32, 32)));
    for (number, names, top, how) in [
        (1002, &["R", "G", "B", "A"][..], 0, (Compression::PIZ, tiles)),
        (1003, &["Y"], 0, (Compression::ZIP1, lines)),
        (1004, &["R", "G", "B", "Z", "N.X"], 20, (Compression::Uncompressed, lines)),
        (1005, &["A", "R", "G", "B"], 8, (Compression::DWAA(None), lines)),
        (1006, &["R", "G", "B"], 0, (Compression::RLE, tiles)),
        (1007, &["beauty.R", "beauty.G", "beauty.B"], 0, (Compression::PXR24, lines)),
    ] {
        show.put(number, &written(number, names, top, how));
    }
    let outcome = show.run(&Assembly::new()).unwrap();
    assert_eq!(outcome.frame_range.as_deref(), Some("1001-1008"));
    let Some(frames) = decoded(&show.bytes(&outcome.proxy_key), &[]) else { return };
    let shown: Vec<i64> = frames.iter().map(|frame| read(frame)).collect();
    assert_eq!(shown, (1001..=1008).collect::<Vec<_>>());
    // where there is no data, there is no light
    let first_rows = |at: usize| frames[at][..4 * WIDTH].iter().copied().max();
    assert!(first_rows(0) > Some(200) && first_rows(3) < Some(24), "{:?}", first_rows(3));
}

#[test]
fn one_row_and_one_event_tell_of_a_sequence() {
    let show = Show::with((1001..=1004).chain([1006]));
    let outcome = show.run(&Assembly::new().with_missing(Missing::Hold)).unwrap();
    let rows = show.rows.rows();
    let [(row, renditions)] = rows.as_slice() else { panic!("one row, not {}", rows.len()) };
    assert_eq!(row.s3_key, PATTERN);
    assert_eq!(row.asset_id, proxycore::identity::asset_id(PATTERN));
    let size: u64 = show.sequence().iter().map(|(_, frame)| frame.meta.size).sum();
    assert_eq!(row.source_size_bytes, size as i64);
    for rendition in renditions {
        assert_eq!(rendition.frame_range.as_deref(), Some("1001-1006"));
        assert_eq!(rendition.fps.as_deref(), Some("24"));
        assert_eq!(rendition.missing.as_deref(), Some("1005"));
    }
    let events = show.events.events();
    let [event] = events.as_slice() else { panic!("one event, not {}", events.len()) };
    assert_eq!(event.asset_id, outcome.asset_id);
    assert_eq!(event.proxy_uri, format!("memory://renders/{}", outcome.proxy_key));
}

#[test]
fn what_stands_is_not_made_again_until_a_frame_changes() {
    let show = Show::with(1001..=1006);
    let first = show.run(&Assembly::new()).unwrap();
    let second = show.run(&Assembly::new()).unwrap();
    assert!(!first.skipped && second.skipped);
    assert_eq!(
        (second.frame_range, second.fps, second.poster, second.renditions),
        (first.frame_range, first.fps, first.poster, first.renditions)
    );
    show.put(1004, &numbered(7));
    let third = show.run(&Assembly::new()).unwrap();
    assert!(!third.skipped);
    let Some(shown) = show.shown(&third) else { return };
    assert_eq!(shown, [1001, 1002, 1003, 7, 1005, 1006]);
    show.put(1007, &numbered(1007));
    assert!(!show.run(&Assembly::new()).unwrap().skipped, "it has grown");
}

#[test]
fn the_poster_shows_something_unless_a_person_says_otherwise() {
    let show = Show::with(1001..=1008);
    show.put(1005, &bars(0, (WIDTH, HEIGHT), 0.9));
    show.put(1006, &bars(1006, (WIDTH, HEIGHT), 0.02));
    let poster = |assembly: Assembly| show.run(&assembly).unwrap().poster;
    assert_eq!(poster(Assembly::new()), Some(1004), "1005 is black, 1006 nearly so");
    assert_eq!(poster(Assembly::new().with_poster(Poster::Middle)), Some(1005));
    assert_eq!(poster(Assembly::new()), Some(1005), "it is remembered");
    assert_eq!(poster(Assembly::new().with_poster(Poster::Frame(1002))), Some(1002));
    assert_eq!(poster(Assembly::new()), Some(1002));
    assert_eq!(poster(Assembly::new().with_poster(Poster::Auto)), Some(1004));
    let missing = show.run(&Assembly::new().with_poster(Poster::Frame(7))).unwrap_err();
    assert_eq!(missing.kind().name(), "no_such");
}

#[test]
fn stills_alone_have_a_poster_too() {
    let show = Show::with(1001..=1008);
    show.put(1005, &bars(0, (WIDTH, HEIGHT), 0.9));
    let stills = show.pipeline.clone().with_renditions([Rendition::thumbnail()]);
    let outcome = stills.run_sequence(&show.sequence(), &Assembly::new()).unwrap();
    assert_ne!(outcome.poster, Some(1005));
    assert_eq!(outcome.renditions.len(), 1);
    let alike = Show::with(1001..=1008);
    let stills = alike.pipeline.clone().with_renditions([Rendition::thumbnail()]);
    let outcome = stills.run_sequence(&alike.sequence(), &Assembly::new()).unwrap();
    let whole = alike.run(&Assembly::new()).unwrap();
    assert_eq!(outcome.poster, whole.poster);
}

#[test]
fn a_sequence_of_one_frame_is_a_movie() {
    let show = Show::with([7]);
    let outcome = show.run(&Assembly::new()).unwrap();
    assert_eq!(outcome.poster, Some(7));
    let Some(shown) = show.shown(&outcome) else { return };
    assert_eq!(shown, [7]);
}

#[test]
fn a_movie_of_a_sequence_is_not_called_proved() {
    let show = Show::with(1001..=1002);
    let proved = show.pipeline.clone().with_proof(true);
    let error = proved.run_sequence(&show.sequence(), &Assembly::new()).unwrap_err();
    assert!(error.to_string().contains("cannot be proved"), "{error}");
    let stills = proved.with_renditions([Rendition::thumbnail()]);
    let outcome = stills.run_sequence(&show.sequence(), &Assembly::new()).unwrap();
    assert!(outcome.renditions[0].proof.is_some());
}

#[test]
fn outputs_of_one_stem_do_not_take_each_others_place() {
    let show = Show::with(1001..=1003);
    show.run(&Assembly::new()).unwrap();
    show.storage.put("shots/a.exr", &numbered(5), &ObjectAttributes::default()).unwrap();
    let error: Error = show.pipeline.run("shots/a.exr").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Collision { .. }), "{error}");
}

/// The segments of the movie, and what they hold.
fn segments(show: &Show) -> BTreeMap<String, Vec<u8>> {
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

fn kept() -> Assembly {
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

/// The luma of a still as ffmpeg decodes it, and its width.
fn still(bytes: &[u8]) -> Option<Vec<u8>> {
    let file = tempfile::NamedTempFile::with_suffix(".jpg").unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let run = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(file.path())
        .args(["-f", "rawvideo", "-pix_fmt", "gray", "-"])
        .stdin(Stdio::null())
        .output();
    run.ok().map(|run| run.stdout)
}

#[test]
fn tiles_of_a_sprite_are_the_frames_that_its_cues_name() {
    let show = Show::with((1001..=1130).filter(|number| *number != 1042));
    let renditions =
        [Rendition::sprite_for(StillColor::Srgb), Rendition::sheet_for(StillColor::Srgb)];
    let pipeline = show.pipeline.clone().with_renditions(renditions);
    let assembly = Assembly::new().with_missing(Missing::Nearest);
    let outcome = pipeline.run_sequence(&show.sequence(), &assembly).unwrap();
    let [sprite, sheet] = &outcome.renditions[..] else { panic!("{outcome:?}") };
    assert_eq!((sprite.name, sheet.name), ("sprite", "sheet"));
    let cues = String::from_utf8(show.bytes("shots/.proxies/a_sprite.vtt")).unwrap();
    let boxes: Vec<[usize; 4]> = cues
        .lines()
        .filter_map(|line| line.split_once("a_sprite.jpg#xywh="))
        .map(|(_, numbers)| {
            numbers.split(',').map(|each| each.parse().unwrap()).collect::<Vec<_>>()
        })
        .map(|numbers| numbers.try_into().unwrap())
        .collect();
    assert_eq!(boxes.len(), 100);
    assert_eq!(
        (sprite.width as usize, sprite.height as usize),
        (10 * boxes[0][2], 10 * boxes[0][3])
    );
    let Some(luma) = still(&show.bytes(&sprite.key)) else { return };
    let width = sprite.width as usize;
    for (index, [x, y, w, h]) in boxes.into_iter().enumerate() {
        let row = &luma[(y + h / 2) * width + x..][..w];
        let bar = |bit: usize| i64::from(row[(2 * bit + 1) * w / (2 * BITS)] > 128);
        let shown = (0..BITS).fold(0, |number, bit| number << 1 | bar(bit));
        // the middle one of 1.3 frames
        let span = (index * 130).div_ceil(100)..((index + 1) * 130).div_ceil(100);
        let meant = 1001 + (span.start + (span.len() - 1) / 2) as i64;
        assert_eq!(shown, if meant == 1042 { 1041 } else { meant }, "tile {index}");
    }
    assert!(
        sheet.width > 6 * 192
            && pipeline.run_sequence(&show.sequence(), &assembly).unwrap().skipped
    );
}

#[test]
fn of_a_single_frame_a_montage_shows_that() {
    let show = Show::with([1]);
    let pipeline = show.pipeline.clone().with_renditions([Rendition::sprite_for(StillColor::Srgb)]);
    let outcome = pipeline.run("shots/a.0001.exr").unwrap();
    assert_eq!((outcome.renditions[0].width, outcome.renditions[0].height), (160, 53));
}

#[test]
fn a_slate_comes_first_and_every_frame_keeps_its_timecode() {
    let show = Show::with(1001..=1030);
    let slate = Assembly::new().with_burn_in(BurnIn::default().with_slate());
    let outcome = show.run(&slate).unwrap();
    assert_eq!(outcome.frame_range.as_deref(), Some("1001-1030"));
    let movie = show.bytes(&outcome.proxy_key);
    let Some(frames) = decoded(&movie, &[]) else { return };
    // grey, where the highest bit of these frames is black
    assert!(frames[0][0].abs_diff(255 / 5) < 4, "{}", frames[0][0]);
    let shown: Vec<_> = frames[1..].iter().map(|frame| read(frame)).collect();
    assert_eq!(shown, (1001..=1030).collect::<Vec<_>>());
    assert_eq!(probed(&movie, "stream=nb_frames,nb_read_frames").unwrap(), "31,31");
    assert_eq!(probed(&movie, "stream_tags=timecode").unwrap(), "00:00:41:16");
    // in segments it stands in the first one, which a longer sequence changes
    let kept = slate.with_segments(true);
    show.run(&kept).unwrap();
    let before = segments(&show);
    show.put(1031, &numbered(1031));
    let grown = show.run(&kept).unwrap();
    let same = segments(&show).keys().filter(|key| before.contains_key(*key)).count();
    assert_eq!((before.len(), same), (6, 4));
    let shown = show.shown(&grown).unwrap();
    assert_eq!(shown[1..], (1001..=1031).collect::<Vec<_>>());
}

#[test]
fn burnt_lines_change_with_the_frames_and_nothing_else_does() {
    let show = Show::with(1001..=1030);
    let burn = BurnIn::new([BurnItem::Frame, BurnItem::Timecode]).with_text("wip");
    let plain = show.run(&Assembly::new()).unwrap();
    let (plain, still) = (show.bytes(&plain.proxy_key), show.bytes(&plain.thumbnail_key));
    let burnt = show.run(&Assembly::new().with_burn_in(burn.clone())).unwrap();
    assert!(!burnt.skipped && show.bytes(&burnt.thumbnail_key) == still, "stills stay without");
    let burnt = show.bytes(&burnt.proxy_key);
    // segments with the same lines are found again, and others are not
    let kept = kept().with_burn_in(burn);
    show.run(&kept).unwrap();
    let before = segments(&show);
    show.put(1030, &numbered(5));
    show.run(&kept).unwrap();
    assert_eq!(segments(&show).keys().filter(|key| before.contains_key(*key)).count(), 4);
    let (Some(plain), Some(burnt)) = (decoded(&plain, &[]), decoded(&burnt, &[])) else {
        return;
    };
    let middle = |frame: &[u8]| frame[24 * WIDTH..40 * WIDTH].to_vec();
    let lower = |frame: &[u8]| frame[48 * WIDTH..].to_vec();
    for (at, (plain, burnt)) in plain.iter().zip(&burnt).enumerate() {
        assert_eq!(read(burnt), 1001 + at as i64);
        let far = middle(plain).into_iter().zip(middle(burnt));
        assert!(far.map(|(one, other)| one.abs_diff(other)).max() < Some(16), "frame {at}");
        assert!(lower(plain) != lower(burnt));
    }
}
