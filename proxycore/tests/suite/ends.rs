//! Files that end without their end mark, and other small deviations that other readers take: the
//! picture is whole, and what a person should know is noted.

use std::io::Cursor;
use std::sync::Arc;

use proxycore::Result;
use proxycore::decode::{DecodeOptions, decode};
use proxycore::image::Pixels;

use crate::stills;

/// A picture, what was noted of it, and how many of its pixels are missing.
fn read(bytes: &[u8], partial: bool) -> Result<(Pixels, Vec<String>, u64)> {
    let options = DecodeOptions::default().with_partial(partial);
    let image = decode(Box::new(Cursor::new(bytes.to_vec())), &options)?;
    let tally = Arc::clone(image.tally());
    let pixels = image.into_pixels()?;
    Ok((pixels, tally.notes(), tally.missing()))
}

fn file(name: &str) -> Vec<u8> {
    let files = stills::files();
    files.into_iter().find(|(known, _)| *known == name).unwrap().1
}

const NO_END: &str = "the file has no end mark; its picture is whole";

/// Bytes of the end mark, and of what follows the last pixel before it.
const ENDS: [(&str, usize); 4] =
    [("jpeg", 2), ("progressive jpeg", 2), ("png", 12), ("interlaced png", 12)];

#[test]
fn a_file_without_its_end_mark_is_whole() {
    for (name, mark) in ENDS {
        let bytes = file(name);
        let whole = read(&bytes, false).unwrap();
        assert_eq!((&whole.1, whole.2), (&Vec::new(), 0), "{name}");
        for cut in 1..=mark {
            for partial in [false, true] {
                let (pixels, notes, missing) = read(&bytes[..bytes.len() - cut], partial).unwrap();
                assert!(pixels == whole.0, "{name} cut by {cut}");
                assert_eq!((notes, missing), (vec![NO_END.to_owned()], 0), "{name} cut by {cut}");
            }
        }
    }
}

#[test]
fn a_file_without_its_last_pixels_is_not() {
    for (name, mark) in [("jpeg", 2), ("progressive jpeg", 2)] {
        let bytes = file(name);
        for cut in mark + 1..mark + 9 {
            assert!(read(&bytes[..bytes.len() - cut], false).is_err(), "{name} cut by {cut}");
        }
    }
    // behind the pixels, a PNG's stream has two checksums
    for name in ["png", "interlaced png"] {
        let bytes = file(name);
        let whole = read(&bytes, false).unwrap().0;
        for cut in 13..40 {
            match read(&bytes[..bytes.len() - cut], false) {
                Ok((pixels, notes, _)) => {
                    assert!(pixels == whole && cut <= 30, "{name} cut by {cut}");
                    assert_eq!(notes, [NO_END]);
                }
                Err(_) => assert!(cut > 12, "{name} cut by {cut}"),
            }
        }
    }
}

#[test]
fn trailers_are_passed_over() {
    let trailers: [&[u8]; 4] =
        [&[0; 3000], b"SEFT\0\0\0\0 some maker's own", &[0xff; 7], &[0xff, 0xd8, 0xff, 0xe0, 0, 4]];
    for (name, mark) in ENDS {
        let bytes = file(name);
        let whole = read(&bytes, false).unwrap().0;
        for trailer in trailers {
            let ended = [&bytes[..], trailer].concat();
            let (pixels, notes, _) = read(&ended, false).unwrap();
            assert!(pixels == whole && notes.is_empty(), "{name}");
            if name.ends_with("jpeg") {
                let unended = [&bytes[..bytes.len() - mark], trailer].concat();
                let (pixels, notes, missing) = read(&unended, false).unwrap();
                assert!(pixels == whole, "{name}");
                assert_eq!((notes, missing), (vec![NO_END.to_owned()], 0), "{name}");
            }
        }
    }
}

#[test]
fn only_what_is_missing_of_a_row_is_hatched() {
    let bytes = file("jpeg");
    let whole = read(&bytes, false).unwrap().0;
    let mut last = u64::MAX;
    let start = bytes.windows(2).position(|window| window == [0xff, 0xda]).unwrap();
    for length in (start + 40..bytes.len() - 2).step_by(7) {
        let Ok((pixels, notes, missing)) = read(&bytes[..length], true) else { continue };
        assert!(missing <= last && notes.is_empty());
        last = missing;
        let same = pixels.samples.chunks(3).zip(whole.samples.chunks(3));
        let same = same.filter(|(one, other)| one == other).count() as u64;
        let there = u64::from(whole.width) * u64::from(whole.height) - missing;
        // chroma is filled up over the edge of what is there: a column of it differs
        assert!(same + 2 * u64::from(whole.height) >= there, "{same} of {there}");
    }
    assert!(last < 16 * 16, "{last} pixels are missing at the end");
}

/// R, G, B of 8 bits, from the top.
fn codes(pixels: &Pixels) -> Vec<[u8; 3]> {
    let code = |light: &f32| (light * 255.0).round() as u8;
    pixels.samples.chunks(3).map(|pixel| [0, 1, 2].map(|at| code(&pixel[at]))).collect()
}

