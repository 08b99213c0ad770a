//! The level of a stream: how much a decoder has to be able to do (ITU-T H.264 table A-1).

use crate::encode::SampleInfo;
use crate::encode::codec::StreamSpec;
use crate::image::Rational;

/// `level_idc`, and the most macroblocks of a second, of a picture and of the pictures that are kept,
/// and the most bits of a second, in thousands.
///
/// Lower levels are left out: they bound motion to less than an encoder may look for.
const LEVELS: [(u8, [u64; 4]); 14] = [
    (30, [40_500, 1_620, 8_100, 10_000]),
    (31, [108_000, 3_600, 18_000, 14_000]),
    (32, [216_000, 5_120, 20_480, 20_000]),
    (40, [245_760, 8_192, 32_768, 20_000]),
    (41, [245_760, 8_192, 32_768, 50_000]),
    (42, [522_240, 8_704, 34_816, 50_000]),
    (50, [589_824, 22_080, 110_400, 135_000]),
    (51, [983_040, 36_864, 184_320, 240_000]),
    (52, [2_073_600, 36_864, 184_320, 240_000]),
    (60, [4_177_920, 139_264, 696_320, 240_000]),
    (61, [8_355_840, 139_264, 696_320, 480_000]),
    (62, [16_711_680, 139_264, 696_320, 800_000]),
    // more than there is
    (62, [u64::MAX, 139_264, 696_320, 800_000]),
    (62, [u64::MAX; 4]),
];

/// High profile has a quarter more bits, table A-2.
const HIGH: u64 = 1250;

/// The lowest level of a stream whose pictures refer to `references` others.
pub(super) fn index(stream: &StreamSpec, references: u32, samples: &[SampleInfo]) -> u8 {
    let [width, height] = [stream.size.width, stream.size.height].map(|side| side.div_ceil(16));
    let blocks = u64::from(width) * u64::from(height);
    let Rational { num, den } = stream.fps;
    let second = blocks.saturating_mul(num.into()).div_ceil(den.max(1).into());
    let needs = [second, blocks, blocks * u64::from(references), busiest(stream.fps, samples)];
    let longest = super::side;
    let holds = |(_, most): &&(u8, [u64; 4])| {
        needs.iter().zip(most).all(|(need, most)| need <= most)
            && u64::from(width.max(height)) <= longest(most[1].min(1 << 32))
    };
    LEVELS.iter().find(holds).map_or(62, |(level, _)| *level)
}

/// The most bits of a second, in thousands of what a level counts.
fn busiest(fps: Rational, samples: &[SampleInfo]) -> u64 {
    let pictures = fps.num.div_ceil(fps.den.max(1)).clamp(1, 1000) as usize;
    let bytes = |samples: &[SampleInfo]| samples.iter().map(|one| u64::from(one.size)).sum::<u64>();
    let whole = samples.windows(pictures).map(bytes).max().unwrap_or_default();
    (8 * whole).div_ceil(HIGH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Nclx;
    use crate::image::Extent;

    fn level(width: u32, height: u32, num: u32, references: u32, bytes: u32) -> u8 {
        let one = Rational { num: 1, den: 1 };
        let stream = StreamSpec {
            size: Extent::new(width, height),
            fps: Rational { num, den: 1 },
            pixel_aspect: one,
            colour: Nclx::BT709,
            quality: 23,
            length: 24,
        };
        let sample = SampleInfo { key: false, shift: 0, size: bytes };
        index(&stream, references, &[sample; 100])
    }

    #[test]
    fn levels_are_those_of_the_standard() {
        assert_eq!(level(640, 360, 24, 1, 0), 30);
        assert_eq!([24, 60].map(|rate| level(1280, 720, rate, 3, 0)), [31, 32]);
        assert_eq!([24, 30, 60, 120].map(|rate| level(1920, 1080, rate, 3, 0)), [40, 40, 42, 51]);
        assert_eq!(level(1920, 1080, 24, 5, 0), 50, "pictures that are kept");
        assert_eq!([24, 60].map(|rate| level(4096, 2304, rate, 3, 0)), [51, 60]);
        assert_eq!(level(8192, 4320, 24, 3, 0), 60);
        assert_eq!(level(16, 16, u32::MAX, 1, 0), 62);
        assert_eq!(level(8688, 16, 24, 1, 0), 51, "a long side");
    }

    #[test]
    fn many_bits_need_a_higher_level() {
        // 24 pictures of 100 KB are 19.2 megabits a second
        assert_eq!([100_000, 140_000].map(|bytes| level(1920, 1080, 24, 3, bytes)), [40, 41]);
        assert_eq!(level(1920, 1080, 24, 3, 1_000_000), 51);
        assert_eq!(level(1920, 1080, 24, 3, 8_000_000), 62);
    }
}
