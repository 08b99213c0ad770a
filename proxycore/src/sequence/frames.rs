//! Sets of frame numbers, and the notation that fileseq and render farms have for them.

use std::fmt;
use std::str::FromStr;

use super::numeral::Numeral;
use crate::error::{Error, Result};

/// A set of frame numbers in their order, kept as ranges.
///
/// It is read from and printed as `1-100x5` (every fifth), `3,4,10-20x2`, `-10--1` or `1001`. A
/// range may run backwards; it is a set all the same.
///
/// # Examples
/// ```
/// use proxycore::sequence::FrameSet;
///
/// let frames: FrameSet = "1-9x2,20-15".parse()?;
/// assert_eq!((frames.len(), frames.first(), frames.last()), (11, Some(1), Some(20)));
/// assert_eq!(frames.gaps().to_string(), "2-8x2,10-14");
/// # Ok::<(), proxycore::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct FrameSet {
    /// Each begins behind the end of the one before it.
    spans: Vec<Span>,
}

/// Numbers at equal distances. One number alone has the step 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Span {
    first: i64,
    last: i64,
    step: u64,
}

impl FrameSet {
    /// How many frames a text may name: eleven hours at 24 frames a second.
    pub const LIMIT: u64 = 1_000_000;

    /// All numbers from `first` to `last`.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for more than [`LIMIT`](Self::LIMIT).
    pub fn range(first: i64, last: i64) -> Result<Self> {
        let (first, last) = (first.min(last), first.max(last));
        Error::check_limit("frames", Self::LIMIT, first.abs_diff(last).saturating_add(1))?;
        Ok(Self { spans: vec![Span { first, last, step: 1 }] })
    }

    /// How many there are. [`LIMIT`](Self::LIMIT) is for what is read from text: gaps may be wider.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.spans.iter().fold(0, |sum, span| sum.saturating_add(span.len()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The smallest number.
    #[must_use]
    pub fn first(&self) -> Option<i64> {
        self.spans.first().map(|span| span.first)
    }

    /// The largest number.
    #[must_use]
    pub fn last(&self) -> Option<i64> {
        self.spans.last().map(|span| span.last)
    }

    /// Whether a number is among them.
    #[must_use]
    pub fn contains(&self, number: i64) -> bool {
        let begun = self.spans.partition_point(|span| span.first <= number);
        self.spans[..begun].last().is_some_and(|span| span.contains(number))
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        self.spans.iter().flat_map(|span| span.iter())
    }

    /// The numbers between the first and the last that are not among them. However many those are,
    /// the set takes no more memory than this one.
    #[must_use]
    pub fn gaps(&self) -> Self {
        let mut gaps = Self::default();
        let mut end = None;
        for (first, last) in self.runs() {
            if let Some(begin) = end.filter(|&begin| begin < first) {
                gaps.add(begin, first - 1);
            }
            end = last.checked_add(1);
        }
        gaps
    }

    /// The numbers that are in both.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        let (few, many) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        Self::ascending(few.iter().filter(|&number| many.contains(number)))
    }

    /// The numbers that are not in the other set.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self::ascending(self.iter().filter(|&number| !other.contains(number)))
    }

    /// How many ranges it is printed as.
    #[must_use]
    pub fn ranges(&self) -> usize {
        self.spans.len()
    }

    /// Numbers without one missing among them, from first to last.
    fn runs(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.spans.iter().flat_map(|span| {
            let (whole, apart) = match span.step {
                1 => (Some((span.first, span.last)), None),
                _ => (None, Some(span.iter().map(|number| (number, number)))),
            };
            whole.into_iter().chain(apart.into_iter().flatten())
        })
    }

    fn ascending(numbers: impl IntoIterator<Item = i64>) -> Self {
        let mut set = Self::default();
        for number in numbers {
            set.add(number, number);
        }
        set
    }

    /// Adds all from `first` to `last`, which lie behind all others.
    fn add(&mut self, first: i64, last: i64) {
        match self.spans.last_mut() {
            Some(span) if span.is_followed_by(first, last) => span.last = last,
            _ => {
                self.spans.push(Span { first, last, step: 1 });
                self.settle();
            }
        }
    }

    /// Makes one range of the last three numbers where they stand alone at equal distances.
    fn settle(&mut self) {
        let [rest @ .., a, b, c] = &self.spans[..] else { return };
        let step = b.first.abs_diff(a.first);
        let is_range =
            [a, b, c].iter().all(|span| span.is_single()) && c.first.abs_diff(b.first) == step;
        if is_range {
            let (kept, range) = (rest.len(), Span { first: a.first, last: c.first, step });
            self.spans.truncate(kept);
            self.spans.push(range);
        }
    }
}

