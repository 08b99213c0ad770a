//! Renditions that feed on one another, against renditions made from the source.

use std::io::Cursor;

use exr::prelude::{ImageAttributes, IntegerBounds};
use proxycore::decode::{DecodeOptions, decode};
use proxycore::encode::{CodeFormat, Codes, Encoded, Encoder, PixelFormat};
use proxycore::image::{DisplayLinear, Image, ImageSpec};
use proxycore::rendition::Role;
use proxycore::space::ColorSpace;
use proxycore::{BuiltIn, Fit, Rendition, Result, detect};

use crate::fixture::{Part, file, file_with};

/// Gives the code values themselves.
#[derive(Debug)]
struct Raw;

impl Encoder for Raw {
    fn codes(&self) -> CodeFormat {
        CodeFormat { pixel: PixelFormat::Rgb8, space: ColorSpace::SRGB_REC709_DISPLAY }
    }

    fn media_type(&self) -> &'static str {
        "application/octet-stream"
    }

    fn extension(&self) -> &'static str {
        "raw"
    }

    fn recipe(&self) -> String {
        "raw".into()
    }

    fn encode(&self, codes: &Codes, _: &ImageSpec) -> Result<Encoded> {
        Ok(Encoded::new(self, codes, codes.planes[0].as_u8().unwrap().to_vec()))
    }
}

fn light(width: usize, height: usize) -> Image<DisplayLinear> {
    light_of(file((width, height), &[Part::rgb(width, height)]))
}

fn light_of(bytes: Vec<u8>) -> Image<DisplayLinear> {
    let native = decode(Box::new(Cursor::new(bytes)), &DecodeOptions::default()).unwrap();
    let space = detect(native.spec());
    native.transform(&BuiltIn, &space).unwrap()
}

#[test]
fn a_small_rendition_fed_by_a_large_one_stays_within_a_code_value() {
    let thumb = || Rendition::new(Role::Thumbnail, Fit::letterbox(256, 256), Raw);
    let proxy = || Rendition::new(Role::Proxy, Fit::inside(1920, 1080), Raw);
    for (width, height) in [(2400, 1300), (1280, 1024), (1000, 3000)] {
        let alone = light(width, height).render(&[thumb()]).unwrap().remove(0);
        let fed = light(width, height).render(&[thumb(), proxy()]).unwrap();
        assert_eq!((fed[0].width, fed[0].height), (256, 256), "the order is that of the call");
        let worst = alone.bytes.iter().zip(&fed[0].bytes).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "{width}x{height}: {worst:?} codes");
    }
}

#[test]
fn rendering_one_is_resizing_and_encoding() {
    let fit = Fit::inside(200, 200);
    let rendered = light(640, 480).render(&[Rendition::new(Role::Preview, fit, Raw)]).unwrap();
    let resized = light(640, 480).resize(fit, proxycore::Filter::Lanczos3).unwrap();
    assert_eq!(rendered[0], resized.encode(&Raw).unwrap());
}

/// Gives the description that an encoder is handed.
#[derive(Debug)]
struct Told;

impl Encoder for Told {
    fn codes(&self) -> CodeFormat {
        Raw.codes()
    }

    fn media_type(&self) -> &'static str {
        Raw.media_type()
    }

    fn extension(&self) -> &'static str {
        Raw.extension()
    }

    fn recipe(&self) -> String {
        Raw.recipe()
    }

    fn encode(&self, codes: &Codes, spec: &ImageSpec) -> Result<Encoded> {
        let told = format!("{}x{} of {}", spec.width, spec.height, spec.pixel_aspect);
        Ok(Encoded::new(self, codes, told.into_bytes()))
    }
}

#[test]
fn an_encoder_is_told_of_the_picture_that_it_gets() {
    let anamorphic = || {
        let mut attributes = ImageAttributes::new(IntegerBounds::new((0, 0), (400, 200)));
        attributes.pixel_aspect = 2.0;
        light_of(file_with(attributes, &[Part::rgb(400, 200)]))
    };
    let fit = Fit::inside(200, 200);
    let rendered = anamorphic().render(&[Rendition::new(Role::Proxy, fit, Told)]).unwrap();
    assert_eq!(rendered[0].bytes, b"200x50 of 1");
    let resized = anamorphic().resize(fit, proxycore::Filter::Lanczos3).unwrap();
    assert_eq!(rendered[0], resized.encode(&Told).unwrap());
}
