//! What a picture may be chosen from: the channels of one view of one part, by layer.
//!
//! A file holds its views as parts with a `view` each, or in one part whose `multiView` lists them,
//! the default first. There a channel's view is the word before its last (`diffuse.left.R`); a
//! channel without one is the default view's ("Storing Multi-View Images in OpenEXR Files").

use std::collections::BTreeMap;

use super::kind::{Context, Kind, cryptomattes};
use super::names;
use crate::decode::no_such;
use crate::error::Result;
use crate::image::{Attribute, FileInfo, PartInfo};

/// Views that come first where a file does not say which is its default.
const FIRST_VIEWS: &[&str] = &["hero", "left"];

/// More channels of one layer than can be spelled as R, G, B.
const SPELLINGS: usize = 64;

/// A channel, and what its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// Its index in the part.
    pub(super) index: usize,
    /// Its layer, without the view; empty for none.
    pub(super) layer: String,
    /// What it is of its layer, such as `R`.
    pub(super) suffix: String,
    pub(super) kind: Kind,
}

/// The channels of one view of one part.
#[derive(Debug, Clone)]
pub(super) struct Scope<'a> {
    /// The part's index in the file.
    pub(super) part: usize,
    pub(super) info: &'a PartInfo,
    pub(super) view: Option<String>,
    /// Whether the view is one that the part names as its default.
    default: bool,
    /// The layer whose channels are the picture: none, or the one that was named.
    pub(super) layer: String,
    pub(super) labels: Vec<Label>,
}

impl<'a> Scope<'a> {
    fn new(part: usize, info: &'a PartInfo, view: Option<String>, labels: Vec<Label>) -> Self {
        let (default, layer) = (view.is_none(), String::new());
        Self { part, info, view, default, layer, labels }
    }

    /// The channel of a layer that is called exactly so.
    pub(super) fn channel(&self, layer: &str, suffix: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.layer == layer && label.suffix == suffix)
    }

    /// The channels of a layer that are red, green and blue, where their names say so and none that
    /// they are no colour. Those that are spelled alike come before others.
    pub(super) fn colour_channels(&self, layer: &str) -> [Option<usize>; 3] {
        let is_ours = |label: &&Label| {
            let is_colour = label.kind == Kind::Colour && names::colour(&label.suffix).is_some();
            is_colour && label.layer == layer
        };
        let ours: Vec<_> = self.labels.iter().filter(is_ours).take(SPELLINGS).collect();
        let find = |at: usize, like: Option<&Label>| {
            let is_it = |label: &&&Label| {
                names::colour(&label.suffix) == Some(at)
                    && like.is_none_or(|like| spelling(&like.suffix) == spelling(&label.suffix))
            };
            ours.iter().find(is_it).map(|label| label.index)
        };
        let alike = ours.iter().map(|first| [0, 1, 2].map(|at| find(at, Some(first))));
        let whole = alike.into_iter().find(|found| found.iter().all(Option::is_some));
        whole.unwrap_or_else(|| [0, 1, 2].map(|at| find(at, None)))
    }

    /// The same where all three are there.
    pub(super) fn colours(&self, layer: &str) -> Option<Vec<usize>> {
        self.colour_channels(layer).into_iter().collect()
    }

    /// The layer that a channel is of, or the part where it has none.
    pub(super) fn name_of<'b>(&'b self, label: &'b Label) -> &'b str {
        match label.layer.as_str() {
            "" => self.info.name.as_deref().unwrap_or(""),
            layer => layer,
        }
    }

    /// The names of the channels without a layer, in one.
    pub(super) fn plain_channels(&self) -> String {
        let plain = self.labels.iter().filter(|label| label.layer.is_empty());
        plain.map(|label| label.suffix.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Whether both are of one view, and neither is a deep copy of the other.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        self.view == other.view && self.is_deep() == other.is_deep()
    }

    /// Its layers, each once, as they come.
    pub(super) fn layers(&self) -> Vec<&str> {
        let mut layers: Vec<&str> = Vec::new();
        for label in &self.labels {
            if !layers.contains(&label.layer.as_str()) {
                layers.push(&label.layer);
            }
        }
        layers
    }

    /// Only the channels of a layer, by its name with or without the view.
    fn of_layer(&self, name: &str) -> Option<Self> {
        let stored = |label: &Label| layer_of(&self.info.channels[label.index].name) == name;
        let ours = |label: &&Label| label.layer == name || stored(label);
        let labels: Vec<_> = self.labels.iter().filter(ours).cloned().collect();
        let layer = labels.first()?.layer.clone();
        Some(Self { layer, labels, ..self.clone() })
    }

    /// Whether its pixels hold several samples, as the layout says.
    fn is_deep(&self) -> bool {
        self.info.layout.starts_with("deep ")
    }

    fn rank(&self) -> usize {
        match &self.view {
            Some(view) if !self.default => {
                let view = view.to_lowercase();
                FIRST_VIEWS.iter().position(|&first| first == view).unwrap_or(FIRST_VIEWS.len())
            }
            _ => 0,
        }
    }
}

/// Every view of every part in the file's order, but first views before the others, and of a view
/// what is flat before what is deep: it is what the renderer made of the same samples.
pub(super) fn all(file: &FileInfo) -> Vec<Scope<'_>> {
    let cryptomattes = cryptomattes(file);
    let each = |(part, info)| views_of(part, info, &cryptomattes);
    let mut scopes: Vec<_> = file.parts.iter().enumerate().flat_map(each).collect();
    scopes.sort_by_key(|scope| (scope.rank(), scope.is_deep()));
    scopes
}

