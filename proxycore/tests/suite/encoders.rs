//! Movies by every encoder: each frame is the right one, at the right time, and of the right colours.
//!
//! The frames are those of [`assembly`](super::assembly), larger: DNxHR takes none below 256x120.

use std::io::Write;
use std::process::{Command, Stdio};

#[cfg(feature = "av1")]
use proxycore::encode::Av1;
#[cfg(feature = "x264-gpl")]
use proxycore::encode::X264;
use proxycore::encode::{
    Codes, Encoder, Ffmpeg, FfmpegPreset, Group, MovieSpec, Moving, Mp4, PixelFormat, Plane,
    Sample, VideoColor,
};
use proxycore::image::{Extent, Rational};
use proxycore::overlay::BurnIn;
use proxycore::sequence::{Assembly, Missing};
use proxycore::{Pipeline, Rendition, Result};

use crate::skip;

use super::assembly::{BITS, Show, bars, probed};

const WIDTH: usize = 384;
const HEIGHT: usize = 128;
const FIRST: i64 = 1001;
/// A second, and a few frames of the next.
const FRAMES: i64 = 30;

fn show() -> Show {
    show_of(FIRST..FIRST + FRAMES)
}

fn show_of(numbers: impl IntoIterator<Item = i64>) -> Show {
    let show = Show::with([]);
    for number in numbers {
        show.put(number, &bars(number, (WIDTH, HEIGHT), 0.9));
    }
    show
}

/// An encoder, and what is said of its files.
struct Case {
    rendition: Rendition,
    pixel: &'static str,
    extension: &'static str,
}

impl Case {
    fn new(encoder: impl Encoder + 'static, pixel: &'static str) -> Self {
        let extension = encoder.extension();
        Self { rendition: Rendition::proxy_by(encoder), pixel, extension }
    }

    /// The movie, where the encoder is installed.
    fn made(&self, show: &Show, pipeline: &Pipeline) -> Option<Vec<u8>> {
        self.assembled(show, &pipeline.clone().with_force(true), &Assembly::new())
    }

    fn assembled(&self, show: &Show, pipeline: &Pipeline, how: &Assembly) -> Option<Vec<u8>> {
        let pipeline = pipeline.clone().with_renditions([self.rendition.clone()]);
        let outcome = present(pipeline.run_sequence(&show.sequence(), how))?;
        assert!(outcome.proxy_key.ends_with(self.extension), "{}", outcome.proxy_key);
        Some(show.bytes(&outcome.proxy_key))
    }
}

/// What was made, unless there is nothing installed to make it.
fn present<T>(made: Result<T>) -> Option<T> {
    match made {
        Err(error)
            if ["is not installed", "lacks the"]
                .iter()
                .any(|why| error.to_string().contains(why)) =>
        {
            skip::without_tool(error);
            None
        }
        made => Some(made.unwrap()),
    }
}

/// Those whose groups are laid out here.
fn laid_out() -> Vec<Case> {
    vec![
        Case::new(Mp4::new(), "yuv420p"),
        Case::new(Mp4::new().with_gop(7).with_quality(30), "yuv420p"),
        #[cfg(feature = "openh264")]
        Case::new(Mp4::by(proxycore::encode::OpenH264::new()).with_gop(8), "yuv420p"),
        #[cfg(feature = "x264-gpl")]
        Case::new(Mp4::by(X264::new()), "yuv420p"),
        #[cfg(feature = "x264-gpl")]
        Case::new(Mp4::by(X264::new().with_ten_bits()).with_gop(9), "yuv420p10le"),
        #[cfg(feature = "av1")]
        Case::new(Mp4::by(Av1::new()).with_gop(11), "yuv420p10le"),
    ]
}

fn all() -> Vec<Case> {
    let pixel = |preset| match preset {
        FfmpegPreset::DnxhrHq => "yuv422p",
        FfmpegPreset::Hevc => "yuv420p10le",
        FfmpegPreset::X264 => "yuv420p",
        _ => "yuv422p10le",
    };
    let pipes = FfmpegPreset::ALL.map(|preset| Case::new(Ffmpeg::new(preset), pixel(preset)));
    laid_out().into_iter().chain(pipes).collect()
}

