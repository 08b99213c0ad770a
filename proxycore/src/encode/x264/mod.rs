//! H.264 by x264, through the library that a user has installed.
//!
//! x264 compresses better than OpenH264, knows B-frames and 10 bits, and is under the GPL. So it is
//! not linked and no part of it is built in: `docs/decisions/0061-x264-at-run-time.md`. As with
//! OpenH264 each closed group has an encoder of its own, of one thread, without any decision that
//! depends on the machine; so the same frames and the same build of libx264 give the same bytes.
//!
//! Pictures are 4:2:0.

mod encoder;
mod library;
mod nal;

use std::str::FromStr;

use self::encoder::{Coded, RawEncoder};
use self::library::{I420, Param, X264Library};
use super::video::{Gop, fraction};
use super::whole::whole;
use super::{
    CodeFormat, Codes, Coding, Encoded, Encoder, Group, GroupEncoder, Movie, MovieEncoder,
    MovieSpec, Moving, Nclx, PixelFormat, Sample, SampleInfo, VideoColor,
};
use crate::error::{Error, Result};
use crate::image::{Extent, ImageSpec, Rational};

const NAME: &str = "x264";

/// Encodes movies as H.264 in MP4 by libx264.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct X264 {
    crf: u8,
    preset: X264Preset,
    depth: u8,
    gop: Gop,
    color: VideoColor,
}

/// How long x264 looks for what is alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "x264's own names, from the fastest to the slowest")]
pub enum X264Preset {
    Ultrafast,
    Superfast,
    Veryfast,
    Faster,
    #[default]
    Fast,
    Medium,
    Slow,
    Slower,
    Veryslow,
}

impl X264Preset {
    /// All of them, the fastest first.
    pub const ALL: [Self; 9] = [
        Self::Ultrafast,
        Self::Superfast,
        Self::Veryfast,
        Self::Faster,
        Self::Fast,
        Self::Medium,
        Self::Slow,
        Self::Slower,
        Self::Veryslow,
    ];

    /// x264's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Superfast => "superfast",
            Self::Veryfast => "veryfast",
            Self::Faster => "faster",
            Self::Fast => "fast",
            Self::Medium => "medium",
            Self::Slow => "slow",
            Self::Slower => "slower",
            Self::Veryslow => "veryslow",
        }
    }
}

impl FromStr for X264Preset {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|one| one.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Error::invalid("preset", format!("`{text}` is none of {known}"))
        })
    }
}

impl X264 {
    const CRF: u8 = 20;

    /// Makes an encoder of crf 20, preset `fast`, 8 bits and groups of a second.
    #[must_use]
    pub fn new() -> Self {
        let (preset, gop, color) = Default::default();
        Self { crf: Self::CRF, preset, depth: 8, gop, color }
    }

    /// Finds the libx264 that would be used, and gives its build number, such as 164.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) where none is installed, or an unknown build.
    pub fn library_build() -> Result<u32> {
        X264Library::get().map(|library| library.build)
    }

    /// Sets the constant rate factor, 0..=51, where less is better and 6 less is about twice the
    /// bytes; values above count as 51, and 0 as 1 where codes have 8 bits: there it would be lossless,
    /// which is no part of the profile High.
    #[must_use]
    pub fn with_crf(mut self, crf: u8) -> Self {
        self.crf = crf.min(51);
        self
    }

    /// Sets how long it looks for what is alike.
    #[must_use]
    pub fn with_preset(mut self, preset: X264Preset) -> Self {
        self.preset = preset;
        self
    }

    /// Encodes 10 bits, in the profile High 10, which not every browser plays.
    #[must_use]
    pub fn with_ten_bits(mut self) -> Self {
        self.depth = 10;
        self
    }

    /// Sets the pictures of a closed group, the steps of a seek: a second where nothing is said, and
    /// never less than two.
    #[must_use]
    pub fn with_gop(mut self, pictures: u32) -> Self {
        self.gop = Gop::of(pictures);
        self
    }

    /// Sets the display that its codes are for; a video display where nothing is said.
    #[must_use]
    pub fn with_color(mut self, color: VideoColor) -> Self {
        self.color = color;
        self
    }

    fn pixel(&self) -> PixelFormat {
        if self.depth > 8 { PixelFormat::Yuv420p10 } else { PixelFormat::Yuv420p8 }
    }

    /// What is told to x264, by the names of its command line.
    fn options(&self, spec: &MovieSpec) -> Vec<(&'static str, String)> {
        let Nclx { primaries, transfer, matrix } = self.color.tags();
        let Rational { num, den } = fraction(spec.pixel_aspect);
        let fixed = [
            // silent, and of one thread: groups are encoded side by side instead
            ("log", "-1"),
            ("threads", "1"),
            ("lookahead-threads", "1"),
            ("sync-lookahead", "0"),
            ("cpu-independent", "1"),
            // the group is closed, and its first picture the only one where decoding starts
            ("keyint", "infinite"),
            ("min-keyint", "1000000"),
            ("open-gop", "0"),
            ("force-cfr", "1"),
            // parameter sets that are the same for all groups, and stand in the index alone
            ("stitchable", "1"),
            ("repeat-headers", "0"),
            ("annexb", "0"),
            ("fullrange", "off"),
            ("chromaloc", "0"),
        ];
        let fixed = fixed.map(|(name, value)| (name, value.to_owned()));
        let crf = if self.depth == 8 { self.crf.max(1) } else { self.crf };
        let said = [
            ("crf", crf.to_string()),
            ("fps", format!("{}/{}", spec.fps.num, spec.fps.den)),
            ("sar", format!("{num}:{den}")),
            ("colorprim", primaries_of(primaries).to_owned()),
            ("transfer", transfer_of(transfer).to_owned()),
            ("colormatrix", matrix_of(matrix).to_owned()),
        ];
        fixed.into_iter().chain(said).collect()
    }