impl Span {
    fn len(self) -> u64 {
        (self.last.abs_diff(self.first) / self.step).saturating_add(1)
    }

    fn is_single(self) -> bool {
        self.first == self.last
    }

    fn contains(self, number: i64) -> bool {
        (self.first..=self.last).contains(&number)
            && number.abs_diff(self.first).is_multiple_of(self.step)
    }

    fn iter(self) -> impl Iterator<Item = i64> {
        (0..self.len()).map(move |index| self.first.wrapping_add_unsigned(index * self.step))
    }

    /// Whether it can go on with what lies behind it.
    fn is_followed_by(self, first: i64, last: i64) -> bool {
        let goes_on = self.last.checked_add_unsigned(self.step) == Some(first);
        goes_on && (first == last || self.step == 1)
    }

    /// Reads `1001`, `1-100` or `1-100x5`.
    fn read(text: &str) -> Option<Self> {
        let (from, rest) = number(text)?;
        if rest.is_empty() {
            return Some(Self { first: from, last: from, step: 1 });
        }
        let (to, rest) = number(rest.strip_prefix('-')?)?;
        let step = match rest.strip_prefix('x') {
            Some(step) => Numeral::read(step)?.value(),
            None if rest.is_empty() => 1,
            None => return None,
        };
        Self::stepped(from, to, u64::try_from(step).ok()?)
    }

    /// What is met on the way from one number to another, which may lie below it.
    fn stepped(from: i64, to: i64, step: u64) -> Option<Self> {
        let way = to.abs_diff(from).checked_div(step)? * step;
        let (first, last) = match from <= to {
            true => (from, from.checked_add_unsigned(way)?),
            false => (from.checked_sub_unsigned(way)?, from),
        };
        Some(Self { first, last, step: if first == last { 1 } else { step } })
    }
}

/// The number that a text starts with, and the rest.
fn number(text: &str) -> Option<(i64, &str)> {
    let sign = usize::from(text.starts_with('-'));
    let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(sign + digits);
    Some((Numeral::read(number)?.value(), rest))
}

impl FromIterator<i64> for FrameSet {
    fn from_iter<T: IntoIterator<Item = i64>>(numbers: T) -> Self {
        let mut numbers: Vec<_> = numbers.into_iter().collect();
        numbers.sort_unstable();
        numbers.dedup();
        Self::ascending(numbers)
    }
}

impl FromStr for FrameSet {
    type Err = Error;

    /// Reads frames as they are printed.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for what is no such list, and
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for one of too many frames, before they take
    /// any memory.
    fn from_str(text: &str) -> Result<Self> {
        let span = |part: &str| Span::read(part.trim()).ok_or_else(|| refusal(part));
        let spans = text.split(',').map(span).collect::<Result<Vec<_>>>()?;
        let total = spans.iter().fold(0_u64, |sum, span| sum.saturating_add(span.len()));
        Error::check_limit("frames", Self::LIMIT, total)?;
        Ok(spans.into_iter().flat_map(Span::iter).collect())
    }
}

fn refusal(part: &str) -> Error {
    let what = format!("`{}` is neither a frame nor a range, `1-100` or `1-100x5`", part.trim());
    Error::invalid("frames", what)
}

