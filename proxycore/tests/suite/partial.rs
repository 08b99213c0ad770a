//! Damaged frames in part: what is whole is shown, the rest is hatched, counted and told.

use std::io::Cursor;
use std::sync::Arc;

use exr::prelude::{Blocks, Compression, Vec2};
use proxycore::decode::{DecodeOptions, decode};
use proxycore::image::Pixels;
use proxycore::storage::{ObjectAttributes, Storage};
use proxycore::{MemoryStorage, Pipeline, Result};

use crate::fixture::{Kind, Part, file, sample};

/// Decodes what is whole, and counts what is missing.
fn partly(bytes: Vec<u8>) -> Result<(Pixels, u64)> {
    let options = DecodeOptions::default().with_partial(true);
    let image = decode(Box::new(Cursor::new(bytes)), &options)?;
    let tally = Arc::clone(image.tally());
    Ok((image.into_pixels()?, tally.missing()))
}

fn wholly(bytes: Vec<u8>) -> Result<Pixels> {
    decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default())?.into_pixels()
}

fn lines(width: usize, height: usize) -> Part {
    Part { compression: Compression::Uncompressed, ..Part::rgb(width, height) }
}

fn tiles() -> Part {
    Part { blocks: Blocks::Tiles(Vec2(8, 8)), ..lines(32, 24) }
}

fn stored(x: u32, y: u32) -> [f32; 3] {
    ["R", "G", "B"].map(|channel| sample(channel, x as usize, y as usize))
}

fn hatched(x: u32, y: u32) -> [f32; 3] {
    [if ((x + y) / 16).is_multiple_of(2) { 0.0 } else { 0.5 }; 3]
}

/// Where the table of chunks starts, in a file of one part whose table's first entry leads right
/// behind it.
fn table(bytes: &[u8], chunks: usize) -> usize {
    let after = |at: usize| ((at + 8 * chunks) as u64).to_le_bytes();
    (0..bytes.len() - 8).find(|&at| bytes[at..at + 8] == after(at)).unwrap()
}

#[test]
fn a_truncated_file_shows_the_rows_that_it_has() {
    let whole = file((64, 40), &[lines(64, 40)]);
    let row = 8 + 64 * 3 * 2;
    let cut = whole[..whole.len() - 10 * row - 5].to_vec();
    assert!(wholly(cut.clone()).is_err());
    let (pixels, missing) = partly(cut).unwrap();
    assert_eq!(missing, 11 * 64);
    for (x, y) in (0..64).flat_map(|x| (0..40).map(move |y| (x, y))) {
        let want = if y < 29 { stored(x, y) } else { hatched(x, y) };
        assert_eq!(pixels.at(x, y), want, "{x}, {y}");
    }
}

#[test]
fn a_damaged_tile_is_hatched_and_nothing_else() {
    let mut bytes = file((32, 24), &[tiles()]);
    let table = table(&bytes, 12);
    // the sixth tile: second column of the second row
    bytes[table + 8 * 5..][..8].copy_from_slice(&u64::MAX.to_le_bytes());
    // the chunks are found again by walking, so damage what the walk finds, too
    let at = u64::from_le_bytes(bytes[table + 8 * 4..][..8].try_into().unwrap()) as usize;
    let next = at + 20 + 8 * 8 * 6;
    bytes[next..next + 4].copy_from_slice(&77_u32.to_le_bytes());
    assert!(wholly(bytes.clone()).is_err());
    let (pixels, missing) = partly(bytes).unwrap();
    assert_eq!(missing, 64);
    for (x, y) in (0..32).flat_map(|x| (0..24).map(move |y| (x, y))) {
        let lost = (8..16).contains(&x) && (8..16).contains(&y);
        assert_eq!(pixels.at(x, y), if lost { hatched(x, y) } else { stored(x, y) }, "{x}, {y}");
    }
}

#[test]
fn only_what_the_picture_would_show_counts_as_missing() {
    let part = Part { position: (-10, -5), ..lines(64, 40) };
    let whole = file((30, 20), &[part]);
    let (_, missing) = partly(whole[..whole.len() - 1].to_vec()).unwrap();
    assert_eq!(missing, 0);
    let row = 8 + 64 * 3 * 2;
    let (_, missing) = partly(whole[..whole.len() - 25 * row].to_vec()).unwrap();
    assert_eq!(missing, 30 * 10);
}

