//! Ours against the crate's, and against damage.

use exr::meta::BlockDescription;
use exr::meta::attribute::{ChannelDescription, ChannelList, IntegerBounds, LineOrder};
use exr::meta::header::Header;
use exr::prelude::{Compression, SampleType, SmallVec, Text, Vec2};
use fastrand::Rng;
use half::f16;

use super::{Layout, halves, unpack};

const OURS: [Compression; 3] = [Compression::ZIP1, Compression::ZIP16, Compression::PIZ];

fn header(compression: Compression, kinds: &[SampleType], size: Vec2<usize>) -> Header {
    let channel = |(index, kind): (usize, &SampleType)| ChannelDescription {
        name: Text::new_or_panic(format!("c{index}")),
        sample_type: *kind,
        quantize_linearly: false,
        sampling: Vec2(1, 1),
    };
    let channels: SmallVec<[ChannelDescription; 5]> =
        kinds.iter().enumerate().map(channel).collect();
    let mut header = Header::new(Text::new_or_panic("part"), size, channels.clone());
    header.compression = compression;
    header.channels = ChannelList::new(channels);
    header.blocks = BlockDescription::ScanLines;
    header.line_order = LineOrder::Increasing;
    header
}

/// Samples as a renderer leaves them: `roughness` is how many of the low bits are noise.
fn samples(random: &mut Rng, count: usize, roughness: u32) -> Vec<u8> {
    let mut level = 0_u16;
    let number = |_| {
        if random.u8(..) < 16 {
            level = random.u16(..);
        }
        (level & 0x3c00 | random.u16(..) & ((1_u32 << roughness) - 1) as u16).to_le_bytes()
    };
    (0..count / 2).flat_map(number).collect()
}

/// A block as the crate packs it, and what its unpacker makes of that.
fn packed(header: &Header, lines: usize, bytes: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let section = IntegerBounds::from_dimensions(Vec2(header.layer_size.0, lines));
    let packed = header.compression.compress_image_section_to_le(header, bytes, section).unwrap();
    let unpacked =
        header.compression.decompress_image_section_from_le(header, packed.clone(), section, false);
    (packed, unpacked.unwrap())
}

fn kinds(random: &mut Rng) -> Vec<SampleType> {
    let all = [SampleType::F16, SampleType::F16, SampleType::F32, SampleType::U32];
    (0..random.usize(1..6)).map(|_| all[random.usize(..all.len())]).collect()
}

#[test]
fn blocks_are_those_of_the_crate() {
    let mut random = Rng::with_seed(5);
    let mut seen = 0;
    for round in 0..600 {
        let compression = OURS[round % 3];
        let (kinds, roughness) = (kinds(&mut random), random.u32(0..17));
        let columns = if round % 7 == 0 { random.usize(1..5) } else { random.usize(1..90) };
        let lines = random.usize(1..=compression.scan_lines_per_block());
        let header = header(compression, &kinds, Vec2(columns, lines));
        let count = columns * lines * header.channels.bytes_per_pixel;
        let (packed, theirs) = packed(&header, lines, samples(&mut random, count, roughness));
        let wanted: Vec<usize> = (0..kinds.len()).filter(|_| random.bool()).collect();
        let layout = Layout::new(&header, columns, lines, &wanted);
        let Some(ours) = unpack(compression, &packed, &layout) else { continue };
        let ours = ours.unwrap();
        assert_eq!(ours.len(), theirs.len());
        for line in 0..lines {
            let mut at = line * layout.line();
            for (index, kind) in kinds.iter().enumerate() {
                let end = at + columns * kind.bytes_per_sample();
                let same =
                    if wanted.contains(&index) { &theirs[at..end] } else { &vec![0; end - at] };
                assert!(
                    ours[at..end] == *same,
                    "{compression} {kinds:?} {columns}x{lines} {wanted:?}"
                );
                at = end;
            }
        }
        seen += 1;
    }
    assert!(seen > 300, "{seen}");
}

#[test]
fn halves_are_the_wanted_channels_in_their_order() {
    let mut random = Rng::with_seed(7);
    let mut stored = 0;
    for round in 0..400 {
        let compression = [OURS[0], OURS[1], OURS[2], Compression::Uncompressed][round % 4];
        let kinds = vec![SampleType::F16; random.usize(1..5)];
        let (columns, roughness) = (random.usize(1..60), random.u32(0..17));
        let lines = random.usize(1..=compression.scan_lines_per_block());
        let header = header(compression, &kinds, Vec2(columns, lines));
        let count = columns * lines * header.channels.bytes_per_pixel;
        let (packed, theirs) = packed(&header, lines, samples(&mut random, count, roughness));
        let mut wanted: Vec<usize> = (0..kinds.len()).collect();
        random.shuffle(&mut wanted);
        wanted.truncate(random.usize(1..=kinds.len()));
        let layout = Layout::new(&header, columns, lines, &wanted);
        let before = [f16::ONE; 3];
        let mut ours = before.to_vec();
        assert!(halves(compression, &packed, &layout, &wanted, &mut ours).unwrap());
        stored += usize::from(packed.len() == theirs.len());

        let theirs = theirs.as_chunks().0.iter().map(|sample| f16::from_le_bytes(*sample));
        let theirs: Vec<f16> = theirs.collect();
        let expected = theirs.chunks_exact(columns * kinds.len()).flat_map(|line| {
            wanted.iter().flat_map(|channel| &line[channel * columns..][..columns])
        });
        let bits = |sample: &f16| sample.to_bits();
        assert_eq!(ours[..3], before);
        assert!(
            ours[3..].iter().map(bits).eq(expected.map(bits)),
            "{compression} {columns}x{lines} {wanted:?} of {}",
            kinds.len()
        );
    }
    assert!(stored > 100, "{stored}");
}

