//! The test chart: known colours, known light, fine detail and far too bright highlights.

use super::Patch;
use super::canvas::{Area, Canvas, Light, cover};
use super::font::Type;
use super::landscape;

/// Pixels in a row of the picture.
pub const WIDTH: i32 = 2048;
/// Rows of the picture.
pub const HEIGHT: i32 = 1080;
/// Pixels drawn beyond the picture on every side.
pub const OVERSCAN: i32 = 64;

/// The picture itself.
pub const DISPLAY: Area = Area::new(0, 0, WIDTH, HEIGHT);

const CHECKER: Area = Area::new(64, 232, 800, 528);
const SCENE: Area = Area::new(912, 232, 1072, 528);
const GREYS: Area = Area::new(64, 812, 800, 92);
const PRIMARIES: Area = Area::new(64, 924, 800, 92);
const STOPS: Area = Area::new(912, 812, 816, 92);
const DISCS: Area = Area::new(912, 924, 816, 92);
const ZONES: Area = Area::new(1776, 810, 208, 208);

const INK: Light = Light::grey(0.52);
const AMBER: Light = Light([0.96, 0.42, 0.06]);

/// The 24 patches of the colour chart that film and photography share, as sRGB codes; the figures
/// are those its maker has published.
pub const CHECKER_CODES: [(&str, [u8; 3]); 24] = [
    ("dark_skin", [115, 82, 68]),
    ("light_skin", [194, 150, 130]),
    ("blue_sky", [98, 122, 157]),
    ("foliage", [87, 108, 67]),
    ("blue_flower", [133, 128, 177]),
    ("bluish_green", [103, 189, 170]),
    ("orange", [214, 126, 44]),
    ("purplish_blue", [80, 91, 166]),
    ("moderate_red", [193, 90, 99]),
    ("purple", [94, 60, 108]),
    ("yellow_green", [157, 188, 64]),
    ("orange_yellow", [224, 163, 46]),
    ("blue", [56, 61, 150]),
    ("green", [70, 148, 73]),
    ("red", [175, 54, 60]),
    ("yellow", [231, 199, 31]),
    ("magenta", [187, 86, 149]),
    ("cyan", [8, 133, 161]),
    ("white_9.5", [243, 243, 242]),
    ("neutral_8", [200, 200, 200]),
    ("neutral_6.5", [160, 160, 160]),
    ("neutral_5", [122, 122, 121]),
    ("neutral_3.5", [85, 85, 85]),
    ("black_2", [52, 52, 52]),
];

/// The corners of the gamut, middle grey, and two colours outside it: the reddest and the greenest
/// of P3, whose other components are negative.
const PRIMARY_LIGHT: [(&str, Light); 9] = [
    ("primary_red", Light([1.0, 0.0, 0.0])),
    ("primary_green", Light([0.0, 1.0, 0.0])),
    ("primary_blue", Light([0.0, 0.0, 1.0])),
    ("primary_cyan", Light([0.0, 1.0, 1.0])),
    ("primary_magenta", Light([1.0, 0.0, 1.0])),
    ("primary_yellow", Light([1.0, 1.0, 0.0])),
    ("middle_grey", Light([0.18, 0.18, 0.18])),
    ("p3_red", Light([1.2249, -0.0420, -0.0196])),
    ("p3_green", Light([-0.2249, 1.0420, -0.0786])),
];

/// The chart as drawn, and the flat patches on it.
#[derive(Debug)]
pub struct Chart {
    /// The picture and the overscan around it.
    pub canvas: Canvas,
    /// What is flat, and its light.
    pub patches: Vec<Patch>,
}

impl Chart {
    /// Draws the chart with a frame's number and time code.
    pub fn draw(frame: u32, time_code: &str) -> Self {
        let mut chart =
            Self { canvas: Canvas::new(DISPLAY.grown(OVERSCAN)), patches: Vec::with_capacity(42) };
        chart.ground();
        chart.heading(frame, time_code);
        chart.checker();
        chart.scene();
        chart.greys();
        chart.row(PRIMARIES, PRIMARY_LIGHT.map(|(name, light)| (name.to_owned(), light)));
        chart.stops();
        chart.discs();
        chart.zones();
        chart
    }

