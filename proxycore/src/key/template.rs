//! How outputs are named after their source.

use std::fmt;
use std::str::FromStr;

use super::{PROXY_FOLDER, check, stem};
use crate::error::{Error, Result};

const PLACEHOLDERS: [(&str, Part); 4] =
    [("dir", Part::Dir), ("stem", Part::Stem), ("name", Part::Name), ("ext", Part::Ext)];

/// How the keys of renditions are made from the key of their source.
///
/// A template is text with placeholders: `{dir}` is the folder of the source, `{stem}` its file
/// name without extension and frame token, `{name}` the rendition (`thumb`) and `{ext}` its
/// extension (`jpg`). The default is `{dir}/.proxies/{stem}_{name}.{ext}`.
///
/// # Examples
/// ```
/// use proxycore::key::KeyTemplate;
///
/// let template = KeyTemplate::default();
/// assert_eq!(
///     template.output("shot_010/beauty.0001.exr", "thumb", "jpg"),
///     "shot_010/.proxies/beauty.0001_thumb.jpg"
/// );
/// assert_eq!(template.output("beauty.%04d.exr", "proxy", "mp4"), ".proxies/beauty_proxy.mp4");
///
/// let template: KeyTemplate = "web/{stem}-{name}.{ext}".parse()?;
/// assert_eq!(template.output("a/b.exr", "preview", "jpg"), "web/b-preview.jpg");
/// # Ok::<(), proxycore::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTemplate {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Dir,
    Stem,
    Name,
    Ext,
}

impl KeyTemplate {
    /// Puts all outputs into one folder, beside each other: `{stem}_{name}.{ext}`.
    #[must_use]
    pub fn flat() -> Self {
        Self {
            parts: vec![
                Part::Stem,
                Part::Text("_".to_owned()),
                Part::Name,
                Part::Text(".".to_owned()),
                Part::Ext,
            ],
        }
    }

    /// Names the rendition `name` of the source at `source_key`.
    ///
    /// The result has no leading slash, also where the source lies at the root.
    #[must_use]
    pub fn output(&self, source_key: &str, name: &str, ext: &str) -> String {
        let dir = source_key.rsplit_once('/').map_or("", |(dir, _)| dir);
        let stem = stem(source_key);
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Dir => dir,
            Part::Stem => &stem,
            Part::Name => name,
            Part::Ext => ext,
        });
        without_empty_segments(&parts.collect::<String>())
    }
}

impl Default for KeyTemplate {
    fn default() -> Self {
        let mut template = Self::flat();
        template.parts.splice(0..0, [Part::Dir, Part::Text(format!("/{PROXY_FOLDER}/"))]);
        template
    }
}

impl FromStr for KeyTemplate {
    type Err = Error;

    /// Reads a template.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a placeholder that does not exist or
    /// does not end, for a template without `{stem}` and `{name}` (its outputs would overwrite each
    /// other), and for one whose keys [`check`](crate::key::check) would refuse.
    fn from_str(text: &str) -> Result<Self> {
        let template = Self { parts: parts(text)? };
        for needed in [Part::Stem, Part::Name] {
            if !template.parts.contains(&needed) {
                return Err(refusal(format!("`{text}` needs {needed}")));
            }
        }
        check(&template.output("dir/stem.exr", "name", "ext"))
            .map_err(|error| refusal(format!("`{text}` makes no valid key")).with_source(error))?;
        Ok(template)
    }
}

impl fmt::Display for KeyTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| part.fmt(f))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Text(text) = self {
            return f.write_str(text);
        }
        let found = PLACEHOLDERS.iter().find(|(_, part)| part == self);
        found.map_or(Ok(()), |(name, _)| write!(f, "{{{name}}}"))
    }
}

fn parts(text: &str) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) =
            after.split_once('}').ok_or_else(|| refusal(format!("`{text}` has no end of `{{`")))?;
        parts.extend((!before.is_empty()).then(|| Part::Text(before.to_owned())));
        parts.push(placeholder(name)?);
        rest = tail;
    }
    parts.extend((!rest.is_empty()).then(|| Part::Text(rest.to_owned())));
    Ok(parts)
}

fn placeholder(name: &str) -> Result<Part> {
    let found = PLACEHOLDERS.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, part)| part).ok_or_else(|| {
        let known = PLACEHOLDERS.map(|(known, _)| format!("{{{known}}}")).join(", ");
        refusal(format!("no placeholder is named `{{{name}}}`; there is {known}"))
    })
}

fn refusal(what: String) -> Error {
    Error::invalid("key template", what)
}

fn without_empty_segments(key: &str) -> String {
    key.split('/').filter(|segment| !segment.is_empty()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_outputs_as_others_depend_on() {
        let template = KeyTemplate::default();
        for (source, name, ext, output) in [
            (
                "renders/shot_010/beauty.0001.exr",
                "thumb",
                "jpg",
                "renders/shot_010/.proxies/beauty.0001_thumb.jpg",
            ),
            (
                "renders/shot_010/beauty.0001.exr",
                "proxy",
                "mp4",
                "renders/shot_010/.proxies/beauty.0001_proxy.mp4",
            ),
            (
                "renders/shot_010/beauty.%04d.exr",
                "thumb",
                "jpg",
                "renders/shot_010/.proxies/beauty_thumb.jpg",
            ),
            ("x.exr", "preview", "jpg", ".proxies/x_preview.jpg"),
        ] {
            assert_eq!(template.output(source, name, ext), output);
        }
        assert_eq!(KeyTemplate::flat().output("a/b.0001.exr", "thumb", "jpg"), "b.0001_thumb.jpg");
    }

    #[test]
    fn templates_read_back_what_they_print() {
        for text in ["{dir}/.proxies/{stem}_{name}.{ext}", "{stem}_{name}.{ext}", "w/{name}/{stem}"]
        {
            assert_eq!(text.parse::<KeyTemplate>().unwrap().to_string(), text);
        }
        assert_eq!(KeyTemplate::default().to_string(), "{dir}/.proxies/{stem}_{name}.{ext}");
        assert_eq!(KeyTemplate::flat().to_string(), "{stem}_{name}.{ext}");
    }

    #[test]
    fn templates_that_lose_or_lead_astray_are_refused() {
        for (text, what) in [
            ("{dir}/{shot}_{stem}_{name}", "no placeholder is named `{shot}`"),
            ("{stem}_{name}.{ext", "has no end of `{`"),
            ("{dir}/{stem}.{ext}", "needs {name}"),
            ("{name}.{ext}", "needs {stem}"),
            ("../{stem}_{name}.{ext}", "makes no valid key"),
            ("", "needs {stem}"),
        ] {
            let error = text.parse::<KeyTemplate>().unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
            assert_eq!(error.kind().name(), "invalid");
        }
    }
}