/// Runs ffmpeg, and gives what it printed; nothing where there is none.
fn ffmpeg(args: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let run = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut run) = run else {
        skip::without_tool("there is no ffmpeg here");
        return None;
    };
    let (mut stdin, input) = (run.stdin.take().unwrap(), input.to_vec());
    // it may have seen enough before the end
    let writer = std::thread::spawn(move || _ = stdin.write_all(&input));
    let run = run.wait_with_output().unwrap();
    writer.join().unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && told.is_empty(), "{args:?}: {told}");
    Some(run.stdout)
}

/// The numbers that the frames of a file show.
fn shown(before: &[&str], movie: &[u8]) -> Option<Vec<i64>> {
    Some(numbers(&luma(before, movie)?))
}

/// The luma of all frames of a file in full range.
fn luma(before: &[&str], movie: &[u8]) -> Option<Vec<u8>> {
    let file = tempfile::NamedTempFile::with_suffix(".mov").unwrap();
    std::fs::write(file.path(), movie).unwrap();
    let path = file.path().to_str().unwrap();
    let args = [before, &["-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"]].concat();
    ffmpeg(&args, &[])
}

fn numbers(luma: &[u8]) -> Vec<i64> {
    let bar = WIDTH / BITS;
    let number = |frame: &[u8]| {
        assert_eq!(frame.len(), WIDTH * HEIGHT, "a whole frame");
        let row = &frame[HEIGHT / 2 * WIDTH..][..WIDTH];
        row.chunks(bar).fold(0, |number, bar| number << 1 | i64::from(bar[bar.len() / 2] > 128))
    };
    luma.chunks(WIDTH * HEIGHT).map(number).collect()
}

#[test]
fn each_frame_is_the_right_one_by_every_encoder() {
    let show = show();
    for case in all() {
        let recipe = case.rendition.recipe();
        let Some(movie) = case.made(&show, &show.pipeline) else { continue };
        let Some(told) = shown(&[], &movie) else { return };
        assert_eq!(told, (FIRST..FIRST + FRAMES).collect::<Vec<_>>(), "{recipe}");
        // a seek lands on the frame of that time, in another group and inside one
        for (seconds, first) in [("0.25", 1007), ("0.625", 1016), ("1", 1025), ("1.125", 1028)] {
            let told = shown(&["-ss", seconds], &movie).unwrap();
            assert_eq!(told[0], first, "{recipe} at {seconds}");
        }
        // and it starts from a pipe, which cannot be sought in
        let args = ["-i", "pipe:0", "-f", "rawvideo", "-pix_fmt", "gray", "-"];
        assert_eq!(numbers(&ffmpeg(&args, &movie).unwrap()).len(), FRAMES as usize, "{recipe}");
        let probe = |entries: &str| probed(&movie, entries).unwrap_or_default();
        assert_eq!(probe("stream=r_frame_rate,avg_frame_rate"), "24/1,24/1", "{recipe}");
        assert_eq!(probe("stream=nb_read_frames"), "30", "{recipe}");
        assert_eq!(probe("stream=start_time,duration"), "0.000000,1.250000", "{recipe}");
        assert_eq!(probe("stream_tags=timecode"), "00:00:41:17", "{recipe}");
        assert_eq!(probe("stream=pix_fmt"), case.pixel, "{recipe}");
        assert_eq!(probe("stream=sample_aspect_ratio"), "1:1", "{recipe}");
        assert_eq!(probe("stream=color_range"), "tv", "{recipe}");
        let colours = probe("stream=color_space,color_transfer,color_primaries");
        assert_eq!(colours, "bt709,bt709,bt709", "{recipe}");
    }
}

/// Frames with two holes, one of them across the groups of the encoders that have short ones.
fn holes() -> Show {
    show_of((FIRST..FIRST + 12).filter(|number| ![1004, 1005, 1006, 1008, 1009].contains(number)))
}

