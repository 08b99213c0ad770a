//! A look-development still: five balls under studio lights, with the passes that a renderer gives.

use super::canvas::{Area, Canvas, Light};
use super::font::Type;

/// The picture.
pub const PICTURE: Area = Area::new(0, 0, 1280, 720);

/// Pixels that are NaN, as renderers leave some; they lie in a shadow.
const LOST: Area = Area::new(637, 462, 3, 1);
/// Samples across and along each pixel.
const SAMPLES: i32 = 2;
const RADIUS: f32 = 0.62;
const EYE: Vector = Vector([0.0, 2.3, -13.0]);
/// What the picture's half height is, a unit away from the eye.
const LENS: f32 = 0.170;
/// How much the camera looks down.
const DOWN: f32 = -0.130;

/// The middle of the light that falls on everything, and of the one behind.
const KEY: Vector = Vector([-0.55, 0.68, -0.48]);
const RIM: Vector = Vector([0.80, 0.42, 0.42]);
const KEY_LIGHT: Light = Light([2.0, 1.91, 1.78]);
const RIM_LIGHT: Light = Light([0.42, 0.52, 0.70]);

/// The balls, from the left to the right.
const BALLS: [Ball; 5] = [
    Ball::new(-2.72, Material::Matte(Light([0.18, 0.18, 0.18]))),
    Ball::new(-1.36, Material::Lacquer(Light([0.40, 0.018, 0.014]))),
    Ball::new(0.0, Material::Metal(Light([0.93, 0.93, 0.94]))),
    Ball::new(1.36, Material::Lacquer(Light([0.010, 0.105, 0.30]))),
    Ball::new(2.72, Material::Metal(Light([1.0, 0.70, 0.27]))),
];

const FLOOR: Light = Light([0.078, 0.077, 0.079]);

