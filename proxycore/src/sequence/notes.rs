//! What a person should know of the frames of a sequence, said once and not for each frame.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::FrameSet;
use crate::image::Tally;

/// The most texts that are told: they stand beside each object, where there is little room.
const MOST: usize = 6;
/// The longest list of frames that is told with one.
const LONGEST: usize = 60;

/// What was noted while frames were worked on, by any thread and in any order.
#[derive(Debug, Default)]
pub(super) struct Notes(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    /// Of the movie, whichever frames it has.
    whole: BTreeSet<String>,
    texts: BTreeMap<String, BTreeSet<i64>>,
    tallies: BTreeMap<i64, [u64; 3]>,
}

impl Notes {
    /// Notes something of a frame.
    pub(super) fn add(&self, number: i64, texts: impl IntoIterator<Item = String>) {
        let mut noted = self.lock();
        for text in texts {
            noted.texts.entry(text).or_default().insert(number);
        }
    }

    /// Notes something of the whole.
    pub(super) fn tell(&self, text: String) {
        self.lock().whole.insert(text);
    }

    /// Notes what was mended in a frame, once it has been consumed.
    pub(super) fn count(&self, number: i64, tally: &Tally) {
        self.put_counts(number, [tally.missing(), tally.nan(), tally.infinite()]);
    }

    /// Notes the same, as [`of`](Self::of) gave it.
    pub(super) fn put_counts(&self, number: i64, counts: [u64; 3]) {
        self.lock().tallies.insert(number, counts);
    }

    /// What was noted of a frame: the texts, and what was mended.
    pub(super) fn of(&self, number: i64) -> (Vec<String>, [u64; 3]) {
        let noted = self.lock();
        let texts = noted.texts.iter().filter(|(_, frames)| frames.contains(&number));
        let counts = noted.tallies.get(&number).copied().unwrap_or_default();
        (texts.map(|(text, _)| text.clone()).collect(), counts)
    }

    /// Pixels that are missing, in all frames.
    pub(super) fn missing_pixels(&self) -> u64 {
        self.sum()[0]
    }

    /// What to tell of `all` frames.
    pub(super) fn warnings(&self, all: usize) -> Vec<String> {
        let [missing, nan, infinite] = self.sum();
        let counts = [
            (missing, "pixels are missing, and shown hatched"),
            (nan, "NaN samples are shown as 0"),
            (infinite, "infinite samples are shown as 65504"),
        ];
        let counted = counts.iter().filter(|(count, _)| *count > 0);
        let counted =
            counted.map(|(count, what)| format!("{count} {what}, in all frames together"));
        let noted = self.lock();
        let texts = noted.texts.iter().map(|(text, frames)| told(text, frames, all));
        let whole = noted.whole.iter().cloned();
        let mut told: Vec<_> = whole.chain(texts).chain(counted).collect();
        if told.len() > MOST {
            let more = told.len() - MOST;
            told.truncate(MOST);
            told.push(format!("and {more} more"));
        }
        told
    }

    fn sum(&self) -> [u64; 3] {
        let noted = self.lock();
        noted.tallies.values().fold([0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z])
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text, and the frames it is of where it is not of all.
fn told(text: &str, frames: &BTreeSet<i64>, all: usize) -> String {
    if frames.len() >= all {
        return text.to_owned();
    }
    let listed = frames.iter().copied().collect::<FrameSet>().to_string();
    match listed.len() {
        0..=LONGEST => format!("{text} (frames {listed})"),
        _ => format!("{text} ({} frames)", frames.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_told_once_with_its_frames() {
        let notes = Notes::default();
        for number in 1..=4 {
            notes.add(number, ["of all".to_owned()]);
        }
        notes.add(2, ["of some".to_owned()]);
        notes.add(3, ["of some".to_owned()]);
        notes.tell("of the whole".to_owned());
        assert_eq!(notes.warnings(4), ["of the whole", "of all", "of some (frames 2-3)"]);
    }

    #[test]
    fn counts_are_of_all_frames_and_of_each_once() {
        let notes = Notes::default();
        let tally = Tally::default();
        tally.add(2, 1);
        notes.count(1, &tally);
        notes.count(1, &tally);
        notes.count(2, &tally);
        assert_eq!(
            notes.warnings(2),
            [
                "4 NaN samples are shown as 0, in all frames together",
                "2 infinite samples are shown as 65504, in all frames together"
            ]
        );
        assert_eq!(notes.missing_pixels(), 0);
    }

    #[test]
    fn many_texts_are_cut() {
        let notes = Notes::default();
        for number in 0..1000 {
            notes.add(
                number,
                [format!("warning {number:04}"), "odd".to_owned()]
                    .into_iter()
                    .take(if number % 2 == 0 { 1 } else { 2 }),
            );
        }
        let told = notes.warnings(1000);
        assert_eq!((told.len(), &*told[MOST]), (MOST + 1, "and 995 more"));
        assert!(told.iter().all(|text| text.len() < 100));
    }
}
