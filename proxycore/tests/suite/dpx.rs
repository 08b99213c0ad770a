//! Decoding DPX: every packing, byte order, descriptor, padding and direction, compared code by
//! code with what the writer wrote; headers; and files that are broken.
//!
//! With `PROXYCORE_DPX_OUT=FOLDER` the files are written there too, for other readers to judge.

use std::io::Cursor;
use std::path::PathBuf;

use proxycore::decode::{DecodeOptions, Limits, Selection, decode};
use proxycore::image::{Attribute, Image, Native, Pixels, Rational, Timecode};
use proxycore::{ErrorKind, Result};

use crate::dpx_writer::{Dpx, Padding, components};

fn open_with(bytes: Vec<u8>, options: &DecodeOptions) -> Result<Image<Native>> {
    decode(Box::new(Cursor::new(bytes)), options)
}

fn open(bytes: Vec<u8>) -> Result<Image<Native>> {
    open_with(bytes, &DecodeOptions::default())
}

fn pixels(bytes: Vec<u8>) -> Pixels {
    open(bytes).unwrap().into_pixels().unwrap()
}

/// Where a stored pixel is shown (SMPTE ST 268-1, table 2).
fn shown_at(dpx: &Dpx, column: usize, row: usize) -> (u32, u32) {
    let (right, below) = (dpx.width - 1 - column, dpx.height - 1 - row);
    let (x, y) = match dpx.orientation {
        1 => (right, row),
        2 => (column, below),
        3 => (right, below),
        4 => (row, column),
        5 => (below, column),
        6 => (row, right),
        7 => (below, right),
        _ => (column, row),
    };
    (x as u32, y as u32)
}

/// The light of a code.
fn light(dpx: &Dpx, code: u64) -> f32 {
    match dpx.bits {
        32 => f32::from_bits(code as u32),
        64 => f64::from_bits(code) as f32,
        bits => code as f32 / ((1_u32 << bits) - 1) as f32,
    }
}

/// R, G, B of luma and differences, by the equations of ITU-R BT.709 in doubles.
fn converted(dpx: &Dpx, column: usize, row: usize) -> [f32; 3] {
    let step = components(dpx.descriptor);
    let part = |column: usize, at| f64::from(light(dpx, dpx.code(0, column, row, at)));
    let pairs = matches!(dpx.descriptor, 100 | 101);
    let largest = if dpx.bits > 16 { 1.0 } else { ((1_u64 << dpx.bits) - 1) as f64 };
    let (black, white, half, reach) = if dpx.bits > 16 {
        (0.0, 1.0, 0.0, 1.0)
    } else {
        let unit = (largest + 1.0) / 256.0 / largest;
        (16.0 * unit, 235.0 * unit, 128.0 * unit, 224.0 * unit)
    };
    let difference = |which: usize| -> f64 {
        if !pairs {
            return part(column, 2 * which);
        }
        // Cb is with the even pixel of a pair and Cr with the odd one; both belong to the even one
        let of_pair = |even: usize| match even + which {
            at if at < dpx.width => part(at, 0),
            at if at >= 2 => part(at - 2, 0),
            _ => half,
        };
        let even = column & !1;
        match column % 2 == 1 && column + 1 < dpx.width {
            true => (of_pair(even) + of_pair(even + 2)) / 2.0,
            false => of_pair(even),
        }
    };
    assert!(step >= 2);
    let y = (part(column, 1) - black) / (white - black);
    let [cb, cr] = [0, 1].map(|which| (difference(which) - half) / reach);
    [y + 1.5748 * cr, y - 0.187_324_3 * cb - 0.468_124_3 * cr, y + 1.8556 * cb]
        .map(|part| part as f32)
}

fn wanted(dpx: &Dpx, column: usize, row: usize) -> [f32; 3] {
    let at = |component| light(dpx, dpx.code(0, column, row, component));
    match dpx.descriptor {
        100..=103 => converted(dpx, column, row),
        52 => [at(3), at(2), at(1)],
        _ if components(dpx.descriptor) >= 3 => [at(0), at(1), at(2)],
        _ => [at(0); 3],
    }
}

