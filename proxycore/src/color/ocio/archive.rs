//! Archives of configs (`.ocioz`), unpacked into a folder of our own.
//!
//! The crate unpacks them too, but into a folder of temporary files whose name anybody can tell
//! beforehand and fill, which stays for good; and it believes the sizes that an archive states.
//! Here the folder is private and goes with the config, and what comes out is counted.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Component, Path};

use tempfile::TempDir;
use zip::ZipArchive;

use super::files::LONGEST as LONGEST_FILE;

/// The longest archive, in bytes, the most files in it, and their bytes together.
pub(super) const LONGEST: u64 = 256 << 20;
const MOST_FILES: usize = 10_000;
const MOST_BYTES: u64 = 1 << 30;

/// How an entry of the directory starts (PKWARE APPNOTE 4.3.12), and an archive.
const ENTRY: &[u8] = b"PK\x01\x02";
pub(super) const MAGIC: &[u8] = b"PK";

/// Unpacks an archive; the folder is removed when it is dropped.
pub(super) fn unpack(bytes: &[u8]) -> Result<TempDir, String> {
    // before the directory is read, which takes more memory than the archive
    if bytes.windows(ENTRY.len()).filter(|window| *window == ENTRY).count() > MOST_FILES {
        return Err(format!("the archive has more than {MOST_FILES} files"));
    }
    let broken = |cause: &dyn std::fmt::Display| format!("the archive is broken: {cause}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|cause| broken(&cause))?;
    let folder = tempfile::tempdir().map_err(|cause| cause.to_string())?;
    let mut left = MOST_BYTES;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|cause| broken(&cause))?;
        let name = entry.name().map_err(|cause| broken(&cause))?.into_owned();
        check(&name)?;
        let path = folder.path().join(&name);
        if entry.is_dir() {
            fs::create_dir_all(path).map_err(|cause| broken(&cause))?;
        } else {
            left -= write(entry, &path, left).map_err(|why| format!("`{name}`: {why}"))?;
        }
    }
    Ok(folder)
}

/// Refuses a name that leads out of the folder.
fn check(name: &str) -> Result<(), String> {
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let is_inside = Path::new(name).components().all(inside) && !name.contains('\0');
    is_inside.then_some(()).ok_or_else(|| format!("`{name}` lies outside the archive"))
}

/// Writes a file; answers with its bytes.
fn write(entry: impl Read, path: &Path, left: u64) -> Result<u64, String> {
    let said = |cause: io::Error| cause.to_string();
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(said)?;
    }
    let limit = left.min(LONGEST_FILE);
    let written = io::copy(&mut entry.take(limit + 1), &mut File::create(path).map_err(said)?);
    match written.map_err(said)? {
        written if written <= limit => Ok(written),
        _ if limit < LONGEST_FILE => Err(format!("the archive holds more than {MOST_BYTES} bytes")),
        _ => Err(format!("it is longer than {LONGEST_FILE} bytes")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn an_archive_is_unpacked_and_goes_with_its_folder() {
        let folder = unpack(&packed(&[("config.ocio", b"a"), ("luts/b.cube", b"b")])).unwrap();
        let path = folder.path().to_owned();
        assert_eq!(fs::read(path.join("luts/b.cube")).unwrap(), b"b");
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn names_that_lead_out_of_an_archive_are_refused() {
        for name in ["../out.cube", "luts/../../out.cube", "/tmp/out.cube"] {
            let why = check(name).unwrap_err();
            assert!(why.contains("outside"), "{why}");
        }
        let why = unpack(&packed(&[("../out.cube", b"x")])).unwrap_err();
        assert!(why.contains("outside"), "{why}");
    }

    #[test]
    fn what_swells_is_refused() {
        let zeros = vec![0; LONGEST_FILE as usize + 1];
        let packed = packed(&[("luts/swells.cube", &zeros)]);
        assert!(packed.len() < 1 << 20);
        let why = unpack(&packed).unwrap_err();
        assert_eq!(why, "`luts/swells.cube`: it is longer than 134217728 bytes");
    }

    #[test]
    fn too_many_files_are_refused_before_they_are_listed() {
        let names: Vec<_> = (0..=MOST_FILES).map(|at| at.to_string()).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert_eq!(unpack(&packed(&files)).unwrap_err(), "the archive has more than 10000 files");
    }

    #[test]
    fn what_is_no_archive_is_an_error() {
        let why = unpack(b"PK, it says").unwrap_err();
        assert!(why.starts_with("the archive is broken"), "{why}");
        let whole = packed(&[("config.ocio", b"ocio_profile_version: 2")]);
        for length in 0..whole.len() {
            assert!(unpack(&whole[..length]).is_err(), "{length} bytes of {}", whole.len());
        }
    }
}
