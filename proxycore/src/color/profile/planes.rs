//! Rows of planes as pixels, a few at a time, for what takes pixels.
#![cfg_attr(not(feature = "icc"), allow(dead_code, reason = "tables alone are applied to pixels"))]

/// Pixels at a time: few enough for the nearest cache.
const CHUNK: usize = 256;

/// Goes through a row by chunks of pixels.
pub(in crate::color) struct Interleave;

impl Interleave {
    /// Lets `change` change pixels of R, G, B of a row in place.
    pub(in crate::color) fn apply(
        [red, green, blue]: [&mut [f32]; 3],
        mut change: impl FnMut(&mut [[f32; 3]]),
    ) {
        let mut pixels = [[0.0; 3]; CHUNK];
        let planes = red.chunks_mut(CHUNK).zip(green.chunks_mut(CHUNK)).zip(blue.chunks_mut(CHUNK));
        for ((red, green), blue) in planes {
            let pixels = &mut pixels[..red.len()];
            for (at, pixel) in pixels.iter_mut().enumerate() {
                *pixel = [red[at], green[at], blue[at]];
            }
            change(pixels);
            for (at, pixel) in pixels.iter().enumerate() {
                [red[at], green[at], blue[at]] = *pixel;
            }
        }
    }
}