#[track_caller]
fn check(dpx: &Dpx, made: &Pixels) {
    let tolerance = if matches!(dpx.descriptor, 100..=103) { 2e-5 } else { 0.0 };
    for row in 0..dpx.height {
        for column in 0..dpx.width {
            let (x, y) = shown_at(dpx, column, row);
            let (got, want) = (made.at(x, y), wanted(dpx, column, row));
            let near = got.iter().zip(want).all(|(got, want)| (got - want).abs() <= tolerance);
            assert!(near, "{dpx:?}: {got:?}, not {want:?}, at {column}, {row}");
        }
    }
}

const PACKINGS: [(u32, u16); 11] = [
    (1, 0),
    (8, 0),
    (10, 0),
    (10, 1),
    (10, 2),
    (12, 0),
    (12, 1),
    (12, 2),
    (16, 0),
    (32, 0),
    (64, 0),
];
const DESCRIPTORS: [u8; 17] = [0, 1, 2, 3, 4, 6, 8, 50, 51, 52, 100, 101, 102, 103, 150, 151, 156];

fn kinds() -> impl Iterator<Item = Dpx> {
    PACKINGS.into_iter().flat_map(|(bits, packing)| {
        DESCRIPTORS.into_iter().map(move |descriptor| Dpx::new(descriptor, bits, packing))
    })
}

fn each<const N: usize>(
    kinds: impl Iterator<Item = Dpx>,
    variants: fn(&Dpx) -> [Dpx; N],
) -> impl Iterator<Item = Dpx> {
    kinds.flat_map(move |dpx| variants(&dpx))
}

fn both_orders(dpx: &Dpx) -> [Dpx; 2] {
    [true, false].map(|big_endian| Dpx { big_endian, ..dpx.clone() })
}

fn with_padding(dpx: &Dpx) -> [Dpx; 3] {
    [Padding::Words, Padding::None, Padding::Line(8)].map(|padding| Dpx { padding, ..dpx.clone() })
}

/// Writes a file where other readers find it, if they are to.
fn show(dpx: &Dpx, bytes: &[u8]) {
    let Some(folder) = std::env::var_os("PROXYCORE_DPX_OUT").map(PathBuf::from) else {
        return;
    };
    let order = if dpx.big_endian { "be" } else { "le" };
    let padding = match dpx.padding {
        Padding::Words => "words",
        Padding::None => "none",
        Padding::Line(_) => "line",
        Padding::RunOn => "runon",
    };
    let runs = if dpx.runs { "-runs" } else { "" };
    let Dpx { descriptor, bits, packing, orientation, width, .. } = dpx;
    let name = format!(
        "d{descriptor}-b{bits}-p{packing}-{order}-{padding}-o{orientation}-w{width}{runs}.dpx"
    );
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
}

#[test]
fn every_packing_order_descriptor_and_padding() {
    for width in [37, 36, 1] {
        for dpx in each(each(kinds(), both_orders), with_padding) {
            let dpx = Dpx { width, ..dpx };
            let bytes = dpx.bytes();
            if width > 1 {
                show(&dpx, &bytes);
            }
            check(&dpx, &pixels(bytes));
        }
    }
}

#[test]
fn every_direction() {
    let kinds = [(50, 10, 1), (51, 8, 0), (6, 10, 2), (100, 16, 0), (50, 32, 0)];
    for (descriptor, bits, packing) in kinds {
        for orientation in (0..8).chain([8, u16::MAX]) {
            for height in [5, 40] {
                let dpx = Dpx { orientation, height, ..Dpx::new(descriptor, bits, packing) };
                let bytes = dpx.bytes();
                if height == 5 {
                    show(&dpx, &bytes);
                }
                check(&dpx, &pixels(bytes));
            }
        }
    }
}

#[test]
fn runs_of_every_packing_order_descriptor_and_direction() {
    let mut refused = 0;
    for dpx in each(kinds(), both_orders) {
        for orientation in 0..8 {
            let dpx = Dpx { runs: true, orientation, height: 19, ..dpx.clone() };
            // a flag of one bit has no room for a length
            if dpx.bits == 1 {
                continue;
            }
            let cannot = dpx.bits > 16 || matches!(dpx.descriptor, 100 | 101);
            match open(dpx.bytes()) {
                Ok(image) => check(&dpx, &image.into_pixels().unwrap()),
                Err(error) => {
                    assert!(cannot, "{dpx:?}: {error}");
                    assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
                    refused += 1;
                }
            }
        }
    }
    assert_eq!(refused, (2 * 17 + 8 * 2) * 2 * 8);
}

