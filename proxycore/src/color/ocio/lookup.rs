//! Names of a config, and the near ones of a name that it does not have.

use ocio::{Config, ViewType};

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

/// All displays, those first that are active.
pub(super) fn displays(config: &Config) -> Vec<String> {
    let active = (0..config.num_displays()).map(|at| config.display(at));
    let all = (0..config.num_displays_all()).map(|at| config.display_all(at).to_owned());
    once_each(active.chain(all))
}

/// Finds a display by its name, or by an alias of the colour space that it is called by.
pub(super) fn display(config: &Config, name: &str) -> Result<String> {
    let all = displays(config);
    let space = config.get_color_space(name).map(|known| known.name().to_owned());
    match space.filter(|space| all.contains(space)) {
        Some(display) => Ok(display),
        None => find("display", name, all),
    }
}

/// All views of a display, those first that are active.
pub(super) fn views(config: &Config, display: &str) -> Vec<String> {
    let active = (0..config.num_views(display)).map(|at| config.view(display, at));
    let all = [ViewType::DisplayDefined, ViewType::Shared].into_iter().flat_map(|kind| {
        let count = config.num_views_by_type(kind, display);
        (0..count).map(move |at| config.view_by_type(kind, display, at).to_owned())
    });
    once_each(active.chain(all))
}

fn once_each(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

pub(super) fn looks(config: &Config) -> Vec<String> {
    (0..config.num_looks()).map(|at| config.look_name_by_index(at).to_owned()).collect()
}

/// Looks without the choices that name one that the config does not have.
pub(super) fn look_choices(config: &Config, look: &str) -> Result<String> {
    let names = looks(config);
    let unknown = |choice: &str| {
        let looks = choice.split([',', ':']).map(|one| one.trim().trim_start_matches(['+', '-']));
        let mut looks = looks.filter(|name| !name.is_empty());
        looks
            .find(|name| !names.iter().any(|known| known.eq_ignore_ascii_case(name)))
            .map(str::to_owned)
    };
    let (kept, left): (Vec<_>, Vec<_>) =
        look.split('|').map(|choice| (choice, unknown(choice))).partition(|(_, no)| no.is_none());
    match left.into_iter().find_map(|(_, no)| no) {
        Some(name) if kept.is_empty() => Err(no_such("look", &name, names)),
        _ => Ok(kept.into_iter().map(|(choice, _)| choice.trim()).collect::<Vec<_>>().join("|")),
    }
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
    let is_named = |id: &str| id == space.id() || id.strip_prefix("ocio:") == Some(space.id());
    if let Some(found) = all.iter().find(|known| is_named(known.interop_id())) {
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
