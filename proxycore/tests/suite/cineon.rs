//! Decoding Cineon: every way to interleave, order and depth, compared code by code.

use std::io::Cursor;
use std::path::PathBuf;

use proxycore::decode::{DecodeOptions, Limits, Selection, decode};
use proxycore::image::{Attribute, Image, Native, Rational};
use proxycore::{ErrorKind, Result};

const WIDTH: usize = 37;
const HEIGHT: usize = 21;
const HEADER: usize = 2048;

#[derive(Debug, Clone)]
struct Cineon {
    big_endian: bool,
    /// What each channel is: 0 grey, 1 to 3 red, green, blue.
    designators: Vec<u8>,
    bits: u8,
    packing: u8,
    /// 0 by pixel, 1 by line, 2 by channel.
    interleave: u8,
    orientation: u8,
}

impl Cineon {
    fn new(designators: &[u8], bits: u8, packing: u8) -> Self {
        let designators = designators.to_vec();
        Self { big_endian: true, designators, bits, packing, interleave: 0, orientation: 0 }
    }

    fn code(&self, column: usize, row: usize, channel: usize) -> u16 {
        let mixed = (column * 31 + row * 977 + channel * 4099 + 13).wrapping_mul(0x9e37_79b1) >> 7;
        (mixed & ((1 << self.bits) - 1)) as u16
    }

    fn bytes(&self) -> Vec<u8> {
        let mut file = self.header();
        let channels = self.designators.len();
        let row = |y: usize, channels: std::ops::Range<usize>| {
            let pixel =
                move |x: usize| channels.clone().map(move |channel| self.code(x, y, channel));
            self.pack(&(0..WIDTH).flat_map(pixel).collect::<Vec<_>>())
        };
        match self.interleave {
            0 => (0..HEIGHT).for_each(|y| file.extend(row(y, 0..channels))),
            1 => (0..HEIGHT * channels).for_each(|at| {
                let channel = at % channels;
                file.extend(row(at / channels, channel..channel + 1));
            }),
            _ => (0..HEIGHT * channels).for_each(|at| {
                let channel = at / HEIGHT;
                file.extend(row(at % HEIGHT, channel..channel + 1));
            }),
        }
        file
    }

    fn pack(&self, codes: &[u16]) -> Vec<u8> {
        let mut bytes: Vec<u8> = match (self.bits, self.packing & 0x7f) {
            (8, _) => codes.iter().map(|&code| code as u8).collect(),
            (10, packing @ (5 | 6)) => {
                let word = |three: &[u16]| {
                    let place = |(at, &code): (usize, &u16)| u32::from(code) << (20 - 10 * at);
                    let word: u32 = three.iter().enumerate().map(place).sum();
                    self.order(&(word << if packing == 5 { 2 } else { 0 }).to_be_bytes())
                };
                codes.chunks(3).flat_map(word).collect()
            }
            (bits, packing) => {
                let shift = if packing == 3 { 16 - bits } else { 0 };
                codes.iter().flat_map(|code| self.order(&(code << shift).to_be_bytes())).collect()
            }
        };
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn order(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if !self.big_endian {
            bytes.reverse();
        }
        bytes
    }

    fn header(&self) -> Vec<u8> {
        let mut file = vec![0; HEADER];
        let mut put = |at: usize, bytes: &[u8]| {
            file[at..at + bytes.len()].copy_from_slice(&self.order(bytes));
        };
        put(0, &[0x80, 0x2a, 0x5f, 0xd7]);
        put(4, &(HEADER as u32).to_be_bytes());
        put(8, &1024_u32.to_be_bytes());
        put(12, &1024_u32.to_be_bytes());
        put(192, &[self.orientation]);
        put(193, &[self.designators.len() as u8]);
        for (index, &designator) in self.designators.iter().enumerate() {
            let at = 196 + 28 * index;
            put(at + 1, &[designator]);
            put(at + 2, &[self.bits]);
            put(at + 4, &(WIDTH as u32).to_be_bytes());
            put(at + 8, &(HEIGHT as u32).to_be_bytes());
            put(at + 20, &1023_f32.to_be_bytes());
        }
        put(680, &[self.interleave]);
        put(681, &[self.packing]);
        put(980, &f32::INFINITY.to_be_bytes());
        put(1024, &[1]);
        put(1068, &86_u32.to_be_bytes());
        put(1072, &24_f32.to_be_bytes());
        file[24..28].copy_from_slice(b"V4.5");
        file[1108..1113].copy_from_slice(b"slate");
        file
    }
}

fn open_with(bytes: Vec<u8>, options: &DecodeOptions) -> Result<Image<Native>> {
    decode(Box::new(Cursor::new(bytes)), options)
}

fn check(cineon: &Cineon, shown: [usize; 3]) {
    let made = open_with(cineon.bytes(), &DecodeOptions::default()).unwrap().into_pixels().unwrap();
    let white = f32::from(u16::MAX >> (16 - cineon.bits));
    for row in 0..HEIGHT {
        for column in 0..WIDTH {
            let (right, below) = (WIDTH - 1 - column, HEIGHT - 1 - row);
            let (x, y) = [(column, row), (right, row), (column, below), (right, below)]
                [usize::from(cineon.orientation)];
            let want = shown.map(|channel| f32::from(cineon.code(column, row, channel)) / white);
            assert_eq!(made.at(x as u32, y as u32), want, "{cineon:?} at {column}, {row}");
        }
    }
}

/// Writes a file where other readers find it, if they are to.
fn show(cineon: &Cineon) {
    let Some(folder) = std::env::var_os("PROXYCORE_DPX_OUT").map(PathBuf::from) else {
        return;
    };
    let Cineon { big_endian, designators, bits, packing, interleave, orientation } = cineon;
    let order = if *big_endian { "be" } else { "le" };
    let channels = designators.len();
    let name =
        format!("cineon-c{channels}-b{bits}-p{packing}-{order}-i{interleave}-o{orientation}.cin");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), cineon.bytes()).unwrap();
}

