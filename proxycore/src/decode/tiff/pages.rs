//! The pages of a file, and which of them is shown.
//!
//! Parts are numbered as OpenImageIO numbers subimages, in the order of the chain of directories;
//! those that hang below another one (pyramid levels, or the full picture below its thumbnail)
//! follow.

use std::collections::BTreeSet;

use super::bytes::File;
use super::directory::Directory;
use super::{DecodeOptions, FORMAT, tag};
use crate::error::{Error, ErrorKind, Result};

/// A photometric interpretation of TIFF/EP, ISO 12234-2.
const COLOR_FILTER_ARRAY: u64 = 32803;

/// A directory, and what is said of it as a page.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) directory: Directory,
    pub(super) name: Option<String>,
    /// Whether it is a smaller version of another page, or a mask of one.
    minor: bool,
}

/// All directories of a file.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) pages: Vec<Page>,
    /// What is wrong with those behind the last one.
    pub(super) warning: Option<String>,
}

impl Pages {
    /// Reads the chain of directories from the first one on, and those below them.
    ///
    /// A broken first one is an error; of others a warning is left.
    pub(super) fn read(file: &mut File, first: u64, options: &DecodeOptions) -> Result<Self> {
        let limit = options.limits.parts;
        let mut pages = Self { pages: Vec::new(), warning: None };
        let (mut seen, mut next) = (BTreeSet::new(), first);
        let mut below = Vec::new();
        while next != 0 && seen.insert(next) {
            Error::check_limit("parts", limit, pages.pages.len() as u64 + 1)?;
            let Some(page) = pages.add(file, next)? else { break };
            next = page.directory.next;
            below.extend(
                page.directory.uints(file, tag::SUB_IFDS).ok().flatten().unwrap_or_default(),
            );
        }
        for at in below {
            if seen.insert(at) {
                Error::check_limit("parts", limit, pages.pages.len() as u64 + 1)?;
                pages.add(file, at)?;
            }
        }
        match pages.pages.is_empty() {
            true => Err(Error::corrupt(FORMAT, "no directory")),
            false => Ok(pages),
        }
    }

    fn add(&mut self, file: &mut File, at: u64) -> Result<Option<&Page>> {
        match Page::read(file, at) {
            Ok(page) => {
                self.pages.push(page);
                Ok(self.pages.last())
            }
            Err(error) if self.pages.is_empty() => Err(error),
            Err(error) => {
                self.warning = Some(format!("page {}: {error}", self.pages.len()));
                Ok(None)
            }
        }
    }

    /// Says what camera raw it is, where it is some: its picture is a colour filter array, or a DNG's, and
    /// what else is there is a preview.
    pub(super) fn camera_raw(&self, file: &mut File) -> Option<String> {
        let first = &self.pages.first()?.directory;
        if first.has(tag::DNG_VERSION) {
            return Some("camera raw (DNG)".into());
        }
        let filtered = |page: &Page| {
            let photometric = page.directory.uint(file, tag::PHOTOMETRIC);
            photometric.ok().flatten() == Some(COLOR_FILTER_ARRAY)
        };
        if !self.pages.iter().any(filtered) {
            return None;
        }
        let maker = first.text(file, tag::MAKE).ok().flatten();
        let maker = maker.unwrap_or("a colour filter array".into());
        Some(format!("camera raw ({maker})"))
    }

    /// Chooses the page that is named, else the first that is no thumbnail and no mask.
    pub(super) fn choose(&self, options: &DecodeOptions) -> Result<(usize, &'static str)> {
        if let Some(name) = &options.selection.part {
            let named = self.pages.iter().position(|page| page.name.as_ref() == Some(name));
            let numbered = || name.parse().ok().filter(|number| *number < self.pages.len());
            let found = named.or_else(numbered).ok_or_else(|| no_part(name, &self.pages))?;
            return Ok((found, "the part that was asked for"));
        }
        let full = self.pages.iter().position(|page| !page.minor).unwrap_or(0);
        let reason = match (self.pages.len(), full) {
            (1, _) => "the only picture",
            (_, 0) => "the first page",
            _ => "the first page that is no thumbnail",
        };
        Ok((full, reason))
    }
}

impl Page {
    fn read(file: &mut File, at: u64) -> Result<Self> {
        let directory = Directory::read(file, at)?;
        let kind = directory.uint(file, tag::NEW_SUBFILE_TYPE).ok().flatten().unwrap_or(0);
        let old = directory.uint(file, tag::SUBFILE_TYPE).ok().flatten().unwrap_or(1);
        // TIFF 6.0, section 8: bit 0 a reduced picture, bit 2 a mask; 2 in the older field
        let minor = kind & 0b101 != 0 || old == 2;
        let name = directory.text(file, tag::PAGE_NAME).ok().flatten();
        Ok(Self { directory, name, minor })
    }
}

fn no_part(name: &str, pages: &[Page]) -> Error {
    let label = |(number, page): (usize, &Page)| match &page.name {
        Some(name) => name.clone(),
        None => number.to_string(),
    };
    let available = pages.iter().enumerate().map(label).collect();
    Error::new(ErrorKind::NoSuch { what: "part", name: name.into(), available })
}
