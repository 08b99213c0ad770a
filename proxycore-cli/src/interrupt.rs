//! Ctrl-C and SIGTERM: what is being made is finished, and nothing else is begun; a second signal ends
//! the program at once, which no output minds (each is whole or not there).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether a signal came.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Watches for signals from now on.
    ///
    /// # Errors
    /// What the system says.
    pub fn watch() -> io::Result<Self> {
        let interrupt = Self::default();
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // in this order: the first signal arms the second
            flag::register_conditional_shutdown(signal, status(signal), Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&interrupt.signal), number)?;
        }
        Ok(interrupt)
    }

    /// The exit status that a signal asks for, once one came.
    pub fn status(&self) -> Option<u8> {
        let signal = self.signal.load(Ordering::Relaxed);
        let signal = i32::try_from(signal).ok().filter(|&signal| signal != 0)?;
        u8::try_from(status(signal)).ok()
    }
}

/// As shells have it.
fn status(signal: i32) -> i32 {
    128 + signal
}