impl fmt::Display for FrameSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for span in &self.spans {
            write!(f, "{comma}{span}")?;
            comma = ",";
        }
        Ok(())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, step } = self;
        match step {
            _ if self.is_single() => write!(f, "{first}"),
            1 => write!(f, "{first}-{last}"),
            _ => write!(f, "{first}-{last}x{step}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn set(text: &str) -> FrameSet {
        text.parse().unwrap()
    }

    #[test]
    fn frames_are_read_and_printed() {
        for (text, numbers, printed) in [
            ("1001", &[1001][..], "1001"),
            ("1-5", &[1, 2, 3, 4, 5], "1-5"),
            ("1-11x5", &[1, 6, 11], "1-11x5"),
            ("1-10x5", &[1, 6], "1,6"),
            ("3,4,10-20x5", &[3, 4, 10, 15, 20], "3-4,10-20x5"),
            ("-3--1", &[-3, -2, -1], "-3--1"),
            ("-2-2x2", &[-2, 0, 2], "-2-2x2"),
            ("10-1x3", &[1, 4, 7, 10], "1-10x3"),
            ("5,1-3, 2 ,0004", &[1, 2, 3, 4, 5], "1-5"),
            ("7-7", &[7], "7"),
            ("7-9x100", &[7], "7"),
            ("1,3,4,5", &[1, 3, 4, 5], "1,3-5"),
        ] {
            let frames = set(text);
            assert_eq!(frames.iter().collect::<Vec<_>>(), numbers, "{text}");
            assert_eq!(frames.to_string(), printed);
            assert_eq!(frames.len(), numbers.len() as u64);
            assert_eq!(set(printed), frames);
        }
    }

    #[test]
    fn what_is_no_list_of_frames_is_refused() {
        for text in
            ["", ",", "1,", "a", "1-", "-", "1-2-3", "1-5x", "1-5x0", "1-5x-1", "1x2", "1.5"]
        {
            let error = text.parse::<FrameSet>().unwrap_err();
            assert_eq!(error.kind().name(), "invalid", "{text}: {error}");
        }
        assert_eq!(
            "99999999999999999999".parse::<FrameSet>().unwrap_err().kind().name(),
            "invalid"
        );
        for text in ["1-999999999", "1-1000001", "1-600000,1-600000", "-999999999999999-0"] {
            let error = text.parse::<FrameSet>().unwrap_err();
            assert_eq!(error.kind().name(), "limit", "{text}: {error}");
        }
        assert_eq!(set("1-1000000").len(), FrameSet::LIMIT);
    }

    #[test]
    fn gaps_are_all_between_first_and_last() {
        for (frames, gaps) in [
            ("1-10", ""),
            ("5", ""),
            ("1-3,7,10", "4-6,8-9"),
            ("1-9x2", "2-8x2"),
            ("-2,2", "-1-1"),
            ("1-7x3,8", "2-3,5-6"),
        ] {
            assert_eq!(set(frames).gaps().to_string(), gaps, "{frames}");
        }
        let wide = FrameSet::from_iter([i64::MIN, 0, i64::MAX]).gaps();
        assert_eq!(wide.ranges(), 2);
        assert_eq!(wide.len(), u64::MAX - 2);
        assert!(wide.contains(i64::MAX - 1) && !wide.contains(0));
        assert_eq!(wide.iter().next(), Some(i64::MIN + 1));
    }

    /// Held against a plain set, for many small ones.
    #[test]
    fn sets_are_what_plain_sets_are() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..2000 {
            let mut some = |most: usize| -> BTreeSet<i64> {
                (0..random.usize(..most)).map(|_| random.i64(-15..25)).collect()
            };
            let (plain, other) = (some(30), some(12));
            let frames: FrameSet = plain.iter().copied().collect();
            let others: FrameSet = other.iter().copied().collect();
            assert!(frames.iter().eq(plain.iter().copied()));
            assert!((-20..30).all(|number| frames.contains(number) == plain.contains(&number)));
            assert!(frames.within(&others).iter().eq(plain.intersection(&other).copied()));
            assert!(frames.without(&others).iter().eq(plain.difference(&other).copied()));
            if let (Some(&first), Some(&last)) = (plain.first(), plain.last()) {
                assert_eq!((frames.first(), frames.last()), (Some(first), Some(last)));
                assert!(frames.gaps().iter().eq((first..last).filter(|n| !plain.contains(n))));
                assert_eq!(set(&frames.to_string()), frames);
            }
        }
    }
}
