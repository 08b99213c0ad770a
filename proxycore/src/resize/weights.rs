//! What each sample of a line weighs in each sample of the resampled line.

use super::Filter;

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
    /// Weighs a line of `source` samples, of which the `length` from `start` on become `made`; of the
    /// last sample the part `edge` counts. A line that keeps its length keeps its samples, whatever the
    /// filter.
    pub(super) fn new(
        filter: Filter,
        source: u32,
        (start, length): (f64, f64),
        made: u32,
        edge: f64,
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
            weights.push(filter, (source, edge), centre, scale);
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

    fn push(&mut self, filter: Filter, (source, edge): (u32, f64), centre: f64, scale: f64) {
        let reach = filter.support() * scale;
        let first = (centre - reach).floor().max(0.0) as u32;
        let last = ((centre + reach).ceil().min(f64::from(source)) as u32).max(first + 1);
        let weigh = |sample: u32| {
            // what is there of the last sample lies at its start
            let part = if sample + 1 == source { edge } else { 1.0 };
            part * filter.weight((f64::from(sample) + 0.5 * part - centre) / scale)
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
                let weights = Weights::new(filter, source, (0.0, source.into()), made, 1.0);
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
            assert!(Weights::new(filter, 50, (0.0, 50.0), 50, 1.0).is_identity(50), "{filter:?}");
            assert!(!Weights::new(filter, 50, (0.0, 50.0), 49, 1.0).is_identity(50), "{filter:?}");
        }
    }
}
