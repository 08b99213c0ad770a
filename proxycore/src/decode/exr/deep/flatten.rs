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
        Self { light, alpha: if alpha.is_nan() { 0.0 } else { alpha.clamp(0.0, 1.0) } }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(front: f64, back: f64, light: f64, alpha: f64) -> Sample {
        Sample::new(front, back, [Part::new(light, alpha); PLANES])
    }

    fn point(depth: f64, light: f64, alpha: f64) -> Sample {
        volume(depth, depth, light, alpha)
    }

    /// The light of a pixel, which is the same in whichever order its samples are.
    #[track_caller]
    fn light(samples: &[Sample]) -> f64 {
        let mut forth = samples.to_vec();
        let mut back: Vec<_> = samples.iter().rev().copied().collect();
        let (forth, back) = (flatten(&mut forth, 3), flatten(&mut back, 3));
        assert!(forth.iter().chain(&back).all(|light| is_near(*light, forth[0])), "{forth:?}");
        forth[0]
    }

    fn is_near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-12
    }

    #[track_caller]
    fn assert_light(samples: &[Sample], want: f64) {
        let got = light(samples);
        assert!(is_near(got, want), "{got}, not {want}");
    }

    #[test]
    fn nothing_is_black_and_one_sample_is_itself() {
        assert_light(&[], 0.0);
        assert_light(&[point(1.0, 0.3, 0.2)], 0.3);
        assert_light(&[volume(1.0, 2.0, 0.3, 0.2)], 0.3);
    }

    #[test]
    fn points_go_over_those_behind_them() {
        let far = point(2.0, 0.4, 1.0);
        assert_light(&[point(1.0, 0.2, 0.5), far], 0.2 + 0.5 * 0.4);
        assert_light(&[point(1.0, 0.2, 1.0), far], 0.2);
        assert_light(&[point(1.0, 0.2, 0.0), far], 0.2 + 0.4);
        assert_light(&[point(1.0, 0.2, 0.5), far, point(3.0, 9.0, 1.0)], 0.4);
    }

    #[test]
    fn opacity_is_bounded_and_none_where_it_is_no_number() {
        let far = point(2.0, 0.4, 1.0);
        assert_light(&[point(1.0, 0.2, 1.5), far], 0.2);
        assert_light(&[point(1.0, 0.2, -0.5), far], 0.6);
        assert_light(&[point(1.0, 0.2, f64::NAN), far], 0.6);
    }

    #[test]
    fn what_is_hidden_does_not_matter() {
        assert_light(&[point(1.0, 0.2, 1.0), point(2.0, f64::INFINITY, 1.0)], 0.2);
        assert_light(&[point(1.0, 0.2, 1.0), point(2.0, f64::NAN, 1.0)], 0.2);
    }

    #[test]
    fn a_volume_is_split_at_a_point_inside_it() {
        // halves of it: alpha 1 - sqrt(1 - 3/4) = 1/2, light 0.6 * (1/2) / (3/4) = 0.4
        let fog = volume(1.0, 3.0, 0.6, 0.75);
        assert_light(&[fog, point(2.0, 0.1, 1.0)], 0.4 + 0.5 * 0.1);
        assert_light(&[fog, point(2.0, 0.1, 0.5)], 0.4 + 0.5 * 0.1 + 0.25 * 0.4);
    }

    #[test]
    fn a_point_comes_before_a_volume_that_begins_there_and_after_one_that_ends_there() {
        let fog = volume(1.0, 2.0, 0.4, 0.5);
        assert_light(&[fog, point(1.0, 0.2, 0.5)], 0.2 + 0.5 * 0.4);
        assert_light(&[fog, point(2.0, 0.2, 0.5)], 0.4 + 0.5 * 0.2);
    }

    #[test]
    fn volumes_that_overlap_are_split_and_merged() {
        // halves (1/2, 0.4) and (1/2, 0.2); merged, alpha 3/4 and (0.4 + 0.2) (3/4) = 0.45
        let (one, other) = (volume(1.0, 3.0, 0.6, 0.75), volume(2.0, 4.0, 0.3, 0.75));
        assert_light(&[one, other], 0.4 + 0.5 * 0.45 + 0.5 * 0.25 * 0.2);
    }

    #[test]
    fn samples_at_one_place_are_merged() {
        for (front, back) in [(1.0, 1.0), (1.0, 2.0)] {
            let at = |light, alpha| volume(front, back, light, alpha);
            assert_light(&[at(0.4, 0.5), at(0.2, 0.5)], 0.45);
            assert_light(&[at(0.4, 0.5), at(0.2, 0.5), point(9.0, 1.0, 1.0)], 0.45 + 0.25);
            assert_light(&[at(0.4, 0.0), at(0.2, 0.0)], 0.4 + 0.2);
            assert_light(&[at(0.4, 1.0), at(0.2, 0.5)], 0.4);
            assert_light(&[at(0.4, 1.0), at(0.2, 1.0)], 0.3);
            assert_light(&[at(0.4, 1.0), at(0.2, 1.0), at(0.9, 1.0)], 0.5);
        }
    }

    #[test]
    fn a_volume_without_opacity_glows_evenly() {
        assert_light(&[volume(0.0, 4.0, 0.8, 0.0), point(1.0, 0.0, 1.0)], 0.2);
    }

    #[test]
    fn an_opaque_volume_hides_what_is_inside_it() {
        let wall = volume(1.0, 5.0, 0.6, 1.0);
        assert_light(&[wall, point(2.0, 0.1, 1.0), volume(3.0, 4.0, 0.1, 0.5)], 0.6);
        assert_light(&[wall, volume(0.0, 2.0, 0.6, 0.75)], 0.4 + 0.5 * 0.6);
    }

    #[test]
    fn a_thin_opacity_loses_no_light() {
        let thin = f64::from(f32::MIN_POSITIVE);
        assert_light(&[volume(0.0, 2.0, 0.8, thin), point(1.0, 0.0, 1.0)], 0.4);
        assert_light(&[point(1.0, 0.3, thin), point(1.0, 0.2, thin)], 0.5);
    }

    #[test]
    fn depths_that_are_no_numbers_are_the_farthest() {
        let near = point(1.0, 0.2, 0.5);
        for odd in [f64::NAN, f64::INFINITY] {
            assert_light(&[point(odd, 0.4, 1.0), near], 0.4);
            let endless = volume(0.0, odd, 0.4, 0.5);
            assert!(light(&[endless, near]).is_finite());
        }
        assert_light(&[point(f64::NEG_INFINITY, 0.2, 1.0), near], 0.2);
        assert_light(&[volume(2.0, 1.0, 0.4, 1.0), near], 0.4);
        assert_light(&[point(-0.0, 0.2, 0.5), point(0.0, 0.4, 0.5)], 0.45);
    }

    #[test]
    fn each_plane_has_an_opacity_of_its_own() {
        let parts = |light, alphas: [f64; 3]| alphas.map(|alpha| Part::new(light, alpha));
        let near = Sample::new(1.0, 1.0, parts(0.2, [1.0, 0.5, 0.0]));
        let far = Sample::new(2.0, 2.0, parts(0.4, [1.0; 3]));
        assert_eq!(flatten(&mut [far, near], 3), [0.2, 0.4, 0.2 + 0.4]);
        assert_eq!(flatten(&mut [far, near], 1), [0.2, 0.0, 0.0]);
    }

    /// What the note says, word by word: splits, merges, sorts, composites.
    fn plainly(samples: &[Sample]) -> f64 {
        let mut pieces = Vec::new();
        let ends: Vec<_> = samples.iter().flat_map(|one| [one.front, one.back]).collect();
        for sample in samples {
            let mut cuts: Vec<_> = ends
                .iter()
                .copied()
                .filter(|&at| sample.front < at && at < sample.back)
                .chain([sample.front, sample.back])
                .collect();
            cuts.sort_by(f64::total_cmp);
            cuts.dedup();
            if sample.is_point() {
                pieces.push(*sample);
            }
            pieces.extend(cuts.windows(2).map(|cut| piece(sample, cut[0], cut[1])));
        }
        sort(&mut pieces);
        let mut tidy: Vec<Sample> = Vec::new();
        for piece in pieces {
            match tidy.last_mut() {
                Some(last) if (last.front, last.back) == (piece.front, piece.back) => {
                    last.parts = [merged(last.parts[0], piece.parts[0]); PLANES];
                }
                _ => tidy.push(piece),
            }
        }
        let over = |(light, passes): (f64, f64), sample: &Sample| {
            let part = sample.parts[0];
            (light + passes * part.light, passes * (1.0 - part.alpha))
        };
        tidy.iter().fold((0.0, 1.0), over).0
    }

    fn piece(sample: &Sample, front: f64, back: f64) -> Sample {
        let Part { light, alpha } = sample.parts[0];
        let share = (back - front) / (sample.back - sample.front);
        let (light, alpha) = match alpha {
            1.0 => (light, 1.0),
            0.0 => (light * share, 0.0),
            _ => {
                let piece = 1.0 - (1.0 - alpha).powf(share);
                (light * piece / alpha, piece)
            }
        };
        volume(front, back, light, alpha)
    }

    fn merged(one: Part, other: Part) -> Part {
        let alpha = 1.0 - (1.0 - one.alpha) * (1.0 - other.alpha);
        let u = |part: Part| -(1.0 - part.alpha).ln();
        let v = |part: Part| if part.alpha > 0.0 { u(part) / part.alpha } else { 1.0 };
        let light = match (one.alpha, other.alpha) {
            (1.0, 1.0) => (one.light + other.light) / 2.0,
            (1.0, _) => one.light,
            (_, 1.0) => other.light,
            _ => {
                let sum = u(one) + u(other);
                let w = if sum > 0.0 { alpha / sum } else { 1.0 };
                w * (one.light * v(one) + other.light * v(other))
            }
        };
        Part { light, alpha }
    }

    #[test]
    fn random_pixels_are_as_the_note_makes_them() {
        let mut state = 7_u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for _ in 0..5000 {
            let mut opaque = 0;
            let count = random(9);
            let mut pixel = Vec::new();
            for _ in 0..count {
                let alpha = [0.0, 0.25, 0.5, 0.9, 1.0][random(5) as usize];
                opaque += u32::from(alpha == 1.0);
                // of more than two opaque ones at one place the note's order of merging tells
                let alpha = if opaque > 2 { 0.75 } else { alpha };
                let front = f64::from(random(6));
                let length = f64::from([0, 0, 1, 2, 4][random(5) as usize]);
                pixel.push(volume(front, front + length, f64::from(random(8)) / 8.0, alpha));
            }
            let want = plainly(&pixel);
            let got = flatten(&mut pixel.clone(), 3)[0];
            assert!((got - want).abs() < 1e-9, "{got}, not {want}: {pixel:?}");
        }
    }

    #[test]
    fn a_pixel_of_very_many_volumes_is_no_trap() {
        let count = 30_000;
        let nested = |at| volume(f64::from(at), f64::from(2 * count - at), 1e-5, 1e-5);
        let mut pixel: Vec<_> = (0..count).map(nested).collect();
        let light = flatten(&mut pixel, 3)[0];
        assert!((0.25..0.3).contains(&light), "{light}");
    }
}
