//! What a picture may be chosen from: the channels of one view of one part, by layer.
//!
//! A file holds its views as parts with a `view` each, or in one part whose `multiView` lists them,
//! the default first. There a channel's view is the word before its last (`diffuse.left.R`); a
//! channel without one is the default view's ("Storing Multi-View Images in OpenEXR Files").

use super::kind::Kind;
use crate::decode::no_such;
use crate::error::Result;
use crate::image::{Attribute, FileInfo, PartInfo};

/// Views that come first where a file does not say which is its default.
const FIRST_VIEWS: &[&str] = &["hero", "left"];

/// A channel, and what its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// Its index in the part.
    pub(super) index: usize,
    /// Its layer, without the view; empty for none.
    pub(super) layer: String,
    /// What comes after the last dot.
    pub(super) suffix: String,
    pub(super) kind: Kind,
}

impl Label {
    /// The last word of its layer, in lower case.
    pub(super) fn pass(&self) -> String {
        last_word(&self.layer).to_lowercase()
    }
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

    /// The channel of a layer with a suffix.
    pub(super) fn channel(&self, layer: &str, suffix: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.layer == layer && label.suffix == suffix)
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
    let each = |(part, info)| views_of(part, info);
    let mut scopes: Vec<_> = file.parts.iter().enumerate().flat_map(each).collect();
    scopes.sort_by_key(|scope| (scope.rank(), scope.is_deep()));
    scopes
}

fn views_of(part: usize, info: &PartInfo) -> Vec<Scope<'_>> {
    let Some(Attribute::Texts(views)) = info.attributes.get("multiView") else {
        return vec![Scope::new(part, info, info.view.clone(), labels(info, &[]).0)];
    };
    let (labels, of_view) = labels(info, views);
    let of = |at: usize| {
        let mine = labels.iter().zip(&of_view).filter(|(_, view)| **view == at);
        let mine = mine.map(|(label, _)| label.clone()).collect();
        Scope { default: at == 0, ..Scope::new(part, info, views.get(at).cloned(), mine) }
    };
    (0..views.len().max(1)).map(of).filter(|scope| !scope.labels.is_empty()).collect()
}

/// The channels of a part, and the view of each.
fn labels(info: &PartInfo, views: &[String]) -> (Vec<Label>, Vec<usize>) {
    let label = |(index, channel): (usize, &crate::image::ChannelInfo)| {
        let mut words: Vec<&str> = channel.name.split('.').collect();
        let suffix = words.pop().unwrap_or_default().to_owned();
        let view = words.last().and_then(|word| views.iter().position(|view| view == word));
        words.truncate(words.len() - usize::from(view.is_some()));
        let layer = words.join(".");
        let kind = Kind::of(info, &layer, &suffix, channel.sample_type);
        (Label { index, layer, suffix, kind }, view.unwrap_or(0))
    };
    info.channels.iter().enumerate().map(label).unzip()
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

fn layer_of(channel: &str) -> &str {
    channel.rsplit_once('.').map_or("", |(layer, _)| layer)
}

fn last_word(layer: &str) -> &str {
    layer.rsplit_once('.').map_or(layer, |(_, word)| word)
}
