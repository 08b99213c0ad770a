//! What a channel holds, as far as its name tells: colour, or numbers that are none.
//!
//! There is no standard for the names; these are the ones that renderers and compositors write. The
//! layer's name tells first, or the part's where a channel has no layer: `RenderLayer.Normal.X` is a
//! normal, and so is R in a part that is called `VRayNormals`. Then the channel's own name tells.
//! Integers that are no R, G, B are ids. What tells nothing is taken for colour.

use super::names::{colour, words};
use crate::image::{Attribute, FileInfo, PartInfo, SampleType};

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
    /// Three axes of something.
    Vector,
    /// A number that names an object.
    Id,
    /// Hashes of names as the bit patterns of floats, with their coverages (Cryptomatte 1.2).
    Cryptomatte,
    /// How much of the pixel is covered.
    Mask,
    /// A count, a time or another measure.
    Measure,
}

use Kind::{Cryptomatte, Depth, Id, Mask, Measure, Motion, Normal, Position};

/// Whole names that tell, without what stands between their words.
const NAMES: &[(&str, Kind)] = &[
    ("aainvdensity", Measure),
    ("alpha", Mask),
    ("backward", Motion),
    ("bitangent", Normal),
    ("depth", Depth),
    ("distance", Depth),
    ("facingratio", Measure),
    ("flow", Motion),
    ("forward", Motion),
    ("id", Id),
    ("n", Normal),
    ("ng", Normal),
    ("nn", Normal),
    ("nworld", Normal),
    ("ns", Normal),
    ("p", Position),
    ("pref", Position),
    ("pz", Depth),
    ("st", Position),
    ("time", Measure),
    ("vector", Motion),
    ("xpos", Position),
    ("xv", Motion),
    ("ypos", Position),
    ("yv", Motion),
    ("z", Depth),
    ("zback", Depth),
    ("zpos", Position),
];

/// Channels that tell, and layers of the name do not.
const CHANNELS: &[(&str, Kind)] =
    &[("a", Mask), ("u", Motion), ("v", Motion), ("x", Position), ("y", Position)];

/// Words that tell among others, and so do several that follow one another, written as one. The
/// first of the table wins.
const WORDS: &[(&str, Kind)] = &[
    ("crypto", Cryptomatte),
    ("cryptomatte", Cryptomatte),
    ("cryptoasset", Cryptomatte),
    ("cryptomaterial", Cryptomatte),
    ("cryptoobject", Cryptomatte),
    ("variance", Measure),
    ("mse", Measure),
    ("stddev", Measure),
    ("motionvector", Motion),
    ("motionvectors", Motion),
    ("motion", Motion),
    ("velocity", Motion),
    ("disparity", Motion),
    ("disparityl", Motion),
    ("disparityr", Motion),
    ("vectors", Motion),
    ("normal", Normal),
    ("normals", Normal),
    ("nrm", Normal),
    ("tangent", Normal),
    ("tangents", Normal),
    ("depth", Depth),
    ("zdepth", Depth),
    ("zbuffer", Depth),
    ("mist", Depth),
    ("position", Position),
    ("positions", Position),
    ("pos", Position),
    ("pworld", Position),
    ("pref", Position),
    ("worldpos", Position),
    ("worldp", Position),
    ("uv", Position),
    ("uvs", Position),
    ("uvw", Position),
    ("texcoord", Position),
    ("stmap", Position),
    ("objectid", Id),
    ("materialid", Id),
    ("instanceid", Id),
    ("primid", Id),
    ("renderid", Id),
    ("nodeid", Id),
    ("indexma", Id),
    ("indexob", Id),
    ("index", Id),
    ("id", Id),
    ("ids", Id),
    ("mask", Mask),
    ("masks", Mask),
    ("matte", Mask),
    ("mattes", Mask),
    ("multimatte", Mask),
    ("puzzlematte", Mask),
    ("coverage", Mask),
    ("opacity", Mask),
    ("samplecount", Measure),
    ("samplerate", Measure),
    ("samples", Measure),
    ("raycount", Measure),
    ("cputime", Measure),
    ("rendertime", Measure),
    ("heatmap", Measure),
    ("debug", Measure),
];