#[test]
fn a_colour_in_each_element_makes_one_picture() {
    for padding in [Padding::Words, Padding::None, Padding::Line(8)] {
        for (bits, packing) in PACKINGS {
            let dpx = Dpx { others: vec![3, 2], padding, ..Dpx::new(1, bits, packing) };
            let image = open(dpx.bytes()).unwrap();
            assert_eq!(image.spec().channels, ["R", "G", "B"]);
            assert_eq!(image.spec().file.parts.len(), 3);
            let made = image.into_pixels().unwrap();
            for (x, y) in [(0, 0), (36, 4), (20, 2)] {
                let at = |element| light(&dpx, dpx.code(element, x, y, 0));
                assert_eq!(made.at(x as u32, y as u32), [at(0), at(2), at(1)]);
            }
        }
    }
}

#[test]
fn elements_and_channels_can_be_named() {
    let dpx = Dpx { others: vec![4, 8], ..Dpx::new(50, 10, 1) };
    let made = |selection: Selection| {
        open_with(dpx.bytes(), &DecodeOptions::default().with_selection(selection))
    };
    for (part, element) in [("0", 0), ("Alpha", 1), ("depth", 2)] {
        let image = made(Selection::default().with_part(part)).unwrap();
        assert_eq!(image.spec().part, element);
        let got = image.into_pixels().unwrap().at(7, 3)[0];
        assert_eq!(got, light(&dpx, dpx.code(element, 7, 3, 0)), "{part}");
    }
    let green = made(Selection::default().with_layer("G")).unwrap().into_pixels().unwrap();
    assert_eq!(green.at(7, 3), [light(&dpx, dpx.code(0, 7, 3, 1)); 3]);
    let missing = [
        Selection::default().with_part("3"),
        Selection::default().with_layer("Y"),
        Selection::default().with_view("left"),
        Selection::default().with_level(1),
    ];
    for selection in missing {
        let error = made(selection.clone()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NoSuch { .. }), "{selection:?}: {error}");
    }
}

#[test]
fn the_picture_is_the_first_that_a_person_would_pick() {
    let picked = |first: u8, others: &[u8]| {
        let dpx = Dpx { others: others.to_vec(), ..Dpx::new(first, 8, 0) };
        let image = open(dpx.bytes()).unwrap();
        (image.spec().part, image.spec().channels.concat())
    };
    assert_eq!(picked(4, &[50]), (1, "RGB".into()));
    assert_eq!(picked(8, &[6]), (1, "Y".into()));
    assert_eq!(picked(4, &[1, 2]), (1, "R".into()));
    assert_eq!(picked(8, &[4]), (0, "Z".into()));
    assert_eq!(picked(6, &[102]), (1, "CbYCr".into()));
    assert_eq!(picked(153, &[]), (0, "channel0channel1channel2".into()));
}

#[test]
fn signed_codes_and_reference_codes() {
    let signed = Dpx { fields: vec![(780, vec![0, 0, 0, 1])], ..Dpx::new(50, 16, 0) };
    let code = signed.code(0, 3, 2, 1) as u16;
    let want = f32::from(code.cast_signed()) / 32767.0;
    assert_eq!(pixels(signed.bytes()).at(3, 2)[1], want);

    // luma 512 of 1023, no colour: between the codes that the element says are black and white
    let grey = |fields: Vec<(usize, Vec<u8>)>| {
        let dpx = Dpx { width: 1, height: 1, fields, ..Dpx::new(102, 10, 1) };
        let mut bytes = dpx.bytes();
        let word = 512_u32 << 22 | 512 << 12 | 512 << 2;
        bytes[2048..2052].copy_from_slice(&word.to_be_bytes());
        pixels(bytes).at(0, 0)
    };
    let codes = |black: u32, white: u32| {
        vec![(784, black.to_be_bytes().to_vec()), (792, white.to_be_bytes().to_vec())]
    };
    let near = |got: [f32; 3], want: f32| got.iter().all(|light| (light - want).abs() < 1e-6);
    assert!(near(grey(vec![]), (512.0 - 64.0) / 876.0));
    assert!(near(grey(codes(0, 1023)), 512.0 / 1023.0));
    assert!(near(grey(codes(100, 900)), 412.0 / 800.0));
    assert!(near(grey(codes(900, 100)), 448.0 / 876.0), "nonsense is not believed");
}

