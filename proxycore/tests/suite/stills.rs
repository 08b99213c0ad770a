//! PNG, JPEG, Radiance HDR and what the `image` crate reads: exact values, what the file says, and
//! what damage gets.

use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder};
use jpeg_encoder::{ColorType as JpegColor, Encoder as JpegEncoder, SamplingFactor};
use png::{BitDepth, ColorType};
use proxycore::decode::{DecodeOptions, Limits, decode};
use proxycore::image::{Attribute, Image, Native, Pixels};
use proxycore::{Error, ErrorKind};

const WIDTH: u32 = 37;
const HEIGHT: u32 = 29;

fn open(bytes: &[u8], options: &DecodeOptions) -> Result<Image<Native>, Error> {
    decode(Box::new(Cursor::new(bytes.to_vec())), options)
}

fn pixels(bytes: &[u8]) -> Pixels {
    open(bytes, &DecodeOptions::default()).unwrap().into_pixels().unwrap()
}

fn attribute(bytes: &[u8], name: &str) -> Option<Attribute> {
    open(bytes, &DecodeOptions::default()).unwrap().spec().attribute(name).cloned()
}

/// Smooth codes, other ones in each channel.
fn codes(channels: usize) -> Vec<u8> {
    let (width, height) = (WIDTH as usize, HEIGHT as usize);
    let code = |at: usize| {
        let (x, y, channel) = (at / channels % width, at / channels / width, at % channels);
        (x * 6 + y * (channel + 1)) as u8
    };
    (0..width * height * channels).map(code).collect()
}

fn assert_codes(bytes: &[u8], codes: &[u8], channels: usize) {
    let got = pixels(bytes);
    assert_eq!((got.width, got.height), (WIDTH, HEIGHT));
    for (got, want) in got.samples.chunks_exact(3).zip(codes.chunks_exact(channels)) {
        let want = if channels < 3 { [want[0]; 3] } else { [want[0], want[1], want[2]] };
        assert_eq!(got, want.map(|code| f32::from(code) / 255.0));
    }
}

// ------------------------------------------------------------------------------------------- PNG

/// Writes a PNG, with whatever `more` adds to its header.
fn png_with(
    size: (u32, u32),
    color: ColorType,
    depth: BitDepth,
    data: &[u8],
    more: impl FnOnce(&mut png::Info<'static>),
) -> Vec<u8> {
    let mut info = png::Info::with_size(size.0, size.1);
    (info.color_type, info.bit_depth) = (color, depth);
    more(&mut info);
    let mut bytes = Vec::new();
    let encoder = png::Encoder::with_info(&mut bytes, info).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

fn png(size: (u32, u32), color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
    png_with(size, color, depth, data, |_| {})
}

/// A grey picture of 8 bits.
pub fn small_png() -> Vec<u8> {
    png((2, 1), ColorType::Grayscale, BitDepth::Eight, &[0, 255])
}

/// Puts a chunk behind the header.
pub fn with_chunk(png: &[u8], name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(data);
    let checksum = crc(&chunk[4..]);
    chunk.extend(checksum.to_be_bytes());
    [&png[..33], &chunk, &png[33..]].concat()
}

/// The checksum of PNG annex D.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 }
        })
    })
}

/// Stores bytes in a zlib stream without packing them.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 1];
    let last = bytes.len().div_ceil(65_535).saturating_sub(1);
    for (at, block) in bytes.chunks(65_535).enumerate() {
        let length = block.len() as u16;
        out.push(u8::from(at == last));
        out.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
        out.extend(block);
    }
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend((b << 16 | a).to_be_bytes());
    out
}

#[test]
fn png_colours_are_shown_as_stored() {
    let size = (WIDTH, HEIGHT);
    let kinds = [
        (ColorType::Grayscale, 1),
        (ColorType::GrayscaleAlpha, 2),
        (ColorType::Rgb, 3),
        (ColorType::Rgba, 4),
    ];
    for (color, channels) in kinds {
        let codes = codes(channels);
        assert_codes(&png(size, color, BitDepth::Eight, &codes), &codes, channels);
    }
}

