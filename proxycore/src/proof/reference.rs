//! The light that a file was made from, kept until the file is proved.

use crate::error::Result;
use crate::image::{Band, Extent};
use crate::resize::Placement;
use crate::space::Gamut;

/// Rows of display-linear light, and the part of them that shows the source: black bars would
/// make every mean look better than it is.
#[derive(Debug)]
#[cfg_attr(
    not(any(feature = "jpeg", feature = "_h264")),
    expect(dead_code, reason = "without a decoder nothing is measured")
)]
pub struct Reference {
    pub(super) canvas: Extent,
    pub(super) picture: Extent,
    pub(super) x: u32,
    pub(super) y: u32,
    /// The primaries of the light.
    pub(super) gamut: Gamut,
    /// Rows as [`Band`] has them.
    samples: Vec<f32>,
}

impl Reference {
    /// Makes room for what `placement` says.
    #[must_use]
    pub fn new(placement: &Placement) -> Self {
        let &Placement { canvas, picture, x, y, .. } = placement;
        Self { canvas, picture, x, y, gamut: Gamut::default(), samples: Vec::new() }
    }

    /// Sets the gamut of the light, Rec.709's where nothing is said.
    #[must_use]
    pub fn in_gamut(mut self, gamut: Gamut) -> Self {
        self.gamut = gamut;
        self
    }

    /// Keeps the next rows, which were checked by the [`Quantizer`](crate::encode::Quantizer).
    pub(crate) fn push(&mut self, band: &Band) {
        self.samples.extend_from_slice(&band.samples);
    }

    /// Keeps a whole picture without bars.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](crate::ErrorKind::Encode) where the band is not a whole picture.
    pub fn whole(band: &Band) -> Result<Self> {
        let canvas = Extent::new(band.width, band.rows());
        let gamut = Gamut::default();
        let mut whole = Self { canvas, picture: canvas, x: 0, y: 0, gamut, samples: Vec::new() };
        whole.push(band);
        Ok(whole)
    }

    /// The colours of a row of the picture, if they are there.
    #[cfg(any(feature = "jpeg", feature = "_h264"))]
    pub(super) fn row(&self, y: usize) -> Option<[&[f32]; 3]> {
        let width = self.canvas.width as usize;
        let row = self.samples.chunks_exact(3 * width).nth(y + self.y as usize)?;
        let shown = self.x as usize..(self.x + self.picture.width) as usize;
        Some([0, 1, 2].map(|channel| &row[channel * width..][shown.clone()]))
    }
}
