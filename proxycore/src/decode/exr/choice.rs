//! Which part and channels are the picture: those that the caller names, else the ones that a
//! person would pick.
//!
//! The first rule that finds something wins, in the first view before the others. Colour comes
//! first ([`beauties`]): the beauty, as names tell it; luminance with its chroma, or as grey; any other
//! layer with R, G, B. Then come two of R, G, B, the first three channels of a layer, and the first
//! channel as grey. Channels whose names say that they are no colour ([`Kind`]) are passed over there,
//! and shown only where there is nothing else: as grey or in false colours ([`Look`]).
//!
//! Where no name tells which of several is the picture, a warning says what else there is.

mod beauties;
#[cfg(test)]
mod tests;

use super::FORMAT;
use super::falsecolor::Look;
use super::kind::{Kind, is_called_colour};
use super::names::{axis, colour};
use super::scope::{self, Label, Scope};
use crate::decode::Selection;
use crate::error::{Error, Result};
use crate::image::{FileInfo, PartInfo};

/// Luminance and its chroma, each at the colour that is made of it.
const LUMA_CHROMA: [&str; 3] = ["RY", "Y", "BY"];

/// Every how many columns and rows chroma may have a sample.
const CHROMA_SAMPLINGS: &[[u32; 2]] = &[[1, 1], [2, 2]];

/// What becomes of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Three channels as R, G, B, or one as grey.
    Stored,
    /// Two channels at these places of R, G, B; the third is black.
    Pair([usize; 2]),
    /// R, G, B are made of luminance and chroma.
    LumaChroma,
    /// They are no colour.
    Data(Look),
}

/// A part, and its channels to show.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) part: usize,
    pub(super) channels: Vec<usize>,
    pub(super) shown: Shown,
    pub(super) reason: &'static str,
    /// What else there is, where no name told that this is the picture.
    pub(super) warning: Option<String>,
}

impl Choice {
    pub(super) fn names(&self, part: &PartInfo) -> Vec<String> {
        self.channels.iter().map(|&index| part.channels[index].name.clone()).collect()
    }

