//! How much of a config a transform reaches.
//!
//! A space may refer to spaces, twice to each, and so on: the crate follows all of it, and holds the
//! ops of all of it. So the way is walked before with a count.

use std::collections::HashMap;

use ocio::{
    ColorSpaceDirection, Config, Context, Transform, TransformDirection, ViewTransformDirection,
};

/// Transforms on one way, and the bytes of their files; the longest ways in use have dozens.
const MOST: usize = 20_000;
const MOST_BYTES: u64 = 1 << 30;

/// How deep the crate follows.
const DEEPEST: usize = 32;

/// Refuses steps that reach too far.
pub(super) fn check(
    config: &Config,
    context: &Context,
    sizes: &HashMap<String, u64>,
    steps: &[Transform],
) -> Result<(), String> {
    let mut walk = Walk { config, context, sizes, left: MOST, bytes: MOST_BYTES };
    // the steps come in a group
    walk.all(steps, 1)
}

struct Walk<'a> {
    config: &'a Config,
    context: &'a Context,
    sizes: &'a HashMap<String, u64>,
    left: usize,
    bytes: u64,
}

impl Walk<'_> {
    fn all<'a>(
        &mut self,
        transforms: impl IntoIterator<Item = &'a Transform>,
        depth: usize,
    ) -> Result<(), String> {
        transforms.into_iter().try_for_each(|transform| self.transform(transform, depth))
    }

    fn transform(&mut self, transform: &Transform, depth: usize) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("its spaces refer to one another more than {DEEPEST} deep"));
        }
        let left = self.left.checked_sub(1);
        self.left = left.ok_or_else(|| format!("more than {MOST} transforms in one"))?;
        match transform {
            Transform::Group(group) => self.all(&group.transforms, depth + 1),
            Transform::File(file) => self.file(&file.src),
            Transform::ColorSpace(step) => {
                self.space(&self.context.resolve_string_var(&step.src), depth)?;
                self.space(&self.context.resolve_string_var(&step.dst), depth)
            }
            Transform::Look(step) => {
                self.space(&step.src, depth)?;
                self.space(&step.dst, depth)?;
                self.looks(&step.looks, depth)
            }
            Transform::DisplayView(step) => {
                self.space(&step.src, depth)?;
                let shown = self.config.display_view_color_space_name(&step.display, &step.view);
                self.space(shown, depth)?;
                let view = self.config.display_view_transform_name(&step.display, &step.view);
                if let Some(view) = self.config.view_transform(view) {
                    self.all(view.transform(ViewTransformDirection::FromReference), depth + 1)?;
                    self.all(view.transform(ViewTransformDirection::ToReference), depth + 1)?;
                }
                let looks = self.config.display_view_looks(&step.display, &step.view);
                if step.looks_bypass { Ok(()) } else { self.looks(looks, depth) }
            }
            _ => Ok(()),
        }
    }

    fn file(&mut self, reference: &str) -> Result<(), String> {
        let size = self.sizes.get(reference).copied().unwrap_or(0);
        let left = self.bytes.checked_sub(size);
        self.bytes = left.ok_or_else(|| format!("more than {MOST_BYTES} bytes of files in one"))?;
        Ok(())
    }

    fn space(&mut self, name: &str, depth: usize) -> Result<(), String> {
        let Some(space) = self.config.get_color_space(name) else {
            return match self.config.get_named_transform(name) {
                Some(named) => {
                    self.all(named.transform(TransformDirection::Forward), depth + 1)?;
                    self.all(named.transform(TransformDirection::Inverse), depth + 1)
                }
                None => Ok(()),
            };
        };
        let ways = [ColorSpaceDirection::ToReference, ColorSpaceDirection::FromReference];
        let way = |way| space.transform(way);
        self.all(ways.into_iter().filter_map(way), depth + 1)
    }

    fn looks(&mut self, looks: &str, depth: usize) -> Result<(), String> {
        for name in looks.split([',', ':', '|']) {
            let name = name.trim().trim_start_matches(['+', '-']);
            if let Some(look) = self.config.look(name) {
                self.all(look.transform(), depth + 1)?;
                self.all(look.inverse_transform(), depth + 1)?;
                self.space(look.process_space(), depth)?;
            }
        }
        Ok(())
    }
}
