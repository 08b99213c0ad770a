//! Levels of mip and rip maps: each is read where it is asked for, and the one that serves is taken.

use std::io::Cursor;

use exr::image::{Levels, RipMaps};
use exr::math::RoundingMode;
use exr::meta::{mip_map_levels, rip_map_levels};
use exr::prelude::{
    AnyChannel, AnyChannels, Blocks, Compression, Encoding, FlatSamples, Image, ImageAttributes,
    IntegerBounds, Layer, LayerAttributes, LineOrder, SmallVec, Vec2, WritableImage,
};
use proxycore::decode::{DecodeOptions, Selection, decode};
use proxycore::image::{Image as Picture, Native};
use proxycore::{ErrorKind, Result};

/// How the samples of a level are made: of its number, its size and a pixel.
type Make = fn((usize, usize), Vec2<usize>, usize, usize) -> f32;

/// A number for the level and the pixel.
fn tagged(level: (usize, usize), _: Vec2<usize>, x: usize, y: usize) -> f32 {
    (10 * level.0 + level.1) as f32 + (x % 16) as f32 / 16.0 + (y % 8) as f32 / 256.0
}

fn level(make: Make, at: (usize, usize), size: Vec2<usize>) -> FlatSamples {
    let pixels = (0..size.1).flat_map(|y| (0..size.0).map(move |x| (x, y)));
    FlatSamples::F32(pixels.map(|(x, y)| make(at, size, x, y)).collect())
}

#[derive(Clone, Copy)]
enum Map {
    Mip,
    Rip,
}

fn levels(
    map: Map,
    rounding_mode: RoundingMode,
    size: Vec2<usize>,
    make: Make,
) -> Levels<FlatSamples> {
    match map {
        Map::Mip => {
            let each =
                mip_map_levels(rounding_mode, size).map(|(at, size)| level(make, (at, at), size));
            Levels::Mip { rounding_mode, level_data: each.collect() }
        }
        Map::Rip => {
            let all: Vec<_> = rip_map_levels(rounding_mode, size).collect();
            let count = all.last().unwrap().0;
            let map_data = all.iter().map(|(at, size)| level(make, (at.0, at.1), *size)).collect();
            let level_data = RipMaps { map_data, level_count: Vec2(count.0 + 1, count.1 + 1) };
            Levels::Rip { rounding_mode, level_data }
        }
    }
}

/// A file of R, G, B tiles of 16x16.
fn file(
    map: Map,
    round: RoundingMode,
    size: (usize, usize),
    at: (i32, i32),
    make: Make,
) -> Vec<u8> {
    let full = Vec2(size.0, size.1);
    let channel = |name| AnyChannel::new(name, levels(map, round, full, make));
    let list: SmallVec<[_; 4]> = ["R", "G", "B"].into_iter().map(channel).collect();
    let attributes =
        LayerAttributes { layer_position: Vec2(at.0, at.1), ..LayerAttributes::named("rgb") };
    let encoding = Encoding {
        compression: Compression::ZIP16,
        blocks: Blocks::Tiles(Vec2(16, 16)),
        line_order: LineOrder::Increasing,
    };
    let layer = Layer::new(size, attributes, encoding, AnyChannels::sort(list));
    let window = IntegerBounds::new((0, 0), size);
    let image = Image::new(ImageAttributes::new(window), layer);
    let mut bytes = Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}

fn open(bytes: &[u8], level: usize) -> Result<Picture<Native>> {
    let options = DecodeOptions::default().with_selection(Selection::default().with_level(level));
    decode(Box::new(Cursor::new(bytes.to_vec())), &options)
}

#[test]
fn every_level_is_read_as_it_was_written() {
    for map in [Map::Mip, Map::Rip] {
        for round in [RoundingMode::Down, RoundingMode::Up] {
            let bytes = file(map, round, (70, 37), (0, 0), tagged);
            let sizes = open(&bytes, 0).unwrap().spec().part().levels.clone();
            assert!(sizes.len() >= 6, "{sizes:?}");
            for (at, size) in sizes.iter().enumerate() {
                let image = open(&bytes, at).unwrap();
                assert_eq!((image.spec().extent(), image.spec().level), (*size, at));
                let pixels = image.into_pixels().unwrap();
                for (x, y) in [(0, 0), (size.width - 1, size.height - 1), (size.width / 2, 0)] {
                    let want = tagged((at, at), Vec2(0, 0), x as usize, y as usize);
                    assert_eq!(pixels.at(x, y), [want; 3], "{x}, {y} of level {at}");
                }
            }
        }
    }
}

