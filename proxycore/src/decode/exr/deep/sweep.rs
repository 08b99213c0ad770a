//! Volumes that overlap, from front to back.
//!
//! Splitting n volumes at each other's ends makes up to 2 n^2 pieces, which a hostile pixel of
//! 65,536 samples would not live to see. So the pieces are not made: from one end to the next, what
//! fills the stretch is the sum of the volumes there. The sum is kept in a tree, so that it costs
//! log n to change one volume, and so that it is summed anew instead of subtracted from: a thin
//! dense volume leaves no trace in the sum after it has ended.

use super::flatten::{Film, Medium, PLANES, Sample, add, merge};

/// Composites samples that overlap, sorted by their fronts, of which the first is a volume.
pub(super) fn sweep(samples: &[Sample], film: &mut Film) {
    let mut cuts: Vec<f64> = samples.iter().flat_map(|one| [one.front, one.back]).collect();
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let mut ends: Vec<usize> = (0..samples.len()).collect();
    ends.sort_by(|&a, &b| samples[a].back.total_cmp(&samples[b].back));
    let mut ends = ends.into_iter().peekable();
    let mut next = 0;
    let mut inside = Sum::new(samples.len());
    for cut in cuts.windows(2) {
        let (from, to) = (cut[0], cut[1]);
        while let Some(ended) = ends.next_if(|&index| samples[index].back <= from) {
            inside.set(ended, [Medium::default(); PLANES]);
        }
        let starting = samples[next..].iter().take_while(|sample| sample.front <= from).count();
        let (points, volumes) = samples[next..next + starting]
            .split_at(samples[next..next + starting].partition_point(Sample::is_point));
        if !points.is_empty() {
            film.add(merge(points));
        }
        for (at, volume) in volumes.iter().enumerate() {
            inside.set(next + points.len() + at, density(volume));
        }
        next += starting;
        film.add(inside.total().map(|medium| medium.share(to - from).part()));
        if !film.is_open() {
            return;
        }
    }
}

/// What a volume holds in a unit of depth.
fn density(volume: &Sample) -> [Medium; PLANES] {
    volume.parts.map(|part| Medium::of(part).share((volume.back - volume.front).recip()))
}

/// A sum of terms that change: a tree whose nodes are the sums of their two children.
struct Sum {
    /// The root at 1, the children of i at 2 i and 2 i + 1, the terms last.
    nodes: Vec<[Medium; PLANES]>,
}

impl Sum {
    fn new(terms: usize) -> Self {
        Self { nodes: vec![[Medium::default(); PLANES]; 2 * terms] }
    }

    fn set(&mut self, term: usize, value: [Medium; PLANES]) {
        let mut node = self.nodes.len() / 2 + term;
        self.nodes[node] = value;
        while node > 1 {
            node /= 2;
            self.nodes[node] = add(self.nodes[2 * node], self.nodes[2 * node + 1]);
        }
    }

    fn total(&self) -> [Medium; PLANES] {
        self.nodes[1]
    }
}
