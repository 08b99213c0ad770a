//! The colour profiles that go into stills, sRGB and Display P3: ICC version 4, some 480 bytes.
//!
//! Version 4 has parametric curves (ICC.1:2022 section 10.18), so the sRGB curve, which both have,
//! is exact and takes 32 bytes, where version 2 needs a table. They are built here, rather than
//! shipped as blobs, so that every number in them can be read and is checked by a test against the
//! primaries it is derived from. Files are in the D50 profile connection space: the primaries are adapted from D65
//! by the Bradford matrix, which is stored too (`chad`).

/// What tells one profile from the other.
struct Primaries {
    /// What identifies the profile in a viewer's list.
    description: &'static str,
    /// The columns of linear light to XYZ, adapted to D50.
    red: [f64; 3],
    green: [f64; 3],
    blue: [f64; 3],
}

const SRGB: Primaries = Primaries {
    description: "sRGB",
    red: [0.436_027_5, 0.222_485_7, 0.013_916_0],
    green: [0.385_101_3, 0.716_903_7, 0.097_076_4],
    blue: [0.143_066_4, 0.060_607_9, 0.713_912_9],
};
/// SMPTE EG 432-1's primaries, with the white and the curve of sRGB.
const DISPLAY_P3: Primaries = Primaries {
    description: "Display P3",
    red: [0.515_118_7, 0.241_189_2, -0.001_050_5],
    green: [0.291_977_8, 0.692_244_1, 0.041_879_1],
    blue: [0.157_103_5, 0.066_566_8, 0.784_071_3],
};
/// Nothing here is worth owning.
const COPYRIGHT: &str = "CC0";

/// The D50 white of the profile connection space, ICC.1:2022 section 7.2.16.
const WHITE: [f64; 3] = [0.964_2, 1.0, 0.824_9];
/// Bradford, D65 to D50, row by row.
const ADAPTATION: [f64; 9] = [
    1.047_882, 0.022_919, -0.050_217, 0.029_587, 0.990_484, -0.017_079, -0.009_252, 0.015_073,
    0.751_678,
];
/// IEC 61966-2-1 decoding: (a x + b)^g from d on, c x below.
const CURVE: [f64; 5] = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45];

/// Builds the profile of sRGB.
pub(super) fn srgb() -> Vec<u8> {
    profile(&SRGB)
}

/// Builds the profile of Display P3.
pub(super) fn display_p3() -> Vec<u8> {
    profile(&DISPLAY_P3)
}

fn profile(primaries: &Primaries) -> Vec<u8> {
    let tags = [
        (&["desc"][..], text(primaries.description)),
        (&["cprt"], text(COPYRIGHT)),
        (&["wtpt"], xyz(WHITE)),
        (&["chad"], numbers(b"sf32", &ADAPTATION)),
        (&["rXYZ"], xyz(primaries.red)),
        (&["gXYZ"], xyz(primaries.green)),
        (&["bXYZ"], xyz(primaries.blue)),
        (&["rTRC", "gTRC", "bTRC"], curve()),
    ];
    assemble(&tags)
}

/// Lays out header, tag table and data; names that share data point to it once.
fn assemble(tags: &[(&[&str], Vec<u8>)]) -> Vec<u8> {
    let count = tags.iter().map(|(names, _)| names.len()).sum::<usize>();
    let start = HEADER + 4 + 12 * count;
    let (mut table, mut data) = (Vec::new(), Vec::new());
    for (names, value) in tags {
        for name in *names {
            table.extend_from_slice(name.as_bytes());
            table.extend_from_slice(&size(start + data.len()));
            table.extend_from_slice(&size(value.len()));
        }
        data.extend_from_slice(value);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let mut profile = header(start + data.len());
    profile.extend_from_slice(&size(count));
    profile.extend(table);
    profile.extend(data);
    profile
}

const HEADER: usize = 128;

/// ICC.1:2022 section 7.2: a display profile, RGB to XYZ, with a fixed date so that the same
/// picture gives the same bytes.
fn header(length: usize) -> Vec<u8> {
    let mut header = vec![0; HEADER];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &size(length));
    put(8, &[4, 0x40, 0, 0]);
    put(12, b"mntrRGB XYZ ");
    put(24, &[0x07, 0xe8, 0, 1, 0, 1]);
    put(36, b"acsp");
    put(68, &WHITE.map(fixed).concat());
    header
}

/// `multiLocalizedUnicodeType`, section 10.15, with one American English text.
fn text(text: &str) -> Vec<u8> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut value = b"mluc\0\0\0\0".to_vec();
    value.extend([size(1), size(12), *b"enUS", size(utf16.len()), size(28)].concat());
    value.extend(utf16);
    value
}

fn xyz(value: [f64; 3]) -> Vec<u8> {
    numbers(b"XYZ ", &value)
}

/// `parametricCurveType`, section 10.18, function type 3.
fn curve() -> Vec<u8> {
    let mut value = b"para\0\0\0\0\0\x03\0\0".to_vec();
    value.extend(CURVE.map(fixed).concat());
    value
}

fn numbers(kind: &[u8; 4], values: &[f64]) -> Vec<u8> {
    let mut value = kind.to_vec();
    value.extend([0; 4]);
    value.extend(values.iter().flat_map(|value| fixed(*value)));
    value
}

/// `s15Fixed16Number`, section 4.6.
fn fixed(value: f64) -> [u8; 4] {
    ((value * 65536.0).round() as i32).to_be_bytes()
}

