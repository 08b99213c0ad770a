//! A lattice of a transform's results, worked out node by node as they are asked for, and trusted
//! tetrahedron by tetrahedron.

use std::sync::atomic::{AtomicU64, Ordering};

use super::axis::Axis;
use crate::color::ocio::exact::Exact;
use crate::color::{delta_e_2000, lab_in};
use crate::space::Gamut;

/// Pixels that are looked up at a time, one step after the other: each step is then one that a
/// compiler makes vectors of.
pub(super) const CHUNK: usize = 64;

/// The nodes, and what lies between them by tetrahedra.
///
/// A node is one word: 16 bits of each of R, G, B, one that says it is known, and two for each of the
/// six tetrahedra of the cell that it is the first corner of, which say whether that one was tried and
/// how it went. All of it is what the transform says and nothing else, so it does not matter which
/// thread works it out, nor whether two do.
pub(super) struct Lattice {
    axis: Axis,
    gamut: Gamut,
    nodes: Box<[AtomicU64]>,
}

/// Samples of a node are signed square roots of light, so that dark steps are as fine as bright ones;
/// light beyond white is kept up to this, for what lies between has to know where it was heading.
const BRIGHTEST: f32 = 256.0;

/// The root of a sample's unit.
const UNIT: f32 = 16.0 / i16::MAX as f32;

const KNOWN: u64 = 1 << 48;

/// Where the bits of tetrahedra start, and what two of them say.
const TETRAHEDRA: u32 = 49;
const TRUSTED: u64 = 1;
const BENT: u64 = 2;

/// Where a tetrahedron is tried: in its middle; and where its corners are far apart, nearer to each of
/// them, and in the middle of its edges.
const POINTS: [[f32; 4]; 11] = [
    [0.25; 4],
    [0.625, 0.125, 0.125, 0.125],
    [0.125, 0.625, 0.125, 0.125],
    [0.125, 0.125, 0.625, 0.125],
    [0.125, 0.125, 0.125, 0.625],
    [0.5, 0.0, 0.0, 0.5],
    [0.5, 0.5, 0.0, 0.0],
    [0.5, 0.0, 0.5, 0.0],
    [0.0, 0.5, 0.5, 0.0],
    [0.0, 0.5, 0.0, 0.5],
    [0.0, 0.0, 0.5, 0.5],
];

/// How far apart the roots of corners are that are far apart; white's is 1.
const STEEP: f32 = 0.06;

/// The largest dE2000 in the middle of a tetrahedron that is trusted. Where a view has an edge, it may
/// be four times as far off elsewhere in it.
const TRUST: f64 = 0.12;

/// The corners of the tetrahedron around each pixel, how much each of them counts, and which of the
/// six of its cell it is.
struct Corners {
    nodes: [[u32; CHUNK]; 4],
    weights: [[f32; CHUNK]; 4],
    tetrahedra: [u32; CHUNK],
}

impl Lattice {
    pub(super) fn new(axis: Axis, gamut: Gamut) -> Self {
        Self { axis, gamut, nodes: bytemuck::zeroed_slice_box(axis.nodes().pow(3)) }
    }

