//! The flow for a sequence: a movie, stills of one frame, one row, one event.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tracing::info_span;

use super::burn::Burner;
use super::montage::{self, Montage};
use super::poster::Choice;
use super::reel::Reel;
use super::segments::Segments;
use super::shot::Shot;
use super::tiles::Wanted;
use super::timeline::Timeline;
use super::{Assembly, Frame, FrameSet, Poster, Sequence, webvtt};
use crate::encode::{Encoded, MovieSpec};
use crate::error::{Error, ErrorKind, Result};
use crate::identity;
use crate::image::{Extent, Rational, Timecode};
use crate::pipeline::{Facts, Made, Outcome, Pipeline, Plan, Seen, SequenceFacts, Subject, state};
use crate::proof::Proof;
use crate::rendition::{Rendition, Role};
use crate::source::Source;
use crate::storage::Storage;

/// Where neither the files nor the caller say anything: the cinema's rate.
const FPS: Rational = Rational { num: 24, den: 1 };
/// The longest text of frames that stands beside an object.
const LONGEST: usize = 200;

impl Pipeline {
    /// Makes the renditions of a sequence, keeps its row and publishes its event: movies of all its
    /// frames, and stills of its poster frame. The key of the row and of the event is the pattern,
    /// `shot.%04d.exr`.
    ///
    /// Frames are decoded some at a time, and closed groups of them encoded side by side; memory
    /// does not grow with the length, and the bytes are the same for any number of threads. The
    /// movie has the size that the first frame's gives; others are brought into it.
    ///
    /// Where all renditions stand already and are up to date, nothing is decoded, as in
    /// [`run`](Self::run).
    ///
    /// # Errors
    /// As [`run`](Self::run), with the key of the frame; [`ErrorKind::Invalid`] where frames are
    /// missing and nothing is to be shown for them, and for a proof of a movie, which is not to be
    /// had; [`ErrorKind::NotFound`] for a sequence, or a poster, without a frame.
    pub fn run_sequence(&self, sequence: &Sequence, assembly: &Assembly) -> Result<Outcome> {
        let key = sequence.key();
        let _span = info_span!("run", key).entered();
        let started = Instant::now();
        let job = self.begin(sequence, assembly)?;
        let _claim = self.claim(&job.subject);
        let outcome = match job.standing()? {
            Some(standing) => standing,
            None => job.make(sequence, started).map_err(|error| error.at(key))?,
        };
        self.tell(outcome)
    }

    /// Says what [`run_sequence`](Self::run_sequence) would do. The header of each frame is read, and
    /// the objects are looked for; nothing is written, kept or published.
    ///
    /// # Errors
    /// Those of a run that show before the pixels are read.
    pub fn plan_sequence(&self, sequence: &Sequence, assembly: &Assembly) -> Result<Plan> {
        let job = self.begin(sequence, assembly)?;
        let up_to_date = job.standing()?.is_some();
        let Job { run, timeline, subject, .. } = job;
        let frames = timeline.present().iter().filter_map(|number| sequence.frame(*number));
        let frames = frames.filter(|_| !up_to_date);
        let read = frames.map(|frame| run.read_bytes(&run.source_of(frame)));
        let read = read.filter(|read| !matches!(read, Err(error) if timeline.passes_over(error)));
        let read_bytes = read.sum::<Result<u64>>()?;
        Ok(run.planned(&subject, up_to_date, read_bytes))
    }

    /// Everything that is known before a pixel is read.
    fn begin(&self, sequence: &Sequence, assembly: &Assembly) -> Result<Job> {
        self.check()?;
        Self::check_source(&sequence.key())?;
        let timeline = Timeline::new(sequence, assembly)?;
        let subject = subject(&**self.storage(), sequence, &timeline);
        let run = self.obeying(timeline.key_of_first(sequence))?;
        let said = assembly.poster.is_some();
        let assembly = run.remembering(assembly, &subject)?;
        let poster = assembly.poster.unwrap_or_default();
        let choice = Choice { poster, is_remembered: !said };
        let mut shown = assembly.clone();
        shown.poster = shown.poster.filter(|_| !choice.is_gone(sequence));
        let run = run.for_sequence(format!("{} {}", shown.recipe(), timeline.frames()));
        Ok(Job { run, timeline, subject, assembly, choice })
    }