#[test]
fn png_codes_of_every_depth_are_parts_of_its_white() {
    let grey = |depth, data: &[u8]| pixels(&png((3, 1), ColorType::Grayscale, depth, data));
    let row = |pixels: Pixels| [0, 1, 2].map(|x| pixels.at(x, 0)[1]);
    assert_eq!(row(grey(BitDepth::One, &[0b1010_0000])), [1.0, 0.0, 1.0]);
    assert_eq!(row(grey(BitDepth::Two, &[0b0110_1100])), [1.0 / 3.0, 2.0 / 3.0, 1.0]);
    assert_eq!(row(grey(BitDepth::Four, &[0x0f, 0x30])), [0.0, 1.0, 0.2]);
    let wide = [0x00, 0x01, 0x33, 0x33, 0xff, 0xff];
    assert_eq!(row(grey(BitDepth::Sixteen, &wide)), [1.0 / 65535.0, 0.2, 1.0]);
}

#[test]
fn png_palettes_become_their_colours() {
    let palette = vec![10, 20, 30, 255, 0, 51];
    let bytes = png_with((4, 1), ColorType::Indexed, BitDepth::Two, &[0b0001_0011], |info| {
        info.palette = Some(palette.into());
        info.trns = Some(vec![0, 0].into());
    });
    let pixels = pixels(&bytes);
    assert_eq!(pixels.at(0, 0), [10.0, 20.0, 30.0].map(|code: f32| code / 255.0));
    assert_eq!(pixels.at(1, 0), [1.0, 0.0, 0.2]);
    assert_eq!(pixels.at(3, 0), [0.0; 3], "an entry that is not there is black");
    assert_eq!(attribute(&bytes, "oiio:BitsPerSample"), Some(Attribute::Int(8)));
}

/// Writes an Adam7 picture by hand: the crate only writes rows in order.
fn interlaced(width: usize, height: usize, grey: &[u8]) -> Vec<u8> {
    let passes = [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2],
    ];
    let mut data = Vec::new();
    for [x0, y0, dx, dy] in passes {
        for y in (y0..height).step_by(dy).filter(|_| x0 < width) {
            data.push(0);
            data.extend((x0..width).step_by(dx).map(|x| grey[y * width + x]));
        }
    }
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8; 4], data: &[u8]| {
        let body = [name, data].concat();
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(&body);
        bytes.extend(crc(&body).to_be_bytes());
    };
    let size = [(width as u32).to_be_bytes(), (height as u32).to_be_bytes()].concat();
    chunk(b"IHDR", &[&size[..], &[8, 0, 0, 0, 1]].concat());
    chunk(b"IDAT", &stored(&data));
    chunk(b"IEND", &[]);
    bytes
}

#[test]
fn interlaced_png_is_put_together() {
    for (width, height) in [(1, 1), (1, 9), (5, 3), (9, 1), (37, 29)] {
        let grey: Vec<u8> = (0..width * height).map(|at| (at * 7) as u8).collect();
        let got = pixels(&interlaced(width, height, &grey));
        let got: Vec<_> =
            got.samples.chunks_exact(3).map(|pixel| (pixel[0] * 255.0) as u8).collect();
        assert_eq!(got, grey, "{width}x{height}");
    }
}

#[test]
fn interlaced_png_is_held_to_the_limit_as_a_whole() {
    let mut limits = Limits::default();
    limits.block_bytes = 37 * 29 - 1;
    let options = DecodeOptions::default().with_limits(limits);
    let grey = vec![7; 37 * 29];
    let error = open(&interlaced(37, 29, &grey), &options).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { what: "bytes", .. }), "{error}");
    open(&png((37, 29), ColorType::Grayscale, BitDepth::Eight, &grey), &options).unwrap();
}

