//! What a source is: for a look at it, without making anything of it.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::Pipeline;
use crate::color::{ColorTransform, Detected, icc_description};
use crate::error::{ErrorKind, Result};
use crate::image::{Image, ImageSpec, Native};
use crate::source::Source;

/// What a source is, which picture of it is shown, and in which colours. As JSON it says what
/// `proxycore info --json` prints.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Info {
    /// The source.
    pub source: Source,
    /// The picture that is shown, and the file around it.
    pub spec: Arc<ImageSpec>,
    /// Its colour space.
    pub found: Detected,
    /// What would be done to its colours.
    pub transform: ColorTransform,
    /// The samples of a deep picture: all of them, and the most of a pixel.
    pub deep: Option<[u64; 2]>,
}

impl Info {
    /// What a person should know of the file and of its colours.
    pub fn warnings(&self) -> impl Iterator<Item = &String> {
        self.spec.warnings.iter().chain(&self.found.warnings)
    }
}

impl Serialize for Info {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let profile = self.spec.icc_profile.as_deref().map(|profile| {
            serde_json::json!({
                "size_bytes": profile.len(),
                "description": icc_description(profile),
            })
        });
        let deep = self.deep.map(
            |[samples, most]| serde_json::json!({ "samples": samples, "most_in_a_pixel": most }),
        );
        let mut map = serializer.serialize_struct("Info", 14)?;
        map.serialize_field("source_key", self.source.key())?;
        map.serialize_field("asset_id", &self.source.asset_id())?;
        map.serialize_field("file_id", &self.source.file_id())?;
        map.serialize_field("size_bytes", &self.source.meta().size)?;
        map.serialize_field("format", self.spec.file.format)?;
        map.serialize_field("parts", &self.spec.file.parts)?;
        map.serialize_field("picture", &*self.spec)?;
        map.serialize_field("colorspace", &self.found.space)?;
        map.serialize_field("colorspace_rule", &self.found.rule)?;
        map.serialize_field("colorspace_certainty", &self.found.certainty)?;
        map.serialize_field("color_transform", &self.transform)?;
        map.serialize_field("icc_profile", &profile)?;
        map.serialize_field("deep", &deep)?;
        map.serialize_field("warnings", &self.warnings().collect::<Vec<_>>())?;
        map.end()
    }
}

impl Pipeline {
    /// Says what the source at `key` is. The header is read, and of a deep picture the pixels, for
    /// only they tell how many samples there are.
    ///
    /// # Errors
    /// What the storage and the decoder meet.
    pub fn info(&self, key: &str) -> Result<Info> {
        let source = Source::find(Arc::clone(&self.storage), key)?;
        let run = self.obeying(source.key())?;
        let image = source.decode(&self.decode)?;
        let spec = Arc::clone(image.spec());
        let found = run.space_of(&spec, key);
        let deep = match deep_samples(image) {
            // the header is shown, though nobody unpacks the pixels
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => None,
            deep => deep.map_err(|error| error.at(key))?,
        };
        let transform = run.transform_of(&found);
        Ok(Info { source, spec, found, transform, deep })
    }
}

fn deep_samples(image: Image<Native>) -> Result<Option<[u64; 2]>> {
    if !image.spec().part().layout.starts_with("deep") {
        return Ok(None);
    }
    let tally = Arc::clone(image.tally());
    image.consume(|_| Ok(()))?;
    Ok(Some([tally.deep_samples(), tally.most_deep_samples()]))
}
