//! What an object carries about how it was made: enough to know whether it is up to date, whose it
//! is, and to write its row again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Seen, Subject};
use crate::color::Precision;
use crate::encode::Encoded;
use crate::error::{Error, ErrorKind, Result};
use crate::identity;
use crate::proof::Proof;
use crate::rendition::Role;
use crate::space::ColorSpace;
use crate::storage::{ObjectAttributes, ObjectMeta};
use crate::timestamp;

/// A finished file, as its stamp tells of it.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) media_type: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) space: ColorSpace,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Facts {
    pub(super) fn of(encoded: &Encoded) -> Self {
        Self {
            media_type: encoded.media_type,
            width: encoded.width,
            height: encoded.height,
            space: encoded.space.clone(),
            bytes: encoded.bytes.len() as u64,
            sha256: identity::sha256(&encoded.bytes),
        }
    }
}

/// An object's user metadata; every value is text there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Stamp {
    /// The source's URI.
    source: String,
    source_size: String,
    /// The source's `ETag`, or its modification time where there is none.
    source_state: String,
    recipe: String,
    pub(super) sha256: String,
    pub(super) bytes: String,
    pub(super) width: String,
    pub(super) height: String,
    pub(super) colorspace: String,
    pub(super) source_colorspace: String,
    pub(super) source_colorspace_rule: String,
    pub(super) source_colorspace_certainty: String,
    /// dE2000 of the transform, where it was not the exact one.
    #[serde(default)]
    pub(super) color_error: String,
    /// Pixels of the source that are missing; absent from stamps of old.
    #[serde(default)]
    missing: String,
    /// What is told of a sequence, as in [`SequenceFacts`](super::SequenceFacts).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) frames: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) missing_frames: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) fps: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) poster: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) poster_chosen: String,
    /// The proof as JSON, where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    proof: String,
    /// A JSON array of texts.
    warnings: String,
    pub(super) generated: String,
    pub(super) seconds: String,
    pub(super) version: String,
    #[serde(skip)]
    pub(super) content_type: String,
}

impl Stamp {
    pub(super) fn new(subject: &Subject, seen: &Seen, recipe: &str, facts: &Facts) -> Self {
        let (space, seconds) = (&seen.space, seen.seconds);
        let sequence = seen.sequence.clone().unwrap_or_default();
        Self {
            source: subject.uri.clone(),
            source_size: subject.size.to_string(),
            source_state: subject.state.clone(),
            recipe: recipe.to_owned(),
            sha256: facts.sha256.clone(),
            bytes: facts.bytes.to_string(),
            width: facts.width.to_string(),
            height: facts.height.to_string(),
            colorspace: facts.space.id().to_owned(),
            source_colorspace: space.space.id().to_owned(),
            source_colorspace_rule: space.rule.name().to_owned(),
            source_colorspace_certainty: space.certainty.name().to_owned(),
            color_error: match seen.precision {
                Precision::Exact => String::new(),
                Precision::Fast { error } => format!("{error:.3}"),
            },
            missing: seen.missing.to_string(),
            frames: sequence.frames,
            missing_frames: sequence.missing,
            fps: sequence.fps,
            poster: sequence.poster,
            poster_chosen: sequence.chosen,
            proof: String::new(),
            warnings: json!(seen.warnings).to_string(),
            generated: timestamp::now(),
            seconds: format!("{seconds:.6}"),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            content_type: facts.media_type.to_owned(),
        }
    }

    /// Adds the proof of what it is for.
    pub(super) fn with_proof(mut self, proof: Option<&Proof>) -> Self {
        self.proof = proof.map(|proof| json!(proof).to_string()).unwrap_or_default();
        self
    }

    /// The proof of what it is for, where there was one.
    pub(super) fn proof(&self) -> Option<Proof> {
        serde_json::from_str(&self.proof).ok()
    }

    /// Reads the stamp of an object; `None` for an object that carries none.
    pub(super) fn read(object: &ObjectMeta) -> Option<Self> {
        let entries = object.attributes.metadata.iter();
        let entries = entries.map(|(name, value)| (name.clone(), value.clone().into()));
        let stamp = serde_json::Value::Object(entries.collect());
        let stamp: Self = serde_json::from_value(stamp).ok()?;
        let content_type = object.attributes.content_type.clone().unwrap_or_default();
        Some(Self { content_type, ..stamp })
    }

    /// What is written beside the object's bytes.
    pub(super) fn attributes(&self, role: Role, content_type: &str) -> ObjectAttributes {
        let attributes = ObjectAttributes::new(content_type)
            .with_tag("media_type", role.media_type())
            .with_tag("generator", "proxycore")
            .with_tag("version", &self.version);
        let entries = self.entries().into_iter();
        entries.fold(attributes, |attributes, (name, value)| attributes.with_metadata(name, value))
    }

    fn entries(&self) -> BTreeMap<String, String> {
        let object = serde_json::to_value(self).and_then(serde_json::from_value);
        object.expect("a stamp is text only")
    }

    /// Whether it was made from this state of `subject` by `recipe`.
    pub(super) fn is_of(&self, subject: &Subject, recipe: &str) -> bool {
        self.source == subject.uri
            && self.source_size == subject.size.to_string()
            && self.source_state == subject.state
            && self.recipe == recipe
    }

    /// Refuses to let a source take over the object of another.
    ///
    /// # Errors
    /// [`ErrorKind::Collision`] that names both.
    pub(super) fn check_owner(&self, subject: &Subject, key: &str) -> Result<()> {
        let claimant = subject.uri.clone();
        if self.source == claimant {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Collision { owner: self.source.clone(), claimant }).at(key))
    }

    /// Whether it shows only a part of its source, and the rest hatched.
    pub(super) fn is_partial(&self) -> bool {
        !matches!(self.missing.as_str(), "" | "0")
    }

    /// What a person should know of the source.
    pub(super) fn warnings(&self) -> Vec<String> {
        serde_json::from_str(&self.warnings).unwrap_or_default()
    }

    pub(super) fn recipe(&self) -> &str {
        &self.recipe
    }
}
