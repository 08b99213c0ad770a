//! Which of all that has R, G, B is the beauty: the picture with all its light.
//!
//! In a file of one part, R, G, B without a layer are. In a file of several the parts' names tell,
//! and in any the layers' names do ([`likeness`]). What is so called exactly comes before what is
//! nearly, R, G, B without a layer before a layer, and a part whose name says nothing before one whose
//! name says something else.

use super::{Choice, Shown};
use crate::decode::exr::beauty::{Likeness, is_of_the_whole, likeness, says_nothing};
use crate::decode::exr::scope::Scope;

/// Why R, G, B without a layer are the picture.
pub(super) const PLAIN: &str = "R, G, B";

/// What a place is that has R, G, B, the most wanted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// They have no layer, and there is one part.
    Only,
    /// The name is that of the beauty.
    Called(Likeness),
    /// They have no layer, and the part's name says nothing.
    Unnamed,
    /// The name starts with that of the beauty.
    Alike,
    /// They have no layer, and the part is called something else.
    Part,
}

impl Rank {
    fn reason(self, is_layer: bool) -> &'static str {
        match self {
            Self::Only => PLAIN,
            Self::Called(_) | Self::Alike if is_layer => "a layer named like a beauty pass",
            Self::Called(_) | Self::Alike => "a part named like a beauty pass",
            Self::Unnamed | Self::Part => "R, G, B of the first part that has them",
        }
    }

    /// Whether a name, or that there is nothing else, tells that it is the picture.
    fn is_certain(self) -> bool {
        matches!(self, Self::Only | Self::Called(_))
    }
}

/// A place with R, G, B.
struct Place<'a> {
    scope: &'a Scope<'a>,
    layer: &'a str,
    channels: Vec<usize>,
    rank: Rank,
}

impl Place<'_> {
    /// What decides, the least first; then comes the order of scopes and layers.
    fn key(&self) -> (Rank, bool, bool) {
        let is_layer = self.layer != self.scope.layer;
        (self.rank, is_layer, is_layer && !is_of_the_whole(self.layer))
    }
}

/// Finds the beauty.
pub(super) fn find(scopes: &[Scope<'_>]) -> Option<Choice> {
    let is_one_part = scopes.iter().all(|scope| scope.part == scopes[0].part);
    let mut places: Vec<_> = scopes.iter().flat_map(|scope| places(scope, is_one_part)).collect();
    places.sort_by_key(Place::key);
    let best = places.first()?;
    let ties = places[1..].iter().any(|other| other.key() == best.key() && is_beside(other, best));
    let is_certain = best.rank.is_certain() && !ties;
    let warning = if is_certain { None } else { others(scopes, best.scope, &best.channels) };
    Some(Choice {
        part: best.scope.part,
        channels: best.channels.clone(),
        shown: Shown::Stored,
        reason: best.rank.reason(best.layer != best.scope.layer),
        warning,
    })
}

fn is_beside(one: &Place<'_>, other: &Place<'_>) -> bool {
    one.scope.is_beside(other.scope)
}

fn places<'a>(scope: &'a Scope<'a>, is_one_part: bool) -> impl Iterator<Item = Place<'a>> {
    scope.layers().into_iter().filter_map(move |layer| {
        let channels = scope.colours(layer)?;
        let is_plain = layer == scope.layer;
        let rank = if is_plain { of_part(scope, is_one_part) } else { of_layer(layer)? };
        Some(Place { scope, layer, channels, rank })
    })
}

fn of_part(scope: &Scope<'_>, is_one_part: bool) -> Rank {
    let name = scope.info.name.as_deref().unwrap_or("");
    match likeness(name) {
        _ if is_one_part => Rank::Only,
        Some(Likeness::Far) => Rank::Alike,
        Some(like) => Rank::Called(like),
        None if says_nothing(name) => Rank::Unnamed,
        None => Rank::Part,
    }
}

fn of_layer(layer: &str) -> Option<Rank> {
    Some(match likeness(layer)? {
        Likeness::Far => Rank::Alike,
        like => Rank::Called(like),
    })
}

/// How many names are told at the most.
const MOST: usize = 8;

/// Says that no name told which is the picture, and what else there is: other colours, else other
/// numbers, of the same view. `None` where there is nothing.
pub(super) fn others(
    scopes: &[Scope<'_>],
    shown: &Scope<'_>,
    channels: &[usize],
) -> Option<String> {
    let is_one_part = scopes.iter().all(|scope| scope.part == scopes[0].part);
    let name = |scope: &Scope<'_>, layer: &str| named(scope, layer, is_one_part);
    let label = shown.labels.iter().find(|label| channels.contains(&label.index))?;
    let mine = name(shown, &label.layer);
    let beside = || scopes.iter().filter(|scope| scope.is_beside(shown));
    let of = |with_colours: bool| {
        let mut names: Vec<String> = Vec::new();
        for scope in beside() {
            let layers = scope.layers().into_iter();
            let layers = layers.filter(|layer| !with_colours || scope.colours(layer).is_some());
            for name in layers.map(|layer| name(scope, layer)) {
                if name != mine && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    };
    let names = Some(of(true)).filter(|names| !names.is_empty()).unwrap_or_else(|| of(false));
    let more = names.len().saturating_sub(MOST);
    let listed = names.iter().take(MOST).map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let listed = listed.join(", ");
    (!names.is_empty()).then(|| {
        format!(
            "no name says which is the picture: `{mine}` is shown; there is also {listed}{more}"
        )
    })
}

/// What a layer of a part is called, with the part where there are several.
fn named(scope: &Scope<'_>, layer: &str, is_one_part: bool) -> String {
    let number = scope.part.to_string();
    let part = scope.info.name.as_deref().unwrap_or(&number);
    match (layer, is_one_part) {
        ("", true) => scope.plain_channels(),
        (layer, true) => layer.to_owned(),
        ("", false) => part.to_owned(),
        (layer, false) => format!("{part}/{layer}"),
    }
}