#[test]
fn headers_are_told_in_openimageios_names() {
    let text = |text: &str| text.as_bytes().to_vec();
    let fields = vec![
        (1628, 2_u32.to_be_bytes().to_vec()),
        (1632, 1_u32.to_be_bytes().to_vec()),
        (1712, 1001_u32.to_be_bytes().to_vec()),
        (1724, 23.976_f32.to_be_bytes().to_vec()),
        (1920, vec![0x01, 0x02, 0x03, 0x44]),
        (1928, vec![1]),
        (784, 95_u32.to_be_bytes().to_vec()),
        (801, vec![3]),
        (802, vec![1]),
    ];
    let mut bytes = Dpx { fields, ..Dpx::new(50, 10, 1) }.bytes();
    for (at, value) in [
        (160, text("a scanner")),
        (136, text("2026:04:01:12:30:00+0000")),
        (1664, text("0123020123456789")),
        (1764, text("slate 7")),
    ] {
        bytes[at..at + value.len()].copy_from_slice(&value);
    }
    let image = open(bytes).unwrap();
    let spec = image.spec();
    assert_eq!((spec.file.format, spec.pixel_aspect), ("DPX", 2.0));
    assert_eq!(spec.frames_per_second, Some(Rational { num: 24_000, den: 1001 }));
    let timecode = Timecode { hours: 1, minutes: 2, seconds: 3, frames: 4, drop_frame: true };
    assert_eq!(spec.timecode, Some(timecode));
    let told = |name: &str| spec.attribute(name).cloned();
    let texts = [
        ("Software", "a scanner"),
        ("DateTime", "2026:04:01 12:30:00"),
        ("dpx:SlateInfo", "slate 7"),
        ("dpx:TimeCode", "01:02:03;04"),
        ("smpte:KeyCode", "1:23:12345:6789:2:4:64"),
        ("dpx:FilmEdgeCode", "0123020123456789"),
        ("dpx:Transfer", "Logarithmic"),
        ("dpx:Colorimetric", "Printing density"),
        ("dpx:ImageDescriptor", "RGB"),
        ("dpx:Packing", "Filled, method A"),
        ("dpx:Version", "V2.0"),
    ];
    for (name, value) in texts {
        assert_eq!(told(name), Some(Attribute::Text(value.into())), "{name}");
    }
    for (name, value) in [
        ("dpx:FramePosition", 1001),
        ("dpx:LowData", 95),
        ("dpx:Interlace", 1),
        ("oiio:BitsPerSample", 10),
    ] {
        assert_eq!(told(name), Some(Attribute::Int(value)), "{name}");
    }
    for undefined in ["dpx:HeldCount", "dpx:Gamma", "dpx:HighData", "dpx:Signal", "Copyright"] {
        assert_eq!(told(undefined), None, "{undefined}");
    }
}

#[test]
fn a_header_of_nothing_but_undefined_fields_is_read() {
    let fields = vec![
        (768, vec![0xff; 2]),
        (770, vec![0xff; 2]),
        (780, vec![0xff; 20]),
        (812, vec![0xff; 8]),
    ];
    let dpx = Dpx { fields, ..Dpx::new(50, 16, 0) };
    let mut bytes = dpx.bytes();
    bytes[808..812].fill(0xff);
    check(&dpx, &pixels(bytes));
    // a generic header alone: what would be the industry header is pixels
    let mut short = dpx.bytes();
    short.drain(1664..2048);
    short[4..8].copy_from_slice(&1664_u32.to_be_bytes());
    short[808..812].copy_from_slice(&1664_u32.to_be_bytes());
    let image = open(short).unwrap();
    assert_eq!((image.spec().timecode, image.spec().frames_per_second), (None, None));
    check(&dpx, &image.into_pixels().unwrap());
}

