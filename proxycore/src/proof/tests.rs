//! Right files pass, and each planted lie is caught by its name.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use crate::color::{BuiltIn, ColorConfig, Detected};
use crate::encode::{
    CodeFormat, Codec, Codes, DefaultCodec, Encoded, Encoder, Group, Jpeg, Movie, Mp4, Nclx,
    PixelFormat, Plane, Quantizer, StillColor, StreamSpec, VideoColor,
};
use crate::error::ErrorKind;
use crate::image::{Band, Extent, ImageSpec, Rational};
use crate::space::{ColorSpace, Gamut};

use super::{BIAS, Proof, Reference};

const SIZE: Extent = Extent::new(96, 64);

/// Flat patches of many colours on a gradient.
fn picture() -> Band {
    let mut light = Band::black(0, SIZE.height, SIZE.width);
    for (y, [red, green, blue]) in light.planes_mut().enumerate() {
        for x in 0..SIZE.width as usize {
            let patch = x / 16 + y / 16 * 6;
            let shade = x as f32 / 300.0;
            red[x] = (patch % 3) as f32 * 0.3 + shade;
            green[x] = (patch / 3 % 3) as f32 * 0.25 + 0.05 + shade;
            blue[x] = (patch / 9 % 3) as f32 * 0.2 + 0.02;
        }
    }
    light
}

/// The picture with coarse grain of a fifth of its light, independent in each channel.
fn grain() -> Band {
    let mut light = picture();
    let mut state = 1u32;
    for sample in &mut light.samples {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample *= 0.8 + 0.4 * ((state >> 8) as f32 / (1 << 24) as f32);
    }
    light
}

/// Codes by the curve of `space` that claim to be what the encoder takes.
fn codes(encoder: &dyn Encoder, light: &Band, space: ColorSpace) -> Codes {
    let format = CodeFormat { space, ..encoder.codes() };
    let mut quantizer = Quantizer::new(format, Extent::new(light.width, light.rows())).unwrap();
    quantizer.push(light).unwrap();
    Codes { format: encoder.codes(), ..quantizer.finish().unwrap() }
}

fn file(encoder: &dyn Encoder, light: &Band) -> Encoded {
    let codes = codes(encoder, light, encoder.codes().space);
    encoder.encode(&codes, &ImageSpec::plain(light.width, light.rows())).unwrap()
}

fn prove(encoded: &Encoded, light: &Band) -> Proof {
    Proof::of(encoded, &Reference::whole(light).unwrap()).unwrap()
}

/// The same colours as light of P3's gamut.
fn wide(light: &Band) -> Band {
    let source = Detected::stated(ColorSpace::LIN_REC709_SCENE);
    let processor = BuiltIn.processor_for(&source, Gamut::P3).unwrap();
    let mut wide = light.clone();
    wide.planes_mut().for_each(|row| processor.apply(row));
    wide
}

/// The tag that the failure names.
fn blamed(encoded: &Encoded, light: &Band) -> &'static str {
    fault_of(encoded, &Reference::whole(light).unwrap())
}

fn fault_of(encoded: &Encoded, light: &Reference) -> &'static str {
    let error = Proof::of(encoded, light).unwrap_err();
    match error.kind() {
        ErrorKind::Proof { tag, .. } => tag,
        other => panic!("{other}"),
    }
}

/// A movie of `codes` whose stream and container say what they are told to.
fn movie(codes: &Codes, stream: Nclx, container: Nclx) -> Encoded {
    let one = Rational { num: 1, den: 1 };
    let fps = Rational { num: 24, den: 1 };
    let (size, quality, length) = (SIZE, 18, 24);
    let spec = StreamSpec { size, fps, pixel_aspect: one, colour: stream, quality, length };
    let mut group = DefaultCodec::new().start(&spec).unwrap();
    group.push(codes).unwrap();
    let Group { parameters, samples } = group.finish().unwrap();
    let index = [samples[0].info().unwrap()];
    let coding = DefaultCodec::new().coding(&spec, &parameters, &index).unwrap();
    let movie = Movie { fps, size, pixel_aspect: one, colour: container, coding, start: None };
    Encoded::new(&Mp4::new(), codes, movie.to_bytes(&samples).unwrap())
}

