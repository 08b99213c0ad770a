//! 200 movies of random pictures, which every decoder has to see alike: the crate's, ffmpeg's where it
//! is installed, and OpenH264's where it is built in.
//!
//! They differ in size, length, groups, motion, noise, cuts and quantiser. `PROXYCORE_MOVIES=DIR` keeps the
//! files there, for decoders that are not called here.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fastrand::Rng;
use rusty_h264_common::YuvFrame;
use rusty_h264_decoder::Decoder;

use super::super::testing::skip;
use super::*;
use crate::encode::codec::Codec;
use crate::encode::{
    CodeFormat, Codes, Encoder, Group, MovieEncoder, MovieSpec, Mp4, Plane, Sample,
};
use crate::image::{ImageSpec, Rational};

const MOVIES: u64 = 200;
/// Files that one ffmpeg decodes.
const AT_ONCE: usize = 50;

/// A movie, and what went into it.
struct Movie {
    mp4: Mp4<RustyH264>,
    size: Extent,
    frames: Vec<Codes>,
    quality: u8,
}

/// Pictures that belong together.
struct Scene {
    kind: u8,
    seed: u32,
    motion: [i32; 2],
    gain: [i32; 2],
}

impl Scene {
    fn random(dice: &mut Rng) -> Self {
        Self {
            kind: dice.u8(0..6),
            seed: dice.u32(..),
            motion: [dice.i32(-9..10), dice.i32(-5..6)],
            gain: [dice.i32(40..120), dice.i32(-4..5)],
        }
    }

    /// The code at a place of a plane, `at` pictures after the scene's first.
    fn code(&self, plane: u32, [x, y]: [i32; 2], at: i32) -> u8 {
        let [x, y] = [x + self.motion[0] * at, y + self.motion[1] * at];
        let noise = |x: i32, y: i32, at: i32| {
            let place = [x, y, at].map(|each| each as u32);
            let mix =
                |hash: u32, each: u32| (hash ^ each).wrapping_mul(0x9e37_79b1).rotate_left(15);
            (place.into_iter().fold(self.seed ^ plane, mix).wrapping_mul(0x85eb_ca6b) >> 24) as i32
        };
        let code = match self.kind {
            0 => self.seed as i32 & 0xff,
            1 => x + 2 * y,
            // noise that moves, noise that is new in each picture, and blocks
            2 => noise(x, y, 0),
            3 => noise(x, y, at),
            4 => noise(x.div_euclid(12), y.div_euclid(9), 0),
            _ => 128 + x % 40 + noise(x, y, at) / 8,
        };
        let gain = (self.gain[0] + self.gain[1] * at).clamp(0, 128);
        (16 + code * gain / 100).clamp(0, 255) as u8
    }
}

impl Movie {
    fn random(seed: u64) -> Self {
        let mut dice = Rng::with_seed(seed);
        let size = Extent::new(2 * dice.u32(1..=65), 2 * dice.u32(1..=65));
        // all quantisers, and now and then a group that is too long to be reordered
        let quality = (seed % 52) as u8;
        let gop = if dice.u8(0..6) == 0 { 100 } else { dice.u32(2..9) };
        let mp4 = Mp4::by(RustyH264::new()).with_quality(quality).with_gop(gop);
        let (mut scene, mut first, mut frames) = (Scene::random(&mut dice), 0, Vec::new());
        for at in 0..dice.i32(1..=12) {
            if dice.u8(0..8) == 0 {
                (scene, first) = (Scene::random(&mut dice), at);
            }
            frames.push(picture(&mp4.codes(), size, &scene, at - first));
        }
        Self { mp4, size, frames, quality }
    }

    fn spec(&self) -> MovieSpec {
        MovieSpec::new(self.size, Rational { num: 24, den: 1 })
    }

    /// What decoders find in the file, with start codes.
    fn stream(&self) -> Vec<u8> {
        let mut whole = Group { parameters: Vec::new(), samples: Vec::new() };
        for frames in self.frames.chunks(self.mp4.group_length(self.spec().fps)) {
            let mut group = self.mp4.group(&self.spec()).unwrap();
            frames.iter().for_each(|frame| group.push(frame).unwrap());
            let Group { parameters, samples } = group.finish().unwrap();
            assert!(whole.parameters.is_empty() || whole.parameters == parameters);
            assert_eq!(samples.len(), frames.len());
            whole.parameters = parameters;
            whole.samples.extend(samples);
        }
        let index = whole.samples.iter().map(|one| one.info().unwrap()).collect::<Vec<_>>();
        let stream = self.mp4.stream(&self.spec());
        let coding = RustyH264::new().coding(&stream, &whole.parameters, &index).unwrap();
        let Coding::Avc { sps, pps, .. } = coding else { panic!("{coding:?}") };
        let start = |unit: &[u8]| [&[0, 0, 0, 1][..], unit].concat();
        let pictures = whole.samples.iter().map(|Sample { data, .. }| start(&data[4..]));
        [start(&sps), start(&pps)].into_iter().chain(pictures).collect::<Vec<_>>().concat()
    }

