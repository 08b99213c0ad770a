//! Names of a config, and the near ones of a name that it does not have.

use ocio::Config;

use super::{color, studio};
use crate::color::detect;
use crate::error::{Error, ErrorKind, Result};
use crate::space::ColorSpace;

/// Finds `name` among `names`, in any case.
pub(super) fn find(what: &'static str, name: &str, names: Vec<String>) -> Result<String> {
    match names.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => Ok(known.clone()),
        None => Err(no_such(what, name, names)),
    }
}

/// How many names an error lists.
const LISTED: usize = 8;

/// The names that are most like one, first.
fn nearest(name: &str, mut names: Vec<String>) -> Vec<String> {
    let name = name.to_lowercase();
    let likeness = |known: &String| {
        let likeness = strsim::jaro_winkler(&name, &known.to_lowercase());
        let contained = known.to_lowercase().contains(&name);
        likeness + f64::from(u8::from(contained))
    };
    names.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    names.truncate(LISTED);
    names
}

pub(super) fn displays(config: &Config) -> Vec<String> {
    (0..config.num_displays()).map(|at| config.display(at)).collect()
}

pub(super) fn views(config: &Config, display: &str) -> Vec<String> {
    (0..config.num_views(display)).map(|at| config.view(display, at)).collect()
}

pub(super) fn looks(config: &Config) -> Vec<String> {
    (0..config.num_looks()).map(|at| config.look_name_by_index(at).to_owned()).collect()
}

/// The role in which exposure is a multiplication.
pub(super) fn scene_linear(config: &Config) -> Result<String> {
    let role = "scene_linear";
    let has = config.has_role(role);
    has.then(|| role.to_owned()).ok_or_else(|| {
        color("exposure and looks need the role `scene_linear`, which the config lacks".into())
    })
}

/// The name that a config has for a space: its own name, alias or role, its interop ID, or what
/// configs usually call it. Most spaces of a config have no interop ID, so that no name is none of
/// them.
pub(super) fn space(config: &Config, space: &ColorSpace) -> Option<String> {
    if space.id().is_empty() {
        return None;
    }
    if config.get_color_space(space.id()).is_some() {
        return Some(space.id().to_owned());
    }
    let all = config.all_color_spaces();
    if let Some(found) = all.iter().find(|known| known.interop_id() == space.id()) {
        return Some(found.name().to_owned());
    }
    let usual = detect::aliases_of(space).chain(studio::names(space));
    let known = usual.into_iter().find(|name| config.get_color_space(name).is_some());
    known.map(str::to_owned)
}

/// Says that a config lacks a space.
pub(super) fn no_space(config: &Config, space: &ColorSpace) -> Error {
    let names = config.all_color_spaces().iter().map(|known| known.name().to_owned()).collect();
    no_such("colour space", space.id(), names)
}

fn no_such(what: &'static str, name: &str, names: Vec<String>) -> Error {
    let available = nearest(name, names);
    Error::new(ErrorKind::NoSuch { what, name: name.to_owned(), available })
}