/// The planes of a right file, changed at every pixel.
fn changed(light: &Band, change: impl Fn([f32; 3]) -> [f32; 3]) -> Codes {
    let mut codes = codes(&Mp4::new(), light, ColorSpace::G24_REC709_DISPLAY);
    let [luma, blue, red] = [0, 1, 2].map(|at| codes.planes[at].as_u8().unwrap().to_vec());
    let width = SIZE.width as usize;
    let at = |x: usize, y: usize| y / 2 * (width / 2) + x / 2;
    let (mut y_out, mut blue_out, mut red_out) = (luma.clone(), blue.clone(), red.clone());
    for (place, code) in luma.iter().enumerate() {
        let chroma = at(place % width, place / width);
        let ycc = change([*code, blue[chroma], red[chroma]].map(f32::from));
        let [y, b, r] = ycc.map(|code| code.round().clamp(0.0, 255.0) as u8);
        (y_out[place], blue_out[chroma], red_out[chroma]) = (y, b, r);
    }
    codes.planes = [y_out, blue_out, red_out].map(Plane::U8).into();
    codes
}

fn of_codes(codes: &Codes) -> Encoded {
    movie(codes, Nclx::BT709, Nclx::BT709)
}

#[test]
fn right_files_pass() {
    let light = picture();
    for (encoder, mean, bias) in [
        (&Jpeg::exact() as &dyn Encoder, 0.2, 0.05),
        (&Jpeg::new(), 1.0, 0.2),
        (&Mp4::new(), 2.0, 0.3),
    ] {
        let proof = prove(&file(encoder, &light), &light);
        assert!(proof.mean > 0.0 && proof.mean < mean && proof.bias < bias, "{proof:?}");
        assert!(proof.mean <= proof.p99 && proof.p99 <= proof.max, "{proof:?}");
        assert_eq!(proof.tags.colorspace, encoder.codes().space);
    }
}

#[test]
fn grain_and_small_pictures_pass() {
    for light in [grain(), Band { samples: vec![0.5; 3 * 10 * 4], ..Band::black(0, 4, 10) }] {
        for encoder in [&Jpeg::exact() as &dyn Encoder, &Jpeg::new(), &Mp4::new()] {
            let proof = prove(&file(encoder, &light), &light);
            assert!(proof.bias < BIAS, "{proof:?}");
        }
    }
}

#[test]
fn what_subsampling_costs_is_no_fault() {
    let mut light = Band::black(0, SIZE.height, SIZE.width);
    let mut state = 1u32;
    for sample in &mut light.samples {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample = (state >> 8) as f32 / (1 << 24) as f32;
    }
    for color in [VideoColor::Rec709, VideoColor::Srgb] {
        let proof = prove(&file(&Mp4::new().with_color(color), &light), &light);
        assert!(proof.bias > BIAS, "{proof:?}");
    }
    let mut darker = light.clone();
    darker.samples.iter_mut().for_each(|sample| *sample *= 0.5);
    assert!(Proof::of(&file(&Mp4::new(), &darker), &Reference::whole(&light).unwrap()).is_err());
}

#[test]
fn small_pictures_of_saturated_colour_pass() {
    for color in [[0.9, 0.0, 0.0], [0.0, 0.0, 0.9], [0.1, 0.8, 0.0]] {
        let mut light = Band::black(0, 14, 10);
        for row in light.planes_mut() {
            row.into_iter().zip(color).for_each(|(plane, code)| plane.fill(code));
        }
        for video in [VideoColor::Rec709, VideoColor::Srgb] {
            let proof = prove(&file(&Mp4::new().with_color(video), &light), &light);
            assert!(proof.bias < BIAS, "{proof:?}");
        }
    }
}

#[test]
fn the_tags_are_those_in_the_file() {
    let light = picture();
    let tags = |encoder: &dyn Encoder| prove(&file(encoder, &light), &light).tags.to_string();
    let still = "srgb_rec709_display icc=sRGB model=";
    assert_eq!(tags(&Jpeg::exact()), format!("{still}RGB aspect=1:1 size=96x64"));
    assert_eq!(tags(&Jpeg::new()), format!("{still}YCbCr aspect=1:1 size=96x64"));
    let movie = "g24_rec709_display cicp=1/1/1 limited aspect=1:1 size=96x64";
    assert_eq!(tags(&Mp4::new()), movie);
}

