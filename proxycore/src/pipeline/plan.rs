//! What a run would do: for a look before the work, or before the bill.

use std::sync::Arc;

use serde::Serialize;

use super::{Pipeline, Subject};
use crate::error::Result;
use crate::source::Source;
use crate::survey::Survey;

/// What a run would read and write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The source.
    pub source_key: String,
    /// Its URI.
    pub source_uri: String,
    /// Its bytes.
    pub source_size_bytes: u64,
    /// The bytes of it that would be read; 0 where nothing would be made. A store that is read by
    /// pieces gives some more.
    pub read_bytes: u64,
    /// Whether all objects stand and are up to date, so that none would be written.
    pub up_to_date: bool,
    /// The objects, in the order of the renditions.
    pub writes: Vec<Planned>,
}

/// An object that would be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Planned {
    /// The rendition: `thumb`, `proxy`, `preview`.
    pub name: &'static str,
    /// Its key.
    pub key: String,
    /// Its URI.
    pub uri: String,
}

impl Pipeline {
    /// Says what [`run`](Self::run) would do with the source at `key`. The header is read, and the
    /// objects are looked for; nothing is written, kept or published.
    ///
    /// # Errors
    /// Those of a run that show before the pixels are read.
    pub fn plan(&self, key: &str) -> Result<Plan> {
        self.check()?;
        let source = self.find(key)?;
        let run = self.obeying(source.key())?;
        let subject = Subject::from(&source);
        let up_to_date = run.standing(&subject)?.is_some();
        let read_bytes = if up_to_date { 0 } else { self.read_bytes(&source)? };
        Ok(self.planned(&subject, up_to_date, read_bytes))
    }

    pub(crate) fn read_bytes(&self, source: &Source) -> Result<u64> {
        let survey = Arc::<Survey>::default();
        self.decode_by(|options| source.survey(options, &survey))
            .map_err(|error| error.at(source.key()))?;
        Ok(survey.bytes(source.meta().size))
    }

    pub(crate) fn planned(&self, subject: &Subject, up_to_date: bool, read_bytes: u64) -> Plan {
        let planned = |rendition| {
            let key = self.output_key(subject, rendition);
            Planned { name: rendition.role().name(), uri: self.output.uri(&key), key }
        };
        Plan {
            source_key: subject.key.clone(),
            source_uri: subject.uri.clone(),
            source_size_bytes: subject.size,
            read_bytes,
            up_to_date,
            writes: self.renditions.iter().map(planned).collect(),
        }
    }
}
