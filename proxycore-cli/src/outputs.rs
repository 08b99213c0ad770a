//! Where outputs go, as far as sources are looked for there as well: what was made is no source of the
//! next run, nor of the next look of `watch`.
//!
//! A folder of outputs that lies in a folder of sources is left out as it is, without a look into it.
//! Where outputs lie among the sources, an object that is called like one is asked whether it is one:
//! by what stands beside its bytes. Frames are not called so, and nothing is asked of them.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use proxycore::key::KeyTemplate;
use proxycore::pipeline::is_output;
use proxycore::storage::{Place, Root, Storage};
use proxycore::{ErrorKind, Result};

use crate::args::{Make, RenditionName};

/// How the names of renditions end.
const ENDINGS: [&str; 3] = ["jpg", "mp4", "mov"];

/// Where a run's outputs go.
#[derive(Debug)]
pub struct Outputs {
    out: Option<Place>,
    template: Option<KeyTemplate>,
}

/// What of a folder of sources is left out.
#[derive(Debug, PartialEq, Eq)]
pub enum Fence {
    /// Nothing: outputs lie elsewhere, or in `.proxies/`, where no source is taken from.
    Open,
    /// What lies below a key.
    Below(String),
    /// What is an output.
    Among,
}

impl Outputs {
    /// # Errors
    /// A URL that is none.
    pub fn new(args: &Make) -> Result<Self> {
        let out = args.out.as_deref().map(|out| Place::find(out, None)).transpose()?;
        Ok(Self { out, template: args.template.clone() })
    }

    /// Says what to leave out of a folder of sources.
    pub fn fence(&self, folder: &Place) -> Fence {
        let Some(place) = self.place(&folder.root) else { return Fence::Open };
        if !share(&place.root, &folder.root) {
            return Fence::Open;
        }
        let (outputs, sources) = (path(&place), path(folder));
        match outputs.strip_prefix(&sources).map(Path::to_str) {
            Ok(Some(below)) if !below.is_empty() => {
                Fence::Below(format!("{}{}/", folder.key, below.trim_end_matches('/')))
            }
            Ok(_) => Fence::Among,
            Err(_) if sources.starts_with(&outputs) => Fence::Among,
            Err(_) => Fence::Open,
        }
    }

    /// The folder that the outputs of sources in `root` lie below; none where they lie in `.proxies/`.
    fn place(&self, root: &Root) -> Option<Place> {
        let fixed = self.template.as_ref().map(fixed);
        match (&self.out, fixed) {
            (None, None) => None,
            (None, Some(key)) => Some(Place { root: root.clone(), key }),
            (Some(out), None) => Some(out.clone()),
            (Some(Place { root, key }), Some(fixed)) => {
                let key = match root {
                    Root::Folder(_) => Path::new(key).join(fixed).display().to_string(),
                    // there a template is of the whole key
                    Root::Bucket(..) => fixed,
                };
                Some(Place { root: root.clone(), key })
            }
        }
    }
}

impl Fence {
    /// Whether an object is left out.
    ///
    /// # Errors
    /// What the store meets.
    pub fn holds(&self, key: &str, store: &dyn Storage) -> Result<bool> {
        match self {
            Self::Open => Ok(false),
            Self::Below(folder) => Ok(key.starts_with(folder)),
            Self::Among if !is_called_output(key) => Ok(false),
            Self::Among => match store.head(key) {
                Ok(object) => Ok(is_output(&object)),
                Err(error) if *error.kind() == ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            },
        }
    }
}

/// The folder that all keys of a template begin with.
fn fixed(template: &KeyTemplate) -> String {
    let text = template.to_string();
    let fixed = text.split('{').next().unwrap_or_default();
    fixed[..fixed.rfind('/').map_or(0, |at| at + 1)].to_owned()
}

fn share(one: &Root, other: &Root) -> bool {
    matches!((one, other), (Root::Folder(_), Root::Folder(_))) || one == other
}

/// A folder, without links where it is there; behind a prefix, the prefix.
fn path(place: &Place) -> PathBuf {
    match &place.root {
        Root::Folder(root) => {
            let path = root.join(&place.key);
            path.canonicalize().unwrap_or(path)
        }
        Root::Bucket(..) => PathBuf::from(&place.key),
    }
}

/// Whether a key has the name of a rendition in it, as every output's has, and ends as those do.
fn is_called_output(key: &str) -> bool {
    let names = RenditionName::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    ENDINGS.iter().any(|ending| key.rsplit_once('.').is_some_and(|(_, has)| has == *ending))
        && names.into_iter().any(|name| key.contains(name.get_name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fence(out: Option<&str>, template: Option<&str>, folder: &str) -> Fence {
        let make = Make {
            out: out.map(PathBuf::from),
            template: template.map(|text| text.parse().unwrap()),
            ..Make::default()
        };
        let folder = Place::find(Path::new(folder), Some(Path::new("/no"))).unwrap();
        Outputs::new(&make).unwrap().fence(&Place { key: folder.key + "/", ..folder })
    }

    #[test]
    fn outputs_are_left_out_where_they_lie_among_sources() {
        let below = |key: &str| Fence::Below(key.to_owned());
        for (out, template, expected) in [
            (None, None, Fence::Open),
            (Some("/no/web"), None, Fence::Open),
            (Some("/no/shot_web"), None, Fence::Open),
            (Some("/no/shot/web"), None, below("shot/web/")),
            (Some("/no/shot/a/../web/"), None, below("shot/web/")),
            (Some("/no/shot"), None, Fence::Among),
            (Some("/no"), None, Fence::Among),
            (Some("/no"), Some("shot/web/{name}/{stem}.{ext}"), below("shot/web/")),
            (None, Some("shot/web/{stem}_{name}.{ext}"), below("shot/web/")),
            (None, Some("web/{stem}_{name}.{ext}"), Fence::Open),
            (None, Some("{dir}/web/{stem}_{name}.{ext}"), Fence::Among),
            (Some("s3://renders/shot/web/"), None, Fence::Open),
        ] {
            assert_eq!(fence(out, template, "/no/shot"), expected, "{out:?} {template:?}");
        }
        for (out, expected) in [
            ("s3://renders/shot/web", below("shot/web/")),
            ("s3://renders/shot/", Fence::Among),
            ("s3://renders", Fence::Among),
            ("s3://renders/shot2", Fence::Open),
            ("s3://web/shot/web", Fence::Open),
        ] {
            assert_eq!(fence(Some(out), None, "s3://renders/shot"), expected, "{out}");
        }
    }

    #[test]
    fn frames_are_not_called_like_outputs() {
        for output in ["a/t_thumb.jpg", "web/proxy/t.mp4", "a.mov.preview.jpg"] {
            assert!(is_called_output(output), "{output}");
        }
        for frame in ["a/t_thumb.1001.exr", "a/t.1001.jpg", "jpg", "thumb"] {
            assert!(!is_called_output(frame), "{frame}");
        }
    }
}