/// Words that take a name's meaning away: motion blur and depth of field are seen in a picture.
const SEEN: &[&str] = &["blur", "field", "dof"];

/// Who wrote it, which says nothing of what it is.
const MAKERS: &[&[&str]] =
    &[&["v", "ray"], &["vray"], &["rs"], &["ai"], &["octane"], &["denoising"]];

/// Words that say nothing of what a layer is.
const NEUTRAL: &[&str] = &["main", "denoised", "noisy", "left", "right", "hero", "raw", "final"];

/// What tells of channels: the part's name, and which layers are cryptomattes.
#[derive(Debug, Clone)]
pub(super) struct Context<'a> {
    part: &'a PartInfo,
    cryptomattes: &'a [String],
}

impl<'a> Context<'a> {
    pub(super) fn new(part: &'a PartInfo, cryptomattes: &'a [String]) -> Self {
        Self { part, cryptomattes }
    }

    /// Tells by the names of a channel and its layer, the type of its samples, and whether the layer
    /// has all three axes.
    pub(super) fn kind(
        &self,
        layer: &str,
        channel: &str,
        samples: SampleType,
        has_axes: bool,
    ) -> Kind {
        let whole = if layer.is_empty() { self.part.name.as_deref().unwrap_or("") } else { layer };
        if self.cryptomattes.iter().any(|name| is_rank_of(whole, name)) {
            return Cryptomatte;
        }
        let of_channel = || match channel.to_lowercase().as_str() {
            "x" | "y" | "z" if has_axes => Some(Kind::Vector),
            "y" if layer.is_empty() => None,
            own => CHANNELS
                .iter()
                .find(|(known, _)| *known == own)
                .map(|(_, kind)| *kind)
                .or_else(|| of_name(channel)),
        };
        let integer = samples == SampleType::Uint32 && !is_called_colour(channel);
        let unknown = if integer { Id } else { Kind::Colour };
        of_path(whole).or_else(of_channel).unwrap_or(unknown)
    }
}

/// The names of cryptomattes that a file's attributes tell: `cryptomatte/HASH/name`.
pub(super) fn cryptomattes(file: &FileInfo) -> Vec<String> {
    let attributes = file.parts.iter().flat_map(|part| &part.attributes);
    let named = attributes.filter_map(|(key, value)| match value {
        Attribute::Text(name)
            if key.starts_with("cryptomatte/") && key.ends_with("/name") && !name.is_empty() =>
        {
            Some(name.clone())
        }
        _ => None,
    });
    named.collect()
}

