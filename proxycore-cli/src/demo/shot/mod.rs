//! The moving shot: a lake at sunset, from a camera that moves to the right for two seconds.
//!
//! What is near passes faster than what is far: that is all the depth there is. The plate is the
//! landscape with a slate in it; the comp has lanterns over the water as well, which are far brighter
//! than white. What every frame shares is drawn once.

mod lanterns;
mod shore;
mod slate;
mod water;

use std::ops::RangeInclusive;

use rayon::prelude::*;

use super::canvas::{Area, Canvas};
use super::landscape::{self, HORIZON, RIDGES};

/// The numbers of its frames.
pub const FRAMES: RangeInclusive<u32> = 1001..=1048;
/// The picture.
pub const PICTURE: Area = Area::new(0, 0, 1280, 720);

/// The picture's height in pixels: the unit of the landscape.
const UNIT: f32 = PICTURE.height as f32;
/// Rows above the water.
const ABOVE: Area = Area::new(0, 0, PICTURE.width, (HORIZON * UNIT) as i32);

/// How far things pass during the shot, in units: the sky, and the mountains from far to near.
const SKY_TRAVEL: f32 = 0.03;
const RIDGE_TRAVEL: [f32; 4] = [0.06, 0.10, 0.16, 0.24];

/// What all frames share.
#[derive(Debug)]
pub struct Shot {
    sky: Canvas,
    waves: water::Waves,
}

/// One frame, as the camera saw it and as it left compositing.
#[derive(Debug)]
pub struct Frame {
    /// Without the lanterns.
    pub plate: Canvas,
    /// With them.
    pub comp: Canvas,
}

/// When a frame is.
#[derive(Debug, Clone, Copy)]
struct Moment {
    frame: u32,
    /// Goes from 0 at the first frame to 1 at the last.
    at: f32,
}

impl Moment {
    fn of(frame: u32) -> Self {
        let (first, last) = (*FRAMES.start(), *FRAMES.end());
        Self { frame, at: (frame as f32 - first as f32) / (last - first) as f32 }
    }
}

impl Shot {
    /// Draws the sky and the waves.
    pub fn new() -> Self {
        let beyond = (SKY_TRAVEL * UNIT).ceil() as i32 + 2;
        let mut sky = Canvas::new(Area::new(0, 0, PICTURE.width + beyond, ABOVE.height));
        sky.change(sky.area, |x, y, _| landscape::sky(x / UNIT, y / UNIT));
        Self { sky, waves: water::Waves::new() }
    }

    /// Draws a frame.
    pub fn frame(&self, frame: u32) -> Frame {
        let moment = Moment::of(frame);
        let mut plate = self.clean(frame);
        let mut comp = plate.clone();
        lanterns::light(&mut comp, &self.waves, moment);
        for (canvas, title) in [(&mut plate, "PLATE"), (&mut comp, "COMP")] {
            slate::stand(canvas, &self.waves, moment, title);
            shore::grow(canvas, moment);
        }
        Frame { plate, comp }
    }

    /// Draws the landscape of a frame, and nothing in front of it.
    pub fn clean(&self, frame: u32) -> Canvas {
        let moment = Moment::of(frame);
        let mut canvas = Canvas::new(PICTURE);
        self.far(&mut canvas, moment);
        self.waves.reflect(&mut canvas, moment);
        canvas
    }

    /// The sky and the mountains.
    fn far(&self, canvas: &mut Canvas, moment: Moment) {
        let shift = moment.at * SKY_TRAVEL * UNIT;
        let crests: Vec<_> =
            (0..PICTURE.width).into_par_iter().map(|x| crests(x, moment)).collect();
        canvas.change(ABOVE, |x, y, _| {
            let behind = self.sky.between(x + shift, y);
            let crests = crests[x as usize];
            let v = y / UNIT;
            // what is covered by the ridges in front of it is not drawn
            let from = (0..RIDGES.len()).rev().find(|&at| v > crests[at] + 0.002).unwrap_or(0);
            let ridges = RIDGES.iter().zip(crests).skip(from);
            ridges.fold(behind, |seen, (ridge, crest)| ridge.before(seen, crest, v))
        });
    }
}

/// The crest of each ridge in a column.
fn crests(x: i32, moment: Moment) -> [f32; 4] {
    let u = (x as f32 + 0.5) / UNIT;
    std::array::from_fn(|at| RIDGES[at].crest(u + moment.at * RIDGE_TRAVEL[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_things_pass_faster() {
        let all = [&[SKY_TRAVEL][..], &RIDGE_TRAVEL].concat();
        assert!(all.is_sorted_by(|far, near| far < near), "{all:?}");
    }
    #[test]
    fn the_slate_is_flat_and_whole_in_every_frame() {
        let shot = Shot::new();
        for frame in [1001, 1024, 1048] {
            let Frame { plate, comp } = shot.frame(frame);
            for (area, light) in slate::patches(slate::board(Moment::of(frame))) {
                for (x, y) in [(6, 6), (6, 30), (20, 18), (34, 6), (34, 30)] {
                    let seen = [&plate, &comp].map(|canvas| canvas.at(area.x + x, area.y + y));
                    assert_eq!(seen, [light; 2], "{frame} {area:?}");
                }
            }
        }
    }

    #[test]
    fn lights_move_and_are_far_above_white() {
        let shot = Shot::new();
        let brightest = |frame| {
            let Frame { plate, comp } = shot.frame(frame);
            // where the lanterns alone are bright
            let lit = comp.pixels().iter().zip(plate.pixels()).enumerate();
            let lit = lit.filter(|(_, (comp, plate))| comp.0[0] > 8.0 && plate.0[0] < 2.0);
            lit.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let (first, last) = (brightest(1001), brightest(1048));
        assert!(first.len() > 500 && last.len() > 500 && first != last);
    }
}