#[test]
fn png_tells_what_it_says_of_its_colours() {
    let plain = png((2, 2), ColorType::Rgb, BitDepth::Eight, &[7; 12]);
    let floats = |bytes: &[u8], name| match attribute(bytes, name) {
        Some(Attribute::Floats(numbers)) => numbers,
        other => panic!("{other:?}"),
    };
    let cicp = with_chunk(&plain, b"cICP", &[9, 16, 0, 1]);
    assert_eq!(floats(&cicp, "CICP"), [9.0, 16.0, 0.0, 1.0]);
    let gamma = with_chunk(&plain, b"gAMA", &45_455_u32.to_be_bytes());
    assert_eq!(attribute(&gamma, "png:gamma"), Some(Attribute::Float(0.45455)));
    assert_eq!(attribute(&with_chunk(&plain, b"sRGB", &[1]), "png:sRGB"), Some(Attribute::Int(1)));
    let points = [31270_u32, 32900, 64000, 33000, 30000, 60000, 15000, 6000];
    let chrm: Vec<u8> = points.iter().flat_map(|point| point.to_be_bytes()).collect();
    let want = [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329];
    assert_eq!(floats(&with_chunk(&plain, b"cHRM", &chrm), "chromaticities"), want);
    let text = with_chunk(&plain, b"tEXt", b"Author\0somebody");
    assert_eq!(attribute(&text, "Artist"), Some(Attribute::Text("somebody".into())));
    let dims = with_chunk(&plain, b"pHYs", &[0, 0, 0, 1, 0, 0, 0, 2, 0]);
    assert_eq!(open(&dims, &DecodeOptions::default()).unwrap().spec().pixel_aspect, 2.0);
}

#[test]
fn png_profiles_are_bounded() {
    let plain = png((2, 2), ColorType::Rgb, BitDepth::Eight, &[7; 12]);
    let profile = |profile: &[u8]| {
        let data = [b"name\0\0", &stored(profile)[..]].concat();
        let image = open(&with_chunk(&plain, b"iCCP", &data), &DecodeOptions::default());
        (image.as_ref().unwrap().spec().icc_profile.clone(), image.unwrap().spec().warnings.len())
    };
    let (read, warnings) = profile(&[5; 70_000]);
    assert_eq!((read.as_deref(), warnings), (Some(&[5; 70_000][..]), 0));
    let bomb =
        with_chunk(&plain, b"iCCP", &[b"name\0\0", &stored(&vec![0; 17 << 20])[..]].concat());
    match open(&bomb, &DecodeOptions::default()) {
        Ok(image) => assert!(image.spec().warnings[0].contains("ICC profile"), "{image:?}"),
        Err(error) => assert!(matches!(error.kind(), ErrorKind::Limit { .. }), "{error}"),
    }
}

// ------------------------------------------------------------------------------------------ JPEG

fn jpeg_with(
    data: &[u8],
    color: JpegColor,
    more: impl FnOnce(&mut JpegEncoder<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes, 92);
    more(&mut encoder);
    encoder.encode(data, WIDTH as u16, HEIGHT as u16, color).unwrap();
    bytes
}

fn jpeg(sampling: SamplingFactor, progressive: bool) -> Vec<u8> {
    jpeg_with(&codes(3), JpegColor::Rgb, |encoder| {
        encoder.set_sampling_factor(sampling);
        encoder.set_progressive(progressive);
    })
}

/// Puts a segment behind the start.
fn with_segment(jpeg: &[u8], marker: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, data, &jpeg[2..]].concat()
}

/// Another decoder, which rounds elsewhere.
fn second_opinion(bytes: &[u8]) -> Vec<u8> {
    jpeg_decoder::Decoder::new(bytes).decode().unwrap()
}

/// How many codes two correct decoders may differ by: one in the transform, times 1.8 in blue.
const ROUNDING: f32 = 4.0;

#[test]
fn jpeg_of_every_sampling_is_what_another_decoder_says() {
    let samplings = [
        SamplingFactor::R_4_4_4,
        SamplingFactor::R_4_2_2,
        SamplingFactor::R_4_2_0,
        SamplingFactor::R_4_4_0,
        SamplingFactor::R_4_1_1,
    ];
    for sampling in samplings {
        for progressive in [false, true] {
            let bytes = jpeg(sampling, progressive);
            let want = second_opinion(&bytes);
            for (got, want) in pixels(&bytes).samples.iter().zip(want) {
                let difference = (got * 255.0 - f32::from(want)).abs();
                assert!(difference <= ROUNDING, "{sampling:?} {progressive}: {difference}");
            }
        }
    }
}

#[test]
fn jpeg_in_scans_or_with_restarts_is_the_same_picture() {
    let plain = pixels(&jpeg(SamplingFactor::R_4_2_0, false));
    assert_eq!(pixels(&jpeg(SamplingFactor::R_4_2_0, true)), plain);
    let restarts = jpeg_with(&codes(3), JpegColor::Rgb, |encoder| {
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        encoder.set_restart_interval(2);
    });
    assert_eq!(pixels(&restarts), plain);
}

