//! Deep OpenEXR through the public interface, against files that the tests write.
//!
//! With `PROXYCORE_DEEP_OUT=FOLDER` the files of every kind are written there too, for other readers
//! to judge.

use std::io::Cursor;
use std::path::PathBuf;

use proxycore::decode::{DecodeOptions, Selection, decode};
use proxycore::image::Pixels;
use proxycore::{ErrorKind, Result};

use crate::deep_writer::{Deep, Kind, Order, Packing};

/// Composited in doubles here, of values that halves hold exactly: what the last rounding to a
/// float may differ by.
const ROUNDING: f32 = 1e-6;

fn read(bytes: Vec<u8>) -> Result<Pixels> {
    decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default())?.into_pixels()
}

/// Up to three samples, the farthest first, each half opaque.
fn samples(x: i32, y: i32) -> Vec<[f32; 5]> {
    let count = (x + 2 * y).rem_euclid(4);
    let of = |at: i32| {
        let light = ((x + y + at).rem_euclid(8)) as f32 / 16.0;
        [0.5, light / 4.0, light / 2.0, light, 10.0 - at as f32]
    };
    (0..count).map(of).collect()
}

/// Over, from the nearest to the farthest.
fn composited(x: i32, y: i32) -> [f32; 3] {
    let mut light = [0.0; 3];
    let mut passes = 1.0;
    for [alpha, blue, green, red, _] in samples(x, y).into_iter().rev() {
        for (light, add) in light.iter_mut().zip([red, green, blue]) {
            *light += passes * add;
        }
        passes *= 1.0 - alpha;
    }
    light
}

fn is_near(got: [f32; 3], want: [f32; 3]) -> bool {
    got.iter().zip(want).all(|(got, want)| (got - want).abs() <= ROUNDING)
}

fn frame(file: &Deep) -> Vec<u8> {
    file.write(|x, y| samples(x, y).into_iter().map(|sample| sample.to_vec()).collect())
}

/// Writes a file where other readers find it, if they are to.
fn show(name: &str, file: &[u8]) {
    let Some(folder) = std::env::var_os("PROXYCORE_DEEP_OUT").map(PathBuf::from) else {
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name.to_lowercase() + ".exr"), file).unwrap();
}