    /// Replaces the pixels by their light, and says which of them lie outside, or where the transform
    /// bends too much, and were left as they are. `exact` is asked for the light of nodes that are not
    /// known yet.
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
            let (root, is_trusted) = self.root(&corners, at, &exact);
            roots[at] = root;
            outside[at] = !is_trusted;
        }
        for (plane, pixels) in pixels.iter_mut().enumerate() {
            for (at, pixel) in pixels.iter_mut().enumerate() {
                *pixel = if outside[at] { *pixel } else { light_of(roots[at][plane]) };
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
        let (nodes, weights) = ([[0; CHUNK]; 4], [[0.0; CHUNK]; 4]);
        let mut corners = Corners { nodes, weights, tetrahedra: [0; CHUNK] };
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
            let (of_r, of_g) = ((r >= g) & (r >= b), g >= b);
            let farthest = if of_r {
                along_r
            } else if of_g {
                along_g
            } else {
                along_b
            };
            let (to_b, to_g) = ((b <= r) & (b <= g), g <= r);
            let nearest = if to_b {
                along_b
            } else if to_g {
                along_g
            } else {
                along_r
            };
            let pair = if of_r {
                0
            } else if of_g {
                2
            } else {
                4
            };
            let second = to_b | (!of_r & !of_g & to_g);
            corners.tetrahedra[at] = pair + u32::from(second);
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

    /// The roots of a pixel's light, in units, and whether they can be trusted.
    #[inline]
    fn root(
        &self,
        corners: &Corners,
        at: usize,
        exact: &impl Fn([f32; 3]) -> [f32; 3],
    ) -> ([f32; 4], bool) {
        // `map` would copy the rows
        let chain = std::array::from_fn(|corner| corners.nodes[corner][at] as usize);
        let weights = std::array::from_fn(|corner| corners.weights[corner][at]);
        let nodes = chain.map(|node| self.node(node, exact));
        let sum = mean(&nodes, weights);
        let shift = TETRAHEDRA + 2 * corners.tetrahedra[at];
        let verdict = match nodes[0] >> shift & 3 {
            0 => self.judge(&chain, &nodes, shift, exact),
            known => known,
        };
        (sum, verdict == TRUSTED)
    }

    #[inline]
    fn node(&self, at: usize, exact: &impl Fn([f32; 3]) -> [f32; 3]) -> u64 {
        match self.nodes[at].load(Ordering::Relaxed) {
            0 => self.work_out(at, exact),
            known => known,
        }
    }

    /// Tries some points of a tetrahedron.
    #[cold]
    #[inline(never)]
    fn judge(
        &self,
        chain: &[usize; 4],
        nodes: &[u64; 4],
        shift: u32,
        exact: &impl Fn([f32; 3]) -> [f32; 3],
    ) -> u64 {
        let places = chain.map(|node| self.place(node).map(|node| node as f32));
        let apart = |weights: [f32; 4]| {
            let along = |axis: usize| places.iter().zip(weights).map(|(p, w)| w * p[axis]).sum();
            let want = exact([0, 1, 2].map(along).map(|place| self.axis.sample_at(place)));
            let [red, green, blue, _] = mean(nodes, weights).map(light_of);
            let lab = |light| lab_in(self.gamut, light);
            delta_e_2000(lab([red, green, blue]), lab(want.map(Exact::clip)))
        };
        let tried = if is_steep(nodes) { &POINTS[..] } else { &POINTS[..1] };
        let is_near = tried.iter().all(|weights| apart(*weights) < TRUST);
        let verdict = if is_near { TRUSTED } else { BENT };
        self.nodes[chain[0]].fetch_or(verdict << shift, Ordering::Relaxed);
        verdict
    }

    /// A node's number along each axis.
    fn place(&self, at: usize) -> [usize; 3] {
        let nodes = self.axis.nodes();
        [at / nodes / nodes, at / nodes % nodes, at % nodes]
    }

    #[cold]
    #[inline(never)]
    fn work_out(&self, at: usize, exact: &impl Fn([f32; 3]) -> [f32; 3]) -> u64 {
        let light = exact(self.place(at).map(|node| self.axis.sample(node)));
        let [red, green, blue] = light.map(|light| {
            let light = light.clamp(-BRIGHTEST, BRIGHTEST);
            // NaN is black
            let code = (light.abs().sqrt().copysign(light) / UNIT).round() as i16;
            u64::from(code.cast_unsigned())
        });
        let node = KNOWN | red | green << 16 | blue << 32;
        // its tetrahedra may be tried by another thread meanwhile
        self.nodes[at].fetch_or(node, Ordering::Relaxed) | node
    }
}

/// The roots of nodes by their weights, in units.
#[inline]
fn mean(nodes: &[u64; 4], weights: [f32; 4]) -> [f32; 4] {
    let mut sum = [0.0; 4];
    for (node, weight) in nodes.iter().zip(weights) {
        let samples = [0, 16, 32, 48].map(|shift| ((node >> shift) as u16).cast_signed());
        for (sum, sample) in sum.iter_mut().zip(samples) {
            *sum += weight * f32::from(sample);
        }
    }
    sum
}

/// Whether nodes are far apart, also where a display shows no difference: between two that it clips
/// there may be one that it does not.
fn is_steep(nodes: &[u64; 4]) -> bool {
    [0, 16, 32].iter().any(|shift| {
        let roots = nodes.map(|node| f32::from(((node >> shift) as u16).cast_signed()) * UNIT);
        let low = roots.iter().copied().fold(f32::INFINITY, f32::min);
        let high = roots.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        high - low > STEEP
    })
}

/// The light of a root, 0..=1.
#[inline]
fn light_of(root: f32) -> f32 {
    let root = root * UNIT;
    (root * root.max(0.0)).min(1.0)
}

/// The whole part of what is at least 0 and less than 2^22. Its fraction may be off by a rounding,
/// on either side of 0, and what is interpolated is the same.
#[inline]
fn floor(place: f32) -> i32 {
    const WHOLE: f32 = (1 << 23) as f32;
    ((place - 0.499_999_97).max(0.0) + WHOLE).to_bits().cast_signed()
        - WHOLE.to_bits().cast_signed()
}
