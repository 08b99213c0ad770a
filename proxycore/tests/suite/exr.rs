//! Decoding OpenEXR: the right samples in the right place, and errors for the rest.

use std::io::Cursor;

use exr::prelude::{Blocks, Compression, ImageAttributes, IntegerBounds, LineOrder, Vec2};
use proxycore::decode::{DecodeOptions, Limits, decode};
use proxycore::image::{Image, Native, Pixels};
use proxycore::{ErrorKind, Result};

use crate::fixture::{Kind, Part, file, file_with, sample};

fn open(bytes: Vec<u8>) -> Result<Image<Native>> {
    decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default())
}

fn pixels(bytes: Vec<u8>) -> Pixels {
    open(bytes).unwrap().into_pixels().unwrap()
}

/// Checks every pixel of a picture whose data window lies at `offset` of its display window.
#[track_caller]
fn check(pixels: &Pixels, part: &Part, offset: (i64, i64), tolerance: f32) {
    let channels: Vec<_> = match part.channels.len() {
        1 => vec![part.channels[0].0; 3],
        _ => vec!["R", "G", "B"],
    };
    for y in 0..pixels.height {
        for x in 0..pixels.width {
            let (dx, dy) = (i64::from(x) - offset.0, i64::from(y) - offset.1);
            let inside =
                (0..part.size.0 as i64).contains(&dx) && (0..part.size.1 as i64).contains(&dy);
            for (got, channel) in pixels.at(x, y).into_iter().zip(&channels) {
                let want = if inside { sample(channel, dx as usize, dy as usize) } else { 0.0 };
                let off = (got - want).abs();
                assert!(off <= tolerance, "{channel} at {x}, {y} is {got}, not {want}");
            }
        }
    }
}

#[test]
fn every_compression_layout_order_and_type() {
    // what lossy compressions may lose of samples between 0 and 1
    let compressions = [
        (Compression::Uncompressed, 0.0),
        (Compression::RLE, 0.0),
        (Compression::ZIP1, 0.0),
        (Compression::ZIP16, 0.0),
        (Compression::PIZ, 0.0),
        (Compression::PXR24, 1e-5),
        (Compression::B44, 0.05),
        (Compression::B44A, 0.05),
        (Compression::DWAA(None), 0.05),
        (Compression::DWAB(None), 0.05),
    ];
    let layouts = [Blocks::ScanLines, Blocks::Tiles(Vec2(16, 24))];
    let orders = [LineOrder::Increasing, LineOrder::Decreasing];
    for (compression, tolerance) in compressions {
        for blocks in layouts {
            for order in orders {
                for kind in [Kind::Half, Kind::Float] {
                    let channels = ["A", "B", "G", "R", "Z"].map(|name| (name, kind)).to_vec();
                    let part = Part { channels, compression, blocks, order, ..Part::rgb(67, 300) };
                    let made = pixels(file((67, 300), std::slice::from_ref(&part)));
                    check(&made, &part, (0, 0), tolerance);
                }
            }
        }
    }
}

#[test]
fn integers_and_mixed_types_are_widened() {
    let channels = vec![("B", Kind::Float), ("G", Kind::Half), ("R", Kind::Uint)];
    let part = Part { channels, ..Part::rgb(20, 10) };
    let made = pixels(file((20, 10), &[part]));
    for (x, y) in [(0, 0), (19, 9), (7, 3)] {
        let [red, green, blue] = made.at(x, y);
        let want = |channel| sample(channel, x as usize, y as usize);
        assert_eq!([red / 64.0, green, blue], ["R", "G", "B"].map(want));
    }
}

#[test]
fn the_display_window_is_the_picture() {
    let display = (50, 40);
    let placed = [(0, 0), (10, 5), (-10, -5), (45, 35), (-60, 0), (0, 90), (3, -39)];
    for blocks in [Blocks::ScanLines, Blocks::Tiles(Vec2(16, 16))] {
        for position in placed {
            for size in [(50, 40), (20, 10), (100, 100)] {
                let part = Part { position, size, blocks, ..Part::rgb(1, 1) };
                let made = pixels(file(display, std::slice::from_ref(&part)));
                assert_eq!((made.width, made.height), (50, 40));
                check(&made, &part, (position.0.into(), position.1.into()), 0.0);
            }
        }
    }
}

#[test]
fn a_display_window_may_start_anywhere() {
    let attributes = ImageAttributes::new(IntegerBounds::new((-7, 11), (30, 20)));
    let part = Part { position: (-2, 13), ..Part::rgb(10, 10) };
    check(&pixels(file_with(attributes, std::slice::from_ref(&part))), &part, (5, 2), 0.0);
}

#[test]
fn the_beauty_is_found_among_parts_and_views() {
    let depth = Part { name: "depth", channels: vec![("Z", Kind::Float)], ..Part::rgb(8, 8) };
    let right = Part { name: "rgb.right", view: Some("right"), ..Part::rgb(8, 8) };
    let left = Part { name: "rgb.left", view: Some("left"), ..Part::rgb(8, 8) };
    let image = open(file((8, 8), &[depth.clone(), right, left])).unwrap();
    assert_eq!((image.spec().part, image.spec().channels.join("")), (2, "RGB".into()));
    let grey = open(file((8, 8), std::slice::from_ref(&depth))).unwrap();
    assert_eq!(grey.spec().channels, ["Z"]);
    assert!(grey.spec().is_data && grey.spec().reason.starts_with("no colour: depth"));
}