    fn param(&self, library: &X264Library, spec: &MovieSpec) -> Result<Box<Param>> {
        let mut param = library.param(self.preset.name())?;
        for (name, value) in self.options(spec) {
            library.set(&mut param, name, &value)?;
        }
        (param.width, param.height) = (spec.size.width as i32, spec.size.height as i32);
        (param.csp, param.depth) = (I420, self.depth.into());
        library.restrict(&mut param, if self.depth > 8 { "high10" } else { "high" })?;
        Ok(param)
    }
}

/// x264's names of the numbers of ITU-T H.273, of those that [`VideoColor`] has.
fn primaries_of(tag: u8) -> &'static str {
    match tag {
        1 => "bt709",
        9 => "bt2020",
        _ => "undef",
    }
}

fn transfer_of(tag: u8) -> &'static str {
    match tag {
        1 => "bt709",
        13 => "iec61966-2-1",
        16 => "smpte2084",
        18 => "arib-std-b67",
        _ => "undef",
    }
}

fn matrix_of(tag: u8) -> &'static str {
    match tag {
        1 => "bt709",
        9 => "bt2020nc",
        _ => "undef",
    }
}

impl Default for X264 {
    fn default() -> Self {
        Self::new()
    }
}

impl MovieEncoder for X264 {
    fn group_length(&self, fps: Rational) -> usize {
        self.gop.length(fps)
    }

    fn group(&self, spec: &MovieSpec) -> Result<Box<dyn GroupEncoder>> {
        let format = CodeFormat { pixel: self.pixel(), space: self.color.space() };
        format.check(spec.size)?;
        let side = u64::from(spec.size.width.max(spec.size.height));
        Error::check_limit("pixels on one side of an x264 picture", 16384, side)?;
        let library = X264Library::get()?;
        let mut raw = RawEncoder::open(library, &mut *self.param(library, spec)?)?;
        let parameters = nal::parameters(&raw.headers()?)?;
        let (pixel, size) = (self.pixel(), spec.size);
        Ok(Box::new(Pictures { raw, pixel, size, parameters, pushed: 0, samples: Vec::new() }))
    }

    fn head(
        &self,
        spec: &MovieSpec,
        parameters: &[Vec<u8>],
        samples: &[SampleInfo],
    ) -> Result<Vec<u8>> {
        let [sps, pps] = parameters else {
            return Err(Error::encode("MP4", "a movie needs a frame and its parameter sets"));
        };
        let movie = Movie {
            fps: spec.fps,
            size: spec.size,
            pixel_aspect: fraction(spec.pixel_aspect),
            colour: self.color.tags(),
            coding: Coding::Avc { sps: sps.clone(), pps: pps.clone(), depth: self.depth },
            start: spec.start,
        };
        movie.head(samples)
    }
}

/// A closed group at work.
struct Pictures {
    raw: RawEncoder,
    pixel: PixelFormat,
    size: Extent,
    parameters: Vec<Vec<u8>>,
    pushed: i64,
    samples: Vec<Sample>,
}

impl Pictures {
    fn keep(&mut self, coded: Coded) -> Result<()> {
        let Coded { key, number, bytes } = coded;
        let place = self.samples.len() as i64;
        if !(0..self.pushed).contains(&number) || key != (place == 0) {
            return Err(Error::encode(NAME, "gave a picture that was not asked for"));
        }
        let shift = (number - place) as i32;
        self.samples.push(Sample { key, shift, data: nal::slices(&bytes)? });
        Ok(())
    }
}

impl GroupEncoder for Pictures {
    fn push(&mut self, codes: &Codes) -> Result<()> {
        codes.check(self.pixel, NAME)?;
        if codes.extent() != self.size {
            let what = format!("a frame of {}x{} in another stream", codes.width, codes.height);
            return Err(Error::encode(NAME, what));
        }
        let coded = self.raw.push(codes, self.pushed)?;
        self.pushed += 1;
        coded.map_or(Ok(()), |coded| self.keep(coded))
    }

    fn finish(mut self: Box<Self>) -> Result<Group> {
        while let Some(coded) = self.raw.drain()? {
            self.keep(coded)?;
        }
        if self.samples.len() as i64 != self.pushed {
            return Err(Error::encode(NAME, "lost a picture"));
        }
        Ok(Group { parameters: self.parameters, samples: self.samples })
    }
}

impl Encoder for X264 {
    fn codes(&self) -> CodeFormat {
        CodeFormat { pixel: self.pixel(), space: self.color.space() }
    }

    /// As measured with the preset `fast`: most of it are the pictures that it looks ahead at.
    fn bytes_per_pixel(&self) -> u64 {
        96 * u64::from(self.depth.div_ceil(8))
    }

    fn media_type(&self) -> &'static str {
        "video/mp4"
    }

    fn extension(&self) -> &'static str {
        "mp4"
    }

    fn recipe(&self) -> String {
        let (preset, crf, depth) = (self.preset.name(), self.crf, self.depth);
        let (gop, tags) = (self.gop.recipe(), self.color.tags().recipe());
        format!("mp4 h264=x264 preset={preset} crf={crf} depth={depth} {gop} {tags}")
    }

    fn movie(&self) -> Option<Moving<'_>> {
        Some(Moving::Groups(self))
    }

    fn encode(&self, codes: &Codes, spec: &ImageSpec) -> Result<Encoded> {
        codes.check(self.pixel(), NAME)?;
        Ok(Encoded::new(self, codes, whole(self, [codes], spec)?))
    }
}

#[cfg(test)]
mod tests;
