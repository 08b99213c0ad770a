//! The one error that every call of this crate returns.
//!
//! An [`Error`] says what went wrong ([`ErrorKind`]), with which object (its key, once known), and
//! whether trying again can help. What a backend said stays reachable as its `source`.

use std::error::Error as StdError;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Cause = Box<dyn StdError + Send + Sync>;

/// What went wrong, with which object, and why.
///
/// Prints as one line, `key: what was wrong`, without its source; walk
/// [`source`](StdError::source) for the rest.
#[derive(Debug, thiserror::Error)]
#[error("{}{kind}", prefix(key.as_deref()))]
pub struct Error {
    kind: ErrorKind,
    key: Option<String>,
    source: Option<Cause>,
}

/// The kinds of failure, each with the facts a caller needs to act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such object.
    #[error("no such file or object")]
    NotFound,
    /// The content is of no format that this build decodes.
    #[error("not a format that this build decodes: {looks_like}")]
    UnknownFormat {
        /// What it looks like instead, such as "an empty file".
        looks_like: String,
    },
    /// The content is damaged, truncated or contradicts itself.
    #[error("corrupt {format}: {what}")]
    Corrupt {
        /// The format, such as `OpenEXR`.
        format: &'static str,
        /// What was wrong with it.
        what: String,
    },
    /// The content is valid, and this build does not decode it.
    #[error("unsupported {format}: {feature}")]
    Unsupported {
        /// The format, such as `OpenEXR`.
        format: &'static str,
        /// The feature that is missing.
        feature: String,
    },
    /// The content asks for more than [`Limits`](crate::decode::Limits) allow.
    #[error("too many {what}: {actual} where the limit is {limit}")]
    Limit {
        /// What there is too much of, such as `pixels`.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
        /// How much was asked for.
        actual: u64,
    },
    /// A part, layer or view was named that the file does not have.
    #[error("no {what} named `{name}`; there is {}", listed(available))]
    NoSuch {
        /// What was asked for: `part`, `layer`, `view`, ...
        what: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names there are.
        available: Vec<String>,
    },
    /// The colour space or transform cannot be had.
    #[error("colour: {what}")]
    Color {
        /// What was wrong.
        what: String,
    },
    /// An encoder refused or failed.
    #[error("{encoder}: {what}")]
    Encode {
        /// The encoder, such as `OpenH264`.
        encoder: &'static str,
        /// What was wrong.
        what: String,
    },
    /// What was made does not show what it was made from.
    #[error("the proof failed: {tag}: {what}")]
    Proof {
        /// The tag that is at fault, such as `matrix`, or `codes`.
        tag: &'static str,
        /// What was wrong.
        what: String,
    },
    /// The object that would be written belongs to another source.
    #[error(
        "belongs to `{owner}`, not to `{claimant}`; \
         give the outputs other names with a template (`--template`)"
    )]
    Collision {
        /// The source that the standing object was made from.
        owner: String,
        /// The source that would overwrite it.
        claimant: String,
    },
    /// The source was replaced while it was read.
    #[error("changed while it was read; run it again")]
    Changed,
    /// Reading or writing an object failed.
    #[error("{what}")]
    Storage {
        /// What was tried.
        what: String,
    },
    /// The store or the database knows who asks, and says no.
    #[error("{what}")]
    Denied {
        /// What was tried.
        what: String,
    },
    /// A row or an event could not be delivered.
    #[error("{sink}: {what}")]
    Sink {
        /// The sink, such as `SQLite`.
        sink: &'static str,
        /// What was wrong.
        what: String,
    },
    /// A row or an event is not taken, however often it is sent.
    #[error("{sink}: {what}")]
    Refused {
        /// The sink, such as `Kafka`.
        sink: &'static str,
        /// What it said.
        what: String,
    },
    /// The build lacks a cargo feature that the call needs.
    #[error("this build lacks the feature `{feature}`, which {what} need")]
    MissingFeature {
        /// What needs it, such as `s3:// URLs`.
        what: &'static str,
        /// The feature's name, such as `s3`.
        feature: &'static str,
    },
    /// The caller's option makes no sense.
    #[error("{option}: {what}")]
    Invalid {
        /// The option's name.
        option: &'static str,
        /// What was wrong with it.
        what: String,
    },
}

impl Error {
    /// Makes an error of `kind`, that does not know its key yet.
    #[must_use]
    pub fn new(kind: ErrorKind) -> Self {
        Self { kind, key: None, source: None }
    }

    /// Makes an [`ErrorKind::Corrupt`].
    #[must_use]
    pub fn corrupt(format: &'static str, what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt { format, what: what.into() })
    }

