//! What an object carries about how it was made: enough to know whether it is up to date, whose it
//! is, and to write its row again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Seen, Subject};
use crate::color::{ColorTransform, Precision};
use crate::encode::Encoded;
use crate::error::{Error, ErrorKind, Result};
use crate::identity;
use crate::key::percent_encoded;
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
    pub(crate) fn of(encoded: &Encoded) -> Self {
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
    /// What was done to colours, as JSON; absent from stamps of old.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    color_transform: String,
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
    /// Whether the object has as many bytes as were written.
    #[serde(skip)]
    is_whole: bool,
}

/// Bytes of user metadata that every store takes: S3's 2 KB, less what proxies and its own headers may
/// add.
const ROOM: usize = 1900;
/// Characters of a warning where there is no room for all of it.
const BRIEF: usize = 80;
/// Bytes of a source's URI that are written as they are.
const LONGEST_URI: usize = 900;

impl Stamp {
    pub(super) fn new(subject: &Subject, seen: &Seen, recipe: &str, facts: &Facts) -> Self {
        let (space, seconds) = (&seen.space, seen.seconds);
        let sequence = seen.sequence.clone().unwrap_or_default();
        Self {
            source: shortened(&subject.uri),
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
            color_transform: json!(seen.transform.clone().with_precision(seen.precision))
                .to_string(),
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
            is_whole: true,
        }
    }

    /// Adds the proof of what it is for.
    pub(super) fn with_proof(mut self, proof: Option<&Proof>) -> Self {
        self.proof = proof.map(|proof| json!(proof).to_string()).unwrap_or_default();
        self
    }

    /// What was done to colours; `None` of stamps of old.
    pub(super) fn color_transform(&self) -> Option<ColorTransform> {
        serde_json::from_str(&self.color_transform).ok()
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
        let is_whole = stamp.bytes == object.size.to_string();
        Some(Self { content_type, is_whole, ..stamp })
    }

    /// What is written beside the object's bytes.
    pub(super) fn attributes(&self, role: Role, content_type: &str) -> ObjectAttributes {
        let attributes = ObjectAttributes::new(content_type)
            .with_tag("media_type", role.media_type())
            .with_tag("generator", "proxycore")
            .with_tag("version", &self.version);
        let entries = self.fitting().entries().into_iter();
        entries.fold(attributes, |attributes, (name, value)| attributes.with_metadata(name, value))
    }

    /// As much of it as there is room for: warnings are cut first, and then left out with the proof and
    /// what of the colours may be long.
    fn fitting(&self) -> Self {
        let brief: Vec<_> = self.warnings().iter().map(|warning| cut(warning)).collect();
        let transform = self.color_transform().map(|all| json!(all.brief()).to_string());
        let bare = Self {
            warnings: "[]".to_owned(),
            proof: String::new(),
            color_transform: transform.unwrap_or_default(),
            ..self.clone()
        };
        let cut = (1..=brief.len()).rev().map(|count| json!(brief[..count]).to_string());
        let mut smaller = cut.map(|warnings| Self { warnings, ..self.clone() });
        let all = (self.room() <= ROOM).then(|| self.clone());
        all.or_else(|| smaller.find(|stamp| stamp.room() <= ROOM)).unwrap_or(bare)
    }

    /// Bytes that it takes as headers.
    fn room(&self) -> usize {
        self.entries().iter().map(|(name, value)| name.len() + percent_encoded(value).len()).sum()
    }

    fn entries(&self) -> BTreeMap<String, String> {
        let object = serde_json::to_value(self).and_then(serde_json::from_value);
        object.expect("a stamp is text only")
    }

    /// Whether it was made from this state of `subject` by `recipe`.
    pub(super) fn is_of(&self, subject: &Subject, recipe: &str) -> bool {
        self.is_whole
            && self.source == shortened(&subject.uri)
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
        if self.source == shortened(&claimant) {
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

/// A URI that is too long for metadata, as its beginning and a hash of all of it.
fn shortened(uri: &str) -> String {
    if percent_encoded(uri).len() <= LONGEST_URI {
        return uri.to_owned();
    }
    let beginning: String = uri.chars().take(LONGEST_URI / 18).collect();
    format!("{beginning}... {}", identity::sha256(uri.as_bytes()))
}

fn cut(warning: &str) -> String {
    match warning.char_indices().nth(BRIEF) {
        Some((end, _)) => format!("{}...", &warning[..end]),
        None => warning.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(uri: &str, warnings: &[String]) -> Stamp {
        Stamp {
            source: shortened(uri),
            source_size: "37124000".into(),
            source_state: "a".repeat(64),
            recipe: "b".repeat(64),
            sha256: "c".repeat(64),
            bytes: "3".into(),
            width: "256".into(),
            height: "256".into(),
            colorspace: "srgb_rec709_display".into(),
            source_colorspace: "lin_rec709_scene".into(),
            source_colorspace_rule: "guess".into(),
            source_colorspace_certainty: "guessed".into(),
            color_transform: json!(ColorTransform::of("built-in")).to_string(),
            color_error: String::new(),
            missing: "0".into(),
            frames: String::new(),
            missing_frames: String::new(),
            fps: String::new(),
            poster: String::new(),
            poster_chosen: String::new(),
            proof: "p".repeat(250),
            warnings: json!(warnings).to_string(),
            generated: timestamp::now(),
            seconds: "0.1".into(),
            version: "0.1.0".into(),
            content_type: "image/jpeg".into(),
            is_whole: true,
        }
    }

    #[test]
    fn it_fits_beside_an_object_whatever_it_tells_of() {
        let few = stamp("s3://renders/a.exr", &["short".into()]);
        assert_eq!(few.fitting(), few);
        let long = ["é".repeat(3000), "second".into(), "third".into()];
        let cut = stamp("s3://renders/a.exr", &long).fitting();
        assert!(cut.room() <= ROOM && cut.warnings()[0].ends_with("..."), "{}", cut.room());
        let deep = format!("s3://renders/{}.exr", "映".repeat(330));
        let bare = stamp(&deep, &vec!["w".repeat(400); 30]).fitting();
        assert!(bare.room() <= ROOM, "{}", bare.room());
    }

    #[test]
    fn a_long_uri_is_told_from_another() {
        let uri = |name: &str| format!("s3://renders/{}/{name}.exr", "映".repeat(330));
        assert_ne!(shortened(&uri("a")), shortened(&uri("b")));
        assert_eq!(shortened("s3://renders/a.exr"), "s3://renders/a.exr");
    }

    #[test]
    fn an_object_of_another_size_is_not_whole() {
        let stamp = stamp("s3://renders/a.exr", &[]);
        let attributes = stamp.attributes(Role::Thumbnail, "image/jpeg");
        for (size, is_whole) in [(3, true), (2, false)] {
            let object = ObjectMeta { size, attributes: attributes.clone(), ..<_>::default() };
            assert_eq!(Stamp::read(&object).unwrap().is_whole, is_whole);
        }
    }
}
