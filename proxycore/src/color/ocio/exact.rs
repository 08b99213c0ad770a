//! A config's ops, one by one.

use std::fmt;

use super::engine::{Made, OcioStep};
use super::entry::Decode;
use super::path::Scale;
use super::{OcioConfig, color};
use crate::color::curve::{Curve, Table};
use crate::color::{Inks, Processor};
use crate::error::Result;

/// The ops, and what is left to become light.
pub(super) struct Exact {
    /// What makes light of codes that the config does not have.
    decode: Option<Decode>,
    made: Made,
    scale: Scale,
    /// What makes light of a display's codes.
    codes: Option<Table>,
}

impl Exact {
    /// Pixels that go through the ops at a time: few enough for the nearest cache.
    pub(super) const CHUNK: usize = 256;

    pub(super) fn new(
        config: &OcioConfig,
        source: &str,
        steps: &[OcioStep],
        decode: Option<Decode>,
        scale: Scale,
    ) -> Result<Self> {
        let made = config.ops(steps);
        let made = made.map_err(|cause| color(format!("from `{source}`: {cause}")))?;
        let codes = scale.curve().and_then(Curve::table);
        Ok(Self { decode, made, scale, codes })
    }

    /// Whether it costs so little that no table is worth its while.
    pub(super) fn is_plain(&self) -> bool {
        self.made.is_plain
    }

    /// Light of pixels, in place; it may lie outside 0..=1.
    pub(super) fn light(&self, pixels: &mut [[f32; 4]]) {
        if let Some(decode) = &self.decode {
            decode.apply(pixels);
        }
        self.made.ops.apply(pixels);
        if self.scale == Scale::Linear {
            return;
        }
        for pixel in pixels {
            pixel.iter_mut().for_each(|code| *code = code.clamp(0.0, 1.0));
            if let Some(table) = &self.codes {
                table.apply(&mut pixel[..3]);
            }
            *pixel = self.scale.light(*pixel);
        }
    }

    /// Light of one pixel; it may lie outside 0..=1.
    pub(super) fn light_of(&self, [red, green, blue]: [f32; 3]) -> [f32; 3] {
        let mut pixel = [[red, green, blue, 1.0]];
        self.light(&mut pixel);
        let [[red, green, blue, _]] = pixel;
        [red, green, blue]
    }

    /// Light in 0..=1, NaN as black.
    pub(super) fn clip(light: f32) -> f32 {
        if light > 0.0 { light.min(1.0) } else { 0.0 }
    }
}

impl Processor for Exact {
    fn apply(&self, [red, green, blue]: [&mut [f32]; 3]) {
        let mut pixels = [[0.0; 4]; Self::CHUNK];
        let planes = red
            .chunks_mut(Self::CHUNK)
            .zip(green.chunks_mut(Self::CHUNK))
            .zip(blue.chunks_mut(Self::CHUNK));
        for ((red, green), blue) in planes {
            let pixels = &mut pixels[..red.len()];
            for (at, pixel) in pixels.iter_mut().enumerate() {
                *pixel = [red[at], green[at], blue[at], 1.0];
            }
            self.light(pixels);
            for (at, pixel) in pixels.iter().enumerate() {
                let [r, g, b, _] = pixel.map(Self::clip);
                (red[at], green[at], blue[at]) = (r, g, b);
            }
        }
    }

    fn inks(&self) -> Option<&dyn Inks> {
        Some(self.decode.as_ref()?.inks()? as _)
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exact").field("scale", &self.scale).finish_non_exhaustive()
    }
}
