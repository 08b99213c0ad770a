//! Which part and channels are the picture: the one that a person would pick.
//!
//! The first rule that finds something wins: R, G, B of the default view; a layer that is named
//! like a beauty pass; Y with its chroma, or as grey; the first three channels of a layer; the first
//! channel as grey.

use super::FORMAT;
use crate::error::{Error, Result};
use crate::image::{Attribute, ChannelInfo, FileInfo, PartInfo};

/// Layers that renderers name their beauty pass, in lower case.
const BEAUTY_LAYERS: &[&str] = &["rgba", "rgb", "beauty", "combined", "c", "main", "master"];

/// Views that come first where a file does not say which is its default.
const FIRST_VIEWS: &[&str] = &["hero", "left"];

/// Suffixes of the three channels of a colour, in order.
const TRIPLES: &[[&str; 3]] = &[["R", "G", "B"], ["r", "g", "b"], ["red", "green", "blue"]];

/// Luminance and its chroma, each at the colour that is made of it.
const LUMA_CHROMA: [&str; 3] = ["RY", "Y", "BY"];

/// Every how many columns and rows chroma may have a sample.
const CHROMA_SAMPLINGS: &[[u32; 2]] = &[[1, 1], [2, 2]];

/// A part, and its channels to show: three as R, G, B, or one as grey.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) part: usize,
    pub(super) channels: Vec<usize>,
}

impl Choice {
    pub(super) fn names(&self, part: &PartInfo) -> Vec<String> {
        self.channels.iter().map(|&index| part.channels[index].name.clone()).collect()
    }

    /// Whether the three channels are luminance and chroma, of which R, G, B are to be made.
    pub(super) fn is_luma_chroma(&self, part: &PartInfo) -> bool {
        self.names(part) == LUMA_CHROMA
    }

    /// Checks that the channels are full, or that their chroma is sampled as OpenEXR does.
    pub(super) fn check_sampling(&self, part: &PartInfo) -> Result<()> {
        let sampling = |index: usize| part.channels[index].sampling;
        if self.is_luma_chroma(part) {
            let [red, luma, blue] = [0, 1, 2].map(|at| sampling(self.channels[at]));
            if luma == [1, 1] && red == blue && CHROMA_SAMPLINGS.contains(&red) {
                return Ok(());
            }
        }
        let Some(&odd) = self.channels.iter().find(|&&index| sampling(index) != [1, 1]) else {
            return Ok(());
        };
        let [x, y] = sampling(odd);
        let feature = format!("channel `{}` sampled {x}x{y}", part.channels[odd].name);
        Err(Error::unsupported(FORMAT, feature))
    }
}

/// Finds channels to show in a part.
type Rule = fn(&PartInfo) -> Option<Vec<usize>>;

/// The rules, first the most wanted.
const RULES: &[Rule] =
    &[plain_rgb, beauty_layer, luma_chroma, luminance, first_triple, first_channel];

/// Picks the beauty of a file.
pub(super) fn beauty(file: &FileInfo) -> Result<Choice> {
    let order = parts_by_view(file);
    RULES
        .iter()
        .find_map(|rule| {
            let found = |&part: &usize| rule(&file.parts[part]).map(|channels| (part, channels));
            order.iter().find_map(found)
        })
        .map(|(part, channels)| Choice { part, channels })
        .ok_or_else(|| Error::corrupt(FORMAT, "the file has no channels"))
}

/// The parts in the file's order, but those of the first view before those of the others.
fn parts_by_view(file: &FileInfo) -> Vec<usize> {
    let mut order: Vec<usize> = (0..file.parts.len()).collect();
    let rank = |part: &PartInfo| match &part.view {
        None => 0,
        Some(view) => {
            let view = view.to_lowercase();
            FIRST_VIEWS.iter().position(|&first| first == view).unwrap_or(FIRST_VIEWS.len())
        }
    };
    order.sort_by_key(|&part| rank(&file.parts[part]));
    order
}

fn plain_rgb(part: &PartInfo) -> Option<Vec<usize>> {
    triple_of(part, "")
}

