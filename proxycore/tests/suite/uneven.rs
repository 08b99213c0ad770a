//! Sequences of which frames are missing, half written, or unlike the others.

use std::io::Cursor;

use exr::prelude::{
    AnyChannel, AnyChannels, Blocks, Compression, Encoding, FlatSamples, Image, ImageAttributes,
    IntegerBounds, Layer, LayerAttributes, LineOrder, Vec2, WritableImage,
};
use proxycore::sequence::{Assembly, FrameSet, Missing};

use super::assembly::{BAR, BITS, HEIGHT, Show, WIDTH, bars, decoded, numbered, read};

#[test]
fn what_is_missing_is_shown_as_asked() {
    let there = || (1001..=1012).filter(|number| ![1004, 1005, 1006, 1009].contains(number));
    let show = Show::with(there());
    let error = show.run(&Assembly::new()).unwrap_err();
    assert_eq!(error.kind().name(), "invalid");
    assert!(error.to_string().contains("1004-1006,1009"), "{error}");
    assert!(show.rows.rows().is_empty() && show.events.events().is_empty());

    let hold = [1001, 1002, 1003, 1003, 1003, 1003, 1007, 1008, 1008, 1010, 1011, 1012];
    let nearest = [1001, 1002, 1003, 1003, 1003, 1007, 1007, 1008, 1008, 1010, 1011, 1012];
    let black = [1001, 1002, 1003, 0, 0, 0, 1007, 1008, 0, 1010, 1011, 1012];
    for (missing, expected) in
        [(Missing::Hold, hold), (Missing::Nearest, nearest), (Missing::Black, black)]
    {
        let outcome = show.run(&Assembly::new().with_missing(missing)).unwrap();
        assert_eq!(outcome.missing.as_deref(), Some("1004-1006,1009"));
        let Some(shown) = show.shown(&outcome) else { return };
        assert_eq!(shown, expected, "{missing:?}");
    }

    let outcome = show.run(&Assembly::new().with_missing(Missing::Slate)).unwrap();
    let frames = decoded(&show.bytes(&outcome.proxy_key), &[]).unwrap();
    for (at, frame) in frames.iter().enumerate() {
        let is_slate = frame[0].abs_diff(255 / 5) < 4;
        assert_eq!(is_slate, [3, 4, 5, 8].contains(&at), "frame {at}");
    }
}

#[test]
fn a_range_and_a_step_take_what_they_name() {
    let show = Show::with(1001..=1010);
    let assembly = |range: &str| Assembly::new().with_range(range.parse::<FrameSet>().unwrap());
    let outcome = show.run(&assembly("1003-1006")).unwrap();
    let Some(shown) = show.shown(&outcome) else { return };
    assert_eq!(shown, [1003, 1004, 1005, 1006]);
    assert_eq!(outcome.frame_range.as_deref(), Some("1003-1006"));
    let stepped = Assembly::new().with_step(3.try_into().unwrap());
    let outcome = show.run(&stepped).unwrap();
    assert_eq!(show.shown(&outcome).unwrap(), [1001, 1004, 1007, 1010]);
    let beyond = assembly("999-1003").with_missing(Missing::Hold);
    let outcome = show.run(&beyond).unwrap();
    assert_eq!(show.shown(&outcome).unwrap(), [1001, 1001, 1001, 1002, 1003]);
    assert_eq!(outcome.missing.as_deref(), Some("999-1000"));
}

#[test]
fn frames_on_twos_say_what_to_do() {
    let error = Show::with((1001..=1021).step_by(2)).run(&Assembly::new()).unwrap_err();
    assert!(error.to_string().contains("`step` 2"), "{error}");
}

#[test]
fn a_half_written_last_frame_is_an_error_or_missing() {
    let show = Show::with(1001..=1007);
    let mut half = numbered(1008);
    half.truncate(half.len() / 2);
    for bytes in [half, Vec::new()] {
        show.put(1008, &bytes);
        let error = show.run(&Assembly::new()).unwrap_err();
        assert_eq!(error.key(), Some("shots/a.1008.exr"), "{error}");
        let outcome = show.run(&Assembly::new().with_missing(Missing::Hold)).unwrap();
        assert_eq!(outcome.missing.as_deref(), Some("1008"));
        assert!(outcome.warnings.iter().any(|told| told.contains("(frames 1008)")), "{outcome:?}");
        let Some(shown) = show.shown(&outcome) else { return };
        assert_eq!(shown, [1001, 1002, 1003, 1004, 1005, 1006, 1007, 1007]);
    }
}