#[test]
fn what_is_not_read_is_named() {
    let cases = [
        (Dpx::new(9, 8, 0), "composite video"),
        (Dpx::new(42, 8, 0), "image descriptor 42"),
        (Dpx::new(50, 10, 7), "10-bit codes in packing 7"),
        (Dpx { fields: vec![(803, vec![14])], ..Dpx::new(50, 16, 0) }, "14-bit codes in packing 0"),
        (Dpx { fields: vec![(806, vec![0, 2])], ..Dpx::new(50, 16, 0) }, "encoding 2"),
    ];
    for (dpx, feature) in cases {
        let error = open(dpx.bytes()).unwrap_err();
        let named =
            matches!(error.kind(), ErrorKind::Unsupported { feature: told, .. } if told == feature);
        assert!(named, "{error}");
    }
}

fn partial() -> DecodeOptions {
    DecodeOptions::default().with_partial(true)
}

#[test]
fn missing_rows_are_an_error_or_hatched_and_counted() {
    for runs in [false, true] {
        for orientation in [0, 2, 3, 4] {
            let dpx = Dpx { height: 40, orientation, runs, ..Dpx::new(50, 10, 1) };
            let mut bytes = dpx.bytes();
            bytes.pop();
            let error = open(bytes.clone()).and_then(Image::into_pixels).unwrap_err();
            assert!(error.to_string().ends_with("1 of 40 rows are missing"), "{error}");
            let image = open_with(bytes, &partial()).unwrap();
            let tally = image.tally().clone();
            let made = image.into_pixels().unwrap();
            assert_eq!(tally.missing(), 37, "{dpx:?}");
            let (x, y) = shown_at(&dpx, 5, 38);
            assert_eq!(made.at(x, y), wanted(&dpx, 5, 38));
            let (x, y) = shown_at(&dpx, 5, 39);
            assert!([[0.0; 3], [511.0 / 1023.0; 3]].contains(&made.at(x, y)));
        }
    }
}

/// Numbers that are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Files of every kind of reader.
fn samples() -> Vec<Vec<u8>> {
    let kinds = [
        Dpx::new(50, 10, 1),
        Dpx { runs: true, ..Dpx::new(51, 10, 2) },
        Dpx { runs: true, ..Dpx::new(50, 8, 0) },
        Dpx { orientation: 2, ..Dpx::new(6, 12, 0) },
        Dpx { orientation: 5, ..Dpx::new(100, 10, 1) },
        Dpx { others: vec![2, 3], padding: Padding::Line(12), ..Dpx::new(1, 16, 0) },
        Dpx { big_endian: false, ..Dpx::new(51, 32, 0) },
    ];
    kinds.into_iter().map(|dpx| dpx.bytes()).collect()
}

/// Decodes whatever it is, and checks that what goes wrong has a type.
fn survive(bytes: &[u8]) -> bool {
    let mut whole = true;
    for partial in [false, true] {
        let options = DecodeOptions::default()
            .with_limits(Limits::default().with_pixels(1 << 22))
            .with_partial(partial);
        let decoded =
            open_with(bytes.to_vec(), &options).and_then(|image| image.consume(|_| Ok(())));
        if let Err(error) = decoded {
            whole = false;
            use ErrorKind::{Corrupt, Limit, UnknownFormat, Unsupported};
            let typed = matches!(
                error.kind(),
                Corrupt { .. } | Limit { .. } | Unsupported { .. } | UnknownFormat { .. }
            );
            assert!(typed, "{error}");
        }
    }
    whole
}

#[test]
fn truncated_files_are_errors() {
    for bytes in samples() {
        for place in 0..50 {
            assert!(!survive(&bytes[..place * bytes.len() / 50]), "cut at {place} of 50");
        }
    }
}

#[test]
fn flipped_bytes_are_errors_or_pictures() {
    let mut random = Random(268);
    for bytes in samples() {
        // pixels cannot go wrong; what says where they are can
        for end in [2048, bytes.len()] {
            for _ in 0..200 {
                let mut flipped = bytes.clone();
                flipped[random.below(end)] ^= 1 + random.below(255) as u8;
                survive(&flipped);
            }
        }
    }
}

#[test]
fn a_lying_header_is_held_to_the_limits() {
    let mut bytes = Dpx { runs: true, ..Dpx::new(50, 16, 0) }.bytes();
    bytes[772..780].copy_from_slice(&[0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 1]);
    let error = open(bytes.clone()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { what: "pixels", .. }), "{error}");
    bytes[772..776].copy_from_slice(&(1_u32 << 29).to_be_bytes());
    let error = open(bytes).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { what: "bytes in a row", .. }), "{error}");
}

