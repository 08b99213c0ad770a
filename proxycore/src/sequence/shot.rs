//! The frames of a sequence as pictures, and what is shown where one is missing or damaged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::burn::slate_codes;
use super::notes::Notes;
use super::poster::Choice;
use super::segment::FrameFacts;
use super::tiles::{Tiles, Wanted};
use super::timeline::Timeline;
use super::{FrameSet, Missing, Poster, Sequence, poster};
use crate::color::{Detected, Precision};
use crate::encode::Codes;
use crate::error::{Error, ErrorKind, Result};
use crate::image::{Extent, ImageSpec, Tally};
use crate::overlay::{Slate, Typeface};
use crate::pipeline::{Developed, Pipeline};
use crate::rendition::Rendition;
use crate::resize::Fit;
use crate::source::Source;

/// A sequence that is being worked on.
#[derive(Debug)]
pub(super) struct Shot<'a> {
    pub(super) sequence: &'a Sequence,
    pub(super) timeline: &'a Timeline,
    pub(super) notes: Notes,
    /// The first frame that can be read: what the movie's size, rate and colours go by.
    pub(super) first: First,
    /// What is drawn into pictures is set in it.
    pub(super) typeface: Typeface,
    tiles: Tiles,
    /// How exact the colour transform was, of each frame.
    precision: Mutex<BTreeMap<i64, Precision>>,
    brightness: Mutex<BTreeMap<i64, f32>>,
    damaged: Mutex<BTreeSet<i64>>,
}

/// The first frame.
#[derive(Debug)]
pub(super) struct First {
    pub(super) number: i64,
    pub(super) spec: Arc<ImageSpec>,
    pub(super) space: Detected,
}

/// A frame's light, whose rows are still to be read.
pub(super) struct Opened {
    number: i64,
    source: Source,
    pub(super) developed: Developed,
}

