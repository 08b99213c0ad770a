//! Stills: baseline JPEG with an sRGB profile and chroma at full resolution (4:4:4).
//!
//! Two kinds. [`Jpeg::new`] makes the usual JFIF in YCbCr, whose integer chroma alone costs a mean
//! dE2000 of 0.5 however high the quality. [`Jpeg::exact`] keeps R'G'B' and quantises by 1, which
//! is as near to the 8-bit codes as baseline JPEG comes, for two and a half to four times the bytes
//! of quality 95. `docs/decisions/0010-jpeg-kinds.md` has the figures.
//!
//! No Exif, no thumbnail inside the thumbnail, not progressive.

use jpeg_encoder::{
    ColorType, Encoder as Writer, EncodingError, ImageBuffer, JpegColorType, PixelDensity,
    SamplingFactor,
};

use crate::encode::{CodeFormat, Codes, Encoded, Encoder, PixelFormat, Plane, icc};
use crate::error::{Error, Result};
use crate::image::ImageSpec;
use crate::space::ColorSpace;

/// Encodes stills as JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jpeg {
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// YCbCr at a quality of 1..=100.
    Jfif(u8),
    /// R'G'B' at quality 100.
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
        Self { kind: Kind::Jfif(Self::QUALITY) }
    }

    /// Makes an encoder of files in R'G'B', within a code or two of what goes in.
    ///
    /// Such a file has an Adobe marker and no JFIF one, because JFIF is YCbCr by definition;
    /// browsers and libjpeg read it.
    #[must_use]
    pub fn exact() -> Self {
        Self { kind: Kind::Exact }
    }

    /// Makes it JFIF of another quality, on libjpeg's scale of 1..=100; values outside count as the
    /// nearest.
    #[must_use]
    pub fn with_quality(mut self, quality: u8) -> Self {
        self.kind = Kind::Jfif(quality.clamp(1, 100));
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
        CodeFormat { pixel: PixelFormat::Rgb8, space: ColorSpace::SRGB_REC709_DISPLAY }
    }

    fn media_type(&self) -> &'static str {
        "image/jpeg"
    }

    fn extension(&self) -> &'static str {
        "jpg"
    }

    fn recipe(&self) -> String {
        match self.kind {
            Kind::Jfif(quality) => format!("jpeg ycbcr quality={quality} sampling=444 icc=srgb4"),
            Kind::Exact => "jpeg rgb quality=100 sampling=444 icc=srgb4".into(),
        }
    }

    fn encode(&self, codes: &Codes, _: &ImageSpec) -> Result<Encoded> {
        codes.check(PixelFormat::Rgb8, "JPEG")?;
        let [Plane::U8(plane)] = &codes.planes[..] else {
            return Err(Error::encode("JPEG", "takes one plane of 8 bits"));
        };
        let rows = Rows { codes: plane, size: [side(codes.width)?, side(codes.height)?] };
        let bytes = match self.kind {
            Kind::Jfif(quality) => jfif(quality, &rows),
            Kind::Exact => exact(rows),
        };
        let bytes = bytes
            .map_err(|error| Error::encode("JPEG", "the encoder failed").with_source(error))?;
        Ok(Encoded::new(self, codes, bytes))
    }
}

fn side(side: u32) -> Result<u16> {
    Error::check_limit("pixels on one side of a JPEG", Jpeg::SIDE, u64::from(side))?;
    Ok(side as u16)
}

fn jfif(quality: u8, rows: &Rows<'_>) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let [width, height] = rows.size;
    writer(&mut bytes, quality)?.encode(rows.codes, width, height, ColorType::Rgb)?;
    Ok(bytes)
}

/// The Adobe marker (Adobe Technical Note 5116 section 18): version 100, no flags, and no colour
/// transform.
const ADOBE: &[u8; 12] = b"Adobe\0\x64\0\0\0\0\0";
/// Where the JFIF segment ends, which the writer puts first: start of image, marker, length, 14.
const AFTER_JFIF: usize = 2 + 2 + 16;

fn exact(rows: Rows<'_>) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut writer = writer(&mut bytes, 100)?;
    writer.set_optimized_huffman_tables(true);
    writer.add_app_segment(14, ADOBE.to_vec())?;
    writer.encode_image(rows)?;
    bytes.drain(2..AFTER_JFIF);
    Ok(bytes)
}

fn writer(bytes: &mut Vec<u8>, quality: u8) -> Result<Writer<&mut Vec<u8>>, EncodingError> {
    let mut writer = Writer::new(bytes, quality);
    writer.set_sampling_factor(SamplingFactor::F_1_1);
    // square pixels and no claim about their size on paper
    writer.set_density(PixelDensity::default());
    writer.add_icc_profile(&icc::srgb())?;
    Ok(writer)
}

/// Rows of R'G'B', handed to the writer as the three components that they are.
struct Rows<'a> {
    codes: &'a [u8],
    size: [u16; 2],
}

impl ImageBuffer for Rows<'_> {
    /// Three components without subsampling, which is all that the writer makes of this.
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.size[0]
    }

    fn height(&self) -> u16 {
        self.size[1]
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let row = 3 * usize::from(self.size[0]);
        let pixels = &self.codes[usize::from(y) * row..][..row];
        for (component, buffer) in buffers.iter_mut().take(3).enumerate() {
            buffer.extend(pixels.iter().skip(component).step_by(3));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Quantizer;
    use crate::encode::testing::{noise, output, ramp, spec};
    use crate::image::Band;

    fn codes(light: &Band) -> Codes {
        let size = spec(light.width, light.rows()).extent();
        let mut quantizer = Quantizer::new(Jpeg::new().codes(), size).unwrap();
        quantizer.push(light).unwrap();
        quantizer.finish().unwrap()
    }

    fn encode(jpeg: &Jpeg, light: &Band) -> Encoded {
        jpeg.encode(&codes(light), &spec(light.width, light.rows())).unwrap()
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
    fn the_exact_kind_says_that_it_is_rgb() {
        let encoded = encode(&Jpeg::exact(), &ramp(33, 17));
        let segments = segments(&encoded.bytes);
        assert!(!segments.iter().any(|(marker, _)| *marker == 0xe0), "JFIF would mean Y'CbCr");
        assert!(segments.contains(&(0xee, &ADOBE[..])));
        for (_, table) in segments.iter().filter(|(marker, _)| *marker == 0xdb) {
            assert_eq!(table[1..], [1; 64]);
        }
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
        let error = Jpeg::new().encode(&codes(&light), &spec(65536, 1)).unwrap_err();
        assert!(error.to_string().ends_with("65536 where the limit is 65535"), "{error}");
        encode(&Jpeg::exact(), &Band::black(0, 1, 65535));
    }

    #[test]
    fn others_decode_it_to_the_codes_that_went_in() {
        let light = ramp(64, 48);
        // quality 95 quantises by 2 to 10; the exact kind leaves only rounding
        for (jpeg, tolerance) in [(Jpeg::new(), 8), (Jpeg::exact(), 2)] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), encode(&jpeg, &light).bytes).unwrap();
            let arguments =
                ["-v", "error", "-i", "FILE", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
            let Some(decoded) = output("ffmpeg", &arguments, file.path()) else {
                return;
            };
            let codes = codes(&light);
            let codes = codes.planes[0].as_u8().unwrap();
            assert_eq!(decoded.len(), codes.len());
            for (at, (ours, theirs)) in codes.iter().zip(&decoded).enumerate() {
                assert!(ours.abs_diff(*theirs) <= tolerance, "{at}: {ours} became {theirs}");
            }
        }
    }
}
