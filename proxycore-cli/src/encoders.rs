//! Which encoder makes the movies, as it is said on the command line.

use std::str::FromStr;

use clap::Args;
use clap::builder::RangedU64ValueParser;
#[cfg(feature = "av1")]
use proxycore::encode::Av1;
#[cfg(feature = "openh264")]
use proxycore::encode::OpenH264;
use proxycore::encode::{Codec, Ffmpeg, FfmpegPreset, Mp4, RustyH264, VideoColor};
#[cfg(feature = "x264-gpl")]
use proxycore::encode::{X264, X264Preset};
use proxycore::{Error, Rendition, Result};

use crate::report::in_one_line;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Movies")]
pub struct EncoderArgs {
    #[arg(
        long,
        value_name = "ENCODER",
        help = help(),
        value_parser = encoder,
        default_value = "rusty-h264"
    )]
    pub encoder: EncoderName,
    /// Compress by Q of 0 to 51, where less is better and movies look alike by every encoder; the
    /// numbers are those of x264's crf [default: 23]
    #[arg(long, value_name = "Q", value_parser = RangedU64ValueParser::<u8>::new().range(0..=51))]
    pub quality: Option<u8>,
    /// Let decoding start at every Nth frame; with --segments 6 are the most [default: those of a
    /// second, with --segments 6]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u32>::new().range(2..=100_000))]
    pub gop: Option<u32>,
    /// Encode codes of BITS: 8, or with x264 10, which not every browser plays [default: 8, with av1 10]
    #[arg(long, value_name = "BITS")]
    pub bit_depth: Option<u8>,
}

/// An encoder, and its preset where it has some.
#[derive(Debug, Clone, Copy, Default)]
pub enum EncoderName {
    #[default]
    RustyH264,
    #[cfg(feature = "openh264")]
    OpenH264,
    #[cfg(feature = "x264-gpl")]
    X264(X264Preset),
    #[cfg(feature = "av1")]
    Av1,
    Ffmpeg(FfmpegPreset),
}

impl FromStr for EncoderName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, preset) = text.split_once(':').map_or((text, None), |(n, p)| (n, Some(p)));
        match (name, preset) {
            ("rusty-h264", None) => Ok(Self::RustyH264),
            ("openh264", None) => openh264(),
            ("x264", preset) => x264(preset),
            ("av1", None) => av1(),
            ("ffmpeg", Some(preset)) => preset.parse().map(Self::Ffmpeg),
            ("ffmpeg", None) => {
                let known = FfmpegPreset::ALL.map(FfmpegPreset::name).join(", ffmpeg:");
                Err(Error::invalid("encoder", format!("name what it makes: ffmpeg:{known}")))
            }
            _ => {
                let known = "rusty-h264, openh264, x264, av1, ffmpeg:PRESET";
                Err(Error::invalid("encoder", format!("`{text}` is none of {known}")))
            }
        }
    }
}

/// The encoders of this build.
fn help() -> String {
    let all = [
        (true, "rusty-h264 (H.264)"),
        (cfg!(feature = "openh264"), "openh264 (H.264: the least CPU, three times the bytes)"),
        (cfg!(feature = "x264-gpl"), "x264[:PRESET] (the libx264 that is installed)"),
        (cfg!(feature = "av1"), "av1 (10 bits)"),
    ];
    let built: Vec<_> =
        all.iter().filter(|(is_built, _)| *is_built).map(|(_, name)| *name).collect();
    let presets = FfmpegPreset::ALL.map(FfmpegPreset::name).join("|");
    format!(
        "Encode movies by {}, or ffmpeg:{presets} (the ffmpeg that is installed)",
        built.join(", ")
    )
}

/// The encoder of a name; where another build has it, how to get that.
fn encoder(text: &str) -> Result<EncoderName, String> {
    text.parse().map_err(|error: Error| in_one_line(&error))
}

#[cfg(feature = "openh264")]
fn openh264() -> Result<EncoderName> {
    Ok(EncoderName::OpenH264)
}

#[cfg(not(feature = "openh264"))]
fn openh264() -> Result<EncoderName> {
    Err(Error::missing_feature("movies by OpenH264", "openh264"))
}

