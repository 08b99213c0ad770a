//! Which part and channels are the picture: those that the caller names, else the ones that a
//! person would pick.
//!
//! The first rule that finds something wins, in the first view before the others. Colour comes
//! first: R, G, B; a layer that is named like a beauty pass; Y with its chroma, or as grey; the
//! first three channels of a layer; the first channel as grey. Channels whose names say that they
//! are no colour ([`Kind`]) are passed over there, and shown only where there is nothing else: as
//! grey or in false colours ([`Look`]).

use super::FORMAT;
use super::falsecolor::Look;
use super::kind::{Kind, is_called_colour};
use super::scope::{self, Label, Scope};
use crate::decode::Selection;
use crate::error::{Error, Result};
use crate::image::{FileInfo, PartInfo};

/// Layers that renderers name their beauty pass, in lower case.
const BEAUTY_LAYERS: &[&str] = &["rgba", "rgb", "beauty", "combined", "c", "main", "master"];

/// Suffixes of the three channels of a colour, in order.
const TRIPLES: &[[&str; 3]] =
    &[["R", "G", "B"], ["r", "g", "b"], ["red", "green", "blue"], ["Red", "Green", "Blue"]];

/// Luminance and its chroma, each at the colour that is made of it.
const LUMA_CHROMA: [&str; 3] = ["RY", "Y", "BY"];

/// Every how many columns and rows chroma may have a sample.
const CHROMA_SAMPLINGS: &[[u32; 2]] = &[[1, 1], [2, 2]];

/// What becomes of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Three channels as R, G, B, or one as grey.
    Stored,
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

/// The rules, first the most wanted.
const RULES: &[Rule] = &[
    (plain_rgb, "R, G, B"),
    (beauty_layer, "a layer named like a beauty pass"),
    (luma_chroma, "luminance with its chroma"),
    (luminance, "luminance, as grey"),
    (first_layer, "the first layer with R, G, B"),
    (first_three, "the first three channels"),
    (first_channel, "the first channel, as grey"),
    (depth, "no colour: depth, as grey"),
    (normals, "no colour: normals, as R, G, B"),
    (cryptomatte, "no colour: a cryptomatte, each object in a colour of its own"),
    (ids, "no colour: ids, each in a colour of its own"),
    (motion, "no colour: motion, around mid grey"),
    (position, "no colour: positions, as R, G, B"),
    (any, "no colour: the first channel, as grey"),
];

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
    let found = RULES.iter().find_map(|&(find, reason)| {
        let of = |scope: &Scope<'_>| find(scope).map(|found| (scope.part, found, reason));
        scopes.iter().find_map(of)
    });
    let (part, (channels, shown), reason) =
        found.ok_or_else(|| Error::corrupt(FORMAT, "the file has no channels"))?;
    let unnamed = several && selection.view.is_none() && reason == RULES[0].1;
    let reason = if unnamed { "R, G, B of the first view" } else { reason };
    Ok(Choice { part, channels, shown, reason })
}

fn plain_rgb(scope: &Scope<'_>) -> Option<Found> {
    stored(triple_of(scope, &scope.layer)?)
}

fn beauty_layer(scope: &Scope<'_>) -> Option<Found> {
    let named = |wanted: &str| {
        let mut labels = scope.labels.iter();
        labels.find_map(|label| {
            (label.pass() == wanted).then(|| triple_of(scope, &label.layer)).flatten()
        })
    };
    stored(BEAUTY_LAYERS.iter().find_map(|wanted| named(wanted))?)
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
    stored(scope.layers().into_iter().find_map(|layer| triple_of(scope, layer))?)
}

fn first_three(scope: &Scope<'_>) -> Option<Found> {
    let mut colours = of_kind(scope, Kind::Colour).map(|label| label.index);
    let three = [colours.next()?, colours.next()?, colours.next()?];
    stored(three.to_vec())
}

/// A channel that is not called a colour may be a measure of anything.
fn first_channel(scope: &Scope<'_>) -> Option<Found> {
    let first = of_kind(scope, Kind::Colour).next()?;
    let called = is_called_colour(&first.suffix);
    Some((vec![first.index], if called { Shown::Stored } else { Shown::Data(Look::Grey) }))
}

fn depth(scope: &Scope<'_>) -> Option<Found> {
    data(of_kind(scope, Kind::Depth).take(1), 1, Look::Depth)
}

fn normals(scope: &Scope<'_>) -> Option<Found> {
    data(axes(scope, Kind::Normal)?.into_iter(), 3, Look::Normal)
}

