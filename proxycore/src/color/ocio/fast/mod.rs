//! A view by a lattice of its results, where that cannot be told from the view.
//!
//! An exact view of ACES 2.0 costs hundreds of nanoseconds a pixel, a lattice a few. Its axes are the
//! source's own samples: light is divided by octaves, codes evenly. Nodes are worked out when a pixel
//! first asks for them, so that a frame pays for those that its colours lie between, and pixels
//! outside the lattice, or at the edges of what a display shows, go through the exact view. Before it
//! is used, a few thousand pixels go both ways, and it is used only where none of them differs by a
//! dE2000 of [`MOST`]. A pixel that was not among them may differ by a little more.

mod axis;
mod domain;
mod lattice;
mod samples;

use std::fmt;

use self::domain::{Domain, domains};
use self::lattice::{CHUNK, Lattice};
use super::OcioConfig;
use super::engine::OcioStep;
use super::entry::Entry;
use super::exact::Exact;
use super::path::Scale;
use crate::color::{Inks, Precision, Processor, delta_e_2000, lab_in};
use crate::error::Result;
use crate::space::Gamut;

/// The largest dE2000 that is allowed.
const MOST: f64 = 0.5;

/// A lattice with the view that it stands for.
pub(super) struct Fast {
    /// From the source to the lattice's axes, where they are not its own.
    to_axes: Option<[[f32; 3]; 3]>,
    lattice: Lattice,
    /// The view of what lies on the axes.
    exact: Exact,
    /// The largest dE2000 that was found.
    error: f64,
}

impl Fast {
    /// Makes a lattice for the steps from a space to light; `None` where it is not good enough.
    ///
    /// # Errors
    /// As [`Exact::new`].
    pub(super) fn new(
        config: &OcioConfig,
        entry: &Entry,
        (steps, scale): (&[OcioStep], Scale),
        gamut: Gamut,
    ) -> Result<Option<Self>> {
        for domain in domains(config, entry) {
            let Domain { axis, to_axes, to_space, samples } = domain;
            let steps = [&to_space[..], steps].concat();
            let exact = Exact::new(config, &entry.name, &steps, entry.decode(), scale)?;
            if exact.is_plain() {
                return Ok(None);
            }
            let lattice = Lattice::new(axis, gamut);
            let error = largest_difference(&exact, &lattice, &samples, gamut);
            if error < MOST {
                return Ok(Some(Self { to_axes, lattice, exact, error }));
            }
        }
        Ok(None)
    }

    /// Brings pixels to the lattice's axes.
    fn mix(&self, pixels: &mut [[f32; CHUNK]; 3]) {
        let Some(rows) = &self.to_axes else { return };
        let [red, green, blue] = pixels;
        for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
            [*red, *green, *blue] = mix(rows, [*red, *green, *blue]);
        }
    }

    /// Light of pixels of which the lattice has some, and the view the others.
    fn light(&self, pixels: &mut [[f32; CHUNK]; 3], count: usize) {
        self.mix(pixels);
        let outside = self.lattice.light(pixels, count, |pixel| self.exact.light_of(pixel));
        let mut left = [[0.0; 4]; CHUNK];
        let places = || (0..count).filter(|&at| outside[at]);
        let many = places().count();
        if many == 0 {
            return;
        }
        for (pixel, at) in left.iter_mut().zip(places()) {
            *pixel = [pixels[0][at], pixels[1][at], pixels[2][at], 1.0];
        }
        self.exact.light(&mut left[..many]);
        for (pixel, at) in left.iter().zip(places()) {
            (0..3).for_each(|plane| pixels[plane][at] = Exact::clip(pixel[plane]));
        }
    }
}

/// The largest dE2000 between a lattice and the view; pixels that the lattice leaves to the view
/// differ by nothing.
fn largest_difference(exact: &Exact, lattice: &Lattice, samples: &[[f32; 3]], gamut: Gamut) -> f64 {
    let mut largest = 0f64;
    for samples in samples.chunks(CHUNK) {
        let mut pixels = [[0.0; CHUNK]; 3];
        for (at, sample) in samples.iter().enumerate() {
            (0..3).for_each(|plane| pixels[plane][at] = sample[plane]);
        }
        let outside = lattice.light(&mut pixels, samples.len(), |pixel| exact.light_of(pixel));
        for (at, sample) in samples.iter().enumerate().filter(|(at, _)| !outside[*at]) {
            let near = [0, 1, 2].map(|plane| pixels[plane][at]);
            let want = exact.light_of(*sample).map(Exact::clip);
            largest = largest.max(delta_e_2000(lab_in(gamut, near), lab_in(gamut, want)));
        }
    }
    largest
}

