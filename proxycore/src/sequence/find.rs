//! Which of the names in a list belong together.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::numeral::{Numeral, numerals};
use super::order::natural;
use super::{Frame, Pattern, Sequence};
use crate::decode::format_of;
use crate::error::Result;
use crate::key;
use crate::storage::{ObjectMeta, Storage};

/// What stands for a number where names are compared; no key has one.
const NUMBER: char = '\0';

/// Something of a list: a sequence of two frames or more, or an object by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Frames that belong together.
    Sequence(Sequence),
    /// An object without fellows, by its key.
    Single(String, ObjectMeta),
}

impl Found {
    /// The key of the object, or that of the sequence, `a/shot.%04d.exr`.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Sequence(sequence) => sequence.key(),
            Self::Single(key, _) => key.clone(),
        }
    }
}

/// The sequences in a list of objects.
#[derive(Debug)]
pub struct Sequences;

impl Sequences {
    /// Finds the sequences in a list, and what belongs to none, in the order that a person would put
    /// them in. Every object is in one of them.
    ///
    /// Names that differ in one number alone are frames of one sequence, folder by folder; where
    /// they have several numbers, it is the one with the most values, and of equals the last.
    /// Versions (`v003`) are no frames. Numbers of differing padding are differing sequences.
    #[must_use]
    pub fn of(listing: impl IntoIterator<Item = (String, ObjectMeta)>) -> Vec<Found> {
        let mut found = Vec::new();
        let mut alike: HashMap<String, Vec<Name>> = HashMap::new();
        for (key, meta) in listing {
            let name = Name { numbers: numerals(&key), frame: Frame { key, meta } };
            match name.skeleton() {
                Some(skeleton) => alike.entry(skeleton).or_default().push(name),
                None => found.push(name.frame.single()),
            }
        }
        for names in alike.into_values() {
            by_frame_number(names, &mut found);
        }
        let mut found: Vec<_> = found.into_iter().map(|each| (each.key(), each)).collect();
        found.sort_by(|(one, _), (other, _)| natural(one, other));
        found.into_iter().map(|(_, each)| each).collect()
    }
}

impl Sequences {
    /// Finds the sequences below a folder, its name with its `/`, and what is by itself: of what can
    /// be read by its name. Hidden files and folders of outputs are left out.
    ///
    /// # Errors
    /// As [`Storage::list`].
    pub fn below(storage: &dyn Storage, folder: &str) -> Result<Vec<Found>> {
        let is_frame = |key: &str| {
            let name = key.rsplit('/').next().unwrap_or(key);
            !name.starts_with('.') && format_of(name).is_some() && !key::is_proxy(key)
        };
        let listing = storage.list(folder)?;
        let frames =
            listing.filter(|object| object.as_ref().map_or(true, |(key, _)| is_frame(key)));
        Ok(Self::of(frames.collect::<Result<Vec<_>>>()?))
    }
}

impl Frame {
    fn single(self) -> Found {
        Found::Single(self.key, self.meta)
    }
}

/// An object, and where in its key the numbers stand.
#[derive(Debug)]
struct Name {
    frame: Frame,
    numbers: Vec<Range<usize>>,
}

impl Name {
    /// The key without its numbers, where it has some: what alike names have in common.
    fn skeleton(&self) -> Option<String> {
        let key = &self.frame.key;
        if self.numbers.is_empty() || key.contains(NUMBER) {
            return None;
        }
        let mut skeleton = String::with_capacity(key.len());
        let mut end = 0;
        for number in &self.numbers {
            skeleton.extend([&key[end..number.start], "\0"]);
            end = number.end;
        }
        Some(skeleton + &key[end..])
    }

    fn number(&self, index: usize) -> &str {
        &self.frame.key[self.numbers[index].clone()]
    }

    /// The key before and behind one of its numbers.
    fn around(&self, index: usize) -> (String, String) {
        let Range { start, end } = self.numbers[index];
        (self.frame.key[..start].to_owned(), self.frame.key[end..].to_owned())
    }
}