fn size(value: usize) -> [u8; 4] {
    (value as u32).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Matrix = [[f64; 3]; 3];

    fn times(a: Matrix, b: Matrix) -> Matrix {
        let cell = |row: [f64; 3], column: usize| (0..3).map(|k| row[k] * b[k][column]).sum();
        a.map(|row| [cell(row, 0), cell(row, 1), cell(row, 2)])
    }

    fn column(v: [f64; 3]) -> Matrix {
        v.map(|v| [v, 0.0, 0.0])
    }

    fn diagonal([a, b, c]: [f64; 3]) -> Matrix {
        [[a, 0.0, 0.0], [0.0, b, 0.0], [0.0, 0.0, c]]
    }

    fn inverse(m: Matrix) -> Matrix {
        let minor = |r: usize, c: usize| {
            let at = |i: usize, j: usize| m[(r + i) % 3][(c + j) % 3];
            at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)
        };
        let determinant = (0..3).map(|c| m[0][c] * minor(0, c)).sum::<f64>();
        let row = |c: usize| [0, 1, 2].map(|r| minor(r, c) / determinant);
        [row(0), row(1), row(2)]
    }

    fn of_xy([x, y]: [f64; 2]) -> [f64; 3] {
        [x / y, 1.0, (1.0 - x - y) / y]
    }

    /// The Bradford adaptation from D65 to D50, ICC.1:2022 annex E.
    fn bradford() -> Matrix {
        let cone =
            [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];
        let response = |white| times(cone, column(white)).map(|row| row[0]);
        let (from, to) = (response(of_xy([0.3127, 0.3290])), response(WHITE));
        let scale = diagonal([0, 1, 2].map(|i| to[i] / from[i]));
        times(inverse(cone), times(scale, cone))
    }

    fn word(bytes: &[u8], at: usize) -> usize {
        u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    }

    fn tag<'a>(profile: &'a [u8], name: &str) -> &'a [u8] {
        let entry = (0..word(profile, 128))
            .map(|entry| 132 + 12 * entry)
            .find(|at| &profile[*at..at + 4] == name.as_bytes())
            .unwrap();
        &profile[word(profile, entry + 4)..][..word(profile, entry + 8)]
    }

    fn values(tag: &[u8], from: usize) -> Vec<f64> {
        tag[from..]
            .chunks(4)
            .map(|word| f64::from(i32::from_be_bytes(word.try_into().unwrap())) / 65536.0)
            .collect()
    }

    #[test]
    fn the_header_and_the_table_are_sound() {
        for (profile, name) in [(srgb(), "sRGB"), (display_p3(), "Display P3")] {
            assert_eq!(word(&profile, 0), profile.len());
            assert_eq!((&profile[36..40], &profile[12..24]), (&b"acsp"[..], &b"mntrRGB XYZ "[..]));
            for entry in (0..word(&profile, 128)).map(|entry| 132 + 12 * entry) {
                let (at, length) = (word(&profile, entry + 4), word(&profile, entry + 8));
                assert!(at % 4 == 0 && at + length <= profile.len());
            }
            let text: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(tag(&profile, "desc")[28..], text);
        }
    }

    #[test]
    fn the_matrices_follow_from_the_primaries() {
        follows([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]], &srgb());
        follows([[0.68, 0.32], [0.265, 0.69], [0.15, 0.06]], &display_p3());
    }

    fn follows(primaries: [[f64; 2]; 3], profile: &[u8]) {
        let primaries = primaries.map(of_xy);
        let columns = [0, 1, 2].map(|row| primaries.map(|primary| primary[row]));
        let white = times(inverse(columns), column(of_xy([0.3127, 0.3290])));
        let matrix = times(bradford(), times(columns, diagonal(white.map(|row| row[0]))));
        for (at, name) in ["rXYZ", "gXYZ", "bXYZ"].iter().enumerate() {
            for (row, value) in values(tag(profile, name), 8).iter().enumerate() {
                assert!((value - matrix[row][at]).abs() < 5e-5, "{name} {value} {matrix:?}");
            }
        }
        let adaptation = bradford().concat();
        for (value, want) in values(tag(profile, "chad"), 8).iter().zip(adaptation) {
            assert!((value - want).abs() < 5e-5, "chad {value} {want}");
        }
    }

    #[test]
    fn white_stays_white() {
        for profile in [srgb(), display_p3()] {
            let columns = || ["rXYZ", "gXYZ", "bXYZ"].iter();
            let sum = |row: usize| -> f64 {
                columns().map(|name| values(tag(&profile, name), 8)[row]).sum()
            };
            for (row, white) in values(tag(&profile, "wtpt"), 8).iter().enumerate() {
                assert!((sum(row) - white).abs() < 1.5 / 65536.0, "{row}: {} {white}", sum(row));
            }
        }
    }

    #[test]
    fn the_curve_undoes_ours() {
        let values = values(tag(&srgb(), "rTRC"), 12);
        let [g, a, b, c, d] = values[..] else { panic!("{values:?}") };
        for light in [0.0, 0.001, 0.003, 0.18, 0.5, 1.0] {
            let code = super::super::Curve::Srgb.exact(light);
            let back = if code >= d { (a * code + b).powf(g) } else { c * code };
            assert!((back - light).abs() < 5e-5, "{light} {back}");
        }
    }
}
