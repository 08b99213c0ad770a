//! OpenColorIO configs, through the pure-Rust port of the library.
//!
//! A config says how a source becomes what a display shows: a display, a view, looks. What leaves
//! the view are the display's code values; they are decoded again to light of the gamut that is
//! wanted, so that everything after the transform is the same with a config and without one. Where a
//! view's own encoding is the last thing that it does, OpenColorIO finds that the two cancel.
//!
//! The exact transform goes op by op, and costs hundreds of nanoseconds a pixel. A faster one stands
//! for it where nobody could tell. The ops are the port's, or another engine's.

mod archive;
mod display;
mod engine;
mod entry;
mod exact;
mod fast;
mod files;
mod guard;
mod lookup;
mod newer;
mod path;
mod port;
mod reach;
mod said;
pub(super) mod studio;
mod variables;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ocio::{Config, Context};

use self::display::DisplayCodes;
use self::engine::Made;
pub use self::engine::{OcioEngine, OcioFailure, OcioOps, OcioStep};
use self::entry::Entry;
use self::exact::Exact;
use self::fast::Fast;
use self::files::Files;
use self::guard::Opened;
use self::path::{Path, Scale, Shown};
use super::detect::{self, Rule};
use super::{BuiltIn, ColorConfig, ColorTransform, Detected, Processor, encoding};
use crate::error::{Error, ErrorKind, Result};
use crate::identity;
use crate::space::{ColorSpace, Gamut};

/// A config, and what of it is wanted: the display, the view, looks, exposure.
///
/// The lookup tables that it refers to are looked at once, before its first processor is made or its
/// recipe told, whichever comes first. One that changes later is seen by a config that is opened
/// later; processors stay as they are. What the library that reads it has to warn of goes to
/// `tracing`, and never to stderr.
#[derive(Clone)]
pub struct OcioConfig {
    opened: Arc<Opened>,
    /// The files it refers to, once they were looked at.
    files: Arc<OnceLock<Files>>,
    /// Where it came from.
    name: String,
    display: Option<String>,
    view: Option<String>,
    /// The space of the display's codes.
    display_space: Option<ColorSpace>,
    look: Option<String>,
    /// Stops.
    exposure: f64,
    context: Vec<(String, String)>,
    /// What makes ops, where the port's own are not wanted.
    engine: Option<Arc<dyn OcioEngine>>,
    /// Whether only the exact transforms will do.
    exact: bool,
    /// The processors that were made, by space and gamut: frames of a shot share one.
    made: Arc<Mutex<Processors>>,
}

/// Stops of exposure beyond which a float leaves nothing of any picture but black and white.
const MOST_STOPS: f64 = 100.0;

type Processors = HashMap<(ColorSpace, Gamut), Arc<dyn Processor>>;

impl OcioConfig {
    /// Reads a config: a `.ocio` or `.ocioz` file, or a built-in one such as
    /// `ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5`.
    ///
    /// # Errors
    /// [`ErrorKind::Color`] for one that is not there or is broken.
    pub fn open(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let opened = guard::open(&name)?;
        opened.config.set_processor_cache_flags(ocio::ProcessorCacheFlags::OFF);
        Ok(Self {
            opened: Arc::new(opened),
            files: Arc::default(),
            name,
            display: None,
            view: None,
            display_space: None,
            look: None,
            exposure: 0.0,
            context: Vec::new(),
            engine: None,
            exact: false,
            made: Arc::default(),
        })
    }

