//! The ffmpeg that is installed: where it is, and which version.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::NAME;
use super::process::absent;
use crate::error::{Error, Result};

/// Names another program than the `ffmpeg` that the shell would find.
pub(super) const VARIABLE: &str = "PROXYCORE_FFMPEG";

/// An ffmpeg on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FfmpegProgram {
    /// The file that is run, found on the `PATH` or named by `PROXYCORE_FFMPEG`.
    pub path: PathBuf,
    /// Its version, as it prints it: `5.1.9-0+deb12u1`.
    pub version: String,
}

impl FfmpegProgram {
    /// Finds the program and asks for its version.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) where there is none, or where it cannot be run.
    pub fn find() -> Result<Self> {
        let name = name();
        let mut command = Command::new(&name);
        command.arg("-version").stdin(Stdio::null()).stderr(Stdio::null());
        let output = command.output().map_err(|cause| absent(&cause).with_source(cause))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.strip_prefix("ffmpeg version ").and_then(|rest| rest.split(' ').next());
        let version =
            version.ok_or_else(|| Error::encode(NAME, "prints no version; is it an ffmpeg?"))?;
        Ok(Self { path: on_path(Path::new(&name)), version: version.to_owned() })
    }
}

/// The program to run.
pub(super) fn name() -> OsString {
    env::var_os(VARIABLE).unwrap_or_else(|| NAME.into())
}

/// The file that a shell would run for a name; the name itself where it has a folder.
fn on_path(name: &Path) -> PathBuf {
    if name.components().count() > 1 {
        return name.to_owned();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_for_on_the_path() {
        assert!(on_path(Path::new("sh")).is_absolute());
        assert_eq!(on_path(Path::new("./sh")), Path::new("./sh"));
        assert_eq!(on_path(Path::new("no-such-program")), Path::new("no-such-program"));
    }
}
