//! Renditions that feed on one another, against renditions made from the source.

use std::io::Cursor;

use exr::prelude::{ImageAttributes, IntegerBounds};
use proxycore::color::{ColorConfig, Detected};
use proxycore::decode::{DecodeOptions, decode};
use proxycore::encode::{CodeFormat, Codes, Encoded, Encoder, PixelFormat};
use proxycore::image::{DisplayLinear, Image, ImageSpec, Job, Native, NativeBand, Samples, Stream};
use proxycore::rendition::Role;
use proxycore::space::{ColorSpace, Gamut};
use proxycore::{BuiltIn, Fit, Rendition, Result, detect};

use crate::fixture::{Part, file, file_with};

/// Gives the code values themselves.
#[derive(Debug)]
struct Raw(ColorSpace);

const SRGB: Raw = Raw(ColorSpace::SRGB_REC709_DISPLAY);
const P3: Raw = Raw(ColorSpace::SRGB_P3D65_DISPLAY);

impl Encoder for Raw {
    fn codes(&self) -> CodeFormat {
        CodeFormat { pixel: PixelFormat::Rgb8, space: self.0.clone() }
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
    let thumb = || Rendition::new(Role::Thumbnail, Fit::letterbox(256, 256), SRGB);
    let proxy = || Rendition::new(Role::Proxy, Fit::inside(1920, 1080), SRGB);
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
    let rendered = light(640, 480).render(&[Rendition::new(Role::Preview, fit, SRGB)]).unwrap();
    let resized = light(640, 480).resize(fit, proxycore::Filter::Lanczos3).unwrap();
    assert_eq!(rendered[0], resized.encode(&SRGB).unwrap());
}

/// Gives the description that an encoder is handed.
#[derive(Debug)]
struct Told;

impl Encoder for Told {
    fn codes(&self) -> CodeFormat {
        SRGB.codes()
    }

    fn media_type(&self) -> &'static str {
        SRGB.media_type()
    }

    fn extension(&self) -> &'static str {
        SRGB.extension()
    }

    fn recipe(&self) -> String {
        SRGB.recipe()
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

/// One band of one colour.
struct Flat(Option<[f32; 3]>);

impl Stream<NativeBand> for Flat {
    fn next(&mut self) -> Result<Option<Job<NativeBand>>> {
        let Some(color) = self.0.take() else { return Ok(None) };
        let row = color.map(|value| [value; 40]).concat();
        let band = NativeBand::new(0, 40, 3, Samples::Float(row.repeat(20)));
        Ok(Some(Box::new(move || Ok(band))))
    }
}

/// Codes of one colour of linear AP1, on both displays.
fn shown(color: [f32; 3]) -> [Vec<u8>; 2] {
    let native = Image::<Native>::new(ImageSpec::plain(40, 20), Flat(Some(color)));
    let source = Detected::stated(ColorSpace::LIN_AP1_SCENE);
    let made = |gamut| (gamut, BuiltIn.processor_for(&source, gamut).unwrap());
    let light = native.transform_for([made(Gamut::P3), made(Gamut::Rec709)]);
    let of = |role, raw| Rendition::new(role, Fit::inside(20, 10), raw);
    let files = light.render(&[of(Role::Thumbnail, P3), of(Role::Preview, SRGB)]).unwrap();
    [&files[0], &files[1]].map(|file| file.bytes[..3].to_vec())
}

/// Colours of linear AP1, and their codes on a Display P3 and an sRGB display, by the matrices of
/// OpenColorIO 2.5's studio config, clipped, and the sRGB curve.
const COLORS: [([f32; 3], [u8; 3], [u8; 3]); 8] = [
    ([0.5, 0.0, 0.0], [216, 0, 0], [238, 0, 0]),
    ([0.05, 0.6, 0.05], [0, 210, 44], [0, 215, 0]),
    ([0.02, 0.05, 0.7], [0, 59, 222], [0, 61, 231]),
    ([0.6, 0.5, 0.02], [214, 187, 0], [219, 186, 0]),
    ([0.7, 0.1, 0.5], [243, 65, 190], [255, 36, 195]),
    ([0.02, 0.5, 0.6], [0, 193, 204], [0, 197, 207]),
    ([0.18, 0.18, 0.18], [118, 118, 118], [118, 118, 118]),
    ([1.0, 0.9, 0.8], [255, 243, 230], [255, 242, 229]),
];

#[test]
fn a_wider_display_gets_colours_that_the_other_cannot_show() {
    for (color, p3, srgb) in COLORS {
        let [wide, narrow] = shown(color);
        for (have, want) in [(wide, p3), (narrow, srgb)] {
            let off = have.iter().zip(want).map(|(have, want)| have.abs_diff(want)).max();
            assert!(off <= Some(1), "{color:?}: {have:?} is not {want:?}");
        }
    }
}

#[test]
fn light_that_was_clipped_to_rec709_makes_no_wider_file() {
    for encode in [true, false] {
        let rendition = Rendition::new(Role::Preview, Fit::full(), P3);
        let light = light(16, 16);
        let error = if encode {
            light.encode(&P3).map(|_| ())
        } else {
            light.render(&[rendition]).map(|_| ())
        };
        let error = error.unwrap_err();
        assert_eq!(error.kind().name(), "color");
        assert!(error.to_string().contains("the gamut P3"), "{error}");
    }
}