impl<'a> Shot<'a> {
    /// Opens the first frame.
    ///
    /// # Errors
    /// Those of the frame; where damage is skipped, that of the last frame.
    pub(super) fn open(
        run: &Pipeline,
        sequence: &'a Sequence,
        timeline: &'a Timeline,
        typeface: &Typeface,
    ) -> Result<Self> {
        let mut failed = None;
        for &number in timeline.present() {
            match open(run, sequence, number) {
                Ok(Opened { developed, .. }) => {
                    let spec = Arc::clone(developed.display.spec());
                    let first = First { number, spec, space: developed.space };
                    return Ok(Self::new(sequence, timeline, typeface, first));
                }
                Err(error) if timeline.passes_over(&error) => failed = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(failed.unwrap_or_else(|| Error::new(ErrorKind::NotFound).at(sequence.key())))
    }

    fn new(
        sequence: &'a Sequence,
        timeline: &'a Timeline,
        typeface: &Typeface,
        first: First,
    ) -> Self {
        Self {
            sequence,
            timeline,
            notes: Notes::default(),
            first,
            typeface: typeface.clone(),
            tiles: Tiles::default(),
            precision: Mutex::default(),
            brightness: Mutex::default(),
            damaged: Mutex::default(),
        }
    }

    /// The montages whose pictures are made along with the movie.
    pub(super) fn tile_renditions(&self) -> impl Iterator<Item = &Rendition> {
        self.tiles.renditions()
    }

    /// Makes these pictures of montages along with the movie.
    pub(super) fn with_tiles(mut self, wanted: Vec<Wanted>) -> Self {
        self.tiles = Tiles::new(wanted);
        self
    }

    /// The codes of what the movie shows as `number`, which `run` develops for `rendition`.
    ///
    /// # Errors
    /// Those of a frame that is not passed over.
    pub(super) fn picture(
        &self,
        run: &Pipeline,
        rendition: &Rendition,
        number: i64,
        canvas: Extent,
        last: &Mutex<Option<(i64, Arc<Codes>)>>,
    ) -> Result<Arc<Codes>> {
        let known = |candidate| {
            let last = lock(last);
            last.as_ref().filter(|(known, _)| *known == candidate).map(|(_, codes)| codes.clone())
        };
        for candidate in self.timeline.candidates(number) {
            let tile = || self.tiles.find(rendition.role(), candidate);
            if let Some(codes) = known(candidate).or_else(tile) {
                return Ok(codes);
            }
            if let Some(codes) =
                self.unless_damaged(candidate, || self.codes(run, rendition, candidate, canvas))?
            {
                let codes = Arc::new(codes);
                *lock(last) = Some((candidate, Arc::clone(&codes)));
                return Ok(codes);
            }
        }
        self.stand_in(rendition, number, canvas).map(Arc::new)
    }

    /// What `make` makes of a frame; nothing where the frame is damaged, and others are shown for
    /// such. One that is known to be damaged is not read again.
    pub(super) fn unless_damaged<T>(
        &self,
        number: i64,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Option<T>> {
        if self.is_damaged(number) {
            return Ok(None);
        }
        match make() {
            Err(error) if self.timeline.passes_over(&error) => {
                self.notes.add(number, [format!("taken as missing: {}", error.kind())]);
                lock(&self.damaged).insert(number);
                Ok(None)
            }
            made => made.map(Some),
        }
    }

    fn is_damaged(&self, number: i64) -> bool {
        lock(&self.damaged).contains(&number)
    }

    /// The codes of a frame, on the canvas that all frames share. With those of a movie the tiles of
    /// montages are made that show the frame.
    fn codes(
        &self,
        run: &Pipeline,
        rendition: &Rendition,
        number: i64,
        canvas: Extent,
    ) -> Result<Codes> {
        let opened = open(run, self.sequence, number)?;
        let Developed { display, space, .. } = &opened.developed;
        let fitted = |rendition: &Rendition, canvas| {
            Self::fitted(&run.noted(rendition, space), display.spec(), canvas)
        };
        let is_movie = rendition.encoder().movie().is_some();
        let tiles = if is_movie { self.tiles.wanted(number) } else { Vec::new() };
        let tile = tiles.iter().map(|tile| fitted(&tile.rendition, tile.canvas));
        let tile = tile.collect::<Result<Vec<_>>>()?;
        let rendition = fitted(rendition, canvas)?;
        let place = rendition.place(display.spec())?;
        let all = [vec![rendition], tile].concat();
        let made = self.consume(opened, |developed| developed.display.codes_of(&all))?;
        let mut made = made.into_iter();
        let codes = made.next().ok_or_else(|| Error::encode("movie", "has no picture"))?;
        for (tile, codes) in tiles.into_iter().zip(made) {
            self.tiles.keep(tile.rendition.role(), number, codes);
        }
        lock(&self.brightness).insert(number, poster::brightness(&codes, &place));
        Ok(codes)
    }

    /// Opens a frame.
    pub(super) fn frame(&self, run: &Pipeline, number: i64) -> Result<Opened> {
        open(run, self.sequence, number)
    }

    /// Hands a frame's light to `make`, and notes what was seen of it.
    pub(super) fn consume<T>(
        &self,
        opened: Opened,
        make: impl FnOnce(Developed) -> Result<T>,
    ) -> Result<T> {
        let Opened { number, source, developed } = opened;
        let tally: Arc<Tally> = Arc::clone(developed.display.tally());
        self.notes.add(number, self.told(&developed));
        lock(&self.precision).insert(number, developed.precision);
        let made = make(developed).map_err(|error| error.at(source.key()))?;
        self.notes.count(number, &tally);
        self.notes.add(number, tally.notes());
        source.check_unchanged()?;
        Ok(made)
    }

    /// What a person should know of a frame.
    fn told(&self, developed: &Developed) -> Vec<String> {
        let (spec, first) = (developed.display.spec(), &self.first);
        let mut told = developed.told();
        let [mine, theirs] = [spec, &first.spec].map(|spec| full_size(spec));
        if mine != theirs {
            let [mine, theirs] =
                [mine, theirs].map(|size| format!("{}x{}", size.width, size.height));
            told.push(format!("{mine} is brought into the {theirs} of frame {}", first.number));
        }
        if developed.space.space != first.space.space {
            let [mine, theirs] = [&developed.space, &first.space].map(|found| &found.space);
            told.push(format!("in {mine}, where frame {} is in {theirs}", first.number));
        }
        told
    }

    /// The rendition as the frame needs it: what would make another canvas is put in the middle of
    /// the one that all share.
    fn fitted(rendition: &Rendition, spec: &ImageSpec, canvas: Extent) -> Result<Rendition> {
        if rendition.place(spec)?.canvas == canvas {
            return Ok(rendition.clone());
        }
        Ok(rendition.clone().with_fit(Fit::letterbox(canvas.width, canvas.height)))
    }

    /// The picture for a frame that has none.
    fn stand_in(&self, rendition: &Rendition, number: i64, canvas: Extent) -> Result<Codes> {
        let space = rendition.encoder().codes().space;
        let slate = match self.timeline.policy() {
            Missing::Slate => Slate::missing(number, canvas, &space, &self.typeface)?,
            _ => Slate::black(canvas),
        };
        slate_codes(slate, rendition)
    }

    /// The frames that may stand for the shot, the best first, as `run` develops them for a still.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuch`] for a frame that is asked for now and not there; those of frames that are looked at.
    pub(super) fn posters(
        &self,
        run: &Pipeline,
        still: &Rendition,
        choice: Choice,
    ) -> Result<Vec<i64>> {
        let is_there = |number: &i64| self.sequence.frame(*number).is_some();
        Ok(match choice.poster {
            Poster::Frame(number) if choice.is_remembered => {
                let named = Some(number).filter(is_there);
                named.into_iter().chain(self.likely(run, still)?).collect()
            }
            Poster::Frame(number) if !is_there(&number) => {
                let (name, available) = (number.to_string(), self.sequence.frames().to_string());
                let kind = ErrorKind::NoSuch { what: "frame", name, available: vec![available] };
                return Err(Error::new(kind));
            }
            Poster::Frame(number) => vec![number],
            Poster::Middle => self.outwards().collect(),
            Poster::Auto => self.likely(run, still)?,
        })
    }

    /// The frames that are there, from the middle one on.
    fn outwards(&self) -> impl Iterator<Item = i64> {
        let present = self.timeline.present();
        poster::by_distance(present.len()).map(|at| present[at])
    }

    /// The same, and before them one that shows something.
    fn likely(&self, run: &Pipeline, still: &Rendition) -> Result<Vec<i64>> {
        self.glance(run, still)?;
        let seen: Vec<_> = lock(&self.brightness).clone().into_iter().collect();
        Ok(poster::choose(&seen).into_iter().chain(self.outwards()).collect())
    }

    /// Sees how bright some frames are, where no movie has shown that of all.
    fn glance(&self, run: &Pipeline, still: &Rendition) -> Result<()> {
        let (present, canvas) = (self.timeline.present(), still.place(&self.first.spec)?.canvas);
        if !lock(&self.brightness).is_empty() {
            return Ok(());
        }
        for number in poster::glances(present.len()).map(|at| present[at]) {
            self.unless_damaged(number, || self.codes(run, still, number, canvas))?;
        }
        Ok(())
    }

    /// The frames that are not there, or as good as that.
    pub(super) fn missing(&self) -> FrameSet {
        self.timeline.missing().iter().chain(lock(&self.damaged).iter().copied()).collect()
    }

    /// How exact the colour transform was, of the frames so far.
    pub(super) fn precision(&self) -> Precision {
        lock(&self.precision).values().copied().fold(Precision::Exact, Precision::lesser)
    }

    /// Warns where text has a letter that no font has.
    pub(super) fn tell_letters(&self, place: &str, text: &str) {
        if let Some(letter) = self.typeface.lacks(text) {
            self.notes.tell(format!(
                "{place}: no font has `{}`, so it is drawn as `?`: name one that has it with --font",
                letter.escape_debug()
            ));
        }
    }

    /// What all frames are told against, in one line.
    pub(super) fn first_told(&self) -> String {
        let First { number, spec, space } = &self.first;
        let size = full_size(spec);
        format!("{number} {}x{} {}", size.width, size.height, space.space)
    }

    /// What was seen of the frames that these pictures show; nothing where one was damaged, for
    /// another is shown then than the one that was meant.
    pub(super) fn facts(&self, numbers: &[i64]) -> Option<Vec<FrameFacts>> {
        let shown = |number: &i64| self.timeline.candidates(*number).next();
        let shown: BTreeSet<i64> = numbers.iter().filter_map(shown).collect();
        shown.into_iter().map(|number| self.fact(number)).collect()
    }

    fn fact(&self, number: i64) -> Option<FrameFacts> {
        if self.is_damaged(number) {
            return None;
        }
        let brightness = *lock(&self.brightness).get(&number)?;
        let fast_error = match *lock(&self.precision).get(&number)? {
            Precision::Exact => None,
            Precision::Fast { error } => Some(error),
        };
        let (told, counts) = self.notes.of(number);
        Some(FrameFacts { number, told, counts, brightness, fast_error })
    }

    /// Takes frames as seen that were seen in an earlier run.
    pub(super) fn recall(&self, frames: &[FrameFacts]) {
        for FrameFacts { number, told, counts, brightness, fast_error } in frames {
            self.notes.add(*number, told.iter().cloned());
            self.notes.put_counts(*number, *counts);
            lock(&self.brightness).insert(*number, *brightness);
            let precision = fast_error.map_or(Precision::Exact, |error| Precision::Fast { error });
            lock(&self.precision).insert(*number, precision);
        }
    }
}

fn open(run: &Pipeline, sequence: &Sequence, number: i64) -> Result<Opened> {
    let frame = sequence.frame(number);
    let frame = frame.ok_or_else(|| Error::new(ErrorKind::NotFound).at(sequence.key()))?;
    let source = run.source_of(frame);
    let developed = run.developed(&source).map_err(|error| error.at(source.key()))?;
    Ok(Opened { number, source, developed })
}

/// The picture's size in the file, whichever level of it was decoded.
fn full_size(spec: &ImageSpec) -> Extent {
    let window = spec.part().display_window;
    Extent::new(window.width, window.height)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
