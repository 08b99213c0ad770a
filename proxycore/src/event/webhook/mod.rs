//! Events as HTTP requests to a receiver of one's own: a POST of a `CloudEvents` envelope.
//!
//! An event is delivered when the receiver answers with a 2xx. Redirects are not followed, as the
//! headers, tokens among them, would go along. Not here: batches, and signatures of bodies.

mod answer;
mod envelope;
mod options;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use super::{EventSink, ProxyEvent};
use crate::error::{Error, Result};
use crate::{runtime, tls};
use answer::{Answer, SHOWN, retry_after};

pub use options::WebhookOptions;

/// The sink's name in errors.
const SINK: &str = "webhook";

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends each event to a receiver.
#[derive(Debug)]
pub struct WebhookEvents {
    options: WebhookOptions,
    client: Client,
}

impl WebhookEvents {
    /// Sets up a client; the receiver is not spoken to yet.
    ///
    /// # Errors
    /// Where the machine's certificates cannot be had.
    pub fn new(options: WebhookOptions) -> Result<Self> {
        let tls = tls::client_config()?;
        let client = Client::builder()
            .user_agent(concat!("proxycore/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .tls_backend_preconfigured((*tls).clone())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(|error| Error::sink(SINK, "cannot be set up").with_source(error))?;
        Ok(Self { options, client })
    }

    /// One try; where it failed, with the wait that the receiver asks for.
    fn post(&self, body: Vec<u8>, left: Duration) -> Result<(), (Error, Duration)> {
        let answer = self.ask(body, left).map_err(|error| (error, Duration::ZERO))?;
        let verdict = answer.verdict(&self.options.receiver(), &self.options.secrets());
        verdict.map_err(|error| (error, answer.retry_after.unwrap_or_default()))
    }

    fn ask(&self, body: Vec<u8>, left: Duration) -> Result<Answer> {
        let request = self
            .client
            .post(self.options.url.clone())
            .headers(self.options.headers.clone())
            .header(CONTENT_TYPE, envelope::MEDIA_TYPE)
            .timeout(left.min(self.options.timeout))
            .body(body);
        let answered = runtime::wait(async { Ok(read(request.send().await?).await) });
        answered.map_err(|error: reqwest::Error| {
            let what = format!("no answer from {}", self.options.receiver());
            Error::sink(SINK, what).with_source(error.without_url())
        })
    }
}

impl EventSink for WebhookEvents {
    fn publish(&self, event: &ProxyEvent) -> Result<()> {
        let body = envelope::body(event)?;
        let (started, retry) = (Instant::now(), self.options.retry);
        let mut calls = 1;
        loop {
            let left = retry.deadline.saturating_sub(started.elapsed());
            let (error, asked) = match self.post(body.clone(), left) {
                Err((error, asked)) if error.is_retryable() => (error, asked),
                done => return done.map_err(|(error, _)| error),
            };
            // the wait that was asked for comes before our own, so that many do not return in step
            let elapsed = started.elapsed().saturating_add(asked);
            let Some(wait) = retry.wait(calls, elapsed) else { return Err(error) };
            let wait = wait.saturating_add(asked);
            tracing::warn!(%error, wait_ms = wait.as_millis(), "trying again");
            std::thread::sleep(wait);
            calls += 1;
        }
    }
}

/// Reads as much of an answer as an error shows. The status is the verdict, so a body that breaks
/// off changes nothing.
async fn read(mut response: Response) -> Answer {
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = asked.and_then(|value| retry_after(value, Timestamp::now()));
    let status = response.status();
    let mut body = Vec::new();
    // a character has up to four bytes
    while !status.is_success() && body.len() < 4 * SHOWN {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        body.extend_from_slice(&chunk);
    }
    Answer { status, retry_after, text: String::from_utf8_lossy(&body).into_owned() }
}