#[test]
fn jpeg_inks_become_light() {
    let flat = |color, pixel: [u8; 4]| {
        let data: Vec<u8> =
            pixel.iter().copied().cycle().take((WIDTH * HEIGHT * 4) as usize).collect();
        let bytes = jpeg_with(&data, color, |_| {});
        pixels(&bytes).at(9, 9).map(|light| (light * 255.0).round() as i32)
    };
    for color in [JpegColor::Cmyk, JpegColor::CmykAsYcck] {
        // the encoder takes inks and stores their inverse, as every writer does
        let got = flat(color, [55, 155, 205, 127]);
        for (got, want) in got.into_iter().zip([100, 50, 25]) {
            assert!((got - want).abs() <= 2, "{color:?}: {got} for {want}");
        }
    }
}

#[test]
fn jpeg_is_turned_upright() {
    let flat = jpeg(SamplingFactor::R_4_4_4, false);
    let stored = pixels(&flat);
    let (right, below) = (WIDTH - 1, HEIGHT - 1);
    let corners = [(0, 0), (right, 0), (right, below), (0, below)];
    let upper_left = [0, 1, 2, 3, 0, 3, 2, 1].map(|corner: usize| corners[corner]);
    for (number, (x, y)) in (1..).zip(upper_left) {
        let exif =
            [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[number, 0, 0][..]]
                .concat();
        let bytes = with_segment(&flat, 0xe1, &exif);
        let got = pixels(&bytes);
        assert_eq!(
            (got.width, got.height),
            if number < 5 { (WIDTH, HEIGHT) } else { (HEIGHT, WIDTH) }
        );
        assert_eq!(got.at(0, 0), stored.at(x, y), "orientation {number}");
        assert_eq!(attribute(&bytes, "Orientation"), Some(Attribute::Int(number.into())));
    }
}

#[test]
fn jpeg_profiles_are_put_together_in_their_order() {
    let plain = jpeg(SamplingFactor::R_4_4_4, false);
    let piece = |number: u8, byte: u8| [b"ICC_PROFILE\0", &[number, 2, byte][..]].concat();
    let second_first = with_segment(&with_segment(&plain, 0xe2, &piece(1, 7)), 0xe2, &piece(2, 8));
    let image = open(&second_first, &DecodeOptions::default()).unwrap();
    assert_eq!(image.spec().icc_profile.as_deref(), Some(&[7, 8][..]));
    let half = open(&with_segment(&plain, 0xe2, &piece(1, 7)), &DecodeOptions::default()).unwrap();
    assert_eq!((half.spec().icc_profile.clone(), half.spec().warnings.len()), (None, 1));
}

#[test]
fn jpeg_density_is_the_pixel_aspect_of_openimageio() {
    let mut bytes = jpeg(SamplingFactor::R_4_4_4, false);
    let at = bytes.windows(5).position(|window| window == b"JFIF\0").unwrap();
    bytes[at + 8..at + 12].copy_from_slice(&[0, 2, 0, 1]);
    assert_eq!(open(&bytes, &DecodeOptions::default()).unwrap().spec().pixel_aspect, 2.0);
}

#[test]
fn jpeg_of_other_kinds_is_named() {
    let plain = jpeg(SamplingFactor::R_4_4_4, false);
    let frame = plain.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = plain.clone();
        bytes[frame + at] = byte;
        open(&bytes, &DecodeOptions::default()).unwrap_err().to_string()
    };
    assert_eq!(changed(1, 0xc9), "unsupported JPEG: arithmetic coding");
    assert_eq!(changed(1, 0xc3), "unsupported JPEG: lossless coding");
    assert_eq!(changed(4, 12), "unsupported JPEG: 12 bits a sample");
}

#[test]
fn a_cut_jpeg_with_an_end_is_still_cut() {
    for progressive in [false, true] {
        let whole = jpeg(SamplingFactor::R_4_2_0, progressive);
        let cut = [&whole[..whole.len() * 7 / 10], &[0xff, 0xd9]].concat();
        let error = open(&cut, &DecodeOptions::default()).and_then(Image::into_pixels).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{error}");
    }
}

// --------------------------------------------------------------------------------- HDR and others