#[test]
fn what_is_missing_is_shown_as_asked_by_every_encoder() {
    let show = holes();
    let hold = [1001, 1002, 1003, 1003, 1003, 1003, 1007, 1007, 1007, 1010, 1011, 1012];
    let nearest = [1001, 1002, 1003, 1003, 1003, 1007, 1007, 1007, 1010, 1010, 1011, 1012];
    let black = [1001, 1002, 1003, 0, 0, 0, 1007, 0, 0, 1010, 1011, 1012];
    for case in all() {
        let recipe = case.rendition.recipe();
        for (missing, expected) in
            [(Missing::Hold, hold), (Missing::Nearest, nearest), (Missing::Black, black)]
        {
            let how = Assembly::new().with_missing(missing);
            let Some(movie) = case.assembled(&show, &show.pipeline, &how) else { break };
            let Some(told) = shown(&[], &movie) else { return };
            assert_eq!(told, expected, "{recipe} {missing:?}");
        }
    }
}

#[test]
fn a_missing_frame_has_its_own_slate_by_every_encoder() {
    let show = holes();
    let how = Assembly::new().with_missing(Missing::Slate);
    for case in all() {
        let recipe = case.rendition.recipe();
        let Some(movie) = case.assembled(&show, &show.pipeline, &how) else { continue };
        let Some(luma) = luma(&[], &movie) else { return };
        let frames: Vec<_> = luma.chunks(WIDTH * HEIGHT).collect();
        // a slate is grey where the bar of the highest bit is black
        let slates = frames.iter().map(|frame| frame[0].abs_diff(255 / 5) < 6);
        let slates: Vec<_> = slates.enumerate().filter_map(|(at, is)| is.then_some(at)).collect();
        assert_eq!((frames.len(), &slates[..]), (12, &[3, 4, 5, 7, 8][..]), "{recipe}");
        let apart = |one: &[u8], other: &[u8]| {
            let far = one.iter().zip(other).filter(|(one, other)| one.abs_diff(**other) > 40);
            far.count()
        };
        for pair in slates.windows(2) {
            assert!(apart(frames[pair[0]], frames[pair[1]]) >= 8, "{recipe}: {pair:?} differ");
        }
        let rest = (0..12).filter(|at| !slates.contains(at));
        for at in rest {
            assert_eq!(numbers(frames[at]), [FIRST + at as i64], "{recipe}");
        }
    }
}

#[test]
fn a_slate_comes_first_by_every_encoder() {
    let show = show();
    let how = Assembly::new().with_burn_in(BurnIn::default().with_slate());
    for case in all() {
        let recipe = case.rendition.recipe();
        let Some(movie) = case.assembled(&show, &show.pipeline, &how) else { continue };
        let Some(luma) = luma(&[], &movie) else { return };
        let (slate, frames) = luma.split_at(WIDTH * HEIGHT);
        assert!(slate[0].abs_diff(255 / 5) < 6, "{recipe}: {}", slate[0]);
        assert_eq!(numbers(frames), (FIRST..FIRST + FRAMES).collect::<Vec<_>>(), "{recipe}");
        assert_eq!(probed(&movie, "stream_tags=timecode").unwrap(), "00:00:41:16", "{recipe}");
    }
}

#[test]
fn a_patched_movie_is_one_made_anew_by_every_encoder() {
    let kept = Assembly::new().with_segments(true);
    for case in laid_out() {
        let recipe = case.rendition.recipe();
        let show = show();
        if case.assembled(&show, &show.pipeline, &kept).is_none() {
            continue;
        }
        show.put(1016, &bars(77, (WIDTH, HEIGHT), 0.9));
        let patched = case.assembled(&show, &show.pipeline, &kept).unwrap();
        let anew = show.pipeline.clone().with_force(true);
        assert!(patched == case.assembled(&show, &anew, &kept).unwrap(), "{recipe}");
        let Some(told) = shown(&[], &patched) else { return };
        let meant = |at| if at == 1016 { 77 } else { at };
        assert_eq!(told, (FIRST..FIRST + FRAMES).map(meant).collect::<Vec<_>>(), "{recipe}");
        let rest = shown(&["-ss", "0.625"], &patched).unwrap();
        assert_eq!(rest[..2], [77, 1017], "{recipe}");
    }
}

