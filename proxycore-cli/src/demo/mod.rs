//! The frames that `proxycore demo` makes for itself, so that a first run needs nobody's footage.
//!
//! One HDR test chart, drawn in linear light, written the ways film frames come: plain scanlines,
//! tiles in ACEScg, and with overscan around the picture. All three show the same picture, so
//! their thumbnails must agree, and its flat patches have known values to hold them to. Nothing
//! here goes through the library's own decoders or colour code: it is what they are tested with.

mod canvas;
mod chart;
mod command;
mod font;
mod landscape;
mod write;

use std::path::{Path, PathBuf};
#[cfg(test)]
use std::sync::LazyLock;

use proxycore::Result;
use serde::Serialize;

use self::chart::Chart;
pub use self::command::run;

/// A frame on disk, and what it shows.
#[derive(Debug, Clone, Serialize)]
pub struct DemoFrame {
    /// The file.
    pub path: PathBuf,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Pixels in a row of its display window.
    pub width: u32,
    /// Rows of its display window.
    pub height: u32,
    /// Its flat patches.
    pub patches: Vec<Patch>,
}

/// A patch of one colour, flat over at least 64 pixels each way.
#[derive(Debug, Clone, Serialize)]
pub struct Patch {
    /// What it is called, such as `bluish_green`.
    pub name: String,
    /// Its centre's column, from the left of the display window.
    pub x: u32,
    /// Its centre's row, from the top of the display window.
    pub y: u32,
    /// Its scene light, linear with Rec.709 primaries; may be negative or above 1.
    pub rgb: [f32; 3],
}

/// Draws the demo frames and writes them to `dir`, which it makes where it is missing.
///
/// The same bytes come out every time.
///
/// # Errors
/// Whatever the file system says.
pub fn render(dir: &Path) -> Result<Vec<DemoFrame>> {
    write::all(&draw(), dir)
}

fn draw() -> Chart {
    Chart::draw(write::FRAME, &write::time_code(write::FRAME).to_string())
}

/// The chart that the tests look at, drawn once.
#[cfg(test)]
fn sample() -> &'static Chart {
    static CHART: LazyLock<Chart> = LazyLock::new(draw);
    &CHART
}