#[test]
fn a_wrong_matrix_is_caught() {
    let light = picture();
    // Rec.709's Y'CbCr to that of Rec.601
    let codes = changed(&light, |[y, b, r]| {
        let (y, b, r) = ((y - 16.0) / 219.0, (b - 128.0) / 224.0, (r - 128.0) / 224.0);
        let (red, blue) = (y + 1.5748 * r, y + 1.8556 * b);
        let green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152;
        let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
        let chroma = [(blue - luma) / 1.772, (red - luma) / 1.402];
        [16.0 + 219.0 * luma, 128.0 + 224.0 * chroma[0], 128.0 + 224.0 * chroma[1]]
    });
    assert_eq!(blamed(&of_codes(&codes), &light), "matrix");
    let right = self::codes(&Mp4::new(), &light, ColorSpace::G24_REC709_DISPLAY);
    let other = Nclx { matrix: 6, ..Nclx::BT709 };
    for (stream, container) in [(other, Nclx::BT709), (Nclx::BT709, other), (other, other)] {
        assert_eq!(blamed(&movie(&right, stream, container), &light), "matrix");
    }
}

#[test]
fn a_wrong_range_is_caught() {
    let light = picture();
    let codes = changed(&light, |[y, b, r]| {
        let chroma = |code: f32| (code - 128.0) * 255.0 / 224.0 + 128.0;
        [(y - 16.0) * 255.0 / 219.0, chroma(b), chroma(r)]
    });
    assert_eq!(blamed(&of_codes(&codes), &light), "range");
    let mut told = file(&Mp4::new(), &light);
    let at = told.bytes.windows(4).position(|four| four == b"nclx").unwrap();
    told.bytes[at + 10] |= 0x80;
    assert_eq!(blamed(&told, &light), "range");
}

#[test]
fn a_wrong_tag_is_caught() {
    let light = picture();
    let right = codes(&Mp4::new(), &light, ColorSpace::G24_REC709_DISPLAY);
    let srgb = Nclx { transfer: 13, ..Nclx::BT709 };
    let wide = Nclx { primaries: 9, ..Nclx::BT709 };
    for (other, tag) in [(srgb, "transfer"), (wide, "primaries")] {
        for (stream, container) in [(other, Nclx::BT709), (Nclx::BT709, other), (other, other)] {
            assert_eq!(blamed(&movie(&right, stream, container), &light), tag);
        }
    }
    let silent = Nclx { primaries: 2, transfer: 2, matrix: 2 };
    assert_eq!(blamed(&movie(&right, silent, silent), &light), "primaries");
}

#[test]
fn a_wrong_curve_is_caught() {
    let light = picture();
    let movie = codes(&Mp4::new(), &light, ColorSpace::SRGB_REC709_DISPLAY);
    assert_eq!(blamed(&of_codes(&movie), &light), "transfer");
    for encoder in [Jpeg::exact(), Jpeg::new()] {
        let still = codes(&encoder, &light, ColorSpace::G24_REC709_DISPLAY);
        let still = encoder.encode(&still, &ImageSpec::plain(96, 64)).unwrap();
        assert_eq!(blamed(&still, &light), "transfer");
    }
}

#[test]
fn another_profile_is_caught() {
    let light = picture();
    let right = file(&Jpeg::exact(), &light);
    let find = |what: &[u8]| right.bytes.windows(what.len()).position(|found| found == what);
    // the gamma of the curve, ICC.1:2022 section 10.18
    let mut other = right.clone();
    other.bytes[find(b"para").unwrap() + 13] = 1;
    assert_eq!(blamed(&other, &light), "profile");
    // nothing reads a segment of another name
    let mut without = right.clone();
    without.bytes[find(b"ICC_PROFILE").unwrap()] = b'X';
    assert_eq!(blamed(&without, &light), "profile");
}

#[test]
fn stills_of_a_wider_display_pass() {
    let mut light = wide(&picture());
    // and colours that no Rec.709 display has
    for [red, green, blue] in light.planes_mut().take(16) {
        red[..16].fill(0.9);
        green[..16].fill(0.02);
        blue[..16].fill(0.0);
    }
    let reference = Reference::whole(&light).unwrap().in_gamut(Gamut::P3);
    for (jpeg, most) in [(Jpeg::exact(), 0.3), (Jpeg::new(), 2.0)] {
        let still = file(&jpeg.with_color(StillColor::DisplayP3), &light);
        let proof = Proof::of(&still, &reference).unwrap();
        assert!(proof.mean < most && proof.bias < 0.2, "{proof:?}");
        assert_eq!(proof.tags.colorspace, ColorSpace::SRGB_P3D65_DISPLAY);
        assert_eq!(proof.tags.icc.as_deref(), Some("Display P3"));
    }
}

