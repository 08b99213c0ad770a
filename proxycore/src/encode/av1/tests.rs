use super::super::testing::{noise, output, ramp};
use super::super::whole::whole;
use super::*;
use crate::encode::{Encoder, MovieEncoder, MovieSpec, Mp4, Quantizer, VideoColor};
use crate::image::{Band, ImageSpec};

fn av1() -> Mp4<Av1> {
    Mp4::by(Av1::new())
}

fn codes(light: &Band) -> Codes {
    codes_for(&av1(), light)
}

fn codes_for(av1: &Mp4<Av1>, light: &Band) -> Codes {
    let size = Extent::new(light.width, light.rows());
    let mut quantizer = Quantizer::new(av1.codes(), size).unwrap();
    quantizer.push(light).unwrap();
    quantizer.finish().unwrap()
}

fn group(av1: &Mp4<Av1>, frames: &[Codes]) -> Group {
    let spec = MovieSpec::new(frames[0].extent(), Rational { num: 24, den: 1 });
    let mut group = av1.group(&spec).unwrap();
    frames.iter().for_each(|frame| group.push(frame).unwrap());
    group.finish().unwrap()
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

#[test]
fn a_group_is_closed_and_the_same_each_time() {
    let frames: Vec<_> = [ramp(64, 48), noise(64, 48)].iter().map(codes).collect();
    let frames: Vec<_> = frames.iter().cycle().take(7).cloned().collect();
    let once = group(&av1(), &frames);
    let keys: Vec<_> = once.samples.iter().map(|sample| sample.key).collect();
    assert_eq!(keys, [true, false, false, false, false, false, false]);
    assert_eq!(once, group(&av1(), &frames));
    assert_ne!(once, group(&av1().with_quality(40), &frames));
    // another content, the same header
    assert_eq!(once.parameters, group(&av1(), &frames[1..2]).parameters);
}

#[test]
fn others_see_what_we_meant() {
    let frames: Vec<_> = (0..30).map(|_| codes(&ramp(62, 34))).collect();
    let fps = Rational { num: 24000, den: 1001 };
    let spec = ImageSpec { frames_per_second: Some(fps), ..ImageSpec::plain(62, 34) };
    let bytes = whole(&av1(), &frames, &spec).unwrap();
    let arguments = ["-v", "error", "-count_frames", "-show_streams", "-of", "default", "FILE"];
    let Some(text) = output("ffprobe", &arguments, file(&bytes).path()) else { return };
    let text = String::from_utf8(text).unwrap();
    for line in [
        "codec_name=av1",
        "profile=Main",
        "level=0",
        "width=62",
        "height=34",
        "pix_fmt=yuv420p10le",
        "color_range=tv",
        "color_space=bt709",
        "color_transfer=bt709",
        "color_primaries=bt709",
        "chroma_location=left",
        "r_frame_rate=24000/1001",
        "avg_frame_rate=24000/1001",
        "nb_read_frames=30",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
}

#[test]
fn stream_and_container_say_what_high_dynamic_range_it_is() {
    for (color, transfer, name) in
        [(VideoColor::Pq, 16, "smpte2084"), (VideoColor::Hlg, 18, "arib-std-b67")]
    {
        let av1 = av1().with_color(color);
        let codes = codes_for(&av1, &ramp(64, 48));
        let Group { parameters, .. } = group(&av1, std::slice::from_ref(&codes));
        // color_config of the sequence header, section 5.5.2: high_bitdepth, mono_chrome,
        // color_description_present_flag, three bytes, color_range
        let bits: String = parameters[0].iter().map(|byte| format!("{byte:08b}")).collect();
        let told = format!("101{:08b}{transfer:08b}{:08b}0", 9, 9);
        assert!(bits.contains(&told), "no {told} in {bits}");

        let encoded = av1.encode(&codes, &ImageSpec::plain(64, 48)).unwrap();
        let colr = encoded.bytes.windows(4).position(|four| four == b"nclx").unwrap() + 4;
        assert_eq!(encoded.bytes[colr..colr + 7], [0, 9, 0, transfer, 0, 9, 0]);
        let arguments = ["-v", "error", "-show_streams", "-of", "default", "FILE"];
        let Some(text) = output("ffprobe", &arguments, file(&encoded.bytes).path()) else { return };
        let text = String::from_utf8(text).unwrap();
        for line in [
            "color_range=tv".to_owned(),
            "color_space=bt2020nc".to_owned(),
            format!("color_transfer={name}"),
            "color_primaries=bt2020".to_owned(),
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
    }
}

/// What quality 20 may change in a gradient, in codes of 10 bits.
const TOLERANCE: u16 = 48;

#[test]
fn others_decode_it_to_the_codes_that_went_in() {
    let codes = codes(&ramp(62, 34));
    let encoded = av1().encode(&codes, &ImageSpec::plain(62, 34)).unwrap();
    let arguments = ["-v", "error", "-i", "FILE", "-f", "rawvideo", "-"];
    let Some(decoded) = output("ffmpeg", &arguments, file(&encoded.bytes).path()) else { return };
    let theirs = decoded.as_chunks::<2>().0.iter().map(|code| u16::from_le_bytes(*code));
    let ours: Vec<_> = codes.planes.iter().filter_map(Plane::as_u16).flatten().collect();
    assert_eq!(decoded.len(), 2 * ours.len());
    for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!(ours.abs_diff(theirs) <= TOLERANCE, "{at}: {ours} became {theirs}");
    }
}

#[test]
fn pictures_that_do_not_fit_are_refused() {
    let fps = Rational { num: 24, den: 1 };
    for size in [Extent::new(0, 0), Extent::new(8, 32), Extent::new(33, 32), Extent::new(70000, 32)]
    {
        assert!(av1().group(&MovieSpec::new(size, fps)).is_err(), "{size:?}");
    }
    let mut group = av1().group(&MovieSpec::new(Extent::new(64, 64), fps)).unwrap();
    assert!(group.push(&codes(&ramp(32, 32))).is_err(), "another size");
    let recipes = [
        av1(),
        av1().with_quality(30),
        av1().with_gop(12),
        av1().with_color(VideoColor::Srgb),
        av1().with_color(VideoColor::Pq),
        av1().with_color(VideoColor::Hlg),
    ]
    .map(|av1| av1.recipe());
    assert!(recipes.iter().skip(1).all(|recipe| *recipe != recipes[0]));
}

#[test]
fn a_group_without_pictures_ends() {
    let spec = MovieSpec::new(Extent::new(64, 64), Rational { num: 24, den: 1 });
    assert!(av1().group(&spec).unwrap().finish().unwrap().samples.is_empty());
    assert!(whole(&av1(), [], &ImageSpec::plain(64, 64)).is_err());
}
