//! Firs and reeds on the near shore, dark against the water, blurred by the camera's motion.

use super::{Moment, PICTURE, UNIT};
use crate::demo::canvas::{Area, Canvas, Light};
use crate::demo::landscape::{noise, random};

/// How far it passes during the shot.
const TRAVEL: f32 = 0.95;
/// The row that nothing on it reaches.
const TOP: f32 = 0.85;
const DARK: Light = Light([0.0045, 0.0035, 0.0060]);
/// Places within a pixel's motion during half a frame, the time that a shutter is open.
const SHUTTER: usize = 8;
/// The width of the place that a tree has.
const PLOT: f32 = 0.028;

/// Draws the shore.
pub fn grow(canvas: &mut Canvas, moment: Moment) {
    let blur = TRAVEL / 47.0 * 0.5;
    let crest = |at: usize| {
        let u = at as f32 / SHUTTER as f32 * blur;
        height(u + moment.at * TRAVEL)
    };
    let pixels = blur * UNIT / SHUTTER as f32;
    let crests: Vec<f32> =
        (0..(PICTURE.width as f32 / pixels) as usize + 2 * SHUTTER).map(crest).collect();
    let top = (TOP * UNIT) as i32;
    let area = Area { y: top, height: PICTURE.height - top, ..PICTURE };
    canvas.change(area, |x, y, under| {
        let from = (x / pixels) as usize;
        let covers = crests[from..from + SHUTTER]
            .iter()
            .map(|crest| (y - crest * UNIT + 0.5).clamp(0.0, 1.0));
        under.mix(DARK, covers.sum::<f32>() / SHUTTER as f32)
    });
}

/// The highest row that is covered at `u`.
fn height(u: f32) -> f32 {
    let bank = 0.992 - 0.045 * noise(u * 1.1, 0.5, 91);
    let reeds = 0.010 * noise(u * 120.0, 0.5, 92) + 0.006 * noise(u * 31.0, 0.5, 93);
    let plot = (u / PLOT).floor() as i32;
    let tallest = (plot - 1..=plot + 1).map(|plot| fir(u, plot)).fold(0.0, f32::max);
    (bank - reeds - tallest).max(TOP)
}

/// How high the fir of a plot stands at `u`.
fn fir(u: f32, plot: i32) -> f32 {
    let chance = |of: i32| random(plot, of, 97);
    let thick = noise(plot as f32 * 0.13, 0.5, 98);
    let tall = ((0.35 + chance(1)) * 0.20 * (thick - 0.30)).clamp(0.0, 0.13);
    let middle = (plot as f32 + 0.15 + 0.7 * chance(2)) * PLOT;
    let away = (u - middle).abs() / (0.20 * tall + 0.004);
    let branches = 0.09 * (away * 6.0).fract() * away;
    tall * (1.0 - away + branches).max(0.0)
}
