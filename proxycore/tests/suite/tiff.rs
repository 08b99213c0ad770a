//! TIFF, from files that a writer of our own makes: every depth, both byte orders, both sizes of
//! offsets, strips and tiles, planes, differences; then the same files cut and damaged.

use std::io::{Cursor, Read};

use flate2::Compression;
use flate2::read::ZlibEncoder;
use proxycore::decode::{DecodeOptions, Limits, Selection, decode};
use proxycore::image::{Attribute, Image, Native, NativeBand, Samples};
use proxycore::{ErrorKind, Result};

/// A page to be written: its samples are `code` of a column, row and channel.
#[derive(Clone)]
struct Page {
    width: usize,
    height: usize,
    channels: usize,
    bits: usize,
    big_endian: bool,
    big_offsets: bool,
    planar: bool,
    /// Width and height of tiles.
    tiles: Option<[usize; 2]>,
    /// Whether tiles end where the picture does.
    cut_tiles: bool,
    rows_per_strip: usize,
    predictor: u64,
    packing: Packing,
    /// Other fields: shorts.
    fields: Vec<(u16, Vec<u64>)>,
    /// Other fields: bytes.
    texts: Vec<(u16, Vec<u8>)>,
    /// What is added to all codes.
    offset: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum Packing {
    None,
    Deflate,
    Lzw,
    Zstd,
}

impl Page {
    fn rgb(bits: usize) -> Self {
        Self {
            width: 37,
            height: 41,
            channels: 3,
            bits,
            big_endian: false,
            big_offsets: false,
            planar: false,
            tiles: None,
            cut_tiles: false,
            rows_per_strip: 7,
            predictor: 1,
            packing: Packing::None,
            fields: vec![(262, vec![2])],
            texts: Vec::new(),
            offset: 0,
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn largest(&self) -> u64 {
        u64::MAX >> (64 - self.bits)
    }

    /// A code: spread over all bits, so that each matters.
    fn code(&self, x: usize, y: usize, channel: usize) -> u64 {
        let place = (x + 64 * y + 4096 * channel) as u64 + self.offset;
        place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - self.bits)
    }

    /// A strip or tile: samples packed, as differences where wanted.
    fn chunk(&self, left: usize, top: usize, [width, rows]: [usize; 2], plane: usize) -> Vec<u8> {
        let channels = if self.planar { plane..plane + 1 } else { 0..self.channels };
        let mut bytes = Vec::new();
        for y in top..top + rows {
            let mut row = Bits::default();
            for x in left..left + width {
                for channel in channels.clone() {
                    let before = if self.predictor == 2 && x > left {
                        self.code(x - 1, y, channel)
                    } else {
                        0
                    };
                    let code = self.code(x, y, channel).wrapping_sub(before) & self.largest();
                    row.push(code, self.bits, self.big_endian);
                }
            }
            bytes.extend(row.bytes());
        }
        self.pack(&bytes)
    }

    fn pack(&self, bytes: &[u8]) -> Vec<u8> {
        match self.packing {
            Packing::None => bytes.to_vec(),
            Packing::Deflate => {
                let mut packed = Vec::new();
                ZlibEncoder::new(bytes, Compression::fast()).read_to_end(&mut packed).unwrap();
                packed
            }
            Packing::Lzw => weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
                .encode(bytes)
                .unwrap(),
            Packing::Zstd => ruzstd::encoding::compress_to_vec(
                bytes,
                ruzstd::encoding::CompressionLevel::Fastest,
            ),
        }
    }

    fn chunks(&self) -> Vec<Vec<u8>> {
        let planes = if self.planar { self.channels } else { 1 };
        let [width, rows] = self.tiles.unwrap_or([self.width, self.rows_per_strip]);
        let mut chunks = Vec::new();
        for plane in 0..planes {
            for top in (0..self.height).step_by(rows) {
                for left in (0..self.width).step_by(width) {
                    let is_whole = self.tiles.is_some() && !self.cut_tiles;
                    let rows = if is_whole { rows } else { rows.min(self.height - top) };
                    chunks.push(self.chunk(left, top, [width, rows], plane));
                }
            }
        }
        chunks
    }
}

/// Bits from the highest on; whole bytes in a byte order.
#[derive(Default)]
struct Bits {
    whole: Vec<u8>,
    loose: Vec<bool>,
}

impl Bits {
    fn push(&mut self, code: u64, bits: usize, big_endian: bool) {
        match (bits, big_endian) {
            (8 | 16 | 24 | 32, true) => self.whole.extend(&code.to_be_bytes()[8 - bits / 8..]),
            (8 | 16 | 24 | 32, false) => self.whole.extend(&code.to_le_bytes()[..bits / 8]),
            _ => self.loose.extend((0..bits).rev().map(|bit| code >> bit & 1 == 1)),
        }
    }

