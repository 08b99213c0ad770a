//! The files that a config's transforms refer to.
//!
//! They decide about pixels as much as the config does, so they are part of the recipe. They are
//! also read by the crate, which takes any length and keeps what it has read for the life of the
//! process. So before a
//! config makes its first processor all its files are looked at here, and the crate forgets what
//! it knows of any file. A file that changes later is seen when a config is opened again.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use ocio::fileformats::file_transform::{clear_file_transform_caches, get_cached_file};
use ocio::{
    ColorSpaceDirection, Config, Context, Interpolation, NamedTransformVisibility, Transform,
    TransformDirection, ViewTransformDirection,
};

use super::variables;
use crate::identity;

/// The longest file, in bytes: twice a cube of 129 points a side as text.
pub(super) const LONGEST: u64 = 128 << 20;

/// All files together.
const MOST_BYTES: u64 = 2 << 30;

/// Places to look for them: files times folders of the search path.
const MOST_PLACES: usize = 200_000;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// What the files hold, for the recipe.
    pub(super) digest: String,
    /// The bytes of each, by how it is referred to.
    pub(super) sizes: HashMap<String, u64>,
    /// Why no processor may be made.
    pub(super) refused: Option<String>,
}

impl Files {
    /// Looks at all files that a config may need.
    pub(super) fn look(config: &Config, context: &Context, templates: &str) -> Self {
        let mut files = Self::default();
        let done = variables::resolve(templates, context).and_then(|resolved| {
            files.digest = identity::sha256(resolved.as_bytes());
            files.follow(references(config), context)
        });
        files.refused = done.err();
        files
    }

    fn follow(&mut self, mut references: Vec<String>, context: &Context) -> Result<(), String> {
        if !references.is_empty() {
            clear_file_transform_caches();
        }
        let mut contents = self.digest.clone();
        let (mut seen, mut left) = (HashSet::new(), MOST_BYTES);
        while let Some(reference) = references.pop() {
            if !seen.insert(reference.clone()) {
                continue;
            }
            if seen.len().saturating_mul(context.num_search_paths().max(1)) > MOST_PLACES {
                return Err(format!("its files are looked for in more than {MOST_PLACES} places"));
            }
            // of files that refer to files the names are no part of the config
            variables::resolve(&reference, context)?;
            let place = context.resolve_file_location(&reference).unwrap_or_default();
            let bytes = read(&place)?;
            let size = bytes.len() as u64;
            left = left
                .checked_sub(size)
                .ok_or_else(|| format!("its files are longer than {MOST_BYTES} bytes together"))?;
            contents += &format!("{reference}\n{}\n", identity::sha256(&bytes));
            if refers(&bytes) {
                references.extend(referred(&place));
            }
            self.sizes.insert(reference, size);
        }
        self.digest = identity::sha256(contents.as_bytes());
        Ok(())
    }
}

/// What a file holds; nothing where there is none, or a folder, which its reader says better. What is
/// no regular file is none to the crate.
fn read(place: &str) -> Result<Vec<u8>, String> {
    let meta = Path::new(place).metadata().ok().filter(std::fs::Metadata::is_file);
    let Some(meta) = meta else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    if meta.len() <= LONGEST {
        let Ok(file) = File::open(place) else { return Ok(bytes) };
        file.take(LONGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(|cause| format!("the file `{place}`: {cause}"))?;
    }
    let fits = meta.len().max(bytes.len() as u64) <= LONGEST;
    fits.then_some(bytes)
        .ok_or_else(|| format!("the file `{place}` is longer than {LONGEST} bytes"))
}

/// Whether a file may name other files, which lists of processes can.
fn refers(bytes: &[u8]) -> bool {
    let tag = b"reference";
    let is_tag =
        |after: &[u8]| after.get(..tag.len()).is_some_and(|at| at.eq_ignore_ascii_case(tag));
    bytes.split(|&byte| byte == b'<').skip(1).any(is_tag)
}

/// The files that a file names; none of one that cannot be read, which its reader will say.
fn referred(place: &str) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok((_, file)) = get_cached_file(place, Interpolation::Default) {
        file.group.transforms.iter().for_each(|transform| collect(transform, &mut names));
    }
    names
}

/// The files that a config names, as it writes them.
fn references(config: &Config) -> Vec<String> {
    let mut names = Vec::new();
    let mut add = |transform: Option<&Transform>| {
        if let Some(transform) = transform {
            collect(transform, &mut names);
        }
    };
    for space in config.all_color_spaces().iter() {
        add(space.transform(ColorSpaceDirection::ToReference));
        add(space.transform(ColorSpaceDirection::FromReference));
    }
    for look in (0..config.num_looks()).filter_map(|at| config.look(config.look_name_by_index(at)))
    {
        add(look.transform());
        add(look.inverse_transform());
    }
    for at in 0..config.num_view_transforms() {
        if let Some(view) = config.view_transform(config.view_transform_name_by_index(at)) {
            add(view.transform(ViewTransformDirection::ToReference));
            add(view.transform(ViewTransformDirection::FromReference));
        }
    }
    let all = NamedTransformVisibility::All;
    for at in 0..config.num_named_transforms_filtered(all) {
        let name = config.named_transform_name_by_index_filtered(all, at);
        if let Some(named) = config.get_named_transform(name) {
            add(named.transform(TransformDirection::Forward));
            add(named.transform(TransformDirection::Inverse));
        }
    }
    names
}

fn collect(transform: &Transform, names: &mut Vec<String>) {
    match transform {
        Transform::Group(group) => group.transforms.iter().for_each(|one| collect(one, names)),
        Transform::File(file) => names.push(file.src.clone()),
        _ => {}
    }
}
