//! Paper lanterns that rise over the water: small, and many times as bright as white.

use super::water::{Tilt, Waves, mirrored};
use super::{ABOVE, Moment, PICTURE, UNIT};
use crate::demo::canvas::{Area, Canvas, Light};
use crate::demo::landscape::{self, HORIZON};

const COUNT: i32 = 18;
/// Half of a near lantern's width, in units.
const NEAR: f32 = 0.030;
/// Half of its height, and how far its glow reaches, in halves of its width.
const TALL: f32 = 1.25;
const REACH: f32 = 5.0;
/// The light of its flame and of its top.
const FLAME: Light = Light([24.0, 10.5, 2.6]);
const TOP: Light = Light([1.7, 0.42, 0.07]);
const GLOW: Light = Light([1.0, 0.36, 0.085]);

/// A lantern at a moment.
#[derive(Debug, Clone, Copy)]
struct Lantern {
    u: f32,
    v: f32,
    /// Half of its width.
    radius: f32,
    /// About 1; flames flicker.
    brightness: f32,
}

/// Draws the lanterns, from far to near, and their light in the water.
pub fn light(canvas: &mut Canvas, waves: &Waves, moment: Moment) {
    for lantern in (0..COUNT).map(|at| Lantern::new(at, moment)) {
        lantern.shine(canvas);
        lantern.mirror(canvas, waves, moment);
    }
}

impl Lantern {
    fn new(at: i32, moment: Moment) -> Self {
        let chance = |of: i32| landscape::random(at, of, 71);
        let near = (at as f32 + 0.5) / COUNT as f32;
        let radius = NEAR * (0.20 + 0.80 * near * near);
        let sway = (moment.at * 3.0 + chance(3) * 6.3).sin() * 0.25 * radius;
        // spread by the golden ratio, so that no two hang together
        let u =
            0.35 + 1.5 * (at as f32 * 0.618_034 + 0.11).fract() - (0.07 + 0.30 * near) * moment.at;
        let v = 0.10 + 0.42 * chance(2) - (0.03 + 0.09 * near) * (moment.at - 0.5);
        let flicker = landscape::noise(moment.at * 9.0, at as f32, 5) - 0.5;
        Self { u: u + sway, v, radius, brightness: 1.0 + 0.3 * flicker }
    }

    /// The body's light at a point relative to its middle, in its radii, and how much it covers.
    fn body(&self, x: f32, y: f32) -> (Light, f32) {
        // narrower below, and round above
        let dome = (1.0 - (y / TALL).powi(4)).max(0.0);
        let edge = ((0.88 - 0.14 * y) * dome.sqrt() - x.abs()).min(TALL - y.abs());
        let soft = (self.radius * UNIT).max(1.0);
        let cover = (edge * soft + 0.5).clamp(0.0, 1.0);
        let flame = (-(x * x * 1.6 + (y - 0.85).powi(2)) * 1.9).exp();
        (TOP.mix(FLAME, flame) * self.brightness, cover)
    }

    fn glow(&self, x: f32, y: f32) -> Light {
        let away = x * x + y * y;
        let fade = (1.0 - away / (REACH * REACH)).max(0.0);
        GLOW * (self.brightness * 0.75 * fade * fade / (1.0 + away))
    }

    fn shine(&self, canvas: &mut Canvas) {
        let area = self.area(self.v, REACH, REACH);
        canvas.change(area, |x, y, under| {
            let (x, y) = self.local(x / UNIT, y / UNIT);
            let lit = under + self.glow(x, y);
            if y.abs() > TALL + 1.0 {
                return lit;
            }
            let (light, cover) = self.body(x, y);
            lit.mix(light, cover)
        });
    }

    /// What of it the water throws back: a broken streak.
    fn mirror(&self, canvas: &mut Canvas, waves: &Waves, moment: Moment) {
        let foot = HORIZON + (HORIZON - self.v) / 1.35;
        let area = self.area(foot, REACH * 0.8, 0.16 / self.radius);
        let top = area.y.max(ABOVE.height);
        let bottom = (area.y + area.height).min(PICTURE.height);
        let area = Area { y: top, height: (bottom - top).max(0), ..area };
        canvas.change(area, |x, y, under| {
            let (u, v) = (x / UNIT, y / UNIT);
            let tilt = waves.tilt(u, v, moment);
            let Tilt { chop, depth, .. } = tilt;
            let (x, y) = self.local(u + chop * 0.03, mirrored(v, tilt));
            let (light, cover) = self.body(x, y);
            let thrown = self.glow(x, y) + light * cover;
            under + thrown * (0.45 * (1.0 - 0.4 * depth))
        });
    }

    /// A point relative to its middle, in its radii.
    fn local(&self, u: f32, v: f32) -> (f32, f32) {
        ((u - self.u) / self.radius, (v - self.v) / self.radius)
    }

    /// Pixels within so many radii of its column and of a row.
    fn area(&self, v: f32, across: f32, along: f32) -> Area {
        let pixels = |at: f32| (at * UNIT) as i32;
        let (width, height) = (pixels(self.radius * across) + 1, pixels(self.radius * along) + 1);
        Area::new(pixels(self.u) - width, pixels(v) - height, 2 * width, 2 * height)
    }
}