/// Codes of more than 56 bits: frequencies that grow as Fibonacci's numbers make them.
#[test]
fn long_codes_are_read() {
    let mut numbers = Vec::new();
    let (mut count, mut next) = (1_usize, 1_usize);
    for number in 0..26_u16 {
        numbers.extend(std::iter::repeat_n(number * 3 + 1, count));
        (count, next) = (next, count + next);
    }
    Rng::with_seed(1).shuffle(&mut numbers);
    let columns = 3000;
    let lines = 32;
    let kinds = vec![SampleType::F16; numbers.len() / (columns * lines)];
    numbers.truncate(kinds.len() * columns * lines);
    let header = header(Compression::PIZ, &kinds, Vec2(columns, lines));
    let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let (packed, theirs) = packed(&header, lines, bytes);
    let wanted: Vec<usize> = (0..kinds.len()).collect();
    let layout = Layout::new(&header, columns, lines, &wanted);
    assert!(unpack(Compression::PIZ, &packed, &layout).unwrap().unwrap() == theirs);
}

#[test]
fn damage_is_an_error_or_other_pixels() {
    let mut random = Rng::with_seed(9);
    let mut failed = 0;
    for round in 0..3000 {
        let compression = OURS[round % 3];
        let (columns, lines) = (random.usize(1..40), compression.scan_lines_per_block());
        let kinds = kinds(&mut random);
        let header = header(compression, &kinds, Vec2(columns, lines));
        let count = columns * lines * header.channels.bytes_per_pixel;
        let (mut packed, theirs) = packed(&header, lines, samples(&mut random, count, 4));
        let layout = Layout::new(&header, columns, lines, &(0..kinds.len()).collect::<Vec<_>>());
        if random.bool() {
            packed.truncate(random.usize(..packed.len()));
        }
        for _ in 0..random.usize(1..5) {
            if !packed.is_empty() {
                let end = if random.bool() { 60 } else { usize::MAX };
                let at = random.usize(..packed.len().min(end));
                packed[at] ^= 1 << random.u8(..8);
            }
        }
        match unpack(compression, &packed, &layout) {
            Some(Ok(bytes)) => assert_eq!(bytes.len(), theirs.len()),
            Some(Err(error)) => {
                assert_eq!(error.kind().name(), "corrupt");
                failed += 1;
            }
            None => {}
        }
    }
    assert!(failed > 1000, "{failed}");
}