#[test]
fn attributes_reach_the_spec() {
    let mut attributes = ImageAttributes::new(IntegerBounds::new((0, 0), (4, 4)));
    attributes.pixel_aspect = 2.0;
    let image = open(file_with(attributes, &[Part::rgb(4, 4)])).unwrap();
    let spec = image.spec();
    assert_eq!((spec.pixel_aspect, spec.width, spec.file.format), (2.0, 4, "OpenEXR"));
    assert_eq!(spec.part().name.as_deref(), Some("rgb"));
    assert_eq!(spec.part().channels.len(), 3);
}

#[test]
fn a_header_that_lies_is_refused_before_anything_is_allocated() {
    let mut bytes = file((4, 4), &[Part::rgb(4, 4)]);
    let name = b"displayWindow\0box2i\0\x10\0\0\0";
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap() + name.len();
    bytes[at + 8..at + 16].copy_from_slice(&[0x9f, 0x86, 0x01, 0, 0x9f, 0x86, 0x01, 0]);
    let error = open(bytes).unwrap_err();
    assert_eq!(error.to_string(), "too many pixels: 10000000000 where the limit is 536870912");
}

#[test]
fn tiles_of_no_size_or_of_the_largest_are_refused() {
    let part = Part { blocks: Blocks::Tiles(Vec2(8, 8)), ..Part::rgb(16, 40) };
    let whole = file((16, 40), &[part]);
    let name = b"tiles\0tiledesc\0\x09\0\0\0";
    let at = whole.windows(name.len()).position(|window| window == name).unwrap() + name.len();
    for size in [0, 1, u32::MAX, i32::MAX as u32] {
        let mut bytes = whole.clone();
        bytes[at..at + 4].copy_from_slice(&size.to_le_bytes());
        assert!(open(bytes).and_then(Image::<Native>::into_pixels).is_err(), "{size}");
    }
}

#[test]
fn limits_are_the_callers_to_set() {
    let options = DecodeOptions::default().with_limits(Limits::default().with_pixels(15));
    let input = Box::new(Cursor::new(file((4, 4), &[Part::rgb(4, 4)])));
    let error = decode(input, &options).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { what: "pixels", limit: 15, actual: 16 }));
}

#[test]
fn every_truncation_is_an_error() {
    for blocks in [Blocks::ScanLines, Blocks::Tiles(Vec2(8, 8))] {
        let whole = file((16, 40), &[Part { blocks, ..Part::rgb(16, 40) }]);
        for length in 0..whole.len() {
            let result = open(whole[..length].to_vec()).and_then(Image::<Native>::into_pixels);
            assert!(result.is_err(), "{length} of {} bytes decoded", whole.len());
        }
    }
}

#[test]
fn a_block_that_is_not_where_the_table_says_is_an_error() {
    let part = Part { compression: Compression::Uncompressed, ..Part::rgb(16, 40) };
    let whole = file((16, 40), &[part]);
    let block = 8 + 16 * 3 * 2;
    let last = whole.len() - block;
    // the second to last block's line number, given to the last
    let mut twice = whole.clone();
    twice.copy_within(last - block..last - block + 4, last);
    let error = open(twice).and_then(Image::<Native>::into_pixels).unwrap_err();
    assert!(error.to_string().contains("block 40 of 40 says it is another one"), "{error}");
    // a block that is short by one sample, in a file that is not
    let mut short = whole;
    short[last + 4..last + 8].copy_from_slice(&(16_u32 * 3 * 2 - 2).to_le_bytes());
    let error = open(short).and_then(Image::<Native>::into_pixels).unwrap_err();
    assert!(error.to_string().contains("corrupt OpenEXR"), "{error}");
}

#[test]
fn flipped_bytes_never_panic() {
    let compressions = [
        Compression::Uncompressed,
        Compression::RLE,
        Compression::ZIP16,
        Compression::PIZ,
        Compression::PXR24,
        Compression::B44,
        Compression::DWAA(None),
    ];
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for compression in compressions {
        for blocks in [Blocks::ScanLines, Blocks::Tiles(Vec2(8, 8))] {
            let whole = file((16, 40), &[Part { compression, blocks, ..Part::rgb(16, 40) }]);
            for _ in 0..300 {
                let mut bytes = whole.clone();
                for _ in 0..=random(3) {
                    let at = random(bytes.len());
                    bytes[at] = random(256) as u8;
                }
                // an error or a picture: both are answers
                let options =
                    DecodeOptions::default().with_limits(Limits::default().with_pixels(1 << 16));
                let image = decode(Box::new(Cursor::new(bytes)), &options);
                _ = image.and_then(|image| image.consume(|_| Ok(())));
            }
        }
    }
}
