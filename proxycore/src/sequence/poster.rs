//! Which frame stands for a sequence: the middle one, unless that shows nothing.

use super::{Poster, Sequence};
use crate::encode::{Codes, Curve, Plane};
use crate::resize::Placement;

/// The poster that is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    pub(super) poster: Poster,
    /// Whether an earlier run was told so and this one was not: where the frame is gone, another is
    /// shown.
    pub(super) is_remembered: bool,
}

impl Choice {
    /// The frame that a person named.
    pub(super) fn frame(self) -> Option<i64> {
        match self.poster {
            Poster::Frame(number) => Some(number),
            Poster::Auto | Poster::Middle => None,
        }
    }

    /// Whether it is of an earlier run, and the frame is no longer there.
    pub(super) fn is_gone(self, sequence: &Sequence) -> bool {
        self.is_remembered && self.frame().is_some_and(|number| sequence.frame(number).is_none())
    }
}

/// A picture whose mean code is below this part of white is black: that of video black is 0.063.
const BLACK: f32 = 0.09;
/// A frame in a fade is less than half as bright as most, or more than twice.
const FADE: f32 = 2.0;

/// Frames that are looked at where not all are: an odd number.
const GLANCES: usize = 5;

/// Luma of black, and from there to white, as parts of the largest code: limited range.
const FLOOR: f64 = 64.0 / 1023.0;
const SPAN: f64 = 876.0 / 1023.0;
/// The parts of R', G' and B' in luma, ITU-R BT.709-6 item 3.2.
const LUMA: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// The mean luma of the picture that lies so in `codes`, without the bars around it, as a part of the
/// largest code in limited range; of high dynamic range, that of a video display's picture that looks
/// as bright. So it is about the same for every rendition of a frame.
pub(super) fn brightness(codes: &Codes, place: &Placement) -> f32 {
    let mean = match codes.planes.first() {
        Some(Plane::U8(plane)) => mean(plane, codes, place),
        Some(Plane::U16(plane)) => mean(plane, codes, place),
        None => 0.0,
    };
    let curve = Curve::of(&codes.format.space).ok().filter(|_| codes.format.is_hdr());
    curve.map_or(mean, |curve| FLOOR + SPAN * curve.part((mean - FLOOR) / SPAN)) as f32
}

/// The mean luma of the first plane: luma, or all of R'G'B' in full range.
fn mean<T: Copy + Into<u64>>(plane: &[T], codes: &Codes, place: &Placement) -> f64 {
    let white = f64::from((1u32 << codes.format.pixel.depth()) - 1);
    let pixels = f64::from(place.picture.width) * f64::from(place.picture.height);
    let part = |sum: u64| sum as f64 / white / pixels.max(1.0);
    if codes.format.pixel.chroma().is_some() {
        let sum = |row: &[T]| row.iter().map(|code| (*code).into()).sum::<u64>();
        return part(rows(plane, 1, codes, place).map(sum).sum());
    }
    let mut sums = [0; 3];
    for pixel in rows(plane, 3, codes, place).flat_map(|row| row.as_chunks::<3>().0) {
        sums.iter_mut().zip(pixel).for_each(|(sum, code)| *sum += (*code).into());
    }
    let luma: f64 = LUMA.iter().zip(sums).map(|(weight, sum)| weight * part(sum)).sum();
    FLOOR + SPAN * luma
}

/// The picture's rows in a plane with so many samples a pixel.
fn rows<'a, T>(
    plane: &'a [T],
    samples: usize,
    codes: &Codes,
    place: &Placement,
) -> impl Iterator<Item = &'a [T]> {
    let [left, width] = [place.x, place.picture.width].map(|side| samples * side as usize);
    let rows = plane.chunks_exact(samples * (codes.width as usize).max(1));
    let rows = rows.skip(place.y as usize).take(place.picture.height as usize);
    rows.map(move |row| row.get(left..left + width).unwrap_or_default())
}

/// Chooses among frames in the order of time, by their brightness: the nearest to the middle that is
/// neither black nor in a fade; else the brightest of them.
pub(super) fn choose(frames: &[(i64, f32)]) -> Option<i64> {
    let typical = median(frames.iter().map(|(_, brightness)| *brightness))?;
    let shows = |brightness: f32| {
        brightness >= BLACK && (typical / FADE..=typical * FADE).contains(&brightness)
    };
    let middle = frames.len() / 2;
    let by_distance = by_distance(frames.len()).map(|at| frames[at]);
    let found = by_distance.clone().find(|(_, brightness)| shows(*brightness));
    let brightest = || by_distance.rev().max_by(|one, other| one.1.total_cmp(&other.1));
    found.or_else(brightest).or(frames.get(middle).copied()).map(|(number, _)| number)
}

/// The indices of a list from its middle outwards, the later of two first.
pub(super) fn by_distance(length: usize) -> impl DoubleEndedIterator<Item = usize> + Clone {
    let middle = length / 2;
    (0..2 * length).filter_map(move |turn| {
        let away = turn.div_ceil(2);
        let at = if turn % 2 == 0 { middle.checked_sub(away) } else { middle.checked_add(away) };
        at.filter(|at| *at < length)
    })
}

