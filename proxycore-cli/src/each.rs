//! `--each`: the frames of a sequence, each by itself.

use std::num::NonZeroUsize;

use proxycore::sequence::{FrameSet, Sequence};
use proxycore::storage::ObjectMeta;

/// Which frames of each sequence are taken.
#[derive(Debug)]
pub struct Each<'a> {
    range: Option<&'a FrameSet>,
    step: usize,
}

impl<'a> Each<'a> {
    /// Takes those of the range, where there is one, and every so many of them.
    pub fn new(range: Option<&'a FrameSet>, step: Option<NonZeroUsize>) -> Self {
        Self { range, step: step.map_or(1, NonZeroUsize::get) }
    }

    /// Whether every frame is taken, of whichever sequence.
    pub fn takes_all(&self) -> bool {
        self.range.is_none() && self.step == 1
    }

    /// The frames of a sequence that are taken, and the numbers of those that were asked for and are
    /// not there. A pattern's own range holds where none was given beside it.
    pub fn of(
        &self,
        sequence: &Sequence,
        named: Option<&FrameSet>,
    ) -> (Vec<(String, ObjectMeta)>, FrameSet) {
        let there = sequence.frames();
        let first = there.first().unwrap_or_default();
        let range = self.range.or(named);
        let asked = range.map(|range| range.iter().step_by(self.step).collect::<FrameSet>());
        let is_taken = |number: i64| match &asked {
            Some(asked) => asked.contains(number),
            None => number.abs_diff(first).is_multiple_of(self.step as u64),
        };
        let frames = sequence.iter().filter(|(number, _)| is_taken(*number));
        let frames = frames.map(|(_, frame)| (frame.key.clone(), frame.meta.clone()));
        (frames.collect(), asked.map(|asked| asked.without(&there)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proxycore::MemoryStorage;
    use proxycore::sequence::Pattern;
    use proxycore::storage::{ObjectAttributes, Storage};

    use super::*;

    /// The numbers that are taken of 1 to 10 without 5, and those that are missing.
    fn taken(range: Option<&str>, step: usize, named: Option<&str>) -> (String, String) {
        let store = MemoryStorage::new("renders");
        for number in (1..=10).filter(|number| *number != 5) {
            store.put(&format!("t.{number:04}.exr"), b"", &ObjectAttributes::default()).unwrap();
        }
        let (pattern, _) = Pattern::parse("t.####.exr").unwrap().unwrap();
        let sequence = Sequence::find(&store, &pattern, None).unwrap();
        let [range, named] = [range, named].map(|frames| frames.map(|text| text.parse().unwrap()));
        let each = Each::new(range.as_ref(), NonZeroUsize::new(step));
        let (frames, missing) = each.of(&sequence, named.as_ref());
        let numbers = frames.iter().filter_map(|(key, _)| pattern.frame_of(key));
        (numbers.collect::<FrameSet>().to_string(), missing.to_string())
    }

    #[test]
    fn frames_are_taken_by_their_numbers() {
        for (range, step, named, frames, missing) in [
            (None, 1, None, "1-4,6-10", ""),
            (None, 4, None, "1,9", ""),
            (Some("2-6"), 1, None, "2-4,6", "5"),
            (Some("2-6"), 2, None, "2-6x2", ""),
            (None, 1, Some("9-12"), "9-10", "11-12"),
            (None, 2, Some("9-12"), "9", "11"),
            (Some("1-2"), 1, Some("9-12"), "1-2", ""),
            (Some("20"), 1, None, "", "20"),
        ] {
            let told = (frames.to_owned(), missing.to_owned());
            assert_eq!(taken(range, step, named), told, "{range:?} {step} {named:?}");
        }
    }
}
