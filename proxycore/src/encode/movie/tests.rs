#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::path::Path;

use super::super::testing::{noise, output, ramp};
use super::*;
use crate::encode::{Plane, Quantizer};
use crate::image::{Band, Timecode};
use crate::space::ColorSpace;

fn codes(light: &Band) -> Codes {
    let size = Extent::new(light.width, light.rows());
    let mut quantizer = Quantizer::new(Mp4::new().codes(), size).unwrap();
    quantizer.push(light).unwrap();
    quantizer.finish().unwrap()
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

fn probe(file: &Path) -> Option<String> {
    let arguments =
        ["-v", "error", "-count_frames", "-show_streams", "-of", "default=nk=0", "-i", "FILE"];
    output("ffprobe", &arguments, file).map(|text| String::from_utf8(text).unwrap())
}

#[test]
fn high_dynamic_range_is_refused() {
    let pq = Mp4::new().with_color(VideoColor::Pq);
    let plane = |length, black| Plane::U8(vec![black; length]);
    let planes = vec![plane(256, 16), plane(64, 128), plane(64, 128)];
    let codes = Codes { width: 16, height: 16, format: pq.codes(), planes };
    let error = pq.encode(&codes, &ImageSpec::plain(16, 16)).unwrap_err();
    assert_eq!(error.kind().name(), "invalid");
}

#[test]
fn others_see_what_we_meant() {
    let light = ramp(62, 34);
    let encoded = Mp4::new().encode(&codes(&light), &ImageSpec::plain(62, 34)).unwrap();
    let Some(text) = probe(file(&encoded.bytes).path()) else {
        return;
    };
    for line in [
        "codec_name=h264",
        "profile=High",
        "width=62",
        "height=34",
        "pix_fmt=yuv420p",
        "color_range=tv",
        "color_space=bt709",
        "color_transfer=bt709",
        "color_primaries=bt709",
        "chroma_location=left",
        "sample_aspect_ratio=1:1",
        "field_order=progressive",
        "has_b_frames=0",
        "is_avc=true",
        "r_frame_rate=24/1",
        "nb_read_frames=1",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
}

#[test]
fn a_movie_for_a_computers_display_says_so() {
    let mp4 = Mp4::new().with_color(VideoColor::Srgb);
    let mut quantizer = Quantizer::new(mp4.codes(), Extent::new(32, 16)).unwrap();
    quantizer.push(&ramp(32, 16)).unwrap();
    let codes = quantizer.finish().unwrap();
    let encoded = mp4.encode(&codes, &ImageSpec::plain(32, 16)).unwrap();
    assert_eq!(encoded.space, ColorSpace::SRGB_REC709_DISPLAY);
    assert_ne!(mp4.recipe(), Mp4::new().recipe());
    let Some(text) = probe(file(&encoded.bytes).path()) else {
        return;
    };
    for line in ["color_space=bt709", "color_transfer=iec61966-2-1", "color_primaries=bt709"] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
}

/// What the usual quality may change in a steep gradient.
const TOLERANCE: u8 = 14;

#[test]
fn others_decode_it_to_the_codes_that_went_in() {
    for size in [(62, 34), (16, 16)] {
        let codes = codes(&ramp(size.0, size.1));
        let encoded = Mp4::new().encode(&codes, &ImageSpec::plain(size.0, size.1)).unwrap();
        let arguments = ["-v", "error", "-i", "FILE", "-f", "rawvideo", "-"];
        let file = file(&encoded.bytes);
        let Some(decoded) = output("ffmpeg", &arguments, file.path()) else {
            return;
        };
        let ours: Vec<_> = codes.planes.iter().filter_map(Plane::as_u8).flatten().collect();
        assert_eq!(decoded.len(), ours.len());
        for (at, (ours, theirs)) in ours.iter().zip(&decoded).enumerate() {
            assert!(ours.abs_diff(*theirs) <= TOLERANCE, "{at}: {ours} became {theirs}");
        }
    }
}

#[test]
fn a_movie_has_its_frames_and_its_rate() {
    let frames = [noise(48, 32), ramp(48, 32)].map(|light| codes(&light));
    let frames: Vec<_> = frames.iter().cycle().take(30).collect();
    let fps = Rational { num: 24000, den: 1001 };
    let spec =
        ImageSpec { frames_per_second: Some(fps), pixel_aspect: 2.0, ..ImageSpec::plain(48, 32) };
    let bytes = Mp4::new().movie(frames.iter().copied(), &spec).unwrap();
    assert_eq!(bytes, Mp4::new().movie(frames.iter().copied(), &spec).unwrap());
    let Some(text) = probe(file(&bytes).path()) else {
        return;
    };
    for line in [
        "nb_read_frames=30",
        "nb_frames=30",
        "r_frame_rate=24000/1001",
        "avg_frame_rate=24000/1001",
        "sample_aspect_ratio=2:1",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
}

#[test]
fn a_group_has_one_picture_where_decoding_starts_at_any_rate() {
    let (mp4, codes) = (Mp4::new(), codes(&ramp(48, 32)));
    let spec = MovieSpec::new(codes.extent(), Rational { num: 1, den: 1 });
    assert_eq!(mp4.group_length(spec.fps), 2);
    let mut group = mp4.group(&spec).unwrap();
    (0..2).for_each(|_| group.push(&codes).unwrap());
    let samples = group.finish().unwrap().samples;
    assert_eq!(samples.iter().map(|sample| sample.key).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn decoding_starts_as_often_as_asked() {
    let (mp4, codes) = (Mp4::new().with_gop(4), codes(&ramp(48, 32)));
    let spec = MovieSpec::new(codes.extent(), Rational { num: 24, den: 1 });
    assert_eq!(mp4.group_length(spec.fps), 4);
    let mut group = mp4.group(&spec).unwrap();
    (0..4).for_each(|_| group.push(&codes).unwrap());
    let keys = group.finish().unwrap().samples.iter().filter(|sample| sample.key).count();
    assert_eq!(keys, 1);
}

#[test]
fn a_start_is_told_with_the_mark_of_dropped_numbers() {
    let (mp4, codes) = (Mp4::new(), codes(&ramp(48, 32)));
    for (rate, drop, told) in [("24", false, "00:01:15:00"), ("29.97", true, "00:01:00;02")] {
        let fps = rate.parse().unwrap();
        let start = Timecode::of_frame(1800, fps, drop);
        let spec = MovieSpec::new(codes.extent(), fps).with_start(start);
        let mut group = mp4.group(&spec).unwrap();
        group.push(&codes).unwrap();
        let Group { parameters, samples } = group.finish().unwrap();
        let head = mp4.head(&spec, &parameters, &[samples[0].info().unwrap()]).unwrap();
        let Some(text) = probe(file(&[head, samples[0].data.clone()].concat()).path()) else {
            return;
        };
        let line = format!("TAG:timecode={told}");
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        assert!(text.lines().any(|found| found == "nb_read_frames=1"), "{text}");
    }
}

#[test]
fn small_pictures_are_as_small_in_the_file() {
    for (width, height) in [(2, 2), (10, 4), (4, 34), (34, 4)] {
        let samples = vec![1.0; 3 * (width * height) as usize];
        let light = Band { samples, ..Band::black(0, height, width) };
        let encoded = Mp4::new().encode(&codes(&light), &ImageSpec::plain(width, height)).unwrap();
        assert_eq!((encoded.width, encoded.height), (width, height));
        let file = file(&encoded.bytes);
        let arguments = ["-v", "error", "-i", "FILE", "-f", "rawvideo", "-"];
        let Some(decoded) = output("ffmpeg", &arguments, file.path()) else { return };
        let (luma, chroma) = decoded.split_at((width * height) as usize);
        assert_eq!(chroma.len(), luma.len() / 2, "{width}x{height}");
        assert!(luma.iter().all(|code| code.abs_diff(235) <= 1), "{luma:?}");
        assert!(chroma.iter().all(|code| code.abs_diff(128) <= 1), "{chroma:?}");
    }
}

#[test]
fn no_frames_make_no_movie() {
    assert!(Mp4::new().movie([], &ImageSpec::plain(16, 16)).is_err());
    assert_ne!(Mp4::new().recipe(), Mp4::new().with_quality(30).recipe());
    assert_ne!(Mp4::new().recipe(), Mp4::new().with_gop(12).recipe());
}
