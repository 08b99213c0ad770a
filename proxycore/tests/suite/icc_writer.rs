//! ICC profiles made in memory (ICC.1:2022): colorants and curves, grey, and tables.

/// A profile of a colour space (`RGB `, `GRAY`, `CMYK`) and its tags.
pub fn profile(space: &[u8; 4], connection: &[u8; 4], tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes[8..12].copy_from_slice(&[2, 0x40, 0, 0]);
    bytes[12..16].copy_from_slice(if space == b"CMYK" { b"prtr" } else { b"mntr" });
    bytes[16..20].copy_from_slice(space);
    bytes[20..24].copy_from_slice(connection);
    bytes[36..40].copy_from_slice(b"acsp");
    bytes[68..80].copy_from_slice(&xyz([0.9642, 1.0, 0.8249])[8..]);
    bytes.extend((tags.len() as u32).to_be_bytes());
    let mut at = bytes.len() + 12 * tags.len();
    for (name, data) in tags {
        bytes.extend(*name);
        bytes.extend([at as u32, data.len() as u32].map(u32::to_be_bytes).as_flattened());
        at += data.len();
    }
    bytes.extend(tags.iter().flat_map(|(_, data)| data.iter().copied()));
    let length = (bytes.len() as u32).to_be_bytes();
    bytes[..4].copy_from_slice(&length);
    bytes
}

pub fn xyz(values: [f64; 3]) -> Vec<u8> {
    let fixed = |value: f64| ((value * 65536.0).round() as i32).to_be_bytes();
    [&b"XYZ \0\0\0\0"[..], values.map(fixed).as_flattened()].concat()
}

/// A curve of so many codes of light.
pub fn sampled(entries: &[u16]) -> Vec<u8> {
    let mut tag = b"curv\0\0\0\0".to_vec();
    tag.extend((entries.len() as u32).to_be_bytes());
    tag.extend(entries.iter().flat_map(|entry| entry.to_be_bytes()));
    tag
}

/// A gamma.
pub fn gamma(gamma: f64) -> Vec<u8> {
    sampled(&[(gamma * 256.0).round() as u16])
}

/// Colorants of Rec.709 under D50, and a curve for each of R, G, B.
pub fn rec709(curves: [Vec<u8>; 3]) -> Vec<u8> {
    let [red, green, blue] = curves;
    profile(
        b"RGB ",
        b"XYZ ",
        &[
            (b"rXYZ", xyz([0.436_065_7, 0.222_488_4, 0.013_916_0])),
            (b"gXYZ", xyz([0.385_147_1, 0.716_873_2, 0.097_076_4])),
            (b"bXYZ", xyz([0.143_066_4, 0.060_607_9, 0.714_096_1])),
            (b"rTRC", red),
            (b"gTRC", green),
            (b"bTRC", blue),
        ],
    )
}

/// A table of 8 bits (section 10.11) whose every ink takes its own lightness: what CMYK of so many
/// nodes a side is in CIELAB, by `lab` of inks 0..=1.
pub fn table(nodes: u8, lab: impl Fn([f64; 4]) -> [f64; 3]) -> Vec<u8> {
    let mut tag = b"mft1\0\0\0\0".to_vec();
    tag.extend([4, 3, nodes, 0]);
    let one = 65536_u32.to_be_bytes();
    let identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    tag.extend(identity.iter().flat_map(|unit| if *unit == 1 { one } else { [0; 4] }));
    tag.extend((0..4).flat_map(|_| 0..=255u8));
    let last = f64::from(nodes - 1);
    let count = usize::from(nodes);
    for at in 0..count.pow(4) {
        let inks = [3, 2, 1, 0].map(|power| at / count.pow(power) % count);
        let [l, a, b] = lab(inks.map(|node| node as f64 / last));
        tag.extend(
            [l * 2.55, a + 128.0, b + 128.0].map(|code| code.round().clamp(0.0, 255.0) as u8),
        );
    }
    tag.extend((0..3).flat_map(|_| 0..=255u8));
    tag
}
