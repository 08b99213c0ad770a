//! A small show on disk, named as studios name theirs: a shot with its plate, stills and charts.
//!
//! Frames that exist are not drawn again, so an interrupted run continues where it stopped, and a
//! second run finds everything up to date. A marker file says that the frames are the demo's; without
//! it, existing files are not overwritten.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proxycore::{Error, Result};
use rayon::prelude::*;

use super::chart::Chart;
use super::dpx::{self, Transfer};
use super::file::{failed, whole};
use super::forms::{FORMS, Form};
use super::lookdev::Passes;
use super::shot::{self, Shot};
use super::tags::FIRST;
use super::{draw, openexr};

/// The marker file.
const MARK: &str = ".proxycore-demo";
/// Goes up when the drawing changes: frames of another edition are replaced.
const EDITION: u32 = 1;

/// A show in a folder.
#[derive(Debug)]
pub struct Show {
    folder: PathBuf,
    frames: RangeInclusive<u32>,
}

/// What all frames are drawn from, once one is.
#[derive(Debug)]
struct Drawn {
    shot: LazyLock<Shot>,
    chart: LazyLock<Chart>,
}

/// A file of the show.
#[derive(Debug, Clone, Copy)]
enum Job {
    /// A frame of the shot, as the comp and as the plate.
    Shot(u32),
    /// One that the plate lacks.
    Lost(u32),
    /// The shot's landscape with nothing in it.
    Clean,
    Lookdev,
    Chart(&'static Form),
}

static STILLS: [Job; 4] = [Job::Clean, Job::Lookdev, Job::Chart(&FORMS[0]), Job::Chart(&FORMS[1])];

impl Show {
    /// Makes the folder, or takes an existing one that has no foreign file where a frame goes.
    ///
    /// # Errors
    /// A folder that cannot be made or written, and files of other origin where frames go.
    pub fn open(folder: &Path, frames: RangeInclusive<u32>) -> Result<Self> {
        if folder.to_str().is_some_and(|text| text.contains("://")) {
            let what = "the demo writes to a local folder";
            return Err(Error::invalid("DIR", what).at(folder.display().to_string()));
        }
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        let folder = folder.canonicalize().map_err(|error| failed(folder, error))?;
        let show = Self { folder, frames };
        show.mark()?;
        Ok(show)
    }

    /// The folder from the root.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The sequences and single frames of the show, below the folder.
    pub fn sources(&self) -> [&'static str; 6] {
        [
            "sh010/sh010_comp.%04d.exr",
            "sh010/sh010_plate.%04d.dpx",
            "sh010/sh010_ref.1001.dpx",
            "sh020/sh020_lookdev.1001.exr",
            "tests/test_chart_rec709.1001.exr",
            "tests/test_chart_acescg.1001.exr",
        ]
    }

    /// The number of its files.
    pub fn files(&self) -> u64 {
        self.jobs().flat_map(Job::paths).count() as u64
    }

    /// Draws the frames that do not exist yet, and calls `done` for each file, old or new.
    ///
    /// # Errors
    /// The first file that cannot be written.
    pub fn render(&self, done: impl Fn() + Sync) -> Result<()> {
        for folder in ["sh010", "sh020", "tests"].map(|name| self.folder.join(name)) {
            fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        }
        let drawn = Drawn { shot: LazyLock::new(Shot::new), chart: LazyLock::new(draw) };
        let jobs: Vec<_> = self.jobs().collect();
        jobs.par_iter().try_for_each(|job| {
            let paths: Vec<_> =
                job.paths().into_iter().map(|path| self.folder.join(path)).collect();
            if paths.iter().any(|path| !path.exists()) {
                job.write(&paths, &drawn)?;
            }
            paths.iter().for_each(|_| done());
            Ok(())
        })
    }

    /// Writes the marker file; frames of another edition are removed first.
    fn mark(&self) -> Result<()> {
        let path = self.folder.join(MARK);
        let (first, last) = (self.frames.start(), self.frames.end());
        let mark = format!("proxycore demo, edition {EDITION}, frames {first}-{last}\n");
        let there = fs::read_to_string(&path).ok();
        if there.as_ref() == Some(&mark) {
            return Ok(());
        }
        let all = STILLS.into_iter().chain(shot::FRAMES.map(Job::Shot)).flat_map(Job::paths);
        let frames = all.map(|path| self.folder.join(path));
        for frame in frames.filter(|frame| frame.exists()) {
            if there.is_none() {
                let what = "exists and was not made by the demo; name another folder";
                return Err(Error::invalid("DIR", what).at(frame.display().to_string()));
            }
            fs::remove_file(&frame).map_err(|error| failed(&frame, error))?;
        }
        whole(&path, |path| fs::write(path, &mark))
    }

