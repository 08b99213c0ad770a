//! Movies by the ffmpeg that a user has installed: deliverables for editors, and codings that are
//! not had here.
//!
//! Pictures go to its standard input as they are, the movie comes back as a temporary file. Nothing
//! is linked, no shell is asked, and nothing is needed of it otherwise:
//! `docs/decisions/0062-ffmpeg-by-a-pipe.md`. Its threads are its own, so another version or machine
//! may give other bytes.

mod installed;
mod process;

use std::ffi::OsString;
use std::io::{Read, Seek};
use std::path::Path;
use std::str::FromStr;

pub use self::installed::FfmpegProgram;

use self::process::Process;
use super::video::{Gop, fraction};
use super::whole::described;
use super::{
    CodeFormat, Codes, Encoded, Encoder, MovieSpec, MovieStream, Moving, Nclx, PixelFormat,
    StreamEncoder, VideoColor,
};
use crate::error::{Error, Result};
use crate::image::{Extent, ImageSpec, Rational, Timecode};

const NAME: &str = "ffmpeg";

/// Encodes movies by the ffmpeg that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ffmpeg {
    preset: FfmpegPreset,
    /// The constant rate factor, of presets that have one.
    crf: Option<u8>,
    gop: Gop,
    color: VideoColor,
}

/// What ffmpeg makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FfmpegPreset {
    /// Apple ProRes 422 HQ in QuickTime, 10 bits of 4:2:2.
    Prores422Hq,
    /// Avid DNxHR HQ in QuickTime, 8 bits of 4:2:2.
    DnxhrHq,
    /// Avid DNxHR HQX in QuickTime, 10 bits of 4:2:2.
    DnxhrHqx,
    /// H.264 by x264 in MP4, 8 bits of 4:2:0.
    X264,
    /// HEVC by x265 in MP4, 10 bits of 4:2:0.
    Hevc,
}

/// What a preset is.
struct Recipe {
    name: &'static str,
    /// ffmpeg's own options.
    options: &'static [&'static str],
    pixel: PixelFormat,
    /// The smallest picture that it takes.
    least: Extent,
    /// Where quality can be chosen, its default; such presets have groups too.
    crf: Option<u8>,
    extension: &'static str,
    media_type: &'static str,
}

/// Of any size.
const ANY: Extent = Extent::new(0, 0);
/// What ffmpeg's encoder of DNxHR takes at the least.
const DNXHR: Extent = Extent::new(256, 120);

const fn quicktime(
    name: &'static str,
    options: &'static [&'static str],
    pixel: PixelFormat,
    least: Extent,
) -> Recipe {
    let (extension, media_type) = ("mov", "video/quicktime");
    Recipe { name, options, pixel, least, crf: None, extension, media_type }
}

const fn mp4(
    name: &'static str,
    options: &'static [&'static str],
    pixel: PixelFormat,
    crf: u8,
) -> Recipe {
    let (extension, media_type) = ("mp4", "video/mp4");
    Recipe { name, options, pixel, least: ANY, crf: Some(crf), extension, media_type }
}

impl FfmpegPreset {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Prores422Hq, Self::DnxhrHq, Self::DnxhrHqx, Self::X264, Self::Hevc];

    /// Its name: `prores422hq`, `dnxhr-hq`, `dnxhr-hqx`, `x264`, `hevc`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.recipe().name
    }

    const fn recipe(self) -> Recipe {
        const PRORES: &[&str] = &["-c:v", "prores_ks", "-profile:v", "hq", "-vendor", "apl0"];
        const HQ: &[&str] = &["-c:v", "dnxhd", "-profile:v", "dnxhr_hq"];
        const HQX: &[&str] = &["-c:v", "dnxhd", "-profile:v", "dnxhr_hqx"];
        const X264: &[&str] = &["-c:v", "libx264", "-preset", "medium"];
        // Apple's players take this name of the coding alone
        const HEVC: &[&str] = &["-c:v", "libx265", "-preset", "medium", "-tag:v", "hvc1"];
        match self {
            Self::Prores422Hq => quicktime("prores422hq", PRORES, PixelFormat::Yuv422p10, ANY),
            Self::DnxhrHq => quicktime("dnxhr-hq", HQ, PixelFormat::Yuv422p8, DNXHR),
            Self::DnxhrHqx => quicktime("dnxhr-hqx", HQX, PixelFormat::Yuv422p10, DNXHR),
            Self::X264 => mp4("x264", X264, PixelFormat::Yuv420p8, 20),
            Self::Hevc => mp4("hevc", HEVC, PixelFormat::Yuv420p10, 22),
        }
    }
}

