//! The primaries that scene-linear frames are in, and what makes them of the light that is drawn.

use exr::math::Vec2;
use exr::meta::attribute::Chromaticities;
use exr::prelude::f16;

use super::canvas::Light;

/// ITU-R BT.709-6, section 1.
pub const REC709: Primaries = Primaries {
    xy: [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290)],
    from_rec709: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    to_rec709: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
};

/// ACEScg, S-2014-004; the white points are matched with the Bradford transform, as the ACES
/// configurations of OpenColorIO do.
pub const AP1: Primaries = Primaries {
    xy: [(0.713, 0.293), (0.165, 0.830), (0.128, 0.044), (0.32168, 0.33767)],
    from_rec709: [
        [0.613_097_4, 0.339_523_14, 0.047_379_45],
        [0.070_193_72, 0.916_353_9, 0.013_452_4],
        [0.020_615_59, 0.109_569_77, 0.869_814_63],
    ],
    to_rec709: [
        [1.705_051, -0.621_792_1, -0.083_258_87],
        [-0.130_256_41, 1.140_804_7, -0.010_548_321],
        [-0.024_003_353, -0.128_968_97, 1.152_972_3],
    ],
};

pub type Matrix = [[f32; 3]; 3];

/// Three primaries and a white.
#[derive(Debug, Clone, Copy)]
pub struct Primaries {
    /// Red, green, blue and white.
    xy: [(f32, f32); 4],
    /// What makes them of Rec.709 light, row by row.
    from_rec709: Matrix,
    /// Its inverse.
    pub to_rec709: Matrix,
}

impl Primaries {
    /// What the file keeps of `light`.
    pub fn stored(&self, light: Light) -> [f16; 3] {
        times(&self.from_rec709, light.0).map(f16::from_f32)
    }

    /// The light that comes back: halves round, and in a wider gamut a pure colour's zeros do not
    /// stay zeros.
    pub fn kept(&self, light: Light) -> Light {
        Light(times(&self.to_rec709, self.stored(light).map(f16::to_f32)))
    }

    /// The same, as a file has them.
    pub fn chromaticities(&self) -> Chromaticities {
        let [red, green, blue, white] = self.xy.map(|(x, y)| Vec2(x, y));
        Chromaticities { red, green, blue, white }
    }
}

/// A matrix's product with a column.
pub fn times(matrix: &Matrix, [r, g, b]: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row[0] * r + row[1] * g + row[2] * b)
}