    /// Checks that the channels are full, or that their chroma is sampled as OpenEXR does.
    pub(super) fn check_sampling(&self, part: &PartInfo) -> Result<()> {
        let sampling = |index: usize| part.channels[index].sampling;
        if self.shown == Shown::LumaChroma {
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

/// The channels that a rule found, by index, and what they are shown as.
type Found = (Vec<usize>, Shown);

/// Finds channels to show in a view of a part, for a reason.
type Rule = (fn(&Scope<'_>) -> Option<Found>, &'static str);

/// The rules for files that have no beauty, first the most wanted.
const RULES: &[Rule] = &[
    (luma_chroma, "luminance with its chroma"),
    (luminance, "luminance, as grey"),
    (first_layer, "the first layer with R, G, B"),
    (pair, "two of R, G, B, the third black"),
    (first_three, "the first three channels"),
    (first_channel, "the first channel, as grey"),
    (depth, "no colour: depth, as grey"),
    (normals, "no colour: normals, as R, G, B"),
    (cryptomatte, "no colour: a cryptomatte, each object in a colour of its own"),
    (ids, "no colour: ids, each in a colour of its own"),
    (motion, "no colour: motion, around mid grey"),
    (position, "no colour: positions, as R, G, B"),
    (vector, "no colour: the axes of a vector, as R, G, B"),
    (mattes, "no colour: mattes, as R, G, B"),
    (measure, "no colour: a measure, as grey"),
    (any, "no colour: the first channel, as grey"),
];

/// Rules of which nothing else in the file may be the picture as well.
const CERTAIN: usize = 2;

/// Picks what the caller names, else the beauty of a file.
pub(super) fn choose(file: &FileInfo, selection: &Selection) -> Result<Choice> {
    let mut scopes = scope::all(file);
    let several = scopes.iter().any(|scope| scope.view != scopes[0].view);
    if let Some(part) = &selection.part {
        scopes = scope::of_part(scopes, file, part)?;
    }
    if let Some(view) = &selection.view {
        scopes = scope::of_view(scopes, view)?;
    }
    if let Some(layer) = &selection.layer {
        scopes = scope::of_layer(&scopes, layer)?;
    }
    let mut choice = beauties::find(&scopes)
        .or_else(|| by_rules(&scopes))
        .ok_or_else(|| Error::corrupt(FORMAT, "the file has no channels"))?;
    if several && selection.view.is_none() && choice.reason == beauties::PLAIN {
        choice.reason = "R, G, B of the first view";
    }
    choice.warning.take_if(|_| selection.layer.is_some());
    Ok(choice)
}

fn by_rules(scopes: &[Scope<'_>]) -> Option<Choice> {
    let found = RULES.iter().enumerate().find_map(|(at, &(find, reason))| {
        let found = scopes.iter().find_map(|scope| Some((scope, find(scope)?)))?;
        Some((at, found, reason))
    });
    let (at, (scope, (channels, shown)), reason) = found?;
    let warning = (at >= CERTAIN).then(|| beauties::others(scopes, scope, &channels)).flatten();
    Some(Choice { part: scope.part, channels, shown, reason, warning })
}

fn luma_chroma(scope: &Scope<'_>) -> Option<Found> {
    let of = |suffix: &&str| scope.channel(&scope.layer, suffix).map(|label| label.index);
    Some((LUMA_CHROMA.iter().map(of).collect::<Option<_>>()?, Shown::LumaChroma))
}

fn luminance(scope: &Scope<'_>) -> Option<Found> {
    let luminance = scope.channel(&scope.layer, "Y").filter(|label| label.kind == Kind::Colour)?;
    stored(vec![luminance.index])
}

fn first_layer(scope: &Scope<'_>) -> Option<Found> {
    stored(scope.layers().into_iter().find_map(|layer| scope.colours(layer))?)
}

/// Two of R, G, B, of no layer before those of one.
fn pair(scope: &Scope<'_>) -> Option<Found> {
    let layers = std::iter::once(scope.layer.as_str()).chain(scope.layers());
    let of_layer = |layer: &str| {
        let found: Vec<_> = scope.colour_channels(layer).into_iter().enumerate().collect();
        let found: Vec<_> = found.into_iter().filter_map(|(at, one)| Some((at, one?))).collect();
        let [(first, one), (second, other)] = found[..] else { return None };
        Some((vec![one, other], Shown::Pair([first, second])))
    };
    layers.into_iter().find_map(of_layer)
}

/// Three channels of one layer, or of all. Those that start with b, g, r are turned around.
fn first_three(scope: &Scope<'_>) -> Option<Found> {
    let colours: Vec<_> = of_kind(scope, Kind::Colour).collect();
    let of_layer = |layer: &str| colours.iter().filter(|label| label.layer == layer).count() >= 3;
    let layer = scope.layers().into_iter().find(|layer| of_layer(layer));
    let ours = |label: &&&Label| layer.is_none_or(|layer| label.layer == layer);
    let mut three: Vec<_> = colours.iter().filter(ours).take(3).collect();
    let starts = |label: &&&Label| label.suffix.chars().next().map(|one| one.to_ascii_lowercase());
    if three.iter().map(starts).eq(['b', 'g', 'r'].map(Some)) {
        three.reverse();
    }
    let channels: Vec<_> = three.into_iter().map(|label| label.index).collect();
    if channels.len() == 3 { stored(channels) } else { None }
}

/// A channel that is not called a colour may be a measure of anything.
fn first_channel(scope: &Scope<'_>) -> Option<Found> {
    let first = of_kind(scope, Kind::Colour).next()?;
    let called = is_called_colour(&first.suffix);
    Some((vec![first.index], if called { Shown::Stored } else { Shown::Data(Look::Grey) }))
}

fn depth(scope: &Scope<'_>) -> Option<Found> {
    data(first_of(scope, Kind::Depth).into_iter(), 1, Look::Depth)
}

fn normals(scope: &Scope<'_>) -> Option<Found> {
    data(axes(scope, Kind::Normal)?.into_iter(), 3, Look::Normal)
}

/// The first two ranks: R and B are ids, G and A the coverages of each. A layer without a number is
/// a picture for old readers, and comes after.
fn cryptomatte(scope: &Scope<'_>) -> Option<Found> {
    let numbered = |label: &&Label| scope.name_of(label).ends_with("00");
    let mut all = of_kind(scope, Kind::Cryptomatte);
    let first = all.clone().find(numbered).or_else(|| all.next())?;
    let of_layer = || of_kind(scope, Kind::Cryptomatte).filter(|label| label.layer == first.layer);
    let of = |names: &[&str; 2]| {
        of_layer().find(|label| names.iter().any(|name| label.suffix.eq_ignore_ascii_case(name)))
    };
    let ranks: Option<Vec<_>> =
        [["R", "red"], ["G", "green"], ["B", "blue"], ["A", "alpha"]].iter().map(of).collect();
    match ranks {
        Some(ranks) => data(ranks.into_iter(), 4, Look::Cryptomatte),
        None => data([first].into_iter(), 1, Look::Ids),
    }
}

fn ids(scope: &Scope<'_>) -> Option<Found> {
    data(first_of(scope, Kind::Id).into_iter(), 1, Look::Ids)
}

fn motion(scope: &Scope<'_>) -> Option<Found> {
    data(axes(scope, Kind::Motion)?.into_iter().take(2), 1, Look::Motion)
}

fn position(scope: &Scope<'_>) -> Option<Found> {
    data(axes(scope, Kind::Position)?.into_iter(), 2, Look::Position)
}

fn vector(scope: &Scope<'_>) -> Option<Found> {
    data(axes(scope, Kind::Vector)?.into_iter(), 3, Look::Vector)
}

fn mattes(scope: &Scope<'_>) -> Option<Found> {
    data(axes(scope, Kind::Mask)?.into_iter(), 3, Look::Position)
}

fn measure(scope: &Scope<'_>) -> Option<Found> {
    data(first_of(scope, Kind::Measure).into_iter(), 1, Look::Grey)
}

fn any(scope: &Scope<'_>) -> Option<Found> {
    data(scope.labels.iter().take(1), 1, Look::Grey)
}

fn stored(channels: Vec<usize>) -> Option<Found> {
    Some((channels, Shown::Stored))
}

/// Channels that are no colour, where there are enough of them for a look.
fn data<'a>(labels: impl Iterator<Item = &'a Label>, least: usize, look: Look) -> Option<Found> {
    let channels: Vec<_> = labels.map(|label| label.index).collect();
    (channels.len() >= least).then_some((channels, Shown::Data(look)))
}

fn of_kind<'a>(scope: &'a Scope<'_>, kind: Kind) -> impl Iterator<Item = &'a Label> + Clone {
    scope.labels.iter().filter(move |label| label.kind == kind)
}

/// The first channel of a kind: of one that is written as a colour, red.
fn first_of<'a>(scope: &'a Scope<'_>, kind: Kind) -> Option<&'a Label> {
    let first = of_kind(scope, kind).next()?;
    let red = |label: &&Label| label.layer == first.layer && colour(&label.suffix) == Some(0);
    of_kind(scope, kind).find(red).or(Some(first))
}

/// Where an axis of a surface is among its own.
fn surface(channel: &str) -> Option<usize> {
    ["u", "v"].iter().position(|name| channel.eq_ignore_ascii_case(name))
}

/// Which of its kind a channel is: of space, of a surface, or of either written as a colour.
const AXES: &[fn(&str) -> Option<usize>] = &[axis, surface, colour];

/// The axes that the first layer of a kind has, in their order.
fn axes<'a>(scope: &'a Scope<'_>, kind: Kind) -> Option<Vec<&'a Label>> {
    let layer = &of_kind(scope, kind).next()?.layer;
    let ours = of_kind(scope, kind).filter(|label| label.layer == *layer);
    let found = AXES.iter().map(|place| {
        let mut found: Vec<_> =
            ours.clone().filter_map(|label| Some((place(&label.suffix)?, label))).collect();
        found.sort_by_key(|(place, _)| *place);
        found.dedup_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, label)| label).collect::<Vec<_>>()
    });
    found.into_iter().find(|axes| !axes.is_empty())
}
