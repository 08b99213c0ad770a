//! Moments as text, in the one form that keys, rows and events share.
//!
//! The form is that of the [`file_id`](crate::identity::file_id) vectors: ISO 8601 in UTC, whole
//! seconds as in HTTP's Last-Modified, and `+00:00` rather than `Z`.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Writes a moment as `2026-04-01T00:00:00+00:00`, its fraction of a second dropped; empty where
/// its year has no four digits, as for a file system that lies.
#[must_use]
pub fn iso8601(moment: SystemTime) -> String {
    let written = Timestamp::try_from(moment)
        .map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string());
    written.ok().filter(|text| text.len() == "2026-04-01T00:00:00+00:00".len()).unwrap_or_default()
}

/// Reads a moment in ISO 8601, in UTC where it does not say an offset; `None` where it is none.
#[must_use]
pub fn parse(text: &str) -> Option<SystemTime> {
    let in_utc = || TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    text.parse::<Timestamp>().ok().or_else(in_utc).map(SystemTime::from)
}

/// The present moment, as [`iso8601`] writes it.
#[must_use]
pub fn now() -> String {
    iso8601(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn writes_whole_seconds_in_utc() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1_775_001_600_999);
        assert_eq!(iso8601(moment), "2026-04-01T00:00:00+00:00");
        assert_eq!(iso8601(SystemTime::UNIX_EPOCH), "1970-01-01T00:00:00+00:00");
    }

    #[test]
    fn reads_what_others_write() {
        for text in [
            "2026-04-01T00:00:00+00:00",
            "2026-04-01T00:00:00Z",
            "2026-04-01T02:00:00.9+02:00",
            "2026-04-01 00:00:00",
        ] {
            assert_eq!(parse(text).map(iso8601).as_deref(), Some("2026-04-01T00:00:00+00:00"));
        }
        for text in ["", "yesterday", "Wed, 01 Apr 2026 00:00:00 GMT", "2026-13-01T00:00:00Z"] {
            assert_eq!(parse(text), None);
        }
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_unknown() {
        assert_eq!(iso8601(SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 50)), "");
    }
}
