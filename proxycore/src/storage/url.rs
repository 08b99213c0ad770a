//! URLs of objects: `s3://bucket/key`.

use std::str::FromStr;

use crate::error::{Error, Result};

/// A kind of object store, by its URLs' scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `s3://bucket/key`
    S3,
    /// `gs://bucket/key`
    Gcs,
    /// `az://container/key`
    Azure,
}

impl Scheme {
    const ALL: [Self; 3] = [Self::S3, Self::Gcs, Self::Azure];

    /// As it stands before `://`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gcs => "gs",
            Self::Azure => "az",
        }
    }

    /// The error of a build that has no client for such a store.
    pub(super) fn missing(self) -> Error {
        match self {
            Self::S3 => Error::missing_feature("s3:// URLs", "s3"),
            Self::Gcs => Error::missing_feature("gs:// URLs", "gcs"),
            Self::Azure => Error::missing_feature("az:// URLs", "azure"),
        }
    }
}

/// A place in an object store. The key is what stands behind the bucket, as it stands there: a `%`
/// is a `%`, as in the stores' own tools.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ObjectUrl {
    /// The kind of store.
    pub scheme: Scheme,
    /// The bucket, or container.
    pub bucket: String,
    /// The key, or the prefix; empty for the whole bucket.
    pub key: String,
}

impl ObjectUrl {
    /// Whether a text starts as such a URL does.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        split(text).is_some()
    }
}

impl FromStr for ObjectUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = |what: &str| Error::invalid("url", what).at(text);
        let (scheme, rest) =
            split(text).ok_or_else(|| invalid("is none of s3://, gs:// and az://"))?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.contains(['@', ':', '?', '#', '%']) {
            // a user, a password or a port: those are no business of a key
            return Err(Error::invalid(
                "url",
                "names no bucket; an endpoint is an option of its own",
            ));
        }
        if bucket.is_empty() {
            return Err(invalid("names no bucket"));
        }
        if !bucket.bytes().all(is_of_bucket) || matches!(bucket, "." | "..") {
            // it becomes a part of requests' URLs, and their makers do not look at it
            return Err(invalid(
                "names no bucket: such a name has letters, digits, `.`, `_` and `-`",
            ));
        }
        Ok(Self { scheme, bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

fn split(text: &str) -> Option<(Scheme, &str)> {
    let (name, rest) = text.split_once("://")?;
    Some((Scheme::ALL.into_iter().find(|scheme| scheme.name().eq_ignore_ascii_case(name))?, rest))
}

/// What buckets' and containers' names are made of, in all their stores; `$web` is one of Azure's.
fn is_of_bucket(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let url: ObjectUrl = "s3://renders/shot 010/a.%04d.exr".parse().unwrap();
        assert_eq!((url.scheme, &*url.bucket), (Scheme::S3, "renders"));
        assert_eq!(url.key, "shot 010/a.%04d.exr");
        assert_eq!("gs://b".parse::<ObjectUrl>().unwrap().key, "");
        assert_eq!("AZ://b/".parse::<ObjectUrl>().unwrap().scheme, Scheme::Azure);
    }

    #[test]
    fn what_is_none_is_refused_without_its_secrets() {
        for text in [
            "s3:///key",
            "s3://",
            "s3://a b/k",
            "s3://./k",
            "s3://../k",
            "s3://\ta",
            "s3://é",
            "ftp://b/k",
            "/a/b",
            "C:\\a",
        ] {
            assert!(text.parse::<ObjectUrl>().is_err(), "{text}");
        }
        let error = "s3://key:hush@renders/a.exr".parse::<ObjectUrl>().unwrap_err();
        assert!(!error.to_string().contains("hush"), "{error}");
        assert!(ObjectUrl::is_one("s3://x") && !ObjectUrl::is_one("s3:/x"));
    }
}
