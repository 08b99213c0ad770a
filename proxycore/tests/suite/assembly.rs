//! Sequences as a whole: each frame of the movie is the right one, whatever is missing.
//!
//! The frames carry their number as bars, a bit each, which are read back from the decoded movie.

use std::io::Cursor;
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};
use std::sync::Arc;

use exr::meta::attribute::TimeCode;
use exr::meta::header::{ImageAttributes, LayerAttributes};
use exr::prelude::{Image, SpecificChannels, Vec2, WritableImage};
use proxycore::encode::StillColor;
use proxycore::event::MemoryEvents;
use proxycore::image::Rational;
use proxycore::metadata::MemoryMetadata;
use proxycore::overlay::{BurnIn, BurnItem};
use proxycore::sequence::{Assembly, Missing, Pattern, Poster, Sequence};
use proxycore::storage::{ObjectAttributes, Storage};
use proxycore::{Error, ErrorKind, MemoryStorage, Outcome, Pipeline, Rendition, Result};

use crate::skip;

use super::segments::{kept, segments};

/// Bars of a frame, the highest bit on the left.
pub(crate) const BITS: usize = 12;
/// Pixels across a bar.
pub(crate) const BAR: usize = 16;
pub(crate) const WIDTH: usize = BITS * BAR;
pub(crate) const HEIGHT: usize = 64;
const PATTERN: &str = "shots/a.%04d.exr";

pub(crate) struct Show {
    pub(crate) storage: Arc<MemoryStorage>,
    pub(crate) rows: Arc<MemoryMetadata>,
    pub(crate) events: Arc<MemoryEvents>,
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

    pub(crate) fn run(&self, assembly: &Assembly) -> Result<Outcome> {
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
    pub(crate) fn shown(&self, outcome: &Outcome) -> Option<Vec<i64>> {
        decoded(&self.bytes(&outcome.proxy_key), &[])
            .map(|frames| frames.iter().map(|frame| read(frame)).collect())
    }
}

/// A frame with its number in bars.
pub(crate) fn numbered(number: i64) -> Vec<u8> {
    bars(number, (WIDTH, HEIGHT), 0.9)
}

pub(crate) fn bars(number: i64, size: (usize, usize), light: f32) -> Vec<u8> {
    drawn(number, size, light, |_, _| ())
}

/// The same, with what its header says.
fn drawn(
    number: i64,
    (width, height): (usize, usize),
    light: f32,
    describe: impl FnOnce(&mut ImageAttributes, &mut LayerAttributes),
) -> Vec<u8> {
    let pixel = move |at: Vec2<usize>| {
        let bit = number >> (BITS - 1 - at.0 * BITS / width) & 1;
        let light = light * bit as f32;
        (light, light, light)
    };
    let mut image = Image::from_channels((width, height), SpecificChannels::rgb(pixel));
    describe(&mut image.attributes, &mut image.layer_data.attributes);
    let mut bytes = Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}

/// The luma of each frame of a movie in full range, as ffmpeg decodes it.
pub(crate) fn decoded(movie: &[u8], before: &[&str]) -> Option<Vec<Vec<u8>>> {
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
        skip::without_tool("there is no ffmpeg here");
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
        skip::without_tool("there is no ffprobe here");
        return None;
    };
    Some(String::from_utf8(run.stdout).unwrap().trim().trim_end_matches(',').to_owned())
}

