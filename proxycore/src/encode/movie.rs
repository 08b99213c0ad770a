//! The proxy: an H.264 stream in an MP4, of one picture or of closed groups of them.
//!
//! A single frame makes a valid movie of one frame. Pictures smaller than the 16x16 that OpenH264
//! takes are put in the middle of a black one; `docs/decisions/0011-movie-settings.md` says why,
//! and where the default quantiser comes from.

use std::borrow::Cow;

use super::video::{Gop, fraction};
use super::whole::whole;
use super::{
    CodeFormat, Codes, Coding, Encoded, Encoder, Group, GroupEncoder, H264, Movie, MovieEncoder,
    MovieSpec, Moving, PixelFormat, Plane, Sample, SampleInfo, Settings, VideoColor,
};
use crate::error::{Error, Result};
use crate::image::{Extent, ImageSpec, Rational};

/// Encodes movies as H.264 in MP4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mp4 {
    qp: u8,
    gop: Gop,
    color: VideoColor,
}

impl Mp4 {
    /// As close to the source as x264 at crf 18 to 20.
    pub(super) const QP: u8 = 22;
    /// Makes an encoder of quantiser 22 and of groups of a second.
    #[must_use]
    pub fn new() -> Self {
        Self { qp: Self::QP, gop: Gop::default(), color: VideoColor::default() }
    }

    /// Sets the display that its codes are for; a video display where nothing is said.
    #[must_use]
    pub fn with_color(mut self, color: VideoColor) -> Self {
        self.color = color;
        self
    }

    /// Sets the quantiser, on H.264's scale of 0..=51, where less is better and 6 less is twice
    /// the precision; values above count as 51.
    #[must_use]
    pub fn with_qp(mut self, qp: u8) -> Self {
        self.qp = qp.min(51);
        self
    }

    /// Sets the pictures of a closed group, the steps of a seek: a second where nothing is said, and
    /// never less than two, as two such pictures in a row would look the same to a decoder.
    #[must_use]
    pub fn with_gop(mut self, pictures: u32) -> Self {
        self.gop = Gop::of(pictures);
        self
    }

    /// Encodes pictures of one size in the order of time; the rate comes from `spec`, else is 24.
    ///
    /// # Errors
    /// As [`Encoder::encode`]; pictures of different sizes, or none at all, too.
    pub fn movie<'a>(
        &self,
        frames: impl IntoIterator<Item = &'a Codes>,
        spec: &ImageSpec,
    ) -> Result<Vec<u8>> {
        whole(self, frames, spec)
    }

    fn settings(&self, spec: &MovieSpec) -> Settings {
        Settings {
            size: padded_size(spec.size),
            fps: spec.fps,
            pixel_aspect: fraction(spec.pixel_aspect),
            colour: self.color.tags(),
            qp: self.qp,
            group: self.gop.period(spec.fps),
        }
    }
}

impl MovieEncoder for Mp4 {
    fn group_length(&self, fps: Rational) -> usize {
        self.gop.length(fps)
    }

    fn group(&self, spec: &MovieSpec) -> Result<Box<dyn GroupEncoder>> {
        Ok(Box::new(Pictures { h264: H264::new(&self.settings(spec))?, samples: Vec::new() }))
    }

    fn shown(&self, size: Extent) -> Extent {
        padded_size(size)
    }

    fn head(
        &self,
        spec: &MovieSpec,
        parameters: &[Vec<u8>],
        samples: &[SampleInfo],
    ) -> Result<Vec<u8>> {
        let Settings { size, fps, pixel_aspect, colour, .. } = self.settings(spec);
        let [sps, pps] = parameters else {
            return Err(Error::encode("MP4", "a movie needs a frame and its parameter sets"));
        };
        let coding = Coding::Avc { sps: sps.clone(), pps: pps.clone(), depth: 8 };
        Movie { fps, size, pixel_aspect, colour, coding, start: spec.start }.head(samples)
    }
}

/// A closed group at work.
struct Pictures {
    h264: H264,
    samples: Vec<Sample>,
}

impl GroupEncoder for Pictures {
    fn push(&mut self, codes: &Codes) -> Result<()> {
        self.samples.push(self.h264.encode(&padded(codes))?);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Group> {
        let parameters = vec![self.h264.sps().to_vec(), self.h264.pps().to_vec()];
        Ok(Group { parameters, samples: self.samples })
    }
}

impl Default for Mp4 {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder for Mp4 {
    fn codes(&self) -> CodeFormat {
        CodeFormat { pixel: PixelFormat::Yuv420p8, space: self.color.space() }
    }

    /// As measured; most of it is OpenH264's.
    fn bytes_per_pixel(&self) -> u64 {
        16
    }

    fn media_type(&self) -> &'static str {
        "video/mp4"
    }

    fn extension(&self) -> &'static str {
        "mp4"
    }

    fn recipe(&self) -> String {
        let (gop, tags) = (self.gop.recipe(), self.color.tags().recipe());
        format!("mp4 h264=openh264 profile=high cabac qp={} {gop} {tags}", self.qp)
    }