impl FromStr for FfmpegPreset {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|one| one.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Error::invalid("preset", format!("`{text}` is none of {known}"))
        })
    }
}

impl Ffmpeg {
    /// Makes an encoder of one of the presets, in its usual quality.
    #[must_use]
    pub fn new(preset: FfmpegPreset) -> Self {
        let (gop, color) = Default::default();
        Self { preset, crf: preset.recipe().crf, gop, color }
    }

    /// Sets the quality, 0..=51 as every encoder has it, where less is better; values above count as 51.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for presets that have a quality of their
    /// own.
    pub fn with_quality(mut self, quality: u8) -> Result<Self> {
        self.check_free("quality")?;
        self.crf = Some(quality.min(51));
        Ok(self)
    }

    /// Sets the pictures from one that decoding can start at to the next: a second where nothing is
    /// said, and never less than two.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for presets whose pictures are all such.
    pub fn with_gop(mut self, pictures: u32) -> Result<Self> {
        self.check_free("gop")?;
        self.gop = Gop::of(pictures);
        Ok(self)
    }

    /// Sets the display that its codes are for; a video display where nothing is said.
    #[must_use]
    pub fn with_color(mut self, color: VideoColor) -> Self {
        self.color = color;
        self
    }

    fn check_free(&self, option: &'static str) -> Result<()> {
        let Recipe { name, crf, .. } = self.preset.recipe();
        if crf.is_some() {
            return Ok(());
        }
        Err(Error::invalid(option, format!("{name} has its own; leave it out")))
    }

    /// Refuses pictures that ffmpeg would, before it is started.
    fn check_size(&self, size: Extent) -> Result<()> {
        let Recipe { name, least, .. } = self.preset.recipe();
        if size.width >= least.width && size.height >= least.height {
            return Ok(());
        }
        let [least, size] = [least, size].map(|size| format!("{}x{}", size.width, size.height));
        Err(Error::encode(NAME, format!("{name} takes pictures from {least} on, not {size}")))
    }

    /// What ffmpeg is called with.
    fn arguments(&self, spec: &MovieSpec, out: &Path) -> Vec<OsString> {
        let Recipe { options, pixel, .. } = self.preset.recipe();
        let Nclx { primaries, transfer, matrix } = self.color.tags();
        let Rational { num, den } = fraction(spec.pixel_aspect);
        let text = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let size = format!("{}x{}", spec.size.width, spec.size.height);
        let rate = format!("{}/{}", spec.fps.num, spec.fps.den);
        let mut all = text("-nostdin -v error -y -f rawvideo");
        all.extend(text(&format!("-pix_fmt {} -video_size {size}", name_of(pixel))));
        all.extend(text(&format!("-framerate {rate} -i pipe:0")));
        // as a filter too: later versions ask the pictures, earlier ones the options
        let tags = format!("color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}");
        all.extend(["-vf".into(), format!("setparams=range=limited:{tags},setsar={num}/{den}")]);
        all.extend(options.iter().map(|option| (*option).to_owned()));
        all.extend(text(&format!("-pix_fmt {} -color_range tv", name_of(pixel))));
        all.extend(text(&format!("-color_primaries {primaries} -color_trc {transfer}")));
        all.extend(text(&format!("-colorspace {matrix} -chroma_sample_location left")));
        if let Some(crf) = self.crf {
            let length = self.gop.length(spec.fps);
            all.extend(text(&format!("-crf {crf} -g {length}")));
        }
        if let Some(start) = spec.start.and_then(|start| counted(start, spec.fps)) {
            all.extend(["-timecode".to_owned(), start.to_string()]);
        }
        all.extend(text("-movflags +faststart+write_colr"));
        let mut all: Vec<OsString> = all.into_iter().map(OsString::from).collect();
        // whatever stands in the path, it is a path
        let mut file = OsString::from("file:");
        file.push(out);
        all.push(file);
        all
    }
}

