//! What the components are, and how they become R, G, B.

use super::header::{Extras, Frame};

/// The colours that a frame's components are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    Grey,
    Rgb,
    /// Y, Cb, Cr of ITU-R BT.601, full range, as JFIF and ITU-T T.871 say.
    Ycc,
    /// Cyan, magenta, yellow, black, as light: 255 is no ink, as every writer stores it.
    Cmyk,
    /// Y, Cb, Cr of the inverse of cyan, magenta, yellow; and black.
    Ycck,
}

/// What is made of a frame's components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colors {
    pub(super) model: Model,
    /// Whether inks stay what they are, for a profile that knows their light.
    pub(super) keeps_inks: bool,
}

impl Colors {
    /// Inks are kept where the profile is one of inks.
    pub(super) fn of(frame: &Frame, extras: &Extras, profile: Option<&[u8]>) -> Self {
        let model = Model::of(frame, extras);
        let inks = matches!(model, Model::Cmyk | Model::Ycck);
        let profiled = profile.and_then(|bytes| bytes.get(16..20)) == Some(b"CMYK");
        Self { model, keeps_inks: inks && profiled }
    }

    pub(super) fn channels(self) -> &'static [&'static str] {
        match self.model {
            Model::Grey => &["Y"],
            _ if self.keeps_inks => &["C", "M", "Y", "K"],
            _ => &["R", "G", "B"],
        }
    }

    /// Converts rows of components, one behind the other, to rows of R, G, B, or leaves the grey; inks
    /// that are kept become what paper reflects through each.
    pub(super) fn convert(self, rows: &mut Vec<u8>, width: usize) {
        self.model.to_rgb(rows, width);
        let inverse = if self.model == Model::Ycck { 255 } else { 0 };
        match self.model {
            Model::Cmyk | Model::Ycck if self.keeps_inks => {
                rows[..3 * width].iter_mut().for_each(|sample| *sample ^= inverse);
            }
            Model::Cmyk | Model::Ycck => mix(rows, width, inverse),
            Model::Grey | Model::Rgb | Model::Ycc => {}
        }
    }
}

impl Model {
    /// Follows JFIF, then Adobe's marker, then the names of the components, as the reference
    /// library does.
    pub(super) fn of(frame: &Frame, extras: &Extras) -> Self {
        let ids: Vec<_> = frame.components.iter().map(|one| one.id).collect();
        match (&ids[..], extras.density, extras.adobe) {
            ([_], ..) => Self::Grey,
            ([_, _, _, _], _, None | Some(0)) => Self::Cmyk,
            ([_, _, _, _], ..) => Self::Ycck,
            (_, None, Some(0)) | ([b'R', b'G', b'B'], None, None) => Self::Rgb,
            _ => Self::Ycc,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Rgb => "RGB",
            Self::Ycc => "YCbCr",
            Self::Cmyk => "CMYK",
            Self::Ycck => "YCbCrK",
        }
    }

    /// Makes R, G, B of luma and colour differences.
    fn to_rgb(self, rows: &mut [u8], width: usize) {
        if let Self::Ycc | Self::Ycck = self {
            let [first, second, third] = split(rows, width);
            for ((y, cb), cr) in first.iter_mut().zip(second).zip(third) {
                [*y, *cb, *cr] = rgb(*y, *cb, *cr);
            }
        }
    }
}

/// Lets black take its part of the light of each ink.
fn mix(rows: &mut Vec<u8>, width: usize, inverse: u8) {
    let black = rows.split_off(3 * width);
    for row in rows.chunks_exact_mut(width) {
        for (sample, &black) in row.iter_mut().zip(&black) {
            let ink = u32::from(*sample ^ inverse);
            *sample = ((2 * ink * u32::from(black) + 255) / 510) as u8;
        }
    }
}

fn split(rows: &mut [u8], width: usize) -> [&mut [u8]; 3] {
    let (first, rest) = rows.split_at_mut(width);
    let (second, rest) = rest.split_at_mut(width);
    [first, second, &mut rest[..width]]
}

const fn fixed(number: f64) -> i32 {
    (number * 65536.0 + 0.5) as i32
}

/// Converts a pixel with 16 bits of fraction; green is rounded once.
#[inline]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let red = (const { fixed(1.402) } * cr + HALF) >> 16;
    let green = (HALF - const { fixed(0.344_14) } * cb - const { fixed(0.714_14) } * cr) >> 16;
    let blue = (const { fixed(1.772) } * cb + HALF) >> 16;
    [red, green, blue].map(|difference| (y + difference).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_are_multiplied_by_black() {
        let mut rows = vec![255, 0, 128, 255, 255, 64, 10, 255];
        let of = |model, keeps_inks| Colors { model, keeps_inks };
        let stored = rows.clone();
        of(Model::Cmyk, true).convert(&mut rows, 2);
        assert_eq!(rows, stored);
        of(Model::Cmyk, false).convert(&mut rows, 2);
        assert_eq!(rows, [10, 0, 5, 255, 10, 64]);
        let mut rows = vec![76, 85, 255, 128];
        of(Model::Ycck, true).convert(&mut rows, 1);
        assert_eq!(rows, [1, 255, 255, 128]);
    }

    #[test]
    fn primaries_come_back() {
        let mut rows = vec![76, 85, 255];
        Colors { model: Model::Ycc, keeps_inks: false }.convert(&mut rows, 1);
        assert_eq!(rows, [254, 0, 0]);
    }
}