#[test]
fn codes_of_one_gamut_with_the_profile_of_the_other_are_caught() {
    let narrow = picture();
    let p3 = wide(&narrow);
    let narrow_reference = Reference::whole(&narrow).unwrap();
    let reference = Reference::whole(&p3).unwrap().in_gamut(Gamut::P3);
    for srgb in [Jpeg::exact(), Jpeg::new()] {
        let wider = srgb.clone().with_color(StillColor::DisplayP3);
        // the profile is not that of the space that was asked for
        for (made, light, encoder) in
            [(&srgb, &reference, &wider), (&wider, &narrow_reference, &srgb)]
        {
            let told = if made == &srgb { file(made, &p3) } else { file(made, &narrow) };
            let lie = Encoded { space: encoder.codes().space, ..told };
            assert_eq!(fault_of(&lie, light), "profile");
        }
        // the profile is, and the codes are those of the other one
        assert_eq!(fault_of(&file(&wider, &narrow), &reference), "primaries");
        assert_eq!(fault_of(&file(&srgb, &p3), &narrow_reference), "primaries");
    }
}

#[test]
fn a_wrong_model_is_caught() {
    let light = picture();
    let mut told = file(&Jpeg::exact(), &light);
    let adobe = told.bytes.windows(5).position(|five| five == b"Adobe").unwrap();
    // YCbCr, ITU-T T.872 section 6.5.3
    told.bytes[adobe + 11] = 1;
    assert_eq!(blamed(&told, &light), "codes");
}

#[test]
fn another_picture_is_caught() {
    let light = picture();
    let mut darker = light.clone();
    darker.samples.iter_mut().for_each(|sample| *sample *= 0.8);
    for encoder in [&Jpeg::exact() as &dyn Encoder, &Jpeg::new(), &Mp4::new()] {
        assert!(["codes", "transfer"].contains(&blamed(&file(encoder, &darker), &light)));
    }
    let small = Band { samples: vec![0.5; 3 * 16 * 16], ..Band::black(0, 16, 16) };
    assert_eq!(blamed(&file(&Jpeg::new(), &small), &light), "size");
}

#[test]
fn a_damaged_movie_is_an_error_and_no_panic() {
    let light = picture();
    let whole = file(&Mp4::new(), &light);
    let reference = Reference::whole(&light).unwrap();
    for length in (0..whole.bytes.len()).step_by(7) {
        let cut = Encoded { bytes: whole.bytes[..length].to_vec(), ..whole.clone() };
        assert!(Proof::of(&cut, &reference).is_err(), "{length}");
    }
}

#[test]
fn what_no_decoder_reads_is_unsupported() {
    let light = picture();
    let other = Encoded { media_type: "image/x-raw", ..file(&Jpeg::new(), &light) };
    let error = Proof::of(&other, &Reference::whole(&light).unwrap()).unwrap_err();
    assert_eq!(error.kind().name(), "unsupported");
}

#[test]
fn chroma_lies_where_the_quantizer_puts_it() {
    // a sharp edge of colour; were it read in the middle, the error would be many times as large
    let mut light = Band::black(0, 32, 64);
    for [red, _, blue] in light.planes_mut() {
        for x in 0..64 {
            let side = (x as f32 / 63.0).clamp(0.0, 1.0);
            (red[x], blue[x]) = (side, 1.0 - side);
        }
    }
    let proof = prove(&file(&Mp4::new().with_quality(1), &light), &light);
    assert!(proof.bias < 0.2, "{proof:?}");
    assert_eq!(Mp4::new().codes().pixel, PixelFormat::Yuv420p8);
}

/// The second opinion on the decoder.
#[cfg(all(feature = "openh264", feature = "rusty-h264"))]
#[test]
fn both_decoders_see_the_same_picture() {
    for light in [picture(), grain()] {
        for quality in [1, 23, 51] {
            let encoded = file(&Mp4::new().with_quality(quality), &light);
            let [one, other] =
                super::h264::by_both(&super::movie::stream_of(&encoded.bytes).unwrap());
            assert!(one.unwrap() == other.unwrap(), "quality {quality}");
        }
    }
}