#[cfg(feature = "x264-gpl")]
fn x264(preset: Option<&str>) -> Result<EncoderName> {
    preset.map_or(Ok(X264Preset::default()), str::parse).map(EncoderName::X264)
}

#[cfg(not(feature = "x264-gpl"))]
fn x264(_: Option<&str>) -> Result<EncoderName> {
    Err(Error::missing_feature("movies by x264", "x264-gpl"))
}

#[cfg(feature = "av1")]
fn av1() -> Result<EncoderName> {
    Ok(EncoderName::Av1)
}

#[cfg(not(feature = "av1"))]
fn av1() -> Result<EncoderName> {
    Err(Error::missing_feature("AV1 movies", "av1"))
}

/// Who has them.
const TEN_BITS: &str = "take --encoder av1, x264 with --bit-depth 10, ffmpeg:hevc, \
                        ffmpeg:prores422hq or ffmpeg:dnxhr-hqx";

impl EncoderArgs {
    /// The movie that people review, for a display.
    ///
    /// # Errors
    /// An option that the encoder does not have, or a display that needs more bits.
    pub fn proxy(&self, color: VideoColor) -> Result<Rendition> {
        let rendition = match self.encoder {
            EncoderName::RustyH264 => self.eight_bits(RustyH264::new(), color),
            #[cfg(feature = "openh264")]
            EncoderName::OpenH264 => self.eight_bits(OpenH264::new(), color),
            #[cfg(feature = "x264-gpl")]
            EncoderName::X264(preset) => self.x264(preset, color),
            #[cfg(feature = "av1")]
            EncoderName::Av1 => self.av1(color),
            EncoderName::Ffmpeg(preset) => self.ffmpeg(preset, color),
        }?;
        let depth = rendition.encoder().codes().pixel.depth();
        if color.is_hdr() && depth < 10 {
            let name = color.name();
            let what = format!("{name} needs codes of 10 bits, not {depth}: {TEN_BITS}");
            return Err(Error::invalid("video-color", what));
        }
        Ok(rendition)
    }

    /// A movie by one of the encoders that are built in and have 8 bits alone.
    fn eight_bits(&self, codec: impl Codec, color: VideoColor) -> Result<Rendition> {
        self.check_depth(&[8], "H.264 has 8 bits here; x264, av1 and ffmpeg's presets have 10")?;
        Ok(self.mp4(codec, color))
    }

    #[cfg(feature = "x264-gpl")]
    fn x264(&self, preset: X264Preset, color: VideoColor) -> Result<Rendition> {
        self.check_depth(&[8, 10], "x264 has 8 and 10 bits")?;
        let mut x264 = X264::new().with_preset(preset);
        if self.bit_depth == Some(10) {
            x264 = x264.with_ten_bits();
        }
        Ok(self.mp4(x264, color))
    }

    #[cfg(feature = "av1")]
    fn av1(&self, color: VideoColor) -> Result<Rendition> {
        self.check_depth(&[10], "av1 has 10 bits")?;
        Ok(self.mp4(Av1::new(), color))
    }

    fn mp4(&self, codec: impl Codec, color: VideoColor) -> Rendition {
        let mut mp4 = Mp4::by(codec).with_color(color);
        if let Some(quality) = self.quality {
            mp4 = mp4.with_quality(quality);
        }
        if let Some(gop) = self.gop {
            mp4 = mp4.with_gop(gop);
        }
        Rendition::proxy_by(mp4)
    }

    fn ffmpeg(&self, preset: FfmpegPreset, color: VideoColor) -> Result<Rendition> {
        self.check_depth(&[], "the presets of ffmpeg have their own")?;
        let mut ffmpeg = Ffmpeg::new(preset).with_color(color);
        if let Some(quality) = self.quality {
            ffmpeg = ffmpeg.with_quality(quality)?;
        }
        if let Some(gop) = self.gop {
            ffmpeg = ffmpeg.with_gop(gop)?;
        }
        Ok(Rendition::proxy_by(ffmpeg))
    }