    /// A dark ground with corner marks, and stripes where nobody should look.
    fn ground(&mut self) {
        self.canvas.change(DISPLAY.grown(OVERSCAN), |x, y, _| {
            let band = (x + y).rem_euclid(48.0) < 24.0;
            Light([0.5, 0.0, 0.22]) * if band { 1.0 } else { 0.12 }
        });
        let (w, h) = (WIDTH as f32, HEIGHT as f32);
        self.canvas.change(DISPLAY, |x, y, _| {
            let away = ((x / w - 0.5).powi(2) + (y / h - 0.42).powi(2)).sqrt();
            Light([0.0185, 0.0205, 0.0255]).mix(Light([0.0058, 0.0066, 0.0090]), away * 1.5)
        });
        for (x, y) in [(0, 0), (WIDTH, 0), (0, HEIGHT), (WIDTH, HEIGHT)] {
            let clamp = |at: i32, end: i32, long: i32| if at == 0 { 0 } else { end - long };
            for (long, tall) in [(36, 4), (4, 36)] {
                let mark = Area::new(clamp(x, WIDTH, long), clamp(y, HEIGHT, tall), long, tall);
                self.canvas.card(mark, 0.0, |_, _| Light::grey(0.8));
            }
        }
    }

    fn heading(&mut self, frame: u32, time_code: &str) {
        let title = Type { pitch: 13.0, lit: Light::grey(0.86), unlit: None };
        title.set(&mut self.canvas, (62.0, 62.0), "PROXYCORE");
        let note = Type { pitch: 2.6, lit: INK, unlit: None };
        note.set(&mut self.canvas, (64.0, 184.0), "SCENE-LINEAR LIGHT  HALF FLOAT  24 FPS");
        let number = Type { pitch: 20.0, lit: AMBER, unlit: Some(Light::grey(0.0125)) };
        let text = format!("{frame:04}");
        let right = (SCENE.x + SCENE.width) as f32;
        number.set(&mut self.canvas, (right - number.width(&text) + 1.0, 62.0), &text);
        let label = Type { lit: AMBER * 0.7, ..note };
        let left = right - number.width(&text) - 36.0;
        for (y, text) in [(62.0, "FRAME"), (184.0, time_code)] {
            label.set(&mut self.canvas, (left - label.width(text), y), text);
        }
    }

    fn checker(&mut self) {
        for (at, (name, codes)) in (0..).zip(CHECKER_CODES) {
            let area = Area::new(CHECKER.x + at % 6 * 136, CHECKER.y + at / 6 * 136, 120, 120);
            self.patch(name.to_owned(), area, Light::srgb(codes));
        }
    }

    fn greys(&mut self) {
        let steps: [u8; 9] = [0, 32, 64, 96, 128, 160, 192, 224, 255];
        self.row(GREYS, steps.map(|code| (format!("grey_{code}"), Light::srgb([code; 3]))));
    }

    /// Nine patches beside each other.
    fn row(&mut self, area: Area, patches: [(String, Light); 9]) {
        for (at, (name, light)) in (0..).zip(patches) {
            self.patch(name, Area::new(area.x + at * 90, area.y, 80, area.height), light);
        }
    }

    fn patch(&mut self, name: String, area: Area, light: Light) {
        self.canvas.card(area, 9.0, |_, _| light);
        let (x, y) = area.center();
        self.patches.push(Patch { name, x: x as u32, y: y as u32, rgb: light.0 });
    }

    fn scene(&mut self) {
        let unit = SCENE.height as f32;
        self.canvas.card(SCENE, 9.0, |x, y| {
            landscape::light((x - SCENE.x as f32) / unit, (y - SCENE.y as f32) / unit)
        });
    }

