//! What a run gives back, and the row and the event that it becomes.

use serde::Serialize;
use serde_json::json;

use super::Subject;
use super::stamp::Stamp;
use crate::color::ColorTransform;
use crate::event::ProxyEvent;
use crate::identity;
use crate::metadata::{ProxyRecord, RenditionRecord, Written};
use crate::proof::Proof;
use crate::rendition::Role;
use crate::space::ColorSpace;

/// What became of a source. As JSON it is the handler's result: the keys that others depend on,
/// and more.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// `success`, or `partial` where pixels of the source are missing and shown hatched.
    pub status: &'static str,
    /// Whether everything stood already, and nothing was made.
    pub skipped: bool,
    /// The source, in any state.
    pub asset_id: String,
    /// The source's key.
    pub source_key: String,
    /// The thumbnail's key; empty where none was asked for.
    pub thumbnail_key: String,
    /// The proxy's key; empty where none was asked for.
    pub proxy_key: String,
    /// Bytes of the thumbnail.
    pub thumbnail_size_bytes: u64,
    /// Bytes of the proxy.
    pub proxy_size_bytes: u64,
    /// Bytes of the source.
    pub source_size_bytes: u64,
    /// The source's colour space, by Color Interop ID.
    pub colorspace: String,
    /// The rule that found it.
    pub colorspace_rule: String,
    /// How sure that is.
    pub colorspace_certainty: String,
    /// The config, display, view and looks that the colours went through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color_transform: Option<ColorTransform>,
    /// Whether the colour transform was the exact one, `exact`, or one that cannot be told from it,
    /// `fast`.
    pub color_precision: &'static str,
    /// The largest dE2000 between a fast transform and the exact one, of the pixels it was tried on.
    pub color_error: Option<f64>,
    /// The frames of a sequence's movie, as fileseq writes them: `1001-1100`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_range: Option<String>,
    /// Those of them that are not there, or damaged and taken as that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// A sequence's frames per second, a whole number or a fraction: `24000/1001`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fps: Option<String>,
    /// The frame that a sequence's stills show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poster: Option<i64>,
    /// Seconds from opening the source to the last rendition.
    pub processing_time_seconds: f64,
    /// What became of the row.
    pub persistence: Persistence,
    /// What was made, in the order it was asked for.
    pub renditions: Vec<Made>,
    /// What a person should know of it.
    pub warnings: Vec<String>,
    #[serde(skip)]
    source_bucket: String,
    #[serde(skip)]
    generated: String,
    /// Of what made the objects, which may be older than this.
    #[serde(skip)]
    generator_version: String,
}

/// What became of the row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Persistence {
    /// `success`, or `skipped` where no sink was given.
    pub status: &'static str,
    /// The source, in the state it was in.
    pub file_id: String,
    /// What this recipe made of it.
    pub proxy_id: String,
    /// Whether the row is new.
    pub inserted: bool,
}

/// A rendition that stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Made {
    /// Its name in keys: `thumb`, `proxy`, `preview`.
    pub name: &'static str,
    /// Its key.
    pub key: String,
    /// Its URI.
    pub uri: String,
    /// Its MIME type, such as `image/jpeg`.
    pub media_type: String,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its colour space, by Color Interop ID.
    pub colorspace: String,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// How near to its light it was found, where that was asked for when it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    #[serde(skip)]
    role: Role,
    #[serde(skip)]
    stamp: Stamp,
}

impl Made {
    pub(super) fn new(role: Role, uri: &str, key: String, stamp: Stamp) -> Self {
        Self {
            name: role.name(),
            key,
            uri: uri.to_owned(),
            media_type: stamp.content_type.clone(),
            width: stamp.width.parse().unwrap_or_default(),
            height: stamp.height.parse().unwrap_or_default(),
            bytes: stamp.bytes.parse().unwrap_or_default(),
            colorspace: stamp.colorspace.clone(),
            sha256: stamp.sha256.clone(),
            proof: stamp.proof(),
            role,
            stamp,
        }
    }

    fn resolution(&self) -> String {
        format!("{}x{}", self.width, self.height)
    }

    fn record(&self, persistence: &Persistence) -> RenditionRecord {
        RenditionRecord {
            proxy_id: persistence.proxy_id.clone(),
            file_id: persistence.file_id.clone(),
            name: self.name.to_owned(),
            s3_key: self.key.clone(),
            uri: self.uri.clone(),
            media_type: self.role.media_type().to_owned(),
            content_type: self.media_type.clone(),
            width: self.width.into(),
            height: self.height.into(),
            size_bytes: signed(self.bytes),
            colorspace: self.colorspace.clone(),
            sha256: self.sha256.clone(),
            recipe: self.stamp.recipe().to_owned(),
            frame_range: filled(self.stamp.frames.clone()),
            fps: filled(self.stamp.fps.clone()),
            missing: filled(self.stamp.missing_frames.clone()),
            de2000_mean: self.proof.as_ref().map(|proof| proof.mean),
            de2000_p99: self.proof.as_ref().map(|proof| proof.p99),
            de2000_max: self.proof.as_ref().map(|proof| proof.max),
            color_bias: self.proof.as_ref().map(|proof| proof.bias),
            color_tags: self.proof.as_ref().map(|proof| proof.tags.to_string()),
            color_transform: self.stamp.color_transform().map(|done| json!(done).to_string()),
        }
    }
}

