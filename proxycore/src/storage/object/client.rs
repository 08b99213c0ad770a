//! The HTTP clients beneath the stores.
//!
//! The client that there is counts its silence from a request's first byte to the answer's, so a
//! body that takes long to send over a slow line would look like a server that says nothing. What
//! is sent is therefore granted time by its length. Redirects are not followed: the credentials
//! would go along.

use std::time::Duration;

use futures_util::future::BoxFuture;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use tokio::time;

use crate::error::Result;
use crate::tls;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes a second of the slowest line that requests are held to. Parts share a line: each of four
/// needs no more than a quarter of 1 Mbit/s.
const SLOWEST: u64 = 32 << 10;

/// Makes clients whose server may say nothing for so long.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) timeout: Duration,
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let failed = |source| object_store::Error::Generic { store: "HTTP", source };
        let reading = client(self.timeout).map_err(failed)?;
        let writing = client(self.timeout + sending(super::MULTIPART)).map_err(failed)?;
        Ok(HttpClient::new(Patient { reading, writing, timeout: self.timeout }))
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

fn client(silence: Duration) -> Result<reqwest::Client, Cause> {
    let tls = tls::client_config()?;
    let client = reqwest::Client::builder()
        .user_agent(concat!("proxycore/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .tls_backend_preconfigured((*tls).clone())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(silence)
        .build();
    Ok(client?)
}

/// How long so many bytes may be on their way.
fn sending(bytes: u64) -> Duration {
    Duration::from_secs_f64(bytes as f64 / SLOWEST as f64)
}

/// Waits longer for an answer to what is long.
#[derive(Debug)]
struct Patient {
    reading: reqwest::Client,
    writing: reqwest::Client,
    timeout: Duration,
}

impl HttpService for Patient {
    fn call<'a, 'b>(
        &'a self,
        request: HttpRequest,
    ) -> BoxFuture<'b, Result<HttpResponse, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        let length = request.body().content_length() as u64;
        if length == 0 {
            return self.reading.call(request);
        }
        let answer = time::timeout(self.timeout + sending(length), self.writing.call(request));
        Box::pin(async {
            answer.await.unwrap_or_else(|late| Err(HttpError::new(HttpErrorKind::Timeout, late)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_minutes() {
        assert_eq!(sending(0), Duration::ZERO);
        assert_eq!(sending(8 << 20), Duration::from_secs(256));
    }
}
