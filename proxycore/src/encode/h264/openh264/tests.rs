use super::super::super::testing::{noise, ramp};
use super::*;
use crate::encode::{Encoder, MovieEncoder, MovieSpec, Mp4, Quantizer};
use crate::image::Rational;

fn group(quality: u8, size: Extent) -> Box<dyn GroupEncoder> {
    let fps = Rational { num: 24, den: 1 };
    let mp4 = Mp4::by(OpenH264::new()).with_quality(quality);
    mp4.group(&MovieSpec::new(size, fps)).unwrap()
}

fn codes(width: u32, height: u32) -> Codes {
    let size = Extent::new(width, height);
    let mut quantizer = Quantizer::new(Mp4::by(OpenH264::new()).codes(), size).unwrap();
    quantizer.push(&ramp(width, height)).unwrap();
    quantizer.finish().unwrap()
}

#[test]
fn a_frame_with_too_many_bits_is_an_error() {
    let mut group = group(0, Extent::new(512, 512));
    let mut frame = codes(512, 512);
    let mut noise = noise(512, 512).samples.into_iter().map(|noise| (noise * 256.0) as u8);
    for plane in &mut frame.planes {
        let length = plane.as_u8().unwrap().len();
        *plane = Plane::U8(noise.by_ref().take(length).collect());
    }
    let error = group.push(&frame).unwrap_err();
    assert!(error.to_string().contains("raise the quantiser"), "{error}");
}

#[test]
fn small_pictures_have_their_edges_repeated() {
    let small = codes(4, 10);
    let whole = padded(&small);
    assert_eq!(whole.extent(), Extent::new(16, 16));
    let [luma, before] = [&whole, &small].map(|codes| codes.planes[0].as_u8().unwrap());
    for (at, code) in luma.iter().enumerate() {
        let (x, y) = ((at % 16).min(3), (at / 16).min(9));
        assert_eq!(*code, before[4 * y + x]);
    }
    assert_eq!(whole.planes.iter().map(|plane| plane.as_u8().unwrap().len()).sum::<usize>(), 384);
}
