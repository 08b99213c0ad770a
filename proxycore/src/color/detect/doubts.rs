//! What a file says besides what was followed: contradictions, and names that nobody knows.

use super::{Detected, Rule, Signs, floats, named, text, usual, web};
use crate::color::encoding::Encoding;
use crate::color::icc_description;
use crate::image::Attribute;
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
        return unassigned(signs).into_iter().collect();
    }
    let others = [primaries, profile, code_points, srgb_chunk, gamma];
    let others = others.into_iter().filter_map(|other| other(found, signs));
    names(found, signs).chain(others).collect()
}

/// A space that a person has given to what is no colour.
fn unassigned(signs: Signs<'_>) -> Option<String> {
    let space = signs.assigned.filter(|space| **space != ColorSpace::DATA)?;
    let said = quoted(space.id());
    Some(format!("these numbers are no colour: they are shown as they are, and not as {said}"))
}

fn names(found: &Detected, signs: Signs<'_>) -> impl Iterator<Item = String> {
    NAMES.iter().filter_map(move |(attribute, rule)| {
        let name = text(signs.spec, attribute)?;
        let says = format!("{attribute} is {}", quoted(name));
        match named::known(name, signs.config) {
            None => Some(format!("{says}, which is the name of no known space")),
            Some(other) => against(found, *rule, &other, &says),
        }
    })
}

/// Chromaticities of other primaries than those of a space that was named or guessed.
fn primaries(found: &Detected, signs: Signs<'_>) -> Option<String> {
    if found.certainty == Certainty::Derived {
        return None;
    }
    let (stated, mine) = (usual::stated(signs.spec)?, Encoding::of(&found.space)?);
    let Some(theirs) = stated.space() else {
        return Some(format!(
            "the chromaticities are no primaries, and are not followed: {stated}"
        ));
    };
    let apart = mine.to(Gamut::Rec709) != Encoding::of(&theirs)?.to(Gamut::Rec709);
    apart.then(|| format!("the chromaticities are {stated}, and {} is followed", followed(found)))
}

fn profile(found: &Detected, signs: Signs<'_>) -> Option<String> {
    if found.rule == Rule::IccProfile {
        return None;
    }
    let bytes = signs.spec.icc_profile.as_deref()?;
    let name = icc_description(bytes);
    let says = format!("the ICC profile {}", quoted(name.as_deref().unwrap_or("unnamed")));
    match web::icc_profile(signs.spec) {
        None => Some(format!("{says} cannot be followed")),
        Some(other) => {
            let says = format!("{says} is that of `{}`", other.space);
            against(found, other.rule, &other.space, &says)
        }
    }
}

fn code_points(found: &Detected, signs: Signs<'_>) -> Option<String> {
    let points: Vec<_> = floats(signs.spec, "CICP")?.iter().map(f64::to_string).collect();
    let says = format!("cICP is {}", points.join("/"));
    match web::cicp(signs.spec) {
        None => Some(format!("{says}, which are the code points of no known space")),
        Some(other) => against(found, other.rule, &other.space, &says),
    }
}

fn srgb_chunk(found: &Detected, signs: Signs<'_>) -> Option<String> {
    let other = web::srgb_chunk(signs.spec)?;
    against(found, other.rule, &other.space, "there is an sRGB chunk")
}

/// A gamma that is none; beside a space that is named, it is what old readers are told.
fn gamma(found: &Detected, signs: Signs<'_>) -> Option<String> {
    let Attribute::Float(stored) = signs.spec.attribute("png:gamma")? else { return None };
    let unknown = found.rule == Rule::IntegerDefault;
    unknown.then(|| format!("gAMA is {stored}, and {} is followed", followed(found)))
}

/// Says what another rule says, where that is another space than the one that is followed.
fn against(found: &Detected, rule: Rule, other: &ColorSpace, says: &str) -> Option<String> {
    let apart = rule != found.rule && !alike(other, &found.space);
    apart.then(|| format!("{says}, and {} is followed", followed(found)))
}

fn followed(found: &Detected) -> String {
    format!("`{}` of {}", found.space, found.rule)
}

/// Letters of a file's text that a warning has room for.
const QUOTED: usize = 60;

/// A text of a file, shortened.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("`{}...`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// Whether two spaces differ in nothing but being of a scene or a display.
fn alike(one: &ColorSpace, other: &ColorSpace) -> bool {
    one == other || Encoding::of(one).is_some_and(|encoding| Encoding::of(other) == Some(encoding))
}
