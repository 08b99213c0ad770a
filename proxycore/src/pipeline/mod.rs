//! The pipeline: from a key to objects, a row and an event.
//!
//! [`Pipeline::run`] reads as the diagram in the crate's documentation. Effects come last, in this
//! order: objects, row, event. Whoever sees the event finds the row, and whoever reads the row
//! finds the objects; a run that was cut short is made whole by running it again.

mod claims;
mod info;
mod memory;
mod objects;
mod outcome;
mod plan;
mod seen;
mod stamp;
mod subject;

use std::sync::Arc;
use std::time::Instant;

use tracing::info_span;

use self::claims::{Claim, Claims};
pub use self::info::Info;
pub use self::outcome::{Made, Outcome, Persistence};
pub use self::plan::{Plan, Planned};
pub(crate) use self::seen::{Seen, SequenceFacts};
pub(crate) use self::stamp::Facts;
use self::stamp::Stamp;
pub(crate) use self::subject::{Subject, state};
use crate::assignment::Assignments;
use crate::budget::{Budget, Permit};
use crate::color::{
    BuiltIn, ColorConfig, ColorTransform, Detected, Precision, Processor, detect_assigned,
};
use crate::decode::DecodeOptions;
use crate::encode::Encoded;
use crate::error::{Error, Result};
use crate::event::EventSink;
use crate::identity;
use crate::image::{DisplayGamuts, DisplayLinear, Image, ImageSpec, Native};
use crate::key::{self, KeyTemplate};
use crate::metadata::MetadataSink;
use crate::proof::Proof;
use crate::rendition::{Rendition, is_served_by_eighth, level_for};
use crate::source::Source;
use crate::space::{ColorSpace, Gamut};
use crate::storage::{self, ObjectMeta, Storage};

/// Everything that is the same for each source: where from, what to make, where to, whom to tell.
///
/// One pipeline serves all threads; [`run`](Self::run) may be called from many at once. Clones share
/// their sinks, and see to it that two sources with one stem do not write one object at once.
///
/// # Examples
/// ```
/// # fn main() -> proxycore::Result<()> {
/// # #[cfg(feature = "jpeg")] {
/// use std::sync::Arc;
///
/// use proxycore::{MemoryStorage, Pipeline, Rendition};
///
/// let storage = Arc::new(MemoryStorage::new("renders"));
/// let pipeline = Pipeline::new(storage).with_renditions([Rendition::thumbnail()]);
/// let missing = pipeline.run("renders/shot_010/beauty.0001.exr").unwrap_err();
/// assert_eq!(missing.kind(), &proxycore::ErrorKind::NotFound);
/// # }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Pipeline {
    storage: Arc<dyn Storage>,
    output: Arc<dyn Storage>,
    template: KeyTemplate,
    decode: DecodeOptions,
    color: Arc<dyn ColorConfig>,
    input_space: Option<ColorSpace>,
    /// What a person has assigned to the source of this run.
    assigned: Option<ColorSpace>,
    data_note: bool,
    /// What of a sequence changes bytes, in a run of one.
    sequence: Option<String>,
    renditions: Vec<Rendition>,
    metadata: Vec<Arc<dyn MetadataSink>>,
    events: Vec<Arc<dyn EventSink>>,
    force: bool,
    prove: bool,
    memory: Option<Arc<Budget>>,
    claims: Arc<Claims>,
}

