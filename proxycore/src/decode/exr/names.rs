//! How names of channels are cut into a layer and what the channel is of it, and names into words.
//!
//! The standard has a dot (`diffuse.R`). Others write `beauty:R`, `beauty/R`, `beauty_R`, `X.[red]`,
//! `LeR` or `R_beauty`. A dot, a colon and a slash always cut. What is written as one is cut where
//! a set is whole: `LeR` is red beside `LeG` and `LeB`, and `filter` is none without `filteg`.

use std::collections::BTreeMap;

/// Spellings in lower case, and which of a set each is.
type Set = &'static [(&'static str, usize)];

const COLOURS: Set =
    &[("r", 0), ("red", 0), ("g", 1), ("grn", 1), ("green", 1), ("b", 2), ("blu", 2), ("blue", 2)];
const AXES: Set = &[("x", 0), ("y", 1), ("z", 2)];
const SURFACE: Set = &[("u", 0), ("v", 1)];
/// Goes with the colours of its name, and makes no set.
const OPACITY: Set = &[("a", 3), ("alpha", 3)];

/// What is read in names that are written as one, and how many of it are a whole set.
const SETS: &[(Set, usize)] = &[(COLOURS, 3), (AXES, 3), (SURFACE, 2)];

/// What always cuts a layer from a channel, the strongest first.
const CUTS: [char; 3] = ['.', ':', '/'];

/// What may stand between a name and a channel that are written as one.
const JOINTS: &[char] = &['_', '-', ' ', '.'];

/// Which of red, green and blue a channel is, by its name within its layer.
pub(super) fn colour(channel: &str) -> Option<usize> {
    place(COLOURS, channel)
}

/// Which of x, y and z a channel is, by its name within its layer.
pub(super) fn axis(channel: &str) -> Option<usize> {
    place(AXES, channel)
}

fn place(set: Set, channel: &str) -> Option<usize> {
    let found = set.iter().find(|(spelling, _)| channel.eq_ignore_ascii_case(spelling))?;
    Some(found.1)
}

/// Cuts each of a part's channels into its layer, empty for none, and its name there.
pub(super) fn cut<'a>(channels: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let mut cuts: Vec<_> = channels.map(plain).collect();
    let mut seen: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for glued in cuts.iter().flat_map(|(layer, channel)| glued(layer, channel)) {
        let places = seen.entry(glued.key).or_default();
        if !places.contains(&glued.place) {
            places.push(glued.place);
        }
    }
    let is_whole = |key: &Key| {
        let colours = |places: &Vec<usize>| places.iter().filter(|place| **place < 3).count();
        seen.get(key).is_some_and(|places| colours(places) == SETS[key.set].1)
    };
    for (layer, channel) in &mut cuts {
        if let Some(found) = glued(layer, channel).into_iter().find(|one| is_whole(&one.key)) {
            (*layer, *channel) = (found.layer, found.channel);
        }
    }
    cuts
}

/// Cuts at a dot, a colon or a slash, and takes brackets off.
fn plain(name: &str) -> (String, String) {
    let whole = Some(name.trim_end_matches(CUTS)).filter(|whole| !whole.is_empty());
    let whole = whole.unwrap_or(name);
    let bracket = || Some((&whole[..whole.find('[').filter(|_| whole.ends_with(']'))?], whole));
    let cut = CUTS.iter().find_map(|cut| whole.rsplit_once(*cut)).or_else(bracket);
    let (layer, channel) = cut.unwrap_or(("", whole));
    let inner = channel.rsplit_once('[').and_then(|(_, inner)| inner.strip_suffix(']'));
    let channel = inner.unwrap_or(channel).trim();
    let channel = if channel.is_empty() { whole } else { channel };
    (layer.trim_matches(JOINTS).to_owned(), channel.to_owned())
}

/// What channels of one set have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// The layer, and the name without the channel, with a mark for where it was.
    rest: String,
    set: usize,
    /// Whether the channels are spelled out, as `red` is.
    is_long: bool,
}

/// A name that is read as one with a channel.
#[derive(Debug)]
struct Glued {
    key: Key,
    place: usize,
    layer: String,
    channel: String,
}