/// A file whose rows go on in the middle of a word, of a maker who does so or of none.
fn running_on(descriptor: u8, bits: u32, packing: u16, maker: &[(usize, &str)]) -> Dpx {
    let field = |(at, text): &(usize, &str)| (*at, text.as_bytes().to_vec());
    Dpx {
        padding: Padding::RunOn,
        width: 100,
        height: 31,
        fields: maker.iter().map(field).collect(),
        ..Dpx::new(descriptor, bits, packing)
    }
}

/// Texts are written in the order of their letters in either byte order.
fn written(dpx: &Dpx) -> Vec<u8> {
    let texts: Vec<_> = dpx.fields.clone();
    let mut bytes = Dpx { fields: Vec::new(), ..dpx.clone() }.bytes();
    for (at, text) in texts {
        bytes[at..at + text.len()].copy_from_slice(&text);
        bytes[at + text.len()] = 0;
    }
    bytes
}

#[test]
fn samples_that_run_on_are_known_by_the_files_length() {
    for big_endian in [true, false] {
        for (descriptor, bits, packing) in [
            (6, 10, 1),
            (6, 10, 2),
            (51, 10, 1),
            (52, 10, 2),
            (4, 10, 1),
            (51, 10, 0),
            (6, 12, 0),
            (50, 12, 0),
            (6, 1, 0),
        ] {
            let dpx = Dpx { big_endian, ..running_on(descriptor, bits, packing, &[]) };
            check(&dpx, &pixels(written(&dpx)));
            let turned = Dpx { orientation: 2, ..dpx };
            check(&turned, &pixels(written(&turned)));
        }
    }
}

#[test]
fn samples_that_run_on_are_known_by_their_maker() {
    for maker in [
        (1556, "Scanity"),
        (1556, "DFT SCANITY HDR"),
        (160, "Lasergraphics Inc."),
        (160, "DIAMANT-Film v11"),
    ] {
        for descriptor in [6, 51] {
            let dpx = running_on(descriptor, 10, 1, &[maker]);
            // what follows the picture hides its length
            let mut bytes = [written(&dpx), vec![0; 777]].concat();
            bytes[16..20].fill(0xff);
            check(&dpx, &pixels(bytes));
            // one that pads its rows after all is known by its length
            let padded = Dpx { padding: Padding::Words, ..dpx };
            check(&padded, &pixels(written(&padded)));
        }
    }
}

#[test]
fn samples_that_run_on_are_whole_as_far_as_they_are_there() {
    let dpx = running_on(6, 10, 1, &[(1556, "Scanity")]);
    let whole = written(&dpx);
    let options = DecodeOptions::default().with_partial(true);
    // ten rows of 100 codes, three to a word, and a little
    let image = open_with(whole[..2048 + 1336 + 20].to_vec(), &options).unwrap();
    let tally = std::sync::Arc::clone(image.tally());
    let shown = image.into_pixels().unwrap();
    assert_eq!(tally.missing(), 21 * 100);
    for column in 0..100 {
        let want = light(&dpx, dpx.code(0, column, 9, 0));
        assert_eq!(shown.at(column as u32, 9)[0], want);
    }
    assert!(open(whole[..2048 + 1336].to_vec()).and_then(Image::into_pixels).is_err());
}

#[test]
fn an_offset_that_cannot_be_gives_way_to_the_files() {
    let dpx = Dpx::new(50, 10, 1);
    let whole = dpx.bytes();
    for told in [8192_u32, 1, 1000, whole.len() as u32, u32::MAX - 1, 2052] {
        let mut bytes = whole.clone();
        bytes[808..812].copy_from_slice(&told.to_be_bytes());
        let image = open(bytes).unwrap();
        let warning =
            format!("the element says that it starts at byte {told}; read from byte 2048");
        assert_eq!(image.spec().warnings, [warning]);
        check(&dpx, &image.into_pixels().unwrap());
    }
    // where the element's own fits to the byte, the file's is not looked at
    let mut bytes = whole;
    bytes[4..8].copy_from_slice(&1664_u32.to_be_bytes());
    let image = open(bytes).unwrap();
    assert!(image.spec().warnings.is_empty());
    check(&dpx, &image.into_pixels().unwrap());
}