    fn bytes(self) -> Vec<u8> {
        let byte = |bits: &[bool]| {
            bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << (7 - at))
        };
        self.whole.into_iter().chain(self.loose.chunks(8).map(byte)).collect()
    }
}

/// A file of some pages, all in the first one's byte order and size of offsets.
fn write(pages: &[Page]) -> Vec<u8> {
    let Page { big_endian, big_offsets, .. } = pages[0];
    let size = if big_offsets { 8 } else { 4 };
    let number = |value: u64, bytes: usize| match big_endian {
        true => value.to_be_bytes()[8 - bytes..].to_vec(),
        false => value.to_le_bytes()[..bytes].to_vec(),
    };
    let mut file = if big_endian { b"MM".to_vec() } else { b"II".to_vec() };
    file.extend(number(if big_offsets { 43 } else { 42 }, 2));
    if big_offsets {
        file.extend([number(8, 2), number(0, 2)].concat());
    }
    let mut link = file.len();
    file.extend(number(0, size));
    for page in pages {
        let chunks = page.chunks();
        let mut offsets = Vec::new();
        for chunk in &chunks {
            offsets.push(file.len() as u64);
            file.extend(chunk);
        }
        let counts = chunks.iter().map(|chunk| chunk.len() as u64).collect();
        let mut fields: Vec<(u16, usize, Vec<u64>)> = vec![
            (256, 4, vec![page.width as u64]),
            (257, 4, vec![page.height as u64]),
            (258, 2, vec![page.bits as u64; page.channels]),
            (
                259,
                2,
                vec![match page.packing {
                    Packing::None => 1,
                    Packing::Deflate => 8,
                    Packing::Lzw => 5,
                    Packing::Zstd => 50000,
                }],
            ),
            (277, 2, vec![page.channels as u64]),
            (284, 2, vec![if page.planar { 2 } else { 1 }]),
            (317, 2, vec![page.predictor]),
        ];
        match page.tiles {
            Some([width, height]) => fields.extend([
                (322, 2, vec![width as u64]),
                (323, 2, vec![height as u64]),
                (324, size, offsets),
                (325, size, counts),
            ]),
            None => fields.extend([
                (273, size, offsets),
                (278, 4, vec![page.rows_per_strip as u64]),
                (279, size, counts),
            ]),
        }
        fields.extend(page.fields.iter().map(|(tag, values)| (*tag, 2, values.clone())));
        let bytes = |(tag, bytes): &(u16, Vec<u8>)| {
            (*tag, 1, bytes.iter().map(|b| u64::from(*b)).collect())
        };
        fields.extend(page.texts.iter().map(bytes));
        fields.sort();
        let mut entries = Vec::new();
        for (tag, bytes, values) in fields {
            let kind = match (bytes, tag) {
                (1, 34675) => 7,
                (1, _) => 2,
                (2, _) => 3,
                (4, _) => 4,
                _ => 16,
            };
            let mut inline: Vec<u8> =
                values.iter().flat_map(|value| number(*value, bytes)).collect();
            if inline.len() > size {
                let at = file.len() as u64;
                file.extend(&inline);
                inline = number(at, size);
            }
            inline.resize(size, 0);
            entries.extend([number(tag.into(), 2), number(kind, 2)].concat());
            entries.extend([number(values.len() as u64, size), inline].concat());
        }
        let at = number(file.len() as u64, size);
        file[link..link + size].copy_from_slice(&at);
        let entry = if big_offsets { 20 } else { 12 };
        file.extend(number((entries.len() / entry) as u64, if big_offsets { 8 } else { 2 }));
        file.extend(entries);
        link = file.len();
        file.extend(number(0, size));
    }
    file
}

fn open(file: &[u8], options: &DecodeOptions) -> Result<Image<Native>> {
    decode(Box::new(Cursor::new(file.to_vec())), options)
}

/// The bands of the picture that is shown.
fn bands(file: &[u8]) -> Vec<NativeBand> {
    let mut bands = Vec::new();
    let image = open(file, &DecodeOptions::default()).unwrap();
    image
        .consume(|band| {
            bands.push(band.clone());
            Ok(())
        })
        .unwrap();
    bands
}

/// Checks that every sample is what was written.
fn check(page: &Page, file: &[u8], label: &str) {
    let mut y = 0;
    for band in bands(file) {
        assert_eq!(band.y as usize, y, "{label}");
        let row = page.width * band.planes as usize;
        let count = band.rows() as usize * row;
        for at in 0..count {
            let (row_at, plane, x) = (at / row, at % row / page.width, at % page.width);
            let code = page.code(x, y + row_at, plane);
            match &band.samples {
                Samples::U8(samples) => assert_eq!(u64::from(samples[at]), code, "{label}"),
                Samples::U16(samples) => assert_eq!(u64::from(samples[at]), code, "{label}"),
                Samples::Float(samples) => {
                    let want = (code as f64 / page.largest() as f64) as f32;
                    assert_eq!(samples[at], want, "{label}");
                }
                other => panic!("{label}: {other:?}"),
            }
        }
        if page.bits <= 16 {
            assert_eq!(u64::from(band.white), page.largest(), "{label}");
        }
        y += band.rows() as usize;
    }
    assert_eq!(y, page.height, "{label}");
}

#[test]
fn every_depth_reads_in_both_orders() {
    for bits in 1..=32 {
        for big_endian in [false, true] {
            let page = Page::rgb(bits).with(|page| page.big_endian = big_endian);
            check(&page, &write(std::slice::from_ref(&page)), &format!("{bits} bits"));
        }
    }
}

#[test]
fn every_way_to_cut_a_picture_reads() {
    let mut count = 0;
    for bits in [5, 8, 12, 16, 24, 32] {
        for packing in [Packing::None, Packing::Deflate, Packing::Lzw, Packing::Zstd] {
            for tiles in [None, Some([16, 16]), Some([48, 32]), Some([16, 128])] {
                for planar in [false, true] {
                    for rows_per_strip in [1, 7, 32, 1000] {
                        count += 1;
                        let page = Page::rgb(bits).with(|page| {
                            page.big_endian = count % 3 == 0;
                            page.big_offsets = count % 2 == 0;
                            page.predictor =
                                if packing == Packing::None { 1 } else { 1 + count % 2 };
                            (page.packing, page.tiles, page.planar) = (packing, tiles, planar);
                            page.rows_per_strip = rows_per_strip;
                            page.height = 41 + 100 * (count % 2) as usize;
                        });
                        check(&page, &write(std::slice::from_ref(&page)), &format!("case {count}"));
                    }
                }
            }
        }
    }
}

fn first_row(file: &[u8]) -> (Vec<u16>, u32, u16) {
    let band = bands(file).remove(0);
    let codes = match band.samples {
        Samples::U8(samples) => samples.into_iter().map(u16::from).collect(),
        Samples::U16(samples) => samples,
        other => panic!("{other:?}"),
    };
    (codes[..(band.width * band.planes) as usize].to_vec(), band.planes, band.white)
}

fn grey(bits: usize, photometric: u64) -> Page {
    Page::rgb(bits).with(|page| (page.channels, page.fields) = (1, vec![(262, vec![photometric])]))
}

#[test]
fn grey_is_one_plane_and_white_may_be_zero() {
    let page = grey(10, 0);
    let (codes, planes, white) = first_row(&write(std::slice::from_ref(&page)));
    assert_eq!((planes, white), (1, 1023));
    assert!((0..page.width).all(|x| u64::from(codes[x]) == 1023 - page.code(x, 0, 0)));
}

#[test]
fn palettes_give_their_colours() {
    let map: Vec<u64> = (0..48).map(|at| at * 1000 + 300).collect();
    let page = grey(4, 3).with(|page| page.fields.push((320, map.clone())));
    let (codes, planes, white) = first_row(&write(std::slice::from_ref(&page)));
    assert_eq!((planes, white), (3, 65535));
    for x in 0..page.width {
        for plane in 0..3 {
            let want = map[plane * 16 + page.code(x, 0, 0) as usize];
            assert_eq!(u64::from(codes[plane * page.width + x]), want);
        }
    }
    let short = page.with(|page| page.fields[1].1.truncate(47));
    let error = open(&write(&[short]), &DecodeOptions::default()).unwrap_err();
    assert!(error.to_string().ends_with("a palette with too few colours"));
}

#[test]
fn orientations_stand_upright() {
    let plain = Page::rgb(16);
    let at = |number: u64| {
        let page = plain.clone().with(|page| page.fields.push((274, vec![number])));
        open(&write(&[page]), &DecodeOptions::default()).unwrap().into_pixels().unwrap()
    };
    let stored = at(1);
    let (right, below) = (36, 40);
    for (number, corner) in
        [(2, [right, 0]), (3, [right, below]), (4, [0, below]), (6, [0, below]), (8, [right, 0])]
    {
        let shown = at(number);
        assert_eq!(shown.width, if number > 4 { 41 } else { 37 }, "orientation {number}");
        assert_eq!(shown.at(0, 0), stored.at(corner[0], corner[1]), "orientation {number}");
        let opposite = stored.at(right - corner[0], below - corner[1]);
        assert_eq!(shown.at(shown.width - 1, shown.height - 1), opposite, "orientation {number}");
    }
}

#[test]
fn the_first_full_page_is_shown_or_the_one_that_is_named() {
    let named = |name: &str, kind: u64, offset: u64| {
        grey(8, 1).with(|page| {
            page.fields.push((254, vec![kind]));
            page.texts.push((285, name.as_bytes().to_vec()));
            page.offset = offset;
        })
    };
    let file = write(&[named("small", 1, 1), named("mask", 4, 2), named("beauty", 0, 3)]);
    let shown = |part: Option<&str>| {
        let mut options = DecodeOptions::default();
        if let Some(part) = part {
            options = options.with_selection(Selection::default().with_part(part));
        }
        open(&file, &options).map(|image| image.spec().part)
    };
    assert_eq!(shown(None).unwrap(), 2);
    assert_eq!(shown(Some("mask")).unwrap(), 1);
    assert_eq!(shown(Some("0")).unwrap(), 0);
    let error = shown(Some("3")).unwrap_err();
    assert_eq!(error.to_string(), "no part named `3`; there is small, mask, beauty");
}

#[test]
fn what_a_page_tells_is_kept() {
    let page = Page::rgb(8).with(|page| {
        page.texts.push((305, b"a program\0".to_vec()));
        page.texts.push((34675, (0..200).collect()));
    });
    let image = open(&write(&[page]), &DecodeOptions::default()).unwrap();
    let spec = image.spec();
    assert_eq!(spec.attribute("Software"), Some(&Attribute::Text("a program".into())));
    assert_eq!(spec.attribute("oiio:BitsPerSample"), Some(&Attribute::Int(8)));
    assert_eq!(spec.icc_profile.as_deref(), Some(&(0..200).collect::<Vec<u8>>()[..]));
    assert_eq!(spec.channels, ["R", "G", "B"]);
    assert_eq!(spec.part().compression, "none");
}

#[test]
fn what_is_not_read_is_named() {
    let said = |field: u16, value: u64| {
        let page = Page::rgb(8).with(|page| {
            page.fields.retain(|(tag, _)| *tag != field);
            page.fields.push((field, vec![value]));
        });
        open(&write(&[page]), &DecodeOptions::default()).unwrap_err().to_string()
    };
    assert_eq!(said(262, 32803), "unsupported TIFF: camera raw (a colour filter array)");
    assert_eq!(said(339, 6), "unsupported TIFF: complex numbers of 8 bits");
    assert_eq!(said(32997, 2), "unsupported TIFF: volumes");
    let mut lerc = write(&[Page::rgb(8)]);
    let entry = [3, 1, 3, 0, 1, 0, 0, 0, 1, 0];
    let at = lerc.windows(entry.len()).position(|bytes| bytes == entry).unwrap();
    lerc[at + 8..at + 10].copy_from_slice(&34887_u16.to_le_bytes());
    let error = open(&lerc, &DecodeOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "unsupported TIFF: lerc compression");
}

#[test]
fn a_short_strip_is_an_error_or_hatched() {
    let page = Page::rgb(8).with(|page| page.packing = Packing::Deflate);
    let mut file = write(std::slice::from_ref(&page));
    let chunks = page.chunks();
    let third = 8 + chunks[0].len() + chunks[1].len();
    file[third..third + 8].fill(0xff);
    let run = |partial| {
        let image = open(&file, &DecodeOptions::default().with_partial(partial)).unwrap();
        let tally = image.tally().clone();
        image.into_pixels().map(|pixels| (pixels, tally.missing()))
    };
    let error = run(false).unwrap_err().to_string();
    assert_eq!(error, "corrupt TIFF: strip 3 of 6: damaged deflate data");
    let (pixels, missing) = run(true).unwrap();
    assert_eq!(missing, 7 * 37);
    let code = |y| page.code(0, y, 1) as f32 / 255.0;
    assert_eq!(pixels.at(0, 13)[1], code(13));
    assert_eq!(pixels.at(0, 21)[1], code(21));
    assert_ne!(pixels.at(0, 14)[1], code(14));
}

#[test]
fn a_header_that_lies_is_refused_before_memory_is_taken() {
    let refused = |page: Page, limits: Limits| {
        let options = DecodeOptions::default().with_limits(limits);
        open(&write(&[page]), &options).unwrap_err()
    };
    let small = Limits::default().with_pixels(1000);
    assert!(matches!(refused(Page::rgb(8), small).kind(), ErrorKind::Limit { .. }));
    let mut file = write(&[Page::rgb(8)]);
    let entry = [1, 1, 4, 0, 1, 0, 0, 0, 41];
    let at = file.windows(entry.len()).position(|bytes| bytes == entry).unwrap();
    file[at + 8..at + 12].copy_from_slice(&10_000_000_u32.to_le_bytes());
    let error = open(&file, &DecodeOptions::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{error}");
}

#[test]
fn of_tiles_only_what_lies_in_the_picture_is_unpacked() {
    for packing in [Packing::None, Packing::Deflate, Packing::Lzw, Packing::Zstd] {
        let page = |cut| {
            Page::rgb(8).with(|page| {
                (page.packing, page.tiles, page.cut_tiles) = (packing, Some([16, 128]), cut);
            })
        };
        let pixels = |cut| {
            let image = open(&write(&[page(cut)]), &DecodeOptions::default()).unwrap();
            image.into_pixels().unwrap()
        };
        assert_eq!(pixels(true).samples, pixels(false).samples);
    }
}

#[test]
fn tiles_side_by_side_are_held_to_the_limit_together() {
    let file = write(&[Page::rgb(8).with(|page| page.tiles = Some([16, 48]))]);
    let read = |bytes| {
        let mut limits = Limits::default();
        limits.block_bytes = bytes;
        let options = DecodeOptions::default().with_limits(limits);
        open(&file, &options).and_then(Image::into_pixels)
    };
    read(3 * 16 * 41 * 3).unwrap();
    let error = read(37 * 41 * 3 - 1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { .. }), "{error}");
}

/// Files of every kind that the writer makes.
pub fn kinds() -> Vec<Vec<u8>> {
    let packings = [Packing::None, Packing::Deflate, Packing::Lzw, Packing::Zstd];
    let page = |at: usize, packing| {
        Page::rgb([8, 12, 16, 32][at % 4]).with(|page| {
            (page.packing, page.planar, page.big_offsets) = (packing, at.is_multiple_of(2), at > 4);
            page.tiles = (at % 3 == 1).then_some([16, 32]);
            page.predictor = if packing == Packing::None { 1 } else { 2 };
            page.fields.push((274, vec![at as u64 % 9]));
            page.texts.push((34675, vec![7; 60]));
        })
    };
    let rgb = (0..8).map(|at| write(&[page(at, packings[at / 2]), page(at, packings[at / 2])]));
    let odd = [(3, 4), (5, 8), (6, 8), (8, 16), (32844, 16)].map(|(photometric, bits)| {
        let channels =
            [1, 4, 3, 3, 1][[3, 5, 6, 8].iter().position(|p| *p == photometric).unwrap_or(4)];
        write(&[Page::rgb(bits).with(|page| {
            page.channels = channels;
            page.fields = vec![(262, vec![photometric]), (320, vec![300; 48]), (530, vec![1, 1])];
        })])
    });
    rgb.chain(odd).chain(repacked()).collect()
}

/// Files that say that their bytes are of another compression, which nobody's writer makes.
fn repacked() -> impl Iterator<Item = Vec<u8>> {
    [(2, 1), (3, 1), (4, 1), (6, 8), (7, 8), (32773, 8), (32809, 4), (34676, 16)].into_iter().map(
        |(compression, bits): (u16, usize)| {
            let photometric = if compression == 34676 { 32844 } else { 1 };
            let mut file = write(&[grey(bits, photometric)]);
            let entry = [3, 1, 3, 0, 1, 0, 0, 0, 1, 0];
            let at = file.windows(entry.len()).position(|bytes| bytes == entry).unwrap();
            file[at + 8..at + 10].copy_from_slice(&compression.to_le_bytes());
            file
        },
    )
}

/// Decodes with and without leniency; whatever comes, it is a picture or a typed error.
fn survive(file: &[u8], label: &str) {
    for partial in [false, true] {
        let options = DecodeOptions::default().with_partial(partial);
        let result = open(file, &options).and_then(|image| image.consume(|_| Ok(())));
        if let Err(error) = result {
            assert!(!matches!(error.kind(), ErrorKind::Storage { .. }), "{label}: {error}");
        }
    }
}

/// A generator of bits that is the same everywhere (G. Marsaglia, Xorshift RNGs, 2003).
fn xorshift(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 16) as usize
}

