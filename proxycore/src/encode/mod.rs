//! Encoding: display-linear light to code values, and code values to files.
//!
//! Two steps. The display's transfer function and the rounding to codes are the same for every
//! file format, so the [`Quantizer`] does them, band by band, and the whole frame never stands in
//! memory as floats. An [`Encoder`] then compresses the [`Codes`]; it says which codes it wants
//! ([`CodeFormat`]) and knows nothing of light. One that makes movies is a [`MovieEncoder`] too, and
//! takes many pictures, in closed groups, or a [`StreamEncoder`], and takes them one after the other.
//!
//! | encoder | file | codes |
//! |---|---|---|
//! | `Jpeg::exact` (feature `jpeg`) | JPEG of R'G'B' with a profile | `srgb_rec709_display`, or `srgb_p3d65_display`, R'G'B' of 16 bits |
//! | `Jpeg::new` | JFIF, 4:4:4, with a profile | the same, R'G'B' of 8 bits |
//! | `Mp4` of `RustyH264` (feature `rusty-h264`), its default | H.264 High in MP4, moov first | `g24_rec709_display`, or `srgb_rec709_display`, YCbCr 4:2:0 |
//! | `Mp4` of `OpenH264` (feature `openh264`) | the same | the same |
//! | `Mp4` of `X264` (feature `x264-gpl`) | H.264 High or High 10 in MP4, with B-frames | the same, of 8 or 10 bits |
//! | `Mp4` of `Av1` (feature `av1`) | AV1 Main in MP4 | the same, of 10 bits |
//! | `Ffmpeg` | what the ffmpeg that is installed makes: ProRes, DNxHR, H.264, HEVC | the same, YCbCr 4:2:2 or 4:2:0 of 8 or 10 bits |
//!
//! Encoders of 10 bits take codes of high dynamic range too, `pq_rec2020_display` and
//! `hlg_rec2020_display`.
//!
//! It does not resize, does not tone map, and writes no object: bytes go back to the caller.

#[cfg(feature = "av1")]
mod av1;
#[cfg(feature = "_mp4")]
mod codec;
mod codes;
#[cfg(feature = "_mp4")]
mod composition;
mod curve;
#[cfg(feature = "_mp4")]
mod entry;
mod ffmpeg;
mod group;
#[cfg(feature = "_h264")]
mod h264;
#[cfg(feature = "jpeg")]
mod icc;
#[cfg(feature = "jpeg")]
mod jpeg;
#[cfg(feature = "_mp4")]
mod movie;
#[cfg(feature = "_mp4")]
mod mp4;
mod quantize;
mod stream;
#[cfg(feature = "_mp4")]
mod tmcd;
mod video;
mod whole;
#[cfg(feature = "x264-gpl")]
mod x264;
mod ycbcr;

#[cfg(feature = "av1")]
pub use av1::Av1;
#[cfg(feature = "_mp4")]
pub use codec::{Codec, DefaultCodec, StreamSpec};
pub use codes::{CodeFormat, Codes, PixelFormat, Plane};
pub use curve::Curve;
#[cfg(feature = "_mp4")]
pub use entry::{Av1Config, Coding};
pub use ffmpeg::{Ffmpeg, FfmpegPreset, FfmpegProgram};
pub use group::{Group, GroupEncoder, MovieEncoder, MovieSpec, Sample, SampleInfo};
#[cfg(feature = "openh264")]
pub use h264::OpenH264;
#[cfg(feature = "rusty-h264")]
pub use h264::RustyH264;
#[cfg(feature = "jpeg")]
pub use jpeg::{Jpeg, StillColor};
#[cfg(feature = "_mp4")]
pub use movie::Mp4;
#[cfg(feature = "_mp4")]
pub use mp4::Movie;
pub use quantize::Quantizer;
pub use stream::{MovieStream, Moving, StreamEncoder};
pub use video::{Nclx, VideoColor};
#[cfg(feature = "x264-gpl")]
pub use x264::{X264, X264Preset};

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::image::{Displayed, Image, ImageSpec};
use crate::space::{ColorSpace, Gamut};

/// Compresses code values into a file.
///
/// A rendition asks [`codes`](Self::codes) first, makes such codes, and calls
/// [`encode`](Self::encode) once for each picture, from any thread and from several at a time;
/// nothing is kept between two calls. The same codes and description give the same bytes, on every
/// machine. An error ends this rendition and leaves the encoder fit for the next.
pub trait Encoder: fmt::Debug + Send + Sync {
    /// Which code values it takes.
    fn codes(&self) -> CodeFormat;

    /// The MIME type of what it makes, such as `image/jpeg`.
    fn media_type(&self) -> &'static str;

    /// The file name extension of what it makes, without a dot, such as `jpg`.
    fn extension(&self) -> &'static str;

    /// Every setting that changes the bytes, as one line of text for a recipe's hash.
    fn recipe(&self) -> String;