/// The names of a beauty, of a layer and of others: what DWA goes by.
#[test]
fn cosines_are_those_of_the_crate_but_for_rounding() {
    let mut random = Rng::with_seed(6);
    let names = ["A", "B", "G", "R", "Y", "Z", "d.B", "d.G", "d.R", "s.B", "s.G", "s.Y"];
    let mut seen = 0;
    for round in 0..200 {
        let compression = [Compression::DWAA(None), Compression::DWAB(None)][round % 2];
        let (columns, lines) = (random.usize(1..70), random.usize(1..40));
        let lines = lines.min(compression.scan_lines_per_block());
        let taken: Vec<_> = names.iter().filter(|_| random.u8(..) < 160).collect();
        if taken.is_empty() {
            continue;
        }
        let kinds: Vec<_> = taken.iter().map(|_| float(&mut random)).collect();
        let mut header = header(compression, &kinds, Vec2(columns, lines));
        for (channel, name) in header.channels.list.iter_mut().zip(&taken) {
            channel.name = Text::new_or_panic(name);
            channel.quantize_linearly = random.bool();
        }
        let size: usize = kinds.iter().map(SampleType::bytes_per_sample).sum();
        let bytes = pictures(&mut random, &kinds, (columns, lines), 7.0);
        assert_eq!(bytes.len(), size * columns * lines);
        let (packed, theirs) = packed(&header, lines, bytes);
        let wanted: Vec<usize> = (0..kinds.len()).filter(|_| random.bool()).collect();
        let layout = Layout::new(&header, columns, lines, &wanted);
        let Some(ours) = unpack(compression, &packed, &layout) else { continue };
        let ours = ours.unwrap();
        for line in 0..lines {
            let mut at = line * layout.line();
            for (index, kind) in kinds.iter().enumerate() {
                let end = at + columns * kind.bytes_per_sample();
                if wanted.contains(&index) {
                    let pairs = numbers(&ours[at..end], *kind)
                        .into_iter()
                        .zip(numbers(&theirs[at..end], *kind));
                    for (ours, theirs) in pairs {
                        // a few steps of a half, where cosines that are large cancel out
                        let bound = 0.004 * theirs.abs().max(0.05);
                        assert!((ours - theirs).abs() <= bound, "{} {ours} {theirs}", taken[index]);
                    }
                } else {
                    assert!(ours[at..end].iter().all(|byte| *byte == 0));
                }
                at = end;
            }
        }
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}

fn float(random: &mut Rng) -> SampleType {
    if random.u8(..) < 200 { SampleType::F16 } else { SampleType::F32 }
}

/// Smooth pictures with some noise.
fn pictures(
    random: &mut Rng,
    kinds: &[SampleType],
    (columns, lines): (usize, usize),
    wave: f32,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    for y in 0..lines {
        for (index, kind) in kinds.iter().enumerate() {
            for x in 0..columns {
                let turn = ((x + 3 * index) as f32 / wave).sin() * (y as f32 / wave).cos() + 1.0;
                let value = turn * turn + 0.1 * random.f32();
                match kind {
                    SampleType::F16 => bytes.extend(f16::from_f32(value).to_le_bytes()),
                    _ => bytes.extend(value.to_le_bytes()),
                }
            }
        }
    }
    bytes
}

fn numbers(bytes: &[u8], kind: SampleType) -> Vec<f32> {
    match kind {
        SampleType::F16 => {
            let halves = bytes.as_chunks().0.iter();
            halves.map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()
        }
        _ => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
    }
}

/// Smooth pictures: the means of codes and of light are near each other.
#[test]
fn an_eighth_is_the_mean_of_squares() {
    let mut random = Rng::with_seed(8);
    for round in 0..40 {
        let compression = [Compression::DWAA(None), Compression::DWAB(None)][round % 2];
        let (columns, lines) = (random.usize(1..80), random.usize(1..=32));
        let kinds = [SampleType::F16, SampleType::F32, SampleType::F16, SampleType::F16];
        let mut header = header(compression, &kinds, Vec2(columns, lines));
        for (channel, name) in header.channels.list.iter_mut().zip(["A", "B", "G", "R"]) {
            channel.name = Text::new_or_panic(name);
        }
        let bytes = pictures(&mut random, &kinds, (columns, lines), 50.0);
        let (packed, theirs) = packed(&header, lines, bytes);
        assert!(super::has_eighth(&header, &[3, 2]) && !super::has_eighth(&header, &[0]));
        let layout = Layout::new(&header, columns, lines, &[3, 2]);
        let small = layout.eighth();
        let means = super::shrunk(&theirs, &layout);
        let Some(ours) = super::eighth(compression, &packed, &layout) else { continue };
        let ours = ours.unwrap();
        assert_eq!(ours.len(), means.len());
        for y in 0..small.lines {
            for channel in [2, 3] {
                let at = y * small.line() + small.start(channel);
                let end = at + 2 * small.columns;
                let pairs = numbers(&ours[at..end], SampleType::F16)
                    .into_iter()
                    .zip(numbers(&means[at..end], SampleType::F16));
                for (ours, mean) in pairs {
                    assert!((ours - mean).abs() < 0.25 * mean.max(0.4), "{ours} {mean}");
                }
            }
        }
    }
}

/// A mean of codes is darker than the code of a mean, where a square has both of bright and dark.
#[test]
fn an_eighth_strays_where_squares_are_busy() {
    let kinds = [SampleType::F16; 3];
    let mut header = header(Compression::DWAA(None), &kinds, Vec2(64, 32));
    for (channel, name) in header.channels.list.iter_mut().zip(["B", "G", "R"]) {
        channel.name = Text::new_or_panic(name);
    }
    let layout = Layout::new(&header, 64, 32, &[2, 1, 0]);
    let strays = |bright: f32, dark: f32| {
        let sample =
            |at: usize| f16::from_f32(if (at / 2).is_multiple_of(2) { bright } else { dark });
        let bytes = (0..64 * 32 * 3).flat_map(|at| sample(at).to_le_bytes()).collect();
        let (packed, _) = packed(&header, 32, bytes);
        super::strays(header.compression, &packed, &layout).unwrap()
    };
    let parts = |bright, dark| (strays(bright, dark).groups, strays(bright, dark).astray);
    assert_eq!(parts(0.5, 0.45), (8, 0));
    assert_eq!(parts(0.8, 0.01), (8, 8));
    // what a display clips is clipped before it is averaged
    assert_eq!(parts(50.0, 0.4), (8, 8));
}
