//! Luminance-chroma OpenEXR, written byte by byte, since the crate writes no subsampled channels.

use std::io::Cursor;

use exr::meta::BlockDescription;
use exr::meta::attribute::{ChannelDescription, ChannelList};
use exr::meta::header::Header;
use exr::prelude::{Compression, IntegerBounds, SampleType, SmallVec, Text, Vec2};
use half::f16;
use proxycore::decode::{DecodeOptions, Limits, decode};
use proxycore::image::{Image, Native, Pixels};
use proxycore::{ErrorKind, Result};

/// Chroma of every pixel: then what lies between the samples is known, and so is every colour.
const CHROMA: [f32; 2] = [0.5, -0.25];

/// What B44 may lose of a smooth ramp.
const LOSSY: f32 = 0.03;

/// What halves lose.
const EXACT: f32 = 1e-3;

/// Each compression's number in a file. The crate writes no subsampled PXR24.
const COMPRESSIONS: [(u8, Compression, f32); 7] = [
    (0, Compression::Uncompressed, EXACT),
    (1, Compression::RLE, EXACT),
    (2, Compression::ZIP1, EXACT),
    (3, Compression::ZIP16, EXACT),
    (4, Compression::PIZ, EXACT),
    (6, Compression::B44, LOSSY),
    (7, Compression::B44A, LOSSY),
];

fn luma(x: usize, y: usize) -> f32 {
    0.25 + (x + 2 * y) as f32 / 512.0
}

fn channel(name: &str, sampling: usize) -> ChannelDescription {
    let name = Text::from(name);
    let sampling = Vec2(sampling, sampling);
    ChannelDescription { name, sample_type: SampleType::F16, quantize_linearly: false, sampling }
}

fn channels() -> [ChannelDescription; 3] {
    [channel("BY", 2), channel("RY", 2), channel("Y", 1)]
}

/// Packs samples of full channels.
fn pack(
    compression: Compression,
    list: &[ChannelDescription],
    size: Vec2<usize>,
    raw: Vec<u8>,
) -> Vec<u8> {
    let mut header = Header::new(Text::from(""), size, SmallVec::new());
    header.blocks = BlockDescription::ScanLines;
    header.compression = compression;
    header.channels = ChannelList {
        list: list.into(),
        bytes_per_pixel: raw.len() / size.area(),
        uniform_sample_type: None,
    };
    let bounds = IntegerBounds::from_dimensions(size);
    compression.compress_image_section_to_le(&header, raw, bounds).unwrap()
}

/// The samples of a channel in some rows.
fn samples(channel: &ChannelDescription, width: usize, rows: std::ops::Range<usize>) -> Vec<u8> {
    let step = channel.sampling.0;
    let value = |x: usize, y: usize| match channel.name.to_string().as_str() {
        "RY" => CHROMA[0],
        "BY" => CHROMA[1],
        _ => luma(x, y),
    };
    rows.filter(|y| y % step == 0)
        .flat_map(|y| (0..width).step_by(step).map(move |x| f16::from_f32(value(x, y))))
        .flat_map(f16::to_le_bytes)
        .collect()
}

fn block(compression: Compression, width: usize, rows: std::ops::Range<usize>) -> Vec<u8> {
    let size = Vec2(width, rows.len());
    let row = |y: usize| channels().map(|channel| samples(&channel, width, y..y + 1)).concat();
    let raw: Vec<u8> = rows.clone().flat_map(row).collect();
    match compression {
        Compression::Uncompressed => raw,
        Compression::B44 | Compression::B44A => block_b44(compression, size, rows).unwrap_or(raw),
        Compression::PIZ => pack(compression, &channels(), size, raw),
        _ => pack(compression, &[channel("Y", 1)], Vec2(raw.len() / 2, 1), raw),
    }
}

/// Channel after channel; `None` where one does not shrink, and samples are written instead.
fn block_b44(
    compression: Compression,
    block: Vec2<usize>,
    rows: std::ops::Range<usize>,
) -> Option<Vec<u8>> {
    let packed = |channel: &ChannelDescription| {
        let size = Vec2(block.0 / channel.sampling.0, block.1 / channel.sampling.1);
        let full = ChannelDescription { sampling: Vec2(1, 1), ..channel.clone() };
        let raw = samples(channel, block.0, rows.clone());
        let packed = pack(compression, &[full], size, raw.clone());
        (packed.len() < raw.len()).then_some(packed)
    };
    channels().iter().map(packed).collect::<Option<Vec<_>>>().map(|packed| packed.concat())
}

fn attribute(out: &mut Vec<u8>, name: &str, kind: &str, value: &[u8]) {
    for text in [name, kind] {
        out.extend_from_slice(text.as_bytes());
        out.push(0);
    }
    out.extend_from_slice(&(value.len() as u32).to_le_bytes());
    out.extend_from_slice(value);
}

fn window(corner: (i32, i32), size: (usize, usize)) -> Vec<u8> {
    let last = (corner.0 + size.0 as i32 - 1, corner.1 + size.1 as i32 - 1);
    [corner.0, corner.1, last.0, last.1].iter().flat_map(|edge| edge.to_le_bytes()).collect()
}