fn views_of<'a>(part: usize, info: &'a PartInfo, cryptomattes: &[String]) -> Vec<Scope<'a>> {
    let context = Context::new(info, cryptomattes);
    let Some(Attribute::Texts(views)) = info.attributes.get("multiView") else {
        return vec![Scope::new(part, info, info.view.clone(), labels(info, &[], &context).0)];
    };
    let (labels, of_view) = labels(info, views, &context);
    let of = |at: usize| {
        let mine = labels.iter().zip(&of_view).filter(|(_, view)| **view == at);
        let mine = mine.map(|(label, _)| label.clone()).collect();
        Scope { default: at == 0, ..Scope::new(part, info, views.get(at).cloned(), mine) }
    };
    (0..views.len().max(1)).map(of).filter(|scope| !scope.labels.is_empty()).collect()
}

/// The channels of a part, and the view of each.
fn labels(info: &PartInfo, views: &[String], context: &Context<'_>) -> (Vec<Label>, Vec<usize>) {
    let mut cuts = names::cut(info.channels.iter().map(|channel| channel.name.as_str()));
    let of_view: Vec<_> = cuts.iter_mut().map(|(layer, _)| take_view(layer, views)).collect();
    let mut axes: BTreeMap<&str, u8> = BTreeMap::new();
    for (layer, axis) in cuts.iter().filter_map(|(layer, name)| Some((layer, names::axis(name)?))) {
        *axes.entry(layer).or_default() |= 1 << axis;
    }
    let label = |(index, (layer, suffix)): (usize, &(String, String))| {
        let samples = info.channels[index].sample_type;
        let has_axes = axes.get(layer.as_str()) == Some(&0b111);
        let kind = context.kind(layer, suffix, samples, has_axes);
        Label { index, layer: layer.clone(), suffix: suffix.clone(), kind }
    };
    (cuts.iter().enumerate().map(label).collect(), of_view)
}

/// Takes the view off the end of a layer, and gives its number; the first one is not named.
fn take_view(layer: &mut String, views: &[String]) -> usize {
    let found = views.iter().position(|view| last_word(layer) == view);
    if found.is_some() {
        let end = layer.rfind('.').unwrap_or(0);
        layer.truncate(end);
    }
    found.unwrap_or(0)
}

/// Keeps the part of a name or a number.
pub(super) fn of_part<'a>(
    scopes: Vec<Scope<'a>>,
    file: &FileInfo,
    wanted: &str,
) -> Result<Vec<Scope<'a>>> {
    let named = file.parts.iter().position(|part| part.name.as_deref() == Some(wanted));
    let numbered = || wanted.parse().ok().filter(|&number| number < file.parts.len());
    let Some(part) = named.or_else(numbered) else {
        let name = |(number, part): (usize, &PartInfo)| match &part.name {
            Some(name) => name.clone(),
            None => number.to_string(),
        };
        return Err(no_such("part", wanted, file.parts.iter().enumerate().map(name)));
    };
    Ok(scopes.into_iter().filter(|scope| scope.part == part).collect())
}

/// Keeps what is of a view.
pub(super) fn of_view<'a>(scopes: Vec<Scope<'a>>, wanted: &str) -> Result<Vec<Scope<'a>>> {
    let (ours, others): (Vec<_>, Vec<_>) =
        scopes.into_iter().partition(|scope| scope.view.as_deref() == Some(wanted));
    if ours.is_empty() {
        return Err(no_such("view", wanted, others.into_iter().filter_map(|scope| scope.view)));
    }
    Ok(ours)
}

/// Keeps the channels of a layer, or the channel of a whole name.
pub(super) fn of_layer<'a>(scopes: &[Scope<'a>], wanted: &str) -> Result<Vec<Scope<'a>>> {
    let ours: Vec<_> = scopes.iter().filter_map(|scope| scope.of_layer(wanted)).collect();
    let ours = if wanted.is_empty() || ours.is_empty() { of_channel(scopes, wanted) } else { ours };
    if ours.is_empty() {
        return Err(no_such("layer", wanted, scopes.iter().flat_map(names)));
    }
    Ok(ours)
}

fn of_channel<'a>(scopes: &[Scope<'a>], wanted: &str) -> Vec<Scope<'a>> {
    let one = |scope: &Scope<'a>| {
        let named = |label: &&Label| scope.info.channels[label.index].name == wanted;
        let label = scope.labels.iter().find(named)?.clone();
        Some(Scope { labels: vec![label], ..scope.clone() })
    };
    scopes.iter().filter_map(one).collect()
}

/// What a layer may be named: the layers, and the channels without one.
fn names(scope: &Scope<'_>) -> Vec<String> {
    let layers = scope.layers().into_iter().filter(|layer| !layer.is_empty()).map(Into::into);
    let plain = scope.labels.iter().filter(|label| label.layer.is_empty());
    layers.chain(plain.map(|label| label.suffix.clone())).collect()
}

/// How a name is spelled: whether it is long, and in which letters it starts and ends.
fn spelling(name: &str) -> (bool, bool, bool) {
    let is_upper = |letter: Option<char>| letter.is_some_and(char::is_uppercase);
    (name.len() > 1, is_upper(name.chars().next()), is_upper(name.chars().last()))
}

fn layer_of(channel: &str) -> &str {
    channel.rsplit_once('.').map_or("", |(layer, _)| layer)
}

fn last_word(layer: &str) -> &str {
    layer.rsplit_once('.').map_or(layer, |(_, word)| word)
}
