//! Clients of the stores, and what their errors mean.

use std::sync::Arc;

use object_store::{BackoffConfig, ObjectStore, RetryConfig};

use super::client::Connector;
use super::{ObjectOptions, Scheme};
use crate::error::{Error, ErrorKind, Result};
use crate::retry::Retry;

/// Makes the client of a bucket.
pub(super) fn connect(
    scheme: Scheme,
    bucket: &str,
    options: &ObjectOptions,
) -> Result<Arc<dyn ObjectStore>> {
    match scheme {
        #[cfg(feature = "s3")]
        Scheme::S3 => s3(bucket, options),
        #[cfg(feature = "gcs")]
        Scheme::Gcs => gcs(bucket, options),
        #[cfg(feature = "azure")]
        Scheme::Azure => azure(bucket, options),
        #[allow(unreachable_patterns, reason = "reachable where a feature is off")]
        other => Err(other.missing()),
    }
}

#[cfg(feature = "s3")]
fn s3(bucket: &str, options: &ObjectOptions) -> Result<Arc<dyn ObjectStore>> {
    use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};

    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_http_connector(Connector { timeout: options.timeout })
        .with_retry(retries(options.retry));
    if let Some(endpoint) = &options.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::S3Endpoint);
    let endpoint = options.endpoint.clone().or(endpoint);
    let endpoint = endpoint.or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
    if let Some(endpoint) = &endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(is_plain(endpoint)?);
    }
    if let Some(region) = &options.region {
        builder = builder.with_region(region);
    }
    if let Some(path_style) = options.path_style {
        builder = builder.with_virtual_hosted_style_request(!path_style);
    }
    if let Some(credentials) = &options.credentials {
        builder = builder
            .with_access_key_id(&credentials.access_key)
            .with_secret_access_key(&credentials.secret_key);
        builder = credentials.token.iter().fold(builder, AmazonS3Builder::with_token);
    }
    Ok(Arc::new(builder.build().map_err(unusable)?))
}

#[cfg(feature = "gcs")]
fn gcs(bucket: &str, options: &ObjectOptions) -> Result<Arc<dyn ObjectStore>> {
    let mut builder = object_store::gcp::GoogleCloudStorageBuilder::from_env()
        .with_bucket_name(bucket)
        .with_http_connector(Connector { timeout: options.timeout })
        .with_retry(retries(options.retry));
    if let Some(endpoint) = &options.endpoint {
        is_plain(endpoint)?;
        builder = builder.with_base_url(endpoint.trim_end_matches('/'));
    }
    if options.credentials.is_some() {
        let what = "Google's stores take a service account from the environment, no pair of keys";
        return Err(Error::invalid("credentials", what));
    }
    Ok(Arc::new(builder.build().map_err(unusable)?))
}

#[cfg(feature = "azure")]
fn azure(bucket: &str, options: &ObjectOptions) -> Result<Arc<dyn ObjectStore>> {
    let mut builder = object_store::azure::MicrosoftAzureBuilder::from_env()
        .with_container_name(bucket)
        .with_http_connector(Connector { timeout: options.timeout })
        .with_retry(retries(options.retry));
    if let Some(endpoint) = &options.endpoint {
        builder = builder.with_endpoint(endpoint.clone()).with_allow_http(is_plain(endpoint)?);
    }
    if let Some(credentials) = &options.credentials {
        builder =
            builder.with_account(&credentials.access_key).with_access_key(&credentials.secret_key);
    }
    Ok(Arc::new(builder.build().map_err(unusable)?))
}

/// Whether an endpoint goes without TLS, which only its scheme may ask for.
fn is_plain(endpoint: &str) -> Result<bool> {
    let invalid = |what: &str| Error::invalid("endpoint", what);
    let url = url::Url::parse(endpoint).map_err(|error| {
        invalid("is no URL, such as https://s3.studio.lan:9000").with_source(error)
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("holds a user or a password; credentials are options of their own"));
    }
    match url.scheme() {
        "https" => Ok(false),
        "http" => Ok(true),
        _ => Err(invalid("starts with neither https:// nor http://")),
    }
}