/// A file of Y, RY and BY whose data window starts at `corner` of a display window of `display`.
fn file(number: u8, corner: (i32, i32), size: (usize, usize), display: (usize, usize)) -> Vec<u8> {
    let compression = COMPRESSIONS.iter().find(|known| known.0 == number).unwrap().1;
    let mut list = Vec::new();
    for channel in channels() {
        list.extend_from_slice(channel.name.to_string().as_bytes());
        list.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0, 0]);
        list.extend(
            [channel.sampling.0, channel.sampling.1].map(|x| (x as u32).to_le_bytes()).concat(),
        );
    }
    list.push(0);
    let mut out = vec![0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0];
    attribute(&mut out, "channels", "chlist", &list);
    attribute(&mut out, "compression", "compression", &[number]);
    attribute(&mut out, "dataWindow", "box2i", &window(corner, size));
    attribute(&mut out, "displayWindow", "box2i", &window((0, 0), display));
    attribute(&mut out, "lineOrder", "lineOrder", &[0]);
    attribute(&mut out, "pixelAspectRatio", "float", &1_f32.to_le_bytes());
    attribute(&mut out, "screenWindowCenter", "v2f", &[0; 8]);
    attribute(&mut out, "screenWindowWidth", "float", &1_f32.to_le_bytes());
    out.push(0);
    let starts: Vec<usize> = (0..size.1).step_by(compression.scan_lines_per_block()).collect();
    let blocks_at = out.len() + 8 * starts.len();
    let mut blocks = Vec::new();
    for y in starts {
        let rows = y..(y + compression.scan_lines_per_block()).min(size.1);
        let packed = block(compression, size.0, rows);
        out.extend_from_slice(&((blocks_at + blocks.len()) as u64).to_le_bytes());
        blocks.extend_from_slice(&(corner.1 + y as i32).to_le_bytes());
        blocks.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        blocks.extend_from_slice(&packed);
    }
    out.append(&mut blocks);
    out
}

fn open(bytes: Vec<u8>) -> Result<Image<Native>> {
    let limits = Limits::default().with_pixels(1 << 16);
    decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default().with_limits(limits))
}

/// R, G, B of the chroma at a luminance, by Rec.709's weights.
fn colour(luma: f32) -> [f32; 3] {
    let (red, blue) = ((CHROMA[0] + 1.0) * luma, (CHROMA[1] + 1.0) * luma);
    [red, (luma - 0.2126 * red - 0.0722 * blue) / 0.7152, blue]
}

#[track_caller]
fn check(made: &Pixels, corner: (i32, i32), size: (usize, usize), tolerance: f32) {
    for (x, y) in (0..made.height).flat_map(|y| (0..made.width).map(move |x| (x, y))) {
        let (dx, dy) = (x as i32 - corner.0, y as i32 - corner.1);
        let inside = (0..size.0 as i32).contains(&dx) && (0..size.1 as i32).contains(&dy);
        let want = if inside { colour(luma(dx as usize, dy as usize)) } else { [0.0; 3] };
        for (got, want) in made.at(x, y).into_iter().zip(want) {
            assert!((got - want).abs() <= tolerance * want, "at {x}, {y} is {got}, not {want}");
        }
    }
}

#[test]
fn every_compression_gives_the_colours() {
    for (number, _, tolerance) in COMPRESSIONS {
        for size in [(50, 70), (2, 2), (6, 34)] {
            let image = open(file(number, (0, 0), size, size)).unwrap();
            assert_eq!(image.spec().channels, ["RY", "Y", "BY"]);
            check(&image.into_pixels().unwrap(), (0, 0), size, tolerance);
        }
    }
}

#[test]
fn the_display_window_may_be_odd_and_elsewhere() {
    for number in [0, 3, 4] {
        for corner in [(0, 0), (-10, -34), (4, 6), (-60, 0), (0, 90), (2, -68)] {
            let made = open(file(number, corner, (50, 70), (31, 41))).unwrap().into_pixels();
            check(&made.unwrap(), corner, (50, 70), EXACT);
        }
    }
}

#[test]
fn sampling_that_does_not_fit_is_refused() {
    for (corner, size) in [((0, 0), (49, 70)), ((0, 0), (50, 69)), ((1, 0), (50, 70))] {
        let error = open(file(0, corner, size, (50, 70))).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{error}");
    }
}

#[test]
fn every_truncation_is_an_error() {
    for number in [0, 3, 6] {
        let whole = file(number, (0, 0), (16, 40), (16, 40));
        for length in 0..whole.len() {
            let result = open(whole[..length].to_vec()).and_then(Image::<Native>::into_pixels);
            assert!(result.is_err(), "{length} of {} bytes decoded", whole.len());
        }
    }
}

#[test]
fn flipped_bytes_never_panic() {
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for (number, ..) in COMPRESSIONS {
        let whole = file(number, (0, 0), (16, 40), (16, 40));
        for _ in 0..500 {
            let mut bytes = whole.clone();
            for _ in 0..=random(3) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            // an error or a picture: both are answers
            _ = open(bytes).and_then(|image| image.consume(|_| Ok(())));
        }
    }
}

#[test]
fn rows_that_are_missing_are_hatched_without_colour() {
    let whole = file(0, (0, 0), (64, 80), (64, 80));
    let cut = whole[..whole.len() - 90 * 64].to_vec();
    let options = DecodeOptions::default().with_partial(true);
    let image = decode(Box::new(Cursor::new(cut)), &options).unwrap();
    let tally = std::sync::Arc::clone(image.tally());
    let made = image.into_pixels().unwrap();
    assert!(tally.missing() > 0 && tally.missing() < 64 * 40, "{}", tally.missing());
    // the last row is too far from whole ones for their chroma to reach it
    for x in 0..64 {
        let [red, green, blue] = made.at(x, 79);
        let grey = if ((x + 79) / 16).is_multiple_of(2) { 0.0 } else { 0.5 };
        assert!([red, green, blue].iter().all(|value| (value - grey).abs() < 1e-3), "{x}");
    }
    let [red, _, blue] = made.at(30, 10);
    assert!(red > blue, "what is whole keeps its colour");
}