/// A timecode that the rate has: numbers are dropped at 30 and 60 only.
fn counted(start: Timecode, fps: Rational) -> Option<Timecode> {
    let drops = start.drop_frame && fps.nominal().is_multiple_of(30);
    Timecode::of_frame(start.frame_count(fps).into(), fps, drops)
}

/// ffmpeg's name of codes that lie in memory so.
fn name_of(pixel: PixelFormat) -> &'static str {
    match pixel {
        PixelFormat::Rgb8 => "rgb24",
        PixelFormat::Rgb16 => "rgb48le",
        PixelFormat::Yuv420p8 => "yuv420p",
        PixelFormat::Yuv420p10 => "yuv420p10le",
        PixelFormat::Yuv422p8 => "yuv422p",
        PixelFormat::Yuv422p10 => "yuv422p10le",
    }
}

impl StreamEncoder for Ffmpeg {
    fn start(&self, spec: &MovieSpec) -> Result<Box<dyn MovieStream>> {
        let Recipe { pixel, extension, .. } = self.preset.recipe();
        self.codes().check(spec.size)?;
        self.check_size(spec.size)?;
        let arguments = |out: &Path| self.arguments(spec, out);
        Ok(Box::new(Process::start(pixel, spec.size, extension, arguments)?))
    }
}

impl Encoder for Ffmpeg {
    fn codes(&self) -> CodeFormat {
        CodeFormat { pixel: self.preset.recipe().pixel, space: self.color.space() }
    }

    /// The codes, and their bytes on the way to ffmpeg.
    fn bytes_per_pixel(&self) -> u64 {
        8
    }

