//! What each sample of a line weighs in each sample of the resampled line.

use super::Filter;
use crate::image::SQUARE;

/// Weights below this part of the sum are left out at both ends: what a sine leaves of its zeros.
const NOTHING: f64 = 1e-9;

/// The weights of one axis, the same for every line along it.
#[derive(Debug)]
pub(super) struct Weights {
    /// For each output sample, the first source sample and where its weights end.
    spans: Vec<Span>,
    values: Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    first: usize,
    end: usize,
}

impl Weights {
    /// Weighs a line of `source` samples, of which the `length` from `start` on become `made`. A line
    /// that keeps its length keeps its samples, whatever the filter. Where samples are the means of
    /// [`SQUARE`] others, of which there are `squared`, each weighs what these would.
    pub(super) fn new(
        filter: Filter,
        source: u32,
        (start, length): (f64, f64),
        made: u32,
        squared: Option<u32>,
    ) -> Self {
        let mut weights = Self { spans: Vec::new(), values: Vec::new() };
        if source == made && length == f64::from(source) {
            return Self::identity(made as usize);
        }
        let step = length / f64::from(made);
        // a filter that reaches over less than a pixel would miss some
        let scale = step.max(1.0);
        for at in 0..made {
            let centre = start + (f64::from(at) + 0.5) * step;
            weights.push(filter, (source, squared), centre, scale);
        }
        weights
    }

    fn identity(made: usize) -> Self {
        let spans = (0..made).map(|at| Span { first: at, end: at + 1 }).collect();
        Self { spans, values: vec![1.0; made] }
    }

    /// The first source sample of an output sample, and the weights from there on.
    #[inline(always)]
    pub(super) fn of(&self, at: usize) -> (usize, &[f32]) {
        let start = if at == 0 { 0 } else { self.spans[at - 1].end };
        let Span { first, end } = self.spans[at];
        (first, &self.values[start..end])
    }

    /// How many output samples there are.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether every sample stays what it is.
    pub(super) fn is_identity(&self, source: u32) -> bool {
        self.len() == source as usize && (0..self.len()).all(|at| self.of(at) == (at, &[1.0]))
    }

    fn push(
        &mut self,
        filter: Filter,
        (source, squared): (u32, Option<u32>),
        centre: f64,
        scale: f64,
    ) {
        let reach = filter.support() * scale;
        let first = (centre - reach).floor().max(0.0) as u32;
        let last = ((centre + reach).ceil().min(f64::from(source)) as u32).max(first + 1);
        let at = |place: f64| filter.weight((place - centre) / scale);
        let weigh = |sample: u32| match squared {
            None => at(f64::from(sample) + 0.5),
            Some(full) => (sample * SQUARE..full.min((sample + 1) * SQUARE))
                .map(|own| at((f64::from(own) + 0.5) / f64::from(SQUARE)))
                .sum(),
        };
        let weights: Vec<f64> = (first..last).map(weigh).collect();
        let sum: f64 = weights.iter().sum();
        let counts = |weight: &f64| (weight / sum).abs() > NOTHING;
        let skipped = weights.iter().position(counts).unwrap_or(0);
        let kept = weights.iter().rposition(counts).map_or(1, |last| last + 1);
        let values = weights[skipped..kept].iter().map(|weight| (weight / sum) as f32);
        self.values.extend(values);
        self.spans.push(Span { first: first as usize + skipped, end: self.values.len() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILTERS: [Filter; 5] =
        [Filter::Box, Filter::Triangle, Filter::Mitchell, Filter::CatmullRom, Filter::Lanczos3];

    #[test]
    fn weights_lie_in_the_line_and_sum_to_one() {
        for filter in FILTERS {
            for (source, made) in [(4096, 1920), (301, 100), (7, 3), (2, 1), (1, 1), (9, 9)] {
                let weights = Weights::new(filter, source, (0.0, source.into()), made, None);
                for at in 0..weights.len() {
                    let (first, values) = weights.of(at);
                    assert!(first + values.len() <= source as usize);
                    let sum: f64 = values.iter().map(|value| f64::from(*value)).sum();
                    assert!((sum - 1.0).abs() < 1e-6, "{filter:?} {source} to {made}: {sum}");
                }
            }
        }
    }

    #[test]
    fn a_line_of_the_same_length_stays_as_it_is() {
        for filter in FILTERS {
            assert!(Weights::new(filter, 50, (0.0, 50.0), 50, None).is_identity(50), "{filter:?}");
            assert!(!Weights::new(filter, 50, (0.0, 50.0), 49, None).is_identity(50), "{filter:?}");
        }
    }
    #[test]
    fn means_of_squares_weigh_what_their_samples_would() {
        for filter in FILTERS {
            for (full, made) in [(4093_u32, 256), (301, 16), (17, 1), (8, 1), (1, 1)] {
                let source = full.div_ceil(SQUARE);
                let region = (0.0, f64::from(full) / f64::from(SQUARE));
                let squares = Weights::new(filter, source, region, made, Some(full));
                let plain = Weights::new(filter, full, (0.0, full.into()), made, None);
                for at in 0..made as usize {
                    let mut sums = vec![0.0; source as usize];
                    let (first, values) = plain.of(at);
                    for (own, value) in values.iter().enumerate() {
                        sums[(first + own) / SQUARE as usize] += value;
                    }
                    let (first, values) = squares.of(at);
                    values.iter().enumerate().for_each(|(own, value)| sums[first + own] -= value);
                    assert!(sums.iter().all(|off| off.abs() < 1e-5), "{filter:?} {full} {at}");
                }
            }
        }
    }
}
