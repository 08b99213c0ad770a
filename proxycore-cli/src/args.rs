//! What can be said on the command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use bytesize::ByteSize;
use clap::builder::RangedU64ValueParser;
use clap::builder::styling::{AnsiColor, Styles};
use clap::error::ErrorKind as ClapErrorKind;
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};
use proxycore::color::{self, ColorConfig};
use proxycore::decode::Selection;
use proxycore::encode::{StillColor, VideoColor};
use proxycore::key::KeyTemplate;
use proxycore::space::ColorSpace;
use proxycore::{DecodeOptions, Result};

use crate::assemble::SequenceArgs;
use crate::encoders::EncoderArgs;
use crate::events::{self, Channel, KafkaArgs};
use crate::rows::{self, Database, RowFiles};
use crate::sources::Filter;
use crate::stores::StoreArgs;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// Film frames to thumbnails, H.264 proxies and previews, with the right colours
#[derive(Debug, Parser)]
#[command(
    name = "proxycore",
    styles = STYLES,
    disable_version_flag = true,
    arg_required_else_help = true,
    args_conflicts_with_subcommands = true,
    after_help = "Exit status: 0 all done, 1 some source failed (the others are done), 2 usage."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Print the version; with -v also the features and encoders of this build
    #[arg(short = 'V', long)]
    pub version: bool,
    /// Print more
    #[arg(short, long, requires = "version", action = ArgAction::Count, hide = true)]
    pub verbose: u8,
}

impl Cli {
    /// Ends the program with the usage and exit status 2.
    pub fn refuse_no_command() -> ! {
        let what = "a command is missing; `proxycore --help` lists them";
        Self::command().error(ClapErrorKind::MissingSubcommand, what).exit()
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make renditions of frames
    Make(Box<Make>),
    /// Make what comes to a place as it comes; a movie grows with its frames
    Watch(Box<Watch>),
    /// Say what a frame is: parts, channels, windows, compression, colour space
    Info(Box<Info>),
    /// List sequences and frames by themselves: range, gaps, size, format
    Ls(Ls),
    /// Say which space frames are in, for every later run; the frames stay as they are
    Assign(Assign),
    /// Draw a small show, run the main job on it, and show what it made
    Demo(Demo),
    /// Print the version, the features and encoders of this build, and the programs that it found
    Version(Version),
}

#[derive(Debug, Default, Args)]
pub struct Make {
    /// Frames to read: paths, s3:// URLs, patterns of sequences such as shot.%04d.exr or
    /// shot.1001-1100#.exr, or folders and prefixes (ending in /), of which each sequence becomes a
    /// movie
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    #[command(flatten)]
    pub filter: Filter,
    #[command(flatten)]
    pub stores: StoreArgs,
    #[command(flatten)]
    pub pick: Pick,
    #[command(flatten)]
    pub look: Look,
    #[command(flatten)]
    pub sequences: SequenceArgs,
    #[command(flatten)]
    pub encoders: EncoderArgs,
    /// Put the outputs straight into PLACE, a folder or an s3:// prefix; what was made there is no
    /// source, also where PLACE lies in a folder of sources [default: `.proxies/` beside each source]
    #[arg(long, value_name = "PLACE")]
    pub out: Option<PathBuf>,
    /// Name the outputs after TEMPLATE [default: {dir}/.proxies/{stem}_{name}.{ext}, and
    /// {stem}_{name}.{ext} with --out]
    #[arg(long, value_name = "TEMPLATE")]
    pub template: Option<KeyTemplate>,
    /// Take keys relative to DIR [default: the current folder, or / for sources outside it]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// What to make
    #[arg(long, value_enum, value_delimiter = ',', default_value = "thumb,proxy")]
    pub renditions: Vec<RenditionName>,
    /// Write an index.html beside the outputs that shows them, and those of earlier pages that still
    /// stand: it plays the movies and scrubs the sprites, without a server; thumb, proxy and sprite are
    /// made for it
    #[arg(long, conflicts_with = "dry_run")]
    pub gallery: bool,
    /// Encode thumbnail and preview for sRGB displays, or for Display P3, which shows more colours
    #[arg(long, value_name = "COLOR", default_value = "srgb")]
    pub still_color: StillColorName,
    /// Encode the proxy for video displays, for computers' (a browser's), or for those of high dynamic
    /// range, which takes an encoder of 10 bits
    #[arg(long, value_name = "COLOR", default_value = "rec709")]
    pub video_color: VideoColorName,
    /// Print one JSON object a line for each source
    #[arg(long)]
    pub json: bool,
    /// Make everything anew, also what is up to date
    #[arg(long)]
    pub force: bool,
    /// Say what would be read and written, and do neither; only headers are read
    #[arg(long)]
    pub dry_run: bool,
    /// Note in pictures of numbers that are no colour that they are not colour managed
    #[arg(long)]
    pub data_note: bool,
    /// Decode each output again and hold it against the light it was made from; write nothing
    /// where its colours or tags are wrong
    #[arg(long)]
    pub prove: bool,
    /// Sources to work on at a time, at most 1024 [default: one for each core, and four where a store
    /// is far]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Memory that all jobs together may take for pixels; a source that needs more is made alone
    #[arg(long, value_name = "SIZE", default_value = "1 GiB")]
    pub memory: ByteSize,
    /// Keep a row for each source in a database
    #[arg(long, value_name = rows::DATABASE_FORMS, hide = !rows::HAS_DATABASE)]
    pub db: Option<Database>,
    /// Append a row for each source to files
    #[arg(long, value_name = rows::FILE_FORMS)]
    pub rows: Option<RowFiles>,
    #[arg(long, value_name = events::FORMS, help = events::HELP)]
    pub events: Option<Channel>,
    #[command(flatten)]
    pub kafka: KafkaArgs,
}

#[derive(Debug, Args)]
#[command(after_help = WATCH_EXAMPLES)]
pub struct Watch {
    #[command(flatten)]
    pub make: Make,
    /// Look every SECONDS
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds)]
    pub interval: f64,
    /// Take a sequence, or a frame by itself, once nothing of it has changed for SECONDS: what still
    /// changes is being written
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds)]
    pub settle: f64,
    /// End when nothing has come for SECONDS [default: with Ctrl-C]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub until_idle: Option<f64>,
}