    /// Makes an [`ErrorKind::Unsupported`].
    #[must_use]
    pub fn unsupported(format: &'static str, feature: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported { format, feature: feature.into() })
    }

    /// Makes an [`ErrorKind::Invalid`].
    #[must_use]
    pub fn invalid(option: &'static str, what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid { option, what: what.into() })
    }

    /// Makes an [`ErrorKind::MissingFeature`]: `what` needs `feature`.
    #[must_use]
    pub fn missing_feature(what: &'static str, feature: &'static str) -> Self {
        Self::new(ErrorKind::MissingFeature { what, feature })
    }

    /// Makes an [`ErrorKind::Storage`].
    #[must_use]
    pub fn storage(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Storage { what: what.into() })
    }

    /// Makes an [`ErrorKind::Denied`].
    #[must_use]
    pub fn denied(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Denied { what: what.into() })
    }

    /// Makes an [`ErrorKind::Encode`].
    #[must_use]
    pub fn encode(encoder: &'static str, what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Encode { encoder, what: what.into() })
    }

    /// Makes an [`ErrorKind::Sink`].
    #[must_use]
    pub fn sink(sink: &'static str, what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Sink { sink, what: what.into() })
    }

    /// Makes an [`ErrorKind::Refused`].
    #[must_use]
    pub fn refused(sink: &'static str, what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Refused { sink, what: what.into() })
    }

    /// Checks that `actual` of `what` stays within `limit`.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] where it does not.
    pub fn check_limit(what: &'static str, limit: u64, actual: u64) -> Result<()> {
        if actual <= limit {
            return Ok(());
        }
        Err(Self::new(ErrorKind::Limit { what, limit, actual }))
    }

    /// Adds what the backend said.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Cause>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds the key or URI of the object, unless one is known already.
    #[must_use]
    pub fn at(mut self, key: impl Into<String>) -> Self {
        self.key.get_or_insert_with(|| key.into());
        self
    }

    /// Says what went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Names the object that it went wrong with.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Says whether the same call may succeed later: true for storage and sinks, which may come
    /// back, and for a source that was being written; false for what lies in the file or in the
    /// call, and for a right that is missing. A disk that is full may be emptied.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        use ErrorKind::{Changed, Sink, Storage};
        matches!(self.kind, Changed | Storage { .. } | Sink { .. })
    }
}

impl ErrorKind {
    /// A stable name for machines, such as `not_found`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::UnknownFormat { .. } => "unknown_format",
            Self::Corrupt { .. } => "corrupt",
            Self::Unsupported { .. } => "unsupported",
            Self::Limit { .. } => "limit",
            Self::NoSuch { .. } => "no_such",
            Self::Color { .. } => "color",
            Self::Encode { .. } => "encode",
            Self::Proof { .. } => "proof",
            Self::Collision { .. } => "collision",
            Self::Changed => "changed",
            Self::Storage { .. } => "storage",
            Self::Denied { .. } => "denied",
            Self::Sink { .. } => "sink",
            Self::Refused { .. } => "refused",
            Self::MissingFeature { .. } => "missing_feature",
            Self::Invalid { .. } => "invalid",
        }
    }
}

/// The names that there are, in an error about one that is not among them.
fn listed(available: &[String]) -> String {
    if available.is_empty() { "none".into() } else { available.join(", ") }
}

/// What stands before the kind where the object is known.
fn prefix(key: Option<&str>) -> String {
    key.map(|key| format!("{key}: ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_one_line_with_the_key_and_without_the_source() {
        let error = Error::corrupt("OpenEXR", "block 3 is short")
            .with_source("unexpected end of file")
            .at("a/b.exr")
            .at("later keys do not replace it");
        assert_eq!(error.to_string(), "a/b.exr: corrupt OpenEXR: block 3 is short");
        assert_eq!(error.source().unwrap().to_string(), "unexpected end of file");
    }

    #[test]
    fn only_what_may_pass_is_retryable() {
        assert!(Error::storage("cannot write").is_retryable());
        assert!(Error::sink("SQLite", "busy").is_retryable());
        assert!(Error::new(ErrorKind::Changed).is_retryable());
        assert!(!Error::refused("Kafka", "too large").is_retryable());
        assert!(!Error::denied("no permission").is_retryable());
        assert!(!Error::new(ErrorKind::NotFound).is_retryable());
        assert!(!Error::corrupt("OpenEXR", "x").is_retryable());
    }

    #[test]
    fn limits_pass_at_the_limit() {
        assert!(Error::check_limit("pixels", 4, 4).is_ok());
        let error = Error::check_limit("pixels", 4, 5).unwrap_err();
        assert_eq!(error.to_string(), "too many pixels: 5 where the limit is 4");
    }
}
