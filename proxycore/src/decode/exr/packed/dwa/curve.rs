//! The curve that colours are in while they are transformed: a power of 2.2 up to one, and an
//! exponential above.

use std::sync::OnceLock;

use half::f16;

/// For the bits of a half in the curve, those of its light.
pub(super) fn to_linear() -> &'static [u16; 1 << 16] {
    static TABLE: OnceLock<Box<[u16; 1 << 16]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Box::new([0; 1 << 16]);
        for (bits, light) in (0..=u16::MAX).zip(table.iter_mut()) {
            *light = light_of(f16::from_bits(bits)).to_bits();
        }
        table
    })
}

/// `e` to the power of 2.2: both halves of the curve have one slope at one.
const BASE: f32 = 9.025_013;

fn light_of(code: f16) -> f16 {
    let code = code.to_f32();
    if !code.is_finite() {
        return f16::ZERO;
    }
    let size = code.abs();
    let light = if size <= 1.0 { size.powf(2.2) } else { BASE.powf(size - 1.0) };
    f16::from_f32(if code < 0.0 { -light } else { light })
}
