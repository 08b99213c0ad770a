//! Pixels that pictures have, to measure a lattice by.

/// How many greys, how many colours, how many of them at the edges of what a display shows, and how many
/// at those of a lattice's axes.
const GREYS: u16 = 512;
const COLORS: u16 = 2560;
const EDGES: u16 = 1024;
const SATURATED: u16 = 1024;

/// Stops around 1.0 that light lies in.
const STOPS: [f32; 2] = [-9.0, 6.0];

/// Scene light, linear Rec.2020.
pub(super) fn light() -> Vec<[f32; 3]> {
    let [low, high] = STOPS;
    pixels(|level| (low + (high - low) * level).exp2())
}

/// Light next to a lattice's own axes, and between two of them: the most saturated colours that there
/// are, up to the brightest that it holds.
pub(super) fn saturated() -> Vec<[f32; 3]> {
    const BRIGHTEST: f32 = 6.9;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let pixels = (0..SATURATED).map(|axis| {
        let bright = (STOPS[0] + (BRIGHTEST - STOPS[0]) * random.next()).exp2();
        let second = if axis % 2 == 0 { 0.15 } else { 1.0 };
        let mut pixel =
            [1.0, second * random.next(), 0.1 * random.next()].map(|part| bright * part);
        pixel.rotate_right(usize::from(axis % 3));
        pixel
    });
    pixels.collect()
}

/// Code values.
pub(super) fn codes() -> Vec<[f32; 3]> {
    pixels(|level| level)
}

/// Greys from the lowest to the highest level, colours of every hue and saturation, and bright
/// yellows, cyans and magentas. They are the same ones every time.
fn pixels(value: impl Fn(f32) -> f32) -> Vec<[f32; 3]> {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let greys = (0..GREYS).map(|step| [value(f32::from(step) / f32::from(GREYS)); 3]);
    let colors = (0..COLORS).map(|_| {
        let (bright, saturation) = (value(random.next()), random.next());
        let hue = [random.next(), random.next(), random.next()];
        hue.map(|share| bright * (1.0 - saturation * share))
    });
    let mut pixels: Vec<_> = greys.chain(colors).collect();
    pixels.extend((0..EDGES).map(|edge| {
        let bright = value(0.5 + 0.5 * random.next());
        let mut pixel = [1.0, 1.0 - 0.2 * random.next(), random.next()].map(|part| bright * part);
        pixel.rotate_right(usize::from(edge % 3));
        pixel
    }));
    pixels
}

/// Marsaglia's xorshift, 0..1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }
}
