//! Renditions that feed on one another, against renditions made from the source.

use std::io::Cursor;

use proxycore::decode::{DecodeOptions, decode};
use proxycore::encode::{CodeFormat, Codes, Encoded, Encoder, PixelFormat};
use proxycore::image::{DisplayLinear, Image, ImageSpec};
use proxycore::rendition::Role;
use proxycore::space::ColorSpace;
use proxycore::{BuiltIn, Fit, Rendition, Result, detect};

use crate::fixture::{Part, file};

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
    let bytes = file((width, height), &[Part::rgb(width, height)]);
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
