//! Frame rates and timecodes: how frames are counted.

use std::fmt;
use std::str::FromStr;

use super::{Rational, Timecode};
use crate::error::{Error, Result};

impl Rational {
    /// Frames in a second of timecode: the rate, rounded up, as 24000/1001 counts in 24.
    #[must_use]
    pub fn nominal(self) -> u32 {
        self.num.div_ceil(self.den.max(1)).max(1)
    }

    /// The rate that a file's is meant to be, as text is read: 23976/1000, or 2997/125, is 24000/1001.
    #[must_use]
    pub(crate) fn meant(self) -> Self {
        /// What is no decimal was a float: seven digits are as many as it has.
        const FLOAT: u64 = 10_000;
        let (num, den) = (u64::from(self.num), u64::from(self.den.max(1)));
        let scales = [100, 1000, 10_000, 100_000, 1_000_000];
        let scale = scales.into_iter().find(|scale| (num * scale).is_multiple_of(den));
        let scale = scale.unwrap_or(FLOAT);
        let decimal = (num * scale + den / 2) / den;
        let meant = pulled_down(num / den, decimal, scale);
        meant.or_else(|| Self::reduced(num, den)).unwrap_or(self)
    }

    fn reduced(num: u64, den: u64) -> Option<Self> {
        let (mut divisor, mut rest) = (num, den);
        while rest > 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        let divisor = divisor.max(1);
        let rate = Self {
            num: u32::try_from(num / divisor).ok()?,
            den: u32::try_from(den / divisor).ok()?,
        };
        (rate.num > 0 && rate.den > 0).then_some(rate)
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.den {
            1 => write!(f, "{}", self.num),
            den => write!(f, "{}/{den}", self.num),
        }
    }
}

impl FromStr for Rational {
    type Err = Error;

    /// Reads a frame rate: `24`, `24000/1001`, `12.5`. Decimals that stand for a thousandth less than
    /// a whole rate are that exactly: `23.976` and `23.98` are 24000/1001.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for what is none, nought included.
    fn from_str(text: &str) -> Result<Self> {
        let what = "is no frame rate, such as 24, 23.976 or 24000/1001";
        rate(text.trim()).ok_or_else(|| Error::invalid("fps", format!("`{text}` {what}")))
    }
}

fn rate(text: &str) -> Option<Rational> {
    if let Some((num, den)) = text.split_once('/') {
        return Rational::reduced(digits(num)?, digits(den)?);
    }
    let Some((whole, decimals)) = text.split_once('.') else {
        return Rational::reduced(digits(text)?, 1);
    };
    let whole = digits(whole)?;
    let (scale, decimals) = fraction(decimals)?;
    let num = whole.checked_mul(scale)?.checked_add(decimals)?;
    pulled_down(whole, num, scale).or_else(|| Rational::reduced(num, scale))
}

/// Decimals as a number and what it is of. Those of a quotient, as a computer prints it, are rounded
/// to the sixth.
fn fraction(decimals: &str) -> Option<(u64, u64)> {
    const MOST: usize = 6;
    if decimals.len() > 20 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (kept, rest) = decimals.split_at(decimals.len().min(MOST));
    let up = u64::from(rest.bytes().next().is_some_and(|digit| digit >= b'5'));
    Some((10_u64.pow(kept.len() as u32), digits(kept)? + up))
}

/// A whole rate's 1000/1001, where `num / scale` is that, rounded to two decimals or more.
fn pulled_down(whole: u64, mut num: u64, mut scale: u64) -> Option<Rational> {
    // zeros at the end round to no more than those before them
    while scale > 100 && num.is_multiple_of(10) {
        (num, scale) = (num / 10, scale / 10);
    }
    let nominal = whole + 1;
    let exact = 1000.0 * nominal as f64 / 1001.0;
    let error = (num as f64 / scale as f64 - exact).abs() * scale as f64;
    (scale >= 100 && nominal.is_multiple_of(6) && error <= 0.51)
        .then(|| Rational::reduced(1000 * nominal, 1001))
        .flatten()
}

