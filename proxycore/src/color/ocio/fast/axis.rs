//! Where a sample lies on an axis of the lattice.

use super::lattice::CHUNK;

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// Light: evenly in each octave, and evenly around black.
    Light,
    /// Code values: evenly.
    Codes,
}

/// Light has this offset before it is divided by octaves, so that black is no singularity.
const OFFSET: f32 = 1.0 / 256.0;

/// Bits of a float below those that tell nodes of an octave apart: 8 nodes an octave.
const BELOW: u32 = 23 - 3;

/// Nodes of light below black, to -0.059, and above it, to 127.
const NEGATIVE: u32 = 4 << 3;
const POSITIVE: u32 = 15 << 3;

/// Nodes of codes from 0 to 1, and beside: from -1/16 to 1 + 1/16.
const CODES: u32 = 128;
const BESIDE: u32 = CODES / 16;

impl Axis {
    /// How many nodes it has.
    pub(super) fn nodes(self) -> usize {
        let spans = match self {
            Self::Light => NEGATIVE + POSITIVE,
            Self::Codes => CODES + 2 * BESIDE,
        };
        spans as usize + 1
    }

    /// The places of samples, in nodes. Outside of the axis, or of NaN, it is no node's.
    #[inline]
    pub(super) fn places(self, samples: &[f32; CHUNK]) -> [f32; CHUNK] {
        match self {
            Self::Light => samples.map(|sample| {
                let bits = (sample.abs() + OFFSET).to_bits().cast_signed();
                let octaves = bits - OFFSET.to_bits().cast_signed();
                let octaves = octaves as f32 * (1.0 / (1u32 << BELOW) as f32);
                NEGATIVE as f32 + octaves.copysign(sample)
            }),
            Self::Codes => samples.map(|sample| BESIDE as f32 + sample * CODES as f32),
        }
    }

    /// The sample of a node.
    pub(super) fn sample(self, node: usize) -> f32 {
        self.sample_at(node as f32)
    }

    /// The sample of a place, in nodes.
    pub(super) fn sample_at(self, place: f32) -> f32 {
        match self {
            Self::Light => {
                let from_black = place - NEGATIVE as f32;
                let octaves = (from_black.abs() * (1u32 << BELOW) as f32) as u32;
                let light = f32::from_bits(OFFSET.to_bits() + octaves) - OFFSET;
                light.copysign(from_black)
            }
            Self::Codes => (place - BESIDE as f32) / CODES as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(axis: Axis, sample: f32) -> f32 {
        axis.places(&[sample; CHUNK])[0]
    }

    #[test]
    fn nodes_lie_where_their_samples_are() {
        for axis in [Axis::Light, Axis::Codes] {
            for node in 0..axis.nodes() {
                let place = place(axis, axis.sample(node));
                assert!((place - node as f32).abs() < 1e-3, "{axis:?} {node}: {place}");
            }
            for between in [0.25, 31.75, 33.5, 100.3] {
                let place = place(axis, axis.sample_at(between));
                assert!((place - between).abs() < 1e-3, "{axis:?} {between}: {place}");
            }
            assert_eq!(place(axis, 0.0).fract(), 0.0);
        }
    }

    #[test]
    fn what_is_outside_has_no_place() {
        for axis in [Axis::Light, Axis::Codes] {
            let end = (axis.nodes() - 1) as f32;
            for odd in [-0.5, 200.0, -65504.0, f32::NAN, f32::INFINITY] {
                assert!(!(0.0..end).contains(&place(axis, odd)), "{axis:?} {odd}");
            }
        }
        assert!(place(Axis::Light, 126.0) < (Axis::Light.nodes() - 1) as f32);
        assert!(place(Axis::Light, -0.05) > 0.0);
    }

    #[test]
    fn places_rise_with_samples() {
        let samples: Vec<f32> = (-50..12_000).map(|step| step as f32 / 1000.0).collect();
        for pair in samples.windows(2) {
            assert!(place(Axis::Light, pair[0]) < place(Axis::Light, pair[1]), "{pair:?}");
        }
    }
}
