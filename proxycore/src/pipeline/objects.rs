//! The objects of a run: their keys, whether they stand and are up to date, and writing them.

use super::stamp::Stamp;
use super::{Made, Outcome, Pipeline};
use crate::color::{Detected, Precision};
use crate::encode::Encoded;
use crate::error::{ErrorKind, Result};
use crate::image::{ImageSpec, Tally};
use crate::rendition::Rendition;
use crate::source::Source;

/// What a run has seen of its source.
pub(super) struct Seen<'a> {
    pub(super) spec: &'a ImageSpec,
    pub(super) space: &'a Detected,
    pub(super) precision: Precision,
    pub(super) tally: &'a Tally,
    /// How long it took.
    pub(super) seconds: f64,
}

impl Pipeline {
    pub(super) fn output_key(&self, source: &Source, rendition: &Rendition) -> String {
        let extension = rendition.encoder().extension();
        self.template.output(source.key(), rendition.role().name(), extension)
    }

    /// Names every object that a run for `source` writes.
    pub(super) fn output_uris(&self, source: &Source) -> Vec<String> {
        let uri = |rendition| self.output.uri(&self.output_key(source, rendition));
        self.renditions.iter().map(uri).collect()
    }

    /// Answers from the objects that stand, where all are up to date.
    ///
    /// # Errors
    /// [`ErrorKind::Collision`] where one belongs to another source.
    pub(super) fn standing(&self, source: &Source) -> Result<Option<Outcome>> {
        let stamps: Vec<_> = self
            .renditions
            .iter()
            .map(|each| self.owned_stamp(source, each))
            .collect::<Result<_>>()?;
        let recipe = self.recipe();
        let up_to_date = |(rendition, stamp): (&Rendition, Option<Stamp>)| {
            let stamp = stamp.filter(|stamp| stamp.is_of(source, &recipe))?;
            let key = self.output_key(source, rendition);
            Some(Made::new(rendition.role(), &self.output.uri(&key), key, stamp))
        };
        if self.force {
            return Ok(None);
        }
        let made: Option<Vec<_>> = self.renditions.iter().zip(stamps).map(up_to_date).collect();
        Ok(made.map(|made| self.outcome(source, made, true)))
    }

    /// The stamp of the object that a rendition will replace, once it is known to be the source's.
    fn owned_stamp(&self, source: &Source, rendition: &Rendition) -> Result<Option<Stamp>> {
        let key = self.output_key(source, rendition);
        let stamp = self.stamp_at(&key)?;
        if let Some(stamp) = &stamp {
            stamp.check_owner(source, &key)?;
        }
        Ok(stamp)
    }

    /// The stamp of an object, where it stands and carries one.
    fn stamp_at(&self, key: &str) -> Result<Option<Stamp>> {
        match self.output.head(key) {
            Ok(meta) => Ok(Stamp::read(&meta)),
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stamps what was made just now.
    pub(super) fn stamps(
        &self,
        source: &Source,
        seen: &Seen<'_>,
        encoded: &[Encoded],
    ) -> Vec<Stamp> {
        let recipe = self.recipe();
        let stamp = |encoded| Stamp::new(source, seen, &recipe, encoded);
        encoded.iter().map(stamp).collect()
    }

    /// Writes the objects, each with its stamp.
    pub(super) fn store(
        &self,
        source: &Source,
        encoded: &[Encoded],
        stamps: Vec<Stamp>,
    ) -> Result<Vec<Made>> {
        let each = self.renditions.iter().zip(encoded).zip(stamps);
        each.map(|((rendition, encoded), stamp)| {
            let key = self.output_key(source, rendition);
            let attributes = stamp.attributes(rendition.role(), encoded.media_type);
            self.output.put(&key, &encoded.bytes, &attributes)?;
            Ok(Made::new(rendition.role(), &self.output.uri(&key), key, stamp))
        })
        .collect()
    }
}