/// Whether a layer is a cryptomatte's own, or one of its ranks: its name and digits.
fn is_rank_of(layer: &str, cryptomatte: &str) -> bool {
    let rest = layer.strip_prefix(cryptomatte);
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a channel is called as one of a colour, or as luminance.
pub(super) fn is_called_colour(channel: &str) -> bool {
    channel == "Y" || colour(channel).is_some() || ["ry", "by"].contains(&&*channel.to_lowercase())
}

/// What the last part of a layer's path tells that tells anything.
fn of_path(path: &str) -> Option<Kind> {
    let mut steps = path.rsplit(['.', ':', '/']);
    let telling = steps.find(|step| {
        let words = words(step);
        !words.iter().all(|word| NEUTRAL.contains(&word.as_str()))
    });
    of_name(telling?)
}

/// What a name tells.
fn of_name(name: &str) -> Option<Kind> {
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    while let Some(maker) = MAKERS.iter().find(|maker| words.starts_with(maker)) {
        words.drain(..maker.len());
    }
    let whole = words.concat();
    if let Some((_, kind)) = NAMES.iter().find(|(known, _)| *known == whole) {
        return Some(*kind);
    }
    if words.iter().any(|word| SEEN.contains(word)) {
        return None;
    }
    let follows = |known: &str| (0..words.len()).any(|at| starts_with(&words[at..], known));
    WORDS.iter().find(|(known, _)| follows(known)).map(|(_, kind)| *kind)
}

/// Whether the first of the words, written as one, are a known one.
fn starts_with(words: &[&str], mut known: &str) -> bool {
    for word in words {
        match known.strip_prefix(word) {
            Some("") => return true,
            Some(rest) => known = rest,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(part: Option<&str>, layer: &str, channel: &str) -> Kind {
        let part = PartInfo { name: part.map(Into::into), ..PartInfo::new(1, 1) };
        Context::new(&part, &[]).kind(layer, channel, SampleType::Float, false)
    }

    #[test]
    fn names_tell_what_samples_mean() {
        for (layer, channel, want) in [
            ("", "R", Kind::Colour),
            ("", "Y", Kind::Colour),
            ("", "Z", Depth),
            ("", "ZBack", Depth),
            ("", "A", Mask),
            ("", "foo", Kind::Colour),
            ("", "objectId", Id),
            ("diffuse", "G", Kind::Colour),
            ("diffuse", "A", Mask),
            ("forward", "u", Motion),
            ("N", "x", Normal),
            ("View.Normal", "Z", Normal),
            ("View.Denoising Normal", "X", Normal),
            ("View.Depth", "V", Depth),
            ("P", "R", Position),
            ("CryptoObject00", "R", Cryptomatte),
            ("uCryptoAsset", "R", Cryptomatte),
            ("View.IndexOB", "X", Id),
            ("VRayNormals", "R", Normal),
            ("VRayZDepth", "R", Depth),
            ("Geometric normal", "R", Normal),
            ("worldNormal", "R", Normal),
            ("Z-depth", "R", Depth),
            ("Material ID", "R", Id),
            ("UV coordinate", "R", Position),
            ("diffuse_variance", "R", Measure),
            ("depth.main", "R", Depth),
            ("motion_blur", "R", Kind::Colour),
            ("depth_of_field", "R", Kind::Colour),
            ("View.Denoising Albedo", "R", Kind::Colour),
            ("candid", "R", Kind::Colour),
            ("normalized", "R", Kind::Colour),
            ("environment", "R", Kind::Colour),
        ] {
            assert_eq!(kind(None, layer, channel), want, "{layer}.{channel}");
        }
        let part = PartInfo::new(1, 1);
        let of = |channel| Context::new(&part, &[]).kind("", channel, SampleType::Uint32, false);
        assert_eq!([of("samples"), of("object"), of("R")], [Measure, Id, Kind::Colour]);
    }

    #[test]
    fn a_parts_name_tells_of_channels_without_a_layer() {
        assert_eq!(kind(Some("VRayNormals"), "", "R"), Normal);
        assert_eq!(kind(Some("depth.left"), "", "R"), Depth);
        assert_eq!(kind(Some("beauty"), "", "Z"), Depth);
        assert_eq!(kind(Some("VRayNormals"), "beauty", "R"), Kind::Colour);
    }

    #[test]
    fn a_file_may_name_its_cryptomattes() {
        let mut part = PartInfo::new(1, 1);
        let name = Attribute::Text("u".into());
        part.attributes.insert("cryptomatte/ab12cd3/name".into(), name);
        let names = cryptomattes(&FileInfo { format: "OpenEXR", parts: vec![part.clone()] });
        let kind = |layer| Context::new(&part, &names).kind(layer, "R", SampleType::Float, false);
        let want = [Cryptomatte, Cryptomatte, Kind::Colour];
        assert_eq!(["u00", "u", "unlit"].map(kind), want);
    }
}
