//! A picture of doubt: one frame shown as several spaces it may be in, for a person to choose.
//!
//! Every panel goes the whole way of a rendition, through the same config, view and exposure, and is
//! resized in light; the frame is decoded once for all of them. It chooses nothing itself: the
//! choice is kept by [`assignment`](crate::assignment).

use std::sync::Arc;

use super::text::{Line, Typeface};
use crate::color::{ColorConfig, Detected, Processor, detect_candidates};
use crate::encode::{CodeFormat, Codes, Encoded, Encoder, Jpeg, PixelFormat, Plane, Quantizer};
use crate::error::{Error, ErrorKind, Result};
use crate::image::{Band, Image, ImageSpec, Native};
use crate::resize::{Filter, Fit, Placement, Resampler};
use crate::space::{ColorSpace, Gamut};

/// How many spaces a sheet shows where the caller names them.
const FEWEST: usize = 2;
const MOST: usize = 6;

/// A panel's size, and what is around it, in pixels.
const PANEL: (u32, u32) = (640, 360);
const GAP: u32 = 8;
const LETTERS: u32 = 18;
const CAPTION: u32 = LETTERS + 6;
/// Codes of the sheet, and of the letters on it.
const PAPER: u8 = 38;
const INK: u8 = 217;
/// Codes of the letters of the space that was detected.
const MARKED: [u8; 3] = [255, 190, 60];

/// The spaces to show, each with its caption and its transform.
#[derive(Debug)]
pub struct SpaceWedge {
    candidates: Vec<Candidate>,
}

#[derive(Debug)]
struct Candidate {
    caption: String,
    is_found: bool,
    processor: Arc<dyn Processor>,
}

impl SpaceWedge {
    /// Takes the space that was detected, and then what such a file plausibly is, as far as the
    /// config knows it.
    ///
    /// # Errors
    /// As [`ColorConfig::processor`], but for a space that the config lacks.
    pub fn plausible(spec: &ImageSpec, found: &Detected, config: &dyn ColorConfig) -> Result<Self> {
        let mut candidates = Vec::new();
        for space in detect_candidates(spec, found, config) {
            match Candidate::new(&space, found, config) {
                Err(error) if matches!(error.kind(), ErrorKind::NoSuch { .. }) => {}
                made => candidates.push(made?),
            }
            if candidates.len() == MOST {
                break;
            }
        }
        Ok(Self { candidates })
    }

    /// Takes the spaces that the caller names, two to six of them.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for fewer or more; as [`ColorConfig::processor`].
    pub fn of(spaces: &[ColorSpace], found: &Detected, config: &dyn ColorConfig) -> Result<Self> {
        if !(FEWEST..=MOST).contains(&spaces.len()) {
            let what = format!("{FEWEST} to {MOST} spaces go on a sheet, not {}", spaces.len());
            return Err(Error::invalid("candidates", what));
        }
        let candidate = |space| {
            let space = Detected::named(space, config).space;
            Candidate::new(&space, found, config)
        };
        Ok(Self { candidates: spaces.iter().map(candidate).collect::<Result<_>>()? })
    }

    /// The captions, in the order of the panels: row by row from the upper left.
    #[must_use]
    pub fn captions(&self) -> Vec<&str> {
        self.candidates.iter().map(|each| each.caption.as_str()).collect()
    }