#[test]
fn a_true_colour_tga_may_have_a_map() {
    // map of two entries of 24 bits; 2x1 pixels of 24 bits, from the top
    let mut head = vec![0, 1, 2, 0, 0, 2, 0, 24, 0, 0, 0, 0, 2, 0, 1, 0, 24, 0x20];
    head.extend([9; 6]);
    let plain = [&head[..], &[3, 2, 1, 6, 5, 4]].concat();
    assert_eq!(codes(&read(&plain, false).unwrap().0), [[1, 2, 3], [4, 5, 6]]);
    head[2] = 10;
    let runs = [&head[..], &[0x81, 3, 2, 1]].concat();
    assert_eq!(codes(&read(&runs, false).unwrap().0), [[1, 2, 3]; 2]);
    let mut grey = head;
    (grey[2], grey[16]) = (3, 8);
    let grey = [&grey[..], &[7, 8]].concat();
    assert_eq!(codes(&read(&grey, false).unwrap().0), [[7; 3], [8; 3]]);
}

#[test]
fn radiance_of_any_program_with_or_without_a_format_is_read() {
    for head in
        ["#?RADIANCE\n", "#?AUTOPANO\nEXPOSURE=1\n", "#?\n", "#?RGBE\nFORMAT=32-bit_rle_rgbe\n"]
    {
        let bytes = [head.as_bytes(), b"\n-Y 1 +X 2\n", &[128, 64, 32, 128, 1, 2, 3, 136]].concat();
        let pixels = read(&bytes, false).unwrap().0;
        assert_eq!((pixels.at(0, 0), pixels.at(1, 0)), ([0.5, 0.25, 0.125], [1.0, 2.0, 3.0]));
    }
    let other = b"#?RADIANCE\nFORMAT=32-bit_rle_xyze\n\n-Y 1 +X 1\n\x80\x80\x80\x80";
    let error = read(other, false).unwrap_err();
    assert_eq!(error.to_string(), "unsupported Radiance HDR: the pixel format `32-bit_rle_xyze`");
}

#[test]
fn runs_of_a_bmp_are_cut_off_at_the_end_of_their_row() {
    let entries: [[u8; 4]; 3] = [[0, 0, 0, 0], [30, 20, 10, 0], [60, 50, 40, 0]];
    let bmp = |bits: u16, compression: u32, runs: &[u8]| {
        let at = 54 + 12;
        let mut bytes = b"BM".to_vec();
        bytes.extend(
            [(at + runs.len()) as u32, 0, at as u32, 40, 3, 2].map(u32::to_le_bytes).concat(),
        );
        bytes.extend([1, bits].map(u16::to_le_bytes).concat());
        bytes.extend([compression, 0, 0, 0, 3, 0].map(u32::to_le_bytes).concat());
        bytes.extend(entries.concat());
        bytes.extend(runs);
        read(&bytes, false).map(|(pixels, ..)| codes(&pixels).concat())
    };
    let [one, two] = [[10, 20, 30], [40, 50, 60]];
    let want = [two, two, two, one, two, one].concat();
    assert_eq!(bmp(4, 2, &[4, 0x12, 0, 0, 8, 0x22, 0, 1]).unwrap(), want);
    let want = [two, two, two, one, one, one].concat();
    assert_eq!(bmp(8, 1, &[9, 1, 0, 0, 3, 2, 0, 1]).unwrap(), want);
    assert_eq!(bmp(8, 1, &[9, 1, 0, 0, 3, 2]).unwrap(), want, "without an end mark");
    assert!(bmp(8, 1, &[9, 1, 0, 0, 2, 2]).is_err());
}

#[test]
#[cfg(feature = "tiff")]
fn inks_of_floats_become_light() {
    let tiff = |bits: u32, inks: [Vec<u8>; 4]| {
        let (count, inks) = (8_u32, inks.concat());
        let at = 8 + 2 + 12 * count + 4;
        let fields = [
            (256, 1),
            (257, 1),
            (258, bits),
            (262, 5),
            (273, at),
            (277, 4),
            (279, inks.len() as u32),
            (339, 3),
        ];
        let mut bytes = b"II\x2a\0\x08\0\0\0\x08\0".to_vec();
        for (tag, value) in fields {
            bytes.extend([(tag as u16).to_le_bytes(), 4_u16.to_le_bytes()].concat());
            bytes.extend([1, value].map(u32::to_le_bytes).concat());
        }
        bytes.extend([0; 4]);
        bytes.extend(inks);
        read(&bytes, false).unwrap().0.at(0, 0)
    };
    let inks = [0.25_f32, 0.5, 1.0, 0.5];
    assert_eq!(tiff(32, inks.map(|ink| ink.to_le_bytes().to_vec())), [0.375, 0.25, 0.0]);
    let halves = inks.map(|ink| half::f16::from_f32(ink).to_le_bytes().to_vec());
    assert_eq!(tiff(16, halves), [0.375, 0.25, 0.0]);
    let doubles = inks.map(|ink| f64::from(ink).to_le_bytes().to_vec());
    assert_eq!(tiff(64, doubles), [0.375, 0.25, 0.0]);
}