    fn movie(&self) -> Option<Moving<'_>> {
        Some(Moving::Groups(self))
    }

    fn encode(&self, codes: &Codes, spec: &ImageSpec) -> Result<Encoded> {
        codes.check(PixelFormat::Yuv420p8, "MP4")?;
        let bytes = Self::movie(self, [codes], spec)?;
        Ok(Encoded::new(self, &padded(codes), bytes))
    }
}

/// A size of at least 16x16.
fn padded_size(size: Extent) -> Extent {
    let side = |side: u32| side.max(H264::SMALLEST);
    Extent::new(side(size.width), side(size.height))
}

/// The codes in a picture of at least 16x16, black around them.
fn padded(codes: &Codes) -> Cow<'_, Codes> {
    let size = padded_size(codes.extent());
    let [Plane::U8(luma), Plane::U8(blue), Plane::U8(red)] = &codes.planes[..] else {
        return Cow::Borrowed(codes);
    };
    if size == codes.extent() {
        return Cow::Borrowed(codes);
    }
    // chroma has half the size, so the picture starts at a multiple of two
    let corner = [(size.width - codes.width) / 4, (size.height - codes.height) / 4];
    let planes = [(luma, 1, 16), (blue, 2, 128), (red, 2, 128)].map(|(plane, scale, black)| {
        let [from, to] = [codes.width, size.width].map(|width| (width / scale) as usize);
        let [x, y] = corner.map(|start| (2 * start / scale) as usize);
        let mut out = vec![black; to * (size.height / scale) as usize];
        let rows = out.chunks_exact_mut(to).skip(y).zip(plane.chunks_exact(from));
        for (out, row) in rows {
            out[x..x + from].copy_from_slice(row);
        }
        Plane::U8(out)
    });
    Cow::Owned(Codes {
        width: size.width,
        height: size.height,
        format: codes.format.clone(),
        planes: planes.into(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::{noise, output, ramp};
    use super::*;
    use crate::encode::Quantizer;
    use crate::image::{Band, Timecode};
    use crate::space::ColorSpace;

    fn codes(light: &Band) -> Codes {
        let size = Extent::new(light.width, light.rows());
        let mut quantizer = Quantizer::new(Mp4::new().codes(), size).unwrap();
        quantizer.push(light).unwrap();
        quantizer.finish().unwrap()
    }

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::with_suffix(".mp4").unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    fn probe(file: &Path) -> Option<String> {
        let arguments =
            ["-v", "error", "-count_frames", "-show_streams", "-of", "default=nk=0", "-i", "FILE"];
        output("ffprobe", &arguments, file).map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn high_dynamic_range_is_refused() {
        let pq = Mp4::new().with_color(VideoColor::Pq);
        let plane = |length, black| Plane::U8(vec![black; length]);
        let planes = vec![plane(256, 16), plane(64, 128), plane(64, 128)];
        let codes = Codes { width: 16, height: 16, format: pq.codes(), planes };
        let error = pq.encode(&codes, &ImageSpec::plain(16, 16)).unwrap_err();
        assert_eq!(error.kind().name(), "invalid");
    }

    #[test]
    fn others_see_what_we_meant() {
        let light = ramp(62, 34);
        let encoded = Mp4::new().encode(&codes(&light), &ImageSpec::plain(62, 34)).unwrap();
        let Some(text) = probe(file(&encoded.bytes).path()) else {
            return;
        };
        for line in [
            "codec_name=h264",
            "profile=High",
            "width=62",
            "height=34",
            "pix_fmt=yuv420p",
            "color_range=tv",
            "color_space=bt709",
            "color_transfer=bt709",
            "color_primaries=bt709",
            "chroma_location=left",
            "sample_aspect_ratio=1:1",
            "field_order=progressive",
            "has_b_frames=0",
            "is_avc=true",
            "r_frame_rate=24/1",
            "nb_read_frames=1",
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
    }

    #[test]
    fn a_movie_for_a_computers_display_says_so() {
        let mp4 = Mp4::new().with_color(VideoColor::Srgb);
        let mut quantizer = Quantizer::new(mp4.codes(), Extent::new(32, 16)).unwrap();
        quantizer.push(&ramp(32, 16)).unwrap();
        let codes = quantizer.finish().unwrap();
        let encoded = mp4.encode(&codes, &ImageSpec::plain(32, 16)).unwrap();
        assert_eq!(encoded.space, ColorSpace::SRGB_REC709_DISPLAY);
        assert_ne!(mp4.recipe(), Mp4::new().recipe());
        let Some(text) = probe(file(&encoded.bytes).path()) else {
            return;
        };
        for line in ["color_space=bt709", "color_transfer=iec61966-2-1", "color_primaries=bt709"] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
    }

    /// What quantiser 22 may change in a steep gradient.
    const TOLERANCE: u8 = 10;

    #[test]
    fn others_decode_it_to_the_codes_that_went_in() {
        for size in [(62, 34), (16, 16)] {
            let codes = codes(&ramp(size.0, size.1));
            let encoded = Mp4::new().encode(&codes, &ImageSpec::plain(size.0, size.1)).unwrap();
            let arguments = ["-v", "error", "-i", "FILE", "-f", "rawvideo", "-"];
            let file = file(&encoded.bytes);
            let Some(decoded) = output("ffmpeg", &arguments, file.path()) else {
                return;
            };
            let ours: Vec<_> = codes.planes.iter().filter_map(Plane::as_u8).flatten().collect();
            assert_eq!(decoded.len(), ours.len());
            for (at, (ours, theirs)) in ours.iter().zip(&decoded).enumerate() {
                assert!(ours.abs_diff(*theirs) <= TOLERANCE, "{at}: {ours} became {theirs}");
            }
        }
    }

    #[test]
    fn a_movie_has_its_frames_and_its_rate() {
        let frames = [noise(48, 32), ramp(48, 32)].map(|light| codes(&light));
        let frames: Vec<_> = frames.iter().cycle().take(30).collect();
        let fps = Rational { num: 24000, den: 1001 };
        let spec = ImageSpec {
            frames_per_second: Some(fps),
            pixel_aspect: 2.0,
            ..ImageSpec::plain(48, 32)
        };
        let bytes = Mp4::new().movie(frames.iter().copied(), &spec).unwrap();
        assert_eq!(bytes, Mp4::new().movie(frames.iter().copied(), &spec).unwrap());
        let Some(text) = probe(file(&bytes).path()) else {
            return;
        };
        for line in [
            "nb_read_frames=30",
            "nb_frames=30",
            "r_frame_rate=24000/1001",
            "avg_frame_rate=24000/1001",
            "sample_aspect_ratio=2:1",
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
    }

    #[test]
    fn pictures_in_a_row_that_decoding_can_start_at_are_told_apart() {
        let (mp4, codes) = (Mp4::new(), codes(&ramp(48, 32)));
        let spec = MovieSpec::new(codes.extent(), Rational { num: 1, den: 1 });
        assert_eq!(mp4.group_length(spec.fps), 2);
        let mut group = mp4.group(&spec).unwrap();
        (0..2).for_each(|_| group.push(&codes).unwrap());
        let samples = group.finish().unwrap().samples;
        assert!(samples.iter().all(|sample| sample.key));
        // one picture twice: nothing but `idr_pic_id` can differ
        assert_ne!(samples[0].data, samples[1].data);
    }

    #[test]
    fn decoding_starts_as_often_as_asked() {
        let (mp4, codes) = (Mp4::new().with_gop(4), codes(&ramp(48, 32)));
        let spec = MovieSpec::new(codes.extent(), Rational { num: 24, den: 1 });
        assert_eq!(mp4.group_length(spec.fps), 4);
        let mut group = mp4.group(&spec).unwrap();
        (0..4).for_each(|_| group.push(&codes).unwrap());
        let keys = group.finish().unwrap().samples.iter().filter(|sample| sample.key).count();
        assert_eq!(keys, 1);
    }

    #[test]
    fn a_start_is_told_with_the_mark_of_dropped_numbers() {
        let (mp4, codes) = (Mp4::new(), codes(&ramp(48, 32)));
        for (rate, drop, told) in [("24", false, "00:01:15:00"), ("29.97", true, "00:01:00;02")] {
            let fps = rate.parse().unwrap();
            let start = Timecode::of_frame(1800, fps, drop);
            let spec = MovieSpec::new(codes.extent(), fps).with_start(start);
            let mut group = mp4.group(&spec).unwrap();
            group.push(&codes).unwrap();
            let Group { parameters, samples } = group.finish().unwrap();
            let head = mp4.head(&spec, &parameters, &[samples[0].info().unwrap()]).unwrap();
            let Some(text) = probe(file(&[head, samples[0].data.clone()].concat()).path()) else {
                return;
            };
            let line = format!("TAG:timecode={told}");
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
            assert!(text.lines().any(|found| found == "nb_read_frames=1"), "{text}");
        }
    }

    #[test]
    fn small_pictures_sit_in_a_black_one() {
        let light = Band { samples: vec![1.0; 3 * 10 * 4], ..Band::black(0, 4, 10) };
        let small = codes(&light);
        let whole = padded(&small);
        assert_eq!(whole.extent(), Extent::new(16, 16));
        let luma = whole.planes[0].as_u8().unwrap();
        let white: Vec<_> = (0..256).filter(|at| luma[*at] == 235).collect();
        assert_eq!((white.len(), white[0], white[39]), (40, 6 * 16 + 2, 9 * 16 + 11));
        let encoded = Mp4::new().encode(&small, &ImageSpec::plain(10, 4)).unwrap();
        assert_eq!((encoded.width, encoded.height), (16, 16));
    }

    #[test]
    fn no_frames_make_no_movie() {
        assert!(Mp4::new().movie([], &ImageSpec::plain(16, 16)).is_err());
        assert_ne!(Mp4::new().recipe(), Mp4::new().with_qp(30).recipe());
        assert_ne!(Mp4::new().recipe(), Mp4::new().with_gop(12).recipe());
    }
}