const WATCH_EXAMPLES: &str = "\
The place is listed again and again, which serves disks, shares of a network and buckets alike. The
groups of pictures of each movie are kept beside it (--segments), so that a frame costs its group,
unless the encoder makes whole files, as those of ffmpeg do.

Exit status: 1 where something that still lies there failed when it was made last, else 0.

Examples:
  proxycore watch renders/shot_010/ --missing hold
  proxycore watch s3://renders/ --include '*.exr' --interval 30 --db sqlite:proxies.db
  proxycore watch renders/ --until-idle 600 --json";

fn seconds(text: &str) -> std::result::Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=1e6).contains(&seconds) => Ok(seconds),
        _ => Err("write a number of seconds".into()),
    }
}

/// The display that a still is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum StillColorName {
    /// sRGB, as every viewer has it
    #[default]
    Srgb,
    /// The sRGB curve on P3's primaries, by its ICC profile
    DisplayP3,
}

impl From<StillColorName> for StillColor {
    fn from(name: StillColorName) -> Self {
        match name {
            StillColorName::Srgb => Self::Srgb,
            StillColorName::DisplayP3 => Self::DisplayP3,
        }
    }
}

/// The display that a proxy is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum VideoColorName {
    /// BT.1886, tagged 1/1/1
    #[default]
    Rec709,
    /// The sRGB curve, tagged 1/13/1
    Srgb,
    /// PQ of BT.2100, diffuse white at 203 cd/m², tagged 9/16/9
    Pq,
    /// HLG of BT.2100, diffuse white at 75 %, tagged 9/18/9
    Hlg,
}

impl From<VideoColorName> for VideoColor {
    fn from(name: VideoColorName) -> Self {
        match name {
            VideoColorName::Rec709 => Self::Rec709,
            VideoColorName::Srgb => Self::Srgb,
            VideoColorName::Pq => Self::Pq,
            VideoColorName::Hlg => Self::Hlg,
        }
    }
}