#[test]
fn frames_of_other_sizes_are_brought_into_the_first_ones() {
    let show = Show::with(1001..=1004);
    show.put(1002, &bars(1002, (2 * WIDTH, 2 * HEIGHT), 0.9));
    show.put(1003, &bars(1003, (WIDTH, 2 * HEIGHT), 0.9));
    let outcome = show.run(&Assembly::new()).unwrap();
    let told = "192x128 is brought into the 192x64 of frame 1001 (frames 1003)";
    assert!(outcome.warnings.iter().any(|warning| warning == told), "{:?}", outcome.warnings);
    let movie = &outcome.renditions.iter().find(|made| made.name == "proxy").unwrap();
    assert_eq!((movie.width, movie.height), (WIDTH as u32, HEIGHT as u32));
    let Some(frames) = decoded(&show.bytes(&outcome.proxy_key), &[]) else { return };
    assert_eq!(read(&frames[1]), 1002);
    assert_eq!(read(&frames[3]), 1004);
    // half as wide, between black bars
    assert_eq!((frames[2][0], frames[2][WIDTH - 1]), (0, 0));
}

/// A frame as a render farm may leave it: `top` rows of the display window without data, and what
/// holds the others.
fn written(
    number: i64,
    names: &'static [&'static str],
    top: usize,
    (compression, blocks): (Compression, Blocks),
) -> Vec<u8> {
    let size = (WIDTH, HEIGHT - top);
    let light = |at: usize| 0.9 * (number >> (BITS - 1 - at % WIDTH / BAR) & 1) as f32;
    let channel = |(index, name): (usize, &&'static str)| {
        let all = 0..size.0 * size.1;
        // every other channel is of floats, as depth is beside colour
        let samples = match index % 2 {
            0 => FlatSamples::F16(all.map(|at| half::f16::from_f32(light(at))).collect()),
            _ => FlatSamples::F32(all.map(light).collect()),
        };
        AnyChannel::new(*name, samples)
    };
    let channels = AnyChannels::sort(names.iter().enumerate().map(channel).collect());
    let encoding = Encoding { compression, blocks, line_order: LineOrder::Increasing };
    let layer =
        LayerAttributes { layer_position: Vec2(0, top as i32), ..LayerAttributes::default() };
    let window = ImageAttributes::new(IntegerBounds::new((0, 0), (WIDTH, HEIGHT)));
    let image = Image::from_layer(Layer::new(size, layer, encoding, channels));
    let mut bytes = Cursor::new(Vec::new());
    let image = Image { attributes: window, ..image };
    image.write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}

#[test]
fn frames_of_other_channels_windows_and_compressions_are_one_movie() {
    let show = Show::with([1001, 1008]);
    let (lines, tiles) = (Blocks::ScanLines, Blocks::Tiles(Vec2(32, 32)));
    for (number, names, top, how) in [
        (1002, &["R", "G", "B", "A"][..], 0, (Compression::PIZ, tiles)),
        (1003, &["Y"], 0, (Compression::ZIP1, lines)),
        (1004, &["R", "G", "B", "Z", "N.X"], 20, (Compression::Uncompressed, lines)),
        (1005, &["A", "R", "G", "B"], 8, (Compression::DWAA(None), lines)),
        (1006, &["R", "G", "B"], 0, (Compression::RLE, tiles)),
        (1007, &["beauty.R", "beauty.G", "beauty.B"], 0, (Compression::PXR24, lines)),
    ] {
        show.put(number, &written(number, names, top, how));
    }
    let outcome = show.run(&Assembly::new()).unwrap();
    assert_eq!(outcome.frame_range.as_deref(), Some("1001-1008"));
    let Some(frames) = decoded(&show.bytes(&outcome.proxy_key), &[]) else { return };
    let shown: Vec<i64> = frames.iter().map(|frame| read(frame)).collect();
    assert_eq!(shown, (1001..=1008).collect::<Vec<_>>());
    // where there is no data, there is no light
    let first_rows = |at: usize| frames[at][..4 * WIDTH].iter().copied().max();
    assert!(first_rows(0) > Some(200) && first_rows(3) < Some(24), "{:?}", first_rows(3));
}
