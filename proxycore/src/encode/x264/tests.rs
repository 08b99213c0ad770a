use std::path::Path;

use super::super::testing::{noise, output, ramp, skip};
use super::super::whole::whole;
use super::*;
use crate::encode::{Encoder, MovieEncoder, MovieSpec, Mp4, Quantizer, VideoColor};
use crate::image::{Band, Extent, ImageSpec};

/// x264, where it is installed.
fn x264() -> Option<Mp4<X264>> {
    installed().then(|| Mp4::by(X264::new()))
}

fn deep() -> Mp4<X264> {
    Mp4::by(X264::new().with_ten_bits())
}

fn installed() -> bool {
    let found = X264Library::get();
    if let Err(error) = &found {
        skip::without_tool(error);
    }
    found.is_ok()
}

fn codes(x264: &Mp4<X264>, light: &Band) -> Codes {
    let size = Extent::new(light.width, light.rows());
    let mut quantizer = Quantizer::new(x264.codes(), size).unwrap();
    quantizer.push(light).unwrap();
    quantizer.finish().unwrap()
}

/// Pictures that move, so that there is a reason for B-frames.
fn moving(x264: &Mp4<X264>, count: u32) -> Vec<Codes> {
    let wide = ramp(160, 48);
    let window = |at: u32| {
        let rows = wide.planes().flat_map(|planes| {
            planes.into_iter().flat_map(move |plane| plane[at as usize..][..96].to_vec())
        });
        Band { samples: rows.collect(), ..Band::black(0, 48, 96) }
    };
    (0..count).map(|at| codes(x264, &window(at))).collect()
}

fn group(x264: &Mp4<X264>, frames: &[Codes]) -> Group {
    let spec = MovieSpec::new(frames[0].extent(), Rational { num: 24, den: 1 });
    let mut group = x264.group(&spec).unwrap();
    frames.iter().for_each(|frame| group.push(frame).unwrap());
    group.finish().unwrap()
}

#[test]
fn a_group_is_closed_and_its_pictures_are_all_there() {
    let Some(x264) = x264() else { return };
    let Group { parameters, samples } = group(&x264, &moving(&x264, 24));
    assert_eq!(parameters[0][..2], [0x67, 100]);
    let keys = samples.iter().map(|sample| sample.key).collect::<Vec<_>>();
    assert_eq!(keys, [vec![true], vec![false; 23]].concat());
    let mut shown: Vec<_> = (0..).zip(&samples).map(|(at, sample)| at + sample.shift).collect();
    assert!(!shown.is_sorted(), "there are B-frames");
    shown.sort_unstable();
    assert_eq!(shown, (0..24).collect::<Vec<_>>());
    // the note that names the build is a unit of type 6
    assert!(samples.iter().all(|sample| sample.data[4] & 0x1f != 6));
}

#[test]
fn the_same_pictures_give_the_same_bytes() {
    let Some(x264) = x264() else { return };
    let frames = moving(&x264, 12);
    let once = group(&x264, &frames);
    assert_eq!(once, group(&x264, &frames));
    assert_ne!(once, group(&x264.with_quality(30), &frames));
    assert_ne!(once, group(&Mp4::by(X264::new().with_preset(X264Preset::Slow)), &frames));
    for x264 in [x264, deep()] {
        let frames = moving(&x264, 2);
        group(&x264.with_quality(0), &frames);
    }
}

