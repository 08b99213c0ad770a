//! Stills: baseline JPEG with a profile of sRGB or Display P3, and chroma at full resolution (4:4:4).
//!
//! Two kinds. [`Jpeg::new`] makes the usual JFIF in YCbCr, whose integer chroma alone costs a mean
//! dE2000 of 0.5 however high the quality. [`Jpeg::exact`] keeps R'G'B', quantises by 1, and
//! searches for the coefficients that decode nearest to the light (`near`).
//! `docs/decisions/0010-jpeg-kinds.md` has the figures.
//!
//! No Exif, no thumbnail inside the thumbnail, not progressive.

mod color;
mod huffman;
mod jfif;
mod near;
mod writer;
mod zigzag;

pub use color::StillColor;

use crate::encode::{CodeFormat, Codes, Encoded, Encoder, PixelFormat, Plane};
use crate::error::{Error, Result};
use crate::image::ImageSpec;

/// Encodes stills as JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jpeg {
    kind: Kind,
    color: StillColor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// YCbCr at a quality of 1..=100.
    Jfif(u8),
    /// R'G'B', quantised by 1.
    Exact,
}

impl Jpeg {
    /// A mean dE2000 of 0.8 to 2 without bias, in 17 to 60 KB for a thumbnail.
    const QUALITY: u8 = 95;
    /// The largest side: the frame header has 16 bits for it (ITU-T T.81 section B.2.2).
    const SIDE: u64 = 65535;

    /// Makes an encoder of JFIF files of quality 95.
    #[must_use]
    pub fn new() -> Self {
        Self { kind: Kind::Jfif(Self::QUALITY), color: StillColor::default() }
    }

    /// Makes an encoder of files in R'G'B', nearer to the light than rounded codes are.
    ///
    /// It takes codes of 16 bits, because it rounds for itself, and some 14 ms for a thumbnail of
    /// 256x256, in proportion to pixels. Such a file has an Adobe marker and no JFIF one, because
    /// JFIF is YCbCr by definition; browsers and libjpeg read it.
    #[must_use]
    pub fn exact() -> Self {
        Self { kind: Kind::Exact, color: StillColor::default() }
    }

    /// Makes it JFIF of another quality, on libjpeg's scale of 1..=100; values outside count as the
    /// nearest.
    #[must_use]
    pub fn with_quality(mut self, quality: u8) -> Self {
        self.kind = Kind::Jfif(quality.clamp(1, 100));
        self
    }

    /// Sets the display that its codes are for; an sRGB display where nothing is said.
    #[must_use]
    pub fn with_color(mut self, color: StillColor) -> Self {
        self.color = color;
        self
    }
}

impl Default for Jpeg {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder for Jpeg {
    fn codes(&self) -> CodeFormat {
        let pixel = match self.kind {
            Kind::Jfif(_) => PixelFormat::Rgb8,
            Kind::Exact => PixelFormat::Rgb16,
        };
        CodeFormat { pixel, space: self.color.space() }
    }

    fn media_type(&self) -> &'static str {
        "image/jpeg"
    }

    fn extension(&self) -> &'static str {
        "jpg"
    }

    fn recipe(&self) -> String {
        let icc = self.color.recipe();
        match self.kind {
            Kind::Jfif(quality) => {
                format!("jpeg ycbcr quality={quality} sampling=444 tables=sampled icc={icc}")
            }
            Kind::Exact => format!("jpeg rgb near=1 sampling=444 icc={icc}"),
        }
    }

    fn encode(&self, codes: &Codes, _: &ImageSpec) -> Result<Encoded> {
        codes.check(self.codes().pixel, "JPEG")?;
        let size = [side(codes.width)?, side(codes.height)?];
        let profile = self.color.profile();
        let bytes = match (self.kind, &codes.planes[..]) {
            (Kind::Jfif(quality), [Plane::U8(codes)]) => {
                jfif::write(quality, codes, size, &profile)
            }
            (Kind::Exact, [Plane::U16(codes)]) => exact(codes, size, &profile),
            _ => return Err(Error::encode("JPEG", "takes one plane")),
        };
        Ok(Encoded::new(self, codes, bytes))
    }
}

fn side(side: u32) -> Result<u16> {
    Error::check_limit("pixels on one side of a JPEG", Jpeg::SIDE, u64::from(side))?;
    Ok(side as u16)
}

