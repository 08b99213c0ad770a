//! Where a receiver is, and what it is told besides the event.

use std::env;
use std::fmt;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, Result};
use crate::retry::Retry;

/// The option's name in errors.
const OPTION: &str = "webhook";

/// Where the environment says who asks.
const AUTHORIZATION: &str = "PROXYCORE_WEBHOOK_AUTHORIZATION";

/// A receiver's URL, headers of one's own, and how long it may take.
///
/// Its `Debug` shows neither the values of headers nor the URL's path, which may be a secret too.
#[derive(Clone)]
#[non_exhaustive]
pub struct WebhookOptions {
    /// How often and for how long a delivery is tried: [`Retry::default`].
    pub retry: Retry,
    /// The longest wait for one answer: 30 s.
    pub timeout: Duration,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
}

/// Letters from which a word of a URL may be a token.
const TOKEN: usize = 8;

impl WebhookOptions {
    /// Names the receiver, by an `https://` URL or, where it has no TLS, an `http://` one.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for another URL, and for one that holds a
    /// user or a password: headers carry those.
    pub fn new(url: &str) -> Result<Self> {
        let invalid = |what: &str| Error::invalid(OPTION, format!("the URL {what}"));
        let url = Url::parse(url).map_err(|cause| invalid("cannot be read").with_source(cause))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(invalid("starts with neither https:// nor http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("holds a user or a password; send them in a header"));
        }
        let (retry, timeout) = (Retry::default(), Duration::from_secs(30));
        Ok(Self { retry, timeout, url, headers: HeaderMap::new() })
    }

    /// Adds a header to each request, such as `Authorization`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for what cannot be a header, and for those
    /// that say what the body is.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self> {
        let invalid = |what: &str| Error::invalid(OPTION, format!("header `{name}` {what}"));
        let known = HeaderName::try_from(name).map_err(|_| invalid("is no name"))?;
        if matches!(
            known.as_str(),
            "content-type" | "content-length" | "transfer-encoding" | "host"
        ) {
            return Err(invalid("is not yours to set"));
        }
        let mut value = HeaderValue::try_from(value).map_err(|_| invalid("has no valid value"))?;
        value.set_sensitive(true);
        self.headers.insert(known, value);
        Ok(self)
    }

    /// Adds `Authorization` where `PROXYCORE_WEBHOOK_AUTHORIZATION` in the environment says who asks.
    ///
    /// # Errors
    /// As [`with_header`](Self::with_header).
    pub fn with_environment(self) -> Result<Self> {
        // an empty variable says nothing
        match env::var(AUTHORIZATION).ok().filter(|value| !value.is_empty()) {
            None => Ok(self),
            Some(value) => self.with_header("Authorization", &value),
        }
    }

    /// Sets how often and for how long a delivery is tried.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Sets the longest wait for one answer.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The receiver as errors name it: without path and query, where tokens hide.
    pub(super) fn receiver(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// What an error must not show: the values, the tokens inside them, and what stands after the
    /// receiver in the URL, as a whole and by its longer words.
    pub(super) fn secrets(&self) -> Vec<&str> {
        let values = self.headers.values().filter_map(|value| value.to_str().ok());
        let mut all: Vec<&str> =
            values.flat_map(|value| [value].into_iter().chain(last(value))).collect();
        all.extend(Some(self.url.path()).filter(|path| *path != "/"));
        all.extend(self.url.query());
        let after = self.url.query().into_iter().chain([self.url.path()]);
        let words = after.flat_map(|text| text.split(['/', '&', '=']));
        all.extend(words.filter(|word| word.len() >= TOKEN));
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all
    }
}

/// The token of `Bearer TOKEN`.
fn last(value: &str) -> Option<&str> {
    value.rsplit_once(' ').map(|(_, token)| token)
}

impl fmt::Debug for WebhookOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookOptions")
            .field("receiver", &self.receiver())
            .field("headers", &self.headers.keys())
            .field("retry", &self.retry)
            .field("timeout", &self.timeout)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_checked() {
        for url in ["https://hooks.studio.lan/x?y", "http://127.0.0.1:80/"] {
            assert!(WebhookOptions::new(url).is_ok(), "{url}");
        }
        for url in ["hooks.studio.lan", "ftp://x/", "file:///etc", "", "https://me:hush@x/"] {
            let error = WebhookOptions::new(url).unwrap_err();
            assert!(error.to_string().starts_with("webhook: the URL "), "{error}");
            assert!(!format!("{error:?}").contains("hush"));
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let options = WebhookOptions::new("https://hooks.studio.lan/services/T0/hush").unwrap();
        let options = options.with_header("Authorization", "Bearer hush").unwrap();
        let shown = format!("{options:?}");
        assert!(shown.contains("authorization") && !shown.contains("hush"), "{shown}");
        assert_eq!(options.secrets(), ["/services/T0/hush", "Bearer hush", "services", "hush"]);
        let error = options.with_header("X-Token", "hush\n").unwrap_err();
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }
}