    /// With the poster that a person chose in an earlier run, where nothing is said of it in this.
    fn remembering(&self, assembly: &Assembly, subject: &Subject) -> Result<Assembly> {
        let chosen = match assembly.poster {
            None => self.chosen_poster(subject)?.and_then(|chosen| chosen.parse().ok()),
            said => said,
        };
        Ok(Assembly { poster: chosen, ..assembly.clone() })
    }

    /// A frame as a source, in the state that it was listed in.
    pub(super) fn source_of(&self, frame: &Frame) -> Source {
        Source::listed(Arc::clone(self.storage()), &frame.key, frame.meta.clone())
    }

    /// Stores what was made, in the renditions' order.
    fn keep(
        &self,
        subject: &Subject,
        seen: &Seen,
        products: impl IntoIterator<Item = Product>,
    ) -> Result<Vec<Made>> {
        let each =
            self.renditions().iter().zip(products).map(|(rendition, product)| match product {
                Product::Montage(montage) => {
                    self.keep_cues(subject, seen, rendition, &montage)?;
                    self.store_file(subject, seen, rendition, &montage.encoded, None)
                }
                Product::Movie(mut reel) => {
                    let facts = reel.facts(rendition)?;
                    self.store(
                        subject,
                        seen,
                        rendition,
                        &facts,
                        None,
                        |storage, key, attributes, _| {
                            let size = reel.size();
                            storage.put_from(key, &mut reel.content()?, size, attributes)
                        },
                    )
                }
                Product::Still(encoded, proof) => {
                    self.store_file(subject, seen, rendition, &encoded, proof.as_ref())
                }
            });
        each.collect()
    }

    /// Stores the cues of a sprite beside it, and before it: who sees the one has the other.
    fn keep_cues(
        &self,
        subject: &Subject,
        seen: &Seen,
        rendition: &Rendition,
        montage: &Montage,
    ) -> Result<()> {
        let timing = seen.sequence.as_ref().and_then(|facts| facts.timing);
        let Some((lead, frames, fps)) = timing.filter(|_| rendition.role() == Role::Sprite) else {
            return Ok(());
        };
        let key = self.output_key(subject, rendition);
        let name = key.rsplit('/').next().unwrap_or(&key);
        let cues = webvtt::cues(name, lead, frames, fps, montage.tile);
        let facts = Facts {
            media_type: webvtt::MEDIA_TYPE,
            bytes: cues.len() as u64,
            sha256: identity::sha256(cues.as_bytes()),
            ..Facts::of(&montage.encoded)
        };
        let attributes = self.attributes(subject, seen, rendition, &facts);
        self.output().put(&webvtt::key(&key), cues.as_bytes(), &attributes)
    }

    fn montage(&self, shot: &Shot<'_>, rendition: &Rendition, fps: Rational) -> Result<Montage> {
        let _span = info_span!("montage").entered();
        let run = self.making([rendition]);
        let first = shot.frame(&run, shot.first.number)?.developed.display;
        let _permit = run.permit(&first, rayon::current_num_threads())?;
        drop(first);
        let name = shot.sequence.key();
        let name = name.rsplit('/').next().unwrap_or(&name);
        let title = format!("{name}  {}  {fps} fps", brief(&shot.timeline.frames()));
        if rendition.role() == Role::Sheet {
            shot.tell_letters("contact sheet", &title);
        }
        Montage::make(shot, &run, rendition, &title)
    }

    /// The segments of a movie, beside it. What of the recipe is of the whole movie, such as its
    /// frames, is left out.
    fn segments(&self, subject: &Subject, rendition: &Rendition) -> Result<Segments> {
        let (key, recipe) = (self.output_key(subject, rendition), self.recipe_of_frames());
        Segments::open(Arc::clone(self.output()), &key, recipe, !self.is_forced())
    }

    fn movie(
        &self,
        shot: &Shot<'_>,
        subject: &Subject,
        rendition: &Rendition,
        fps: Rational,
        assembly: &Assembly,
    ) -> Result<(Reel, Option<Segments>)> {
        let _span = info_span!("movie").entered();
        let alone = self.making([rendition]);
        alone.check_unproved()?;
        let run = self.making([rendition].into_iter().chain(shot.tile_renditions()));
        // of a mip map another level may serve the movie than serves all renditions
        let first = shot.frame(&run, shot.first.number)?.developed.display;
        let canvas = rendition.place(first.spec())?.canvas;
        let spec = MovieSpec::new(canvas, fps).with_start(start(shot, fps));
        let at_once = shot.timeline.numbers().len().min(rayon::current_num_threads());
        let _permit = run.permit(&first, at_once)?;
        drop(first);
        let segments = assembly.segments.then(|| alone.segments(subject, rendition)).transpose()?;
        let progress = assembly.progress.as_deref();
        let burner = Burner::new(&assembly.burn, shot, spec);
        let (burner, kept) = (burner.as_ref(), segments.as_ref());
        let spec = burner.map_or(spec, Burner::spec);
        let reel = Reel::make(shot, &run, rendition, spec, burner, kept, progress)?;
        Ok((reel, segments))
    }

