//! The level of a movie: how much a decoder has to be able to do.

use crate::image::{Extent, Rational};

/// `seq_level_idx`, with the most pixels of a picture, of its sides, and of a second (AV1 Bitstream and
/// Decoding Process Specification, section A.3).
const LEVELS: [(u8, u64, [u32; 2], u64); 14] = [
    (0, 147_456, [2048, 1152], 4_423_680),
    (1, 278_784, [2816, 1584], 8_363_520),
    (4, 665_856, [4352, 2448], 19_975_680),
    (5, 1_065_024, [5504, 3096], 31_950_720),
    (8, 2_359_296, [6144, 3456], 70_778_880),
    (9, 2_359_296, [6144, 3456], 141_557_760),
    (12, 8_912_896, [8192, 4352], 267_386_880),
    (13, 8_912_896, [8192, 4352], 534_773_760),
    (14, 8_912_896, [8192, 4352], 1_069_547_520),
    (15, 8_912_896, [8192, 4352], 1_069_547_520),
    (16, 35_651_584, [16384, 8704], 1_069_547_520),
    (17, 35_651_584, [16384, 8704], 2_139_095_040),
    (18, 35_651_584, [16384, 8704], 4_278_190_080),
    (19, 35_651_584, [16384, 8704], 4_278_190_080),
];
/// No level: whatever there is.
const ANY: u8 = 31;

/// The lowest level of such a movie.
pub(super) fn index(size: Extent, fps: Rational) -> u8 {
    let pixels = u64::from(size.width) * u64::from(size.height);
    let rate = pixels.saturating_mul(fps.num.into()).div_ceil(u64::from(fps.den.max(1)));
    let holds = |(_, picture, [width, height], second): &&(u8, u64, [u32; 2], u64)| {
        pixels <= *picture && size.width <= *width && size.height <= *height && rate <= *second
    };
    LEVELS.iter().find(holds).map_or(ANY, |(index, ..)| *index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_the_standard() {
        let level =
            |width, height, num| index(Extent::new(width, height), Rational { num, den: 1 });
        assert_eq!(level(1920, 1080, 24), 8, "4.0");
        assert_eq!(level(1920, 1080, 60), 9, "4.1");
        assert_eq!((level(1280, 720, 30), level(3840, 2160, 24)), (5, 12));
        assert_eq!((level(16, 16, 24), level(40_000, 16, 24)), (0, ANY));
        assert_eq!(level(16, 16, u32::MAX), ANY);
    }
}