/// The still and its passes.
#[derive(Debug)]
pub struct Passes {
    /// The colour.
    pub beauty: Canvas,
    /// How far away each pixel is.
    pub depth: Vec<f32>,
    /// Where each pixel's surface looks.
    pub normals: Vec<[f32; 3]>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Vector([f32; 3]);

#[derive(Debug, Clone, Copy)]
enum Material {
    /// As paper is.
    Matte(Light),
    /// Colour under a clear coat.
    Lacquer(Light),
    Metal(Light),
}

#[derive(Debug, Clone, Copy)]
struct Ball {
    middle: Vector,
    material: Material,
}

/// Where a ray meets something.
#[derive(Debug, Clone, Copy)]
struct Hit {
    away: f32,
    at: Vector,
    normal: Vector,
    material: Material,
    is_floor: bool,
}

impl Passes {
    /// Renders the still.
    pub fn render() -> Self {
        let mut beauty = Canvas::new(PICTURE);
        beauty.change(PICTURE, |x, y, _| {
            let step = |at: i32| (at as f32 + 0.5) / SAMPLES as f32 - 0.5;
            let samples = (0..SAMPLES * SAMPLES).map(|at| {
                let ray = ray(x + step(at % SAMPLES), y + step(at / SAMPLES));
                // a lamp in one sample must not outshine its pixel
                Light(seen(EYE, ray, 2).0.map(|v| v.min(40.0)))
            });
            samples.fold(Light::grey(0.0), |sum, light| sum + light)
                * (1.0 / (SAMPLES * SAMPLES) as f32)
        });
        title(&mut beauty);
        beauty.change(LOST, |_, _, _| Light::grey(f32::NAN));
        let pixels = (0..PICTURE.width * PICTURE.height).map(|at| {
            let (x, y) = (at % PICTURE.width, at / PICTURE.width);
            hit(EYE, ray(x as f32 + 0.5, y as f32 + 0.5))
        });
        let (depth, normals) =
            pixels.map(|hit| hit.map_or((FAR, [0.0; 3]), |hit| (hit.away, hit.normal.0))).unzip();
        Self { beauty, depth, normals }
    }
}

/// The depth of what is nowhere.
const FAR: f32 = 1000.0;

fn title(beauty: &mut Canvas) {
    let face = Type { pitch: 3.2, lit: Light::grey(0.55), unlit: None };
    face.set(beauty, (48.0, 46.0), "SH020 LOOKDEV");
    let small = Type { pitch: 2.2, lit: Light::grey(0.30), unlit: None };
    small.set(beauty, (48.0, 82.0), "BEAUTY  DEPTH  NORMALS");
}

fn ray(x: f32, y: f32) -> Vector {
    let (half_x, half_y) = (PICTURE.width as f32 / 2.0, PICTURE.height as f32 / 2.0);
    let across = (x - half_x) / half_y * LENS;
    Vector([across, (half_y - y) / half_y * LENS + DOWN, 1.0]).unit()
}

fn hit(from: Vector, ray: Vector) -> Option<Hit> {
    let balls = BALLS.iter().filter_map(|ball| ball.hit(from, ray));
    balls.chain(floor(from, ray)).min_by(|one, other| one.away.total_cmp(&other.away))
}

fn floor(from: Vector, ray: Vector) -> Option<Hit> {
    let away = -from.0[1] / ray.0[1];
    (ray.0[1] < 0.0 && away > 1e-3 && away < FAR).then(|| Hit {
        away,
        at: from.plus(ray, away),
        normal: Vector([0.0, 1.0, 0.0]),
        material: Material::Matte(FLOOR),
        is_floor: true,
    })
}

/// What comes along a ray, which may be thrown back so many times.
fn seen(from: Vector, ray: Vector, bounces: u32) -> Light {
    let Some(hit) = hit(from, ray) else { return studio(ray, bounces < 2) };
    let thrown = || {
        let ray = ray.plus(hit.normal, -2.0 * ray.dot(hit.normal));
        if bounces == 0 {
            studio(ray, true)
        } else {
            seen(hit.at.plus(hit.normal, 1e-3), ray, bounces - 1)
        }
    };
    let facing = (1.0 + ray.dot(hit.normal)).clamp(0.0, 1.0).powi(5);
    match hit.material {
        Material::Matte(light) if hit.is_floor => {
            let lit = times(light, fallen(&hit));
            let lit = if bounces == 2 { lit + thrown() * (0.035 + 0.40 * facing) } else { lit };
            // the floor goes over into the backdrop without an edge
            let away = ((hit.at.0[2] - 0.8) / 16.0).clamp(0.0, 1.0);
            lit.mix(
                studio(Vector([ray.0[0], 0.0, ray.0[2]]), false),
                away * away * (3.0 - 2.0 * away),
            )
        }
        Material::Matte(light) => times(light, fallen(&hit)),
        Material::Lacquer(light) => times(light, fallen(&hit)) + thrown() * (0.04 + 0.96 * facing),
        Material::Metal(light) => times(light.mix(Light::grey(1.0), facing), thrown()),
    }
}

/// The light that falls on a point, for a surface that throws all of it back evenly.
fn fallen(hit: &Hit) -> Light {
    let [key, rim] = [KEY, RIM].map(Vector::unit);
    let sky = 0.5 + 0.5 * hit.normal.0[1];
    let ambient = Light([0.22, 0.23, 0.25]) * (0.35 + 0.65 * sky) * open(hit);
    let wrapped = |light: Vector| ((hit.normal.dot(light) + 0.12) / 1.12).max(0.0);
    ambient
        + KEY_LIGHT * (wrapped(key) * shadow(hit, key, 0.28))
        + RIM_LIGHT * (wrapped(rim) * shadow(hit, rim, 0.20))
}

/// How much of a light reaches a point, whose edge is as soft as the light is large.
fn shadow(hit: &Hit, light: Vector, size: f32) -> f32 {
    BALLS.iter().fold(1.0, |reaches, ball| {
        let to = ball.middle.plus(hit.at, -1.0);
        let along = to.dot(light);
        if along <= 0.0 || to.dot(to) < RADIUS * RADIUS * 1.01 {
            return reaches;
        }
        let past = to.plus(light, -along);
        let soft = (past.dot(past).sqrt() - RADIUS) / (along * size);
        let open = (soft * 0.5 + 0.5).clamp(0.0, 1.0);
        reaches * open * open * (3.0 - 2.0 * open)
    })
}

/// How much of the room a point sees past the balls beside it, and past the floor.
fn open(hit: &Hit) -> f32 {
    let beside = BALLS.iter().fold(1.0, |open, ball| {
        let to = ball.middle.plus(hit.at, -1.0);
        let square = to.dot(to);
        if square < RADIUS * RADIUS * 1.01 {
            return open;
        }
        open * (1.0 - (to.dot(hit.normal) / square.sqrt()).max(0.0) * RADIUS * RADIUS / square)
    });
    let above = (0.5 + hit.at.0[1]).min(1.0);
    if hit.is_floor { beside } else { beside * above }
}

/// The studio around: a grey room with a softbox, a strip of light behind and a small one above.
fn studio(ray: Vector, has_lamps: bool) -> Light {
    let [_, y, _] = ray.0;
    let up = y.max(0.0).sqrt();
    let room = Light([0.085, 0.087, 0.094]).mix(Light([0.012, 0.013, 0.017]), up.min(1.0));
    let room = if y < 0.0 { room.mix(FLOOR * 0.5, (-y * 2.0).min(1.0)) } else { room };
    if !has_lamps {
        return room;
    }
    let lamps = [
        (KEY, 0.52, 0.36, Light([16.0, 15.2, 14.2])),
        (RIM, 0.13, 0.62, Light([7.0, 8.4, 10.5])),
        (Vector([0.1, 1.0, 0.25]), 0.55, 0.10, Light([4.0, 4.0, 4.0])),
    ];
    lamps.into_iter().fold(room, |seen, (middle, half_x, half_y, light)| {
        seen.mix(light, softbox(ray, middle.unit(), half_x, half_y))
    })
}

/// How much of a ray ends in a lamp with that middle.
fn softbox(ray: Vector, middle: Vector, half_x: f32, half_y: f32) -> f32 {
    let facing = ray.dot(middle);
    if facing <= 0.05 {
        return 0.0;
    }
    let across = Vector([middle.0[2], 0.0, -middle.0[0]]).unit();
    let up = middle.cross(across);
    let [x, y] = [across, up].map(|axis| ray.dot(axis) / facing);
    let edge = (half_x - x.abs()).min(half_y - y.abs());
    (edge / 0.03 + 0.5).clamp(0.0, 1.0)
}

fn times(one: Light, other: Light) -> Light {
    Light(std::array::from_fn(|at| one.0[at] * other.0[at]))
}

impl Ball {
    const fn new(x: f32, material: Material) -> Self {
        Self { middle: Vector([x, RADIUS, 0.0]), material }
    }

