//! An eighth of a DWA frame against the whole: of any size, what is made of either is the same.

use std::io::Cursor;

use exr::prelude::{
    Compression, Encoding, Image as Written, Layer, LayerAttributes, SpecificChannels, Vec2,
    WritableImage,
};
use half::f16;

use super::ExrDecoder;
use crate::color::{BuiltIn, Detected};
use crate::decode::{DecodeOptions, Decoder};
use crate::image::{DisplayLinear, Image, Native, Pixels};
use crate::resize::{Filter, Fit};
use crate::space::ColorSpace;

/// A frame that is a gradient along both axes, so that what lies beside its place shows: so much more
/// light in each pixel than in the one before.
fn frame(width: usize, height: usize, slope: f32, compression: Compression) -> Vec<u8> {
    let light = |at: Vec2<usize>| {
        let (u, v) = (slope * at.0 as f32, slope * at.1 as f32);
        [0.3 + u, 0.3 + v, 0.6 - (u + v) / 2.0].map(f16::from_f32)
    };
    let channels = SpecificChannels::rgb(|at: Vec2<usize>| {
        let [red, green, blue] = light(at);
        (red, green, blue)
    });
    let encoding = Encoding { compression, ..Encoding::UNCOMPRESSED };
    let layer = Layer::new((width, height), LayerAttributes::default(), encoding, channels);
    let mut bytes = Cursor::new(Vec::new());
    Written::from_layer(layer).write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}

fn open(bytes: &[u8], eighth: bool) -> Image<Native> {
    let options = DecodeOptions { eighth, ..DecodeOptions::default() };
    ExrDecoder.open(Box::new(Cursor::new(bytes.to_vec())), &options).unwrap()
}

fn resized(image: Image<Native>, fit: Fit, filter: Filter) -> Pixels {
    let space = Detected::stated(ColorSpace::LIN_REC709_SCENE);
    let light: Image<DisplayLinear> = image.transform(&BuiltIn, &space).unwrap();
    light.resize(fit, filter).unwrap().into_pixels().unwrap()
}

/// How far two pictures of one size lie apart.
fn apart(one: &Pixels, other: &Pixels) -> f32 {
    assert_eq!((one.width, one.height), (other.width, other.height));
    let pairs = one.samples.iter().zip(&other.samples);
    pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

#[test]
fn an_eighth_of_any_small_size_is_the_picture_and_no_more() {
    const SLOPE: f32 = 0.001;
    for (width, height) in (1..=40).flat_map(|width| (1..=40).map(move |height| (width, height))) {
        let bytes = frame(width, height, SLOPE, Compression::DWAA(None));
        let small = open(&bytes, true);
        let size = (small.spec().width as usize, small.spec().height as usize);
        assert_eq!(size, (width.div_ceil(8), height.div_ceil(8)), "not an eighth");
        assert_eq!(small.spec().covered(), [width, height].map(|side| side as f64 / 8.0));
        let small = resized(small, Fit::inside(1, 1), Filter::Box);
        let whole = resized(open(&bytes, false), Fit::inside(1, 1), Filter::Box);
        let apart = apart(&small, &whole);
        // less than a pixel: an eighth that covered whole squares would be off by up to three and a half
        assert!(apart < 0.9 * SLOPE, "{width}x{height}: {apart}");
    }
}

#[test]
fn a_thumbnail_of_an_eighth_is_that_of_the_whole() {
    const SLOPE: f32 = 0.0006;
    for extra in 0..=8 {
        for compression in [Compression::DWAA(None), Compression::DWAB(None)] {
            let (width, height) = (512 + extra, 301 + 3 * extra);
            let bytes = frame(width, height, SLOPE, compression);
            assert_eq!(open(&bytes, true).spec().width as usize, width.div_ceil(8));
            for fit in [Fit::inside(32, 32), Fit::letterbox(32, 32), Fit::crop(24, 24)] {
                let small = resized(open(&bytes, true), fit, Filter::Lanczos3);
                let whole = resized(open(&bytes, false), fit, Filter::Lanczos3);
                let apart = apart(&small, &whole);
                assert!(apart < 2.0 * SLOPE, "{width}x{height} {fit:?}: {apart}");
            }
        }
    }
}