fn hdr(size: &str, pixels: &[[u8; 4]]) -> Vec<u8> {
    let head = format!("#?RADIANCE\nEXPOSURE=2\nEXPOSURE=3\nFORMAT=32-bit_rle_rgbe\n\n{size}\n");
    [head.as_bytes(), &pixels.concat()].concat()
}

#[test]
fn radiance_is_light_in_every_order_of_its_rows() {
    let grey = |code| [code, code, code, 136];
    let stored = [1, 2, 3, 4, 5, 6].map(grey);
    let row = |pixels: &Pixels| -> Vec<f32> {
        pixels.samples.chunks_exact(3).map(|pixel| pixel[0]).collect()
    };
    let orders = [
        ("-Y 2 +X 3", [1, 2, 3, 4, 5, 6]),
        ("-Y 2 -X 3", [3, 2, 1, 6, 5, 4]),
        ("+Y 2 -X 3", [6, 5, 4, 3, 2, 1]),
        ("+Y 2 +X 3", [4, 5, 6, 1, 2, 3]),
        ("+X 2 -Y 3", [1, 4, 2, 5, 3, 6]),
        ("-X 2 -Y 3", [4, 1, 5, 2, 6, 3]),
        ("-X 2 +Y 3", [6, 3, 5, 2, 4, 1]),
        ("+X 2 +Y 3", [3, 6, 2, 5, 1, 4]),
    ];
    for (size, want) in orders {
        let bytes = hdr(size, &stored);
        assert_eq!(row(&pixels(&bytes)), want.map(|code| code as f32), "{size}");
        assert_eq!(attribute(&bytes, "hdr:exposure"), Some(Attribute::Float(6.0)));
    }
}

/// Writes the codes of so many channels.
type Maker = fn(usize) -> Vec<u8>;

fn encoded(channels: usize, write: impl FnOnce(&mut Vec<u8>, &[u8], ExtendedColorType)) -> Vec<u8> {
    let color = [
        ExtendedColorType::L8,
        ExtendedColorType::La8,
        ExtendedColorType::Rgb8,
        ExtendedColorType::Rgba8,
    ];
    let mut bytes = Vec::new();
    write(&mut bytes, &codes(channels), color[channels - 1]);
    bytes
}

fn tga(channels: usize) -> Vec<u8> {
    encoded(channels, |bytes, data, color| {
        let encoder = image::codecs::tga::TgaEncoder::new(bytes);
        encoder.write_image(data, WIDTH, HEIGHT, color).unwrap();
    })
}

fn bmp(channels: usize) -> Vec<u8> {
    encoded(channels, |bytes, data, color| {
        image::codecs::bmp::BmpEncoder::new(bytes).write_image(data, WIDTH, HEIGHT, color).unwrap();
    })
}

fn webp(channels: usize) -> Vec<u8> {
    encoded(channels, |bytes, data, color| {
        let encoder = image::codecs::webp::WebPEncoder::new_lossless(bytes);
        encoder.write_image(data, WIDTH, HEIGHT, color).unwrap();
    })
}

fn pnm(channels: usize) -> Vec<u8> {
    encoded(channels, |bytes, data, color| {
        image::codecs::pnm::PnmEncoder::new(bytes).write_image(data, WIDTH, HEIGHT, color).unwrap();
    })
}

#[test]
fn other_formats_are_exact_and_named() {
    let makers: [(&str, Maker); 4] = [("TGA", tga), ("BMP", bmp), ("WebP", webp), ("PNM", pnm)];
    for (format, make) in makers {
        for channels in [1, 3] {
            let bytes = make(channels);
            assert_codes(&bytes, &codes(channels), channels);
            let image = open(&bytes, &DecodeOptions::default()).unwrap();
            assert_eq!(image.spec().file.format, format);
        }
    }
    assert_codes(&bmp(4), &codes(4), 4);
    assert_codes(&webp(4), &codes(4), 4);
}

#[test]
fn what_only_looks_a_little_like_tga_is_not() {
    for at in 0..18 {
        let mut bytes = tga(3);
        bytes[at] = 0xff;
        if let Err(error) = open(&bytes, &DecodeOptions::default()) {
            assert!(!matches!(error.kind(), ErrorKind::Storage { .. }), "{error}");
        }
    }
    assert!(matches!(
        open(&[0; 64], &DecodeOptions::default()).unwrap_err().kind(),
        ErrorKind::UnknownFormat { .. }
    ));
}