#[test]
fn a_movie_for_a_computers_display_is_tagged_so_by_every_encoder() {
    let show = show();
    let presets = [FfmpegPreset::Prores422Hq, FfmpegPreset::Hevc];
    #[allow(unused_mut, reason = "features add more of them")]
    let mut cases: Vec<_> = presets
        .map(|preset| Case::new(Ffmpeg::new(preset).with_color(VideoColor::Srgb), ""))
        .into();
    #[cfg(feature = "x264-gpl")]
    cases.push(Case::new(Mp4::by(X264::new()).with_color(VideoColor::Srgb), ""));
    #[cfg(feature = "av1")]
    cases.push(Case::new(Mp4::by(Av1::new()).with_color(VideoColor::Srgb), ""));
    for case in cases {
        let Some(movie) = case.made(&show, &show.pipeline) else { continue };
        let Some(colours) = probed(&movie, "stream=color_space,color_transfer,color_primaries")
        else {
            return;
        };
        assert_eq!(colours, "bt709,iec61966-2-1,bt709", "{}", case.rendition.recipe());
    }
}

#[test]
fn high_dynamic_range_is_tagged_so_by_every_encoder_of_ten_bits() {
    let show = show();
    for (color, transfer) in [(VideoColor::Pq, "smpte2084"), (VideoColor::Hlg, "arib-std-b67")] {
        let presets = [FfmpegPreset::Prores422Hq, FfmpegPreset::DnxhrHqx, FfmpegPreset::Hevc];
        #[allow(unused_mut, reason = "features add more of them")]
        let mut cases: Vec<_> =
            presets.map(|preset| Case::new(Ffmpeg::new(preset).with_color(color), "")).into();
        #[cfg(feature = "x264-gpl")]
        cases.push(Case::new(Mp4::by(X264::new().with_ten_bits()).with_color(color), ""));
        #[cfg(feature = "av1")]
        cases.push(Case::new(Mp4::by(Av1::new()).with_color(color), ""));
        let slate = Assembly::new().with_burn_in(BurnIn::default().with_slate());
        for case in cases {
            let recipe = case.rendition.recipe();
            let Some(movie) = case.assembled(&show, &show.pipeline, &slate) else { continue };
            let Some(colours) = probed(&movie, "stream=color_space,color_transfer,color_primaries")
            else {
                return;
            };
            assert_eq!(colours, format!("bt2020nc,{transfer},bt2020"), "{recipe}");
            // a slate is as dark as elsewhere: 4.3 cd/m²
            let grey = if color == VideoColor::Pq { 0.237 } else { 0.178 };
            let luma = luma(&[], &movie).unwrap();
            assert!(luma[0].abs_diff((255.0 * grey) as u8) < 6, "{recipe}: {}", luma[0]);
        }
    }
}

#[test]
fn high_dynamic_range_is_refused_in_eight_bits() {
    let show = show();
    let rendition = Rendition::proxy_for(VideoColor::Pq);
    let pipeline = show.pipeline.clone().with_renditions([rendition]);
    let single = pipeline.run("shots/a.1007.exr").unwrap_err();
    let movie = pipeline.run_sequence(&show.sequence(), &Assembly::new()).unwrap_err();
    for error in [single, movie] {
        assert_eq!(error.kind().name(), "invalid", "{error}");
        assert!(error.to_string().contains("10 bits"), "{error}");
    }
}

#[test]
fn threads_change_no_byte() {
    let show = show();
    for case in laid_out() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| case.made(&show, &show.pipeline))
        };
        let Some(one) = on(1) else { continue };
        assert!(on(2) == Some(one), "{}", case.rendition.recipe());
    }
}

