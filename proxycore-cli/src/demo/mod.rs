//! `proxycore demo`: a small show that is drawn on the spot, so that a first run needs nobody's
//! footage, and a page of what the main job makes of it.
//!
//! A moving shot in OpenEXR and its plate in DPX, a still of several parts, and test charts. The
//! charts' flat patches have known values to hold pictures to. Nothing here goes through the
//! library's own decoders or colour code: it is what they are tested with.

mod canvas;
mod chart;
mod command;
mod dpx;
mod file;
mod font;
mod forms;
mod hints;
mod landscape;
mod lookdev;
mod openexr;
mod primaries;
mod shot;
mod show;
mod tags;
mod zip;

use std::path::PathBuf;
#[cfg(test)]
use std::sync::LazyLock;

use serde::Serialize;

use self::chart::Chart;
pub use self::command::run;
use self::tags::{FIRST, time_code};

/// A chart on disk, and what it shows.
#[derive(Debug, Clone, Serialize)]
pub struct ChartFrame {
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

fn draw() -> Chart {
    Chart::draw(FIRST, &time_code(FIRST).to_string())
}

/// The chart that the tests look at, drawn once.
#[cfg(test)]
fn sample() -> &'static Chart {
    static CHART: LazyLock<Chart> = LazyLock::new(draw);
    &CHART
}