impl Pipeline {
    /// Makes a pipeline that reads from and writes to `storage`, makes the renditions of
    /// [`Rendition::defaults`] with the built-in colour transforms, and tells nobody.
    #[must_use]
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self {
            output: Arc::clone(&storage),
            storage,
            template: KeyTemplate::default(),
            decode: DecodeOptions::default(),
            color: Arc::new(BuiltIn),
            input_space: None,
            assigned: None,
            data_note: false,
            sequence: None,
            renditions: Rendition::defaults(),
            metadata: Vec::new(),
            events: Vec::new(),
            force: false,
            prove: false,
            memory: None,
            claims: Arc::default(),
        }
    }

    /// Reads the sources from another storage.
    #[must_use]
    pub fn with_storage(mut self, storage: Arc<dyn Storage>) -> Self {
        self.storage = storage;
        self
    }

    /// Writes the objects to another storage, and names them by `template`.
    #[must_use]
    pub fn with_output(mut self, storage: Arc<dyn Storage>, template: KeyTemplate) -> Self {
        (self.output, self.template) = (storage, template);
        self
    }

    /// Sets how sources are decoded.
    #[must_use]
    pub fn with_decode(mut self, options: DecodeOptions) -> Self {
        self.decode = options;
        self
    }

    /// Sets where colour transforms come from.
    #[must_use]
    pub fn with_color(mut self, config: Arc<dyn ColorConfig>) -> Self {
        self.color = config;
        self
    }

    /// Says which space every source is in, whatever its file says.
    #[must_use]
    pub fn with_input_space(mut self, space: ColorSpace) -> Self {
        self.input_space = Some(space);
        self
    }

    /// Notes in each rendition of numbers that are no colour that they are shown as they are: a grey
    /// strip along the bottom that says `not colour managed`.
    #[must_use]
    pub fn with_data_note(mut self, note: bool) -> Self {
        self.data_note = note;
        self
    }

    /// Sets what is made, instead of the defaults.
    #[must_use]
    pub fn with_renditions(mut self, renditions: impl IntoIterator<Item = Rendition>) -> Self {
        self.renditions = renditions.into_iter().collect();
        self
    }

    /// Adds a sink for rows.
    #[must_use]
    pub fn with_metadata(mut self, sink: Arc<dyn MetadataSink>) -> Self {
        self.metadata.push(sink);
        self
    }

    /// Adds a sink for events.
    #[must_use]
    pub fn with_events(mut self, sink: Arc<dyn EventSink>) -> Self {
        self.events.push(sink);
        self
    }

    /// Makes everything anew, also where it stands and is up to date.
    #[must_use]
    pub fn with_force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Decodes each file again before it is stored, and holds it against the light that it was made
    /// from ([`proof`](crate::proof)); where one does not show that, none is stored. The bytes are
    /// the same. What is up to date is not made, and so not proved.
    #[must_use]
    pub fn with_proof(mut self, prove: bool) -> Self {
        self.prove = prove;
        self
    }

    /// Bounds the memory of runs side by side: each takes of the budget what it will hold at the most,
    /// as its source's header tells, and waits until there is as much. What is up to date takes
    /// none. Threads of rayon's pool must not run a pipeline that waits, [`Budget::take`].
    #[must_use]
    pub fn with_memory(mut self, budget: Arc<Budget>) -> Self {
        self.memory = Some(budget);
        self
    }

    /// Makes the renditions of the source at `key`, keeps its row and publishes its event.
    ///
    /// Where all renditions stand already, were made from this state of the source by this recipe,
    /// and `force` is off, nothing is decoded; the row and the event go out all the same, for the
    /// run before may have ended between the objects and them.
    ///
    /// # Errors
    /// The first error of any stage, with the key of the object that it came from. What it says
    /// [`is_retryable`](Error::is_retryable) may be run again.
    pub fn run(&self, key: &str) -> Result<Outcome> {
        let _span = info_span!("run", key).entered();
        let started = Instant::now();
        self.check()?;
        let source = self.find(key)?;
        let subject = Subject::from(&source);
        let _claim = self.claim(&subject);
        let run = self.obeying(source.key())?;
        let outcome = match run.standing(&subject)? {
            Some(standing) => standing,
            None => run.make(&source, &subject, started).map_err(|error| error.at(key))?,
        };
        run.tell(outcome)
    }

    /// Makes the renditions of the source at `key` and gives them back, in their order. Nothing is
    /// stored, kept or published, and what stands is not looked at.
    ///
    /// # Errors
    /// As [`run`](Self::run), without those of what comes last.
    pub fn render(&self, key: &str) -> Result<Vec<Encoded>> {
        self.check()?;
        let source = Source::find(Arc::clone(&self.storage), key)?;
        let run = self.obeying(source.key())?;
        let made =
            run.developed(&source).and_then(|each| Ok(run.files(each.display, &each.space)?.0));
        let made = made.map_err(|error| error.at(key))?;
        source.check_unchanged()?;
        Ok(made)
    }

    /// Decodes the source at `key` and brings it to display-linear light with Rec.709 primaries, for
    /// whoever wants its pixels. Of a mip map, the level that serves the renditions is taken.
    ///
    /// # Errors
    /// As [`run`](Self::run), for these stages.
    pub fn light(&self, key: &str) -> Result<Image<DisplayLinear>> {
        self.check()?;
        let source = Source::find(Arc::clone(&self.storage), key)?;
        let run = self.obeying(source.key())?;
        let light = run.decode(&source).and_then(|native| {
            let space = run.space_of(native.spec(), source.key());
            native.transform(&*run.color, &space)
        });
        light.map_err(|error| error.at(key))
    }

    /// The same, with what a person has assigned to the source at `key`, which is read anew for each run. The
    /// caller's own word is believed before it.
    pub(crate) fn obeying(&self, key: &str) -> Result<Self> {
        let mut run = self.clone();
        if self.input_space.is_none() {
            let assignments = Assignments::read(&*self.storage, key)?;
            run.assigned = assignments.space_of(key).cloned();
        }
        Ok(run)
    }

    /// The same for a sequence, of which `recipe` says what changes bytes.
    pub(crate) fn for_sequence(mut self, recipe: String) -> Self {
        self.sequence = Some(recipe);
        self
    }

    /// The same that makes other renditions.
    pub(crate) fn making<'a>(&self, renditions: impl IntoIterator<Item = &'a Rendition>) -> Self {
        self.clone().with_renditions(renditions.into_iter().cloned())
    }

    /// Where the sources are.
    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// Where the objects are written to.
    pub(crate) fn output(&self) -> &Arc<dyn Storage> {
        &self.output
    }

    /// Whether everything is made anew.
    pub(crate) fn is_forced(&self) -> bool {
        self.force
    }

    /// The recipe of a sequence's frames, whichever of them there are.
    pub(crate) fn recipe_of_frames(&self) -> String {
        Self { sequence: None, ..self.clone() }.recipe()
    }

    /// What is made.
    pub(crate) fn renditions(&self) -> &[Rendition] {
        &self.renditions
    }

    /// Waits until nobody else makes the same objects.
    pub(crate) fn claim(&self, subject: &Subject) -> Claim<'_> {
        self.claims.claim(self.output_uris(subject))
    }

    /// Decodes, transforms, resizes, encodes and stores.
    fn make(&self, source: &Source, subject: &Subject, started: Instant) -> Result<Outcome> {
        let Developed { display, space, precision } = self.developed(source)?;
        let (spec, tally) = (Arc::clone(display.spec()), Arc::clone(display.tally()));
        let (encoded, proofs) = info_span!("render").in_scope(|| self.files(display, &space))?;
        let seconds = started.elapsed().as_secs_f64();
        let transform = self.transform_of(&space);
        let seen = Seen::of(&spec, space, transform, precision, &tally, seconds);
        source.check_unchanged()?;
        let files = self.renditions.iter().zip(&encoded).zip(&proofs);
        let store = |((rendition, encoded), proof): ((_, _), &Option<Proof>)| {
            self.store_file(subject, &seen, rendition, encoded, proof.as_ref())
        };
        let made = info_span!("store").in_scope(|| files.map(store).collect::<Result<_>>())?;
        Ok(self.outcome(subject, made, false))
    }

    /// Decodes and transforms.
    pub(crate) fn developed(&self, source: &Source) -> Result<Developed> {
        let native = info_span!("decode").in_scope(|| self.decode(source))?;
        let space = self.space_of(native.spec(), source.key());
        let processors = self.processors(&space)?;
        let precision = processors.iter().map(|(_, one)| one.precision());
        let precision = precision.fold(Precision::Exact, Precision::lesser);
        Ok(Developed { display: native.transform_for(processors), space, precision })
    }

    /// Makes a processor for each gamut that a rendition is made from.
    fn processors(&self, space: &Detected) -> Result<Vec<(Gamut, Arc<dyn Processor>)>> {
        let mut gamuts: Vec<_> = self.renditions.iter().map(Rendition::gamut).collect();
        gamuts.sort_unstable();
        gamuts.dedup();
        let made = |gamut| Ok((gamut, self.color.processor_for(space, gamut)?));
        gamuts.into_iter().map(made).collect()
    }

    /// Makes the files, and proves them where that is asked for.
    pub(crate) fn files(
        &self,
        display: Image<DisplayGamuts>,
        space: &Detected,
    ) -> Result<(Vec<Encoded>, Vec<Option<Proof>>)> {
        let _permit = self.permit(&display, 1)?;
        let renditions: Vec<_> =
            self.renditions.iter().map(|each| self.noted(each, space)).collect();
        if !self.prove {
            let encoded = display.render(&renditions)?;
            let proofs = vec![None; encoded.len()];
            return Ok((encoded, proofs));
        }
        let proved = display.render_with_proof(&renditions)?;
        Ok(proved.into_iter().map(|(encoded, proof)| (encoded, Some(proof))).unzip())
    }

    /// Takes of the budget what making the renditions of so many pictures like `display` holds at a
    /// time.
    pub(crate) fn permit(
        &self,
        display: &Image<DisplayGamuts>,
        pictures: usize,
    ) -> Result<Option<Permit<'_>>> {
        let needed = memory::needed(display, &self.renditions)?.saturating_mul(pictures as u64);
        Ok(self.memory.as_ref().map(|budget| budget.take(needed)))
    }

    /// The rendition with the note for numbers that are no colour, where that is asked for.
    pub(crate) fn noted(&self, rendition: &Rendition, space: &Detected) -> Rendition {
        if self.data_note && space.space == ColorSpace::DATA {
            return rendition.clone().with_note(NOTE);
        }
        rendition.clone()
    }

    /// Decodes the level that serves the renditions, unless the caller names one.
    fn decode(&self, source: &Source) -> Result<Image<Native>> {
        self.decode_by(|options| source.decode(options))
    }

    fn decode_by(
        &self,
        decode: impl Fn(&DecodeOptions) -> Result<Image<Native>>,
    ) -> Result<Image<Native>> {
        let full = decode(&self.decode)?;
        if self.decode.selection.level.is_some() {
            return Ok(full);
        }
        match level_for(&self.renditions, full.spec())? {
            0 if is_served_by_eighth(&self.renditions, full.spec())? => {
                decode(&DecodeOptions { eighth: true, ..self.decode.clone() })
            }
            0 => Ok(full),
            level => {
                let selection = self.decode.selection.clone().with_level(level);
                decode(&self.decode.clone().with_selection(selection))
            }
        }
    }

    /// Checks that there is something to make, and that each thing has a name of its own.
    pub(crate) fn check(&self) -> Result<()> {
        let mut names: Vec<_> = self.renditions.iter().map(|each| each.role().name()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            _ if names.is_empty() => Err(Error::invalid("renditions", "none is asked for")),
            Some(twice) => {
                Err(Error::invalid("renditions", format!("`{}` is asked for twice", twice[0])))
            }
            None => Ok(()),
        }
    }

    fn find(&self, key: &str) -> Result<Source> {
        Self::check_source(key)?;
        Source::find(Arc::clone(&self.storage), key)
    }

    /// Checks that a source is no output.
    pub(crate) fn check_source(key: &str) -> Result<()> {
        if key::is_proxy(key) {
            let what = format!("`{key}` lies in a folder of outputs");
            return Err(Error::invalid("source", what));
        }
        Ok(())
    }

    /// Checks that no proof is asked for of what cannot be proved.
    pub(crate) fn check_unproved(&self) -> Result<()> {
        if self.prove {
            let what = "a movie of a sequence cannot be proved; ask for its stills alone";
            return Err(Error::invalid("prove", what));
        }
        Ok(())
    }

    fn space_of(&self, spec: &ImageSpec, key: &str) -> Detected {
        let mut found = match &self.input_space {
            Some(space) if !spec.is_data => Detected::named(space, &*self.color),
            // of numbers that are no colour it is told that the word was not followed
            said => {
                let location = storage::location(&self.storage.uri(key));
                let assigned = said.as_ref().or(self.assigned.as_ref());
                detect_assigned(spec, &location, &*self.color, assigned)
            }
        };
        found.warnings.extend(self.color.assumptions(&found));
        found
    }

    /// What is done to the colours of a source.
    pub(crate) fn transform_of(&self, space: &Detected) -> ColorTransform {
        self.color.transform(space)
    }

    /// The hash of everything but the source that changes the objects' bytes. It is that of all
    /// renditions together, for a small one may be made from a larger one's rows.
    fn recipe(&self) -> String {
        let space = self.input_space.as_ref().map_or("detect", ColorSpace::id);
        let mut recipe = format!("{VERSION}\n{space}\n{}", self.color.recipe());
        if let Some(assigned) = &self.assigned {
            recipe += &format!("\nassigned {assigned}");
        }
        if let Some(sequence) = &self.sequence {
            recipe += &format!("\n{sequence}");
        }
        if self.data_note {
            recipe += &format!("\nnote {NOTE}");
        }
        let decode = self.decode.recipe();
        let decode = (!decode.is_empty()).then_some(decode);
        for line in decode.into_iter().chain(self.renditions.iter().map(Rendition::recipe)) {
            recipe.push('\n');
            recipe += &line;
        }
        identity::sha256(recipe.as_bytes())
    }

    pub(crate) fn outcome(&self, subject: &Subject, made: Vec<Made>, skipped: bool) -> Outcome {
        Outcome::new(subject, made, &self.recipe(), skipped)
    }

    /// Keeps the row, then publishes the event.
    pub(crate) fn tell(&self, mut outcome: Outcome) -> Result<Outcome> {
        let (record, renditions) = outcome.rows();
        for sink in &self.metadata {
            let written = info_span!("record").in_scope(|| sink.write(&record, &renditions))?;
            outcome.kept(written);
        }
        let event = outcome.event();
        for sink in &self.events {
            info_span!("publish").in_scope(|| sink.publish(&event))?;
        }
        Ok(outcome)
    }
}

/// Whether an object is one that a run wrote, as [`Storage::head`] tells of it.
#[must_use]
pub fn is_output(object: &ObjectMeta) -> bool {
    Stamp::read(object).is_some()
}

/// A source's light, and how it came to be that.
pub(crate) struct Developed {
    pub(crate) display: Image<DisplayGamuts>,
    pub(crate) space: Detected,
    pub(crate) precision: Precision,
}

impl Developed {
    /// What a person should know of it before its pixels are read.
    pub(crate) fn told(&self) -> Vec<String> {
        seen::told(self.display.spec(), &self.space)
    }
}

/// What stands in a picture of numbers that are no colour.
const NOTE: &str = "not colour managed";

/// What of the version changes bytes: a patch release does not.
const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