fn mix(rows: &[[f32; 3]; 3], [red, green, blue]: [f32; 3]) -> [f32; 3] {
    rows.map(|row| row[0] * red + row[1] * green + row[2] * blue)
}

impl Processor for Fast {
    fn apply(&self, [red, green, blue]: [&mut [f32]; 3]) {
        let planes = red.chunks_mut(CHUNK).zip(green.chunks_mut(CHUNK)).zip(blue.chunks_mut(CHUNK));
        for ((red, green), blue) in planes {
            let count = red.len();
            let mut pixels = [[0.0; CHUNK]; 3];
            for (pixels, plane) in pixels.iter_mut().zip([&*red, &*green, &*blue]) {
                pixels[..count].copy_from_slice(plane);
            }
            self.light(&mut pixels, count);
            for (pixels, plane) in pixels.iter().zip([red, green, blue]) {
                plane.copy_from_slice(&pixels[..count]);
            }
        }
    }

    fn inks(&self) -> Option<&dyn Inks> {
        self.exact.inks()
    }

    fn precision(&self) -> Precision {
        Precision::Fast { error: self.error }
    }
}

impl fmt::Debug for Fast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fast").field("exact", &self.exact).field("error", &self.error).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{ColorConfig, Detected};
    use crate::space::ColorSpace;

    const ACES: &str = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5";
    const SDR: &str = "ACES 2.0 - SDR 100 nits (Rec.709)";

    fn precision(view: &str, space: &str) -> Precision {
        let config = OcioConfig::open(ACES).unwrap().with_view(view).unwrap();
        config.processor(&Detected::stated(ColorSpace::new(space))).unwrap().precision()
    }

    #[test]
    fn aces_views_of_what_a_studio_has_are_fast() {
        for space in [
            "ACEScg",
            "ACES2065-1",
            "lin_rec709",
            "lin_rec2020",
            "lin_awg4",
            "arri_logc4",
            "arri_logc3_ei800",
            "slog3_sgamut3",
            "acescct",
            "srgb_tx",
            "cineon_rec709_scene",
        ] {
            let Precision::Fast { error } = precision(SDR, space) else {
                panic!("{space} is exact");
            };
            println!("{space}: {error:.3}");
            assert!(error < MOST, "{space}");
        }
    }

    #[test]
    fn a_clipped_view_that_a_lattice_would_blur_stays_exact() {
        assert_eq!(precision("Un-tone-mapped", "ACEScg"), Precision::Exact);
    }

    /// Of the lattice alone: 1.76, 1.96 and 0.88.
    #[test]
    fn bright_yellows_are_exact() {
        for (space, pixel) in [
            ("log3g10_redwidegamutrgb", [0.668, 0.655, 0.397]),
            ("arri_logc4", [0.601, 0.597, 0.106]),
            ("ACEScg", [14.551, 14.939, 0.953]),
        ] {
            let config = OcioConfig::open(ACES).unwrap().with_view(SDR).unwrap();
            let shown = |config: &OcioConfig| {
                let [mut red, mut green, mut blue] = pixel.map(|sample| [sample]);
                let source = Detected::stated(ColorSpace::new(space));
                config.processor(&source).unwrap().apply([&mut red, &mut green, &mut blue]);
                lab_in(Gamut::Rec709, [red[0], green[0], blue[0]])
            };
            let error = delta_e_2000(shown(&config), shown(&config.clone().exact()));
            assert!(error < 0.02, "{space}: {error}");
        }
    }

    #[test]
    fn pixels_outside_the_lattice_are_exact() {
        let config = OcioConfig::open(ACES).unwrap().with_view(SDR).unwrap();
        let shown = |config: &OcioConfig| {
            let [mut red, mut green, mut blue] = [[-0.5, 300.0], [0.2, 500.0], [0.1, 65504.0]];
            let processor = config.processor(&Detected::stated(ColorSpace::LIN_AP1_SCENE)).unwrap();
            processor.apply([&mut red, &mut green, &mut blue]);
            [red, green, blue]
        };
        let (fast, exact) = (shown(&config), shown(&config.clone().exact()));
        let pairs = fast.as_flattened().iter().zip(exact.as_flattened());
        pairs.into_iter().for_each(|(fast, exact)| assert!((fast - exact).abs() < 1e-4));
    }
}
