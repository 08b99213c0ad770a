//! A lattice of a transform's results, worked out node by node as they are asked for.

use std::sync::atomic::{AtomicU64, Ordering};

use super::axis::Axis;

/// Pixels that are looked up at a time, one step after the other: each step is then one that a
/// compiler makes vectors of.
pub(super) const CHUNK: usize = 64;

/// The nodes, and what lies between them by tetrahedra.
///
/// A node is one word: 16 bits of each of R, G, B, and 16 bits that say it is known. It is what the
/// transform says and nothing else, so it does not matter which thread works it out, nor whether two
/// do.
pub(super) struct Lattice {
    axis: Axis,
    nodes: Box<[AtomicU64]>,
}

/// Samples of a node are signed square roots of light, so that dark steps are as fine as bright ones;
/// light beyond white is kept up to this, for what lies between has to know where it was heading.
const BRIGHTEST: f32 = 256.0;

/// The root of a sample's unit.
const UNIT: f32 = 16.0 / i16::MAX as f32;

const KNOWN: u64 = 1 << 48;

/// The corners of the tetrahedron around each pixel, and how much each of them counts.
struct Corners {
    nodes: [[u32; CHUNK]; 4],
    weights: [[f32; CHUNK]; 4],
}

impl Lattice {
    pub(super) fn new(axis: Axis) -> Self {
        Self { axis, nodes: bytemuck::zeroed_slice_box(axis.nodes().pow(3)) }
    }

    /// Replaces the pixels by their light, and says which of them lie outside, or at the display's
    /// upper edges, and were left as they are. `exact` is asked for the light of nodes that are not known yet.
    pub(super) fn light(
        &self,
        pixels: &mut [[f32; CHUNK]; 3],
        count: usize,
        exact: impl Fn([f32; 3]) -> [f32; 3],
    ) -> [bool; CHUNK] {
        let places = [0, 1, 2].map(|plane| self.axis.places(&pixels[plane]));
        let end = (self.axis.nodes() - 1) as f32;
        let mut outside: [bool; CHUNK] = std::array::from_fn(|at| {
            let inside = |plane: usize| places[plane][at] >= 0.0 && places[plane][at] < end;
            !(inside(0) & inside(1) & inside(2))
        });
        let corners = self.corners(&places);
        let mut roots = [[0.0; 4]; CHUNK];
        for at in 0..count {
            if outside[at] {
                continue;
            }
            roots[at] = self.root(&corners, at, &exact);
            outside[at] = is_edge(roots[at]);
        }
        for (plane, pixels) in pixels.iter_mut().enumerate() {
            for (at, pixel) in pixels.iter_mut().enumerate() {
                let root = roots[at][plane] * UNIT;
                let light = (root * root.max(0.0)).min(1.0);
                *pixel = if outside[at] { *pixel } else { light };
            }
        }
        outside
    }

    /// From a cell's first corner to its last one: along the axis on which the pixel is farthest,
    /// then the middle one, then the one on which it is nearest.
    fn corners(&self, places: &[[f32; CHUNK]; 3]) -> Corners {
        let nodes = self.axis.nodes();
        let (along_r, along_g, along_b) = ((nodes * nodes) as u32, nodes as u32, 1);
        let end = (nodes - 1) as f32 - 0.01;
        let mut corners = Corners { nodes: [[0; CHUNK]; 4], weights: [[0.0; CHUNK]; 4] };
        // what is outside has some cell too, and is not looked up
        let cell = |place: f32| {
            let place = place.max(0.0).min(end);
            let node = floor(place);
            (node, place - node as f32)
        };
        let [red, green, blue] = places;
        for (at, ((red, green), blue)) in red.iter().zip(green).zip(blue).enumerate() {
            let ((node_r, r), (node_g, g), (node_b, b)) = (cell(*red), cell(*green), cell(*blue));
            let first = node_r as u32 * along_r + node_g as u32 * along_g + node_b as u32;
            let farthest = if (r >= g) & (r >= b) {
                along_r
            } else if g >= b {
                along_g
            } else {
                along_b
            };
            let nearest = if (b <= r) & (b <= g) {
                along_b
            } else if g <= r {
                along_g
            } else {
                along_r
            };
            let last = first + along_r + along_g + along_b;
            let (high, low) = (r.max(g).max(b), r.min(g).min(b));
            let middle = r.min(g).max(r.max(g).min(b));
            let chain = [first, first + farthest, last - nearest, last];
            let shares = [1.0 - high, high - middle, middle - low, low];
            for corner in 0..4 {
                corners.nodes[corner][at] = chain[corner];
                corners.weights[corner][at] = shares[corner];
            }
        }
        corners
    }

    /// The roots of a pixel's light, in units.
    #[inline]
    fn root(
        &self,
        corners: &Corners,
        at: usize,
        exact: &impl Fn([f32; 3]) -> [f32; 3],
    ) -> [f32; 4] {
        let mut sum = [0.0; 4];
        for corner in 0..4 {
            let weight = corners.weights[corner][at];
            let node = self.node(corners.nodes[corner][at] as usize, exact);
            let samples = [0, 16, 32, 48].map(|shift| ((node >> shift) as u16).cast_signed());
            for (sum, sample) in sum.iter_mut().zip(samples) {
                *sum += weight * f32::from(sample);
            }
        }
        sum
    }

    #[inline]
    fn node(&self, at: usize, exact: &impl Fn([f32; 3]) -> [f32; 3]) -> u64 {
        match self.nodes[at].load(Ordering::Relaxed) {
            0 => self.work_out(at, exact),
            known => known,
        }
    }

    #[cold]
    #[inline(never)]
    fn work_out(&self, at: usize, exact: &impl Fn([f32; 3]) -> [f32; 3]) -> u64 {
        let nodes = self.axis.nodes();
        let place = [at / nodes / nodes, at / nodes % nodes, at % nodes];
        let light = exact(place.map(|node| self.axis.sample(node)));
        let [red, green, blue] = light.map(|light| {
            let light = light.clamp(-BRIGHTEST, BRIGHTEST);
            // NaN is black
            let code = (light.abs().sqrt().copysign(light) / UNIT).round() as i16;
            u64::from(code.cast_unsigned())
        });
        let node = KNOWN | red | green << 16 | blue << 32;
        self.nodes[at].store(node, Ordering::Relaxed);
        node
    }
}

/// Whether light is a bright yellow, cyan or magenta of a display: there its cube is sharpest, a view
/// bends around two faces at once, and a lattice blurs what it does.
#[inline]
fn is_edge([red, green, blue, _]: [f32; 4]) -> bool {
    /// The roots of 0.9 and 0.75.
    const BRIGHT: f32 = 0.948_683 / UNIT;
    const COLORED: f32 = 0.866_025 / UNIT;
    let middle = red.min(green).max(red.max(green).min(blue));
    middle > BRIGHT && red.min(green).min(blue) < COLORED
}

/// The whole part of what is at least 0 and less than 2^22. Its fraction may be off by a rounding,
/// on either side of 0, and what is interpolated is the same.
#[inline]
fn floor(place: f32) -> i32 {
    const WHOLE: f32 = (1 << 23) as f32;
    ((place - 0.499_999_97).max(0.0) + WHOLE).to_bits().cast_signed()
        - WHOLE.to_bits().cast_signed()
}
