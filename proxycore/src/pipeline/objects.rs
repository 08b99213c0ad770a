//! The objects of a run: their keys, whether they stand and are up to date, and writing them.

use super::stamp::{Facts, Stamp};
use super::{Made, Outcome, Pipeline, Seen, Subject};
use crate::encode::Encoded;
use crate::error::{ErrorKind, Result};
use crate::proof::Proof;
use crate::rendition::Rendition;
use crate::storage::{ObjectAttributes, Storage};

impl Pipeline {
    pub(crate) fn output_key(&self, subject: &Subject, rendition: &Rendition) -> String {
        let extension = rendition.encoder().extension();
        self.template.output(&subject.key, rendition.role().name(), extension)
    }

    /// Names every object that a run for `subject` writes.
    pub(super) fn output_uris(&self, subject: &Subject) -> Vec<String> {
        let uri = |rendition| self.output.uri(&self.output_key(subject, rendition));
        self.renditions.iter().map(uri).collect()
    }

    /// Answers from the objects that stand, where all are up to date.
    ///
    /// # Errors
    /// [`ErrorKind::Collision`] where one belongs to another source.
    pub(crate) fn standing(&self, subject: &Subject) -> Result<Option<Outcome>> {
        let stamps: Vec<_> = self
            .renditions
            .iter()
            .map(|each| self.owned_stamp(subject, each))
            .collect::<Result<_>>()?;
        let recipe = self.recipe();
        let up_to_date = |(rendition, stamp): (&Rendition, Option<Stamp>)| {
            let stamp = stamp.filter(|stamp| stamp.is_of(subject, &recipe))?;
            let key = self.output_key(subject, rendition);
            Some(Made::new(rendition.role(), &self.output.uri(&key), key, stamp))
        };
        if self.force {
            return Ok(None);
        }
        let made: Option<Vec<_>> = self.renditions.iter().zip(stamps).map(up_to_date).collect();
        Ok(made.map(|made| self.outcome(subject, made, true)))
    }

    /// The stamp of the object that a rendition will replace, once it is known to be the source's.
    fn owned_stamp(&self, subject: &Subject, rendition: &Rendition) -> Result<Option<Stamp>> {
        let key = self.output_key(subject, rendition);
        let stamp = self.stamp_at(&key)?;
        if let Some(stamp) = &stamp {
            stamp.check_owner(subject, &key)?;
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

    /// The poster that a person chose when the objects that stand were made.
    ///
    /// # Errors
    /// As [`standing`](Self::standing).
    pub(crate) fn chosen_poster(&self, subject: &Subject) -> Result<Option<String>> {
        for rendition in &self.renditions {
            let stamp = self.owned_stamp(subject, rendition)?;
            let chosen = stamp.map(|stamp| stamp.poster_chosen);
            if let Some(chosen) = chosen.filter(|chosen| !chosen.is_empty()) {
                return Ok(Some(chosen));
            }
        }
        Ok(None)
    }

    /// Writes a file as the object of a rendition, with its stamp.
    pub(crate) fn store_file(
        &self,
        subject: &Subject,
        seen: &Seen,
        rendition: &Rendition,
        encoded: &Encoded,
        proof: Option<&Proof>,
    ) -> Result<Made> {
        let facts = Facts::of(encoded);
        self.store(subject, seen, rendition, &facts, proof, |storage, key, attributes| {
            storage.put(key, &encoded.bytes, attributes)
        })
    }

    /// Lets `put` write the object of a rendition, with its stamp.
    pub(crate) fn store(
        &self,
        subject: &Subject,
        seen: &Seen,
        rendition: &Rendition,
        facts: &Facts,
        proof: Option<&Proof>,
        put: impl FnOnce(&dyn Storage, &str, &ObjectAttributes) -> Result<()>,
    ) -> Result<Made> {
        let stamp = Stamp::new(subject, seen, &self.recipe(), facts).with_proof(proof);
        let key = self.output_key(subject, rendition);
        put(&*self.output, &key, &stamp.attributes(rendition.role(), facts.media_type))?;
        Ok(Made::new(rendition.role(), &self.output.uri(&key), key, stamp))
    }
}
