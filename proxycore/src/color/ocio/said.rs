//! What the crate has to say, for the log.
//!
//! The crate writes its warnings to stderr, where a library has no business. It can be made to keep
//! what one thread says, so each call to it that may say something goes through here. Nothing of
//! the process is changed: another user of the crate keeps his stderr.

use ocio::LoggingLevel;
use ocio::config::logging::LogGuard;

/// A config may have something wrong in every line; so many are told.
const TOLD: usize = 20;

/// Does `work`, and passes its warnings on.
pub(super) fn aloud<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let kept = LogGuard::with_level(LoggingLevel::Warning);
    let done = work();
    let said = kept.output();
    for line in said.lines().take(TOLD) {
        // "[OpenColorIO Warning]: "
        let warning = line.split_once("]: ").map_or(line, |(_, warning)| warning);
        tracing::warn!(config = name, "{warning}");
    }
    let more = said.lines().count().saturating_sub(TOLD);
    if more > 0 {
        tracing::warn!(config = name, "{more} more warnings");
    }
    done
}
