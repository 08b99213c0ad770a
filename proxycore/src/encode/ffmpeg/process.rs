//! ffmpeg at work: pictures in by its standard input, the movie out as a temporary file.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::thread::{self, JoinHandle};

use tempfile::{Builder, NamedTempFile};

use super::NAME;
use super::installed::{self, VARIABLE};
use crate::encode::{Codes, MovieStream, PixelFormat, Plane};
use crate::error::{Error, Result};
use crate::file::unkept;
use crate::image::Extent;

/// Bytes of what it complains that are kept: the last.
const COMPLAINT: usize = 4096;

/// A running ffmpeg. It is killed when it is dropped before its end.
pub(super) struct Process {
    child: Child,
    /// Gone once there is no more to say.
    input: Option<ChildStdin>,
    complaint: Option<JoinHandle<String>>,
    out: NamedTempFile,
    pixel: PixelFormat,
    size: Extent,
    /// Codes as bytes.
    bytes: Vec<u8>,
}

impl Process {
    /// Starts it with `arguments` for a file to write.
    pub(super) fn start(
        pixel: PixelFormat,
        size: Extent,
        extension: &str,
        arguments: impl FnOnce(&Path) -> Vec<OsString>,
    ) -> Result<Self> {
        let out = Builder::new().suffix(&format!(".{extension}")).tempfile().map_err(unkept)?;
        let mut command = Command::new(installed::name());
        command.args(arguments(out.path()));
        Self::spawn(command, out, pixel, size).map_err(|cause| absent(&cause).with_source(cause))
    }

    fn spawn(
        mut command: Command,
        out: NamedTempFile,
        pixel: PixelFormat,
        size: Extent,
    ) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        // a person who interrupts this program does not mean the picture at work
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let input = child.stdin.take();
        let complaint = child.stderr.take().map(|stderr| thread::spawn(|| last(stderr)));
        Ok(Self { child, input, complaint, out, pixel, size, bytes: Vec::new() })
    }

    /// Waits for its end, and says why where that is no good one.
    fn wait(&mut self) -> Result<()> {
        drop(self.input.take());
        let status = self
            .child
            .wait()
            .map_err(|cause| Error::encode(NAME, "cannot be waited for").with_source(cause))?;
        let complaint = self.complaint.take().and_then(|thread| thread.join().ok());
        let complaint = complaint.unwrap_or_default();
        if status.success() {
            return Ok(());
        }
        let why = complaint.lines().rev().find(|line| !line.trim().is_empty());
        let why = why.map(|line| format!(": {}", line.trim())).unwrap_or_default();
        if complaint.contains("Unknown encoder") {
            let what = "lacks the encoder; install one that has it, or name it by";
            return Err(Error::encode(NAME, format!("{what} `{VARIABLE}`{why}")));
        }
        Err(Error::encode(NAME, format!("ended with {status}{why}")))
    }
}

impl MovieStream for Process {
    fn push(&mut self, codes: &Codes) -> Result<()> {
        codes.check(self.pixel, NAME)?;
        if codes.extent() != self.size {
            let what = format!("a frame of {}x{} in another stream", codes.width, codes.height);
            return Err(Error::encode(NAME, what));
        }
        self.bytes.clear();
        for plane in &codes.planes {
            match plane {
                Plane::U8(codes) => self.bytes.extend_from_slice(codes),
                Plane::U16(codes) => {
                    self.bytes.extend(codes.iter().flat_map(|code| code.to_le_bytes()));
                }
            }
        }
        let Some(input) = &mut self.input else {
            return Err(Error::encode(NAME, "has ended"));
        };
        let Err(cause) = input.write_all(&self.bytes) else { return Ok(()) };
        // what it says itself tells more than that it no longer listens
        self.wait()?;
        Err(Error::encode(NAME, "ended before the last picture").with_source(cause))
    }

    fn finish(mut self: Box<Self>) -> Result<File> {
        self.wait()?;
        let file = self.out.reopen().map_err(unkept)?;
        if file.metadata().map_err(unkept)?.len() == 0 {
            return Err(Error::encode(NAME, "made an empty file"));
        }
        Ok(file)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        // nobody is left to tell; one that has ended is not killed again
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("child", &self.child.id()).finish_non_exhaustive()
    }
}

/// The last of what is said, read to its end so that whoever says it does not wait.
fn last(mut from: ChildStderr) -> String {
    let (mut kept, mut piece) = (VecDeque::new(), [0; 1024]);
    while let Ok(length @ 1..) = from.read(&mut piece) {
        kept.extend(&piece[..length]);
        kept.drain(..kept.len().saturating_sub(COMPLAINT));
    }
    String::from_utf8_lossy(kept.make_contiguous()).into_owned()
}

pub(super) fn absent(cause: &io::Error) -> Error {
    let what = match cause.kind() {
        io::ErrorKind::NotFound => "is not installed; install it, or name its file by",
        _ => "cannot be started; name another by",
    };
    Error::encode(NAME, format!("{what} `{VARIABLE}`"))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::encode::CodeFormat;
    use crate::space::ColorSpace;

    const SIZE: Extent = Extent { width: 64, height: 48 };

    /// A shell in the place of ffmpeg.
    fn shell(script: &str) -> Process {
        let mut command = Command::new("sh");
        let out = NamedTempFile::new().unwrap();
        command.args(["-c", script, "sh"]).arg(out.path());
        Process::spawn(command, out, PixelFormat::Yuv420p8, SIZE).unwrap()
    }

    fn codes(size: Extent) -> Codes {
        let space = ColorSpace::G24_REC709_DISPLAY;
        let format = CodeFormat { pixel: PixelFormat::Yuv420p8, space };
        let planes = format.planes(size);
        Codes { width: size.width, height: size.height, format, planes }
    }

    #[test]
    fn what_is_pushed_arrives_and_what_is_written_comes_back() {
        let mut process = Box::new(shell("cat > $1"));
        (0..3).for_each(|_| process.push(&codes(SIZE)).unwrap());
        assert!(process.push(&codes(Extent::new(32, 32))).is_err());
        let mut bytes = Vec::new();
        process.finish().unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 3 * 64 * 48 * 3 / 2);
    }

    #[test]
    fn one_that_ends_early_is_an_error_that_says_why() {
        let script = "head -c 100 > $1; seq 9999 >&2; echo 'no space left' >&2; echo >&2; exit 7";
        let mut process = Box::new(shell(script));
        let failed = (0..1000).find_map(|_| process.push(&codes(SIZE)).err()).unwrap();
        let text = failed.to_string();
        assert!(text.contains("exit status: 7: no space left"), "{text}");
        assert!(process.push(&codes(SIZE)).is_err(), "it stays ended");
        let error = Box::new(shell("echo 'Unknown encoder x' >&2; exit 1")).finish().unwrap_err();
        assert!(error.to_string().contains("lacks the encoder"), "{error}");
        let error = Box::new(shell("true")).finish().unwrap_err();
        assert!(error.to_string().contains("an empty file"), "{error}");
    }

    #[test]
    fn one_that_is_dropped_is_killed_and_leaves_no_file() {
        let process = shell("echo half > $1; exec sleep 1000");
        let path = process.out.path().to_owned();
        drop(process);
        assert!(!path.exists());
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let out = NamedTempFile::new().unwrap();
        let command = Command::new("/nowhere/ffmpeg");
        let cause = Process::spawn(command, out, PixelFormat::Yuv420p8, SIZE).unwrap_err();
        assert!(absent(&cause).to_string().contains("is not installed"), "{cause}");
    }
}
