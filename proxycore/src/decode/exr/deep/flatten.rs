//! From the samples of a deep pixel to its light, as "Interpreting OpenEXR Deep Pixels" has it.
//!
//! The samples are sorted by depth and walked from the front. One that nothing overlaps goes over
//! what lies behind it as it is; points at one depth are merged; volumes that overlap are split at
//! each other's ends and the pieces merged, which [`sweep`] does without making the pieces.
//!
//! Splitting and merging rest on one fact: with u = -log(1 - alpha), both u and c u / alpha of a
//! piece are its share of the sample's, and those of merged pieces are sums. So a [`Medium`] of
//! these two adds up, and becomes colour and alpha again at the end.

use std::array;
use std::ops::Add;

use super::sweep::sweep;

/// Planes that a picture has at the most; a grey one leaves the others alone.
pub(super) const PLANES: usize = 3;

/// What a sample is in one plane: its light, premultiplied, and its opacity, 0..=1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Part {
    pub(super) light: f64,
    pub(super) alpha: f64,
}

impl Part {
    /// Bounds the opacity, as the note's code does; one that is no number is none.
    pub(super) fn new(light: f64, alpha: f64) -> Self {
        let alpha = if alpha > 0.0 { alpha.min(1.0) } else { 0.0 };
        Self { light, alpha }
    }
}

/// A sample: from where to where it reaches, and what it is in each plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    pub(super) front: f64,
    /// At least the front; more, for a volume.
    pub(super) back: f64,
    pub(super) parts: [Part; PLANES],
}

impl Sample {
    /// Places a sample. What lies nowhere lies behind everything.
    pub(super) fn new(front: f64, back: f64, parts: [Part; PLANES]) -> Self {
        let (front, back) = (place(front), place(back));
        Self { front, back: back.max(front), parts }
    }

    pub(super) fn is_point(&self) -> bool {
        self.back == self.front
    }
}

/// A depth that can be compared and subtracted: finite, and with one zero.
fn place(depth: f64) -> f64 {
    let farthest = f64::from(f32::MAX);
    if depth.is_nan() { farthest } else { depth.clamp(-farthest, farthest) + 0.0 }
}

/// Composites the samples of a pixel, in any order, in its first `planes` planes.
pub(super) fn flatten(samples: &mut [Sample], planes: usize) -> [f64; PLANES] {
    sort(samples);
    let mut film = Film::new(planes);
    let mut rest = &*samples;
    while !rest.is_empty() && film.is_open() {
        let (group, behind) = rest.split_at(group(rest));
        match group {
            [alone] => film.add(alone.parts),
            [first, ..] if first.is_point() => film.add(merge(group)),
            _ => sweep(group, &mut film),
        }
        rest = behind;
    }
    film.light
}

/// Sorts by front, then back, and leaves equal samples in the file's order.
fn sort(samples: &mut [Sample]) {
    let key = |sample: &Sample| (sample.front, sample.back);
    if !samples.is_sorted_by_key(key) {
        let by =
            |a: &Sample, b: &Sample| a.front.total_cmp(&b.front).then(a.back.total_cmp(&b.back));
        samples.sort_by(by);
    }
}

/// How many of the first samples overlap, each with some other of them.
fn group(samples: &[Sample]) -> usize {
    let first = samples[0];
    if first.is_point() {
        let here = |sample: &&Sample| sample.is_point() && sample.front == first.front;
        return samples.iter().take_while(here).count();
    }
    let mut back = first.back;
    let reached = |sample: &&Sample| {
        let within = sample.front < back;
        back = back.max(sample.back);
        within
    };
    samples.iter().take_while(reached).count()
}

/// Makes one of samples that are at the same place.
pub(super) fn merge(samples: &[Sample]) -> [Part; PLANES] {
    let media = samples.iter().map(|sample| sample.parts.map(Medium::of));
    let sum = media.fold([Medium::default(); PLANES], add);
    sum.map(Medium::part)
}

pub(super) fn add(one: [Medium; PLANES], other: [Medium; PLANES]) -> [Medium; PLANES] {
    array::from_fn(|plane| one[plane] + other[plane])
}

/// What absorbs and emits in a stretch of depth.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Medium {
    /// -log(1 - alpha): how much it absorbs.
    thickness: f64,
    /// Its light before it absorbs any of it itself.
    glow: f64,
    /// How many opaque samples there are, which hide the others.
    opaque: f64,
    /// The sum of their light.
    face: f64,
}

impl Medium {
    pub(super) fn of(Part { light, alpha }: Part) -> Self {
        if alpha >= 1.0 {
            return Self { opaque: 1.0, face: light, ..Self::default() };
        }
        if alpha <= 0.0 {
            return Self { glow: light, ..Self::default() };
        }
        let thickness = -(-alpha).ln_1p();
        Self { thickness, glow: light * (thickness / alpha), ..Self::default() }
    }

    /// A piece of it: some of what it absorbs, all of its opacity if it is opaque.
    pub(super) fn share(self, share: f64) -> Self {
        Self { thickness: self.thickness * share, glow: self.glow * share, ..self }
    }

    pub(super) fn part(self) -> Part {
        if self.opaque > 0.0 {
            return Part { light: self.face / self.opaque, alpha: 1.0 };
        }
        let alpha = -(-self.thickness).exp_m1();
        let shines = if self.thickness > 0.0 { alpha / self.thickness } else { 1.0 };
        Part { light: self.glow * shines, alpha }
    }
}

impl Add for Medium {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            thickness: self.thickness + other.thickness,
            glow: self.glow + other.glow,
            opaque: self.opaque + other.opaque,
            face: self.face + other.face,
        }
    }
}

/// The light that has reached the eye, and how much still passes from farther away.
#[derive(Debug)]
pub(super) struct Film {
    light: [f64; PLANES],
    passes: [f64; PLANES],
}

impl Film {
    pub(super) fn new(planes: usize) -> Self {
        let passes = array::from_fn(|plane| if plane < planes { 1.0 } else { 0.0 });
        Self { light: [0.0; PLANES], passes }
    }

    /// Whether anything farther away can be seen.
    pub(super) fn is_open(&self) -> bool {
        self.passes.iter().any(|&passes| passes > 0.0)
    }

    /// Puts what has been seen over `parts`.
    pub(super) fn add(&mut self, parts: [Part; PLANES]) {
        for ((light, passes), part) in self.light.iter_mut().zip(&mut self.passes).zip(parts) {
            if *passes > 0.0 {
                *light += *passes * part.light;
                *passes *= 1.0 - part.alpha;
            }
        }
    }
}
