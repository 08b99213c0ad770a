//! The cargo features of the command line: which are in this build, and how to get the others.

use proxycore::{Error, ErrorKind};

/// A cargo feature of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Its name in `Cargo.toml`.
    pub name: &'static str,
    /// What it adds, and the option that uses it.
    pub adds: &'static str,
    /// Whether this build has it.
    pub is_built: bool,
}

/// Names a feature once, for cargo and for people.
macro_rules! features {
    ($($name:literal: $adds:literal),* $(,)?) => {
        [$(Feature { name: $name, adds: $adds, is_built: cfg!(feature = $name) }),*]
    };
}

/// All features, in the order of their names.
pub const FEATURES: &[Feature] = &features![
    "av1": "AV1 movies: --encoder av1",
    "azure": "az:// sources and outputs",
    "gcs": "gs:// sources and outputs",
    "kafka": "events to Kafka: --events kafka://...",
    "openh264": "H.264 at the least CPU, in three times the bytes: --encoder openh264",
    "parquet": "rows in Parquet files: --rows parquet:DIR",
    "postgres": "rows in PostgreSQL: --db postgres://...",
    "s3": "s3:// sources and outputs",
    "sqlite": "rows in SQLite: --db sqlite:FILE",
    "webhook": "events to a URL: --events https://...",
    "x264-gpl": "movies by the libx264 that is installed: --encoder x264",
];

/// Those that a build has where nothing is asked for.
const DEFAULT: &[&str] = &["sqlite"];

/// Whether this build has a client of any object store.
pub const HAS_OBJECT_STORES: bool = cfg!(any(feature = "azure", feature = "gcs", feature = "s3"));

/// The command that installs this build with one feature more.
pub fn install_line(missing: &str) -> String {
    let built = FEATURES.iter().filter(|feature| feature.is_built).map(|feature| feature.name);
    let more = built.filter(|name| !DEFAULT.contains(name));
    let mut names: Vec<_> = more.chain([missing]).collect();
    names.sort_unstable();
    format!("cargo install --path proxycore-cli --features {}", names.join(","))
}

/// What to do next about an error, where that is another build.
pub fn advice(error: &Error) -> Option<String> {
    match error.kind() {
        ErrorKind::MissingFeature { feature, .. } => {
            Some(format!("build it in: {}", install_line(feature)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_is_that_of_the_manifest() {
        let manifest = include_str!("../Cargo.toml");
        let (_, rest) = manifest.split_once("[features]").unwrap();
        let (section, _) = rest.split_once("\n[").unwrap();
        let lines = section.lines().filter(|line| !line.starts_with('#'));
        let named: BTreeSet<_> = lines
            .filter_map(|line| line.split_once(" = ").map(|(name, _)| name))
            .filter(|name| !matches!(*name, "default" | "full"))
            .collect();
        let listed: BTreeSet<_> = FEATURES.iter().map(|feature| feature.name).collect();
        assert_eq!(named, listed);
        let default: Vec<_> = DEFAULT.iter().map(|name| format!("{name:?}")).collect();
        assert!(section.contains(&format!("default = [{}]", default.join(", "))), "{section}");
    }

    #[test]
    fn the_line_keeps_what_is_built() {
        let line = install_line("zz");
        assert!(line.ends_with("zz"), "{line}");
        assert_eq!(line.contains("parquet,"), cfg!(feature = "parquet"), "{line}");
    }
}