/// A number of ASCII digits alone, not too many.
fn digits(text: &str) -> Option<u64> {
    let all = (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

/// Minutes of a day.
const DAY: u64 = 24 * 60;

impl Timecode {
    /// The timecode of the frame that `count` others came before since midnight, SMPTE ST 12-1. It
    /// starts again after 24 hours. Numbers are dropped at 30000/1001 and 60000/1001 only.
    ///
    /// `None` for rates of more than 255 frames a second, which have none.
    #[must_use]
    pub fn of_frame(count: u64, fps: Rational, drop_frame: bool) -> Option<Self> {
        let nominal = u64::from(fps.nominal());
        u8::try_from(nominal).ok()?;
        let dropped = if drop_frame { dropped(fps) } else { 0 };
        let minute = 60 * nominal - dropped;
        let ten = 10 * minute + dropped;
        let count = count % a_day(fps, drop_frame);
        let (tens, rest) = (count / ten, count % ten);
        // the first of ten minutes drops none
        let minutes = if rest < 60 * nominal { 0 } else { 1 + (rest - 60 * nominal) / minute };
        let number = count + dropped * (9 * tens + minutes);
        let seconds = number / nominal;
        Some(Self {
            hours: (seconds / 3600) as u8,
            minutes: (seconds / 60 % 60) as u8,
            seconds: (seconds % 60) as u8,
            frames: (number % nominal) as u8,
            drop_frame: dropped > 0,
        })
    }

    /// The timecode so many frames later, or earlier where that is below 0: before midnight comes the
    /// last frame of the day.
    ///
    /// `None` as for [`of_frame`](Self::of_frame).
    #[must_use]
    pub(crate) fn moved(self, frames: i64, fps: Rational) -> Option<Self> {
        let count = i128::from(self.frame_count(fps)) + i128::from(frames);
        let count = count.rem_euclid(a_day(fps, self.drop_frame).into());
        Self::of_frame(u64::try_from(count).ok()?, fps, self.drop_frame)
    }

    /// How many frames came before since midnight.
    #[must_use]
    pub fn frame_count(self, fps: Rational) -> u32 {
        let [hours, minutes, seconds, frames] =
            [self.hours, self.minutes, self.seconds, self.frames].map(u32::from);
        let minutes = 60 * hours + minutes;
        let dropped = if self.drop_frame { dropped(fps) as u32 } else { 0 };
        let number = (60 * minutes + seconds).saturating_mul(fps.nominal()).saturating_add(frames);
        number.saturating_sub(dropped * (minutes - minutes / 10))
    }
}

/// Frames of a day.
fn a_day(fps: Rational, drop_frame: bool) -> u64 {
    let dropped = if drop_frame { dropped(fps) } else { 0 };
    (600 * u64::from(fps.nominal()) - 9 * dropped) * DAY / 10
}

/// Frame numbers that are dropped in most minutes.
fn dropped(fps: Rational) -> u64 {
    match (fps.num, fps.den) {
        (30_000, 1001) => 2,
        (60_000, 1001) => 4,
        _ => 0,
    }
}

impl fmt::Display for Timecode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hours, minutes, seconds, frames, drop_frame } = self;
        let mark = if *drop_frame { ';' } else { ':' };
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}{mark}{frames:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fps(text: &str) -> Rational {
        text.parse().unwrap()
    }

    #[test]
    fn rates_are_exact() {
        for (text, num, den) in [
            ("24", 24, 1),
            ("24/1", 24, 1),
            ("48/2", 24, 1),
            ("24000/1001", 24000, 1001),
            ("23.976", 24000, 1001),
            ("23.98", 24000, 1001),
            ("23.976000", 24000, 1001),
            ("23.976024", 24000, 1001),
            ("23.976023976023978", 24000, 1001),
            ("59.94005994005994", 60000, 1001),
            ("12.4999999999", 25, 2),
            ("29.97", 30000, 1001),
            ("47.952", 48000, 1001),
            ("59.94", 60000, 1001),
            ("119.88", 120_000, 1001),
            ("12.5", 25, 2),
            ("25.0", 25, 1),
            ("23.9", 239, 10),
        ] {
            assert_eq!(fps(text), Rational { num, den }, "{text}");
        }
        assert_eq!(
            (fps("23.98").to_string(), fps("25").to_string()),
            ("24000/1001".into(), "25".into())
        );
        for text in [
            "",
            "0",
            "0/1",
            "1/0",
            "-24",
            "+24",
            "abc",
            "24/",
            "/1",
            "1e3",
            "24.",
            ".5",
            "nan",
            "99999999999",
        ] {
            assert!(text.parse::<Rational>().is_err(), "{text}");
        }
    }

    #[test]
    fn rates_of_files_are_what_they_are_meant_to_be() {
        for (num, den, meant) in [
            (23_976, 1000, "23.976"),
            (2997, 125, "23.976"),
            (1199, 50, "23.98"),
            (2997, 100, "29.97"),
            (5994, 100, "59.94"),
            (47_952, 1000, "47.952"),
            (23_976_024, 1_000_000, "23.976"),
            // floats of 32 bits, as a program takes them apart
            (12_570_329, 524_288, "23.976"),
            (15_712_911, 524_288, "29.97"),
            (24_000, 1001, "24000/1001"),
            (24, 1, "24"),
            (2400, 100, "24"),
            (25, 2, "12.5"),
            (239, 10, "23.9"),
            (2397, 100, "23.97"),
            (u32::MAX, 1, "4294967295"),
        ] {
            assert_eq!(Rational { num, den }.meant(), fps(meant), "{num}/{den}");
        }
    }

    #[test]
    fn frames_are_counted_as_the_standard_has_it() {
        let of = |count, rate: &str, drop| {
            Timecode::of_frame(count, fps(rate), drop).unwrap().to_string()
        };
        assert_eq!(of(1001, "24", false), "00:00:41:17");
        assert_eq!(of(1001, "24000/1001", false), "00:00:41:17");
        assert_eq!(of(24 * 86_400, "24", false), "00:00:00:00");
        // ST 12-1: after 00:00:59;29 comes 00:01:00;02, and after 00:09:59;29 00:10:00;00
        assert_eq!(of(1799, "29.97", true), "00:00:59;29");
        assert_eq!(of(1800, "29.97", true), "00:01:00;02");
        assert_eq!(of(17_981, "29.97", true), "00:09:59;29");
        assert_eq!(of(17_982, "29.97", true), "00:10:00;00");
        assert_eq!(of(107_892, "29.97", true), "01:00:00;00");
        assert_eq!(of(3600, "59.94", true), "00:01:00;04");
        assert_eq!(of(1800, "25", true), "00:01:12:00");
        assert_eq!(Timecode::of_frame(1, fps("1000"), false), None);
    }

    #[test]
    fn midnight_is_passed_both_ways() {
        let moved = |text: &str, count, by| {
            let (rate, drop) = (fps(text), text == "29.97");
            Timecode::of_frame(count, rate, drop)?.moved(by, rate)
        };
        for (rate, count, by, expected) in [
            ("24", 1001, -1, "00:00:41:16"),
            ("24", 0, -1, "23:59:59:23"),
            ("24", 0, -25, "23:59:58:23"),
            ("25", 0, i64::from(u32::MAX), "09:51:31:20"),
            ("29.97", 1800, -1, "00:00:59;29"),
            ("29.97", 0, -1, "23:59:59;29"),
            ("29.97", 0, 2_589_408, "00:00:00;00"),
        ] {
            assert_eq!(moved(rate, count, by).unwrap().to_string(), expected, "{rate} {by}");
        }
        assert!(moved("24", 7, i64::MIN).is_some() && moved("24", 7, i64::MAX).is_some());
        let rate = fps("1000");
        assert_eq!(Timecode::of_frame(0, fps("24"), false).unwrap().moved(1, rate), None);
    }

    #[test]
    fn counting_goes_both_ways() {
        for (rate, drop) in
            [("24", false), ("25", false), ("29.97", true), ("59.94", true), ("1", false)]
        {
            let fps = fps(rate);
            for count in (0..100_000).chain([1_000_000, 2_589_407]) {
                let timecode = Timecode::of_frame(count, fps, drop).unwrap();
                let day = Timecode {
                    hours: 23,
                    minutes: 59,
                    seconds: 59,
                    frames: (fps.nominal() - 1) as u8,
                    drop_frame: drop,
                };
                let day = u64::from(day.frame_count(fps)) + 1;
                assert_eq!(
                    u64::from(timecode.frame_count(fps)),
                    count % day,
                    "{timecode} at {rate}"
                );
            }
        }
    }
}