    /// Reads the config that `$OCIO` names, or the older `$OCIO_CONFIG_PATH`; `None` where neither
    /// does.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_env() -> Result<Option<Self>> {
        let named = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let name = ["OCIO", "OCIO_CONFIG_PATH"].iter().find_map(named);
        name.map(Self::open).transpose()
    }

    /// Sets the display; the config's default one where none is named.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuch`] for one that the config does not have.
    pub fn with_display(mut self, display: &str) -> Result<Self> {
        self.display = Some(lookup::display(self.config(), display)?);
        Ok(self.changed())
    }

    /// Sets the view; the display's default one for the source where none is named. Comes after
    /// the display, if both are set.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuch`] for one that the display does not have.
    pub fn with_view(mut self, view: &str) -> Result<Self> {
        let views = lookup::views(self.config(), &self.display());
        self.view = Some(lookup::find("view", view, views)?);
        Ok(self.changed())
    }

    /// Sets the space of the display's codes, instead of what the config says of the display: a Color
    /// Interop ID such as `g24_rec709_display`, or what OpenColorIO's studio config calls a display.
    ///
    /// # Errors
    /// [`ErrorKind::Color`] for a space that is of no display that is known.
    pub fn with_display_space(mut self, space: &str) -> Result<Self> {
        let known = detect::known_name(space, &BuiltIn).unwrap_or_else(|| ColorSpace::new(space));
        if DisplayCodes::of_space(&known).is_none() {
            let names = encoding::names();
            let what = format!("`{space}` is no display's space; there is {names} and {HLG}");
            return Err(color(what));
        }
        self.display_space = Some(known);
        Ok(self.changed())
    }

    /// Sets looks to apply instead of the view's own, such as `+grade, -neutral`; none where it is
    /// empty. Of choices, such as `grade | neutral |`, the first is taken whose files are there, and one
    /// that names a look that the config does not have is left out.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuch`] where there is no choice but with a look that the config does not have.
    pub fn with_look(mut self, look: &str) -> Result<Self> {
        self.look = Some(lookup::look_choices(self.config(), look)?);
        Ok(self.changed())
    }

    /// Sets the exposure in stops, applied to scene-linear light.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for more than 100 stops up or down, and for what is no number.
    pub fn with_exposure(mut self, stops: f64) -> Result<Self> {
        if !(-MOST_STOPS..=MOST_STOPS).contains(&stops) {
            let what = format!("{stops} is not within {MOST_STOPS} stops up or down");
            return Err(Error::invalid("exposure", what));
        }
        self.exposure = stops;
        Ok(self.changed())
    }

    /// Sets a context variable.
    #[must_use]
    pub fn with_context(mut self, name: &str, value: &str) -> Self {
        self.context.push((name.to_owned(), value.to_owned()));
        self.files = Arc::default();
        self.changed()
    }

    /// Sets the engine that carries the transforms out, instead of the port.
    ///
    /// What the config says (its names, rules and paths) is still read by the port, and a transform that
    /// the port refuses is refused. [`BuiltIn`] keeps to the port.
    #[must_use]
    pub fn with_engine(mut self, engine: Arc<dyn OcioEngine>) -> Self {
        self.engine = Some(engine);
        self.changed()
    }

    /// Uses the exact transforms alone, instead of faster ones that err by a dE2000 of less than 0.5
    /// on the pixels that they are tried with.
    #[must_use]
    pub fn exact(mut self) -> Self {
        self.exact = true;
        self.changed()
    }

    /// Drops the processors of what was wanted before.
    fn changed(mut self) -> Self {
        self.made = Arc::default();
        self
    }

    fn config(&self) -> &Config {
        &self.opened.config
    }

    /// The files that it refers to, as they were when they were first asked for.
    fn files(&self) -> &Files {
        let look = || Files::look(self.config(), &self.context(), &self.opened.templates);
        self.files.get_or_init(|| said::aloud(&self.name, look))
    }

    /// Refuses what would cost the process its memory, or its time.
    fn check(&self, steps: &[OcioStep]) -> Result<()> {
        let (files, steps) = (self.files(), port::transforms(steps));
        let reach = || reach::check(self.config(), &self.context(), &files.sizes, &steps);
        let done = files.refused.clone().map_or_else(reach, Err);
        done.map_err(|why| color(format!("the config `{}`: {why}", self.name)))
    }

    fn display(&self) -> String {
        self.display.clone().unwrap_or_else(|| self.config().default_display())
    }

    fn view(&self, source: &str) -> Result<String> {
        match &self.view {
            Some(view) => Ok(view.clone()),
            None => self
                .config()
                .default_view_for_color_space(&self.display(), source)
                .map_err(|cause| color(cause.to_string())),
        }
    }

    fn context(&self) -> Context {
        let mut context = self.config().current_context().clone();
        for (name, value) in &self.context {
            context.set_string_var(name, Some(value));
        }
        context
    }

    /// What the config is called: by itself, by OpenColorIO, or by its file.
    fn own_title(&self) -> String {
        let file = || self.name.rsplit('/').next().unwrap_or(&self.name).to_owned();
        match self.config().name() {
            _ if self.name.starts_with("ocio://") => self.name.clone(),
            "" => file(),
            own => own.to_owned(),
        }
    }

    /// Whether a space is one of data, by any of its names.
    fn is_data(&self, space: &ColorSpace) -> bool {
        *space == ColorSpace::DATA || self.names_data(space.id())
    }

    fn names_data(&self, name: &str) -> bool {
        self.config().get_color_space(name).is_some_and(ocio::config::ColorSpace::is_data)
    }

    /// Whether a space's samples are light rather than codes, as far as the config says.
    fn is_light(&self, name: &str) -> Option<bool> {
        let encoding = self.config().get_color_space(name)?.encoding();
        (!encoding.is_empty()).then(|| encoding.ends_with("-linear"))
    }

    /// What a source is shown on.
    fn shown(&self, source: &str) -> Result<Shown> {
        let codes = self.display_space.as_ref().and_then(DisplayCodes::of_space);
        Ok(Shown { display: self.display(), view: self.view(source)?, codes })
    }

    /// The steps from light or codes of a space to display-linear light.
    fn steps(&self, entry: &Entry, gamut: Gamut) -> Result<(Vec<OcioStep>, Scale)> {
        let shown = self.shown(&entry.name)?;
        let mut steps = Vec::from_iter(entry.step());
        let source = self.grade(&entry.name, &mut steps)?;
        let Path { to_light, scale } = path::to_light(self.config(), &shown, gamut);
        let Shown { display, view, .. } = shown;
        let without_looks = self.look.is_some();
        steps.push(OcioStep::View { from: source, display, view, without_looks });
        steps.extend(to_light);
        Ok((steps, scale))
    }

    /// Makes the processor from a space to display-linear light.
    fn make(&self, source: &Detected, gamut: Gamut) -> Result<Arc<dyn Processor>> {
        let missing = || lookup::no_space(self.config(), &source.space);
        let entry = Entry::of_source(self.config(), source).ok_or_else(missing)?;
        let (steps, scale) = self.steps(&entry, gamut)?;
        self.check(&steps)?;
        // a lattice is judged by colours up to white, and half of PQ's codes are for what is brighter
        if !self.exact
            && !gamut.is_hdr()
            && let Some(fast) = Fast::new(self, &entry, (&steps, scale), gamut)?
        {
            return Ok(Arc::new(fast));
        }
        Ok(Arc::new(Exact::new(self, &entry.name, &steps, entry.decode(), scale)?))
    }

    /// What carries these steps out.
    ///
    /// The port goes first whoever is the engine: what it answers with an error may end the process
    /// in C++, as a space that refers to itself does.
    fn ops(&self, steps: &[OcioStep]) -> std::result::Result<Made, OcioFailure> {
        let made = port::ops(self.config(), &self.context(), steps)?;
        match &self.engine {
            Some(engine) => Ok(Made { ops: engine.ops(&self.name, &self.context, steps)?, ..made }),
            None => Ok(made),
        }
    }

    /// Puts exposure and looks before the view; answers with the space that they leave light in.
    fn grade(&self, source: &str, steps: &mut Vec<OcioStep>) -> Result<String> {
        let look = self.look.as_deref().filter(|look| !look.is_empty());
        if self.exposure == 0.0 && look.is_none() {
            return Ok(source.to_owned());
        }
        let linear = lookup::scene_linear(self.config())?;
        steps.push(OcioStep::space(source, &linear));
        steps.push(OcioStep::Exposure(self.exposure));
        if let Some(looks) = look {
            steps.push(OcioStep::Looks { space: linear.clone(), looks: looks.to_owned() });
        }
        Ok(linear)
    }
}

