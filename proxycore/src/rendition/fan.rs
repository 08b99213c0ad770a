//! The renditions of one picture in the making: what each does with the rows as they come.

use rayon::prelude::*;

use super::Rendition;
use crate::encode::{Codes, Encoded, Quantizer};
use crate::error::Result;
use crate::image::{Band, Extent, ImageSpec};
use crate::overlay::Caption;
use crate::proof::Reference;
use crate::resize::{Placement, Resampler};
use crate::space::Gamut;

/// A rendition in the making.
pub(super) struct Lane {
    /// Its place among the renditions.
    index: usize,
    gamut: Gamut,
    placement: Placement,
    resampler: Resampler,
    quantizer: Quantizer,
    note: Option<Caption>,
    /// The light that goes into the quantizer, where it is wanted for a proof.
    light: Option<Reference>,
    /// The lane before it whose rows it takes, instead of the source's.
    feeds_on: Option<usize>,
    /// Whether the picture has the source's pixels, so that nothing is to be resampled.
    is_as_it_comes: bool,
}

/// The lanes, largest picture first.
pub(super) struct Fan {
    lanes: Vec<Lane>,
}

/// How many times larger, on each side, a rendition must be for a smaller one to feed on it. The
/// difference to the way from the source then stays below half a code value.
const MUCH_LARGER: u32 = 3;

impl Fan {
    pub(super) fn new(
        spec: &ImageSpec,
        renditions: &[Rendition],
        keep_light: bool,
    ) -> Result<Self> {
        let mut order = renditions
            .iter()
            .enumerate()
            .map(|(index, rendition)| Ok((index, rendition.place(spec)?)))
            .collect::<Result<Vec<_>>>()?;
        order.sort_by_key(|(_, placement)| std::cmp::Reverse(area(placement.picture)));
        let mut lanes: Vec<Lane> = Vec::new();
        for (index, placement) in order {
            let feeder = lanes
                .iter()
                .rposition(|lane| lane.can_feed(spec.extent(), &renditions[index], &placement));
            let mut lane = Lane::new(
                index,
                placement,
                &renditions[index],
                spec,
                feeder.map(|at| (at, &lanes[at])),
            )?;
            lane.light = keep_light.then(|| Reference::new(&placement).in_gamut(lane.gamut));
            lanes.push(lane);
        }
        Ok(Self { lanes })
    }

    /// Takes the next rows of the source, in each gamut.
    pub(super) fn push<'a>(
        &mut self,
        source: impl Fn(Gamut) -> Result<Vec<&'a Band>>,
    ) -> Result<()> {
        let mut made: Vec<Option<Band>> = Vec::with_capacity(self.lanes.len());
        for lane in &mut self.lanes {
            let resized = match lane.feeds_on {
                Some(feeder) => lane.push(made[feeder].as_ref().as_slice())?,
                None => lane.push(&source(lane.gamut)?)?,
            };
            made.push(resized);
        }
        self.lanes.iter_mut().zip(made).for_each(|(lane, made)| lane.reuse(made));
        Ok(())
    }

    /// Encodes the lanes side by side, and gives the files in the renditions' order.
    pub(super) fn finish(
        self,
        renditions: &[Rendition],
        spec: &ImageSpec,
    ) -> Result<Vec<(Encoded, Option<Reference>)>> {
        let mut made = self
            .lanes
            .into_par_iter()
            .map(|lane| {
                let (codes, spec) = (lane.quantizer.finish()?, lane.placement.describe(spec));
                let encoded = renditions[lane.index].encoder.encode(&codes, &spec)?;
                Ok((lane.index, (encoded, lane.light)))
            })
            .collect::<Result<Vec<_>>>()?;
        made.sort_by_key(|(index, _)| *index);
        Ok(made.into_iter().map(|(_, each)| each).collect())
    }
}

impl Lane {
    /// The lane of a rendition that is made by itself.
    pub(super) fn alone(rendition: &Rendition, spec: &ImageSpec) -> Result<Self> {
        Self::new(0, rendition.place(spec)?, rendition, spec, None)
    }

    /// The gamut of the light that it takes.
    pub(super) fn gamut(&self) -> Gamut {
        self.gamut
    }

    /// Takes rows of the source, and gives those that are resized with them, without a note. Rows that
    /// stay as they are it does not give.
    pub(super) fn push(&mut self, rows: &[&Band]) -> Result<Option<Band>> {
        if self.is_as_it_comes {
            rows.iter().try_for_each(|band| self.show(band))?;
            return Ok(None);
        }
        let resized = self.resampler.push(rows)?;
        resized.iter().try_for_each(|band| self.show(band))?;
        Ok(resized)
    }

    fn show(&mut self, band: &Band) -> Result<()> {
        // what feeds on this lane is not to have its note
        let noted = self.note.as_ref().map(|note| note.over(band));
        let shown = noted.as_ref().unwrap_or(band);
        self.quantizer.push(shown)?;
        if let Some(light) = &mut self.light {
            light.push(shown);
        }
        Ok(())
    }

    /// Takes back the memory of what it gave.
    pub(super) fn reuse(&mut self, made: Option<Band>) {
        if let Some(band) = made {
            self.resampler.reuse(band);
        }
    }

    /// The codes, once all rows are in.
    pub(super) fn codes(self) -> Result<Codes> {
        self.quantizer.finish()
    }

    fn new(
        index: usize,
        placement: Placement,
        rendition: &Rendition,
        spec: &ImageSpec,
        feeder: Option<(usize, &Self)>,
    ) -> Result<Self> {
        let (source, resampled) = match feeder {
            None => (spec.extent(), placement),
            Some((_, lane)) => {
                let source = lane.placement.canvas;
                (source, placement.of(source))
            }
        };
        let codes = rendition.encoder.codes();
        let note = rendition.note.as_deref();
        let note =
            note.map(|text| Caption::new(text, placement.canvas, &codes.space)).transpose()?;
        Ok(Self {
            index,
            gamut: rendition.gamut(),
            placement,
            resampler: Resampler::new(source, resampled, rendition.filter),
            quantizer: Quantizer::new(codes, placement.canvas)?,
            note,
            light: None,
            feeds_on: feeder.map(|(at, _)| at),
            is_as_it_comes: resampled.is_plain(source) && resampled.picture == source,
        })
    }

    /// Whether its rows are of the light that a rendition is made from, show the whole source, and are
    /// many times more than are wanted.
    fn can_feed(&self, source: Extent, rendition: &Rendition, wanted: &Placement) -> bool {
        let (mine, theirs) = (self.placement.picture, wanted.picture);
        self.gamut == rendition.gamut()
            && !self.is_as_it_comes
            && self.placement.is_plain(source)
            && wanted.shows_all(source)
            && mine.width >= MUCH_LARGER * theirs.width
            && mine.height >= MUCH_LARGER * theirs.height
    }
}

fn area(extent: Extent) -> u64 {
    u64::from(extent.width) * u64::from(extent.height)
}