    fn check_depth(&self, known: &[u8], what: &str) -> Result<()> {
        match self.bit_depth {
            Some(depth) if !known.contains(&depth) => Err(Error::invalid("bit-depth", what)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(args: &EncoderArgs) -> String {
        args.proxy(VideoColor::Rec709).unwrap().recipe()
    }

    #[test]
    fn what_is_not_said_is_the_usual_proxy() {
        let args = EncoderArgs::default();
        assert_eq!(recipe(&args), Rendition::proxy_for(VideoColor::Rec709).recipe());
        let finer = EncoderArgs { quality: Some(18), gop: Some(12), ..EncoderArgs::default() };
        let mp4 = Mp4::new().with_quality(18).with_gop(12);
        assert_eq!(recipe(&finer), Rendition::proxy_by(mp4).recipe());
    }

    #[test]
    fn encoders_are_named_with_their_presets() {
        for preset in FfmpegPreset::ALL {
            let encoder = format!("ffmpeg:{}", preset.name()).parse().unwrap();
            let args = EncoderArgs { encoder, ..EncoderArgs::default() };
            assert!(recipe(&args).contains(&format!("ffmpeg={}", preset.name())));
        }
        for wrong in [
            "ffmpeg",
            "ffmpeg:",
            "ffmpeg:prores",
            "rusty-h264:fast",
            "openh264:fast",
            "av1:9",
            "x265",
        ] {
            assert!(wrong.parse::<EncoderName>().is_err(), "{wrong}");
        }
        if cfg!(not(feature = "x264-gpl")) {
            let error = "x264".parse::<EncoderName>().unwrap_err().to_string();
            assert!(error.contains("feature `x264-gpl`"), "{error}");
        }
    }

    #[cfg(feature = "x264-gpl")]
    #[test]
    fn x264_takes_a_preset_and_ten_bits() {
        let encoder = "x264:slow".parse().unwrap();
        let args = EncoderArgs { encoder, bit_depth: Some(10), ..EncoderArgs::default() };
        assert!(recipe(&args).contains("preset=slow crf=23 depth=10"), "{}", recipe(&args));
        assert!("x264:quick".parse::<EncoderName>().is_err());
    }

    #[test]
    fn high_dynamic_range_needs_ten_bits() {
        let proxy = |encoder: &str, bit_depth, color| {
            let encoder = encoder.parse().ok()?;
            Some(EncoderArgs { encoder, bit_depth, ..EncoderArgs::default() }.proxy(color))
        };
        for color in [VideoColor::Pq, VideoColor::Hlg] {
            for encoder in ["rusty-h264", "openh264", "x264", "ffmpeg:x264", "ffmpeg:dnxhr-hq"] {
                let Some(refused) = proxy(encoder, None, color) else { continue };
                let error = refused.unwrap_err().to_string();
                let said = format!("video-color: {} needs codes of 10 bits, not 8", color.name());
                assert!(error.starts_with(&said), "{encoder}: {error}");
                assert!(error.contains("--encoder av1"), "{error}");
            }
            for (encoder, depth) in [
                ("av1", None),
                ("x264", Some(10)),
                ("ffmpeg:hevc", None),
                ("ffmpeg:prores422hq", None),
                ("ffmpeg:dnxhr-hqx", None),
            ] {
                let Some(made) = proxy(encoder, depth, color) else { continue };
                let recipe = made.unwrap().recipe();
                let transfer = if color == VideoColor::Pq { 16 } else { 18 };
                assert!(recipe.contains(&format!("nclx=9/{transfer}/9")), "{recipe}");
                assert!(recipe.contains("triangle"), "{recipe}");
            }
        }
    }

    #[test]
    fn what_an_encoder_has_not_is_refused() {
        let deep = EncoderArgs { bit_depth: Some(10), ..EncoderArgs::default() };
        assert!(deep.proxy(VideoColor::Rec709).is_err());
        let encoder = EncoderName::Ffmpeg(FfmpegPreset::DnxhrHq);
        let args = EncoderArgs { encoder, quality: Some(20), ..EncoderArgs::default() };
        let error = args.proxy(VideoColor::Rec709).unwrap_err().to_string();
        assert!(error.contains("dnxhr-hq has its own"), "{error}");
    }
}
