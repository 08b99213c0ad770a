//! A band of light, once for each gamut that is asked for.

use super::Band;
use crate::space::Gamut;

/// The same rows as display-linear light of one gamut or more, each clipped to its own.
#[derive(Debug)]
pub struct Lights {
    all: Vec<(Gamut, Band)>,
}

impl Lights {
    /// Puts the bands of the gamuts together; they are of the same rows.
    #[must_use]
    pub fn new(all: Vec<(Gamut, Band)>) -> Self {
        Self { all }
    }

    /// The band of a gamut, if it was asked for.
    #[must_use]
    pub fn of(&self, gamut: Gamut) -> Option<&Band> {
        self.all.iter().find(|(found, _)| *found == gamut).map(|(_, band)| band)
    }

    /// Every band, in the order of its processor.
    pub fn bands(&self) -> impl Iterator<Item = &Band> {
        self.all.iter().map(|(_, band)| band)
    }

    /// The band of the gamut that was asked for first.
    pub(super) fn first(&self) -> Option<&Band> {
        self.all.first().map(|(_, band)| band)
    }

    /// Its bands.
    pub(super) fn into_bands(self) -> impl Iterator<Item = Band> {
        self.all.into_iter().map(|(_, band)| band)
    }
}
