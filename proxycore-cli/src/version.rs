//! `proxycore version`: what this build can do, and which programs it found.

use std::fmt::{self, Display, Formatter};

use proxycore::Result;
use proxycore::encode::FfmpegProgram;
use serde::Serialize;

use crate::args;
use crate::features::{FEATURES, install_line};
use crate::report::{say, say_json};
use crate::terminal::plain;

/// Prints the version.
///
/// # Errors
/// None: a program that is not found is a line of its own.
pub fn run(args: &args::Version) -> Result<usize> {
    let version = env!("CARGO_PKG_VERSION");
    match args {
        args::Version { json: true, .. } => say_json(&Build::look()),
        args::Version { short: true, .. } => say(&format_args!("proxycore {version}")),
        args::Version { .. } => say(&Build::look()),
    }
    Ok(0)
}

/// This build, and what it finds on this machine.
#[derive(Debug, Serialize)]
struct Build {
    version: &'static str,
    features: Vec<&'static str>,
    missing_features: Vec<&'static str>,
    encoders: Vec<Encoder>,
}

/// An encoder of movies.
#[derive(Debug, Serialize)]
struct Encoder {
    /// As `--encoder` takes it.
    name: &'static str,
    /// What it makes.
    makes: &'static str,
    is_ready: bool,
    /// What of it is here, or how to get it.
    state: String,
}

impl Build {
    fn look() -> Self {
        let names = |is_built: bool| {
            let of = FEATURES.iter().filter(|feature| feature.is_built == is_built);
            of.map(|feature| feature.name).collect()
        };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            features: names(true),
            missing_features: names(false),
            encoders: vec![rusty_h264(), openh264(), x264(), av1(), ffmpeg()],
        }
    }
}

fn rusty_h264() -> Encoder {
    let state = "built in, the default".to_owned();
    Encoder { name: "rusty-h264", makes: "H.264, 8 bits", is_ready: true, state }
}

fn openh264() -> Encoder {
    let is_ready = cfg!(feature = "openh264");
    let state = openh264_build();
    Encoder { name: "openh264", makes: "H.264, 8 bits", is_ready, state }
}

#[cfg(feature = "openh264")]
fn openh264_build() -> String {
    match proxycore::encode::OpenH264::has_assembly() {
        true => "built in, with its assembly".to_owned(),
        false => "built in, without its assembly: 2.4 times slower; install nasm and build again"
            .to_owned(),
    }
}

#[cfg(not(feature = "openh264"))]
fn openh264_build() -> String {
    not_built("openh264")
}

fn av1() -> Encoder {
    let is_ready = cfg!(feature = "av1");
    let state = if is_ready { "built in: rav1e".to_owned() } else { not_built("av1") };
    Encoder { name: "av1", makes: "AV1, 10 bits", is_ready, state }
}

fn x264() -> Encoder {
    let found = x264_build();
    let (is_ready, state) = (found.is_ok(), found.unwrap_or_else(|why| why));
    Encoder { name: "x264", makes: "H.264, 8 or 10 bits", is_ready, state }
}

#[cfg(feature = "x264-gpl")]
fn x264_build() -> Result<String, String> {
    let build = proxycore::encode::X264::library_build();
    build.map(|build| format!("libx264 build {build}")).map_err(|error| error.to_string())
}

#[cfg(not(feature = "x264-gpl"))]
fn x264_build() -> Result<String, String> {
    Err(not_built("x264-gpl"))
}

fn ffmpeg() -> Encoder {
    let (is_ready, state) = match FfmpegProgram::find() {
        Ok(found) => (true, format!("{} {}", found.path.display(), found.version)),
        Err(error) => (false, error.to_string()),
    };
    Encoder { name: "ffmpeg:PRESET", makes: "ProRes, DNxHR, H.264, HEVC", is_ready, state }
}

fn not_built(feature: &str) -> String {
    format!("not built in: {}", install_line(feature))
}

impl Display for Build {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "proxycore {}", self.version)?;
        writeln!(f, "\nfeatures: {}", self.features.join(", "))?;
        for feature in FEATURES.iter().filter(|feature| !feature.is_built) {
            writeln!(f, "  without {:10} {}", feature.name, feature.adds)?;
        }
        if !self.missing_features.is_empty() {
            writeln!(f, "  all of them: cargo install --path proxycore-cli --features full")?;
        }
        write!(f, "\nencoders of movies:")?;
        for encoder in &self.encoders {
            let Encoder { name, makes, state, .. } = encoder;
            write!(f, "\n  {name:14} {makes:27} {}", plain(state))?;
        }
        Ok(())
    }
}
