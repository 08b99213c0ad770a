//! Attributes as HTTP carries them.
//!
//! User metadata is in headers, which are ASCII; a key with an é in it is not. Values are
//! percent-encoded where they have to be, as keys are in URLs, and so stay legible.

use object_store::{Attribute, Attributes, TagSet};

use crate::key::{percent_decoded, percent_encoded};
use crate::storage::ObjectAttributes;

/// What is sent.
pub(super) fn written(of: &ObjectAttributes) -> (Attributes, TagSet) {
    let mut attributes = Attributes::new();
    // where nothing is said, some servers guess by the bytes
    let kind = of.content_type.as_deref().unwrap_or(DEFAULT_TYPE);
    attributes.insert(Attribute::ContentType, kind.to_owned().into());
    for (name, value) in &of.metadata {
        attributes.insert(Attribute::Metadata(name.clone().into()), percent_encoded(value).into());
    }
    let mut tags = TagSet::default();
    for (name, value) in &of.tags {
        tags.push(name, value);
    }
    (attributes, tags)
}

/// What came back.
pub(super) fn read(of: &Attributes) -> ObjectAttributes {
    let mut read = ObjectAttributes::default();
    for (attribute, value) in of {
        match attribute {
            Attribute::ContentType => read.content_type = Some(value.to_string()),
            Attribute::Metadata(name) => {
                let value = String::from_utf8_lossy(&percent_decoded(value)).into_owned();
                read.metadata.insert(name.to_string(), value);
            }
            _ => {}
        }
    }
    read.content_type = read.content_type.filter(|kind| kind != DEFAULT_TYPE);
    read
}

/// The type of bytes that nobody said anything of.
const DEFAULT_TYPE: &str = "application/octet-stream";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_headers() {
        let given = ObjectAttributes::new("image/jpeg")
            .with_metadata("source", "plates/été 01/100%.%04d\t🙂.exr");
        let (sent, _) = written(&given);
        let value = sent.get(&Attribute::Metadata("source".into())).unwrap();
        assert!(value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{value:?}");
        assert_eq!(read(&sent), given);
    }
}
