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
use super::codec::{Codec, StreamSpec};
use super::{Codes, Coding, Group, GroupEncoder, Nclx, PixelFormat, Sample, SampleInfo};
use crate::error::{Error, Result};
use crate::image::Rational;

const NAME: &str = "x264";

/// H.264 by libx264.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct X264 {
    preset: X264Preset,
    depth: u8,
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
    /// Makes one of preset `fast` and of 8 bits.
    #[must_use]
    pub fn new() -> Self {
        Self { preset: X264Preset::default(), depth: 8 }
    }

    /// Finds the libx264 that would be used, and gives its build number, such as 164.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) where none is installed, or an unknown build.
    pub fn library_build() -> Result<u32> {
        X264Library::get().map(|library| library.build)
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

    /// The constant rate factor: the quality itself, but no 0 where codes have 8 bits. There it would
    /// be lossless, which is no part of the profile High.
    fn crf(self, quality: u8) -> u8 {
        if self.depth == 8 { quality.max(1) } else { quality }
    }

    /// What is told to x264, by the names of its command line.
    fn options(self, stream: &StreamSpec) -> Vec<(&'static str, String)> {
        let Nclx { primaries, transfer, matrix } = stream.colour;
        let Rational { num, den } = stream.pixel_aspect;
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
        let said = [
            ("crf", self.crf(stream.quality).to_string()),
            ("fps", format!("{}/{}", stream.fps.num, stream.fps.den)),
            ("sar", format!("{num}:{den}")),
            ("colorprim", primaries_of(primaries).to_owned()),
            ("transfer", transfer_of(transfer).to_owned()),
            ("colormatrix", matrix_of(matrix).to_owned()),
        ];
        fixed.into_iter().chain(said).collect()
    }

    fn param(self, library: &X264Library, stream: &StreamSpec) -> Result<Box<Param>> {
        let mut param = library.param(self.preset.name())?;
        for (name, value) in self.options(stream) {
            library.set(&mut param, name, &value)?;
        }
        (param.width, param.height) = (stream.size.width as i32, stream.size.height as i32);
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

impl Codec for X264 {
    const NAME: &'static str = NAME;

    fn pixel(&self) -> PixelFormat {
        if self.depth > 8 { PixelFormat::Yuv420p10 } else { PixelFormat::Yuv420p8 }
    }

    /// As measured with the preset `fast`: most of it are the pictures that it looks ahead at.
    fn bytes_per_pixel(&self) -> u64 {
        96 * u64::from(self.depth.div_ceil(8))
    }

    fn recipe(&self, quality: u8) -> String {
        let (preset, crf, depth) = (self.preset.name(), self.crf(quality), self.depth);
        format!("h264=x264 preset={preset} crf={crf} depth={depth}")
    }

    fn start(&self, stream: &StreamSpec) -> Result<Box<dyn GroupEncoder>> {
        let side = u64::from(stream.size.width.max(stream.size.height));
        Error::check_limit("pixels on one side of an x264 picture", 16384, side)?;
        let library = X264Library::get()?;
        let mut raw = RawEncoder::open(library, &mut *self.param(library, stream)?)?;
        let parameters = nal::parameters(&raw.headers()?)?;
        Ok(Box::new(Pictures { raw, parameters, pushed: 0, samples: Vec::new() }))
    }

    fn coding(&self, _: &StreamSpec, parameters: &[Vec<u8>], _: &[SampleInfo]) -> Result<Coding> {
        let [sps, pps] = parameters else {
            return Err(Error::encode(NAME, "made no parameter sets"));
        };
        Ok(Coding::Avc { sps: sps.clone(), pps: pps.clone(), depth: self.depth })
    }
}

/// A closed group at work.
struct Pictures {
    raw: RawEncoder,
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

#[cfg(test)]
mod tests;