#[test]
fn the_layout_names_the_map() {
    let layout = |map, round| {
        let bytes = file(map, round, (40, 40), (0, 0), tagged);
        open(&bytes, 0).unwrap().spec().part().layout.clone()
    };
    assert_eq!(layout(Map::Mip, RoundingMode::Down), "tiles 16x16, mip map down");
    assert_eq!(layout(Map::Rip, RoundingMode::Up), "tiles 16x16, rip map up");
}

#[test]
fn a_level_that_is_not_there_or_is_no_picture_is_refused() {
    let bytes = file(Map::Mip, RoundingMode::Down, (64, 32), (0, 0), tagged);
    let error = open(&bytes, 7).unwrap_err();
    assert_eq!(error.to_string(), "no level named `7`; there is 0, 1, 2, 3, 4, 5, 6");
    let aside = file(Map::Mip, RoundingMode::Down, (64, 32), (4, 0), tagged);
    assert!(open(&aside, 0).is_ok());
    assert!(matches!(open(&aside, 1).unwrap_err().kind(), ErrorKind::Unsupported { .. }));
}

#[test]
fn pixels_of_a_rounded_level_keep_the_pictures_shape() {
    let bytes = file(Map::Mip, RoundingMode::Down, (101, 35), (0, 0), tagged);
    let spec = open(&bytes, 2).unwrap().spec().clone();
    assert_eq!((spec.width, spec.height), (25, 8));
    let shape = f64::from(spec.width) * f64::from(spec.pixel_aspect) / f64::from(spec.height);
    assert!((shape - 101.0 / 35.0).abs() < 1e-5, "{shape}");
}

#[cfg(all(feature = "jpeg", feature = "_h264"))]
mod served {
    use std::sync::Arc;

    use jpeg_decoder::Decoder;
    use proxycore::rendition::level_for;
    use proxycore::storage::{ObjectAttributes, Storage};
    use proxycore::{Fit, MemoryStorage, Pipeline, Rendition};

    use super::*;

    /// What box filtering leaves of waves: the mean of the pixels that a level's pixel covers.
    fn waves(_: (usize, usize), size: Vec2<usize>, x: usize, y: usize) -> f32 {
        let wave = |at: usize, size: usize, count: f64| {
            let turn = |at: f64| std::f64::consts::TAU * count * at / size as f64;
            let (from, to) = (turn(at as f64), turn(at as f64 + 1.0));
            (from.cos() - to.cos()) / (to - from)
        };
        (0.4 + 0.2 * wave(x, size.0, 9.0) + 0.15 * wave(y, size.1, 5.0)) as f32
    }

    #[test]
    fn the_smallest_level_that_serves_every_rendition_is_taken() {
        let bytes = file(Map::Mip, RoundingMode::Down, (1100, 620), (0, 0), tagged);
        let spec = open(&bytes, 0).unwrap().spec().clone();
        let level = |renditions: &[Rendition]| level_for(renditions, &spec).unwrap();
        assert_eq!(level(&[Rendition::thumbnail()]), 2);
        assert_eq!(level(&[Rendition::thumbnail().with_fit(Fit::inside(275, 275))]), 2);
        assert_eq!(level(&[Rendition::thumbnail().with_fit(Fit::inside(276, 276))]), 1);
        assert_eq!(level(&[Rendition::thumbnail().with_fit(Fit::crop(256, 256))]), 1);
        assert_eq!(level(&[Rendition::thumbnail(), Rendition::preview()]), 0);
        let aside = file(Map::Mip, RoundingMode::Down, (1100, 620), (8, 0), tagged);
        let spec = open(&aside, 0).unwrap().spec().clone();
        assert_eq!(level_for(&[Rendition::thumbnail()], &spec).unwrap(), 0);
    }

    #[test]
    fn the_thumbnail_of_a_level_looks_like_that_of_the_full_one() {
        let storage = Arc::new(MemoryStorage::new("s"));
        let bytes = file(Map::Mip, RoundingMode::Down, (1100, 620), (0, 0), waves);
        storage.put("a.exr", &bytes, &ObjectAttributes::default()).unwrap();
        let pipeline = Pipeline::new(storage.clone()).with_renditions([Rendition::thumbnail()]);
        let codes = |pipeline: &Pipeline| {
            let outcome = pipeline.run("a.exr").unwrap();
            assert!(!outcome.skipped, "another level is another recipe");
            let made = storage.open(&outcome.thumbnail_key).unwrap();
            Decoder::new(made).decode().unwrap()
        };
        let served = codes(&pipeline);
        let full = Selection::default().with_level(0);
        let full = codes(&pipeline.with_decode(DecodeOptions::default().with_selection(full)));
        assert_eq!(served.len(), full.len());
        let off = served.iter().zip(&full).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(off <= 3, "{off} codes");
        assert_ne!(served, full, "the level was not read");
    }
}
