//! What a channel holds, as far as its name tells: colour, or numbers that are none.
//!
//! There is no standard for the names; these are the ones that renderers and compositors write. A
//! layer's name tells first (its last word: `RenderLayer.Normal.X` is a normal), then what comes
//! after the dot. Integers that are no R, G, B are ids. What tells nothing is taken for colour.

use crate::image::{Attribute, PartInfo, SampleType};

/// What the samples of a channel mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Light, or what nothing is known of.
    Colour,
    /// A distance from the camera.
    Depth,
    /// A direction, -1..=1 on each axis.
    Normal,
    /// How far a pixel moves, in pixels or in parts of the picture.
    Motion,
    /// A place in space or on a surface.
    Position,
    /// A number that names an object.
    Id,
    /// Hashes of names as the bit patterns of floats, with their coverages (Cryptomatte 1.2).
    Cryptomatte,
    /// How much of the pixel is covered.
    Mask,
}

/// Words that tell, in lower case: the last word of a layer, or a channel without a layer.
const WORDS: &[(&str, Kind)] = &[
    ("a", Kind::Mask),
    ("alpha", Kind::Mask),
    ("backward", Kind::Motion),
    ("coverage", Kind::Mask),
    ("depth", Kind::Depth),
    ("disparity", Kind::Motion),
    ("disparityl", Kind::Motion),
    ("disparityr", Kind::Motion),
    ("distance", Kind::Depth),
    ("flow", Kind::Motion),
    ("forward", Kind::Motion),
    ("id", Kind::Id),
    ("indexma", Kind::Id),
    ("indexob", Kind::Id),
    ("instanceid", Kind::Id),
    ("mask", Kind::Mask),
    ("materialid", Kind::Id),
    ("matte", Kind::Mask),
    ("motion", Kind::Motion),
    ("motionvector", Kind::Motion),
    ("motionvectors", Kind::Motion),
    ("n", Kind::Normal),
    ("normal", Kind::Normal),
    ("normals", Kind::Normal),
    ("objectid", Kind::Id),
    ("opacity", Kind::Mask),
    ("p", Kind::Position),
    ("position", Kind::Position),
    ("pref", Kind::Position),
    ("pworld", Kind::Position),
    ("st", Kind::Position),
    ("u", Kind::Motion),
    ("uv", Kind::Position),
    ("v", Kind::Motion),
    ("vector", Kind::Motion),
    ("velocity", Kind::Motion),
    ("x", Kind::Position),
    ("y", Kind::Position),
    ("z", Kind::Depth),
    ("zback", Kind::Depth),
    ("zbuffer", Kind::Depth),
    ("zdepth", Kind::Depth),
];

/// What colour is called.
const COLOURS: &[&str] = &["r", "g", "b", "red", "green", "blue", "ry", "by"];

impl Kind {
    /// Tells by the names of a channel and its layer, the type of its samples, and what the part
    /// says of cryptomattes.
    pub(super) fn of(part: &PartInfo, layer: &str, suffix: &str, samples: SampleType) -> Self {
        let pass = layer.rsplit_once('.').map_or(layer, |(_, word)| word).to_lowercase();
        if pass.contains("crypto") || names_cryptomatte(part, layer) {
            return Self::Cryptomatte;
        }
        let suffix = suffix.to_lowercase();
        let told = of_word(&pass).or_else(|| match suffix.as_str() {
            "y" if layer.is_empty() => None,
            "z" if has_x(part, layer) => Some(Self::Position),
            suffix => of_word(suffix),
        });
        let integer = samples == SampleType::Uint32 && !COLOURS.contains(&suffix.as_str());
        told.unwrap_or(if integer { Self::Id } else { Self::Colour })
    }
}

/// Whether a channel is called as one of a colour, or as luminance.
pub(super) fn is_called_colour(suffix: &str) -> bool {
    suffix == "Y" || COLOURS.contains(&suffix.to_lowercase().as_str())
}

fn of_word(word: &str) -> Option<Kind> {
    let found = WORDS.binary_search_by_key(&word, |(known, _)| known).ok()?;
    Some(WORDS[found].1)
}

/// Whether a layer has an axis x: then its z is one too, and no depth.
fn has_x(part: &PartInfo, layer: &str) -> bool {
    let x = |name: &str| matches!(name.rsplit_once('.'), Some((its, "x" | "X")) if its == layer);
    !layer.is_empty() && part.channels.iter().any(|channel| x(&channel.name))
}

/// Whether the part's attributes say `cryptomatte/HASH/name` of the layer's beginning.
fn names_cryptomatte(part: &PartInfo, layer: &str) -> bool {
    part.attributes.iter().any(|(key, value)| {
        let is_name = key.starts_with("cryptomatte/") && key.ends_with("/name");
        is_name && matches!(value, Attribute::Text(name) if !name.is_empty() && layer.starts_with(name.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_in_order() {
        assert!(WORDS.is_sorted_by_key(|(word, _)| word));
    }

    #[test]
    fn names_tell_what_samples_mean() {
        let part = PartInfo::new(1, 1);
        for (layer, suffix, kind) in [
            ("", "R", Kind::Colour),
            ("", "Y", Kind::Colour),
            ("", "Z", Kind::Depth),
            ("", "ZBack", Kind::Depth),
            ("", "A", Kind::Mask),
            ("", "foo", Kind::Colour),
            ("diffuse", "G", Kind::Colour),
            ("diffuse", "A", Kind::Mask),
            ("forward", "u", Kind::Motion),
            ("N", "x", Kind::Normal),
            ("View.Normal", "Z", Kind::Normal),
            ("View.Depth", "V", Kind::Depth),
            ("P", "R", Kind::Position),
            ("CryptoObject00", "R", Kind::Cryptomatte),
            ("View.IndexOB", "X", Kind::Id),
        ] {
            assert_eq!(Kind::of(&part, layer, suffix, SampleType::Float), kind, "{layer}.{suffix}");
        }
        assert_eq!(Kind::of(&part, "", "samples", SampleType::Uint32), Kind::Id);
        assert_eq!(Kind::of(&part, "", "R", SampleType::Uint32), Kind::Colour);
    }

    #[test]
    fn a_part_may_name_its_cryptomattes() {
        let mut part = PartInfo::new(1, 1);
        let name = Attribute::Text("uObjects".into());
        part.attributes.insert("cryptomatte/ab12cd3/name".into(), name);
        let kind = |layer| Kind::of(&part, layer, "R", SampleType::Float);
        assert_eq!([kind("uObjects00"), kind("other00")], [Kind::Cryptomatte, Kind::Colour]);
    }
}