/// What of a frame is shown.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "What is shown")]
pub struct Pick {
    /// Show PART (subimage, page), by its name or its number from 0 [default: the beauty]
    #[arg(long, value_name = "PART")]
    pub part: Option<String>,
    /// Show LAYER, or one channel by its whole name
    #[arg(long, value_name = "LAYER")]
    pub layer: Option<String>,
    /// Show VIEW of a stereo frame [default: the file's first, hero or left]
    #[arg(long, value_name = "VIEW")]
    pub view: Option<String>,
    /// Read level N of a mip or rip map, 0 for the full one [default: the smallest that serves]
    #[arg(long, value_name = "N")]
    pub level: Option<usize>,
    /// Show what is whole of a damaged frame, and hatch the rest
    #[arg(long)]
    pub partial: bool,
}

impl Pick {
    /// The same, for the decoders.
    pub fn options(&self) -> DecodeOptions {
        let mut selection = Selection::default();
        selection.part.clone_from(&self.part);
        selection.layer.clone_from(&self.layer);
        selection.view.clone_from(&self.view);
        selection.level = self.level;
        DecodeOptions::default().with_selection(selection).with_partial(self.partial)
    }
}

/// Which colours a frame is in, and how they come to the display.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Colour")]
pub struct Look {
    #[arg(
        long,
        value_name = "CONFIG",
        help = "Follow an OpenColorIO config: a .ocio or .ocioz file, or ocio://NAME \
                [default: $OCIO, else $OCIO_CONFIG_PATH, else the built-in transforms]"
    )]
    pub ocio: Option<String>,
    /// Take the frames to be in SPACE, by Color Interop ID or by the config's name [default: what
    /// each says of itself]
    #[arg(long, value_name = "SPACE")]
    pub input_space: Option<String>,
    /// Look through the config's DISPLAY [default: its first]
    #[arg(long, value_name = "DISPLAY")]
    pub display: Option<String>,
    /// Look through VIEW of the display [default: its first]
    #[arg(long, value_name = "VIEW")]
    pub display_view: Option<String>,
    #[arg(
        long,
        value_name = "SPACE",
        help = "Take the view's codes to be in SPACE, whatever names the config gives them: \
                g24_rec709_display, g26_p3dci_display, pq_rec2020_display, ..."
    )]
    pub display_space: Option<String>,
    /// Apply LOOKS instead of the view's own, such as +grade,-neutral; "" for none
    #[arg(long, value_name = "LOOKS", allow_hyphen_values = true)]
    pub look: Option<String>,
    /// Expose by STOPS more, through a config
    #[arg(long, value_name = "STOPS", default_value_t = 0.0, allow_negative_numbers = true)]
    pub exposure: f64,
    /// Let a view be near enough (dE2000 under 0.5 of the pixels tried), or have it op by op
    #[arg(long, value_name = "HOW", default_value = "fast")]
    pub color_precision: ColorPrecision,
    /// Set a variable of the config's context
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub context: Vec<(String, String)>,
}

/// How near a view has to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorPrecision {
    /// A table where it cannot be told from the view
    #[default]
    Fast,
    /// The view itself
    Exact,
}

impl Look {
    /// The transforms to go through.
    ///
    /// # Errors
    /// A config that is not there or is broken, a name that it lacks, and an option that needs a
    /// config where there is none.
    pub fn config(&self) -> Result<Arc<dyn ColorConfig>> {
        let look = color::Look {
            ocio: self.ocio.clone(),
            display: self.display.clone(),
            view: self.display_view.clone(),
            display_space: self.display_space.clone(),
            look: self.look.clone(),
            exposure: self.exposure,
            exact: self.color_precision == ColorPrecision::Exact,
            context: self.context.clone(),
        };
        look.config()
    }

    /// The space that the frames are said to be in.
    pub fn input_space(&self) -> Option<ColorSpace> {
        self.input_space.clone().map(ColorSpace::new)
    }
}

