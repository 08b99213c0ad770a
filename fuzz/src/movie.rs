//! Any bytes as a movie: the first ones are its settings, and its pictures are grown from the rest.

use proxycore::encode::{Codes, Encoder, MovieEncoder, MovieSpec, Mp4, Plane, Sample};
use proxycore::image::{Extent, ImageSpec, Rational};
use rusty_h264_decoder::Decoder;

/// Encodes a movie, and decodes each of its groups to as many pictures of its size.
pub fn movie(bytes: &[u8]) {
    let Some((&[width, height, quality, gop, length], texture)) = bytes.split_first_chunk() else {
        return;
    };
    let size = Extent::new(2 * (1 + u32::from(width % 40)), 2 * (1 + u32::from(height % 40)));
    let mp4 = Mp4::new().with_quality(quality % 52).with_gop(u32::from(gop));
    let frames: Vec<_> =
        (0..=usize::from(length % 9)).map(|at| picture(&mp4, size, texture, at)).collect();
    let plain = ImageSpec::plain(size.width, size.height);
    mp4.movie(&frames, &plain).expect("pictures of one even size make a movie");

    let spec = MovieSpec::new(size, Rational { num: 24, den: 1 });
    for frames in frames.chunks(mp4.group_length(spec.fps)) {
        let mut group = mp4.group(&spec).expect("a group starts");
        frames.iter().for_each(|frame| group.push(frame).expect("a group takes pictures"));
        let group = group.finish().expect("a group ends");
        let samples = group.samples.iter().map(|Sample { data, .. }| &data[4..]);
        let units = group.parameters.iter().map(Vec::as_slice).chain(samples);
        let stream = units.flat_map(|unit| [&[0, 0, 0, 1], unit].concat()).collect::<Vec<_>>();
        let decoded = Decoder::new().decode_stream(&stream).expect("a group decodes");
        assert_eq!(decoded.len(), frames.len(), "every picture is decoded");
    }
}

/// A picture whose codes are those of `texture`, again and again, from another one on in each picture.
fn picture(mp4: &Mp4, size: Extent, texture: &[u8], at: usize) -> Codes {
    let Extent { width, height } = size;
    let luma = (width * height) as usize;
    let plane = |(index, length): (usize, usize)| {
        let from = texture.iter().cycle().skip(at * (1 + index));
        let mut codes: Vec<u8> = from.take(length).copied().collect();
        codes.resize(length, 128);
        Plane::U8(codes)
    };
    let planes = [(0, luma), (1, luma / 4), (2, luma / 4)].map(plane).into();
    Codes { width, height, format: mp4.codes(), planes }
}