fn beauty_layer(part: &PartInfo) -> Option<Vec<usize>> {
    BEAUTY_LAYERS.iter().find_map(|&wanted| {
        let layer = layers(part).into_iter().find(|layer| layer.to_lowercase() == wanted)?;
        triple_of(part, &format!("{layer}."))
    })
}

fn luma_chroma(part: &PartInfo) -> Option<Vec<usize>> {
    LUMA_CHROMA.iter().map(|name| channel(part, name)).collect()
}

fn luminance(part: &PartInfo) -> Option<Vec<usize>> {
    channel(part, "Y").map(|index| vec![index])
}

fn first_triple(part: &PartInfo) -> Option<Vec<usize>> {
    let coloured = layers(part).into_iter().find_map(|layer| triple_of(part, &format!("{layer}.")));
    coloured.or_else(|| (part.channels.len() >= 3).then(|| vec![0, 1, 2]))
}

fn first_channel(part: &PartInfo) -> Option<Vec<usize>> {
    (!part.channels.is_empty()).then(|| vec![0])
}

fn triple_of(part: &PartInfo, prefix: &str) -> Option<Vec<usize>> {
    TRIPLES.iter().find_map(|triple| {
        triple.iter().map(|suffix| channel(part, &format!("{prefix}{suffix}"))).collect()
    })
}

fn channel(part: &PartInfo, name: &str) -> Option<usize> {
    part.channels.iter().position(|channel| channel.name == name)
}

/// The layers of a part, each once, those of its default view first.
fn layers(part: &PartInfo) -> Vec<&str> {
    let mut layers: Vec<&str> = part.channels.iter().filter_map(layer_of).collect();
    layers.dedup();
    if let Some(Attribute::Texts(views)) = part.attributes.get("multiView") {
        let default = views.first().map_or("", String::as_str);
        layers.sort_by_key(|layer| !layer.starts_with(default));
    }
    layers
}

fn layer_of(channel: &ChannelInfo) -> Option<&str> {
    channel.name.rsplit_once('.').map(|(layer, _)| layer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SampleType;

    fn part(view: Option<&str>, names: &[&str]) -> PartInfo {
        let channel = |name: &&str| ChannelInfo {
            name: (*name).into(),
            sample_type: SampleType::Half,
            sampling: [1, 1],
        };
        let mut part = PartInfo::new(1, 1);
        part.view = view.map(Into::into);
        part.channels = names.iter().map(channel).collect();
        part
    }

    fn picked(parts: Vec<PartInfo>) -> (usize, String) {
        let file = FileInfo { format: FORMAT, parts };
        let choice = beauty(&file).unwrap();
        (choice.part, choice.names(&file.parts[choice.part]).join(" "))
    }

    #[test]
    fn the_first_rule_that_finds_something_wins() {
        let cases: &[(&[&str], &str)] = &[
            (&["A", "B", "G", "R", "diffuse.B", "diffuse.G", "diffuse.R"], "R G B"),
            (
                &["Beauty.B", "Beauty.G", "Beauty.R", "Z", "aov.B", "aov.G", "aov.R"],
                "Beauty.R Beauty.G Beauty.B",
            ),
            (&["A", "Y", "aov.B", "aov.G", "aov.R"], "Y"),
            (&["A", "BY", "RY", "Y"], "RY Y BY"),
            (&["RY", "Y"], "Y"),
            (&["Z", "aov.B", "aov.G", "aov.R"], "aov.R aov.G aov.B"),
            (&["N.x", "N.y", "N.z"], "N.x N.y N.z"),
            (&["Z"], "Z"),
            (&["forward.u", "forward.v"], "forward.u"),
        ];
        for (names, want) in cases {
            assert_eq!(picked(vec![part(None, names)]), (0, (*want).to_owned()));
        }
    }

    #[test]
    fn left_and_hero_come_before_other_views_and_colour_before_either() {
        let rgb = ["B", "G", "R"];
        let stereo = |first, second| vec![part(Some(first), &rgb), part(Some(second), &rgb)];
        assert_eq!(picked(stereo("right", "left")).0, 1);
        assert_eq!(picked(stereo("left", "hero")).0, 1);
        assert_eq!(picked(stereo("a", "b")).0, 0);
        assert_eq!(picked(vec![part(Some("left"), &["Z"]), part(Some("right"), &rgb)]).0, 1);
    }
}