/// Cuts a file at 50 places, and damages it 200 times by one to four bytes.
fn damage(file: &[u8], label: &str) {
    for at in 0..50 {
        survive(&file[..file.len() * at / 50], label);
    }
    let mut state = 0x2545_f491_4f6c_dd1d;
    for round in 0..200 {
        let mut damaged = file.to_vec();
        for _ in 0..=round % 4 {
            // half of the damage where it matters most: at the ends, where directories are
            let span = if round % 2 == 0 { file.len() } else { file.len().min(400) };
            let at = file.len() - 1 - xorshift(&mut state) % span;
            damaged[at] = xorshift(&mut state) as u8;
        }
        survive(&damaged, label);
    }
}

#[test]
fn damaged_files_are_errors_or_pictures() {
    for (at, file) in kinds().into_iter().enumerate() {
        damage(&file, &format!("file {at}"));
    }
}

#[test]
fn public_frames_decode_and_survive_damage() {
    let mut decoded = 0;
    for path in super::corpus::corpus("tiff") {
        let file = std::fs::read(&path).unwrap();
        let label = path.display().to_string();
        if path.extension().is_none_or(|ending| ending != "tif") {
            continue;
        }
        let result = open(&file, &DecodeOptions::default()).and_then(Image::into_pixels);
        match result {
            Ok(_) => decoded += 1,
            // its last strip lacks three rows, and no other reader takes it either
            Err(error) => assert!(path.ends_with("text.tif"), "{label}: {error}"),
        }
        if file.len() < 100_000 {
            damage(&file, &label);
        }
    }
    eprintln!("{decoded} TIFF frames decoded");
}
