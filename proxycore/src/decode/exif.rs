//! What Exif says of a picture: its orientation, and who made it when with what.
//!
//! Only the first directory is read, and of the Exif one the colour space and the index of its
//! interoperability: the rest is of no use to a proxy. What is damaged is passed over, since it is not the picture.

use std::collections::BTreeMap;

use super::Orientation;
use crate::image::Attribute;

/// Entries of a directory that are looked at.
const ENTRIES: usize = 1024;

/// Bytes of a text that are kept.
const TEXT: usize = 4096;

/// Texts that are told, by their tag, under OpenImageIO's names.
const TEXTS: &[(u16, &str)] = &[
    (0x010e, "ImageDescription"),
    (0x010f, "Make"),
    (0x0110, "Model"),
    (0x0131, "Software"),
    (0x0132, "DateTime"),
    (0x013b, "Artist"),
    (0x8298, "Copyright"),
];

/// What was found.
#[derive(Debug, Clone, Default)]
pub(super) struct Exif {
    pub(super) orientation: Orientation,
    pub(super) attributes: BTreeMap<String, Attribute>,
}

impl Exif {
    /// Reads Exif that starts with its TIFF header.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut exif = Self::default();
        let big = match bytes.get(..2) {
            Some(b"MM") => true,
            Some(b"II") => false,
            _ => return exif,
        };
        let fields = Fields { bytes, big };
        for entry in fields.directory(4) {
            exif.take(&fields, &entry);
        }
        exif
    }

    fn take(&mut self, fields: &Fields<'_>, entry: &Entry) {
        match entry.tag {
            0x0112 => {
                if let Some(number) = fields.short(entry.value_at) {
                    self.orientation = Orientation::from_exif(number);
                    self.tell("Orientation", Attribute::Int(self.orientation as i64));
                }
            }
            0x8769 => {
                let entries = fields.directory(entry.value_at);
                let find = |tag| entries.iter().find(|entry| entry.tag == tag);
                if let Some(number) = find(0xa001).and_then(|entry| fields.short(entry.value_at)) {
                    self.tell("Exif:ColorSpace", Attribute::Int(number.into()));
                }
                if let Some(index) = find(0xa005).and_then(|entry| fields.index(entry)) {
                    self.tell("Exif:InteroperabilityIndex", Attribute::Text(index));
                }
            }
            tag => {
                let name = TEXTS.iter().find(|(known, _)| *known == tag);
                if let (Some((_, name)), Some(text)) = (name, fields.text(entry)) {
                    self.tell(name, Attribute::Text(text));
                }
            }
        }
    }

    fn tell(&mut self, name: &str, attribute: Attribute) {
        self.attributes.insert(name.into(), attribute);
    }
}

/// A field of a directory, TIFF 6.0 section 2.
struct Entry {
    tag: u16,
    kind: u16,
    count: usize,
    /// Where its value or the value's place is.
    value_at: usize,
}

struct Fields<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Fields<'_> {
    fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = self.array(at)?;
        Some(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<usize> {
        let bytes = self.array(at)?;
        Some(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) } as usize)
    }

    /// Reads the directory whose place stands at `at`.
    fn directory(&self, at: usize) -> Vec<Entry> {
        let Some(start) = self.long(at) else { return Vec::new() };
        let count = self.short(start).map_or(0, usize::from).min(ENTRIES);
        (0..count).map_while(|index| self.entry(start.checked_add(2 + 12 * index)?)).collect()
    }

    fn entry(&self, at: usize) -> Option<Entry> {
        let (tag, kind) = (self.short(at)?, self.short(at.checked_add(2)?)?);
        let count = self.long(at.checked_add(4)?)?;
        Some(Entry { tag, kind, count, value_at: at.checked_add(8)? })
    }

    /// The index of the interoperability directory that an entry leads to, such as `R03`.
    fn index(&self, entry: &Entry) -> Option<String> {
        let entries = self.directory(entry.value_at);
        self.text(entries.iter().find(|entry| entry.tag == 1)?)
    }

    fn text(&self, entry: &Entry) -> Option<String> {
        let ascii = entry.kind == 2;
        let start = if entry.count > 4 { self.long(entry.value_at)? } else { entry.value_at };
        let bytes = self.bytes.get(start..start.checked_add(entry.count.min(TEXT))?)?;
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end_matches('\0').trim();
        (ascii && !text.is_empty()).then(|| text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of an orientation and a text, in both byte orders.
    fn exif(big: bool) -> Vec<u8> {
        let short = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let long = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut bytes = if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        bytes.extend(long(8));
        bytes.extend(short(2));
        bytes.extend([short(0x0112), short(3)].concat());
        bytes.extend([long(1).to_vec(), short(6).to_vec(), short(0).to_vec()].concat());
        bytes.extend([short(0x0131), short(2)].concat());
        bytes.extend([long(8), long(38)].concat());
        bytes.extend(long(0));
        bytes.extend(b"writer\0\0");
        bytes
    }

    #[test]
    fn orientation_and_texts_are_found() {
        for big in [false, true] {
            let exif = Exif::read(&exif(big));
            assert_eq!(exif.orientation, Orientation::RightTop);
            assert_eq!(exif.attributes["Orientation"], Attribute::Int(6));
            assert_eq!(exif.attributes["Software"], Attribute::Text("writer".into()));
        }
    }

    #[test]
    fn what_is_damaged_is_passed_over() {
        let whole = exif(true);
        for length in 0..whole.len() {
            Exif::read(&whole[..length]);
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] = 0xff;
            Exif::read(&bytes);
        }
    }
}