    fn hit(&self, from: Vector, ray: Vector) -> Option<Hit> {
        let to = self.middle.plus(from, -1.0);
        let along = to.dot(ray);
        let square = along * along - to.dot(to) + RADIUS * RADIUS;
        if square < 0.0 {
            return None;
        }
        let away = along - square.sqrt();
        let at = from.plus(ray, away);
        let normal = at.plus(self.middle, -1.0).unit();
        (away > 1e-3).then_some(Hit { away, at, normal, material: self.material, is_floor: false })
    }
}

impl Vector {
    fn dot(self, other: Self) -> f32 {
        self.0[0] * other.0[0] + self.0[1] * other.0[1] + self.0[2] * other.0[2]
    }

    /// Goes so far in a direction.
    fn plus(self, direction: Self, far: f32) -> Self {
        Self(std::array::from_fn(|at| self.0[at] + direction.0[at] * far))
    }

    fn cross(self, other: Self) -> Self {
        let part = |a: usize, b: usize| self.0[a] * other.0[b] - self.0[b] * other.0[a];
        Self([part(1, 2), part(2, 0), part(0, 1)])
    }

    fn unit(self) -> Self {
        Self(self.0.map(|v| v / self.dot(self).sqrt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_are_of_one_picture() {
        let passes = Passes::render();
        let index = |x: i32, y: i32| (y * PICTURE.width + x) as usize;
        // the ball in the middle, and the room above it
        let (ball, room) = (index(640, 400), index(640, 20));
        assert!((passes.depth[ball] - 12.5).abs() < 0.5, "{}", passes.depth[ball]);
        assert!(passes.normals[ball][2] < -0.8, "{:?}", passes.normals[ball]);
        assert_eq!((passes.depth[room], passes.normals[room]), (FAR, [0.0; 3]));
        let peak = (0..PICTURE.width).map(|x| passes.beauty.at(x, 330).0[1]).fold(0.0, f32::max);
        assert!(peak > 5.0, "lamps are brighter than white: {peak}");
    }
}