#[test]
fn every_packing_order_and_interleaving() {
    let packings =
        [(8, 0), (8, 1), (10, 5), (10, 0x85), (10, 6), (10, 3), (10, 4), (12, 3), (12, 4), (16, 3)];
    for (bits, packing) in packings {
        for (designators, shown) in [
            (vec![1, 2, 3], [0, 1, 2]),
            (vec![6, 5, 4], [2, 1, 0]),
            (vec![0], [0; 3]),
            (vec![0, 0, 7, 1], [0, 1, 2]),
        ] {
            for interleave in 0..3 {
                for big_endian in [true, false] {
                    let plain = Cineon::new(&designators, bits, packing);
                    let cineon = Cineon { interleave, big_endian, ..plain };
                    // other readers do not put channels in order
                    if shown != [2, 1, 0] {
                        show(&cineon);
                    }
                    check(&cineon, shown);
                }
            }
        }
    }
    for orientation in 0..4 {
        check(&Cineon { orientation, ..Cineon::new(&[1, 2, 3], 10, 5) }, [0, 1, 2]);
    }
}

#[test]
fn the_header_is_told() {
    let image =
        open_with(Cineon::new(&[1, 2, 3], 10, 5).bytes(), &DecodeOptions::default()).unwrap();
    let spec = image.spec();
    assert_eq!((spec.file.format, spec.channels.concat()), ("Cineon", "RGB".into()));
    assert_eq!(spec.frames_per_second, Some(Rational { num: 24, den: 1 }));
    let told = |name: &str| spec.attribute(name).cloned();
    assert_eq!(told("cineon:Version"), Some(Attribute::Text("V4.5".into())));
    assert_eq!(told("cineon:SlateInfo"), Some(Attribute::Text("slate".into())));
    assert_eq!(told("cineon:FramePosition"), Some(Attribute::Int(86)));
    assert_eq!(told("cineon:HighData"), Some(Attribute::Floats(vec![1023.0; 3])));
    assert_eq!(told("cineon:Gamma"), None);
}

#[test]
fn a_channel_can_be_named() {
    let cineon = Cineon::new(&[1, 2, 3], 10, 5);
    let made =
        |selection| open_with(cineon.bytes(), &DecodeOptions::default().with_selection(selection));
    let blue = made(Selection::default().with_layer("B")).unwrap().into_pixels().unwrap();
    assert_eq!(blue.at(3, 4), [f32::from(cineon.code(3, 4, 2)) / 1023.0; 3]);
    let error = made(Selection::default().with_layer("Z")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoSuch { what: "layer", .. }));
}

#[test]
fn damage_is_an_error_or_a_picture() {
    let kinds = [
        Cineon::new(&[1, 2, 3], 10, 5),
        Cineon { interleave: 2, orientation: 3, ..Cineon::new(&[1, 2, 3], 8, 1) },
    ];
    let survives = |bytes: &[u8]| {
        [false, true].map(|partial| {
            let limits = Limits::default().with_pixels(1 << 22);
            let options = DecodeOptions::default().with_limits(limits).with_partial(partial);
            match open_with(bytes.to_vec(), &options).and_then(|image| image.consume(|_| Ok(()))) {
                Ok(()) => true,
                Err(error) => {
                    use ErrorKind::{Corrupt, Limit, UnknownFormat, Unsupported};
                    let typed = matches!(
                        error.kind(),
                        Corrupt { .. } | Limit { .. } | Unsupported { .. } | UnknownFormat { .. }
                    );
                    assert!(typed, "{error}");
                    false
                }
            }
        })
    };
    let mut seed = 45_usize;
    for bytes in kinds.map(|cineon| cineon.bytes()) {
        for place in 0..50 {
            assert!(!survives(&bytes[..place * bytes.len() / 50])[0]);
        }
        for _ in 0..200 {
            seed = seed.wrapping_mul(0x5851_f42d).wrapping_add(0x14057b7e) & 0xffff_ffff;
            let mut flipped = bytes.clone();
            flipped[(seed >> 8) % HEADER] ^= (seed >> 3) as u8 | 1;
            survives(&flipped);
        }
    }
}
