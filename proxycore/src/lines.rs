//! A JSON Lines file that many writers append to, the floor under the sinks of that kind.
//!
//! A line is there whole or not at all: each is appended under the file's advisory lock, in one
//! write at the end, and taken back if the write fails half-way; a line that a crash of the machine
//! tore stays alone on its line, for the next one starts afresh. It is synced to the disk before
//! the call returns, so what was reported as delivered survives a power cut. The file is opened for
//! each line, which costs less than the sync and lets it be rotated.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::file::lock;

/// The sink's name in errors.
const SINK: &str = "JSON Lines";

/// A file of lines, by its path.
#[derive(Debug)]
pub(crate) struct Lines {
    path: PathBuf,
}

impl Lines {
    /// Makes the file and its folders where they are missing, so that a place that cannot be
    /// written shows before the work.
    pub(crate) fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let lines = Self { path: path.into() };
        lines.create().map_err(|error| lines.failure("open", error))?;
        Ok(lines)
    }

    /// Appends one value as one line.
    pub(crate) fn append(&self, value: &impl Serialize) -> Result<()> {
        let mut line = serde_json::to_vec(value)
            .map_err(|error| Error::sink(SINK, "cannot write as JSON").with_source(error))?;
        line.push(b'\n');
        self.write(line).map_err(|error| self.failure("append to", error))
    }

    fn create(&self) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        file(&self.path).map(drop)
    }

    fn write(&self, line: Vec<u8>) -> io::Result<()> {
        let mut file = file(&self.path)?;
        if !file.metadata()?.is_file() {
            // a pipe or a terminal has no end to look at and nothing to sync
            return file.write_all(&line);
        }
        // where the file system knows no locks, appending in one write has to do
        lock(&file)?;
        append_whole(&mut file, line)
    }

    fn failure(&self, tried: &str, error: io::Error) -> Error {
        Error::sink(SINK, format!("cannot {tried} `{}`", self.path.display())).with_source(error)
    }
}

fn file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).open(path)
}

fn append_whole(file: &mut File, mut line: Vec<u8>) -> io::Result<()> {
    let end = file.seek(SeekFrom::End(0))?;
    if is_torn(file, end)? {
        line.insert(0, b'\n');
    }
    file.write_all(&line).and_then(|()| file.sync_data()).inspect_err(|_| {
        if let Err(error) = file.set_len(end) {
            tracing::warn!(%error, "half a line stays behind");
        }
    })
}

fn is_torn(file: &mut File, end: u64) -> io::Result<bool> {
    if end == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(end - 1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_does_not_spoil_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/rows.jsonl");
        let lines = Lines::open(&path).unwrap();
        fs::write(&path, "{\"torn\":").unwrap();
        lines.append(&1).unwrap();
        lines.append(&"two\nlines").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"torn\":\n1\n\"two\\nlines\"\n");
    }

    #[test]
    fn a_rotated_file_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.jsonl");
        let lines = Lines::open(&path).unwrap();
        lines.append(&1).unwrap();
        fs::rename(&path, folder.path().join("rows.1.jsonl")).unwrap();
        lines.append(&2).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "2\n");
    }
}