    /// The pictures of montages that are made along with a movie: those that are read from the same
    /// level of the frames.
    fn tiles(
        &self,
        shot: &Shot<'_>,
        movie: Option<&Rendition>,
        montages: &[(usize, &Rendition)],
    ) -> Result<Vec<Wanted>> {
        let Some(movie) = movie.filter(|_| !montages.is_empty()) else { return Ok(Vec::new()) };
        let level = |rendition| {
            let opened = shot.frame(&self.making([rendition]), shot.first.number)?;
            let spec = opened.developed.display.spec();
            Ok((spec.extent(), spec.level))
        };
        let of_movie: (Extent, usize) = level(movie)?;
        let mut wanted = Vec::new();
        for (_, montage) in montages {
            if level(montage)? == of_movie {
                wanted.push(montage::wanted(shot, montage)?);
            }
        }
        Ok(wanted)
    }

    /// Makes the stills of the first frame that can be read of those that may stand for the shot.
    fn stills(
        &self,
        shot: &Shot<'_>,
        stills: &[&Rendition],
        choice: Choice,
    ) -> Result<(Option<i64>, Vec<Still>)> {
        let _span = info_span!("stills").entered();
        let Some(first) = stills.first() else { return Ok((None, Vec::new())) };
        let run = self.making(stills.iter().copied());
        for number in shot.posters(&self.making([*first]), first, choice)? {
            let make = || {
                let opened = shot.frame(&run, number)?;
                shot.consume(opened, |developed| run.files(developed.display, &developed.space))
            };
            let (encoded, proofs) = match choice {
                Choice { poster: Poster::Frame(_), is_remembered: false } => make()?,
                _ => match shot.unless_damaged(number, make)? {
                    Some(made) => made,
                    None => continue,
                },
            };
            if let Some(gone) = choice.frame().filter(|chosen| *chosen != number) {
                shot.notes.tell(format!(
                    "frame {gone}, the poster that was chosen in an earlier run, cannot be read: \
                     {number} stands in for it, until `auto` or another is chosen"
                ));
            }
            return Ok((Some(number), encoded.into_iter().zip(proofs).collect()));
        }
        Err(Error::new(ErrorKind::NotFound).at(shot.sequence.key()))
    }
}

/// A run of a sequence.
struct Job {
    run: Pipeline,
    timeline: Timeline,
    subject: Subject,
    /// What was asked for, and what is remembered.
    assembly: Assembly,
    choice: Choice,
}

impl Job {
    /// Answers from what stands, where all of it is up to date, the cues of sprites among it.
    fn standing(&self) -> Result<Option<Outcome>> {
        let Self { run, subject, .. } = self;
        let Some(standing) = run.standing(subject)? else { return Ok(None) };
        let sprites = run.renditions().iter().filter(|each| each.role() == Role::Sprite);
        for sprite in sprites {
            if !run.stands(subject, &webvtt::key(&run.output_key(subject, sprite)))? {
                return Ok(None);
            }
        }
        Ok(Some(standing))
    }