/// Takes alike names apart by all but the one number that is the frame.
fn by_frame_number(names: Vec<Name>, found: &mut Vec<Found>) {
    let count = names[0].numbers.len();
    let values =
        |index: &usize| names.iter().map(|name| name.number(*index)).collect::<HashSet<_>>().len();
    let index = (0..count).max_by_key(values).unwrap_or_default();
    let mut groups: HashMap<_, Vec<_>> = HashMap::new();
    for name in names {
        let number = name.numbers[index].clone();
        groups.entry(name.around(index)).or_default().push((number, name.frame));
    }
    for ((head, tail), frames) in groups {
        by_padding(&head, &tail, frames, found);
    }
}

/// Takes names that differ in one number apart by how that is padded.
fn by_padding(head: &str, tail: &str, frames: Vec<(Range<usize>, Frame)>, found: &mut Vec<Found>) {
    let numerals = frames.iter().filter_map(|(range, frame)| numeral(frame, range));
    let paddings = paddings(&numerals.collect::<Vec<_>>());
    let mut sequences: BTreeMap<usize, BTreeMap<i64, Frame>> = BTreeMap::new();
    for (range, frame) in frames {
        let numeral = numeral(&frame, &range);
        let place =
            numeral.and_then(|numeral| Some((numeral.value(), padding(numeral, &paddings)?)));
        let left = match place {
            Some((number, padding)) => {
                let exact = || Pattern::new(head, padding, tail).key(number);
                put(sequences.entry(padding).or_default(), number, frame, exact)
            }
            None => Some(frame),
        };
        found.extend(left.map(Frame::single));
    }
    for (padding, frames) in sequences {
        found.extend(finish(Pattern::new(head, padding, tail), frames));
    }
}

fn numeral<'a>(frame: &'a Frame, range: &Range<usize>) -> Option<Numeral<'a>> {
    Numeral::read(&frame.key[range.clone()])
}

/// Puts a frame into its place, and gives the one back that finds none: two keys may be of one
/// frame below zero (`-001`, `-0001`), and the one that the pattern makes goes first.
pub(super) fn put(
    frames: &mut BTreeMap<i64, Frame>,
    number: i64,
    frame: Frame,
    exact: impl FnOnce() -> String,
) -> Option<Frame> {
    match frames.entry(number) {
        Entry::Vacant(place) => {
            place.insert(frame);
            None
        }
        Entry::Occupied(mut place) if frame.key == exact() => Some(place.insert(frame)),
        Entry::Occupied(_) => Some(frame),
    }
}