/// The ways to read a name that was cut plainly: none where it is a channel of a set already.
fn glued(layer: &str, channel: &str) -> Vec<Glued> {
    let all = SETS.iter().enumerate().map(|(set, (spellings, _))| (set, *spellings));
    let all: Vec<_> = all.chain([(0, OPACITY)]).collect();
    if all.iter().any(|(_, spellings)| place(spellings, channel).is_some()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (set, (spelling, place)) in
        all.into_iter().flat_map(|(set, all)| all.iter().map(move |one| (set, *one)))
    {
        let mut add = |mark: char, rest: &str, own: &str, layer: String| {
            let key = Key { rest: format!("{layer}{mark}{rest}"), set, is_long: own.len() > 1 };
            found.push(Glued { key, place, layer, channel: own.to_owned() });
        };
        let name = |rest: &str| joined(layer, rest.trim_matches(JOINTS));
        if let Some((rest, own)) = split_end(channel, spelling) {
            add('>', rest, own, name(rest));
        }
        if let Some((own, rest)) = split_start(channel, spelling) {
            add('<', rest, own, name(rest));
        }
        if layer.eq_ignore_ascii_case(spelling) {
            add('^', channel, layer, channel.to_owned());
        }
    }
    found
}

fn joined(layer: &str, name: &str) -> String {
    if layer.is_empty() { name.to_owned() } else { format!("{layer}.{name}") }
}

/// Cuts a spelling off the end of a longer name.
fn split_end<'a>(name: &'a str, spelling: &str) -> Option<(&'a str, &'a str)> {
    let (rest, own) = name.split_at_checked(name.len().checked_sub(spelling.len())?)?;
    let is_more = !rest.trim_matches(JOINTS).is_empty();
    (is_more && own.eq_ignore_ascii_case(spelling)).then_some((rest, own))
}

/// Cuts a spelling off the start of a name, where something stands between.
fn split_start<'a>(name: &'a str, spelling: &str) -> Option<(&'a str, &'a str)> {
    let (own, rest) = name.split_at_checked(spelling.len())?;
    let is_more = rest.starts_with(JOINTS) && !rest.trim_matches(JOINTS).is_empty();
    (is_more && own.eq_ignore_ascii_case(spelling)).then_some((own, rest))
}

/// The words of a name in lower case: `VRayZDepth` is `v`, `ray`, `z`, `depth`.
pub(super) fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1).copied();
        if !letter.is_alphanumeric() || before.is_some_and(|before| parts(before, letter, after)) {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.last_mut().expect("there is a word").extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a new word starts at a letter.
fn parts(before: char, letter: char, after: Option<char>) -> bool {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let starts = letter.is_uppercase() && before.is_uppercase();
    is_digit(before) != is_digit(letter)
        || (before.is_lowercase() && letter.is_uppercase())
        || (starts && after.is_some_and(char::is_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(names: &[&str]) -> Vec<String> {
        let cuts = cut(names.iter().copied());
        cuts.into_iter().map(|(layer, channel)| format!("{layer}|{channel}")).collect()
    }

    #[test]
    fn dots_colons_slashes_and_brackets_cut() {
        let cases = [
            ("R", "|R"),
            ("diffuse.R", "diffuse|R"),
            ("ViewLayer.Combined.R", "ViewLayer.Combined|R"),
            ("beauty:R", "beauty|R"),
            ("beauty/R", "beauty|R"),
            ("a:b.R", "a:b|R"),
            ("X.[red]", "X|red"),
            ("X[red]", "X|red"),
            ("R.", "|R"),
            ("beauty.R.", "beauty|R"),
            (".R", "|R"),
            ("...", "|..."),
            ("[red]", "|red"),
            ("filter", "|filter"),
            ("beauty_R", "|beauty_R"),
        ];
        for (name, want) in cases {
            assert_eq!(cuts(&[name]), [want], "{name}");
        }
    }

    #[test]
    fn what_is_written_as_one_is_cut_where_a_set_is_whole() {
        let cases: &[(&[&str], &[&str])] = &[
            (&["LeB", "LeG", "LeR", "LeA"], &["Le|B", "Le|G", "Le|R", "Le|A"]),
            (&["beauty_B", "beauty_G", "beauty_R"], &["beauty|B", "beauty|G", "beauty|R"]),
            (&["a b-red", "a b-green", "a b-blue"], &["a b|red", "a b|green", "a b|blue"]),
            (&["V.d_R", "V.d_G", "V.d_B"], &["V.d|R", "V.d|G", "V.d|B"]),
            (&["R_d", "G_d", "B_d"], &["d|R", "d|G", "d|B"]),
            (&["R.d", "G.d", "B.d"], &["d|R", "d|G", "d|B"]),
            (&["NX", "NY", "NZ"], &["N|X", "N|Y", "N|Z"]),
            (&["uvU", "uvV"], &["uv|U", "uv|V"]),
            (&["filter", "filteg"], &["|filter", "|filteg"]),
            (&["LeB", "LeG", "Lered"], &["|LeB", "|LeG", "|Lered"]),
            (&["R", "G", "B", "A"], &["|R", "|G", "|B", "|A"]),
        ];
        for (names, want) in cases {
            assert_eq!(cuts(names), *want);
        }
    }

    #[test]
    fn names_have_words() {
        let cases = [
            ("VRayZDepth", "v ray z depth"),
            ("rgba_main", "rgba main"),
            ("Denoised beauty", "denoised beauty"),
            ("UVCoord", "uv coord"),
            ("CryptoObject00", "crypto object 00"),
            ("ビューティ", "ビューティ"),
            ("", ""),
        ];
        for (name, want) in cases {
            assert_eq!(words(name).join(" "), want);
        }
    }
}