impl ColorConfig for OcioConfig {
    /// A space that the config does not have is followed all the same where it is one of ours (a
    /// film scan's, say) and the config knows the primaries, or where ACES2065-1 or CIE XYZ is.
    fn processor_for(&self, source: &Detected, gamut: Gamut) -> Result<Arc<dyn Processor>> {
        if self.is_data(&source.space) {
            return BuiltIn.processor_for(&Detected::stated(ColorSpace::DATA), gamut);
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = (source.space.clone(), gamut);
        if let Some(processor) = made.get(&wanted) {
            return Ok(Arc::clone(processor));
        }
        let processor = said::aloud(&self.name, || self.make(source, gamut))?;
        made.insert(wanted, Arc::clone(&processor));
        Ok(processor)
    }

    /// A built-in config takes every EXR file for ACES2065-1; it was written for nobody's files, so
    /// its rules say nothing about a studio's.
    fn file_rule(&self, name: &str) -> Option<ColorSpace> {
        let is_builtin = self.name.starts_with("ocio://");
        if is_builtin || self.config().filepath_only_matches_default_rule(name) {
            return None;
        }
        let found = ColorSpace::new(self.config().color_space_from_filepath(name));
        Some(if self.is_data(&found) { ColorSpace::DATA } else { found })
    }

    /// A studio's own Default rule is followed but where it gives a space of data: an application takes
    /// that for its working space, which is `scene_linear`.
    fn untagged(&self) -> Option<(ColorSpace, Rule)> {
        let config = self.config();
        let known = |name: &str| self.resolve(config.get_color_space(name)?.name());
        let default = self.opened.default_rule.as_deref().filter(|name| !self.names_data(name));
        let by_rule = default.and_then(known).map(|space| (space, Rule::DefaultRule));
        by_rule.or_else(|| Some((known("scene_linear")?, Rule::SceneLinear)))
    }

    fn transform(&self, source: &Detected) -> ColorTransform {
        if self.is_data(&source.space) {
            return BuiltIn.transform(source);
        }
        let config = self.config();
        let entry = Entry::of_source(config, source);
        let shown = entry.and_then(|entry| self.shown(&entry.name).ok());
        let mut transform = ColorTransform::of(self.own_title());
        transform.config_sha256 = Some(self.opened.sha256.clone());
        transform.exposure = self.exposure;
        transform.context = self.context.iter().cloned().collect();
        let Some(shown) = shown else { return transform };
        let own = || config.display_view_looks(&shown.display, &shown.view).to_owned();
        transform.looks =
            Some(self.look.clone().unwrap_or_else(own)).filter(|look| !look.is_empty());
        let assumed = shown.assumed(config).map(|assumed| assumed.codes);
        transform.display_space = shown.codes.or(assumed).map(DisplayCodes::name);
        (transform.display, transform.view) = (Some(shown.display), Some(shown.view));
        transform
    }

    fn assumptions(&self, source: &Detected) -> Vec<String> {
        if self.is_data(&source.space) {
            return Vec::new();
        }
        let Some(entry) = Entry::of_source(self.config(), source) else { return Vec::new() };
        let shown = self.shown(&entry.name).ok();
        let display = shown.and_then(|shown| {
            Some(shown.assumed(self.config())?.told(&shown.display, &shown.view))
        });
        entry.assumption.into_iter().chain(display).collect()
    }

    /// Of a space of data, `data`. The ID that the config gives to the space, where it gives one and to no other space; else the
    /// config's own name.
    fn resolve(&self, name: &str) -> Option<ColorSpace> {
        let space = ColorSpace::new(name);
        if self.is_data(&space) {
            return Some(ColorSpace::DATA);
        }
        let config = self.config();
        let Some(found) = lookup::space(config, &space) else {
            return Entry::of(config, &space).map(|_| space);
        };
        let (own, id) = {
            let known = config.get_color_space(&found)?;
            (known.name().to_owned(), ColorSpace::new(known.interop_id()))
        };
        let is_its_own =
            lookup::space(config, &id).is_some_and(|other| config.canonical_name(&other) == own);
        if is_its_own {
            return Some(id);
        }
        let is_named = config.get_color_space(name).is_some();
        Some(if is_named { ColorSpace::new(own) } else { space })
    }

    fn own_name(&self, space: &ColorSpace) -> Option<String> {
        let name = lookup::space(self.config(), space)?;
        Some(self.config().canonical_name(&name).to_owned())
    }

    fn recipe(&self) -> String {
        let id = format!("{} {}", self.opened.digest, self.files().digest);
        let choice = [self.display.as_deref(), self.view.as_deref(), self.look.as_deref()];
        let space = self.display_space.as_ref().map_or("", ColorSpace::id);
        let choice = format!("{choice:?} {space}");
        let all = format!("{id}\n{choice}\n{}\n{:?}\n{}", self.exposure, self.context, self.exact);
        let engine = self.engine.iter().map(|engine| format!(" by {}", engine.name()));
        let engine: String = engine.collect();
        format!("ocio 5 {}{engine}", identity::sha256(all.as_bytes()))
    }
}

impl fmt::Debug for OcioConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OcioConfig")
            .field("name", &self.name)
            .field("display", &self.display)
            .field("view", &self.view)
            .field("display_space", &self.display_space)
            .field("look", &self.look)
            .field("exposure", &self.exposure)
            .field("context", &self.context)
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

/// A display's space that is no curve on primaries.
const HLG: &str = "hlg_rec2020_display";

fn color(what: String) -> Error {
    Error::new(ErrorKind::Color { what })
}

#[cfg(test)]
mod tests;