    fn media_type(&self) -> &'static str {
        self.preset.recipe().media_type
    }

    fn extension(&self) -> &'static str {
        self.preset.recipe().extension
    }

    fn recipe(&self) -> String {
        let Recipe { name, extension, .. } = self.preset.recipe();
        let tags = self.color.tags().recipe();
        let gop = self.gop.recipe();
        let free = self.crf.map(|crf| format!(" crf={crf} {gop}")).unwrap_or_default();
        format!("{extension} ffmpeg={name}{free} {tags}")
    }

    fn movie(&self) -> Option<Moving<'_>> {
        Some(Moving::Stream(self))
    }

    fn encode(&self, codes: &Codes, spec: &ImageSpec) -> Result<Encoded> {
        let mut stream = self.start(&described(spec, codes.extent()))?;
        stream.push(codes)?;
        let mut bytes = Vec::new();
        let mut file = stream.finish()?;
        let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
        read.map_err(|cause| Error::storage("the movie cannot be read back").with_source(cause))?;
        Ok(Encoded::new(self, codes, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(ffmpeg: &Ffmpeg, spec: &MovieSpec) -> String {
        let arguments = ffmpeg.arguments(spec, Path::new("/tmp/-y out.mov"));
        let words = arguments.iter().map(|word| word.to_str().unwrap());
        words.collect::<Vec<_>>().join(" ")
    }

    fn spec(fps: &str) -> MovieSpec {
        MovieSpec::new(Extent::new(64, 48), fps.parse().unwrap())
    }

    #[test]
    fn what_is_said_to_ffmpeg_is_exact() {
        let fps: Rational = "23.976".parse().unwrap();
        let start = Timecode::of_frame(1001, fps, false);
        let spec = spec("23.976").with_start(start).with_pixel_aspect(2.0);
        let said = line(&Ffmpeg::new(FfmpegPreset::Prores422Hq), &spec);
        for part in [
            "-f rawvideo -pix_fmt yuv422p10le -video_size 64x48 -framerate 24000/1001 -i pipe:0",
            "-c:v prores_ks -profile:v hq",
            "setsar=2/1",
            "-color_primaries 1 -color_trc 1 -colorspace 1",
            "-timecode 00:00:41:17",
            "file:/tmp/-y out.mov",
        ] {
            assert!(said.contains(part), "no {part} in {said}");
        }
        assert!(!said.contains("-crf") && !said.contains("-g "), "{said}");
        let hevc = Ffmpeg::new(FfmpegPreset::Hevc).with_color(VideoColor::Srgb);
        let said = line(&hevc.with_quality(30).unwrap().with_gop(12).unwrap(), &spec);
        assert!(said.contains("-crf 30 -g 12") && said.contains("-color_trc 13"), "{said}");
        let pq = Ffmpeg::new(FfmpegPreset::DnxhrHqx).with_color(VideoColor::Pq);
        let tags = "-color_primaries 9 -color_trc 16 -colorspace 9";
        assert!(line(&pq, &spec).contains(tags), "{}", line(&pq, &spec));
    }

    #[test]
    fn high_dynamic_range_is_refused_in_eight_bits() {
        for preset in [FfmpegPreset::DnxhrHq, FfmpegPreset::X264] {
            let error = Ffmpeg::new(preset).with_color(VideoColor::Hlg).start(&spec("24"));
            assert!(error.err().unwrap().to_string().contains("10 bits"));
        }
    }

    #[test]
    fn pictures_too_small_for_dnxhr_are_refused_with_the_least_size() {
        for preset in [FfmpegPreset::DnxhrHq, FfmpegPreset::DnxhrHqx] {
            let error = Ffmpeg::new(preset).start(&spec("24")).err().unwrap().to_string();
            assert!(error.contains("takes pictures from 256x120 on, not 64x48"), "{error}");
        }
    }

    #[test]
    fn numbers_are_dropped_where_the_rate_has_it() {
        let ffmpeg = Ffmpeg::new(FfmpegPreset::X264);
        for (fps, told) in [("29.97", "00:01:00;02"), ("24", "00:01:15:00")] {
            let start = Timecode::of_frame(1800, fps.parse().unwrap(), fps == "29.97");
            let said = line(&ffmpeg, &spec(fps).with_start(start));
            assert!(said.contains(told), "{said}");
        }
    }

    #[test]
    fn presets_are_read_as_they_are_written() {
        for preset in FfmpegPreset::ALL {
            assert_eq!(preset.name().parse::<FfmpegPreset>().unwrap(), preset);
        }
        let error = "prores".parse::<FfmpegPreset>().unwrap_err().to_string();
        assert!(error.contains("none of prores422hq, dnxhr-hq"), "{error}");
    }

    #[test]
    fn what_a_preset_has_not_is_refused() {
        let prores = Ffmpeg::new(FfmpegPreset::Prores422Hq);
        let error = prores.clone().with_quality(20).unwrap_err().to_string();
        assert!(error.contains("prores422hq has its own"), "{error}");
        assert!(prores.clone().with_gop(20).is_err());
        assert_ne!(prores.recipe(), prores.clone().with_color(VideoColor::Srgb).recipe());
        let hevc = Ffmpeg::new(FfmpegPreset::Hevc);
        assert_ne!(hevc.recipe(), hevc.clone().with_gop(9).unwrap().recipe());
        assert_ne!(hevc.recipe(), hevc.with_quality(9).unwrap().recipe());
    }
}