impl Outcome {
    pub(super) fn new(subject: &Subject, made: Vec<Made>, recipe: &str, skipped: bool) -> Self {
        let file_id = subject.file_id();
        let proxy_id = identity::proxy_id(&file_id, recipe);
        let stamp = made.first().map(|made| &made.stamp);
        let text = |field: fn(&Stamp) -> &String| stamp.map(field).cloned().unwrap_or_default();
        let color_error = text(|stamp| &stamp.color_error).parse().ok();
        let [thumbnail, proxy] = told(&made);
        Self {
            status: if stamp.is_some_and(Stamp::is_partial) { "partial" } else { "success" },
            skipped,
            asset_id: subject.asset_id(),
            source_key: subject.key.clone(),
            thumbnail_key: thumbnail.map(|made| made.key.clone()).unwrap_or_default(),
            proxy_key: proxy.map(|made| made.key.clone()).unwrap_or_default(),
            thumbnail_size_bytes: thumbnail.map_or(0, |made| made.bytes),
            proxy_size_bytes: proxy.map_or(0, |made| made.bytes),
            source_size_bytes: subject.size,
            colorspace: text(|stamp| &stamp.source_colorspace),
            colorspace_rule: text(|stamp| &stamp.source_colorspace_rule),
            colorspace_certainty: text(|stamp| &stamp.source_colorspace_certainty),
            color_transform: stamp.and_then(Stamp::color_transform),
            color_precision: if color_error.is_some() { "fast" } else { "exact" },
            color_error,
            frame_range: filled(text(|stamp| &stamp.frames)),
            missing: filled(text(|stamp| &stamp.missing_frames)),
            fps: filled(text(|stamp| &stamp.fps)),
            poster: text(|stamp| &stamp.poster).parse().ok(),
            processing_time_seconds: text(|stamp| &stamp.seconds).parse().unwrap_or_default(),
            persistence: Persistence { status: "skipped", file_id, proxy_id, inserted: false },
            warnings: stamp.map(Stamp::warnings).unwrap_or_default(),
            source_bucket: subject.bucket.clone(),
            generated: text(|stamp| &stamp.generated),
            generator_version: text(|stamp| &stamp.version),
            renditions: made,
        }
    }

    /// The row, and those of its renditions.
    pub(super) fn rows(&self) -> (ProxyRecord, Vec<RenditionRecord>) {
        let [thumbnail, proxy] = told(&self.renditions);
        let resolution = |made: Option<&Made>| made.map(Made::resolution).unwrap_or_default();
        let record = ProxyRecord {
            proxy_id: self.persistence.proxy_id.clone(),
            file_id: self.persistence.file_id.clone(),
            s3_key: self.source_key.clone(),
            s3_bucket: self.source_bucket.clone(),
            asset_id: self.asset_id.clone(),
            thumbnail_s3_key: self.thumbnail_key.clone(),
            proxy_s3_key: self.proxy_key.clone(),
            thumbnail_size_bytes: signed(self.thumbnail_size_bytes),
            proxy_size_bytes: signed(self.proxy_size_bytes),
            source_size_bytes: signed(self.source_size_bytes),
            source_colorspace: self.colorspace.clone(),
            thumb_colorspace: thumbnail.map(display_name).unwrap_or_default(),
            proxy_colorspace: proxy.map(display_name).unwrap_or_default(),
            thumb_resolution: resolution(thumbnail),
            proxy_resolution: resolution(proxy),
            processing_time_seconds: self.processing_time_seconds,
            generated_timestamp: self.generated.clone(),
            generator_version: self.generator_version.clone(),
        };
        let renditions = self.renditions.iter().map(|made| made.record(&self.persistence));
        (record, renditions.collect())
    }

    /// The event.
    pub(super) fn event(&self) -> ProxyEvent {
        let uri = |made: Option<&Made>| made.map(|made| made.uri.clone()).unwrap_or_default();
        let [thumbnail, proxy] = told(&self.renditions);
        ProxyEvent {
            asset_id: self.asset_id.clone(),
            thumbnail_uri: uri(thumbnail),
            proxy_uri: uri(proxy),
            thumbnail_size_bytes: self.thumbnail_size_bytes,
            proxy_size_bytes: self.proxy_size_bytes,
            source_size_bytes: self.source_size_bytes,
            timestamp: self.generated.clone(),
            color_transform: self.color_transform.clone(),
            ..ProxyEvent::default()
        }
    }

    /// Notes that a sink keeps the row.
    pub(super) fn kept(&mut self, written: Written) {
        self.persistence.status = "success";
        self.persistence.inserted |= written.inserted;
    }
}

/// The two that the row, the event and the result tell of by name: the thumbnail and the proxy.
fn told(made: &[Made]) -> [Option<&Made>; 2] {
    [Role::Thumbnail, Role::Proxy].map(|role| made.iter().find(|made| made.role == role))
}

/// The name of a space in the row's columns.
fn display_name(made: &Made) -> String {
    let known = [
        (ColorSpace::SRGB_REC709_DISPLAY, "sRGB"),
        (ColorSpace::SRGB_P3D65_DISPLAY, "Display P3"),
        (ColorSpace::G24_REC709_DISPLAY, "Rec.709"),
        (ColorSpace::PQ_REC2020_DISPLAY, "Rec.2100 PQ"),
        (ColorSpace::HLG_REC2020_DISPLAY, "Rec.2100 HLG"),
    ];
    let name = known.iter().find(|(space, _)| space.id() == made.colorspace).map(|(_, name)| *name);
    name.unwrap_or(&made.colorspace).to_owned()
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