    /// Consumes the frame into a sheet, an sRGB JPEG.
    ///
    /// # Errors
    /// What decoding, resizing and encoding meet.
    pub fn sheet(&self, frame: Image<Native>) -> Result<Encoded> {
        let encoder = Jpeg::new();
        let spec = Arc::clone(frame.spec());
        let mut panels = Vec::new();
        for _ in &self.candidates {
            panels.push(Panel::new(&spec, encoder.codes())?);
        }
        let processors = self.candidates.iter().map(|each| Arc::clone(&each.processor));
        let processors: Vec<_> = processors.map(|one| (Gamut::Rec709, one)).collect();
        frame.transform_for(processors).consume(|lights| {
            panels.iter_mut().zip(lights.bands()).try_for_each(|(panel, band)| panel.push(band))
        })?;
        let mut sheet = Sheet::new(self.candidates.len() as u32);
        for ((at, panel), candidate) in (0..).zip(panels).zip(&self.candidates) {
            sheet.put(at, &panel.quantizer.finish()?, candidate);
        }
        let codes = sheet.codes(encoder.codes());
        encoder.encode(&codes, &ImageSpec::plain(codes.width, codes.height))
    }
}

impl Candidate {
    fn new(space: &ColorSpace, found: &Detected, config: &dyn ColorConfig) -> Result<Self> {
        let processor = config.processor(&Detected::stated(space.clone()))?;
        let is_found = *space == found.space;
        let mut caption = space.to_string();
        if is_found {
            caption += &format!("  detected: {}, {}", found.rule, found.certainty.name());
        }
        Ok(Self { caption, is_found, processor })
    }
}

/// A panel in the making.
struct Panel {
    resampler: Resampler,
    quantizer: Quantizer,
}

impl Panel {
    fn new(spec: &ImageSpec, format: CodeFormat) -> Result<Self> {
        let placement: Placement = Fit::letterbox(PANEL.0, PANEL.1).place(spec)?;
        Ok(Self {
            resampler: Resampler::new(spec.extent(), placement, Filter::default()),
            quantizer: Quantizer::new(format, placement.canvas)?,
        })
    }

    fn push(&mut self, band: &Band) -> Result<()> {
        match self.resampler.push(&[band])? {
            Some(resized) => self.quantizer.push(&resized),
            None => Ok(()),
        }
    }
}

/// The codes of the sheet, R, G, B, R, G, B, ...
struct Sheet {
    columns: u32,
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Sheet {
    fn new(panels: u32) -> Self {
        let columns = if panels <= 4 { panels.min(2) } else { 3 };
        let rows = panels.div_ceil(columns.max(1));
        let width = columns * (PANEL.0 + GAP) + GAP;
        let height = rows * (PANEL.1 + CAPTION + GAP) + GAP;
        Self { columns, width, height, rgb: vec![PAPER; 3 * (width * height) as usize] }
    }

    fn put(&mut self, at: u32, panel: &Codes, candidate: &Candidate) {
        let (column, row) = (at % self.columns, at / self.columns);
        let x = GAP + column * (PANEL.0 + GAP);
        let y = GAP + row * (PANEL.1 + CAPTION + GAP);
        let codes = panel.planes.first().and_then(Plane::as_u8).unwrap_or_default();
        for (row, codes) in (0..).zip(codes.chunks_exact(3 * panel.width as usize)) {
            let start = self.offset(x, y + CAPTION + row);
            self.rgb[start..start + codes.len()].copy_from_slice(codes);
        }
        self.letter(x, y + (CAPTION - LETTERS) / 2, candidate);
    }

    fn letter(&mut self, left: u32, top: u32, candidate: &Candidate) {
        let ink = if candidate.is_found { MARKED } else { [INK; 3] };
        let line = Line::fitted(&candidate.caption, LETTERS, PANEL.0, &Typeface::new());
        for y in 0..line.height() {
            let start = self.offset(left, top + y);
            let row = &mut self.rgb[start..start + 3 * PANEL.0 as usize];
            line.mix(y, row.as_chunks_mut().0, ink);
        }
    }

    fn offset(&self, x: u32, y: u32) -> usize {
        3 * (y as usize * self.width as usize + x as usize)
    }

    fn codes(self, format: CodeFormat) -> Codes {
        debug_assert_eq!(format.pixel, PixelFormat::Rgb8, "a sheet is of 8 bits");
        let planes = vec![Plane::U8(self.rgb)];
        Codes { width: self.width, height: self.height, format, planes }
    }
}
