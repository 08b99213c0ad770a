//! What stands before the sections of a block, and where each of them lies.

use exr::prelude::SampleType;

use super::{Layout, early};
use crate::decode::exr::packed::damaged;
use crate::error::Result;

/// How a channel is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Deflated.
    Deflated,
    /// Through the cosine transform.
    Cosine,
    /// By runs of bytes, and deflated.
    Runs,
}

/// The sections of coefficients, and which channels they are of.
#[derive(Debug)]
pub(super) struct Sections<'a> {
    pub(super) schemes: Vec<Scheme>,
    /// Channels whose coefficients follow each other: the three of a colour, then those by themselves.
    pub(super) groups: Vec<Vec<usize>>,
    pub(super) ac: &'a [u8],
    pub(super) dc: &'a [u8],
    pub(super) ac_count: usize,
    pub(super) dc_count: usize,
    /// Whether the AC coefficients are deflated, and not in a Huffman code.
    pub(super) is_deflated: bool,
}

/// Numbers that a block starts with.
const COUNTERS: usize = 11;

impl<'a> Sections<'a> {
    /// Reads what stands before the sections. The counters were held against the block's size.
    pub(super) fn read(packed: &'a [u8], layout: &Layout) -> Result<Self> {
        let (counters, packed) = packed.split_at_checked(8 * COUNTERS).ok_or_else(early)?;
        let mut numbers = [0; COUNTERS];
        for (number, bytes) in numbers.iter_mut().zip(counters.as_chunks().0) {
            let count = u64::from_le_bytes(*bytes);
            *number = usize::try_from(count).map_err(|_| early())?;
        }
        let [version, _, deflated, ac, dc, _, _, _, ac_count, dc_count, how] = numbers;
        let (rules, packed) = match version {
            0 | 1 => (legacy(), packed),
            _ => rules(packed)?,
        };
        if how > 1 {
            return Err(damaged("a DWA block is coded in a way that there is not"));
        }
        let (schemes, groups) = classify(layout, &rules);
        let packed = packed.get(deflated..).ok_or_else(early)?;
        let (ac, packed) = packed.split_at_checked(ac).ok_or_else(early)?;
        let dc = packed.get(..dc).ok_or_else(early)?;
        Ok(Self { schemes, groups, ac, dc, ac_count, dc_count, is_deflated: how == 1 })
    }
}

/// Says of channels with a name's ending how they are treated.
#[derive(Debug)]
struct Rule {
    ending: Vec<u8>,
    scheme: Scheme,
    /// The number of its sample type in files; any where there is none.
    kind: Option<u8>,
    /// Which of the three of a colour it is.
    colour: Option<usize>,
    ignores_case: bool,
}

impl Rule {
    fn matches(&self, ending: &[u8], kind: u8) -> bool {
        let is_named = match self.ignores_case {
            true => ending.eq_ignore_ascii_case(&self.ending),
            false => ending == self.ending,
        };
        is_named && self.kind.is_none_or(|own| own == kind)
    }
}

/// The rules of blocks that have none of their own.
fn legacy() -> Vec<Rule> {
    const COLOURS: [(&str, usize); 8] = [
        ("r", 0),
        ("red", 0),
        ("g", 1),
        ("grn", 1),
        ("green", 1),
        ("b", 2),
        ("blu", 2),
        ("blue", 2),
    ];
    let rule = |ending: &str, scheme, kind, colour| Rule {
        ending: ending.into(),
        scheme,
        kind,
        colour,
        ignores_case: true,
    };
    let cosine =
        |ending: &str, colour| [1, 2].map(|kind| rule(ending, Scheme::Cosine, Some(kind), colour));
    let colours = COLOURS.iter().flat_map(|(ending, colour)| cosine(ending, Some(*colour)));
    let others = ["y", "by", "ry"].into_iter().flat_map(|ending| cosine(ending, None));
    colours.chain(others).chain([rule("a", Scheme::Runs, None, None)]).collect()
}

/// Reads a block's own rules: their bytes, these two among them; then endings that end in a zero,
/// bits, and a sample type.
fn rules(packed: &[u8]) -> Result<(Vec<Rule>, &[u8])> {
    let (size, _) = packed.split_first_chunk().ok_or_else(early)?;
    let size = usize::from(u16::from_le_bytes(*size));
    let (mut text, packed) = packed.split_at_checked(size.max(2)).ok_or_else(early)?;
    text = &text[2..];
    let mut rules = Vec::new();
    while !text.is_empty() {
        let end = text.iter().position(|byte| *byte == 0).filter(|end| *end <= 128);
        let (ending, rest) = text.split_at(end.ok_or_else(wrong)?);
        let [_, bits, kind, rest @ ..] = rest else { return Err(wrong()) };
        rules.push(rule(ending, *bits, *kind)?);
        text = rest;
    }
    Ok((rules, packed))
}

fn wrong() -> crate::Error {
    damaged("a DWA block has a rule that there is not")
}

fn rule(ending: &[u8], bits: u8, kind: u8) -> Result<Rule> {
    let scheme = match bits >> 2 & 3 {
        0 => Scheme::Deflated,
        1 => Scheme::Cosine,
        2 => Scheme::Runs,
        _ => return Err(wrong()),
    };
    let colour = match bits >> 4 {
        0 => None,
        colour @ 1..=3 => Some(usize::from(colour) - 1),
        _ => return Err(wrong()),
    };
    if kind > 2 {
        return Err(wrong());
    }
    Ok(Rule {
        ending: ending.into(),
        scheme,
        kind: Some(kind),
        colour,
        ignores_case: bits & 1 == 1,
    })
}

/// The number of a sample type in files.
fn kind(kind: SampleType) -> u8 {
    match kind {
        SampleType::U32 => 0,
        SampleType::F16 => 1,
        SampleType::F32 => 2,
    }
}

/// How each channel is treated, and which of those through the transform belong together: three of
/// one layer are a colour, in the order in which their layers come first.
fn classify(layout: &Layout, rules: &[Rule]) -> (Vec<Scheme>, Vec<Vec<usize>>) {
    let mut schemes = vec![Scheme::Deflated; layout.channels.len()];
    let mut layers: Vec<(&[u8], [Option<usize>; 3])> = Vec::new();
    for (index, channel) in layout.channels.iter().enumerate() {
        let name = &channel.name[..];
        let split = name.iter().rposition(|byte| *byte == b'.').map_or(0, |dot| dot + 1);
        let (layer, ending) = name.split_at(split);
        let at = layers.iter().position(|(known, _)| *known == layer).unwrap_or_else(|| {
            layers.push((layer, [None; 3]));
            layers.len() - 1
        });
        for rule in rules.iter().filter(|rule| rule.matches(ending, kind(channel.kind))) {
            schemes[index] = rule.scheme;
            if let Some(colour) = rule.colour {
                layers[at].1[colour] = Some(index);
            }
        }
    }
    let is_cosine = |channel: &usize| schemes[*channel] == Scheme::Cosine;
    let colour = |(_, places): (&[u8], [Option<usize>; 3])| {
        let places: Vec<_> = places.into_iter().flatten().collect();
        (places.len() == 3 && places.iter().all(is_cosine)).then_some(places)
    };
    let mut groups: Vec<Vec<usize>> = layers.into_iter().filter_map(colour).collect();
    let grouped: Vec<usize> = groups.iter().flatten().copied().collect();
    let alone =
        (0..schemes.len()).filter(|channel| is_cosine(channel) && !grouped.contains(channel));
    groups.extend(alone.map(|channel| vec![channel]));
    (schemes, groups)
}
