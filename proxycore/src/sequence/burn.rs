//! What is written into each frame of a movie, and the slate that it begins with.

use std::sync::Arc;

use super::shot::Shot;
use crate::encode::{Codes, MovieSpec};
use crate::error::Result;
use crate::image::Timecode;
use crate::overlay::{BurnIn, BurnItem, Label, Place, Slate};
use crate::rendition::Rendition;
use crate::resize::Fit;

/// The burn-in of one movie.
#[derive(Debug)]
pub(super) struct Burner<'a> {
    burn: &'a BurnIn,
    shot: &'a Shot<'a>,
    spec: MovieSpec,
}

impl<'a> Burner<'a> {
    /// Nothing, where nothing is written.
    pub(super) fn new(burn: &'a BurnIn, shot: &'a Shot<'a>, spec: MovieSpec) -> Option<Self> {
        let burner = (!burn.is_empty()).then_some(Self { burn, shot, spec })?;
        shot.tell_letters("burn-in", burn.text.as_deref().unwrap_or_default());
        if burn.slate || burn.items.contains(&BurnItem::Name) {
            shot.tell_letters("burn-in", &burner.name(shot.first.number));
        }
        Some(burner)
    }

    /// The movie as its encoder is told of it: it starts with the slate, where it has one.
    pub(super) fn spec(&self) -> MovieSpec {
        let before = |start: Timecode| start.moved(-(self.burn.lead() as i64), self.spec.fps);
        self.spec.with_start(self.spec.start.and_then(before))
    }

    /// What the slate says, its title first; nothing where the movie has none.
    pub(super) fn slate(&self) -> Option<Vec<String>> {
        let Self { burn, shot, spec } = self;
        let (numbers, key) = (shot.timeline.frames(), shot.sequence.key());
        let start = spec.start.map(|start| format!("  {start}")).unwrap_or_default();
        let lines = [
            key.rsplit('/').next().unwrap_or(&key).to_owned(),
            format!("{numbers}  {} frames", numbers.len()),
            format!("{} fps{start}", spec.fps),
            format!("{}x{}  {}", spec.size.width, spec.size.height, shot.first.space.space),
        ];
        burn.slate.then(|| lines.into_iter().chain(burn.text.clone()).collect())
    }

    /// The slate's picture, where the movie has one.
    ///
    /// # Errors
    /// Those of the rendition's encoder.
    pub(super) fn leader(&self, rendition: &Rendition) -> Result<Option<Arc<Codes>>> {
        let Some(lines) = self.slate() else { return Ok(None) };
        let [title, lines @ ..] = &lines[..] else { return Ok(None) };
        let space = rendition.encoder().codes().space;
        let slate = Slate::saying(title, lines, self.spec.size, &space, &self.shot.typeface)?;
        slate_codes(slate, rendition).map(|codes| Some(Arc::new(codes)))
    }

    /// What is written into the frame at `index` of those that the movie shows.
    pub(super) fn lines(&self, index: usize) -> Vec<String> {
        self.placed(index).into_iter().map(|(_, text)| text).collect()
    }

    fn placed(&self, index: usize) -> Vec<(Place, String)> {
        let number = self.shot.timeline.numbers()[index];
        let line = |item: &BurnItem| match item {
            BurnItem::Frame => Some((Place::LowerRight, number.to_string())),
            BurnItem::Timecode => Some((Place::UpperRight, self.timecode(number)?.to_string())),
            BurnItem::Name => Some((Place::LowerLeft, self.name(number))),
            BurnItem::Space => Some((Place::Lower, self.shot.first.space.space.id().to_owned())),
        };
        let text = self.burn.text.iter().map(|text| (Place::UpperLeft, text.clone()));
        self.burn.items.iter().filter_map(line).chain(text).collect()
    }

    /// The frame's own, also where frames are left out before it.
    fn timecode(&self, number: i64) -> Option<Timecode> {
        let first = *self.shot.timeline.numbers().first()?;
        self.spec.start?.moved(number.saturating_sub(first), self.spec.fps)
    }

    /// The name that the frame's file has, or would have.
    fn name(&self, number: i64) -> String {
        let key = self.shot.sequence.pattern().key(number);
        key.rsplit('/').next().unwrap_or(&key).to_owned()
    }

    /// The picture with its lines.
    pub(super) fn over(&self, codes: &Arc<Codes>, index: usize) -> Arc<Codes> {
        let size = codes.extent();
        let labels: Vec<_> = self
            .placed(index)
            .iter()
            .map(|(place, text)| Label::new(text, *place, size, &self.shot.typeface))
            .collect();
        let mut codes = Codes::clone(codes);
        labels.iter().for_each(|label| label.draw(&mut codes));
        Arc::new(codes)
    }
}

/// A slate's codes, as `rendition` has them.
///
/// # Errors
/// Those of the rendition's encoder for a picture of that size.
pub(super) fn slate_codes(slate: Slate, rendition: &Rendition) -> Result<Codes> {
    let size = slate.size();
    let rendition = rendition.clone().with_fit(Fit::letterbox(size.width, size.height));
    slate.into_image(rendition.gamut()).codes(&rendition)
}
