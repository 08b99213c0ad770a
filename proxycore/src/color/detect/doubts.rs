//! What a file says besides what was followed: contradictions, and names that nobody knows.

use super::{Detected, Rule, Signs, named, text, usual};
use crate::color::encoding::Encoding;
use crate::space::{Certainty, ColorSpace, Gamut};

/// The attributes that name a space, and the rule that each of them gives.
const NAMES: &[(&str, Rule)] = &[
    ("colorInteropID", Rule::ColorInteropId),
    ("colorspace", Rule::ColorspaceAttribute),
    ("oiio:ColorSpace", Rule::ColorspaceAttribute),
];

/// Warnings that name both the answer and what speaks against it.
pub(super) fn doubts(found: &Detected, signs: Signs<'_>) -> Vec<String> {
    if found.rule == Rule::NoColor {
        return Vec::new();
    }
    let names = NAMES.iter().filter_map(|(attribute, rule)| {
        let name = text(signs.spec, attribute)?;
        match named::known(name, signs.config) {
            None => Some(format!("{attribute} is `{name}`, which is the name of no known space")),
            Some(other) if *rule != found.rule && !alike(&other, &found.space) => {
                Some(format!("{attribute} is `{name}`, and {} is followed", followed(found)))
            }
            Some(_) => None,
        }
    });
    names.chain(primaries(found, signs)).collect()
}

/// Chromaticities of other primaries than those of a space that was named.
fn primaries(found: &Detected, signs: Signs<'_>) -> Option<String> {
    if found.certainty != Certainty::Stated {
        return None;
    }
    let stated = usual::stated(signs.spec)?;
    let (mine, theirs) = (Encoding::of(&found.space)?, Encoding::of(&stated.known_space()?)?);
    let apart = mine.to(Gamut::Rec709) != theirs.to(Gamut::Rec709);
    apart.then(|| format!("the chromaticities are {stated}, and {} is followed", followed(found)))
}

fn followed(found: &Detected) -> String {
    format!("`{}` of {}", found.space, found.rule)
}

/// Whether two spaces differ in nothing but being of a scene or a display.
fn alike(one: &ColorSpace, other: &ColorSpace) -> bool {
    one == other || Encoding::of(one).is_some_and(|encoding| Encoding::of(other) == Some(encoding))
}