fn retries(retry: Retry) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: retry.first_wait,
            max_backoff: retry.longest_wait,
            base: 2.0,
        },
        max_retries: retry.calls.saturating_sub(1) as usize,
        retry_timeout: retry.deadline,
    }
}

fn unusable(error: object_store::Error) -> Error {
    Error::invalid("storage", "cannot be set up").with_source(error)
}

/// Says in one line what was tried with which object, and why not.
pub(super) fn failure(tried: &str, uri: &str, error: &object_store::Error) -> Error {
    use object_store::Error::{NotFound, PermissionDenied, Precondition, Unauthenticated};
    let told = told(error);
    match error {
        // not the object: somebody will make the bucket, or mend its name
        NotFound { .. } if !told.starts_with(NO_BUCKET) => Error::new(ErrorKind::NotFound),
        Precondition { .. } => Error::new(ErrorKind::Changed),
        PermissionDenied { .. } | Unauthenticated { .. } => denied(tried, uri, told),
        // what a list fails with has no kind
        _ if DENIALS.iter().any(|code| told.starts_with(code)) => denied(tried, uri, told),
        _ => Error::storage(format!("cannot {tried} `{uri}`")).with_source(told),
    }
}

/// S3's codes for a bucket that is not there, and for who must not do a thing.
const NO_BUCKET: &str = "NoSuchBucket";
const DENIALS: [&str; 5] =
    ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"];

fn denied(tried: &str, uri: &str, told: String) -> Error {
    Error::denied(format!("no permission to {tried} `{uri}`; check the credentials"))
        .with_source(told)
}

/// Characters of a server's answer that are told.
const TOLD: usize = 200;

/// What the server or the network said: the innermost error, as those around it repeat it, and of
/// an S3 error's XML the code and the message.
fn told(error: &object_store::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let text = last.to_string();
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0)
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches([':', ' '])
            .chars()
            .take(TOLD)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_the_code_and_the_message_are_told() {
        let answer = "Server returned non-2xx status code: 404: <?xml version=\"1.0\"?>\n<Error>\
                      <Code>NoSuchBucket</Code><Message>it is not there</Message></Error>";
        let generic =
            |source: &str| object_store::Error::Generic { store: "S3", source: source.into() };
        assert_eq!(told(&generic(answer)), "NoSuchBucket: it is not there");
        assert_eq!(told(&generic("connection refused\nand more")), "connection refused");
        assert_eq!(told(&generic(&"x".repeat(900))).len(), TOLD);
    }

    #[test]
    fn codes_tell_what_failed_where_nothing_else_does() {
        let kind = |code: &str| {
            let answer = format!("403: <Error><Code>{code}</Code><Message>no</Message></Error>");
            let error = object_store::Error::Generic { store: "S3", source: answer.into() };
            failure("list", "s3://renders/", &error).kind().clone()
        };
        assert!(matches!(kind("SignatureDoesNotMatch"), ErrorKind::Denied { .. }));
        assert!(matches!(kind("NoSuchBucket"), ErrorKind::Storage { .. }));
        assert!(matches!(kind("SlowDown"), ErrorKind::Storage { .. }));
    }

    #[test]
    fn only_the_scheme_asks_for_plain_http() {
        assert!(is_plain("http://127.0.0.1:8333").unwrap());
        assert!(!is_plain("https://s3.studio.lan").unwrap());
        for endpoint in ["127.0.0.1:8333", "s3.studio.lan", "ftp://x", ""] {
            assert!(is_plain(endpoint).is_err(), "{endpoint}");
        }
        let error = is_plain("https://key:hush@s3.studio.lan").unwrap_err();
        assert!(!error.to_string().contains("hush"), "{error}");
    }

    #[cfg(all(feature = "azure", feature = "gcs"))]
    #[test]
    fn credentials_are_taken_or_refused() {
        // "c2VjcmV0" is base64, as Azure has its keys
        let options = ObjectOptions::default().with_credentials("account", "c2VjcmV0", None);
        connect(Scheme::Azure, "frames", &options).unwrap();
        let error = connect(Scheme::Gcs, "frames", &options).unwrap_err();
        assert!(error.to_string().contains("service account"), "{error}");
    }
}