/// The indices of a few items of a list, evenly apart, the middle one among them.
pub(super) fn glances(length: usize) -> impl Iterator<Item = usize> {
    let mut last = None;
    let each = (0..GLANCES).map(move |glance| (2 * glance + 1) * length / (2 * GLANCES));
    each.filter(move |at| *at < length && last.replace(*at) != Some(*at))
}

fn median(values: impl Iterator<Item = f32>) -> Option<f32> {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{CodeFormat, PixelFormat};
    use crate::image::ImageSpec;
    use crate::resize::Fit;
    use crate::space::{ColorSpace, Gamut};

    fn chosen(brightness: &[f32]) -> Option<i64> {
        choose(&(1001..).zip(brightness.iter().copied()).collect::<Vec<_>>())
    }

    #[test]
    fn the_middle_stands_for_a_shot_that_is_alike() {
        assert_eq!(chosen(&[0.5; 8]), Some(1005));
        assert_eq!(chosen(&[0.5; 9]), Some(1005));
        assert_eq!(chosen(&[0.3]), Some(1001));
        assert_eq!(chosen(&[]), None);
    }

    #[test]
    fn black_and_fades_are_passed_over() {
        assert_eq!(chosen(&[0.4, 0.4, 0.4, 0.06, 0.06, 0.4, 0.4, 0.4]), Some(1006));
        // fades to black and to white
        assert_eq!(chosen(&[0.4, 0.4, 0.4, 0.15, 0.15, 0.95, 0.95]), Some(1003));
    }

    #[test]
    fn a_dark_shot_has_its_brightest() {
        assert_eq!(chosen(&[0.07, 0.063, 0.063, 0.08, 0.063]), Some(1004));
        assert_eq!(chosen(&[0.063; 5]), Some(1003));
    }

    #[test]
    fn black_and_fades_are_told_in_high_dynamic_range() {
        // black, a fade to black, a picture, white and highlights of four times white
        let light = [0.0, 0.002, 0.18, 1.0, 4.0];
        let seen = |space: &ColorSpace, light: f64| {
            let signal = Curve::of(space).unwrap().exact(light * Gamut::of(space).white());
            let code = (64.0 + 876.0 * signal).round() as u16;
            let format = CodeFormat { pixel: PixelFormat::Yuv420p10, space: space.clone() };
            let planes = vec![Plane::U16(vec![code; 4])];
            brightness(&Codes { width: 2, height: 2, format, planes }, &whole(2, 2))
        };
        let usual = light.map(|light| seen(&ColorSpace::G24_REC709_DISPLAY, light));
        for space in [ColorSpace::PQ_REC2020_DISPLAY, ColorSpace::HLG_REC2020_DISPLAY] {
            let found = light.map(|light| seen(&space, light));
            for (found, usual) in found.iter().zip(usual).take(4) {
                assert!((found - usual).abs() < 0.005, "{space}: {found} {usual}");
            }
            assert!(found[0] < BLACK && found[4] > usual[3] * 1.5, "{space}: {found:?}");
        }
    }

    /// A picture without bars.
    fn whole(width: u32, height: u32) -> Placement {
        Fit::letterbox(width, height).place(&ImageSpec::plain(width, height)).unwrap()
    }

    #[test]
    fn bars_are_no_part_of_the_picture_and_all_codes_are_of_one_range() {
        // 8x2 of a wide picture between bars of two rows, 50 % grey
        let place = Fit::letterbox(8, 6).place(&ImageSpec::plain(16, 4)).unwrap();
        assert_eq!((place.y, place.picture.height), (2, 2));
        let banded = |samples: usize, bar: u8, code: u8| {
            let row = |y: usize| vec![if (2..4).contains(&y) { code } else { bar }; 8 * samples];
            vec![Plane::U8((0..6).flat_map(row).collect())]
        };
        let seen = |pixel, planes| {
            let format = CodeFormat { pixel, space: ColorSpace::G24_REC709_DISPLAY };
            brightness(&Codes { width: 8, height: 6, format, planes }, &place)
        };
        let luma = seen(PixelFormat::Yuv420p8, banded(1, 16, 126));
        let full = seen(PixelFormat::Rgb8, banded(3, 0, 128));
        assert!((luma - 126.0 / 255.0).abs() < 1e-6, "{luma}");
        assert!((full - luma).abs() < 0.005, "{full} {luma}");
    }

    #[test]
    fn glances_have_the_middle_among_them() {
        for length in 1..40 {
            let all: Vec<_> = glances(length).collect();
            assert!(all.contains(&(length / 2)), "{all:?} of {length}");
            assert!(all.is_sorted() && all.len() == length.min(5), "{all:?} of {length}");
        }
    }

    #[test]
    fn all_indices_come_once() {
        for length in 0..9 {
            let mut all: Vec<_> = by_distance(length).collect();
            assert_eq!(all.first().copied(), (length > 0).then_some(length / 2));
            all.sort_unstable();
            assert_eq!(all, (0..length).collect::<Vec<_>>());
        }
    }
}