    fn file(&self) -> Vec<u8> {
        let fps = Some(self.spec().fps);
        let Extent { width, height } = self.size;
        let spec = ImageSpec { frames_per_second: fps, ..ImageSpec::plain(width, height) };
        self.mp4.movie(&self.frames, &spec).unwrap()
    }

    /// What the crate's decoder sees, which has to be near to what went in.
    fn decoded(&self, seed: u64, stream: &[u8]) -> Vec<u8> {
        let decoded = Decoder::new().decode_stream(stream).unwrap();
        assert_eq!(decoded.len(), self.frames.len(), "movie {seed}");
        for (at, (decoded, frame)) in decoded.iter().zip(&self.frames).enumerate() {
            let meant = frame.planes[0].as_u8().unwrap();
            assert_eq!(decoded.y.len(), meant.len(), "movie {seed}");
            let squares = decoded.y.iter().zip(meant).map(|(one, other)| one.abs_diff(*other));
            let sum: f64 = squares.map(|apart| f64::from(apart).powi(2)).sum();
            let mean = sum / meant.len() as f64;
            assert!(mean < self.bound(), "movie {seed}, picture {at}: {mean:.1} off, squared");
        }
        raw(&decoded)
    }

    /// The most that luma may differ from what went in, in its mean square: a few times what its
    /// quantiser's step makes of noise.
    fn bound(&self) -> f64 {
        4.0 + 2f64.powf(f64::from(rusty::quantiser(self.quality)) / 3.0)
    }
}

fn picture(format: &CodeFormat, size: Extent, scene: &Scene, at: i32) -> Codes {
    let Extent { width, height } = size;
    let plane = |(index, scale): (u32, u32)| {
        let [width, height] = [width / scale, height / scale].map(|side| side as i32);
        let row = |y| (0..width).map(move |x| scene.code(index, [x, y], at));
        Plane::U8((0..height).flat_map(row).collect())
    };
    let planes = [(0, 1), (1, 2), (2, 2)].map(plane).into();
    Codes { width, height, format: format.clone(), planes }
}

/// The planes of all pictures, one after the other.
fn raw(frames: &[YuvFrame]) -> Vec<u8> {
    frames.iter().flat_map(|frame| [&frame.y[..], &frame.u, &frame.v].concat()).collect()
}

/// Decodes files by one process; nothing where there is no ffmpeg.
fn by_ffmpeg(files: &[PathBuf], folder: &Path) -> Option<Vec<Vec<u8>>> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-y", "-v", "error"]);
    files.iter().for_each(|file| _ = command.arg("-threads").arg("1").arg("-i").arg(file));
    let outs: Vec<_> = (0..files.len()).map(|at| folder.join(format!("{at}.yuv"))).collect();
    for (at, out) in outs.iter().enumerate() {
        let words = ["-map", &at.to_string(), "-fps_mode", "passthrough", "-f", "rawvideo"];
        command.args(words).arg(out);
    }
    let Ok(run) = command.output() else {
        skip::without_tool("there is no ffmpeg here");
        return None;
    };
    let printed = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && printed.is_empty(), "{printed}");
    Some(outs.iter().map(|out| fs::read(out).unwrap()).collect())
}

#[test]
fn random_movies_decode_alike_everywhere() {
    let temporary = tempfile::tempdir().unwrap();
    let kept = env::var_os("PROXYCORE_MOVIES").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let (mut files, mut ours) = (Vec::new(), Vec::new());
    for seed in 0..MOVIES {
        let movie = Movie::random(seed);
        let (file, stream) = (folder.join(format!("{seed}.mp4")), movie.stream());
        fs::write(&file, movie.file()).unwrap();
        ours.push(movie.decoded(seed, &stream));
        files.push(file);
        #[cfg(feature = "openh264")]
        {
            let theirs = crate::proof::openh264_pictures(&stream).unwrap();
            let ours = ours.last().unwrap();
            let held = 2 * ours.len() / movie.frames.len();
            let is_same = ours.starts_with(&theirs) && theirs.len() + held >= ours.len();
            assert!(is_same, "movie {seed}: OpenH264 sees other pixels");
        }
    }
    for (batch, (files, ours)) in files.chunks(AT_ONCE).zip(ours.chunks(AT_ONCE)).enumerate() {
        let Some(theirs) = by_ffmpeg(files, temporary.path()) else { return };
        for (at, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert!(ours == theirs, "movie {}: ffmpeg sees other pixels", batch * AT_ONCE + at);
        }
    }
}
