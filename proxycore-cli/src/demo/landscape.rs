//! A sunset over water, made of arithmetic: a picture that people can judge, with a sun of 50.
//!
//! Points are `(u, v)`: `v` goes from 0 at the top to 1 at the bottom, and `u` to the right in the
//! same unit.

use super::canvas::Light;

/// The sun's light: what a display shows is clipped at 1.
pub const SUN: f32 = 50.0;

/// Where the sky ends and the water begins.
pub const HORIZON: f32 = 0.66;
/// The middle of the sun.
pub const SUN_AT: (f32, f32) = (1.34, 0.47);
/// The colour of the sun's light.
pub const SUN_COLOR: Light = Light([1.0, 0.78, 0.46]);
const SUN_RADIUS: f32 = 0.052;

/// Mountains from far to near.
pub const RIDGES: [Ridge; 4] = [
    Ridge { seed: 1, foot: 0.60, height: 0.17, peaks: 2.3, light: Light([0.34, 0.135, 0.105]) },
    Ridge { seed: 2, foot: 0.63, height: 0.15, peaks: 3.1, light: Light([0.150, 0.062, 0.072]) },
    Ridge { seed: 3, foot: 0.66, height: 0.12, peaks: 4.2, light: Light([0.050, 0.026, 0.042]) },
    Ridge { seed: 4, foot: 0.69, height: 0.08, peaks: 5.9, light: Light([0.014, 0.010, 0.020]) },
];

/// A range of mountains.
#[derive(Debug, Clone, Copy)]
pub struct Ridge {
    seed: u32,
    /// Where it stands, which may lie below the horizon.
    foot: f32,
    height: f32,
    /// Peaks in a unit.
    peaks: f32,
    light: Light,
}

impl Ridge {
    /// The `v` of its crest at `u`.
    pub fn crest(&self, u: f32) -> f32 {
        self.foot - self.height * ridge(u * self.peaks, self.seed)
    }

    /// The light at `v` where its crest is at `crest`, in front of `behind`.
    pub fn before(&self, behind: Light, crest: f32, v: f32) -> Light {
        let haze = ((v - crest) / (HORIZON - crest).max(0.01)).clamp(0.0, 1.0);
        let lit = self.light.mix(self.light * 1.9 + SUN_COLOR * 0.02, haze * haze);
        behind.mix(lit, ((v - crest) * 560.0).clamp(0.0, 1.0))
    }
}

/// The light at a point.
pub fn light(u: f32, v: f32) -> Light {
    if v < HORIZON { above(u, v) } else { water(u, v) }
}

fn above(u: f32, v: f32) -> Light {
    RIDGES.iter().fold(sky(u, v), |seen, ridge| ridge.before(seen, ridge.crest(u), v))
}

/// The light of the sky, with its clouds and the sun.
pub fn sky(u: f32, v: f32) -> Light {
    let height = (1.0 - v / HORIZON).clamp(0.0, 1.0);
    let low = Light([1.0, 0.30, 0.045]).mix(Light([0.33, 0.12, 0.20]), (height * 2.0).min(1.0));
    let base = low.mix(Light([0.014, 0.040, 0.135]), (height * 1.25).min(1.0).powf(0.8));
    let away = (u - SUN_AT.0).hypot(v - SUN_AT.1);
    let glow = SUN_COLOR * (0.8 * (-away * 11.0).exp())
        + Light([0.95, 0.24, 0.03]) * (0.9 * (-away * 2.6).exp());
    let disc = ((SUN_RADIUS - away) * 560.0).clamp(0.0, 1.0);
    (cloud(u, v, base) + glow * 0.8).mix(SUN_COLOR * SUN, disc)
}

/// Long thin clouds, lit from the sun's side.
fn cloud(u: f32, v: f32, behind: Light) -> Light {
    let streak = |v: f32| fractal(u * 2.1 + v * 1.3, v * 13.0, 11);
    let (thick, lower) = (streak(v), streak(v + 0.012));
    let cover = ((thick - 0.50) * 3.6).clamp(0.0, 0.85);
    let rim = ((thick - lower) * 6.0).clamp(0.0, 1.0);
    let warmth = (-(u - SUN_AT.0).abs() * 1.1).exp();
    let body = behind * 0.55 + Light([0.085, 0.050, 0.080]);
    behind.mix(body + Light([1.15, 0.38, 0.13]) * (rim * warmth), cover)
}

