//! The objects of a run: their keys, whether they stand and are up to date, and writing them.

use std::thread;
use std::time::Duration;

use super::stamp::{Facts, Stamp};
use super::{Made, Outcome, Pipeline, Seen, Subject};
use crate::encode::Encoded;
use crate::error::{Error, ErrorKind, Result};
use crate::proof::Proof;
use crate::rendition::Rendition;
use crate::storage::{ObjectAttributes, ObjectMeta, Storage};

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
    /// [`ErrorKind::Collision`] where one belongs to another source, [`ErrorKind::Invalid`] where one is
    /// the source itself.
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
        match self.place(subject, &self.output_key(subject, rendition))? {
            Place::Stamped(stamp) => Ok(Some(*stamp)),
            Place::Free | Place::Unstamped => Ok(None),
        }
    }

    /// What stands where an object of `subject` is to stand, once it is known that it may be replaced.
    ///
    /// What carries no stamp may be: in a folder a process that is killed can leave an object of ours so.
    fn place(&self, subject: &Subject, key: &str) -> Result<Place> {
        if self.output.uri(key) == subject.uri {
            let what = "would replace its own source; give it another name with a template";
            return Err(Error::invalid("output", what).at(key));
        }
        let Some(meta) = self.object(key)? else { return Ok(Place::Free) };
        match Stamp::read(&meta) {
            Some(stamp) => {
                stamp.check_owner(subject, key)?;
                Ok(Place::Stamped(Box::new(stamp)))
            }
            None => Ok(Place::Unstamped),
        }
    }

    /// What is known of the object at a key, where one stands.
    fn object(&self, key: &str) -> Result<Option<ObjectMeta>> {
        match self.output.head(key) {
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(None),
            told => told.map(Some),
        }
    }

    /// Whether an object stands that [`attributes`](Self::attributes) are beside, and is up to date.
    ///
    /// # Errors
    /// What the store meets.
    pub(crate) fn stands(&self, subject: &Subject, key: &str) -> Result<bool> {
        let stamp = self.object(key)?.and_then(|meta| Stamp::read(&meta));
        Ok(stamp.is_some_and(|stamp| stamp.is_of(subject, &self.recipe())))
    }

    /// What an object carries that belongs to a rendition and stands beside it.
    pub(crate) fn attributes(
        &self,
        subject: &Subject,
        seen: &Seen,
        rendition: &Rendition,
        facts: &Facts,
    ) -> ObjectAttributes {
        let stamp = Stamp::new(subject, seen, &self.recipe(), facts);
        stamp.attributes(rendition.role(), facts.media_type)
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
        self.store(subject, seen, rendition, &facts, proof, |storage, key, attributes, is_free| {
            if is_free && storage.put_new(key, &encoded.bytes, attributes)? {
                return Ok(());
            }
            if is_free {
                self.check_winner(subject, key)?;
            }
            storage.put(key, &encoded.bytes, attributes)
        })
    }

    /// Lets `put` write the object of a rendition, with its stamp, and tells it whether there was nothing
    /// just now: another process may make the same object, and since the run began it may have done so.
    pub(crate) fn store(
        &self,
        subject: &Subject,
        seen: &Seen,
        rendition: &Rendition,
        facts: &Facts,
        proof: Option<&Proof>,
        put: impl FnOnce(&dyn Storage, &str, &ObjectAttributes, bool) -> Result<()>,
    ) -> Result<Made> {
        let stamp = Stamp::new(subject, seen, &self.recipe(), facts).with_proof(proof);
        let key = self.output_key(subject, rendition);
        let is_free = matches!(self.place(subject, &key)?, Place::Free);
        put(&*self.output, &key, &stamp.attributes(rendition.role(), facts.media_type), is_free)?;
        Ok(Made::new(rendition.role(), &self.output.uri(&key), key, stamp))
    }

    /// Checks whose the object is that another process was quicker to write. In a folder its stamp
    /// follows it.
    ///
    /// # Errors
    /// [`ErrorKind::Collision`] where it is another source's, [`ErrorKind::Changed`] where nobody says.
    fn check_winner(&self, subject: &Subject, key: &str) -> Result<()> {
        for _ in 0..LOOKS {
            if let Some(stamp) = Stamp::read(&self.output.head(key)?) {
                return stamp.check_owner(subject, key);
            }
            thread::sleep(PAUSE);
        }
        Err(Error::new(ErrorKind::Changed).at(key))
    }
}

/// How often, and how long apart, a stamp is looked for.
const LOOKS: usize = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// What stands where an object is to stand.
enum Place {
    Free,
    Stamped(Box<Stamp>),
    Unstamped,
}
