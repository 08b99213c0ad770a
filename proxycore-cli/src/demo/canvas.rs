//! A canvas of linear light to paint on with soft-edged shapes.

use std::ops::{Add, Mul};

use rayon::prelude::*;

/// Linear light with Rec.709 primaries, scene-referred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Light(pub [f32; 3]);

impl Light {
    /// Light of the same amount in all three.
    pub const fn grey(amount: f32) -> Self {
        Self([amount; 3])
    }

    /// The light of an 8-bit sRGB code triple, IEC 61966-2-1.
    pub fn srgb(codes: [u8; 3]) -> Self {
        Self(codes.map(|code| {
            let v = f32::from(code) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        }))
    }

    /// Goes from `self` at 0 to `to` at 1.
    pub fn mix(self, to: Self, at: f32) -> Self {
        self * (1.0 - at) + to * at
    }
}

impl Add for Light {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self([self.0[0] + other.0[0], self.0[1] + other.0[1], self.0[2] + other.0[2]])
    }
}

impl Mul<f32> for Light {
    type Output = Self;
    fn mul(self, by: f32) -> Self {
        Self(self.0.map(|v| v * by))
    }
}

/// A rectangle in pixels of the display window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

impl Area {
    pub const fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Self { x, y, width, height }
    }

    /// Grows by `by` pixels on every side.
    pub const fn grown(self, by: i32) -> Self {
        Self::new(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)
    }

    pub const fn center(self) -> (i32, i32) {
        (self.x + self.width / 2, self.y + self.height / 2)
    }

    /// How much of the pixel around `(x, y)` a rectangle with rounded corners covers, 0..=1.
    pub fn rounded(self, radius: f32, x: f32, y: f32) -> f32 {
        let (half_x, half_y) = (self.width as f32 / 2.0, self.height as f32 / 2.0);
        let dx = (x - self.x as f32 - half_x).abs() - (half_x - radius);
        let dy = (y - self.y as f32 - half_y).abs() - (half_y - radius);
        let outside = dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0);
        cover(radius - outside)
    }
}

/// How much of a pixel lies inside an edge that is `distance` pixels away, 0..=1.
pub fn cover(distance: f32) -> f32 {
    (distance + 0.5).clamp(0.0, 1.0)
}

/// Pixels that are changed sooner than they are handed to other threads.
const SMALL: i32 = 1 << 14;

/// Pixels over the display window and the overscan around it.
#[derive(Debug, Clone)]
pub struct Canvas {
    /// What the pixels cover; its origin may be negative.
    pub area: Area,
    pixels: Vec<Light>,
}

impl Canvas {
    /// Makes a black canvas.
    pub fn new(area: Area) -> Self {
        Self { area, pixels: vec![Light::grey(0.0); (area.width * area.height) as usize] }
    }

    /// The light of a pixel.
    pub fn at(&self, x: i32, y: i32) -> Light {
        self.pixels[((y - self.area.y) * self.area.width + x - self.area.x) as usize]
    }

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[Light] {
        &self.pixels
    }

    /// The light of the pixel around a point, or of the nearest one that there is.
    pub fn nearest(&self, x: f32, y: f32) -> Light {
        let (right, bottom) = (self.area.x + self.area.width, self.area.y + self.area.height);
        let clamp = |at: f32, from: i32, end: i32| (at as i32).clamp(from, end - 1);
        self.at(clamp(x, self.area.x, right), clamp(y, self.area.y, bottom))
    }

    /// The light between the pixels on both sides of a point, which is inside, in the row around it.
    pub fn between(&self, x: f32, y: f32) -> Light {
        let (across, row) = (x - self.area.x as f32 - 0.5, y as i32 - self.area.y);
        let from = row as usize * self.area.width as usize + across as usize;
        self.pixels[from].mix(self.pixels[from + 1], across.fract())
    }

    /// Changes the pixels of `area`: `paint` gets a pixel's centre and its light.
    pub fn change(&mut self, area: Area, paint: impl Fn(f32, f32, Light) -> Light + Sync) {
        let (left, top) = (self.area.x.max(area.x), self.area.y.max(area.y));
        let right = (self.area.x + self.area.width).min(area.x + area.width);
        let bottom = (self.area.y + self.area.height).min(area.y + area.height);
        if left >= right || top >= bottom {
            return;
        }
        let (from, width) = ((left - self.area.x) as usize, self.area.width as usize);
        let change = |(row, y): (&mut [Light], i32)| {
            for (pixel, x) in row[from..].iter_mut().zip(left..right) {
                *pixel = paint(x as f32 + 0.5, y as f32 + 0.5, *pixel);
            }
        };
        let first = (top - self.area.y) as usize * width;
        let rows = &mut self.pixels[first..first + (bottom - top) as usize * width];
        if (right - left) * (bottom - top) < SMALL {
            return rows.chunks_exact_mut(width).zip(top..bottom).for_each(change);
        }
        rows.par_chunks_exact_mut(width).zip(top..bottom).for_each(change);
    }

    /// Fills a rectangle with rounded corners with `light` of each pixel's centre.
    pub fn card(&mut self, area: Area, radius: f32, light: impl Fn(f32, f32) -> Light + Sync) {
        self.change(area, |x, y, under| under.mix(light(x, y), area.rounded(radius, x, y)));
    }

    /// Fills a disc.
    pub fn disc(&mut self, (x, y): (f32, f32), radius: f32, light: Light) {
        let reach = radius.ceil() as i32 + 1;
        let area = Area::new(x as i32 - reach, y as i32 - reach, 2 * reach + 1, 2 * reach + 1);
        self.change(area, |px, py, under| under.mix(light, cover(radius - (px - x).hypot(py - y))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn srgb_codes_become_light() {
        assert_eq!(Light::srgb([0, 255, 0]), Light([0.0, 1.0, 0.0]));
        assert!((Light::srgb([118; 3]).0[1] - 0.181).abs() < 0.001);
    }

    #[test]
    fn paints_inside_its_edges_only() {
        let mut canvas = Canvas::new(Area::new(-2, -2, 12, 12));
        canvas.card(Area::new(2, 2, 4, 4), 0.0, |_, _| Light::grey(1.0));
        for y in -2..10 {
            for x in -2..10 {
                let inside = (2..6).contains(&x) && (2..6).contains(&y);
                assert_eq!(canvas.at(x, y), Light::grey(f32::from(inside)), "{x},{y}");
            }
        }
    }

    #[test]
    fn shapes_may_leave_the_canvas() {
        let mut canvas = Canvas::new(Area::new(0, 0, 4, 4));
        canvas.disc((0.0, 0.0), 2.0, Light::grey(1.0));
        canvas.card(Area::new(-5, 9, 3, 3), 0.0, |_, _| Light::grey(1.0));
        assert_eq!(canvas.at(0, 0), Light::grey(1.0));
        assert_eq!(canvas.at(3, 3), Light::grey(0.0));
    }
}
