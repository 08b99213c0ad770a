//! Water that mirrors what stands above it, broken up by waves, and the sun's glitter on it.

use super::{ABOVE, Moment, PICTURE, SKY_TRAVEL, UNIT};
use crate::demo::canvas::{Area, Canvas, Light};
use crate::demo::landscape::{self, HORIZON, SUN_AT, SUN_COLOR};

/// Texels of the waves' pattern on each side, and those of its largest bumps.
const SIDE: usize = 512;
const BUMP: usize = 16;
/// The column that the camera looks along.
const CENTER: f32 = 0.9;
/// How far the nearest water passes during the shot.
const TRAVEL: f32 = 0.42;

/// A pattern of bumps on five scales that repeats without a seam.
#[derive(Debug)]
pub struct Waves {
    texels: Vec<f32>,
}

/// How a point of the water is tilted.
#[derive(Debug, Clone, Copy)]
pub struct Tilt {
    /// Long waves and short ones, about -0.5..=0.5.
    pub wave: f32,
    pub chop: f32,
    /// From 0 at the horizon to 1 at the lower edge.
    pub depth: f32,
}

impl Waves {
    pub fn new() -> Self {
        let texel = |at: usize| bumps(at % SIDE, at / SIDE);
        Self { texels: (0..SIDE * SIDE).map(texel).collect() }
    }

    /// Fills the canvas below the horizon.
    pub fn reflect(&self, canvas: &mut Canvas, moment: Moment) {
        let below = Area { y: ABOVE.height, height: PICTURE.height - ABOVE.height, ..PICTURE };
        let above = canvas.clone();
        let sun = SUN_AT.0 - moment.at * SKY_TRAVEL;
        canvas.change(below, |x, y, _| {
            let (u, v) = (x / UNIT, y / UNIT);
            let tilt = self.tilt(u, v, moment);
            let Tilt { wave, chop, depth } = tilt;
            let seen = above.nearest((u + chop * 0.03) * UNIT, mirrored(v, tilt) * UNIT);
            let dimmed = Light(seen.0.map(|v| v.min(2.2))) * 0.62;
            let spark = ((wave * 0.7 + chop + 0.02) * 5.0).clamp(0.0, 1.0).powi(3);
            let aside = (u - sun) / (0.040 + 0.11 * depth);
            let path = if aside.abs() < 3.0 { spark * (-aside * aside).exp() } else { 0.0 };
            dimmed * (1.0 - 0.45 * depth) + SUN_COLOR * (path * 14.0)
        });
    }

    /// How the water is tilted at a point and a moment.
    pub fn tilt(&self, u: f32, v: f32, moment: Moment) -> Tilt {
        let depth = (v - HORIZON) / (1.0 - HORIZON);
        let near = 1.0 / (depth + 0.045);
        let across = (u - CENTER) * near + TRAVEL * moment.at;
        let wave = self.at(across * 2.2, near * 9.0 + moment.at * 0.7) - 0.5;
        let chop = self.at(across * 9.0 + 7.0, near * 31.0 - moment.at * 1.3) - 0.5;
        Tilt { wave, chop, depth }
    }

    /// The pattern at a point, whose unit is a large bump.
    fn at(&self, x: f32, y: f32) -> f32 {
        // a whole number of patterns further, where everything is positive
        let far = (SIDE << 10) as f32;
        let (x, y) = (x * BUMP as f32 + far, y * BUMP as f32 + far);
        let (left, top) = (x as usize, y as usize);
        let (tx, ty) = (x.fract(), y.fract());
        let row = |step: usize| {
            let row = (top + step) % SIDE * SIDE;
            let [one, other] = [0, 1].map(|step| self.texels[row + (left + step) % SIDE]);
            one + (other - one) * tx
        };
        row(0) * (1.0 - ty) + row(1) * ty
    }
}

/// The row above the horizon that is mirrored at `v`, in units.
pub fn mirrored(v: f32, Tilt { wave, chop, depth }: Tilt) -> f32 {
    let row = HORIZON - (v - HORIZON) * 1.35 + (wave + chop * 0.35) * 0.20 * depth.max(0.0).sqrt();
    row.clamp(0.0, HORIZON - 0.002)
}

fn bumps(x: usize, y: usize) -> f32 {
    let octave = |octave: usize| {
        let scale = (1 << octave) as f32 / BUMP as f32;
        let period = (SIDE / BUMP) << octave;
        let at = |at: usize| (at as f32 + 0.5) * scale;
        landscape::tiled(at(x), at(y), 23 + octave as u32, period as i32) / (2 << octave) as f32
    };
    (0..5).map(octave).sum::<f32>() / 0.96875
}
