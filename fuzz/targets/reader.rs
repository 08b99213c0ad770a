//! Any bytes to one reader: the one that `$PROXYCORE_READER` names. Without a name of one, the names
//! of all are printed, a line each.
#![no_main]

use std::process::exit;
use std::sync::LazyLock;

use proxycore_fuzz::{READERS, Reader};

static READER: LazyLock<Reader> = LazyLock::new(|| {
    let name = std::env::var("PROXYCORE_READER").unwrap_or_default();
    let Some((_, read)) = READERS.iter().find(|(reader, _)| *reader == name) else { list() };
    *read
});

fn list() -> ! {
    READERS.iter().for_each(|(name, _)| println!("{name}"));
    exit(2)
}

libfuzzer_sys::fuzz_target!(init: { LazyLock::force(&READER); }, |bytes: &[u8]| READER(bytes));
