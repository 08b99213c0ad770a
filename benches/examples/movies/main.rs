//! What `benches/peers/clips.py` needs of the library: codes as the pipeline makes them, and movies of
//! such codes by each encoder, so that it measures encoders alone.
//!
//! ```text
//! movies codes OUT.yuv FRAME...                         the proxy's codes, one frame after the other; prints WxH
//! movies encode ENCODER QUALITY CODES.yuv WxH OUT.mp4   at 24 frames a second, in groups of a second
//! movies tune NAME=VALUE,... CODES.yuv WxH OUT.h264     rusty_h264 by its own options, without a file around it
//! ```

use std::error::Error;
use std::fs;

use proxycore::encode::{CodeFormat, Codec, Codes, Encoder, Mp4, PixelFormat, Plane, RustyH264};
use proxycore::image::{Extent, ImageSpec, Rational};
use proxycore::{BuiltIn, DecodeOptions, Rendition, Source, detect};

mod tune;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match &words[..] {
        ["codes", out, frames @ ..] => codes(out, frames),
        ["encode", encoder, quality, codes, size, out] => {
            let frames = read(codes, parse(size)?)?;
            fs::write(out, encode(encoder, quality.parse()?, &frames)?)?;
            Ok(())
        }
        ["tune", options, codes, size, out] => {
            fs::write(out, tune::encode(options, &read(codes, parse(size)?)?)?)?;
            Ok(())
        }
        _ => Err("see the head of this file".into()),
    }
}

/// Writes what the proxy's encoder would be given.
fn codes(out: &str, frames: &[&str]) -> Result<()> {
    let mut bytes = Vec::new();
    let mut size = Extent::new(0, 0);
    for frame in frames {
        let native = Source::open(frame)?.decode(&DecodeOptions::default())?;
        let space = detect(native.spec());
        let codes = native.transform(&BuiltIn, &space)?.codes(&Rendition::proxy())?;
        size = codes.extent();
        codes.planes.iter().filter_map(Plane::as_u8).for_each(|plane| bytes.extend(plane));
    }
    fs::write(out, bytes)?;
    report(&format!("{}x{}", size.width, size.height));
    Ok(())
}

fn parse(size: &str) -> Result<Extent> {
    let (width, height) = size.split_once('x').ok_or("a size is WxH")?;
    Ok(Extent::new(width.parse()?, height.parse()?))
}

/// Pictures of raw 4:2:0.
fn read(path: &str, size: Extent) -> Result<Vec<Codes>> {
    let luma = size.width as usize * size.height as usize;
    let format = CodeFormat { pixel: PixelFormat::Yuv420p8, ..Mp4::new().codes() };
    let picture = |bytes: &[u8]| {
        let (luma, chroma) = bytes.split_at(luma);
        let (blue, red) = chroma.split_at(luma.len() / 4);
        let planes = [luma, blue, red].map(|plane| Plane::U8(plane.to_vec())).into();
        Codes { width: size.width, height: size.height, format: format.clone(), planes }
    };
    Ok(fs::read(path)?.chunks_exact(luma + luma / 2).map(picture).collect())
}

fn encode(encoder: &str, quality: u8, frames: &[Codes]) -> Result<Vec<u8>> {
    match encoder.split_once(':').unwrap_or((encoder, "fast")) {
        ("rusty-h264", _) => movie(RustyH264::new(), quality, frames),
        #[cfg(feature = "openh264")]
        ("openh264", _) => movie(proxycore::encode::OpenH264::new(), quality, frames),
        #[cfg(feature = "x264-gpl")]
        ("x264", preset) => {
            movie(proxycore::encode::X264::new().with_preset(preset.parse()?), quality, frames)
        }
        #[cfg(feature = "av1")]
        ("av1", _) => movie(proxycore::encode::Av1::new(), quality, &deep(frames)),
        _ => Err(format!("no encoder {encoder} in this build").into()),
    }
}

fn movie(codec: impl Codec, quality: u8, frames: &[Codes]) -> Result<Vec<u8>> {
    let size = frames.first().ok_or("no frames")?.extent();
    let fps = Some(Rational { num: 24, den: 1 });
    let mut spec = ImageSpec::plain(size.width, size.height);
    spec.frames_per_second = fps;
    Ok(Mp4::by(codec).with_quality(quality).movie(frames, &spec)?)
}

/// The same codes in 10 bits.
#[cfg(feature = "av1")]
fn deep(frames: &[Codes]) -> Vec<Codes> {
    let plane = |plane: &Plane| {
        let codes = plane.as_u8().unwrap_or_default();
        Plane::U16(codes.iter().map(|code| 4 * u16::from(*code)).collect())
    };
    let deep = |codes: &Codes| Codes {
        format: CodeFormat { pixel: PixelFormat::Yuv420p10, ..codes.format.clone() },
        planes: codes.planes.iter().map(plane).collect(),
        ..codes.clone()
    };
    frames.iter().map(deep).collect()
}

#[allow(clippy::print_stdout, reason = "an example talks to its reader")]
fn report(line: &str) {
    println!("{line}");
}
