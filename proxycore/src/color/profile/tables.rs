//! Profiles of tables, through `moxcms`: those of scanners, of presses (CMYK), and of displays that
//! have them beside their curves.
//!
//! The crate goes to codes of ROMM RGB, which holds every colour that a press or a scanner has; what
//! follows is our own. Before it reads a profile, its length is bounded, and that of all its tags
//! together: tags may share their bytes, and the crate keeps each apart.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout, ParsingOptions, ProfileVersion, RenderingIntent,
    TransformF32Executor, TransformOptions,
};

use super::Interleave;
use super::tags::Tags;
use crate::color::primaries::{self, Chromaticities};
use crate::image::{Band, NativeBand};

/// The longest profile, in bytes, and all its tags together.
const LONGEST: usize = 8 << 20;
const MOST_BYTES: usize = 16 << 20;

/// Entries of a table and of a curve.
const MOST_ENTRIES: usize = 4 << 20;
const MOST_STEPS: usize = 1 << 16;

/// The tags of tables from a device, perceptual and colorimetric (section 9.2).
const PERCEPTUAL: &[u8; 4] = b"A2B0";
const COLORIMETRIC: &[u8; 4] = b"A2B1";

/// The luminance of the perceptual reference medium's black.
const REFERENCE_BLACK: f32 = 0.003_473_1;

/// The gamma of ROMM RGB as the crate has it.
const GAMMA: f32 = 1.8;

/// Tables that make ROMM RGB of a device's codes.
pub(super) struct Tables {
    transform: Arc<TransformF32Executor>,
    inks: bool,
    /// The light that becomes black.
    black: f32,
}

impl Tables {
    /// Reads the tables of a profile, if it has some that can be followed.
    pub(super) fn read(tags: Tags<'_>) -> Option<Self> {
        let is_there = |name| tags.find(name).is_some();
        let all = tags.entries().map(|(.., length)| length).fold(0, usize::saturating_add);
        if tags.0.len() > LONGEST
            || all > MOST_BYTES
            || !is_there(PERCEPTUAL) && !is_there(COLORIMETRIC)
        {
            return None;
        }
        let perceptual = is_there(PERCEPTUAL);
        // it is young, and a panic in it is one more way not to be able to follow a profile
        catch_unwind(AssertUnwindSafe(|| Self::make(tags.0, perceptual))).ok()?
    }

    fn make(bytes: &[u8], perceptual: bool) -> Option<Self> {
        let options = ParsingOptions {
            max_profile_size: LONGEST + 1,
            max_allowed_clut_size: MOST_ENTRIES,
            max_allowed_trc_size: MOST_STEPS,
        };
        let profile = ColorProfile::new_from_slice_with_options(bytes, options).ok()?;
        let inks = profile.color_space == DataColorSpace::Cmyk;
        let layout = if inks { Layout::Rgba } else { Layout::Rgb };
        let intent = if perceptual {
            RenderingIntent::Perceptual
        } else {
            RenderingIntent::RelativeColorimetric
        };
        let options = TransformOptions {
            rendering_intent: intent,
            prefer_fixed_point: false,
            ..TransformOptions::default()
        };
        let romm = ColorProfile::new_pro_photo_rgb();
        let transform = profile.create_transform_f32(layout, &romm, Layout::Rgb, options).ok()?;
        let tables = Self { transform, inks, black: 0.0 };
        let is_v4 = (ProfileVersion::V4_0..=ProfileVersion::V4_4).contains(&profile.version());
        let black = if is_v4 && perceptual {
            REFERENCE_BLACK
        } else {
            super::black(tables.darkest()?.into()) as f32
        };
        Some(Self { black, ..tables })
    }

    /// The luminance of no light, or of all inks.
    fn darkest(&self) -> Option<f32> {
        let codes: &[f32] = if self.inks { &[1.0; 4] } else { &[0.0; 3] };
        let mut light = [0.0; 3];
        self.light_of(codes, &mut light);
        let [_, luminance, _] = Self::light().to_xyz()?;
        Some(luminance.iter().zip(light).map(|(part, light)| *part as f32 * light).sum())
    }

    /// The primaries of the light that it makes.
    pub(super) fn light() -> Chromaticities {
        primaries::ROMM
    }

    pub(super) fn is_of_inks(&self) -> bool {
        self.inks
    }

    /// Makes light of a row of R, G, B.
    pub(super) fn apply(&self, row: [&mut [f32]; 3]) {
        if self.inks {
            return;
        }
        let mut codes = Vec::new();
        Interleave::apply(row, |pixels| {
            codes.clear();
            codes.extend(pixels.as_flattened().iter().map(|code| code.clamp(0.0, 1.0)));
            self.light_of(&codes, pixels.as_flattened_mut());
        });
    }

    /// Makes light of rows of inks; `None` where they are R, G, B.
    pub(super) fn of_inks(&self, inks: &NativeBand) -> Option<Band> {
        let papers = self.inks.then(|| inks.to_parts())?;
        let width = inks.width as usize;
        let mut light = Band::black(inks.y, inks.rows(), inks.width);
        let (mut codes, mut made) = (vec![0.0; 4 * width], vec![0.0; 3 * width]);
        for (row, out) in papers.chunks_exact(4 * width).zip(light.planes_mut()) {
            for (ink, plane) in row.chunks_exact(width).enumerate() {
                let inks = plane.iter().map(|paper| (1.0 - paper).clamp(0.0, 1.0));
                codes[ink..].iter_mut().step_by(4).zip(inks).for_each(|(code, ink)| *code = ink);
            }
            self.light_of(&codes, &mut made);
            for (at, plane) in out.into_iter().enumerate() {
                plane
                    .iter_mut()
                    .zip(made[at..].iter().step_by(3))
                    .for_each(|(out, made)| *out = *made);
            }
        }
        Some(light)
    }

    fn light_of(&self, codes: &[f32], light: &mut [f32]) {
        // it refuses but lengths that are no pixels
        if self.transform.transform(codes, light).is_err() {
            light.fill(0.0);
        }
        for sample in light {
            *sample = (sample.max(0.0).powf(GAMMA) - self.black) / (1.0 - self.black);
        }
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").field("inks", &self.inks).finish_non_exhaustive()
    }
}