#[test]
fn every_kind_of_deep_part_is_flattened() {
    let tiles = [("lines", None), ("tiles16", Some((16, 8))), ("tiles64", Some((64, 64)))];
    for packing in [Packing::None, Packing::Rle, Packing::Zips, Packing::Zip] {
        for (layout, tile) in tiles {
            for kind in [Kind::Half, Kind::Float] {
                for order in [Order::Increasing, Order::Decreasing, Order::Random] {
                    let mut file = Deep { packing, order, tile, ..Deep::new(37, 21) };
                    file.channels.iter_mut().for_each(|channel| channel.1 = kind);
                    let name = format!("{packing:?}-{layout}-{kind:?}-{order:?}");
                    let bytes = frame(&file);
                    show(&name, &bytes);
                    let pixels = read(bytes).unwrap();
                    for (x, y) in (0..21).flat_map(|y| (0..37).map(move |x| (x, y))) {
                        let (got, want) = (pixels.at(x, y), composited(x as i32, y as i32));
                        assert!(is_near(got, want), "{name} {x} {y}: {got:?}, not {want:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn integers_are_taken_as_they_are() {
    let mut file = Deep::new(2, 1);
    file.channels = ["A", "B", "G", "R", "Z"].map(|name| (name, Kind::Uint)).to_vec();
    let near = |x: i32| vec![x as f32, 1.0, 2.0, 3.0, 2.0];
    let bytes = file.write(|x, _| vec![vec![1.0, 4.0, 5.0, 6.0, 3.0], near(x)]);
    let pixels = read(bytes).unwrap();
    assert_eq!([pixels.at(0, 0), pixels.at(1, 0)], [[9.0, 7.0, 5.0], [3.0, 2.0, 1.0]]);
}

#[test]
fn each_colour_has_its_opacity() {
    let mut file = Deep::new(1, 1);
    file.channels = ["A", "AR", "B", "G", "R", "Z"].map(|name| (name, Kind::Float)).to_vec();
    let two = vec![vec![1.0, 1.0, 0.5, 0.5, 0.5, 9.0], vec![0.5, 0.0, 0.25, 0.25, 0.25, 1.0]];
    let pixels = read(file.write(|_, _| two.clone())).unwrap();
    assert_eq!(pixels.at(0, 0), [0.75, 0.5, 0.5]);
}

#[test]
fn without_depth_the_files_order_is_that_of_depth() {
    let mut file = Deep::new(1, 1);
    file.channels = ["A", "B", "G", "R"].map(|name| (name, Kind::Float)).to_vec();
    let two = vec![vec![0.5, 0.1, 0.1, 0.1], vec![1.0, 0.4, 0.4, 0.4]];
    assert!(is_near(read(file.write(|_, _| two.clone())).unwrap().at(0, 0), [0.3; 3]));
}

#[test]
fn opacity_that_is_asked_for_adds_up() {
    let file = Deep::new(2, 1);
    let half = |x: i32| vec![vec![0.5, 0.0, 0.0, 0.0, 2.0]; 1 + x as usize];
    let options = DecodeOptions::default().with_selection(Selection::default().with_layer("A"));
    let image = decode(Box::new(Cursor::new(file.write(|x, _| half(x)))), &options).unwrap();
    let pixels = image.into_pixels().unwrap();
    assert_eq!([pixels.at(0, 0), pixels.at(1, 0)], [[0.5; 3], [0.75; 3]]);
}

#[test]
fn a_writer_that_never_said_the_most_samples_is_read() {
    let file = Deep { most: -1, ..Deep::new(16, 4) };
    let pixels = read(frame(&file)).unwrap();
    assert!(is_near(pixels.at(5, 1), composited(5, 1)));
}

#[test]
fn what_cannot_be_composited_is_named() {
    let mut file = Deep::new(2, 2);
    file.channels = ["A", "BY", "RY", "Y", "Z"].map(|name| (name, Kind::Float)).to_vec();
    let error = read(frame(&file)).unwrap_err();
    assert_eq!(error.to_string(), "unsupported OpenEXR: deep luminance-chroma");
}

#[test]
fn the_display_window_is_the_picture() {
    for tile in [None, Some((8, 8))] {
        let mut file = Deep::new(20, 12);
        (file.tile, file.data, file.display) = (tile, [-3, 2, 20, 12], [1, -1, 12, 20]);
        let pixels = read(frame(&file)).unwrap();
        assert_eq!((pixels.width, pixels.height), (12, 20));
        for (y, row) in (-1..19).enumerate() {
            for (x, column) in (1..13).enumerate() {
                let inside = (2..14).contains(&row) && (-3..17).contains(&column);
                let want = if inside { composited(column, row) } else { [0.0; 3] };
                assert!(is_near(pixels.at(x as u32, y as u32), want), "{column} {row}");
            }
        }
    }
}

#[test]
fn tables_of_tiles_at_the_edge_may_be_whole() {
    let mut file = Deep::new(20, 12);
    (file.tile, file.whole_tables) = (Some((16, 16)), true);
    let pixels = read(frame(&file)).unwrap();
    assert!(is_near(pixels.at(19, 11), composited(19, 11)));
}

#[test]
fn samples_are_counted() {
    let file = frame(&Deep::new(8, 1));
    let image = decode(Box::new(Cursor::new(file)), &DecodeOptions::default()).unwrap();
    let tally = std::sync::Arc::clone(image.tally());
    image.into_pixels().unwrap();
    assert_eq!((tally.deep_samples(), tally.most_deep_samples()), (12, 3));
}

#[test]
fn samples_are_counted_once_where_they_are_first_looked_at() {
    let mut file = Deep::new(8, 1);
    file.channels = vec![("Z", Kind::Float)];
    let file = file.write(|x, _| vec![vec![1.0 + x as f32]; 3]);
    let image = decode(Box::new(Cursor::new(file)), &DecodeOptions::default()).unwrap();
    let tally = std::sync::Arc::clone(image.tally());
    image.into_pixels().unwrap();
    assert_eq!((tally.deep_samples(), tally.most_deep_samples()), (24, 3));
}

#[test]
fn volumes_that_overlap_are_split_and_merged() {
    let mut file = Deep::new(1, 1);
    file.channels.push(("ZBack", Kind::Float));
    let volume = |light: f32, front: f32, back: f32| vec![0.5, light, light, light, front, back];
    let light =
        |volumes: Vec<Vec<f32>>| read(file.write(|_, _| volumes.clone())).unwrap().at(0, 0)[0];
    // one after the other: over
    assert!((light(vec![volume(0.3, 1.0, 2.0), volume(0.2, 2.0, 3.0)]) - 0.4).abs() < 1e-6);
    // at the same place: alpha 1 - 0.5 * 0.5, light of both by the same weight
    let merged = 0.5 * (0.75 / (2.0 * 0.5f32.ln().abs()) * 0.5f32.ln().abs() / 0.5);
    assert!((light(vec![volume(0.3, 1.0, 2.0), volume(0.2, 1.0, 2.0)]) - merged).abs() < 1e-6);
    // half of it in front of the other, half behind the front of it: between the two ends
    let between = light(vec![volume(0.3, 1.0, 3.0), volume(0.2, 2.0, 4.0)]);
    assert!(between > merged && between < 0.4, "{between}");
}

#[test]
fn without_opacity_the_nearest_sample_hides_the_others() {
    let mut file = Deep::new(1, 1);
    file.channels = ["B", "G", "R", "Z"].map(|name| (name, Kind::Float)).to_vec();
    let two = vec![vec![0.1, 0.2, 0.3, 9.0], vec![0.4, 0.5, 0.6, 2.0]];
    let pixels = read(file.write(|_, _| two.clone())).unwrap();
    assert!(is_near(pixels.at(0, 0), [0.6, 0.5, 0.4]));
}

#[test]
fn a_deep_part_of_depth_alone_is_a_picture() {
    let mut file = Deep::new(8, 8);
    file.channels = vec![("Z", Kind::Float)];
    let pixels = read(file.write(|x, _| vec![vec![1.0 + x as f32], vec![50.0]])).unwrap();
    assert!(pixels.samples.iter().all(|sample| (0.0..=1.0).contains(sample)));
    assert_ne!(pixels.at(0, 0), pixels.at(7, 0));
}

#[test]
fn the_nearest_id_is_shown() {
    let mut file = Deep::new(2, 1);
    file.channels = vec![("Z", Kind::Float), ("id", Kind::Uint)];
    let two = |x: i32| vec![vec![9.0, 4.0], vec![2.0, 1.0 + x as f32]];
    let ids = |bytes| {
        let options =
            DecodeOptions::default().with_selection(Selection::default().with_layer("id"));
        decode(Box::new(Cursor::new(bytes)), &options).unwrap().into_pixels().unwrap()
    };
    let (pixels, same) = (ids(file.write(|x, _| two(x))), ids(file.write(|_, _| two(0))));
    assert_ne!(pixels.at(0, 0), pixels.at(1, 0));
    assert_eq!(same.at(0, 0), same.at(1, 0));
}

#[test]
fn counts_that_lie_are_errors() {
    let file = frame(&Deep::new(4, 1));
    // the chunk: y, three sizes, the table of four counts
    let chunk =
        u64::from_le_bytes(*file[file.len() - 4 - 24 - 16 - 6 * 20 - 8..].first_chunk().unwrap());
    let table = chunk as usize + 4 + 24;
    for (at, count) in [(table, i32::MAX), (table + 12, -1), (table + 4, 1 << 20), (table, 5)] {
        let mut file = file.clone();
        file[at..at + 4].copy_from_slice(&count.to_le_bytes());
        let error = read(file).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Corrupt { .. } | ErrorKind::Limit { .. }),
            "{error}"
        );
    }
    for (at, size) in [(4, u64::MAX), (12, 1 << 40), (20, 1 << 50), (20, 7)] {
        let mut file = file.clone();
        let at = chunk as usize + at;
        file[at..at + 8].copy_from_slice(&u64::to_le_bytes(size));
        let error = read(file).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Corrupt { .. } | ErrorKind::Limit { .. }),
            "{error}"
        );
    }
}

#[test]
fn every_cut_is_an_error_and_no_flip_a_panic() {
    for (packing, tile) in
        [(Packing::Zips, None), (Packing::Rle, Some((8, 8))), (Packing::None, None)]
    {
        let mut file = Deep::new(24, 10);
        (file.packing, file.tile) = (packing, tile);
        let whole = frame(&file);
        for cut in 0..50 {
            assert!(read(whole[..whole.len() * cut / 50].to_vec()).is_err(), "{packing:?} {cut}");
        }
        for flip in 0..400usize {
            let mut bytes = whole.clone();
            let at = (flip * 7919) % bytes.len();
            bytes[at] ^= 1 << (flip % 8) | 1;
            _ = read(bytes);
        }
    }
}
