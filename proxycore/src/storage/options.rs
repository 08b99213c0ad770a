//! How an object store is reached.

use std::fmt;
use std::time::Duration;

use crate::retry::Retry;

/// Where the server is, and who asks. What is not said is taken from the environment, by the names
/// that the store's own tools use: `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and the like for S3, `GOOGLE_*` for Google's,
/// `AZURE_*` for Azure's; on a machine in the cloud, from its role.
///
/// Its `Debug` shows no secret.
#[derive(Clone)]
#[non_exhaustive]
pub struct ObjectOptions {
    /// The server of an S3 that is not Amazon's, such as `https://s3.studio.lan:9000`, or of what
    /// speaks like Google's or Azure's. Without TLS only where it says `http://`.
    pub endpoint: Option<String>,
    /// The region; `us-east-1` where nobody says.
    pub region: Option<String>,
    /// Whether the bucket goes into the path rather than the host's name; it does where there is an
    /// endpoint.
    pub path_style: Option<bool>,
    pub(super) credentials: Option<Credentials>,
    /// How often what may pass is tried again.
    pub retry: Retry,
    /// Bytes between two ranges that are fetched along rather than asked for apart: 8 KiB. At 0
    /// nothing is read that is not needed, for a request each where parts lie row beside row.
    pub gap: u64,
    /// How long a server may say nothing in the midst of a request: 30 s. What is sent has longer, by
    /// its length.
    pub timeout: Duration,
}

/// Who asks.
#[cfg_attr(not(feature = "s3"), allow(dead_code, reason = "the other stores have their own"))]
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) access_key: String,
    pub(super) secret_key: String,
    pub(super) token: Option<String>,
}

impl Default for ObjectOptions {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: None,
            path_style: None,
            credentials: None,
            retry: Retry::default(),
            gap: 8 << 10,
            timeout: Duration::from_secs(30),
        }
    }
}

impl ObjectOptions {
    /// Sets the server.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the region.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets whether the bucket goes into the path.
    #[must_use]
    pub fn with_path_style(mut self, path_style: bool) -> Self {
        self.path_style = Some(path_style);
        self
    }

    /// Sets who asks: a pair of keys of S3, with the `token` of credentials that expire, or an account of
    /// Azure and its key. To Google's stores a service account in the environment asks; a pair is an error.
    #[must_use]
    pub fn with_credentials(
        mut self,
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
        token: Option<String>,
    ) -> Self {
        let (access_key, secret_key) = (access_key.into(), secret_key.into());
        self.credentials = Some(Credentials { access_key, secret_key, token });
        self
    }

    /// Sets how many bytes between two ranges are fetched along rather than asked for apart.
    #[must_use]
    pub fn with_gap(mut self, bytes: u64) -> Self {
        self.gap = bytes;
        self
    }

    /// Sets how often what may pass is tried again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Sets how long a server may say nothing in the midst of a request.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl fmt::Debug for ObjectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectOptions")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("path_style", &self.path_style)
            .field("credentials", &self.credentials.as_ref().map(|_| "..."))
            .field("retry", &self.retry)
            .field("gap", &self.gap)
            .field("timeout", &self.timeout)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let options =
            ObjectOptions::default().with_credentials("AKIA", "hush", Some("quiet".to_owned()));
        let shown = format!("{options:?}");
        assert!(!["AKIA", "hush", "quiet"].iter().any(|secret| shown.contains(secret)), "{shown}");
    }
}
