//! A slate that stands in the water: the frame's number, its time code, and a colour chart, whose
//! patches are flat, so that a wrong colour shows.

use super::water::Waves;
use super::{Moment, UNIT};
use crate::demo::canvas::{Area, Canvas, Light};
use crate::demo::chart::CHECKER_CODES;
use crate::demo::font::Type;
use crate::demo::tags::time_code;

/// Its size in pixels, and where it stands in the first frame.
const BOARD: Area = Area::new(150, 250, 314, 344);
const TRAVEL: f32 = 0.16;
const FACE: Light = Light([0.0105, 0.0115, 0.0140]);
const RIM: Light = Light([0.26, 0.17, 0.12]);
const INK: Light = Light([0.60, 0.58, 0.56]);
const AMBER: Light = Light([2.4, 0.92, 0.12]);

/// Draws the slate of a frame, and what the water throws back of it.
pub fn stand(canvas: &mut Canvas, waves: &Waves, moment: Moment, title: &str) {
    let board = board(moment);
    mirror(canvas, waves, moment, board);
    legs(canvas, board);
    canvas.card(board.grown(2), 15.0, |_, _| RIM);
    canvas.card(board, 13.0, |_, _| FACE);
    let (left, top) = (board.x as f32 + 22.0, board.y as f32 + 20.0);
    let small = Type { pitch: 2.4, lit: INK, unlit: None };
    small.set(canvas, (left, top), &format!("SH010 {title}"));
    let code = time_code(moment.frame).to_string();
    let right = left + 270.0;
    small.set(canvas, (right - small.width("00:00"), top), "24FPS");
    let number = Type { pitch: 10.6, lit: AMBER, unlit: Some(Light::grey(0.019)) };
    number.set(canvas, (left + 13.0, top + 32.0), &format!("{:04}", moment.frame));
    let amber = Type { lit: AMBER * 0.35, ..small };
    amber.set(canvas, (left + (270.0 - amber.width(&code)) / 2.0, top + 120.0), &code);
    for (area, light) in patches(board) {
        canvas.card(area, 3.0, |_, _| light);
    }
}

/// Where the board is: it sways a little.
pub fn board(moment: Moment) -> Area {
    let x = BOARD.x - (moment.at * TRAVEL * UNIT).round() as i32;
    let y = BOARD.y + ((moment.at * 4.4).sin() * 3.0).round() as i32;
    Area { x, y, ..BOARD }
}

/// The patches on a board.
pub fn patches(board: Area) -> [(Area, Light); 24] {
    std::array::from_fn(|at| {
        let (column, row) = (at as i32 % 6, at as i32 / 6);
        let area = Area::new(board.x + 22 + column * 46, board.y + 166 + row * 42, 40, 36);
        (area, Light::srgb(CHECKER_CODES[at].1))
    })
}

fn legs(canvas: &mut Canvas, board: Area) {
    for x in [board.x + 60, board.x + board.width - 70] {
        let leg = Area::new(x, board.y + board.height - 4, 9, 36);
        canvas.card(leg, 0.0, |x, _| FACE * (1.0 + 2.0 * (x - leg.x as f32) / 9.0));
    }
}

/// Darkens the water below the board, as its back does.
fn mirror(canvas: &mut Canvas, waves: &Waves, moment: Moment, board: Area) {
    let line = (board.y + board.height + 30) as f32;
    let tall = 110;
    let area = Area::new(board.x - 20, line as i32, board.width + 40, tall);
    canvas.change(area, |x, y, under| {
        let tilt = waves.tilt(x / UNIT, y / UNIT, moment);
        let shifted = x + (tilt.chop + tilt.wave) * 26.0;
        let cover = board.rounded(13.0, shifted, board.y as f32 + 40.0);
        let fade = 1.0 - (y - line) / tall as f32;
        under.mix(FACE, cover * 0.72 * fade * fade.sqrt())
    });
}