/// The first two ranks: R and B are ids, G and A the coverages of each. A layer without a number is
/// a picture for old readers, and comes after.
fn cryptomatte(scope: &Scope<'_>) -> Option<Found> {
    let numbered = |label: &&Label| label.layer.ends_with("00");
    let mut all = of_kind(scope, Kind::Cryptomatte);
    let first = all.clone().find(numbered).or_else(|| all.next())?;
    let of = |suffixes: &[&str; 2]| {
        suffixes.iter().find_map(|suffix| scope.channel(&first.layer, suffix))
    };
    let ranks: Option<Vec<_>> =
        [["R", "r"], ["G", "g"], ["B", "b"], ["A", "a"]].iter().map(of).collect();
    match ranks {
        Some(ranks) => data(ranks.into_iter(), 4, Look::Cryptomatte),
        None => data([first].into_iter(), 1, Look::Ids),
    }
}

fn ids(scope: &Scope<'_>) -> Option<Found> {
    data(of_kind(scope, Kind::Id).take(1), 1, Look::Ids)
}

fn motion(scope: &Scope<'_>) -> Option<Found> {
    data(axes(scope, Kind::Motion)?.into_iter().take(2), 1, Look::Motion)
}

fn position(scope: &Scope<'_>) -> Option<Found> {
    data(axes(scope, Kind::Position)?.into_iter(), 2, Look::Position)
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

/// Axes in their order: of space, of a surface, or of either written as a colour.
const AXES: &[&[&str]] = &[&["x", "y", "z"], &["u", "v"], &["r", "g", "b"]];

/// The axes that the first layer of a kind has.
fn axes<'a>(scope: &'a Scope<'_>, kind: Kind) -> Option<Vec<&'a Label>> {
    let layer = &of_kind(scope, kind).next()?.layer;
    let named = |axis: &&str| {
        of_kind(scope, kind)
            .find(|label| label.layer == *layer && label.suffix.eq_ignore_ascii_case(axis))
    };
    let found = AXES.iter().map(|axes| axes.iter().filter_map(named).collect::<Vec<_>>());
    found.into_iter().find(|axes| !axes.is_empty())
}

/// R, G, B of a layer, unless its name says that they are no colour.
fn triple_of(scope: &Scope<'_>, layer: &str) -> Option<Vec<usize>> {
    let colour = |suffix: &&str| {
        let label = scope.channel(layer, suffix)?;
        (label.kind == Kind::Colour).then_some(label.index)
    };
    TRIPLES.iter().find_map(|triple| triple.iter().map(colour).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::image::{Attribute, ChannelInfo, SampleType};

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

    fn named(name: &str, names: &[&str]) -> PartInfo {
        PartInfo { name: Some(name.into()), ..part(None, names) }
    }

    fn try_pick(parts: Vec<PartInfo>, selection: &Selection) -> Result<(usize, String, Choice)> {
        let file = FileInfo { format: FORMAT, parts };
        let choice = choose(&file, selection)?;
        Ok((choice.part, choice.names(&file.parts[choice.part]).join(" "), choice))
    }

    fn picked(parts: Vec<PartInfo>) -> (usize, String) {
        let (part, names, _) = try_pick(parts, &Selection::default()).unwrap();
        (part, names)
    }

    fn shown(names: &[&str]) -> (String, Shown, &'static str) {
        let (_, names, choice) = try_pick(vec![part(None, names)], &Selection::default()).unwrap();
        (names, choice.shown, choice.reason)
    }

    #[test]
    fn the_first_rule_that_finds_something_wins() {
        let cases: &[(&[&str], &str)] = &[
            (&["A", "B", "G", "R", "diffuse.B", "diffuse.G", "diffuse.R"], "R G B"),
            (
                &["Beauty.B", "Beauty.G", "Beauty.R", "Z", "aov.B", "aov.G", "aov.R"],
                "Beauty.R Beauty.G Beauty.B",
            ),
            (
                &["V.AO.B", "V.AO.G", "V.AO.R", "V.Combined.B", "V.Combined.G", "V.Combined.R"],
                "V.Combined.R V.Combined.G V.Combined.B",
            ),
            (&["A", "Y", "aov.B", "aov.G", "aov.R"], "Y"),
            (&["A", "BY", "RY", "Y"], "RY Y BY"),
            (&["RY", "Y"], "Y"),
            (&["Z", "aov.B", "aov.G", "aov.R"], "aov.R aov.G aov.B"),
            (&["N.B", "N.G", "N.R", "aov.B", "aov.G", "aov.R"], "aov.R aov.G aov.B"),
            (&["A", "one", "three", "two"], "one three two"),
            (&["Z", "foo"], "foo"),
        ];
        for (names, want) in cases {
            assert_eq!(picked(vec![part(None, names)]), (0, (*want).to_owned()));
        }
        assert_eq!(shown(&["B", "G", "R"]).2, "R, G, B");
    }

    #[test]
    fn what_is_no_colour_is_shown_only_where_there_is_none() {
        use Look::{Cryptomatte, Depth, Grey, Ids, Motion, Normal, Position};
        let crypto =
            ["CryptoObject00.A", "CryptoObject00.B", "CryptoObject00.G", "CryptoObject00.R"];
        let cases: &[(&[&str], &str, Look)] = &[
            (&["Z"], "Z", Depth),
            (&["A", "Z", "ZBack"], "Z", Depth),
            (&["N.x", "N.y", "N.z"], "N.x N.y N.z", Normal),
            (&["N.B", "N.G", "N.R"], "N.R N.G N.B", Normal),
            (&["forward.u", "forward.v"], "forward.u forward.v", Motion),
            (&["Vector.W", "Vector.X", "Vector.Y", "Vector.Z"], "Vector.X Vector.Y", Motion),
            (&["P.x", "P.y", "P.z"], "P.x P.y P.z", Position),
            (&["bounce.x", "bounce.y", "bounce.z"], "bounce.x bounce.y bounce.z", Position),
            (
                &crypto,
                "CryptoObject00.R CryptoObject00.G CryptoObject00.B CryptoObject00.A",
                Cryptomatte,
            ),
            (&["objectid"], "objectid", Ids),
            (&["A"], "A", Grey),
            (&["temperature"], "temperature", Grey),
        ];
        for (names, want, look) in cases {
            let (names, shown, reason) = shown(names);
            assert_eq!((names.as_str(), shown), (*want, Shown::Data(*look)), "{reason}");
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

    fn multi_view() -> PartInfo {
        let names = ["B", "G", "R", "Z", "aov.B", "aov.G", "aov.R"];
        let of = |view: &str| {
            let view = view.to_owned();
            names.map(|name| match name.rsplit_once('.') {
                Some((layer, suffix)) => format!("{layer}.{view}.{suffix}"),
                None => format!("{view}.{name}"),
            })
        };
        let all: Vec<String> = names.map(Into::into).into_iter().chain(of("left")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let mut part = part(None, &all);
        let views = ["right", "left"].map(Into::into).to_vec();
        part.attributes.insert("multiView".into(), Attribute::Texts(views));
        part
    }

    #[test]
    fn views_of_one_part_are_told_by_the_word_before_the_last() {
        let pick = |selection: Selection| try_pick(vec![multi_view()], &selection).unwrap();
        let (_, names, choice) = pick(Selection::default());
        assert_eq!((names.as_str(), choice.reason), ("R G B", "R, G, B of the first view"));
        assert_eq!(pick(Selection::default().with_view("right")).1, "R G B");
        let left = Selection::default().with_view("left");
        assert_eq!(pick(left.clone()).1, "left.R left.G left.B");
        assert_eq!(pick(left.clone().with_layer("aov")).1, "aov.left.R aov.left.G aov.left.B");
        assert_eq!(pick(Selection::default().with_layer("aov")).1, "aov.R aov.G aov.B");
        assert_eq!(pick(Selection::default().with_layer("left")).1, "left.R left.G left.B");
        assert_eq!(pick(left.with_layer("left.Z")).1, "left.Z");
    }

    #[test]
    fn parts_layers_and_channels_are_named() {
        let parts = || {
            let beauty = named("beauty", &["A", "B", "G", "R", "spec.B", "spec.G", "spec.R"]);
            vec![beauty, named("7", &["Z"]), part(None, &["foo"])]
        };
        let pick = |selection: Selection| {
            let (part, names, _) = try_pick(parts(), &selection).unwrap();
            (part, names)
        };
        let default = Selection::default;
        assert_eq!(pick(default().with_part("7")), (1, "Z".into()));
        assert_eq!(pick(default().with_part("1")), (1, "Z".into()));
        assert_eq!(pick(default().with_part("2")), (2, "foo".into()));
        assert_eq!(pick(default().with_layer("spec")), (0, "spec.R spec.G spec.B".into()));
        assert_eq!(pick(default().with_layer("spec.G")), (0, "spec.G".into()));
        assert_eq!(pick(default().with_layer("G")), (0, "G".into()));
        assert_eq!(pick(default().with_layer("Z")), (1, "Z".into()));
        let (_, _, choice) = try_pick(parts(), &default().with_layer("spec.G")).unwrap();
        assert_eq!(choice.shown, Shown::Stored);
    }

    #[test]
    fn what_is_not_there_is_refused_with_what_is() {
        let parts =
            || vec![named("beauty", &["B", "G", "R", "spec.R"]), part(Some("left"), &["Z"])];
        let refused = |selection: Selection| {
            let error = try_pick(parts(), &selection).unwrap_err();
            let ErrorKind::NoSuch { what, available, .. } = error.kind() else { panic!("{error}") };
            (*what, available.join(" "))
        };
        let default = Selection::default;
        assert_eq!(refused(default().with_part("x")), ("part", "beauty 1".into()));
        assert_eq!(refused(default().with_part("2")), ("part", "beauty 1".into()));
        assert_eq!(refused(default().with_view("x")), ("view", "left".into()));
        assert_eq!(refused(default().with_layer("x")), ("layer", "spec B G R Z".into()));
        assert_eq!(refused(default().with_layer("")), ("layer", "spec B G R Z".into()));
        assert_eq!(refused(default().with_part("1").with_layer("spec")), ("layer", "Z".into()));
    }
}
