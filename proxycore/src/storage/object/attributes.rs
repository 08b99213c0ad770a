//! Attributes as HTTP carries them.
//!
//! User metadata is in headers, which are ASCII; a key with an é in it is not. Values are
//! percent-encoded where they have to be, as keys are in URLs, and so stay legible.

use object_store::{Attribute, Attributes, TagSet};

use super::Scheme;
use crate::key::{percent_decoded, percent_encoded};
use crate::storage::ObjectAttributes;

/// What is sent to a store of that kind.
pub(super) fn written(scheme: Scheme, of: &ObjectAttributes) -> (Attributes, TagSet) {
    let mut attributes = Attributes::new();
    // where nothing is said, some servers guess by the bytes
    let kind = of.content_type.as_deref().unwrap_or(DEFAULT_TYPE);
    attributes.insert(Attribute::ContentType, kind.to_owned().into());
    for (name, value) in &of.metadata {
        let name = Attribute::Metadata(sent_name(scheme, name).into());
        attributes.insert(name, percent_encoded(value).into());
    }
    let mut tags = TagSet::default();
    for (name, value) in &of.tags {
        tags.push(name, value);
    }
    (attributes, tags)
}

/// What came back.
pub(super) fn read(scheme: Scheme, of: &Attributes) -> ObjectAttributes {
    let mut read = ObjectAttributes::default();
    for (attribute, value) in of {
        match attribute {
            Attribute::ContentType => read.content_type = Some(value.to_string()),
            Attribute::Metadata(name) => {
                let value = String::from_utf8_lossy(&percent_decoded(value)).into_owned();
                read.metadata.insert(known_name(scheme, name), value);
            }
            _ => {}
        }
    }
    read.content_type = read.content_type.filter(|kind| kind != DEFAULT_TYPE);
    read
}

/// Azure takes only names that C# would take.
const HYPHEN: &str = "__";

fn sent_name(scheme: Scheme, name: &str) -> String {
    match scheme {
        Scheme::Azure => name.replace('-', HYPHEN),
        Scheme::S3 | Scheme::Gcs => name.to_owned(),
    }
}

fn known_name(scheme: Scheme, name: &str) -> String {
    match scheme {
        Scheme::Azure => name.replace(HYPHEN, "-"),
        Scheme::S3 | Scheme::Gcs => name.to_owned(),
    }
}

/// The type of bytes that nobody said anything of.
const DEFAULT_TYPE: &str = "application/octet-stream";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_headers() {
        let given = ObjectAttributes::new("image/jpeg")
            .with_metadata("source", "plates/été 01/100%.%04d\t🙂.exr")
            .with_metadata("source-size", "3");
        let (sent, _) = written(Scheme::S3, &given);
        let value = sent.get(&Attribute::Metadata("source".into())).unwrap();
        assert!(value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{value:?}");
        assert_eq!(read(Scheme::S3, &sent), given);
    }

    #[test]
    fn names_are_such_as_the_store_takes() {
        let given = ObjectAttributes::new("image/jpeg").with_metadata("source-size", "3");
        let (sent, _) = written(Scheme::Azure, &given);
        assert!(sent.get(&Attribute::Metadata("source__size".into())).is_some());
        assert_eq!(read(Scheme::Azure, &sent), given);
    }
}