#[test]
fn a_table_of_zeros_is_made_anew() {
    for part in [lines(32, 24), tiles(), Part::rgb(32, 24)] {
        let mut bytes = file((32, 24), std::slice::from_ref(&part));
        let chunks = match part.blocks {
            Blocks::Tiles(_) => 12,
            Blocks::ScanLines if part.compression == Compression::ZIP16 => 2,
            Blocks::ScanLines => 24,
        };
        let table = table(&bytes, chunks);
        bytes[table..table + 8 * chunks].fill(0);
        let pixels = wholly(bytes.clone()).unwrap();
        assert_eq!(pixels.at(31, 23), stored(31, 23));
        bytes.truncate(bytes.len() - 1);
        let error = wholly(bytes.clone()).unwrap_err();
        assert!(error.to_string().contains("was never written"), "{error}");
        let (pixels, missing) = partly(bytes).unwrap();
        assert!(missing > 0 && missing < 32 * 24);
        assert_eq!(pixels.at(0, 0), stored(0, 0));
        assert_eq!(pixels.at(31, 23), hatched(31, 23));
    }
}

#[test]
fn a_table_of_zeros_is_made_anew_for_the_second_part() {
    let parts =
        [lines(32, 24), Part { name: "second", channels: vec![("Y", Kind::Float)], ..tiles() }];
    let mut bytes = file((32, 24), &parts);
    let chunks = 24 + 12;
    let table = table(&bytes, chunks);
    bytes[table..table + 8 * chunks].fill(0);
    let options = DecodeOptions::default()
        .with_selection(proxycore::decode::Selection::default().with_part("second"));
    let pixels = decode(Box::new(Cursor::new(bytes)), &options).unwrap().into_pixels().unwrap();
    assert_eq!(pixels.at(30, 20), [sample("Y", 30, 20); 3]);
}

#[test]
fn nothing_whole_is_the_error() {
    let whole = file((32, 24), &[lines(32, 24)]);
    let first = table(&whole, 24) + 8 * 24;
    for length in [first, first + 3, first + 100] {
        let error = partly(whole[..length].to_vec()).unwrap_err();
        assert!(error.to_string().starts_with("corrupt OpenEXR: block 1 of 24"), "{error}");
    }
    assert!(partly(whole[..first - 1].to_vec()).is_err());
}

#[test]
fn depth_in_part_is_surveyed_without_what_is_missing() {
    let part = Part { channels: vec![("Z", Kind::Float)], ..lines(32, 24) };
    let whole = file((32, 24), &[part]);
    let row = 8 + 32 * 4;
    let (pixels, missing) = partly(whole[..whole.len() - 4 * row].to_vec()).unwrap();
    assert_eq!(missing, 4 * 32);
    assert_eq!(pixels.at(31, 23), hatched(31, 23));
    assert!(pixels.samples.iter().all(|sample| (0.0..=1.0).contains(sample)));
}

#[test]
fn flipped_bytes_never_panic_in_part() {
    let mut state = 7_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for part in [Part::rgb(16, 40), Part { compression: Compression::PIZ, ..tiles() }] {
        let whole = file((16, 40), &[part]);
        for _ in 0..400 {
            let mut bytes = whole.clone();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            bytes.truncate(whole.len() - random(whole.len() / 2) * random(2));
            let limits = proxycore::decode::Limits::default().with_pixels(1 << 16);
            let options = DecodeOptions::default().with_limits(limits).with_partial(true);
            let image = decode(Box::new(Cursor::new(bytes)), &options);
            // an error or a picture: both are answers
            _ = image.and_then(|image| image.consume(|_| Ok(())));
        }
    }
}

#[test]
fn the_result_and_its_skip_say_that_it_is_partial() {
    let whole = file((64, 40), &[lines(64, 40)]);
    let storage = Arc::new(MemoryStorage::new("s"));
    storage.put("a.exr", &whole[..whole.len() - 1], &ObjectAttributes::default()).unwrap();
    let pipeline = Pipeline::new(storage);
    assert!(pipeline.run("a.exr").is_err());
    let pipeline = pipeline.with_decode(DecodeOptions::default().with_partial(true));
    for skipped in [false, true] {
        let outcome = pipeline.run("a.exr").unwrap();
        assert_eq!((outcome.status, outcome.skipped), ("partial", skipped));
        assert_eq!(outcome.warnings[0], "64 pixels (2.5%) are missing, and shown hatched");
    }
    let pipeline = pipeline.with_decode(DecodeOptions::default());
    assert!(pipeline.run("a.exr").is_err(), "a partial result is no whole one");
}

/// Found by fuzzing: the columns of a tile beside the picture were taken for ones behind its end.
#[test]
fn a_damaged_tile_beside_the_picture_is_passed_over() {
    let channels = vec![("Z", Kind::Float)];
    let part = Part { channels, blocks: Blocks::Tiles(Vec2(8, 8)), ..lines(24, 8) };
    let mut bytes = file((2, 8), &[part]);
    let table = table(&bytes, 3);
    let at = u64::from_le_bytes(bytes[table + 16..][..8].try_into().unwrap()) as usize;
    // another level than the file has
    bytes[at + 8] = 7;
    bytes[table + 16..][..8].fill(0);
    let (pixels, missing) = partly(bytes).unwrap();
    assert_eq!((pixels.width, missing), (2, 0));
}