// ----------------------------------------------------------------------------------------- damage

pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    let grey: Vec<u8> = codes(1);
    vec![
        ("png", png((WIDTH, HEIGHT), ColorType::Rgb, BitDepth::Eight, &codes(3))),
        ("interlaced png", interlaced(WIDTH as usize, HEIGHT as usize, &grey)),
        ("jpeg", jpeg(SamplingFactor::R_4_2_0, false)),
        ("progressive jpeg", jpeg(SamplingFactor::R_4_2_2, true)),
        ("hdr", hdr("-Y 40 +X 6", &vec![[1, 2, 3, 130]; 240])),
        ("tga", tga(3)),
        ("bmp", bmp(3)),
        ("webp", webp(3)),
        ("pnm", pnm(3)),
    ]
}

/// Damage is told as what lies in the file.
fn assert_typed(error: &Error, what: &str) {
    let typed = matches!(
        error.kind(),
        ErrorKind::Corrupt { .. }
            | ErrorKind::Unsupported { .. }
            | ErrorKind::Limit { .. }
            | ErrorKind::UnknownFormat { .. }
    );
    assert!(typed, "{what}: {error}");
}

#[test]
fn a_file_that_is_cut_within_its_picture_is_an_error() {
    for (name, bytes) in files() {
        for place in 0..50 {
            let cut = &bytes[..bytes.len() * place / 50];
            let read = open(cut, &DecodeOptions::default()).and_then(Image::into_pixels);
            match read {
                // what is behind the picture may be missing
                Ok(read) => assert_eq!(read, pixels(&bytes), "{name} cut at {}", cut.len()),
                Err(error) => assert_typed(&error, &format!("{name} cut at {}", cut.len())),
            }
        }
    }
}

#[test]
fn flipped_bytes_are_errors_or_pictures() {
    let limits = Limits::default().with_pixels(1 << 22);
    for partial in [false, true] {
        let options = DecodeOptions::default().with_limits(limits.clone()).with_partial(partial);
        for (name, bytes) in files() {
            let mut state = 0x2545_f491_u32;
            for _ in 0..200 {
                let mut bytes = bytes.clone();
                for _ in 0..2 {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let at = (state >> 8) as usize % bytes.len();
                    bytes[at] ^= 1 << (state >> 5 & 7);
                }
                if let Err(error) = open(&bytes, &options).and_then(Image::into_pixels) {
                    assert_typed(&error, name);
                }
            }
        }
    }
}

#[test]
fn what_is_whole_of_a_cut_file_is_shown() {
    let options = DecodeOptions::default().with_partial(true);
    for (name, bytes) in files().into_iter().take(5) {
        let whole = pixels(&bytes);
        let image = open(&bytes[..bytes.len() * 6 / 10], &options).unwrap();
        let tally = image.tally().clone();
        let got = image.into_pixels().unwrap();
        let pixels = u64::from(whole.width) * u64::from(whole.height);
        assert!((1..=pixels).contains(&tally.missing()) || name == "progressive jpeg", "{name}");
        let same = got.samples.iter().zip(&whole.samples).filter(|(got, want)| got == want).count();
        let there = 3 * (pixels - tally.missing()) as usize;
        assert!(same >= there || name == "progressive jpeg", "{name}: {same} of {there}");
    }
}

#[test]
fn sizes_that_lie_are_refused_before_memory_is_asked_for() {
    let limits = DecodeOptions::default();
    let mut bytes = png((2, 2), ColorType::Rgb, BitDepth::Eight, &[7; 12]);
    bytes[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    let checksum = crc(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&checksum);
    assert!(open(&bytes, &limits).unwrap_err().to_string().contains("16384x16384 pixels in"));
    let mut bytes = jpeg(SamplingFactor::R_4_4_4, false);
    let frame = bytes.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0x40, 0, 0x40, 0]);
    assert!(open(&bytes, &limits).unwrap_err().to_string().contains("16384x16384 pixels in"));
    let small = DecodeOptions::default().with_limits(Limits::default().with_pixels(100));
    for (name, bytes) in files() {
        let error = open(&bytes, &small).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Limit { what: "pixels", .. }), "{name}: {error}");
    }
}
