//! Every frame of a folder, with rows in SQLite and events as JSON Lines:
//! `cargo run -p proxycore-examples --example folder -- /mnt/show renders/shot_010`.

use std::path::Path;
use std::sync::Arc;

use proxycore::event::JsonlEvents;
use proxycore::metadata::SqliteMetadata;
use proxycore::{LocalStorage, Pipeline};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(root), Some(folder)) = (args.next(), args.next()) else {
        return Err("usage: folder ROOT FOLDER".into());
    };
    let root = Path::new(&root);
    let pipeline = Pipeline::new(Arc::new(LocalStorage::new(root)?))
        .with_metadata(Arc::new(SqliteMetadata::open(root.join("proxies.db"))?))
        .with_events(Arc::new(JsonlEvents::open(root.join("events.jsonl"))?));
    for entry in std::fs::read_dir(root.join(&folder))? {
        let name = entry?.file_name();
        let Some(name) = name.to_str().filter(|name| name.ends_with(".exr")) else { continue };
        match pipeline.run(&format!("{folder}/{name}")) {
            Ok(outcome) => report(&format!("{name}: {}", outcome.colorspace)),
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => report(&format!("{error}")),
        }
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "an example talks to its reader")]
fn report(line: &str) {
    println!("{line}");
}
