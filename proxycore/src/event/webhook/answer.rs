//! What a receiver's answer means for the event.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::StatusCode;

use crate::error::{Error, Result};

/// Characters of an answer's body that an error shows.
pub(super) const SHOWN: usize = 200;

/// A receiver's answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    /// The body's beginning.
    pub(super) text: String,
}

impl Answer {
    /// Delivered, or why not; `receiver` names it, `secrets` are not shown where it sends them back.
    pub(super) fn verdict(&self, receiver: &str, secrets: &[&str]) -> Result<()> {
        if self.status.is_success() {
            return Ok(());
        }
        let mut what = format!("{receiver} answered {}", self.status);
        let said = one_line(&self.text, secrets);
        if !said.is_empty() {
            what = format!("{what}: {said}");
        }
        Err(match may_pass(self.status) {
            true => Error::sink(super::SINK, what),
            false => Error::refused(super::SINK, what),
        })
    }
}

fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429)
}

/// The first [`SHOWN`] characters, fit for a log.
fn one_line(text: &str, secrets: &[&str]) -> String {
    let known = secrets.iter().filter(|secret| !secret.is_empty());
    let text = known.fold(text.to_owned(), |text, secret| text.replace(secret, "..."));
    let plain = text.trim().chars().map(|char| if char.is_control() { ' ' } else { char });
    plain.take(SHOWN).collect()
}

/// The wait that a `Retry-After` asks for, RFC 9110, section 10.2.3: seconds, or a date.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = DateTimeParser::new().parse_timestamp(value).ok()?;
    // a date that has passed asks for no wait
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, text: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, retry_after: None, text: text.to_owned() }
    }

    #[test]
    fn some_answers_pass_and_some_are_final() {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(answer(status, "").verdict("x", &[]).unwrap_err().is_retryable(), "{status}");
        }
        for status in [301, 307, 400, 401, 403, 404, 410, 413, 415] {
            assert!(!answer(status, "").verdict("x", &[]).unwrap_err().is_retryable(), "{status}");
        }
        for status in [200, 201, 202, 204] {
            assert!(answer(status, "").verdict("x", &[]).is_ok(), "{status}");
        }
    }

    #[test]
    fn what_was_said_is_shown_in_short_and_without_secrets() {
        let said = format!("no\n`Bearer hush`\u{1b}[2J {}", "é".repeat(300));
        let error = answer(403, &said).verdict("https://hooks", &["Bearer hush"]).unwrap_err();
        let shown = error.to_string();
        assert!(shown.starts_with("webhook: https://hooks answered 403 Forbidden: no `...` [2J é"));
        let head = "webhook: https://hooks answered 403 Forbidden: ";
        assert_eq!(shown.chars().count(), head.len() + SHOWN);
        assert!(!error.is_retryable());
    }

    #[test]
    fn waits_are_read_in_both_forms() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        let read = |value| retry_after(value, now);
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(37)));
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
    }
}