#[test]
fn groups_of_any_content_have_the_same_parameters() {
    let Some(x264) = x264() else { return };
    let one = group(&x264, &[codes(&x264, &noise(96, 48))]);
    assert_eq!(one.parameters, group(&x264, &moving(&x264, 5)).parameters);
    assert_eq!(one.samples.len(), 1);
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

fn probe(file: &Path) -> Option<String> {
    let arguments = ["-v", "error", "-count_frames", "-show_streams", "-of", "default", "FILE"];
    output("ffprobe", &arguments, file).map(|text| String::from_utf8(text).unwrap())
}

#[test]
fn others_see_what_we_meant() {
    let Some(plain) = x264() else { return };
    for (x264, colours) in [
        (plain, ["bt709", "bt709", "bt709"]),
        (deep().with_color(VideoColor::Srgb), ["bt709", "iec61966-2-1", "bt709"]),
        (deep().with_color(VideoColor::Pq), ["bt2020nc", "smpte2084", "bt2020"]),
        (deep().with_color(VideoColor::Hlg), ["bt2020nc", "arib-std-b67", "bt2020"]),
    ] {
        let is_deep = x264.codes().pixel.depth() > 8;
        let (profile, pixel) =
            if is_deep { ("High 10", "yuv420p10le") } else { ("High", "yuv420p") };
        let [matrix, transfer, primaries] = colours;
        let fps = Rational { num: 24000, den: 1001 };
        let spec = ImageSpec { frames_per_second: Some(fps), ..ImageSpec::plain(96, 48) };
        let bytes = whole(&x264, &moving(&x264, 30), &spec).unwrap();
        let Some(text) = probe(file(&bytes).path()) else { return };
        for line in [
            format!("profile={profile}"),
            format!("pix_fmt={pixel}"),
            format!("color_transfer={transfer}"),
            "codec_name=h264".into(),
            "color_range=tv".into(),
            format!("color_space={matrix}"),
            format!("color_primaries={primaries}"),
            "chroma_location=left".into(),
            "sample_aspect_ratio=1:1".into(),
            "start_time=0.000000".into(),
            "r_frame_rate=24000/1001".into(),
            "avg_frame_rate=24000/1001".into(),
            "nb_read_frames=30".into(),
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
    }
}

/// What crf 23 may change in a gradient, in codes of 8 bits.
const TOLERANCE: u16 = 12;

#[test]
fn others_decode_it_to_the_codes_that_went_in() {
    let Some(plain) = x264() else { return };
    for x264 in [plain, deep()] {
        let frames = moving(&x264, 9);
        let bytes = whole(&x264, &frames, &ImageSpec::plain(96, 48)).unwrap();
        let arguments = ["-v", "error", "-i", "FILE", "-f", "rawvideo", "-"];
        let Some(decoded) = output("ffmpeg", &arguments, file(&bytes).path()) else { return };
        let deep = x264.codes().pixel.depth() > 8;
        let ours: Vec<u16> = frames.iter().flat_map(|frame| &frame.planes).flat_map(wide).collect();
        let theirs: Vec<u16> = match deep {
            false => decoded.iter().map(|code| u16::from(*code)).collect(),
            true => {
                decoded.as_chunks::<2>().0.iter().map(|code| u16::from_le_bytes(*code)).collect()
            }
        };
        assert_eq!(theirs.len(), ours.len());
        let tolerance = if deep { 4 * TOLERANCE } else { TOLERANCE };
        for (at, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert!(ours.abs_diff(*theirs) <= tolerance, "{at}: {ours} became {theirs}");
        }
    }
}

fn wide(plane: &crate::encode::Plane) -> Vec<u16> {
    match plane {
        crate::encode::Plane::U8(codes) => codes.iter().map(|code| u16::from(*code)).collect(),
        crate::encode::Plane::U16(codes) => codes.clone(),
    }
}

#[test]
fn pictures_that_do_not_fit_are_refused() {
    let Some(x264) = x264() else { return };
    let fps = Rational { num: 24, den: 1 };
    for size in [Extent::new(0, 0), Extent::new(33, 32), Extent::new(40000, 32)] {
        assert!(x264.group(&MovieSpec::new(size, fps)).is_err(), "{size:?}");
    }
    let mut group = x264.group(&MovieSpec::new(Extent::new(64, 64), fps)).unwrap();
    assert!(group.push(&codes(&x264, &ramp(32, 32))).is_err(), "another size");
    assert!(group.push(&codes(&deep(), &ramp(64, 64))).is_err(), "another depth");
}

#[test]
fn the_smallest_pictures_are_movies_too() {
    let Some(x264) = x264() else { return };
    for (width, height) in [(2, 2), (16, 2), (2, 34)] {
        let codes = codes(&x264, &ramp(width, height));
        let encoded = x264.encode(&codes, &ImageSpec::plain(width, height)).unwrap();
        let Some(text) = probe(file(&encoded.bytes).path()) else { return };
        for line in [format!("width={width}"), format!("height={height}")] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
    }
}

#[test]
fn a_group_without_pictures_ends() {
    let Some(x264) = x264() else { return };
    let spec = MovieSpec::new(Extent::new(64, 64), Rational { num: 24, den: 1 });
    assert!(x264.group(&spec).unwrap().finish().unwrap().samples.is_empty());
    assert!(whole(&x264, [], &ImageSpec::plain(64, 64)).is_err());
}

#[test]
fn presets_are_read_as_they_are_written() {
    for preset in X264Preset::ALL {
        assert_eq!(preset.name().parse::<X264Preset>().unwrap(), preset);
    }
    let error = "quick".parse::<X264Preset>().unwrap_err().to_string();
    assert!(error.contains("none of ultrafast, superfast"), "{error}");
    let recipes = [
        Mp4::by(X264::new()),
        Mp4::by(X264::new()).with_quality(30),
        Mp4::by(X264::new().with_preset(X264Preset::Slow)),
        deep(),
        Mp4::by(X264::new()).with_gop(12),
        Mp4::by(X264::new()).with_color(VideoColor::Srgb),
    ]
    .map(|x264| x264.recipe());
    assert!(recipes.iter().skip(1).all(|recipe| *recipe != recipes[0]));
}