    /// Bytes that it holds for each pixel until the file is made, those of the codes among them. An
    /// estimate of memory is made from it.
    fn bytes_per_pixel(&self) -> u64 {
        6
    }

    /// How it compresses pictures that follow each other; `None` where it makes stills.
    fn movie(&self) -> Option<Moving<'_>> {
        None
    }

    /// Encodes one picture.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) where the format has no room for the size,
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) for anything else.
    fn encode(&self, codes: &Codes, spec: &ImageSpec) -> Result<Encoded>;
}

/// A finished file and what it shows.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encoded {
    /// Its MIME type, such as `image/jpeg`.
    pub media_type: &'static str,
    /// Its file name extension, without a dot.
    pub extension: &'static str,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The colour space of its code values.
    pub space: ColorSpace,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Encoded {
    /// Describes the file that `encoder` made of `codes`.
    #[must_use]
    pub fn new(encoder: &dyn Encoder, codes: &Codes, bytes: Vec<u8>) -> Self {
        Self {
            media_type: encoder.media_type(),
            extension: encoder.extension(),
            width: codes.width,
            height: codes.height,
            space: codes.format.space.clone(),
            bytes,
        }
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("media_type", &self.media_type)
            .field("width", &self.width)
            .field("height", &self.height)
            .field("space", &self.space)
            .field("bytes", &format_args!("{} bytes", self.bytes.len()))
            .finish_non_exhaustive()
    }
}

impl<S: Displayed> Image<S> {
    /// Consumes the image into one encoded file.
    ///
    /// Light comes before code values: only a picture that went through a transform has this.
    ///
    /// ```
    /// use proxycore::encode::{Encoded, Encoder};
    /// use proxycore::image::{DisplayLinear, Image};
    ///
    /// fn finish(image: Image<DisplayLinear>, encoder: &dyn Encoder) -> proxycore::Result<Encoded> {
    ///     image.encode(encoder)
    /// }
    /// ```
    ///
    /// What a file stores is not encoded as it is:
    ///
    /// ```compile_fail,E0599
    /// use proxycore::encode::{Encoded, Encoder};
    /// use proxycore::image::{Image, Native};
    ///
    /// fn finish(image: Image<Native>, encoder: &dyn Encoder) -> proxycore::Result<Encoded> {
    ///     image.encode(encoder)
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Displayed::light`], where the encoder's codes are for another display; whatever the
    /// stages before it or the encoder meet.
    pub fn encode(self, encoder: &dyn Encoder) -> Result<Encoded> {
        let (spec, format) = (Arc::clone(self.spec()), encoder.codes());
        let gamut = Gamut::of(&format.space);
        let mut quantizer = Quantizer::new(format, spec.extent())?;
        self.consume(|band| quantizer.push(S::light(band, gamut)?))?;
        encoder.encode(&quantizer.finish()?, &spec)
    }
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use super::testing::ramp;
    use super::*;
    use crate::image::{Band, DisplayLinear, Job, Stream};

    #[derive(Debug)]
    struct Raw(PixelFormat);

    impl Encoder for Raw {
        fn codes(&self) -> CodeFormat {
            CodeFormat { pixel: self.0, space: ColorSpace::SRGB_REC709_DISPLAY }
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
            let bytes = codes.planes.iter().flat_map(|plane| match plane {
                Plane::U8(codes) => codes.clone(),
                Plane::U16(codes) => codes.iter().flat_map(|code| code.to_le_bytes()).collect(),
            });
            Ok(Encoded::new(self, codes, bytes.collect()))
        }
    }

    struct Rows(Vec<Band>);

    impl Stream<Band> for Rows {
        fn next(&mut self) -> Result<Option<Job<Band>>> {
            Ok((!self.0.is_empty()).then(|| {
                let band = self.0.remove(0);
                Box::new(move || Ok(band)) as Job<Band>
            }))
        }
    }

    #[test]
    fn an_image_is_quantized_and_encoded_band_by_band() {
        let whole = ramp(6, 6);
        let row = 3 * 6;
        let bands = [(0, 1), (1, 3), (4, 2)].map(|(y, rows)| Band {
            y,
            width: 6,
            samples: whole.samples[y as usize * row..(y as usize + rows) * row].to_vec(),
        });
        for (pixel, bytes) in [
            (PixelFormat::Rgb8, 6 * 6 * 3),
            (PixelFormat::Rgb16, 6 * 6 * 3 * 2),
            (PixelFormat::Yuv420p8, 36 + 18),
        ] {
            let image = Image::<DisplayLinear>::new(ImageSpec::plain(6, 6), Rows(bands.to_vec()));
            let encoded = image.encode(&Raw(pixel)).unwrap();
            assert_eq!(encoded.bytes.len(), bytes);
            assert!(format!("{encoded:?}").contains(&format!("bytes: {bytes} bytes")));
        }
    }
}