/// The paddings that numbers of one place are in: those that zeros tell, and that of the rest.
fn paddings(numerals: &[Numeral<'_>]) -> BTreeSet<usize> {
    let padded = |below: bool| {
        let all = numerals.iter().copied();
        all.filter(move |one| one.is_padded() && one.is_negative() == below)
    };
    let mut paddings: BTreeSet<_> = padded(false).map(Numeral::width).collect();
    for numeral in padded(true) {
        if padding(numeral, &paddings).is_none() {
            paddings.insert(numeral.width());
        }
    }
    let rest = numerals.iter().copied().filter(|one| padding(*one, &paddings).is_none());
    let rest: Vec<_> = rest.collect();
    if !rest.is_empty() {
        paddings.insert(common_width(&rest));
    }
    paddings
}

/// The padding of numbers without needless zeros: 4 for `1001-1010`, as everybody means it, and 1
/// where their widths differ.
fn common_width(numerals: &[Numeral<'_>]) -> usize {
    let mut above = numerals.iter().filter(|one| !one.is_negative());
    let width = above.next().map_or(1, |one| one.width());
    let is_common = above.all(|one| one.width() == width);
    if is_common && numerals.iter().all(|one| one.fits(width)) { width } else { 1 }
}

/// The padding that a number is in: of several that it fits, the widest.
fn padding(numeral: Numeral<'_>, paddings: &BTreeSet<usize>) -> Option<usize> {
    paddings.iter().rev().copied().find(|&padding| numeral.fits(padding))
}

/// The sequence; or its frames one by one, where it is one alone, or where its name would be read as
/// another's.
fn finish(pattern: Pattern, frames: BTreeMap<i64, Frame>) -> Vec<Found> {
    let read = Pattern::parse(&pattern.to_string());
    let is_name = matches!(read, Ok(Some((read, None))) if read == pattern);
    if is_name && frames.len() > 1 {
        return vec![Found::Sequence(Sequence { pattern, frames })];
    }
    frames.into_values().map(Frame::single).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// What is found among names, one line each.
    fn found(names: &[&str]) -> Vec<String> {
        let mut shuffled = names.to_vec();
        fastrand::Rng::with_seed(names.len() as u64).shuffle(&mut shuffled);
        let listing = shuffled.into_iter().map(|name| (name.to_owned(), ObjectMeta::default()));
        let line = |found| match found {
            Found::Sequence(sequence) => format!("{} {}", sequence.key(), sequence.frames()),
            Found::Single(key, _) => key,
        };
        Sequences::of(listing).into_iter().map(line).collect()
    }

    fn range(head: &str, numbers: std::ops::RangeInclusive<u32>, tail: &str) -> Vec<String> {
        numbers.map(|number| format!("{head}{number:04}{tail}")).collect()
    }

    #[test]
    fn sequences_views_and_extensions_come_apart() {
        let names: Vec<_> = [
            range("a/beauty_left.", 1..=3, ".exr"),
            range("a/beauty_right.", 1..=2, ".exr"),
            range("a/left/beauty.", 1..=2, ".exr"),
            range("a/beauty_left.", 1..=2, ".dpx"),
            range("a/beauty_left.", 8..=9, ".EXR"),
            range("a/beauty_v001.", 1..=2, ".exr"),
            range("a/beauty_v002.", 1..=2, ".exr"),
            vec!["a/ref.jpg".into(), "a/lone.0007.exr".into(), "a/grade_v1.exr".into()],
            vec!["a/grade_v2.exr".into(), "readme".into()],
        ]
        .concat();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(
            found(&names),
            [
                "readme",
                "a/beauty_left.%04d.EXR 8-9",
                "a/beauty_left.%04d.dpx 1-2",
                "a/beauty_left.%04d.exr 1-3",
                "a/beauty_right.%04d.exr 1-2",
                "a/beauty_v001.%04d.exr 1-2",
                "a/beauty_v002.%04d.exr 1-2",
                "a/grade_v1.exr",
                "a/grade_v2.exr",
                "a/lone.0007.exr",
                "a/ref.jpg",
                "a/left/beauty.%04d.exr 1-2",
            ]
        );
    }

    #[test]
    fn paddings_are_told_by_zeros_and_by_widths() {
        for (names, expected) in [
            (&["s.0998.exr", "s.0999.exr", "s.1000.exr"][..], &["s.%04d.exr 998-1000"][..]),
            (&["s.998.exr", "s.999.exr", "s.1000.exr"], &["s.%d.exr 998-1000"]),
            (&["s.1001.exr", "s.1002.exr"], &["s.%04d.exr 1001-1002"]),
            (&["s.8.exr", "s.9.exr"], &["s.%d.exr 8-9"]),
            (&["s.9999.exr", "s.10000.exr", "s.0001.exr"], &["s.%04d.exr 1,9999-10000"]),
            (&["a.1.exr", "a.01.exr"], &["a.01.exr", "a.1.exr"]),
            (&["a.1.exr", "a.01.exr", "a.2.exr", "a.02.exr"], &["a.%02d.exr 1-2", "a.%d.exr 1-2"]),
            (
                &["a.001.exr", "a.0001.exr", "a.002.exr", "a.0002.exr", "a.1000.exr"],
                &["a.%03d.exr 1-2", "a.%04d.exr 1-2,1000"],
            ),
        ] {
            assert_eq!(found(names), expected);
        }
    }

    #[test]
    fn signs_stand_behind_a_dot_or_an_underscore() {
        for (names, expected) in [
            (&["s.-0001.exr", "s.0000.exr", "s.0001.exr"][..], &["s.%04d.exr -1-1"][..]),
            (&["s.-001.exr", "s.0000.exr", "s.0001.exr"], &["s.%04d.exr -1-1"]),
            (&["s_-1.exr", "s_0.exr", "s_1.exr"], &["s_%d.exr -1-1"]),
            (&["s.-10.exr", "s.-9.exr"], &["s.%d.exr -10--9"]),
            (&["s.-002.exr", "s.-001.exr"], &["s.%04d.exr -2--1"]),
            (&["s-0001.exr", "s-0002.exr"], &["s-%04d.exr 1-2"]),
            (&["-1.exr", "1.exr"], &["%d.exr -1,1"]),
            (&["s.-001.exr", "s.-0001.exr", "s.0001.exr"], &["s.%04d.exr -1,1", "s.-0001.exr"]),
        ] {
            assert_eq!(found(names), expected);
        }
    }

    #[test]
    fn of_several_numbers_the_one_that_varies_is_the_frame() {
        let shots = [range("sh010_", 1..=5, ".exr"), range("sh020_", 1..=5, ".exr")].concat();
        let shots: Vec<_> = shots.iter().map(String::as_str).collect();
        assert_eq!(found(&shots), ["sh010_%04d.exr 1-5", "sh020_%04d.exr 1-5"]);
        let first = ["t.0001.1.exr", "t.0002.1.exr", "t.0003.1.exr"];
        assert_eq!(found(&first), ["t.%04d.1.exr 1-3"]);
        let tie = ["t.1.1.exr", "t.1.2.exr", "t.2.1.exr", "t.2.2.exr"];
        assert_eq!(found(&tie), ["t.1.%d.exr 1-2", "t.2.%d.exr 1-2"]);
    }

    #[test]
    fn names_that_read_as_patterns_are_let_alone() {
        let names = ["%d.1.exr", "%d.2.exr", "a.%04d.exr", "b\0.1.exr", "b\0.2.exr"];
        assert_eq!(found(&names).len(), names.len());
        assert_eq!(found(&["a#.1.exr", "a#.2.exr"]), ["a#.%d.exr 1-2"]);
        assert_eq!(found(&["1,2,7.exr", "1,2,8.exr"]), ["1,2,%d.exr 7-8"]);
        assert_eq!(found(&[]), [""; 0]);
    }

    /// Whatever the names are, no object is lost or told twice, and each frame is its key's.
    #[test]
    fn every_object_is_in_one_place() {
        let mut random = fastrand::Rng::with_seed(11);
        let signs = ["v", "-", ".", "_", "0", "1", "12", "%04d", "#", "/", "é"];
        let mut sequences = 0;
        for _ in 0..300 {
            let mut name =
                || (0..4).map(|_| signs[random.usize(..signs.len())]).collect::<String>();
            let names: BTreeSet<String> = (0..200).map(|_| name()).collect();
            let listing = names.iter().map(|name| (name.clone(), ObjectMeta::default()));
            let mut told = Vec::new();
            for found in Sequences::of(listing) {
                match found {
                    Found::Single(key, _) => told.push(key),
                    Found::Sequence(sequence) => {
                        sequences += 1;
                        for (number, frame) in sequence.iter() {
                            assert_eq!(sequence.pattern().frame_of(&frame.key), Some(number));
                            told.push(frame.key.clone());
                        }
                    }
                }
            }
            told.sort();
            assert!(told.iter().eq(&names), "{told:?}");
        }
        assert!(sequences > 500, "{sequences}");
    }

    #[test]
    fn a_folder_of_many_names_takes_no_time() {
        let begun = Instant::now();
        let many = (0..100_000).map(|n| format!("a/b{}_{}.{:04}.exr", n % 7, n % 300, n / 10));
        let found = Sequences::of(many.map(|key| (key, ObjectMeta::default())));
        assert_eq!(found.len(), 2100);
        // seconds where it is quick, hours where each is held against each
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}