/// What stands above the water, mirrored and broken up, and the sun's glitter.
fn water(u: f32, v: f32) -> Light {
    let depth = (v - HORIZON) / (1.0 - HORIZON);
    let near = 1.0 / (depth + 0.045);
    let wave = fractal(u * near * 2.2, near * 9.0, 23) - 0.5;
    let chop = fractal(u * near * 9.0, near * 31.0, 29) - 0.5;
    let mirrored = HORIZON - (v - HORIZON) * 1.35 + (wave + chop * 0.35) * 0.20 * depth.sqrt();
    let seen = above(u + chop * 0.03, mirrored.clamp(0.0, HORIZON - 0.001));
    let dimmed = Light(seen.0.map(|v| v.min(2.2))) * 0.62;
    let path = (-((u - SUN_AT.0) / (0.040 + 0.11 * depth)).powi(2)).exp();
    let spark = ((wave * 0.7 + chop + 0.02) * 5.0).clamp(0.0, 1.0).powi(3);
    dimmed * (1.0 - 0.45 * depth) + SUN_COLOR * (path * spark * 14.0)
}

/// A crest line, 0..=1.
fn ridge(at: f32, seed: u32) -> f32 {
    let mut height = 0.0;
    let (mut scale, mut amount) = (1.0, 0.5);
    for octave in 0..7 {
        let bump = noise(at * scale, 0.5, seed * 31 + octave);
        height += amount * (1.0 - (2.0 * bump - 1.0).abs());
        scale *= 2.03;
        amount *= 0.48;
    }
    height
}

/// Noise on five scales, about 0..=1 around 0.5.
fn fractal(x: f32, y: f32, seed: u32) -> f32 {
    let mut sum = 0.0;
    let (mut scale, mut amount) = (1.0, 0.5);
    for octave in 0..5 {
        sum += amount * noise(x * scale, y * scale, seed + octave);
        scale *= 2.03;
        amount *= 0.5;
    }
    sum / 0.96875
}

/// Smooth noise, 0..=1, between random values on whole numbers.
pub fn noise(x: f32, y: f32, seed: u32) -> f32 {
    between(x, y, |x, y| random(x, y, seed))
}

/// The same, which repeats after `period` each way.
pub fn tiled(x: f32, y: f32, seed: u32, period: i32) -> f32 {
    between(x, y, |x, y| random(x.rem_euclid(period), y.rem_euclid(period), seed))
}

/// What lies smoothly between the values of the whole numbers around a point.
fn between(x: f32, y: f32, value: impl Fn(i32, i32) -> f32) -> f32 {
    let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
    let (left, top) = (x.floor(), y.floor());
    let (tx, ty) = (smooth(x - left), smooth(y - top));
    let row = |dy: i32| {
        let corner = |dx: i32| value(left as i32 + dx, top as i32 + dy);
        corner(0) * (1.0 - tx) + corner(1) * tx
    };
    row(0) * (1.0 - ty) + row(1) * ty
}

/// A number that looks random, 0..1, and is always the same.
pub fn random(x: i32, y: i32, seed: u32) -> f32 {
    let mut bits = (x as u32).wrapping_mul(0x9E37_79B1)
        ^ (y as u32).wrapping_mul(0x85EB_CA77)
        ^ seed.wrapping_mul(0xC2B2_AE3D);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
    bits = (bits ^ (bits >> 12)).wrapping_mul(0x297A_2D39);
    ((bits ^ (bits >> 15)) >> 8) as f32 / (1 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sun_is_far_above_display_white() {
        assert_eq!(light(SUN_AT.0, SUN_AT.1), SUN_COLOR * SUN);
    }

    #[test]
    fn is_light_everywhere() {
        for at in 0..4000_i16 {
            let point = light(f32::from(at % 80) / 39.0, f32::from(at / 80) / 50.0);
            assert!(point.0.iter().all(|v| v.is_finite() && *v >= 0.0), "{point:?}");
        }
    }

    #[test]
    fn noise_stays_in_range_and_is_always_the_same() {
        assert!((0..500_i16).all(|at| (0.0..1.0).contains(&noise(f32::from(at) * 0.37, 2.5, 3))));
        assert_eq!(noise(1.25, -7.5, 3).to_bits(), noise(1.25, -7.5, 3).to_bits());
    }
}