    /// Makes everything, and stores it.
    fn make(&self, sequence: &Sequence, started: Instant) -> Result<Outcome> {
        let Self { run, timeline, subject, assembly, choice } = self;
        let [movies, stills, montages] = by_kind(run.renditions());
        let shot = Shot::open(run, sequence, timeline, &assembly.typeface)?;
        let wanted = run.tiles(&shot, movies.first().map(|(_, movie)| *movie), &montages)?;
        let shot = shot.with_tiles(wanted);
        let told = shot.first.spec.frames_per_second.filter(|fps| fps.num > 0 && fps.den > 0);
        let fps = assembly.fps.or(told.map(Rational::meant)).unwrap_or(FPS);
        let (mut products, mut segments) = (BTreeMap::new(), Vec::new());
        for (at, rendition) in movies {
            let (reel, kept) = run.movie(&shot, subject, rendition, fps, assembly)?;
            products.insert(at, Product::Movie(reel));
            segments.extend(kept);
        }
        let (places, stills): (Vec<_>, Vec<_>) = stills.into_iter().unzip();
        let (poster, stills) = run.stills(&shot, &stills, *choice)?;
        let stills = stills.into_iter().map(|(encoded, proof)| Product::Still(encoded, proof));
        products.extend(places.into_iter().zip(stills));
        // behind the stills, whose poster goes by the brightness of the movie's frames
        for (at, rendition) in montages {
            products.insert(at, Product::Montage(run.montage(&shot, rendition, fps)?));
        }
        let facts = SequenceFacts {
            frames: brief(&timeline.frames()),
            missing: brief(&shot.missing()),
            fps: fps.to_string(),
            poster: poster.map(|number| number.to_string()).unwrap_or_default(),
            chosen: assembly.poster.map(Poster::name).unwrap_or_default(),
            timing: Some((assembly.burn.lead(), timeline.numbers().len(), fps)),
        };
        let seen = seen(run, &shot, facts, started);
        let keep = || run.keep(subject, &seen, products.into_values());
        let made = info_span!("store").in_scope(keep)?;
        segments.iter().for_each(Segments::sweep);
        Ok(run.outcome(subject, made, false))
    }
}

type Still = (Encoded, Option<Proof>);

/// What is made of one rendition.
enum Product {
    Movie(Reel),
    Still(Encoded, Option<Proof>),
    Montage(Montage),
}

/// The movies, stills and montages among renditions, each with its place.
fn by_kind(renditions: &[Rendition]) -> [Vec<(usize, &Rendition)>; 3] {
    let mut kinds = [Vec::new(), Vec::new(), Vec::new()];
    let [movies, stills, montages] = &mut kinds;
    for (at, rendition) in renditions.iter().enumerate() {
        let kind = match rendition.encoder().movie() {
            _ if rendition.role().is_montage() => &mut *montages,
            Some(_) => &mut *movies,
            None => &mut *stills,
        };
        kind.push((at, rendition));
    }
    kinds
}

/// Whom the outputs belong to: the frames that are taken, in the state that they are in.
fn subject(storage: &dyn Storage, sequence: &Sequence, timeline: &Timeline) -> Subject {
    let frames = timeline.present().iter().filter_map(|number| sequence.frame(*number));
    let line =
        |frame: &Frame| format!("{} {} {}\n", frame.key, frame.meta.size, state(&frame.meta));
    let states: String = frames.clone().map(line).collect();
    let newest = frames.clone().map(|frame| frame.meta.last_modified.as_str()).max();
    Subject {
        uri: storage.uri(&sequence.key()),
        key: sequence.key(),
        bucket: storage.bucket().to_owned(),
        size: frames.fold(0, |sum, frame| sum.saturating_add(frame.meta.size)),
        last_modified: newest.unwrap_or_default().to_owned(),
        state: identity::sha256(states.as_bytes()),
    }
}

fn seen(run: &Pipeline, shot: &Shot<'_>, facts: SequenceFacts, started: Instant) -> Seen {
    Seen {
        space: shot.first.space.clone(),
        transform: run.transform_of(&shot.first.space),
        precision: shot.precision(),
        missing: shot.notes.missing_pixels(),
        warnings: shot.notes.warnings(shot.timeline.present().len()),
        seconds: started.elapsed().as_secs_f64(),
        sequence: Some(facts),
    }
}

/// The timecode of the movie's first frame: counted from that of the first file, else the frame's
/// number. Where the rate has none, that is told.
fn start(shot: &Shot<'_>, fps: Rational) -> Option<Timecode> {
    let number = *shot.timeline.numbers().first()?;
    let start = match shot.first.spec.timecode {
        Some(timecode) => timecode.moved(number.saturating_sub(shot.first.number), fps),
        None => Timecode::of_frame(0, fps, false).and_then(|zero| zero.moved(number, fps)),
    };
    if start.is_none() {
        let what = "the movie has no timecode, which counts 255 frames a second at the most";
        shot.notes.tell(what.to_owned());
    }
    start
}

/// Frames as text, cut where there is no room beside an object for all of it.
fn brief(frames: &FrameSet) -> String {
    let text = frames.to_string();
    match (frames.first(), frames.last()) {
        (Some(first), Some(last)) if text.len() > LONGEST => {
            format!("{first}-{last} ({} of them)", frames.len())
        }
        _ => text,
    }
}