/// The two of `KEY=VALUE`.
fn pair(value: &str) -> std::result::Result<(String, String), String> {
    match value.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        _ => Err("write KEY=VALUE".into()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RenditionName {
    /// A 256x256 sRGB JPEG, letterboxed
    Thumb,
    /// A Rec.709 movie inside 1920x1080, H.264 in MP4 unless --encoder says otherwise
    Proxy,
    /// A full-resolution sRGB JPEG
    Preview,
    /// A contact sheet of a sequence: up to 24 frames with their numbers
    Sheet,
    /// Small frames of a sequence in one JPEG, with WebVTT cues, for scrubbing in a player
    Sprite,
}

#[derive(Debug, Args)]
pub struct Info {
    /// The frame to look at: a path or an s3:// URL
    #[arg(value_name = "SOURCE")]
    pub source: PathBuf,
    #[command(flatten)]
    pub stores: StoreArgs,
    #[command(flatten)]
    pub pick: Pick,
    #[command(flatten)]
    pub look: Look,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Write a sheet that shows the frame as each space it may be in, as a JPEG
    #[arg(long, value_name = "OUT.jpg")]
    pub bracket: Option<PathBuf>,
    /// Show these spaces on the sheet, two to six of them [default: the one that was detected, and
    /// what such a frame usually is]
    #[arg(long, value_name = "SPACE", value_delimiter = ',', requires = "bracket")]
    pub candidates: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = LS_EXAMPLES)]
pub struct Ls {
    /// Where to look: folders and prefixes (ending in /), patterns such as shot.%04d.exr,
    /// shot.####.exr or shot.1001-1100#.exr, and files
    #[arg(value_name = "PLACE", default_value = ".")]
    pub places: Vec<PathBuf>,
    /// Print one JSON object a line for each
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub filter: Filter,
    #[command(flatten)]
    pub stores: StoreArgs,
}

const LS_EXAMPLES: &str = "\
Names are all that is looked at; no frame is opened. A shell takes # and $ for its own: quote them.
Credentials of object stores are taken from the environment.

Examples:
  proxycore ls renders/shot_010
  proxycore ls 'renders/shot_010/beauty.1001-1100#.exr'
  proxycore ls s3://renders/plates/ --include '*.dpx'
  proxycore ls --json renders | jq -r 'select(.missing) | .key'";

#[derive(Debug, Args)]
pub struct Assign {
    /// The space, by Color Interop ID or by the config's name; not with --clear
    #[arg(value_name = "SPACE", required = true)]
    pub first: PathBuf,
    /// Frames that are in it
    #[arg(value_name = "SOURCE", required_unless_present = "clear")]
    pub rest: Vec<PathBuf>,
    #[command(flatten)]
    pub stores: StoreArgs,
    /// Mean every file of the frames' folders whose name fits PATTERN, such as 'plate.*.dpx'
    #[arg(long, value_name = "PATTERN")]
    pub pattern: Option<String>,
    /// Forget what was assigned
    #[arg(long, conflicts_with = "file_rule")]
    pub clear: bool,
    /// Print file rules for an OpenColorIO config instead
    #[arg(long)]
    pub file_rule: bool,
    #[arg(
        long,
        value_name = "CONFIG",
        help = "Know the spaces of an OpenColorIO config [default: $OCIO, else $OCIO_CONFIG_PATH, \
                else the built-in transforms]"
    )]
    pub ocio: Option<String>,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Where the frames and what is made of them go
    #[arg(value_name = "DIR", default_value = "demo")]
    pub dir: PathBuf,
    /// Print one JSON object a line for each source, then one for the page
    #[arg(long)]
    pub json: bool,
    /// Draw the test charts alone, and print their patches: for tests
    #[arg(long, hide = true)]
    pub charts: bool,
    /// Draw N frames of the shot instead of all 48: for tests
    #[arg(long, hide = true, value_name = "N", value_parser = RangedU64ValueParser::<u8>::new().range(1..=48))]
    pub frames: Option<u8>,
}

#[derive(Debug, Args)]
pub struct Version {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Print the name and the number alone
    #[arg(long)]
    pub short: bool,
}