pub(crate) fn read(frame: &[u8]) -> i64 {
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
fn a_files_rate_is_the_one_that_it_is_meant_to_be() {
    let show = Show::with([]);
    let frame = drawn(1, (WIDTH, HEIGHT), 0.9, |_, layer| {
        layer.frames_per_second = Some((23_976, 1000));
    });
    show.put(1, &frame);
    assert_eq!(show.run(&Assembly::new()).unwrap().fps.as_deref(), Some("24000/1001"));
}

#[test]
fn a_range_without_a_frame_says_which_there_are() {
    let show = Show::with(1001..=1003);
    for missing in Missing::ALL {
        let assembly = Assembly::new().with_range("1-3".parse().unwrap()).with_missing(missing);
        let error = show.run(&assembly).unwrap_err();
        let said = "range: frames 1-3 are not there; there is 1001-1003";
        assert_eq!(error.to_string(), format!("{PATTERN}: {said}"));
    }
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

/// The warnings, but for that of frames that name no colour space.
fn told(outcome: &Outcome) -> Vec<&str> {
    let all = outcome.warnings.iter().map(String::as_str);
    all.filter(|text| !text.starts_with("the colour space is a guess")).collect()
}

#[test]
fn a_poster_that_is_gone_since_is_stood_in_for_until_it_comes_back() {
    let show = Show::with(1001..=1008);
    let hold = Assembly::new().with_missing(Missing::Hold);
    let chosen = hold.clone().with_poster(Poster::Frame(1007));
    assert_eq!(show.run(&chosen).unwrap().poster, Some(1007));
    for damage in [None, Some(b"half of a file")] {
        match damage {
            None => show.storage.delete("shots/a.1007.exr").unwrap(),
            Some(bytes) => show.put(1007, bytes),
        }
        let outcome = show.run(&hold).unwrap();
        assert_eq!(outcome.poster, Some(1004), "{damage:?}");
        let told = told(&outcome).join("\n");
        assert!(
            told.contains("frame 1007, the poster that was chosen in an earlier run"),
            "{told}"
        );
        if damage.is_none() {
            assert_eq!(show.run(&chosen).unwrap_err().kind().name(), "no_such", "asked for now");
        }
    }
    show.put(1007, &numbered(1007));
    let back = show.run(&hold).unwrap();
    assert_eq!((back.poster, told(&back).len()), (Some(1007), 0));
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
fn the_poster_is_the_same_whichever_renditions_are_asked_for() {
    // a wide and dark shot, a little brighter at its end: between the bars of a thumbnail it is
    // darker than black is held to be
    let show = Show::with([]);
    let all = (1 << BITS) - 1;
    for number in 1..=20 {
        let light = if number > 16 { 0.0252 } else { 0.0212 };
        show.put(number, &bars(all, (240, 100), light));
    }
    let poster = |renditions: Vec<Rendition>| {
        let pipeline = show.pipeline.clone().with_renditions(renditions).with_force(true);
        pipeline.run_sequence(&show.sequence(), &Assembly::new()).unwrap().poster
    };
    let (thumb, preview) = (Rendition::thumbnail, Rendition::preview);
    for renditions in [
        vec![thumb()],
        vec![preview()],
        vec![thumb(), preview()],
        vec![preview(), thumb()],
        Rendition::defaults(),
    ] {
        assert_eq!(poster(renditions.clone()), Some(11), "{renditions:?}");
    }
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
fn cues_that_are_gone_or_damaged_are_made_again() {
    let show = Show::with(1001..=1004);
    let pipeline = show.pipeline.clone().with_renditions([Rendition::sprite_for(StillColor::Srgb)]);
    let run = || pipeline.run_sequence(&show.sequence(), &Assembly::new()).unwrap().skipped;
    let key = "shots/.proxies/a_sprite.vtt";
    assert!(!run() && run());
    let cues = show.bytes(key);
    let vtt = show.storage.head(key).unwrap().attributes;
    assert_eq!(vtt.content_type.as_deref(), Some("text/vtt"));
    show.storage.delete(key).unwrap();
    let plan = pipeline.plan_sequence(&show.sequence(), &Assembly::new()).unwrap();
    assert!(!plan.up_to_date);
    assert!(!run() && show.bytes(key) == cues && run());
    show.storage.put(key, b"WEBVTT", &ObjectAttributes::new("text/vtt")).unwrap();
    assert!(!run() && show.bytes(key) == cues && run());
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

/// A frame with its number in bars, and 1:02:03 and so many frames.
fn timed(number: i64, frame: u8) -> Vec<u8> {
    drawn(number, (WIDTH, HEIGHT), 0.9, |image, _| {
        image.time_code = Some(TimeCode {
            hours: 1,
            minutes: 2,
            seconds: 3,
            frame,
            drop_frame: false,
            color_frame: false,
            field_phase: false,
            binary_group_flags: [false; 3],
            binary_groups: [0; 8],
        });
    })
}

#[test]
fn the_timecode_of_the_files_is_counted_back_to_the_first_frame() {
    let show = Show::with([]);
    (1001..=1005).for_each(|number| show.put(number, &timed(number, (number - 981) as u8)));
    let black = Assembly::new().with_missing(Missing::Black);
    for (range, slate, expected) in [
        ("1001-1004", false, "01:02:03:20"),
        ("1000-1004", false, "01:02:03:19"),
        ("998-1004", true, "01:02:03:16"),
    ] {
        let burn = if slate { BurnIn::default().with_slate() } else { BurnIn::default() };
        let assembly = black.clone().with_range(range.parse().unwrap()).with_burn_in(burn);
        let movie = show.bytes(&show.run(&assembly).unwrap().proxy_key);
        let Some(start) = probed(&movie, "stream_tags=timecode") else { return };
        assert_eq!(start, expected, "{range}");
    }
}

#[test]
fn frames_below_nought_are_before_midnight() {
    let show = Show::with(-2..=2);
    let outcome = show.run(&Assembly::new()).unwrap();
    assert_eq!(told(&outcome), [""; 0]);
    let Some(start) = probed(&show.bytes(&outcome.proxy_key), "stream_tags=timecode") else {
        return;
    };
    assert_eq!(start, "23:59:59:22");
}

#[test]
fn a_rate_without_timecode_is_told() {
    let show = Show::with(1..=3);
    let outcome = show.run(&Assembly::new().with_fps("1000".parse().unwrap())).unwrap();
    assert!(told(&outcome)[0].contains("no timecode"), "{:?}", outcome.warnings);
}

#[test]
fn a_burnt_timecode_is_the_frames_own_where_others_are_left_out() {
    let show = Show::with(1001..=1011);
    let burnt = Assembly::new().with_burn_in(BurnIn::new([BurnItem::Timecode]));
    let movie = |assembly: &Assembly| show.bytes(&show.run(assembly).unwrap().proxy_key);
    let all = movie(&burnt);
    let some = movie(&burnt.with_step(NonZeroUsize::new(2).unwrap()));
    let (Some(all), Some(some)) = (decoded(&all, &[]), decoded(&some, &[])) else { return };
    assert_eq!(some.len(), 6);
    let label = |frame: &[u8]| frame[..20 * WIDTH].to_vec();
    for (one, other) in all.iter().step_by(2).zip(&some) {
        let apart =
            label(one).into_iter().zip(label(other)).map(|(one, other)| one.abs_diff(other));
        assert!(apart.max() < Some(80), "other digits are black where these are white");
    }
}

#[test]
fn letters_that_cannot_be_written_are_told() {
    let show = Show::with(1..=2);
    let lacking =
        "burn-in: no font has `漢`, so it is drawn as `?`: name one that has it with --font";
    for (text, expected) in [("Zürich Ωμέγα Щука", &[][..]), ("shot 漢字", &[lacking])]
    {
        let burn = BurnIn::new([BurnItem::Name]).with_text(text);
        let outcome = show.run(&Assembly::new().with_burn_in(burn)).unwrap();
        assert_eq!(told(&outcome), expected, "{text}");
    }
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