    /// Grey, red, green and blue from 8 stops under middle grey to 6 over it, a tick at each stop.
    fn stops(&mut self) {
        const FROM: f32 = -8.0;
        const SPAN: f32 = 14.0;
        let colors = [[1.0; 3], [1.0, 0.05, 0.03], [0.05, 1.0, 0.06], [0.04, 0.08, 1.0]].map(Light);
        for (at, color) in (0..).zip(colors) {
            let area = Area::new(STOPS.x, STOPS.y + at * 21, STOPS.width, 18);
            self.canvas.card(area, 4.0, |x, _| {
                let across = (x - STOPS.x as f32) / STOPS.width as f32;
                color * (0.18 * (FROM + SPAN * across).exp2())
            });
        }
        for stop in 0..=14 {
            let x = STOPS.x + stop * (STOPS.width - 3) / 14;
            let (tall, ink) = if stop == 8 { (12, AMBER) } else { (7, INK * 0.5) };
            self.canvas.card(Area::new(x, STOPS.y + 85, 3, tall), 0.0, |_, _| ink);
        }
    }

    /// Lamps from half of display white to 50 times it, each with its glow.
    fn discs(&mut self) {
        const LAMPS: [f32; 8] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 50.0];
        const RADIUS: f32 = 29.0;
        for (at, lamp) in (0..).zip(LAMPS) {
            let (x, y) = ((DISCS.x + 51 + at * 102) as f32, DISCS.center().1 as f32);
            let color = Light([1.0, 0.56, 0.22]).mix(Light([0.62, 0.80, 1.0]), at as f32 / 7.0);
            let reach = DISCS.height / 2;
            let area = Area::new(x as i32 - reach, y as i32 - reach, 2 * reach, 2 * reach);
            self.canvas.change(area, |px, py, under| {
                let away = (px - x).hypot(py - y) - RADIUS;
                let fade = (1.0 - away / (reach as f32 - RADIUS)).clamp(0.0, 1.0);
                under + color * (lamp * 0.05 * (-away.max(0.0) / 3.5).exp() * fade)
            });
            self.canvas.disc((x, y), RADIUS, color * lamp);
        }
    }

    /// A zone plate: rings that grow finer outwards, down to one pixel each.
    fn zones(&mut self) {
        let radius = ZONES.width as f32 / 2.0;
        let (x, y) = (ZONES.x as f32 + radius, ZONES.y as f32 + radius);
        let finest = std::f32::consts::PI / (2.0 * radius);
        self.canvas.change(ZONES, |px, py, under| {
            let away = (px - x).hypot(py - y);
            let ring = Light::grey(0.42 + 0.42 * (finest * away * away).cos());
            under.mix(ring, cover(radius - away))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::sample;

    #[test]
    fn patches_are_flat_and_have_the_light_they_say() {
        let chart = sample();
        assert_eq!(chart.patches.len(), 24 + 9 + 9);
        for patch in &chart.patches {
            for (dx, dy) in [(0, 0), (-32, -32), (31, 31), (-32, 31), (31, -32)] {
                let seen = chart.canvas.at(patch.x as i32 + dx, patch.y as i32 + dy);
                assert_eq!(seen, Light(patch.rgb), "{}", patch.name);
            }
        }
    }

    #[test]
    fn patch_names_are_unique() {
        let mut names: Vec<_> = sample().patches.iter().map(|patch| &patch.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 42);
    }

    #[test]
    fn frames_differ_in_their_number_only() {
        let (one, two) = (sample(), Chart::draw(1002, "00:00:41:18"));
        for y in (SCENE.y..HEIGHT).step_by(7) {
            assert_eq!(one.canvas.at(1000, y), two.canvas.at(1000, y));
        }
        let differs = |x: i32, y: i32| one.canvas.at(x, y) != two.canvas.at(x, y);
        assert!((60..210).any(|y| (1800..1990).any(|x| differs(x, y))));
    }

    #[test]
    fn goes_from_black_to_fifty() {
        let chart = sample();
        let brightest = (0..HEIGHT)
            .flat_map(|y| (0..WIDTH).map(move |x| (x, y)))
            .map(|(x, y)| chart.canvas.at(x, y).0[2])
            .fold(0.0, f32::max);
        assert!((brightest - 50.0).abs() < 1.0, "{brightest}");
    }
}
