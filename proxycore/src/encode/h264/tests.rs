//! What holds for each encoder of H.264 that is built in.

use super::super::testing::{noise, ramp};
use super::*;
use crate::encode::codec::Codec;
use crate::encode::{
    Codes, Encoder, Group, MovieEncoder, MovieSpec, Mp4, Plane, Quantizer, SampleInfo,
};
use crate::image::{Band, Rational};

const FPS: Rational = Rational { num: 24, den: 1 };

fn codes<C: Codec>(mp4: &Mp4<C>, light: &Band) -> Codes {
    let size = Extent::new(light.width, light.rows());
    let mut quantizer = Quantizer::new(mp4.codes(), size).unwrap();
    quantizer.push(light).unwrap();
    quantizer.finish().unwrap()
}

fn group<C: Codec>(mp4: &Mp4<C>, frames: &[Codes]) -> Group {
    let mut group = mp4.group(&MovieSpec::new(frames[0].extent(), FPS)).unwrap();
    frames.iter().for_each(|frame| group.push(frame).unwrap());
    group.finish().unwrap()
}

/// Runs a check for each encoder.
macro_rules! by_each_encoder {
    ($($check:ident)*) => {
        #[cfg(feature = "rusty-h264")]
        mod rusty {
            $(#[test] fn $check() { super::$check(super::RustyH264::new()) })*
        }
        #[cfg(feature = "openh264")]
        mod openh264 {
            $(#[test] fn $check() { super::$check(super::OpenH264::new()) })*
        }
    };
}

by_each_encoder! {
    it_is_high_profile_with_cabac
    groups_are_closed
    the_same_pictures_give_the_same_bytes
    groups_of_any_content_have_the_same_parameters
    pictures_where_decoding_starts_are_told_apart
    sizes_that_no_level_has_are_refused
    a_picture_of_another_size_is_an_error
    the_quality_is_said_in_the_recipe
}

fn it_is_high_profile_with_cabac<C: Codec>(codec: C) {
    let mp4 = Mp4::by(codec);
    let codes = codes(&mp4, &ramp(64, 32));
    let Group { parameters, samples } = group(&mp4, &[codes]);
    // pic_parameter_set_id 0 and seq_parameter_set_id 0 are one bit each, then CABAC
    assert_eq!((parameters[1][0] & 0x1f, parameters[1][1] >> 5), (nal::PPS, 0b111));
    let stream = StreamSpec {
        size: Extent::new(64, 32),
        fps: FPS,
        pixel_aspect: Rational { num: 1, den: 1 },
        colour: crate::encode::Nclx::BT709,
        quality: 23,
        length: 24,
    };
    let index = samples.iter().map(|sample| sample.info().unwrap()).collect::<Vec<SampleInfo>>();
    let coding = codec.coding(&stream, &parameters, &index).unwrap();
    let Coding::Avc { sps, depth, .. } = coding else { panic!("{coding:?}") };
    assert_eq!((&sps[..4], depth), (&[0x67, 100, 0, 30][..], 8));
}

fn groups_are_closed<C: Codec>(codec: C) {
    let mp4 = Mp4::by(codec);
    let frames = [noise(64, 32), ramp(64, 32)].map(|light| codes(&mp4, &light));
    let frames: Vec<_> = frames.iter().cycle().take(24).cloned().collect();
    let samples = group(&mp4, &frames).samples;
    for (at, sample) in samples.iter().enumerate() {
        let length = u32::from_be_bytes(sample.data[..4].try_into().unwrap()) as usize;
        assert_eq!(length, sample.data.len() - 4, "one slice");
        assert_eq!(sample.key, at == 0);
        assert_eq!(sample.data[4] & 0x1f, if sample.key { nal::IDR } else { 1 });
    }
    let mut shown: Vec<_> = (0..).zip(&samples).map(|(at, sample)| at + sample.shift).collect();
    shown.sort_unstable();
    assert!(shown.into_iter().eq(0..24), "each picture has a time");
}

fn the_same_pictures_give_the_same_bytes<C: Codec>(codec: C) {
    let mp4 = Mp4::by(codec);
    let frames = [ramp(64, 48), noise(64, 48), ramp(64, 48)].map(|light| codes(&mp4, &light));
    let once = group(&mp4, &frames);
    assert_eq!(once, group(&mp4, &frames));
    assert_ne!(once, group(&mp4.with_quality(40), &frames));
}

fn groups_of_any_content_have_the_same_parameters<C: Codec>(codec: C) {
    let mp4 = Mp4::by(codec);
    let sets = |light: &Band| group(&mp4, &[codes(&mp4, light)]).parameters;
    assert_eq!(sets(&ramp(96, 48)), sets(&noise(96, 48)));
}

fn pictures_where_decoding_starts_are_told_apart<C: Codec>(codec: C) {
    let mp4 = Mp4::by(codec);
    let first = |light: &Band| group(&mp4, &[codes(&mp4, light)]).samples.remove(0).data;
    let number = |sample: &[u8]| {
        let bytes = nal::unescaped(&sample[4..]);
        let mut bits = bits::Reader::new(&bytes);
        // the header of the unit, three numbers, frame_num of four bits; OpenH264's has fifteen
        bits.bits(8)?;
        (0..3).try_for_each(|_| bits.number().map(drop))?;
        bits.bits(if C::NAME == "OpenH264" { 15 } else { 4 })?;
        bits.number()
    };
    let numbers: Vec<_> = (0..8u8)
        .map(|at| {
            let light =
                Band { samples: vec![f32::from(at) / 8.0; 3 * 256], ..Band::black(0, 16, 16) };
            number(&first(&light)).unwrap()
        })
        .collect();
    assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]), "{numbers:?}");
}

fn sizes_that_no_level_has_are_refused<C: Codec>(codec: C) {
    let mp4 = Mp4::by(codec);
    for (width, height) in [(17, 16), (16, 33), (0, 0)] {
        assert!(mp4.group(&MovieSpec::new(Extent::new(width, height), FPS)).is_err());
    }
    for (width, height) in [(16_384, 16_384), (65_534, 16), (u32::MAX - 1, u32::MAX - 1)] {
        let error = mp4.group(&MovieSpec::new(Extent::new(width, height), FPS)).err().unwrap();
        assert!(error.to_string().contains("macroblocks"), "{error}");
    }
}

fn a_picture_of_another_size_is_an_error<C: Codec>(codec: C) {
    let mp4 = Mp4::by(codec);
    let mut group = mp4.group(&MovieSpec::new(Extent::new(64, 32), FPS)).unwrap();
    let error = group.push(&codes(&mp4, &ramp(32, 64))).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: a frame of 32x64 in another stream", C::NAME));
    let mut other = codes(&mp4, &ramp(64, 32));
    other.planes[0] = Plane::U8(vec![0; 5]);
    assert!(group.push(&other).is_err(), "planes too short");
}

fn the_quality_is_said_in_the_recipe<C: Codec>(codec: C) {
    let mp4 = Mp4::by(codec);
    let recipes = [mp4, mp4.with_quality(30), mp4.with_gop(12)].map(|mp4| mp4.recipe());
    assert!(recipes.windows(2).all(|pair| pair[0] != pair[1]), "{recipes:?}");
}