/// Pictures in codes of `pixel`, with a bar that moves.
fn pictures(encoder: &dyn Encoder, count: usize) -> Vec<Codes> {
    let size = Extent::new(64, 48);
    let format = encoder.codes();
    let deep = format.pixel != PixelFormat::Yuv420p8;
    let picture = |at: usize| {
        let luma = (0..64 * 48).map(|place| 40 + 3 * ((place % 64 + 2 * at) % 64) as u16);
        let chroma = || (0..32 * 24).map(|place| 100 + (place / 32) as u16);
        let plane = |codes: Vec<u16>| match deep {
            true => Plane::U16(codes.iter().map(|code| 4 * code).collect()),
            false => Plane::U8(codes.iter().map(|code| *code as u8).collect()),
        };
        let planes =
            vec![plane(luma.collect()), plane(chroma().collect()), plane(chroma().collect())];
        Codes { width: size.width, height: size.height, format: format.clone(), planes }
    };
    (0..count).map(picture).collect()
}

/// The movie, and the same stream without a container.
fn both(encoder: &dyn Encoder) -> Result<(Vec<u8>, Vec<u8>)> {
    let Some(Moving::Groups(movie)) = encoder.movie() else { panic!("it takes groups") };
    let spec = MovieSpec::new(Extent::new(64, 48), Rational { num: 24, den: 1 });
    let mut whole = Group { parameters: Vec::new(), samples: Vec::new() };
    let mut raw = Vec::new();
    for pictures in pictures(encoder, 20).chunks(8) {
        let mut group = movie.group(&spec)?;
        pictures.iter().try_for_each(|picture| group.push(picture))?;
        let Group { parameters, samples } = group.finish()?;
        raw.extend(bare(encoder, &parameters, &samples));
        whole.parameters = parameters;
        whole.samples.extend(samples);
    }
    let index = whole.samples.iter().map(Sample::info).collect::<Result<Vec<_>>>()?;
    let mut file = movie.head(&spec, &whole.parameters, &index)?;
    whole.samples.iter().for_each(|sample| file.extend(&sample.data));
    Ok((file, raw))
}

/// Start codes instead of lengths (ITU-T H.264 annex B); delimiters of pictures for AV1.
fn bare(encoder: &dyn Encoder, parameters: &[Vec<u8>], samples: &[Sample]) -> Vec<u8> {
    if encoder.recipe().contains("av1") {
        let pictures = samples.iter().map(|sample| [&[0x12, 0][..], &sample.data].concat());
        return pictures.collect::<Vec<_>>().concat();
    }
    let mut raw = Vec::new();
    let mut unit = |unit: &[u8]| raw.extend([&[0, 0, 0, 1][..], unit].concat());
    parameters.iter().for_each(|parameters| unit(parameters));
    for mut data in samples.iter().map(|sample| &sample.data[..]) {
        while let Some((length, rest)) = data.split_first_chunk() {
            let (nal, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
            unit(nal);
            data = rest;
        }
    }
    raw
}

#[test]
fn the_file_decodes_as_the_stream_in_it() {
    for case in laid_out() {
        let encoder = case.rendition.encoder();
        let Some((movie, raw)) = present(both(encoder)) else { continue };
        let format = if encoder.recipe().contains("av1") { "obu" } else { "h264" };
        let decode = |format: &[&str], bytes: &[u8]| {
            let rest = ["-i", "pipe:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-"];
            ffmpeg(&[format, &rest].concat(), bytes)
        };
        let Some(ours) = decode(&[], &movie) else { return };
        assert!(!ours.is_empty() && ours.len().is_multiple_of(20), "{}", ours.len());
        assert!(decode(&["-f", format], &raw).unwrap() == ours, "{}", encoder.recipe());
    }
}

#[test]
fn one_frame_alone_is_a_movie_by_every_encoder() {
    let show = show();
    for case in all() {
        let pipeline = show.pipeline.clone().with_renditions([case.rendition.clone()]);
        let Some(outcome) = present(pipeline.run("shots/a.1007.exr")) else { continue };
        let Some(told) = shown(&[], &show.bytes(&outcome.proxy_key)) else { return };
        assert_eq!(told, [1007], "{}", case.rendition.recipe());
    }
}
