//! What movies of every coding share: the display they are for, and its tags.

use crate::image::Rational;
use crate::space::{ColorSpace, Gamut};

/// What the code values of a movie mean, in the numbers of ITU-T H.273; always limited range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nclx {
    /// `ColourPrimaries`.
    pub primaries: u8,
    /// `TransferCharacteristics`.
    pub transfer: u8,
    /// `MatrixCoefficients`.
    pub matrix: u8,
}

impl Nclx {
    /// Rec.709 throughout. Its transfer function is a camera's; that the display answers with
    /// BT.1886 is the convention that every player follows.
    pub const BT709: Self = Self { primaries: 1, transfer: 1, matrix: 1 };
    /// The sRGB curve on Rec.709's primaries, with the matrix of Rec.709.
    pub const SRGB: Self = Self { primaries: 1, transfer: 13, matrix: 1 };
    /// PQ of ITU-R BT.2100: Rec.2020's primaries and matrix, SMPTE ST 2084.
    pub const PQ: Self = Self { primaries: 9, transfer: 16, matrix: 9 };
    /// HLG of ITU-R BT.2100, on the same primaries and with the same matrix.
    pub const HLG: Self = Self { primaries: 9, transfer: 18, matrix: 9 };

    /// The three of them, as a recipe has them.
    pub(super) fn recipe(self) -> String {
        let Self { primaries, transfer, matrix } = self;
        format!("nclx={primaries}/{transfer}/{matrix}")
    }
}

/// The display that a movie's codes are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VideoColor {
    /// A video display: the transfer function of ITU-R BT.1886, tagged 1/1/1.
    #[default]
    Rec709,
    /// A computer's display: the sRGB curve, tagged 1/13/1, for review in a browser.
    Srgb,
    /// A display of high dynamic range, in cd/m²: PQ of ITU-R BT.2100, tagged 9/16/9. Diffuse white is
    /// 203 cd/m². It needs codes of 10 bits.
    Pq,
    /// A display of high dynamic range, relative to its peak: HLG of ITU-R BT.2100, tagged 9/18/9.
    /// Diffuse white is 75 % of the signal. It needs codes of 10 bits.
    Hlg,
}

impl VideoColor {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rec709, Self::Srgb, Self::Pq, Self::Hlg];

    /// Its name: `rec709`, `srgb`, `pq`, `hlg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rec709 => "rec709",
            Self::Srgb => "srgb",
            Self::Pq => "pq",
            Self::Hlg => "hlg",
        }
    }

    /// Whether it has light above diffuse white, and so needs codes of 10 bits.
    #[must_use]
    pub fn is_hdr(self) -> bool {
        Gamut::of(&self.space()).is_hdr()
    }

    pub(super) fn space(self) -> ColorSpace {
        match self {
            Self::Rec709 => ColorSpace::G24_REC709_DISPLAY,
            Self::Srgb => ColorSpace::SRGB_REC709_DISPLAY,
            Self::Pq => ColorSpace::PQ_REC2020_DISPLAY,
            Self::Hlg => ColorSpace::HLG_REC2020_DISPLAY,
        }
    }

    pub(super) fn tags(self) -> Nclx {
        match self {
            Self::Rec709 => Nclx::BT709,
            Self::Srgb => Nclx::SRGB,
            Self::Pq => Nclx::PQ,
            Self::Hlg => Nclx::HLG,
        }
    }
}

/// How often decoding can start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Gop(Option<u32>);

impl Gop {
    /// Groups of so many pictures, at least two: pictures that follow each other and are both such
    /// as decoding can start at have to differ in their `idr_pic_id` (ITU-T H.264 section 7.4.3),
    /// which each group's encoder starts with 0.
    pub(super) fn of(pictures: u32) -> Self {
        Self(Some(pictures.max(2)))
    }

    /// Pictures of a group: those of a second where nothing is said.
    pub(super) fn length(self, fps: Rational) -> usize {
        self.period(fps).max(2) as usize
    }

    /// The same for an encoder of a whole movie, which tells such pictures apart by itself.
    pub(super) fn period(self, fps: Rational) -> u32 {
        self.0.unwrap_or_else(|| second(fps))
    }

    pub(super) fn recipe(self) -> String {
        self.0.map_or_else(|| "gop=1s".to_owned(), |pictures| format!("gop={pictures}"))
    }
}

/// Frames of a second.
pub(super) fn second(fps: Rational) -> u32 {
    let rate = f64::from(fps.num) / f64::from(fps.den.max(1));
    rate.round().clamp(1.0, 1000.0) as u32
}

/// A pixel aspect as a fraction of thousandths; 1:1 for what is no aspect.
pub(super) fn fraction(aspect: f32) -> Rational {
    let thousandths = (f64::from(aspect) * 1000.0).round();
    if !(1.0..=32_000.0).contains(&thousandths) {
        return Rational { num: 1, den: 1 };
    }
    let num = thousandths as u32;
    let divisor = (1..=1000)
        .rev()
        .find(|divisor| num.is_multiple_of(*divisor) && 1000u32.is_multiple_of(*divisor));
    let divisor = divisor.unwrap_or(1);
    Rational { num: num / divisor, den: 1000 / divisor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aspects_become_small_fractions() {
        let ratio = |aspect| {
            let Rational { num, den } = fraction(aspect);
            (num, den)
        };
        assert_eq!(ratio(1.0), (1, 1));
        assert_eq!(ratio(2.0), (2, 1));
        assert_eq!(ratio(1.333), (1333, 1000));
        for wrong in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e9] {
            assert_eq!(ratio(wrong), (1, 1));
        }
    }

    #[test]
    fn a_group_has_two_pictures_at_the_least() {
        let fps = |num, den| Rational { num, den };
        assert_eq!(Gop::default().length(fps(24000, 1001)), 24);
        assert_eq!(Gop::default().length(fps(1, 1)), 2);
        assert_eq!((Gop::of(0).length(fps(24, 1)), Gop::of(12).length(fps(24, 1))), (2, 12));
        assert_ne!(Gop::of(24).recipe(), Gop::default().recipe());
    }
}