    fn jobs(&self) -> impl Iterator<Item = Job> + use<> {
        // past the middle; the ends of a range are no gaps in it
        let (first, last) = (*self.frames.start(), *self.frames.end());
        let lost = (first + (last + 1 - first) * 5 / 8).max(first + 1);
        let job = move |frame| if frame == lost && frame < last { Job::Lost } else { Job::Shot };
        STILLS.into_iter().chain(self.frames.clone().map(move |frame| job(frame)(frame)))
    }
}

impl Job {
    /// Its files, below the folder.
    fn paths(self) -> Vec<String> {
        match self {
            Self::Lost(frame) => vec![format!("sh010/sh010_comp.{frame:04}.exr")],
            Self::Shot(frame) => vec![
                format!("sh010/sh010_comp.{frame:04}.exr"),
                format!("sh010/sh010_plate.{frame:04}.dpx"),
            ],
            Self::Clean => vec![format!("sh010/sh010_ref.{FIRST}.dpx")],
            Self::Lookdev => vec![format!("sh020/sh020_lookdev.{FIRST}.exr")],
            Self::Chart(form) => vec![format!("tests/test_chart_{}.{FIRST}.exr", form.colors)],
        }
    }

    fn write(self, paths: &[PathBuf], drawn: &Drawn) -> Result<()> {
        match (self, paths) {
            (Self::Shot(frame) | Self::Lost(frame), [comp, plate @ ..]) => {
                let shown = drawn.shot.frame(frame);
                for plate in plate {
                    let density = Transfer::PrintingDensity;
                    whole(plate, |path| dpx::write(&shown.plate, frame, density, path))?;
                }
                whole(comp, |path| openexr::acescg(&shown.comp, frame, path))
            }
            (Self::Clean, [path, ..]) => {
                let clean = drawn.shot.clean(FIRST);
                whole(path, |path| dpx::write(&clean, FIRST, Transfer::UserDefined, path))
            }
            (Self::Lookdev, [path, ..]) => {
                let passes = Passes::render();
                whole(path, |path| openexr::parts(&passes, FIRST, path))
            }
            (Self::Chart(form), [path, ..]) => form.write(&drawn.chart, path),
            (_, []) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(folder: &Path, last: u32) -> Result<Show> {
        Show::open(folder, FIRST..=last)
    }

    #[test]
    fn every_file_is_of_a_source() {
        let folder = tempfile::tempdir().unwrap();
        let show = show(folder.path(), 1048).unwrap();
        let stem = |path: &str| path.split('.').next().map(str::to_owned);
        let mut of_files: Vec<_> =
            show.jobs().flat_map(Job::paths).map(|path| stem(&path)).collect();
        of_files.sort();
        of_files.dedup();
        let mut of_sources = show.sources().map(stem);
        of_sources.sort();
        assert_eq!(of_files, of_sources);
        assert_eq!(show.files(), 48 + 47 + 4);
    }

    #[test]
    fn frames_are_whole_and_stay() {
        let folder = tempfile::tempdir().unwrap();
        let show = show(folder.path(), 1001).unwrap();
        show.render(|| ()).unwrap();
        let read = || {
            let read = |path: &str| fs::read(folder.path().join(path)).unwrap();
            ["sh010/sh010_comp.1001.exr", "sh010/sh010_plate.1001.dpx"].map(read)
        };
        let first = read();
        for name in ["sh010/sh010_comp.1001.exr", "sh010/.sh010_plate.1001.dpx.part"] {
            fs::write(folder.path().join(name), "cut").unwrap();
        }
        // a file with a frame's name counts as whole: here it is not, which shows that it is kept
        show.render(|| ()).unwrap();
        assert_eq!(read()[0], b"cut");
        fs::remove_file(folder.path().join("sh010/sh010_comp.1001.exr")).unwrap();
        show.render(|| ()).unwrap();
        assert!(read() == first, "the same bytes each time");
    }

    #[test]
    fn frames_of_others_are_left_and_those_of_another_edition_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let frame = folder.path().join("sh010/sh010_plate.1040.dpx");
        fs::create_dir(folder.path().join("sh010")).unwrap();
        fs::write(&frame, "somebody's").unwrap();
        let error = show(folder.path(), 1048).unwrap_err();
        assert!(error.to_string().contains("sh010_plate.1040.dpx"), "{error}");
        fs::write(folder.path().join(MARK), "proxycore demo, edition 0").unwrap();
        show(folder.path(), 1048).unwrap();
        assert!(!frame.exists());
    }

    #[test]
    fn a_place_that_is_no_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        for place in ["s3://renders/demo", folder.path().join("file/demo").to_str().unwrap()] {
            assert!(show(Path::new(place), 1001).is_err(), "{place}");
        }
    }
}