fn exact(codes: &[u16], size: [u16; 2], profile: &[u8]) -> Vec<u8> {
    let blocks = near::blocks(codes, size.map(usize::from));
    writer::write(size, profile, &blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Quantizer;
    use crate::encode::icc;
    use crate::encode::testing::{noise, output, ramp};
    use crate::image::Band;

    fn codes(jpeg: &Jpeg, light: &Band) -> Codes {
        let size = ImageSpec::plain(light.width, light.rows()).extent();
        let mut quantizer = Quantizer::new(jpeg.codes(), size).unwrap();
        quantizer.push(light).unwrap();
        quantizer.finish().unwrap()
    }

    fn encode(jpeg: &Jpeg, light: &Band) -> Encoded {
        jpeg.encode(&codes(jpeg, light), &ImageSpec::plain(light.width, light.rows())).unwrap()
    }

    /// The codes as 8-bit ones, not rounded.
    fn unrounded(codes: &Codes) -> Vec<f64> {
        match &codes.planes[0] {
            Plane::U8(codes) => codes.iter().map(|code| f64::from(*code)).collect(),
            Plane::U16(codes) => codes.iter().map(|code| f64::from(*code) / 257.0).collect(),
        }
    }

    /// The segments before the entropy-coded data, as (marker, payload).
    fn segments(bytes: &[u8]) -> Vec<(u8, &[u8])> {
        assert_eq!(
            (&bytes[..2], &bytes[bytes.len() - 2..]),
            (&[0xff, 0xd8][..], &[0xff, 0xd9][..])
        );
        let (mut at, mut found) = (2, Vec::new());
        loop {
            let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
            found.push((bytes[at + 1], &bytes[at + 4..at + 2 + length]));
            if bytes[at + 1] == 0xda {
                return found;
            }
            at += 2 + length;
        }
    }

    #[test]
    fn it_is_jfif_with_a_profile_in_444() {
        let encoded = encode(&Jpeg::new(), &ramp(33, 17));
        let segments = segments(&encoded.bytes);
        let payload = |marker| segments.iter().find(|(found, _)| *found == marker).unwrap().1;
        assert_eq!(payload(0xe0), b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
        assert_eq!(payload(0xe2), [&b"ICC_PROFILE\0\x01\x01"[..], &icc::srgb()].concat());
        // baseline, 8 bits, 17 rows, 33 columns, three components of 1x1
        let frame = payload(0xc0);
        assert_eq!(frame[..6], [8, 0, 17, 0, 33, 3]);
        assert!(frame[6..].chunks(3).all(|component| component[1] == 0x11));
    }

    #[test]
    fn a_wider_display_has_a_profile_and_a_recipe_of_its_own() {
        for jpeg in [Jpeg::new(), Jpeg::exact()] {
            let wide = jpeg.clone().with_color(StillColor::DisplayP3);
            let encoded = encode(&wide, &ramp(33, 17));
            let profile = [&b"ICC_PROFILE\0\x01\x01"[..], &icc::display_p3()].concat();
            assert!(segments(&encoded.bytes).contains(&(0xe2, &profile)));
            assert_eq!(encoded.space.id(), "srgb_p3d65_display");
            assert_ne!(wide.recipe(), jpeg.recipe());
            // the curve is the same one
            assert_eq!(codes(&wide, &ramp(33, 17)).planes, codes(&jpeg, &ramp(33, 17)).planes);
        }
    }

    #[test]
    fn the_exact_kind_says_that_it_is_rgb() {
        let encoded = encode(&Jpeg::exact(), &ramp(33, 17));
        let segments = segments(&encoded.bytes);
        assert!(!segments.iter().any(|(marker, _)| *marker == 0xe0), "JFIF would mean Y'CbCr");
        assert!(segments.contains(&(0xee, &writer::ADOBE[..])));
        for (_, table) in segments.iter().filter(|(marker, _)| *marker == 0xdb) {
            assert_eq!(table[1..], [1; 64]);
        }
        let profile = [&b"ICC_PROFILE\0\x01\x01"[..], &icc::srgb()].concat();
        assert!(segments.contains(&(0xe2, &profile)));
        let frame = (0xc0, &b"\x08\0\x11\0\x21\x03R\x11\0G\x11\0B\x11\0"[..]);
        assert!(segments.contains(&frame));
    }

    #[test]
    fn the_same_codes_give_the_same_bytes() {
        let light = noise(40, 30);
        let sizes = [Jpeg::new().with_quality(40), Jpeg::new(), Jpeg::exact()].map(|jpeg| {
            assert_eq!(encode(&jpeg, &light), encode(&jpeg, &light));
            (encode(&jpeg, &light).bytes.len(), jpeg.recipe())
        });
        assert!(sizes[0].0 < sizes[1].0 && sizes[1].0 < sizes[2].0);
        assert!(sizes[0].1 != sizes[1].1 && sizes[1].1 != sizes[2].1);
    }

    #[test]
    fn a_side_too_long_is_a_limit() {
        let light = Band::black(0, 1, 65536);
        for jpeg in [Jpeg::new(), Jpeg::exact()] {
            let error =
                jpeg.encode(&codes(&jpeg, &light), &ImageSpec::plain(65536, 1)).unwrap_err();
            assert!(error.to_string().ends_with("65536 where the limit is 65535"), "{error}");
        }
        encode(&Jpeg::exact(), &Band::black(0, 1, 65535));
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        let light = noise(100, 70);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| encode(&Jpeg::exact(), &light).bytes)
        };
        assert_eq!(with(1), with(5));
    }

    #[test]
    fn black_costs_next_to_nothing() {
        let bytes = |light: &Band| encode(&Jpeg::exact(), light).bytes.len();
        let blocks = 3 * 32 * 32;
        // two bits, one for no change and one for the end, for each block
        assert!(bytes(&Band::black(0, 256, 256)) < 700 + blocks / 4);
    }

    /// What ffmpeg makes of a file, if it is here.
    fn ffmpeg(bytes: &[u8]) -> Option<Vec<u8>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let arguments = ["-v", "error", "-i", "FILE", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
        output("ffmpeg", &arguments, file.path())
    }

    /// What another decoder in Rust makes of a file.
    fn decoded(bytes: &[u8]) -> Vec<u8> {
        let mut decoder = jpeg_decoder::Decoder::new(bytes);
        let pixels = decoder.decode().unwrap();
        assert_eq!(decoder.icc_profile().unwrap(), icc::srgb());
        pixels
    }

    /// How far each decoded code lies from the unrounded one that went in.
    fn errors(decoded: &[u8], wanted: &[f64]) -> Vec<f64> {
        assert_eq!(decoded.len(), wanted.len());
        decoded.iter().zip(wanted).map(|(code, wanted)| f64::from(*code) - wanted).collect()
    }

    fn largest(errors: &[f64]) -> f64 {
        errors.iter().fold(0.0, |largest, error| error.abs().max(largest))
    }

    /// The part of the decoded codes that are the nearest, of those not too close to a half.
    fn nearest(errors: &[f64], wanted: &[f64], within: f64) -> f64 {
        let all = || errors.iter().zip(wanted).filter(|(_, w)| (**w - w.round()).abs() <= within);
        all().filter(|(error, _)| error.abs() <= within).count() as f64 / all().count() as f64
    }

    /// The mean square of the errors in L*, a* (as dE2000 stretches it) and b*, around grey.
    fn seen(errors: &[f64]) -> f64 {
        let [x, y, z] =
            [[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0178, 0.1095, 0.8727]];
        let pixel = |error: &[f64; 3]| {
            let sum = |row: [f64; 3]| -> f64 { (0..3).map(|at| row[at] * error[at]).sum() };
            let [x, y, z] = [sum(x), sum(y), sum(z)];
            (116.0 * y).powi(2) + (750.0 * (x - y)).powi(2) + (200.0 * (y - z)).powi(2)
        };
        let (pixels, _) = errors.as_chunks::<3>();
        pixels.iter().map(pixel).sum::<f64>() / pixels.len() as f64
    }

    /// Both other decoders' results, as far as they are here.
    fn decoders(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
        [Some(decoded(bytes)), ffmpeg(bytes)].into_iter().flatten()
    }

    #[test]
    fn exact_is_nearer_to_the_light_than_rounded_codes() {
        let noise = noise(120, 80);
        let jpeg = Jpeg::exact();
        let wanted = unrounded(&codes(&jpeg, &noise));
        let rounded: Vec<_> = wanted.iter().map(|code| code.round() - code).collect();
        for decoded in decoders(&encode(&jpeg, &noise).bytes) {
            let errors = errors(&decoded, &wanted);
            assert!(largest(&errors) < 2.0);
            assert!(seen(&errors) < seen(&rounded), "{} {}", seen(&errors), seen(&rounded));
        }
    }

    #[test]
    fn green_which_leads_is_a_code_away_at_most_and_mostly_none() {
        let noise = noise(120, 80);
        let jpeg = Jpeg::exact();
        let green = |all: &[f64]| all.iter().skip(1).step_by(3).copied().collect::<Vec<_>>();
        let wanted = unrounded(&codes(&jpeg, &noise));
        for decoded in decoders(&encode(&jpeg, &noise).bytes) {
            let (errors, wanted) = (green(&errors(&decoded, &wanted)), green(&wanted));
            assert!(largest(&errors) < 1.5, "so less than two codes from the nearest");
            assert!(nearest(&errors, &wanted, 0.5) > 0.84);
            assert!(nearest(&errors, &wanted, 0.25) > 0.94);
        }
    }

    #[test]
    fn every_size_comes_back() {
        for (width, height) in [(1, 1), (7, 9), (16, 8), (257, 3), (64, 48)] {
            for (jpeg, tolerance) in [(Jpeg::new(), 12.0), (Jpeg::exact(), 2.0)] {
                let light = ramp(width, height);
                let wanted = unrounded(&codes(&jpeg, &light));
                for decoded in decoders(&encode(&jpeg, &light).bytes) {
                    let largest = largest(&errors(&decoded, &wanted));
                    assert!(largest < tolerance, "{jpeg:?} {width}x{height}: {largest}");
                }
            }
        }
    }
}
